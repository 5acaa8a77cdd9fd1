//! Turns the site as written into the model: defaults, inheritance, references, values.
//!
//! Every finding is collected. A value in error is missing in the model, and `Gaps` tells the rules so.

mod allow;
mod boot_file;
mod builds;
mod bulk;
mod cards;
mod class_count;
mod classes;
mod custom_files;
mod disk;
mod entries;
mod entry_ids;
mod export_clients;
mod exports;
mod groups;
mod handout;
mod host_context;
mod host_placeholders;
mod host_resolver;
mod hosts;
mod inheritance;
mod ipxe;
mod iscsi;
mod json_size;
mod layers;
mod loaders;
mod menu;
mod notes;
mod password;
mod profiles;
mod raw_object;
mod relays;
mod repair;
mod resolved_hosts;
mod resolver;
mod roles;
mod root_path;
mod scope_root;
mod servers;
mod services;
mod subnet_context;
mod subnets;
mod subnets6;
mod substitution;
mod traced;
mod vars;
mod vendor_options;

use host_context::HostContext;
use resolver::Resolver;
use subnet_context::{Defaults, SubnetContext};
pub use traced::TracedHost;

use crate::model::{InvalidValue, Server, Site, SiteDefaults, Spanned, Subnet, Validated, domain};
use crate::outputs::RawScope;
use crate::report::Report;
use crate::schema::{self, Field};
use crate::source::{Sources, Span};

/// Resolves a site. `source` is its file's name. Each step needs the results of those before it.
pub fn resolve<'a>(
    written: schema::Site<'a>,
    source: &str,
    sources: &'a Sources,
    report: &mut Report,
) -> Site<'a> {
    resolve_traced(written, source, sources, None, report)
}

/// Resolves a site, and keeps the layers of the settings of the host that somebody asks about.
pub fn resolve_traced<'a>(
    mut written: schema::Site<'a>,
    source: &str,
    sources: &'a Sources,
    traced: Option<TracedHost<'_>>,
    report: &mut Report,
) -> Site<'a> {
    let mut resolver = Resolver::new(report, sources);
    let mut allow = allow::collect(&written);
    let r = &mut resolver;
    let notes = notes::collect(r, &written);
    let vars = vars::Vars::resolve(r, &written);
    let top = std::mem::take(&mut written.top);

    r.gaps.servers = written.wrong_server;
    r.gaps.subnets = written.wrong_subnet;
    let servers = servers::resolve(r, &written.servers);
    let roles = roles::resolve(r, &top, &servers, written.span);
    let domain_name = r.maybe(&top.domain, |text| domain(text).map(str::to_owned));
    let name = name_of_site(r, &top, domain_name.as_ref(), &servers);

    r.gaps.services = roles.any_wrong();
    let services = services::resolve(r, &top, &roles, &servers);
    r.roots = services.file_roots();
    let ipxe = ipxe::resolve(r, &top.ipxe, &roles, written.span);
    services::script_for_site_file(r, services.http.as_ref(), &ipxe);
    let mut defaults = Defaults::new(r, &top, domain_name.as_ref(), &roles, services.dhcp.as_ref());
    defaults.limit(r, &top, written.subnets.len(), written.span);
    let context = SubnetContext {
        defaults: &defaults,
        services: &services,
        servers: &servers,
        roles: &roles,
        ipxe: &ipxe,
        vars: &vars,
    };
    let mut class_names = classes::ClassNames::resolve(r, &written.classes);
    let (mut subnets, loaders) = subnets::resolve(r, &written.subnets, &context, &mut class_names);
    mark_incomplete(&mut subnets, &top, r.report);

    let secure_boot = loaders::secure_boot(&subnets, &written);
    let facts = entries::facts(&services, &roles, &subnets, &servers, &ipxe, &vars, secure_boot);
    let mut entries = entries::resolve(r, &written.boot_entries, &facts, &roles);
    entries::check_mounts(r, &entries, &services);
    let ids = entry_ids::collect(&written.boot_entries);
    let menu = menu::resolve(r, &top.menu, &mut entries, &ids, &name, &facts);
    subnets::check_boots(r, &written.subnets, &ids);

    let groups = groups::resolve(r, std::mem::take(&mut written.groups), &ids);
    let targets = iscsi::resolve(r, &top, &servers);
    let context = HostContext {
        groups,
        subnets: &subnets,
        loaders: &loaders,
        servers: &servers,
        roles: &roles,
        vars: &vars,
        targets: &targets,
        ids: &ids,
        outer_roots: has_outer_roots(&written, &top),
        traced,
    };
    let classes = classes::resolve(r, &written.classes, &mut class_names, &context);
    let roots = scope_root::of_subnets(r, &top.dhcp, &written.subnets, &context);
    let mut machines = hosts::resolve(r, std::mem::take(&mut written.hosts), &context);
    drop(context);
    allow.extend(std::mem::take(&mut machines.allow));
    for (subnet, roots) in subnets.iter_mut().zip(roots) {
        subnet.root_paths = roots;
    }
    for at in std::mem::take(&mut machines.used_subnets) {
        if let Some(subnet) = subnets.get_mut(at as usize) {
            subnet.has_hosts = true;
        }
    }
    entries::add_preselected(r, &mut entries, &subnets, &classes, &machines.profiles, &facts);
    roles.check_needs(r, &servers, &subnets, &classes, &entries, &machines);
    subnets::free_ranges(&mut subnets, &servers, &machines.hosts, &classes);
    subnets6::free_ranges(&mut subnets, &servers, &machines.hosts);
    let scopes = exports::Scopes { subnets: &subnets, classes: &classes };
    let nfs = exports::resolve(r, &top.nfs, &roles, &scopes, &entries, &machines, &services);
    let relays = relays::relays(r, &top, &roles, &servers);
    let files = custom_files::files(r, &top, &servers);
    let templates = custom_files::templates(r, &top);
    let raw = handout::raw(r, &top.raw, RawScope::Site);
    let loaders_build = builds::loaders(r, &top);
    let winpe = builds::winpe(r, &top);
    if winpe.is_some() {
        builds::in_batch_file(r, &entries);
    }
    Site {
        source: source.to_owned(),
        name: name.value,
        domain: domain_name.map(|at| at.value),
        external_dhcp: services.external_dhcp,
        dhcp: services.dhcp,
        tftp: services.tftp,
        http: services.http,
        nfs,
        smb: services.smb,
        relays,
        files,
        templates,
        iscsi: targets.servers,
        ipxe,
        loaders_build,
        winpe,
        vars: vars.into_vars(),
        servers,
        defaults: SiteDefaults { handout: defaults.handout, loaders: defaults.loaders },
        subnets,
        classes,
        class_sets: class_names.sets,
        profiles: machines.profiles,
        hosts: machines.hosts,
        facts: machines.facts,
        traced: machines.traced,
        disks_with_more: machines.disks_with_more,
        entries,
        menu,
        raw,
        notes,
        allow,
        gaps: resolver.gaps,
    }
}

