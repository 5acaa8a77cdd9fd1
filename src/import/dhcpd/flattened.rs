//! A dhcpd.conf as one text that a single dhcpd can read.

use super::super::source_file::{FilesByPath, SourceFile};
use super::super::vendor_classes::VendorClasses;
use crate::dialects::dhcpd::lexer::{Part, PartKind, TokenKind, parts};

/// How many files may include each other in a chain.
const CHAIN: usize = 16;

/// The most bytes that includes may add up to, and the most files.
const LARGEST: usize = 64 << 20;
const FILES: usize = 10_000;

/// The text of a file with the files that it includes in their places. A file that is missing is left out, as the import
/// does.
#[must_use]
pub fn flattened(file: &SourceFile, files: &[SourceFile]) -> String {
    let mut text = String::with_capacity(file.text.len());
    add(file, &FilesByPath::new(files), &mut vec![&file.path], &mut { FILES }, &mut text);
    text
}

/// Adds a file; `left` is how many more files may be included.
fn add<'f>(
    file: &'f SourceFile,
    files: &FilesByPath<'f>,
    open: &mut Vec<&'f str>,
    left: &mut usize,
    to: &mut String,
) {
    let text = file.text.as_str();
    let mut done = 0;
    let includes = parts(text).filter(|part| part.kind == PartKind::Statement && begins(part, "include"));
    for part in includes {
        to.push_str(text.get(done..part.range.start).unwrap_or_default());
        done = part.range.end;
        let path = part.tokens().nth(1).map(|token| token.decoded()).unwrap_or_default();
        let path = String::from_utf8_lossy(&path);
        if let Some(found) = files.find(&path)
            && !open.contains(&found.path.as_str())
            && open.len() < CHAIN
            && *left > 0
            && to.len() < LARGEST
        {
            *left -= 1;
            open.push(&found.path);
            add(found, files, open, left, to);
            open.pop();
        }
    }
    to.push_str(text.get(done..).unwrap_or_default());
}

/// Whether a file or one of its includes, which are flattened, declares a subnet. dhcpd does not start without one.
#[must_use]
pub fn declares_a_subnet(flattened: &str) -> bool {
    parts(flattened).any(|part| part.kind == PartKind::BlockStart && begins(&part, "subnet"))
}

fn begins(part: &Part<'_>, keyword: &str) -> bool {
    part.tokens().next().is_some_and(|token| token.text.eq_ignore_ascii_case(keyword))
}

/// The texts that a file compares vendor classes with: clients that send them may get something else.
#[must_use]
pub fn vendor_classes(files: &[SourceFile]) -> Vec<String> {
    let mut all = VendorClasses::default();
    let heads = files.iter().flat_map(|file| parts(&file.text));
    for part in heads.filter(|part| matches!(part.kind, PartKind::Statement | PartKind::BlockStart)) {
        let condition = ["if", "elsif", "else", "match", "subclass", "case"];
        if !condition.iter().any(|keyword| begins(&part, keyword)) {
            continue;
        }
        let asks = part.tokens().any(|token| token.text.eq_ignore_ascii_case("vendor-class-identifier"));
        for token in part.tokens().filter(|token| asks && token.kind == TokenKind::Text) {
            if let Ok(text) = std::str::from_utf8(&token.decoded()) {
                all.add(text);
            }
        }
    }
    all.into_vec()
}

#[cfg(test)]
mod tests {
    use super::{flattened, vendor_classes};
    use crate::import::source_file::{FileKind, SourceFile};

    fn file(path: &str, text: &str) -> SourceFile {
        SourceFile { path: path.into(), kind: FileKind::Dhcpd, included: false, text: text.into() }
    }

    #[test]
    fn includes_are_in_their_places() {
        let files = [
            file("/etc/dhcp/a.conf", "a; include \"/etc/dhcp/b.conf\"; z;"),
            file("/etc/dhcp/b.conf", "b { c; } include \"/etc/dhcp/a.conf\"; include \"/missing\";"),
        ];
        let text = flattened(&files[0], &files);
        let words: Vec<&str> = text.split_whitespace().collect();
        assert_eq!(words.join(" "), "a; b { c; } z;");
    }

    #[test]
    fn vendor_classes_are_those_of_conditions() {
        let text = "if substring(option vendor-class-identifier, 0, 4) = \"ubnt\" { filename \"x\"; }
            option vendor-class-identifier \"PXEClient\"; if option user-class = \"iPXE\" { filename \"y\"; }";
        assert_eq!(vendor_classes(&[file("x", text)]), ["ubnt"]);
    }
}
