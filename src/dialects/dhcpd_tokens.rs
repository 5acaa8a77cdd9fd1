//! The tokens of verbatim text for dhcpd, as its lexer reads them (common/conflex.c).

/// The tokens: `;`, `{`, `}`, words, and quoted texts with their quotes. `#` begins a comment.
#[must_use]
pub fn tokens(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (end, is_token) = match first {
            '#' => (rest.find('\n').unwrap_or(rest.len()), false),
            '"' => {
                let mut escaped = false;
                let close = rest.char_indices().skip(1).find(|(_, c)| {
                    let closes = *c == '"' && !escaped;
                    escaped = *c == '\\' && !escaped;
                    closes
                });
                (close.map_or(rest.len(), |(at, _)| at + 1), true)
            }
            ';' | '{' | '}' => (1, true),
            c if c.is_whitespace() => (c.len_utf8(), false),
            _ => {
                let ends = |c: char| c.is_whitespace() || matches!(c, ';' | '{' | '}' | '"' | '#');
                (rest.find(ends).unwrap_or(rest.len()), true)
            }
        };
        if is_token {
            all.extend(rest.get(..end));
        }
        rest = rest.get(end..).unwrap_or_default();
    }
    all
}
