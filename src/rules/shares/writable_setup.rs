//! Windows' setup runs from a share, with an account whose name and password every client gets in `startnet.cmd`.
//! If that account may write, any machine on the network can replace the programs that setup runs.
//!
//! `guest-writable-share` reports guests that may write. Evidence: the web server gives `startnet.cmd` to every
//! client that asks.
//!
//! Fails:
//! ```yaml fails
//! smb: { shares: { win: { path: /srv/win, users: [setup], writable: true } } }
//! boot_entries: { windows: { kind: winpe, dir: pe, share: win, user: setup, only_for: efi_x64 } }
//! ```
//! Passes:
//! ```yaml passes
//! smb: { shares: { win: { path: /srv/win, users: [setup] } } }
//! boot_entries: { windows: { kind: winpe, dir: pe, share: win, user: setup, only_for: efi_x64 } }
//! ```

use crate::model::{ShareAccount, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("writable-setup", "Windows' setup runs from a writable share"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(smb) = &site.smb else { return };
    for share in smb.shares.iter().filter(|share| share.writable.value && !share.guest.value) {
        let uses = |account: &ShareAccount| account.share.eq_ignore_ascii_case(&share.name.value);
        let user = site.entries.iter().find(|entry| entry.share_account().is_some_and(uses));
        let Some(entry) = user else { continue };
        let message =
            format!("`{}` runs Windows' setup from the writable share `{}`", entry.id, share.name.value);
        found.push(share.writable.span, message, |finding| {
            let finding = finding.and(entry.span, "gives each client the account");
            finding.help("remove `writable` here, and share the folder a second time for those who write")
        });
    }
}
