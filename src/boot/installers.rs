//! Kernel arguments that make an installer run without questions: one table for all systems.
//!
//! A machine that starts such an entry by itself loses the data on its disk at every boot, so rules need to know
//! these arguments. Each row follows the document that it names; only debian-installer's, subiquity's and Anaconda's
//! were also run (in the lab). The table omits arguments that install only a machine without a system
//! (`talos.config=`, checked by Talos itself), and arguments that name a script which may do anything
//! (`script=` of Arch's live system, `autorun=` of SystemRescue, `ignition.config.url=`).

use crate::model::Spanned;

/// When an argument means an unattended installation.
enum When {
    /// Always, unless its value is `0`, `no`, `off` or `false`.
    On,
    /// Together with one of these arguments.
    With(&'static [&'static str]),
    /// With one of these values.
    Is(&'static [&'static str]),
    /// With one of these texts in its value.
    Has(&'static [&'static str]),
    /// With one of these texts in its value, unless another argument, by its name, is off.
    HasUnlessOff(&'static [&'static str], &'static str),
}

/// debian-installer's `auto`, which postpones questions until the answers are fetched.
const AUTO: &[&str] = &["auto", "auto-install/enable"];

/// The arguments by their names, and when each means an unattended installation.
static UNATTENDED: &[(&str, When)] = &[
    // Debian GNU/Linux Installation Guide, appendix B, "Using preseeding": `auto url=…` and the long names.
    // `url` alone names an image for casper; `file` alone is in the menu of Ubuntu's live media.
    ("preseed/url", When::On),
    ("preseed/file", When::On),
    ("url", When::With(AUTO)),
    ("file", When::With(AUTO)),
    // ubiquity(8) of Ubuntu's desktop media before 23.04.
    ("automatic-ubiquity", When::On),
    // Ubuntu, "Automated server installation": without `autoinstall` the installer asks "Continue with
    // autoinstall?", even if `ds=` names answers.
    ("autoinstall", When::On),
    // Anaconda's boot-options.rst. `ks` is its old name, and that of VMware ESXi's and Photon OS's installers.
    ("inst.ks", When::On),
    ("ks", When::On),
    // SUSE, "AutoYaST Guide", section "Invoking the auto-installation process".
    ("autoyast", When::On),
    ("autoyast2", When::On),
    // Agama, "Boot options"; `agama.auto` is its name before release 11. With `inst.install=0` it stops after it has
    // read the profile.
    ("inst.auto", When::HasUnlessOff(&[""], "inst.install")),
    ("agama.auto", When::On),
    // Proxmox VE wiki, "Automated Installation": the menu entry of an ISO that `prepare-iso` made.
    ("proxmox-start-auto-installer", When::On),
    // XCP-ng, "Answer file"; XenServer's installer is the same.
    ("answerfile", When::On),
    // coreos-installer, "Installing with kernel arguments"; `coreos.inst` is the old one of RHEL CoreOS.
    ("coreos.inst.install_dev", When::On),
    ("coreos.inst", When::On),
    // Harvester, "PXE Boot Installation".
    ("harvester.install.automatic", When::On),
    // k3OS, "Automated installation".
    ("k3os.install.silent", When::On),
    // FAI Guide, section "FAI_ACTION".
    ("FAI_ACTION", When::Is(&["install"])),
    // Clonezilla live, "Boot parameters": with `ocs_live_batch=no` ocs-sr asks before it writes, unless its command
    // has `-batch`.
    ("ocs_live_run", When::Has(&["-batch"])),
    ("ocs_live_run", When::HasUnlessOff(&["restore", "ocs-onthefly"], "ocs_live_batch")),
    // Relax-and-Recover, user guide, "Recovery process": `auto_recover` starts `rear recover`.
    ("auto_recover", When::On),
    // FOG's kernel arguments of a task: deploy an image, wipe the disk.
    ("type", When::Is(&["down"])),
    ("mode", When::Is(&["wipe"])),
    // Talos, "Kernel reference": wipes the disk before it starts.
    ("talos.experimental.wipe", When::On),
    // ShredOS's and DBAN's README: both wipe every disk that they find.
    ("nwipe_options", When::Has(&["--autonuke"])),
    ("nuke", When::Has(&["--autonuke"])),
];

/// Arguments that start an installer as a rescue system, even if it has answers: those of Anaconda,
/// debian-installer and SUSE.
const RESCUES: &[&str] = &["inst.rescue", "rescue", "rescue/enable"];

/// The first of a kernel's arguments that makes an installer run unattended; `None` if another one starts a rescue
/// system.
pub(super) fn unattended(arguments: &[Spanned<String>]) -> Option<&Spanned<String>> {
    let on = |name: &str| arguments.iter().any(|at| split(at).0.eq_ignore_ascii_case(name) && is_on(at));
    if RESCUES.iter().any(|name| on(name)) {
        return None;
    }
    let off = |name: &str| arguments.iter().any(|at| split(at).0.eq_ignore_ascii_case(name) && !is_on(at));
    arguments.iter().find(|at| {
        let (name, value) = split(at);
        let has = |texts: &[&str]| texts.iter().any(|text| value.contains(text));
        UNATTENDED.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name)).any(|(_, when)| match when {
            When::On => is_on(at),
            When::With(others) => others.iter().any(|other| on(other)),
            When::Is(values) => values.contains(&value),
            When::Has(texts) => has(texts),
            When::HasUnlessOff(texts, other) => has(texts) && !off(other),
        })
    })
}

/// Whether these arguments start a rescue system.
pub(super) fn rescues(arguments: &[Spanned<String>]) -> bool {
    arguments.iter().any(|at| RESCUES.iter().any(|name| split(at).0.eq_ignore_ascii_case(name)) && is_on(at))
}

