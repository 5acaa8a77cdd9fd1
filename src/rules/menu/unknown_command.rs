//! iPXE looks up a command when it reaches the line. So a misspelt command fails on the machine that boots, and not
//! before.
//!
//! Commands that come from a setting are not checked. Accept a command of your own build of iPXE with `allow`.
//! Evidence: iPXE's src/core/exec.c, "command not found"; the commands are those of src/hci/commands and
//! src/arch/*/hci/commands.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { mine: { kind: script, lines: ["kernal http://10.0.0.200/linux", boot] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { mine: { kind: script, lines: ["kernel http://10.0.0.200/linux", boot] } }
//! ```

use foldhash::HashMap;

use crate::boot::script_commands::{commands, joined};
use crate::model::{EntryKind, Site};
use crate::report::FindingKind;
use crate::report::distance;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("unknown-command", "a line of a script begins with an unknown command"),
    cost: Cost::Low,
    check,
};

/// The commands of all builds.
const COMMANDS: &[&str] = &[
    "autoboot",
    "boot",
    "certfree",
    "certstat",
    "certstore",
    "chain",
    "choose",
    "clear",
    "colour",
    "config",
    "console",
    "cpair",
    "cpuid",
    "dhcp",
    "echo",
    "exit",
    "fcels",
    "fcstat",
    "fdt",
    "form",
    "gdbstub",
    "goto",
    "help",
    "ibstat",
    "ifclose",
    "ifconf",
    "iflinkwait",
    "ifopen",
    "ifstat",
    "imgargs",
    "imgdecrypt",
    "imgexec",
    "imgextract",
    "imgfetch",
    "imgfree",
    "imgload",
    "imgmem",
    "imgset",
    "imgselect",
    "imgstat",
    "imgtrust",
    "imgverify",
    "inc",
    "initrd",
    "ipstat",
    "iseq",
    "isset",
    "item",
    "iwlist",
    "iwstat",
    "kernel",
    "login",
    "lotest",
    "md4sum",
    "md5sum",
    "menu",
    "module",
    "nslookup",
    "nstat",
    "ntp",
    "param",
    "params",
    "pciscan",
    "ping",
    "poweroff",
    "present",
    "profstat",
    "prompt",
    "pxebs",
    "read",
    "reboot",
    "route",
    "sanboot",
    "sanhook",
    "sanunhook",
    "set",
    "sha1sum",
    "sha224sum",
    "sha384sum",
    "sha256sum",
    "sha512sum",
    "shell",
    "shim",
    "show",
    "sleep",
    "startpxe",
    "stoppxe",
    "sync",
    "time",
    "usbscan",
    "vcreate",
    "vdestroy",
];

/// How many different words are compared with the commands. Nobody mistypes so many; it is a file of something else.
const MOST_COMPARED: usize = 200;

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut compared: HashMap<String, Option<&str>> = HashMap::default();
    for entry in site.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Script(_))) {
        for command in commands(&joined(entry.lines())) {
            let Some(name) = command.words.first().filter(|name| !name.contains("${")) else { continue };
            if COMMANDS.contains(name) {
                continue;
            }
            let near = match compared.get(*name) {
                Some(near) => *near,
                None if compared.len() >= MOST_COMPARED => None,
                None => {
                    let near = COMMANDS.iter().map(|known| (distance(known, name), *known)).min();
                    let near = near.filter(|(far, _)| *far <= 2).map(|(_, near)| near);
                    compared.insert((*name).to_owned(), near);
                    near
                }
            };
            found.push(command.span, format!("`{name}` is not a command of iPXE"), |finding| {
                let finding = match near {
                    Some(near) => finding.here(format!("did you mean `{near}`?")),
                    None => finding,
                };
                finding
                    .help("the line fails when a machine reaches it; https://ipxe.org/cmd lists the commands")
            });
        }
    }
}
