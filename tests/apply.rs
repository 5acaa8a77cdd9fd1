use std::fs;
use std::os::unix::fs::symlink;
use std::process::Stdio;

use crate::diff::{Home, Run, SITE};
use crate::support::daemons::Server;
use crate::support::dhcp::{Client, Link};
use crate::support::netns::Net;
use crate::support::{require, require_root};

const CONF: &str = "root/etc/dhcp/dhcpd.conf";

fn machine(site: &str) -> Home {
    let home = Home::new(site);
    fs::create_dir(home.path("root")).unwrap();
    home
}

fn read(home: &Home, name: &str) -> String {
    fs::read_to_string(home.path(name)).unwrap()
}

// ---- a root folder

#[test]
fn a_set_is_applied_once_and_comes_back() {
    let home = machine(SITE);
    let run = home.run("apply --root root --yes").ends(0);
    assert!(run.out.contains("generation 1 is in place:\n"), "{}", run.out);
    assert!(run.out.contains("to be reloaded: isc-dhcp-server.service, tftpd-hpa.service"), "{}", run.out);
    assert_eq!(home.run("apply --root root").ends(0).out, "nothing to change\n");
    assert_eq!(home.run("diff --against root --server boot").ends(0).out, "");

    home.site(&SITE.replace("10.0.0.11", "10.0.0.21"));
    let run = home.run("apply --root root --server boot --yes").ends(0);
    assert_eq!(run.words(), ["host pc1: address 10.0.0.11 → 10.0.0.21"]);
    assert!(read(&home, CONF).contains("10.0.0.21"));
    let history = home.run("history --root root").ends(0).out;
    let marks: Vec<_> = history.lines().map(|line| &line[..6]).collect();
    assert_eq!(marks, ["     1", "*    2"], "{history}");
    assert!(history.contains("from site.yaml, server boot"), "{history}");

    let run = home.run("rollback --root root --yes").ends(0);
    assert_eq!(run.words(), ["host pc1: address 10.0.0.21 → 10.0.0.11"]);
    assert!(read(&home, CONF).contains("10.0.0.11"));
    home.run("rollback --root root --yes").ends(2);
    home.run("rollback 2 --root root --yes").ends(0);
    assert!(read(&home, CONF).contains("10.0.0.21"));
    let json: serde_json::Value =
        serde_json::from_str(&home.run("history --root root --format json").ends(0).out).unwrap();
    assert_eq!(json[1]["current"], true);
}

#[test]
fn without_a_terminal_somebody_has_to_say_yes() {
    let home = machine(SITE);
    let run = home.run("apply --root root").ends(2);
    assert!(run.err.contains("no terminal to ask on") && run.err.contains("--yes"), "{}", run.err);
    assert_eq!(fs::read_dir(home.path("root")).unwrap().count(), 0);
}

#[test]
fn on_a_terminal_it_asks() {
    if !require("script") {
        return;
    }
    let home = machine(SITE);
    for (answer, code) in [("n", 1), ("y", 0)] {
        let line = format!("{} apply --root root", env!("CARGO_BIN_EXE_ipxegen"));
        let output = std::process::Command::new("sh")
            .args(["-c", &format!("echo {answer} | script -qec '{line}' /dev/null")])
            .current_dir(home.dir.path())
            .output()
            .unwrap();
        let run = Run::of(&output).ends(code);
        assert!(run.out.contains("[y/N]"), "{}", run.out);
        assert_eq!(home.path(CONF).exists(), code == 0);
    }
}

#[test]
fn findings_stop_it() {
    let home = machine(&SITE.replace("00:00:02,", "00:00:01,"));
    let run = home.run("apply --root root --yes").ends(1);
    assert!(run.err.contains("error[duplicate-mac]"), "{}", run.err);
    assert_eq!(fs::read_dir(home.path("root")).unwrap().count(), 0);
}

#[test]
fn what_dhcpd_does_not_take_is_not_applied() {
    if !require("dhcpd") {
        return;
    }
    let home = machine(&SITE.replace("http: none", "http: none\nraw: { dhcpd: \"no-such-statement 1;\" }"));
    let run = home.run("apply --root root --yes").ends(1);
    assert!(run.err.contains("dhcpd says of"), "{}", run.err);
    assert_eq!(fs::read_dir(home.path("root")).unwrap().count(), 0);
}

#[test]
fn several_servers_have_to_be_told_apart() {
    let home = machine(SITE);
    home.site(&fs::read_to_string("examples/branch/site.yaml").unwrap());
    let run = home.run("apply --root root --yes").ends(1);
    assert!(run.err.contains("the site has several servers"), "{}", run.err);
    home.run("apply --root root --server head --yes").ends(0);
    // The machine turns out to be the other one: every file is that one's now.
    home.run("apply --root root --server branch --become branch --yes").ends(0);
    assert_eq!(home.run("diff --against root --server branch").ends(0).out, "");
}

