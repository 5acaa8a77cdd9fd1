//! dnsmasq as a proxy beside a DHCP server that knows nothing of booting.

use std::net::Ipv4Addr;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::support::daemons::Server;
use crate::support::dhcp::{Client, Link, Mac, Reply, udp};
use crate::support::netns::{Net, Space};
use crate::support::{require, require_root};

const TREE: &str = "tests/cases/dnsmasq-proxy/rendered/boot";
const PROXY: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
const OTHER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 9);

/// The card of a host of the site, by its last byte.
const fn host(last: u8) -> Mac {
    [0x52, 0x54, 0, 0, 0, last]
}

/// The network: the proxy, a DHCP server of somebody else, and a machine that has an address already.
struct Lan {
    link: Link,
    machine: Space,
    _servers: [Server; 2],
    _net: Net,
    asked: u32,
}

impl Lan {
    fn new() -> Option<Self> {
        let programs = ["unshare", "nsenter", "ip", "python3", "dnsmasq", "dhcpd", "tar"];
        if !programs.into_iter().all(require) || !require_root() {
            return None;
        }
        let net = Net::new(&["lan"]);
        let proxy = Server::new(&net, "lan", "10.0.0.2/24", Path::new(TREE));
        proxy.space.sh("dnsmasq -C /etc/dnsmasq.d/ipxegen.conf --user=root --dhcp-leasefile=/run/leases \
             --pid-file=/run/dnsmasq.pid </dev/null >/run/out 2>&1 || { cat /run/out >&2; exit 1; }");
        let other = Server::bare();
        net.plug("lan", &other.space, "eth0", "10.0.0.9/24");
        let conf =
            b"ping-check false;\nsubnet 10.0.0.0 netmask 255.255.255.0 { range 10.0.0.100 10.0.0.199; }\n";
        other.write("/etc/dhcp/dhcpd.conf", conf);
        other.space.sh(": >/var/lib/dhcp/dhcpd.leases
             dhcpd -4 -q -cf /etc/dhcp/dhcpd.conf -lf /var/lib/dhcp/dhcpd.leases -pf /run/dhcpd.pid eth0 \
             >/run/out 2>&1 || { cat /run/out >&2; exit 1; }");
        let machine = Space::new();
        net.plug("lan", &machine, "eth0", "10.0.0.50/24");
        let link = Link::open(&net.switch, &net.probe("lan"));
        Some(Self { link, machine, _servers: [proxy, other], _net: net, asked: 0x7000_0000 })
    }

    /// The offers of the other server and of the proxy. The former always answers, and later than the proxy would.
    fn offers(&mut self, client: &Client, extra: &[(u8, Vec<u8>)]) -> (Reply, Option<Reply>) {
        self.asked += 1;
        self.link.broadcast(client.mac, &client.message(1, self.asked, extra));
        let (mut other, mut proxy) = (None, None);
        let mut end = Instant::now() + Duration::from_secs(8);
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            let Ok(frame) = self.link.frames.recv_timeout(left) else { break };
            let Some(reply) = udp(&frame).and_then(|(_, _, message)| Reply::parse(message)) else { continue };
            if reply.xid != self.asked || reply.kind() != 2 {
                continue;
            }
            let from = reply.addresses(54)[0];
            if from == PROXY { &mut proxy } else { &mut other }.replace(reply);
            if other.is_some() {
                end = end.min(Instant::now() + Duration::from_secs(1));
            }
        }
        let other = other.expect("an offer of an address");
        assert_eq!((other.addresses(54), other.file.as_str()), (vec![OTHER], ""));
        assert!((100..200).contains(&other.yiaddr.octets()[3]), "{}", other.yiaddr);
        (other, proxy)
    }

