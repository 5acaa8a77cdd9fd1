//! Boot files: the switch is evaluated for every kind of client of each subnet, group and host.

mod keys;
mod scopes;

use std::net::Ipv4Addr;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::copies::{Copies, weight_of_text};
use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Draft, Mapping, Value};
use super::disk_subnets::DiskSubnets;
use super::expression::OptionNames;
use super::hosts::{Host, Hosts};
use super::own_servers::OwnServers;
use super::scopes::Scopes;
use super::site_classes::SiteClasses;
use super::statements::Statement;
use super::subnets::Subnet;
use super::switch::{Boot, Choices, Keys, Level, OtherServer};
use super::verbatim::Verbatim;
use crate::dialects::dhcpd::lexer::{PartKind, Token, parts};
use crate::model::{CLIENT_KINDS, ClientKind, Features, ipv4};
use keys::{leave_to, no_loaders, write_site};
use scopes::{Around, Evaluations};

/// Decides about boot files, in the words of the site, its subnets and its hosts.
pub struct BootFiles<'r, 'a, 't> {
    statements: &'a [Statement<'t>],
    pub(super) scopes: &'r Scopes<'a, 't>,
    definitions: OptionNames,
    classes: SiteClasses<'a, 't>,
    /// Whether ipxegen made the file.
    pub(super) ours: bool,
    /// The address of the other server of a failover pair. With two, services name their server.
    peer: Option<Ipv4Addr>,
    /// Carry over files that their clients cannot run.
    keep: bool,
    /// The address of the server, which is the TFTP server of subnets without another.
    server: Option<Ipv4Addr>,
    /// Remarks that were made, so that each is made once.
    remarked: HashSet<String>,
    /// Statements whose servers no key says.
    other_servers: HashSet<OtherServer>,
    /// Whether some host has one `file` for whatever program asks.
    pub(super) host_files: bool,
    /// Scopes around several subnets or hosts that were entered, by what was given outside of them.
    entered: HashMap<(*const Choices, usize), Around<'a, 't>>,
    evaluations: Evaluations,
    /// The last statement of a scope that begins with a word.
    sources: HashMap<(usize, &'static str), Option<&'a Statement<'t>>>,
    copies: &'r mut Copies,
}

/// The rule about boot files in `raw`, and why its findings are accepted.
pub(super) const RULE: &str = "boot-file-in-raw";
pub(super) const ACCEPTED: &str = "dhcpd.conf has it so";

/// Whether a text has a statement outside of blocks that overrides the boot file or the server, as `boot-file-in-raw`
/// reports it.
pub(super) fn overrides(text: &str) -> bool {
    let statements = parts(text).filter(|part| part.kind == PartKind::Statement && part.depth == 0);
    let heads = ["filename", "next-server", "bootfile-name", "tftp-server-name", "vendor-class-identifier"];
    statements.into_iter().any(|statement| {
        let mut words = statement.words().map(str::to_ascii_lowercase);
        let first = words.next().unwrap_or_default();
        let word = if first == "option" { words.next().unwrap_or_default() } else { first };
        heads.contains(&word.as_str())
    })
}

/// Whether a server is a name that dhcpd asks DNS for.
fn is_name(server: &Value) -> bool {
    matches!(server, Value::Text(text) if text != "none" && ipv4(text).is_err())
}

/// Whether kinds of client that cannot run the same programs get one file.
fn is_for_all(boot: &Boot) -> bool {
    let mut files: Vec<(&str, ClientKind)> = Vec::new();
    for (info, file) in CLIENT_KINDS.iter().zip(&boot.loaders) {
        let platform = info.loads_like.unwrap_or(info.kind);
        let Some(file) = file.as_deref() else { continue };
        if files.iter().any(|(other, kind)| *other == file && *kind != platform) {
            return true;
        }
        files.push((file, platform));
    }
    false
}

/// The answers to the clients of a subnet.
pub(super) struct InSubnet {
    pub(super) choices: Rc<Choices>,
    /// Subnets that say the same share it.
    boot: Rc<Boot>,
}

