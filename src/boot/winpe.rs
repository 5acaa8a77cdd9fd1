//! Windows PE: wimboot and the three files of its image.

use serde_json::Value;

use super::{BootKind, BuiltEntry, EntryBuilder, inject, startnet};
use crate::model::{ArchDir, EntryKind, InvalidValue, LoadedFile, WinpeBoot, WinpeImage, flag, join};
use crate::schema::{Dict, Field, FromNode, GivenFile, Reading, ScalarType, Shapes, mapping};
use crate::source::{Node, NodeKind, Scalar};

pub(super) const KIND: BootKind =
    BootKind { word: "winpe", label: None, template: template!("winpe"), keys: Winpe::properties, build };

mapping! {
    /// The keys of `kind: winpe`.
    pub struct Winpe in "an entry of kind `winpe`" {
        /// wimboot, below the TFTP root.
        wimboot: Scalar<'a>,
        /// Whether each architecture has a folder of its own.
        arch_dirs: ArchDirs<'a>,
        /// The boot configuration.
        bcd: Scalar<'a>,
        /// The RAM disk's image.
        sdi: Scalar<'a>,
        /// The system's image.
        wim: Scalar<'a>,
        /// The SMB share that holds Windows' installation files.
        share: Scalar<'a>,
        /// The program on the share that is started.
        setup: Scalar<'a>,
        /// The account that connects to the share.
        user: Scalar<'a>,
        /// The file that holds the account's password.
        password_file: Scalar<'a>,
        /// The environment variable that holds it.
        password_env: Scalar<'a>,
        /// The answer file of setup: a path, a URL, or `{ source: FILE }`.
        unattend: GivenFile<'a>,
    }
}

/// `true`, or a folder for each architecture.
#[derive(Clone, Debug)]
pub enum ArchDirs<'a> {
    /// Whether the folders have copype's own names.
    Flag(Scalar<'a>),
    /// Other names.
    Names(Dict<'a, Scalar<'a>>),
}

impl<'a> FromNode<'a> for ArchDirs<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        match node.plain().kind {
            NodeKind::Map(_) => Dict::from_node(node, reading).map(Self::Names),
            _ => Scalar::from_node(node, reading).map(Self::Flag),
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        let names = Dict::<Scalar<'a>>::json_schema(shapes, scalar);
        let known: Vec<&str> = ARCHITECTURES.iter().map(|(name, _)| *name).collect();
        let names = serde_json::json!({ "allOf": [names], "propertyNames": { "enum": known } });
        serde_json::json!({ "anyOf": [Scalar::json_schema(shapes, ScalarType::Flag), names] })
    }
}

/// The architectures of Windows PE: the names that copype uses, and the values of iPXE's `${buildarch}`.
///
/// The firmware decides: a 32-bit UEFI cannot start a 64-bit Windows, whatever its CPU can do. On
/// BIOS the CPU decides, by its long mode (`cpuid --ext 29`).
const ARCHITECTURES: &[(&str, &str)] = &[("x86", "i386"), ("amd64", "x86_64"), ("arm64", "arm64")];

/// The field of an image that has the path of one of its files.
type PathIn = fn(&mut WinpeImage) -> &mut String;

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Winpe::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    let wimboot = builder.root_file(&own.wimboot, Some("wimboot"));
    let wimboot_path = builder.files.last().map_or_else(String::new, |file| file.path.clone());
    let dirs = arch_dirs(builder, &own.arch_dirs)?;
    let windows = |dir: &ArchDir| {
        let known = ARCHITECTURES.iter().find(|(_, ipxe)| *ipxe == dir.buildarch);
        known.map_or("", |(windows, _)| windows)
    };
    let mut images: Vec<WinpeImage> =
        dirs.iter().map(|dir| WinpeImage { arch: windows(dir), ..WinpeImage::default() }).collect();
    if images.is_empty() {
        images.push(WinpeImage::default());
    }
    let mut files = windows_files(builder, &own, &dirs, &mut images)?;
    let keys = startnet::Keys {
        share: &own.share,
        setup: &own.setup,
        user: &own.user,
        password_file: &own.password_file,
        password_env: &own.password_env,
        unattend: &own.unattend,
    };
    let setup = startnet::build(builder, &keys)?;
    files.extend(inject::files(builder, setup.is_some())?);
    let unattended = setup.as_ref().map(|setup| setup.span);
    let mut share_account = None;
    if let Some(setup) = setup {
        files.extend(setup.files);
        share_account = setup.account;
    }
    let winpe = WinpeBoot { wimboot: wimboot?, wimboot_path, files, arch_dirs: dirs, images, share_account };
    Some(BuiltEntry { unattended, ..builder.build(EntryKind::Winpe(winpe)) })
}

