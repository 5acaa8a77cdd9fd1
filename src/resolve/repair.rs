//! Hints for an invalid value that has a slip of typing: a `;` at its end, a comment without a blank before it, several
//! values without brackets, quotes of a word processor.
//!
//! The value is read again without the slip. Only if it is valid then, the hint names the slip.

use crate::model::InvalidValue;

/// Typographic quotes, and straight ones inside of others.
const QUOTES: &[char] = &['“', '”', '„', '‟', '‘', '’', '‚', '«', '»', '″', '′', '`', '"', '\''];

/// The refusal, with a help that names the slip if there is one. `is_list` tells whether the key takes several values.
pub(super) fn with_slip<'t>(
    refused: InvalidValue,
    text: &'t str,
    is_list: bool,
    is_right: impl Fn(&'t str) -> bool,
) -> InvalidValue {
    // The reader of the value has given a better help.
    if refused.help.as_deref().is_some_and(|help| help.starts_with("write ")) {
        return refused;
    }
    let is_address = refused.message.ends_with("is not an IPv4 address")
        || refused.message.ends_with("is not an IPv6 address");
    match slip(text, is_list, is_address, is_right) {
        Some(help) => InvalidValue { help: Some(help), ..refused },
        None => refused,
    }
}

fn slip<'t>(
    text: &'t str,
    is_list: bool,
    is_address: bool,
    is_right: impl Fn(&'t str) -> bool,
) -> Option<String> {
    let right = |text: &'t str| !text.is_empty() && is_right(text);
    let parts: Vec<&str> = text
        .split(|char: char| char.is_whitespace() || matches!(char, ',' | ';'))
        .filter(|part| !part.is_empty())
        .collect();
    around(text, right)
        .or_else(|| several(text, &parts, is_list, &is_right))
        .or_else(|| is_address.then(|| prefix_or_range(text, right)).flatten())
        .or_else(|| statement(&parts, right))
}

/// Characters before or behind a value.
fn around<'t>(text: &'t str, right: impl Fn(&'t str) -> bool) -> Option<String> {
    let statement = text.trim_end_matches(|char: char| char == ';' || char.is_whitespace());
    if statement.len() < text.len() && right(statement) {
        return Some(format!("write `{statement}`: a value ends without `;`"));
    }
    let list = text.trim_end_matches(|char: char| char == ',' || char.is_whitespace());
    if list.len() < text.len() && right(list) {
        return Some(format!("write `{list}`: no comma follows a value outside of brackets"));
    }
    if let Some((value, comment)) = text.split_once('#')
        && right(value.trim_end())
    {
        let value = value.trim_end();
        return Some(format!("write `{value} # {}`: a comment needs a blank before its `#`", comment.trim()));
    }
    let bare = text.trim_matches(QUOTES);
    (bare.len() < text.len() && right(bare))
        .then(|| format!("write `{bare}`: these quotes are part of the value"))
}

fn is_number(part: &str) -> bool {
    part.contains(['.', ':']) && part.contains(|char: char| char.is_ascii_digit())
}

/// Several values without brackets.
fn several<'t>(
    text: &str,
    parts: &[&'t str],
    is_list: bool,
    is_right: impl Fn(&'t str) -> bool,
) -> Option<String> {
    // If the key takes one value, words may be a name with a blank in it; addresses are several values.
    let is_name = |part: &str| {
        is_list
            && !text.contains(';')
            && part.len() > 1
            && part.starts_with(|char: char| char.is_ascii_alphabetic())
    };
    let is_value = |part: &&'t str| (is_number(part) || is_name(part)) && is_right(part);
    if parts.len() < 2 || parts.len() > 64 || !parts.iter().all(is_value) {
        return None;
    }
    Some(if is_list {
        format!("write several values in brackets: `[{}]`", parts.join(", "))
    } else {
        "this key takes one value".to_owned()
    })
}

/// An address with a prefix, or two with a hyphen.
fn prefix_or_range<'t>(text: &'t str, right: impl Fn(&'t str) -> bool) -> Option<String> {
    if let Some((value, prefix)) = text.split_once('/')
        && prefix.bytes().all(|byte| byte.is_ascii_digit())
        && right(value)
    {
        return Some(format!("write `{value}`, without the prefix"));
    }
    let (first, last) = text.split_once('-')?;
    (right(first.trim_end()) && right(last.trim_start())).then(|| "this key takes no range".to_owned())
}

/// A statement of dhcpd.conf, such as `option routers 10.0.0.1`.
fn statement<'t>(parts: &[&'t str], right: impl Fn(&'t str) -> bool) -> Option<String> {
    let [first, .., last] = parts else { return None };
    let is_word = first.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-');
    (is_word && is_number(last) && right(last)).then(|| format!("write the value alone: `{last}`"))
}

#[cfg(test)]
mod tests {
    use super::slip;
    use crate::model::ipv4;

    #[test]
    fn a_slip_is_named_where_the_rest_is_right() {
        let said = |text, is_list| slip(text, is_list, true, |text| ipv4(text).is_ok()).unwrap_or_default();
        assert_eq!(said("10.0.0.1;", false), "write `10.0.0.1`: a value ends without `;`");
        assert_eq!(said("10.0.0.1,", true), "write `10.0.0.1`: no comma follows a value outside of brackets");
        assert_eq!(
            said("10.0.0.1# gateway", false),
            "write `10.0.0.1 # gateway`: a comment needs a blank before its `#`"
        );
        assert_eq!(said("“10.0.0.1”", false), "write `10.0.0.1`: these quotes are part of the value");
        assert_eq!(said("8.8.8.8, 1.1.1.1", true), "write several values in brackets: `[8.8.8.8, 1.1.1.1]`");
        assert_eq!(said("8.8.8.8 1.1.1.1;", true), "write several values in brackets: `[8.8.8.8, 1.1.1.1]`");
        assert_eq!(said("8.8.8.8 1.1.1.1", false), "this key takes one value");
        assert_eq!(said("10.0.0.1/24", false), "write `10.0.0.1`, without the prefix");
        assert_eq!(said("10.0.0.1-10.0.0.9", false), "this key takes no range");
        assert_eq!(said("option routers 10.0.0.1;", true), "write the value alone: `10.0.0.1`");
        for text in ["10.0.0", "10.0.0.300;", "8.8.8.8, x", "#", ";", "", "10.0.0.1/x", "x#y"] {
            assert_eq!(said(text, true), "", "{text}");
        }
    }
}
