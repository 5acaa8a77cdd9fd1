//! in.tftpd starts despite an option that it does not know: it logs a line and ignores the option.
//!
//! Evidence: tftpd-hpa 5.2 and 7.2 log "Unknown option" and go on; the options are those of their in.tftpd(8). Debian 14 has
//! 7.2, the other systems 5.2.
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

/// The options that in.tftpd 7.2 has and 5.2 has not. A value of `normalize`, `stderr` and `stdout` is behind a `=`.
const NEWER: &[(&str, char, bool)] = &[
    ("service", 'S', true),
    ("port", '\0', true),
    ("read-only", '\0', false),
    ("ro", '\0', false),
    ("max-upload", '\0', true),
    ("max-size", '\0', true),
    ("chroot", '\0', false),
    ("jail", 'j', false),
    ("validate", '\0', false),
    ("path-prefix", '\0', true),
    ("map-test", '\0', true),
    ("normalize", '\0', false),
    ("reject", '\0', true),
    ("refuse-all", '\0', false),
    ("reject-all", '\0', false),
    ("windowsize", 'W', true),
    ("window-bytes", '\0', true),
    ("ports", '\0', true),
    ("syslog", '\0', false),
    ("stderr", '\0', false),
    ("stdout", '\0', false),
    ("logfile", '\0', true),
    ("logformat", '\0', true),
    ("systemd", '\0', false),
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
            match OPTIONS.iter().chain(NEWER).find(|(known, ..)| *known == name) {
                Some((known, _, takes)) => {
                    value = *takes && !given;
                    all.push((OptionWord::Known(known), option));
                }
                None => all.push((OptionWord::Unknown(word), option)),
            }
        } else if let Some(short) = word.strip_prefix('-').filter(|short| !short.is_empty()) {
            for (at, letter) in short.char_indices() {
                let mut all_options = OPTIONS.iter().chain(NEWER);
                let Some((known, _, takes)) = all_options.find(|(_, known, _)| *known == letter) else {
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
    let mut servers = tftp.servers.iter().filter_map(|at| site.servers.get(*at));
    let older = servers.find(|server| server.os.as_ref().is_none_or(|os| os.value.has_tftpd_defaults()));
    for (word, at) in words(tftp) {
        match (word, older) {
            (OptionWord::Unknown(word), _) => {
                found.push(at.span, format!("in.tftpd has no option `{word}`"), |finding| {
                    finding.help("in.tftpd logs the option and ignores it; in.tftpd(8) lists the options")
                });
            }
            (OptionWord::Known(name), Some(server)) if NEWER.iter().any(|(newer, ..)| *newer == name) => {
                let message = format!("in.tftpd 5.2 has no option `{}`", at.value);
                found.push(at.span, message, |finding| {
                    let help = "in.tftpd logs the option and ignores it; Debian 14 has 7.2, which knows it";
                    match &server.os {
                        Some(os) => finding.and(os.span, "this system has 5.2").help(help),
                        None => finding.help(format!("{help} (`os: debian-14` on `{}`)", server.name)),
                    }
                });
            }
            _ => {}
        }
    }
}
