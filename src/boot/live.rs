//! The root of a live system: a folder by NFS, or one file by HTTP.

use super::EntryBuilder;
use crate::model::{AbsPath, InvalidValue, Service, join};
use crate::schema::{Field, FromNode, Reading, ScalarType, Shapes};
use crate::source::{Node, Scalar, Span};

/// How the booted system gets its root.
#[derive(Debug)]
pub(super) enum Root {
    /// It mounts a folder: the argument that names the folder, and the folder.
    Nfs(String, AbsPath),
    /// It fetches one file: its path below the TFTP root.
    File(String),
}

/// `nfs` or `http`.
#[derive(Clone, Copy, Debug)]
pub(super) struct RootOver<'a>(Scalar<'a>);

impl<'a> FromNode<'a> for RootOver<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        Scalar::from_node(node, reading).map(Self)
    }

    fn json_schema(_: &mut Shapes, _: ScalarType) -> serde_json::Value {
        serde_json::json!({ "enum": ["nfs", "http"] })
    }
}

/// The root of a live system. Without an ISO the system fetches `file`; if that is `None`, it needs the ISO. The
/// name of the fetched file must end in one of `endings`.
pub(super) fn root<'a>(
    builder: &mut EntryBuilder<'_, 'a>,
    iso: &Field<Scalar<'a>>,
    over: &Field<RootOver<'a>>,
    file: Option<&str>,
    endings: &[&str],
) -> Option<Root> {
    if iso.is_wrong() || over.is_wrong() {
        return None;
    }
    let by_nfs = match over.given() {
        None => iso.given().is_none(),
        Some(RootOver(word)) => match (word.text, iso.given()) {
            ("http", _) => false,
            ("nfs", None) => true,
            ("nfs", Some(_)) => {
                let refused = InvalidValue::new("an ISO is fetched, and a root over NFS is a folder");
                builder.refuse(word.span, &refused.help("leave one of `iso` and `root_over: nfs` out"));
                return None;
            }
            _ => {
                builder.refuse(
                    word.span,
                    &InvalidValue::new(format!("`{}` is neither `nfs` nor `http`", word.text)),
                );
                return None;
            }
        },
    };
    if by_nfs {
        let dir = needed_dir(builder)?.to_owned();
        let span = builder.entry.common.dir.given().map_or(builder.entry.id.span, |word| word.span);
        let path = builder.folder().join(&dir);
        return nfs(builder, path, span);
    }
    let (path, span) = match (iso.given(), file) {
        (Some(word), _) => (builder.path(word.text, word.span, None)?, word.span),
        (None, Some(file)) => (join(needed_dir(builder)?, file), builder.entry.id.span),
        (None, None) => {
            builder.missing("iso", "the image at the TFTP root, which `root_over: http` fetches");
            return None;
        }
    };
    if !endings.iter().any(|ending| path.ends_with(ending)) {
        let message = format!("`{path}` does not end in {}", endings.join(", "));
        let help = "the system in the initrd tells by its ending what it fetches";
        builder.refuse(span, &InvalidValue::new(message).help(help));
        return None;
    }
    builder.need(&path, span);
    Some(Root::File(path))
}

/// The entry's folder; a finding if the site does not set it.
pub(super) fn needed_dir<'m>(builder: &mut EntryBuilder<'m, '_>) -> Option<&'m str> {
    if builder.dir.is_none() && matches!(builder.entry.common.dir, Field::Absent) {
        builder.missing("dir", "the folder below the TFTP root that holds what is in the ISO");
    }
    builder.dir
}

/// A folder that the kernel or its initrd mounts.
pub(super) fn nfs(builder: &mut EntryBuilder<'_, '_>, path: AbsPath, span: Span) -> Option<Root> {
    // The kernel splits its command line at blanks, and the path at commas.
    if let Some(bad) = path.as_str().chars().find(|char| !char.is_ascii_graphic() || *char == ',') {
        let refused = InvalidValue::new(format!("`{path}` has {bad:?} in it"));
        builder.refuse(
            span,
            &refused.help("the kernel mounts this folder by its command line, which cannot carry it"),
        );
        return None;
    }
    // A site without an NFS server has another finding.
    let server = builder.facts.address(Service::Nfs).unwrap_or_default();
    Some(Root::Nfs(format!("{server}:{path}"), path))
}
