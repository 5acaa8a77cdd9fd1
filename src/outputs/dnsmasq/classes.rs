//! Classes: a tag for each, and what its clients get in a subnet.
//!
//! A class comes to its tag by `dhcp-match` (the beginning of an option), `dhcp-mac`, `dhcp-circuitid` and
//! `dhcp-remoteid` (whole sub-options of option 82), and `tag-if`, which dnsmasq goes through once, from the first line
//! to the last (`run_tag_if` in dhcp-common.c of 2.90). Sub-option 1 comes first in option 82 of every known relay, so
//! that its beginning can be matched there; sub-option 2 begins behind it.
//!
//! In a subnet the lines of stronger classes follow those of weaker ones, for of equal options and of `dhcp-boot` the
//! last line counts. A class that says that something is not sent, and sub-options of option 175, of which dnsmasq
//! sends all, need `tag:!class-…` in the lines that they override.

use std::net::Ipv4Addr;

use anyhow::{Result, bail};

use super::clients;
use super::config::{Config, Lines, put, quoted, tag_of};
use super::tags::{ANY_KNOWN, BARRED, FILED, NO_SCRIPT};
use super::values::colons;
use crate::dhcp::{BootFileChanges, BootFiles, ClassScope, Policy, Pool, Setting, SubnetScope};
use crate::dialects::comment;
use crate::model::{
    Arch, Asker, Bytes, Class, ClassFile, ClassInSubnet, Clients, Loaders, Netboot, Pattern, Spanned,
};

/// A class in a subnet.
pub(super) struct Here<'p, 's> {
    tag: String,
    class: &'s Class,
    here: &'s ClassInSubnet,
    options: Vec<Setting<'s>>,
    ipxe: &'p [Setting<'s>],
    files: BootFileChanges<'s>,
}

/// The tag of a class.
pub(super) fn tag(class: &Class) -> String {
    format!("class-{}", class.name.value)
}

/// The classes that count in a subnet, weakest first. A proxy knows none.
pub(super) fn in_subnet<'p, 's>(policy: &'p Policy<'s>, at: usize) -> Vec<Here<'p, 's>> {
    if policy.site.dhcp.as_ref().is_some_and(|dhcp| dhcp.proxy) {
        return Vec::new();
    }
    let boots = policy.subnets.get(at).is_some_and(|scope| scope.subnet.boots());
    let one = |(_, scope, here): (usize, &'p ClassScope<'s>, &'s ClassInSubnet)| {
        let mut options = scope.options.clone();
        options.extend(scope.root_path(here).filter(|_| boots));
        Here {
            tag: tag(scope.class),
            class: scope.class,
            here,
            options,
            ipxe: if boots { &scope.ipxe } else { &[] },
            files: if boots { scope.files(here) } else { BootFileChanges::default() },
        }
    };
    policy.classes_in(at).map(one).collect()
}

/// Tags that a client must not have.
fn without<'c, 'p: 'c, 's: 'c>(classes: &'c [Here<'p, 's>], says: impl Fn(&Here<'p, 's>) -> bool) -> String {
    classes.iter().filter(|class| says(class)).map(|class| format!(",tag:!{}", class.tag)).collect()
}

/// The tags of classes that unset an option.
pub(super) fn without_unsetting(classes: &[Here<'_, '_>], code: u8) -> String {
    let unsets = |setting: &Setting<'_>| setting.code == code && setting.data.is_unset();
    without(classes, |class| class.options.iter().any(unsets))
}

/// The tags of classes that set a sub-option.
pub(super) fn without_saying(classes: &[Here<'_, '_>], code: u8) -> String {
    without(classes, |class| class.ipxe.iter().any(|setting| setting.code == code))
}

/// The clients of each class that says something, and all others: tags, and what is said.
fn rows<T>(classes: &[Here<'_, '_>], base: T, says: impl Fn(&Here<'_, '_>) -> Option<T>) -> Vec<(String, T)> {
    let says_any = |class: &Here<'_, '_>| says(class).is_some();
    let mut all = vec![(without(classes, says_any), base)];
    for (nth, class) in classes.iter().enumerate() {
        if let Some(value) = says(class) {
            let stronger = classes.get(nth + 1..).unwrap_or_default();
            all.push((format!(",tag:{}{}", class.tag, without(stronger, says_any)), value));
        }
    }
    all
}

/// The lease times of a subnet, and the tags of the clients that get each.
pub(super) fn leases(policy: &Policy<'_>, at: usize, scope: &SubnetScope<'_>) -> Vec<(String, u32)> {
    let classes = in_subnet(policy, at);
    let base = policy.lease_times(scope.subnet).of(None);
    rows(&classes, base, |class| {
        class.class.has_lease_time().then(|| policy.lease_times_of(scope.subnet, &[class.class]).of(None))
    })
}

