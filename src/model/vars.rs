//! `vars`: texts that the site names, for `{var.NAME}` in strings.

use super::{InvalidValue, Spanned, Validated};

/// A variable: its name, and its value in the site.
#[derive(Clone, Debug)]
pub struct Var {
    /// Its name.
    pub name: String,
    /// The site's value.
    pub value: Spanned<String>,
    /// The code of iPXE's private option that carries it. `None` unless boot entries use it and subnets, groups or
    /// hosts change it.
    pub code: Option<u8>,
}

/// The codes of iPXE's options that can carry `vars`. iPXE keeps options from 226 on and gives them no meaning, but
/// for 235 (`version`); 255 ends the list.
pub fn var_codes() -> impl Iterator<Item = u8> {
    (226..=254).filter(|code| *code != 235)
}

/// The name of a variable, which is also part of dhcpd's and iPXE's names for it.
///
/// # Errors
/// If it is invalid.
pub fn var_name(text: &str) -> Validated<&str> {
    let right = text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte))
        && text.len() <= 40;
    if right {
        return Ok(text);
    }
    Err(InvalidValue::new(format!("`{text}` is not the name of a variable"))
        .help("a small letter, then small letters, digits, `_` and `-`, at most 40"))
}

/// The text of a variable.
///
/// # Errors
/// If it is longer than 200 bytes, or has control characters, or a `${` that iPXE would expand.
pub fn var_value(text: &str) -> Validated<&str> {
    if text.len() > 200 || text.chars().any(char::is_control) {
        return Err(InvalidValue::new("the text of a variable is one line of at most 200 bytes"));
    }
    if text.contains("${") {
        return Err(InvalidValue::new(format!("`{text}` has `${{` in it")).help("iPXE would expand it"));
    }
    Ok(text)
}

/// The text of a variable that DHCP sends to iPXE. There it is part of one word, for example of a URL or a kernel's
/// argument.
///
/// # Errors
/// As [`var_value`], and if a blank or a character outside ASCII would split the word.
pub fn carried_value(text: &str) -> Validated<&str> {
    var_value(text)?;
    match text.chars().find(|char| !char.is_ascii_graphic()) {
        None => Ok(text),
        Some(bad) => Err(InvalidValue::new(format!("`{text}` has {bad:?} in it"))
            .help("boot entries use this variable, and it has to stay one word there")),
    }
}

#[cfg(test)]
mod tests {
    use super::{carried_value, var_codes, var_name, var_value};

    #[test]
    fn names_and_texts() {
        assert!(var_name("mirror_2").is_ok());
        for text in ["", "Mirror", "2x", "a.b", "a b", &"x".repeat(41)] {
            assert!(var_name(text).is_err(), "{text}");
        }
        assert!(var_value("two words").is_ok());
        for text in ["a\nb", "${net0/mac}", &"x".repeat(201)] {
            assert!(var_value(text).is_err(), "{text}");
        }
        assert!(carried_value("deb.example.org;x").is_ok());
        for text in ["two words", "\u{e9}t\u{e9}", "a\u{a0}b"] {
            assert!(carried_value(text).is_err(), "{text}");
        }
    }

    #[test]
    fn codes_are_none_of_ipxes_own() {
        let own = |code: u8| {
            let known = super::super::IPXE_OPTIONS.iter().map(|option| option.code);
            known
                .chain(super::super::PRIVATE_OPTIONS.iter().map(|option| option.1))
                .any(|known| known == code)
        };
        assert_eq!(var_codes().count(), 28);
        assert!(!var_codes().any(own));
    }
}
