//! The printed form of a source line: safe for a terminal, and cut around the marks if the line is long.

use std::iter;
use std::ops::Range;

use super::{Masker, visible};
use crate::limits::SECRET_BYTES;

/// A line of at most this many characters is printed whole.
const WHOLE: usize = 160;
/// The number of characters before and after each mark of a longer line,
const AROUND: usize = 50;
/// and the number of marked characters.
const MARKED: usize = 60;

/// The printed form of the line of `text` that begins at byte `start`, and the places of its marks in that form. The marks
/// are byte ranges of `text` that begin on this line. A mark that continues on the next line ends with this one.
///
/// It reads only the text around the marks, so a long line costs no more than a short one.
pub(super) fn show(
    text: &str,
    start: usize,
    marks: &[Range<usize>],
    masker: &Masker,
) -> (String, Vec<Range<usize>>) {
    let whole = forward(text, start, WHOLE);
    let pieces = if ends_line(text, whole) {
        iter::once(start..whole).collect()
    } else if marks.is_empty() {
        iter::once(start..forward(text, start, AROUND + MARKED)).collect()
    } else {
        around(text, start, marks)
    };

    let hidden = password(text, start).unwrap_or(usize::MAX);
    let mut shown = String::new();
    // Byte of `text` → byte of `shown`.
    let mut moved: Vec<(usize, usize)> = Vec::new();
    let mut behind = start;
    for piece in pieces {
        if piece.start > behind {
            shown.push_str("...");
        }
        let secrets = secrets(text, start, &piece, masker);
        let is_secret = |at: usize| secrets.iter().any(|secret| secret.contains(&at));
        for (at, c) in text.get(piece.clone()).unwrap_or_default().char_indices() {
            let at = piece.start + at;
            moved.push((at, shown.len()));
            if (at >= hidden && !c.is_whitespace()) || is_secret(at) {
                shown.push('*');
            } else {
                visible::push(&mut shown, c);
            }
        }
        moved.push((piece.end, shown.len()));
        behind = piece.end;
    }
    if !ends_line(text, behind) {
        shown.push_str("...");
    }

    let find = |offset: usize| {
        let at = moved.partition_point(|(from, _)| *from < offset);
        moved.get(at).or(moved.last()).map_or(0, |(_, to)| *to)
    };
    let marks = marks.iter().map(|mark| {
        // A mark that is cut ends where its piece ends, not where the next piece begins.
        let from = find(mark.start);
        from..find(mark.end.min(forward(text, mark.start, MARKED)).max(mark.start)).max(from)
    });
    let marks = marks.collect();
    (shown, marks)
}

/// The places of secrets in a piece of a line. The text around the piece counts too: a secret may begin before the piece or
/// end after it.
fn secrets(text: &str, line_start: usize, piece: &Range<usize>, masker: &Masker) -> Vec<Range<usize>> {
    /// No notation takes more than four characters for a byte.
    const LONGEST: usize = 4 * SECRET_BYTES;
    if masker.is_empty() {
        return Vec::new();
    }
    let from = backward(text, line_start, piece.start, LONGEST);
    let to = forward(text, piece.end, LONGEST);
    let found = masker.find(text.get(from..to).unwrap_or_default().as_bytes(), true);
    found.into_iter().map(|secret| from + secret.start..from + secret.end).collect()
}

/// The start of a password in a line: after a key or an argument whose name ends in `password`, or in a URL.
fn password(text: &str, start: usize) -> Option<usize> {
    const LOOKED_AT: usize = 1 << 16;
    let end = forward(text, start, LOOKED_AT);
    let line = text.get(start..end)?;
    // Only ASCII letters change, so the offsets are those of the line.
    let lower = line.to_ascii_lowercase();
    let behind_name = |(at, word): (usize, &str)| {
        let rest = line.get(at + word.len()..)?;
        // `inst.vncpassword=` without a value precedes a secret that is filled in.
        if let Some(value) = rest.strip_prefix('=') {
            return value.starts_with(|c: char| !" ,\"']}".contains(c)).then(|| line.len() - value.len());
        }
        // A key of dhcpd's: `secret "…";`.
        if word == "secret" && rest.starts_with([' ', '\t']) && rest.contains(';') {
            let apart =
                line.get(..at)?.chars().next_back().is_none_or(|c| !c.is_alphanumeric() && !"_-".contains(c));
            return apart.then(|| line.len() - rest.trim_start().len());
        }
        let behind = rest.trim_start_matches(['"', '\'', ' ']);
        (word == "password" && behind.starts_with(':')).then(|| line.len() - behind.len() + 1)
    };
    let in_url = |(at, mark): (usize, &str)| {
        let rest = line.get(at + mark.len()..)?;
        let account = rest.split(['/', '?', '#', ' ']).next()?.rsplit_once('@')?.0;
        let (user, password) = account.split_once(':')?;
        (!password.is_empty()).then(|| at + mark.len() + user.len() + 1)
    };
    let names = ["password", "passwd", "passphrase", "secret"].into_iter();
    let names = names.flat_map(|word| lower.match_indices(word));
    let found = names.filter_map(behind_name).chain(line.match_indices("://").filter_map(in_url));
    found.min().map(|at| start + at)
}

/// The pieces of the line around the marks, in order, none touching another.
fn around(text: &str, line_start: usize, marks: &[Range<usize>]) -> Vec<Range<usize>> {
    let mut pieces: Vec<_> = marks
        .iter()
        .map(|mark| {
            let end = mark.end.min(forward(text, mark.start, MARKED)).max(mark.start);
            backward(text, line_start, mark.start, AROUND)..forward(text, end, AROUND)
        })
        .collect();
    pieces.sort_unstable_by_key(|piece| piece.start);
    let mut apart: Vec<Range<usize>> = Vec::new();
    for piece in pieces {
        match apart.last_mut() {
            Some(last) if piece.start <= last.end => last.end = last.end.max(piece.end),
            _ => apart.push(piece),
        }
    }
    apart
}

