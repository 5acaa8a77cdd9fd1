//! A real tgtd with the rendered targets, asked by real initiators; the saveconfig restored by rtslib.

use std::process::Output;

use crate::support::daemons::Server;
use crate::support::netns::{Net, Space};
use crate::support::{Trees, render, require, require_root};

/// A network with the target of the lab's site `targets` on it.
struct San {
    net: Net,
    server: Server,
    _trees: Trees,
}

/// The hosts with a disk there.
const HOSTS: [&str; 4] = ["plain", "proved", "roaming", "two-ways"];

impl San {
    fn start() -> Option<Self> {
        let tools = ["unshare", "nsenter", "ip", "tar", "tgtd", "tgt-admin", "iscsi-inq"];
        if !(tools.into_iter().all(require) && require_root()) {
            return None;
        }
        let trees = render("targets");
        let net = Net::new(&["lan"]);
        let server = Server::new(&net, "lan", "10.0.0.2/24", &trees.of("san"));
        server.space.sh("ip address add 10.0.0.12/24 dev eth0");
        for host in HOSTS {
            server.space.sh(&format!("mkdir -p /srv/iscsi; truncate -s 16M /srv/iscsi/{host}.img"));
        }
        server.tgt();
        Some(Self { net, server, _trees: trees })
    }

    fn machine(&self, address: &str) -> Machine {
        let space = Space::new();
        self.net.plug("lan", &space, "eth0", &format!("{address}/24"));
        Machine { space }
    }
}

/// A machine that opens disks.
struct Machine {
    space: Space,
}

impl Machine {
    /// Whether it gets a disk, and what was said.
    fn opens(&self, initiator: &str, account: Account<'_>, portal: &str, target: &str) -> (bool, String) {
        let mut command = self.space.command("iscsi-inq");
        if let Some((user, password)) = account {
            command.env("LIBISCSI_CHAP_USERNAME", user).env("LIBISCSI_CHAP_PASSWORD", password);
        }
        let url = format!("iscsi://{portal}/iqn.2020-01.lan.lab:{target}/1");
        let Output { status, stdout, stderr } =
            command.args(["-i", initiator, &url]).output().expect("nsenter");
        let text = [stdout, stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
        (status.success() && text.contains("Peripheral Device Type:DIRECT_ACCESS"), text)
    }

    fn must(&self, initiator: &str, account: Account<'_>, portal: &str, target: &str) {
        let (opened, text) = self.opens(initiator, account, portal, target);
        assert!(opened, "{initiator} does not get {target}: {text}");
    }

    fn must_not(&self, initiator: &str, account: Account<'_>, portal: &str, target: &str) {
        let (opened, text) = self.opens(initiator, account, portal, target);
        assert!(!opened, "{initiator} gets {target}: {text}");
    }
}

/// A user and a password.
type Account<'a> = Option<(&'a str, &'a str)>;

const PROVED: Account<'_> = Some(("proved", "Aa.b_+=@-0001"));
const ROAMING: Account<'_> = Some(("roaming", "Aa.b_+=@-0002"));

fn own(host: &str) -> String {
    format!("iqn.2010-04.org.ipxe:{host}")
}

#[test]
fn tgt_gives_a_disk_to_its_machine_and_to_nobody_else() {
    let Some(san) = San::start() else { return };
    let shown = san.server.space.sh("tgtadm --op show --mode target");
    for host in HOSTS {
        assert!(shown.contains(&format!("/srv/iscsi/{host}.img")), "{shown}");
    }
    assert!(!shown.contains("ALL"), "every address is let in:\n{shown}");
    let plain = san.machine("10.0.0.21");
    plain.must(&own("plain"), None, "10.0.0.2", "plain");
    // Any portal of tgt will do.
    plain.must(&own("plain"), None, "10.0.0.12", "plain");
    let stranger = san.machine("10.0.0.99");
    // The name alone opens nothing: anybody can say it.
    stranger.must_not(&own("plain"), None, "10.0.0.2", "plain");
    stranger.must_not(&own("stranger"), None, "10.0.0.2", "plain");
    plain.must_not(&own("plain"), None, "10.0.0.2", "two-ways");
    // A listed address without the password.
    plain.must_not(&own("roaming"), None, "10.0.0.2", "roaming");
}

#[test]
fn tgt_asks_for_the_password() {
    let Some(san) = San::start() else { return };
    let proved = san.machine("10.0.0.22");
    proved.must(&own("proved"), PROVED, "10.0.0.2", "proved");
    proved.must_not(&own("proved"), None, "10.0.0.2", "proved");
    proved.must_not(&own("proved"), Some(("proved", "Aa.b_+=@-9999")), "10.0.0.2", "proved");
    proved.must_not(&own("proved"), ROAMING, "10.0.0.2", "proved");
    // Without an address of its own, from anywhere by name and password, and by neither alone.
    let anywhere = san.machine("10.0.0.150");
    anywhere.must(&own("roaming"), ROAMING, "10.0.0.2", "roaming");
    anywhere.must_not(&own("roaming"), None, "10.0.0.2", "roaming");
    anywhere.must_not(&own("other"), ROAMING, "10.0.0.2", "roaming");
}