/// Whether a scope around the hosts has a root-path.
fn has_outer_roots(written: &schema::Site<'_>, top: &schema::Top<'_>) -> bool {
    let of_site =
        matches!(&top.dhcp, Field::Given(schema::NoneOr::Some(dhcp)) if dhcp.root_path.is_written());
    of_site
        || written.subnets.iter().any(|(_, subnet)| subnet.root_path.is_written())
        || written.classes.iter().any(|class| class.body.root_path.is_written())
}

/// Marks the subnets that have an error or inherit one.
fn mark_incomplete(subnets: &mut [Subnet], top: &schema::Top<'_>, report: &Report) {
    let above = dhcp_span(top).is_some_and(|span| report.has_error_in(span));
    for subnet in subnets {
        subnet.in_part = above || report.has_error_in(subnet.span);
    }
}

/// The site's name: its `name`, else a default.
fn name_of_site<'a>(
    r: &mut Resolver<'_, 'a>,
    top: &schema::Top<'a>,
    domain: Option<&Spanned<String>>,
    servers: &[Server],
) -> Spanned<String> {
    r.maybe(&top.name, site_name).unwrap_or_else(|| {
        let name = default_name(domain.map(|at| at.value.as_str()), servers);
        Spanned::new(name, top.menu.given().map_or_else(Span::default, |menu| menu.span))
    })
}

/// Reads the site's name, which titles and headers show: one line that iPXE does not expand.
fn site_name(text: &str) -> Validated<String> {
    if text.is_empty() || text.len() > 200 {
        return Err(InvalidValue::new("a name is one line of text, at most 200 bytes"));
    }
    entries::label(text)
}

/// The name of a site that sets none.
fn default_name(domain: Option<&str>, servers: &[Server]) -> String {
    domain
        .map(str::to_owned)
        .or_else(|| servers.first().map(|server| server.name.clone()))
        .unwrap_or_else(|| "netboot".to_owned())
}

/// The place of `dhcp`, which all subnets inherit from.
fn dhcp_span(top: &schema::Top<'_>) -> Option<Span> {
    match &top.dhcp {
        Field::Given(schema::NoneOr::Some(dhcp)) => Some(dhcp.span),
        _ => None,
    }
}
