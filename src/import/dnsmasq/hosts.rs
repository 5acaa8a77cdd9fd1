//! Hosts.

use std::net::Ipv4Addr;

use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::super::names::first_label;
use super::Reader;
use super::lines::Setting;
use super::ranges::lease;
use super::tagged::TagScope;
use super::tags::sets;

impl Reader<'_, '_> {
    pub(super) fn host(&mut self, index: usize) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        if let Some(why) = self.host_fault(setting) {
            return self.raw(index, why);
        }
        let groups: Vec<Value> = sets(setting).filter_map(|tag| self.group(tag)).map(Value::from).collect();
        let (mut macs, mut ip, mut name) = (Vec::new(), None, None);
        let has_ipv4 = setting.fields.iter().any(|field| field.parse::<Ipv4Addr>().is_ok());
        for field in &setting.fields {
            if let Ok(address) = field.parse::<Ipv4Addr>() {
                ip = Some(address.to_string());
            } else if field.starts_with('[') && has_ipv4 {
                // That of DHCPv6 is read with the lines of DHCPv6.
            } else if field.starts_with("set:") {
                // A group.
            } else if is_mac(field) {
                macs.push(Value::from(&**field));
            } else {
                name = Some(&**field);
            }
        }
        let digits = || match macs.first() {
            Some(Value::Text(mac)) => mac.chars().filter(char::is_ascii_hexdigit).collect(),
            _ => String::new(),
        };
        let key = name.and_then(first_label);
        let key = key.unwrap_or_else(|| format!("host-{}", digits().to_ascii_lowercase()));
        let mut host = Mapping::with_capacity(2);
        host.set_word("mac", Value::one_or_list(macs));
        if let Some(ip) = ip {
            host.set_word("ip", ip);
        }
        if name.is_none() {
            host.set_word("host_name", "none");
        }
        if !groups.is_empty() {
            host.set_word("group", Value::one_or_list(groups));
        }
        let hosts = self.imported.draft.site.map("hosts");
        if hosts.get(&key).is_some() {
            return Some(Outcome::Lost(format!("a host `{key}` is there already; give it another name")));
        }
        hosts.set(&key, host).from(&setting.origin);
        Some(Outcome::Words)
    }

    /// The group of the site that a tag is.
    fn group(&self, tag: &str) -> Option<&str> {
        match self.tag_scopes.get(tag)? {
            TagScope::Group(name) => Some(name),
            TagScope::Class(_) => None,
        }
    }

    /// Why no key expresses a host.
    pub(super) fn host_fault(&self, setting: &Setting<'_>) -> Option<&'static str> {
        fault(setting, &|tag| self.group(tag).is_some())
    }
}

/// Why no key expresses a host. `is_group` tells whether a tag is a group of the site.
pub(super) fn fault(setting: &Setting<'_>, is_group: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let has_ipv4 = setting.fields.iter().any(|field| field.parse::<Ipv4Addr>().is_ok());
    for field in &setting.fields {
        let begins = |prefix: &str| field.starts_with(prefix);
        // That of DHCPv6 is read with the lines of DHCPv6.
        let is_address = field.parse::<Ipv4Addr>().is_ok() || (begins("[") && has_ipv4);
        let is_group = field.strip_prefix("set:").is_some_and(is_group);
        if is_address || is_mac(field) || field == "ignore" || is_group {
        } else if begins("set:") || begins("net:") || begins("tag:") {
            return Some("a host with a tag for which no group stands");
        } else if begins("id:") || begins("[") || field.contains('*') {
            return Some("a host by something else than its MAC address");
        } else if lease(field).is_some() || field == "infinite" {
            return Some("a lease time of one host");
        }
    }
    if setting.fields.iter().any(|field| field == "ignore") {
        return Some("no key ignores a client");
    }
    let has_mac = setting.fields.iter().any(|field| is_mac(field));
    (!has_mac).then_some("the host has no MAC address")
}

/// Whether a text is a MAC address, as `dhcp-host` takes it.
fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    parts.len() == 6
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
