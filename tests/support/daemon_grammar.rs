//! Small readers of the daemons' languages. They follow the daemons' own sources and share no code with the
//! program.

/// `dhcpd.conf`, as common/conflex.c reads it.
pub mod dhcpd {
    /// A token.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub enum Token {
        /// A word: names, numbers, addresses.
        Word(String),
        /// A string, decoded.
        Text(Vec<u8>),
        /// Anything else.
        Mark(char),
    }

    /// Takes a text apart.
    pub fn tokens(text: &[u8]) -> Result<Vec<Token>, String> {
        let mut tokens = Vec::new();
        let mut at = 0;
        while let Some(&byte) = text.get(at) {
            match byte {
                // The lexer takes it for the end of the file (read() gives EOF as -1 in a char).
                0xff => return Err(format!("0xff at {at} ends the file")),
                b' ' | b'\t' | b'\n' | b'\r' => at += 1,
                b'#' => at += text[at..].iter().position(|byte| *byte == b'\n').unwrap_or(text.len() - at),
                b'"' => {
                    let (string, end) = string(text, at + 1)?;
                    tokens.push(Token::Text(string));
                    at = end;
                }
                byte if word(byte) => {
                    let end = text[at..].iter().position(|byte| !word(*byte)).map_or(text.len(), |n| at + n);
                    tokens.push(Token::Word(String::from_utf8_lossy(&text[at..end]).into_owned()));
                    at = end;
                }
                byte => {
                    tokens.push(Token::Mark(char::from(byte)));
                    at += 1;
                }
            }
        }
        Ok(tokens)
    }

    fn word(byte: u8) -> bool {
        byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte)
    }

    fn string(text: &[u8], mut at: usize) -> Result<(Vec<u8>, usize), String> {
        let mut decoded = Vec::new();
        loop {
            let byte = *text.get(at).ok_or("a string is not closed")?;
            at += 1;
            match byte {
                b'"' => break,
                0xff => return Err("0xff in a string".to_owned()),
                b'\\' => {
                    let next = *text.get(at).ok_or("a string is not closed")?;
                    let octal = text.get(at..at + 3).filter(|digits| {
                        (b'0'..=b'3').contains(&digits[0])
                            && digits.iter().all(|digit| (b'0'..=b'7').contains(digit))
                    });
                    match (next, octal) {
                        (_, Some(digits)) => {
                            decoded.push(
                                digits
                                    .iter()
                                    .fold(0, |value: u8, digit| value.wrapping_mul(8) + (digit - b'0')),
                            );
                            at += 3;
                        }
                        (b'0'..=b'3', None) => return Err("an octal escape without three digits".to_owned()),
                        (b't' | b'r' | b'n' | b'b' | b'x', _) => {
                            return Err("an escape that we never write".to_owned());
                        }
                        (other, _) => {
                            decoded.push(other);
                            at += 1;
                        }
                    }
                }
                byte => decoded.push(byte),
            }
        }
        if decoded.len() > 1499 {
            return Err("a string of more than 1499 bytes".to_owned());
        }
        Ok((decoded, at))
    }

    /// Every string right after these words.
    pub fn after(tokens: &[Token], words: &[&str]) -> Vec<Vec<u8>> {
        let fits = |window: &[Token]| {
            window.iter().zip(words).all(|(token, word)| *token == Token::Word((*word).to_owned()))
        };
        let found = tokens.windows(words.len() + 2).filter(|window| fits(window));
        let text = |window: &[Token]| match &window[words.len()..] {
            [Token::Text(text), Token::Mark(';')] => Some(text.clone()),
            _ => None,
        };
        found.filter_map(text).collect()
    }

    /// The kinds of blocks and statements in a text and their numbers, which an injection would change.
    pub fn shape(tokens: &[Token]) -> Vec<String> {
        let mut shape = Vec::new();
        let mut start = true;
        for token in tokens {
            match token {
                Token::Word(word) if start => shape.push(word.clone()),
                Token::Mark(mark @ ('{' | '}')) => shape.push(mark.to_string()),
                _ => {}
            }
            start = matches!(token, Token::Mark('{' | '}' | ';'));
        }
        shape
    }
}

