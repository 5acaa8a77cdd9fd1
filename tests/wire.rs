use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;

use crate::support::daemons::Server;
use crate::support::dhcp::{Client, Link, Mac, Reply};
use crate::support::netns::Net;
use crate::support::{render, render_file, require, require_root};

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
        Self::of(render(example).of(server), address)
    }

    fn of(tree: impl AsRef<Path>, address: &str) -> Self {
        let net = Net::new(&["lan"]);
        let server = Server::new(&net, "lan", address, tree.as_ref());
        // Answers to a relay go by way of the router, which nobody is: the line to it sees them all the same.
        server.space.sh("ip neigh replace 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent; \
             ip route add 10.0.0.0/8 via 10.0.0.9 dev eth0 onlink");
        server.dhcp();
        let link = Link::open(&net.switch, &net.probe("lan"));
        Self { link, server, _net: net }
    }

    fn offer(&mut self, client: &Client) -> Reply {
        self.link.discover(client).unwrap_or_else(|| panic!("no offer:\n{}", self.server.log.text()))
    }

    /// Compares the boot file in each client's offer with a table.
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
        // Old PXE ROMs send no type (ipxe/ipxe#1527).
        ("a PXE client without a type", Client { arch: vec![], ..Client::pxe(mac, &[0]) }, bios),
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

/// A MAC of the site `wire`.
fn host(last: u8) -> Mac {
    [0x52, 0x54, 0, 0, 3, last]
}

/// A client behind the relay of another network.
fn behind(relay: [u8; 4], client: Client) -> Client {
    Client { relay: Some(relay.into()), ..client }
}

const FAR: [u8; 4] = [10, 9, 0, 1];
const SHUT: [u8; 4] = [10, 8, 0, 1];
const CLUB: [u8; 4] = [10, 7, 0, 1];
const SCRIPT: &str = "http://10.0.0.1/install.ipxe";

/// The site `wire`, unless something is missing here.
fn lab_site() -> Option<Site> {
    able().then(|| Site::start("wire", "boot", "10.0.0.1/24"))
}

/// The boot entry that an offer names, and whether it starts at once.
fn boot(offer: &Reply) -> (Option<String>, Option<Vec<u8>>) {
    let sub = offer.ipxe();
    (sub.get(&224).map(|text| String::from_utf8_lossy(text).into_owned()), sub.get(&225).cloned())
}

#[test]
fn a_relayed_client_gets_what_its_own_subnet_says() {
    let Some(mut site) = lab_site() else { return };
    let loaders = ["undionly.kpxe", "", "ipxe.efi", SCRIPT, "http://10.0.0.1/tftpboot/ipxe.efi"];
    let relayed = clients(STRANGER, loaders)
        .into_iter()
        .map(|(what, client, file)| (what, behind(FAR, client), file))
        .collect::<Vec<_>>();
    site.files(&relayed);
    let offer = site.offer(&behind(FAR, Client::plain(STRANGER)));
    assert_eq!(offer.yiaddr.octets()[..3], [10, 9, 0]);
    assert_eq!(offer.addresses(3), [Ipv4Addr::from(FAR)]);
    assert_eq!(offer.addresses(28), [Ipv4Addr::new(10, 9, 0, 255)]);
    assert_eq!(offer.text(15).as_deref(), Some("far.lab"));
    // The boot server is the same for both.
    assert_eq!(site.offer(&behind(FAR, Client::pxe(STRANGER, &[0]))).siaddr, Ipv4Addr::new(10, 0, 0, 1));
}

/// The options of an address and its network, and the host's name.
const EVERYWHERE: &[u8] = &[1, 3, 6, 12, 28, 51, 53, 54, 58, 59];

