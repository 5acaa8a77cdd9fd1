//! The site.yaml that an import makes: a tree of keys and values, each with the places that it comes from.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};

use foldhash::HashMap;

use super::Origin;

/// A value of the draft.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// A text, quoted where YAML needs it.
    Text(String),
    /// A number, `true`, `false` or another text that is written as it is.
    Bare(String),
    /// Lines, written as a literal block.
    Lines(String),
    /// A list.
    List(Vec<Value>),
    /// A mapping.
    Map(Mapping),
}

impl Value {
    /// A number.
    #[must_use]
    pub fn number(number: impl Into<u64>) -> Self {
        Self::Bare(number.into().to_string())
    }

    /// A flag.
    #[must_use]
    pub fn flag(flag: bool) -> Self {
        Self::Bare(flag.to_string())
    }

    /// One value, or a list of several: site.yaml takes both.
    #[must_use]
    pub fn one_or_list(mut values: Vec<Self>) -> Self {
        match (values.len(), values.pop()) {
            (1, Some(only)) => only,
            (_, last) => Self::List(values.into_iter().chain(last).collect()),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Mapping> for Value {
    fn from(map: Mapping) -> Self {
        Self::Map(map)
    }
}

/// A key of a mapping, with its value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Entry {
    /// The key. Most are words of the site's language.
    pub key: Cow<'static, str>,
    /// The value.
    pub value: Value,
    /// Its comments. Most entries have none.
    comments: Option<Box<Comments>>,
}

/// The comments of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Comments {
    /// The places that it comes from, printed beside it.
    origins: Origins,
    /// Sentences for the reader, printed above it.
    notes: Vec<String>,
}

impl Entry {
    /// Adds the place that it comes from.
    pub fn from(&mut self, origin: &Origin) -> &mut Self {
        self.comments.get_or_insert_default().origins.push(origin);
        self
    }

    /// Adds a sentence for the reader.
    pub fn note(&mut self, text: impl Into<String>) -> &mut Self {
        self.comments.get_or_insert_default().notes.push(text.into());
        self
    }

    /// The places that it comes from, if it has any.
    #[must_use]
    pub fn origins(&self) -> Option<&Origins> {
        let comments = self.comments.as_ref()?;
        comments.origins.first().map(|_| &comments.origins)
    }

    /// Sentences for the reader.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        self.comments.as_ref().map_or(&[], |comments| &comments.notes)
    }

    /// Adds the comments of another entry before its own.
    pub fn comments_before(&mut self, other: &Self) {
        if let Some(other) = &other.comments {
            let own = self.comments.replace(other.clone()).unwrap_or_default();
            let comments = self.comments.get_or_insert_default();
            comments.origins.append(&own.origins);
            comments.notes.extend(own.notes);
        }
    }
}

/// The first and the last of the places that an entry comes from. A site has many entries, and prints no others.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origins {
    first: Option<Origin>,
    last: Option<Box<Origin>>,
}

impl Origins {
    /// Adds a place. Statements are not read in the order of their lines, so places of one file are kept as the first and
    /// the last line.
    pub fn push(&mut self, origin: &Origin) {
        let Some(first) = &mut self.first else {
            self.first = Some(origin.clone());
            return;
        };
        let is_here = origin.file == first.file;
        match &mut self.last {
            _ if origin == first => {}
            None if is_here && origin.line < first.line => {
                self.last = Some(Box::new(std::mem::replace(first, origin.clone())));
            }
            None => self.last = Some(Box::new(origin.clone())),
            Some(last) if last.file != first.file => {}
            Some(_) if is_here && origin.line < first.line => *first = origin.clone(),
            Some(last) if !is_here || origin.line > last.line => **last = origin.clone(),
            Some(_) => {}
        }
    }

    /// Adds places.
    pub fn append(&mut self, others: &Self) {
        others.first().into_iter().chain(others.last()).for_each(|origin| self.push(origin));
    }

    /// The first place.
    #[must_use]
    pub const fn first(&self) -> Option<&Origin> {
        self.first.as_ref()
    }

    /// The last place; the first if it is the only one.
    #[must_use]
    pub fn last(&self) -> Option<&Origin> {
        self.last.as_deref().or(self.first.as_ref())
    }

    /// Whether there are several.
    #[must_use]
    pub const fn several(&self) -> bool {
        self.last.is_some()
    }
}

/// A mapping of so many keys is searched from its beginning. Most have few: a table for each host would take more memory
/// than its keys and values.
const SEARCHED: usize = 12;

/// Keys and values, in the order in which they were added.
#[derive(Clone, Default)]
pub struct Mapping {
    entries: Vec<Entry>,
    /// The place of each key, if they are more than [`SEARCHED`].
    by_key: Option<Box<HashMap<Cow<'static, str>, usize>>>,
}

