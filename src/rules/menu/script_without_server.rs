//! iPXE fetches the script by HTTP or by TFTP; without a server for that, every machine gets as
//! far as iPXE and stops.
//!
//! Evidence: with `over: http` and no HTTP server there is no URL that DHCP could name, so dhcpd
//! would send iPXE no file name at all, and iPXE boots from nothing ("Nothing to boot").
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
        "the script is fetched by HTTP, and no server runs HTTP",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.http.is_some() || site.gaps.services || site.gaps.servers || !site.has_menu() {
        return;
    }
    if let Script::Http(path) = &site.ipxe.script {
        let message = format!("iPXE would fetch `{path}` by HTTP, and no server runs HTTP");
        found.push(site.ipxe.span, message, |finding| {
            finding.help("say which server runs it, `http: { server: NAME }`, or `ipxe: { over: tftp }`")
        });
    }
}
