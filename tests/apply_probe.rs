//! `apply --probe`: the DHCP server is started with the new files in namespaces of its own, and asked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::apply::{Machine, able};
use crate::diff::{Home, Run};
use crate::support::program::package;
use crate::support::{require, require_root};

const SITE: &str = "\
servers:
  boot: { ip: [10.0.0.2/24, 10.0.9.2/24], interfaces: [eth7, eth8] }
dhcp: { daemon: isc, ping_check: false }
http: none
loaders: { bios: undionly.kpxe, efi_x64: ipxe.efi }
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 }
  second: { cidr: 10.0.9.0/24, ranges: 10.0.9.100-10.0.9.199, routers: 10.0.9.1 }
  relayed: { cidr: 10.0.1.0/24, ranges: 10.0.1.100-10.0.1.199, routers: 10.0.1.1, netboot: known }
  closed: { cidr: 10.0.2.0/24, routers: 10.0.2.1, unknown_clients: deny }
hosts:
  pc1: { mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, boot: shell }
  pc2: { mac: \"52:54:00:00:00:02\", ip: 10.0.2.11 }
allow: { boot-file-in-raw: for the test, daemon-lacks: for the test }
";

/// The site with another DHCP server, and text of its own for it.
fn with(daemon: &str, raw: &str) -> Home {
    let site = SITE.replace("daemon: isc", &format!("daemon: {daemon}"));
    let home = Home::new(&format!("{site}{raw}"));
    fs::create_dir_all(home.path("root/etc")).unwrap();
    // Kea's file belongs to its group.
    fs::write(home.path("root/etc/group"), "root:x:0:\n_kea:x:106:\n").unwrap();
    fs::write(home.path("root/etc/passwd"), "root:x:0:0::/:/bin/sh\n_kea:x:105:106::/:/bin/sh\n").unwrap();
    home
}

fn able_to_start(program: &str) -> bool {
    ["unshare", "setpriv", "ip", program].into_iter().all(require) && require_root()
}

/// The daemons' words in a site, and their programs.
const DAEMONS: [(&str, &str); 3] = [("isc", "dhcpd"), ("kea", "kea-dhcp4"), ("dnsmasq", "dnsmasq")];

fn nothing_changed(home: &Home) {
    let files = walkdir(&home.path("root"));
    assert_eq!(files, [home.path("root/etc/group"), home.path("root/etc/passwd")], "{files:?}");
}

fn walkdir(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            all.extend(walkdir(&entry.path()));
        } else {
            all.push(entry.path());
        }
    }
    all.sort();
    all
}

#[test]
fn a_site_that_is_answered_as_it_says_is_applied() {
    for (daemon, program) in DAEMONS {
        if !able_to_start(program) {
            continue;
        }
        let home = with(daemon, "");
        let run = home.run("apply --root root --yes --probe").ends(0);
        let said = format!("ipxegen: {program} with the new files answers ");
        assert!(run.err.contains(&said) && run.err.contains(" requests as the site says\n"), "{}", run.err);
        assert!(run.out.contains("generation 1 is in place:\n"), "{}", run.out);
    }
}

#[test]
fn text_of_the_site_that_spoils_an_answer_stops_it() {
    let files = [
        ("isc", "raw: { dhcpd: 'filename \"evil.0\";' }\n", "file is evil.0"),
        (
            "kea",
            "raw: { kea: { client-classes: [{ name: evil, test: \"member('ALL')\", boot-file-name: evil.0 }] } }\n",
            "file is evil.0",
        ),
        ("dnsmasq", "raw: { dnsmasq: 'dhcp-boot=evil.0' }\n", "file is evil.0"),
    ];
    for ((daemon, raw, difference), (_, program)) in files.into_iter().zip(DAEMONS) {
        if !able_to_start(program) {
            continue;
        }
        let home = with(daemon, raw);
        let run = home.run("apply --root root --yes --probe").ends(1);
        assert!(run.err.contains(difference), "{}", run.err);
        assert!(run.err.contains("  a stranger in lan as "), "{}", run.err);
        let end = format!("nothing was changed: {program} with the new files does not answer ");
        assert!(run.err.contains(&end), "{}", run.err);
        nothing_changed(&home);
    }
}