/// What a subnet that says nothing of its own inherits: the answers around it, those with the classes, and its boot files.
type Known = (Rc<Choices>, Rc<Choices>, Rc<Boot>);

/// What hosts boot.
#[derive(Default)]
pub(super) struct HostsBoot {
    /// Whether some host boots a file.
    any: bool,
    /// Whether some host fetches one over HTTP.
    urls: bool,
    /// Whether kinds of client that cannot run the same programs get one file.
    for_all: bool,
}

impl HostsBoot {
    /// Adds a host.
    pub(super) fn add(&mut self, boot: &Boot) {
        self.any |= !boot.is_nothing();
        self.urls |= boot.has_url();
        self.for_all |= is_for_all(boot);
    }
}

impl<'r, 'a, 't> BootFiles<'r, 'a, 't> {
    /// For the statements of a file and their scopes.
    pub fn new(
        statements: &'a [Statement<'t>],
        scopes: &'r Scopes<'a, 't>,
        definitions: OptionNames,
        classes: SiteClasses<'a, 't>,
        server: Option<Ipv4Addr>,
        (ours, peer): (bool, Option<Ipv4Addr>),
        (keep, copies): (bool, &'r mut Copies),
    ) -> Self {
        let (remarked, host_files) = (HashSet::default(), false);
        let (entered, sources) = (HashMap::default(), HashMap::default());
        let evaluations = Evaluations::default();
        Self {
            statements,
            scopes,
            definitions,
            classes,
            ours,
            peer,
            keep,
            server,
            remarked,
            other_servers: HashSet::default(),
            host_files,
            entered,
            evaluations,
            sources,
            copies,
        }
    }

    /// Whether the file serves disks or options of iPXE, which `netboot: none` would withhold. In a file that ipxegen made,
    /// conditions withhold them.
    fn serves_disks(&self) -> bool {
        !self.ours && (!self.scopes.disks.is_empty() || self.classes.serve_disks())
    }

