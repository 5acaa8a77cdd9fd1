//! Boot entries: reads the keys that all kinds have, and lets the kind read the others.

use super::resolver::Resolver;
use super::roles::Roles;
use super::services::{Services, http_path, prefix_uri};
use super::vars::Vars;
use crate::boot::{self, BootKind, EntryBuilder, ShareFact, SiteFacts};
use crate::dialects::systemd;
use crate::model::{
    AbsPath, Addresses, Class, ClientKind, Entry, EntryKind, InvalidValue, Ipxe, Profile, Script, Server,
    Service, Subnet, Transport, WebServer, boot_path, entry_id,
};
use crate::report::Finding;
use crate::report::catalogue::MISSING_KEY;
use crate::schema::{BootEntry, Common, Field, Reading};
use crate::source::{Scalar, Span};

/// `http` or `tftp`.
pub(super) fn over<'a>(r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<Transport> {
    let read = r.value(word, |text| match text {
        "http" => Ok(Transport::Http),
        "tftp" => Ok(Transport::Tftp),
        _ => Err(InvalidValue::new(format!("`{text}` is neither `http` nor `tftp`"))),
    });
    read.map(|at| at.value)
}

/// The facts about the site that kinds of entry use.
pub(super) fn facts(
    services: &Services,
    roles: &Roles,
    subnets: &[Subnet],
    servers: &[Server],
    ipxe: &Ipxe,
    vars: &Vars,
    secure_boot: bool,
) -> SiteFacts {
    let booting: Vec<&Addresses> =
        subnets.iter().filter(|subnet| subnet.boots()).map(|subnet| &subnet.addresses).collect();
    let address = |service: Service, setting: &str| {
        let mut all = booting.iter().filter_map(|addresses| addresses.of(service));
        let Some(first) = all.next() else {
            // A URL depends on the subnet.
            let server = servers.get(*roles.of(service).servers.first()?)?;
            let ip = server.ips.first().filter(|_| service != Service::Http)?;
            return Some(ip.value.to_string());
        };
        Some(if all.all(|other| other == first) { first } else { format!("${{{setting}}}") })
    };
    let addresses = Service::IN_SCRIPTS
        .into_iter()
        .filter_map(|(service, setting, _)| Some((service, address(service, setting)?)));
    SiteFacts {
        script: ipxe.script.clone(),
        addresses: addresses.collect(),
        http_path: services.http.as_ref().map_or_else(String::new, http_path),
        tftp_prefix: services.http.as_ref().map_or_else(String::new, prefix_uri),
        vars: vars.for_entries(),
        cmdline_extra: ipxe.cmdline_extra.clone(),
        roots: services.file_roots(),
        web_server: services
            .http
            .as_ref()
            .map(|http| http.daemon)
            .filter(|daemon| *daemon != WebServer::None),
        boot_files: services.http.as_ref().and_then(|http| http.boot_files.clone()).map(|at| at.value),
        tftp_root: services.tftp.as_ref().map_or_else(AbsPath::root, |tftp| tftp.root.clone()),
        secure_boot,
        shares: services.smb.iter().flat_map(|smb| &smb.shares).map(share).collect(),
    }
}

fn share(share: &crate::model::Share) -> ShareFact {
    ShareFact {
        name: share.name.value.clone(),
        span: share.name.span,
        guest: share.guest.value,
        users: share.users.iter().map(|user| user.value.clone()).collect(),
    }
}

pub(super) fn resolve<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &[BootEntry<'a>],
    facts: &SiteFacts,
    roles: &Roles,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    for entry in written {
        match one(r, entry, facts, roles) {
            Some(entry) => entries.push(entry),
            None => r.gaps.entries = true,
        }
    }
    entries
}

