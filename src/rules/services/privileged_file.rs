//! Some files give root access: root executes them, or they decide who may log in or become root. If the site
//! writes such a file, anybody who can change the site or a template can run commands as root on the server.
//!
//! Checked are `files`, `smb.config_file`, `nfs.exports_file`, the TFTP root and the HTTP root, below which entries
//! publish files. An `allow` beside the `path` of a file accepts it. Evidence: sudoers(5), cron(8), sshd(8)
//! "AUTHORIZED_KEYS FILE FORMAT", pam.d(5), systemd.unit(5), udev(7), profile files of sh(1), logrotate(8),
//! apt.conf(5), ld.so(8), interfaces(5).
//!
//! Fails:
//! ```yaml fails
//! smb: { config_file: /etc/cron.d/smb, shares: { iso: { path: /srv/iso } } }
//! ```
//! Passes:
//! ```yaml passes
//! smb: { config_file: /etc/samba/boot.conf, shares: { iso: { path: /srv/iso } } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("privileged-file", "a file of the site gives root access"),
    cost: Cost::Low,
    check,
};

/// Describes how a file gives root access.
type Power = fn(&str) -> String;

const RUNS: Power = |file| format!("root executes commands from {file}");
const KERNEL: Power = |file| format!("{file} is a device or a switch of the kernel");
const LOGS_IN: Power = |file| format!("{file} decides who may log in");
const ALLOWS: Power = |file| format!("{file} decides who may become root");

/// Files, and folders with all that is below them.
const PLACES: &[(&str, Power)] = &[
    ("/dev", KERNEL),
    ("/proc", KERNEL),
    ("/sys", KERNEL),
    ("/bin", RUNS),
    ("/boot", RUNS),
    ("/etc/apt", RUNS),
    ("/etc/bash.bashrc", RUNS),
    ("/etc/cloud", RUNS),
    ("/etc/cron.d", RUNS),
    ("/etc/cron.daily", RUNS),
    ("/etc/cron.hourly", RUNS),
    ("/etc/cron.monthly", RUNS),
    ("/etc/cron.weekly", RUNS),
    ("/etc/cron.yearly", RUNS),
    ("/etc/crontab", RUNS),
    ("/etc/dhcp/dhclient-enter-hooks.d", RUNS),
    ("/etc/dhcp/dhclient-exit-hooks.d", RUNS),
    ("/etc/dpkg", RUNS),
    ("/etc/environment", RUNS),
    ("/etc/grub.d", RUNS),
    ("/etc/group", ALLOWS),
    ("/etc/gshadow", ALLOWS),
    ("/etc/init.d", RUNS),
    ("/etc/initramfs-tools", RUNS),
    ("/etc/inittab", RUNS),
    ("/etc/kernel", RUNS),
    ("/etc/ld.so.conf", RUNS),
    ("/etc/ld.so.conf.d", RUNS),
    ("/etc/ld.so.preload", RUNS),
    ("/etc/logrotate.conf", RUNS),
    ("/etc/logrotate.d", RUNS),
    ("/etc/modprobe.d", RUNS),
    ("/etc/network", RUNS),
    ("/etc/networkd-dispatcher", RUNS),
    ("/etc/NetworkManager/dispatcher.d", RUNS),
    ("/etc/pam.conf", LOGS_IN),
    ("/etc/pam.d", LOGS_IN),
    ("/etc/passwd", ALLOWS),
    ("/etc/polkit-1", ALLOWS),
    ("/etc/profile", RUNS),
    ("/etc/profile.d", RUNS),
    ("/etc/rc.local", RUNS),
    ("/etc/security", LOGS_IN),
    ("/etc/shadow", ALLOWS),
    ("/etc/ssh", LOGS_IN),
    ("/etc/sudoers", ALLOWS),
    ("/etc/sudoers.d", ALLOWS),
    ("/etc/systemd", RUNS),
    ("/etc/tmpfiles.d", RUNS),
    ("/etc/udev", RUNS),
    ("/lib", RUNS),
    ("/root", RUNS),
    ("/run/systemd", RUNS),
    ("/sbin", RUNS),
    ("/usr/bin", RUNS),
    ("/usr/lib", RUNS),
    ("/usr/libexec", RUNS),
    ("/usr/local/bin", RUNS),
    ("/usr/local/lib", RUNS),
    ("/usr/local/sbin", RUNS),
    ("/usr/sbin", RUNS),
    ("/var/spool/cron", RUNS),
];

/// How a file at this path gives root access, if it does.
fn power(path: &str) -> Option<Power> {
    let name = path.rsplit('/').next().unwrap_or_default();
    if name.starts_with("authorized_keys") || path.contains("/.ssh/") || path.ends_with("/.ssh") {
        return Some(LOGS_IN);
    }
    let below = |folder: &str| {
        let rest = path.strip_prefix(folder);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    PLACES.iter().find(|(place, _)| below(place)).map(|(_, power)| *power)
}

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut say = |path: &str, span: Option<Span>, what: &str| {
        let (Some(power), Some(span)) = (power(path), span) else { return };
        found.push(span, power(&format!("{what} `{path}`")), |finding| {
            finding.help("anybody who can change the site would become root there; choose another path, or accept it with `allow`")
        });
    };
    for file in &site.files {
        say(file.path.value.as_str(), Some(file.path.span), "the file");
    }
    if let Some(smb) = &site.smb {
        say(smb.config_file.as_str(), smb.config_file_span, "the file");
    }
    if let Some(nfs) = &site.nfs {
        say(nfs.exports_file.as_str(), nfs.exports_file_span, "the file");
    }
    if let Some(tftp) = &site.tftp {
        say(tftp.root.as_str(), tftp.root_span, "the TFTP root");
    }
    if let Some(http) = &site.http {
        say(http.root.as_str(), http.root_span, "the HTTP root");
        if let Some(folder) = &http.boot_files {
            say(folder.value.as_str(), Some(folder.span), "the folder of boot files");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::power;

    #[test]
    fn places_of_power_are_told_from_their_neighbours() {
        for path in [
            "/etc/sudoers.d/netboot",
            "/etc/cron.d/x",
            "/etc/crontab",
            "/root/.ssh/authorized_keys",
            "/home/admin/.ssh/authorized_keys2",
            "/etc/ssh/authorized_keys/admin",
            "/etc/pam.d/sshd",
            "/etc/profile.d/x.sh",
            "/etc/systemd/system/x.service",
            "/var/spool/cron/crontabs/root",
            "/usr/local/sbin/x",
            "/proc/sysrq-trigger",
        ] {
            assert!(power(path).is_some(), "{path}");
        }
        for path in [
            "/etc/motd",
            "/etc/issue.net",
            "/etc/crontabs",
            "/etc/sudoers.md",
            "/etc/samba/smb.conf",
            "/etc/dnsmasq.d/netboot.conf",
            "/etc/dhcp/dhcpd.conf",
            "/etc/exports.d/netboot.exports",
            "/srv/tftp/.sshd",
            "/usr/share/netboot",
            "/libraries",
            "/rooted",
        ] {
            assert!(power(path).is_none(), "{path}");
        }
    }
}