/// The tags of the clients that get addresses of a pool; none if nobody does.
pub(super) fn filter(policy: &Policy<'_>, at: usize, scope: &SubnetScope<'_>, pool: &Pool) -> Option<String> {
    let mut tags = match (pool.clients, scope.subnet.unknown_clients.value) {
        (Clients::Unknown, false) => return None,
        (Clients::All | Clients::Classes(_), true) => String::new(),
        (Clients::Known, true) => format!(",tag:{ANY_KNOWN}"),
        (Clients::Unknown, true) => format!(",tag:!{ANY_KNOWN}"),
        // dhcpd's `deny unknown-clients` wants a host without an address; one whose address is in another subnet has
        // the tag `known-othernet`.
        (_, false) => ",tag:known".to_owned(),
    };
    if let (Clients::Classes(number), Some(set)) = (pool.clients, policy.class_set(pool.clients)) {
        tags += &format!(",tag:{}set-{number}", if set.not { "!" } else { "" });
    }
    for place in policy.network_of(at).into_iter().flat_map(|network| policy.classes_with_address(network)) {
        let Some(class) = policy.classes.get(place) else { continue };
        if pool.only == Some(place) {
            // A client of several such classes gets the address of the strongest, those before.
            tags += &format!(",tag:{}", tag(class.class));
            break;
        }
        tags += &format!(",tag:!{}", tag(class.class));
    }
    Some(tags)
}

/// An option as dnsmasq finds it.
#[derive(Clone, Copy)]
enum Place {
    Option(u8),
    Circuit,
    Remote,
    Mac,
}

/// The keys of `match` that have patterns, in their order.
const KEYS: [(&str, Place); 7] = [
    ("vendor_class", Place::Option(60)),
    ("user_class", Place::Option(77)),
    ("client_id", Place::Option(61)),
    ("circuit_id", Place::Circuit),
    ("remote_id", Place::Remote),
    ("uuid", Place::Option(97)),
    ("mac", Place::Mac),
];

/// Writes a tag for each class, and for each set of classes of a range.
pub(super) fn write(config: &Config<'_, '_>, lines: &mut Lines<'_>) -> Result<()> {
    for scope in &config.policy.classes {
        put!(lines, "\n# Class {}", comment(&scope.class.name.value))?;
        one(scope.class, lines)?;
    }
    for (number, set) in config.policy.site.class_sets.iter().enumerate() {
        for class in set.classes.iter().filter_map(|at| config.policy.site.classes.get(*at)) {
            put!(lines, "tag-if=set:set-{number},tag:{}", tag(class))?;
        }
    }
    Ok(())
}

fn one(class: &Class, lines: &mut Lines<'_>) -> Result<()> {
    let (tag, matches) = (tag(class), &class.matches);
    let mut needs = String::new();
    for ((key, place), patterns) in KEYS.into_iter().zip(matches.patterns()) {
        if patterns.is_empty() {
            continue;
        }
        let set = format!("{tag}:{key}");
        let mut writer = Matches { lines: &mut *lines, set: &set, count: 0 };
        for bytes in all(patterns) {
            match place {
                Place::Option(code) => writer.option(code, bytes)?,
                Place::Circuit => writer.circuit(bytes)?,
                Place::Remote => writer.remote(bytes, &matches.circuit_id)?,
                Place::Mac => writer.mac(bytes)?,
            }
        }
        needs += &format!(",tag:{set}");
    }
    for asker in &matches.client {
        let sent = match asker.value {
            Asker::Ipxe => format!("tag:{}", clients::IPXE),
            Asker::Pxe => format!("tag:vendor-pxe,tag:!{}", clients::IPXE),
            Asker::Http => format!("tag:vendor-http,tag:!{}", clients::IPXE),
            Asker::Plain => {
                format!("tag:!vendor-pxe,tag:!vendor-http,tag:!vendor-uboot,tag:!{}", clients::IPXE)
            }
        };
        put!(lines, "tag-if=set:{tag}:client,{sent}")?;
    }
    for arch in &matches.arch {
        match arch.value {
            Arch::Kind(kind) => put!(lines, "tag-if=set:{tag}:arch,tag:{}", clients::firmware(kind))?,
            Arch::Number(number) => put!(lines, "tag-if=set:{tag}:arch,tag:arch-{number}")?,
        }
    }
    for (key, used) in [("client", !matches.client.is_empty()), ("arch", !matches.arch.is_empty())] {
        if used {
            needs += &format!(",tag:{tag}:{key}");
        }
    }
    if needs.is_empty() {
        return Ok(());
    }
    put!(lines, "tag-if=set:{tag}{needs}")
}

