//! A trace as text for people.

use std::io::{self, Write};

use foldhash::HashMap;

use super::chain::ClientTrace;
use super::follow::Trace;
use super::kind::TracedKind;
use super::script::mac_text;
use super::stage::{Fact, Origin, Stage, Step};
use crate::model::Site;
use crate::outputs::{Screen, ScreenItem};
use crate::report::{Finding, visible};
use crate::source::{Sources, Span};

/// How much of a trace is shown.
#[derive(Clone, Copy, Debug)]
pub struct Shown {
    /// Each step, in place of one line for each kind of client.
    pub steps: bool,
    /// Also the values that were overridden.
    pub overridden: bool,
}

/// Longest value that widens its column.
const WIDE: usize = 48;

/// Prints a trace.
///
/// # Errors
/// When `out` cannot be written.
pub fn print(
    trace: &Trace<'_>,
    site: &Site<'_>,
    sources: &Sources,
    shown: Shown,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut printer = Printer { site, sources, shown, out, places: HashMap::default() };
    let mac = mac_text(trace.who.mac);
    let name =
        trace.who.host.map_or_else(|| format!("a stranger ({mac})"), |host| format!("{} ({mac})", host.name));
    let subnet = site.subnets.get(trace.who.subnet).map_or("", |subnet| subnet.name.value.as_str());
    let head = format!("{name} in {subnet}");
    writeln!(printer.out, "{}", visible(&head))?;
    printer.notes("", &trace.who.notes)?;
    if !shown.steps {
        return printer.summary(&trace.clients);
    }
    for client in &trace.clients {
        writeln!(printer.out, "\nas {}: {}", client.kind.name(), visible(&client.ends))?;
        printer.client(client)?;
    }
    Ok(())
}

struct Printer<'p> {
    site: &'p Site<'p>,
    sources: &'p Sources,
    shown: Shown,
    out: &'p mut dyn Write,
    /// Lines are counted once for each place.
    places: HashMap<Span, String>,
}

