use proptest::prelude::{prop_assert_eq, proptest};

use super::{balanced, client, is_bare, options, path};
use reader::first_token;

#[path = "readers/exports.rs"]
mod reader;

#[test]
fn vectors() {
    for (text, literal) in [
        ("/srv/a b", r"/srv/a\040b"),
        ("/srv/a#b\"c", r"/srv/a\043b\042c"),
        ("/srv/bs\\040y", r"/srv/bs\134\060\064\060y"),
        ("/srv/é", r"/srv/\303\251"),
        ("/srv/a\nb", r"/srv/a\012b"),
        ("/srv/\\", r"/srv/\134"),
        ("/srv/\\8", r"/srv/\1348"),
        ("/srv/(x)", r"/srv/\050x\051"),
        ("/", "/"),
    ] {
        assert_eq!(path(text).unwrap(), literal);
        assert_eq!(first_token(literal.as_bytes()), text.as_bytes());
    }
    for text in ["", "srv", "/a//b", "/a/../b", "/./a", "/a\0b", "-ro"] {
        assert!(path(text).is_err(), "{text:?}");
    }
}

#[test]
fn clients() {
    for host in [
        "10.0.0.1",
        "10.0.0.0/24",
        "10.0.0.0/255.255.255.0",
        "2001:db8::/64",
        "[2001:db8::1]",
        "*",
        "*.lab.lan",
        "pc-0?.lab.lan",
        "@netgroup",
        "gss/krb5",
    ] {
        assert_eq!(client(host, &["ro", "sync"]).unwrap(), format!("{host}(ro,sync)"));
    }
    for host in ["", "-rw", "a b", "a(rw)", "a#", "[x", "[a-z]", "\"a\"", "é", "a\n", "a\\"] {
        assert!(client(host, &["ro"]).is_err(), "{host:?}");
    }
    assert!(client("*", &[] as &[&str]).is_err());
    assert!(client("*", &["x".repeat(508)]).is_ok());
    assert!(client("*", &["x".repeat(509)]).is_err());
}

#[test]
fn option_words() {
    assert_eq!(
        options(&["rw", "anonuid=65534", "sec=krb5:sys", "fsid=0"]).unwrap(),
        "(rw,anonuid=65534,sec=krb5:sys,fsid=0)"
    );
    for option in ["", "a b", "ro)", "ro,rw", "-ro", "a\n", "mp=/a b", "#"] {
        assert!(options(&[option]).is_err(), "{option:?}");
    }
    assert!(options::<&str>(&[]).is_err());
}

#[test]
fn bare_words() {
    for word in ["/srv/tftp", "10.0.0.0/24", "*.lab", "@x", "rw,sync", "2001:db8::/64"] {
        assert!(is_bare(word), "{word}");
    }
    for word in ["", "-ro", "a b", "(rw)", "[1]", "a#", "\"", "\\040", "é", "a\n"] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn balance() {
    for text in ["", "/a *(ro)", "\"/a b\" *(ro)\n/c *(rw)", "# \" it's", "/a \\\n *(ro)", "/a#\"b\" x(ro)"] {
        assert_eq!(balanced(text), Ok(()), "{text}");
    }
    for (text, at) in [
        ("\"/a *(ro)", 0),
        ("/a\" *(ro)\n\"", 2),
        ("/a *(ro) \\", 9),
        ("/a *(ro) \\\n", 9),
        ("# x\\", 3),
        ("/a#\" x", 3),
        ("/a\0", 2),
    ] {
        assert_eq!(balanced(text).unwrap_err().at, Some(at), "{text}");
    }
}

proptest! {
    #[test]
    fn exportfs_reads_back_every_path(names in proptest::collection::vec("[^/\0]{1,12}|[\\\\0-9]{1,8}", 1..4)) {
        let text = names.iter().fold(String::new(), |all, name| all + "/" + name);
        if let Ok(literal) = path(&text) {
            prop_assert_eq!(first_token(format!("{literal} *(ro)").as_bytes()), text.as_bytes());
            prop_assert_eq!(balanced(&format!("{literal} *(ro)")), Ok(()));
        }
    }
}
