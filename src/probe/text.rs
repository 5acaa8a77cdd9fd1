//! A probe as text for people.

use std::io::{self, Write};

use super::outcome::{Check, Outcome, Probed};
use crate::model::Site;
use crate::report::visible;
use crate::source::Sources;
use crate::trace::mac_text;

/// Prints a probe; `how` says how it asked.
///
/// # Errors
/// When `out` cannot be written.
pub fn print(
    probed: &[Probed],
    how: &str,
    site: &Site<'_>,
    sources: &Sources,
    out: &mut dyn Write,
) -> io::Result<()> {
    for one in probed {
        let mac = mac_text(one.mac);
        let who =
            one.host.as_ref().map_or_else(|| format!("a stranger ({mac})"), |host| format!("{host} ({mac})"));
        let subnet = site.subnets.get(one.subnet).map_or("", |subnet| subnet.name.value.as_str());
        writeln!(out, "{}", visible(&format!("{who} in {subnet}, {how}")))?;
        for section in &one.sections {
            writeln!(out, "\n{}", visible(&section.title))?;
            for check in &section.checks {
                print_check(check, sources, out)?;
            }
        }
        writeln!(out)?;
    }
    writeln!(out, "{}", ending(Outcome::of(probed)))
}

fn print_check(check: &Check, sources: &Sources, out: &mut dyn Write) -> io::Result<()> {
    let place = check.span.and_then(|span| sources.locate(span));
    let place = place.map_or(String::new(), |at| format!(" ({}:{})", visible(at.file.name()), at.line));
    writeln!(out, "  {:9}  {}{place}", check.state.word(), visible(&check.text))?;
    match &check.help {
        Some(help) => writeln!(out, "             {}", visible(help)),
        None => Ok(()),
    }
}

fn ending(outcome: Outcome) -> String {
    let things = |count: usize| if count == 1 { "1 thing".to_owned() } else { format!("{count} things") };
    match outcome {
        Outcome::Right => "everything is as the site says".to_owned(),
        Outcome::Wrong(1) => "1 thing is not as the site says".to_owned(),
        Outcome::Wrong(count) => format!("{count} things are not as the site says"),
        Outcome::NotAsked(count) => {
            format!("{} could not be asked; the rest is as the site says", things(count))
        }
    }
}
