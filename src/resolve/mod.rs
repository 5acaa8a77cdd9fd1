//! From what was written to what is meant: defaults, inheritance, references, values.
//!
//! Every finding is collected; a value in error leaves a gap in the model that rules know of.

mod allow;
mod builds;
mod custom_files;
mod disk;
mod entries;
mod exports;
mod groups;
mod handout;
mod hosts;
mod iscsi;
mod menu;
mod relays;
mod roles;
mod root_path;
mod servers;
mod services;
mod subnets;
mod subnets6;
mod vars;

use std::borrow::Cow;

use rustc_hash::FxHashSet;

use crate::model::{
    AbsPath, FileRoots, Gaps, Ipxe, Script, Site, Spanned, Validated, domain, flag, host_name,
};
use crate::report::catalogue::{MALFORMED, UNKNOWN_REFERENCE};
use crate::report::{Finding, Report};
use crate::schema::{self, Field, nearest};
use crate::source::{Scalar, Sources, Span};

/// What every part of resolving has at hand.
pub(crate) struct Resolver<'r, 'a> {
    report: &'r mut Report,
    /// Where errors stand that another report has.
    errors: &'r [Span],
    sources: &'a Sources,
    gaps: Gaps,
    /// Places that were refused already: what stands at a group is looked at for each of its hosts.
    refused: FxHashSet<Span>,
    /// How many names referred to nothing.
    unknown: usize,
    /// What paths below the TFTP root and the HTTP root are relative to.
    roots: FileRoots,
}

/// Resolves a site. `source` is its file's name.
pub fn resolve<'a>(
    mut written: schema::Site<'a>,
    source: &str,
    sources: &'a Sources,
    report: &mut Report,
) -> Site<'a> {
    let mut resolver = Resolver::new(report, sources);
    let allow = allow::collect(&written);
    let r = &mut resolver;
    let vars = vars::Vars::resolve(r, &written);
    let top = std::mem::take(&mut written.top);

    r.gaps.servers = written.wrong_server;
    r.gaps.subnets = written.wrong_subnet;
    let servers = servers::resolve(r, &written.servers);
    let roles = roles::resolve(r, &top, &servers, written.span);
    let domain_name = r.maybe(&top.domain, |text| domain(text).map(str::to_owned));
    let name = r.maybe(&top.name, site_name).map_or_else(
        || default_name(domain_name.as_ref().map(|at| at.value.as_str()), &servers),
        |at| at.value,
    );

    r.gaps.services = roles.any_wrong();
    let services = services::resolve(r, &top, &roles, &servers);
    r.roots = services.file_roots();
    let ipxe = ipxe(r, &top.ipxe, &roles, written.span);
    services::script_for_site_file(r, services.http.as_ref(), &ipxe);
    let defaults = subnets::Defaults::new(r, &top, domain_name.as_ref(), &roles);
    let (mut subnets, laid) =
        subnets::resolve(r, &written.subnets, &defaults, &services, &servers, &roles, &ipxe, &vars);

    let above = dhcp_span(&top).is_some_and(|span| r.report.has_error_in(span));
    for subnet in &mut subnets {
        subnet.in_part = above || r.report.has_error_in(subnet.span);
    }

    let facts = entries::facts(&services, &roles, &subnets, &servers, &ipxe, &vars);
    let mut entries = entries::resolve(r, &written.boot_entries, &facts, &roles);
    entries::check_mounts(r, &entries, &services);
    let ids = entries::ids(&written.boot_entries);
    let menu = menu::resolve(r, &top.menu, &mut entries, &ids, &name, &facts);
    subnets::check_boots(r, &written.subnets, &ids);

    let groups = groups::resolve(r, std::mem::take(&mut written.groups), &ids);
    let targets = iscsi::resolve(r, &top, &servers);
    let around = hosts::HostContext {
        groups,
        subnets: &subnets,
        laid: &laid,
        servers: &servers,
        roles: &roles,
        vars: &vars,
        targets: &targets,
        ids: &ids,
    };
    let machines = hosts::resolve(r, std::mem::take(&mut written.hosts), &around);
    drop(around);
    entries::add_preselected(r, &mut entries, &subnets, &machines.profiles, &facts);
    roles.check_needs(r, &subnets, &entries, &machines);
    subnets::free_ranges(&mut subnets, &servers, &machines.hosts);
    subnets6::free_ranges(&mut subnets, &servers, &machines.hosts);
    let nfs = exports::resolve(r, &top.nfs, &roles, &subnets, &entries, &machines, &services);
    let relays = relays::relays(r, &top, &roles, &servers);
    let files = custom_files::files(r, &top, &servers);
    let raw = handout::raw(r, &top.raw, handout::SITE_OUTPUTS);
    let loaders_build = builds::loaders(r, &top);
    let winpe = builds::winpe(r, &top);
    if winpe.is_some() {
        builds::in_batch_file(r, &entries);
    }
    Site {
        source: source.to_owned(),
        name,
        domain: domain_name.map(|at| at.value),
        external_dhcp: services.external_dhcp,
        dhcp: services.dhcp,
        tftp: services.tftp,
        http: services.http,
        nfs,
        smb: services.smb,
        relays,
        files,
        iscsi: targets.servers,
        ipxe,
        loaders_build,
        winpe,
        vars: vars.into_vars(),
        servers,
        subnets,
        profiles: machines.profiles,
        hosts: machines.hosts,
        disks_with_more: machines.disks_with_more,
        entries,
        menu,
        raw,
        allow,
        gaps: resolver.gaps,
    }
}