/// `allow` accepts a difference where it is meant: for all clients, or for those of a subnet, a class or a host.
#[test]
fn a_difference_that_is_meant_is_accepted() {
    if !able_to_start("dhcpd") {
        return;
    }
    let evil = "raw: { dhcpd: 'filename \"evil.0\";' }";
    let allow = "allow: { answer-differs: we test it, boot-file-in-raw: we test it }";
    let second = "second: { cidr: 10.0.9.0/24,";
    let of_subnet = SITE.replace(second, &format!("{second} {evil}, {allow},"));
    let of_host = SITE.replace("ip: 10.0.0.11,", &format!("ip: 10.0.0.11, {evil}, {allow},"));
    let class = format!("classes: {{ odd: {{ match: {{ user_class: odd }}, {evil}, {allow} }} }}\n");
    let of_site = SITE.replace("allow: {", "allow: { answer-differs: we test it,");
    for site in [of_subnet, of_host, format!("{SITE}{class}"), format!("{of_site}{evil}\n")] {
        let home = Home::new(&site);
        fs::create_dir_all(home.path("root/etc")).unwrap();
        let run = home.run("apply --root root --yes --probe").ends(0);
        assert!(run.err.contains(" requests as the site says; the site accepts "), "{site}\n{}", run.err);
        assert!(run.err.contains(" (`answer-differs`)\n"), "{}", run.err);
    }
    // That of one subnet says nothing about another.
    let lan = "lan: { cidr: 10.0.0.0/24,";
    let home = Home::new(
        &SITE.replace(second, &format!("{second} {evil},")).replace(lan, &format!("{lan} {allow},")),
    );
    fs::create_dir_all(home.path("root/etc")).unwrap();
    let run = home.run("apply --root root --yes --probe").ends(1);
    assert!(
        run.err.contains("\nIf a difference is intended, `allow: { answer-differs: reason }` accepts it\n"),
        "{}",
        run.err
    );
}

#[test]
fn an_interface_that_linux_cannot_have_is_named() {
    if !able_to_start("dhcpd") {
        return;
    }
    for name in ["all", "default"] {
        let home = Home::new(&SITE.replace("eth8", name));
        fs::create_dir_all(home.path("root/etc")).unwrap();
        let run = home.run("apply --root root --yes --probe").ends(2);
        let text =
            format!("Linux has no interface named `{name}`: correct `interfaces` of the server `boot`");
        assert!(run.err.contains(&text), "{}", run.err);
    }
}

/// A class is asked as by one of its clients, through the relay if it asks for option 82.
#[test]
fn text_of_a_class_that_spoils_an_answer_stops_it() {
    if !able_to_start("dhcpd") {
        return;
    }
    for (wanted, subnet) in [("user_class: odd", "lan"), ("circuit_id: \"ge-0/*\"", "relayed")] {
        let class = format!("match: {{ {wanted} }}, raw: {{ dhcpd: 'filename \"evil.0\";' }}");
        let home = with("isc", &format!("classes: {{ odd: {{ {class} }} }}\n"));
        let run = home.run("apply --root root --yes --probe").ends(1);
        assert!(run.err.contains("file is evil.0"), "{}", run.err);
        assert!(run.err.contains(&format!("  a client of the class odd in {subnet}\n")), "{}", run.err);
        nothing_changed(&home);
    }
}

#[test]
fn a_daemon_that_does_not_start_stops_it() {
    let texts = [
        ("isc", "raw: { dhcpd: 'local-address 10.99.0.1;' }\n", "Cannot assign requested address"),
        ("kea", "raw: { kea: { lease-database: { type: memfile, name: /nowhere/x } } }\n", "/nowhere/x"),
        ("dnsmasq", "raw: { dnsmasq: \"enable-tftp\\ntftp-root=/nowhere\" }\n", "/nowhere"),
    ];
    for ((daemon, raw, why), (_, program)) in texts.into_iter().zip(DAEMONS) {
        if !able_to_start(program) {
            continue;
        }
        let home = with(daemon, raw);
        let run = home.run("apply --root root --yes --probe").ends(1);
        let said = format!("ipxegen: nothing was changed: {program} does not run with the new files:\n  ");
        assert!(run.err.contains(&said) && run.err.contains(why), "{program}: {}", run.err);
        nothing_changed(&home);
    }
}