fn all(patterns: &[Spanned<Pattern>]) -> impl Iterator<Item = &Bytes> {
    patterns.iter().flat_map(|pattern| &pattern.value.any)
}

/// Writes the lines that give a tag to clients that send one of several values.
struct Matches<'l, 'o> {
    lines: &'l mut Lines<'o>,
    set: &'l str,
    count: usize,
}

impl Matches<'_, '_> {
    /// The value of an option, or how it begins. `dhcp-match` reads a single byte as a number, which it would find
    /// anywhere in the value.
    fn option(&mut self, code: u8, Bytes { from, bytes, prefix }: &Bytes) -> Result<()> {
        self.count += 1;
        let (set, count) = (self.set, self.count);
        let text = "*:".repeat(*from) + &colons(bytes);
        let (begin, longer) = match bytes.as_slice() {
            [one] if *from == 0 => (one.to_string(), "*:*".to_owned()),
            _ => (text.clone(), format!("{text}:*")),
        };
        if *prefix && begin == text {
            return put!(self.lines, "dhcp-match=set:{set},{code},{text}");
        }
        put!(self.lines, "dhcp-match=set:{set}:{count},{code},{begin}")?;
        put!(self.lines, "dhcp-match=set:{set}:{count}-longer,{code},{longer}")?;
        put!(self.lines, "tag-if=set:{set},tag:{set}:{count},tag:!{set}:{count}-longer")?;
        if *prefix {
            put!(self.lines, "dhcp-match=set:{set},{code},{text}:*")?;
        }
        Ok(())
    }

    fn mac(&mut self, Bytes { bytes, .. }: &Bytes) -> Result<()> {
        let rest = ":*".repeat(6_usize.saturating_sub(bytes.len()));
        put!(self.lines, "dhcp-mac=set:{},{}{rest}", self.set, colons(bytes))
    }

    fn circuit(&mut self, bytes: &Bytes) -> Result<()> {
        if bytes.prefix {
            return put!(self.lines, "dhcp-match=set:{},82,01:*:{}", self.set, colons(&bytes.bytes));
        }
        put!(self.lines, "dhcp-circuitid=set:{},{}", self.set, agent(&bytes.bytes)?)
    }

    /// The beginning of a remote-id has a place only behind a circuit-id that is known.
    fn remote(&mut self, bytes: &Bytes, circuits: &[Spanned<Pattern>]) -> Result<()> {
        if !bytes.prefix {
            return put!(self.lines, "dhcp-remoteid=set:{},{}", self.set, agent(&bytes.bytes)?);
        }
        for circuit in all(circuits).filter(|circuit| !circuit.prefix) {
            let length = circuit.bytes.len();
            let (circuit, begin) = (colons(&circuit.bytes), colons(&bytes.bytes));
            put!(self.lines, "dhcp-match=set:{},82,01:{length:02x}:{circuit}:02:*:{begin}", self.set)?;
        }
        Ok(())
    }
}

/// A whole sub-option of option 82. Digits without a colon are text.
fn agent(bytes: &[u8]) -> Result<String> {
    match bytes {
        [one] if one.is_ascii_graphic() => quoted(&char::from(*one).to_string()),
        [_] => bail!("dnsmasq compares no single byte that is not text with a circuit-id or remote-id"),
        _ => Ok(colons(bytes)),
    }
}

