use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use ipxegen::dhcp::{Address, Answer, Client, Policy, answer};
use ipxegen::model::{ClientKind, Site};
use ipxegen::outputs::ScreenItem;
use ipxegen::report::Report;
use ipxegen::trace::{ClientTrace, STOP_FINDINGS, Stage, Step, TracedKind, Who, follow};

use crate::support::answers::with_site;
use crate::support::ipxe_script::{Run, Script, Seen};
use crate::support::program::{SITES, cases};

/// How many hosts of one profile and subnet are traced.
const HOSTS_OF_A_PROFILE: usize = 2;

/// Every site that is rendered.
pub(super) fn sites() -> Vec<PathBuf> {
    cases(&SITES).into_iter().map(|case| case.join("site.yaml")).filter(|path| path.is_file()).collect()
}

/// A stranger in each subnet, and hosts of each profile.
pub(super) fn machines<'s>(site: &'s Site<'s>) -> Vec<Who<'s>> {
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
