//! `dnsmasq.conf` and `/etc/dnsmasq.d`: what dnsmasq answers by DHCP. Its DNS stays as it is.
//!
//! Tags choose the boot file: each kind of client is asked which tags it gets, and the last `dhcp-boot` whose tags it has
//! wins, as in dnsmasq (`find_boot` in src/rfc2131.c).

mod flattened;
mod lines;

use std::net::Ipv4Addr;

use super::Imported;
use super::clients::{ASKERS, Answer, Asker, set as set_loaders, subnet_name};
use super::coverage::Outcome;
use super::draft::{Mapping, Value};
use super::source_file::SourceFile;
pub use flattened::{flattened, vendor_classes};
pub use lines::includes;
use lines::{Setting, all};

/// Reads all files of dnsmasq, with the first of them: they are one configuration.
pub fn read(file: &SourceFile, files: &[SourceFile], imported: &mut Imported) {
    let first = files.iter().find(|other| other.kind == file.kind);
    if first.is_some_and(|first| first.path != file.path) {
        return;
    }
    let settings = all(files);
    let mut reader = Reader {
        imported,
        settings: &settings,
        outcomes: settings.iter().map(|_| None).collect(),
        subnets: Vec::new(),
    };
    reader.run();
    let outcomes = std::mem::take(&mut reader.outcomes);
    for (setting, outcome) in settings.iter().zip(outcomes) {
        let outcome =
            outcome.unwrap_or_else(|| Outcome::Lost("the import does not know this setting".to_owned()));
        imported.coverage.add(setting.origin.clone(), &setting.text, outcome);
    }
}

/// A network with a range.
struct Subnet {
    name: String,
    network: u32,
    mask: u32,
}

struct Reader<'i, 's> {
    imported: &'i mut Imported,
    settings: &'s [Setting],
    outcomes: Vec<Option<Outcome>>,
    subnets: Vec<Subnet>,
}

impl Reader<'_, '_> {
    fn run(&mut self) {
        let is_dhcp = self.settings.iter().any(|setting| setting.name.starts_with("dhcp-"));
        if is_dhcp {
            self.imported.draft.site.map("dhcp").set("daemon", "dnsmasq");
        }
        let ranges = self.settings.iter().filter(|setting| setting.name == "dhcp-range").count();
        for index in 0..self.settings.len() {
            if self.settings.get(index).is_some_and(|setting| setting.name == "dhcp-range") {
                let outcome = self.range(index, ranges == 1);
                self.note(index, outcome);
            }
        }
        for index in 0..self.settings.len() {
            if self.outcomes.get(index).is_some_and(Option::is_none) {
                let outcome = self.setting(index);
                self.note(index, outcome);
            }
        }
        self.boot();
    }

    fn note(&mut self, index: usize, outcome: Option<Outcome>) {
        if let Some(old @ None) = self.outcomes.get_mut(index) {
            *old = outcome;
        }
    }

