use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::{balanced, is_bare, quote};

#[test]
fn vectors() {
    assert_eq!(quote("/srv/a b").unwrap(), "\"/srv/a b\"");
    assert_eq!(quote("a\"b\\n").unwrap(), "\"a\\\"b\\\\n\"");
    assert_eq!(quote("a;b}c#d'é").unwrap(), "\"a;b}c#d'é\"");
    assert_eq!(quote("").unwrap(), "\"\"");
    for text in ["/srv/$x", "$", "a\nb", "a\0", "\u{7f}"] {
        assert!(quote(text).is_err(), "{text:?}");
    }
    assert!(quote(&"x".repeat(4000)).is_ok());
    assert!(quote(&"x".repeat(4001)).is_err());
    assert_eq!(
        quote("/srv/$x").unwrap_err().message,
        "\"/srv/$x\" is not allowed in nginx's configuration: it has `$`"
    );
}

#[test]
fn bare_words() {
    for word in ["80", "10.0.0.1:80", "_", "/srv/tftp/", "boot.example"] {
        assert!(is_bare(word), "{word}");
    }
    for word in ["", "a b", "$x", "a;b", "a{", "}", "#", "\"a\"", "a\\", "~", "é", "a\n", "'"] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn balance() {
    for text in [
        "",
        "# a } b",
        "autoindex on;",
        "location /x/ { alias /y/; }\nlocation /z { return 404; }",
        "add_header X \"a } ; b\";",
        "rewrite ^/a{2}$ /b; # {",
        "return 200 a}b;",
        "set $x ${host}y;",
        "return 200 \"${host} \\\" }\";",
        "return 200 'it\\'s';",
        "return 200 a#b;",
        "if ($a = \"x\") { return 404; }",
    ] {
        // `a{2}` opens a block in a word without quotes, as in nginx itself.
        let is_quantifier = text.contains("a{2}");
        assert_eq!(balanced(text).is_ok(), !is_quantifier, "{text}");
    }
    for (text, at) in [
        ("} server {", 0),
        ("a;}", 2),
        ("a { b;", 2),
        ("a b", 0),
        ("a { b }", 4),
        (";", 0),
        ("{ a; }", 0),
        ("a \"b;", 2),
        ("a 'b\\';", 2),
        ("a \"b\"c;", 4),
        ("a \\;", 0),
        ("a \0;", 2),
    ] {
        assert_eq!(balanced(text).map_err(|refused| refused.at), Err(Some(at)), "{text:?}");
    }
}

proptest! {
    /// A quoted text is one word, whatever it holds.
    #[test]
    fn a_word_stays_one(text in ".{0,30}|[\"'\\\\{};# ]{0,12}") {
        if let Ok(literal) = quote(&text) {
            prop_assert_eq!(balanced(&format!("x {literal};")), Ok(()));
            prop_assert!(!text.contains('$'));
        }
    }
}