#[test]
fn somebody_elses_file_is_left_alone_until_adopted() {
    let home = machine(SITE);
    fs::create_dir_all(home.path("root/etc/dhcp")).unwrap();
    fs::write(home.path(CONF), "# Debian's own\n").unwrap();
    let run = home.run("apply --root root --yes").ends(1);
    assert!(
        run.err.contains("dhcpd.conf: not written by ipxegen") && run.err.contains("--adopt"),
        "{}",
        run.err
    );
    home.run("apply --root root --yes --force").ends(1);
    assert_eq!(read(&home, CONF), "# Debian's own\n");
    let run = home.run("apply --root root --yes --adopt").ends(0);
    assert!(run.out.contains("the files that were there before are kept as generation 1\n"), "{}", run.out);
    home.run("rollback --root root --yes").ends(0);
    assert_eq!(read(&home, CONF), "# Debian's own\n");
    assert!(!home.path("root/etc/dhcp/ipxe.options").exists());
    // It belongs to its owner again.
    home.run("apply --root root --yes").ends(1);
}

#[test]
fn what_was_changed_by_hand_is_shown_and_refused() {
    let home = machine(SITE);
    home.run("apply --root root --yes").ends(0);
    let ours = read(&home, CONF);
    fs::write(home.path(CONF), ours.replace("10.0.0.11", "10.0.0.77")).unwrap();
    let run = home.run("apply --root root --yes").ends(1);
    assert!(run.err.contains("dhcpd.conf: changed since it was rendered"), "{}", run.err);
    assert!(run.err.contains("\n-\tfixed-address 10.0.0.11;\n+\tfixed-address 10.0.0.77;\n"), "{}", run.err);
    assert_eq!(run.words(), ["host pc1: address 10.0.0.77 → 10.0.0.11"]);
    home.run("apply --root root --yes --force").ends(0);
    assert_eq!(read(&home, CONF), ours);
    // The hand's work is not lost.
    home.run("rollback --root root --yes").ends(0);
    assert!(read(&home, CONF).contains("10.0.0.77"));
}

#[test]
fn many_hosts_do_not_go_by_mistake() {
    let hosts = |n: std::ops::RangeInclusive<u32>| {
        let all = n.map(|n| format!("  h{n}: {{ mac: 52:54:00:00:02:{n:02}, ip: 10.0.0.{n} }}\n"));
        let (head, tail) = SITE.split_once("  i38:").unwrap();
        let (_, tail) = tail.split_once("boot_entries:").unwrap();
        format!("{head}{}boot_entries:{tail}", all.collect::<String>())
    };
    let home = machine(&hosts(10..=29));
    home.run("apply --root root --yes").ends(0);
    home.site(&hosts(10..=22));
    let run = home.run("apply --root root --yes").ends(1);
    assert!(run.err.contains("7 of 20 hosts would be removed") && run.err.contains("--force"), "{}", run.err);
    // Six of twenty are not more than three of ten, and other names are no loss.
    home.site(&hosts(10..=23));
    home.run("apply --root root --yes").ends(0);
    home.site(&hosts(10..=23).replace("  h", "  x"));
    home.run("apply --root root --yes").ends(0);
    // No DHCP server at all: all of them.
    home.site(&hosts(10..=11));
    home.run("apply --root root --yes").ends(1);
    home.run("apply --root root --yes --force").ends(0);
    home.site(&hosts(10..=10));
    home.run("apply --root root --yes").ends(0);
}

