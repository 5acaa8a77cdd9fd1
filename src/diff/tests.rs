use super::dhcp_subjects::COMMON_ONLY;
use super::{Changed, Reader, Words, read_dhcpd, read_dnsmasq, read_kea, unified, words};

fn dhcpd(old: &str, new: &str) -> Vec<String> {
    words(&[Changed { read: Some(read_dhcpd), old: Some(old), new: Some(new), ..Changed::default() }]).lines
}

#[test]
fn a_group_speaks_for_its_hosts() {
    let hosts: String = (1..=7)
        .map(|n| {
            format!(
                "host h{n} {{\n\thardware ethernet 52:54:00:00:00:0{n};\n\toption host-name \"h{n}\";\n}}\n"
            )
        })
        .collect();
    let file = |server: &str| format!("# desktops\ngroup {{\n\tnext-server {server};\n{hosts}}}\n");
    assert_eq!(
        dhcpd(&file("10.0.0.1"), &file("10.0.0.2")),
        ["7 hosts (h1, h2, h3, h4, h5 …): next-server 10.0.0.1 → 10.0.0.2"]
    );
    // A group more or less around the same hosts is no difference.
    assert_eq!(dhcpd(&hosts, &format!("group {{\n{hosts}}}\n")), [""; 0]);
}

#[test]
fn a_guard_around_a_statement_is_no_difference() {
    let bare = "host a {\n\toption root-path \"iscsi:10.0.0.1::::iqn.2020-01.a:b\";\n}\n";
    let guarded = "host a {\n\tif not (config-option ipxegen.netboot-none = 01) {\n\toption root-path \"iscsi:10.0.0.1::::iqn.2020-01.a:b\";\n\t}\n}\n";
    assert_eq!(dhcpd(bare, guarded), [""; 0]);
}

#[test]
fn a_root_path_is_compared_part_by_part_where_it_has_parts() {
    let host = |path: &str| format!("host a {{ option root-path \"{path}\"; }}");
    let between = |old: &str, new: &str| dhcpd(&host(old), &host(new));
    assert_eq!(
        between("iscsi:s::::iqn.a:b:c", "iscsi:s:::2:iqn.a:b:d"),
        ["host a: root-path LUN 0 → 2; root-path target iqn.a:b:c → iqn.a:b:d"]
    );
    assert_eq!(between("iscsi:s::::i", "iscsi:s::3260:0:i"), [""; 0], "what is left out has a value too");
    let six = ["iscsi:[2001:db8::1]::::i", "iscsi:[2001:db8::2]::::i"];
    assert_eq!(between(six[0], six[1]), [format!("host a: root-path {} → {}", six[0], six[1])]);
    assert_eq!(between("nfs:a", ""), ["host a: root-path nfs:a → \"\""]);
}

#[test]
fn quotes_and_comments_do_not_end_a_statement() {
    let file = |name: &str| {
        format!(
            "# a {{ in a comment; }}\nhost a {{ # note\n\toption host-name \"{name}\"; # x }}\n\tfixed-address 10.0.0.1;\n}}\n"
        )
    };
    assert_eq!(dhcpd(&file("a;} \\\" {"), &file("b")), ["host a: host-name \"a;} \\\" {\" → b"]);
}

#[test]
fn foreign_text_is_read_as_far_as_it_goes() {
    assert_eq!(dhcpd("\"", "host a { fixed-address 10.0.0.1; }"), ["host a added"]);
}

