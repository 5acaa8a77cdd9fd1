use std::path::Path;

use ipxegen::model::Mac;
use serde_json::Value;

use crate::support::program::{Ran, run_in, run_on};

/// The answers by DHCPv6.
mod dhcp6;
/// `--root`: the files and folders of a boot.
mod files;
/// Classes and Raspberry Pis: the values by which a client is recognized.
mod kinds_of_client;
/// The layer of each value, and text in `raw`, which is not read.
mod layers;
/// Every boot of every site against the policy, and its menu against the rendered script.
mod rendered;

const SITE: &str = "name: Site
servers: { boot: { ip: 10.0.0.2, interfaces: eth0 } }
loaders: { bios: undionly.kpxe, efi_x64: ipxe.efi }
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110, routers: 10.0.0.1 }
  staff: { cidr: 10.1.0.0/24, ranges: 10.1.0.100-10.1.0.110, routers: 10.1.0.1, netboot: known }
  closed: { cidr: 10.2.0.0/24, ranges: 10.2.0.100-10.2.0.110, routers: 10.2.0.1, unknown_clients: deny }
  quiet: { cidr: 10.3.0.0/24, ranges: 10.3.0.100-10.3.0.110, netboot: none }
hosts:
  pc1: { mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, boot: tool, autoboot: true }
  pc2: { mac: \"52:54:00:00:00:02\", boot: san }
  pc3: { nics: [{ mac: \"52:54:00:00:00:03\", ip: 10.0.0.13 }, { mac: \"52:54:00:00:00:04\", ip: 10.1.0.13 }] }
  printer: { mac: \"52:54:00:00:00:05\", ip: 10.0.0.15, netboot: none }
boot_entries:
  tool: { kind: linux, dir: tool, kernel: vmlinuz, initrd: initrd.img, cmdline: [quiet] }
menu: { items: [tool, local, san, exit], default: local, timeout: 20s }
";

fn trace(arguments: &[&str]) -> Ran {
    let (who, rest) = arguments.split_first().unwrap();
    run_on(SITE.as_bytes(), &[&["trace", who, "-"], rest].concat())
}

fn traced(arguments: &[&str]) -> Value {
    let ran = trace(&[arguments, &["--format", "json"]].concat()).ended(0);
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn a_machine_has_many_names() {
    for (who, from, host, mac, subnet) in [
        ("pc1", None, Some("pc1"), "52:54:00:00:00:01", "lan"),
        ("PC1", None, Some("pc1"), "52:54:00:00:00:01", "lan"),
        ("10.0.0.11", None, Some("pc1"), "52:54:00:00:00:01", "lan"),
        ("5254.0000.0001", None, Some("pc1"), "52:54:00:00:00:01", "lan"),
        ("pc3", Some("staff"), Some("pc3"), "52:54:00:00:00:04", "staff"),
        ("10.1.0.13", None, Some("pc3"), "52:54:00:00:00:04", "staff"),
        ("pc2", Some("staff"), Some("pc2"), "52:54:00:00:00:02", "staff"),
        ("52:54:00:aa:bb:cc", Some("lan"), None, "52:54:00:aa:bb:cc", "lan"),
        ("10.1.0.105", None, None, "02:00:00:00:00:01", "staff"),
    ] {
        let from: Vec<&str> = from.into_iter().flat_map(|from| ["--from", from]).collect();
        let trace = traced(&[&[who][..], &from, &["--as", "bios"]].concat());
        let got = (&trace["host"], &trace["mac"], &trace["subnet"]);
        assert_eq!(got, (&Value::from(host), &Value::from(mac), &Value::from(subnet)), "{who}");
        assert!(Mac::parse(mac).is_ok());
    }
}

#[test]
fn who_is_not_there() {
    for (arguments, said) in [
        (
            &["pc11"][..],
            "`pc11` is no host of the site, and no MAC or IP address\n  |\n  = help: did you mean `pc1`?",
        ),
        (&["pc2"], "pc2 has no fixed address, so its subnet is not known"),
        (&["52:54:00:aa:bb:cc"], "one of `lan`, `staff`, `closed`, `quiet`"),
        (&["pc1", "--from", "x"], "--from: the site has no subnet `x`"),
        (&["10.9.0.1"], "10.9.0.1 is in no subnet of the site"),
        (&["10.0.0.2"], "10.0.0.2 is the server `boot`"),
    ] {
        let ran = trace(arguments).ended(1).says(said);
        assert!(ran.stdout.is_empty(), "{arguments:?}");
    }
    trace(&["pc1", "--as", "amiga"]).ended(2);
    trace(&["pc1", "--server", "boot"]).ended(2);
    run_on(b"servers: 1\n", &["trace", "x", "-"]).ended(1).says("error[");
}

/// The file of a class is not iPXE unless its name says so, or it is a loader of the site.
#[test]
fn a_file_that_is_not_ipxe_decides_what_comes_next() {
    for (file, ends) in [
        ("shimx64.efi", "shimx64.efi, which decides what comes next: it is not known to be iPXE"),
        ("wdsnbp.com", "wdsnbp.com, which decides what comes next: it is not known to be iPXE"),
        ("ipxe.efi", "\nas efi_x64: local after 20 s\n"),
    ] {
        let site =
            format!("{SITE}classes: {{ other: {{ match: {{ mac: \"52:54:00:aa:*\" }}, file: {file} }} }}\n");
        let who = ["trace", "52:54:00:aa:bb:cc", "-", "--from", "lan", "--as", "efi_x64"];
        let text = run_on(site.as_bytes(), &who).ended(0).stdout;
        assert!(text.contains(ends), "{text}");
    }
}

/// iPXE gets it in place of the script, and again if it is iPXE.
#[test]
fn the_file_of_a_host_is_for_ipxe_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let site = "tests/cases/one-file/site.yaml";
    let shown = run_in(root, &["trace", "b", site, "--as", "bios"]).ended(0).stdout;
    assert!(shown.starts_with("b (52:54:00:00:00:02) in dark\n\nas bios: pxelinux.0, which"), "{shown}");
    let shown = run_in(root, &["trace", "b", site, "--as", "ipxe"]).ended(0).stdout;
    assert!(shown.contains("as ipxe: pxelinux.0, in place of the script\n"), "{shown}");
    let folder = tempfile::tempdir().unwrap();
    let with = folder.path().join("with.yaml");
    std::fs::write(&with, "groups: { old: { file: undionly.kpxe } }\n").unwrap();
    let shown =
        run_in(root, &["trace", "a", site, "--as", "bios", "--with", with.to_str().unwrap()]).ended(0).stdout;
    assert!(shown.contains("iPXE gets undionly.kpxe again and loads itself for ever"), "{shown}");
}

/// An address that no machine has is none of a stranger's.
#[test]
fn the_address_of_a_network_is_no_machine() {
    for (ip, said) in [
        ("10.0.0.0", "10.0.0.0 is the network address of `lan`, which no machine has"),
        ("10.0.0.255", "10.0.0.255 is the broadcast address of `lan`, which no machine has"),
    ] {
        run_on(SITE.as_bytes(), &["trace", ip, "-"]).ended(1).says(said);
    }
    let router = run_on(SITE.as_bytes(), &["trace", "10.0.0.1", "-", "--as", "plain"]).ended(0).stdout;
    assert!(router.contains("10.0.0.1 is a router here"), "{router}");
}

/// Every kind of client that has a loader is kept from it by the same word.
#[test]
fn a_stranger_where_only_hosts_boot_has_one_reason() {
    let trace = trace(&["52:54:00:aa:bb:cc", "--from", "staff"]).stdout;
    let nothing: Vec<&str> = trace.lines().filter(|line| line.starts_with("nothing")).collect();
    assert_eq!(nothing.len(), 1, "{trace}");
    assert!(nothing[0].contains("netboot: known"), "{trace}");
}

/// Why a client gets nothing, by the place that decides it.
#[test]
fn a_boot_that_stops_says_why() {
    for (arguments, stage, why) in [
        (&["pc1", "--as", "efi_arm64"][..], "firmware_dhcp", "no loader for efi_arm64"),
        (&["printer", "--as", "bios"], "firmware_dhcp", "no boot file for this machine"),
        (
            &["52:54:00:aa:bb:cc", "--from", "staff", "--as", "bios"],
            "firmware_dhcp",
            "`netboot: known`: only hosts of the site get a boot file here",
        ),
        (
            &["52:54:00:aa:bb:cc", "--from", "closed", "--as", "bios"],
            "firmware_dhcp",
            "DHCP gives strangers no address in `closed` (`unknown_clients: deny`)",
        ),
        (&["10.3.0.5", "--as", "efi_x64"], "firmware_dhcp", "`netboot: none` in this subnet"),
    ] {
        let trace = traced(arguments);
        let client = &trace["clients"][0];
        assert_eq!(
            (&client["stopped"]["stage"], &client["stopped"]["why"]),
            (&stage.into(), &why.into()),
            "{arguments:?}"
        );
        assert_eq!(client["ends"], format!("nothing: {why}"));
    }
    // The menu selects an entry that cannot start on this machine.
    let trace = traced(&["pc2", "--from", "lan", "--as", "bios"]);
    let stop = &trace["clients"][0]["stopped"];
    assert_eq!(
        (stop["stage"].as_str(), stop["finding"].as_str()),
        (Some("default"), Some("san-without-disk"))
    );
}

#[test]
fn the_summary_has_a_line_for_each_kind() {
    let shown = trace(&["pc1"]).ended(0).stdout;
    let expected = "\
pc1 (52:54:00:00:00:01) in lan

AS        FIRST STAGE                        STARTS
bios      tftp://10.0.0.2/undionly.kpxe      tool after 3 s, without the menu
efi_x64   tftp://10.0.0.2/ipxe.efi           tool after 3 s, without the menu
http_x64  http://10.0.0.2/tftpboot/ipxe.efi  tool after 3 s, without the menu
ipxe      -                                  tool after 3 s, without the menu
plain     -                                  an address; it does not boot from the network
nothing, no loader: efi_ia32 efi_arm32 efi_arm64 efi_riscv64 efi_loongarch64 http_ia32 http_arm32 http_arm64 http_riscv64 http_loongarch64 uboot_arm32 uboot_arm64 rpi power
";
    assert_eq!(shown, expected);
}

/// Findings of `check` are shown at the step that they are about.
#[test]
fn findings_are_shown_where_they_matter() {
    let site = SITE
        .replace("{ kind: linux,", "{ kind: linux, only_for: efi_x64,")
        .replace("default: local", "default: tool");
    let ran = run_on(site.as_bytes(), &["trace", "pc3", "-", "--as", "bios"]).ended(0);
    assert!(
        ran.stdout.contains("  warning[default-not-for-client]: `tool` is preselected, and `bios` clients do not see it (<stdin>:"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("iPXE silently selects the first item, `local`"), "{}", ran.stdout);
    assert!(ran.stdout.contains("as bios: local after 20 s\n"), "{}", ran.stdout);
}

/// Other commands have the site first.
#[test]
fn a_site_in_the_place_of_the_machine_is_explained() {
    let ran = run_in("examples/minimal".as_ref(), &["trace", "site.yaml", "pc-1"]).ended(2);
    assert!(ran.stderr.contains("the machine comes first: ipxegen trace pc-1 site.yaml"), "{}", ran.stderr);
}