#[test]
fn a_sites_own_files_stand_beside_drop_ins() {
    let site = format!(
        "{SITE}nfs: {{ exports_file: /etc/exports.d/ipxegen.exports, exports: [{{ path: /srv/nfs, clients: 10.0.0.0/24 }}] }}\n\
         smb: {{ config_file: /etc/samba/ipxegen.conf, shares: {{ iso: {{ path: /srv/iso }} }} }}\n"
    );
    let home = machine(&site);
    for (name, text) in [
        ("exports", "/home 10.0.0.0/24(rw,sync)\n"),
        ("samba/smb.conf", "include = /etc/samba/ipxegen.conf\n"),
    ] {
        let path = home.path("root/etc").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    home.run("apply --root root --yes").ends(0);
    assert!(read(&home, "root/etc/exports.d/ipxegen.exports").contains("/srv/nfs 10.0.0.0/24("));
    assert!(read(&home, "root/etc/samba/ipxegen.conf").contains("[iso]"));
    assert_eq!(read(&home, "root/etc/exports"), "/home 10.0.0.0/24(rw,sync)\n");
    assert_eq!(read(&home, "root/etc/samba/smb.conf"), "include = /etc/samba/ipxegen.conf\n");
    // And stay when ours go.
    home.site(SITE);
    home.run("apply --root root --yes").ends(0);
    assert!(!home.path("root/etc/exports.d/ipxegen.exports").exists());
    assert!(home.path("root/etc/exports").exists() && home.path("root/etc/samba/smb.conf").exists());
}

/// The site with dnsmasq for DHCP.
fn with_dnsmasq(site: &str) -> String {
    site.replace("http: none", "http: none\ndhcp: { daemon: dnsmasq }")
}

/// dnsmasq counts the settings of all files that it reads together.
#[test]
fn other_files_with_dhcp_for_dnsmasq_are_refused() {
    let home = machine(&with_dnsmasq(SITE));
    let write = |name: &str, text: &str| {
        let path = home.path("root/etc").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    // Debian's own file, DNS, copies of dpkg and backups have nothing that counts.
    write(
        "dnsmasq.conf",
        "# dhcp-range=10.0.0.50,10.0.0.60\nlisten-address=127.0.0.1\nconf-file=/etc/more.conf\n",
    );
    write("dnsmasq.d/dns.conf", "server=10.0.0.53\n");
    for name in ["dnsmasq.d/old.dpkg-old", "dnsmasq.d/old~", "dnsmasq.d/.old"] {
        write(name, "dhcp-range=10.0.0.50,10.0.0.60\n");
    }
    home.run("apply --root root --yes").ends(0);

    write(
        "more.conf",
        "\ndhcp-range = 10.0.0.50,10.0.0.60\ndhcp-authoritative\nconf-dir=/etc/most,*.conf\nconf-dir=/etc/rest,.off\n",
    );
    write("rest/a.off", "dhcp-option=3\n");
    write("most/a.conf", "pxe-prompt=\"Boot\" # none\nconf-file=/etc/more.conf\n");
    write("most/b.txt", "dhcp-option=3\n");
    let ours = read(&home, "root/etc/dnsmasq.d/ipxegen.conf");
    home.site(&with_dnsmasq(&SITE.replace("10.0.0.11", "10.0.0.21")));
    let run = home.run("apply --root root --yes").ends(1);
    let more = "etc/more.conf: dnsmasq reads this file too, with the DHCP settings `dhcp-range` in line 2 and 1 more\n";
    assert!(run.err.contains(more), "{}", run.err);
    assert!(
        run.err.contains(
            "etc/most/a.conf: dnsmasq reads this file too, with the DHCP setting `pxe-prompt` in line 1\n"
        ),
        "{}",
        run.err
    );
    assert!(
        !run.err.contains("b.txt")
            && !run.err.contains("a.off")
            && run.err.matches("nothing was changed; ").count() == 1,
        "{}",
        run.err
    );
    assert_eq!(read(&home, "root/etc/dnsmasq.d/ipxegen.conf"), ours);
    home.run("apply --root root --yes --force").ends(0);
    assert_ne!(read(&home, "root/etc/dnsmasq.d/ipxegen.conf"), ours);

    // Settings that are not for DHCP, but with which dnsmasq does not start, or is silent; and those that have no effect.
    fs::remove_file(home.path("root/etc/more.conf")).unwrap();
    write(
        "dnsmasq.d/dns.conf",
        "port=53\nbind-interfaces\nenable-tftp\ntftp-root=/srv/other\nexcept-interface=lo\nno-dhcp-interface=eth9,eth* # DNS only\n\
         interface=eth7\nlisten-address=127.0.0.1\ncache-size=500\n",
    );
    home.site(&with_dnsmasq(&SITE.replace("10.0.0.11", "10.0.0.31")));
    let run = home.run("apply --root root --yes").ends(1);
    let dns = "etc/dnsmasq.d/dns.conf: dnsmasq reads this file too, and its";
    for said in [
        format!("{dns} `port` in line 1 repeats the `port` of the site, so that dnsmasq does not start\n"),
        format!(
            "{dns} `bind-interfaces` in line 2 contradicts the `bind-dynamic` of the site, so that dnsmasq does not start\n"
        ),
        format!("{dns} `no-dhcp-interface` in line 6 keeps DHCP from the interface `eth0` of the site\n"),
    ] {
        assert!(run.err.contains(&said), "{said}:\n{}", run.err);
    }
    let tftp =
        run.err.contains("`enable-tftp` in line 3 starts a second TFTP server beside that of the site");
    let lines = run.err.lines().filter(|line| line.contains(dns)).count();
    assert_eq!((tftp, lines), (true, 4), "{}", run.err);
    write("dnsmasq.d/dns.conf", "server=10.0.0.53\n");

    // A file of the site is the site's own matter, and another DHCP server reads none of these files.
    fs::write(home.path("extra.conf.tera"), "dhcp-option=44,10.0.0.44\n").unwrap();
    let extra = "files: [{ path: /etc/dnsmasq.d/extra.conf, server: boot, template: extra.conf.tera }]\n";
    home.site(&format!("{}{extra}", with_dnsmasq(SITE)));
    home.run("apply --root root --yes").ends(0);
    write("dnsmasq.d/theirs.conf", "dhcp-option=3\n");
    home.site(SITE);
    home.run("apply --root root --yes").ends(0);
}

#[test]
fn links_are_followed_inside_the_root_only() {
    let home = machine(SITE);
    fs::create_dir_all(home.path("root/data/dhcp")).unwrap();
    fs::create_dir_all(home.path("root/etc")).unwrap();
    symlink("/data/dhcp", home.path("root/etc/dhcp")).unwrap();
    home.run("apply --root root --yes").ends(0);
    assert!(home.path("root/data/dhcp/dhcpd.conf").is_file());
    let outside = tempfile::TempDir::new().unwrap();
    fs::remove_file(home.path("root/etc/dhcp")).unwrap();
    symlink(outside.path(), home.path("root/etc/dhcp")).unwrap();
    let run = home.run("apply --root root --yes").ends(2);
    assert!(run.err.contains("reached by a symbolic link that leads nowhere"), "{}", run.err);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn another_root_has_no_daemons() {
    let home = machine(SITE);
    let run = home.run("apply --root root --yes --reload").ends(2);
    assert!(run.err.contains("--reload works for this machine only"), "{}", run.err);
}

// ---- a machine of its own, with daemons

/// A server with the program and `/tmp/site.yaml`, before the first `apply`.
pub struct Machine {
    pub server: Server,
    pub net: Net,
}

impl Machine {
    pub fn new(site: &str) -> Self {
        let net = Net::new(&["lan"]);
        let server = Server::bare();
        net.plug("lan", &server.space, "eth0", "10.0.0.2/24");
        server.stage("/run/ipxegen", env!("CARGO_BIN_EXE_ipxegen"));
        server.space.sh("chmod 755 /run/ipxegen; mkdir -p /srv/tftp; touch /var/lib/dhcp/dhcpd.leases");
        let machine = Self { server, net };
        machine.site(site);
        machine
    }

    pub fn site(&self, text: &str) {
        self.server.write("/tmp/site.yaml", text.as_bytes());
    }

    pub fn sh(&self, line: &str) -> String {
        self.server.space.sh(line)
    }

    /// Puts a program in front of the machine's own.
    pub fn stand_in(&self, name: &str, script: &str) {
        let path = format!("/run/stand-in/{name}");
        self.server.write(&path, script.as_bytes());
        self.sh(&format!("chmod 755 {path}"));
    }

    /// Runs the program with a folder of programs first in the PATH.
    pub fn run(&self, line: &str) -> Run {
        let path = "/run/stand-in:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        let mut command = self.server.space.command("/run/ipxegen");
        command.args(line.split(' ')).env("PATH", path).stdin(Stdio::null());
        Run::of(&command.output().unwrap())
    }
}

pub fn able() -> bool {
    let tools = ["unshare", "nsenter", "ip", "dhcpd", "tar", "in.tftpd", "service"];
    tools.into_iter().all(require) && require_root()
}

#[test]
fn daemons_run_with_the_new_files_or_the_old() {
    if !able() {
        return;
    }
    let machine = Machine::new(SITE);
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 1 --adopt").ends(0);
    assert!(
        run.out.contains("isc-dhcp-server: restart\n") && run.out.contains("tftpd-hpa: restart\n"),
        "{}",
        run.out
    );
    let pid = machine.sh("pidof dhcpd");
    let tftp = machine.sh("pidof in.tftpd");

    // Only dhcpd reads what changes.
    machine.site(&SITE.replace("10.0.0.11", "10.0.0.21"));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 1").ends(0);
    assert!(run.out.contains("isc-dhcp-server: restart\n") && !run.out.contains("tftpd-hpa:"), "{}", run.out);
    let now = machine.sh("pidof dhcpd");
    assert_ne!(now, pid);
    assert_eq!(machine.sh("pidof in.tftpd"), tftp);
    assert_eq!(machine.run("apply /tmp/site.yaml --yes --reload").ends(0).out, "nothing to change\n");
    assert_eq!(machine.sh("pidof dhcpd"), now);

    // A card that this machine does not have: every checker is content, and dhcpd does not start.
    let good = machine.sh("cat /etc/default/isc-dhcp-server");
    machine.site(&SITE.replace("[eth0]", "[eth7]"));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 1").ends(2);
    assert!(run.err.contains("isc-dhcp-server did not restart"), "{}", run.err);
    assert!(run.err.contains("the old files are back, and the daemons run with them"), "{}", run.err);
    assert_eq!(machine.sh("cat /etc/default/isc-dhcp-server"), good);
    machine.sh("pidof dhcpd");
    assert!(machine.sh("/run/ipxegen history").lines().any(|line| line.starts_with("*    2 ")));
    let left = machine.sh("ls -A /var/lib/ipxegen/generations; find /etc /srv -name '.ipxegen*'");
    assert!(!left.contains(".tmp"), "{left}");

    // Left out the first time, told the second time.
    machine.site(SITE);
    machine.run("apply /tmp/site.yaml --yes").ends(0);
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0").ends(0);
    assert_eq!(run.out, "nothing to change\nisc-dhcp-server: restart\n");
    machine.run("rollback --yes --reload --watch 1").ends(0);
    machine.sh("pidof dhcpd && grep 10.0.0.21 /etc/dhcp/dhcpd.conf");
}

/// A stand-in for systemctl that records its arguments and answers as the test wants.
const SYSTEMCTL: &str = r#"#!/bin/sh
echo "$*" >>/run/asked
case "$1 $2" in
    "show "*) if grep -qsx "absent $4" /run/units; then echo not-found; else echo loaded; fi ;;
    is-active*) ! grep -qsx "down $3" /run/units ;;
    "restart "*|"reload "*|"start "*)
        if grep -qs eth7 /etc/default/isc-dhcp-server && [ "$2" = isc-dhcp-server ]; then
            echo "down $2" >/run/units
        else
            : >/run/units
        fi ;;