    /// The answer of the boot server on port 4011 to a machine with an address.
    fn on_4011(&mut self, client: &Client) -> Option<Reply> {
        self.asked += 1;
        let mut message = client.message(3, self.asked, &[]);
        message[12..16].copy_from_slice(&[10, 0, 0, 50]);
        let hex: String = message.iter().map(|byte| format!("{byte:02x}")).collect();
        let answer = self.machine.sh(&format!(
            "python3 -c 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind((\"\", 68))
s.settimeout(3)
s.sendto(bytes.fromhex(\"{hex}\"), (\"10.0.0.2\", 4011))
try: print(s.recv(4096).hex())
except TimeoutError: pass'"
        ));
        let digits = answer.trim();
        let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..digits.len()).step_by(2).map(byte).collect();
        Reply::parse(&bytes)
    }
}

#[test]
fn a_proxy_gives_boot_files_and_no_address() {
    let Some(mut lan) = Lan::new() else { return };
    let stranger = [0x52, 0x54, 0, 0, 0, 99];
    let script = "http://boot.example.org/install.ipxe";
    for (what, client, file) in [
        ("BIOS", Client::pxe(stranger, &[0]), Some("undionly.kpxe")),
        ("UEFI", Client::pxe(stranger, &[7]), Some("ipxe.efi")),
        ("UEFI as 9", Client::pxe(stranger, &[9]), Some("ipxe.efi")),
        ("a list that begins with BIOS", Client::pxe(stranger, &[0, 7]), Some("undionly.kpxe")),
        ("HTTP", Client::http(stranger, 16), Some("http://10.0.0.2/ipxe.efi")),
        ("iPXE on BIOS", Client::ipxe(stranger, 0), Some(script)),
        ("iPXE on UEFI", Client::ipxe(stranger, 7), Some(script)),
        ("a kind without a loader", Client::pxe(stranger, &[11]), None),
        ("no firmware", Client::plain(stranger), None),
        ("a host", Client::pxe(host(1), &[7]), Some("ipxe.efi")),
        ("the second card of a host", Client::pxe(host(3), &[0]), Some("undionly.kpxe")),
        ("a host with a loader of its own", Client::pxe(host(4), &[7]), Some("signage.efi")),
        ("and without one for BIOS", Client::pxe(host(4), &[0]), None),
        ("its iPXE", Client::ipxe(host(4), 7), Some(script)),
        ("a host that boots nothing", Client::pxe(host(5), &[7]), None),
        ("its iPXE, too", Client::ipxe(host(5), 7), None),
    ] {
        let (_, proxy) = lan.offers(&client, &[]);
        assert_eq!(proxy.as_ref().map(|offer| offer.file.as_str()), file, "{what}");
        let Some(offer) = proxy else { continue };
        assert_eq!((offer.yiaddr, offer.siaddr), (Ipv4Addr::UNSPECIFIED, PROXY), "{what}");
        let vendor = if what == "HTTP" { "HTTPClient" } else { "PXEClient" };
        assert_eq!(offer.text(60).as_deref(), Some(vendor), "{what}");
        assert_eq!(offer.options.get(&51), None, "{what}");
        // BIOS: take the file of this offer, without a menu (PXE 2.1, PXE_DISCOVERY_CONTROL, bit 3).
        if client.arch == [0] {
            assert_eq!(offer.options[&43][..3], [6, 1, 8], "{what}");
        }
    }
}

#[test]
fn uefi_asks_the_proxy_once_more_on_its_own_port() {
    let Some(mut lan) = Lan::new() else { return };
    for (client, file) in [
        (Client::pxe(host(1), &[7]), "ipxe.efi"),
        (Client::pxe(host(4), &[7]), "signage.efi"),
        (Client::ipxe(host(1), 7), "http://boot.example.org/install.ipxe"),
    ] {
        let answer = lan.on_4011(&client).expect("an answer");
        assert_eq!((answer.kind(), answer.file.as_str(), answer.siaddr), (5, file, PROXY));
        assert_eq!(answer.text(60).as_deref(), Some("PXEClient"));
    }
    assert!(lan.on_4011(&Client::pxe(host(5), &[7])).is_none());
}

#[test]
fn a_raspberry_pi_finds_its_entry_with_a_proxy() {
    let Some(mut lan) = Lan::new() else { return };
    let client = Client::pxe([0xdc, 0xa6, 0x32, 0, 0, 1], &[0]);
    let offer = lan.offers(&client, &[]).1.expect("an offer");
    assert_eq!((offer.file.as_str(), offer.siaddr), ("bootcode.bin", PROXY));
    let menu = &offer.options[&43];
    assert!(menu.windows(17).any(|text| text == b"Raspberry Pi Boot"), "{menu:?}");
}
