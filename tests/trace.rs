use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use ipxegen::dhcp::{Address, Address6, Answer, Client, Client6, Policy, Policy6, answer, answer6};
use ipxegen::model::{ClientKind, DhcpDaemon, Mac, Site};
use ipxegen::outputs::ScreenItem;
use ipxegen::report::Report;
use ipxegen::trace::{ClientTrace, STOP_FINDINGS, Stage, Step, TracedKind, Who, follow};
use serde_json::Value;

use crate::support::answers::with_site;
use crate::support::ipxe_script::{Run, Script, Seen};
use crate::support::program::{Ran, SITES, cases, run_in, run_on};

/// How many hosts of one profile and subnet are traced.
const HOSTS_OF_A_PROFILE: usize = 2;

/// Every site that is rendered.
fn sites() -> Vec<PathBuf> {
    cases(&SITES).into_iter().map(|case| case.join("site.yaml")).filter(|path| path.is_file()).collect()
}

/// A stranger in each subnet, and hosts of each profile.
fn machines<'s>(site: &'s Site<'s>) -> Vec<Who<'s>> {
    let mut all: Vec<Who<'s>> = (0..site.subnets.len())
        .map(|at| Who::new(None, [2, 0, 0, 0, 1, u8::try_from(at).unwrap()], at))
        .collect();
    let mut count: HashMap<(u32, Option<u32>), usize> = HashMap::new();
    for host in &site.hosts {
        for card in host.cards() {
            let count = count.entry((host.profile, card.subnet)).or_default();
            *count += 1;
            if *count <= HOSTS_OF_A_PROFILE && !site.subnets.is_empty() {
                let mac = card.macs.first().unwrap().value.octets();
                all.push(Who::new(Some(host), mac, card.subnet.unwrap_or(0) as usize));
            }
        }
    }
    all
}

/// Every boot of every machine of every site.
fn each_boot(mut check: impl FnMut(&Path, &Site<'_>, &Who<'_>, &ClientTrace) -> Vec<String>) -> usize {
    let (mut wrong, mut boots) = (Vec::new(), 0);
    for path in sites() {
        with_site(&path, &[], |site| {
            let kinds: Vec<TracedKind> = TracedKind::all().collect();
            for machine in machines(site) {
                let trace = follow(site, machine, &kinds, &Report::new(), None).unwrap();
                for client in &trace.clients {
                    boots += 1;
                    let what = format!(
                        "{}: {} as {}",
                        path.display(),
                        trace.who.host.map_or("a stranger", |host| host.name),
                        client.kind.name()
                    );
                    let found = check(&path, site, &trace.who, client);
                    wrong.extend(found.into_iter().map(|found| format!("{what}: {found}")));
                }
            }
        });
    }
    assert!(wrong.is_empty(), "{} of {boots} boots:\n{}", wrong.len(), wrong.join("\n"));
    boots
}

/// `answer` is held to the offers of real daemons by `wire_policy`; a trace has the same values.
#[test]
fn a_trace_has_the_values_of_the_answer() {
    let boots = each_boot(|_, site, who, client| {
        let policy = Policy::new(site);
        let plain = Client::plain(who.subnet, who.mac);
        let mut wrong = Vec::new();
        for stage in &client.stages {
            let asks = match (stage.step, client.kind) {
                (Step::FirmwareDhcp, TracedKind::Plain) => plain.clone(),
                (Step::FirmwareDhcp, TracedKind::Firmware(ClientKind::Rpi)) => plain.clone().raspberry_pi(),
                (Step::FirmwareDhcp, TracedKind::Firmware(kind)) => {
                    let name = format!("{}/", kind.name());
                    plain.kinds().into_iter().find(|(known, _)| known.starts_with(&name)).unwrap().1
                }
                (Step::IpxeDhcp, kind) => plain.clone().ipxe(arch(kind)),
                _ => continue,
            };
            let answers = answer(&policy, &asks);
            let own = answers.iter().find(|answer| answer.subnet == who.subnet).or(answers.first());
            match own {
                Some(answer) => wrong.extend(differences(stage, answer, asks.is_ipxe())),
                None if stage.facts.iter().all(|fact| fact.name == "raw") => {}
                None => wrong.push("values without an answer".to_owned()),
            }
        }
        wrong
    });
    assert!(boots > 1000, "only {boots} boots");
}