/// Name and value.
fn split(argument: &Spanned<String>) -> (&str, &str) {
    argument.value.split_once('=').unwrap_or((&argument.value, ""))
}

fn is_on(argument: &Spanned<String>) -> bool {
    !["0", "no", "off", "false"].iter().any(|off| split(argument).1.eq_ignore_ascii_case(off))
}

/// The arguments that lines of an iPXE script give to kernels.
pub(super) fn of_script(lines: &[Spanned<String>]) -> Vec<Spanned<String>> {
    let mut arguments = Vec::new();
    let mut goes_on = false;
    let mut takes = false;
    for line in lines {
        let text = line.value.strip_suffix('\\');
        let mut words = text.unwrap_or(&line.value).split_whitespace();
        if !goes_on {
            takes = false;
        }
        goes_on = text.is_some();
        for word in words.by_ref().take_while(|word| !word.starts_with('#')) {
            match word {
                "||" | "&&" | ";" => takes = false,
                // src/hci/commands/image_cmd.c: all of these pass the words after the image's name to the image.
                "kernel" | "imgselect" | "imgargs" | "imgexec" | "chain" | "boot" if !takes => takes = true,
                _ if takes => arguments.push(Spanned::new(word.to_owned(), line.span)),
                _ => {}
            }
        }
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::{of_script, unattended};
    use crate::model::Spanned;
    use crate::source::Span;

    fn words(words: &[&str]) -> Vec<Spanned<String>> {
        words.iter().map(|word| Spanned::new((*word).to_owned(), Span::new(0, 0))).collect()
    }

    fn sign(arguments: &[&str]) -> Option<String> {
        unattended(&words(arguments)).map(|at| at.value.clone())
    }

    #[test]
    fn each_installer_is_known_by_its_arguments() {
        for (arguments, expected) in [
            (&["auto=true", "url=http://h/p.cfg"][..], "url=http://h/p.cfg"),
            (&["auto", "file=/cdrom/p.cfg"], "file=/cdrom/p.cfg"),
            (&["preseed/url=http://h/p.cfg"], "preseed/url=http://h/p.cfg"),
            (&["file=/cdrom/preseed/ubuntu.seed", "automatic-ubiquity"], "automatic-ubiquity"),
            (&["ip=dhcp", "autoinstall", "ds=nocloud;s=http://h/"], "autoinstall"),
            (&["inst.ks"], "inst.ks"),
            (&["ks=http://h/esxi.cfg"], "ks=http://h/esxi.cfg"),
            (&["AutoYaST=http://h/p.xml"], "AutoYaST=http://h/p.xml"),
            (&["inst.auto=http://h/p.json"], "inst.auto=http://h/p.json"),
            (&["inst.auto=http://h/p.json", "inst.install=1"], "inst.auto=http://h/p.json"),
            (&["ro", "proxmox-start-auto-installer"], "proxmox-start-auto-installer"),
            (&["answerfile=http://h/a.xml", "install"], "answerfile=http://h/a.xml"),
            (&["coreos.inst.install_dev=/dev/sda"], "coreos.inst.install_dev=/dev/sda"),
            (&["harvester.install.automatic=true"], "harvester.install.automatic=true"),
            (&["FAI_ACTION=install"], "FAI_ACTION=install"),
            (&["ocs_live_run=ocs-restoredisk"], "ocs_live_run=ocs-restoredisk"),
            (
                &["ocs_live_run=ocs-sr -batch -g auto restoredisk img sda", "ocs_live_batch=no"],
                "ocs_live_run=ocs-sr -batch -g auto restoredisk img sda",
            ),
            (&["type=down", "img=win"], "type=down"),
            (&["mode=wipe"], "mode=wipe"),
            (&["talos.experimental.wipe=system"], "talos.experimental.wipe=system"),
            (&["nwipe_options=--method=zero --autonuke"], "nwipe_options=--method=zero --autonuke"),
        ] {
            assert_eq!(sign(arguments).as_deref(), Some(expected), "{arguments:?}");
        }
    }

    #[test]
    fn what_asks_or_rescues_is_not_unattended() {
        for arguments in [
            &["boot=casper", "url=http://h/live.iso"][..],
            &["file=/cdrom/preseed/ubuntu.seed", "maybe-ubiquity"],
            &["ds=nocloud;s=http://h/"],
            &["auto=true"],
            &["auto=false", "url=http://h/p.cfg"],
            &["inst.ks=http://h/k", "inst.rescue"],
            &["talos.platform=metal", "talos.config=http://h/c.yaml"],
            &["ocs_live_run=ocs-live-general"],
            &["ocs_live_run=ocs-sr restoredisk img sda", "ocs_live_batch=no"],
            &["ocs_live_run=ocs-sr -q2 savedisk img sda"],
            &["FAI_ACTION=sysinfo"],
            &["type=up"],
            &["mode=memtest"],
            &["coreos.inst=no"],
            &["ignition.config.url=http://h/c.ign"],
        ] {
            assert_eq!(sign(arguments), None, "{arguments:?}");
        }
        assert!(sign(&["inst.ks=http://h/k", "rescue=0"]).is_some());
    }

    #[test]
    fn scripts_hand_arguments_to_kernels() {
        let lines = words(&[
            "# kernel k autoinstall",
            "set x chain && kernel --name k http://h/k ip=dhcp \\",
            "  inst.ks=http://h/ks || goto autoyast=1",
            "initrd http://h/i proxmox-start-auto-installer",
            "boot",
        ]);
        let all = of_script(&lines);
        let all: Vec<_> = all.iter().map(|at| at.value.as_str()).collect();
        assert_eq!(all, ["--name", "k", "http://h/k", "ip=dhcp", "inst.ks=http://h/ks"]);
    }
}