#[test]
fn nothing_is_booted_under_a_lid_whatever_the_host_says() {
    let Some(mut site) = lab_site() else { return };
    let roamer = host(1);
    for client in [Client::ipxe(roamer, 7), Client::pxe(roamer, &[0]), Client::http(roamer, 16)] {
        let offer = site.offer(&behind(SHUT, client.clone()));
        assert_eq!(offer.yiaddr.octets()[..3], [10, 8, 0]);
        assert_eq!((offer.file.as_str(), offer.text(17), offer.options.get(&175)), ("", None, None));
        assert_eq!(offer.siaddr, Ipv4Addr::UNSPECIFIED);
        // Its name is no boot matter.
        assert_eq!(offer.text(12).as_deref(), Some("roamer"));
        // Not even for a client that asks for every option there is.
        let every = Client { wants: (1..=254).collect(), ..client };
        let offer = site.offer(&behind(SHUT, every));
        assert!(offer.options.keys().all(|code| EVERYWHERE.contains(code)), "{:?}", offer.options);
    }
    // Elsewhere it gets everything.
    let offer = site.offer(&behind(FAR, Client::ipxe(roamer, 7)));
    assert_eq!(offer.file, SCRIPT);
    assert_eq!(offer.text(17).as_deref(), Some("iscsi:10.0.0.2::::iqn.2020-01.lan.lab:roamer"));
    assert_eq!(boot(&offer), (Some("other".into()), Some(vec![1])));
    assert_eq!(offer.ipxe().get(&8), Some(&vec![1]));
    assert_eq!(site.offer(&behind(FAR, Client::pxe(roamer, &[0]))).file, "undionly.kpxe");
}

#[test]
fn where_only_known_machines_boot_a_stranger_gets_an_address_and_no_file() {
    let Some(mut site) = lab_site() else { return };
    let none =
        clients(STRANGER, [""; 5]).into_iter().map(|(what, client, file)| (what, behind(CLUB, client), file));
    site.files(&none.collect::<Vec<_>>());
    assert_eq!(site.offer(&behind(CLUB, Client::ipxe(STRANGER, 7))).yiaddr.octets()[..3], [10, 7, 0]);
    let loaders = ["undionly.kpxe", "", "ipxe.efi", SCRIPT, "http://10.0.0.1/tftpboot/ipxe.efi"];
    let member = clients(host(0x0c), loaders)
        .into_iter()
        .map(|(what, client, file)| (what, behind(CLUB, client), file));
    site.files(&member.collect::<Vec<_>>());
}

#[test]
fn a_range_is_for_those_that_it_is_said_to_be_for() {
    let Some(mut site) = lab_site() else { return };
    let mut last = |mac| site.offer(&behind([10, 6, 0, 1], Client::ipxe(mac, 7))).yiaddr.octets()[3];
    assert!((50..60).contains(&last(host(0x0c))), "a host without an address of its own");
    assert!((150..160).contains(&last(STRANGER)), "a machine that nobody declared");
}

#[test]
fn a_host_has_its_own_loaders() {
    let Some(mut site) = lab_site() else { return };
    // `bios: none` leaves it none; a kind of its own comes with the HTTP form of it.
    let own = ["", "", "own.efi", SCRIPT, "http://10.0.0.1/tftpboot/own.efi"];
    let mut table = clients(host(3), own);
    for (what, _, file) in &mut table {
        match *what {
            "UEFI ARM64" => *file = "own-arm64.efi",
            "UEFI HTTP of a type without a loader" => *file = "http://10.0.0.1/tftpboot/own-arm64.efi",
            _ => {}
        }
    }
    site.files(&table);
    let offer = site.offer(&Client::http(host(3), 16));
    assert_eq!(offer.text(60).as_deref(), Some("HTTPClient"));
}

#[test]
fn without_a_script_ipxe_is_told_its_root_path_and_no_file() {
    let Some(mut site) = lab_site() else { return };
    let loaders = ["undionly.kpxe", "", "ipxe.efi", "", "http://10.0.0.1/tftpboot/ipxe.efi"];
    site.files(&clients(host(4), loaders));
    let offer = site.offer(&Client::ipxe(host(4), 0));
    assert_eq!(offer.text(17).as_deref(), Some("iscsi:10.0.0.2::::iqn.2020-01.lan.lab:straight"));
}