/// Option 93 of iPXE for a kind of firmware.
fn arch(kind: TracedKind) -> u16 {
    let TracedKind::Firmware(kind) = kind else { return 0 };
    match kind.in_ipxe().unwrap_or(kind) {
        ClientKind::EfiIa32 => 6,
        ClientKind::EfiX64 => 7,
        ClientKind::EfiArm32 | ClientKind::UbootArm32 => 10,
        ClientKind::EfiArm64 | ClientKind::UbootArm64 => 11,
        ClientKind::EfiRiscv64 => 0x1b,
        ClientKind::EfiLoongarch64 => 0x27,
        _ => 0,
    }
}

fn differences(stage: &Stage, answer: &Answer<'_>, is_ipxe: bool) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut same = |name: &str, expected: Option<String>| {
        if stage.value(name).map(str::to_owned) != expected {
            wrong.push(format!("{name} is {:?}, not {expected:?}", stage.value(name)));
        }
    };
    same("file", answer.file.get().map(|file| (*file).to_owned()));
    same("next-server", answer.next_server.get().map(ToString::to_string));
    same("lease-time", answer.lease_time.get().map(|time| format!("{time} s")));
    if let Address::Fixed(ip) = &answer.address {
        same("address", Some(ip.to_string()));
    }
    let text = |code| answer.option(code).map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    same("root-path", text(17));
    same("host-name", text(12));
    same("domain-name", text(15));
    let ips = |code| {
        answer.option(code).map(|bytes| {
            let ips = bytes.chunks(4).map(|ip| Ipv4Addr::new(ip[0], ip[1], ip[2], ip[3]).to_string());
            ips.collect::<Vec<_>>().join(", ")
        })
    };
    same("routers", ips(3));
    same("domain-name-servers", ips(6));
    let sent = |code: u8| answer.ipxe.iter().find(|(known, _)| *known == code && is_ipxe)?.1.get();
    same("ipxe.boot-entry", sent(224).map(|bytes| String::from_utf8(bytes.clone()).unwrap()));
    same("ipxe.autoboot", sent(225).map(|bytes| (*bytes == [1]).to_string()));
    // One fact for each option that a layer says anything of, and no other.
    let options = answer.options.iter().filter(|(code, _)| *code != 175).count();
    let others = ["address", "file", "next-server", "lease-time", "raw"];
    let facts = stage.facts.iter().filter(|fact| !others.contains(&fact.name.as_str())).count();
    let expected = options + if is_ipxe { answer.ipxe.len() } else { 0 };
    if facts != expected {
        wrong.push(format!("{facts} options, not {expected}"));
    }
    wrong
}

/// The menu and what it starts are those of the rendered script, as a reader of scripts that knows nothing of the site
/// runs it.
#[test]
fn the_menu_is_that_of_the_rendered_script() {
    let mut scripts: BTreeMap<PathBuf, Script> = BTreeMap::new();
    let mut menus = 0;
    each_boot(|path, site, who, client| {
        let Some(menu) = client.stage(Step::Menu) else { return Vec::new() };
        let fact = &client.stage(Step::Script).unwrap().facts[0];
        let file = fact.file.as_ref().expect("a server of the site serves the script");
        let name = &site.servers[file.server].name;
        let rendered = path.with_file_name("rendered").join(format!("{name}{}", file.path));
        let script = scripts.entry(rendered.clone()).or_insert_with(|| {
            let text = fs::read_to_string(&rendered).unwrap_or_else(|_| panic!("{}", rendered.display()));
            Script::read(&text).unwrap()
        });
        menus += 1;
        let dhcp = client.stage(Step::IpxeDhcp).unwrap();
        let given = settings(site, client.kind, who, dhcp);
        let mut wrong = Vec::new();
        let mut labels = script.menus();
        labels.retain(|label| !label.starts_with("ipxegen.failed"));
        let seen: Vec<Seen> =
            labels.iter().map(|label| script.run(Some(label), &given).menu.expect(label)).collect();
        let traced: Vec<Seen> = menu.screens.iter().map(|screen| screen_as_seen(screen, menu)).collect();
        if seen != traced {
            wrong.push(format!("the script shows {seen:#?}\nand the trace {traced:#?}"));
        }
        let run = script.run(None, &given);
        let waits = run.menu.as_ref().is_some_and(|menu| menu.timeout.is_none());
        if client.stop.is_none() && waits != client.ends.starts_with("the menu, which waits") {
            wrong.push(format!("waits for a key: {waits}, but it {}", client.ends));
        }
        if run.menu.is_none() != client.ends.ends_with(", without the menu") && client.stop.is_none() {
            wrong.push(format!("shows {:?}, but it {}", run.menu, client.ends));
        }
        wrong.extend(runs(&run, client, fact.value.as_deref().unwrap()));
        wrong
    });
    assert!(menus > 300, "only {menus} menus");
}

