//! tftpd-hpa of Debian 14 is started by its socket and does not read `/etc/default/tftpd-hpa`: its settings are
//! drop-ins of systemd, so text in `raw` for that file has no place there.
//!
//! Evidence: NEWS.Debian and README.Debian of tftpd-hpa 7.2+20261013-2, which also removes the file on an upgrade.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0], os: debian-14 } }
//! dhcp: { daemon: external }
//! raw: { tftpd_hpa: "# in.tftpd of the lab" }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0], os: debian-14 } }
//! dhcp: { daemon: external }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("tftpd-defaults", "a server's tftpd-hpa has no file for the text in `raw`"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(tftp) = &site.tftp else { return };
    let servers = tftp.servers.iter().filter_map(|at| site.servers.get(*at));
    let mut systems = servers.filter_map(|server| server.os.as_ref());
    let Some(os) = systems.find(|os| !os.value.has_tftpd_defaults()) else { return };
    for raw in site.raw.iter().filter(|raw| raw.output == "tftpd_hpa") {
        let message = format!("tftpd-hpa of {} does not read /etc/default/tftpd-hpa", os.value.name());
        found.push(raw.text.span, message, |finding| {
            let finding = finding.and(os.span, "the system of a TFTP server");
            finding.help("write `tftp.options`, or a drop-in of your own: `systemctl edit tftpd-hpa.service`")
        });
    }
}
