use proptest::prelude::{prop_assert_eq, proptest};

use super::{argument, balanced, is_bare, path};
use reader::{read_argument, read_path};

#[path = "readers/tmpfiles.rs"]
mod reader;

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
