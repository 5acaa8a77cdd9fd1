//! Hosts: a line for each card, and lines for options that no other host has.

use anyhow::Result;

use super::config::{Config, Lines, put};
use super::tags::NO_NAME;
use crate::model::Host;

pub(super) fn write(config: &Config<'_, '_>, lines: &mut Lines<'_>) -> Result<()> {
    put!(lines, "")?;
    for host in &config.policy.site.hosts {
        one(config, host, lines)?;
    }
    Ok(())
}

fn one<'s>(config: &Config<'_, 's>, host: &'s Host<'s>, lines: &mut Lines<'_>) -> Result<()> {
    let policy = config.policy;
    let disk = policy.disk(host);
    let name = host.host_name;
    let odd_name = name.filter(|name| !is_field(name));
    let mut tags = String::new();
    if let Some(Some(profile)) = config.tags.profiles.get(host.profile as usize) {
        tags += &format!(",set:{profile}");
    }
    let has_own = host.root_path.is_some() || !disk.is_empty() || odd_name.is_some();
    if has_own {
        tags += &format!(",set:host-{}", host.name);
    }
    for setting in disk.iter().filter(|setting| config.tags.of_disks.contains(&setting.code)) {
        tags += &format!(",set:disk-{}", setting.code);
    }
    if name.is_none() {
        tags += &format!(",set:{NO_NAME}");
    }
    let name = name.filter(|name| is_field(name)).map_or_else(String::new, |name| format!(",{name}"));
    for card in host.cards() {
        let macs: Vec<String> = card.macs.iter().map(|mac| mac.value.to_string()).collect();
        let ip = card.ip.map_or_else(String::new, |ip| format!(",{}", ip.value));
        // One line for all, for an address may be in one line only.
        put!(lines, "dhcp-host={}{tags}{ip}{name}", macs.join(","))?;
    }
    if !has_own {
        return Ok(());
    }
    let tag = format!("tag:host-{}", host.name);
    let booting = format!("{tag}{}", config.boots());
    for setting in policy.host_options(host).iter().filter(|_| odd_name.is_some()) {
        config.option(&tag, setting, lines)?;
    }
    for setting in &policy.root_path(host) {
        config.option(&booting, setting, lines)?;
    }
    for setting in &disk {
        config.sub_option(&booting, setting, lines)?;
    }
    Ok(())
}

/// Whether dnsmasq takes a field of `dhcp-host` as a name, and as this one: not as a time (`7`, `12h`, `infinite`) or
/// the word `ignore`, without a domain, and in small letters.
fn is_field(name: &str) -> bool {
    let unit = name.strip_suffix(['w', 'd', 'h', 'm', 's']).unwrap_or(name);
    let is_time = !unit.is_empty() && unit.bytes().all(|byte| byte.is_ascii_digit());
    !is_time
        && !["infinite", "ignore"].contains(&name)
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::is_field;

    #[test]
    fn names_that_dnsmasq_takes_for_something_else() {
        for name in ["pc-01", "s", "a5m", "infinite-1"] {
            assert!(is_field(name), "{name}");
        }
        for name in ["7", "12h", "5s", "infinite", "ignore", "a.b", "PC"] {
            assert!(!is_field(name), "{name}");
        }
    }
}
