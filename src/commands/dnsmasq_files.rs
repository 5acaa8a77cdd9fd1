//! The other files that dnsmasq reads.
//!
//! dnsmasq merges the settings of all files, so with a `dhcp-range` in an old file it gives addresses that the site does not
//! know, and with `bind-interfaces` beside the `bind-dynamic` of the site it does not start. `dnsmasq --test` finds no more
//! than a setting that is there twice. Evidence: dnsmasq 2.90, run with each of these settings in a second file.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::import::includes;
use super::server_files;
use crate::import::SourceFile;

/// Settings for DHCP that have other names than `dhcp-…` and `pxe-…`.
const DHCP: &[&str] =
    &["bootp-dynamic", "bridge-interface", "leasefile-ro", "read-ethers", "shared-network", "tag-if"];

/// Settings of router advertisements, which dnsmasq sends for the IPv6 networks of its ranges.
const ROUTER: &[&str] = &["enable-ra", "ra-param"];

/// Settings that may be there once in all files together: `illegal repeated keyword`. Those of DHCP are reported anyway.
const ONCE: &[&str] = &[
    "add-cpe-id",
    "add-subnet",
    "auth-server",
    "auth-soa",
    "auth-ttl",
    "cache-size",
    "connmark-allowlist-enable",
    "dns-forward-max",
    "dnssec-limits",
    "dnssec-timestamp",
    "dumpfile",
    "dumpmask",
    "edns-packet-max",
    "enable-dbus",
    "enable-ubus",
    "group",
    "local-service",
    "local-ttl",
    "log-async",
    "log-facility",
    "max-cache-ttl",
    "max-port",
    "max-tcp-connections",
    "max-ttl",
    "min-cache-ttl",
    "min-port",
    "mx-target",
    "neg-ttl",
    "pid-file",
    "port",
    "port-limit",
    "query-port",
    "servers-file",
    "tftp-max",
    "tftp-mtu",
    "tftp-port-range",
    "umbrella",
    "use-stale-cache",
    "user",
];

/// The settings of the site for dnsmasq.
#[derive(Debug, Default)]
pub(super) struct OurSettings {
    /// The names and values.
    settings: Vec<(String, String)>,
    /// Whether another daemon of the site is the TFTP server of this machine.
    has_tftp: bool,
}

impl OurSettings {
    /// Reads the site's files for dnsmasq.
    pub(super) fn new<'t>(texts: impl Iterator<Item = &'t str>, has_tftp: bool) -> Self {
        let all = texts.flat_map(settings);
        let all = all.map(|(_, name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { settings: all, has_tftp }
    }

    fn has(&self, name: &str) -> bool {
        self.settings.iter().any(|(known, _)| known == name)
    }

    fn interfaces(&self) -> impl Iterator<Item = &str> {
        self.settings.iter().filter(|(name, _)| name == "interface").flat_map(|(_, value)| value.split(','))
    }

    fn has_ipv6(&self) -> bool {
        self.settings.iter().any(|(name, value)| name == "dhcp-range" && value.contains("::"))
    }

    /// Whether a setting of another file is one for DHCP.
    fn is_for_dhcp(&self, name: &str) -> bool {
        // `pxe-service` adds options 43 and 60 to the answers of PXE clients.
        name.starts_with("dhcp-")
            || name.starts_with("pxe-")
            || DHCP.contains(&name)
            || (name == "no-ping" && !self.has(name))
            || (ROUTER.contains(&name) && self.has_ipv6())
    }

    /// The effect of a setting of another file on those of the site.
    fn conflict(&self, name: &str, value: &str) -> Option<String> {
        const DEAD: &str = "so that dnsmasq does not start";
        match name {
            _ if ONCE.contains(&name) && self.has(name) => {
                Some(format!("repeats the `{name}` of the site, {DEAD}"))
            }
            "bind-interfaces" if self.has("bind-dynamic") => {
                Some(format!("contradicts the `bind-dynamic` of the site, {DEAD}"))
            }
            "port" if value != "53" => Some("changes the port on which the site answers DNS".to_owned()),
            "enable-tftp" if self.has_tftp => Some(
                "starts a second TFTP server beside that of the site, and only one of them can have the port"
                    .to_owned(),
            ),
            "interface" | "listen-address" if self.interfaces().next().is_none() => {
                Some("keeps DHCP from the other interfaces".to_owned())
            }
            "no-dhcpv6-interface" if !self.has_ipv6() => None,
            "except-interface" | "no-dhcp-interface" | "no-dhcpv4-interface" | "no-dhcpv6-interface" => {
                let own =
                    || self.interfaces().find(|own| value.split(',').any(|name| matches(name.trim(), own)));
                own().map(|own| format!("keeps DHCP from the interface `{own}` of the site"))
            }
            _ => None,
        }
    }
}

/// Whether a name of an interface, or the beginning of names before a `*`, is that of an interface.
fn matches(pattern: &str, interface: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => interface.starts_with(begin),
        None => pattern == interface,
    }
}

