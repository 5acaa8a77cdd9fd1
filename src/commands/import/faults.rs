//! Faults that imported files have: the site accepts them with `allow`, where they are, so that it says what the files say.

use std::collections::BTreeMap;

use super::allow_scope::{Scope, Scopes};
use crate::import::{Imported, Mapping, Origin, Value, compare_initiators, compare6, text_with_places};
use crate::limits::{CLASSES, CLASSES_IN_SUBNETS};
use crate::report::{Finding, FindingKind, Report, Severity};
use crate::source::{Access, SourceFile, Sources};
use crate::{resolve, rules, schema};

/// Why the site accepts a fault.
const REASON: &str = "the imported files have it so";

/// Checks the site that an import made, and compares it with what the files say of DHCPv6. An error of a rule is a fault
/// of the imported files: it becomes a remark, and the site accepts it.
///
/// A site without subnets is a part of another one, such as the hosts of a table. That they lie in no subnet is no fault of
/// the table, and the site that includes them should go on looking for it.
pub(super) fn accept(imported: &mut Imported, file: &str) -> anyhow::Result<()> {
    if let Some(text) = too_many_classes(&imported.draft.site) {
        imported.coverage.remark(Origin { file: file.into(), line: 1 }, text);
        return Ok(());
    }
    let (text, places) = text_with_places(&imported.draft);
    // Passwords are not written yet.
    let sources = Sources::with_access(Access::new(&[], &[])?.without_secrets());
    let mut texts = schema::Texts::default();
    texts.files.push(sources.add("site.yaml", text)?);
    let mut report = Report::new();
    let written = schema::read(&sources, &texts, &mut report);
    if report.stops() {
        return Ok(());
    }
    let scopes = Scopes::of(&written);
    let site = resolve::resolve(written, "site.yaml", &sources, &mut report);
    compare6(imported, &site);
    let origin_of = |span| {
        let location = sources.locate(span)?;
        places.at(location.offset).cloned()
    };
    compare_initiators(imported, &site, |host| {
        let of_root = host.root_path.as_ref().and_then(|root| origin_of(root.span));
        of_root.or_else(|| origin_of(host.span))
    });
    let is_part = imported.draft.site.get("subnets").is_none();
    // A warning is no fault to accept. In a part, the rule about addresses would find each host.
    let is_wanted = |kind: &FindingKind| {
        kind.severity == Severity::Error && !(is_part && kind.id == "address-outside-subnets")
    };
    rules::run_some(&site, is_wanted, &mut report);
    // One remark for each rule: a site of a thousand hosts may have a fault a thousand times.
    let mut faults: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    let findings = report.sorted();
    for finding in &findings {
        let rule = finding.kind.id;
        if finding.severity == Severity::Error && rules::allowable().any(|known| known == rule) {
            faults.entry(rule).or_default().push(finding);
        }
    }
    for (rule, findings) in faults {
        let Some(first) = findings.first() else { continue };
        let origin = first.primary.as_ref().and_then(|label| origin_of(label.span));
        let origin = origin.unwrap_or_else(|| Origin { file: file.into(), line: 1 });
        let more = match findings.len() - 1 {
            0 => String::new(),
            more => format!("; and {more} more of this kind"),
        };
        let text = format!("the site accepts a fault of the files (`{rule}`): {}{more}", first.message);
        imported.coverage.remark(origin, text);
        let text = sources.first().map_or("", SourceFile::text);
        let inner = scopes.around(&findings, &site, text).unwrap_or_default();
        let site = &mut imported.draft.site;
        let is_there =
            |(section, name): &Scope| site.submap(section).and_then(|section| section.submap(name)).is_some();
        if inner.is_empty() || !inner.iter().all(is_there) {
            site.map("allow").set(rule, REASON);
            continue;
        }
        for (section, name) in inner {
            site.map(section).map(&name).map("allow").set(rule, REASON);
        }
    }
    Ok(())
}

/// The remark if `check` refuses the site for its classes.
fn too_many_classes(site: &Mapping) -> Option<String> {
    let classes = site.submap("classes").map_or(&[][..], Mapping::entries);
    let subnets = site.submap("subnets").map_or(0, |subnets| subnets.entries().len());
    let counts = classes.iter().map(|class| match &class.value {
        Value::Map(class) => match class.get("subnets") {
            Some(Value::List(named)) => named.len(),
            Some(_) => 1,
            None => subnets,
        },
        _ => 0,
    });
    let pairs: usize = counts.sum();
    let what = if classes.len() > CLASSES {
        format!("has {} classes, and a site may have {CLASSES}", classes.len())
    } else if pairs > CLASSES_IN_SUBNETS {
        format!(
            "has classes that count in {pairs} subnets, added up over all classes, and {CLASSES_IN_SUBNETS} are the most"
        )
    } else {
        return None;
    };
    Some(format!("the site {what}: `ipxegen check` refuses it until some are removed"))
}
