//! `ipxegen probe` against real daemons, each machine in a network namespace of its own.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::answers6::READY;
use crate::support::daemons::Server;
use crate::support::dhcp::Link;
use crate::support::netns::{Net, Space};
use crate::support::program::{Ran, finish, package, run_in};
use crate::support::{Trees, render_file, require, require_root};

const SITE: &str = "\
servers:
  boot: { ip: 10.0.0.2/24, interfaces: [eth0] }
dhcp: { daemon: isc, ping_check: false }
http: { daemon: nginx }
loaders: { bios: undionly.kpxe, efi_x64: ipxe.efi }
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1, dns: 10.0.0.2, domain_search: [a.example, b.example] }
  staff: { cidr: 10.0.1.0/24, ranges: 10.0.1.100-10.0.1.199, routers: 10.0.1.1 }
hosts:
  pc1: { mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, boot: debian, autoboot: true }
boot_entries:
  debian: { kind: debian_installer, dir: debian-12 }
menu: { timeout: 20s, default: debian, items: [local, debian] }
";

pub const DEBIAN: &str = "/srv/tftp/debian-12/debian-installer/amd64";

/// The server of the site, and a machine beside it that asks.
pub struct Lan {
    pub server: Server,
    pub machine: Space,
    pub net: Net,
    pub folder: TempDir,
    trees: Trees,
}

