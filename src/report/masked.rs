//! Masks the secret in a line that has one.

use std::borrow::Cow;

/// The text that replaces a secret.
pub(super) const MASK: &str = "********";

/// A text in which each line is masked after its first mark. The case of a mark does not matter.
#[must_use]
pub fn masked<'t>(text: &'t str, marks: &[String]) -> Cow<'t, str> {
    masked_behind(text, |line| {
        marks.iter().filter_map(|mark| Some(find_all(line, mark).next()? + mark.len())).min()
    })
}

/// A text in which each line is masked from the place on that `end` finds in it.
fn masked_behind(text: &str, end: impl Fn(&str) -> Option<usize>) -> Cow<'_, str> {
    let behind = |line: &str| {
        let end = end(line)?;
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

/// The places of a mark in a line.
fn find_all<'l>(line: &'l str, mark: &'l str) -> impl Iterator<Item = usize> + 'l {
    let first = mark.bytes().next().unwrap_or_default();
    let candidates =
        memchr::memchr2_iter(first.to_ascii_lowercase(), first.to_ascii_uppercase(), line.as_bytes());
    candidates.filter(move |at| begins_with(line.as_bytes(), *at, mark))
}

fn begins_with(line: &[u8], at: usize, mark: &str) -> bool {
    line.get(at..at + mark.len()).is_some_and(|part| part.eq_ignore_ascii_case(mark.as_bytes()))
}

/// Names behind which a line of any daemon's file has a secret. The users of targets.conf and their passwords are two words
/// behind one name.
const NAMES: [&str; 12] = [
    "password",
    "passwd",
    "passphrase",
    "rootpw",
    "secret",
    "psk",
    "incominguser",
    "outgoinguser",
    "discoveryuser",
    "token",
    "credential",
    "authorization",
];

/// Names that are secret as whole words only: `pass=` and `api-key:`, but not `compass` and `omapi-key`.
const WORDS: [&str; 8] = ["pass", "pwd", "pw", "apikey", "api-key", "api_key", "authkey", "auth-key"];

/// Words that begin like a name: of rooms and their hosts, as `secretary` or `Secretariat`, and of network cards.
const NO_SECRETS: [&str; 2] = ["secretar", "token-ring"];

/// The text of a statement in any daemon's language, without what is behind a name such as `password`, and without the
/// passwords in its URLs.
///
/// It hides too much rather than too little: an unknown statement has an unknown syntax.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    without_accounts(masked_behind(text, end_of_name).into_owned())
}

/// Whether a name or a word in question begins with a byte, in either case.
const BEGINS: [bool; 256] = {
    let mut begins = [false; 256];
    let lists: [&[&str]; 2] = [&NAMES, &WORDS];
    let mut list = 0;
    while list < lists.len() {
        let mut at = 0;
        while at < lists[list].len() {
            let first = lists[list][at].as_bytes()[0];
            begins[first.to_ascii_lowercase() as usize] = true;
            begins[first.to_ascii_uppercase() as usize] = true;
            at += 1;
        }
        list += 1;
    }
    begins
};

/// The first end of a name behind which a line has a secret. Each byte is looked at once: an import asks for each statement
/// that it lists.
fn end_of_name(line: &str) -> Option<usize> {
    let bytes = line.as_bytes();
    let is_letter = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
    };
    let end_at = |at: usize| {
        let is_no_secret = || NO_SECRETS.iter().any(|word| begins_with(bytes, at, word));
        let is_whole = |word: &&str| !is_letter(at.checked_sub(1)) && !is_letter(Some(at + word.len()));
        let here = |known: &&&str| begins_with(bytes, at, known);
        let names = NAMES.iter().filter(here).filter(|_| !is_no_secret());
        names
            .chain(WORDS.iter().filter(here).filter(|word| is_whole(word)))
            .map(|known| at + known.len())
            .min()
    };
    let mut end: Option<usize> = None;
    let begins = |byte: u8| BEGINS.get(usize::from(byte)).is_some_and(|begins| *begins);
    for at in bytes.iter().enumerate().filter(|(_, byte)| begins(**byte)).map(|(at, _)| at) {
        if end.is_some_and(|end| end <= at) {
            break;
        }
        end = end.into_iter().chain(end_at(at)).min();
    }
    end
}

/// The text with the passwords in its URLs masked, and those in the root-paths that dracut reads, such as
/// `iscsi:user:password@10.0.0.5`.
#[must_use]
pub fn without_accounts(mut text: String) -> String {
    if !text.contains('@') {
        return text;
    }
    let mut from = 0;
    while let Some((begin, ends)) = text.get(from..).and_then(begin_of_authority) {
        from += begin;
        let rest = text.get(from..).unwrap_or_default();
        let end = rest.find(|c: char| ends.contains(&c) || c.is_whitespace()).unwrap_or(rest.len());
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

/// The place behind the first `://` or `iscsi:`, and what ends an account there. The password of a URL has these characters
/// as `%2F`, that of a root-path as they are.
fn begin_of_authority(text: &str) -> Option<(usize, &'static [char])> {
    const URL: &[char] = &['/', '?', '#'];
    const ROOT_PATH: &[char] = &['"', '\'', '`'];
    text.match_indices(':').find_map(|(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        match rest.strip_prefix("://") {
            Some(_) => Some((at + "://".len(), URL)),
            None => before.ends_with("iscsi").then_some((at + 1, ROOT_PATH)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::{MASK, NAMES, WORDS, masked, without_accounts, without_passwords};

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
        assert_eq!(
            masks("'iscsi:a:ge/he#im?@10.0.0.5::::iqn.x:y'"),
            "'iscsi:a:********@10.0.0.5::::iqn.x:y'"
        );
        assert_eq!(masks("iscsi:http://u:geheim@b http://c"), "iscsi:http:********@b http://c");
        assert_eq!(masks("a://iscsi:u:geheim@h/x"), "a://iscsi:********@h/x");
        for same in [
            "http://b:80/a@c",
            "http://b:80?a@c",
            "a:b@c",
            "://",
            "x://a:@b",
            "http://a@b",
            "iscsi:10.0.0.5::::iqn.x:y",
            "\"iscsi:10.0.0.5::::iqn.x:y\", \"a@b\"",
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
            ("incomingdiscoveryuser me geheim", "incomingdiscoveryuser ********"),
            ("preexec = mount -o user=a,pass=geheim", "preexec = mount -o user=a,pass ********"),
            ("fastcgi_param DB_PASS geheim", "fastcgi_param DB_PASS ********"),
            ("Authorization: Basic geheim", "Authorization ********"),
            ("\"pw\": \"geheim\"", "\"pw ********"),
            ("\"api-key\": \"geheim\"", "\"api-key ********"),
            ("k3s.token=geheim", "k3s.token ********"),
            ("host secretary { secret geheim; }", "host secretary { secret ********"),
            ("host compass", "host compass"),
            ("omapi-key rndc", "omapi-key rndc"),
            ("hardware token-ring 1:2:3:4:5:6", "hardware token-ring 1:2:3:4:5:6"),
            ("host pwn1 bypass", "host pwn1 bypass"),
            ("option routers 10.0.0.1", "option routers 10.0.0.1"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }

    #[test]
    fn every_name_begins_with_a_letter_that_is_looked_for() {
        for name in NAMES.iter().chain(&WORDS) {
            for text in [format!("{name} geheim"), format!("{} geheim", name.to_uppercase())] {
                assert_eq!(without_passwords(&text), format!("{} {MASK}", &text[..name.len()]));
            }
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
