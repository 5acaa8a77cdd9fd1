//! `BOOTIF=` names the network card that a machine booted from, in PXELINUX's form: `01`, the hardware type, and
//! the MAC address, all with hyphens. debian-installer and initramfs-tools remove the first three characters
//! without looking at them. With another form they look for a card that does not exist, and ask or stop.
//!
//! In iPXE the argument is `BOOTIF=01-${net0/mac:hexhyp}`. Evidence: PXELINUX' "SYSAPPEND"; netcfg's
//! netcfg-common.c and initramfs-tools' scripts/functions, as read and not run.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: linux, kernel: linux, cmdline: ["BOOTIF=${net0/mac}"] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { a: { kind: linux, kernel: linux, cmdline: ["BOOTIF=01-${net0/mac:hexhyp}"] } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("bootif-format", "`BOOTIF=` is not in the form of PXELINUX"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in &site.entries {
        for argument in entry.arguments() {
            let Some(value) = argument.value.strip_prefix("BOOTIF=") else { continue };
            if right(value) {
                continue;
            }
            let message = format!(
                "`{argument}` of `{}` is not `01-` followed by the MAC address with hyphens",
                entry.id
            );
            found
                .push(argument.span, message, |finding| finding.help("write `BOOTIF=01-${net0/mac:hexhyp}`"));
        }
    }
}

/// Whether a value has the form. An unknown value passes: a setting of the user's own, or a secret, whose value is
/// empty here.
fn right(value: &str) -> bool {
    let setting = |text: &str| text.starts_with("${") && text.ends_with('}');
    if value.is_empty() || (setting(value) && !value.contains("mac")) {
        return true;
    }
    let Some(address) = value.strip_prefix("01-") else { return false };
    if setting(address) {
        return address.ends_with(":hexhyp}") || !address.contains("mac");
    }
    let octets: Vec<&str> = address.split('-').collect();
    octets.len() == 6
        && octets.iter().all(|octet| octet.len() == 2 && octet.bytes().all(|b| b.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::right;

    #[test]
    fn forms() {
        for value in ["01-${net0/mac:hexhyp}", "01-${mac:hexhyp}", "01-52-54-00-aa-BB-01", "${bootif}", ""] {
            assert!(right(value), "{value}");
        }
        for value in [
            "${net0/mac}",
            "${net0/mac:hexhyp}",
            "01-${net0/mac}",
            "01:52:54:00:aa:bb:01",
            "52-54-00-aa-bb-01",
            "01-52:54:00:aa:bb:01",
            "eth0",
        ] {
            assert!(!right(value), "{value}");
        }
    }
}