fn screen_as_seen(screen: &ipxegen::outputs::Screen, menu: &Stage) -> Seen {
    let items = screen.items.iter().map(|item| match item {
        ScreenItem::Gap(text) => (None, text.clone(), None),
        ScreenItem::Item { id, label, key } => (Some(id.clone()), label.clone(), key.clone()),
    });
    Seen {
        title: screen.title.clone(),
        items: items.collect(),
        default: menu.value("default").map(str::to_owned),
        timeout: screen.timeout,
    }
}

/// What iPXE knows before it runs the script.
fn settings(site: &Site<'_>, kind: TracedKind, who: &Who<'_>, dhcp: &Stage) -> BTreeMap<String, String> {
    let (platform, buildarch) = match arch(kind) {
        0 => ("pcbios", "x86_64"),
        6 => ("efi", "i386"),
        7 => ("efi", "x86_64"),
        10 => ("efi", "arm32"),
        11 => ("efi", "arm64"),
        0x1b => ("efi", "riscv64"),
        _ => ("efi", "loong64"),
    };
    let mut all = BTreeMap::from([
        ("platform".to_owned(), platform.to_owned()),
        ("buildarch".to_owned(), buildarch.to_owned()),
    ]);
    for card in ["", "net0/", "netX/"] {
        for (form, between) in [("", ":"), (":hexhyp", "-"), (":hexraw", "")] {
            let mac = who.mac.map(|byte| format!("{byte:02x}")).join(between);
            all.insert(format!("{card}mac{form}"), mac);
        }
    }
    for (setting, option) in
        [("root-path", "root-path"), ("next-server", "next-server"), ("hostname", "host-name")]
    {
        all.extend(dhcp.value(option).map(|value| (setting.to_owned(), value.to_owned())));
    }
    let private = ipxegen::model::PRIVATE_OPTIONS.iter().map(|(name, code, ..)| ((*name).to_owned(), *code));
    let vars = site.vars.iter().filter_map(|var| Some((format!("var-{}", var.name), var.code?)));
    for (name, code) in private.chain(vars) {
        all.extend(
            dhcp.value(&format!("ipxe.{name}")).map(|value| (format!("175.{code}:string"), value.to_owned())),
        );
    }
    let autoboot = dhcp.value("ipxe.autoboot").map(|on| u8::from(on == "true").to_string());
    all.remove("175.225:string");
    all.extend(autoboot.map(|on| ("175.225:int8".to_owned(), on)));
    all
}

