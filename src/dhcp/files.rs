//! The changes that a scope makes to the boot files of the outer scopes.

use super::Client;
use super::scope::{BesideFile, BootFile, file_name};
use crate::model::{ClassFile, ClientKind, Features, Loader, Spanned};
use crate::source::Span;

/// The boot files of a class, a group or a host, over those of the subnet.
#[derive(Clone, Copy, Debug, Default)]
pub struct BootFileChanges<'s> {
    /// No client gets a file: the place of `netboot: none`.
    pub nothing: Option<Span>,
    /// The features that iPXE needs for a script; without them it gets files like firmware.
    pub needs: Features,
    /// One file for all clients, and whether iPXE gets it as well.
    pub one: Option<(&'s Spanned<ClassFile>, bool)>,
    /// The loaders of some kinds; `None` for kinds that get none.
    pub loaders: &'s [(ClientKind, Spanned<Option<Loader>>)],
    /// iPXE gets no script: the place that says so.
    pub no_script: Option<Span>,
}

/// The change for one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BootFileChange<'s> {
    /// The scope changes nothing.
    Same,
    /// The client gets none.
    Nothing(Span),
    /// The client gets this one.
    File(BootFile<'s>),
}

impl<'s> BootFileChanges<'s> {
    /// Whether nothing is changed.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.nothing.is_none() && self.one.is_none() && self.loaders.is_empty() && self.no_script.is_none()
    }

    /// The boot file of a client.
    #[must_use]
    pub fn of(&self, client: &Client) -> BootFileChange<'s> {
        if let Some(span) = self.nothing {
            return BootFileChange::Nothing(span);
        }
        if let Some((file, _)) =
            self.one.filter(|(_, ipxe_too)| *ipxe_too || !client.takes_script(self.needs))
        {
            let Some(name) = file.value.name() else { return BootFileChange::Nothing(file.span) };
            let is_url = matches!(file.value, ClassFile::Url(_));
            let by_http = is_url && !client.is_ipxe() && client.vendor_class.starts_with("HTTPClient");
            let beside = if by_http { BesideFile::Http } else { BesideFile::Nothing };
            return BootFileChange::File(BootFile { file: name, beside, span: Some(file.span) });
        }
        if client.takes_script(self.needs) {
            return self.no_script.map_or(BootFileChange::Same, BootFileChange::Nothing);
        }
        match self.loaders.iter().find(|(kind, _)| client.is(*kind)) {
            None => BootFileChange::Same,
            Some((_, Spanned { value: None, span })) => BootFileChange::Nothing(*span),
            Some((kind, Spanned { value: Some(loader), span })) => BootFileChange::File(BootFile {
                file: file_name(loader),
                beside: BesideFile::of(*kind),
                span: Some(*span),
            }),
        }
    }
}