impl Printer<'_> {
    /// One line for each kind of client that starts something, and one for each reason why others do not.
    fn summary(&mut self, clients: &[ClientTrace]) -> io::Result<()> {
        let mut rows: Vec<[&str; 3]> = vec![["AS", "FIRST STAGE", "STARTS"]];
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        let mut changes: Vec<&(String, Span)> = Vec::new();
        for client in clients {
            let name = client.kind.name();
            let Some(stop) = &client.stop else {
                let loader = client.stage(Step::FirstStage).and_then(|stage| stage.value("loader"));
                rows.push([name, loader.unwrap_or("-"), &client.ends]);
                for change in &client.changes {
                    if !changes.contains(&change) {
                        changes.push(change);
                    }
                }
                continue;
            };
            // The kind's own name is left out of the reason, so that kinds without a loader share a line.
            let why = stop.why.strip_suffix(&format!(" for {name}")).unwrap_or(&stop.why);
            let finding = stop.finding.map_or(String::new(), |id| format!(" [{id}]"));
            let why = match client.is_known {
                true => format!("nothing, {}{finding}", visible(why)),
                false => format!("not known, {}{}", visible(why), in_brackets(&self.place(stop.span))),
            };
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, kinds)) => kinds.push(name),
                None => reasons.push((why, vec![name])),
            }
        }
        let width = |at: usize| {
            rows.iter().map(|row| row[at].len()).filter(|width| *width <= WIDE).max().unwrap_or(0)
        };
        let (first, second) = (width(0), width(1));
        writeln!(self.out)?;
        for [kind, loader, ends] in rows.iter().filter(|_| rows.len() > 1) {
            writeln!(self.out, "{kind:first$}  {loader:second$}  {}", visible(ends))?;
        }
        for (why, kinds) in &reasons {
            writeln!(self.out, "{why}: {}", kinds.join(" "))?;
        }
        for (text, span) in changes {
            self.change(text, *span)?;
        }
        self.summary6(clients)
    }

    /// What verbatim text may change.
    fn change(&mut self, text: &str, span: Span) -> io::Result<()> {
        let place = in_brackets(&self.place(Some(span)));
        writeln!(self.out, "note: {}{place}", visible(text))
    }

    /// The same by DHCPv6.
    fn summary6(&mut self, clients: &[ClientTrace]) -> io::Result<()> {
        let mut rows: Vec<[&str; 2]> = vec![["AS", "BY IPV6"]];
        let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
        for client in clients {
            let (Some(v6), name) = (&client.v6, client.kind.name()) else { continue };
            if let Some(ends) = &v6.ends {
                rows.push([name, ends]);
            }
            let Some(why) = &v6.why else { continue };
            let why = visible(why.strip_suffix(&format!(" for {name}")).unwrap_or(why));
            let why = if v6.is_known {
                format!("nothing by IPv6, {why}")
            } else {
                format!("not known by IPv6, {why}")
            };
            match reasons.iter_mut().find(|(known, _)| *known == why) {
                Some((_, kinds)) => kinds.push(name),
                None => reasons.push((why, vec![name])),
            }
        }
        if rows.len() == 1 && reasons.is_empty() {
            return Ok(());
        }
        writeln!(self.out)?;
        let width = rows.iter().map(|[name, _]| name.len()).max().unwrap_or(0);
        for [name, ends] in rows.iter().filter(|_| rows.len() > 1) {
            writeln!(self.out, "{name:width$}  {}", visible(ends))?;
        }
        for (why, kinds) in &reasons {
            writeln!(self.out, "{why}: {}", kinds.join(" "))?;
        }
        Ok(())
    }

    fn client(&mut self, client: &ClientTrace) -> io::Result<()> {
        // The reason of a boot that stops names the text, too.
        for (text, span) in client.changes.iter().filter(|_| client.stop.is_none()) {
            self.change(text, *span)?;
        }
        self.stages(client.kind, &client.stages)?;
        if let Some(stop) = &client.stop {
            let finding = stop.finding.map_or(String::new(), |id| format!(" [{id}]"));
            let place = in_brackets(&self.place(stop.span));
            let word = if client.is_known { "stops here" } else { "not known from here" };
            writeln!(self.out, "  {word}: {}{finding}{place}", visible(&stop.why))?;
        }
        let of_v6 = client.v6.as_ref().map_or(&[][..], |v6| &v6.stages);
        self.stages(client.kind, of_v6)
    }

    fn stages(&mut self, kind: TracedKind, stages: &[Stage]) -> io::Result<()> {
        let mut before: Option<&Stage> = None;
        for stage in stages {
            let title = match (kind, stage.step) {
                (TracedKind::Plain, Step::FirmwareDhcp6) => "DHCPv6",
                (TracedKind::Plain, _) => "DHCP",
                (TracedKind::Firmware(_) | TracedKind::Ipxe, step) => step.words().1,
            };
            writeln!(self.out, "\n{title}")?;
            let same = |fact: &Fact| {
                let known = before
                    .filter(|_| matches!(stage.step, Step::IpxeDhcp | Step::IpxeDhcp6))
                    .into_iter()
                    .flat_map(|stage| &stage.facts);
                known.into_iter().any(|known| {
                    (&known.name, &known.value, &known.origin) == (&fact.name, &fact.value, &fact.origin)
                })
            };
            let (old, new): (Vec<&Fact>, Vec<&Fact>) = stage.facts.iter().partition(|fact| same(fact));
            self.facts(&new)?;
            if !old.is_empty() {
                let mut names: Vec<&str> = old.iter().map(|fact| fact.name.as_str()).collect();
                // Each scope has a line of its own for `raw`.
                names.dedup();
                writeln!(self.out, "  as before: {}", names.join(", "))?;
            }
            for screen in &stage.screens {
                self.screen(screen, stage.selected.as_deref())?;
            }
            self.notes("  ", &stage.notes)?;
            self.findings(&stage.findings)?;
            if matches!(stage.step, Step::FirmwareDhcp | Step::FirmwareDhcp6) {
                before = Some(stage);
            }
        }
        Ok(())
    }

    fn facts(&mut self, facts: &[&Fact]) -> io::Result<()> {
        let mut rows: Vec<[String; 4]> = Vec::new();
        for fact in facts {
            rows.push(self.row(&fact.name, fact.value.as_deref(), &fact.origin));
            let overridden = if self.shown.overridden { &fact.overridden[..] } else { &[] };
            for (value, origin) in overridden {
                let mut row = self.row("", value.as_deref(), origin);
                row[3].push_str(", overridden");
                rows.push(row);
            }
        }
        let widths: [usize; 3] = [0, 1, 2].map(|at: usize| {
            let widths = rows.iter().map(|row| row[at].chars().count());
            widths.filter(|width| *width <= WIDE).max().unwrap_or(0)
        });
        let mut rows = rows.into_iter();
        for fact in facts {
            let overridden = if self.shown.overridden { fact.overridden.len() } else { 0 };
            for [name, value, place, layer] in rows.by_ref().take(1 + overridden) {
                let [a, b, c] = widths;
                writeln!(self.out, "  {name:a$}  {value:b$}  {place:c$}  {layer}")?;
            }
            self.file(fact)?;
        }
        Ok(())
    }

    fn row(&mut self, name: &str, value: Option<&str>, origin: &Origin) -> [String; 4] {
        let value = value.map_or_else(|| "none".to_owned(), |value| visible(value).into_owned());
        [visible(name).into_owned(), value, self.place(origin.span), origin.layer.replace('_', " ")]
    }

    /// The file of a fact, and whether it can be used.
    fn file(&mut self, fact: &Fact) -> io::Result<()> {
        let Some(file) = &fact.file else { return Ok(()) };
        let server = self.site.servers.get(file.server).map_or("", |server| server.name.as_str());
        let state = match &fact.checked {
            None => "",
            Some(found) if found.is_empty() => ": is there",
            Some(_) => ":",
        };
        writeln!(self.out, "    {server}:{}{state}", visible(&file.path))?;
        for finding in fact.checked.iter().flatten() {
            let severity = finding.severity.name();
            writeln!(self.out, "    {severity}[{}]: {}", finding.kind.id, visible(&finding.message))?;
        }
        Ok(())
    }

    fn screen(&mut self, screen: &Screen, selected: Option<&str>) -> io::Result<()> {
        let first = screen.label.starts_with("ipxegen.");
        let label = if first { String::new() } else { format!("{}: ", screen.label) };
        writeln!(self.out, "  {label}{}", visible(&screen.title))?;
        let ids = screen.items.iter().filter_map(ScreenItem::id);
        let width = ids.filter(|id| !id.starts_with("ipxegen.")).map(str::len).max().unwrap_or(0);
        for item in &screen.items {
            match item {
                ScreenItem::Gap(text) => {
                    writeln!(self.out, "{}", format!("      {}", visible(text)).trim_end())?;
                }
                ScreenItem::Item { id, label, key } => {
                    let mark = if first && selected == Some(id) { '*' } else { ' ' };
                    let id = if id.starts_with("ipxegen.") { "" } else { id };
                    let key = key.as_ref().map_or(String::new(), |key| format!("  [{key}]"));
                    writeln!(self.out, "    {mark} {id:width$}  {}{}", visible(label), visible(&key))?;
                }
            }
        }
        Ok(())
    }

    fn notes(&mut self, indent: &str, notes: &[String]) -> io::Result<()> {
        for note in notes {
            writeln!(self.out, "{indent}note: {}", visible(note))?;
        }
        Ok(())
    }

    fn findings(&mut self, findings: &[Finding]) -> io::Result<()> {
        for finding in findings {
            let place = self.place(finding.primary.as_ref().map(|label| label.span));
            let (severity, id) = (finding.severity.name(), finding.kind.id);
            writeln!(self.out, "  {severity}[{id}]: {} ({place})", visible(&finding.message))?;
        }
        Ok(())
    }

    /// `site.yaml:12`; empty if the site says nothing.
    fn place(&mut self, span: Option<Span>) -> String {
        let Some(span) = span else { return String::new() };
        let sources = self.sources;
        let count = || sources.locate(span).map(|at| format!("{}:{}", visible(at.file.name()), at.line));
        self.places.entry(span).or_insert_with(|| count().unwrap_or_default()).clone()
    }
}

/// A place in brackets, after a blank; empty if there is none.
fn in_brackets(place: &str) -> String {
    if place.is_empty() { String::new() } else { format!(" ({place})") }
}