/// `/etc/exports`, as support/nfs/xio.c and exports.c of nfs-utils read it.
pub mod exports {
    /// A line: a folder, its clients and their options.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Export {
        /// The folder.
        pub path: Vec<u8>,
        /// Clients and their options.
        pub clients: Vec<(String, Vec<String>)>,
    }

    const FLAGS: &[&str] = &[
        "ro",
        "rw",
        "sync",
        "async",
        "secure",
        "insecure",
        "wdelay",
        "no_wdelay",
        "hide",
        "nohide",
        "crossmnt",
        "nocrossmnt",
        "root_squash",
        "no_root_squash",
        "all_squash",
        "no_all_squash",
        "subtree_check",
        "no_subtree_check",
        "secure_locks",
        "insecure_locks",
        "auth_nlm",
        "no_auth_nlm",
        "acl",
        "no_acl",
        "pnfs",
        "no_pnfs",
        "nordirplus",
        "security_label",
        "mountpoint",
        "mp",
    ];
    const VALUES: &[&str] =
        &["anonuid=", "anongid=", "fsid=", "mountpoint=", "mp=", "refer=", "replicas=", "sec="];

    /// Reads a file.
    pub fn read(text: &[u8]) -> Result<Vec<Export>, String> {
        let mut exports = Vec::new();
        let mut rest = text;
        loop {
            let (fields, more) = line(rest)?;
            if let Some((path, clients)) = fields.split_first() {
                if path.first() != Some(&b'/') {
                    return Err(format!("not a path: {}", String::from_utf8_lossy(path)));
                }
                if clients.is_empty() {
                    return Err(format!("exported to the world: {}", String::from_utf8_lossy(path)));
                }
                let clients = clients.iter().map(|field| client(field)).collect::<Result<_, _>>()?;
                exports.push(Export { path: path.clone(), clients });
            }
            match more {
                Some(more) => rest = more,
                None => return Ok(exports),
            }
        }
    }

    /// The fields of one line, and what follows it.
    type Line<'t> = (Vec<Vec<u8>>, Option<&'t [u8]>);

    fn line(text: &[u8]) -> Result<Line<'_>, String> {
        let mut fields = Vec::new();
        let mut at = 0;
        loop {
            match text.get(at) {
                None => return Ok((fields, None)),
                Some(b'\n') => return Ok((fields, text.get(at + 1..))),
                Some(b' ' | b'\t' | b'\r') => at += 1,
                // A comment only where a token could begin.
                Some(b'#') => match text[at..].iter().position(|byte| *byte == b'\n') {
                    Some(end) => return Ok((fields, text.get(at + end + 1..))),
                    None => return Ok((fields, None)),
                },
                Some(_) => {
                    let (field, end) = token(text, at)?;
                    fields.push(field);
                    at = end;
                }
            }
        }
    }

    fn token(text: &[u8], mut at: usize) -> Result<(Vec<u8>, usize), String> {
        let mut out: Vec<u8> = Vec::new();
        let mut quoted = false;
        while let Some(&byte) = text.get(at) {
            if !quoted && b" \t\r\n".contains(&byte) {
                break;
            }
            at += 1;
            if byte == b'"' {
                quoted = !quoted;
                continue;
            }
            out.push(byte);
            // Decoding looks back at what was written, so that an escape may come of an escape.
            if let [.., b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7'] = out.as_slice() {
                let byte = (a - b'0') * 64 + (b - b'0') * 8 + (c - b'0');
                out.truncate(out.len() - 4);
                out.push(byte);
            }
        }
        if quoted {
            return Err("an odd quote takes the next lines along".to_owned());
        }
        Ok((out, at))
    }

    fn client(field: &[u8]) -> Result<(String, Vec<String>), String> {
        let text = String::from_utf8(field.to_vec()).map_err(|_| "a client that is not UTF-8")?;
        if text.len() > 511 {
            return Err(format!("a client of more than 511 bytes: {text}"));
        }
        let (name, options) =
            text.split_once('(').ok_or_else(|| format!("a client without options: {text}"))?;
        let options = options.strip_suffix(')').ok_or_else(|| format!("options are not closed: {text}"))?;
        if name.is_empty() || name == "*" {
            return Err(format!("exported to the world: {text}"));
        }
        let options: Vec<String> = options.split(',').map(str::to_owned).collect();
        for option in &options {
            let known =
                FLAGS.contains(&option.as_str()) || VALUES.iter().any(|value| option.starts_with(value));
            if !known {
                return Err(format!("exportfs knows no option `{option}`"));
            }
        }
        Ok((name.to_owned(), options))
    }

    #[test]
    fn the_reader_knows_the_traps() {
        let path = |text: &str| read(format!("{text} h(ro)\n").as_bytes()).map(|all| all[0].path.clone());
        assert_eq!(path("/a\\040b"), Ok(b"/a b".to_vec()));
        assert_eq!(path("\"/a b\""), Ok(b"/a b".to_vec()));
        assert_eq!(path("/a#b"), Ok(b"/a#b".to_vec()));
        // Twice decoded: a backslash and three digits behind it.
        assert_eq!(path("/x\\134040y"), Ok(b"/x y".to_vec()));
        for text in
            ["/a", "/a *(rw)", "/a h (rw)", "/a h(rw", "/a h(frob)", "a h(ro)", "/a \"h(ro)", "/a (ro)"]
        {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
    }
}

/// `smb.conf`, as lib/util/tini.c of Samba reads it.
pub mod smb {
    const BLANKS: [char; 2] = [' ', '\t'];

    /// Sections with their parameters, in file order.
    pub type Sections = Vec<(String, Vec<(String, String)>)>;

    /// Reads a file.
    pub fn read(text: &str) -> Result<Sections, String> {
        let mut sections: Sections = Vec::new();
        let mut joined = String::new();
        for line in text.split('\n') {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let comment = joined.is_empty() && line.trim_start_matches(BLANKS).starts_with(['#', ';']);
            if !comment && line.trim_end_matches(BLANKS).ends_with('\\') {
                joined += line.trim_end_matches(BLANKS).trim_end_matches('\\');
                continue;
            }
            let line = std::mem::take(&mut joined) + line;
            let line = line.trim_matches(BLANKS);
            if line.is_empty() || comment {
                continue;
            }
            if let Some(rest) = line.strip_prefix('[') {
                let (name, _) = rest.split_once(']').ok_or("a section is not closed")?;
                sections.push((squeezed(name), Vec::new()));
                continue;
            }
            let (key, value) = line.split_once('=').ok_or_else(|| format!("ignored: {line}"))?;
            let section = sections.last_mut().ok_or("a parameter before the first section")?;
            section.1.push((squeezed(key), squeezed(value)));
        }
        Ok(sections)
    }

    fn squeezed(text: &str) -> String {
        text.split(BLANKS).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    }
}
