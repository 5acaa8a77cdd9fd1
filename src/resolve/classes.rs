//! Classes: what their clients send, and what they get.
//!
//! Ranges of subnets name classes, and classes have loaders over those of the subnets. So their names and matches are
//! read before the subnets, and everything else after.

use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use super::boot_file::{boot_file, is_address};
use super::class_count;
use super::entry_ids::check_reference;
use super::handout::{self, addresses, raw};
use super::host_context::HostContext;
use super::loaders::{self, LoadersByKind, loader_changes, override_loaders};
use super::resolver::Resolver;
use super::scope_root::scope_root;
use super::servers::server_named;
use super::services::netboot;
use super::substitution::unchanged;
use super::vendor_options::vendor_options;
use crate::model::{
    Arch, Asker, Class, ClassFile, ClassInSubnet, ClassMatch, ClassSet, Clients, Handout, InvalidValue,
    Loaders, Pattern, Spanned, Subnet, Validated, domain, flag, ipv4, network_name, number, seconds,
};
use crate::outputs::RawScope;
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY};
use crate::schema::{self, Field, MatchValue};
use crate::source::{Scalar, Span};

/// The names of the classes, and the sets of them that ranges are for.
#[derive(Default)]
pub(super) struct ClassNames<'a> {
    /// The index of each class.
    by_name: HashMap<&'a str, usize>,
    /// The matches, in the order of the site; none for a class in error.
    matches: Vec<Option<ClassMatch>>,
    /// The sets that ranges are for.
    pub sets: Vec<ClassSet>,
    /// The index of each set.
    by_set: HashMap<ClassSet, u16>,
}

impl<'a> ClassNames<'a> {
    /// Reads the names and matches. Too many classes are all left out, so that the rest is checked at no great cost.
    pub(super) fn resolve(r: &mut Resolver<'_, 'a>, written: &[schema::Class<'a>]) -> Self {
        let mut names = Self::default();
        let too_many = class_count::too_many(written);
        let is_refused = too_many.is_some();
        if let Some(finding) = too_many {
            r.report.push(finding);
        }
        let mut index = 0;
        for class in written {
            let matches = class_match(r, class).filter(|_| !is_refused);
            let name = r.value(class.name, |text| match Clients::parse(text) {
                Ok(_) => Err(InvalidValue::new(format!("no class can be called `{text}`"))
                    .help("a range's `clients` has a meaning of its own for the word")),
                Err(_) => network_name(text),
            });
            r.gaps.classes |= class.wrong;
            if name.is_some() && matches.is_some() {
                names.by_name.insert(class.name.text, index);
                index += 1;
                names.matches.push(matches);
            } else {
                r.gaps.classes = true;
                names.matches.push(None);
            }
        }
        names
    }

    /// The clients of a range.
    pub(super) fn clients(
        &mut self,
        r: &mut Resolver<'_, 'a>,
        written: &schema::RangeClients<'a>,
    ) -> Option<Clients> {
        if let [word] = written.words.as_slice()
            && let Ok(clients) = Clients::parse(word.text)
        {
            if written.not {
                let refused = InvalidValue::new(format!("`not` takes classes, and `{}` is none", word.text));
                r.refuse(word.span, &refused.help("write `clients: known` or `clients: unknown`"));
                return None;
            }
            return Some(clients);
        }
        let mut classes = Vec::new();
        for word in &written.words {
            classes.push(self.find(r, *word)?);
        }
        classes.sort_unstable();
        classes.dedup();
        let set = ClassSet { not: written.not, classes };
        if let Some(at) = self.by_set.get(&set) {
            return Some(Clients::Classes(*at));
        }
        let Ok(at) = u16::try_from(self.sets.len()) else {
            if let Some(word) = written.words.first() {
                let message = format!("the ranges name more than {} sets of classes", self.sets.len());
                r.refuse(
                    word.span,
                    &InvalidValue::new(message).help("name the same classes in several ranges"),
                );
            }
            return None;
        };
        self.sets.push(set.clone());
        self.by_set.insert(set, at);
        Some(Clients::Classes(at))
    }

    fn find(&self, r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<usize> {
        if let Some(at) = self.by_name.get(word.text) {
            return Some(*at);
        }
        if Clients::parse(word.text).is_ok() {
            let refused = InvalidValue::new(format!("`{}` cannot be combined with classes", word.text));
            r.refuse(word.span, &refused.help("give them ranges of their own"));
        } else if !r.gaps.classes {
            if self.by_name.is_empty() {
                let refused =
                    InvalidValue::new(format!("must be `all`, `known` or `unknown`, not `{}`", word.text));
                r.refuse(word.span, &refused.help("or the name of a class; the site declares none"));
            } else {
                let mut known: Vec<&str> = self.by_name.keys().copied().collect();
                known.sort_unstable();
                r.unknown("class", word, &known);
            }
        }
        None
    }
}

/// The match of a class; `None` with a finding.
fn class_match<'a>(r: &mut Resolver<'_, 'a>, class: &schema::Class<'a>) -> Option<ClassMatch> {
    let written = match &class.matches {
        Field::Given(written) => written,
        Field::Wrong(_) => return None,
        Field::Absent => {
            if !class.wrong {
                let message = format!("the class `{}` has no `match`", class.name.text);
                let help = "what its clients send, such as `match: { vendor_class: \"Cisco*\" }`";
                r.report.push(Finding::new(&MISSING_KEY, class.name.span, message).help(help));
            }
            return None;
        }
    };
    let before = r.report.len();
    let matches = ClassMatch {
        vendor_class: patterns(r, written, &written.vendor_class, Pattern::text),
        user_class: patterns(r, written, &written.user_class, Pattern::user_class),
        client_id: patterns(r, written, &written.client_id, Pattern::client_id),
        circuit_id: patterns(r, written, &written.circuit_id, Pattern::text),
        remote_id: patterns(r, written, &written.remote_id, Pattern::text),
        uuid: patterns(r, written, &written.uuid, Pattern::uuid),
        mac: values(r, written, &written.mac, Pattern::mac),
        client: values(r, written, &written.client, Asker::parse),
        arch: values(r, written, &written.arch, Arch::parse),
    };
    // A class that lacks one of its conditions would match others.
    if r.report.len() > before || r.has_error_in(written.span) {
        return None;
    }
    if matches.is_empty() {
        let message = format!("the class `{}` matches every client", class.name.text);
        let help = "name what its clients send; settings for all clients are those of `dhcp` and of subnets";
        r.report.push(Finding::new(&MALFORMED, written.span, message).help(help));
        return None;
    }
    Some(matches)
}

fn patterns<'a>(
    r: &mut Resolver<'_, 'a>,
    matches: &schema::ClassMatch<'a>,
    field: &Field<Vec<MatchValue<'a>>>,
    text: fn(&str) -> Validated<Pattern>,
) -> Vec<Spanned<Pattern>> {
    let values = field.given().into_iter().flatten().filter_map(|value| match value {
        MatchValue::Text(word) => r.value(*word, text),
        MatchValue::Hex(word) => r.value(*word, Pattern::hex),
    });
    let values: Vec<_> = values.collect();
    nothing_named(r, matches, field, values)
}