impl<'r, 'a> Resolver<'r, 'a> {
    fn new(report: &'r mut Report, sources: &'a Sources) -> Self {
        Self {
            report,
            errors: &[],
            sources,
            gaps: Gaps::default(),
            refused: FxHashSet::default(),
            unknown: 0,
            roots: FileRoots::default(),
        }
    }

    /// Whether an error stands at a place or in it, which says what is not to be said again.
    pub(crate) fn has_error_in(&self, span: Span) -> bool {
        self.report.has_error_in(span) || self.errors.iter().any(|error| span.contains(*error))
    }

    /// Refuses a value at its place.
    pub(crate) fn refuse(&mut self, span: Span, refused: &crate::model::InvalidValue) {
        if !self.refused.insert(span) {
            return;
        }
        let mut finding = Finding::error(&MALFORMED, span, refused.message.clone());
        finding.help.clone_from(&refused.help);
        self.report.push(finding);
    }

    /// A value at its place, or a finding.
    pub(crate) fn value<T>(
        &mut self,
        word: Scalar<'a>,
        read: impl FnOnce(&'a str) -> Validated<T>,
    ) -> Option<Spanned<T>> {
        match read(word.text) {
            Ok(value) => Some(Spanned::new(value, word.span)),
            Err(refused) => {
                self.refuse(word.span, &refused);
                None
            }
        }
    }

    /// A path that is relative to a root, and so must not begin with it.
    pub(crate) fn below_root<T>(
        &mut self,
        word: Scalar<'a>,
        read: impl FnOnce(&'a str) -> Validated<T>,
    ) -> Option<Spanned<T>> {
        let checked = self.roots.check(word.text);
        self.value(word, |text| checked.and_then(|()| read(text)))
    }

    /// The value of a key that may be absent.
    pub(crate) fn maybe<T>(
        &mut self,
        field: &Field<Scalar<'a>>,
        read: impl FnOnce(&'a str) -> Validated<T>,
    ) -> Option<Spanned<T>> {
        field.given().and_then(|word| self.value(*word, read))
    }

    /// The value of a key, or its default.
    pub(crate) fn or<T>(
        &mut self,
        field: &Field<Scalar<'a>>,
        read: impl FnOnce(&'a str) -> Validated<T>,
        default: T,
    ) -> T {
        self.maybe(field, read).map_or(default, |at| at.value)
    }

    /// True or false, or the default.
    pub(crate) fn flag(&mut self, field: &Field<Scalar<'a>>, default: bool) -> bool {
        self.or(field, flag, default)
    }

    /// The values of a list; `none` is an empty one.
    pub(crate) fn many<T>(
        &mut self,
        words: &[Scalar<'a>],
        mut read: impl FnMut(&'a str) -> Validated<T>,
    ) -> Vec<Spanned<T>> {
        if let [word] = words
            && word.text == "none"
        {
            return Vec::new();
        }
        words.iter().filter_map(|word| self.value(*word, &mut read)).collect()
    }

    /// Whether a name that refers to nothing still gets a hint: looking through all names for each
    /// of thousands takes minutes, and the first hundred are hint enough.
    pub(crate) const fn hints(&self) -> bool {
        self.unknown < 100
    }

    /// Says that a name refers to nothing.
    pub(crate) fn unknown(&mut self, what: &str, word: Scalar<'_>, known: &[&str]) {
        let message = format!("there is no {what} `{}`", word.text);
        let mut finding = Finding::error(&UNKNOWN_REFERENCE, word.span, message);
        let hints = self.hints();
        self.unknown += 1;
        if !hints {
            self.report.push(finding);
            return;
        }
        finding = match nearest(word.text, known) {
            Some(near) => finding.here(format!("did you mean `{near}`?")),
            None if known.is_empty() => finding.help(format!("no {what} is declared")),
            None if known.len() <= 12 => finding.help(format!("declared are {}", schema::listed(known))),
            None => finding.help(format!("{} are declared, none of a similar name", known.len())),
        };
        self.report.push(finding);
    }
}

/// A name for headers and titles: one line that iPXE does not expand.
fn site_name(text: &str) -> Validated<String> {
    if text.is_empty() || text.len() > 200 {
        return Err(crate::model::InvalidValue::new("a name is one line of text, at most 200 bytes"));
    }
    entries::label(text)
}

fn default_name(domain: Option<&str>, servers: &[crate::model::Server]) -> String {
    domain
        .map(str::to_owned)
        .or_else(|| servers.first().map(|server| server.name.clone()))
        .unwrap_or_else(|| "netboot".to_owned())
}

/// Where what all subnets inherit is said.
fn dhcp_span(top: &schema::Top<'_>) -> Option<Span> {
    match &top.dhcp {
        Field::Given(schema::NoneOr::Some(dhcp)) => Some(dhcp.span),
        _ => None,
    }
}

fn ipxe<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &Field<schema::Ipxe<'a>>,
    roles: &roles::Roles,
    site: Span,
) -> Ipxe {
    let none = schema::IpxeScript::default();
    let own = written.given().map_or(&none, |ipxe| &ipxe.script);
    let span = own.script.given().map_or(site, |word| word.span);
    let over = own.over.given().and_then(|word| entries::over(r, *word));
    let http = match over {
        Some(over) => over == crate::model::Transport::Http,
        None => !roles.http.is_empty(),
    };
    let url = |text: &str| text.contains("://");
    let script = match own.script.given() {
        Some(word) if url(word.text) => r.value(*word, |text| {
            // iPXE expands `${net0/mac}` and the like in what DHCP gives as file name (usr/autoboot.c).
            let encoded = crate::dialects::ipxe::url_expr(text)?;
            Ok(Script::Url(encoded))
        }),
        Some(word) => r.below_root(*word, |text| crate::model::boot_path(text, None)).map(|at| {
            Spanned::new(if http { Script::Http(at.value) } else { Script::Tftp(at.value) }, at.span)
        }),
        None => None,
    };
    let default = "install.ipxe".to_owned();
    let script = script.map_or_else(
        || if http { Script::Http(default.clone()) } else { Script::Tftp(default.clone()) },
        |at| at.value,
    );
    let hook = r.maybe(&own.hook, |text| {
        let filled = crate::model::fill(text, &HookPlaceholders)?.unwrap_or_else(|| text.to_owned());
        if filled.len() > 500 {
            return Err(crate::model::InvalidValue::new("the hook's address is longer than 500 bytes"));
        }
        crate::dialects::ipxe::url_expr(&filled)
            .map_err(|refused| refused.help("a path relative to the script, such as hosts/{mac}.ipxe"))
    });
    Ipxe { script, span, hook, https: r.flag(&own.https, false) }
}

/// In the hook, iPXE itself says who the machine is. `netX` is the card that was opened last.
struct HookPlaceholders;

impl crate::model::Placeholders for HookPlaceholders {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "mac" => Some("${netX/mac:hexhyp}".to_owned()),
            "host" => Some("${hostname}".to_owned()),
            "ip" => Some("${netX/ip}".to_owned()),
            _ => None,
        }
    }

    fn names(&self) -> Vec<&str> {
        vec!["mac", "host", "ip"]
    }
}

/// Reads a daemon's folder, or its default.
fn folder<'a>(
    r: &mut Resolver<'_, 'a>,
    field: &Field<Scalar<'a>>,
    default: &str,
    read: fn(&str) -> Validated<AbsPath>,
) -> AbsPath {
    r.maybe(field, read).map_or_else(|| read(default).unwrap_or_else(|_| AbsPath::root()), |at| at.value)
}

/// Reads a server's name as it is written in references.
fn lower(text: &str) -> Cow<'_, str> {
    host_name(text).unwrap_or(Cow::Borrowed(text))
}
