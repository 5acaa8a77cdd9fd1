//! Domain names as DHCP sends them (RFC 3397): compressed, and maybe broken on purpose.

/// The names; `None` if they are broken.
#[must_use]
pub fn domain_names(bytes: &[u8]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (name, behind) = name(bytes, at)?;
        names.push(name);
        at = behind;
    }
    Some(names)
}

/// The name at a place, and the place behind it.
fn name(bytes: &[u8], start: usize) -> Option<(String, usize)> {
    // RFC 1035, 2.3.4.
    const LONGEST: usize = 255;
    let (mut name, mut at, mut behind) = (String::new(), start, None);
    loop {
        let length = usize::from(*bytes.get(at)?);
        match length {
            0 => return Some((name, behind.unwrap_or(at + 1))),
            1..=63 => {
                let label = std::str::from_utf8(bytes.get(at + 1..=at + length)?).ok()?;
                if !name.is_empty() {
                    name.push('.');
                }
                name.push_str(label);
                at += length + 1;
            }
            // A pointer leads backwards, so that no chain of them is endless.
            0xc0.. => {
                let to = (length & 0x3f) << 8 | usize::from(*bytes.get(at + 1)?);
                behind = behind.or(Some(at + 2));
                at = (to < at).then_some(to)?;
            }
            _ => return None,
        }
        if name.len() > LONGEST {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::domain_names;

    #[test]
    fn names_may_be_compressed() {
        let names = domain_names(b"\x03lab\x07example\0\x02pc\xc0\x04").unwrap();
        assert_eq!(names, ["lab.example", "pc.example"]);
    }

    #[test]
    fn loops_end() {
        assert_eq!(domain_names(b"\xc0\x00"), None);
        assert_eq!(domain_names(b"\x01a\xc0\x00"), None);
        assert_eq!(domain_names(b"\x03ab"), None);
        assert_eq!(domain_names(b"\x80"), None);
    }
}
