//! An entry that starts by itself must boot a system. If it reboots the machine, or loads this script again, the
//! machine never gets further.
//!
//! Checked are the menu's default if there is a timeout, and every `boot` with `autoboot`. Evidence:
//! warewulf/warewulf#1146, xcat2/xcat-core#7645, ipxe/ipxe#913.
//!
//! Fails:
//! ```yaml fails
//! menu: { default: reboot, timeout: 10s, items: [reboot, shell] }
//! ```
//! Passes:
//! ```yaml passes
//! menu: { default: local, timeout: 10s, items: [local, reboot, shell] }
//! ```

use crate::model::{Entry, EntryKind, Script, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error("boot-loop", "an entry that starts by itself loops for ever"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.has_menu() {
        return;
    }
    let menu = &site.menu;
    let default = menu.default.and_then(|at| site.entries.get(at));
    if let (Some(entry), Some(timeout)) = (default, menu.timeout_span.filter(|_| menu.timeout > 0)) {
        say(site, entry, menu.default_span.unwrap_or(entry.span), Some(timeout), found);
    }
    let classes = site.classes.iter().map(|class| &class.handout);
    for handout in classes.chain(site.profiles.iter().map(|profile| &profile.handout)) {
        let Some(auto) = handout.autoboot.as_ref().filter(|auto| auto.value) else { continue };
        let Some(boot) = &handout.boot else { continue };
        let Some(entry) = site.entries.iter().find(|entry| entry.id == boot.value) else { continue };
        say(site, entry, boot.span, Some(auto.span), found);
    }
}

fn say(site: &Site<'_>, entry: &Entry, span: Span, by_itself: Option<Span>, found: &mut Findings<'_>) {
    let what = match &entry.kind {
        EntryKind::Reboot(_) => "restarts the machine",
        EntryKind::Chain(chain) if is_own_script(site, entry, &chain.url) => "loads this script again",
        _ => return,
    };
    found.push(
        span,
        format!("`{}` starts by itself and {what}: the machine never gets further", entry.id),
        |finding| {
            let finding =
                by_itself.map_or_else(|| finding.clone(), |at| finding.clone().and(at, "starts it"));
            finding.help("preselect an entry that boots something, such as `local`")
        },
    );
}

fn is_own_script(site: &Site<'_>, entry: &Entry, url: &str) -> bool {
    match &site.ipxe.script {
        Script::Tftp(path) => entry.files.iter().any(|file| file.path == *path),
        _ => site.subnets.iter().any(|subnet| subnet.script.as_deref() == Some(url)),
    }
}
