//! The loaders of each kind of client: those that a scope sets, those that it inherits, and those that its clients
//! get.

use super::resolver::Resolver;
use super::substitution::Substitution;
use crate::model::{
    CLIENT_KINDS, ClientKind, InvalidValue, KindInfo, Loader, LoaderChanges, Loaders, Spanned, Subnet, flag,
    foreign_boot_path,
};
use crate::report::catalogue::MALFORMED;
use crate::report::{Finding, Report};
use crate::schema;
use crate::source::{Scalar, Span};

/// Loaders by the kind of client; the value is `None` if `none` unsets an inherited loader.
pub(super) type LoadersByKind = Vec<LoaderOfKind>;

/// The loader of a kind of client.
pub(super) type LoaderOfKind = (ClientKind, Spanned<Option<Loader>>);

/// The loaders that the site and a subnet set. A host that sets loaders for some kinds inherits the others.
#[derive(Clone, Debug)]
pub(super) struct InheritedLoaders {
    pub loaders: LoadersByKind,
    /// The URL of the TFTP root.
    pub http_files: Option<String>,
    /// Nothing is served by TFTP (`tftp: none`): a default loader that needs it is left out.
    pub no_tftp: bool,
}

impl InheritedLoaders {
    /// The loader of each kind that has one: its own, or that of the kind that it loads like.
    pub(super) fn effective(&self) -> impl Iterator<Item = (&'static KindInfo, &Loader, Span)> {
        let of = |kind: ClientKind| self.loaders.iter().find(|(known, _)| *known == kind).map(|(_, at)| at);
        CLIENT_KINDS.iter().filter_map(move |info| {
            let at = of(info.kind).or_else(|| of(info.loads_like?))?;
            Some((info, at.value.as_ref()?, at.span))
        })
    }
}

/// Whether clients of a subnet, a group or a class get iPXE's signed shim. Hosts are not read yet.
pub(super) fn secure_boot(subnets: &[Subnet], written: &schema::Site<'_>) -> bool {
    let on = |loaders: &schema::Loaders<'_>| {
        loaders.secure_boot.given().is_some_and(|word| flag(word.text) == Ok(true))
    };
    let mut groups = written.groups.iter().flat_map(|group| &group.settings);
    subnets.iter().flat_map(|subnet| &subnet.loaders).any(|(_, loader)| loader.value.is_signed())
        || written.classes.iter().any(|class| class.body.loaders.given().is_some_and(on))
        || groups.any(|setting| matches!(setting, schema::Setting::Loaders(loaders) if on(loaders)))
}

/// Adds the loaders of a scope to those that it inherits, and replaces those of the same kind.
pub(super) fn override_loaders<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::Loaders<'a>,
    into: &mut LoadersByKind,
    fill: &Substitution<'_, 'a>,
) {
    if r.flag(&written.secure_boot, false) {
        let span = written.secure_boot.given().map_or(written.span, |word| word.span);
        for (kind, shim) in crate::model::SHIMS {
            into.retain(|(known, _)| known != kind);
            into.push((*kind, Spanned::new(Some(Loader::File((*shim).to_owned())), span)));
        }
    }
    for (name, field) in written.all() {
        let (Some(word), Some(info)) = (field.given(), CLIENT_KINDS.iter().find(|info| info.name == name))
        else {
            continue;
        };
        let Some(text) = fill(r, *word) else { continue };
        let word = &Scalar { text, span: word.span };
        let loader = if word.text == "none" {
            Some(None)
        } else if word.text.contains("://") {
            let over_http = info.loads_like.is_some();
            r.value(*word, |text| {
                let url = crate::dialects::ipxe::url(text)?;
                if over_http {
                    return Ok(Loader::Url(url));
                }
                Err(InvalidValue::new(format!("`{name}` clients load by TFTP, not from a URL"))
                    .help("give a path below the TFTP root"))
            })
            .map(|at| Some(at.value))
        } else {
            r.below_root(*word, loader_path).map(|at| Some(Loader::File(at.value)))
        };
        if let Some(loader) = loader {
            into.retain(|(kind, _)| *kind != info.kind);
            into.push((info.kind, Spanned::new(loader, word.span)));
        }
    }
}

