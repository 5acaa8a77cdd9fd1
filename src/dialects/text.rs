//! Files of the user's own templates, in an unknown language.
//!
//! ipxegen does not know which program reads such a file, so a value is printed unchanged. Control characters and invisible
//! characters are refused. Two filters quote for the most common languages: `json` (also for YAML) and `sh`.

use serde_json::json;
use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::characters::{allow_only, is_hidden, name};
use super::engine::{known, quoting, refuse};
use super::language::{BlockStyle, Language, no_secrets};
use super::nested_literals::Strings;
use super::seal::seal;
use crate::invalid_value::InvalidValue;

/// Whether a text is one line without hidden characters.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    !text.contains(is_hidden)
}

/// One word of a shell, in single quotes, in which the shell expands nothing.
///
/// # Errors
/// If it has a hidden character: a NUL would end the word, a line break would end a comment.
pub fn sh(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a word of a shell", |c| !is_hidden(c))?;
    Ok(format!("'{}'", text.replace('\'', "'\\''")))
}

/// The language as [`super::Dialect::Text`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "quote it with `| json` or `| sh`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets: no_secrets,
    strings: Strings::UNKNOWN,
    filters: &["json", "sh"],
    for_lists: Some("json"),
};

fn register(tera: &mut Tera) {
    quoting(tera, "sh", sh);
    // Whole lists and mappings, too.
    tera.register_filter("json", |value: Value, kwargs: Kwargs, _: &State| -> TeraResult<Value> {
        known(&kwargs, &[])?;
        if value.is_safe() {
            return Err(refuse("`json` takes a value as it is, and this is already rendered"));
        }
        Ok(seal(&json!(value).to_string()))
    });
}

/// Accepts any text without control characters, because the language is unknown.
///
/// # Errors
/// With the first control character.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    match text.char_indices().find(|&(_, c)| c.is_control() && !matches!(c, '\n' | '\t')) {
        None => Ok(()),
        Some((at, c)) => Err(InvalidValue::at(at, format!("a text cannot have this: {}", name(c)))),
    }
}

#[cfg(test)]
mod tests {
    use super::{balanced, is_bare, sh};
    use crate::dialects::Dialect;

    #[test]
    fn one_line_as_it_is() {
        assert!(is_bare("") && is_bare("a b; $(x) \"é\"") && !is_bare("a\nb") && !is_bare("\u{202e}"));
        assert_eq!(sh("it's $x").unwrap(), "'it'\\''s $x'");
        assert!(sh("a\nb").is_err() && sh("\0").is_err());
        assert!(balanced("a\nb").is_ok() && balanced("\u{1b}").is_err());
    }

    #[test]
    fn values_of_any_shape_in_json() {
        let mut view = tera::Context::new();
        view.insert("x", &serde_json::json!({ "a": ["b \"c\"\n", 1, true] }));
        let text = Dialect::Text.engine().render_str("{{ x | json }} {{ x.a[0] | json }}", &view, true);
        assert_eq!(text.unwrap(), "{\"a\":[\"b \\\"c\\\"\\n\",1,true]} \"b \\\"c\\\"\\n\"");
    }
}
