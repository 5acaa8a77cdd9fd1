use std::fmt::Write as _;

use serde_json::json;

use super::Masker;

fn masker(secrets: &[&str]) -> Masker {
    Masker::new(secrets.iter().map(|secret| (*secret).into()).collect())
}

fn hex(bytes: &[u8], between: &str) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between)
}

#[test]
fn a_secret_is_masked_in_every_notation() {
    const SECRETS: [&str; 4] = ["win-geheim7", "SEC win pw", "#a\"b\\c d%e^f&g|h'i$j<k", "Grüße 🖥 \u{202e}x"];
    let masker = masker(&SECRETS);
    for secret in SECRETS {
        let octal = secret.bytes().fold(String::new(), |mut text, byte| {
            write!(text, "\\{byte:03o}").unwrap();
            text
        });
        let percent = secret.bytes().fold(String::new(), |mut text, byte| {
            write!(text, "%{byte:02X}").unwrap();
            text
        });
        let some_percent = secret.replace('%', "%25").replace(' ', "%20").replace('#', "%23");
        let forms = [
            secret.to_owned(),
            serde_json::to_string(secret).unwrap(),
            secret.replace('\'', "''"),
            secret.replace('\'', "'\\''"),
            secret.replace('"', "\"\""),
            secret.replace('%', "%%"),
            secret.replace('$', "$$"),
            secret.replace('\\', "\\\\").replace('"', "\\\""),
            secret.replace(' ', "${ipxegen.sp:string}"),
            secret.replace('^', "^^").replace('&', "^&").replace('|', "^|"),
            secret.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;").replace('\'', "&#39;"),
            secret.escape_default().to_string(),
            super::super::visible(secret).into_owned(),
            octal,
            percent,
            some_percent,
            hex(secret.as_bytes(), ""),
            hex(secret.as_bytes(), "").to_uppercase(),
            hex(secret.as_bytes(), ":"),
            hex(secret.as_bytes(), "-"),
            format!("0x06bf{}", hex(secret.as_bytes(), "")),
            format!("6bf{}", hex(secret.as_bytes(), "")),
        ];
        for form in forms {
            let text = format!("before {form} behind");
            let shown = masker.text(&text);
            assert!(shown.contains("********"), "{text}");
            let bare = shown.replace("********", "");
            let left = bare.trim_start_matches("before ").trim_end_matches(" behind");
            assert!(left.len() <= 8, "{text} is shown as {shown}");
        }
    }
}

#[test]
fn nothing_else_is_masked() {
    let masker = masker(&["win-geheim7", "x1"]);
    for text in [
        "",
        "win-geheim",
        "in-geheim7 …",
        "52:54:00:aa:bb:cc",
        "a % b \\ c ^ d $$ &amp; <U+202E>",
        "x12 ax1 x1.yaml x1:1 -x1 äx1",
    ] {
        assert_eq!(masker.text(text), text);
    }
    assert_eq!(masker.text("x1, \"x1\" and x1"), "********, \"********\" and ********");
}

#[test]
fn secrets_that_overlap_are_masked_whole() {
    assert_eq!(masker(&["abcdef", "defghi", "cde-"]).text("xabcdefghix"), "x********x");
    assert_eq!(masker(&["secret", "secretary"]).text("a secretary"), "a ********");
    // Next to one another: one mask does not tell how many there are.
    assert_eq!(masker(&["abcd"]).text("abcdabcd"), "********");
}

#[test]
fn of_a_secret_that_was_cut_nothing_is_left() {
    let secret = "a-very-long-secret-that-no-message-shows-whole-0123456789-0123456789-0123456789";
    let masker = masker(&[secret]);
    for cut in 4..secret.len() {
        let part = &secret[..cut];
        assert_eq!(masker.text(&format!("\"x {part}…\" is refused")), "\"x ********…\" is refused");
        assert_eq!(masker.text(&format!("{part}...")), "********...");
        let digits = hex(part.as_bytes(), ":");
        assert_eq!(masker.text(&format!("\"bf:10:{digits}:…\"")), "\"bf:10:********:…\"");
    }
    let crate_visible = crate_like_visible(&hex(secret.as_bytes(), ":"));
    assert!(!masker.text(&crate_visible).contains("61:2d"), "{crate_visible}");
}

/// As messages cut a value.
fn crate_like_visible(text: &str) -> String {
    let cut: String = text.chars().take(72).collect();
    format!("\"{cut}…\"")
}

#[test]
fn values_are_masked_and_keys_are_not() {
    let value = json!({ "geheim-1": ["geheim-1", 1, null, { "a": "x geheim-1 y" }] });
    assert_eq!(
        masker(&["geheim-1"]).value(value),
        json!({ "geheim-1": ["********", 1, null, { "a": "x ******** y" }] })
    );
}

#[test]
fn many_secrets_cost_no_more_than_few() {
    // The work, not the time: ten thousand secrets are one automaton, and the text is read once.
    let secrets = (0..10_000).map(|n| format!("chap-secret-{n:05}").into()).collect();
    let masker = Masker::new(secrets);
    let text = "option ipxe.password \"chap-secret-04711\"; # 63:68:61:70\n".repeat(20_000);
    let shown = masker.text(&text);
    assert!(!shown.contains("chap-secret"));
    assert_eq!(shown.matches("********").count(), 20_000);
}

#[test]
fn of_many_secrets_each_is_masked_and_nothing_else() {
    // With so many secrets, the automaton has a pattern of its own, of NUL characters.
    let secrets: Vec<Box<str>> = (0..20_000).map(|n| format!("pass{n}").into()).collect();
    let masker = Masker::new(secrets.clone());
    for secret in &secrets {
        assert_eq!(masker.text(&format!("<{secret}>")), "<********>");
    }
    let zeros = "\0".repeat(50_000);
    assert_eq!(masker.text(&zeros), zeros);
    assert_eq!(masker.text(&format!("{zeros}pass19999{zeros}")), format!("{zeros}********{zeros}"));
}