esac
"#;

#[test]
fn systemd_is_asked_where_it_runs() {
    if !able() || !require("exportfs") {
        return;
    }
    let smb = "smb: { config_file: /etc/samba/ipxegen.conf, shares: { iso: { path: /srv/iso } } }\n";
    let machine = Machine::new(&format!("{SITE}{smb}"));
    machine.sh("mkdir -p /run/systemd/system /run/stand-in");
    machine.server.write("/run/stand-in/systemctl", SYSTEMCTL.as_bytes());
    machine.sh("chmod 755 /run/stand-in/systemctl; echo absent tftpd-hpa >/run/units");
    let asked = || machine.sh("cat /run/asked; : >/run/asked");

    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --adopt").ends(0);
    assert!(run.out.contains("smbd: reload\n"), "{}", run.out);
    let first = asked();
    assert!(first.contains("restart isc-dhcp-server\n") && first.contains("reload smbd\n"), "{first}");

    // It starts, and does not stay up.
    machine.site(&format!("{}{smb}", SITE.replace("[eth0]", "[eth7]")));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 1").ends(2);
    assert!(run.err.contains("isc-dhcp-server did not stay up"), "{}", run.err);
    assert!(run.err.contains("the old files are back, and the daemons run with them"), "{}", run.err);
    machine.sh("grep eth0 /etc/default/isc-dhcp-server");
    let told = asked();
    assert_eq!(told.matches("restart isc-dhcp-server\n").count(), 2, "{told}");
    assert!(!told.contains("smbd"), "{told}");

    // A daemon that is not installed is named, and is no error.
    machine.sh("echo absent isc-dhcp-server >/run/units");
    machine.site(&format!("{}{smb}", SITE.replace("10.0.0.11", "10.0.0.21")));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0").ends(0);
    assert!(run.out.contains("isc-dhcp-server is not installed here"), "{}", run.out);
}