#[test]
fn lines_are_those_of_diff_u() {
    assert_eq!(unified("/x", Some("a\n"), Some("a\n")), "");
    assert_eq!(
        unified("/x", None, Some("a\nb")),
        "--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n"
    );
    assert_eq!(unified("/x", Some("a\n"), None), "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
    let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
    let new = old.replace("10\n", "ten\n").replace("20\n", "");
    assert_eq!(
        unified("/x", Some(&old), Some(&new)),
        "--- a/x\n+++ b/x\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n@@ -17,4 +17,3 @@\n 17\n 18\n 19\n-20\n"
    );
    assert_eq!(unified("/x", None, Some("")), "--- /dev/null\n+++ b/x\n");
}

const DHCPD: &str = "# lan
subnet 10.0.0.0 netmask 255.255.255.0 {
	option routers 10.0.0.1;
	option domain-name-servers 10.0.0.2, 10.0.0.3;
	option domain-name \"a.example\";
	range 10.0.0.100 10.0.0.199;
	filename \"ipxe.efi\";
}
default-lease-time 600;
host a { hardware ethernet 52:54:00:00:00:01; fixed-address 10.0.0.11; option host-name \"a\"; }
host b { hardware ethernet 52:54:00:00:00:02; fixed-address 10.0.0.12; option host-name \"b\"; }
host b-2 { hardware ethernet 52:54:00:00:00:03; fixed-address 10.0.0.12; option host-name \"b\"; }
host c { hardware ethernet 52:54:00:00:00:04; }
";

const KEA: &str = r#"// Made by "ipxegen".
{ "Dhcp4": { # comments are allowed
  "reservations": [
    {"hw-address":"52:54:00:00:00:01","client-classes":["x"]},
    {"hw-address":"52:54:00:00:00:04"}
  ],
  "subnet4": [ /* "a" */
    { "subnet": "10.0.0.0/24", "pools": [{"pool":"10.0.0.100 - 10.0.0.199"}],
      "option-data": [{"code":3,"data":"10.0.0.1"},{"code":6,"data":"10.0.0.2, 10.0.0.3"},{"code":175,"data":"\\\"//"},
        {"code":15,"csv-format":false,"data":"612e6578616d706c65"}],
      "reservations": [
        {"hw-address":"52:54:00:00:00:01","ip-address":"10.0.0.11","hostname":"a"},
        {"hw-address":"52:54:00:00:00:02","ip-address":"10.0.0.12","hostname":"b"},
        {"hw-address":"52:54:00:00:00:03","ip-address":"10.0.0.12","hostname":"b"}
      ] }
  ] } }
"#;

const FULL_KEA: &str = r#"
{ "Dhcp4": {
  "authoritative": true,
  "client-classes": [{"name":"lan.efi_x64","test":"member('x')","boot-file-name":"ipxe.efi","only-if-required":true}],
  "subnet4": [
    { "subnet": "10.0.0.0/24", "id": 1, "valid-lifetime": 900, "require-client-classes": ["lan.efi_x64"],
      "pools": [{"pool":"10.0.0.200 - 10.0.0.209","client-class":"KNOWN"}],
      "option-data": [{"code":6,"data":"10.0.0.2, 10.0.0.3"},{"code":15,"csv-format":false,"data":"612e6578616d706c65"}],
      "reservations": [
        {"hw-address":"52:54:00:00:00:01","ip-address":"10.0.0.11","hostname":"a","option-data":[
          {"code":17,"data":"iscsi:10.0.0.9/iqn.a"},{"code":203,"csv-format":false,"data":"0a01"},
          {"code":175,"csv-format":false,"data":"b00101e00161"}],"client-classes":["own"]}
      ] }
  ] } }
"#;

const DNSMASQ: &str = "port=0
dhcp-range=set:net-lan,10.0.0.0,static,255.255.255.0,10.0.0.255,600
dhcp-range=tag:known,set:net-lan,10.0.0.100,10.0.0.199,255.255.255.0,10.0.0.255,600
dhcp-option=tag:net-lan,tag:!no-3,3,10.0.0.1
dhcp-option=tag:net-lan,6,10.0.0.2,10.0.0.3
dhcp-option=tag:net-lan,15,\"a.example\"
dhcp-option=tag:group-x,6,10.0.0.9
dhcp-host=52:54:00:00:00:01,set:group-x,10.0.0.11,a
dhcp-host=52:54:00:00:00:02,52:54:00:00:00:03,10.0.0.12,b
dhcp-host=52:54:00:00:00:04,set:no-name
";

/// The DHCP server is another one, and its file has the same hosts and subnets.
fn replaced(old: (Reader, &str), new: (Reader, &str)) -> Words {
    words(&[
        Changed { read: Some(old.0), old: Some(old.1), ..Changed::default() },
        Changed { read: Some(new.0), new: Some(new.1), ..Changed::default() },
    ])
}

#[test]
fn another_dhcp_server_has_the_same_hosts_and_subnets() {
    let servers: [(Reader, &str); 3] = [(read_dhcpd, DHCPD), (read_kea, KEA), (read_dnsmasq, DNSMASQ)];
    for (at, old) in servers.into_iter().enumerate() {
        for (other, new) in servers.into_iter().enumerate().filter(|(other, _)| *other != at) {
            let words = replaced(old, new);
            assert_eq!((words.gone, words.added, words.changed), (0, 0, 0), "{at} → {other}");
            assert_eq!(words.lines, [COMMON_ONLY], "{at} → {other}");
        }
    }
    let moved = replaced(servers[0], (read_kea, &KEA.replace("10.0.0.11", "10.0.0.21")));
    assert_eq!(moved.lines, [COMMON_ONLY, "host a: address 10.0.0.11 → 10.0.0.21"]);
}

#[test]
fn hosts_and_subnets_of_kea_and_dnsmasq_are_named() {
    let kea = |old: &str, new: &str| replaced((read_kea, old), (read_kea, new)).lines;
    let without = KEA.replace(":02\"", ":05\"").replace(":03\"", ":05\"");
    assert_eq!(kea(KEA, &without), ["host b: mac 52:54:00:00:00:02, 52:54:00:00:00:03 → 52:54:00:00:00:05"]);
    assert_eq!(
        kea(KEA, &KEA.replace("10.0.0.199", "10.0.0.150")),
        ["subnet 10.0.0.0/24: range 10.0.0.100 10.0.0.199 → 10.0.0.100 10.0.0.150"]
    );
    // Other facts of Kea's, too: options, classes, and the parameters of `raw`.
    for (old, new, line) in [
        (
            "10.0.0.2, 10.0.0.3",
            "10.0.0.2",
            "subnet 10.0.0.0/24: domain-name-servers 10.0.0.2, 10.0.0.3 → 10.0.0.2",
        ),
        ("612e", "622e", "subnet 10.0.0.0/24: domain-name a.example → b.example"),
        ("/iqn.a", "/iqn.b", "host a: root-path iscsi:10.0.0.9/iqn.a → iscsi:10.0.0.9/iqn.b"),
        ("0a01", "0a02", "host a: option 203 0a01 → 0a02"),
        ("e00161", "e00162", "host a: ipxe option 224 a → b"),
        ("[\"own\"]", "[\"own\",\"more\"]", "host a: class more added"),
        ("ipxe.efi", "shim.efi", "class lan.efi_x64: boot-file-name ipxe.efi → shim.efi"),
        ("member('x')", "member('y')", "class lan.efi_x64: test member('x') → member('y')"),
        ("\"authoritative\": true", "\"authoritative\": false", "dhcp: authoritative true → false"),
        ("900", "600", "subnet 10.0.0.0/24: valid-lifetime 900 → 600"),
        (
            "\"KNOWN\"",
            "\"UNKNOWN\"",
            "subnet 10.0.0.0/24: range 10.0.0.200 10.0.0.209 for KNOWN → 10.0.0.200 10.0.0.209 for UNKNOWN",
        ),
    ] {
        assert_eq!(kea(FULL_KEA, &FULL_KEA.replace(old, new)), [line], "{old}");
    }
    let dnsmasq = |old: &str, new: &str| replaced((read_dnsmasq, old), (read_dnsmasq, new)).lines;
    let more = format!("{DNSMASQ}dhcp-host=52:54:00:00:00:07,10.0.0.17,g\n");
    assert_eq!(dnsmasq(DNSMASQ, &more), ["host g added to lan"]);
    assert_eq!(
        dnsmasq(DNSMASQ, &DNSMASQ.replace(",10.0.0.3", "")),
        ["subnet lan: domain-name-servers 10.0.0.2, 10.0.0.3 → 10.0.0.2"]
    );
}

/// A file whose lines are never shown has no fact that may be a secret.
#[test]
fn of_a_secret_file_hosts_are_counted() {
    let old = format!(
        "{DHCPD}key k {{ secret \"s3cret\"; }}\nhost z {{ hardware ethernet 52:54:00:00:00:09; option ipxe.password \"s3cret\"; }}\n"
    );
    let words = words(&[Changed {
        read: Some(read_dhcpd),
        old: Some(&old),
        new: Some("omapi-port 1;"),
        is_secret: true,
    }]);
    assert_eq!(words.gone, 5);
    assert!(!format!("{words:?}").contains("s3cret"));
}

#[test]
fn a_statement_without_a_value_is_named_alone() {
    assert_eq!(
        dhcpd("authoritative;;\nlog-facility local7;\n", "log-facility local6;\nping-check;\n"),
        ["dhcp: authoritative removed; log-facility local7 → local6; ping-check added"]
    );
}
