//! iPXE looks a command up when it comes to its line, not before: a misspelt one is found out by the
//! machine that boots.
//!
//! Silent about what a setting expands to. A command of your own build of iPXE is accepted by `allow`.
//! Evidence: iPXE's src/core/exec.c, "command not found"; the commands are those of src/hci/commands
//! and src/arch/*/hci/commands.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { mine: { kind: script, lines: ["kernal http://10.0.0.200/linux", boot] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { mine: { kind: script, lines: ["kernel http://10.0.0.200/linux", boot] } }
//! ```

use crate::boot::script_commands::{commands, joined};
use crate::model::{EntryKind, Site};
use crate::report::FindingKind;
use crate::report::distance;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("unknown-command", "a script's line begins with no command of iPXE's"),
    cost: Cost::Low,
    check,
};

/// All that any build has.
const COMMANDS: &[&str] = &[
    "autoboot",
    "boot",
    "certfree",
    "certstat",
    "certstore",
    "chain",
    "choose",
    "clear",
    "color",
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

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in site.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Script(_))) {
        for command in commands(&joined(entry.lines())) {
            let Some(name) = command.words.first().filter(|name| !name.contains("${")) else { continue };
            if COMMANDS.contains(name) {
                continue;
            }
            let near = COMMANDS.iter().map(|known| (distance(known, name), known)).min();
            found.push(command.span, format!("`{name}` is no command of iPXE's"), |finding| {
                let finding = match near {
                    Some((1 | 2, near)) => finding.here(format!("did you mean `{near}`?")),
                    _ => finding,
                };
                finding.help("the line fails when a machine comes to it; https://ipxe.org/cmd lists them")
            });
        }
    }
}