/// The site with Kea in place of dhcpd.
fn with_kea(site: &str) -> String {
    site.replace("http: none", "http: none\ndhcp: { daemon: kea }")
}

/// One that knows which daemons run, and which of them do not start.
const STATEFUL_SYSTEMCTL: &str = r#"#!/bin/sh
echo "$*" >>/run/asked
case "$1" in
    show) if grep -qsx "absent $4" /run/units; then echo not-found; else echo loaded; fi ;;
    is-active) grep -qsx "$3" /run/up ;;
    start|restart) grep -qsx "fails $2" /run/units && exit 1; echo "$2" >>/run/up ;;
    disable) ! grep -qsx "sticks $2" /run/units ;;
    stop) sed -i "/^$2\$/d" /run/up ;;
esac
"#;

#[test]
fn another_dhcp_server_is_started_once_the_first_is_stopped() {
    if !able() || !require("kea-dhcp4") {
        return;
    }
    let machine = Machine::new(SITE);
    machine.sh("mkdir -p /run/systemd/system /run/stand-in");
    machine.stand_in("systemctl", STATEFUL_SYSTEMCTL);
    let asked =
        || machine.sh("touch /run/asked; grep -v '^show\\|^is-active' /run/asked || true; : >/run/asked");
    machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --adopt").ends(0);
    asked();

    machine.site(&with_kea(SITE));
    // Nothing is stopped in favour of a daemon that is not there.
    machine.sh("echo absent kea-dhcp4-server >/run/units");
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --adopt").ends(2);
    assert!(
        run.err.contains("nothing was changed: kea-dhcp4-server.service is not installed"),
        "{}",
        run.err
    );
    assert_eq!(asked(), "");
    machine.sh("test -e /etc/dhcp/dhcpd.conf");

    // It does not come up: the first one is back, at every boot, too.
    machine.sh("echo fails kea-dhcp4-server >/run/units");
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --adopt").ends(2);
    let step = "stop and disable isc-dhcp-server.service; enable and start kea-dhcp4-server.service";
    assert!(run.out.contains(&format!("then: {step}\n")), "{}", run.out);
    assert!(run.err.contains("kea-dhcp4-server did not start"), "{}", run.err);
    assert!(run.err.contains("the old files are back, and the daemons run with them"), "{}", run.err);
    let there =
        "stop isc-dhcp-server\nenable kea-dhcp4-server\ndisable isc-dhcp-server\nstart kea-dhcp4-server\n";
    let back = "enable isc-dhcp-server\ndisable kea-dhcp4-server\nrestart isc-dhcp-server\n";
    assert_eq!(asked(), format!("{there}{back}"));
    machine.sh("test -e /etc/dhcp/dhcpd.conf");

    // First the files, then the daemons.
    machine.sh("rm /run/units");
    let run = machine.run("apply /tmp/site.yaml --yes --adopt").ends(0);
    assert!(run.out.contains(&format!("then, with --reload: {step}\n")), "{}", run.out);
    assert!(run.out.contains(&format!("to be done: {step} (--reload does it)\n")), "{}", run.out);
    assert!(run.out.contains("to be reloaded: kea-dhcp4-server.service (--reload"), "{}", run.out);
    assert_eq!(asked(), "");
    // Without its files, a daemon may have to be killed.
    machine.run("apply /tmp/site.yaml --yes --reload --watch 0").ends(0);
    assert_eq!(
        asked(),
        "enable kea-dhcp4-server\nkill isc-dhcp-server\nstop isc-dhcp-server\ndisable isc-dhcp-server\n\
         start kea-dhcp4-server\n"
    );
    assert_eq!(machine.run("apply /tmp/site.yaml --yes --reload").ends(0).out, "nothing to change\n");
    let run = machine.run("rollback --yes --reload --watch 0").ends(0);
    assert!(run.out.contains("then: stop and disable kea-dhcp4-server.service; enable"), "{}", run.out);
    assert_eq!(asked(), format!("stop kea-dhcp4-server\n{back}"));
}

