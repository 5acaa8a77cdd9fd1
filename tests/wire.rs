use std::net::Ipv4Addr;
use std::path::PathBuf;

use crate::support::daemons::Server;
use crate::support::dhcp::{Client, Link, Mac, Reply};
use crate::support::netns::Net;
use crate::support::{render, require, require_root};

const STRANGER: Mac = [0x52, 0x54, 0, 0, 0, 1];
const I38: Mac = [0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff];

fn able() -> bool {
    let tools = ["unshare", "nsenter", "ip", "python3", "dhcpd", "tar"];
    tools.into_iter().all(require) && require_root()
}

/// A running dhcpd with an example's tree, and a raw line to it.
struct Site {
    link: Link,
    server: Server,
    _net: Net,
}

impl Site {
    fn start(example: &str, server: &str, address: &str) -> Self {
        let tree: PathBuf = render(example).join(server);
        let net = Net::new(&["lan"]);
        let server = Server::new(&net, "lan", address, &tree);
        server.dhcp();
        let link = Link::open(&net.switch, &net.probe("lan"));
        Self { link, server, _net: net }
    }

    fn offer(&mut self, client: &Client) -> Reply {
        self.link.discover(client).unwrap_or_else(|| panic!("no offer:\n{}", self.server.log.text()))
    }

    /// Holds the file of each client's offer to a table.
    fn files(&mut self, table: &[(&str, Client, &str)]) {
        let mut wrong = Vec::new();
        for (what, client, file) in table {
            let offer = self.offer(client);
            if offer.file != *file {
                wrong.push(format!("{what}: wanted `{file}`, got `{}`", offer.file));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Every kind of client with its name, and the file of the loaders given as BIOS, IA32, x64, iPXE, HTTP.
fn clients(mac: Mac, [bios, ia32, x64, script, http]: [&str; 5]) -> Vec<(&'static str, Client, &str)> {
    vec![
        ("BIOS PXE", Client::pxe(mac, &[0]), bios),
        ("UEFI IA32", Client::pxe(mac, &[6]), ia32),
        ("UEFI x64, type 7", Client::pxe(mac, &[7]), x64),
        ("UEFI x64, type 9", Client::pxe(mac, &[9]), x64),
        ("UEFI x64 that lists two types", Client::pxe(mac, &[7, 6]), x64),
        ("iPXE on BIOS", Client::ipxe(mac, 0), script),
        ("iPXE on UEFI IA32", Client::ipxe(mac, 6), script),
        ("iPXE on UEFI x64", Client::ipxe(mac, 7), script),
        ("iPXE on UEFI ARM64", Client::ipxe(mac, 11), script),
        (
            "iPXE with a length before its user class",
            Client { user_class: Some(b"\x04iPXE".to_vec()), ..Client::ipxe(mac, 7) },
            script,
        ),
        ("UEFI HTTP x64", Client::http(mac, 16), http),
        ("UEFI HTTP of a type without a loader", Client::http(mac, 19), ""),
        ("UEFI ARM64", Client::pxe(mac, &[11]), ""),
        ("a PXE client without a type", Client { arch: vec![], ..Client::pxe(mac, &[0]) }, ""),
        ("a plain DHCP client", Client::plain(mac), ""),
    ]
}

#[test]
fn classroom() {
    if !able() {
        return;
    }
    let mut site = Site::start("classroom", "boot", "10.0.0.200/24");
    let http = "http://10.0.0.200/tftpboot/ipxe/ipxe.efi";
    let script = "http://10.0.0.200/install.ipxe";
    site.files(&clients(STRANGER, ["undionly.kpxe", "ipxe/ipxe32.efi", "ipxe/ipxe.efi", script, http]));

    let offer = site.offer(&Client::http(STRANGER, 16));
    assert_eq!(offer.text(60).as_deref(), Some("HTTPClient"));
    // A PXE client that is told `HTTPClient` or `PXEClient` looks for options that we do not give.
    assert_eq!(site.offer(&Client::pxe(STRANGER, &[7])).text(60), None);

    let offer = site.offer(&Client::ipxe(STRANGER, 7));
    let range = Ipv4Addr::new(10, 0, 0, 100)..=Ipv4Addr::new(10, 0, 0, 199);
    assert!(range.contains(&offer.yiaddr), "{}", offer.yiaddr);
    assert_eq!(offer.siaddr, Ipv4Addr::new(10, 0, 0, 200));

    let offer = site.offer(&Client::plain(STRANGER));
    assert_eq!(offer.addresses(3), [Ipv4Addr::new(10, 0, 0, 1)]);
    assert_eq!(offer.addresses(6), [Ipv4Addr::new(8, 8, 8, 8), Ipv4Addr::new(1, 1, 1, 1)]);
    assert_eq!(offer.addresses(28), [Ipv4Addr::new(10, 0, 0, 255)]);
    assert_eq!(offer.number(51), Some(7200));
    let ack = site.link.request(&Client::plain(STRANGER), &offer).expect("an acknowledgement");
    assert_eq!((ack.kind(), ack.yiaddr), (5, offer.yiaddr));
}

#[test]
fn iscsi_windows() {
    if !able() {
        return;
    }
    let mut site = Site::start("iscsi-windows", "boot", "10.1.1.1/24");
    let loaders = ["iPXE/undionly.kpxe", "iPXE/ipxe.i386.efi", "iPXE/ipxe.x86-64.efi", "iPXE/menu.ipxe", ""];
    site.files(&clients(I38, loaders));

    let offer = site.offer(&Client::ipxe(I38, 7));
    assert_eq!(offer.yiaddr, Ipv4Addr::new(10, 1, 1, 38));
    assert_eq!(offer.siaddr, Ipv4Addr::new(10, 1, 1, 1));
    assert_eq!(offer.text(12).as_deref(), Some("i38"));
    let root = offer.text(17).expect("a root-path");
    assert!(root.starts_with("iscsi:10.1.1.2::::iqn."), "{root}");
    assert_eq!(offer.ipxe().get(&8), Some(&vec![1]), "keep-san");
}