#[test]
fn the_words_of_a_daemon_do_not_tell_a_secret() {
    if !able_to_start("dhcpd") {
        return;
    }
    let home = with("isc", "raw: { dhcpd: 'local-address 10.99.0.1;' }\n");
    fs::write(home.path("secret"), "Tellnobody17").unwrap();
    let disk = "root_path: { iscsi: { server: 10.0.0.9, target: \"iqn.2024-09.org.example:x\", chap: { user: u, password_file: secret } } }";
    let site = fs::read_to_string(home.path("site.yaml")).unwrap();
    home.site(&site.replace("boot: shell }", &format!("boot: shell, {disk} }}")));
    let run = home.run("apply --root root --yes --probe").ends(1);
    assert!(run.err.contains("dhcpd does not run with the new files:\n  Can't bind"), "{}", run.err);
    assert!(!run.err.contains("Tellnobody17") && !run.out.contains("Tellnobody17"), "{}{}", run.out, run.err);
    // The disk's password is in the answer, and another one is not shown either.
    let other = "raw: { dhcpd: 'host x { hardware ethernet 52:54:00:00:00:09; }' }\n";
    home.site(
        &site
            .replace("boot: shell }", &format!("boot: shell, {disk} }}"))
            .replace("raw: { dhcpd: 'local-address 10.99.0.1;' }\n", other),
    );
    let run = home.run("apply --root root --yes --probe").ends(0);
    assert!(!run.err.contains("Tellnobody17") && !run.out.contains("Tellnobody17"), "{}{}", run.out, run.err);
}

/// A stand-in that does as `script` says instead of starting, in a folder that every account can reach.
fn stand_in(name: &str, script: &str) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("stand-in").tempdir_in("/var/tmp").unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().join(name);
    fs::write(&path, format!("#!/bin/sh\ncase \" $* \" in *' -t '*) exit 0 ;; esac\n{script}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn apply_with(home: &Home, programs: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.args(["apply", "--root", "root", "--yes", "--probe"]).args(more).current_dir(home.dir.path());
    let path = format!("{}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin", programs.display());
    command.env("PATH", path).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What the site starts runs as root inside, and reaches nothing of the machine.
#[test]
fn a_daemon_reaches_no_service_and_does_not_choose_the_log() {
    if !able_to_start("dhcpd") || !require("python3") {
        return;
    }
    let home = with("isc", "");
    // /tmp is private inside; this folder is not.
    let outside = tempfile::tempdir_in("/var/tmp").unwrap();
    let socket = outside.path().join("socket");
    let _service = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let connect = format!("import socket; socket.socket(socket.AF_UNIX).connect(\"{}\")", socket.display());
    for (number, log) in ["mkfifo /tmp/log/text", "ln -s /etc/hostname /tmp/log/text"].into_iter().enumerate()
    {
        let script = format!(
            "python3 -c '{connect}' 2>/dev/null && exec sleep 600\n\
             rm /tmp/log/text; {log}; exit 1"
        );
        let programs = stand_in("dhcpd", &script);
        let run =
            Run::of(&apply_with(&home, programs.path(), &["--timeout", "20"]).output().unwrap()).ends(1);
        assert!(run.err.contains("with the new files:\n  it says nothing\n"), "{number}: {}", run.err);
        assert!(!run.err.contains("does not listen"), "{number}: {}", run.err);
    }
}

/// The processes with these words in their command lines.
fn processes(words: &str) -> usize {
    let all = fs::read_dir("/proc").unwrap().map_while(Result::ok);
    let lines = all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| String::from_utf8_lossy(line).replace('\0', " ").contains(words)).count()
}

fn until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(60), "{what}");
        sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_daemon_that_never_listens_is_ended_after_a_time() {
    if !able_to_start("dhcpd") {
        return;
    }
    let words = format!("sleep 7{:07}", std::process::id());
    let programs = stand_in("dhcpd", &format!("echo at work; exec {words}"));
    let home = with("isc", "");
    let run = Run::of(&apply_with(&home, programs.path(), &["--timeout", "1"]).output().unwrap()).ends(1);
    assert!(run.err.contains("it does not listen on UDP port 67 within 1 s\n  at work\n"), "{}", run.err);
    nothing_changed(&home);
    until("the daemon runs on", || processes(&words) == 0);
}

