//! Boot files: the switch is evaluated for every kind of client of each subnet, group and host.

use std::net::Ipv4Addr;
use std::rc::Rc;

use foldhash::{HashMap, HashSet};

use super::super::copies::{Copies, too_many, weight_of_text};
use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Draft, Mapping, Value};
use super::super::ipxe_menu::percent_decoded;
use super::expression::OptionNames;
use super::host_files::HostFiles;
use super::hosts::{Host, Hosts};
use super::own_servers::OwnServers;
use super::scopes::{Kind, Scope, Scopes};
use super::site_classes::SiteClasses;
use super::statements::Statement;
use super::subnets::Subnet;
use super::switch::{Boot, Choices, Entered, Keys, Level};
use super::verbatim::Verbatim;
use crate::dialects::dhcpd::lexer::{PartKind, Token, parts};
use crate::model::{CLIENT_KINDS, ClientKind, Features, ipv4};

/// Decides about boot files, in the words of the site, its subnets and its hosts.
pub struct BootFiles<'r, 'a, 't> {
    statements: &'a [Statement<'t>],
    pub(super) scopes: &'r Scopes<'a, 't>,
    definitions: OptionNames,
    classes: SiteClasses<'a, 't>,
    /// Whether ipxegen made the file.
    ours: bool,
    /// The address of the other server of a failover pair. With two, services name their server.
    peer: Option<Ipv4Addr>,
    /// Carry over files that their clients cannot run.
    keep: bool,
    /// The address of the server, which is the TFTP server of subnets without another.
    server: Option<Ipv4Addr>,
    /// Remarks that were made, so that each is made once.
    remarked: HashSet<String>,
    /// Hosts whose file or server only a class can say.
    pub(super) host_files: HostFiles,
    /// Scopes around several subnets or hosts that were entered, by what was given outside of them.
    entered: HashMap<(*const Choices, usize), Around<'a, 't>>,
    evaluations: Evaluations,
    /// The last statement of a scope that begins with a word.
    sources: HashMap<(usize, &'static str), Option<&'a Statement<'t>>>,
    copies: &'r mut Copies,
}

/// A scope around several others, entered.
struct Around<'a, 't> {
    /// What was given outside of it, which the key is the place of.
    _outside: Rc<Choices>,
    entered: Rc<Entered<'a, 't>>,
    /// Whether its text and its classes are written again for each of the others.
    is_copied: bool,
}

/// How much a class for a branch weighs for each subnet that it names.
const CLASS: usize = 8;

/// How many scopes are remembered.
const REMEMBERED: usize = 256;

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

/// How many statements of groups and shared networks are evaluated again, for another subnet or host than the first.
const EVALUATED: usize = 500_000;

/// Counts the statements that are evaluated again.
struct Evaluations {
    left: usize,
    /// The statements of each scope, with those in its blocks.
    sizes: HashMap<usize, usize>,
}

