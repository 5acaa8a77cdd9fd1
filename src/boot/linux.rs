//! A kernel and its initrds.

use foldhash::HashSet;

use super::arguments::Arguments;
use super::{BootKind, BuiltEntry, EntryBuilder, inject};
use crate::model::{
    Content, EntryKind, InvalidValue, KernelArgument, KernelStart, LinuxBoot, LinuxStart, LinuxSystem,
    LoadedFile,
};
use crate::schema::{Argument, Field, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind =
    BootKind { word: "linux", label: None, template: template!("linux"), keys: Linux::properties, build };

mapping! {
    /// The keys of `kind: linux`.
    pub struct Linux in "an entry of kind `linux`" {
        /// The kernel.
        kernel: Scalar<'a>,
        /// The initrds.
        initrd: Vec<Scalar<'a>>,
        /// The command line; an item may have several arguments.
        cmdline: Vec<Argument<'a>>,
        /// The distribution's shim, for Secure Boot: a path, or `none`.
        shim: Scalar<'a>,
    }
}

/// The most bytes of all arguments of a kernel together, those that the kind adds included.
const LONGEST: usize = 900;

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Linux::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    builder.shim(&own.shim, &own.kernel, None);
    if matches!(own.kernel, Field::Absent) {
        builder.missing("kernel", "the kernel's path below the TFTP root, or below the entry's `dir`");
    }
    let kernel = builder.file(&own.kernel, None);
    let initrds = initrds(builder, &own.initrd, &[]);
    let arguments = builder.arguments(&own.cmdline);
    finish(builder, LinuxSystem::Any, kernel?, initrds?, Vec::new(), arguments?, &[])
}

/// The initrds of an entry, written or by default.
pub(super) fn initrds<'a>(
    builder: &mut EntryBuilder<'_, 'a>,
    field: &Field<Vec<Scalar<'a>>>,
    default: &[&str],
) -> Option<Vec<LoadedFile>> {
    let written: Vec<_> = match field {
        Field::Wrong(_) => return None,
        Field::Absent => default.iter().map(|text| (*text, builder.entry.id.span)).collect(),
        Field::Given(words) => words.iter().map(|word| (word.text, word.span)).collect(),
    };
    let mut initrds: Vec<LoadedFile> = Vec::new();
    let mut names: HashSet<String> = HashSet::default();
    for (text, span) in &written {
        let path = builder.path(text, *span, builder.dir)?;
        builder.need(&path, *span);
        // The name is an argument of the kernel. A name that cannot be one is replaced by a number.
        let base = path.rsplit('/').next().unwrap_or_default();
        let plain =
            base.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        let name = if plain && !names.contains(base) && !base.starts_with('-') {
            base.to_owned()
        } else {
            format!("initrd{}", initrds.len())
        };
        names.insert(name.clone());
        initrds.push(LoadedFile { name, uri: builder.uri(&path) });
    }
    Some(initrds)
}

/// Builds an entry that starts a kernel. Its arguments are those that ipxegen adds (`ours`) unless the site replaces
/// them, then those of the site (`written`), then `---` (`last`) if the kind wants one and the site has none.
///
/// The arguments of ipxegen come first, because arguments after a `---` are for the installed system: the installers
/// write them to its boot loader.
///
/// A kernel started by UEFI finds its initrds by the names in `initrd=`, so each has one
/// (theforeman/community-templates#496); on BIOS the argument does no harm.
pub(super) fn finish(
    builder: &mut EntryBuilder<'_, '_>,
    system: LinuxSystem,
    kernel: String,
    initrds: Vec<LoadedFile>,
    ours: Vec<String>,
    written: Arguments,
    last: &[&str],
) -> Option<BuiltEntry> {
    let names = initrds.iter().map(|initrd| format!("initrd={}", initrd.name));
    let ours = ours.into_iter().filter(|argument| !written.replaces(argument));
    let mut arguments: Vec<KernelArgument> = names.chain(ours).map(KernelArgument::Text).collect();
    let unattended = written.unattended();
    let has_end = written.has_end();
    arguments.extend(written.all);
    if !has_end {
        arguments.extend(last.iter().map(|argument| KernelArgument::Text((*argument).to_owned())));
    }
    let length: usize = arguments.iter().map(|argument| argument.text().map_or(0, str::len) + 1).sum();
    if length > LONGEST {
        let message = format!(
            "with what `{}` adds, these arguments have {length} bytes; a line of iPXE takes {LONGEST}",
            builder.entry.id.text
        );
        let span = written.texts.first().map_or(builder.entry.id.span, |text| text.span);
        builder.refuse(span, &InvalidValue::new(message).help("the stack that iPXE has on BIOS is small"));
        return None;
    }
    let injected = inject::into_ram_disk(builder)?;
    let shim = std::mem::take(&mut builder.shim);
    let kernel = KernelStart { kernel, arguments, initrds, injected, shim: shim.uri };
    let start = match written.secret {
        None => LinuxStart::Kernel(kernel),
        Some(span) => {
            let content = Content::BootScript { kernel, secrets: written.secrets };
            // The user's own template may print the secrets on any line, so no line of the file is shown.
            let path = builder.publish("boot.ipxe", span, content, Some(&[]))?;
            LinuxStart::OwnScript { url: builder.uri(&path) }
        }
    };
    let kind =
        EntryKind::Linux(LinuxBoot { system, start, written: written.texts, lacks_shim: shim.is_missing });
    Some(BuiltEntry { unattended, ..builder.build(kind) })
}