#[test]
fn no_routers_means_that_option_3_is_not_sent() {
    let Some(mut site) = lab_site() else { return };
    let offer = site.offer(&Client::plain(host(5)));
    assert_eq!(offer.yiaddr, Ipv4Addr::new(10, 0, 0, 15));
    assert_eq!(offer.options.get(&3), None);
    assert_eq!(offer.addresses(6), [Ipv4Addr::new(10, 0, 0, 53)]);
}

#[test]
fn a_hosts_boot_entry_travels_in_ipxes_own_options() {
    let Some(mut site) = lab_site() else { return };
    assert_eq!(boot(&site.offer(&Client::ipxe(host(6), 7))), (Some("other".into()), None));
    assert_eq!(boot(&site.offer(&Client::ipxe(host(7), 7))), (Some("other".into()), Some(vec![1])));
    assert_eq!(boot(&site.offer(&Client::ipxe(STRANGER, 7))), (None, None));
    // Only iPXE asks for them.
    assert_eq!(site.offer(&Client::pxe(host(7), &[7])).options.get(&175), None);
}

#[test]
fn a_host_that_is_not_to_boot_gets_nothing_to_boot() {
    let Some(mut site) = lab_site() else { return };
    site.files(&clients(host(8), [""; 5]));
    let offer = site.offer(&Client::ipxe(host(8), 7));
    assert_eq!(offer.yiaddr, Ipv4Addr::new(10, 0, 0, 18));
    // With a root-path alone iPXE would boot that.
    assert_eq!((offer.text(17), boot(&offer)), (None, (None, None)));
}

#[test]
fn an_address_of_a_host_is_never_given_to_another() {
    let Some(mut site) = lab_site() else { return };
    let mut given = Vec::new();
    for last in 1..=3 {
        let client = Client::plain([0x52, 0x54, 0, 0, 9, last]);
        let Some(offer) = site.link.discover(&client) else { continue };
        site.link.request(&client, &offer).expect("an acknowledgement");
        given.push(offer.yiaddr.octets()[3]);
    }
    given.sort_unstable();
    assert_eq!(given, [100, 102], "two of three strangers get an address");
    assert_eq!(site.offer(&Client::plain(host(2))).yiaddr, Ipv4Addr::new(10, 0, 0, 101));
}

#[test]
fn a_host_is_told_what_its_groups_say() {
    let Some(mut site) = lab_site() else { return };
    let mut client = Client::ipxe(host(9), 7);
    client.wants.extend([2, 42]);
    let offer = site.offer(&client);
    assert_eq!(offer.addresses(6), [Ipv4Addr::new(10, 0, 0, 56)], "the child over its parent");
    assert_eq!(offer.addresses(42), [Ipv4Addr::new(10, 0, 0, 55)], "the parent over the site");
    assert_eq!(offer.number(2), Some(3600));
    assert_eq!(boot(&offer).0.as_deref(), Some("other"));
    assert_eq!(offer.ipxe().get(&8), Some(&vec![1]), "keep-san");
    assert_eq!(offer.text(12).as_deref(), Some("pupil"));
}

/// The same file without groups: each host repeats the settings of its group. Also returns the number of hosts that
/// were in a group.
fn ungrouped(conf: &str) -> (String, usize) {
    let (mut text, mut hosts) = (String::new(), 0);
    let mut said: Option<String> = None;
    let mut in_host = false;
    for line in conf.split_inclusive('\n') {
        match &mut said {
            None if line == "group {\n" => said = Some(String::new()),
            Some(_) if line == "}\n" && !in_host => said = None,
            Some(said) if line.starts_with("host ") => {
                (in_host, hosts) = (true, hosts + 1);
                text.push_str(line);
                text.push_str(said);
            }
            Some(said) if !in_host && line != "\n" => said.push_str(line),
            _ => {
                in_host &= line != "}\n";
                text.push_str(line);
            }
        }
    }
    (text, hosts)
}