/// Reads a file name that fits into DHCP's file field: dhcpd silently cuts a longer one to 128 bytes.
pub(super) fn loader_path(text: &str) -> crate::model::Validated<String> {
    let path = foreign_boot_path(text, None)?;
    if let Some(bad) = path.chars().find(|char| !char.is_ascii_graphic()) {
        return Err(InvalidValue::new(format!("`{text}` has {bad:?} in it"))
            .help("firmware asks for plain ASCII names without blanks"));
    }
    if path.len() > 127 {
        return Err(too_long("path", path.len()));
    }
    Ok(path)
}

/// The loaders that the clients of a scope get. A kind of UEFI's HTTP boot that has none of its own gets the file of
/// its `efi_` kind by HTTP; a path for TFTP stays as it is.
pub(super) fn effective_loaders(report: &mut Report, set: &InheritedLoaders, span: Span) -> Loaders {
    let mut loaders = Vec::new();
    for (info, loader, from) in set.effective() {
        let place = if from == Span::default() { span } else { from };
        let loader = match (loader, info.loads_like.is_some()) {
            (Loader::File(path), true) => {
                // Without an HTTP server these clients get nothing.
                let Some(root) = &set.http_files else { continue };
                let url = format!("{root}/{}", crate::dialects::ipxe::uri(path).unwrap_or_default());
                Loader::Url(url)
            }
            (Loader::File(_), false) if set.no_tftp && from == Span::default() => continue,
            (loader, _) => loader.clone(),
        };
        if let Loader::Url(url) = &loader
            && url.len() > 127
        {
            let message = format!(
                "the URL of the `{}` loader has {} bytes; DHCP's file field takes 127",
                info.name,
                url.len()
            );
            report.push(Finding::new(&MALFORMED, place, message).help(format!("it is {url}")));
            continue;
        }
        loaders.push((info.kind, Spanned::new(loader, place)));
    }
    loaders
}

/// Why a boot file's name is refused.
pub(super) fn too_long(what: &str, bytes: usize) -> InvalidValue {
    InvalidValue::new(format!("the {what} has {bytes} bytes; DHCP's file field takes 127"))
        .help(format!("dhcpd would cut it without a word; use a shorter {what}"))
}

/// The loaders that a scope changes over those of its subnet: those that it sets, and those of UEFI's HTTP boot that
/// follow from them.
pub(super) fn loader_changes(
    report: &mut Report,
    own: &[LoaderOfKind],
    inherited: &InheritedLoaders,
    span: Span,
) -> LoaderChanges {
    let has = |loaders: &[LoaderOfKind], kind: ClientKind| loaders.iter().any(|(known, _)| *known == kind);
    let alone = InheritedLoaders { loaders: own.to_vec(), ..inherited.clone() };
    let effective = effective_loaders(report, &alone, span);
    let changed = CLIENT_KINDS.iter().filter_map(|info| {
        let like = || info.loads_like.filter(|_| !has(&inherited.loaders, info.kind));
        let from = if has(own, info.kind) { info.kind } else { like().filter(|like| has(own, *like))? };
        let place = own.iter().find(|(kind, _)| *kind == from).map_or(span, |(_, loader)| loader.span);
        let loader =
            effective.iter().find(|(kind, _)| *kind == info.kind).map(|(_, loader)| loader.value.clone());
        Some((info.kind, Spanned::new(loader, place)))
    });
    changed.collect()
}

/// Reports `build` in a subnet, group or host: loaders are built for the whole site.
pub(super) fn no_build(r: &mut Resolver<'_, '_>, written: &schema::Loaders<'_>) {
    if let Some(build) = written.build.given() {
        let refused = InvalidValue::new("loaders are built for the whole site");
        r.refuse(build.span, &refused.help("`loaders: { build: … }` at the top"));
    }
}
