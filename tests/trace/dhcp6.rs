use std::path::Path;

use ipxegen::dhcp::{Address6, Client6, Policy6, answer6};
use ipxegen::model::DhcpDaemon;
use ipxegen::report::Report;
use ipxegen::trace::{TracedKind, follow};
use serde_json::Value;

use super::rendered::{machines, sites};
use super::traced;
use crate::support::answers::with_site;
use crate::support::program::run_in;

/// A subnet with IPv6 also has the answers by DHCPv6, which are those of the policy.
#[test]
fn a_trace_has_the_answers_by_dhcpv6() {
    let site = Path::new("tests/cases/dual-stack/site.yaml");
    let (mut answers, mut urls) = (0, 0);
    for path in sites() {
        with_site(&path, &[], |site| {
            let policy = Policy6::new(site);
            let has_server = site.dhcp.as_ref().is_some_and(|dhcp| !dhcp.proxy);
            let is_dnsmasq = site.dhcp.as_ref().is_some_and(|dhcp| dhcp.daemon == DhcpDaemon::Dnsmasq);
            let kinds: Vec<TracedKind> = TracedKind::all().collect();
            for machine in machines(site) {
                let trace = follow(site, machine, &kinds, &Report::new(), None).unwrap();
                let subnet = &site.subnets[trace.who.subnet];
                let at = policy.subnets.iter().position(|scope| std::ptr::eq(scope.subnet, subnet));
                for client in &trace.clients {
                    let Some(at) = at.filter(|_| has_server) else {
                        assert!(client.v6.is_none());
                        continue;
                    };
                    let (arch, is_ipxe) = match client.kind {
                        TracedKind::Plain => (None, false),
                        TracedKind::Ipxe => (Some(0), true),
                        TracedKind::Firmware(kind) => (kind.arch_numbers().first().copied(), false),
                    };
                    let asks = Client6 { subnet: at, mac: trace.who.mac, arch, is_ipxe };
                    let answer = answer6(&policy, &asks).unwrap();
                    let v6 = client.v6.as_ref().unwrap();
                    let url = answer.url.filter(|_| !(answer.is_http && is_dnsmasq));
                    let what = format!("{} as {}", path.display(), client.kind.name());
                    assert_eq!(v6.stages[0].value("bootfile-url"), url, "{what}");
                    let has_address = answer.address != Address6::Nothing;
                    assert_eq!(v6.stages[0].value("address").is_some(), has_address, "{what}");
                    let ends = if client.kind == TracedKind::Plain { has_address } else { url.is_some() };
                    assert_eq!((v6.ends.is_some(), v6.why.is_none()), (ends, ends), "{what}");
                    answers += 1;
                    urls += usize::from(url.is_some());
                }
            }
        });
    }
    assert!(answers > 100 && urls > 20, "{answers} answers, {urls} URLs");
    let run = |arguments: &[&str]| {
        let all = [&["trace", arguments[0], site.to_str().unwrap()], &arguments[1..]].concat();
        run_in(Path::new("."), &all).ended(0).stdout
    };
    let text = run(&["fixed", "--as", "efi_x64"]);
    for said in [
        "\nfirmware's DHCPv6\n  address        2001:db8:0:2::11 ",
        "  bootfile-url   tftp://[2001:db8:0:2::200]/ipxe.efi ",
        "    boot:/srv/tftp/ipxe.efi\n",
        "\niPXE's DHCPv6\n  bootfile-url  http://[2001:db8:0:2::200]:8080/install.ipxe ",
        "text for dhcpd6, which is not read",
    ] {
        assert!(text.contains(said), "{said}:\n{text}");
    }
    let text = run(&["00:1b:21:00:00:01", "--from", "office"]);
    for said in [
        "\nAS          BY IPV6\n",
        "\nefi_arm64   tftp://[2001:db8:0:1::200]/arm64/ipxe.efi\n",
        "\nhttp_x64    http://[2001:db8:0:1::200]:8080/tftpboot/ipxe.efi\n",
        "\nipxe        http://[2001:db8:0:1::200]:8080/install.ipxe\n",
        "\nplain       an address\n",
        "\nnothing by IPv6, no loader: efi_ia32 ",
    ] {
        assert!(text.contains(said), "{said}:\n{text}");
    }
    let root = tempfile::tempdir().unwrap();
    let text = run(&["fixed", "--as", "efi_x64", "--root", root.path().to_str().unwrap()]);
    let v6 = text.split_once("DHCPv6\n").unwrap().1;
    assert!(v6.contains("boot:/srv/tftp/ipxe.efi:\n    error["), "{text}");
    let text = run(&["00:1b:21:00:00:01", "--from", "lab"]);
    assert!(text.contains("nothing by IPv6, `netboot: known`: only hosts"), "{text}");
    assert!(text.contains("nothing by IPv6, no address: plain"), "{text}");
    let text = run(&["00:1b:21:00:00:01", "--from", "guests", "--as", "bios", "--as", "plain"]);
    assert!(text.contains("note: no boot file: `netboot: none` in this subnet"), "{text}");
    let json = run(&["fixed", "--as", "efi_x64", "--format", "json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let v6 = &json["clients"][0]["dhcp6"];
    assert_eq!(v6["ends"], "tftp://[2001:db8:0:2::200]/ipxe.efi");
    assert_eq!((&v6["known"], &v6["why"]), (&Value::from(true), &Value::Null));
    assert_eq!(v6["stages"][0]["stage"], "firmware_dhcp6");
    assert_eq!(v6["stages"][0]["values"][0]["place"]["line"], 32);
    assert_eq!(traced(&["pc1", "--as", "bios"])["clients"][0]["dhcp6"], Value::Null);
}
