//! in.tftpd must listen on an address of its own server and on port 69, because firmware asks no other port.
//!
//! Evidence: in.tftpd(8), `--address`; it does not start on an address that the machine does not have. RFC 1350
//! section 4: requests go to port 69, and PXE cannot name another port.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.200, interfaces: [eth0] } }
//! tftp: { address: "10.0.0.20:69" }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 10.0.0.200, interfaces: [eth0] } }
//! tftp: { address: "10.0.0.200:69" }
//! ```

use std::net::Ipv4Addr;

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("tftp-address", "in.tftpd listens where clients do not ask"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(tftp) = site.tftp.as_ref().filter(|_| !site.gaps.servers) else { return };
    let text = tftp.address.value.as_str();
    // An IPv6 address is in brackets.
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (text, "69"),
    };
    if port != "69" {
        found.push(
            tftp.address.span,
            format!("in.tftpd listens on port {port}, and firmware asks port 69"),
            |finding| finding.help("write `:69`, or the server's address and `:69`"),
        );
        return;
    }
    let Ok(ip) = host.parse::<Ipv4Addr>() else { return };
    if ip.is_unspecified() {
        return;
    }
    for server in tftp.servers.iter().filter_map(|at| site.servers.get(*at)) {
        if server.ips.iter().any(|own| own.value == ip) {
            continue;
        }
        found.push(
            tftp.address.span,
            format!("{ip} is not an address of the TFTP server `{}`", server.name),
            |finding| {
                let finding = finding.and(server.span, "the server");
                finding.help("in.tftpd does not start there; `:69` listens on all addresses of each server")
            },
        );
    }
}
