//! A real tgtd with the rendered targets, asked by real initiators; the configuration of LIO, restored by rtslib.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use crate::support::daemons::Server;
use crate::support::netns::{Net, Space};
use crate::support::{Trees, render, require, require_root, skip};

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
    /// Whether it gets a disk, and the output.
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
    // The target proves itself, too, and to a password of its own.
    let mutual = |password: &str| {
        let url = "iscsi://10.0.0.2/iqn.2020-01.lan.lab:proved/1";
        let mut command = proved.space.command("iscsi-inq");
        command.env("LIBISCSI_CHAP_USERNAME", "proved").env("LIBISCSI_CHAP_PASSWORD", "Aa.b_+=@-0001");
        command.env("LIBISCSI_CHAP_TARGET_USERNAME", "san").env("LIBISCSI_CHAP_TARGET_PASSWORD", password);
        command.args(["-i", &own("proved"), url]).output().expect("nsenter").status.success()
    };
    assert!(mutual("Aa.b_+=@-0003"), "the target does not prove itself");
    assert!(!mutual("Aa.b_+=@-9999"), "the target proves itself by any password");
    // Without an address of its own, from anywhere by name and password, and by neither alone.
    let anywhere = san.machine("10.0.0.150");
    anywhere.must(&own("roaming"), ROAMING, "10.0.0.2", "roaming");
    anywhere.must_not(&own("roaming"), None, "10.0.0.2", "roaming");
    anywhere.must_not(&own("other"), ROAMING, "10.0.0.2", "roaming");
}

/// The real rtslib, with a folder in place of the kernel's configfs, because a container has no LIO.
#[test]
fn rtslib_restores_what_the_site_says() {
    let has_rtslib = |python: &&str| {
        let tried = Command::new(python).args(["-c", "import rtslib_fb, pyudev"]).output();
        tried.is_ok_and(|output| output.status.success())
    };
    let Some(python) = ["/usr/bin/python3", "python3"].into_iter().find(has_rtslib) else {
        skip("python3-rtslib-fb is not installed");
        return;
    };
    let case = Path::new("tests/cases/iscsi-targets/rendered/vault/etc/rtslib-fb-target/saveconfig.json");
    let kernel = tempfile::tempdir().unwrap();
    let output =
        Command::new(python).arg("tests/support/rtslib.py").arg(case).arg(kernel.path()).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(!told.contains("error:"), "{told}");
    let shelf = "iscsi/iqn.2020-01.lan.lab:shelf/tpgt_1";
    let one = format!("{shelf}/acls/iqn.2010-04.org.ipxe:shelf-1");
    let two = format!("{shelf}/acls/iqn.2020-01.lan.lab:initiator-shelf-2");
    for line in [
        "core/fileio_0/shelf-1/control: fd_dev_name=/srv/iscsi/shelf-1.img,fd_dev_size=68719476736"
            .to_owned(),
        format!("{shelf}/attrib/authentication: 1"),
        format!("{shelf}/lun/lun_0 -> core/fileio_0/shelf-1"),
        format!("{shelf}/lun/lun_31 -> core/iblock_1/shelf-2"),
        format!("{shelf}/np/10.0.0.3:3260/"),
        format!("{shelf}/np/10.0.1.3:3260/"),
        // Each machine has its own disk, and its own account.
        format!("{one}/lun_0 -> {shelf}/lun/lun_0"),
        format!("{one}/auth/userid: shelf-1"),
        format!("{one}/auth/password: Secret.x+0000003"),
        format!("{one}/auth/userid_mutual: vault"),
        format!("{one}/auth/password_mutual: Secret.x+0000007"),
        format!("{two}/lun_31 -> {shelf}/lun/lun_31"),
        format!("{two}/auth/password: Secret.x+0000004"),
    ] {
        assert!(told.lines().any(|known| known == line), "`{line}` is not among\n{told}");
    }
    // Nobody is let in who has no ACL (the kernel's files that stay 0 are not listed).
    assert!(!told.contains("generate_node_acls: 1"), "{told}");
    let acls = told.lines().filter(|line| line.contains("/acls/") && line.contains(" -> "));
    assert_eq!(acls.count(), 3, "{told}");
}

/// tgt-admin pastes our values into shell commands; the commands have exactly these values.
#[test]
fn tgt_admin_would_run_what_is_meant() {
    if !require("tgt-admin") {
        return;
    }
    let file = Path::new("tests/cases/iscsi-targets/rendered/san/etc/tgt/conf.d/ipxegen.conf");
    let tgt_admin = |file: &Path| {
        let output = Command::new("tgt-admin").args(["-p", "-e", "-c"]).arg(file).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let dir = tempfile::tempdir().unwrap();
    let mut text = fs::read_to_string(file).unwrap();
    // tgt-admin leaves out what is not there.
    for store in ["/dev/vg0/lv_plain", "/srv/iscsi/proved.img", "/srv/iscsi/roaming.img"] {
        let here = dir.path().join(store.rsplit('/').next().unwrap());
        fs::write(&here, "").unwrap();
        text = text.replace(store, here.to_str().unwrap());
    }
    let staged = dir.path().join("targets.conf");
    fs::write(&staged, text).unwrap();
    let said = tgt_admin(&staged).replace(&dir.path().display().to_string(), "");
    let commands: Vec<&str> =
        said.lines().filter_map(|line| line.strip_prefix("tgtadm -C 0 --lld iscsi ")).collect();
    let commands: Vec<String> = commands.iter().map(|line| line.trim_end().to_owned()).collect();
    assert_eq!(
        commands,
        [
            "--op new --mode target --tid 1 -T iqn.2020-01.lan.lab:by-hand",
            "--op bind --mode target --tid 1 -I 10.0.0.99",
            "--op new --mode target --tid 2 -T iqn.2020-01.lan.lab:plain",
            "--op new --mode logicalunit --tid 2 --lun 1 -b \"/lv_plain\"",
            "--op bind --mode target --tid 2 -I 10.0.0.21",
            "--op new --mode target --tid 3 -T iqn.2020-01.lan.lab:proved",
            "--op new --mode logicalunit --tid 3 --lun 1 -b \"/proved.img\"",
            "--mode account --op new --user=proved --password=Secret.x+0000001",
            "--mode account --op bind --tid=3 --user=proved",
            "--op bind --mode target --tid 3 -I 10.0.0.22",
            "--op bind --mode target --tid 3 -Q iqn.2010-04.org.ipxe:proved",
            "--mode account --op new --user=san --password=Secret.x+0000007",
            "--mode account --op bind --tid=3 --user=san --outgoing",
            "--op new --mode target --tid 4 -T iqn.2020-01.lan.lab:roaming",
            "--op new --mode logicalunit --tid 4 --lun 1 -b \"/roaming.img\"",
            "--mode account --op new --user=roaming --password=Secret.x+0000002",
            "--mode account --op bind --tid=4 --user=roaming",
            "--op bind --mode target --tid 4 -I 255.255.255.255",
            "--op bind --mode target --tid 4 -Q iqn.2010-04.org.ipxe:roaming",
        ]
    );
}
