//! in.tftpd starts despite an option that it does not know: it logs a line and ignores the option.
//!
//! Evidence: tftpd-hpa 5.2 logs "Unknown option" and goes on; the options are those of its in.tftpd(8).
//!
//! Fails:
//! ```yaml fails
//! tftp: { options: [--secure, --read-only] }
//! ```
//! Passes:
//! ```yaml passes
//! tftp: { options: [--secure, --blocksize, 1468] }
//! ```

use crate::model::{Site, Spanned, Tftp};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("tftp-options", "in.tftpd does not know an option"),
    cost: Cost::Low,
    check,
};

/// Options of in.tftpd: long, short, and whether a value follows.
pub const OPTIONS: &[(&str, char, bool)] = &[
    ("ipv4", '4', false),
    ("ipv6", '6', false),
    ("listen", 'l', false),
    ("foreground", 'L', false),
    ("address", 'a', true),
    ("create", 'c', false),
    ("secure", 's', false),
    ("user", 'u', true),
    ("umask", 'U', true),
    ("permissive", 'p', false),
    ("pidfile", 'P', true),
    ("timeout", 't', true),
    ("retransmit", 'T', true),
    ("map-file", 'm', true),
    ("map-steps", '\0', true),
    ("verbose", 'v', false),
    ("verbosity", '\0', true),
    ("refuse", 'r', true),
    ("blocksize", 'B', true),
    ("port-range", 'R', true),
    ("version", 'V', false),
];

/// One word of the options.
pub enum OptionWord<'s> {
    /// An option, by its long name.
    Known(&'static str),
    /// Unknown to in.tftpd.
    Unknown(&'s str),
    /// Neither an option nor the value of one: in.tftpd takes it for a directory.
    Directory(&'s str),
}

/// The options, taken apart as getopt does.
pub fn words(tftp: &Tftp) -> Vec<(OptionWord<'_>, &Spanned<String>)> {
    let mut all = Vec::new();
    let mut value = false;
    for option in &tftp.options {
        let word = option.value.as_str();
        if std::mem::take(&mut value) {
            continue;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, given) = long.split_once('=').map_or((long, false), |(name, _)| (name, true));
            match OPTIONS.iter().find(|(known, ..)| *known == name) {
                Some((known, _, takes)) => {
                    value = *takes && !given;
                    all.push((OptionWord::Known(known), option));
                }
                None => all.push((OptionWord::Unknown(word), option)),
            }
        } else if let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) {
            for (at, letter) in short.char_indices() {
                let Some((known, _, takes)) = OPTIONS.iter().find(|(_, known, _)| *known == letter) else {
                    all.push((OptionWord::Unknown(word), option));
                    break;
                };
                all.push((OptionWord::Known(known), option));
                if *takes {
                    value = at + letter.len_utf8() == short.len();
                    break;
                }
            }
        } else {
            all.push((OptionWord::Directory(word), option));
        }
    }
    all
}

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(tftp) = &site.tftp else { return };
    for (word, at) in words(tftp) {
        let OptionWord::Unknown(word) = word else { continue };
        found.push(at.span, format!("in.tftpd has no option `{word}`"), |finding| {
            finding.help("in.tftpd logs the option and ignores it; in.tftpd(8) lists the options")
        });
    }
}
