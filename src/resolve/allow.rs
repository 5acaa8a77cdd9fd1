//! `allow`: the findings that the site accepts, and where.

use crate::model::{Allow, Spanned};
use crate::schema::{Dict, Field, NoneOr, Setting, Site};
use crate::source::{Scalar, Span};

pub(super) fn collect(site: &Site<'_>) -> Vec<Allow> {
    let mut all = Vec::new();
    let everywhere = Span::new(0, u32::MAX);
    add(&mut all, &site.top.allow, &[everywhere]);
    for (name, subnet) in &site.subnets {
        add(&mut all, &subnet.allow, &named(name.span, subnet.span));
    }
    for class in &site.classes {
        add(&mut all, &class.body.allow, &named(class.name.span, class.span));
    }
    for group in &site.groups {
        settings(&mut all, &group.settings, group.name.span, group.span);
    }
    for host in site.hosts.kept_whole() {
        settings(&mut all, &host.settings, host.name.span, host.span);
    }
    for entry in &site.boot_entries {
        add(&mut all, &entry.common.allow, &named(entry.id.span, entry.span));
    }
    for file in site.top.files.given().into_iter().flatten() {
        add(&mut all, &file.allow, &[file.span]);
    }
    if let Field::Given(NoneOr::Some(nfs)) = &site.top.nfs {
        for export in nfs.exports.given().into_iter().flatten() {
            add(&mut all, &export.allow, &[export.span]);
        }
    }
    if let Field::Given(NoneOr::Some(smb)) = &site.top.smb {
        for (name, share) in smb.shares.given().map_or(&[][..], |shares| &shares.entries) {
            add(&mut all, &share.allow, &named(name.span, share.span));
        }
    }
    all
}

/// The places of a name and its mapping, because a finding can be at either. They are one place, or two if
/// the mapping is an alias of an earlier one.
fn named(name: Span, mapping: Span) -> Vec<Span> {
    if name.start <= mapping.start { vec![name.to(mapping)] } else { vec![name, mapping] }
}

fn settings(all: &mut Vec<Allow>, settings: &[Setting<'_>], name: Span, mapping: Span) {
    for setting in settings {
        if let Setting::Allow(dict) = setting {
            rules(all, dict, &named(name, mapping));
        }
    }
}

fn add(all: &mut Vec<Allow>, field: &Field<Dict<'_, Scalar<'_>>>, scopes: &[Span]) {
    if let Some(dict) = field.given() {
        rules(all, dict, scopes);
    }
}

fn rules(all: &mut Vec<Allow>, dict: &Dict<'_, Scalar<'_>>, scopes: &[Span]) {
    for (rule, _reason) in &dict.entries {
        all.extend(scopes.iter().map(|scope| accept(*rule, *scope)));
    }
}

/// Adds what a group accepts of a host.
pub(super) fn within(all: &mut Vec<Allow>, rule: Scalar<'_>, name: Span, mapping: Span) {
    all.extend(named(name, mapping).into_iter().map(|scope| accept(rule, scope)));
}

fn accept(rule: Scalar<'_>, scope: Span) -> Allow {
    Allow { rule: Spanned::new(rule.text.to_owned(), rule.span), scope }
}