    fn raw(&mut self, index: usize, why: &str) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        self.imported.draft.site.map("raw").append("dnsmasq", &setting.text).from(&setting.origin);
        Some(Outcome::Raw(why.to_owned()))
    }

    fn setting(&mut self, index: usize) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let first = setting.fields.first().map(String::as_str).unwrap_or_default();
        let site = &mut self.imported.draft.site;
        let server = self.imported.draft.server.clone();
        match setting.name.as_str() {
            "interface" => {
                let mut names = match site.map("servers").map(&server).get("interfaces") {
                    Some(Value::List(names)) => names.clone(),
                    _ => Vec::new(),
                };
                names.extend(setting.fields.iter().map(|name| name.as_str().into()));
                names.dedup();
                site.map("servers").map(&server).set("interfaces", Value::List(names)).from(&setting.origin);
                Some(Outcome::Words)
            }
            "dhcp-authoritative" => {
                site.map("dhcp").set("authoritative", Value::flag(true)).from(&setting.origin);
                Some(Outcome::Words)
            }
            "no-ping" => {
                site.map("dhcp").set("ping_check", Value::flag(false)).from(&setting.origin);
                Some(Outcome::Words)
            }
            "dhcp-ignore-clid" => {
                site.map("dhcp").set("client_id", "ignore").from(&setting.origin);
                Some(Outcome::Words)
            }
            "domain" if setting.fields.len() == 1 => {
                site.set("domain", first).from(&setting.origin);
                Some(Outcome::Words)
            }
            "enable-tftp" => Some(Outcome::Default),
            "tftp-root" => {
                self.imported.draft.tftp_root = Some(first.trim_end_matches('/').to_owned());
                if first.trim_end_matches('/') == "/srv/tftp" {
                    return Some(Outcome::Default);
                }
                let root = first.trim_end_matches('/');
                site.map("tftp").set("root", root).from(&setting.origin);
                Some(Outcome::Words)
            }
            // The render writes them.
            "bind-dynamic" | "bind-interfaces" | "conf-dir" | "conf-file" | "dhcp-hostsfile" => {
                Some(Outcome::Default)
            }
            "port" if first == "0" => Some(Outcome::Default),
            "dhcp-host" => self.host(index),
            "dhcp-option" | "dhcp-option-force" => self.option(index),
            "dhcp-match" | "dhcp-vendorclass" | "dhcp-userclass" | "dhcp-boot" | "pxe-service"
            | "pxe-prompt" => None,
            name if name.starts_with("dhcp-") => self.raw(index, "no key of the site says this"),
            _ => Some(Outcome::Lost(
                "it is no setting of DHCP or TFTP: the file of ipxegen leaves it to this one".to_owned(),
            )),
        }
    }

    /// The subnet of an address.
    fn subnet_of(&self, ip: Ipv4Addr) -> Option<&Subnet> {
        self.subnets.iter().find(|subnet| u32::from(ip) & subnet.mask == subnet.network)
    }

    fn range(&mut self, index: usize, only: bool) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let mut clients = None;
        let mut rest = Vec::new();
        for field in &setting.fields {
            match field.as_str() {
                "tag:known" | "net:known" => clients = Some("known"),
                "tag:!known" => clients = Some("unknown"),
                _ if field.starts_with("tag:") || field.starts_with("set:") => {
                    return self.raw(index, "a range by tags");
                }
                field => rest.push(field),
            }
        }
        let Some(first) = rest.first().and_then(|first| first.parse::<Ipv4Addr>().ok()) else {
            return self.raw(index, "only ranges of IPv4 are imported");
        };
        let last = rest.get(1).and_then(|last| last.parse::<Ipv4Addr>().ok());
        let mut more = rest.get(2..).unwrap_or_default().iter();
        let mut mask = Ipv4Addr::new(255, 255, 255, 0);
        let mut time = None;
        for field in more.by_ref() {
            match field.parse::<Ipv4Addr>() {
                Ok(address)
                    if address.is_broadcast()
                        || u32::from(address).leading_ones() + u32::from(address).trailing_zeros() == 32 =>
                {
                    mask = address;
                }
                // The broadcast address.
                Ok(_) => {}
                Err(_) => time = lease(field),
            }
        }
        let mask = u32::from(mask);
        let network = u32::from(first) & mask;
        let cidr = format!("{}/{}", Ipv4Addr::from(network), mask.leading_ones());
        let name = match self.subnets.iter().find(|subnet| subnet.network == network) {
            Some(subnet) => subnet.name.clone(),
            None => {
                let name = subnet_name(&cidr, only);
                self.subnets.push(Subnet { name: name.clone(), network, mask });
                name
            }
        };
        let proxy = rest.get(1) == Some(&"proxy");
        if proxy {
            self.imported.draft.site.map("dhcp").set("proxy", Value::flag(true)).from(&setting.origin);
        }
        let subnet = self.imported.draft.site.map("subnets").map(&name);
        subnet.set("cidr", cidr);
        if let Some(last) = last {
            let range = format!("{first}-{last}");
            let value = match clients {
                None => Value::Text(range),
                Some(clients) => {
                    let mut item = Mapping::default();
                    item.set("range", range);
                    item.set("clients", clients);
                    item.into()
                }
            };
            subnet.push("ranges", value).from(&setting.origin);
        }
        if let Some(time) = time {
            subnet.set("default_lease_time", time).from(&setting.origin);
        }
        Some(Outcome::Words)
    }

    fn host(&mut self, index: usize) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let (mut macs, mut ip, mut name, mut ignore) = (Vec::new(), None, None, false);
        for field in &setting.fields {
            if let Ok(address) = field.parse::<Ipv4Addr>() {
                ip = Some(address.to_string());
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
        let key = name.clone().map_or(format!("host-{}", digits.to_ascii_lowercase()), |name| {
            name.split('.').next().unwrap_or_default().to_ascii_lowercase().replace('_', "-")
        });
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

    fn option(&mut self, index: usize) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let force = setting.name == "dhcp-option-force";
        let (tags, rest): (Vec<&String>, Vec<&String>) =
            setting.fields.iter().partition(|field| field.starts_with("tag:") || field.starts_with("net:"));
        let Some((name, values)) = rest.split_first() else {
            return self.raw(index, "an option without a name");
        };
        let name = name.strip_prefix("option:").unwrap_or(name);
        // Option 60 is that of HTTP boot, which the render answers by itself.
        if name == "60" && values.first().is_some_and(|value| *value == "HTTPClient") {
            return Some(Outcome::Default);
        }
        let key = match name {
            "3" | "router" => "routers",
            "6" | "dns-server" => "dns",
            "42" | "ntp-server" => "ntp",
            "15" | "domain-name" => "domain",
            "119" | "domain-search" => "domain_search",
            "28" => "broadcast",
            _ => return self.raw(index, "an option that the import does not know by dnsmasq's name"),
        };
        if !tags.is_empty() || force || values.is_empty() {
            return self.raw(index, "an option by tags, or one that is always sent");
        }
        // dnsmasq puts its own address in place of 0.0.0.0.
        if values.iter().any(|value| *value == "0.0.0.0") {
            return self.raw(index, "0.0.0.0 stands for the address of the server");
        }
        let router = values.first().and_then(|first| first.parse::<Ipv4Addr>().ok());
        let subnet = router
            .filter(|_| key == "routers")
            .and_then(|ip| self.subnet_of(ip))
            .map(|subnet| subnet.name.clone());
        let values = values.iter().map(|value| Value::from(value.as_str())).collect();
        let site = &mut self.imported.draft.site;
        let map = match subnet {
            Some(subnet) => site.map("subnets").map(&subnet),
            None => site.map("dhcp"),
        };
        if key == "domain" || key == "broadcast" {
            return self.raw(index, "`domain` and `broadcast` are keys of a subnet");
        }
        map.set(key, Value::one_or_list(values)).from(&setting.origin);
        Some(Outcome::Words)
    }

    /// The tags that a client gets.
    fn tags(&self, asker: &Asker) -> Vec<&str> {
        let mut tags = Vec::new();
        for setting in self.settings {
            let mut fields = setting.fields.iter().map(String::as_str);
            let Some(tag) =
                fields.next().and_then(|tag| tag.strip_prefix("set:").or(tag.strip_prefix("net:")))
            else {
                continue;
            };
            let rest: Vec<&str> = fields.collect();
            let is_in = match (setting.name.as_str(), rest.as_slice()) {
                ("dhcp-match", [option]) => {
                    matches!(option.trim_start_matches("option:"), "175") && asker.user_class.is_some()
                }
                ("dhcp-match", [option, value]) => match option.trim_start_matches("option:") {
                    "client-arch" | "93" => value.parse() == Ok(asker.arch),
                    "vendor-class" | "60" => asker.vendor_class.contains(value),
                    "user-class" | "77" => asker.user_class == Some(*value),
                    _ => false,
                },
                ("dhcp-vendorclass", [text]) => asker.vendor_class.contains(text),
                ("dhcp-userclass", [text]) => asker.user_class.is_some_and(|class| class.contains(text)),
                _ => false,
            };
            if is_in {
                tags.push(tag);
            }
        }
        tags
    }

    /// The answer of `dhcp-boot` to a client.
    fn answer(&self, asker: &Asker) -> Answer {
        let tags = self.tags(asker);
        let mut untagged = Answer::default();
        let mut tagged = None;
        for setting in self.settings.iter().filter(|setting| setting.name == "dhcp-boot") {
            let (conditions, rest): (Vec<&String>, Vec<&String>) = setting
                .fields
                .iter()
                .partition(|field| field.starts_with("tag:") || field.starts_with("net:"));
            let holds = conditions.iter().all(|condition| {
                let tag = condition.split_once(':').map_or("", |(_, tag)| tag);
                match tag.strip_prefix('!').or(tag.strip_prefix('#')) {
                    Some(tag) => !tags.contains(&tag),
                    None => tags.contains(&tag),
                }
            });
            let field = |at: usize| {
                rest.get(at).map(|field| field.as_str()).filter(|field| !field.is_empty()).map(str::to_owned)
            };
            let answer = Answer { file: field(0), server: field(2), origin: Some(setting.origin.clone()) };
            match (holds, conditions.is_empty()) {
                (true, true) => untagged = answer,
                (true, false) => tagged = Some(answer),
                (false, _) => {}
            }
        }
        tagged.unwrap_or(untagged)
    }

    /// Sets the loaders.
    fn boot(&mut self) {
        let chooses =
            ["dhcp-match", "dhcp-vendorclass", "dhcp-userclass", "dhcp-boot", "pxe-service", "pxe-prompt"];
        let has = self.settings.iter().any(|setting| setting.name == "dhcp-boot");
        if has {
            let mut answers: Vec<Answer> = ASKERS.iter().map(|asker| self.answer(asker)).collect();
            // dnsmasq gives a file to whoever asks; these are kinds that the file does not name.
            for (asker, answer) in ASKERS.iter().zip(&mut answers) {
                if matches!(asker.kind, "power" | "rpi") || asker.kind.starts_with("uboot_") {
                    *answer = Answer::default();
                }
            }
            set_loaders(&answers, None, self.imported);
        }
        for index in 0..self.settings.len() {
            let Some(setting) = self.settings.get(index) else { break };
            if !chooses.contains(&setting.name.as_str()) {
                continue;
            }
            let outcome = match setting.name.as_str() {
                "pxe-service" | "pxe-prompt" if has => Some(Outcome::Lost(
                    "no key sets the menu of PXE firmware; `dhcp-boot` was imported".to_owned(),
                )),
                "pxe-service" => self.service(index),
                _ => Some(Outcome::Words),
            };
            self.note(index, outcome);
        }
    }

    /// A `pxe-service` of a proxy.
    fn service(&mut self, index: usize) -> Option<Outcome> {
        let setting = self.settings.get(index)?;
        let fields: Vec<&String> = setting.fields.iter().filter(|field| !field.starts_with("tag:")).collect();
        let kind = match fields.first().map(|kind| kind.as_str()) {
            Some("x86PC" | "0") => "bios",
            Some("X86-64_EFI" | "BC_EFI" | "7" | "9") => "efi_x64",
            Some("IA32_EFI" | "6") => "efi_ia32",
            Some("ARM32_EFI") => "efi_arm32",
            Some("ARM64_EFI" | "11") => "efi_arm64",
            _ => return self.raw(index, "the site has no such kind of client"),
        };
        let Some(file) = fields.get(2).filter(|file| !file.is_empty()) else {
            return Some(Outcome::Lost("it names no file".to_owned()));
        };
        // dnsmasq adds a layer number to a file without a suffix.
        let default = matches!((kind, file.as_str()), ("bios", "undionly.kpxe") | ("efi_x64", "ipxe.efi"));
        if !default {
            self.imported.draft.site.map("loaders").set(kind, file.as_str()).from(&setting.origin);
        }
        Some(Outcome::Words)
    }
}

/// Whether a text is a MAC address, as `dhcp-host` takes it.
fn is_mac(text: &str) -> bool {
    let parts: Vec<&str> = text.split([':', '-']).collect();
    parts.len() == 6
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A lease time as a duration of the site.
fn lease(text: &str) -> Option<String> {
    let digits = text.trim_end_matches(['s', 'm', 'h', 'd', 'w']);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) || text.len() > digits.len() + 1
    {
        return None;
    }
    Some(if digits.len() == text.len() { format!("{text}s") } else { text.to_owned() })
}
