//! Placeholders in texts: `{host}`, `{mac}`, `{http}` and the others.

use std::borrow::Cow;

use super::{InvalidValue, Service, Validated};

/// Gives the text of each placeholder; `None` if there is no placeholder of that name here.
pub trait Placeholders {
    /// The text for a name.
    fn get(&self, name: &str) -> Option<Cow<'_, str>>;
    /// The known names, for the message about an unknown one.
    fn names(&self) -> Vec<&str>;
}

/// Fills the placeholders of `text`; `{{` and `}}` are literal braces, `${…}` is iPXE's own.
///
/// `None` when there is nothing to fill, so that the text can be borrowed.
///
/// # Errors
/// For a name that does not exist, and for a brace that is not closed.
pub fn fill(text: &str, known: &dyn Placeholders) -> Validated<Option<String>> {
    // Nearly all texts of hosts have no placeholder, and are so short that a search would take longer to begin.
    if !text.bytes().fold(false, |any, byte| any | matches!(byte, b'{' | b'}')) {
        return Ok(None);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(at) = memchr::memchr2(b'{', b'}', rest.as_bytes()) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        if before.ends_with('$') && from.starts_with('{') {
            // iPXE's own expansion, nested ones included: up to the brace that closes it.
            let end =
                closing(from).ok_or_else(|| InvalidValue::new(format!("`${{` is not closed in `{text}`")))?;
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
                return Err(InvalidValue::new(format!("`{{` is not closed in `{text}`"))
                    .help("`{{` is a literal brace"));
            };
            out.push_str(&value(name, known)?);
            rest = after;
        } else {
            return Err(
                InvalidValue::new(format!("a `}}` without `{{` in `{text}`")).help("`}}` is a literal brace")
            );
        }
    }
    out.push_str(rest);
    Ok(Some(out))
}

/// The placeholders of all scopes, besides the services and `{var.NAME}`.
const WORDS: &[&str] = &["host", "mac", "ip", "files", "dir"];

/// Fills the placeholders of a whole file, and leaves its other braces alone.
///
/// A preseed, a kickstart or a cloud-config has many braces of other languages: shell's `${x}`, awk's `{print
/// $1}`, JSON and YAML maps, Jinja's `{{ x }}`, rpm's `%{NAME}`. So only `{word}` with the name of a
/// placeholder is one. A brace after `$` or `%` is not, and doubled braces make such a word literal.
///
/// # Errors
/// For a placeholder that does not exist here, with the bytes it takes.
pub fn fill_file(
    text: &str,
    known: &dyn Placeholders,
) -> Result<String, (std::ops::Range<usize>, InvalidValue)> {
    let mut out = String::with_capacity(text.len() + 64);
    let mut done = 0;
    for (at, _) in text.match_indices('{') {
        let (before, from) = text.split_at(at);
        if at < done || before.ends_with(['$', '%']) {
            continue;
        }
        let (name, end, literal) = match from.strip_prefix("{{").map(|rest| rest.split_once("}}")) {
            Some(Some((name, _))) => (name, at + name.len() + 4, true),
            Some(None) => continue,
            None => match from.get(1..).and_then(|rest| rest.split_once('}')) {
                Some((name, _)) => (name, at + name.len() + 2, false),
                None => break,
            },
        };
        if !is_placeholder(name) {
            continue;
        }
        out.push_str(text.get(done..at).unwrap_or_default());
        if literal {
            out.push_str(text.get(at + 1..end - 1).unwrap_or_default());
        } else {
            out.push_str(&value(name, known).map_err(|refused| (at..end, refused))?);
        }
        done = end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    Ok(out)
}

/// Whether a word is a placeholder in some scope.
fn is_placeholder(name: &str) -> bool {
    let word = |name: &str| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    let is_service = Service::IN_SCRIPTS.iter().any(|(service, ..)| service.word() == name);
    WORDS.contains(&name) || is_service || name.strip_prefix("var.").is_some_and(word)
}

fn value<'k>(name: &str, known: &'k dyn Placeholders) -> Validated<Cow<'k, str>> {
    known.get(name).ok_or_else(|| {
        let names: Vec<_> = known.names().into_iter().map(|name| format!("{{{name}}}")).collect();
        let help = format!("here are {}; `{{{{` is a literal brace", names.join(", "));
        InvalidValue::new(format!("`{{{name}}}` is not a placeholder here")).help(help)
    })
}

/// The offset behind the brace that closes the one at the start of `text`.
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
    use std::borrow::Cow;

    use super::{Placeholders, fill, fill_file};

    struct One;

    impl Placeholders for One {
        fn get(&self, name: &str) -> Option<Cow<'_, str>> {
            (name == "host").then_some("i38".into())
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

    #[test]
    fn in_a_file_only_our_own_words_are_placeholders() {
        let filled = |text| fill_file(text, &One).unwrap();
        for text in [
            "awk '{print $1}' | xargs -I{} echo {} > ${host}",
            "network: { version: 2, ethernets: { all: { match: { name: \"en*\" } } } }",
            "rpm -q --qf '%{NAME} %{host}\\n' ${x:-${host}}",
            "{{ host }} {% if a %}{{ ds.meta_data }}{% endif %}",
            "function a { echo }; }{ {{ }} {}{",
        ] {
            assert_eq!(filled(text), text);
        }
        assert_eq!(filled("a {host}/{{host}} {{{host}} {x}"), "a i38/{host} {{host} {x}");
        let (place, refused) = fill_file("a {ip} b", &One).unwrap_err();
        assert_eq!(place, 2..6);
        assert!(refused.help.unwrap().contains("{host}"));
        assert!(fill_file("{var.x}", &One).is_err());
    }
}
