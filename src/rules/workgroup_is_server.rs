//! A workgroup and a machine share one table of NetBIOS names. A workgroup called like its server
//! takes that name, and Windows does not find the server.
//!
//! Evidence: testparm of Samba 4.17 says "'workgroup' and 'netbios name' must differ", with exit code
//! 0, and only on the machine that is so called.
//!
//! Fails:
//! ```yaml fails
//! smb: { workgroup: BOOT, shares: { iso: { path: /srv/iso } } }
//! ```
//! Passes:
//! ```yaml passes
//! smb: { workgroup: LAB, shares: { iso: { path: /srv/iso } } }
//! ```

use super::{Found, Rule};
use crate::model::Site;
use crate::report::Severity;

pub(super) const RULE: Rule = Rule {
    id: "workgroup-is-server",
    severity: Severity::Error,
    summary: "the workgroup is called like its server",
    check,
};

fn check(site: &Site<'_>, found: &mut Found<'_>) {
    let Some(smb) = &site.smb else { return };
    for server in smb.servers.iter().filter_map(|at| site.servers.get(*at)) {
        if smb.workgroup.value.eq_ignore_ascii_case(&server.name) {
            let message =
                format!("the workgroup `{}` is called like the server `{}`", smb.workgroup, server.name);
            found.push(server.span, message, |finding| {
                finding.help("NetBIOS has one table for both; give `smb.workgroup` another name")
            });
        }
    }
}