/// Equal mappings have one text, which `by_key` has not: its order is another one each time.
impl fmt::Debug for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.entries.fmt(f)
    }
}

impl Hash for Mapping {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.entries.hash(state);
    }
}

impl PartialEq for Mapping {
    fn eq(&self, other: &Self) -> bool {
        self.entries == other.entries
    }
}

impl Eq for Mapping {}

impl Mapping {
    /// An empty mapping with room for so many keys: one that grows has room for four.
    #[must_use]
    pub fn with_capacity(keys: usize) -> Self {
        Self { entries: Vec::with_capacity(keys), by_key: None }
    }

    /// Sets a key; a value that it had is replaced.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) -> &mut Entry {
        self.set_word(key.to_owned(), value)
    }

    /// Sets a key that is a word of the site's language, such as each of many hosts has: no host has a copy of it.
    pub fn set_word(&mut self, word: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> &mut Entry {
        let (key, value) = (word.into(), value.into());
        let at = self.place(&key).unwrap_or(self.entries.len());
        if let Some(entry) = self.entries.get_mut(at) {
            entry.value = value;
        } else {
            if let Some(by_key) = &mut self.by_key {
                by_key.insert(key.clone(), at);
            }
            self.entries.push(Entry { key, value, comments: None });
            if self.by_key.is_none() {
                self.index();
            }
        }
        #[expect(clippy::indexing_slicing, reason = "the entry was just added or found")]
        &mut self.entries[at]
    }

    /// The index of a key.
    fn place(&self, key: &str) -> Option<usize> {
        match &self.by_key {
            Some(by_key) => by_key.get(key).copied(),
            None => self.entries.iter().position(|entry| entry.key == key),
        }
    }

    /// Finds all keys again, after their places have changed.
    fn index(&mut self) {
        let all = || self.entries.iter().enumerate().map(|(at, entry)| (entry.key.clone(), at));
        self.by_key = (self.entries.len() > SEARCHED).then(|| Box::new(all().collect()));
    }

    /// The mapping below a key, which is added if it is missing; another value of the key is replaced.
    pub fn map(&mut self, key: &str) -> &mut Self {
        if !matches!(self.get(key), Some(Value::Map(_))) {
            self.set(key, Self::default());
        }
        match self.entry(key).map(|entry| &mut entry.value) {
            Some(Value::Map(map)) => map,
            _ => unreachable!("the key was just set to a mapping"),
        }
    }

    /// Adds an item to the list of a key.
    pub fn push(&mut self, key: &str, item: impl Into<Value>) -> &mut Entry {
        let mut list = match self.entry(key).map(|entry| &mut entry.value) {
            Some(Value::List(list)) => std::mem::take(list),
            _ => Vec::new(),
        };
        list.push(item.into());
        self.set(key, Value::List(list))
    }

    /// Adds a line to the text of a key.
    pub fn append(&mut self, key: &str, line: &str) -> &mut Entry {
        let mut text = match self.entry(key).map(|entry| &mut entry.value) {
            Some(Value::Lines(text)) => std::mem::take(text),
            _ => String::new(),
        };
        text.push_str(line);
        text.push('\n');
        self.set(key, Value::Lines(text))
    }

    /// The mapping of a key.
    #[must_use]
    pub fn submap(&self, key: &str) -> Option<&Self> {
        match self.get(key)? {
            Value::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The text of a key.
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(text) | Value::Bare(text) | Value::Lines(text) => Some(text),
            Value::List(_) | Value::Map(_) => None,
        }
    }

    /// The value of a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        Some(&self.entries.get(self.place(key)?)?.value)
    }

    /// The entry of a key.
    pub fn entry(&mut self, key: &str) -> Option<&mut Entry> {
        let at = self.place(key)?;
        self.entries.get_mut(at)
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let at = self.place(key)?;
        let entry = self.entries.remove(at);
        self.index();
        Some(entry)
    }

    /// The entries, in order, to change their values.
    pub fn entries_mut(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.entries.iter_mut()
    }

    /// Sorts the entries; those with the same place keep their order.
    pub fn sort_by_key(&mut self, place: impl Fn(&str) -> u8) {
        if self.entries.is_sorted_by_key(|entry| place(&entry.key)) {
            return;
        }
        self.entries.sort_by_key(|entry| place(&entry.key));
        self.index();
    }

    /// The entries, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Whether it has no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

/// The site that an import makes.
#[derive(Clone, Debug, Default)]
pub struct Draft {
    /// The name of the server that the files are from.
    pub server: String,
    /// The TFTP root, if a file says it; `site` has it only if it is not the default.
    pub tftp_root: Option<String>,
    /// Its top level, printed in the order of [`super::text_of`].
    pub site: Mapping,
    /// Lists and tables in files of their own: their names, relative to site.yaml, and their texts.
    pub files: Vec<(String, String)>,
}
