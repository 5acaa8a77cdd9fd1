//! A trace as JSON. docs/using.md describes the form.

use serde_json::{Value, json};

use super::chain::ClientTrace;
use super::follow::Trace;
use super::script::mac_text;
use super::stage::{Fact, Origin, Stage};
use crate::model::Site;
use crate::outputs::{Screen, ScreenItem};
use crate::report::Finding;
use crate::source::{Sources, Span};

/// The whole trace.
#[must_use]
pub fn json(trace: &Trace<'_>, site: &Site<'_>, sources: &Sources) -> Value {
    let view = View { site, sources };
    json!({
        "host": trace.who.host.map(|host| host.name),
        "mac": mac_text(trace.who.mac),
        "subnet": site.subnets.get(trace.who.subnet).map(|subnet| &subnet.name.value),
        "notes": trace.who.notes,
        "clients": trace.clients.iter().map(|client| view.client(client)).collect::<Vec<_>>(),
    })
}

struct View<'v> {
    site: &'v Site<'v>,
    sources: &'v Sources,
}

impl View<'_> {
    fn client(&self, client: &ClientTrace) -> Value {
        let stop = client.stop.as_ref().map(|stop| {
            json!({
                "stage": stop.step.words().0,
                "why": stop.why,
                "finding": stop.finding,
                "place": self.place(stop.span),
            })
        });
        json!({
            "as": client.kind.name(),
            "ends": client.ends,
            "stopped": stop,
            "known": client.is_known,
            "raw": client.changes.iter().map(|(text, span)| json!({ "text": text, "place": self.place(Some(*span)) }))
                .collect::<Vec<_>>(),
            "stages": client.stages.iter().map(|stage| self.stage(stage)).collect::<Vec<_>>(),
            "dhcp6": client.v6.as_ref().map(|v6| json!({
                "ends": v6.ends,
                "why": v6.why,
                "known": v6.is_known,
                "stages": v6.stages.iter().map(|stage| self.stage(stage)).collect::<Vec<_>>(),
            })),
        })
    }

    fn stage(&self, stage: &Stage) -> Value {
        let mut view = json!({
            "stage": stage.step.words().0,
            "values": stage.facts.iter().map(|fact| self.fact(fact)).collect::<Vec<_>>(),
            "notes": stage.notes,
            "findings": self.findings(&stage.findings),
        });
        if let (Some(view), false) = (view.as_object_mut(), stage.screens.is_empty()) {
            view.insert("menus".into(), stage.screens.iter().map(screen).collect());
            view.insert("selected".into(), json!(stage.selected));
        }
        view
    }

    fn fact(&self, fact: &Fact) -> Value {
        let overridden = fact.overridden.iter().map(|(value, origin)| self.value(value.as_deref(), origin));
        let mut view = self.value(fact.value.as_deref(), &fact.origin);
        let Some(fields) = view.as_object_mut() else { return view };
        fields.insert("name".into(), json!(fact.name));
        fields.insert("overridden".into(), overridden.collect());
        if let Some(file) = &fact.file {
            let server = self.site.servers.get(file.server).map(|server| &server.name);
            let found = fact.checked.as_ref().map(|found| self.findings(found));
            fields.insert("file".into(), json!({ "server": server, "path": file.path, "findings": found }));
        }
        view
    }

    fn value(&self, value: Option<&str>, origin: &Origin) -> Value {
        json!({ "value": value, "layer": origin.layer, "place": self.place(origin.span) })
    }

    fn findings(&self, findings: &[Finding]) -> Value {
        let view = |finding: &Finding| {
            json!({
                "id": finding.kind.id,
                "severity": finding.severity.name(),
                "message": finding.message,
                "help": finding.help,
                "place": self.place(finding.primary.as_ref().map(|label| label.span)),
            })
        };
        findings.iter().map(view).collect()
    }

    fn place(&self, span: Option<Span>) -> Value {
        let Some(at) = span.and_then(|span| self.sources.locate(span)) else { return Value::Null };
        json!({ "file": at.file.name(), "line": at.line, "column": at.column })
    }
}

fn screen(screen: &Screen) -> Value {
    let item = |item: &ScreenItem| match item {
        ScreenItem::Gap(text) => json!({ "gap": text }),
        ScreenItem::Item { id, label, key } => json!({ "id": id, "label": label, "key": key }),
    };
    json!({
        "label": screen.label,
        "title": screen.title,
        "timeout": screen.timeout.map(|millis| millis / 1000),
        "items": screen.items.iter().map(item).collect::<Vec<_>>(),
    })
}
