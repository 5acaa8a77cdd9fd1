//! `tftp_prefix: /` says that the HTTP root and the TFTP root are one folder. Where they are two,
//! every kernel that iPXE asks for by HTTP is looked for in the wrong one: "No such file or
//! directory" (404), while TFTP works.
//!
//! A web server that is set up by hand may join them, so this is a warning. Evidence: a link that
//! joins the two is rendered for every other prefix.
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
        "the HTTP and the TFTP root are said to be one folder, and are two",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let (Some(http), Some(tftp)) = (&site.http, &site.tftp) else { return };
    let prefix = &http.tftp_prefix;
    if !prefix.value.is_empty() || http.root == tftp.root {
        return;
    }
    let message = format!("the HTTP root {} is said to be the TFTP root, which is {}", http.root, tftp.root);
    found.push(prefix.span, message, |finding| {
        finding.help(format!(
            "set both roots to one folder, or name the path where {} is seen over HTTP, such as /tftpboot",
            tftp.root
        ))
    });
}
