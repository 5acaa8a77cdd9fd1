//! Text that is printed unchanged: text of the user, and text that another template has rendered.
//!
//! Both are types of their own, printed by a filter of their own that takes nothing else; a plain
//! string cannot get there by mistake.

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::engine::{known, refuse};
use super::language::Language;
use super::seal;

const RAW: &str = "\u{1}raw";
const RENDERED: &str = "\u{1}rendered";

/// The user's own configuration text, for `| verbatim`, which checks it once more with the language's lexer
/// ([`super::Dialect::balanced`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw(String);

impl Raw {
    /// Text of the user's, as written.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        wrap(RAW, &self.0, to)
    }
}

/// Text that an engine of the same language has rendered, for `| rendered`, such as a boot entry in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered(String);

impl Rendered {
    /// The output of an engine, never anything else.
    #[must_use]
    pub const fn new(output: String) -> Self {
        Self(output)
    }
}

impl Serialize for Rendered {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        wrap(RENDERED, &self.0, to)
    }
}

fn wrap<S: Serializer>(key: &str, text: &str, to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(1))?;
    map.serialize_entry(key, text)?;
    map.end()
}

fn unwrap<'v>(key: &'static str, value: &'v Value) -> Option<&'v str> {
    let map = value.as_map()?;
    if map.len() == 1 { map.get(&tera::value::Key::from(key))?.as_str() } else { None }
}

pub(super) fn register(tera: &mut Tera, language: &'static Language) {
    let verbatim = move |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        let text = unwrap(RAW, &value)
            .ok_or_else(|| refuse("`verbatim` takes only what a `raw` key of the site holds"))?;
        (language.balanced)(text)?;
        let mut lines = text.trim_end_matches(['\n', '\r']).to_owned();
        // A comment at the end must not swallow what a template puts behind it.
        if lines.rsplit('\n').next().is_some_and(|last| last.contains('#')) {
            lines.push('\n');
        }
        Ok(seal::seal(&lines))
    };
    tera.register_filter("verbatim", verbatim);
    let rendered = |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        let text = unwrap(RENDERED, &value)
            .ok_or_else(|| refuse("`rendered` takes only what another template has rendered"))?;
        Ok(seal::seal(text))
    };
    tera.register_filter("rendered", rendered);
}
