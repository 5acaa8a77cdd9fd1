//! `{host}`, `{mac}`, `{http}` and the like in strings.

use super::{Refused, Value};

/// What placeholders stand for: a name gives its text, `None` when there is no such name here.
pub trait Placeholders {
    /// The text for a name.
    fn get(&self, name: &str) -> Option<String>;
    /// The names there are, for the message about one that is not.
    fn names(&self) -> Vec<&str>;
}

/// Fills the placeholders of `text`; `{{` and `}}` are literal braces, `${…}` is iPXE's own.
///
/// `None` when there is nothing to fill, so that the text can be borrowed.
///
/// # Errors
/// For a name that does not exist, and for a brace that is not closed.
pub fn fill(text: &str, known: &dyn Placeholders) -> Value<Option<String>> {
    // Nearly every text of a million hosts ends here; bytes are looked at faster than characters.
    if !text.bytes().any(|byte| matches!(byte, b'{' | b'}')) {
        return Ok(None);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if before.ends_with('$') && from.starts_with('{') {
            // iPXE's own expansion, nested ones included: up to the brace that closes it.
            let end =
                closing(from).ok_or_else(|| Refused::new(format!("`${{` is not closed in `{text}`")))?;
            let (inner, after) = from.split_at(end);
            out.push_str(inner);
            rest = after;
        } else if let Some(after) = from.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some(inner) = from.strip_prefix('{') {
            let Some((name, after)) = inner.split_once('}') else {
                return Err(
                    Refused::new(format!("`{{` is not closed in `{text}`")).help("`{{` is a literal brace")
                );
            };
            let Some(value) = known.get(name) else {
                let names: Vec<_> = known.names().into_iter().map(|name| format!("{{{name}}}")).collect();
                let help = format!("here are {}; `{{{{` is a literal brace", names.join(", "));
                return Err(Refused::new(format!("`{{{name}}}` stands for nothing here")).help(help));
            };
            out.push_str(&value);
            rest = after;
        } else {
            return Err(
                Refused::new(format!("a `}}` without `{{` in `{text}`")).help("`}}` is a literal brace")
            );
        }
    }
    out.push_str(rest);
    Ok(Some(out))
}

/// Behind the brace that closes the one at the start of `text`.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Placeholders, fill};

    struct One;

    impl Placeholders for One {
        fn get(&self, name: &str) -> Option<String> {
            (name == "host").then(|| "i38".to_owned())
        }
        fn names(&self) -> Vec<&str> {
            vec!["host"]
        }
    }

    #[test]
    fn placeholders_are_filled_and_the_rest_stays() {
        let filled = |text| fill(text, &One).unwrap();
        assert_eq!(filled("iqn.2020-01.lab:{host}").unwrap(), "iqn.2020-01.lab:i38");
        assert_eq!(filled("plain"), None);
        assert_eq!(filled("{{host}}").unwrap(), "{host}");
        assert_eq!(filled("${net0/{x}}-{host}").unwrap(), "${net0/{x}}-i38");
        for text in ["{nobody}", "{host", "a}b", "${x"] {
            assert!(fill(text, &One).is_err(), "{text}");
        }
        let refused = fill("{ip}", &One).unwrap_err();
        assert!(refused.help.unwrap().contains("{host}"));
    }
}
