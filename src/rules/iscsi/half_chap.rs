//! CHAP requires a user and a password, and the account of the target (`reverse_chap`) also requires that of the
//! machine. iPXE rejects an incomplete account (`EINVAL_BAD_CREDENTIAL_MIX`) and does not connect.
//!
//! Checked are root-paths, and `ipxe.username`, `password_file` and their `reverse_` counterparts, in a subnet and
//! in a host together with its subnet. Evidence: iscsi_check_credentials in iPXE's src/net/tcp/iscsi.c.
//!
//! Fails:
//! ```yaml fails
//! hosts: { pc: { mac: "52:54:00:00:00:01", ipxe: { username: pc } } }
//! ```
//! Passes: `ipxe: { username: pc, password_file: secrets/pc }`.

use foldhash::HashSet;

use crate::model::{Handout, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("half-chap", "an account for iSCSI is not whole"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.gaps.accounts {
        return;
    }
    let none = Handout::default();
    let mut wrong = HashSet::default();
    for (at, subnet) in site.subnets.iter().enumerate().filter(|(_, subnet)| subnet.boots()) {
        if let Some(missing) = missing(&subnet.handout, &none) {
            wrong.insert(at);
            let message =
                format!("iPXE gets an incomplete account on the subnet `{}`: {missing}", subnet.name.value);
            found.push(subnet.name.span, message, |finding| finding.help(HELP));
        }
    }
    for class in site.classes.iter().filter(|class| !class.handout.ipxe.is_empty()) {
        let mut outer = class.here.iter().filter(|here| !wrong.contains(&here.subnet));
        let missing = outer.find_map(|here| {
            let subnet = site.subnets.get(here.subnet).filter(|subnet| subnet.boots())?;
            missing(&subnet.handout, &class.handout)
        });
        if let Some(missing) = missing {
            let name = &class.name;
            let message = format!("iPXE gets an incomplete account in the class `{}`: {missing}", name.value);
            found.push(name.span, message, |finding| finding.help(HELP));
        }
    }
    for (host, _, more) in site.disks_with_more() {
        if let (None, Some(reverse)) = (&more.chap, &more.reverse_chap) {
            let message = format!("the host `{}` has `reverse_chap` and no `chap`", host.name);
            found.push(reverse.span, message, |finding| {
                finding
                    .and(host.span, "this host")
                    .help("a target authenticates only to a machine that has authenticated: add `chap`")
            });
        }
    }
    if site.profiles.iter().all(|profile| profile.handout.ipxe.is_empty()) {
        return;
    }
    let mut seen = HashSet::default();
    for host in &site.hosts {
        if !seen.insert((host.profile, host.subnet)) {
            continue;
        }
        let Some(profile) = site.profile(host).filter(|profile| !profile.handout.ipxe.is_empty()) else {
            continue;
        };
        let subnet = match host.subnet {
            Some(at) if wrong.contains(&(at as usize)) => continue,
            Some(at) => site.subnets.get(at as usize),
            None => site.subnets.first().filter(|_| site.subnets.len() == 1),
        };
        let outer = subnet.map_or(&none, |subnet| &subnet.handout);
        if let Some(missing) = missing(outer, &profile.handout) {
            let message = format!("iPXE gets an incomplete account on the host `{}`: {missing}", host.name);
            found.push(host.span, message, |finding| finding.help(HELP));
        }
    }
}

const HELP: &str = "an account needs `username` and `password_file`; `reverse_username` and `reverse_password_file` are optional in addition";

/// The part of the two accounts that is missing.
fn missing(outer: &Handout, inner: &Handout) -> Option<&'static str> {
    let has = |name: &str| outer.ipxe.iter().chain(&inner.ipxe).any(|(known, _)| *known == name);
    let (user, password) = (has("username"), has("password"));
    let (reverse_user, reverse_password) = (has("reverse-username"), has("reverse-password"));
    match (user, password, reverse_user, reverse_password) {
        (true, false, ..) => Some("a user and no password"),
        (false, true, ..) => Some("a password and no user"),
        (.., true, false) => Some("a reverse user and no password"),
        (.., false, true) => Some("a reverse password and no user"),
        (false, _, true, _) => Some("an account of the target and none of the machine"),
        _ => None,
    }
}
