//! iPXE's option space under another name: old lists call it `gpxe`. ipxegen defines it as `ipxe`, and dhcpd has one space
//! for option 175 only, so that text in `raw` must use that name.

use super::super::source_file::SourceFile;
use crate::dialects::dhcpd::lexer::{Token, TokenKind, mentions, tokens};

/// The files with iPXE's space under the name `ipxe`, if they have it under another one. Lines stay where they are.
pub fn renamed(files: &[SourceFile]) -> Option<Vec<SourceFile>> {
    let name = files.iter().find_map(|file| name_in(&file.text))?;
    if name == "ipxe" {
        return None;
    }
    let rename = |file: &SourceFile| SourceFile { text: with_name(&file.text, &name), ..file.clone() };
    Some(files.iter().map(rename).collect())
}

/// The space that option 175 encapsulates.
fn name_in(text: &str) -> Option<String> {
    if !mentions(text, "encapsulate") {
        return None;
    }
    let said = |token: &Token<'_>| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment);
    let mut window = [""; 5];
    tokens(text).filter(said).find_map(|token| {
        window.rotate_left(1);
        window[4] = token.text;
        match window {
            [code, "175", "=", encapsulate, name]
                if code.eq_ignore_ascii_case("code") && encapsulate.eq_ignore_ascii_case("encapsulate") =>
            {
                Some(name.to_owned())
            }
            _ => None,
        }
    })
}

/// A text with another name of a space.
fn with_name(text: &str, name: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut before = "";
    let mut all = tokens(text).peekable();
    while let Some(token) = all.next() {
        let is_name = token.kind == TokenKind::Word && token.text == name;
        let dot = all.peek().is_some_and(|next| next.text == ".");
        let named = ["space", "encapsulate"].iter().any(|word| before.eq_ignore_ascii_case(word));
        out.push_str(if is_name && (dot || named) { "ipxe" } else { token.text });
        if !matches!(token.kind, TokenKind::Blank | TokenKind::Comment) {
            before = token.text;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{name_in, with_name};

    #[test]
    fn names_of_files_stay() {
        let text = "option space gpxe; # gpxe.x\noption e code 175 = encapsulate gpxe;\noption gpxe.a 1; filename \"gpxe.0\"; gpxe-x;";
        assert_eq!(name_in(text).as_deref(), Some("gpxe"));
        assert_eq!(
            with_name(text, "gpxe"),
            "option space ipxe; # gpxe.x\noption e code 175 = encapsulate ipxe;\noption ipxe.a 1; filename \"gpxe.0\"; gpxe-x;"
        );
    }
}
