//! `ipxegen import` of files that somebody else wrote.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::tempdir;

use crate::support::program::run_in;

const SUBNET: &str = "subnet 10.0.0.0 netmask 255.255.255.0 { option routers 10.0.0.1; }\n";

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).unwrap();
}

/// The name of a file is in comments; a line break in it would end them.
#[test]
fn no_file_name_and_no_comment_adds_a_key() {
    let folder = tempdir().unwrap();
    let name = "a\nname: injected\n#.conf";
    let hosts: String =
        (1..=60).map(|at| format!("host h{at} {{ hardware ethernet 52:54:00:00:00:{at:02x}; }}\n")).collect();
    let comment = "# one\rname: injected\u{85}name: injected\u{2028}name: injected\n";
    let subnet = format!("{comment}subnet 10.0.1.0 netmask 255.255.255.0 {{}}\n");
    write(folder.path(), name, &format!("{SUBNET}{subnet}{hosts}"));
    let ran = run_in(folder.path(), &["import", "--from", "dhcpd", name, "-o", "out/site.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    for file in ["out/site.yaml", "out/hosts.csv"] {
        let text = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("name: ")), "{text}");
        assert!(!text.contains(['\r', '\u{85}', '\u{2028}']), "{text}");
    }
    let ran = run_in(folder.path(), &["check", "out/site.yaml"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

/// A terminal would act on these characters.
#[test]
fn the_account_shows_control_characters() {
    let folder = tempdir().unwrap();
    write(folder.path(), "dhcpd.conf", &format!("{SUBNET}foo \"\u{1b}[2J\";\n"));
    let ran = run_in(folder.path(), &["import", "dhcpd.conf"]);
    assert!(ran.stderr.contains("left out: foo \"␛[2J\""), "{}", ran.stderr);
}

/// Opening a FIFO waits for its writer, and reading `/proc/kmsg` for a message.
#[test]
fn an_include_of_no_file_does_not_wait() {
    let folder = tempdir().unwrap();
    let fifo = folder.path().join("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let includes = ["fifo", "/proc/kmsg", "/dev/tty", "/proc/self/fd/0", "."]
        .map(|path| format!("include \"{path}\";\n"));
    write(folder.path(), "dhcpd.conf", &format!("{}{SUBNET}", includes.concat()));
    let begin = Instant::now();
    let ran = run_in(folder.path(), &["import", "dhcpd.conf"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("fifo is missing"), "{}", ran.stderr);
    assert!(begin.elapsed() < Duration::from_secs(20));
}

/// Each class is resolved in each subnet, and a site of more than a thousand classes is refused.
#[test]
fn a_site_of_too_many_classes_is_not_checked() {
    let folder = tempdir().unwrap();
    let class = |at: usize| {
        format!(
            "class \"c{at}\" {{ match if option vendor-class-identifier = \"v{at}\"; option time-offset {at}; }}\n"
        )
    };
    let classes = |count: usize| format!("{SUBNET}{}", (0..count).map(class).collect::<String>());
    let remark = "1001 classes, and a site may have 1000";
    for (count, is_said) in [(3, false), (1001, true)] {
        write(folder.path(), "dhcpd.conf", &classes(count));
        let ran = run_in(folder.path(), &["import", "dhcpd.conf"]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        assert_eq!(ran.stderr.contains(remark), is_said, "{}", ran.stderr);
    }
}

/// The settings of a class are resolved in each subnet: 600 classes in 1,000 subnets would be 600,000 times.
#[test]
fn a_site_of_classes_in_too_many_subnets_is_not_checked() {
    let folder = tempdir().unwrap();
    let class = |at: usize| {
        format!(
            "class \"c{at}\" {{ match if option vendor-class-identifier = \"v{at}\"; option time-offset {at}; }}\n"
        )
    };
    let subnet = |at: usize| format!("subnet 10.{}.{}.0 netmask 255.255.255.0 {{ }}\n", at >> 8, at & 255);
    let text: String = (0..600).map(class).chain((0..1_000).map(subnet)).collect();
    write(folder.path(), "dhcpd.conf", &text);
    let ran = run_in(folder.path(), &["import", "dhcpd.conf", "-o", "site.yaml"]).ended(0);
    let remark = "the site has classes that count in 600000 subnets, added up over all classes, and 500000 are the most";
    assert!(ran.stderr.contains(remark), "{}", ran.stderr);
    let ran = run_in(folder.path(), &["check", "site.yaml"]).ended(1);
    assert!(ran.stdout.contains("the classes count in 600000 subnets"), "{}", ran.stdout);
}

/// Fifteen files that each include the next one ten times would be 10^15 files.
#[test]
fn includes_do_not_multiply() {
    let folder = tempdir().unwrap();
    for at in 0..15 {
        let include = format!("include \"f{}.conf\";\n", at + 1);
        write(folder.path(), &format!("f{at}.conf"), &include.repeat(10));
    }
    write(folder.path(), "f15.conf", "default-lease-time 60;\n");
    let ran = run_in(folder.path(), &["import", "--from", "dhcpd", "f0.conf"]);
    assert!(
        ran.stderr.contains("left out: include \"f1.conf\": the includes add up to too much"),
        "{}",
        ran.stderr
    );
}

/// The same of Kea's files, of which eight may be in a chain.
#[test]
fn includes_of_kea_do_not_multiply() {
    let folder = tempdir().unwrap();
    for at in 0..7 {
        let includes = format!("<?include \"k{}.json\"?>\n", at + 1).repeat(50);
        let text = if at == 0 { format!("{{ \"Dhcp4\": {{ {includes} }} }}") } else { includes };
        write(folder.path(), &format!("k{at}.json"), &text);
    }
    write(folder.path(), "k7.json", "\"authoritative\": true,\n");
    let ran = run_in(folder.path(), &["import", "--from", "kea", "k0.json"]);
    let told = ran.stderr.matches("the includes add up to too much: ").count();
    assert_eq!(told, 1, "{}", ran.stderr);
}

/// A pattern may fit every file of the machine, and a folder may have more than the memory.
#[test]
fn an_include_searches_one_folder() {
    let folder = tempdir().unwrap();
    let begin = Instant::now();
    for pattern in ["/**/nothing", "/*/*/*/*/*/*/*/nothing", "/proc/?*/task/*/nothing"] {
        write(folder.path(), "dnsmasq.conf", &format!("conf-file={pattern}\ndhcp-range=10.0.0.1,10.0.0.9\n"));
        let ran = run_in(folder.path(), &["import", "dnsmasq.conf"]);
        assert!(!ran.stderr.contains("panicked"), "{}", ran.stderr);
    }
    assert!(begin.elapsed() < Duration::from_secs(60));
    fs::create_dir(folder.path().join("many")).unwrap();
    for at in 0..3 {
        let file = fs::File::create(folder.path().join(format!("many/{at}.conf"))).unwrap();
        file.set_len(30_000_000).unwrap();
    }
    let many = folder.path().join("many");
    write(folder.path(), "dnsmasq.conf", &format!("conf-dir={},*.conf\n", many.display()));
    let ran = run_in(folder.path(), &["import", "dnsmasq.conf"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert!(ran.stderr.contains("64000000 bytes, are included"), "{}", ran.stderr);
}

/// The table of hosts is not left behind if site.yaml cannot be written, and no link is followed.
#[test]
fn all_files_are_written_or_none() {
    let folder = tempdir().unwrap();
    let hosts: String =
        (1..=60).map(|at| format!("host h{at} {{ hardware ethernet 52:54:00:00:00:{at:02x}; }}\n")).collect();
    write(folder.path(), "dhcpd.conf", &format!("{SUBNET}{hosts}"));
    let names = || {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    write(folder.path(), "site.yaml", "mine\n");
    fs::create_dir(folder.path().join("folder")).unwrap();
    std::os::unix::fs::symlink("elsewhere", folder.path().join("link")).unwrap();
    let before = names();
    for output in ["site.yaml", "folder", "link"] {
        let ran = run_in(folder.path(), &["import", "dhcpd.conf", "-o", output]);
        assert_eq!(ran.code, Some(2), "{}", ran.stderr);
        assert!(ran.stderr.contains("exists, and import replaces no file"), "{}", ran.stderr);
        assert_eq!(names(), before);
    }
    write(folder.path(), "hosts.csv", "mine\n");
    let ran = run_in(folder.path(), &["import", "dhcpd.conf", "-o", "new.yaml"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
    assert_eq!(fs::read_to_string(folder.path().join("hosts.csv")).unwrap(), "mine\n");
    assert!(!folder.path().join("new.yaml").exists());
}

/// A host's name is a key of the site, and part of the name of its password's file.
#[test]
fn no_name_of_a_host_is_a_path() {
    let folder = tempdir().unwrap();
    let hosts = ["../../x", "a/../../b.c", "/", "...", "\"x, y\"", "ok"];
    let hosts = hosts
        .iter()
        .zip(10..)
        .map(|(name, at)| format!("dhcp-host=52:54:00:00:00:{at},{name},10.7.0.{at}\n"));
    let text = format!("dhcp-range=10.7.0.100,10.7.0.199\n{}", hosts.collect::<String>());
    write(folder.path(), "dnsmasq.conf", &text);
    let ran = run_in(folder.path(), &["import", "dnsmasq.conf", "-o", "site.yaml"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let site = fs::read_to_string(folder.path().join("site.yaml")).unwrap();
    let (_, hosts) = site.split_once("\nhosts:").unwrap();
    assert!(!hosts.contains('/') && hosts.contains("\n  ok:"), "{site}");
    let ran = run_in(folder.path(), &["check", "site.yaml"]);
    assert_eq!(ran.code, Some(0), "{}{}", ran.stdout, ran.stderr);
}

/// Passwords of databases and of iPXE stay in `raw`.
#[test]
fn no_password_in_raw_is_printed() {
    let folder = tempdir().unwrap();
    let kea = r#"{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] },
      "hosts-databases": [ { "type": "mysql", "user": "kea", "password": "geheim-it's-one" } ],
      "option-data": [ { "name": "password", "space": "ipxe", "code": 191, "data": "geheim-two" },
        { "space": "ipxe", "code": 193, "data": "other-geheim" } ],
      "subnet4": [ { "id": 1, "subnet": "10.7.0.0/24", "pools": [ { "pool": "10.7.0.100 - 10.7.0.199" } ] } ] } }"#;
    let dnsmasq = "dhcp-range=10.7.0.100,10.7.0.199\ndhcp-match=set:x,60,foo\n\
                   dhcp-option=encap:175,191,\"geheim-three\"\ndhcp-option=tag:x,encap:175,193,geheim-four\n";
    for (name, text) in [("kea-dhcp4.conf", kea), ("dnsmasq.conf", dnsmasq)] {
        write(folder.path(), name, text);
        for arguments in [&["import", name][..], &["import", name, "--format", "json"]] {
            let ran = run_in(folder.path(), arguments);
            let told = format!("{}{}", ran.stdout, ran.stderr);
            assert!(!told.contains("geheim"), "{told}");
            assert!(told.contains("`raw` has secrets: only `-o` writes them"), "{told}");
        }
    }
    let ran = run_in(folder.path(), &["import", "dnsmasq.conf", "-o", "site.yaml"]);
    assert!(!ran.stderr.contains("geheim"), "{}", ran.stderr);
    assert!(!fs::read_to_string(folder.path().join("site.yaml")).unwrap().contains("geheim"));
    assert!(fs::read_to_string(folder.path().join("raw.yaml")).unwrap().contains("geheim-four"));
}

/// A site may have the passwords of files that only root could read.
#[test]
fn only_its_owner_reads_the_site() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempdir().unwrap();
    let key = "key k { algorithm hmac-md5; secret \"geheimgeheim\"; }\n";
    write(folder.path(), "dhcpd.conf", &format!("{key}{SUBNET}"));
    let ran = run_in(folder.path(), &["import", "dhcpd.conf", "-o", "site.yaml"]);
    assert!(!ran.stderr.contains("geheim"), "{}", ran.stderr);
    let mode = fs::metadata(folder.path().join("site.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0, "{mode:o}");
}
