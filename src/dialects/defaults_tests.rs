use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::{address, balanced, interfaces, is_bare, quote, quote_words};

#[test]
fn vectors() {
    assert_eq!(interfaces(&["eth0", "eth1"]).unwrap(), "\"eth0 eth1\"");
    assert_eq!(quote("/srv/tftp").unwrap(), "\"/srv/tftp\"");
    assert_eq!(quote_words(&["--secure", "--verbosity", "3"]).unwrap(), "\"--secure --verbosity 3\"");
    assert_eq!(quote_words::<&str>(&[]).unwrap(), "\"\"");
    for text in [
        "eth0; reboot",
        "$(x)",
        "/srv/a b",
        "`x`",
        "a\"",
        "a\\",
        "a!",
        "a'",
        "a\n",
        "é",
        "*",
        "?",
        "[x]",
        "~",
        "#",
        "",
    ] {
        assert!(quote(text).is_err(), "{text:?}");
    }
    assert_eq!(
        quote("/srv/a b").unwrap_err().message,
        "\"/srv/a b\" is not allowed in a value of /etc/default: it has a blank"
    );
    for name in ["eth0; reboot", "", "-i", "a b", "interface-of-1-6", "a/b"] {
        assert!(interfaces(&[name]).is_err(), "{name:?}");
    }
}

#[test]
fn addresses() {
    for text in [":69", "10.0.0.1:69", "[::1]:69", "[fe80::1%eth0]:69", "0.0.0.0"] {
        assert_eq!(address(text).unwrap(), format!("\"{text}\""));
    }
    for text in ["", "[::1", "::1]", "a b", "$x", "[a]b]", "*"] {
        assert!(address(text).is_err(), "{text:?}");
    }
}

#[test]
fn bare_words() {
    for word in ["tftp", "/srv/tftp", "eth0", "--secure"] {
        assert!(is_bare(word), "{word}");
    }
    for word in ["", "a b", "$x", "a;b", "a\n", "\"a\"", "'", "[1]", "é", "~"] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn balance() {
    for text in
        ["", "# it's", "A=1", "A=\"b c\"\nB='d $x `y`'\n", "  A=a\"b c\"d  ", "A=", "A='a#b'", "A=\"a\\\"b\""]
    {
        assert_eq!(balanced(text), Ok(()), "{text}");
    }
    for (text, at) in [
        ("A=\"b", 2),
        ("B=1\nA='b", 6),
        ("A=b\\", 3),
        ("# b\\", 3),
        ("reboot", 0),
        ("  a b=c", 2),
        ("A=b c", 3),
        ("A=b # c", 3),
        ("A=b;reboot", 3),
        ("A=`x`", 2),
        ("A=\"$(x)\"", 3),
        ("A=${b", 2),
        ("cat <<E", 0),
        ("A=\0", 2),
        ("A=1\r\nB=2", 3),
    ] {
        assert_eq!(balanced(text).map_err(|refused| refused.at), Err(Some(at)), "{text:?}");
    }
}

proptest! {
    /// Nothing that `sh` or systemd looks at gets into the quotes.
    #[test]
    fn a_value_is_inert(text in ".{0,20}|[a-z./:@,+=%^-]{1,20}") {
        if let Ok(literal) = quote(&text) {
            prop_assert_eq!(&literal[1..literal.len() - 1], &text);
            prop_assert!(!text.contains(|c: char| "$`\"\\!'\n*?;[]~ ".contains(c)) && text.is_ascii());
            prop_assert_eq!(balanced(&format!("A={literal}")), Ok(()));
        }
    }
}
