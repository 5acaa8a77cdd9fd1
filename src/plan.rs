//! Which files, per server: every output asked once, nothing rendered yet.

use rustc_hash::FxHashSet;

use crate::model::Site;
use crate::outputs::{OUTPUTS, Output, PlannedFile};
use crate::report::catalogue::SAME_FILE;
use crate::report::{Finding, Report, Severity};
use crate::tree::{Entry, Need};

/// A file of the plan.
pub struct Planned<'s> {
    /// As the tree and the manifest know it.
    pub entry: Entry,
    /// Who renders it.
    pub output: &'static dyn Output,
    /// How.
    pub file: PlannedFile<'s>,
}

impl<'s> Planned<'s> {
    fn new(server: &str, output: &'static dyn Output, file: PlannedFile<'s>) -> Self {
        let entry = Entry {
            server: server.to_owned(),
            path: file.path.clone(),
            output: output.name().to_owned(),
            mode: file.mode,
            owner: "root".to_owned(),
            group: file.group.clone(),
            reload: file.reload.as_deref().map(str::to_owned),
            check: file.check.clone(),
            secret: file.secret.map(|marks| marks.iter().map(|mark| (*mark).to_owned()).collect()),
        };
        Self { entry, output, file }
    }
}

/// The folder of what is no server's; no server may be called so.
const BUILD: &str = "build";

/// Everything that a site comes to.
#[derive(Default)]
pub struct Plan<'s> {
    /// The files, by server and output.
    pub files: Vec<Planned<'s>>,
    /// What is left to do by hand.
    pub needs: Vec<Need>,
}

/// Plans the files of every server.
pub fn plan<'s>(site: &'s Site<'_>, report: &mut Report) -> Plan<'s> {
    let mut plan = Plan::default();
    // The same file may be needed for several reasons; the first one says enough.
    let mut needed: FxHashSet<(usize, String, String)> = FxHashSet::default();
    for (at, server) in site.servers.iter().enumerate() {
        for output in OUTPUTS {
            plan.files.extend(
                output.files(site, at).into_iter().map(|file| Planned::new(&server.name, *output, file)),
            );
            for need in output.needs(site, at) {
                let need = Need {
                    server: server.name.clone(),
                    kind: need.kind.to_owned(),
                    what: need.what,
                    output: output.name().to_owned(),
                    why: need.why,
                };
                if needed.insert((at, need.kind.clone(), need.what.clone())) {
                    plan.needs.push(need);
                }
            }
        }
    }
    for output in OUTPUTS {
        plan.files
            .extend(output.build_files(site).into_iter().map(|file| Planned::new(BUILD, *output, file)));
    }
    conflicts(&plan, report);
    plan
}

/// Two outputs that would write one file.
fn conflicts(plan: &Plan<'_>, report: &mut Report) {
    let mut places: Vec<(&str, &str, &str)> = plan
        .files
        .iter()
        .map(|planned| (planned.entry.server.as_str(), planned.entry.path.as_str(), planned.output.name()))
        .collect();
    places.sort_unstable();
    for pair in places.windows(2) {
        if let [(server, path, one), (other_server, other_path, other)] = pair
            && server == other_server
            && path == other_path
        {
            let message = format!("`{one}` and `{other}` both write {path} on the server `{server}`");
            let finding = Finding::nowhere(&SAME_FILE, Severity::Error, message);
            report.push(finding.help("give one of them another path"));
        }
    }
}
