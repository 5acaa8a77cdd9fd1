use proptest::prelude::{prop_assert_eq, proptest};

use super::{balanced, is_bare, section, value};
use reader::read_value;

#[path = "readers/smb.rs"]
mod reader;

#[test]
fn vectors() {
    for text in ["/srv/my share", "a # b ; c", "é", "say \"hi\" now", "a=b", "C:\\x"] {
        assert_eq!(value(text).unwrap(), text);
    }
    for (text, at) in [
        ("C:\\x\\", Some(4)),
        ("a  b", Some(1)),
        ("100%U", Some(3)),
        ("x\n[evil]", Some(1)),
        ("x\r", Some(1)),
        ("a\tb", Some(1)),
        ("a\0", Some(1)),
        (" a", Some(0)),
        ("a ", Some(1)),
        ("\"a b\"", Some(0)),
        ("", None),
    ] {
        assert_eq!(value(text).unwrap_err().at, at, "{text:?}");
    }
}

#[test]
fn sections() {
    for name in ["install", "my share", "Daten-ä", "a.b", "data$"] {
        assert_eq!(section(name).unwrap(), name);
    }
    for name in
        ["", "a]b", "a[b", " a", "a ", "a  b", "Global", "HOMES", "printers", "print$", "IPC$", "a\nb"]
    {
        assert!(section(name).is_err(), "{name:?}");
    }
    for c in "%<>*?|/\\+=;:\",".chars() {
        assert!(section(&format!("a{c}b")).is_err(), "{c}");
    }
    assert!(section(&"x".repeat(80)).is_ok());
    assert!(section(&"x".repeat(81)).is_err());
}

#[test]
fn bare_words() {
    for word in ["yes", "0644", "/srv/x", "@users", "WORKGROUP"] {
        assert!(is_bare(word), "{word}");
    }
    for word in ["", "a b", "%U", "a\n", "a\\", "\"a\"", "[x]", "é", ";", "#"] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn balance() {
    for text in ["", "  vfs objects = a b", "# [x\n; [y", "a = b\\\n  c\n", "x = [y]", "a = b\r\n"] {
        assert_eq!(balanced(text), Ok(()), "{text}");
    }
    for (text, at) in [
        ("[evil]", 0),
        ("a = b\n  [evil]", 8),
        ("# x\\\n[evil]", 5),
        ("a = b\\", 5),
        ("a = b\\ \n", 5),
        ("a = b\\  ", 5),
        ("guest ok", 0),
        ("a = \0", 4),
    ] {
        assert_eq!(balanced(text).map_err(|refused| refused.at), Err(Some(at)), "{text:?}");
    }
}

proptest! {
    #[test]
    fn samba_reads_back_every_value(text in ".{0,40}|[a \\\\\"%#;=]{1,12}") {
        if let Ok(written) = value(&text) {
            prop_assert_eq!(read_value(&format!("\tcomment = {written}")), Some(text));
            prop_assert_eq!(balanced(&format!("comment = {written}")), Ok(()));
        }
    }
}
