//! iPXE fetches its script over HTTP or TFTP. Without a server for that, every machine stops after it has loaded
//! iPXE.
//!
//! Evidence: with `over: http` and no HTTP server there is no URL for the script. dhcpd then sends iPXE no file
//! name, and iPXE shows "Nothing to boot".
//!
//! Fails:
//! ```yaml fails
//! http: none
//! ipxe: { over: http }
//! ```
//! Passes:
//! ```yaml passes
//! http: none
//! ipxe: { over: tftp }
//! ```

use crate::model::{Script, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "script-without-server",
        "iPXE fetches the script over HTTP, and no server runs HTTP",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.http.is_some() || site.gaps.services || site.gaps.servers || !site.has_menu() {
        return;
    }
    if let Script::Http(path) = &site.ipxe.script {
        let message = format!("iPXE fetches `{path}` over HTTP, and no server runs HTTP");
        found.push(site.ipxe.span, message, |finding| {
            finding.help("set the server, `http: { server: NAME }`, or use TFTP, `ipxe: { over: tftp }`")
        });
    }
}