/// The offset `count` characters after `start`, at most the end of the line.
fn forward(text: &str, start: usize, count: usize) -> usize {
    let rest = text.get(start..).unwrap_or_default();
    let mut chars = rest.char_indices();
    for _ in 0..count {
        match chars.next() {
            Some((at, _)) if ends_line(text, start + at) => return start + at,
            Some(_) => {}
            None => return text.len(),
        }
    }
    chars.next().map_or(text.len(), |(at, _)| start + at)
}

/// The offset `count` characters before `from`, at least the start of the line.
fn backward(text: &str, line_start: usize, from: usize, count: usize) -> usize {
    let before = text.get(line_start..from).unwrap_or_default();
    match before.char_indices().rev().take(count).last() {
        Some((at, _)) => line_start + at,
        None => from,
    }
}

/// Whether the line ends at this byte.
fn ends_line(text: &str, at: usize) -> bool {
    let rest = text.get(at..).unwrap_or_default();
    rest.is_empty() || rest.starts_with('\n') || rest.starts_with("\r\n")
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::super::Masker;

    fn show(text: &str, start: usize, marks: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
        super::show(text, start, marks, &Masker::new(Vec::new()))
    }

    #[test]
    fn a_secret_is_hidden_where_the_line_is_cut_too() {
        let masker = Masker::new(vec!["ganz-geheim".into()]);
        let show = |text: &str, marks: &[Range<usize>]| super::show(text, 0, marks, &masker).0;
        assert_eq!(show("note: ganz-geheim, more", &[]), "note: ***********, more");
        let text = format!("k: {}ganz-geheim{}X", "a".repeat(500), "b".repeat(45));
        let at = text.find('X').unwrap();
        let shown = show(&text, std::slice::from_ref(&(at..at + 1)));
        assert_eq!(shown, format!("...*****{}X", "b".repeat(45)));
    }

    #[test]
    fn marks_move_with_what_is_made_visible() {
        let text = "\ta\u{1b}b\u{202e}c\r\nnext";
        // The escape character, the override, the line's end.
        let (shown, marks) = show(text, 0, &[2..3, 4..7, 8..9]);
        assert_eq!(shown, "    a␛b<U+202E>c");
        assert_eq!(marks, [5..8, 9..17, 18..18]);
        assert_eq!(&shown[marks[1].clone()], "<U+202E>");
    }

    #[test]
    fn of_an_endless_line_the_surroundings_are_shown() {
        let text = format!("k: {}X{}Y{}", "a".repeat(5_000_000), "b".repeat(5_000_000), "c".repeat(100));
        let (x, y) = (5_000_003, 10_000_004);
        let (shown, marks) = show(&text, 0, &[y..y + 1, x..x + 1]);
        let fifty = |c: &str| c.repeat(50);
        assert_eq!(shown, format!("...{}X{}...{}Y{}...", fifty("a"), fifty("b"), fifty("b"), fifty("c")));
        assert_eq!(&shown[marks[0].clone()], "Y");
        assert_eq!(&shown[marks[1].clone()], "X");
    }

    #[test]
    fn a_mark_over_an_endless_line_is_cut() {
        let text = format!("k: {}\nnext", "日".repeat(1_000_000));
        let (shown, marks) = show(&text, 0, std::slice::from_ref(&(3..text.len())));
        assert_eq!(shown, format!("k: {}...", "日".repeat(110)));
        assert_eq!(&shown[marks[0].clone()], "日".repeat(60));
    }

    #[test]
    fn neighbouring_pieces_become_one() {
        let text = "x".repeat(1_000);
        let (shown, _) = show(&text, 0, &[500..501, 560..561]);
        assert_eq!(shown, format!("...{}...", "x".repeat(161)));
    }

    #[test]
    fn a_password_is_not_shown() {
        for (text, shown) in [
            ("chap: { password: geheim, user: x }", "chap: { password: ******* ***** * *"),
            ("reverse_password : \"ge heim\"", "reverse_password : *** *****"),
            ("{ \"password\": \"x\" }", "{ \"password\": *** *"),
            ("password_file: secrets/x", "password_file: secrets/x"),
            ("no password here", "no password here"),
            (
                "raw: { dhcpd: 'key k { Secret \"abc+d==\"; }' }",
                "raw: { dhcpd: 'key k { Secret ********** ** *",
            ),
            ("expose_secret: true; a secret here", "expose_secret: true; a secret here"),
            ("cmdline: wifi.PassPhrase=geheim", "cmdline: wifi.PassPhrase=******"),
            ("[inst.vncpassword=geheim]", "[inst.vncpassword=*******"),
            ("root/passwd=x y", "root/passwd=* *"),
            (
                "{ prefix: inst.vncpassword=, secret_file: x }",
                "{ prefix: inst.vncpassword=, secret_file: x }",
            ),
            ("url: http://a:geheim@10.0.0.5/x", "url: http://a:*****************"),
            ("url: http://10.0.0.5:80/a@b", "url: http://10.0.0.5:80/a@b"),
        ] {
            assert_eq!(show(text, 0, &[]).0, shown);
        }
        let (shown, marks) = show("a: 1\npassword: geheim", 5, &[5..13, 15..21]);
        assert_eq!(shown, "password: ******");
        assert_eq!([&shown[marks[0].clone()], &shown[marks[1].clone()]], ["password", "******"]);
    }
}
