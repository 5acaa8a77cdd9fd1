//! A machine starts an installer by itself at every boot. The first power cut then overwrites its disk.
//!
//! Reports machines with `autoboot` and entries that write to the disk without asking: the unattended installers,
//! Windows PE with a `share`, and any command line with an argument of this list, also in the `lines` of a script.
//! `reinstall: every_boot` on the entry accepts it, for instance for test machines.
//!
//! | system | arguments |
//! |---|---|
//! | debian-installer | `preseed/url=`, `preseed/file=`; `url=` or `file=` with `auto` |
//! | Ubuntu | `autoinstall`, `automatic-ubiquity` |
//! | Anaconda, ESXi, Photon OS | `inst.ks`, `ks` |
//! | SUSE | `autoyast=`, `autoyast2=`, `inst.auto=`, `agama.auto=` |
//! | Proxmox, XCP-ng | `proxmox-start-auto-installer`, `answerfile=` |
//! | CoreOS, Harvester, k3OS | `coreos.inst.install_dev=`, `coreos.inst`, `harvester.install.automatic`, `k3os.install.silent` |
//! | FAI, FOG | `FAI_ACTION=install`, `type=down`, `mode=wipe` |
//! | Clonezilla | `ocs_live_run=` with a restore, unless `ocs_live_batch=no` has it ask |
//! | Relax-and-Recover | `auto_recover` |
//! | Talos, ShredOS, DBAN | `talos.experimental.wipe=`, `nwipe_options=` or `nuke=` with `--autonuke` |
//!
//! A rescue system (`inst.rescue`, `rescue/enable=true`, `rescue=1`) installs nothing.
//!
//! Evidence: Cobbler and Foreman disable network boot of a host after its installation for this reason
//! (`pxe_just_once`, "build" mode). ipxegen keeps no state of hosts.
//!
//! Fails:
//! ```yaml fails
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, boot: debian, autoboot: true } }
//! boot_entries: { debian: { kind: debian_installer, preseed: /debian.cfg } }
//! ```
//! Passes:
//! ```yaml passes
//! hosts: { pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, boot: debian } }
//! boot_entries: { debian: { kind: debian_installer, preseed: /debian.cfg } }
//! ```

use foldhash::HashSet;

use crate::model::{Entry, Profile, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "reinstall-at-every-boot",
        "a machine overwrites its disk by itself, at every boot",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if !site.has_menu() {
        return;
    }
    let mut seen = HashSet::default();
    let hasty: Vec<Option<Span>> = site.profiles.iter().map(by_itself).collect();
    if hasty.iter().all(Option::is_none) {
        return;
    }
    for host in &site.hosts {
        let Some(auto) = hasty.get(host.profile as usize).copied().flatten() else { continue };
        if !seen.insert((host.profile, host.subnet)) {
            continue;
        }
        let own = site.profile(host).and_then(|profile| profile.handout.boot.as_ref());
        let subnets = site
            .subnets
            .iter()
            .enumerate()
            .filter(|(at, subnet)| subnet.boots() && host.subnet.is_none_or(|own| own as usize == *at));
        for (_, subnet) in subnets {
            let (entry, span) = match own.or(subnet.handout.boot.as_ref()) {
                Some(boot) => (site.entries.iter().find(|entry| entry.id == boot.value), boot.span),
                None => (site.menu.default.and_then(|at| site.entries.get(at)), auto),
            };
            let Some(entry) = entry.filter(|entry| installs(entry)) else { continue };
            // Several subnets may preselect the same.
            if seen.insert((u32::MAX, Some(span.start))) {
                say(entry, span, auto, found);
            }
        }
    }
}

/// The places that make machines start by themselves.
fn by_itself(profile: &Profile) -> Option<Span> {
    let auto = profile.handout.autoboot.as_ref().filter(|auto| auto.value)?;
    profile.gets_script().then_some(auto.span)
}

/// Whether an entry installs the machine, and the site does not accept this.
pub fn installs(entry: &Entry) -> bool {
    entry.unattended.is_some() && !entry.reinstall
}

fn say(entry: &Entry, span: Span, auto: Span, found: &mut Findings<'_>) {
    let message = format!("`{}` starts by itself and overwrites the machine's disk at every boot", entry.id);
    found.push(span, message, |finding| {
        let finding = if span == auto { finding } else { finding.and(auto, "starts it") };
        let finding = match entry.unattended {
            Some(place) => finding.and(place, "asks nobody"),
            None => finding,
        };
        finding.help(
            "use `autoboot` for an entry that boots the disk, or accept it with `reinstall: every_boot` on the entry",
        )
    });
}