    /// Writes the keys of the site, and adds those of subnets and hosts to them.
    pub fn write(
        mut self,
        subnets: &mut [Subnet<'a, 't>],
        hosts: &mut Hosts<'a, 't>,
        last: &mut Vec<Verbatim>,
        draft: &mut Draft,
        coverage: &mut Coverage,
    ) -> Option<OwnServers> {
        let global = Choices::default().enter(self.statements, None, &self.definitions);
        let global_raw = self.account(&global, None, coverage);
        let weight = global_raw.iter().map(|verbatim| weight_of_text(&verbatim.text)).sum();
        let is_copied = !subnets.is_empty() && self.copies.take(weight, subnets.len());
        if !is_copied {
            last.extend(global_raw.iter().cloned());
        }
        if let Some(first) = global_raw.first().filter(|_| !is_copied && !subnets.is_empty()) {
            let text = format!(
                "what overrides boot files from here on stays outside of the {} subnets, whose loaders override it: \
                 repeated in each of them, it would be too much",
                subnets.len()
            );
            coverage.remark(first.origin.clone(), text);
        }
        let global = global.choices;
        let of_classes = self.switched();
        // The subnets whose answers their hosts need.
        let asks = |host: &&Host<'_, '_>| !(host.boot.is_empty() && host.around.is_empty());
        let needed: HashSet<usize> =
            hosts.all.iter().filter(asks).map(|host| host.subnet.unwrap_or_default()).collect();
        let mut inside = Vec::new();
        // Most subnets say nothing of their own.
        let mut known: HashMap<*const Choices, Known> = HashMap::default();
        let mut all_boots: HashSet<Rc<Boot>> = HashSet::default();
        let several = subnets.len() > 1;
        for (at, subnet) in subnets.iter_mut().enumerate() {
            // ipxegen writes the loaders into subnets, so what overrides them must follow there.
            subnet.raw.extend_from_slice(if is_copied { &global_raw } else { &[] });
            let name = several.then(|| subnet.name.clone());
            let choices = self.enter(&global, &subnet.scopes, name.as_deref(), &mut subnet.raw, coverage);
            if let Some((_, choices, boot)) = known.get(&Rc::as_ptr(&choices)) {
                inside.push(InSubnet { choices: Rc::clone(choices), boot: Rc::clone(boot) });
                continue;
            }
            let whole = self.with_classes(&choices, of_classes.as_deref());
            let boot = Rc::new(self.boot(&whole, coverage));
            let boot = all_boots.get(&boot).cloned().unwrap_or(boot);
            all_boots.insert(Rc::clone(&boot));
            if Rc::strong_count(&choices) > 1 {
                known.insert(Rc::as_ptr(&choices), (choices, Rc::clone(&whole), Rc::clone(&boot)));
            }
            let choices = if needed.contains(&at) { whole } else { Rc::clone(&global) };
            inside.push(InSubnet { choices, boot });
        }
        drop((known, all_boots));
        let own_servers = self.own_servers(subnets, &mut inside);
        let first = inside.iter().find(|inside| !inside.boot.is_nothing()).map(|inside| inside.boot.needs);
        if inside.iter().any(|inside| !inside.boot.is_nothing() && Some(inside.boot.needs) != first) {
            // `ipxe.needs` is for all subnets.
            for inside in inside.iter_mut().filter(|inside| !inside.boot.needs.is_empty()) {
                Rc::make_mut(&mut inside.boot).needs = Features::none();
            }
        }
        let site = match Boot::most_common(inside.iter().map(|inside| &*inside.boot)) {
            Some(boot) => boot.clone(),
            None => self.boot(&global, coverage),
        };
        let nothing = |boot: &Boot| boot.is_nothing();
        let hosts_boot = self.hosts(&inside, &global, nothing(&site), hosts, coverage);
        // `netboot: none` would override hosts and classes.
        let some_boot = self.classes.boot() || self.host_files || hosts_boot.any;
        let only_some = nothing(&site) && (some_boot || self.serves_disks());
        let all = || inside.iter().map(|inside| &*inside.boot).chain([&site]);
        let http = hosts_boot.urls || all().any(Boot::has_url);
        let any = some_boot || !all().all(nothing);
        if only_some {
            no_loaders(some_boot, draft);
        } else {
            let mut keys = site.keys(None, Level::Site, http, None);
            if self.ours {
                self.own_script(&mut keys, draft);
            }
            write_site(&keys, any, draft);
        }
        // Even so the site has a script, which its class withholds.
        self.services(http || only_some && !some_boot, any, &site, draft);
        let tftp = self.server.filter(|_| any).map(|ip| ip.to_string());
        let mut classes: Vec<(String, Mapping, Vec<String>)> = Vec::new();
        let mut known: HashMap<Mapping, usize> = HashMap::default();
        // Most subnets boot the same.
        let mut of_boot: HashMap<(*const Boot, bool), Keys> = HashMap::default();
        let by_class = self.classes.boot();
        let disks = DiskSubnets::of(self.scopes, self.classes.serve_disks(), hosts);
        for (at, (subnet, inside)) in subnets.iter_mut().zip(&inside).enumerate() {
            // `netboot: none` would also withhold the TFTP server of hosts with a file.
            let by_host = self.host_files && inside.boot.next_server.is_some();
            let nothing_alone = !by_class && !by_host && !disks.has(at, subnet);
            let keys = || {
                let keys = inside.boot.keys(Some(&site), Level::Subnet, http, tftp.as_deref());
                if !self.ours && !nothing_alone && nothing(&inside.boot) && !nothing(&site) {
                    let empty = inside.boot.without_loaders(&site, http, tftp.as_deref());
                    return Keys { raw: keys.raw, ..empty };
                }
                keys
            };
            let keys = match Rc::strong_count(&inside.boot) {
                1 => keys(),
                _ => of_boot.entry((Rc::as_ptr(&inside.boot), nothing_alone)).or_insert_with(keys).clone(),
            };
            let mut extra = keys.raw;
            subnet.boot = keys.keys;
            let boot_server = own_servers.as_ref().and_then(|own| own.boot_server_of(at, &draft.server));
            if let Some(name) = boot_server {
                subnet.boot.set("boot_server", name);
            }
            let server = subnet.boot.get("next_server").cloned();
            if let Some(Value::Text(name)) = server.filter(is_name) {
                subnet.boot.remove("next_server");
                extra.push(format!("next-server {name};"));
            }
            for text in extra {
                let from = self.source(&text, &subnet.scopes, coverage).unwrap_or(subnet.head);
                subnet.raw.push(Verbatim::with(from, format!("{text}\n")));
            }
            let boots = !nothing(&inside.boot);
            if boots && subnet.raw.iter().any(|verbatim| overrides(&verbatim.text)) {
                let mut allow = Mapping::default();
                allow.set(RULE, ACCEPTED);
                subnet.boot.set("allow", allow);
            }
            for (name, class) in keys.classes {
                match known.get(&class).and_then(|at| classes.get_mut(*at)) {
                    Some((.., subnets)) => subnets.push(subnet.name.clone()),
                    None => {
                        known.insert(class.clone(), classes.len());
                        classes.push((name, class, vec![subnet.name.clone()]));
                    }
                }
            }
        }
        self.classes.write(subnets, draft);
        if hosts_boot.for_all || all().any(is_for_all) {
            draft
                .site
                .map("allow")
                .set("loader-firmware", "dhcpd.conf gives one file to all kinds of client");
        }
        let all_subnets: Vec<&str> = subnets.iter().map(|subnet| subnet.name.as_str()).collect();
        if !self.ours && !classes.is_empty() {
            leave_to(&classes, &all_subnets, draft.site.map("classes"));
        }
        let mut numbers: HashMap<String, usize> = HashMap::default();
        for (name, mut class, subnets) in classes {
            class.set("subnets", Value::one_or_list(subnets.into_iter().map(Value::from).collect()));
            let target = draft.site.map("classes");
            let mut free = name.clone();
            let number = numbers.entry(name.clone()).or_insert(1);
            while target.get(&free).is_some() {
                *number += 1;
                free = format!("{name}-{number}");
            }
            target.set(&free, class);
        }
        OtherServer::account(&self.other_servers, coverage);
        own_servers
    }

