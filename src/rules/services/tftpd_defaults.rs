//! tftpd-hpa of Debian 14 is started by its socket and does not read `/etc/default/tftpd-hpa`: its settings are
//! drop-ins of systemd. Without them it serves `/var/lib/tftpboot`, whatever `tftp.root` is.
//!
//! Evidence: NEWS.Debian and README.Debian of tftpd-hpa 7.2+20261013-2, which also removes the file on an upgrade.
//!
//! Fails:
//! ```yaml fails
//! servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0], os: debian-14 } }
//! dhcp: { daemon: external }
//! ```
//! Passes:
//! ```yaml passes
//! servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0], os: debian-13 } }
//! dhcp: { daemon: external }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("tftpd-defaults", "a server's tftpd-hpa does not read the rendered file"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(tftp) = &site.tftp else { return };
    for server in tftp.servers.iter().filter_map(|at| site.servers.get(*at)) {
        let Some(os) = server.os.as_ref().filter(|os| !os.value.has_tftpd_defaults()) else { continue };
        let system = os.value.name();
        let message = format!("tftpd-hpa of {system} does not read /etc/default/tftpd-hpa");
        found.push(os.span, message, |finding| {
            let drop_in = "`systemctl edit tftpd-hpa.service`, [Service]";
            let root = &tftp.root;
            finding.help(format!("{drop_in}: Environment=TFTPD_HOME={root} and ReadWritePaths={root}"))
        });
    }
}
