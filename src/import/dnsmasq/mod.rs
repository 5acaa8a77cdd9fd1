//! `dnsmasq.conf` and `/etc/dnsmasq.d`: what dnsmasq answers by DHCP. Its DNS stays as it is.
//!
//! What tags choose is not translated but evaluated: each kind of client is asked which tags it gets, and the files that come
//! out become `loaders`.

mod boot;
mod config_dir;
mod evaluation;
mod flattened;
mod hosts;
mod lines;
mod options;
mod ranges;
mod raw;
mod six;
mod tagged;
mod tags;

use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use super::copies::Copies;
use super::coverage::Outcome;
use super::draft::Value;
use super::server_address::{self, Candidate, Named};
use super::six::Ipv6;
use super::source_file::SourceFile;
use super::{Imported, Origin};
use crate::dialects::dnsmasq::balanced;
use crate::model::{Cidr, syslog_facility};
pub use config_dir::ConfigDir;
pub use flattened::{flattened, vendor_classes};
use lines::{Setting, all};
pub use lines::{includes, includes_by};
use options::OptionKey;
use ranges::Subnet;
pub use six::has_ipv6;
use tagged::TagScope;
use tags::conditions;

/// Settings for DHCP and router advertisements that have other names than `dhcp-…`. `apply` refuses them in files beside the
/// site's, so they go with it even if dnsmasq answers no DNS.
const OTHER_DHCP: [&str; 8] = [
    "bootp-dynamic",
    "bridge-interface",
    "enable-ra",
    "leasefile-ro",
    "log-dhcp",
    "ra-param",
    "read-ethers",
    "shared-network",
];

/// Reads all files of dnsmasq, with the first of them: they are one configuration.
pub fn read(file: &SourceFile, files: &[SourceFile], imported: &mut Imported) {
    let first = files.iter().find(|other| other.kind == file.kind);
    if first.is_some_and(|first| first.path != file.path) {
        return;
    }
    let settings = all(files);
    if !file.text.starts_with("# Made by ipxegen")
        && settings.iter().any(|setting| setting.name.starts_with("dhcp-"))
    {
        // Debian's unit reads /etc/dnsmasq.conf and /etc/dnsmasq.d, where our file is.
        let text = "dnsmasq would read this file beside that of ipxegen: move it and what it includes away before `apply --reload`";
        imported.coverage.remark(Origin { file: file.path.as_str().into(), line: 1 }, text);
    }
    let mut reader = Reader {
        imported,
        settings: &settings,
        outcomes: settings.iter().map(|_| None).collect(),
        subnets: Vec::new(),
        names: HashSet::default(),
        by_network: HashMap::default(),
        by_tag: HashMap::default(),
        tag_scopes: HashMap::default(),
        interfaces: HashSet::default(),
        copies: Copies::default(),
        raw_lines: Vec::new(),
        advertised: Vec::new(),
        answers_dns: false,
        has_tagged_routers: false,
    };
    let menus = server_address::in_menus(files);
    let six = reader.run(&Origin { file: file.path.as_str().into(), line: 1 }, &menus);
    let outcomes = std::mem::take(&mut reader.outcomes);
    for (setting, outcome) in settings.into_iter().zip(outcomes) {
        let outcome =
            outcome.unwrap_or_else(|| Outcome::Lost("the import does not know this setting".to_owned()));
        imported.coverage.add(setting.origin, setting.text, outcome);
    }
    if let Some(six) = six {
        super::six::write(six, imported);
    }
}

struct Reader<'i, 's> {
    imported: &'i mut Imported,
    settings: &'s [Setting<'s>],
    outcomes: Vec<Option<Outcome>>,
    subnets: Vec<Subnet<'s>>,
    /// Their names.
    names: HashSet<String>,
    /// The subnets by their networks, by index.
    by_network: HashMap<u32, usize>,
    /// The subnets by the tags of their ranges.
    by_tag: HashMap<&'s str, Vec<usize>>,
    /// The groups and classes of tags.
    tag_scopes: HashMap<&'s str, TagScope>,
    interfaces: HashSet<&'s str>,
    /// Whether dnsmasq answers DNS as well.
    answers_dns: bool,
    /// Whether a line sets the routers of the subnet of a tag.
    has_tagged_routers: bool,
    /// Copies of what is said once.
    copies: Copies,
    /// The settings that are in `raw`, by index.
    raw_lines: Vec<usize>,
    /// Lines for `raw` about the router advertisements of ranges that are in words.
    advertised: Vec<(String, Origin)>,
}