impl<'s> Config<'_, 's> {
    /// The settings of classes in a subnet, except boot files.
    pub(super) fn class_options(
        &self,
        scope: &SubnetScope<'s>,
        classes: &[Here<'_, 's>],
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let net = tag_of(scope);
        for (nth, class) in classes.iter().enumerate() {
            let stronger = classes.get(nth + 1..).unwrap_or_default();
            for setting in &class.options {
                let not = self.unless("no", setting.code, &self.tags.unset);
                let over = without_unsetting(stronger, setting.code);
                let tags = format!("tag:{net},tag:{}{not}{over}", class.tag);
                if setting.data.is_unset() && self.own_values().contains(&setting.code) {
                    put!(lines, "dhcp-option={tags},{}", setting.code)?;
                }
                self.option(&tags, setting, lines)?;
            }
            for setting in class.ipxe {
                let own = self.unless("own", setting.code, &self.tags.own);
                let disk = self.unless("disk", setting.code, &self.tags.of_disks);
                let over = without_saying(stronger, setting.code);
                self.sub_option(&format!("tag:{net},tag:{}{own}{disk}{over}", class.tag), setting, lines)?;
            }
        }
        Ok(())
    }

    /// The boot server of a subnet's clients, with the tags that tell them apart.
    pub(super) fn next_servers(
        scope: &SubnetScope<'s>,
        classes: &[Here<'_, 's>],
    ) -> Vec<(String, Option<Ipv4Addr>)> {
        let base = scope.next_server.map(|next| next.value);
        let boots = scope.subnet.boots();
        rows(classes, base, |class| {
            class.here.next_server.as_ref().filter(|_| boots).map(|next| Some(next.value))
        })
    }

    /// Sets the tag of clients that get no file, if a class says who boots; whether it does.
    pub(super) fn barred(
        &self,
        scope: &SubnetScope<'s>,
        classes: &[Here<'_, 's>],
        lines: &mut Lines<'_>,
    ) -> Result<bool> {
        let rows = rows(classes, scope.subnet.netboot, |class| Some(class.class.netboot.as_ref()?.value));
        if rows.len() < 2 {
            return Ok(false);
        }
        for (tags, netboot) in rows {
            let who = match netboot {
                Netboot::All => continue,
                Netboot::Known => format!(",tag:!{ANY_KNOWN}"),
                Netboot::None => String::new(),
            };
            put!(lines, "tag-if=set:{BARRED},tag:{}{tags}{who}", tag_of(scope))?;
        }
        Ok(true)
    }

    /// Sets the tag of the strongest class that says a client's file; whether there is one.
    pub(super) fn filed(
        &self,
        scope: &SubnetScope<'s>,
        classes: &[Here<'_, 's>],
        lines: &mut Lines<'_>,
    ) -> Result<bool> {
        let mut any = false;
        for class in classes.iter().rev().filter(|class| !class.files.is_empty()) {
            any = true;
            let set = format!("tag-if=set:file-{0},tag:{1},tag:{0}", class.tag, tag_of(scope));
            match class.files.one {
                Some((_, true)) => put!(lines, "{set},tag:!{FILED}")?,
                Some((_, false)) => put!(lines, "{set},tag:!{},tag:!{FILED}", clients::IPXE)?,
                None => {
                    for (kind, _) in class.files.loaders {
                        put!(lines, "{set},tag:{},tag:!{FILED}", clients::tag(*kind))?;
                    }
                }
            }
            put!(lines, "tag-if=set:{FILED},tag:file-{}", class.tag)?;
        }
        Ok(any)
    }

    /// The files that classes give in a subnet.
    pub(super) fn class_files(
        &self,
        booting: &str,
        servers: &[(String, Option<Ipv4Addr>)],
        classes: &[Here<'_, 's>],
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        for class in classes.iter().filter(|class| !class.files.is_empty()) {
            // Its clients have no tag of the clients of no such class.
            let never = format!(",tag:!{},", class.tag);
            for (server, next) in servers.iter().filter(|(server, _)| !format!("{server},").contains(&never))
            {
                let tags = format!("{booting},tag:file-{}{server}", class.tag);
                match class.files.one {
                    Some((file, ipxe_too)) => {
                        let unset = self.unset_beside(classes, 60);
                        self.one_file(&tags, &file.value, ipxe_too, *next, &unset, lines)?;
                    }
                    None => {
                        let loader = |(kind, loader): &(_, Spanned<Option<_>>)| {
                            Some((*kind, Spanned::new(loader.value.clone()?, loader.span)))
                        };
                        let loaders: Loaders = class.files.loaders.iter().filter_map(loader).collect();
                        let files = BootFiles { script: None, loaders: &loaders, needs: self.policy.needs };
                        let unset = |code| self.unset_beside(classes, code);
                        self.files(&tags, "", &files, *next, &unset, lines)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// One file for whatever client.
    fn one_file(
        &self,
        tags: &str,
        file: &ClassFile,
        ipxe_too: bool,
        next: Option<Ipv4Addr>,
        unset: &str,
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let Some(name) = file.name() else { return Ok(()) };
        let server = next.map_or_else(String::new, |next| format!(",,{next}"));
        let name = quoted(name)?;
        if ipxe_too && self.tags.no_script {
            put!(lines, "dhcp-boot={tags},tag:{},tag:!{NO_SCRIPT},{name}{server}", clients::IPXE)?;
            put!(lines, "dhcp-boot={tags},tag:!{},{name}{server}", clients::IPXE)?;
        } else {
            put!(lines, "dhcp-boot={tags},{name}{server}")?;
        }
        if matches!(file, ClassFile::Url(_)) {
            let http = format!("tag:vendor-http,tag:!{}", clients::IPXE);
            put!(lines, "dhcp-option-force={tags},{http}{unset},60,\"HTTPClient\"")?;
        }
        Ok(())
    }
}
