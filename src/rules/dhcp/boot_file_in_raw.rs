//! `filename` and `next-server` in the verbatim text of a subnet, group or host override the boot file and the
//! server that ipxegen names there, for every client. iPXE then gets the loader again instead of its script, and
//! loads itself for ever.
//!
//! Use `loaders` for the boot file of each kind of client, `ipxe.script` for the script, and `next_server` for the
//! server. Not reported are statements within `if`, `class` or `pool`, which apply to some clients only, machines
//! with `netboot: none`, and the outermost scope, where the statements of the subnets win. Evidence: dhcpd uses the
//! last statement of the innermost scope (ISC DHCP 4.4.3, on the wire).
//!
//! Fails:
//! ```yaml fails
//! hosts: { pc: { mac: "52:54:00:00:00:01", raw: { dhcpd: 'filename "undionly.kpxe";' } } }
//! ```
//! Passes:
//! ```yaml passes
//! hosts: { pc: { mac: "52:54:00:00:00:01", loaders: { bios: undionly.kpxe } } }
//! ```

use rustc_hash::FxHashSet;

use crate::dialects::dhcpd::lexer::{PartKind, parts};
use crate::model::{Handout, Netboot, Profile, Site, Subnet};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "boot-file-in-raw",
        "verbatim text for dhcpd overrides the boot file or the server",
    ),
    cost: Cost::Low,
    check,
};

/// Statements, and the key to use instead.
const STATEMENTS: &[(&[&str], &str)] = &[
    (
        &["filename"],
        "use `loaders` for the boot file of each kind of client and `ipxe.script` for the script; use `netboot: none` for machines that do not boot from here",
    ),
    (&["next-server"], "use `next_server` on the subnet"),
    (
        &["option", "bootfile-name"],
        "use `loaders` for the boot file of each kind of client, and `ipxe.script` for the script",
    ),
    (&["option", "tftp-server-name"], "use `next_server` on the subnet"),
    (
        &["option", "vendor-class-identifier"],
        "remove it: ipxegen sends it to clients of UEFI HTTP boot, and no other client may get it",
    ),
];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = FxHashSet::default();
    let subnets = site.subnets.iter().filter(|subnet| subnet.boots()).map(|subnet| &subnet.handout);
    let handouts = subnets.chain(booting(site).map(|profile| &profile.handout));
    for raw in handouts.flat_map(|handout: &Handout| &handout.raw).filter(|raw| raw.output == "dhcpd") {
        if !said.insert(raw.text.span) {
            continue;
        }
        for statement in outermost(&raw.text.value) {
            let is = |words: &[&str]| {
                statement.len() > words.len()
                    && words.iter().zip(&statement).all(|(known, word)| known.eq_ignore_ascii_case(word))
            };
            let Some((words, help)) = STATEMENTS.iter().find(|(words, _)| is(words)) else { continue };
            let message = format!(
                "`{}` in verbatim text overrides the value that ipxegen renders here",
                words.join(" ")
            );
            found.push(raw.text.span, message, |finding| finding.help(*help));
        }
    }
}

/// The profiles of machines that boot from here.
fn booting<'s>(site: &'s Site<'_>) -> impl Iterator<Item = &'s Profile> {
    let mut used = vec![false; site.profiles.len()];
    if site.profiles.iter().any(|profile| !profile.handout.raw.is_empty()) {
        for host in &site.hosts {
            let boots = site.subnet_of(host).is_none_or(Subnet::boots);
            if let Some(used) = used.get_mut(host.profile as usize).filter(|_| boots) {
                *used = true;
            }
        }
    }
    let used = site.profiles.iter().zip(used).filter_map(|(profile, used)| used.then_some(profile));
    used.filter(|profile| profile.netboot != Some(Netboot::None))
}

/// The words of the statements outside of blocks.
fn outermost(text: &str) -> Vec<Vec<&str>> {
    let statements = parts(text).filter(|part| part.kind == PartKind::Statement && part.depth == 0);
    statements.map(|part| part.words().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::outermost;

    #[test]
    fn blocks_are_left_out() {
        let text = "a \"x; {\"; if b { filename \"c\"; } # d;\nclass \"e\" {\n f g;\n}\nh i j;";
        assert_eq!(outermost(text), [vec!["a", "\"x; {\""], vec!["h", "i", "j"]]);
    }
}
