//! A password on a kernel's command line can be read in site.yaml, in every copy of it, and in the menu's script,
//! which every machine on the network can fetch.
//!
//! As an item of `cmdline`, `{ prefix: inst.rdp.password=, secret_file: secrets/rdp }` keeps the password in a file
//! of its own, and in a separate script for this entry that only the web server can read. It still travels over the
//! network in clear text, and the booted system shows it in /proc/cmdline.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: linux, kernel: linux, cmdline: [inst.rdp, inst.rdp.password=geheim] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { a: { kind: linux, kernel: linux, cmdline: [inst.rdp] } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("password-in-cmdline", "a command line contains a password in clear text"),
    cost: Cost::Low,
    check,
};

/// Words in the names of password arguments, behind the last slash: `passwd/make-user` is not one.
const NAMES: &[&str] = &["password", "passwd", "passphrase", "secret"];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in &site.entries {
        for argument in entry.arguments() {
            let Some((name, value)) = argument.value.split_once('=') else { continue };
            let last = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
            // The value is a setting of iPXE, or empty because a secret follows.
            let elsewhere = value.is_empty() || value.contains("${");
            if elsewhere || !NAMES.iter().any(|known| last.contains(known)) {
                continue;
            }
            let message = format!("`{name}=` of `{}` has a password in clear text", entry.id);
            found.push(argument.span, message, |finding| {
                finding.help(format!("`{{ prefix: {name}=, secret_file: FILE }}` keeps it out of the menu"))
            });
        }
    }
}