#[test]
fn nothing_is_left_of_a_run_that_is_killed() {
    if !able_to_start("dhcpd") || !require("kill") {
        return;
    }
    for (number, signal) in ["INT", "TERM", "HUP", "KILL"].into_iter().enumerate() {
        let words = format!("sleep 8{:07}{number}", std::process::id());
        let programs = stand_in("dhcpd", &format!("exec {words}"));
        let home = with("isc", "");
        let mut child: Child = apply_with(&home, programs.path(), &["--timeout", "600"]).spawn().unwrap();
        until("the daemon starts", || processes(&words) > 0);
        assert!(
            Command::new("kill")
                .args([&format!("-{signal}"), &child.id().to_string()])
                .status()
                .unwrap()
                .success()
        );
        let ended = Instant::now();
        let status = child.wait().unwrap();
        assert!(ended.elapsed() < Duration::from_secs(10), "{signal}: {:?}", ended.elapsed());
        assert!(!status.success() && status.code().is_none(), "{signal}: {status}");
        nothing_changed(&home);
        until("the daemon runs on", || processes(&words) == 0);
    }
}

#[test]
fn it_needs_root_and_the_daemon() {
    if !able_to_start("dhcpd") {
        return;
    }
    let home = with("isc", "");
    let output = Command::new("setpriv")
        .args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_ipxegen")])
        .args(["apply", "--probe", "--yes", "--root"])
        .arg(home.path("root"))
        .arg(home.path("site.yaml"))
        .output()
        .unwrap();
    let run = Run::of(&output).ends(2);
    assert!(run.err.contains("--probe needs root"), "{}", run.err);
    // A site whose DHCP server is somebody else's has nothing to ask.
    home.site(&SITE.replace("dhcp: { daemon: isc, ping_check: false }", "dhcp: none"));
    let run = home.run("apply --root root --yes --probe").ends(0);
    assert!(
        run.err.contains("boot runs no DHCP server of the site: --probe sends no requests"),
        "{}",
        run.err
    );
}

/// Interfaces, relays, shared networks, a pair of servers and every other thing that the examples have.
#[test]
fn every_example_passes() {
    for (example, server) in [
        ("minimal", "boot"),
        ("branch", "head"),
        ("branch", "branch"),
        ("classroom", "boot"),
        ("iscsi-windows", "boot"),
        ("school", "main"),
    ] {
        if !able_to_start("dhcpd") {
            return;
        }
        let home = with("isc", "");
        let site = package().join("examples").join(example).join("site.yaml");
        let line = format!("apply {} --server {server} --root root --yes --probe", site.display());
        let run = home.run(&line);
        assert!(
            run.err.contains("ipxegen: dhcpd with the new files answers ")
                && run.err.contains("as the site says"),
            "{example}: {}",
            run.err
        );
    }
}

/// A proxy, which is silent to clients that get no file; a pool of two addresses; aliases and VLANs as interfaces.
#[test]
fn odd_sites_pass() {
    let odd = "interfaces: [eth7.5, \"br-lan:1\", \"lo:1\"]";
    for (program, site, text) in [
        ("dnsmasq", "tests/cases/dnsmasq-proxy", None),
        ("dhcpd", "tests/lab/sites/wire", None),
        ("dhcpd", "", Some(SITE.replace("interfaces: [eth7, eth8]", odd))),
    ] {
        if !able_to_start(program) {
            continue;
        }
        let home = with("isc", "");
        let path = match text {
            Some(text) => {
                home.site(&text);
                home.path("site.yaml")
            }
            None => package().join(site).join("site.yaml"),
        };
        let run = home.run(&format!("apply {} --server boot --root root --yes --probe", path.display()));
        let said = format!("ipxegen: {program} with the new files answers ");
        assert!(run.err.contains(&said) && run.err.contains("as the site says"), "{site}: {}", run.err);
    }
}

/// The daemon that was reloaded listens, or the old files come back.
#[test]
fn after_the_exchange_the_server_listens() {
    if !able() || !able_to_start("dhcpd") {
        return;
    }
    let site = SITE.replace(
        "ip: [10.0.0.2/24, 10.0.9.2/24], interfaces: [eth7, eth8]",
        "ip: 10.0.0.2/24, interfaces: [eth0]",
    );
    let machine = Machine::new(&site);
    let run = machine.run("apply /tmp/site.yaml --yes --probe --reload --watch 1 --adopt").ends(0);
    assert!(run.out.contains("isc-dhcp-server listens on UDP port 67\n"), "{}{}", run.out, run.err);
    // A service that says that it started, and did not.
    machine.sh("kill $(pidof dhcpd); while pidof dhcpd; do sleep 0.1; done");
    machine.stand_in("service", "#!/bin/sh\nexit 0\n");
    machine.site(&site.replace("10.0.0.11", "10.0.0.12"));
    let run = machine.run("apply /tmp/site.yaml --yes --probe --reload --watch 0 --timeout 3").ends(2);
    assert!(run.err.contains("isc-dhcp-server does not listen on UDP port 67 after 3 s"), "{}", run.err);
    assert!(run.err.contains("the old files are back"), "{}", run.err);
    machine.sh("grep 10.0.0.11 /etc/dhcp/dhcpd.conf");
}