impl Lan {
    /// `with` is laid over the site.
    pub fn new(with: &str, tools: &[&str]) -> Option<Self> {
        let needed = ["unshare", "nsenter", "ip", "tar", "in.tftpd", "nginx"].iter().chain(tools);
        if !(needed.copied().all(require) && require_root()) {
            return None;
        }
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("site.yaml"), SITE).unwrap();
        fs::write(folder.path().join("with.yaml"), with).unwrap();
        let trees = render_file(&folder.path().join("site.yaml"), &[&folder.path().join("with.yaml")]);
        let net = Net::new(&["lan"]);
        let server = Server::new(&net, "lan", "10.0.0.2/24", &trees.of("boot"));
        let files = [
            ("/srv/tftp/undionly.kpxe".to_owned(), vec![b'u'; 70_000]),
            ("/srv/tftp/ipxe.efi".to_owned(), vec![b'e'; 1468 * 3]),
            (format!("{DEBIAN}/linux"), vec![b'k'; 300_000]),
            (format!("{DEBIAN}/initrd.gz"), vec![b'i'; 500_000]),
        ];
        for (path, content) in files {
            server.write(&path, &content);
            let copy = trees.of("boot").join(path.trim_start_matches('/'));
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::write(copy, content).unwrap();
        }
        server.tmpfiles();
        server.tftp();
        server.nginx();
        let machine = Space::new();
        net.plug("lan", &machine, "eth0", "10.0.0.50/24");
        Some(Self { server, machine, net, folder, trees })
    }

    fn isc() -> Option<Self> {
        let lan = Self::new("{}", &["dhcpd"])?;
        lan.server.dhcp();
        Some(lan)
    }

    pub fn probe(&self, more: &[&str]) -> Ran {
        // Inside, the folder is that of the test no longer.
        let mut command = self.machine.command("sh");
        command.args(["-c", r#"cd "$1"; shift; exec "$@""#, "sh"]).arg(self.folder.path());
        command.arg(env!("CARGO_BIN_EXE_ipxegen")).args(["probe", "site.yaml", "--with", "with.yaml"]);
        command.args(["--interface", "eth0", "--timeout", "2"]).args(more).env("NO_COLOR", "1");
        finish(&mut command, b"")
    }
}

/// A firewall on a machine that drops packets to a UDP or TCP port without a word. The kernel's rules for routes do that
/// without the modules of nftables; they are looked at before the local addresses here.
pub fn firewall(space: &Space, protocol: &str, port: u16) {
    space.sh(&format!(
        "ip rule add pref 10 lookup local; ip rule del pref 0; ip rule add pref 0 ipproto {protocol} dport {port} blackhole"
    ));
}

/// Lets everything in again.
pub fn no_firewall(space: &Space) {
    space.sh("ip rule del pref 0; ip rule add pref 0 lookup local; ip rule del pref 10");
}

/// Every kind that boots, and every file, is right with each server.
fn everything(daemon: &str, program: &str, start: impl Fn(&Server)) {
    let with = format!("dhcp: {{ daemon: {daemon} }}\nallow: {{ daemon-lacks: compared without }}\n");
    let Some(lan) = Lan::new(&with, &[program]) else { return };
    start(&lan.server);
    let root = lan.trees.of("boot");
    let ran = lan.probe(&["--root", root.to_str().unwrap()]).ended(0);
    for line in [
        "in lan, by eth0",
        "bios, firmware's DHCP",
        "10.0.0.2 offers 10.0.0.1",
        "the file undionly.kpxe of 10.0.0.2",
        "right      as the site says",
        "bytes, as rendered",
        "(by blocks of 1468 and 512)",
        "linux: 300000 bytes, as ",
        "everything is as the site says",
    ] {
        assert!(ran.stdout.contains(line), "{line}:\n{}", ran.stdout);
    }
    // Through a relay, which has no address in the network that it asks for.
    let ran = lan.probe(&["--relay", "staff", "--as", "bios"]).ended(0);
    assert!(ran.stdout.contains("offers 10.0.1.1"), "{}", ran.stdout);
    assert!(ran.stdout.contains("in staff, by eth0 as the relay 10.0.0.50, which names the subnet"));
    // And one with an address in it, which the server answers by the way that it knows.
    lan.machine.sh("ip address add 10.0.1.9/24 dev eth0");
    lan.server.space.sh("ip route add 10.0.1.0/24 dev eth0");
    let ran = lan.probe(&["--relay", "staff", "--as", "bios"]).ended(0);
    assert!(ran.stdout.contains("in staff, by eth0 as the relay 10.0.1.9\n"), "{}", ran.stdout);
}

#[test]
fn all_is_right_with_dhcpd() {
    everything("isc", "dhcpd", Server::dhcp);
}

#[test]
fn all_is_right_with_kea() {
    everything("kea", "kea-dhcp4", Server::kea);
}

#[test]
fn all_is_right_with_dnsmasq() {
    everything("dnsmasq", "dnsmasq", |server| {
        server.space.sh("echo no-ping >>/etc/dnsmasq.d/ipxegen.conf");
        server.dnsmasq();
    });
}

/// A site with DHCPv6 in the network of the machine.
const SIX: &str = "\
servers: { boot: { ip6: \"fd00::2/64\" } }
dhcp: { daemon: DAEMON }
loaders: { http_x64: none }
subnets: { lan: { cidr6: \"fd00::/64\", RANGES dns6: \"fd00::53\" } }
";

/// The machine is asked for by IPv6, too: with addresses to give, and for options only without.
#[test]
fn each_server_is_probed_by_ipv6() {
    for (daemon, program) in [("isc", "dhcpd"), ("kea", "kea-dhcp6"), ("dnsmasq", "dnsmasq")] {
        for (ranges, title) in [
            ("ranges6: \"fd00::1000-fd00::1fff\",", "efi_x64/7, DHCPv6\n"),
            ("", "efi_x64/7, DHCPv6, for options only\n"),
        ] {
            let with = SIX.replace("DAEMON", daemon).replace("RANGES", ranges);
            let Some(lan) = Lan::new(&with, &[program]) else { continue };
            let space = &lan.server.space;
            space.sh("ip -6 address add fd00::2/64 dev eth0");
            space.sh(READY);
            match daemon {
                "isc" => lan.server.dhcp(),
                "kea" => {
                    lan.server.kea();
                    lan.server.kea6();
                }
                _ => {
                    space.sh("echo no-ping >>/etc/dnsmasq.d/ipxegen.conf");
                    lan.server.dnsmasq();
                }
            }
            let ran = lan.probe(&["--as", "efi_x64", "--as", "ipxe"]).ended(0);
            let offered = if ranges.is_empty() { " offers no address, " } else { " offers fd00::1" };
            for line in [title, offered, "the file tftp://[fd00::2]/ipxe.efi", "iPXE/7, DHCPv6"] {
                assert!(ran.stdout.contains(line), "{daemon}: {line}:\n{}", ran.stdout);
            }
            // Other kinds than those that were asked for are not asked.
            assert!(!ran.stdout.contains("bios/0, DHCPv6"), "{}", ran.stdout);
        }
    }
}

/// A name server that the site does not say is found, and so is a server that is silent.
#[test]
fn a_wrong_answer_by_ipv6_is_found() {
    let with = SIX.replace("DAEMON", "isc").replace("RANGES", "ranges6: \"fd00::1000-fd00::1fff\",");
    let Some(lan) = Lan::new(&with, &["dhcpd"]) else { return };
    lan.server.space.sh("ip -6 address add fd00::2/64 dev eth0");
    lan.server.space.sh(READY);
    lan.server.space.sh("sed -i s/fd00::53/fd00::99/ /etc/dhcp/dhcpd6.conf");
    lan.server.dhcp();
    let ran = lan.probe(&["--as", "efi_x64"]).ended(1);
    assert!(ran.stdout.contains("name servers by IPv6: fd00::99, not fd00::53"), "{}", ran.stdout);
    lan.server.space.sh("kill $(cat /run/dhcpd6.pid)");
    let ran = lan.probe(&["--as", "efi_x64"]).ended(1);
    assert!(ran.stdout.contains("no answer by IPv6 within 2 s"), "{}", ran.stdout);
}

/// All DHCPv6 servers are heard: one that offers something else, and one that only is too many. The answers of a stranger
/// come before and after those of the site's server.
#[test]
fn every_dhcpv6_server_is_heard() {
    let with = SIX.replace("DAEMON", "isc").replace("RANGES", "ranges6: \"fd00::1000-fd00::1fff\",");
    let Some(lan) = Lan::new(&with, &["dhcpd", "dnsmasq"]) else { return };
    lan.server.space.sh("ip -6 address add fd00::2/64 dev eth0");
    lan.server.space.sh(READY);
    lan.server.dhcp();
    let rogue = Server::bare();
    lan.net.plug("lan", &rogue.space, "eth0", "10.0.0.66/24");
    rogue.space.sh("ip -6 address add fd00::66/64 dev eth0");
    rogue.space.sh(READY);
    let address = |space: &Space| {
        let text = space.sh("ip -6 -o address show dev eth0 scope link");
        text.split_whitespace().nth(3).unwrap().split('/').next().unwrap().to_owned()
    };
    let (own, stranger) = (address(&lan.server.space), address(&rogue.space));
    let start = |options: &str| {
        rogue.space.sh(&format!(
            "dnsmasq -C /dev/null --port=0 --user=root --interface=eth0 --dhcp-range=fd00::1500,fd00::1600,64,1h {options} \
             --dhcp-leasefile=/run/leases --pid-file=/run/dnsmasq.pid </dev/null >/run/out 2>&1"
        ));
    };
    start("'--dhcp-option=option6:bootfile-url,tftp://[fd00::66]/evil.efi'");
    let ran = lan.probe(&["--as", "efi_x64"]).ended(1).stdout;
    for said in [
        format!("note       {own} offers fd00::1"),
        "right      as the site says".to_owned(),
        format!("wrong      another DHCPv6 server answers: {stranger} offers fd00::15"),
        ", the file tftp://[fd00::66]/evil.efi".to_owned(),
        "(DHCPv6 guard)".to_owned(),
    ] {
        assert!(ran.contains(&said), "{said}:\n{ran}");
    }
    rogue.space.sh("kill $(cat /run/dnsmasq.pid)");
    // A stranger that says what the site says.
    start(
        "'--dhcp-option=option6:bootfile-url,tftp://[fd00::2]/ipxe.efi' '--dhcp-option=option6:dns-server,[fd00::53]' \
         '--dhcp-option=option6:domain-search,a.example,b.example'",
    );
    let ran = lan.probe(&["--as", "efi_x64"]).ended(1).stdout;
    let said = "wrong      2 DHCPv6 servers answer, and the site has one DHCPv6 server: ";
    assert!(ran.contains(said) && ran.contains(&stranger) && ran.contains(&own), "{ran}");
    // It answers alone, and not as the site says.
    rogue.space.sh("kill $(cat /run/dnsmasq.pid)");
    start("");
    lan.server.space.sh("kill $(cat /run/dhcpd6.pid)");
    let ran = lan.probe(&["--as", "efi_x64"]).ended(1).stdout;
    assert!(ran.contains("boot file by IPv6: none, not tftp://[fd00::2]/ipxe.efi"), "{ran}");
}

/// The host's address is in the request, not in the frame; no lease is asked for.
#[test]
fn a_host_is_asked_for_by_name() {
    let Some(lan) = Lan::isc().filter(|_| require("python3")) else { return };
    let link = Link::open(&lan.net.switch, &lan.net.probe("lan"));
    let ran = lan.probe(&["--host", "pc1", "--format", "json"]).ended(0);
    let probed: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(probed["outcome"], "right");
    let machine = &probed["machines"][0];
    assert_eq!((&machine["host"], &machine["mac"]), (&"pc1".into(), &"52:54:00:00:00:01".into()));
    assert!(
        ran.stdout.contains("10.0.0.2 offers 10.0.0.11, the file undionly.kpxe of 10.0.0.2"),
        "{}",
        ran.stdout
    );
    let log = lan.server.log.text();
    assert!(log.contains("DHCPDISCOVER from 52:54:00:00:00:01"), "{log}");
    assert!(!log.contains("DHCPREQUEST"), "{log}");
    let frames: Vec<Vec<u8>> = link.frames.try_iter().collect();
    assert!(frames.len() > 1, "{}", frames.len());
    let host = [0x52, 0x54, 0, 0, 0, 1];
    assert!(frames.iter().all(|frame| frame[6..12] != host), "its own frames have the host's address");
}

#[test]
fn each_fault_is_named() {
    let Some(lan) = Lan::isc().filter(|_| require("dnsmasq")) else { return };
    let says = |args: &[&str], lines: &[&str]| {
        let ran = lan.probe(args).ended(1);
        for line in lines {
            assert!(ran.stdout.contains(line), "{line}:\n{}", ran.stdout);
        }
        assert!(ran.stdout.ends_with("as the site says\n"), "{}", ran.stdout);
        assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    };
    // An old script.
    lan.server.space.sh("sed -i.old 's/--timeout 20000/--timeout 5000/' /var/www/html/install.ipxe");
    says(&["--as", "ipxe"], &["install.ipxe: it is not the rendered file: line "]);
    lan.server.space.sh("mv /var/www/html/install.ipxe.old /var/www/html/install.ipxe");
    // A kernel that is not that of the root.
    lan.server.space.sh(&format!("dd if=/dev/zero of={DEBIAN}/linux bs=300000 count=1 2>/dev/null"));
    let root = lan.trees.of("boot");
    let root = root.to_str().unwrap();
    says(&["--as", "ipxe", "--root", root], &["linux: its content is not that of "]);
    lan.server.space.sh(&format!("rm {DEBIAN}/linux"));
    says(&["--as", "ipxe"], &["linux: the server says: 404 Not Found (site.yaml:12)"]);
    // A loader that in.tftpd may not read, and none at all.
    lan.server.space.sh("chmod 600 /srv/tftp/undionly.kpxe");
    says(&["--as", "bios"], &["undionly.kpxe, by blocks of 1468: the server says: "]);
    lan.server.space.sh("chmod 644 /srv/tftp/undionly.kpxe");
    // A second server.
    let rogue = Server::bare();
    lan.net.plug("lan", &rogue.space, "eth0", "10.0.0.66/24");
    rogue.space.sh("dnsmasq -C /dev/null --port=0 --user=root --interface=eth0 --no-ping --dhcp-range=10.0.0.210,10.0.0.220 \
         --dhcp-boot=$(printf 'evil\\033[31m.0') --dhcp-leasefile=/run/leases --pid-file=/run/dnsmasq.pid </dev/null >/run/out 2>&1");
    says(
        &["--as", "bios"],
        &[
            "wrong      another DHCP server answers: 10.0.0.66 offers 10.0.0.2",
            "the file evil␛[31m.0 of 10.0.0.66",
        ],
    );
    drop(rogue);
    // A firewall, of TFTP and of HTTP.
    firewall(&lan.server.space, "udp", 69);
    says(
        &["--as", "bios"],
        &[
            "undionly.kpxe, by blocks of 1468: nothing answers (site.yaml:5)",
            "it answers from another port than 69",
        ],
    );
    no_firewall(&lan.server.space);
    firewall(&lan.server.space, "tcp", 80);
    says(&["--as", "ipxe"], &["install.ipxe: nothing answers", "look whether the web server runs"]);
    no_firewall(&lan.server.space);
    // No TFTP server; then a machine that no packet reaches.
    lan.server.service("tftpd-hpa", "stop");
    says(&["--as", "bios"], &["undionly.kpxe, by blocks of 1468: nothing listens there (site.yaml:5)"]);
    lan.server.space.sh(
        "kill $(cat /run/nginx.pid); for _ in $(seq 100); do [ -e /run/nginx.pid ] || exit 0; sleep 0.1; done; exit 1",
    );
    says(&["--as", "ipxe"], &["http://10.0.0.2/install.ipxe: nothing listens there"]);
    lan.machine.sh("ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 dev eth0 nud permanent");
    says(
        &["--as", "bios"],
        &[
            "by blocks of 1468: nothing answers",
            "install.ipxe: nothing answers",
            "look whether the web server runs",
        ],
    );
    // Another configuration than the site's.
    lan.server.space.sh("sed -i 's/undionly.kpxe/old.kpxe/; s/max-lease-time.*/&/' /etc/dhcp/dhcpd.conf");
    lan.server.service("isc-dhcp-server", "restart");
    says(&["--as", "bios"], &["wrong      file is old.kpxe, not undionly.kpxe (site.yaml:5)"]);
    // Nobody.
    lan.server.service("isc-dhcp-server", "stop");
    says(&["--as", "plain"], &["wrong      no offer from a server of the site within 2 s", "DHCP snooping"]);
}

/// Nobody needs an address to ask DHCP; files are not fetched without one.
#[test]
fn a_card_without_an_address_asks_dhcp_only() {
    let Some(lan) = Lan::isc() else { return };
    lan.machine.sh("ip address flush dev eth0");
    let ran = lan.probe(&["--from", "lan", "--as", "bios"]).ended(2).says("not everything could be asked");
    for line in [
        "10.0.0.2 offers 10.0.0.1",
        "right      as the site says",
        "not asked  tftp://10.0.0.2/undionly.kpxe, by blocks of 1468: this machine cannot reach it: ",
        "not asked  http://10.0.0.2/install.ipxe: this machine cannot reach it: ",
        "could not be asked; the rest is as the site says",
    ] {
        assert!(ran.stdout.contains(line), "{line}:\n{}", ran.stdout);
    }
}

#[test]
fn a_port_that_is_taken_is_not_asked_by() {
    let Some(lan) = Lan::new("{}", &["python3"]) else { return };
    let held = "import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('', 68)); print('held', flush=True); time.sleep(600)";
    lan.machine.sh(&format!("python3 -c \"{held}\" >/dev/null 2>&1 & for _ in $(seq 100); do grep -q ':0044 ' /proc/net/udp && exit 0; sleep 0.1; done; exit 1"));
    lan.probe(&[]).ended(2).says("cannot use UDP port 68: this needs root");
    lan.probe(&["--from", "nowhere"]).ended(1).says("--from: the site has no subnet `nowhere`");
}

#[test]
fn arguments_are_checked() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("site.yaml"), SITE).unwrap();
    let probe = |args: &[&str]| run_in(folder.path(), &[&["probe"], args].concat());
    probe(&["--interface", "nic/0"]).ended(2).says("this machine has no interface `nic/0`; it has ");
    probe(&["--interface", "lo", "--relay", "x"]).ended(1).says("--relay: the site has no subnet `x`");
    probe(&["--interface", "lo"]).ended(1).says("say with --from SUBNET which network it is in");
    let host = ["--interface", "lo", "--from", "lan", "--host", "pc2"];
    probe(&host).ended(1).says("--host: `pc2` is no host of the site");
}

/// A proxy of the site's beside a DHCP server of somebody else, and a third one that is not meant to be there.
#[test]
fn a_proxy_beside_another_server() {
    let programs = ["unshare", "nsenter", "ip", "dnsmasq", "dhcpd", "tar"];
    if !programs.into_iter().all(require) || !require_root() {
        return;
    }
    let case = package().join("tests/cases/dnsmasq-proxy");
    let net = Net::new(&["lan"]);
    let proxy = Server::new(&net, "lan", "10.0.0.2/24", &case.join("rendered/boot"));
    proxy.dnsmasq();
    let [other, third] = ["10.0.0.9/24", "10.0.0.66/24"].map(|address| {
        let server = Server::bare();
        net.plug("lan", &server.space, "eth0", address);
        let conf =
            b"ping-check false;\nsubnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.199; }\n";
        server.write("/etc/dhcp/dhcpd.conf", conf);
        server
    });
    let start = ": >/var/lib/dhcp/dhcpd.leases; dhcpd -4 -q -cf /etc/dhcp/dhcpd.conf -lf /var/lib/dhcp/dhcpd.leases \
        -pf /run/dhcpd.pid eth0 >/run/out 2>&1 || { cat /run/out >&2; exit 1; }";
    other.space.sh(start);
    let machine = Space::new();
    net.plug("lan", &machine, "eth0", "10.0.0.50/24");
    let probe = || {
        let mut command = machine.command(env!("CARGO_BIN_EXE_ipxegen"));
        command.arg("probe").arg(case.join("site.yaml")).args(["--interface", "eth0", "--timeout", "2"]);
        finish(command.args(["--as", "bios"]).env("NO_COLOR", "1"), b"").ended(1).stdout
    };
    let text = probe();
    assert!(text.contains("10.0.0.9 offers 10.0.0.1"), "{text}");
    assert!(text.contains("10.0.0.2 offers no address, the file undionly.kpxe of 10.0.0.2"), "{text}");
    // Nothing serves the files here, which is the one fault.
    assert!(text.contains("undionly.kpxe, by blocks of 1468: nothing listens there"), "{text}");
    assert_eq!(text.matches("  wrong ").count(), 1, "{text}");
    assert!(!text.contains("DHCP servers offer addresses") && !text.contains("no offer"), "{text}");
    // UEFI asks once more, on another port.
    let uefi = || {
        let mut command = machine.command(env!("CARGO_BIN_EXE_ipxegen"));
        command.arg("probe").arg(case.join("site.yaml")).args(["--interface", "eth0", "--timeout", "2"]);
        finish(command.args(["--as", "efi_x64"]).env("NO_COLOR", "1"), b"").ended(1).stdout
    };
    let text = uefi();
    let answered = "efi_x64, UDP port 4011 of the proxy\n  right      the file ipxe.efi of 10.0.0.2\n";
    assert!(text.contains(answered), "{text}");
    firewall(&proxy.space, "udp", 4011);
    let text = uefi();
    assert!(
        text.contains("wrong      10.0.0.2 offers a file and does not answer on UDP port 4011"),
        "{text}"
    );
    no_firewall(&proxy.space);
    third.space.sh(start);
    let text = probe();
    assert!(text.contains("2 DHCP servers offer addresses: 10.0.0."), "{text}");
    proxy.space.sh("kill $(cat /run/dnsmasq.pid)");
    let text = probe();
    assert!(text.contains("the proxy of the site does not answer"), "{text}");
}

/// What a DHCP server sends that wants to break its clients, for each DISCOVER and without end: messages that are cut off,
/// options that are longer than the message, offers of other servers, of itself, of another request.
const HOSTILE: &str = r#"
import os, random, socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"eth0")
s.bind(("", 67))
print("listens", flush=True)
random.seed(4)
while True:
    ask, _ = s.recvfrom(4096)
    end = time.time() + 3
    n = 0
    while time.time() < end:
        n += 1
        head = bytearray(240)
        head[0:4] = b"\2\1\6\0"
        head[4:8] = ask[4:8] if n % 5 else os.urandom(4)
        head[16:20] = bytes([10, 0, 0, n % 250])
        head[28:34] = ask[28:34]
        head[44:236] = bytes(random.choice(b"\0\xff\x34\x01\x03A\x1b") for _ in range(192))
        head[236:240] = bytes([99, 130, 83, 99])
        own = bytes([10, 9, n // 250 % 250, n % 250])
        options = b"\x35\1\2\x36\4" + own + b"\x34\1\3\x43\xff" + b"A" * 255 + b"\x0c\xff" + os.urandom(200)
        message = bytes(head) + options[:random.randrange(len(options))] if n % 3 else bytes(head) + options
        try: s.sendto(message, ("255.255.255.255", 68))
        except OSError: time.sleep(0.01)
"#;

/// A hostile server neither breaks nor holds the probe, and its text does not reach the terminal as it is.
#[test]
fn a_hostile_server_is_named() {
    let Some(lan) = Lan::new("{}", &["dhcpd", "python3"]) else { return };
    let hostile = Server::bare();
    lan.net.plug("lan", &hostile.space, "eth0", "10.0.0.66/24");
    hostile.write("/run/hostile.py", HOSTILE.as_bytes());
    hostile.space.sh("python3 /run/hostile.py >/run/out 2>&1 & for _ in $(seq 100); do grep -q listens /run/out && exit 0; sleep 0.1; done; exit 1");
    let start = Instant::now();
    let ran = lan.probe(&["--as", "bios"]).ended(1);
    assert!(start.elapsed() < Duration::from_secs(90), "{:?}", start.elapsed());
    assert!(ran.stdout.contains("another DHCP server answers: 10.9."), "{}", ran.stdout);
    assert!(ran.stdout.contains("no offer from a server of the site"), "{}", ran.stdout);
    assert!(!ran.stdout.contains('\u{1b}'), "{:?}", ran.stdout);
    assert!(ran.stdout.len() < 100_000, "{}", ran.stdout.len());
}

/// The loader that comes over HTTPS is not fetched, which is said.
#[test]
fn https_is_not_fetched() {
    let with = "loaders: { http_x64: \"https://boot.example.org/ipxe.efi\" }\n";
    let Some(lan) = Lan::new(with, &["dhcpd"]) else { return };
    lan.server.dhcp();
    let ran = lan.probe(&["--as", "http_x64"]).ended(0);
    let note = "note       https://boot.example.org/ipxe.efi: not fetched, its certificate is for the clients to check";
    assert!(ran.stdout.contains(note), "{}", ran.stdout);
}

/// Who may not use the port is told so; an interface that is down, or a wrong name, is a failure and no finding.
#[test]
fn what_cannot_be_asked_is_a_failure() {
    if !require("setpriv") {
        return;
    }
    let Some(lan) = Lan::isc() else { return };
    let probe = |before: &[&str], more: &[&str]| {
        let mut command = lan.machine.command("sh");
        command.args(["-c", r#"cd "$1"; shift; exec "$@""#, "sh"]).arg(lan.folder.path()).args(before);
        command.arg(env!("CARGO_BIN_EXE_ipxegen")).args(["probe", "site.yaml", "--with", "with.yaml"]);
        finish(command.args(["--interface", "eth0"]).args(more).env("NO_COLOR", "1"), b"")
    };
    fs::set_permissions(lan.folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--bounding-set", "-all"];
    probe(&nobody, &["--as", "bios"]).ended(2).says("cannot use UDP port 68: this needs root");
    probe(&[], &["--timeout", "0"]).ended(2);
    probe(&[], &["--timeout", "61"]).ended(2);
    // The same kind a hundred times is one request.
    let start = Instant::now();
    probe(&[], &["--as", "bios"].repeat(100)).ended(0);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    lan.machine.sh("ip link set eth0 down");
    probe(&[], &["--as", "bios", "--from", "lan", "--timeout", "2"]).ended(2).says("cannot send a DISCOVER");
}
