//! The script runs the hook before the menu. If the hook is the script itself, it runs itself for ever and never
//! shows the menu.
//!
//! Evidence: `chain` runs a script from its first line (iPXE's src/image/script.c), and the hook precedes the menu.
//!
//! Fails:
//! ```yaml fails
//! ipxe: { script: boot/menu.ipxe, hook: menu.ipxe }
//! ```
//! Passes:
//! ```yaml passes
//! ipxe: { script: boot/menu.ipxe, hook: before.ipxe }
//! ```

use crate::model::{Script, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("hook-is-script", "the script's hook is the script itself"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let (Some(hook), Script::Http(script) | Script::Tftp(script)) = (&site.ipxe.hook, &site.ipxe.script)
    else {
        return;
    };
    let own_url = site.subnets.iter().any(|subnet| subnet.script.as_ref() == Some(&hook.value));
    if own_url || from_script(script, &hook.value) == script.trim_start_matches('/') {
        found.push(hook.span, format!("the hook `{hook}` is the script itself"), |finding| {
            finding.help("it would run itself for ever; use another script, or remove `hook`")
        });
    }
}

/// The path of the hook below the root, as the script resolves it.
fn from_script(script: &str, hook: &str) -> String {
    if let Some(absolute) = hook.strip_prefix('/') {
        return absolute.to_owned();
    }
    let hook = hook.trim_start_matches("./");
    match script.trim_start_matches('/').rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/{hook}"),
        None => hook.to_owned(),
    }
}