/// The site with DHCPv6 in two subnets, one of which has no addresses to give, and in one behind a relay.
fn with_six(daemon: &str, raw: &str) -> Home {
    let site = SITE
        .replace("10.0.9.2/24]", "10.0.9.2/24], ip6: [\"fd00:1::2/64\", \"fd00:2::2/64\"]")
        .replace("ipxe.efi }", "ipxe.efi, http_x64: none }")
        .replace("routers: 10.0.0.1 }", "routers: 10.0.0.1, cidr6: \"fd00:1::/64\", ranges6: \"fd00:1::1000-fd00:1::1fff\", dns6: \"fd00:1::53\" }")
        .replace("routers: 10.0.9.1 }", "routers: 10.0.9.1, domain_search: six.lab, cidr6: \"fd00:2::/64\" }")
        .replace("netboot: known }", "netboot: known, cidr6: \"fd00:3::/64\", ranges6: \"fd00:3::1000-fd00:3::1fff\" }")
        .replace("boot: shell }", "boot: shell, ip6: \"fd00:1::11\" }")
        .replace("daemon: isc", &format!("daemon: {daemon}"));
    let home = Home::new(&format!("{site}{raw}"));
    fs::create_dir_all(home.path("root/etc")).unwrap();
    fs::write(home.path("root/etc/group"), "root:x:0:\n_kea:x:106:\n").unwrap();
    fs::write(home.path("root/etc/passwd"), "root:x:0:0::/:/bin/sh\n_kea:x:105:106::/:/bin/sh\n").unwrap();
    home
}

#[test]
fn each_server_is_asked_by_ipv6() {
    for (daemon, program) in [("isc", "dhcpd"), ("kea", "kea-dhcp6"), ("dnsmasq", "dnsmasq")] {
        if !able_to_start(program) {
            continue;
        }
        // Kea finds a subnet by its interface.
        let raw = "subnets: { lan: { raw: { kea6: { interface: eth7 } } }, second: { raw: { kea6: { interface: eth8 } } } }\n";
        let home = with_six(daemon, "");
        fs::write(home.path("kea.yaml"), if daemon == "kea" { raw } else { "{}\n" }).unwrap();
        let run = home.run("apply --with kea.yaml --root root --yes --probe").ends(0);
        assert!(run.err.contains(&format!("ipxegen: {program} with the new files answers ")), "{}", run.err);
        let line = run.err.lines().find(|line| line.contains(" by IPv6 as the site says"));
        let words: Vec<&str> = line.unwrap_or_else(|| panic!("{}", run.err)).split_whitespace().collect();
        let count: usize =
            words[words.iter().position(|word| *word == "requests").unwrap() - 1].parse().unwrap();
        assert!(count > 100, "{}", run.err);
    }
}

/// Text of the user's own that answers otherwise by IPv6 is found.
#[test]
fn an_answer_by_ipv6_that_the_site_does_not_say_stops_it() {
    if !able_to_start("dhcpd") {
        return;
    }
    let home = with_six("isc", "");
    let raw = "subnets: { lan: { raw: { dhcpd6: \"option dhcp6.name-servers fd00:1::99;\" } } }\n";
    fs::write(home.path("raw.yaml"), raw).unwrap();
    let run = home.run("apply --with raw.yaml --root root --yes --probe").ends(1);
    assert!(run.err.contains("name servers by IPv6: fd00:1::99, not fd00:1::53 (site.yaml:"), "{}", run.err);
    assert!(run.err.contains("a stranger in lan as plain by IPv6"), "{}", run.err);
    assert!(run.err.contains("dhcpd with the new files does not answer"), "{}", run.err);
    nothing_changed(&home);
}