fn one<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &BootEntry<'a>,
    facts: &SiteFacts,
    roles: &Roles,
) -> Option<Entry> {
    let id = r.value(written.id, entry_id);
    let kind = boot::kind_of(written, r.report);
    let common = &written.common;
    let default = if roles.http.is_empty() || matches!(facts.script, Script::Tftp(_)) {
        Transport::Tftp
    } else {
        Transport::Http
    };
    let over = common.over.given().and_then(|word| over(r, *word)).unwrap_or(default);
    let dir = dir_of(r, &common.dir, facts)?;
    let from_iso = r.maybe(&common.from_iso, iso);
    if let (Some(iso), None) = (&from_iso, &dir) {
        let message = format!("the boot entry `{}` has `from_iso` and no `dir`", written.id.text);
        let help = "the folder below the TFTP root where the ISO is mounted, such as `dir: debian`";
        r.report.push(Finding::new(&MISSING_KEY, iso.span, message).help(help));
    }
    let label = r.maybe(&common.label, label);
    let key = r.maybe(&common.key, hot_key);
    let only_for = common.only_for.given().map_or(&[][..], Vec::as_slice);
    let only_for = r.many(only_for, ClientKind::of_ipxe);
    let hidden = r.flag(&common.hidden, false);
    let reinstall = r.maybe(&common.reinstall, every_boot).is_some();
    let kind = kind?;
    if refuses_files(r, kind, common) {
        return None;
    }
    let reading = Reading { report: r.report, sources: r.sources };
    let mut builder = EntryBuilder::new(written, facts, over, dir.as_deref(), reading);
    let built = (kind.build)(&mut builder)?;
    if let (false, Some(extra)) = (matches!(built.kind, EntryKind::Linux(_)), common.cmdline_extra.given())
        && let (Some(first), Some(last)) = (extra.first(), extra.last())
    {
        let refused = InvalidValue::new(format!("a `{}` entry has no kernel arguments", kind.word));
        let span = Span { start: first.span.start, end: last.span.end };
        r.refuse(span, &refused.help("only entries that start Linux take `cmdline_extra`"));
        return None;
    }
    let id = id?;
    let (label, label_span) = match label {
        Some(label) => (label.value, label.span),
        None => (kind.label.unwrap_or(id.value).to_owned(), id.span),
    };
    Some(Entry {
        id: id.value.to_owned(),
        span: id.span,
        label,
        label_span,
        kind: built.kind,
        key,
        only_for,
        over,
        dir: dir.clone(),
        from_iso,
        hidden,
        files: built.files,
        published: built.published,
        nfs_path: built.nfs_path,
        needs_http: built.needs_http,
        unattended: built.unattended,
        reinstall,
    })
}

/// The folder of an entry below the TFTP root; the outer `None` if it is invalid.
#[expect(clippy::option_option, reason = "an absent folder is not an invalid one")]
fn dir_of<'a>(
    r: &mut Resolver<'_, 'a>,
    dir: &Field<Scalar<'a>>,
    facts: &SiteFacts,
) -> Option<Option<String>> {
    match dir.given() {
        // `dir: /` is the root itself.
        Some(word) if word.text != "/" => {
            let path = word.text.strip_suffix('/').unwrap_or(word.text);
            let read = |text| facts.roots.check(text).and_then(|()| boot_path(text, None));
            Some(Some(r.value(Scalar { text: path, span: word.span }, read)?.value))
        }
        _ => Some(None),
    }
}

/// Reports `inject` at an entry of a kind that takes no files into the booted system.
fn refuses_files(r: &mut Resolver<'_, '_>, kind: &BootKind, common: &Common<'_>) -> bool {
    let Some(inject) = common.inject.given().filter(|_| !kind.takes_files()) else { return false };
    let refused = InvalidValue::new(format!("a `{}` entry takes no files into the booted system", kind.word));
    r.refuse(inject.span, &refused.help("only `winpe` and the kinds that start Linux do"));
    true
}

/// Reports folders at which an ISO cannot be mounted, because systemd makes the name of a unit from the path.
pub(super) fn check_mounts(r: &mut Resolver<'_, '_>, entries: &[Entry], services: &Services) {
    let tftp = services.tftp.as_ref().map(|tftp| tftp.root.clone());
    let http = services.http.as_ref().map(|http| match &http.boot_files {
        Some(folder) => folder.value.clone(),
        None => http.root.join(&http.tftp_prefix.value),
    });
    for entry in entries {
        let (Some(iso), Some(dir)) = (&entry.from_iso, &entry.dir) else { continue };
        for root in [&tftp, &http].into_iter().flatten() {
            let at = root.join(dir);
            let name = systemd::value(at.as_str()).and_then(|_| systemd::mount_unit(at.as_str()));
            if let Err(refused) = name {
                r.refuse(iso.span, &refused.help("give `dir` another name"));
            }
        }
    }
}