/// Compares the commands of the default entry with its facts.
fn runs(run: &Run, client: &ClientTrace, script: &str) -> Vec<String> {
    let (Some(stage), Some(label)) = (client.stage(Step::Default), &run.goes_to) else { return Vec::new() };
    let mut wrong = Vec::new();
    let (id, kind) = stage.value("entry").unwrap().split_once(' ').unwrap();
    if id != label {
        wrong.push(format!("the script goes to {label}, the trace to {id}"));
    }
    let host = script.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    let absolute = |uri: &String| if uri.starts_with('/') { format!("{host}{uri}") } else { uri.clone() };
    let of = |name: &str| -> Vec<String> {
        stage.facts.iter().filter(|fact| fact.name == name).filter_map(|fact| fact.value.clone()).collect()
    };
    let commands = |name: &'static str| run.commands.iter().filter(move |words| words[0] == name);
    let mut same = |name: &str, expected: Vec<String>| {
        if of(name) != expected {
            wrong.push(format!("{id}: {name} is {:?}, and the script has {expected:?}", of(name)));
        }
    };
    match kind {
        "(san)" | "(local)" | "(shell)" | "(config)" | "(exit)" | "(reboot)" | "(poweroff)" | "(script)" => {}
        "(iso)" => same("disk", commands("sanboot").map(|words| absolute(&words[1])).collect()),
        "(memtest)" | "(chain)" if client.stop.is_none() => {
            same("program", commands("chain").map(|words| absolute(words.last().unwrap())).collect());
        }
        // A script of the entry's own starts the kernel.
        _ if !of("script").is_empty() => {
            same("script", commands("chain").map(|words| absolute(words.last().unwrap())).collect());
        }
        _ if client.stop.is_some() => {}
        _ => {
            same("kernel", commands("kernel").map(|words| absolute(&words[1])).collect());
            same("initrd", commands("initrd").map(|words| absolute(&words[3])).collect());
            let arguments = commands("kernel").map(|words| words[2..].join(" "));
            same("arguments", arguments.filter(|arguments| !arguments.is_empty()).collect());
        }
    }
    wrong
}

#[test]
fn stops_name_rules_that_exist() {
    let known = ipxegen::rules::explained();
    for id in STOP_FINDINGS {
        assert!(known.iter().any(|info| info.kind.id == id), "{id}");
    }
}

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

