//! A kernel and its initrds.

use serde_json::{Map, Value};

use super::arguments::Arguments;
use super::{BuiltEntry, EntryBuilder, Kind};
use crate::model::{Content, Refused};
use crate::schema::{Argument, Field, mapping};
use crate::source::Word;

pub(super) const KIND: Kind = Kind { word: "linux", label: None, keys: Linux::properties, build };

mapping! {
    /// The keys of `kind: linux`.
    pub struct Linux in "an entry of kind `linux`" {
        /// The kernel.
        kernel: Word<'a>,
        /// The initrds.
        initrd: Vec<Word<'a>>,
        /// The command line, one or several arguments an item.
        cmdline: Vec<Argument<'a>>,
    }
}

/// How long all arguments of a kernel may be together.
const LONGEST: usize = 900;

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Linux::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    if matches!(own.kernel, Field::Absent) {
        builder.missing("kernel", "the kernel's path below the TFTP root, or below the entry's `dir`");
    }
    let kernel = builder.file(&own.kernel, None);
    let initrds = initrds(builder, &own.initrd, &[]);
    let arguments = builder.arguments(&own.cmdline);
    finish(builder, kernel?, &initrds?, Vec::new(), arguments?, &[])
}

/// An initrd: the URI that it is fetched from, and the name that the kernel finds it by.
pub(super) struct Initrd {
    name: String,
    uri: String,
}

/// The initrds of an entry, written or by default.
pub(super) fn initrds<'a>(
    builder: &mut EntryBuilder<'_, 'a>,
    field: &Field<Vec<Word<'a>>>,
    default: &[&str],
) -> Option<Vec<Initrd>> {
    let written: Vec<_> = match field {
        Field::Wrong(_) => return None,
        Field::Absent => default.iter().map(|text| (*text, builder.entry.id.span)).collect(),
        Field::Given(words) => words.iter().map(|word| (word.text, word.span)).collect(),
    };
    let mut initrds: Vec<Initrd> = Vec::new();
    for (text, span) in &written {
        let path = builder.path(text, *span, builder.dir)?;
        builder.need(&path, *span);
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
        initrds.push(Initrd { name, uri: builder.uri(&path) });
    }
    Some(initrds)
}

/// What the template of a kernel sees: arguments of ours, those that somebody wrote, and what stands
/// behind them.
///
/// A kernel started by UEFI looks for its initrds by name, so `initrd=` is a must there
/// (theforeman/community-templates#496); on BIOS it does no harm.
pub(super) fn finish(
    builder: &mut EntryBuilder<'_, '_>,
    kernel: String,
    initrds: &[Initrd],
    ours: Vec<String>,
    written: Arguments,
    behind: &[&str],
) -> Option<BuiltEntry> {
    let names = initrds.iter().map(|initrd| format!("initrd={}", initrd.name));
    let mut arguments: Vec<Value> = names.chain(ours).map(Value::from).collect();
    arguments.extend(written.all.iter().cloned());
    arguments.extend(behind.iter().map(|argument| Value::from(*argument)));
    let length: usize = arguments.iter().map(|argument| argument.as_str().map_or(0, str::len) + 1).sum();
    if length > LONGEST {
        let message = format!(
            "with what `{}` adds, these arguments have {length} bytes; a line of iPXE takes {LONGEST}",
            builder.entry.id.text
        );
        let span = written.texts.first().map_or(builder.entry.id.span, |text| text.span);
        builder.refuse(span, &Refused::new(message).help("the stack that iPXE has on BIOS is small"));
        return None;
    }
    let initrds = initrds.iter().map(|initrd| serde_json::json!({ "name": initrd.name, "uri": initrd.uri }));
    let unattended = written.answers();
    let mut view = Map::new();
    view.insert("kernel".to_owned(), kernel.into());
    view.insert("arguments".to_owned(), arguments.into());
    view.insert("initrds".to_owned(), initrds.collect::<Vec<_>>().into());
    let mut own_script = false;
    if let Some(span) = written.secret {
        let secrets = written.secrets.into_iter().map(|secret| ("argument", secret)).collect();
        let content = Content::Template { name: "published/boot.ipxe", view, secrets };
        // A template of the user's may put them on any line, so none is shown.
        let path = builder.publish("boot.ipxe", span, content, Some(&[]))?;
        view = Map::new();
        view.insert("url".to_owned(), builder.uri(&path).into());
        own_script = true;
    }
    let mut made = builder.made();
    made.arguments = written.texts;
    made.unattended = unattended;
    made.own_script = own_script;
    made.view = view;
    Some(made)
}
