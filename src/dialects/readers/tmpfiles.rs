//! How systemd-tmpfiles reads a path and an argument.

/// `extract_first_word` with `EXTRACT_UNQUOTE`, then `specifier_printf`.
pub(super) fn read_path(literal: &str) -> Option<String> {
    let mut chars = literal.strip_prefix('"')?.chars();
    let mut text = String::new();
    loop {
        match chars.next()? {
            '"' => break,
            '\\' => text.push(chars.next()?),
            c => text.push(c),
        }
    }
    if chars.next().is_some() { None } else { specifiers(&text) }
}

/// The rest of a line, stripped, `specifier_printf`, then `cunescape`.
pub(super) fn read_argument(literal: &str) -> Option<String> {
    let mut text = String::new();
    let expanded = specifiers(literal.trim_matches([' ', '\t', '\n', '\r']))?;
    let mut chars = expanded.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            text.push(c);
            continue;
        }
        if chars.next()? != 'x' {
            return None;
        }
        let digits: String = [chars.next()?, chars.next()?].into_iter().collect();
        text.push(char::from(u8::from_str_radix(&digits, 16).ok()?));
    }
    Some(text)
}

fn specifiers(text: &str) -> Option<String> {
    let without = text.replace("%%", "");
    if without.contains('%') { None } else { Some(text.replace("%%", "%")) }
}
