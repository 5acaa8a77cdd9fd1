//! Targets of tgt: `/etc/tgt/conf.d/*.conf`, read by tgt-admin with Perl's `Config::General`.
//!
//! tgt-admin puts names, users, passwords and addresses without quotes into shell commands that root runs (`tgt-admin -p`
//! prints `--password=$(id)` unchanged), splits accounts at blanks and reads `#` as a comment. The format has no quoting,
//! so each kind of value has a list of allowed characters.

use tera::Tera;

use super::characters::{allow_only, name, visible};
use super::engine::quoting;
use super::language::{BlockStyle, Language};
use super::nested_literals::Strings;
use crate::invalid_value::InvalidValue;

/// Whether neither tgt-admin nor the shell that it calls treats any character of a text specially.
#[must_use]
pub fn is_bare(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"._:/-".contains(&b))
}

/// The name of a target or an initiator.
///
/// # Errors
/// If it is not an IQN in lower case.
pub fn iqn(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a name of tgt", |c| c.is_ascii_lowercase() || c.is_ascii_digit() || ".:-".contains(c))?;
    if !text.starts_with("iqn.") || text.len() > 223 {
        return Err(InvalidValue::new(format!("{} is not an IQN", visible(text))));
    }
    Ok(text.to_owned())
}

/// The device or file behind a logical unit.
///
/// # Errors
/// If it is not absolute, or has a character that is special to the shell or the parser.
pub fn path(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a backing store of tgt", |c| c.is_ascii_alphanumeric() || "/._+=@-".contains(c))?;
    if !text.starts_with('/') || text.len() < 2 {
        return Err(InvalidValue::new(format!("{} is not an absolute path", visible(text))));
    }
    Ok(text.to_owned())
}

/// The user of an account.
///
/// # Errors
/// If it has more than 64 characters, or others than letters, digits, `.`, `_` and `-`.
pub fn user(text: &str) -> Result<String, InvalidValue> {
    allow_only(text, "a user of tgt", |c| c.is_ascii_alphanumeric() || "._-".contains(c))?;
    if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || text.len() > 64 {
        return Err(InvalidValue::new(format!("{} is not a user of tgt", visible(text))));
    }
    Ok(text.to_owned())
}

/// The password of an account. It is never part of a message.
///
/// # Errors
/// If it is empty, or has others than letters, digits and `._+=@-`.
pub fn password(text: &str) -> Result<String, InvalidValue> {
    let right = |b: u8| b.is_ascii_alphanumeric() || b"._+=@-".contains(&b);
    if text.is_empty() || text.len() > 255 || !text.bytes().all(right) {
        return Err(InvalidValue::new("this password is not allowed in tgt's configuration"));
    }
    Ok(text.to_owned())
}

/// The language as [`super::Dialect::Tgt`] lists it.
pub(super) static LANGUAGE: Language = Language {
    is_bare,
    balanced,
    register,
    advice: "check it with `| iqn`, `| path`, `| user` or `| password`",
    ends_in_crlf: false,
    blocks: BlockStyle::None,
    secrets,
    strings: Strings::NONE,
    filters: &["iqn", "path", "user", "password"],
    for_lists: None,
};

fn register(tera: &mut Tera) {
    quoting(tera, "iqn", iqn);
    quoting(tera, "path", path);
    quoting(tera, "user", user);
    quoting(tera, "password", password);
}

/// Whether `text` holds whole lines, every block closed.
///
/// # Errors
/// With the byte at which it goes on beyond its lines.
pub fn balanced(text: &str) -> Result<(), InvalidValue> {
    if let Some((at, c)) = text.char_indices().find(|&(_, c)| c.is_control() && !"\n\t".contains(c)) {
        return Err(InvalidValue::at(at, format!("tgt-admin cannot read this: {}", name(c))));
    }
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let at = start;
        start += line.len();
        let bare = line.trim();
        if bare.ends_with('\\') {
            return Err(InvalidValue::at(at, "a backslash at the end joins the next line"));
        }
        if bare.contains("<<") || bare.starts_with("/*") {
            return Err(InvalidValue::at(at, "a text of several lines and a long comment do not end here"));
        }
        let Some(inner) = bare.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')) else { continue };
        let word = |text: &str| text.split_whitespace().next().unwrap_or_default().to_lowercase();
        match inner.strip_prefix('/') {
            Some(closed) => match open.pop() {
                Some((_, name)) if name == word(closed) => {}
                _ => return Err(InvalidValue::at(at, "this closes a block that is not open here")),
            },
            None if inner.ends_with('/') => {}
            None => open.push((at, word(inner))),
        }
    }
    match open.pop() {
        Some((at, _)) => Err(InvalidValue::at(at, "this block is not closed")),
        None => Ok(()),
    }
}

/// The passwords in the user's verbatim lines.
#[must_use]
pub fn secrets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let Some(keyword) = words.next() else { continue };
        // A user name comes first.
        if ["incominguser", "outgoinguser"].iter().any(|known| keyword.eq_ignore_ascii_case(known)) {
            found.extend(words.skip(1).map(str::to_owned));
        } else {
            let given = words.filter_map(|word| word.strip_prefix("--password="));
            found.extend(given.filter(|password| !password.is_empty()).map(str::to_owned));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{balanced, iqn, is_bare, password, path, user};

    #[test]
    fn nothing_reaches_the_shell() {
        assert!(iqn("iqn.2020-01.lan.lab:i38").is_ok());
        assert!(path("/dev/mapper/vg-lv_i38").is_ok());
        assert!(user("i38.lab").is_ok());
        assert!(password("a.b_c+d=e@f-").is_ok());
        for text in [
            "", "$(id)", "`id`", "a b", "a;b", "a#b", "a\nb", "a\\", "a|b", "a&b", "<a>", "a\"b", "a'b",
            "a*", "~", "ä",
        ] {
            assert!(!is_bare(text), "{text}");
            for quote in [iqn, path, user, password] {
                assert!(quote(text).is_err(), "{text}");
                assert!(quote(&format!("/{text}")).is_err() || quote(&format!("/{text}x")).is_ok());
            }
            assert!(iqn(&format!("iqn.2020-01.lan.lab:{text}")).is_err() || text.is_empty(), "{text}");
            assert!(path(&format!("/srv/{text}")).is_err() || text.is_empty(), "{text}");
            assert!(password(&format!("abcdefghijkl{text}")).is_err() || text.is_empty(), "{text}");
        }
        assert!(!password("geheim geheim").unwrap_err().message.contains("geheim"));
    }

    #[test]
    fn blocks_are_closed() {
        for text in ["", "default-driver iscsi\n", "<target iqn.x:y>\n\tlun 1\n</target>\n", "# <target\n"] {
            assert_eq!(balanced(text), Ok(()), "{text}");
        }
        for text in
            ["<target x>\n", "</target>\n", "<target x>\n</other>\n", "a \\\nb", "a \\", "x <<EOT\n", "a\0b"]
        {
            assert!(balanced(text).is_err(), "{text}");
        }
    }
}
