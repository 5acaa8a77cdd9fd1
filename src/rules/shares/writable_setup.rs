//! Windows' setup is run from a share, by an account whose name and password each client is told in
//! `startnet.cmd`. Where that account may write, whoever is on the network replaces what setup runs.
//!
//! Guests that may write are another rule's (`guest-writable-share`). Evidence: `startnet.cmd` is served to
//! whoever asks the web server.
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
    kind: FindingKind::warning("writable-setup", "the share that Windows' setup is run from is writable"),
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
            let finding = finding.and(entry.span, "tells each client the account");
            finding
                .help("share the folder a second time for those who write, and this one without `writable`")
        });
    }
}
