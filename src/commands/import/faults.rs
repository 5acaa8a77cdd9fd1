//! Faults that imported files have: the site accepts them with `allow`, so that it says what the files say.

use std::collections::BTreeMap;

use crate::import::{Imported, Origin, compare6, text_with_places};
use crate::limits::CLASSES;
use crate::report::{Finding, FindingKind, Report, Severity};
use crate::source::Sources;
use crate::{resolve, rules, schema};

/// Each class is resolved in each subnet. With more of both, the user checks the site.
const CHECKED: usize = 4_000_000;

/// Checks the site that an import made, and compares it with what the files say of DHCPv6. An error of a rule is a fault
/// of the imported files: it becomes a remark, and the site accepts it.
///
/// A site without subnets is a part of another one, such as the hosts of a table. That they lie in no subnet is no fault of
/// the table, and the site that includes them should go on looking for it.
pub(super) fn accept(imported: &mut Imported, file: &str) -> anyhow::Result<()> {
    let count = |key| imported.draft.site.submap(key).map_or(0, |map| map.entries().len());
    let (classes, subnets) = (count("classes"), count("subnets"));
    let origin = || Origin { file: file.into(), line: 1 };
    if classes > CLASSES {
        let text = format!(
            "the site has {classes} classes, and a site may have {CLASSES}: `ipxegen check` refuses it until some are removed"
        );
        imported.coverage.remark(origin(), text);
        return Ok(());
    }
    if classes.saturating_mul(subnets) > CHECKED {
        let text = format!(
            "the import does not check the site, because {classes} classes in {subnets} subnets take long: `ipxegen check` does"
        );
        imported.coverage.remark(origin(), text);
        return Ok(());
    }
    let (text, places) = text_with_places(&imported.draft);
    let sources = Sources::new();
    let mut texts = schema::Texts::default();
    texts.files.push(sources.add("site.yaml", text)?);
    let mut report = Report::new();
    let written = schema::read(&sources, &texts, &mut report);
    if report.stops() {
        return Ok(());
    }
    let site = resolve::resolve(written, "site.yaml", &sources, &mut report);
    compare6(imported, &site);
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
        let location = first.primary.as_ref().and_then(|label| sources.locate(label.span));
        let known = location.and_then(|location| places.at(location.offset)).cloned();
        let origin = known.unwrap_or_else(|| Origin { file: file.into(), line: 1 });
        let more = match findings.len() - 1 {
            0 => String::new(),
            more => format!("; and {more} more of this kind"),
        };
        let text = format!("the site accepts a fault of the files (`{rule}`): {}{more}", first.message);
        imported.coverage.remark(origin, text);
        imported.draft.site.map("allow").set(rule, "the imported files have it so");
    }
    Ok(())
}
