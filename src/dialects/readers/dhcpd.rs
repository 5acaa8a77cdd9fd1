//! How dhcpd reads a string.

/// `read_string` of common/conflex.c: what dhcpd takes for the string, and what is left behind it.
pub(super) fn read_string(literal: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut rest = literal.strip_prefix(b"\"")?;
    let mut decoded = Vec::new();
    loop {
        let (&byte, tail) = rest.split_first()?;
        rest = tail;
        match byte {
            b'"' => return Some((decoded, rest)),
            b'\\' => {
                let (&escape, tail) = rest.split_first()?;
                rest = tail;
                decoded.push(match escape {
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'n' => b'\n',
                    b'b' => 8,
                    b'0'..=b'3' => {
                        let mut value = escape - b'0';
                        for _ in 0..2 {
                            let (&digit, tail) = rest.split_first()?;
                            rest = tail;
                            value = value * 8 + digit.checked_sub(b'0').filter(|d| *d < 8)?;
                        }
                        value
                    }
                    other => other,
                });
            }
            0xff => return None,
            byte => decoded.push(byte),
        }
    }
}
