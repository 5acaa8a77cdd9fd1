use proptest::prelude::{prop_assert_eq, proptest};

use super::{argument, balanced, is_bare, path};

/// `extract_first_word` with `EXTRACT_UNQUOTE`, then `specifier_printf`.
fn read_path(literal: &str) -> Option<String> {
    let mut chars = literal.strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
    if chars.next().is_some() { None } else { specifiers(&text) }
}

/// The rest of a line, stripped, `specifier_printf`, then `cunescape`.
fn read_argument(literal: &str) -> Option<String> {
    let mut text = String::new();
    let expanded = specifiers(literal.trim_matches([' ', '\t', '\n', '\r']))?;
    let mut chars = expanded.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        if chars.next()? != 'x' {
            return None;
        }
        let digits: String = [chars.next()?, chars.next()?].into_iter().collect();
        text.push(char::from(u8::from_str_radix(&digits, 16).ok()?));
    }
    Some(text)
}

fn specifiers(text: &str) -> Option<String> {
    let without = text.replace("%%", "");
    if without.contains('%') { None } else { Some(text.replace("%%", "%")) }
}

#[test]
fn vectors() {
    for (text, literal) in [
        ("/var/www/html/tftpboot", "\"/var/www/html/tftpboot\""),
        ("/srv/a b", "\"/srv/a b\""),
        ("/srv/100%n", "\"/srv/100%%n\""),
        ("/srv/\"q\"\\", "\"/srv/\\\"q\\\"\\\\\""),
        ("/srv/é", "\"/srv/é\""),
    ] {
        assert_eq!(path(text).unwrap(), literal);
    }
    for text in ["", "srv", "/a//b", "//a", "/a/../b", "/a\nL+ /etc/shadow", "/a\0"] {
        assert!(path(text).is_err(), "{text:?}");
    }
    for (text, literal) in [
        ("/srv/tftp", "/srv/tftp"),
        ("/srv/a b", "/srv/a b"),
        (" a ", "\\x20a\\x20"),
        ("a\nb", "a\\x0ab"),
        ("C:\\", "C:\\x5c"),
        ("%h", "%%h"),
        ("-", "\\x2d"),
        ("#x", "\\x23x"),
    ] {
        assert_eq!(argument(text).unwrap(), literal);
    }
    assert!(argument("").is_err());
    assert_eq!(argument("a\0").unwrap_err().at, Some(1));
}

#[test]
fn bare_words() {
    for word in ["/srv/tftp", "0755", "root", "www-data"] {
        assert!(is_bare(word), "{word}");
    }
    for word in ["", "-", "a b", "%h", "a\n", "\"a\"", "\\x20", "[1]", "é", ":0755"] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn balance() {
    assert_eq!(balanced("d /srv 0755 - - -\n# \"\n"), Ok(()));
    assert_eq!(balanced("d /srv\0").unwrap_err().at, Some(6));
}

proptest! {
    #[test]
    fn tmpfiles_reads_back(text in ".{0,30}|[a%\\\\\"' x0-]{1,12}") {
        let full = format!("/{text}");
        if let Ok(literal) = path(&full) {
            prop_assert_eq!(read_path(&literal), Some(full));
        }
        if let Ok(literal) = argument(&text) {
            prop_assert_eq!(read_argument(&literal), Some(text));
        }
    }
}