/// After a switch that failed, each daemon is as before, or the next run sees to it.
#[test]
fn a_switch_that_failed_leaves_no_daemon_behind() {
    if !able() || !require("kea-dhcp4") {
        return;
    }
    let machine = Machine::new(SITE);
    machine.sh("mkdir -p /run/systemd/system /run/stand-in");
    machine.stand_in("systemctl", STATEFUL_SYSTEMCTL);
    let asked = || machine.sh("grep -v '^show\\|^is-active' /run/asked || true; : >/run/asked");
    let apply = || machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --adopt");
    apply().ends(0);
    asked();

    // Kea does not start, and is not disabled either: both would start at the next boot.
    machine.site(&with_kea(SITE));
    machine.sh("printf '%s\\n' 'fails kea-dhcp4-server' 'sticks kea-dhcp4-server' >/run/units");
    let run = apply().ends(2);
    assert!(run.err.contains("the old files are back, and not every daemon runs with them"), "{}", run.err);
    assert!(run.err.contains("kea-dhcp4-server did not disable"), "{}", run.err);
    machine.site(SITE);
    machine.sh("rm /run/units");
    asked();
    apply().ends(0);
    assert_eq!(asked(), "enable isc-dhcp-server\ndisable kea-dhcp4-server\n");

    // The files cannot be exchanged: dhcpd runs again. A dhcpd that somebody has stopped stays so.
    machine.site(&with_kea(SITE));
    machine.sh("mkdir -p /etc/kea; mount -t tmpfs -o ro none /etc/kea");
    let failed = || {
        let run = apply().ends(2);
        assert!(run.err.contains("nothing was changed"), "{}", run.err);
        asked()
    };
    assert_eq!(failed(), "stop isc-dhcp-server\nstart isc-dhcp-server\n");
    machine
        .sh("systemctl() { /run/stand-in/systemctl \"$@\"; }; systemctl stop isc-dhcp-server; : >/run/asked");
    assert_eq!(failed(), "");
}

/// Kills ipxegen at one of its calls.
const KILLING_SYSTEMCTL: &str = r#"#!/bin/sh
n=$(($(cat /run/calls 2>/dev/null || echo 0) + 1)); echo $n >/run/calls
[ "$(cat /run/kill-before 2>/dev/null)" = $n ] && { kill -9 $PPID; exit 1; }
case "$1" in
    show) echo loaded ;;
    is-active) grep -qsx "$3" /run/up ;;
    enable) sed -i "/^$2\$/d" /run/enabled; echo "$2" >>/run/enabled ;;
    disable) sed -i "/^$2\$/d" /run/enabled ;;
    start|restart) sed -i "/^$2\$/d" /run/up; echo "$2" >>/run/up ;;
    stop) sed -i "/^$2\$/d" /run/up ;;
esac
"#;

/// Wherever a switch is killed, the next run knows what is left, and does it.
#[test]
fn a_switch_that_was_killed_is_finished() {
    if !able() || !require("kea-dhcp4") {
        return;
    }
    let machine = Machine::new(SITE);
    machine.sh("mkdir -p /run/systemd/system /run/stand-in; touch /run/up /run/enabled");
    machine.stand_in("systemctl", KILLING_SYSTEMCTL);
    let apply = || machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --adopt");
    let daemons = || machine.sh("for f in up enabled; do grep -e kea -e isc /run/$f || true; done");
    apply().ends(0);
    machine.sh("echo isc-dhcp-server >/run/enabled");
    let (with_isc, with_kea) = (SITE.to_owned(), with_kea(SITE));
    let (isc, kea) = ("isc-dhcp-server\nisc-dhcp-server\n", "kea-dhcp4-server\nkea-dhcp4-server\n");
    assert_eq!(daemons(), isc);
    let mut killed = 0;
    for call in 1.. {
        machine.site(&with_kea);
        machine.sh(&format!("rm -f /run/calls; echo {call} >/run/kill-before"));
        let done = apply().code == Some(0);
        machine.sh("rm /run/kill-before");
        // Forwards after one kill, backwards after the next.
        if !done {
            killed += 1;
            machine.run("recover").ends(0);
        }
        if !done && call % 2 == 0 {
            apply().ends(0);
            assert_eq!(daemons(), kea, "killed before call {call}");
        }
        machine.site(&with_isc);
        apply().ends(0);
        assert_eq!(daemons(), isc, "killed before call {call}");
        if done {
            break;
        }
    }
    assert!(killed > 8, "{killed}");
}

