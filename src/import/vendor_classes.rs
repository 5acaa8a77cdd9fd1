//! The vendor classes that imported files compare: `import --prove` asks as clients that send them, which may get something
//! else.

use std::collections::BTreeSet;

/// How many are collected.
const MOST: usize = 32;

/// Vendor classes that are texts, each once.
#[derive(Debug, Default)]
pub struct VendorClasses(BTreeSet<String>);

impl VendorClasses {
    /// Adds one, if there is room for it and a request can carry it as a text.
    pub fn add(&mut self, text: &str) {
        let is_text = !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
        if is_text && self.0.len() < MOST {
            self.0.insert(text.to_owned());
        }
    }

    /// All of them, sorted.
    #[must_use]
    pub fn into_vec(self) -> Vec<String> {
        self.0.into_iter().collect()
    }
}
