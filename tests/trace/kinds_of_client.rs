use std::path::Path;

use ipxegen::report::Report;
use ipxegen::trace::{TracedKind, Who, follow};

use super::SITE;
use crate::support::answers::with_site;
use crate::support::program::run_on;

/// A phone is known by its vendor class, which a trace cannot know unless it is given.
#[test]
fn classes_of_a_plain_client() {
    let site = format!(
        "{SITE}classes:
  phones: {{ match: {{ vendor_class: \"Cisco*\" }}, options: {{ tftp-server-address: 10.0.0.7 }} }}
  port: {{ match: {{ circuit_id: ge-0/0/12 }}, dns: 10.0.0.8 }}
  mine: {{ match: {{ mac: \"52:54:00:aa:*\" }}, ntp: 10.0.0.9 }}
"
    );
    let run = |more: &[&str]| {
        let who = ["trace", "52:54:00:aa:bb:cc", "-", "--from", "lan"];
        run_on(site.as_bytes(), &[&who[..], more].concat()).ended(0).stdout
    };
    let unknown = run(&["--as", "plain"]);
    assert!(unknown.contains("note: classes: `mine`\n"), "{unknown}");
    let open = "note: the classes `phones`, `port` may give other values: they ask for circuit_id (--circuit-id), \
                vendor_class (--vendor-class), which are not known here\n";
    assert!(unknown.contains(open), "{unknown}");
    let phone = run(&["--vendor-class", "Cisco Systems, Inc. IP Phone CP-7941G"]);
    assert!(phone.contains("classes: `mine`, `phones`\n"), "{phone}");
    assert!(phone.contains("tftp-server-address  10.0.0.7"), "{phone}");
    assert!(!phone.contains("vendor_class"), "{phone}");
    let printer = run(&["--vendor-class", "Hewlett-Packard JetDirect"]);
    assert!(!printer.contains("phones"), "{printer}");
    // A firmware's kind says its vendor class.
    let bios = run(&["--as", "bios", "--vendor-class", "Cisco"]);
    assert!(!bios.contains("phones"), "{bios}");
}

/// A class by switch port, by user class or by UUID is traced with the values that the client or its relay sends.
#[test]
fn a_client_is_told_by_the_values_that_it_sends() {
    let site = format!(
        "{SITE}classes:
  port: {{ match: {{ circuit_id: ge-0/0/12 }}, ntp: 10.0.0.8, note: the workshop }}
  switch: {{ match: {{ remote_id: {{ hex: \"0a:1b\" }} }}, ntp: 10.0.0.9, priority: 9 }}
  lab: {{ match: {{ user_class: lab }}, ntp: 10.0.0.10, priority: 10 }}
  id: {{ match: {{ client_id: seven }}, ntp: 10.0.0.11, priority: 11 }}
  uuid: {{ match: {{ uuid: 4c4c4544-0042-3510-8052-b4c04f564432 }}, ntp: 10.0.0.12, priority: 12 }}
"
    );
    let run = |more: &[&str]| {
        let who = ["trace", "52:54:00:aa:bb:cc", "-", "--from", "lan", "--as", "bios"];
        run_on(site.as_bytes(), &[&who[..], more].concat())
    };
    for (option, value, class) in [
        ("--circuit-id", "ge-0/0/12", "port"),
        ("--circuit-id", "hex:67652d302f302f3132", "port"),
        ("--remote-id", "hex:0a:1b", "switch"),
        ("--user-class", "lab", "lab"),
        ("--client-id", "seven", "id"),
        ("--uuid", "4c4c4544-0042-3510-8052-b4c04f564432", "uuid"),
    ] {
        let text = run(&[option, value]).ended(0).stdout;
        assert!(text.contains(&format!("note: classes: `{class}`\n")), "{option} {value}: {text}");
    }
    let port = run(&["--circuit-id", "ge-0/0/12"]).ended(0);
    assert!(port.stdout.contains("note on the class port: the workshop"), "{}", port.stdout);
    assert!(port.stdout.contains("so the classes `port`, `switch` still apply"), "{}", port.stdout);
    run(&["--remote-id", "hex:0a*"]).ended(1).says("--remote-id: `hex:0a*` is the beginning of a value");
    run(&["--remote-id", "hex:x"]).ended(1).says("--remote-id: `x` is not bytes in hex");
}

/// The one address of a class is that of its client.
#[test]
fn the_address_of_a_class_is_its_client() {
    let site = format!(
        "{SITE}classes:
  door: {{ match: {{ circuit_id: ge-0/0/12 }}, ip: 10.0.0.77, ntp: 10.0.0.8 }}
  phone: {{ match: {{ vendor_class: \"Cisco*\" }}, ip: 10.0.0.78, ntp: 10.0.0.9, priority: 9 }}
"
    );
    let door = run_on(site.as_bytes(), &["trace", "10.0.0.77", "-", "--as", "plain"]).ended(0);
    let note = "the class `door` has this address: it is traced as a client of that class";
    assert!(door.stdout.contains(note), "{}", door.stdout);
    assert!(door.stdout.contains("ntp-servers") && door.stdout.contains("10.0.0.8 "), "{}", door.stdout);
    // Only a client that does not boot sends that vendor class.
    let phone = run_on(site.as_bytes(), &["trace", "10.0.0.78", "-"]).ended(0).stdout;
    assert!(phone.contains("\nas plain: ") && phone.contains("10.0.0.9 "), "{phone}");
}

/// A renewal has no option 82; each DHCP server does something else then.
#[test]
fn classes_by_the_relay_say_what_becomes_of_a_renewal() {
    for (dhcp, os, said) in [
        ("isc", "", "dhcpd uses the values that the relay sent before, so the classes `port` still apply"),
        ("kea", "", "Kea before 2.6 does not remember it, so the classes `port` no longer apply"),
        (
            "kea",
            ", os: debian-13",
            "Kea uses the values that the relay sent before, so the classes `port` still apply",
        ),
        ("dnsmasq", "", "dnsmasq does not remember it, so the classes `port` no longer apply"),
    ] {
        let site = format!(
            "servers: {{ boot: {{ ip: 10.0.0.2/24, interfaces: [eth0]{os} }} }}
dhcp: {{ daemon: {dhcp} }}
subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 }} }}
classes: {{ port: {{ match: {{ circuit_id: ge-0/0/12 }}, ntp: 10.0.0.8 }} }}
allow: {{ system-lacks: for the test, tftpd-defaults: for the test }}
"
        );
        let text =
            run_on(site.as_bytes(), &["trace", "52:54:00:aa:bb:cc", "-", "--as", "plain"]).ended(0).stdout;
        let note = "note: a client renews its lease without the relay, so without option 82: ";
        assert!(text.contains(&format!("{note}{said}\n")), "{text}");
    }
}

/// A Raspberry Pi sends option 93 as a PC with BIOS does; DHCP recognizes it by its MAC address or by option 97. A trace
/// shows the kinds that the machine can be, and no kind that another one is.
#[test]
fn a_raspberry_pi_is_no_pc() {
    let site = SITE.replace("loaders: {", "loaders: { rpi: bootcode.bin, efi_arm64: arm64.efi,");
    let run = |who: &str, more: &[&str]| {
        run_on(site.as_bytes(), &[&["trace", who, "-", "--from", "lan"], more].concat()).ended(0).stdout
    };
    let kinds = |text: &str| {
        let (shown, nothing) = text.split_once("nothing, no loader: ").unwrap();
        let rows = shown.lines().skip_while(|line| !line.starts_with("AS ")).skip(1);
        let rows = rows.map(|row| row.split_whitespace().next().unwrap());
        rows.chain(nothing.split_whitespace()).map(str::to_owned).collect::<Vec<_>>()
    };
    let uuid = ["--uuid", "hex:00:52:50:69:34:11:31:c0:00:00:00:00:00:00:00:00:00"];
    for (who, more) in
        [("dc:a6:32:00:00:0a", &[][..]), ("52:54:00:00:00:aa", &uuid), ("00:1b:21:00:00:01", &uuid)]
    {
        let text = run(who, more);
        assert!(text.contains("note: it is a Raspberry Pi, by its "), "{text}");
        let wanted = [
            "efi_arm64",
            "http_arm64",
            "rpi",
            "plain",
            "efi_arm32",
            "http_arm32",
            "uboot_arm32",
            "uboot_arm64",
        ];
        assert_eq!(kinds(&text), wanted, "{text}");
        // Whoever asks for it sees what DHCP makes of such a client.
        let bios = run(who, &[more, &["--as", "bios"]].concat());
        assert!(bios.contains("bootcode.bin, which decides what comes next"), "{bios}");
        assert!(bios.contains("note: DHCP recognizes this client as `rpi`"), "{bios}");
    }
    // A card of another maker.
    let text = run("00:1b:21:00:00:01", &[]);
    let pc = kinds(&text);
    assert!(pc.contains(&"bios".to_owned()) && !pc.contains(&"rpi".to_owned()), "{text}");
    assert!(!text.contains("Raspberry"), "{text}");
    // An address that is set by hand may be any machine's, but not with the UUID of a PC.
    let unknown = kinds(&run("52:54:00:00:00:aa", &[]));
    assert!(["bios", "rpi"].iter().all(|kind| unknown.iter().any(|known| known == kind)), "{unknown:?}");
    let pc = kinds(&run("52:54:00:00:00:aa", &["--uuid", "4c4c4544-0042-3510-8052-b4c04f564432"]));
    assert!(!pc.contains(&"rpi".to_owned()), "{pc:?}");
}

/// A trace asks as a Raspberry Pi does: option 93 is 0, and option 97 says what it is if the MAC address does not.
#[test]
fn a_raspberry_pi_asks_as_a_bios_client() {
    for (mac, by_uuid) in [([0xdc, 0xa6, 0x32, 0, 0, 1], false), ([0, 0x1b, 0x21, 0, 0, 1], true)] {
        with_site(Path::new("tests/cases/boards/site.yaml"), &[], |site| {
            let kinds = [TracedKind::of("rpi").unwrap()];
            let trace = follow(site, Who::new(None, mac, 0), &kinds, &Report::new(), None).unwrap();
            let asks = trace.clients[0].stages[0].asks.as_ref().unwrap();
            assert_eq!(
                (asks.vendor_class.as_str(), &asks.arch[..]),
                ("PXEClient:Arch:00000:UNDI:002001", &[0][..])
            );
            assert_eq!(asks.uuid.starts_with(b"\0RPi"), by_uuid);
        });
    }
}
