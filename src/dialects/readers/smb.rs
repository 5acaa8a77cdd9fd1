//! How Samba reads a line of smb.conf.

/// `tini_parse` of lib/util/tini.c, for one line: the value that Samba reads.
pub(super) fn read_value(line: &str) -> Option<String> {
    let mut squeezed = String::new();
    // isspace() of bytes: U+2000 is none.
    let blank = |c: char| c.is_ascii_whitespace();
    for c in line.trim_start_matches(blank).chars() {
        if !(blank(c) && squeezed.ends_with(blank)) {
            squeezed.push(c);
        }
    }
    if squeezed.starts_with(['#', ';']) || squeezed.trim_end_matches(blank).ends_with('\\') {
        return None;
    }
    squeezed.split_once('=').map(|(_, value)| value.trim_matches(blank).to_owned())
}
