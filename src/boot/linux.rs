//! A kernel and its initrds.

use super::{Kind, Made, Making};
use crate::model::At;
use crate::schema::{Field, mapping};
use crate::source::Word;

pub(super) const KIND: Kind = Kind { word: "linux", label: None, keys: Linux::properties, make };

mapping! {
    /// The keys of `kind: linux`.
    pub struct Linux in "an entry of kind `linux`" {
        /// The kernel.
        kernel: Word<'a>,
        /// The initrds.
        initrd: Vec<Word<'a>>,
        /// The command line, one argument an item.
        cmdline: Vec<Word<'a>>,
    }
}

fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    let own = Linux::from_entries(&making.entry.own, making.entry.span, &mut making.reading);
    if matches!(own.kernel, Field::Absent) {
        making.missing("kernel", "the kernel's path below the TFTP root, or below the entry's `dir`");
    }
    let kernel = making.file(&own.kernel, None);
    let initrds = initrds(making, &own.initrd, &[]);
    let arguments = making.arguments(&own.cmdline);
    let written = arguments?;
    let arguments = written.iter().map(ToString::to_string).collect();
    Some(finish(making, kernel?, &initrds?, arguments, written))
}

/// An initrd: the URI that it is fetched from, and the name that the kernel finds it by.
pub(super) struct Initrd {
    name: String,
    uri: String,
}

/// The initrds of an entry, written or by default.
pub(super) fn initrds<'a>(
    making: &mut Making<'_, 'a>,
    field: &Field<Vec<Word<'a>>>,
    default: &[&str],
) -> Option<Vec<Initrd>> {
    let written: Vec<_> = match field {
        Field::Wrong(_) => return None,
        Field::Absent => default.iter().map(|text| (*text, making.entry.id.span)).collect(),
        Field::Given(words) => words.iter().map(|word| (word.text, word.span)).collect(),
    };
    let mut initrds: Vec<Initrd> = Vec::new();
    for (text, span) in &written {
        let path = making.path(text, *span, making.dir)?;
        making.need(&path, *span);
        // The name is an argument of the kernel's: what cannot stand there is numbered instead.
        let base = path.rsplit('/').next().unwrap_or_default();
        let plain =
            base.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
        let taken = initrds.iter().any(|initrd| initrd.name == base);
        let name = if plain && !taken && !base.starts_with('-') {
            base.to_owned()
        } else {
            format!("initrd{}", initrds.len())
        };
        initrds.push(Initrd { name, uri: making.uri(&path) });
    }
    Some(initrds)
}

/// What the template of a kernel sees.
///
/// A kernel started by UEFI looks for its initrds by name, so `initrd=` is a must there
/// (theforeman/community-templates#496); on BIOS it does no harm.
pub(super) fn finish(
    making: &mut Making<'_, '_>,
    kernel: String,
    initrds: &[Initrd],
    arguments: Vec<String>,
    written: Vec<At<String>>,
) -> Made {
    let mut made = making.made();
    let names = initrds.iter().map(|initrd| format!("initrd={}", initrd.name));
    let arguments: Vec<_> = names.chain(arguments).collect();
    made.arguments = written;
    made.see("kernel", kernel);
    made.see("arguments", arguments);
    let initrds = initrds.iter().map(|initrd| serde_json::json!({ "name": initrd.name, "uri": initrd.uri }));
    made.see("initrds", initrds.collect::<Vec<_>>());
    made
}
