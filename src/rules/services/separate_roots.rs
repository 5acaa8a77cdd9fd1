//! `tftp_prefix: /` declares that the HTTP root and the TFTP root are one folder. If they are two, the web server
//! looks for every kernel in the wrong one: "No such file or directory" (404), while TFTP works.
//!
//! A web server that is configured by hand may join them, so this is a warning. Evidence: ipxegen renders a link
//! that joins the two for every other prefix.
//!
//! Fails:
//! ```yaml fails
//! http: { tftp_prefix: / }
//! ```
//! Passes:
//! ```yaml passes
//! http: { root: /srv/tftp, tftp_prefix: / }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "separate-roots",
        "`tftp_prefix: /` declares one root, and the HTTP and TFTP roots differ",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(http) = &site.http else { return };
    let own = http.boot_files.as_ref().map(|folder| ("folder of boot files", &folder.value));
    let Some((what, files)) = own.or_else(|| Some(("TFTP root", &site.tftp.as_ref()?.root))) else { return };
    let prefix = &http.tftp_prefix;
    if !prefix.value.is_empty() || http.root == *files {
        return;
    }
    let message =
        format!("`tftp_prefix: /` needs one root, and the HTTP root is {} and the {what} {files}", http.root);
    found.push(prefix.span, message, |finding| {
        finding.help(format!(
            "set both roots to one folder, or set `tftp_prefix` to the path of {files} over HTTP, such as /tftpboot"
        ))
    });
}
