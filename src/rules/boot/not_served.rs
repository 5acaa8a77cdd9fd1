//! The configuration that ipxegen renders for nginx or Apache serves the script, the hook's scripts and the TFTP
//! root, and nothing else of the document root. An entry that fetches another path from that server fails: the
//! installer asks questions, or iPXE shows "HTTP 0x404".
//!
//! Evidence: nginx 1.22 and Apache 2.4 with the rendered configuration answer 404 for all other paths, asked by
//! curl.
//!
//! Fails:
//! ```yaml fails
//! http: { daemon: nginx }
//! boot_entries: { deb: { kind: debian_installer, dir: deb12, preseed: "{http}/preseed.cfg" } }
//! ```
//! Passes:
//! ```yaml passes
//! http: { daemon: nginx }
//! boot_entries: { deb: { kind: debian_installer, dir: deb12, preseed: "{files}/preseed.cfg" } }
//! ```

use std::collections::BTreeSet;

use foldhash::HashSet;

use crate::model::{Script, Site, Spanned, WebServer};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "not-served",
        "an entry fetches a path that the rendered web server does not serve",
    ),
    cost: Cost::Low,
    check,
};

/// The setting of iPXE that holds the URL of the HTTP root.
const HTTP_ROOT: &str = "${ipxegen.http}";

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(http) = &site.http else { return };
    if http.daemon == WebServer::None {
        return;
    }
    // The output for a web server has its name.
    let output = http.daemon.word();
    let prefix = http.tftp_prefix.value.as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '.' | '-');
    // Locations in `raw` can serve more paths. A prefix with other characters is percent-encoded in URLs.
    if site.raw.iter().any(|raw| raw.output == output) || !prefix.chars().all(plain) {
        return;
    }
    let served = |path: &str| {
        let script =
            matches!(&site.ipxe.script, Script::Http(script) if path.strip_prefix('/') == Some(script));
        let hook = site.ipxe.hook.as_ref().and_then(|hook| hook.value.split("${").next());
        let hook =
            hook.is_some_and(|hook| path.trim_start_matches('/').starts_with(hook.trim_start_matches('/')));
        let mut folders = http.paths.iter().map(|path| path.value.as_str()).chain([prefix]);
        let in_folder = |folder: &str| {
            path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
        };
        script || hook || folders.any(in_folder)
    };
    // Sorted, so that two findings of one argument come in the same order in each run.
    let roots: BTreeSet<&str> = site
        .subnets
        .iter()
        .filter_map(|subnet| subnet.addresses.http.as_deref())
        .chain([HTTP_ROOT])
        .collect();
    for entry in &site.entries {
        let mut said = HashSet::default();
        let written = entry
            .lines()
            .iter()
            .chain(entry.arguments())
            .map(|Spanned { value, span }| (value.as_str(), *span));
        // Arguments that ipxegen derives have no place of their own. Most of them name the answer file.
        let derived = entry.kind.kernel().into_iter().flat_map(|start| &start.arguments);
        let place = entry.unattended.unwrap_or(entry.span);
        let derived = derived.filter_map(|argument| Some((argument.text()?, place)));
        for (value, span) in written.chain(derived) {
            let fetched = roots.iter().flat_map(|root| {
                value.match_indices(root).filter_map(|(at, root)| {
                    let rest = value.get(at + root.len()..).filter(|rest| rest.starts_with('/'))?;
                    rest.split(|c: char| c.is_whitespace() || matches!(c, ';' | ',' | '"' | '\'' | '|'))
                        .next()
                })
            });
            for path in fetched.filter(|path| !served(path)) {
                if said.insert(path) {
                    let message =
                        format!("`{}` fetches {path}, which the web server does not serve", entry.id);
                    found.push(span, message, |finding| {
                        finding.help(format!(
                            "put it below the TFTP root, as `{{files}}/…`, or have its folder served by `http.paths` or `raw: {{ {output}: … }}`"
                        ))
                    });
                }
            }
        }
    }
}
