//! Another script or EFI program.

use super::{BootKind, BuiltEntry, EntryBuilder, Given, installers};
use crate::model::{ChainBoot, EntryKind, Spanned};
use crate::schema::{Field, GivenFile, mapping};
use crate::source::Scalar;

pub(super) const KIND: BootKind =
    BootKind { word: "chain", label: None, template: template!("chain"), keys: Chain::properties, build };

mapping! {
    /// The keys of `kind: chain`.
    pub struct Chain in "an entry of kind `chain`" {
        /// A URL, a path below the TFTP root, or a script of the user's own beside the site.
        url: GivenFile<'a>,
        /// The arguments of an EFI program or of a kernel; an item may have several.
        cmdline: Vec<Scalar<'a>>,
    }
}

fn build(builder: &mut EntryBuilder<'_, '_>) -> Option<BuiltEntry> {
    let own = Chain::from_entries(&builder.entry.own, builder.entry.span, &mut builder.reading);
    let Some(given) = own.url.given().copied() else {
        if matches!(own.url, Field::Absent) {
            builder.missing("url", "a URL, a path below the TFTP root, or `{ source: FILE }`");
        }
        return None;
    };
    let words = builder.words(&own.cmdline)?;
    let (url, written) = match (builder.given_file(given, "script.ipxe")?, given) {
        (Given::Url(url), GivenFile::Named(word) | GivenFile::Source(word)) => {
            let written = Spanned::new(url.clone(), word.span);
            (url, Some(written))
        }
        (Given::Below(path), _) => (builder.uri(&path), None),
    };
    // Only a script that the site publishes can be read.
    let own = match given {
        GivenFile::Source(word) => builder.published_text().map(|text| {
            text.lines().map(|line| Spanned::new(line.trim_end().to_owned(), word.span)).collect::<Vec<_>>()
        }),
        GivenFile::Named(_) => None,
    };
    let unattended = installers::unattended(&words).map(|word| word.span);
    let arguments = words.into_iter().map(|word| word.value).collect();
    let mut built = builder.build(EntryKind::Chain(ChainBoot { url, arguments, written }));
    let by_script = || own.and_then(|own| Some(installers::unattended(&installers::of_script(&own))?.span));
    built.unattended = unattended.or_else(by_script);
    Some(built)
}
