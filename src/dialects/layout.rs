//! Removes lines that hold nothing but a tag.
//!
//! Tera has only `-%}`, which also removes the next line's indentation. Here a line that holds only one tag or comment
//! leaves no line in the output, as with `trim_blocks` and `lstrip_blocks` in Ansible's templates. The line break moves
//! into the tag, so that errors name the right lines of the template.

use super::prepared::Edited;

/// The template with the line breaks behind lone tags moved into them.
#[must_use]
pub fn lone_tags(template: &str) -> String {
    lone_tags_edited(template, true).text
}

/// Like [`lone_tags`], with the way back. `keeps_crlf` tells whether lines may end as Windows has them: the lines of a
/// language that ipxegen knows end as the language wants it, whatever editor saved the template.
pub(super) fn lone_tags_edited(template: &str, keeps_crlf: bool) -> Edited {
    let mut out = Edited::default();
    let mut at = 0;
    while let Some(rest) = template.get(at..).filter(|rest| !rest.is_empty()) {
        // `rest` is at the start of a line here.
        let line = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let indent = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        match lone_tag(&rest[indent..]) {
            Some((tag, behind)) => {
                let (start, close) = (at + indent, at + indent + tag.len() - 2);
                out.copy(template, start..close);
                out.copy(template, close + 2..start + behind);
                out.copy(template, close..close + 2);
                at = start + behind;
            }
            None => {
                let end = at + line;
                if !keeps_crlf && template.get(at..end).is_some_and(|line| line.ends_with("\r\n")) {
                    out.copy(template, at..end - 2);
                    out.copy(template, end - 1..end);
                } else {
                    out.copy(template, at..end);
                }
                at = end;
            }
        }
    }
    out
}

/// A tag at the start of `text` with nothing behind it on its line: the tag, and where the next
/// line begins.
fn lone_tag(text: &str) -> Option<(&str, usize)> {
    let close = match text.get(..2)? {
        "{%" => "%}",
        "{#" => "#}",
        _ => return None,
    };
    let end = text.find(close)? + 2;
    let tag = &text[..end];
    // A tag has one line; only a comment may have more. A tag with `-` trims the text itself.
    if (close == "%}" && tag.contains('\n')) || tag.get(..tag.len() - 2)?.ends_with('-') {
        return None;
    }
    let after = text[end..].find(|c: char| !matches!(c, ' ' | '\t' | '\r'));
    match after {
        Some(at) if text[end + at..].starts_with('\n') => Some((tag, end + at + 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::lone_tags;

    #[test]
    fn lines_of_a_lone_tag_are_gone() {
        let mut tera = tera::Tera::default();
        let text = "a\n\t{% if x %}\n\tb {% if x %}c{% endif %}\n{# two\nlines #}\n{% endif %}\nd\n";
        tera.add_raw_template("t", &lone_tags(text)).unwrap();
        let mut view = tera::Context::new();
        view.insert("x", &true);
        assert_eq!(tera.render("t", &view).unwrap(), "a\n\tb c\nd\n");
        assert_eq!(lone_tags(text).lines().count(), text.lines().count());
    }
}
