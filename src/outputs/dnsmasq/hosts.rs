//! Hosts: a line for each card, and lines for options that no other host has.

use anyhow::Result;

use super::super::PIECE;
use super::config::{Config, Lines, put};
use super::tags::NO_NAME;
use crate::model::{Card, Dotted, Host, WriteTo};
use crate::parallel::in_order;

pub(super) fn write(config: &Config<'_, '_>, lines: &mut Lines<'_>) -> Result<()> {
    put!(lines, "")?;
    let pieces: Vec<_> = config.policy.site.hosts.chunks(PIECE).collect();
    let booting = config.boots();
    let make = |piece: usize| {
        let mut out = Vec::new();
        let mut lines = Lines::new(&mut out);
        let mut hosts = pieces.get(piece).into_iter().copied().flatten();
        hosts.try_for_each(|host| host_lines(config, host, &booting, &mut lines))?;
        Ok::<_, anyhow::Error>(out)
    };
    in_order(pieces.len(), make, |made| lines.put_lines(&made?))
}

fn host_lines<'s>(
    config: &Config<'_, 's>,
    host: &'s Host<'s>,
    booting: &str,
    lines: &mut Lines<'_>,
) -> Result<()> {
    let policy = config.policy;
    let disk = policy.disk(host);
    let name = host.host_name;
    let odd_name = name.filter(|name| !is_field(name));
    // Texts of the right size from the beginning, as in `WriteTo::text`.
    let mut tags = String::with_capacity(128);
    let mut set = |tag: &[&str]| {
        tags.push_str(",set:");
        tag.iter().for_each(|part| tags.push_str(part));
    };
    if let Some(Some(profile)) = config.tags.profiles.get(host.profile as usize) {
        set(&[profile]);
    }
    let has_own = host.root_path.is_some() || !disk.is_empty() || odd_name.is_some();
    if has_own {
        set(&["host-", host.name]);
    }
    for setting in disk.iter().filter(|setting| config.tags.of_disks.contains(&setting.code)) {
        set(&["disk-", &setting.code.to_string()]);
    }
    if name.is_none() {
        set(&[NO_NAME]);
    }
    for card in host.cards() {
        let name = name.filter(|name| is_field(name));
        lines.put_with(|line| card_line(&card, &tags, name, line))?;
    }
    if !has_own {
        return Ok(());
    }
    if odd_name.is_some() {
        let tag = ["tag:host-", host.name].concat();
        policy.host_options(host).iter().try_for_each(|setting| config.option(&tag, setting, lines))?;
    }
    let tag = ["tag:host-", host.name, booting].concat();
    for setting in &policy.root_path(host) {
        config.option(&tag, setting, lines)?;
    }
    for setting in &disk {
        config.sub_option(&tag, setting, lines)?;
    }
    Ok(())
}

/// The line of a card: one for all of its MAC addresses, for an IP address may be in one line only.
fn card_line(card: &Card<'_>, tags: &str, name: Option<&str>, line: &mut String) -> std::fmt::Result {
    line.push_str("dhcp-host=");
    for (at, mac) in card.macs.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        mac.value.write_to(line)?;
    }
    line.push_str(tags);
    if let Some(ip) = card.ip {
        line.push(',');
        Dotted(ip.value).write_to(line)?;
    }
    if let Some(name) = name {
        line.push(',');
        line.push_str(name);
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