#[test]
fn groups_change_no_answer() {
    if !able() {
        return;
    }
    let trees = render("wire");
    let path = trees.of("boot").join("etc/dhcp/dhcpd.conf");
    let grouped = fs::read_to_string(&path).unwrap();
    let (flat, hosts) = ungrouped(&grouped);
    assert!(hosts >= 4 && !flat.contains("\ngroup {") && flat.matches("\nhost ").count() >= hosts, "{flat}");
    let macs = grouped.lines().filter_map(|line| line.trim().strip_prefix("hardware ethernet "));
    let macs: Vec<Mac> = macs
        .map(|text| {
            let bytes =
                text.trim_end_matches(';').split(':').map(|byte| u8::from_str_radix(byte, 16).unwrap());
            bytes.collect::<Vec<_>>().try_into().unwrap()
        })
        .collect();
    assert!(macs.len() > hosts, "{macs:?}");
    let answers = |conf: &str| {
        fs::write(&path, conf).unwrap();
        let mut site = Site::of(trees.of("boot"), "10.0.0.1/24");
        let mut answers = Vec::new();
        for mac in &macs {
            let all =
                [Client::pxe(*mac, &[0]), Client::ipxe(*mac, 7), Client::http(*mac, 16), Client::plain(*mac)];
            for mut client in all {
                client.wants.extend([2, 3, 6, 12, 15, 17, 42, 119, 203]);
                let offer = site.offer(&client);
                answers.push(format!(
                    "{mac:x?} {} {:?}",
                    offer.file,
                    (offer.yiaddr, offer.siaddr, offer.options)
                ));
            }
        }
        answers
    };
    assert_eq!(answers(&grouped), answers(&flat));
}

#[test]
fn the_cards_of_one_host_share_its_address() {
    let Some(mut site) = lab_site() else { return };
    for card in [0x0a, 0x0b] {
        let offer = site.offer(&Client::plain(host(card)));
        assert_eq!(offer.yiaddr, Ipv4Addr::new(10, 0, 0, 20));
        assert_eq!(offer.text(12).as_deref(), Some("twin"));
    }
}

#[test]
fn a_rendered_relay_carries_a_client_to_the_dhcp_server_and_back() {
    carries("dhcrelay", "{}", |router| router.service("isc-dhcp-relay", "start"));
}

/// Debian 14 has no isc-dhcp-relay. The package of its relay cannot be installed beside it, so the relay is started as its
/// unit says.
#[test]
fn so_does_the_relay_of_debian_14() {
    carries("dhcp-helper", "servers: { router: { os: debian-14 } }", |router| {
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let mut programs = std::env::split_paths(&folders).map(|folder| folder.join("dhcp-helper"));
        let program = programs.find(|program| program.is_file()).expect("dhcp-helper");
        router.stage("/run/dhcp-helper", &program.display().to_string());
        let line = "chmod 755 /run/dhcp-helper; . /etc/default/dhcp-helper; \
                    /run/dhcp-helper -r /run/dhcp-helper.pid $DHCPHELPER_OPTS";
        router.space.sh(line);
    });
}

fn carries(program: &str, overlay: &str, start: impl FnOnce(&Server)) {
    if !able() || !require(program) {
        return;
    }
    let with = tempfile::NamedTempFile::with_suffix(".yaml").expect("a file");
    fs::write(with.path(), overlay).expect("the overlay");
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/lab/sites/relay/site.yaml");
    let trees = render_file(&site, &[with.path()]);
    let net = Net::new(&["lan", "far"]);
    let boot = Server::new(&net, "lan", "10.0.0.1/24", &trees.of("boot"));
    boot.space.sh("ip route add 10.9.0.0/24 via 10.0.0.9");
    boot.dhcp();
    let router = Server::bare();
    net.plug("lan", &router.space, "eth0", "10.0.0.9/24");
    net.plug("far", &router.space, "eth1", "10.9.0.1/24");
    router.install(&trees.of("router"));
    start(&router);
    let mut link = Link::open(&net.switch, &net.probe("far"));
    let client = Client::pxe(STRANGER, &[0]);
    let offer = link.discover(&client);
    let offer = offer.unwrap_or_else(|| panic!("no offer:\n{}\n{}", boot.log.text(), router.log.text()));
    assert_eq!(offer.yiaddr.octets()[..3], [10, 9, 0]);
    assert_eq!((offer.file.as_str(), offer.siaddr), ("undionly.kpxe", Ipv4Addr::new(10, 0, 0, 1)));
    let ack = link.request(&client, &offer).expect("an acknowledgement");
    assert_eq!((ack.kind(), ack.yiaddr), (5, offer.yiaddr));
}

