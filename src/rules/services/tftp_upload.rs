//! With `--create`, every client may write files below the TFTP root. A client that replaces a loader or a kernel
//! there controls every machine that boots next. TFTP has no passwords.
//!
//! Evidence: in.tftpd(8), `--create`; RFC 1350 section 1.
//!
//! Fails:
//! ```yaml fails
//! tftp: { options: [--secure, --create] }
//! ```
//! Passes:
//! ```yaml passes
//! tftp: { options: [--secure] }
//! ```

use super::tftp_options::{OptionWord, words};
use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("tftp-upload", "every client may write below the TFTP root"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(tftp) = &site.tftp else { return };
    for (word, at) in words(tftp) {
        if matches!(word, OptionWord::Known("create")) {
            found.push(at.span, format!("every client may write files below {}", tftp.root), |finding| {
                finding.help("remove `--create`: machines boot the files of this folder")
            });
        }
    }
}
