use super::{balanced, directory, is_bare, quote};

#[test]
fn vectors() {
    assert_eq!(quote("/srv/a b").unwrap(), "\"/srv/a b\"");
    assert_eq!(quote("a\"b\\n").unwrap(), "\"a\\\"b\\\\n\"");
    assert_eq!(quote("/srv/$x %{y}").unwrap(), "\"/srv/$x %{y}\"");
    assert_eq!(quote("a\\").unwrap(), "\"a\\\\\"");
    for text in ["/srv/${x}", "${", "a\nb", "\0"] {
        assert!(quote(text).is_err(), "{text:?}");
    }
    assert!(quote(&"x".repeat(4001)).is_err());
    assert_eq!(directory("/srv/a b").unwrap(), "\"/srv/a b\"");
    for text in ["/srv/*", "/srv/?", "/srv/[a]", "/srv/${x}"] {
        assert!(directory(text).is_err(), "{text:?}");
    }
}

#[test]
fn bare_words() {
    for word in ["80", "10.0.0.1:80", "/srv/tftp/", "boot.example"] {
        assert!(is_bare(word), "{word}");
    }
    for word in ["", "a b", "$x", "<a>", "#", "\"a\"", "a\\", "~", "é", "a\n", "*"] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn balance() {
    for text in [
        "",
        "# </VirtualHost>",
        "Alias /x /y",
        "<Location \"/x\">\n\tRequire all granted\n</location>\n",
        "<If \"%{HTTP_HOST} == 'x>'\">\n<IfModule a>\n</IfModule>\n</If>",
        "# a \\\n</VirtualHost>",
    ] {
        assert_eq!(balanced(text), Ok(()), "{text}");
    }
    for (text, at) in [
        ("</VirtualHost>", 0),
        ("a\n </VirtualHost>\n<VirtualHost *:80>", 3),
        ("<Location /x>\n", 0),
        ("<Location /x>\n<Files y>\n</Location>\n</Files>", 24),
        ("<Location /x\n</Location>", 0),
        ("a \\", 2),
        ("a\0", 1),
    ] {
        assert_eq!(balanced(text).map_err(|refused| refused.at), Err(Some(at)), "{text:?}");
    }
}