impl<'s> Reader<'_, 's> {
    /// Reads all but DHCPv6 into the draft; returns DHCPv6.
    fn run(&mut self, file: &Origin, menus: &[Candidate]) -> Option<Ipv6> {
        let is_dhcp = self.settings.iter().any(|setting| setting.name.starts_with("dhcp-"));
        if is_dhcp {
            self.imported.draft.site.map("dhcp").set("daemon", "dnsmasq");
        }
        if is_dhcp {
            self.dns();
        }
        let is_range = |setting: &Setting<'_>| setting.name == "dhcp-range" && !six::is_of_ipv6(setting);
        let ranges = self.settings.iter().filter(|setting| is_range(setting)).count();
        for index in 0..self.settings.len() {
            if self.settings.get(index).is_some_and(is_range) {
                let outcome = self.range(index, ranges == 1);
                self.note(index, outcome);
            }
        }
        self.implied_lease_times();
        self.tag_scopes = self.tag_scopes();
        self.has_tagged_routers = self.settings.iter().any(|setting| {
            let of_subnet = |(tag, _): (&str, bool)| self.by_tag.contains_key(tag);
            OptionKey::of(setting) == Some(OptionKey::Routers) && conditions(setting).any(of_subnet)
        });
        let six = self.ipv6();
        // Options may stand for the address of the server, which is chosen among those that are free.
        for options in [false, true] {
            for index in 0..self.settings.len() {
                let is_open = self.outcomes.get(index).is_some_and(Option::is_none);
                if is_open && self.settings.get(index).is_some_and(|setting| setting.is_option() == options) {
                    let outcome = self.setting(index);
                    self.note(index, outcome);
                }
            }
            if !options && is_dhcp {
                server_address::choose(&self.named(menus), file, self.imported);
            }
        }
        let server = self.server();
        if is_dhcp {
            self.implied_options(server);
        }
        let is_boot = |six: &Ipv6| six.networks.iter().any(|network| !network.boot.is_empty());
        self.boot(server, six.as_ref().is_some_and(is_boot));
        self.write_raw();
        six
    }

    /// The address of this server.
    fn server(&self) -> Option<Ipv4Addr> {
        let server = self.imported.draft.site.submap("servers")?.submap(&self.imported.draft.server)?;
        server.text("ip")?.split('/').next()?.parse().ok()
    }

    /// Addresses that may be the server's, and those of other machines.
    fn named(&self, menus: &[Candidate]) -> Named {
        let of = |name: &'static str| self.settings.iter().filter(move |setting| setting.name == name);
        let addresses = |setting: &Setting<'_>, skipped: usize| {
            let values: Vec<Ipv4Addr> =
                setting.values().skip(skipped).filter_map(|value| value.parse().ok()).collect();
            let why = format!("`{}` in {} names it", setting.name, setting.origin);
            values.into_iter().map(move |ip| (ip, why.clone())).collect::<Vec<_>>()
        };
        let dns = |setting: &&Setting<'_>| {
            setting.values().next().is_some_and(|name| ["6", "option:dns-server"].contains(&name))
        };
        let listen = of("listen-address").flat_map(|setting| addresses(setting, 0));
        let boot = of("dhcp-boot").flat_map(|setting| addresses(setting, 2));
        let names = of("dhcp-option").filter(dns).flat_map(|setting| addresses(setting, 1));
        let is_router = |setting: &Setting<'_>| {
            let first = setting.values().next();
            setting.is_option() && first.is_some_and(|name| ["3", "option:router"].contains(&name))
        };
        let routers = self.settings.iter().filter(|setting| is_router(setting));
        let parsed = |value: &str| value.parse::<Ipv4Addr>().ok();
        Named {
            boot: listen.chain(boot).chain(menus.iter().cloned()).collect(),
            dns: names.collect(),
            hosts: of("dhcp-host").flat_map(Setting::values).filter_map(parsed).collect(),
            routers: routers.flat_map(Setting::values).filter_map(parsed).collect(),
        }
    }

    fn note(&mut self, index: usize, outcome: Option<Outcome>) {
        if let Some(old @ None) = self.outcomes.get_mut(index) {
            *old = outcome;
        }
    }

    fn raw(&mut self, index: usize, why: &str) -> Option<Outcome> {
        // The site refuses such a line in `raw`.
        if let Err(error) = balanced(self.settings.get(index)?.line().trim_end()) {
            return Some(Outcome::Lost(error.message));
        }
        self.raw_lines.push(index);
        Some(Outcome::Raw(why.to_owned()))
    }

    /// Sets the domain of a subnet, if a `domain` line names its network; whether it did.
    fn set_domain(&mut self, setting: &Setting<'_>) -> bool {
        let [domain, network] = setting.fields.as_slice() else { return false };
        let Ok(cidr) = Cidr::parse(network) else { return false };
        let subnet = self.by_network.get(&u32::from(cidr.network())).and_then(|at| self.subnets.get(*at));
        let Some(subnet) = subnet.filter(|subnet| subnet.mask.leading_ones() == u32::from(cidr.prefix()))
        else {
            return false;
        };
        let subnet = self.imported.draft.site.map("subnets").map(&subnet.name);
        if subnet.get("domain").is_none() {
            subnet.set("domain", &**domain).from(&setting.origin);
        }
        true
    }

    fn setting(&mut self, index: usize) -> Option<Outcome> {
        let setting: &'s Setting<'s> = self.settings.get(index)?;
        // The domain of a network, which its clients also get by DHCP.
        if setting.name == "domain" && self.set_domain(setting) {
            return Some(Outcome::Words);
        }
        let first = setting.fields.first().map(|field| &**field).unwrap_or_default();
        let site = &mut self.imported.draft.site;
        let server = self.imported.draft.server.clone();
        match setting.name {
            "interface" => {
                if setting.fields.iter().any(|name| name.contains('*')) {
                    return Some(Outcome::Lost("name each interface: a pattern is none".to_owned()));
                }
                let server = site.map("servers").map(&server);
                for name in &setting.fields {
                    if self.interfaces.insert(name) {
                        server.push("interfaces", &**name).from(&setting.origin);
                    }
                }
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
            "log-facility" if syslog_facility(first).is_ok() => {
                site.map("dhcp").set("log_facility", first).from(&setting.origin);
                Some(Outcome::Words)
            }
            "enable-tftp" => {
                let text = "tftpd-hpa serves TFTP in place of dnsmasq; both use port 69, so dnsmasq must not read this line beside ipxegen's file";
                self.imported.coverage.remark(setting.origin.clone(), text);
                Some(Outcome::Words)
            }
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
            "port" if ["0", "53"].contains(&first) => Some(Outcome::Default),
            // The render writes them, and dnsmasq takes them once.
            "dhcp-lease-max" | "dhcp-no-override" => Some(Outcome::Default),
            "listen-address" => Some(Outcome::Words),
            "dhcp-host" => self.host(index),
            "dhcp-option" | "dhcp-option-force" => self.option(index),
            "dhcp-match" | "dhcp-vendorclass" | "dhcp-userclass" | "dhcp-boot" | "pxe-service"
            | "pxe-prompt" | "tag-if" => None,
            name if name.starts_with("dhcp-") => self.raw(index, "no key of the site says this"),
            name if name.starts_with("tftp-") => {
                Some(Outcome::Lost("tftpd-hpa serves the files, and has no such setting".to_owned()))
            }
            name if OTHER_DHCP.contains(&name) => self.raw(index, "no key of the site says this"),
            _ if self.answers_dns => self.raw(index, "no key of the site says this"),
            _ => Some(Outcome::Lost(
                "it is not a setting of DHCP or TFTP: keep it in a file of your own in /etc/dnsmasq.d"
                    .to_owned(),
            )),
        }
    }
}
