//! `filename` and `next-server` in the verbatim text of a subnet, group or host override the boot file and the
//! server that ipxegen names there, for every client. iPXE then gets the loader again instead of its script, and
//! loads itself for ever.
//!
//! In the `raw` of the site or of `dhcp`, they apply to every client for which no subnet has a value: to plain clients, to
//! kinds without a loader, and to subnets with `netboot: none`.
//!
//! Use `loaders` for the boot file of each kind of client, `ipxe.script` for the script, and `next_server` for the
//! server. Not reported are statements within `if`, `class` or `pool`, which apply to some clients only, and machines with
//! `netboot: none`. Evidence: dhcpd uses the last statement of the innermost scope (ISC DHCP 4.4.3, on the wire).
//!
//! Fails:
//! ```yaml fails
//! hosts: { pc: { mac: "52:54:00:00:00:01", raw: { dhcpd: 'filename "undionly.kpxe";' } } }
//! ```
//! Passes:
//! ```yaml passes
//! hosts: { pc: { mac: "52:54:00:00:00:01", loaders: { bios: undionly.kpxe } } }
//! ```

use foldhash::HashSet;

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

/// Subnets do not set it for most clients, and phones need it, so it is valid for the whole site.
const TFTP_SERVER_NAME: &[&str] = &["option", "tftp-server-name"];

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
    (TFTP_SERVER_NAME, "use `next_server` on the subnet"),
    (
        &["option", "vendor-class-identifier"],
        "remove it: ipxegen sends it to clients of UEFI HTTP boot, and no other client may get it",
    ),
];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = HashSet::default();
    let of_dhcp = site.dhcp.iter().flat_map(|dhcp| &dhcp.raw);
    for raw in site.raw.iter().chain(of_dhcp).filter(|raw| raw.output == "dhcpd") {
        for (words, help) in statements(&raw.text.value).filter(|(words, _)| *words != TFTP_SERVER_NAME) {
            let message = format!(
                "`{}` in verbatim text applies to every client for which ipxegen renders no value",
                words.join(" ")
            );
            found.push(raw.text.span, message, |finding| finding.help(help));
        }
    }
    let subnets = site.subnets.iter().filter(|subnet| subnet.boots()).map(|subnet| &subnet.handout);
    let handouts = subnets.chain(booting(site).map(|profile| &profile.handout));
    for raw in handouts.flat_map(|handout: &Handout| &handout.raw).filter(|raw| raw.output == "dhcpd") {
        if !said.insert(raw.text.span) {
            continue;
        }
        for (words, help) in statements(&raw.text.value) {
            let message = format!(
                "`{}` in verbatim text overrides the value that ipxegen renders here",
                words.join(" ")
            );
            found.push(raw.text.span, message, |finding| finding.help(help));
        }
    }
}

/// The statements of a text that the rule reports, each with the key to use instead.
fn statements(text: &str) -> impl Iterator<Item = (&'static [&'static str], &'static str)> {
    outermost(text).into_iter().filter_map(|statement| {
        let is = |words: &[&str]| {
            statement.len() > words.len()
                && words.iter().zip(&statement).all(|(known, word)| known.eq_ignore_ascii_case(word))
        };
        STATEMENTS.iter().find(|(words, _)| is(words)).copied()
    })
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