/// U-Boot, as net/bootp.c asks: it is not a PXE client and sends no option of PXE.
fn uboot(class: &str, arch: &[u16]) -> Client {
    let wants = vec![1, 3, 6, 12, 17];
    Client { vendor_class: Some(class.to_owned()), arch: arch.to_vec(), wants, ..Client::plain(STRANGER) }
}

/// A Raspberry Pi, as the boot ROM of the 3B was seen to ask (raspberrypi/documentation, boot-net.adoc).
fn pi(mac: Mac, arch: u16) -> Client {
    Client {
        arch: vec![arch],
        vendor_class: Some(format!("PXEClient:Arch:{arch:05}:UNDI:002001")),
        wants: vec![43, 60, 67, 128, 129, 130, 131, 132, 133, 134, 135, 66, 1, 3],
        ..Client::plain(mac)
    }
}

const PI3: Mac = [0xb8, 0x27, 0xeb, 0, 0, 1];

#[test]
fn uboot_is_told_apart_by_its_class_and_its_type() {
    if !able() {
        return;
    }
    let mut site = Site::start("boards", "boot", "10.0.0.1/24");
    let (arm32, arm64) = ("arm32/boot.scr.uimg", "arm64/boot.scr.uimg");
    site.files(&[
        ("ARM64", uboot("U-Boot.armv8", &[0x16]), arm64),
        ("ARMv7", uboot("U-Boot.armv7", &[0x15]), arm32),
        ("an older ARM", uboot("U-Boot.arm", &[0x15]), arm32),
        ("ARM64 of before 2018", uboot("U-Boot.armv8", &[0x100]), arm64),
        ("ARMv7 of before 2018", uboot("U-boot.armv7.highbank", &[0x100]), arm32),
        ("ARM64 without a type", uboot("U-Boot.armv8", &[]), arm64),
        ("U-Boot on x86", uboot("U-Boot", &[0]), ""),
        ("U-Boot that looks for a UEFI program", Client::pxe(STRANGER, &[11]), "ipxe-arm64.efi"),
    ]);
    let offer = site.offer(&uboot("U-Boot.armv8", &[0x16]));
    assert_eq!(offer.siaddr, Ipv4Addr::new(10, 0, 0, 1));
    assert_eq!((offer.text(60), offer.options.get(&43)), (None, None));
}