    /// The servers of a file that ipxegen made; the boot files are then those of the first.
    fn own_servers(&self, subnets: &[Subnet<'_, '_>], inside: &mut [InSubnet]) -> Option<OwnServers> {
        let own = self.server.filter(|_| self.ours)?;
        let boots: Vec<&Boot> = inside.iter().map(|inside| &*inside.boot).collect();
        let servers = OwnServers::of(self.scopes, subnets, &boots, own, self.peer);
        for (at, inside) in inside.iter_mut().enumerate() {
            servers.spoken(Rc::make_mut(&mut inside.boot), at, own);
        }
        Some(servers)
    }

    /// The statement of these scopes, or of the file, that a text repeats. It is accounted for as text in `raw`.
    pub(super) fn source(
        &mut self,
        text: &str,
        scopes: &[usize],
        coverage: &mut Coverage,
    ) -> Option<&'a Statement<'t>> {
        let word = repeated(text)?;
        let all: &'r Scopes<'a, 't> = self.scopes;
        let sources = &mut self.sources;
        let mut source = |at: &usize| {
            let boot = || all.all.get(*at).into_iter().flat_map(|scope| scope.boot.iter().rev().copied());
            // A file for iPXE alone is in a condition. That of the whole file is in words, as the switch of all clients.
            let is_it = |inner: &&'a Statement<'t>| {
                let value = inner.tokens.get(1).map(|value| value.text);
                inner.begins(&[word]) && value.is_some_and(|value| text.contains(value))
            };
            let inside = |outer: &'a Statement<'t>| with_inner(std::slice::from_ref(outer)).find(is_it);
            let find = || {
                let plain = boot().find(|statement| statement.begins(&[word]));
                plain.or_else(|| boot().filter(|_| *at != 0).find_map(inside))
            };
            *sources.entry((*at, word)).or_insert_with(find)
        };
        let found = scopes.iter().rev().find_map(&mut source).or_else(|| source(&0))?;
        let why = match word {
            "filename" => "no key of a host gives a file to iPXE",
            _ => "no key of its scope says it",
        };
        coverage.set(found.number, Outcome::Raw(why.into()));
        Some(found)
    }

