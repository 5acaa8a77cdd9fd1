//! If in.tftpd runs as root, it serves files that only root may read, and with `--create` it writes any file below
//! its root directory.
//!
//! Evidence: in.tftpd(8), "--user": it changes to that user once it has its socket and its root directory, so it
//! does not need root afterwards. tftpd-hpa's own user is `tftp`.
//!
//! Fails:
//! ```yaml fails
//! tftp: { user: root }
//! ```
//! Passes:
//! ```yaml passes
//! tftp: { user: tftp }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule =
    Rule { kind: FindingKind::warning("tftp-as-root", "in.tftpd runs as root"), cost: Cost::Low, check };

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(tftp) = &site.tftp else { return };
    let mut spans = Vec::new();
    if tftp.user.value == "root" {
        spans.push(tftp.user.span);
    }
    let mut value = false;
    for option in &tftp.options {
        let word = option.value.as_str();
        if (std::mem::take(&mut value) && word == "root") || ["--user=root", "-uroot"].contains(&word) {
            spans.push(option.span);
        }
        value = ["--user", "-u"].contains(&word);
    }
    for span in spans {
        found.push(span, "in.tftpd would run as root", |finding| {
            finding.help("remove `user`, which is `tftp` by default; the files must be readable by everybody")
        });
    }
}
