use proptest::collection::vec;
use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::{LONGEST, balanced, ident, is_bare, quote, quote_bytes};
use reader::read_string;

#[path = "../readers/dhcpd.rs"]
mod reader;

#[test]
fn vectors() {
    for (text, literal) in [
        ("menu.ipxe", r#""menu.ipxe""#),
        ("a\"b\\c", r#""a\042b\134c""#),
        ("a\nb", r#""a\012b""#),
        ("日", r#""\346\227\245""#),
        ("x; } include \"/etc/shadow", r#""x; } include \042/etc/shadow""#),
        ("", r#""""#),
    ] {
        assert_eq!(quote(text, LONGEST).unwrap(), literal);
    }
    assert_eq!(quote_bytes(b"\x007", LONGEST).unwrap(), r#""\0007""#);
    assert_eq!(quote_bytes(b"\xff", LONGEST).unwrap(), r#""\377""#);
}

#[test]
fn refusals() {
    assert_eq!(quote("a\0b", LONGEST).unwrap_err().at, Some(1));
    assert!(quote(&"x".repeat(1499), usize::MAX).is_ok());
    assert_eq!(quote(&"x".repeat(1500), usize::MAX).unwrap_err().at, Some(1499));
    let refused = quote(&"x".repeat(4), 3).unwrap_err();
    assert_eq!(refused.message, "\"xxxx\" has 4 bytes where 3 are the most");
    for name in ["pc-01", "a.b_c", "1", "host"] {
        assert_eq!(ident(name).unwrap(), name);
    }
    for name in ["", "a b", "é", "a..b", ".a", "a.", "a\"", "a+b"] {
        assert!(ident(name).is_err(), "{name}");
    }
}

#[test]
fn bare_words() {
    for word in ["10.0.0.1", "52:54:00:00:00:01", "2001:db8::/64", "::1", "ipxe.keep-san", "_x", "7", "-1"] {
        assert!(is_bare(word), "{word}");
    }
    for word in [
        "", "a b", "a;", "a\"", "{", "}", "#", "a,b", "-", "-a", "--1", "-1a", "é", "a\n", "(x)", "[]", "$x",
        "%",
    ] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn balance() {
    for text in [
        "",
        "# only a comment",
        "option x \"}\"; # end }",
        "if a = \"\\\"{\" { b; } else { c; }",
        "subnet6 2001:db8::/64 { }\n\n",
        "option a 4 % 3;",
        "option x \"日\";",
        "option x \"a\nb\";",
    ] {
        assert_eq!(balanced(text), Ok(()), "{text}");
    }
    for (text, at) in [
        ("}", 0),
        ("a; } b {", 3),
        ("a { b;", 2),
        ("a", 0),
        ("a; b c", 5),
        ("x \"a;", 2),
        ("x \"a\\\";", 2),
        ("x \"ab\\0\";", 5),
        ("x \"ab\\x1\";", 5),
        ("% a;", 0),
        ("a; %b;", 3),
        ("a\0;", 1),
        ("a \u{1b};", 2),
        ("x # \"", 0),
        ("a { # }", 2),
    ] {
        assert_eq!(balanced(text).unwrap_err().at, Some(at), "{text}");
    }
    assert_eq!(balanced(&format!("x \"{}\";", "y".repeat(1500))).unwrap_err().at, Some(2));
    assert_eq!(balanced(&format!("x{};", " ".repeat(1500))).unwrap_err().at, Some(1));
    assert!(balanced(&format!("#{}\n", " ".repeat(5000))).is_ok());
}

proptest! {
    #[test]
    fn dhcpd_reads_back_every_byte(bytes in vec(any::<u8>(), 0..300)) {
        let literal = quote_bytes(&bytes, LONGEST).unwrap();
        prop_assert!(literal.is_ascii() && !literal.contains(char::is_control));
        prop_assert_eq!(read_string(literal.as_bytes()), Some((bytes, &b""[..])));
    }

    #[test]
    fn what_is_quoted_is_balanced(text in "[^\0]{0,80}") {
        let literal = quote(&text, LONGEST).unwrap();
        prop_assert_eq!(balanced(&format!("option x {literal};")), Ok(()));
    }

    /// A balanced text leaves the depth of braces as it was, whatever text is around it.
    #[test]
    fn balanced_text_stays_inside(text in "[a-c{};\"#\\\\ %\n'0x]{0,24}") {
        if balanced(&text).is_ok() {
            let mut depth = 0_i32;
            let mut rest = text.as_bytes();
            while let Some((&byte, tail)) = rest.split_first() {
                match byte {
                    b'"' => { rest = read_string(rest).unwrap().1; continue; }
                    b'#' => {
                        let end = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
                        rest = &rest[end..];
                        continue;
                    }
                    b'{' => depth += 1,
                    b'}' => { depth -= 1; prop_assert!(depth >= 0); }
                    _ => {}
                }
                rest = tail;
            }
            prop_assert_eq!(depth, 0);
        }
    }
}

/// The names of the options' types would otherwise be hidden wherever they are shown.
#[test]
fn the_definition_of_an_option_is_no_secret() {
    let definitions =
        "option ipxe.password code 191 = string;\noption ipxe.reverse-password code 193 = text;";
    assert_eq!(super::secrets(definitions), Vec::<String>::new());
    assert_eq!(super::secrets("option ipxe.password \"code\";"), ["code"]);
    assert_eq!(super::secrets("option ipxe.password code;"), ["code"]);
}

#[test]
fn a_key_has_no_other_statement_than_its_algorithm_and_its_secret() {
    for text in [
        "key k { algorithm hmac-md5; sekret \"geheim\"; }",
        "key k { algorithm hmac-md5; geheim; } option x geheim2;",
        "key k { geheim } zone x { primary 10.0.0.1; key k; }",
        "key k { nested { geheim; } }",
    ] {
        assert_eq!(super::secrets(text), ["geheim"], "{text}");
    }
}
