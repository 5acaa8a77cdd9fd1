//! A probe as JSON. docs/using.md describes the form.

use serde_json::{Value, json};

use super::outcome::{Check, Outcome, Probed};
use crate::model::Site;
use crate::source::Sources;
use crate::trace::mac_text;

/// The whole probe.
#[must_use]
pub fn json(probed: &[Probed], site: &Site<'_>, sources: &Sources) -> Value {
    let outcome = match Outcome::of(probed) {
        Outcome::Right => "right",
        Outcome::Wrong(_) => "wrong",
        Outcome::NotAsked(_) => "not asked",
    };
    let check = |check: &Check| {
        let place = check
            .span
            .and_then(|span| sources.locate(span))
            .map(|at| json!({ "file": at.file.name(), "line": at.line, "column": at.column }));
        json!({ "state": check.state.word(), "text": check.text, "help": check.help, "place": place })
    };
    let machine = |one: &Probed| {
        let sections = one.sections.iter().map(|section| {
            json!({ "title": section.title, "checks": section.checks.iter().map(check).collect::<Vec<_>>() })
        });
        json!({
            "host": one.host,
            "mac": mac_text(one.mac),
            "subnet": site.subnets.get(one.subnet).map(|subnet| &subnet.name.value),
            "sections": sections.collect::<Vec<_>>(),
        })
    };
    json!({ "outcome": outcome, "machines": probed.iter().map(machine).collect::<Vec<_>>() })
}