/// dnsmasq reads every file in its folder: one of somebody else's may contradict ours, which its checker cannot know.
#[test]
fn dnsmasq_is_not_restarted_with_a_file_that_it_refuses() {
    if !able() || !require("dnsmasq") {
        return;
    }
    let machine = Machine::new(&with_dnsmasq(SITE));
    machine.sh("mkdir -p /run/systemd/system /run/stand-in /etc/dnsmasq.d; rm -f /etc/dnsmasq.conf; touch /etc/dnsmasq.conf");
    machine.stand_in("systemctl", STATEFUL_SYSTEMCTL);
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --adopt").ends(0);
    assert!(run.out.contains("dnsmasq: syntax check OK.\ndnsmasq: restart\n"), "{}", run.out);
    machine.sh("rm /run/asked; echo 'dhcp-host=52:54:00:00:00:77,10.0.0.21' >/etc/dnsmasq.d/theirs.conf");
    machine.site(&with_dnsmasq(&SITE.replace("10.0.0.11", "10.0.0.21")));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --force").ends(2);
    assert!(run.err.contains("duplicate dhcp-host IP address 10.0.0.21"), "{}", run.err);
    assert!(run.err.contains("the old files are back"), "{}", run.err);
    let restarts = machine.sh("grep -c 'restart dnsmasq' /run/asked || true");
    assert_eq!(restarts, "1\n", "only with the old file");
}

/// Debian 12's script waits 30 seconds before it kills Kea. Its unit, like this script, ends it with a signal.
const KEA_SCRIPT: &str = r"#!/bin/sh
### BEGIN INIT INFO
# Provides: kea-dhcp4-server
# Required-Start: $network
# Required-Stop: $network
# Default-Start: 2 3 4 5
# Default-Stop: 0 1 6
### END INIT INFO
start() {
    kea-dhcp4 -c /etc/kea/kea-dhcp4.conf </dev/null >/run/kea.out 2>&1 &
    echo $! >/run/kea.pid
    n=0
    until [ -S /run/kea/kea4-ctrl-socket ]; do
        n=$((n + 1)); [ $n -lt 200 ] || exit 1; sleep 0.05
    done
}
stop() {
    kill $(cat /run/kea.pid); while pidof kea-dhcp4 >/dev/null; do sleep 0.05; done; rm -f /run/kea/kea4-ctrl-socket
}
case $1 in
    start) start ;;
    stop) stop ;;
    restart) stop; start ;;
    status) pidof kea-dhcp4 >/dev/null ;;
esac
";

/// A real Kea: it keeps running through a change, and refuses a file without losing a client.
#[test]
fn kea_reads_a_change_without_a_restart() {
    if !able() || !require("kea-dhcp4") || !require("python3") {
        return;
    }
    let machine = Machine::new(&with_kea(SITE));
    machine.sh("mkdir -p /run/kea /run/lock/kea /var/lib/kea");
    machine.server.write("/etc/init.d/kea-dhcp4-server", KEA_SCRIPT.as_bytes());
    machine.sh("chmod 755 /etc/init.d/kea-dhcp4-server");
    let offer = |mac: u8| {
        let net = &machine.net;
        let mut link = Link::open(&net.switch, &net.probe("lan"));
        let client = Client::plain([0x52, 0x54, 0, 0, 0, mac]);
        link.discover(&client).map(|reply| reply.yiaddr.octets())
    };
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 1 --adopt").ends(0);
    assert!(run.out.contains("kea-dhcp4-server: start\n"), "{}", run.out);
    let pid = machine.sh("pidof kea-dhcp4");
    assert_eq!(offer(1), Some([10, 0, 0, 11]));

    machine.site(&with_kea(&SITE.replace("10.0.0.11", "10.0.0.21")));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0").ends(0);
    assert!(run.out.contains("kea-dhcp4-server: config-test, config-reload\n"), "{}", run.out);
    assert_eq!(offer(1), Some([10, 0, 0, 21]));

    // A card that the machine does not have: the file is checked without cards.
    machine.site(&with_kea(&SITE.replace("[eth0]", "[eth7]")));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0").ends(2);
    assert!(run.err.contains("kea-dhcp4-server did not take its file: `config-test`: "), "{}", run.err);
    assert!(run.err.contains("the old files are back, and the daemons run with them"), "{}", run.err);
    machine.sh("grep eth0 /etc/kea/kea-dhcp4.conf");
    assert_eq!((offer(1), machine.sh("pidof kea-dhcp4")), (Some([10, 0, 0, 21]), pid));

    // Back to dhcpd, and once more to Kea.
    machine.site(SITE);
    machine.run("apply /tmp/site.yaml --yes --reload --watch 1 --adopt").ends(0);
    machine.sh("! pidof kea-dhcp4 && pidof dhcpd && ls /etc/rc2.d | grep S..isc-dhcp-server && ls /etc/rc2.d | grep K..kea-dhcp4");
    assert_eq!(offer(1), Some([10, 0, 0, 11]));
    machine.run("rollback --yes --reload --watch 1").ends(0);
    machine.sh("! pidof dhcpd && pidof kea-dhcp4");
    assert_eq!(offer(1), Some([10, 0, 0, 21]));
}

