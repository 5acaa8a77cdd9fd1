//! Faults that imported files have: the site accepts them with `allow`, so that it says what the files say.

use crate::import::{Imported, Origin, text_of};
use crate::report::{Report, Severity};
use crate::source::Sources;
use crate::{resolve, rules, schema};

/// Checks the site that an import made. An error of a rule is a fault of the imported files: it becomes a remark, and the
/// site accepts it.
pub(super) fn accept(imported: &mut Imported, file: &str) -> anyhow::Result<()> {
    let text = text_of(&imported.draft);
    let sources = Sources::new();
    let mut texts = schema::Texts::default();
    texts.files.push(sources.add("site.yaml", text)?);
    let mut report = Report::new();
    let written = schema::read(&sources, &texts, &mut report);
    if report.stops() {
        return Ok(());
    }
    let site = resolve::resolve(written, "site.yaml", &sources, &mut report);
    rules::run(&site, &mut report);
    for finding in report.sorted() {
        let rule = finding.kind.id;
        if finding.severity != Severity::Error || !rules::allowable().any(|known| known == rule) {
            continue;
        }
        let origin = Origin { file: file.into(), line: 1 };
        imported
            .coverage
            .remark(origin, format!("the site accepts a fault of the files: {}", finding.message));
        imported.draft.site.map("allow").set(rule, "the imported files have it so");
    }
    Ok(())
}
