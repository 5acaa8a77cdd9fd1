//! The files for DHCP servers that ipxegen does not manage, loaded by these servers.

use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

use crate::support::daemons::Server;
use crate::support::dhcp::{Client, Link, Mac};
use crate::support::netns::Net;
use crate::support::program::finish;
use crate::support::{require, require_root};

const TREE: &str = "tests/cases/external-dhcp/rendered/build/dhcp";

#[test]
fn dnsmasq_and_kea_take_them() {
    let file = |name: &str| Path::new(TREE).join(name);
    if require("dnsmasq") {
        let ran = finish(Command::new("dnsmasq").arg("--test").arg("-C").arg(file("dnsmasq.conf")), b"");
        assert_eq!((ran.code, ran.stderr.trim()), (Some(0), "dnsmasq: syntax check OK."));
    }
    if require("kea-dhcp4") {
        let locks = tempdir().unwrap();
        let mut kea = Command::new("kea-dhcp4");
        kea.env("KEA_LOCKFILE_DIR", locks.path()).env("KEA_PIDFILE_DIR", locks.path());
        let ran = finish(kea.arg("-t").arg(file("kea-dhcp4.conf")), b"");
        assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("WARN"), "{}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn dnsmasq_says_what_our_own_server_would() {
    says_what_our_own_server_would(
        "dnsmasq",
        "dnsmasq.conf",
        "dnsmasq --port=0 --user=root --conf-file=/etc/of-a-server.conf --dhcp-leasefile=/run/leases \
         --pid-file=/run/dnsmasq.pid --no-ping </dev/null >/run/out 2>&1",
    );
}

#[test]
fn kea_says_what_our_own_server_would() {
    says_what_our_own_server_would(
        "kea-dhcp4",
        "kea-dhcp4.conf",
        "mkdir -p /var/lib/kea\n\
         export KEA_LOCKFILE_DIR=/run KEA_PIDFILE_DIR=/run\n\
         kea-dhcp4 -c /etc/of-a-server.conf </dev/null >/run/out 2>&1 &\n\
         for _ in $(seq 200); do grep -q DHCP4_STARTED /run/out && exit 0; sleep 0.1; done\n\
         cat /run/out >&2; exit 1",
    );
}

/// A server in the subnet `lab`, and its answers there.
fn says_what_our_own_server_would(program: &str, config: &str, start: &str) {
    if !["unshare", "nsenter", "ip", "python3", program, "tar"].into_iter().all(require) || !require_root() {
        return;
    }
    let net = Net::new(&["lan"]);
    let server = Server::bare();
    net.plug("lan", &server.space, "eth0", "10.0.1.2/24");
    server.stage("/etc/of-a-server.conf", &format!("{TREE}/{config}"));
    server.space.sh(start);
    let mut link = Link::open(&net.switch, &net.probe("lan"));
    const STRANGER: Mac = [0x52, 0x54, 0, 0, 0, 9];
    const PRINTER: Mac = [0x52, 0x54, 0, 0, 0, 6];
    let script = "http://10.0.1.200/install.ipxe";
    for (what, client, file) in [
        ("BIOS", Client::pxe(STRANGER, &[0]), "undionly.kpxe"),
        ("UEFI x64", Client::pxe(STRANGER, &[7]), "ipxe.efi"),
        ("UEFI x64 as 9", Client::pxe(STRANGER, &[9]), "ipxe.efi"),
        ("UEFI ARM64", Client::pxe(STRANGER, &[11]), "ipxe-arm64.efi"),
        ("UEFI HTTP", Client::http(STRANGER, 16), "http://10.0.1.200/tftpboot/ipxe.efi"),
        ("iPXE on BIOS", Client::ipxe(STRANGER, 0), script),
        ("iPXE on UEFI", Client::ipxe(STRANGER, 7), script),
        ("UEFI RISC-V", Client::pxe(STRANGER, &[27]), ""),
        // A Raspberry Pi presents itself as a BIOS client; so does a printer that boots nothing.
        ("a Raspberry Pi", Client::pxe([0xdc, 0xa6, 0x32, 0, 0, 1], &[0]), ""),
        ("a Raspberry Pi with UEFI", Client::pxe([0xdc, 0xa6, 0x32, 0, 0, 1], &[11]), "ipxe-arm64.efi"),
        ("a host that boots nothing", Client::pxe(PRINTER, &[0]), ""),
        ("its HTTP boot", Client::http(PRINTER, 16), ""),
        ("its iPXE", Client::ipxe(PRINTER, 7), ""),
    ] {
        let offer = link.discover(&client).unwrap_or_else(|| panic!("{what}: no offer"));
        // dnsmasq answers in option 67 whoever asks for it, and leaves the field empty then.
        let told = offer.text(67).unwrap_or_else(|| offer.file.clone());
        assert_eq!(told.trim_end_matches('\0'), file, "{what}");
        assert_eq!(offer.text(60).as_deref() == Some("HTTPClient"), what == "UEFI HTTP", "{what}");
    }
    // A host's own: address, preselected entry, disk; and its subnet's variable.
    let offer = link.discover(&Client::ipxe([0x52, 0x54, 0, 0, 0, 1], 7)).unwrap();
    assert_eq!(offer.yiaddr.octets(), [10, 0, 1, 11]);
    let sub = offer.ipxe();
    assert_eq!(
        (sub.get(&224), sub.get(&225), sub.get(&226)),
        (Some(&b"live".to_vec()), Some(&vec![1]), Some(&b"10.0.1.5".to_vec()))
    );
    let offer = link.discover(&Client::ipxe([0x52, 0x54, 0, 0, 0, 2], 7)).unwrap();
    assert_eq!(offer.text(17).as_deref(), Some("iscsi:10.0.1.9::::iqn.2024-01.org.example:disk"));
    assert_eq!(offer.ipxe().get(&8), Some(&vec![1]));
    // Both cards of a machine have its address and its entry.
    for last in [4, 5] {
        let offer = link.discover(&Client::ipxe([0x52, 0x54, 0, 0, 0, last], 7)).unwrap();
        assert_eq!(offer.yiaddr.octets(), [10, 0, 1, 13]);
        assert_eq!(offer.ipxe().get(&224), Some(&b"live".to_vec()));
    }
    let offer = link.discover(&Client::ipxe(PRINTER, 7)).unwrap();
    assert_eq!(offer.yiaddr.octets(), [10, 0, 1, 14]);
    assert_eq!(offer.text(60), None);
    // Option 97 names a Pi with another MAC address.
    let id = b"\0RPi4\x11\x31\xc0\0\0\0\0\0\0\0\0\0".to_vec();
    let offer = link.ask(&Client::pxe(STRANGER, &[0]), 1, &[(97, id)], 8).unwrap();
    assert_eq!(offer.text(67).unwrap_or(offer.file).trim_end_matches('\0'), "");
}
