//! The setting that a statement makes, in the keys of site.yaml.

use std::borrow::Cow;

use foldhash::HashMap;

use super::super::draft::Value;
use super::statements::Statement;

/// A key of a scope: a plain one, or one in a mapping of the scope.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// `options`, `ipxe`, `vars`, or nothing.
    pub section: &'static str,
    /// The key itself.
    pub name: Cow<'static, str>,
}

impl Key {
    /// A plain key.
    pub const fn plain(name: &'static str) -> Self {
        Self { section: "", name: Cow::Borrowed(name) }
    }

    /// A key in a mapping.
    pub fn within(section: &'static str, name: impl Into<Cow<'static, str>>) -> Self {
        Self { section, name: name.into() }
    }

    /// Whether it is this plain key.
    pub fn is(&self, name: &str) -> bool {
        self.section.is_empty() && self.name == name
    }
}

/// The mask that clients are told. ipxegen derives it from `cidr`.
pub const SUBNET_MASK: Key = Key::plain("(subnet-mask)");

/// `use-host-decl-names`. ipxegen sends the names of hosts unless `host_name` says otherwise.
pub const DECLARED_NAMES: Key = Key::plain("(use-host-decl-names)");

/// `allow client-updates` and its like, which count only with DDNS.
pub const CLIENT_UPDATES: Key = Key::plain("(client-updates)");

/// A key with its value, and the statement that it comes from.
#[derive(Clone, Debug)]
pub struct Setting<'a, 't> {
    /// The key.
    pub key: Key,
    /// The value.
    pub value: Value,
    /// The statement.
    pub from: &'a Statement<'t>,
}

/// So many settings are searched from the first. Most scopes have few.
const SEARCHED: usize = 12;

/// The settings of a scope. A later statement replaces an earlier one, as in dhcpd.
#[derive(Clone, Debug, Default)]
pub struct Settings<'a, 't> {
    all: Vec<Setting<'a, 't>>,
    /// The place of each key, if they are more than [`SEARCHED`].
    by_key: Option<Box<HashMap<Key, usize>>>,
}

impl<'a, 't> Settings<'a, 't> {
    /// Sets a key; returns the statement that it replaces.
    pub fn set(&mut self, setting: Setting<'a, 't>) -> Option<&'a Statement<'t>> {
        if let Some(old) = self.place(&setting.key).and_then(|at| self.all.get_mut(at)) {
            return Some(std::mem::replace(old, setting).from);
        }
        if let Some(by_key) = &mut self.by_key {
            by_key.insert(setting.key.clone(), self.all.len());
        }
        self.all.push(setting);
        if self.by_key.is_none() {
            self.index();
        }
        None
    }

    /// The index of a key.
    fn place(&self, key: &Key) -> Option<usize> {
        match &self.by_key {
            Some(by_key) => by_key.get(key).copied(),
            None => self.all.iter().position(|setting| setting.key == *key),
        }
    }

    /// Finds all keys again, after their places have changed.
    fn index(&mut self) {
        let all = || self.all.iter().enumerate().map(|(at, setting)| (setting.key.clone(), at));
        self.by_key = (self.all.len() > SEARCHED).then(|| Box::new(all().collect()));
    }

    /// The setting of a key.
    pub fn get(&self, key: &Key) -> Option<&Setting<'a, 't>> {
        self.all.get(self.place(key)?)
    }

    /// All settings, in the order of the first statement of each key.
    pub fn iter(&self) -> impl Iterator<Item = &Setting<'a, 't>> {
        self.all.iter()
    }

    /// Removes the settings that `keep` does not accept.
    pub fn retain(&mut self, keep: impl FnMut(&Setting<'a, 't>) -> bool) {
        let before = self.all.len();
        self.all.retain(keep);
        if self.all.len() != before {
            self.index();
        }
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &Key) -> Option<Setting<'a, 't>> {
        let found = self.all.remove(self.place(key)?);
        self.index();
        Some(found)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// The meaning of a statement.
#[derive(Debug)]
pub enum Reading {
    /// Keys and their values.
    Words(Vec<(Key, Value)>),
    /// No key expresses it; the text says why.
    Raw(String),
    /// dhcpd, or ipxegen, does the same without it.
    Default,
    /// dhcpd accepts this word, and does nothing.
    Nothing(String),
    /// dhcpd would refuse or ignore it; the text says why.
    Lost(String),
    /// It takes part in the choice of boot files.
    Boot,
}

impl Reading {
    /// One plain key.
    pub fn word(name: &'static str, value: impl Into<Value>) -> Self {
        Self::Words(vec![(Key::plain(name), value.into())])
    }

    /// One key in a mapping.
    pub fn within(
        section: &'static str,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<Value>,
    ) -> Self {
        Self::Words(vec![(Key::within(section, name), value.into())])
    }
}