/// The settings of a text: the number of the line, the name and the value.
fn settings(text: &str) -> impl Iterator<Item = (usize, &str, &str)> {
    text.lines().enumerate().filter_map(|(at, line)| {
        // A `#` within a word begins no comment.
        let end = line.match_indices('#').find(|(at, _)| line.get(..*at).is_some_and(ends_blank));
        let line = line.get(..end.map_or(line.len(), |(at, _)| at))?;
        let (name, value) = line.split_once('=').unwrap_or((line, ""));
        let name = name.trim();
        (!name.is_empty()).then(|| (at + 1, name, value.trim().trim_matches('"')))
    })
}

fn ends_blank(text: &str) -> bool {
    text.is_empty() || text.ends_with(char::is_whitespace)
}

/// Settings of a file that are not the site's.
pub(super) struct OtherSettings {
    /// The path of the file on the server.
    pub path: String,
    /// The effects of the settings, in words.
    pub text: String,
}

/// The settings that the files below a root give dnsmasq in addition to those of the site, as far as they are for DHCP or
/// conflict with the site's.
///
/// # Errors
/// If a file cannot be read.
pub(super) fn other_settings(
    root: &Path,
    of_the_site: &BTreeSet<&str>,
    ours: &OurSettings,
) -> Result<Vec<OtherSettings>> {
    let mut files = server_files::of_dnsmasq(root)?;
    let is_other = |file: &SourceFile| !of_the_site.contains(file.path.as_str());
    // What a file of the site includes is the site's own matter.
    files.retain(is_other);
    includes::read(Some(root), &mut files)?;
    Ok(files.iter().filter(|file| is_other(file)).flat_map(|file| of_file(file, ours)).collect())
}

fn of_file(file: &SourceFile, ours: &OurSettings) -> Vec<OtherSettings> {
    let other = |text: String| OtherSettings { path: file.path.clone(), text };
    let mut all = Vec::new();
    let mut for_dhcp = settings(&file.text).filter(|(_, name, _)| ours.is_for_dhcp(name));
    if let Some((line, name, _)) = for_dhcp.next() {
        let (words, more) = match for_dhcp.count() {
            0 => ("setting", String::new()),
            more => ("settings", format!(" and {more} more")),
        };
        all.push(other(format!("with the DHCP {words} `{name}` in line {line}{more}")));
    }
    let mut seen = BTreeSet::new();
    for (line, name, value) in settings(&file.text) {
        if let Some(effect) = ours.conflict(name, value)
            && seen.insert(effect.clone())
        {
            all.push(other(format!("and its `{name}` in line {line} {effect}")));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::{OurSettings, settings};

    #[test]
    fn settings_are_read_as_dnsmasq_reads_them() {
        let text = "# a\n port = 0 # b\n\nbind-dynamic\nserver=/a#b/10.0.0.1 #c\ninterface=\"eth0\"";
        let all: Vec<_> = settings(text).collect();
        let expected = [
            (2, "port", "0"),
            (4, "bind-dynamic", ""),
            (5, "server", "/a#b/10.0.0.1"),
            (6, "interface", "eth0"),
        ];
        assert_eq!(all, expected);
    }

    #[test]
    fn only_settings_that_have_an_effect_here_conflict() {
        let ours = "port=0\ninterface=eth0\nbind-dynamic\nno-ping\ndhcp-range=set:a,10.0.0.1,10.0.0.9";
        let ours = OurSettings::new([ours].into_iter(), true);
        for (name, value, conflicts) in [
            ("bind-interfaces", "", true),
            ("bind-dynamic", "", false),
            ("port", "53", true),
            ("log-facility", "local1", false),
            ("enable-tftp", "", true),
            ("tftp-root", "/srv", false),
            ("interface", "eth1", false),
            ("listen-address", "127.0.0.1", false),
            ("except-interface", "lo", false),
            ("except-interface", "eth*", true),
            ("no-dhcp-interface", "eth1,eth0", true),
            ("no-dhcpv4-interface", "eth0", true),
            ("no-dhcpv6-interface", "eth0", false),
            ("no-dhcp-interface", "eth0:1", false),
        ] {
            assert_eq!(ours.conflict(name, value).is_some(), conflicts, "{name}={value}");
        }
        assert!(!ours.is_for_dhcp("no-ping") && !ours.is_for_dhcp("enable-ra") && ours.is_for_dhcp("tag-if"));
        let ours = OurSettings::new(["dhcp-range=set:a,fd00::1,fd00::9,64"].into_iter(), false);
        assert!(ours.is_for_dhcp("no-ping") && ours.is_for_dhcp("enable-ra"));
        for (name, value, conflicts) in [
            ("port", "0", true),
            ("port", "53", false),
            ("interface", "eth1", true),
            ("enable-tftp", "", false),
        ] {
            assert_eq!(ours.conflict(name, value).is_some(), conflicts, "{name}={value}");
        }
    }
}
