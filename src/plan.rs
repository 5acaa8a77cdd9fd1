//! Plans the files of every server by asking each output. Nothing is rendered here.

use foldhash::{HashMap, HashSet};

use crate::limits::FILES_OF_SERVERS;
use crate::model::{Loader, Site};
use crate::outputs::{OUTPUTS, Output, PlannedFile, open_ports};
use crate::report::catalogue::{MALFORMED, SAME_FILE};
use crate::report::{Finding, Report};
use crate::tree::{ManualStep, TreeEntry};

/// A file of the plan.
pub struct Planned<'s> {
    /// Its entry in the tree and the manifest.
    pub entry: TreeEntry,
    /// The output that it belongs to.
    pub output: &'static dyn Output,
    /// The file, with the source of its text.
    pub file: PlannedFile<'s>,
}

impl<'s> Planned<'s> {
    fn new(server: &str, output: &'static dyn Output, file: PlannedFile<'s>) -> Self {
        let entry = TreeEntry {
            server: server.to_owned(),
            path: file.path.clone(),
            output: output.name().to_owned(),
            mode: file.mode,
            owner: "root".to_owned(),
            group: file.group.clone(),
            reload: file.reload.as_deref().map(str::to_owned),
            check: file.check.clone(),
            templates: Vec::new(),
            secret: file.secret.map(|marks| marks.iter().map(|mark| (*mark).to_owned()).collect()),
        };
        Self { entry, output, file }
    }
}

/// The folder of files that belong to no server. No server may have this name.
const BUILD: &str = "build";

/// All files of a site, and the steps left to the user.
#[derive(Default)]
pub struct Plan<'s> {
    /// The files, by server and output.
    pub files: Vec<Planned<'s>>,
    /// The steps left to the user.
    pub needs: Vec<ManualStep>,
}

/// Plans the files of every server. A plan that would exceed [`FILES_OF_SERVERS`] is empty.
pub fn plan<'s>(site: &'s Site<'_>, report: &mut Report) -> Plan<'s> {
    let mut plan = Plan::default();
    if let Some(finding) = too_large(site) {
        report.push(finding);
        return plan;
    }
    for (at, server) in site.servers.iter().enumerate() {
        // A file may be needed for several reasons; the first one is shown.
        let mut needed: HashSet<(String, String)> = HashSet::default();
        for output in OUTPUTS {
            plan.files.extend(
                output.files(site, at).into_iter().map(|file| Planned::new(&server.name, *output, file)),
            );
            for need in output.needs(site, at) {
                let need = ManualStep {
                    server: server.name.clone(),
                    kind: need.kind.to_owned(),
                    what: need.what,
                    output: output.name().to_owned(),
                    why: need.why,
                };
                if needed.insert((need.kind.clone(), need.what.clone())) {
                    plan.needs.push(need);
                }
            }
        }
        // The ports of all daemons are one step, which belongs to no output: a run with `--only` leaves it as it is.
        plan.needs.extend(open_ports(site, at).map(|need| ManualStep {
            server: server.name.clone(),
            kind: need.kind.to_owned(),
            what: need.what,
            output: "ports".to_owned(),
            why: need.why,
        }));
    }
    for output in OUTPUTS {
        plan.files
            .extend(output.build_files(site).into_iter().map(|file| Planned::new(BUILD, *output, file)));
    }
    conflicts(&plan, report);
    plan
}

/// The finding if the servers need too many files: each that runs TFTP, HTTP or NFS has those of all boot entries, all
/// loaders and the whole menu.
fn too_large(site: &Site<'_>) -> Option<Finding> {
    let services = [
        site.tftp.as_ref().map(|tftp| tftp.servers.as_slice()),
        site.http.as_ref().map(|http| http.servers.as_slice()),
        site.nfs.as_ref().map(|nfs| nfs.servers.as_slice()),
    ];
    let servers: HashSet<usize> = services.into_iter().flatten().flatten().copied().collect();
    let subnets = site.subnets.iter().map(|subnet| &subnet.loaders);
    let loaders: HashSet<&Loader> =
        subnets.chain(site.own_loaders()).flatten().map(|(_, loader)| &loader.value).collect();
    let entries: usize = site.entries.iter().map(|entry| 1 + entry.files.len()).sum();
    let of_each = entries + site.menu.items.len() + site.classes.len() + loaders.len();
    let server = site.servers.get(*servers.iter().max()?)?;
    (servers.len().saturating_mul(of_each) > FILES_OF_SERVERS && servers.len() > 1).then(|| {
        let message = format!(
            "{} servers each need {of_each} files and lines of the menu; {FILES_OF_SERVERS} together are the most",
            servers.len()
        );
        let help = "fewer servers for `tftp`, `http` and `nfs`, or several sites";
        Finding::new(&MALFORMED, server.span, message).help(help)
    })
}

/// Reports two outputs that write one file, a file where another output needs a folder, and names that ipxegen reserves.
fn conflicts(plan: &Plan<'_>, report: &mut Report) {
    let mut writers: HashMap<(&str, &str), &Planned<'_>> = HashMap::default();
    // One fault of two entries of `files` may be one for each host.
    let mut said = HashSet::default();
    let has_bad_names = report.has_errors();
    let mut refuse = |one: &Planned<'_>, other: Option<&Planned<'_>>, message: String| {
        let places = (one.file.place(), other.and_then(|other| other.file.place()));
        if (places.0.or(places.1).is_some()) && !said.insert(places) {
            return;
        }
        let finding = match places {
            (Some(place), Some(before)) if place != before => {
                Finding::new(&SAME_FILE, place, message).and(before, "the other one")
            }
            (Some(place), _) | (None, Some(place)) => Finding::new(&SAME_FILE, place, message),
            (None, None) => Finding::nowhere(&SAME_FILE, message),
        };
        report.push(finding.help("give one of them another path"));
    };
    for planned in &plan.files {
        let (server, path) = (planned.entry.server.as_str(), planned.entry.path.as_str());
        if let Some(other) = writers.insert((server, path), planned) {
            let (one, two) = (other.output.name(), planned.output.name());
            let writers = if one == two {
                format!("`{one}` twice writes")
            } else {
                format!("`{one}` and `{two}` both write")
            };
            refuse(planned, Some(other), format!("{writers} {path} on the server `{server}`"));
        }
    }
    for planned in &plan.files {
        let (server, path) = (planned.entry.server.as_str(), planned.entry.path.as_str());
        let one = planned.output.name();
        let above = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        for above in above.filter(|above| !above.is_empty()) {
            if let Some(other) = writers.get(&(server, above)) {
                let file = other.output.name();
                let message = format!(
                    "`{file}` writes the file {above} on the server `{server}`, where `{one}` needs a folder for {path}"
                );
                refuse(planned, Some(other), message);
            }
        }
        // `Planned::place` fails only for names that ipxegen gives to its own temporary files; other names were
        // rejected when they were read.
        if planned.entry.place().is_err() && !has_bad_names {
            let message = format!(
                "`{one}` cannot write {path} on the server `{server}`: ipxegen gives such names to its own temporary files"
            );
            refuse(planned, None, message);
        }
    }
}