/// pc1 is in no group.
#[test]
fn a_value_of_a_host_is_not_one_of_a_group() {
    let trace = traced(&["pc1", "--as", "bios"]);
    let stages = trace["clients"][0]["stages"].as_array().unwrap();
    let values = stages.iter().flat_map(|stage| stage["values"].as_array().unwrap());
    let layers: Vec<&str> = values.map(|value| value["layer"].as_str().unwrap()).collect();
    assert!(layers.contains(&"host") && !layers.contains(&"group"), "{trace:#}");
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

/// A host's own value overrides that of its group, and the group's that of an outer group; `--all` shows all of them.
#[test]
fn each_layer_of_a_host_is_named() {
    let site = "servers: { boot: { ip: 10.0.0.2, interfaces: eth0 } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110, ntp: 10.0.0.3 } }
groups:
  outer: { ntp: 10.0.0.4 }
  inner: { group: outer, ntp: 10.0.0.5 }
hosts:
  pc: { mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, group: inner, ntp: 10.0.0.6 }
  other: { mac: \"52:54:00:00:00:02\", ip: 10.0.0.12, group: inner }
boot_entries: { local: {} }
";
    let layers = |who: &str| {
        let ran = run_on(site.as_bytes(), &["trace", who, "-", "--as", "plain", "--all", "--format", "json"]);
        let trace: Value = serde_json::from_str(&ran.ended(0).stdout).unwrap();
        let values = trace["clients"][0]["stages"][0]["values"].as_array().unwrap();
        let ntp = values.iter().find(|value| value["name"] == "ntp-servers").unwrap();
        let lost = ntp["overridden"].as_array().unwrap().iter();
        let all = [ntp].into_iter().chain(lost);
        let text = |value: &Value| format!("{} {}", value["layer"].as_str().unwrap(), value["value"]);
        all.map(text).collect::<Vec<_>>()
    };
    for who in ["pc", "52:54:00:00:00:01", "10.0.0.11"] {
        let wanted =
            [r#"host "10.0.0.6""#, r#"group "10.0.0.5""#, r#"group "10.0.0.4""#, r#"subnet "10.0.0.3""#];
        assert_eq!(layers(who), wanted, "{who}");
    }
    assert_eq!(layers("other"), [r#"group "10.0.0.5""#, r#"group "10.0.0.4""#, r#"subnet "10.0.0.3""#]);
}

/// `netboot: none` of a host overrides its root-path, at whatever layer they are, as in the rendered files.
#[test]
fn a_host_that_boots_nothing_has_no_disk() {
    let disk = "root_path: \"iscsi:10.0.0.3::::iqn.2020-01.lan.lab:pc\", keep_san: true";
    for (group, host) in [("", format!("netboot: none, {disk}")), (disk, "netboot: none".to_owned())] {
        let site = format!(
            "servers: {{ boot: {{ ip: 10.0.0.2, interfaces: eth0 }} }}
subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110 }} }}
groups: {{ disks: {{ {group} }} }}
hosts: {{ pc: {{ mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, group: disks, {host} }} }}
boot_entries: {{ local: {{}} }}
"
        );
        let all = ["trace", "pc", "-", "--as", "ipxe", "--format", "json"];
        let trace: Value = serde_json::from_str(&run_on(site.as_bytes(), &all).ended(0).stdout).unwrap();
        let values = trace["clients"][0]["stages"][0]["values"].as_array().unwrap();
        let names: Vec<&str> = values.iter().map(|value| value["name"].as_str().unwrap()).collect();
        assert!(names.contains(&"host-name"), "{names:?}");
        assert!(!names.iter().any(|name| ["root-path", "ipxe.keep-san"].contains(name)), "{names:?}");
    }
}

/// Text in `raw` has the layer that it was written in, and `--as` says what it may decide.
#[test]
fn raw_of_a_host_is_not_of_a_group() {
    let site = "servers: { boot: { ip: 10.0.0.2, interfaces: eth0 } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110 } }
groups: { desks: { raw: { dhcpd: \"option nis-domain \\\"x\\\";\" } } }
hosts:
  pc: { mac: \"52:54:00:00:00:01\", ip: 10.0.0.11, group: desks, raw: { dhcpd: \"if known { filename \\\"x\\\"; }\" } }
boot_entries: { local: {} }
allow: { boot-file-in-raw: for the test }
";
    let text = run_on(site.as_bytes(), &["trace", "pc", "-", "--as", "bios"]).ended(0).stdout;
    let layers: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("which is not read"))
        .filter_map(|line| line.rsplit(' ').next())
        .collect();
    assert_eq!(layers, ["host", "group"], "{text}");
    assert!(
        text.contains("\nnote: `raw` for dhcpd may decide the boot file, by `filename` (<stdin>:5)"),
        "{text}"
    );
}

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

/// Verbatim text for the DHCP server is not read, so it is not known what a client gets where the text may give what the
/// keys of the site do not.
#[test]
fn what_raw_may_give_is_not_nothing() {
    let site = |daemon: &str, raw: &str| {
        format!(
            "servers: {{ boot: {{ ip: 10.0.0.2/24, interfaces: [eth0] }} }}
dhcp: {{ daemon: {daemon} }}
loaders: {{ bios: undionly.kpxe, efi_x64: none }}
subnets:
  lan: {{ cidr: 10.0.0.0/24, routers: 10.0.0.1{raw} }}
allow: {{ boot-file-in-raw: for the test, no-address: for the test }}
"
        )
    };
    let run = |site: &str, more: &[&str]| {
        let arguments = [&["trace", "00:1b:21:00:00:01", "-"], more].concat();
        run_on(site.as_bytes(), &arguments).ended(0).stdout
    };
    let pool = "dhcpd: \"pool { range 10.0.0.100 10.0.0.199; }\"";
    // The address: of the subnet, and of a subnet beside it.
    for (daemon, raw, word) in [
        ("isc", format!(", raw: {{ {pool} }}"), "`pool`, `range`"),
        ("kea", " }\nraw: { kea: { hosts-database: { type: mysql } }".to_owned(), "`hosts-database`"),
        ("dnsmasq", " }\nraw: { dnsmasq: \"dhcp-range=10.0.0.100,10.0.0.199\"".to_owned(), "`dhcp-range`"),
        (
            "isc",
            format!(
                ", shared_network: one }}\n  more: {{ cidr: 10.0.1.0/24, shared_network: one, raw: {{ {pool} }}"
            ),
            "`pool`, `range`",
        ),
    ] {
        let site = site(daemon, &raw);
        let name = if daemon == "isc" { "dhcpd" } else { daemon };
        let why = format!(
            "not known, `raw` for {name} may decide the address, by {word}; without it, `lan` has no address for strangers"
        );
        let more: &[&str] = if raw.contains("more") { &["--from", "lan"] } else { &[] };
        let text = run(&site, more);
        assert!(text.contains(&why) && !text.contains("nothing"), "{why}:\n{text}");
        let plain = run(&site, &[more, &["--as", "plain"]].concat());
        for said in ["\nas plain: not known: ", "not known from here: ", "which is not read"] {
            assert!(plain.contains(said), "{said}:\n{plain}");
        }
        let place = if raw.contains('\n') { "<stdin>:6)" } else { "<stdin>:5)" };
        assert!(text.contains(place), "{place}:\n{text}");
        let json: Value = serde_json::from_str(&run(&site, &[more, &["--format", "json"]].concat())).unwrap();
        let client = &json["clients"][0];
        assert_eq!((&client["known"], client["stopped"]["place"].is_object()), (&Value::from(false), true));
    }
    // The boot file; a kind with a loader gets it, but the text may change it.
    for (raw, is_open) in [
        (", raw: { dhcpd: \"if known { filename \\\"x\\\"; }\" }", true),
        (" }\nraw: { dhcpd: \"host x { filename \\\"x\\\"; }\"", true),
        (", raw: { dhcpd: \"option wpad code 252 = text; # filename\" }", false),
    ] {
        let site = site("isc", &format!(", ranges: 10.0.0.100-10.0.0.199{raw}"));
        let text = run(&site, &[]);
        let open = "not known, `raw` for dhcpd may decide the boot file, by `filename`";
        assert_eq!(
            text.contains(open) || text.contains("by `host`, `filename`; without it"),
            is_open,
            "{text}"
        );
        assert_eq!(text.contains("nothing, no loader"), !is_open, "{text}");
        assert_eq!(text.contains("note: `raw` for dhcpd may decide the boot file"), is_open, "{text}");
        assert!(text.contains("bios   tftp://10.0.0.2/undionly.kpxe"), "{text}");
    }
}

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

/// With the server's files, the boot ends at the first step that they break.
#[test]
fn files_are_looked_at() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, bytes: &[u8]| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    };
    write("site.yaml", SITE.as_bytes());
    fs::create_dir_all(folder.path().join("root/srv/tftp")).unwrap();
    let stop = |kind: &str| {
        let arguments = ["trace", "pc1", "--as", kind, "--root", "root", "--format", "json"];
        let trace: Value = serde_json::from_str(&run_in(folder.path(), &arguments).ended(0).stdout).unwrap();
        let stop = &trace["clients"][0]["stopped"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (text(&stop["stage"]), text(&stop["finding"]))
    };
    let pair = |stage: &str, finding: &str| (stage.to_owned(), finding.to_owned());
    assert_eq!(stop("bios"), pair("first_stage", "missing-file"));
    // A program for BIOS in the place of one for UEFI.
    write("root/srv/tftp/undionly.kpxe", b"NBP");
    write("root/srv/tftp/ipxe.efi", b"NBP");
    assert_eq!(stop("efi_x64"), pair("first_stage", "wrong-architecture"));
    assert_eq!(stop("bios"), pair("script", "missing-file"));
    write("root/var/www/html/install.ipxe", b"#!ipxe\n");
    assert_eq!(stop("bios"), pair("default", "missing-file"));
    write("root/srv/tftp/tool/vmlinuz", b"");
    write("root/srv/tftp/tool/initrd.img", b"");
    assert_eq!(stop("bios"), pair("", ""));
    let shown = run_in(folder.path(), &["trace", "pc1", "--as", "bios", "--root", "root"]).ended(0).stdout;
    assert!(shown.contains("    boot:/srv/tftp/tool/vmlinuz: is there\n"), "{shown}");
    let stale = "  note: /var/www/html/install.ipxe is not the rendered file";
    assert!(shown.contains(stale), "{shown}");
    run_in(folder.path(), &["render", "-q"]).ended(0);
    fs::copy(
        folder.path().join("out/boot/var/www/html/install.ipxe"),
        folder.path().join("root/var/www/html/install.ipxe"),
    )
    .unwrap();
    let shown = run_in(folder.path(), &["trace", "pc1", "--as", "bios", "--root", "root"]).ended(0).stdout;
    assert!(!shown.contains(stale), "{shown}");
    // A file that only its owner may read.
    use std::os::unix::fs::PermissionsExt as _;
    let file = folder.path().join("root/srv/tftp/undionly.kpxe");
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(stop("bios"), pair("first_stage", "unreadable-file"));
}

/// Text and templates of the user's may change what a trace shows, so it says that they are there.
#[test]
fn what_is_not_read_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let raw = "boot: san, raw: { dhcpd: \"option root-path \\\"x\\\";\" }";
    let site = SITE.replace("boot: san", raw) + "templates: own\n";
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    fs::create_dir_all(folder.path().join("own/ipxe")).unwrap();
    fs::write(folder.path().join("own/ipxe/entry.tera"), "\n:{{ id }}\n{{ body | rendered }}\n").unwrap();
    let shown = run_in(folder.path(), &["trace", "pc2", "--from", "lan", "--as", "bios"]).ended(0).stdout;
    for said in [
        "text for dhcpd, which is not read  site.yaml:11",
        "note: the site replaces ipxe/entry, which may change this",
        "note: it needs a root-path, which only `raw` can give",
    ] {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    assert!(!shown.contains("stops here"), "{shown}");
}

/// Folders that the booted system mounts, and the file of a disk, are looked at as well.
#[test]
fn folders_and_disks_are_looked_at() {
    let school = Path::new("examples/school");
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    let found = |who: &str, server: &str| -> Vec<(String, bool)> {
        let arguments =
            ["trace", who, "--as", "efi_x64", "--root", &root, "--server", server, "--format", "json"];
        let trace: Value = serde_json::from_str(&run_in(school, &arguments).ended(0).stdout).unwrap();
        let stages = trace["clients"][0]["stages"].as_array().unwrap();
        let values = stages.last().unwrap()["values"].as_array().unwrap().iter();
        let looked = values.filter(|value| value["file"]["findings"].is_array());
        let text = |value: &Value| value["name"].as_str().unwrap().to_owned();
        looked.map(|value| (text(value), value["file"]["findings"].as_array().unwrap().is_empty())).collect()
    };
    // The server of the disk serves no other file.
    assert_eq!(found("lab-01", "san"), [("disk".to_owned(), false)]);
    fs::create_dir_all(folder.path().join("srv/iscsi")).unwrap();
    fs::write(folder.path().join("srv/iscsi/lab-01.img"), "").unwrap();
    assert_eq!(found("lab-01", "san"), [("disk".to_owned(), true)]);

    for file in ["tftp/ipxe.efi", "tftp/diskless/vmlinuz", "tftp/diskless/initrd.img"] {
        let path = folder.path().join("srv").join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        // Enough of a program for UEFI on x64.
        fs::write(path, [&b"MZ"[..], &[0; 58], &[0x40, 0, 0, 0], b"PE\0\0\x64\x86"].concat()).unwrap();
    }
    fs::create_dir_all(folder.path().join("var/www/html")).unwrap();
    fs::write(folder.path().join("var/www/html/install.ipxe"), "#!ipxe\n").unwrap();
    let there =
        |nfs| [("kernel", true), ("initrd", true), ("nfs root", nfs)].map(|(name, is)| (name.to_owned(), is));
    assert_eq!(found("annex-01", "annex"), there(false));
    fs::create_dir_all(folder.path().join("srv/nfs/annex-01")).unwrap();
    assert_eq!(found("annex-01", "annex"), there(true));
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
