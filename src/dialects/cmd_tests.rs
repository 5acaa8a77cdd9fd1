use super::{arg, balanced, comment, exe, is_bare, text};
use reader::words;

#[path = "readers/cmd.rs"]
mod reader;

#[test]
fn the_vectors() {
    assert_eq!(arg(r"C:\Win PE").unwrap(), r#""C:\Win PE""#);
    assert_eq!(arg("100%&x^!").unwrap(), r#""100%%&x^!""#);
    assert_eq!(exe(r"C:\dir\").unwrap(), r#""C:\dir\\""#);
    assert_eq!(exe("").unwrap(), r#""""#);
    for refused in ["a\"b", "a\nb", "a\rb", "a\tb", "a\0b", "ä", "日", "\u{1a}"] {
        assert!(arg(refused).is_err() && exe(refused).is_err(), "{refused:?}");
    }
    assert!(arg(&"x".repeat(1001)).is_err());
    assert_eq!(text("a & b (c) 100% \"q\"").unwrap(), "a ^& b ^(c^) 100%% ^\"q^\"");
    assert!(text("a\nb").is_err());
}

#[test]
fn every_argument_is_read_as_it_was() {
    let alphabet = [' ', '%', '^', '&', '|', '\\', '!', 'a', '/', '(', '>', '~', '1', '*'];
    // Every text of four of these: what begins, ends and doubles in all ways.
    for number in 0..alphabet.len().pow(4) {
        let mut left = number;
        let mut value = String::new();
        for _ in 0..4 {
            value.push(alphabet[left % alphabet.len()]);
            left /= alphabet.len();
        }
        let want = Some(vec!["x".to_owned(), value.clone(), "y".to_owned()]);
        assert_eq!(words(&format!("x {} y", arg(&value).unwrap()), false), want, "{value:?}");
        assert_eq!(words(&format!("x {} y", exe(&value).unwrap()), true), want, "{value:?}");
    }
}

#[test]
fn bare_words() {
    for word in ["amd64", r"Boot\BCD", "0411:00000411", "ja-jp", "x"] {
        assert!(is_bare(word), "{word}");
    }
    for word in ["", "/delete", "-x", "a b", "a%b", "a&b", "a^", "a\\", "ä", "a,b", "a=b", "a;b", "*"] {
        assert!(!is_bare(word), "{word}");
    }
}

#[test]
fn comments_do_nothing() {
    assert_eq!(comment("a%~b & del *\nx").unwrap(), "a__b _ del __nx");
    assert!(balanced("rem").is_err());
}
