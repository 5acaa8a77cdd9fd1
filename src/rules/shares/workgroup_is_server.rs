//! A workgroup and a machine share one table of NetBIOS names. A workgroup called like its server
//! takes that name, and Windows does not find the server.
//!
//! Silent where `raw` gives the server a `netbios name` of its own, or has `disable netbios`.
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

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("workgroup-is-server", "the workgroup is called like its server"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(smb) = &site.smb else { return };
    // With a name of its own, or without NetBIOS, that of the server does not count.
    if smb.raw.iter().any(|raw| raw.text.value.lines().any(is_netbios)) {
        return;
    }
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

/// Whether a line of smb.conf says what the server is called in NetBIOS, or that it is not. Samba reads
/// names of parameters without regard to case and blanks.
fn is_netbios(line: &str) -> bool {
    let name = line.split_once('=').map_or("", |(name, _)| name);
    let name: String = name.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    name == "netbiosname" || name == "disablenetbios"
}