#[test]
fn a_raspberry_pi_finds_the_menu_that_it_looks_for() {
    if !able() {
        return;
    }
    let mut site = Site::start("boards", "boot", "10.0.0.1/24");
    let menu = |offer: &Reply| -> Option<String> {
        let menu = offer.options.get(&43)?;
        // Discovery control, a prompt and one entry, as PXE 2.1 orders them, and the end.
        assert!(menu.starts_with(b"\x06\x01\x03\x0a\x04\x00PXE\x09\x17\x00\x00\x14"), "{menu:x?}");
        assert_eq!((menu.len(), menu.last()), (35, Some(&0xff)));
        Some(String::from_utf8_lossy(&menu[14..34]).into_owned())
    };
    for client in [pi(PI3, 0), pi([0xdc, 0xa6, 0x32, 0, 0, 1], 0), pi(STRANGER, 41)] {
        let offer = site.offer(&client);
        assert_eq!(menu(&offer).as_deref(), Some("Raspberry Pi Boot   "), "{client:?}");
        assert_eq!(offer.text(60).as_deref(), Some("PXEClient"));
        assert_eq!((offer.file.as_str(), offer.siaddr), ("bootcode.bin", Ipv4Addr::new(10, 0, 0, 1)));
        assert_eq!(offer.text(66).as_deref(), Some("10.0.0.1"));
    }
    // A Pi 4 with another MAC address says what it is in option 97.
    let id = b"\0RPi4\x11\x31\xc0\0\0\0\0\0\0\0\0\0".to_vec();
    let offer = site.link.ask(&pi(STRANGER, 0), 1, &[(97, id)], 8).expect("an offer");
    assert_eq!(menu(&offer).as_deref(), Some("Raspberry Pi Boot   "));
    // TFTP somewhere else.
    let offer = site.offer(&behind([10, 9, 0, 1], pi(PI3, 0)));
    assert_eq!((offer.siaddr, offer.text(66).as_deref()), (Ipv4Addr::new(10, 9, 0, 7), Some("10.9.0.7")));

    // Neither for a PC, nor for a Pi whose firmware is UEFI, nor for one that runs its system.
    for client in [Client::pxe(STRANGER, &[0]), Client::pxe(PI3, &[11]), Client::plain(PI3)] {
        let offer = site.offer(&client);
        assert_eq!((menu(&offer), offer.text(60), offer.text(66)), (None, None, None), "{client:?}");
    }
    let off = |last| site.link.discover(&pi([0xdc, 0xa6, 0x32, 0, 0, last], 0)).expect("an offer");
    let offers: Vec<_> = [8, 9, 0x0a].map(off).into();
    let seen: Vec<_> = offers.iter().map(|offer| (offer.file.as_str(), menu(offer).is_some())).collect();
    assert_eq!(seen, [("", false), ("", false), ("own/bootcode.bin", true)], "none, no loader, its own");
    for offer in &offers[..2] {
        assert_eq!((offer.text(60), offer.text(66)), (None, None));
    }
}

/// A Raspberry Pi presents itself as a BIOS client, but cannot run a PC's program.
#[test]
fn a_raspberry_pi_without_a_loader_is_handed_no_pcs() {
    let Some(mut site) = lab_site() else { return };
    let table = [
        ("a Pi 3", pi(PI3, 0), ""),
        ("a Pi 5", pi([0x2c, 0xcf, 0x67, 0, 0, 1], 0), ""),
        ("a Pi of type 41", pi(STRANGER, 41), ""),
        ("a Pi with UEFI", Client::pxe(PI3, &[7]), "ipxe.efi"),
        ("a Pi that runs iPXE", Client::ipxe(PI3, 11), SCRIPT),
        ("a PC", pi(STRANGER, 0), "undionly.kpxe"),
    ];
    // On a network that has an address for each.
    site.files(&table.map(|(what, client, file)| (what, behind(FAR, client), file)));
    let offer = site.offer(&behind(FAR, pi(PI3, 0)));
    assert_eq!((offer.text(60), offer.text(66), offer.options.get(&43)), (None, None, None));
}

/// UEFI takes `HTTPClient` in an answer for an offer of a file, and waits for it.
#[test]
fn only_a_client_that_gets_a_file_is_told_what_belongs_to_it() {
    let Some(mut site) = lab_site() else { return };
    let without = [
        ("no loader of this kind", Client::http(STRANGER, 19)),
        ("the host boots nothing", Client::http(host(8), 16)),
        ("the host has none of this kind", Client::http(host(3), 15)),
        ("strangers boot nothing here", behind(CLUB, Client::http(STRANGER, 16))),
    ];
    for (what, client) in without {
        let offer = site.offer(&client);
        assert_eq!((offer.file.as_str(), offer.text(60), offer.options.get(&43)), ("", None, None), "{what}");
    }
    assert_eq!(site.offer(&Client::http(STRANGER, 16)).text(60).as_deref(), Some("HTTPClient"));
}

/// Installers ask for codes of the private range, Proxmox's for 250.
#[test]
fn an_option_of_the_users_own_may_have_any_code_of_the_private_range() {
    let Some(mut site) = lab_site() else { return };
    let every = Client { wants: (1..=254).collect(), ..Client::plain(STRANGER) };
    assert_eq!(site.offer(&every).text(250).as_deref(), Some("https://10.0.0.1/answer"));
    assert_eq!(site.offer(&behind(FAR, every)).options.get(&250), None);
}
