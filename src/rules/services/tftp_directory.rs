//! in.tftpd takes each word that is not an option for a directory. With `--secure` it accepts exactly one, the TFTP
//! root, and does not start with two.
//!
//! Evidence: tftpd-hpa 5.2 exits with 64; the init script says "exactly one directory".
//!
//! Fails:
//! ```yaml fails
//! tftp: { root: /srv/tftp, options: [--secure, /srv/more] }
//! ```
//! Passes:
//! ```yaml passes
//! tftp: { root: /srv/tftp, options: [--secure, --map-file, /etc/tftpd.map] }
//! ```

use super::tftp_options::{OptionWord, words};
use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("tftp-directory", "in.tftpd is given more than one directory"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(tftp) = &site.tftp else { return };
    let words = words(tftp);
    if !words.iter().any(|(word, _)| matches!(word, OptionWord::Known("secure"))) {
        return;
    }
    for (word, at) in words {
        let OptionWord::Directory(word) = word else { continue };
        let message = format!("in.tftpd takes `{word}` for a directory beside {}", tftp.root);
        found.push(at.span, message, |finding| {
            finding.help("with `--secure` there is only one directory, the `root`; options begin with `-`")
        });
    }
}
