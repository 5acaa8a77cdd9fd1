//! Workgroups and machines share one table of NetBIOS names. If a workgroup has the name of its server, it takes
//! that name, and Windows does not find the server.
//!
//! The rule does not apply if `raw` gives the server another `netbios name` or has `disable netbios`. Evidence:
//! testparm of Samba 4.17 says "'workgroup' and 'netbios name' must differ", with exit code 0, and only on the
//! machine with that name.
//!
//! Fails:
//! ```yaml fails
//! smb: { workgroup: BOOT, shares: { iso: { path: /srv/iso } } }
//! ```
//! Passes:
//! ```yaml passes
//! smb: { workgroup: LAB, shares: { iso: { path: /srv/iso } } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("workgroup-is-server", "the workgroup has the name of its server"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(smb) = &site.smb else { return };
    // With a `netbios name` in `raw`, or without NetBIOS, the server's name does not matter.
    if smb.raw.iter().any(|raw| raw.text.value.lines().any(is_netbios)) {
        return;
    }
    for server in smb.servers.iter().filter_map(|at| site.servers.get(*at)) {
        if smb.workgroup.value.eq_ignore_ascii_case(&server.name) {
            let message = format!(
                "the workgroup `{}` has the same name as the server `{}`",
                smb.workgroup, server.name
            );
            found.push(server.span, message, |finding| {
                finding.help("NetBIOS has one table for both; change `smb.workgroup`")
            });
        }
    }
}

/// Whether a line of smb.conf sets the server's NetBIOS name or disables NetBIOS. Samba ignores case and blanks in the
/// names of parameters.
fn is_netbios(line: &str) -> bool {
    let name = line.split_once('=').map_or("", |(name, _)| name);
    let name: String = name.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    name == "netbiosname" || name == "disablenetbios"
}
