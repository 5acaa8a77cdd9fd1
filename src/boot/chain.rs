//! Another script or EFI program.

use super::{Kind, Made, Making};
use crate::dialects::ipxe;
use crate::model::{At, Refused};
use crate::schema::{Field, mapping};
use crate::source::Word;

pub(super) const KIND: Kind = Kind { word: "chain", label: None, keys: Chain::properties, make };

mapping! {
    /// The keys of `kind: chain`.
    pub struct Chain in "an entry of kind `chain`" {
        /// A URL, or a path below the TFTP root.
        url: Word<'a>,
    }
}

fn make(making: &mut Making<'_, '_>) -> Option<Made> {
    let own = Chain::from_entries(&making.entry.own, making.entry.span, &mut making.reading);
    let mut lines = Vec::new();
    let uri = match &own.url {
        Field::Given(word) if word.text.contains("://") || word.text.contains('{') => {
            let text = making.text(*word)?;
            if let Err(refused) = ipxe::url_expr(&text) {
                let refused = Refused::new(refused.reason).help("percent-encode what is no part of a URL");
                making.refuse(word.span, &refused);
                return None;
            }
            lines.push(At::new(text.clone(), word.span));
            text
        }
        Field::Absent => {
            making.missing("url", "a URL, or a path below the TFTP root");
            return None;
        }
        field => making.file(field, None)?,
    };
    let mut made = making.made();
    made.lines = lines;
    made.see("url", uri);
    Some(made)
}
