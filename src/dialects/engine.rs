//! A Tera engine under guard.
//!
//! Tried with Tera 2.4: its escape function may fail, which makes it a guard; it sees every value
//! that is printed but numbers, booleans, null (printed as nothing: leave the field out, so that it
//! is undefined, which is an error) and text that Tera calls safe. Safe is what blocks, components,
//! `{% set %}…{% endset %}` and `{% filter %}` have already rendered under the same guard; the
//! built-in filters that change such text, or make any text safe, are replaced here.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::io::Error as IoError;

use tera::{Error, EscapeFn, Kwargs, State, StringInput, Tera, TeraResult, Value};

use super::budget::printed;
use super::characters::visible;
use super::comment::comment;
use super::seal::{is_touched, seal, without_seals};
use crate::invalid_value::InvalidValue;
use crate::limits::TEXT_SIZE;

/// The message for a value that does not exist.
pub const UNDEFINED: &str = "the value is not defined";

/// The filters of every language: ours, and those of Tera's that are not replaced by a refusal.
pub(super) const FILTERS: &[&str] = &[
    "comment",
    "verbatim",
    "rendered",
    "default",
    "upper",
    "lower",
    "trim",
    "trim_start",
    "trim_end",
    "replace",
    "truncate",
    "wordcount",
    "pluralize",
    "str",
    "int",
    "float",
    "abs",
    "round",
    "length",
    "reverse",
    "split",
    "join",
    "first",
    "last",
    "nth",
    "sort",
    "unique",
    "get",
    "values",
    "keys",
    "pairs",
    "group_by",
];

pub(super) fn engine(guard: EscapeFn) -> Tera {
    let mut tera = Tera::default();
    tera.autoescape_on([""]);
    tera.set_escape_fn(guard);
    replace_builtins(&mut tera);
    quoting(&mut tera, "comment", |text| Ok(comment(text)));
    tera
}

/// The message of the guard, if the guard stopped the rendering. Tera itself prints only the kind of an error.
#[must_use]
pub fn refusal(error: &Error) -> Option<String> {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<IoError>() {
            return io.get_ref().map(ToString::to_string);
        }
        cause = error.source();
    }
    None
}

pub(super) fn refuse(reason: impl Into<String>) -> Error {
    InvalidValue::new(reason).into()
}

impl From<InvalidValue> for Error {
    fn from(invalid: InvalidValue) -> Self {
        Self::message(invalid)
    }
}

/// Tera ignores named arguments that a filter does not ask for; a misspelt limit is no limit.
pub(super) fn known(kwargs: &Kwargs, names: &[&str]) -> TeraResult<()> {
    match kwargs.iter().find(|(key, _)| !key.as_str().is_some_and(|key| names.contains(&key))) {
        None => Ok(()),
        Some((key, _)) => Err(refuse(format!("this filter has no argument `{key}`"))),
    }
}

/// The text to quote: a string as it came in, or an integer.
pub(super) fn text<'v>(filter: &str, value: &'v Value) -> TeraResult<Cow<'v, str>> {
    match value.as_str() {
        Some(text) if value.is_safe() || is_touched(text) => Err(refuse(format!(
            "{} is already rendered; `{filter}` takes a value as it is",
            visible(&without_seals(text))
        ))),
        Some(text) => Ok(Cow::Borrowed(text)),
        None => match (value.as_i128(), value.as_u128()) {
            (Some(number), _) => Ok(Cow::Owned(number.to_string())),
            (None, Some(number)) => Ok(Cow::Owned(number.to_string())),
            (None, None) if value.is_undefined() => Err(refuse(UNDEFINED)),
            (None, None) if value.is_array() => {
                Err(refuse(format!("`{filter}` takes text, and this is a list")))
            }
            (None, None) => {
                Err(refuse(format!("`{filter}` takes text, not a value of type {}", value.name())))
            }
        },
    }
}

/// The texts of a list, or the one text.
pub(super) fn texts<'v>(filter: &str, value: &'v Value) -> TeraResult<Vec<Cow<'v, str>>> {
    match value.as_array() {
        Some(values) => values.iter().map(|value| text(filter, value)).collect(),
        None => Ok(vec![text(filter, value)?]),
    }
}

/// Registers a filter that returns a whole literal.
pub(super) fn quoting(tera: &mut Tera, name: &'static str, quote: fn(&str) -> Result<String, InvalidValue>) {
    tera.register_filter(name, move |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        Ok(seal(&quote(&text(name, &value)?)?))
    });
}

