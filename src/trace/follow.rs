//! The trace of one machine: its boot as each kind of client, with the findings and files of each step.

use anyhow::Result;

use super::chain::{Chain, ClientTrace};
use super::kind::TracedKind;
use super::served::Access;
use super::stage::{Stage, Step, Stop};
use super::v6::Chain6;
use super::who::Who;
use crate::dhcp::{Policy, Policy6};
use crate::files::Lookup;
use crate::model::{ClientKind, Site};
use crate::report::{Finding, Report, Severity};
use crate::source::Span;

/// The boots of one machine.
#[derive(Clone, Debug)]
pub struct Trace<'s> {
    /// The machine.
    pub who: Who<'s>,
    /// Its boot as each kind of client.
    pub clients: Vec<ClientTrace>,
}

/// The files of a server.
pub struct Files<'f> {
    /// Finds a file below the server's root.
    pub lookup: &'f mut Lookup,
    /// The content of the files that are rendered for the server, by their paths.
    pub rendered: &'f dyn Fn(&str) -> Result<Option<Vec<u8>>>,
}

/// Follows a machine as some kinds of client. `report` has the findings of `check`; with `files`, the files of that
/// server are looked at.
///
/// # Errors
/// When the files cannot be read.
pub fn follow<'s>(
    site: &'s Site<'s>,
    who: Who<'s>,
    kinds: &[TracedKind],
    report: &Report,
    mut files: Option<Files<'_>>,
) -> Result<Trace<'s>> {
    let policy = Policy::new(site);
    let policy6 = Policy6::new(site);
    let chain6 = Chain6::new(&policy6, &who);
    let mut clients = Vec::new();
    for kind in kinds {
        let mut client = Chain::new(site, &policy, &who, *kind).follow();
        client.v6 = chain6.as_ref().and_then(|chain| chain.follow(*kind));
        if let Some(files) = &mut files {
            look_at_files(site, files, &mut client)?;
        }
        add_findings(site, &who, report, &mut client);
        clients.push(client);
    }
    Ok(Trace { who, clients })
}

/// Looks at the files of each step. The first step whose files cannot be used is the last one.
fn look_at_files(site: &Site<'_>, with: &mut Files<'_>, client: &mut ClientTrace) -> Result<()> {
    let mut broken: Option<(usize, Stop)> = None;
    let mut firmware = match client.kind {
        TracedKind::Firmware(kind) => Some(kind),
        TracedKind::Ipxe | TracedKind::Plain => None,
    };
    let mut firmware6 = firmware;
    for (at, stage) in client.stages.iter_mut().enumerate() {
        let stop = look_at_stage(site, with, stage, &mut firmware)?;
        broken = broken.or(stop.map(|stop| (at, stop)));
    }
    for stage in client.v6.iter_mut().flat_map(|v6| &mut v6.stages) {
        look_at_stage(site, with, stage, &mut firmware6)?;
    }
    if let Some((at, stop)) = broken {
        client.stages.truncate(at + 1);
        client.ends = format!("nothing: {}", stop.why);
        client.stop = Some(stop);
        client.is_known = true;
    }
    Ok(())
}

/// Looks at the files of a step; returns why the boot stops there, if it does. The first program that firmware loads is one
/// for it; a program that this one starts is in its own format.
fn look_at_stage(
    site: &Site<'_>,
    with: &mut Files<'_>,
    stage: &mut Stage,
    firmware: &mut Option<ClientKind>,
) -> Result<Option<Stop>> {
    let files = &mut *with.lookup;
    let mut broken = None;
    for fact in &mut stage.facts {
        let Some(file) = fact.file.as_ref().filter(|file| file.server == files.server) else { continue };
        let of_server = || site.servers.get(file.server).map_or_else(Span::default, |server| server.span);
        let span = fact.origin.span.unwrap_or_else(of_server);
        let what = fact.name.as_str();
        let loader = firmware.take_if(|_| matches!(stage.step, Step::FirstStage | Step::FirmwareDhcp6));
        let found = match (file.access, loader) {
            (Access::Fetched(over), Some(kind)) => files.loader(&file.path, kind, span, over)?,
            (Access::Fetched(over), None) => files.served(&file.path, what, span, over)?,
            (Access::Mounted, _) => files.folder(&file.path, what, span)?,
            (Access::Inside, _) => files.file(&file.path, what, span)?,
        };
        if broken.is_none()
            && let Some(finding) = found.iter().find(|finding| finding.severity == Severity::Error)
        {
            let why = finding.message.clone();
            broken = Some(Stop { step: stage.step, why, finding: Some(finding.kind.id), span: Some(span) });
        }
        if let (Access::Fetched(_), Some(content)) = (file.access, (with.rendered)(&file.path)?)
            && files.has_content(&file.path, &content)? == Some(false)
        {
            stage.notes.push(format!(
                "{} is not the rendered file, whose content is shown here: `ipxegen diff` shows the difference",
                file.path
            ));
        }
        fact.checked = Some(found);
    }
    Ok(broken)
}

/// Adds each finding of `check` to the first step that shows a value from the finding's place.
fn add_findings(site: &Site<'_>, who: &Who<'_>, report: &Report, client: &mut ClientTrace) {
    let mut left: Vec<&Finding> = report.sorted();
    let names = [who.host.map(|host| host.span), site.subnets.get(who.subnet).map(|subnet| subnet.name.span)];
    let of_v6 = client.v6.iter_mut().flat_map(|v6| &mut v6.stages);
    for (at, stage) in client.stages.iter_mut().chain(of_v6).enumerate() {
        let mut places = places(stage);
        if at == 0 {
            places.extend(names.into_iter().flatten());
        }
        let about = |finding: &Finding| {
            finding.labels().any(|label| places.iter().any(|place| place.contains(label.span)))
        };
        let (here, rest): (Vec<&Finding>, Vec<&Finding>) =
            left.into_iter().partition(|finding| about(finding));
        stage.findings = here.into_iter().cloned().collect();
        left = rest;
    }
}

/// The places that a step names.
fn places(stage: &Stage) -> Vec<Span> {
    let overridden = stage.facts.iter().flat_map(|fact| &fact.overridden).map(|(_, origin)| origin);
    let origins = stage.facts.iter().map(|fact| &fact.origin).chain(overridden);
    origins.filter_map(|origin| origin.span).collect()
}
