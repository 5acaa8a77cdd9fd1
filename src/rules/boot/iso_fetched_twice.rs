//! casper takes the URL of its ISO from the argument `url=`. cloud-init reads the same argument as the URL of a
//! configuration, and fetches the ISO again, into memory. `cloud-config-url=/dev/null` gives cloud-init another URL.
//! Entries of kind `casper` and `subiquity` with `iso` have it already.
//!
//! Evidence: `parse_cmdline_url` in cloud-init's cloudinit/cmd/main.py reads `cloud-config-url`, then `url`. Releases
//! of 2022 and before fetch the whole file (canonical/cloud-init#3893). A user of 25.3 on Ubuntu 24.04 reports that it
//! was probably ended by the out-of-memory killer (canonical/cloud-init#6836).
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: linux, kernel: vmlinuz, initrd: initrd, cmdline: ["ip=dhcp", "url=http://10.0.0.5/u.iso"] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { a: { kind: casper, dir: a, iso: u.iso } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("iso-fetched-twice", "cloud-init fetches the ISO of a live system again"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in &site.entries {
        let is_iso = |argument: &str| argument.starts_with("url=") && argument.ends_with(".iso");
        let Some(argument) = entry.arguments().iter().find(|argument| is_iso(&argument.value)) else {
            continue;
        };
        if entry.texts().iter().any(|text| text.starts_with("cloud-config-url=")) {
            continue;
        }
        let message = format!("if the system of `{}` has cloud-init, it fetches this ISO twice", entry.id);
        found.push(argument.span, message, |finding| {
            finding.help("add the argument `cloud-config-url=/dev/null`: cloud-init reads `url=`, too")
        });
    }
}
