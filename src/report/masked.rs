//! Masks the secret in a line that has one.

use std::borrow::Cow;

/// The text that replaces a secret.
pub(super) const MASK: &str = "********";

/// A text in which each line is masked after its first mark. The case of a mark does not matter.
#[must_use]
pub fn masked<'t>(text: &'t str, marks: &[String]) -> Cow<'t, str> {
    let behind = |line: &str| {
        let end = marks.iter().filter_map(|mark| Some(find(line, mark)? + mark.len())).min()?;
        (!line.get(end..)?.trim().is_empty()).then_some(end)
    };
    if !text.lines().any(|line| behind(line).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        match behind(line) {
            Some(end) => {
                shown.push_str(&line[..end]);
                shown.push(' ');
                shown.push_str(MASK);
                if line.ends_with('\n') {
                    shown.push('\n');
                }
            }
            None => shown.push_str(line),
        }
    }
    Cow::Owned(shown)
}

/// The place of a mark in a line.
fn find(line: &str, mark: &str) -> Option<usize> {
    let (line, mark) = (line.as_bytes(), mark.as_bytes());
    let (first, _) = mark.split_first()?;
    let candidates = memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), line);
    let mut at = candidates
        .filter(|at| line.get(*at..at + mark.len()).is_some_and(|part| part.eq_ignore_ascii_case(mark)));
    at.next()
}

/// Names behind which a line of any daemon's file has a secret.
const NAMES: [&str; 8] =
    ["password", "passwd", "passphrase", "rootpw", "secret", "psk", "incominguser", "outgoinguser"];

/// The text of a statement in any daemon's language, without what is behind a name such as `password`, and without the
/// passwords in its URLs.
///
/// It hides too much rather than too little: an unknown statement has an unknown syntax.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    let marks = NAMES.map(str::to_owned);
    without_accounts(masked(text, &marks).into_owned())
}

/// The text with the passwords in its URLs masked, and those in the root-paths that dracut reads, such as
/// `iscsi:user:password@10.0.0.5`.
#[must_use]
pub fn without_accounts(mut text: String) -> String {
    if !text.contains('@') {
        return text;
    }
    let mut from = 0;
    while let Some(begin) = text.get(from..).and_then(begin_of_authority) {
        from += begin;
        let rest = text.get(from..).unwrap_or_default();
        let end =
            rest.find(|c: char| matches!(c, '/' | '?' | '#') || c.is_whitespace()).unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or_default();
        let password = authority.rsplit_once('@').and_then(|(account, _)| {
            let begin = account.find(':')? + 1;
            (begin < account.len()).then_some(begin..account.len())
        });
        // Each byte is searched once: the next authority begins behind this one, whose last colon may be that of `://`.
        match password {
            Some(password) => {
                let behind = end - password.len() + MASK.len();
                text.replace_range(from + password.start..from + password.end, MASK);
                from += behind;
            }
            None => from += authority.strip_suffix(':').map_or(end, str::len),
        }
    }
    text
}

/// The place behind the first `://` or `iscsi:`.
fn begin_of_authority(text: &str) -> Option<usize> {
    text.match_indices(':').find_map(|(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        match rest.strip_prefix("://") {
            Some(_) => Some(at + "://".len()),
            None => before.ends_with("iscsi").then_some(at + 1),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{masked, without_accounts, without_passwords};

    #[test]
    fn messages_show_no_password_of_a_url() {
        let masks = |text: &str| without_accounts(text.to_owned());
        assert_eq!(
            masks("`http://a:geheim@b/c` and https://u:p:q@h, x"),
            "`http://a:********@b/c` and https://u:********@h, x"
        );
        assert_eq!(
            masks("\"iscsi:a:geheim@10.0.0.5::::iqn.x:y\""),
            "\"iscsi:a:********@10.0.0.5::::iqn.x:y\""
        );
        assert_eq!(masks("iscsi:http://u:geheim@b http://c"), "iscsi:http://u:********@b http://c");
        assert_eq!(masks("a://iscsi:u:geheim@h/x"), "a://iscsi:********@h/x");
        for same in [
            "http://b:80/a@c",
            "http://b:80?a@c",
            "a:b@c",
            "://",
            "x://a:@b",
            "http://a@b",
            "iscsi:10.0.0.5::::iqn.x:y",
        ] {
            assert_eq!(masks(same), same);
        }
    }

    #[test]
    fn a_statement_of_any_language_shows_no_password() {
        for (text, shown) in [
            ("foo Password \"geheim\"", "foo Password ********"),
            (
                "\"db\": {\"user\": \"a\", \"password\": \"geheim\"",
                "\"db\": {\"user\": \"a\", \"password ********",
            ),
            ("server=/x/#passwd=geheim", "server=/x/#passwd ********"),
            ("kernel http://u:geheim@b/c rootpw=geheim", "kernel http://u:********@b/c rootpw ********"),
            ("outgoinguser me geheim", "outgoinguser ********"),
            ("option routers 10.0.0.1", "option routers 10.0.0.1"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }

    #[test]
    fn what_stands_behind_a_mark_is_not_shown() {
        let marks = ["ipxe.password".to_owned(), "incominguser".to_owned()];
        let text = "host a {\n+\toption ipxe.password \"geheim\";\n\tincominguser me geheim";
        assert_eq!(
            masked(text, &marks),
            "host a {\n+\toption ipxe.password ********\n\tincominguser ********"
        );
        assert_eq!(masked("nothing\n", &marks), "nothing\n");
    }
}
