//! A password on a kernel's command line stands in site.yaml, in every copy of it, and in the menu's
//! script, which whoever is on the network may fetch.
//!
//! `{ prefix: inst.vncpassword=, secret_file: secrets/vnc }` as an item of `cmdline` keeps it in a
//! file of its own, and in a script of the entry's own that only the web server may read. It still
//! goes over the network in clear, and the booted system shows it in /proc/cmdline.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: linux, kernel: linux, cmdline: [inst.vnc, inst.vncpassword=geheim] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { a: { kind: linux, kernel: linux, cmdline: [inst.vnc] } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("password-in-cmdline", "a command line has a password in clear"),
    cost: Cost::Low,
    check,
};

/// What the names of passwords hold, behind the last slash: `passwd/make-user` is none.
const NAMES: &[&str] = &["password", "passwd", "passphrase", "secret"];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in &site.entries {
        for argument in entry.arguments() {
            let Some((name, value)) = argument.value.split_once('=') else { continue };
            let last = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            // A setting of iPXE's stands elsewhere; what is empty is the prefix of a secret.
            let elsewhere = value.is_empty() || value.contains("${");
            if elsewhere || !NAMES.iter().any(|known| last.contains(known)) {
                continue;
            }
            let message = format!("`{name}=` of `{}` has a password in clear", entry.id);
            found.push(argument.span, message, |finding| {
                finding.help(format!("`{{ prefix: {name}=, secret_file: FILE }}` keeps it out of the menu"))
            });
        }
    }
}
