use proptest::prelude::{prop_assert, prop_assert_eq, proptest};

use super::{
    SETTINGS, arg, arg_expr, balanced, expr, is_bare, label, prelude, prelude_for, text, uri, url, url_expr,
};

#[path = "readers/ipxe.rs"]
mod reader;

fn words(line: &str) -> Option<Vec<String>> {
    reader::words(&prelude(), line)
}

#[test]
fn vectors() {
    for (shown, written) in [
        ("Tom && Jerry", "Tom ${ipxegen.and:string} Jerry"),
        ("Room #5", "Room ${ipxegen.hash:string}5"),
        ("a  b", "a${ipxegen.sp:string} b"),
        (" x ", "${ipxegen.sp:string}x${ipxegen.sp:string}"),
        ("C:\\", "C:${ipxegen.bs:string}"),
        ("a;b \"q\" $5 100%", "a;b \"q\" $5 100%"),
        ("x ; y", "x ${ipxegen.semi:string} y"),
        ("x || y", "x ${ipxegen.or:string} y"),
        ("a\tb", "a${ipxegen.tab:string}b"),
        ("--fast", "--fast"),
        ("a#b", "a#b"),
        ("a\\ b", "a\\ b"),
        (";", "${ipxegen.semi:string}"),
        ("", ""),
    ] {
        assert_eq!(text(shown, true).unwrap(), written);
    }
    assert_eq!(text("${net0/ip}", true).unwrap_err().at, Some(0));
    assert_eq!(text("a\nchain http://evil", true).unwrap_err().at, Some(1));
    assert_eq!(text("--fast", false).unwrap_err().at, Some(0));
    for shown in ["a\0", "a\x7f", "a\r", "\u{85}"] {
        assert!(text(shown, true).is_err(), "{shown:?}");
    }
}

#[test]
fn expansions() {
    assert_eq!(expr("ip ${net0/ip} ok", true).unwrap(), "ip ${net0/ip} ok");
    assert_eq!(arg_expr("ip=${net0/ip}").unwrap(), "ip=${net0/ip}");
    assert_eq!(arg_expr("a ${b${c}}").unwrap(), "a${ipxegen.sp:string}${b${c}}");
    assert_eq!(
        url_expr("http://${next-server}/x?y=${175.224:string}").unwrap(),
        "http://${next-server}/x?y=${175.224:string}"
    );
    for (shown, at) in [("a ${b", 2), ("${a b}", 3), ("${a${b}", 0), ("${#}", 2)] {
        assert_eq!(expr(shown, true).unwrap_err().at, Some(at), "{shown}");
        assert_eq!(arg_expr(shown).unwrap_err().at, Some(at), "{shown}");
    }
    assert!(arg("${x}").is_err());
    assert!(url("http://${x}/").is_err());
}

#[test]
fn arguments() {
    assert_eq!(arg("a b").unwrap(), "a${ipxegen.sp:string}b");
    assert_eq!(arg("#x").unwrap(), "${ipxegen.hash:string}x");
    assert_eq!(arg("&&").unwrap(), "${ipxegen.and:string}");
    assert_eq!(arg("x\\").unwrap(), "x${ipxegen.bs:string}");
    assert_eq!(arg("---").unwrap(), "---");
    assert!(arg("").is_err());
}

#[test]
fn names() {
    for name in ["a", "win-10.x_64", "ipxegen", "ipxegenius"] {
        assert_eq!(label(name).unwrap(), name);
    }
    for name in ["", "1a", "-a", "a b", "a/b", "a:b", "é", "ipxegen.menu", "a\n", "${x}"] {
        assert!(label(name).is_err(), "{name:?}");
    }
}

#[test]
fn addresses() {
    assert_eq!(uri("isos/my disk#1.iso").unwrap(), "isos/my%20disk%231.iso");
    assert_eq!(uri("/a:b?c=d&e%f+g").unwrap(), "/a%3Ab%3Fc%3Dd%26e%25f%2Bg");
    assert_eq!(uri("é${x}").unwrap(), "%C3%A9%24%7Bx%7D");
    assert_eq!(uri("-x").unwrap(), "%2Dx");
    for path in ["", "//evil/x", "a\nb", "a\0"] {
        assert!(uri(path).is_err(), "{path:?}");
    }
    for good in [
        "http://10.0.0.1/x?y=1&z=%20",
        "tftp://[::1]/x",
        "nfs://s/a",
        "x.ipxe",
        "iscsi:10.1.1.2::::iqn.2020-01.lan.lab:i38",
    ] {
        assert_eq!(url(good).unwrap(), good);
    }
    for bad in [
        "",
        "http://a b",
        "http://a#b",
        "http://a/%zz",
        "http://a/%2",
        "-x",
        "&&",
        ";",
        "http://é",
        "http://a\\b",
        "{x}",
    ] {
        assert!(url(bad).is_err(), "{bad:?}");
    }
}

#[test]
fn bare_words() {
    for word in ["http://10.0.0.1/x", "win10", "a=b", "x?y", "~"] {
        assert!(is_bare(word), "{word}");
    }
    for word in ["", "-x", "a b", "#", ";", "&&", "||", "$", "{", "}", "a\\", "a\n", "[]", "é"] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn settings() {
    assert!(prelude().starts_with("set ipxegen.sp:hex 20\nset ipxegen.hash:hex 23\n"));
    assert_eq!(prelude().lines().count(), SETTINGS.len());
    assert_eq!(prelude_for("echo a${ipxegen.bs:string}"), "set ipxegen.bs:hex 5c\n");
    assert_eq!(prelude_for("echo"), "");
}

#[test]
fn balance() {
    for lines in [
        "",
        "echo a ${b}",
        ":x\ngoto ipxegen.menu",
        "set x y || goto x\n",
        "a \\\n b",
        "echo ${ipxegen.sp:string}",
        "echo \\ ",
    ] {
        assert_eq!(balanced(lines), Ok(()), "{lines}");
    }
    for (lines, at) in [
        ("#!ipxe\necho", 0),
        ("echo\n  #!ipxe", 7),
        ("echo \\", 5),
        ("echo \\\n\n", 5),
        ("# x\\", 3),
        (":ipxegen.menu", 0),
        ("  :ipxegen.x echo", 2),
        (":ipxe\\\ngen.menu", 0),
        ("set ipxegen.sp:hex 00", 4),
        ("clear ipxegen.sp", 6),
        ("goto :ipxegen.x", 5),
        ("echo \0", 5),
    ] {
        assert_eq!(balanced(lines).map_err(|refused| refused.at), Err(Some(at)), "{lines:?}");
    }
}

proptest! {
    #[test]
    fn ipxe_shows_the_text(shown in "[ -~\t]{0,40}|[ a#;&|\\\\\t$-]{0,12}|.{0,20}") {
        if let Ok(written) = text(&shown, true) {
            let read = words(&format!("echo -- {written}"));
            prop_assert!(read.is_some(), "{written}");
            prop_assert_eq!(read.unwrap_or_default()[2..].join(" "), shown);
        }
    }

    #[test]
    fn ipxe_takes_one_argument(given in "[ -~\t]{1,40}|[ a#;&|\\\\\t$-]{1,12}") {
        if let Ok(written) = arg(&given) {
            prop_assert_eq!(words(&format!("set x {written}")), Some(vec!["set".into(), "x".into(), given]));
        }
    }

    #[test]
    fn a_uri_is_one_plain_word(path in ".{0,30}") {
        if let Ok(written) = uri(&path) {
            prop_assert_eq!(words(&written), Some(vec![written.clone()]));
            prop_assert!(written.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~/%".contains(&b)));
        }
    }
}
