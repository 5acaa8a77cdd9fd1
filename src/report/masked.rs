//! Lines that hold a secret, as they are shown.

use std::borrow::Cow;

/// What stands for a secret.
const MASK: &str = "********";

/// A text with the rest of each line masked behind the first of the marks that the line has.
#[must_use]
pub fn masked<'t>(text: &'t str, marks: &[String]) -> Cow<'t, str> {
    let behind =
        |line: &str| marks.iter().filter_map(|mark| Some(line.find(mark.as_str())? + mark.len())).min();
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

#[cfg(test)]
mod tests {
    use super::masked;

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