fn replace_builtins(tera: &mut Tera) {
    // These make text safe, quote for other languages, or put words between words.
    for name in
        ["safe", "escape", "escape_html", "escape_xml", "newlines_to_br", "indent", "title", "capitalize"]
    {
        tera.register_filter(name, move |_: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
            Err(refuse(format!("there is no `{name}` here; use the quoting filters of this language")))
        });
    }
    // These keep the mark "safe" on rendered text that they change.
    changing(tera, "upper", |text, _| Ok(text.to_uppercase()));
    changing(tera, "lower", |text, _| Ok(text.to_lowercase()));
    changing(tera, "trim", |text, kwargs| {
        Ok(match kwargs.get::<&str>("pat")? {
            Some(pat) => text.trim_start_matches(pat).trim_end_matches(pat),
            None => text.trim(),
        }
        .to_owned())
    });
    changing(tera, "trim_start", |text, kwargs| {
        Ok(match kwargs.get::<&str>("pat")? {
            Some(pat) => text.trim_start_matches(pat),
            None => text.trim_start(),
        }
        .to_owned())
    });
    changing(tera, "trim_end", |text, kwargs| {
        Ok(match kwargs.get::<&str>("pat")? {
            Some(pat) => text.trim_end_matches(pat),
            None => text.trim_end(),
        }
        .to_owned())
    });
    changing(tera, "replace", |text, kwargs| {
        let (from, to) = (kwargs.must_get::<&str>("from")?, kwargs.must_get::<&str>("to")?);
        made(text.len() + text.matches(from).count().saturating_mul(to.len()))?;
        Ok(text.replace(from, to))
    });
    // Its message may hold any value, so it is quoted like one.
    tera.register_function("throw", |kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        Err(refuse(format!("{} says the template", visible(kwargs.must_get::<&str>("message")?))))
    });
    // Its parts take more memory than the text, so they count.
    tera.register_filter("split", |value: StringInput, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &["pat"])?;
        let pat = kwargs.must_get::<&str>("pat")?;
        let text = value.as_str();
        made(text.len() + text.matches(pat).count().saturating_mul(size_of::<Value>()))?;
        Ok(text.split(pat).map(Value::from).collect::<Vec<_>>().into())
    });
    // Tera's own, which escapes where some item is rendered already; this one counts first.
    tera.register_filter("join", |value: Value, kwargs: Kwargs, state: &State| -> TeraResult<Value> {
        known(&kwargs, &["sep"])?;
        let separator = kwargs.get::<Value>("sep")?.unwrap_or_else(|| Value::from(""));
        let items = value.as_array().ok_or_else(|| refuse("`join` takes a list"))?;
        let between = separator.as_str().map_or(0, str::len);
        let length = |item: &Value| item.as_str().map_or(0, str::len) + between;
        made(items.iter().map(length).fold(0, usize::saturating_add))?;
        if !items.iter().chain([&separator]).any(Value::is_safe) {
            let items: Vec<_> = items.iter().map(ToString::to_string).collect();
            return Ok(Value::from(items.join(&separator.to_string())));
        }
        let items: TeraResult<Vec<_>> = items.iter().map(|item| state.escape_if_needed(item)).collect();
        Ok(Value::safe_string(&items?.join(&state.escape_if_needed(&separator)?)))
    });
}

/// Counts a text before a filter makes it: two of these can make a long one out of two short ones.
pub(super) fn made(bytes: usize) -> TeraResult<()> {
    if bytes > TEXT_SIZE {
        return Err(refuse(format!("a filter would make a text of more than {} MB", TEXT_SIZE / 1_000_000)));
    }
    printed(bytes as u64)
}

/// A filter that changes text on its way to a quoting filter, and nothing that is rendered.
fn changing(tera: &mut Tera, name: &'static str, change: fn(&str, &Kwargs) -> TeraResult<String>) {
    tera.register_filter(name, move |value: StringInput, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        if value.is_safe() || is_touched(value.as_str()) {
            let shown = visible(&without_seals(value.as_str()));
            return Err(refuse(format!(
                "{shown} is already rendered; use `{name}` before the quoting filter"
            )));
        }
        Ok(Value::from(change(value.as_str(), &kwargs)?))
    });
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