    /// Whether the file names a URL, so that the site has an HTTP server.
    pub(super) fn has_urls(&self) -> bool {
        self.statements.iter().any(|statement| statement.text.contains("://"))
    }

    /// The answers of the classes of the switch to clients that nothing else gives anything; `None` if what is around
    /// them may decide about them.
    fn switched(&self) -> Option<Rc<Choices>> {
        let mut variables: HashSet<&str> = HashSet::default();
        for statement in with_inner(self.statements).filter(|statement| statement.begins(&["set"])) {
            variables.extend(statement.tokens.get(1).map(|token| token.text));
        }
        let decides = |token: &Token<'_>| {
            let is_ours = self.ours && token.text.eq_ignore_ascii_case("ipxegen");
            token.text.eq_ignore_ascii_case("known") || variables.contains(token.text) || is_ours
        };
        let blocks = self.classes.switch.iter().map(|(block, _)| *block);
        if blocks.flat_map(with_inner).flat_map(|statement| statement.tokens).any(decides) {
            return None;
        }
        Some(self.in_classes(&Rc::new(Choices::default())))
    }

    /// Enters the classes of the switch. dhcpd lets the class that is declared first win.
    fn in_classes(&self, choices: &Rc<Choices>) -> Rc<Choices> {
        let classes = self.classes.switch.iter().rev();
        classes.fold(Rc::clone(choices), |choices, (block, condition)| {
            choices.enter(block, Some(condition), &self.definitions).choices
        })
    }

    /// The same, if the answers of the classes alone are known already.
    fn with_classes(&self, choices: &Rc<Choices>, alone: Option<&Choices>) -> Rc<Choices> {
        if self.classes.switch.is_empty() {
            return Rc::clone(choices);
        }
        match alone.and_then(|alone| choices.with_classes(alone)) {
            Some(choices) => Rc::new(choices),
            None => self.in_classes(choices),
        }
    }

    /// The answers to clients, with remarks.
    pub(super) fn boot(&mut self, choices: &Choices, coverage: &mut Coverage) -> Boot {
        let (mut boot, remarks) = choices.boot(None, self.keep);
        if self.ours {
            // The classes of the site are read as such.
            boot.ipxe_servers = Default::default();
        } else {
            self.other_servers.extend(choices.other_servers(&boot));
        }
        for remark in remarks {
            if self.remarked.insert(format!("{} {}", remark.origin, remark.text)) {
                coverage.remark(remark.origin, remark.text);
            }
        }
        boot
    }
}

/// Statements, with those in their blocks.
fn with_inner<'s, 't>(statements: &'s [Statement<'t>]) -> impl Iterator<Item = &'s Statement<'t>> {
    let mut rest: Vec<&Statement<'_>> = statements.iter().collect();
    std::iter::from_fn(move || {
        let next = rest.pop()?;
        rest.extend(next.block.iter().flatten());
        Some(next)
    })
}

/// The word of the statement that a text for `raw` repeats: the condition on iPXE repeats a `filename`.
pub(super) fn repeated(text: &str) -> Option<&'static str> {
    let first = text.split_whitespace().next()?;
    let words = [("next-server", "next-server"), ("server-name", "server-name"), ("if", "filename")];
    words.into_iter().find(|(begin, _)| *begin == first).map(|(_, word)| word)
}