fn values<'a, T>(
    r: &mut Resolver<'_, 'a>,
    matches: &schema::ClassMatch<'a>,
    field: &Field<Vec<Scalar<'a>>>,
    read: fn(&str) -> Validated<T>,
) -> Vec<Spanned<T>> {
    let values = field.given().into_iter().flatten().filter_map(|word| r.value(*word, read)).collect();
    nothing_named(r, matches, field, values)
}

/// An empty list is no condition, and would match everybody.
fn nothing_named<W, T>(
    r: &mut Resolver<'_, '_>,
    matches: &schema::ClassMatch<'_>,
    field: &Field<Vec<W>>,
    values: Vec<Spanned<T>>,
) -> Vec<Spanned<T>> {
    if field.given().is_some_and(Vec::is_empty) {
        let finding =
            Finding::new(&MALFORMED, matches.span, "a key of `match` with an empty list matches nobody");
        r.report.push(finding.help("name a value, or remove the key"));
    }
    values
}

/// Reads the classes, all but their names and matches.
pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &[schema::Class<'a>],
    names: &mut ClassNames<'a>,
    context: &HostContext<'_, 'a>,
) -> Vec<Class> {
    let matches = std::mem::take(&mut names.matches);
    let mut classes = Vec::new();
    let too_often = class_count::too_often(written, context.subnets.len());
    let counts = too_often.is_none();
    for (class, matches) in written.iter().zip(matches) {
        let known = names.by_name.contains_key(class.name.text);
        if let Some(matches) = matches.filter(|_| known) {
            classes.push(one(r, class, matches, context, counts));
        }
    }
    if let Some(finding) = too_often.or_else(|| class_count::too_large(&classes)) {
        r.report.push(finding);
        for class in &mut classes {
            class.here = Vec::new();
        }
    }
    if let Some(finding) = class_count::too_many_pools(&classes, context.subnets) {
        r.report.push(finding);
        for class in &mut classes {
            class.ip_subnet = None;
        }
    }
    classes
}