/// BCD, boot.sdi and boot.wim, for every architecture. wimboot accepts any order; this one is usual.
fn windows_files(
    builder: &mut EntryBuilder<'_, '_>,
    own: &Winpe<'_>,
    dirs: &[ArchDir],
    images: &mut [WinpeImage],
) -> Option<Vec<LoadedFile>> {
    let mut files = Vec::new();
    let own_files: [(&str, &Field<Scalar<'_>>, &str, PathIn); 3] = [
        ("BCD", &own.bcd, "Boot/BCD", |image| &mut image.bcd),
        ("boot.sdi", &own.sdi, "Boot/boot.sdi", |image| &mut image.sdi),
        ("boot.wim", &own.wim, "sources/boot.wim", |image| &mut image.wim),
    ];
    for (name, field, default, path_in) in own_files {
        let (text, span) = match field {
            Field::Given(word) => (word.text, word.span),
            Field::Absent => (default, builder.entry.id.span),
            Field::Wrong(_) => return None,
        };
        let uri = if dirs.is_empty() || text.starts_with('/') {
            let path = builder.path(text, span, builder.dir)?;
            builder.need(&path, span);
            for image in &mut *images {
                path_in(image).clone_from(&path);
            }
            builder.uri(&path)
        } else {
            for (dir, image) in dirs.iter().zip(&mut *images) {
                let below = builder.dir.map_or_else(|| dir.dir.clone(), |above| join(above, &dir.dir));
                let path = builder.path(text, span, Some(&below))?;
                builder.need(&path, span);
                *path_in(image) = path;
            }
            // The folder is known on the client only, so it is a setting in the URI.
            let path = builder.path(text, span, None)?;
            let above =
                builder.dir.map_or_else(|| builder.uri(""), |above| format!("{}/", builder.uri(above)));
            format!("{above}${{ipxegen.arch}}/{}", crate::dialects::ipxe::uri(&path).unwrap_or_default())
        };
        files.push(LoadedFile { name: name.to_owned(), uri });
    }
    Some(files)
}

/// The folders by iPXE's name of the architecture; empty if one image serves all.
fn arch_dirs(builder: &mut EntryBuilder<'_, '_>, field: &Field<ArchDirs<'_>>) -> Option<Vec<ArchDir>> {
    match field {
        Field::Wrong(_) => None,
        Field::Absent => Some(Vec::new()),
        Field::Given(ArchDirs::Flag(word)) => match flag(word.text) {
            // copype knows arm64 as well, but `true` means the two architectures of PCs.
            Ok(true) => {
                let pc = ARCHITECTURES.iter().take(2);
                Some(
                    pc.map(|(dir, arch)| ArchDir { buildarch: (*arch).to_owned(), dir: (*dir).to_owned() })
                        .collect(),
                )
            }
            Ok(false) => Some(Vec::new()),
            Err(refused) => {
                builder.refuse(word.span, &refused);
                None
            }
        },
        Field::Given(ArchDirs::Names(names)) => {
            let mut dirs = Vec::new();
            for (key, dir) in &names.entries {
                let known =
                    ARCHITECTURES.iter().find(|(windows, ipxe)| [*windows, *ipxe].contains(&key.text));
                let Some((_, arch)) = known else {
                    let refused =
                        InvalidValue::new(format!("`{}` is not an architecture of Windows PE", key.text));
                    builder.refuse(key.span, &refused.help("x86, amd64 or arm64"));
                    return None;
                };
                let path = builder.path(dir.text, dir.span, None)?;
                if crate::dialects::ipxe::uri(&path).ok().as_deref() != Some(path.as_str()) {
                    let refused =
                        InvalidValue::new(format!("`{}` is written into a URI unchanged", dir.text));
                    builder.refuse(dir.span, &refused.help("letters, digits, `.`, `_` and `-`"));
                    return None;
                }
                dirs.push(ArchDir { buildarch: (*arch).to_owned(), dir: path });
            }
            Some(dirs)
        }
    }
}