/// Reads the path of an ISO on the server, which a unit of systemd must be able to name.
fn iso(text: &str) -> crate::model::Validated<AbsPath> {
    systemd::value(text)?;
    AbsPath::parse(text)
}

/// Reads `every_boot`, the only value of `reinstall`.
fn every_boot(text: &str) -> crate::model::Validated<()> {
    match text {
        "every_boot" => Ok(()),
        _ => Err(InvalidValue::new(format!("`reinstall` is `every_boot`, not `{text}`"))),
    }
}

/// The most bytes of a text in the menu. Escapes make a text longer, and on BIOS a line of a script has to
/// fit iPXE's small stack (8 KiB for its words).
const LONGEST_LABEL: usize = 200;

/// Reads text that a menu shows: one line that iPXE does not expand.
pub(super) fn label(text: &str) -> crate::model::Validated<String> {
    crate::dialects::ipxe::text(text, true)?;
    if text.len() > LONGEST_LABEL {
        return Err(InvalidValue::new(format!(
            "this text has {} bytes; a menu takes {LONGEST_LABEL}",
            text.len()
        ))
        .help("a line of the screen shows 74"));
    }
    Ok(text.to_owned())
}

/// Reads a hot key: one letter or digit. iPXE accepts one character or a number, so `10` would be a key code
/// (core/parseopt.c, `parse_key`).
fn hot_key(text: &str) -> crate::model::Validated<char> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(key), None) if key.is_ascii_alphanumeric() => Ok(key),
        _ => Err(InvalidValue::new(format!("`{text}` is not a hot key")).help("one letter or digit")),
    }
}

/// Adds the built-in entries that only a `boot` of a subnet, group or host names. Without a label for them in
/// the script iPXE stops with "No such label".
pub(super) fn add_preselected(
    r: &mut Resolver<'_, '_>,
    entries: &mut Vec<Entry>,
    subnets: &[Subnet],
    classes: &[Class],
    profiles: &[Profile],
    facts: &SiteFacts,
) {
    let handouts = subnets.iter().map(|subnet| &subnet.handout);
    let handouts = handouts.chain(classes.iter().map(|class| &class.handout));
    let boots = handouts.chain(profiles.iter().map(|profile| &profile.handout));
    let boots: Vec<_> = boots.filter_map(|handout| handout.boot.as_ref()).collect();
    for id in boot::BUILTIN_ENTRIES {
        // A declared one that is in error has a finding already.
        let is_there = r.gaps.entries || entries.iter().any(|entry| entry.id == **id);
        if let Some(named) = boots.iter().find(|boot| boot.value == **id && !is_there) {
            entries.extend(builtin(r, Scalar { text: id, span: named.span }, facts));
        }
    }
}

/// A built-in entry that the site names and does not declare.
pub(super) fn builtin<'a>(r: &mut Resolver<'_, 'a>, word: Scalar<'a>, facts: &SiteFacts) -> Option<Entry> {
    let kind = boot::BUILTIN_ENTRIES.contains(&word.text).then(|| boot::kind(word.text))??;
    let written = BootEntry { id: word, span: word.span, common: Common::default(), own: Vec::new() };
    let reading = Reading { report: r.report, sources: r.sources };
    let mut builder = EntryBuilder::new(&written, facts, Transport::Http, None, reading);
    let built = (kind.build)(&mut builder)?;
    Some(Entry {
        id: word.text.to_owned(),
        span: word.span,
        label: kind.label.unwrap_or(word.text).to_owned(),
        label_span: word.span,
        kind: built.kind,
        key: None,
        only_for: Vec::new(),
        over: Transport::Http,
        dir: None,
        from_iso: None,
        hidden: false,
        files: built.files,
        published: built.published,
        nfs_path: built.nfs_path,
        needs_http: built.needs_http,
        unattended: built.unattended,
        reinstall: false,
    })
}
