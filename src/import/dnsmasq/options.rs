//! Options.

use std::net::Ipv4Addr;

use super::super::copies::weight;
use super::super::coverage::Outcome;
use super::super::draft::{Mapping, Value};
use super::super::origin::Origin;
use super::Reader;
use super::lines::Setting;
use super::tagged::TagScope;
use crate::model::domain;

/// An option that has a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum OptionKey {
    Routers,
    Dns,
    Ntp,
    Domain,
    DomainSearch,
    Broadcast,
    TftpServerName,
    TftpServerAddress,
}

impl OptionKey {
    /// That of a line which sets an option, by its name or code.
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "3" | "router" => Self::Routers,
            "6" | "dns-server" => Self::Dns,
            "42" | "ntp-server" => Self::Ntp,
            "15" | "domain-name" => Self::Domain,
            "119" | "domain-search" => Self::DomainSearch,
            "28" => Self::Broadcast,
            "66" | "tftp-server" => Self::TftpServerName,
            "150" | "tftp-server-address" => Self::TftpServerAddress,
            _ => return None,
        })
    }

    /// That of a line, if the key has its value.
    pub(super) fn of(setting: &Setting<'_>) -> Option<Self> {
        let mut values = setting.values();
        let name = values.next().filter(|_| setting.name == "dhcp-option")?;
        let key = Self::named(name.strip_prefix("option:").unwrap_or(name))?;
        let values: Vec<&str> = values.collect();
        (!values.is_empty() && key.takes(&values)).then_some(key)
    }

    /// That of the option which a line sets, whether or not the key has its value.
    pub(super) fn set_by(setting: &Setting<'_>) -> Option<Self> {
        let is_option = matches!(setting.name, "dhcp-option" | "dhcp-option-force");
        let name = setting.values().next().filter(|_| is_option)?;
        Self::named(name.strip_prefix("option:").unwrap_or(name))
    }

    /// Whether the key has such values.
    fn takes(self, values: &[&str]) -> bool {
        let is_text = |text: &&str| {
            !text.is_empty()
                && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
                && !text.contains(['{', '}'])
        };
        match self {
            Self::TftpServerName => matches!(values, [text] if is_text(text)),
            Self::Domain => matches!(values, [name] if domain(name).is_ok()),
            Self::DomainSearch => values.iter().all(|name| domain(name).is_ok()),
            _ => values.iter().all(|value| value.parse::<Ipv4Addr>().is_ok()),
        }
    }

    /// The section and the name of the key.
    const fn key(self) -> (&'static str, &'static str) {
        match self {
            Self::Routers => ("", "routers"),
            Self::Dns => ("", "dns"),
            Self::Ntp => ("", "ntp"),
            Self::Domain => ("", "domain"),
            Self::DomainSearch => ("", "domain_search"),
            Self::Broadcast => ("", "broadcast"),
            Self::TftpServerName => ("options", "tftp-server-name"),
            Self::TftpServerAddress => ("options", "tftp-server-address"),
        }
    }
}

/// Sets an option of a scope.
fn put(scope: &mut Mapping, key: OptionKey, value: Value, origin: &Origin) {
    match key.key() {
        ("", name) => scope.set(name, value).from(origin),
        (section, name) => scope.map(section).set(name, value).from(origin),
    };
}

