//! The commands in lines of iPXE script, as its parser takes them apart (src/core/exec.c): words
//! between blanks, `||`, `&&` and `;` between commands, a word with `#` in front for the rest of a line.

use crate::model::At;
use crate::source::Span;

/// Each command's words, and where it stands.
pub(super) fn commands(lines: &[At<String>]) -> Vec<(Vec<&str>, Span)> {
    let mut all = Vec::new();
    let mut goes_on = false;
    for line in lines {
        let continued = std::mem::replace(&mut goes_on, line.value.ends_with('\\'));
        let words = line.value.split_whitespace().take_while(|word| !word.starts_with('#'));
        let mut words: Vec<&str> = words.collect();
        if words.first().is_some_and(|word| word.starts_with(':')) {
            words.remove(0);
        }
        let parts = words.split(|word| matches!(*word, "||" | "&&" | ";"));
        // What goes on from the line above begins in the middle of a command.
        let own = parts.skip(usize::from(continued)).filter(|part| !part.is_empty());
        all.extend(own.map(|part| (part.to_vec(), line.span)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::commands;
    use crate::model::At;
    use crate::source::Span;

    #[test]
    fn lines_are_taken_apart() {
        let lines = [
            ":here isset ${x} && goto a || goto b # goto c",
            "",
            "# echo",
            "kernel x \\",
            "  more || shell",
            "a;b c",
        ];
        let lines = lines.map(|line| At::new(line.to_owned(), Span::new(0, 0)));
        let read: Vec<String> = commands(&lines).iter().map(|(words, _)| words.join(" ")).collect();
        assert_eq!(read, ["isset ${x}", "goto a", "goto b", "kernel x \\", "shell", "a;b c"]);
    }
}
