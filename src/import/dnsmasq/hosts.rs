//! Hosts.

use std::net::Ipv4Addr;

use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::super::names::first_label;
use super::Reader;
use super::ranges::lease;

impl Reader<'_, '_> {
    pub(super) fn host(&mut self, index: usize) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let (mut macs, mut ip, mut name, mut ignore) = (Vec::new(), None, None, false);
        let has_ipv4 = setting.fields.iter().any(|field| field.parse::<Ipv4Addr>().is_ok());
        for field in &setting.fields {
            if let Ok(address) = field.parse::<Ipv4Addr>() {
                ip = Some(address.to_string());
            } else if field.starts_with('[') && has_ipv4 {
                // That of DHCPv6 is read with the lines of DHCPv6.
            } else if is_mac(field) {
                macs.push(Value::Text(field.clone()));
            } else if field == "ignore" {
                ignore = true;
            } else if field.starts_with("set:") || field.starts_with("net:") || field.starts_with("tag:") {
                return self.raw(index, "a host with tags");
            } else if field.starts_with("id:") || field.contains('*') || field.starts_with('[') {
                return self.raw(index, "a host by something else than its MAC address");
            } else if lease(field).is_some() || field == "infinite" {
                return self.raw(index, "a lease time of one host");
            } else {
                name = Some(field.clone());
            }
        }
        if macs.is_empty() || ignore {
            return self
                .raw(index, if ignore { "no key ignores a client" } else { "the host has no MAC address" });
        }
        let digits: String = match macs.first() {
            Some(Value::Text(mac)) => mac.chars().filter(char::is_ascii_hexdigit).collect(),
            _ => String::new(),
        };
        let key = name.as_deref().and_then(first_label);
        let key = key.unwrap_or_else(|| format!("host-{}", digits.to_ascii_lowercase()));
        let mut host = Mapping::default();
        host.set("mac", Value::one_or_list(macs));
        if let Some(ip) = ip {
            host.set("ip", ip);
        }
        if name.is_none() {
            host.set("host_name", "none");
        }
        let hosts = self.imported.draft.site.map("hosts");
        if hosts.get(&key).is_some() {
            return Some(Outcome::Lost(format!("a host `{key}` is there already; give it another name")));
        }
        hosts.set(&key, host).from(&setting.origin);
        Some(Outcome::Words)
    }
}

/// Whether a text is a MAC address, as `dhcp-host` takes it.
fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    parts.len() == 6
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