impl Reader<'_, '_> {
    pub(super) fn option(&mut self, index: usize) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let is_tag = |field: &&str| field.starts_with("tag:") || field.starts_with("net:");
        let force = setting.name == "dhcp-option-force";
        let (tags, rest): (Vec<&str>, Vec<&str>) =
            setting.fields.iter().map(|field| &**field).partition(is_tag);
        let Some((name, values)) = rest.split_first() else {
            return self.raw(index, "an option without a name");
        };
        let name = name.strip_prefix("option:").unwrap_or(name);
        // Option 60 is that of HTTP boot, which the render answers by itself.
        if name == "60" && values.first().is_some_and(|value| *value == "HTTPClient") {
            return Some(Outcome::Default);
        }
        if name.starts_with("vendor:") {
            return self.raw(index, "sub-options for a vendor class are not translated");
        }
        let Some(option) = OptionKey::named(name) else {
            return self
                .raw(index, "of dnsmasq's options, only 3, 6, 15, 42, 66, 119 and 150 are translated");
        };
        if !values.is_empty() && !option.takes(values) {
            return self.raw(index, "no key has such a value");
        }
        let (_, key) = option.key();
        let scope = match tags.as_slice() {
            [tag] => tag.split_once(':').and_then(|(_, tag)| self.tag_scopes.get(tag)).cloned(),
            _ => None,
        };
        if let Some(scope) = scope.filter(|_| OptionKey::of(setting).is_some()) {
            let value = self.option_value(values);
            let site = &mut self.imported.draft.site;
            let scope = match &scope {
                TagScope::Group(name) => site.map("groups").map(name),
                TagScope::Class(name) => site.map("classes").map(name),
            };
            put(scope, option, value, &setting.origin);
            return Some(Outcome::Words);
        }
        let subnets = match tags.as_slice() {
            [] => None,
            [tag] => {
                let tag = tag.split_once(':').map_or("", |(_, tag)| tag);
                Some(self.by_tag.get(tag).map(Vec::as_slice).unwrap_or_default())
            }
            _ => Some(&[][..]),
        };
        if force {
            return self.raw(index, "`dhcp-option-force` sends it to clients that do not ask for it, too");
        }
        if subnets.is_some_and(<[usize]>::is_empty) {
            return self.raw(index, "no subnet, group or class stands for its tags");
        }
        if values.is_empty() && !(key == "dns" && self.answers_dns) {
            // It keeps dnsmasq from sending its own address, which the render never does.
            let is_own = ["routers", "dns"].contains(&key) && tags.is_empty();
            return if is_own {
                Some(Outcome::Default)
            } else {
                self.raw(index, "an option without a value")
            };
        }
        if (key == "domain" && subnets.is_none()) || key == "broadcast" {
            return self.raw(index, "`domain` and `broadcast` are keys of a subnet");
        }
        let values = self.option_value(values);
        let only: &[usize] =
            if self.subnets.len() == 1 && key == "routers" && !self.has_tagged_routers { &[0] } else { &[] };
        let subnets = subnets.or_else(|| (!only.is_empty()).then_some(only));
        if subnets.is_some_and(|subnets| !self.copies.take(weight(&values), subnets.len())) {
            return self.raw(index, "its tag is that of too many subnets");
        }
        let site = &mut self.imported.draft.site;
        match subnets {
            Some(subnets) => {
                for subnet in subnets.iter().filter_map(|at| self.subnets.get(*at)) {
                    put(site.map("subnets").map(&subnet.name), option, values.clone(), &setting.origin);
                }
            }
            None => {
                put(site.map("dhcp"), option, values, &setting.origin);
            }
        }
        Some(Outcome::Words)
    }

    /// The values of an option. dnsmasq puts its own address in place of 0.0.0.0.
    fn option_value(&self, values: &[&str]) -> Value {
        let server = self.server().map(|ip| ip.to_string());
        let value = |value: &&str| match server.as_deref() {
            Some(server) if *value == "0.0.0.0" => Value::from(server),
            _ => Value::from(*value),
        };
        Value::one_or_list(values.iter().map(value).collect())
    }

    /// dnsmasq answers DNS unless `port` is 0. On port 53 it names itself to clients (`do_options` in src/rfc2131.c), and so
    /// does the site.
    pub(super) fn dns(&mut self) {
        let port = self.settings.iter().rev().find(|setting| setting.name == "port");
        let number = port.and_then(|setting| setting.fields.first()).map_or("53", |field| &**field);
        self.answers_dns = number != "0";
        if !self.answers_dns {
            return;
        }
        let names_itself = number == "53" || self.is_for_all(["6", "option:dns-server"]);
        let dhcp = self.imported.draft.site.map("dhcp");
        let word = dhcp.set("answer_dns", Value::flag(true));
        match port {
            Some(port) => word.from(&port.origin),
            None => word.note("without `port=0` dnsmasq does"),
        };
        if !names_itself {
            dhcp.set("dns", Value::List(Vec::new())).note("dnsmasq names itself on port 53 only");
        }
    }

    /// Whether some line sets an option for all clients.
    fn is_for_all(&self, names: [&str; 2]) -> bool {
        self.settings.iter().filter(|setting| setting.is_option()).any(|setting| {
            let is_tagged = setting.fields.iter().any(|field| field.starts_with("tag:"));
            !is_tagged && setting.values().next().is_some_and(|name| names.contains(&name))
        })
    }

    /// dnsmasq names itself as the router without a word. In a subnet behind a relay, it names the relay, whose address no
    /// file says.
    pub(super) fn implied_options(&mut self, server: Option<Ipv4Addr>) {
        let Some(server) = server else { return };
        let is_routed = self.is_for_all(["3", "option:router"]);
        let site = &mut self.imported.draft.site;
        if site.submap("dhcp").is_some_and(|dhcp| dhcp.get("proxy").is_some()) {
            return;
        }
        let own = server.to_string();
        let direct = self.subnets.iter().find(|subnet| u32::from(server) & subnet.mask == subnet.network);
        if let Some(subnet) = direct.filter(|_| !is_routed) {
            let subnet = site.map("subnets").map(&subnet.name);
            if subnet.get("routers").is_none() {
                subnet.set("routers", own.as_str()).note("dnsmasq names itself unless a line says otherwise");
            }
        }
    }
}