impl Evaluations {
    /// Whether a scope may be entered once more. The first time is free.
    fn take(&mut self, at: usize, scope: &Scope<'_, '_>) -> bool {
        let Some(size) = self.sizes.get(&at) else {
            let inside = |statement: &Statement<'_>| {
                with_inner(statement.block.as_deref().unwrap_or_default()).count()
            };
            self.sizes.insert(at, scope.boot.iter().map(|statement| 1 + inside(statement)).sum());
            return true;
        };
        let left = self.left.checked_sub(*size);
        self.left = left.unwrap_or(self.left);
        left.is_some()
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
        let (remarked, host_files) = (HashSet::default(), HostFiles::default());
        let (entered, sources) = (HashMap::default(), HashMap::default());
        let evaluations = Evaluations { left: EVALUATED, sizes: HashMap::default() };
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
            host_files,
            entered,
            evaluations,
            sources,
            copies,
        }
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
        let mut known: HashMap<*const Choices, (Rc<Choices>, Rc<Choices>, Rc<Boot>)> = HashMap::default();
        let mut all_boots: HashSet<Rc<Boot>> = HashSet::default();
        let several = subnets.len() > 1;
        for (at, subnet) in subnets.iter_mut().enumerate() {
            // ipxegen writes the loaders into subnets, so what overrides them must follow there.
            subnet.raw.extend(global_raw.iter().filter(|_| is_copied).cloned());
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
        let some_boot = self.classes.boot() || self.host_files.boot() || hosts_boot.any;
        let only_some = nothing(&site) && some_boot;
        let all = || inside.iter().map(|inside| &*inside.boot).chain([&site]);
        let http = hosts_boot.urls || all().any(Boot::has_url);
        let any = some_boot || !all().all(nothing);
        if only_some {
            no_loaders(draft);
        } else {
            let mut keys = site.keys(None, Level::Site, http, None);
            if self.ours {
                self.own_script(&mut keys, draft);
            }
            write_site(&keys, any, draft);
        }
        self.services(http, any, &site, draft);
        let tftp = self.server.filter(|_| any).map(|ip| ip.to_string());
        let mut classes: Vec<(String, Mapping, Vec<String>)> = Vec::new();
        let mut known: HashMap<Mapping, usize> = HashMap::default();
        // Most subnets boot the same.
        let mut of_boot: HashMap<*const Boot, Keys> = HashMap::default();
        let by_class = self.classes.boot() || self.host_files.boot();
        for (at, (subnet, inside)) in subnets.iter_mut().zip(&inside).enumerate() {
            let keys = || {
                let keys = inside.boot.keys(Some(&site), Level::Subnet, http, tftp.as_deref());
                if !self.ours && by_class && nothing(&inside.boot) && !nothing(&site) {
                    let empty = inside.boot.without_loaders(&site, http, tftp.as_deref());
                    return Keys { raw: keys.raw, ..empty };
                }
                keys
            };
            let keys = match Rc::strong_count(&inside.boot) {
                1 => keys(),
                _ => of_boot.entry(Rc::as_ptr(&inside.boot)).or_insert_with(keys).clone(),
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
        if !self.host_files.is_empty() {
            self.host_files.write(draft.site.map("classes"));
        }
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

    /// Leaves out the services that nothing in the file needs.
    fn services(&self, http: bool, any: bool, site: &Boot, draft: &mut Draft) {
        for (service, needed) in [("http", http), ("tftp", any)] {
            if draft.site.get(service).is_some() {
                continue;
            }
            if !needed {
                draft.site.set(service, "none");
            } else if let Some(peer) = self.peer {
                // With several servers, a service runs where its key says so.
                if self.ours {
                    // The addresses of each subnet tell.
                    continue;
                }
                let peer = peer.to_string();
                let url = site.ipxe.iter().flatten().any(|file| host_of(file) == Some(&peer));
                let is_peer = site.next_server.as_deref() == Some(&*peer) || (service == "http" && url);
                let server = draft.server.clone();
                draft.site.map(service).set("server", if is_peer { format!("{server}-2") } else { server });
            }
        }
    }

    /// In a file that ipxegen made, iPXE gets the script that ipxegen renders: its path below the root of the server.
    fn own_script(&self, keys: &mut Keys, draft: &mut Draft) {
        let text = |value: Option<&Value>| match value {
            Some(Value::Text(text)) => Some(text.clone()),
            _ => None,
        };
        let over_http = text(keys.keys.get("script"));
        let servers: Vec<String> = self.server.iter().chain(&self.peer).map(ToString::to_string).collect();
        let is_ours =
            |url: &&str| host_of(url).is_some_and(|host| servers.iter().any(|server| server == host));
        let url = over_http.as_deref().filter(is_ours);
        let path = url.and_then(|url| url.split_once("://")?.1.split_once('/')).map(|(_, path)| path);
        let class = keys.classes.iter().position(|(name, _)| name == "ipxe");
        let file = class.and_then(|at| text(keys.classes.get(at)?.1.get("file")));
        let over_tftp = file.filter(|file| file != "none" && over_http.is_none());
        let path = path.and_then(percent_decoded);
        let Some(path) = path.as_deref().or(over_tftp.as_deref()) else { return };
        keys.keys.remove("script");
        if let Some(at) = class.filter(|_| over_http.is_none()) {
            keys.classes.remove(at);
        }
        if path != "install.ipxe" {
            draft.site.map("ipxe").set("script", path);
        }
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
            let find = || all.all.get(*at)?.boot.iter().rev().find(|at| at.begins(&[word])).copied();
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

    /// Enters scopes, outer ones first; what no key expresses is added to `raw`.
    pub(super) fn enter(
        &mut self,
        outer: &Rc<Choices>,
        scopes: &[usize],
        subnet: Option<&str>,
        raw: &mut Vec<Verbatim>,
        coverage: &mut Coverage,
    ) -> Rc<Choices> {
        let mut choices = Rc::clone(outer);
        let all: &'r Scopes<'a, 't> = self.scopes;
        for (at, scope) in scopes.iter().filter_map(|at| Some((*at, all.all.get(*at)?))) {
            let Some(block) = scope.head.and_then(|head| head.block.as_deref()) else { continue };
            if scope.boot.is_empty() {
                continue;
            }
            if !matches!(scope.kind, Kind::Shared(_) | Kind::Group(_)) {
                let entered = choices.enter(block, None, &self.definitions);
                raw.extend(self.account(&entered, subnet, coverage));
                choices = entered.choices;
                continue;
            }
            let key = (Rc::as_ptr(&choices), at);
            let known = self.entered.get(&key).map(|around| (Rc::clone(&around.entered), around.is_copied));
            let is_new = known.is_none();
            if is_new && !self.evaluations.take(at, scope) {
                let why = format!(
                    "what it says about boot files is evaluated for each subnet of its hosts, and an import evaluates {EVALUATED} statements again at most"
                );
                for statement in &scope.boot {
                    super::scopes::settle(statement, &Outcome::Lost(why.clone()), coverage);
                }
                continue;
            }
            let (entered, is_copied) = match known {
                Some(known) => known,
                None => {
                    let entered = Rc::new(choices.enter(block, None, &self.definitions));
                    let times = all.members.get(&at).copied().filter(|_| subnet.is_some()).unwrap_or(1);
                    let texts = entered.raw.iter().map(|verbatim| weight_of_text(&verbatim.text));
                    let weight = texts.sum::<usize>() + CLASS * entered.others.len();
                    let is_copied = self.copies.take(weight, times);
                    Self::settle(&entered, (!is_copied).then_some(times), coverage);
                    if self.entered.len() >= REMEMBERED {
                        self.entered.clear();
                    }
                    let around =
                        Around { _outside: Rc::clone(&choices), entered: Rc::clone(&entered), is_copied };
                    self.entered.insert(key, around);
                    (entered, is_copied)
                }
            };
            // A group has its text once, whatever hosts are in it.
            if is_copied && (is_new || subnet.is_some()) {
                raw.extend(self.texts(&entered, subnet, coverage));
            }
            choices = Rc::clone(&entered.choices);
        }
        choices
    }

    /// Accounts for the statements of a scope; returns what goes into `raw`.
    fn account(
        &mut self,
        entered: &Entered<'_, '_>,
        subnet: Option<&str>,
        coverage: &mut Coverage,
    ) -> Vec<Verbatim> {
        Self::settle(entered, None, coverage);
        self.texts(entered, subnet, coverage)
    }

    /// Accounts for the statements of a scope; with `subnets`, there are too many of them for its text.
    fn settle(entered: &Entered<'_, '_>, subnets: Option<usize>, coverage: &mut Coverage) {
        for statement in &entered.in_words {
            coverage.set(statement.number, Outcome::Words);
        }
        for statement in &entered.without_effect {
            coverage.set(statement.number, Outcome::Default);
        }
        let lost = subnets.map(|subnets| Outcome::Lost(too_many(subnets, "subnets")));
        for verbatim in &entered.raw {
            for statement in &verbatim.statements {
                let raw = || Outcome::Raw(verbatim.why.clone());
                coverage.set(statement.number, lost.clone().unwrap_or_else(raw));
            }
        }
        if let Some(lost) = lost {
            for branch in &entered.others {
                super::scopes::settle(branch.statement, &lost, coverage);
            }
        }
    }

    /// What goes into `raw`.
    fn texts(
        &mut self,
        entered: &Entered<'_, '_>,
        subnet: Option<&str>,
        coverage: &mut Coverage,
    ) -> Vec<Verbatim> {
        let mut raw = Vec::new();
        for verbatim in &entered.raw {
            if let Some(first) = verbatim.statements.first() {
                let text = format!("{}\n", verbatim.text.trim_end());
                raw.push(Verbatim::with(first, text));
            }
        }
        // Clients that no kind of client describes are classes.
        for branch in &entered.others {
            if let Err(why) = self.classes.branch(branch, subnet) {
                super::scopes::settle(branch.statement, &Outcome::Raw(why), coverage);
                raw.push(Verbatim::with(branch.statement, alone(branch.statement)));
            }
        }
        raw
    }

    /// The answers to clients, with remarks.
    pub(super) fn boot(&mut self, choices: &Choices, coverage: &mut Coverage) -> Boot {
        let (boot, remarks) = choices.boot(None, self.keep);
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

/// A branch as a condition of its own: `elsif` becomes `if`.
fn alone(statement: &Statement<'_>) -> String {
    let text = super::verbatim::text_of(statement);
    let rest = ["elsif", "elseif"].iter().find_map(|word| {
        let head = text.get(..word.len())?;
        if head.eq_ignore_ascii_case(word) { text.get(word.len()..) } else { None }
    });
    match rest {
        Some(rest) => format!("if{rest}"),
        None => text,
    }
}

/// The word of the statement that a text for `raw` repeats: the condition on iPXE repeats a `filename`.
pub(super) fn repeated(text: &str) -> Option<&'static str> {
    let first = text.split_whitespace().next()?;
    let words = [("next-server", "next-server"), ("server-name", "server-name"), ("if", "filename")];
    words.into_iter().find(|(begin, _)| *begin == first).map(|(_, word)| word)
}

/// Takes from the classes of the site the subnets that have a class of the same name, for the same clients.
fn leave_to(new: &[(String, Mapping, Vec<String>)], all: &[&str], classes: &mut Mapping) {
    let mut taken: HashMap<&str, HashSet<&str>> = HashMap::default();
    for (name, class, subnets) in new {
        if classes.submap(name).is_some_and(|of_site| of_site.get("match") == class.get("match")) {
            taken.entry(name).or_default().extend(subnets.iter().map(String::as_str));
        }
    }
    for (name, taken) in taken {
        let of_site = classes.map(name);
        let left: Vec<Value> = match of_site.get("subnets") {
            Some(Value::List(names)) => names.clone(),
            Some(name) => vec![name.clone()],
            None => all.iter().map(|name| Value::from(*name)).collect(),
        };
        let is_taken = |value: &Value| matches!(value, Value::Text(name) if taken.contains(name.as_str()));
        let left: Vec<Value> = left.into_iter().filter(|name| !is_taken(name)).collect();
        if !left.is_empty() {
            of_site.set("subnets", Value::one_or_list(left));
        }
    }
}

/// Writes the keys of the whole site.
fn write_site(keys: &Keys, any: bool, draft: &mut Draft) {
    for entry in keys.keys.entries() {
        let value = entry.value.clone();
        match entry.key.as_str() {
            key @ ("script" | "needs") => draft.site.map("ipxe").set(key, value),
            "loaders" => draft.site.set("loaders", value),
            key => draft.site.map("dhcp").set(key, value),
        };
    }
    if !any && let Some(entry) = draft.site.map("dhcp").entry("netboot") {
        entry.note("dhcpd.conf names no boot file; remove this line to boot from the network");
    }
    for (name, class) in &keys.classes {
        draft.site.map("classes").set(name, class.clone());
    }
}

/// Only hosts and classes boot something. `netboot: none` would override them.
fn no_loaders(draft: &mut Draft) {
    let mut loaders = Mapping::default();
    loaders.set("bios", "none");
    loaders.set("efi_x64", "none");
    draft.site.set("loaders", loaders).note("only some clients have boot files in dhcpd.conf");
    let mut matching = Mapping::default();
    matching.set("client", "ipxe");
    let mut class = Mapping::default();
    class.set("match", matching);
    class.set("file", "none");
    let entry = draft.site.map("classes").set("ipxe", class);
    entry.note("dhcpd.conf gives iPXE no script: without this class it would get that of the site");
}

/// The host of a URL, without a port.
fn host_of(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split('/').next()
}