fn one<'a>(
    r: &mut Resolver<'_, 'a>,
    class: &schema::Class<'a>,
    matches: ClassMatch,
    context: &HostContext<'_, 'a>,
    counts: bool,
) -> Class {
    let written = &class.body;
    let subnets = subnets(r, class, context.subnets);
    let times = [&written.default_lease_time, &written.max_lease_time, &written.min_lease_time]
        .map(|field| r.maybe(field, seconds));
    let [default_lease_time, max_lease_time, min_lease_time] = times;
    let ip = r.maybe(&written.ip, ipv4);
    r.gaps.classes |= written.ip.is_written() && ip.is_none();
    let ip_subnet = ip.as_ref().and_then(|ip| ip_subnet(r, class, ip, subnets.as_deref(), context.subnets));
    let file = file(r, class);
    let mut loaders: LoadersByKind = Vec::new();
    if let Some(own) = written.loaders.given() {
        loaders::no_build(r, own);
        override_loaders(r, own, &mut loaders, &unchanged);
        if let Some(file) = &file {
            let message = format!("the class `{}` has a `file` and `loaders`", class.name.text);
            let help = "`file` replaces the choice of loaders: keep one of the two";
            r.report
                .push(Finding::new(&MALFORMED, file.span, message).and(own.span, "the loaders").help(help));
        }
    }
    let next_server = next_server(r, written.next_server.given(), context);
    // Too many of them are refused.
    let here = match counts {
        true => here(r, class, subnets.as_deref(), &loaders, next_server.as_ref(), context),
        false => Vec::new(),
    };
    Class {
        name: Spanned::new(class.name.text.to_owned(), class.name.span),
        span: class.span,
        matches,
        subnets,
        ip,
        ip_subnet,
        priority: r.or(&written.priority, |text| number(text, -1_000, 1_000), 0),
        file,
        next_server: written.next_server.given().map(|word| Spanned::new(word.text.to_owned(), word.span)),
        handout: handout_of(r, class, context),
        default_lease_time,
        max_lease_time,
        min_lease_time,
        netboot: written.netboot.given().and_then(|word| netboot(r, *word)),
        root_path: here.iter().find_map(|here| here.root_path.as_ref()).map(|root| root.text.clone()),
        loaders: loaders_of(&here),
        here,
    }
}

/// The different loaders of a class.
fn loaders_of(here: &[ClassInSubnet]) -> Loaders {
    let mut all: Loaders = Vec::new();
    let mut seen = HashSet::default();
    for (kind, loader) in here.iter().flat_map(|here| &here.loaders) {
        if let Some(value) = &loader.value
            && seen.insert((*kind, value))
        {
            all.push((*kind, Spanned::new(value.clone(), loader.span)));
        }
    }
    all
}