#[test]
fn history_says_who_why_and_with_which_fragments() {
    let home = machine(SITE);
    fs::write(home.path("night.yaml"), "menu: { timeout: 5s }\n").unwrap();
    let apply = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ipxegen"));
        command.args(["apply", "--root", "root", "--yes"]).args(arguments).current_dir(home.dir.path());
        command.env("SUDO_USER", "anna").env("NO_COLOR", "1");
        Run::of(&command.output().unwrap())
    };
    let run = apply(&[]).ends(0);
    assert!(run.out.contains("\nleft to do on boot:\n"), "{}", run.out);
    assert!(run.out.contains("\n  package  isc-dhcp-server  (dhcpd)\n"), "{}", run.out);
    apply(&["--with", "night.yaml", "--reason", "exam in \u{1b}[31mroom 12"]).ends(0);
    let history = home.run("history --root root").ends(0).out;
    let lines: Vec<&str> = history.lines().collect();
    let by = if rustix::process::getuid().is_root() { "by anna" } else { "by " };
    assert!(lines[0].contains(&format!("from site.yaml, server boot, {by}")), "{history}");
    assert!(lines[1].contains("server boot, with night.yaml, by "), "{history}");
    assert!(lines[1].contains(": exam in ") && !history.contains('\u{1b}'), "{history}");

    let run = home.run("diff --generations 1 2 --root root").ends(1);
    assert_eq!(run.words(), ["menu: timeout 20 s → 5 s"]);
    assert!(run.out.ends_with("\n1 file changed\n"), "{}", run.out);
    assert_eq!(home.run("diff --generations 2 1 --root root").ends(1).words(), ["menu: timeout 5 s → 20 s"]);
    assert_eq!(home.run("diff --generations 2 2 --root root").ends(0).out, "");
    let run = home.run("diff --generations 2 9 --root root").ends(2);
    assert!(run.err.contains("there is no generation 9; those kept are 1, 2"), "{}", run.err);
}

#[test]
fn a_rollback_to_another_servers_files_needs_its_name() {
    let home = machine(SITE);
    home.site(&fs::read_to_string("examples/branch/site.yaml").unwrap());
    home.run("apply --root root --server head --yes").ends(0);
    home.run("apply --root root --server branch --become branch --yes").ends(0);
    for arguments in ["", " --become branch"] {
        let run = home.run(&format!("rollback --root root --yes{arguments}")).ends(1);
        assert!(run.err.contains("nothing was changed; --become head replaces them all"), "{}", run.err);
        assert_eq!(home.run("diff --against root --server branch").ends(0).out, "");
    }
    home.run("rollback --root root --yes --become head").ends(0);
    assert_eq!(home.run("diff --against root --server head").ends(0).out, "");
}

#[test]
fn strict_says_that_nothing_was_written() {
    let home = machine(&SITE.replace("ip: 10.0.0.11", "ip: 10.0.0.111"));
    for command in ["render --strict", "apply --strict --root root --yes"] {
        let run = home.run(command).ends(1);
        assert!(
            run.err.ends_with("nothing was written: --strict treats warnings as errors\n"),
            "{}",
            run.err
        );
    }
    assert!(!home.path("out").exists());
}

/// A terminal shows the result of a check without findings, and changes in colour unless NO_COLOR is set.
#[test]
fn a_terminal_gets_a_result_and_colours() {
    if !require("script") {
        return;
    }
    let home = machine(SITE);
    let on_terminal = |arguments: &str, no_colour: bool| {
        let line = format!("{} {arguments}", env!("CARGO_BIN_EXE_ipxegen"));
        let mut command = std::process::Command::new("script");
        command.args(["-qec", &line, "/dev/null"]).current_dir(home.dir.path()).stdin(Stdio::null());
        command.env_remove("NO_COLOR").env("TERM", "vt100");
        if no_colour {
            command.env("NO_COLOR", "1");
        }
        Run::of(&command.output().unwrap()).out.replace('\r', "")
    };
    assert!(on_terminal("check", false).ends_with("ok: 3 hosts, 2 subnets, 0 findings\n"));
    assert_eq!(home.run("validate").ends(0).out, "", "a pipe gets findings only");
    assert!(
        on_terminal("render --check", false)
            .contains("\u{1b}[32mcreated  \u{1b}[0m boot/etc/dhcp/dhcpd.conf\n")
    );
    assert!(on_terminal("render --check", true).contains("created   boot/etc/dhcp/dhcpd.conf\n"));
    assert!(
        on_terminal("render --check --color never", false).contains("created   boot/etc/dhcp/dhcpd.conf\n")
    );
}

/// A pipe gets colours only on request: of `--color`, which comes first, or of CLICOLOR_FORCE.
#[test]
fn colours_on_request() {
    let home = machine(SITE);
    let in_colour = |arguments: &[&str], variables: &[(&str, &str)]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ipxegen"));
        command.args(["render", "--check"]).args(arguments).current_dir(home.dir.path()).env_clear();
        let output = command.envs(variables.iter().copied()).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\u{1b}')
    };
    for (arguments, variables, expected) in [
        (&[][..], &[][..], false),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color=never"], &[("CLICOLOR_FORCE", "1")], false),
        (&[], &[("CLICOLOR_FORCE", "1")], true),
        (&[], &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], false),
        (&["--color", "auto"], &[("CLICOLOR", "1")], false),
    ] {
        assert_eq!(in_colour(arguments, variables), expected, "{arguments:?} {variables:?}");
    }
}

/// The site and the output folder can be named once for a shell.
#[test]
fn variables_name_site_and_folder() {
    let home = machine(SITE);
    let site = home.dir.path().join("site.yaml");
    let other = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.args(["render", "--quiet"]).current_dir(other.path());
    command.env("IPXEGEN_SITE", &site).env("IPXEGEN_OUT", "trees");
    assert!(command.status().unwrap().success());
    assert!(other.path().join("trees/boot/etc/dhcp/dhcpd.conf").is_file());
}
