//! How exportfs reads a path.

/// `xgettok` of support/nfs/xio.c: the first token, quotes dropped and `\ooo` decoded by looking
/// back over what is already decoded.
pub(super) fn first_token(line: &[u8]) -> Vec<u8> {
    let mut token: Vec<u8> = Vec::new();
    let mut quoted = false;
    for &byte in line {
        if byte == b'"' {
            quoted = !quoted;
            continue;
        }
        if !quoted && (byte.is_ascii_whitespace() || (byte == b'#' && token.is_empty())) {
            break;
        }
        token.push(byte);
        if let Some([b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7']) = token.last_chunk::<4>() {
            let decoded = (a - b'0') * 64 + (b - b'0') * 8 + (c - b'0');
            token.truncate(token.len() - 4);
            token.push(decoded);
        }
    }
    token
}
