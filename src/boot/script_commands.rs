//! Splits lines of iPXE script into commands, as iPXE's parser does (src/image/script.c, src/core/exec.c). A line
//! that ends in `\\` continues in the next one. Blanks separate words; `||`, `&&` and `;` separate commands. A word
//! that begins with `#` begins a comment.

use std::borrow::Cow;

use crate::model::Spanned;
use crate::source::Span;

/// A command of a line.
pub struct Command<'l> {
    /// Its name and arguments.
    pub words: Vec<&'l str>,
    /// The command after `||`, which runs if this one fails; `None` without `||`. It may be empty: then the script
    /// continues.
    pub otherwise: Option<Vec<&'l str>>,
    /// The place of the line, or of the first of joined lines.
    pub span: Span,
}

/// The lines, each with its continuations.
pub fn joined(lines: &[Spanned<String>]) -> Vec<Spanned<Cow<'_, str>>> {
    let mut all: Vec<Spanned<Cow<'_, str>>> = Vec::with_capacity(lines.len());
    let mut goes_on = false;
    for Spanned { value, span } in lines {
        let text = value.strip_suffix('\\');
        match all.last_mut().filter(|_| goes_on) {
            Some(before) => before.value.to_mut().push_str(text.unwrap_or(value)),
            None => all.push(Spanned::new(Cow::Borrowed(text.unwrap_or(value)), *span)),
        }
        goes_on = text.is_some();
    }
    all
}

/// Each command of lines that were joined.
pub fn commands<'l>(joined: &'l [Spanned<Cow<'_, str>>]) -> Vec<Command<'l>> {
    let mut all = Vec::new();
    for line in joined {
        let words = line.value.split_whitespace().take_while(|word| !word.starts_with('#'));
        let mut words: Vec<&str> = words.collect();
        if words.first().is_some_and(|word| word.starts_with(':')) {
            words.remove(0);
        }
        let mut rest = words.as_slice();
        while !rest.is_empty() {
            let (own, behind) = first(rest);
            rest = behind.get(1..).unwrap_or_default();
            let fails = behind.first().is_some_and(|word| *word == "||");
            let otherwise = fails.then(|| first(rest).0.to_vec());
            if !own.is_empty() {
                all.push(Command { words: own.to_vec(), otherwise, span: line.span });
            }
        }
    }
    all
}

/// The words of the first command, and the rest from what ends it.
fn first<'w, 'l>(words: &'w [&'l str]) -> (&'w [&'l str], &'w [&'l str]) {
    let end = words.iter().position(|word| matches!(*word, "||" | "&&" | ";"));
    words.split_at(end.unwrap_or(words.len()))
}

#[cfg(test)]
mod tests {
    use super::{commands, joined};
    use crate::model::Spanned;
    use crate::source::Span;

    #[test]
    fn lines_are_taken_apart() {
        let lines = [
            ":here isset ${x} && goto a || goto b # goto c",
            "",
            "# echo \\",
            "   || goto d",
            "kernel x \\",
            "  :more \\",
            "  y || shell ||",
            "goto e\\",
            "f",
            "a;b c",
        ];
        let lines = lines.map(|line| Spanned::new(line.to_owned(), Span::new(0, 0)));
        let lines = joined(&lines);
        let read: Vec<_> = commands(&lines)
            .into_iter()
            .map(|command| (command.words.join(" "), command.otherwise.map(|words| words.join(" "))))
            .collect();
        let read: Vec<_> = read.iter().map(|(words, or)| (words.as_str(), or.as_deref())).collect();
        assert_eq!(
            read,
            [
                ("isset ${x}", None),
                ("goto a", Some("goto b")),
                ("goto b", None),
                ("kernel x :more y", Some("shell")),
                ("shell", Some("")),
                ("goto ef", None),
                ("a;b c", None),
            ]
        );
    }
}