/// The subnets that a class names, by index.
fn subnets<'a>(r: &mut Resolver<'_, 'a>, class: &schema::Class<'a>, all: &[Subnet]) -> Option<Vec<usize>> {
    let words = class.body.subnets.given()?;
    let mut found = Vec::new();
    for word in words.iter().filter(|word| word.text != "none") {
        match all.iter().position(|subnet| subnet.name.value == word.text) {
            Some(at) => found.push(at),
            None if r.gaps.subnets => {}
            None => {
                let known: Vec<&str> = all.iter().map(|subnet| subnet.name.value.as_str()).collect();
                r.unknown("subnet", *word, &known);
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    Some(found)
}

/// The subnet of a class's address.
fn ip_subnet(
    r: &mut Resolver<'_, '_>,
    class: &schema::Class<'_>,
    ip: &Spanned<Ipv4Addr>,
    subnets: Option<&[usize]>,
    all: &[Subnet],
) -> Option<usize> {
    let found = all.iter().position(|subnet| subnet.cidr.value.contains(ip.value));
    let name = class.name.text;
    let Some(at) = found else {
        if !r.gaps.subnets {
            let message = format!("the address {} of the class `{name}` is in no subnet", ip.value);
            r.report.push(Finding::new(&MALFORMED, ip.span, message).help("its clients could not get it"));
        }
        return None;
    };
    if subnets.is_some_and(|subnets| !subnets.contains(&at)) {
        let subnet = all.get(at).map_or("", |subnet| subnet.name.value.as_str());
        let message = format!(
            "the address {} is in the subnet `{subnet}`, where the class `{name}` does not count",
            ip.value
        );
        let help = format!("add `{subnet}` to its `subnets`, or name an address of one of them");
        r.report.push(Finding::new(&MALFORMED, ip.span, message).help(help));
        return None;
    }
    Some(at)
}

/// The boot file of a class: a path on whatever TFTP server its clients are sent to, or a URL.
fn file<'a>(r: &mut Resolver<'_, 'a>, class: &schema::Class<'a>) -> Option<Spanned<ClassFile>> {
    let word = class.body.file.given()?;
    // Another machine has a root of its own.
    if class.body.next_server.given().is_none() && !word.text.contains("://") {
        r.below_root(*word, |_| Ok(()))?;
    }
    boot_file(r, *word)
}

/// The TFTP server of a class: the same for all subnets, or the address of one of the site's servers in each.
enum NextServer {
    Address(Spanned<Ipv4Addr>),
    Server(usize, Span),
}

fn next_server<'a>(
    r: &mut Resolver<'_, 'a>,
    word: Option<&Scalar<'a>>,
    context: &HostContext<'_, 'a>,
) -> Option<NextServer> {
    let word = *word?;
    if is_address(word.text) {
        return r.value(word, ipv4).map(NextServer::Address);
    }
    server_named(r, word, context.servers).map(|at| NextServer::Server(at, word.span))
}

/// The settings that differ between subnets.
fn here<'a>(
    r: &mut Resolver<'_, 'a>,
    class: &schema::Class<'a>,
    subnets: Option<&[usize]>,
    own: &LoadersByKind,
    next_server: Option<&NextServer>,
    context: &HostContext<'_, 'a>,
) -> Vec<ClassInSubnet> {
    let mut all = Vec::new();
    let mut root = class.body.root_path.given();
    for (at, subnet) in context.subnets.iter().enumerate() {
        if subnets.is_some_and(|subnets| subnets.binary_search(&at).is_err()) {
            continue;
        }
        let loaders = match context.loaders.get(at) {
            Some(inherited) if !own.is_empty() => loader_changes(r.report, own, inherited, class.name.span),
            _ => Vec::new(),
        };
        let next_server = match next_server {
            Some(NextServer::Address(ip)) => Some(ip.clone()),
            Some(NextServer::Server(server, span)) => {
                let server = context.servers.get(*server);
                server
                    .and_then(|server| server.address_in(subnet.cidr.value))
                    .map(|ip| Spanned::new(ip, *span))
            }
            None => None,
        };
        let path = root.map(|path| scope_root(r, &[path], at, class.name.span, context));
        if let Some(Err(())) = path {
            // The same fault would be found in each subnet.
            root = None;
        }
        let root_path = path.and_then(Result::ok).flatten();
        all.push(ClassInSubnet { subnet: at, loaders, next_server, root_path });
    }
    all
}

fn handout_of<'a>(
    r: &mut Resolver<'_, 'a>,
    class: &schema::Class<'a>,
    context: &HostContext<'_, 'a>,
) -> Handout {
    let written = &class.body;
    let mut handout = Handout {
        routers: addresses(r, &written.routers),
        dns: addresses(r, &written.dns),
        ntp: addresses(r, &written.ntp),
        domain_search: written.domain_search.given().map(|words| handout::domains(r, words)),
        ..Handout::default()
    };
    handout.domain = written.domain.given().and_then(|word| match word.text {
        "none" => Some(Spanned::new(String::new(), word.span)),
        _ => r.value(*word, |text| domain(text).map(str::to_owned)),
    });
    if let Some(options) = written.options.given() {
        handout::options(r, options, &mut handout.options, &unchanged);
    }
    if let Some(vendor) = written.vendor_options.given() {
        vendor_options(r, vendor, &mut handout.options, &unchanged);
    }
    if let Some(ipxe) = written.ipxe.given() {
        handout::ipxe(r, ipxe, &mut handout, &unchanged);
    }
    if let Some(word) = written.boot.given() {
        check_reference(r, *word, context.ids);
        handout.boot = Some(handout::boot(*word));
    }
    handout.autoboot = r.maybe(&written.autoboot, flag);
    if let Some(dict) = written.vars.given() {
        context.vars.apply(r, dict, &mut handout, &unchanged);
    }
    handout.raw = raw(r, &written.raw, RawScope::Clients);
    handout
}
