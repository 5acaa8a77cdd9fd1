//! Every scope that has a say in what a client gets, the one that counts first.

use std::fs;

use ipxegen::dhcp::{Answer, Client, Layer, Policy, answer};
use ipxegen::report::Report;
use ipxegen::resolve::{self, TracedHost};
use ipxegen::schema::{Texts, read};
use ipxegen::source::{Sources, read_site};
use tempfile::tempdir;

use crate::support::answers::with_site;

const SITE: &str = r#"
servers: { boot: { ip: 10.0.0.2/24, interfaces: [eth0] } }
dhcp: { dns: 10.0.0.11, default_lease_time: 1h, options: { nis-domain: site, merit-dump: all } }
loaders: { efi_x64: site.efi }
subnets:
  lan:
    cidr: 10.0.0.0/24
    ranges: 10.0.0.100-10.0.0.199
    routers: 10.0.0.1
    default_lease_time: 2h
    options: { nis-domain: lan, merit-dump: [] }
    loaders: { efi_x64: lan.efi }
classes:
  vms: { match: { mac: "52:54:00:*" }, options: { nis-domain: vms }, default_lease_time: 3h, loaders: { efi_x64: vms.efi } }
  strong: { match: { mac: "52:54:00:*" }, options: { nis-domain: strong }, priority: 1 }
groups:
  outer: { options: { nis-domain: outer }, loaders: { efi_x64: outer.efi } }
  inner: { group: outer, options: { nis-domain: inner }, root_path: { nfs: { path: /srv/inner } } }
hosts:
  pc: { mac: "52:54:00:00:00:01", ip: 10.0.0.10, group: inner, options: { nis-domain: "pc" }, root_path: { nfs: { path: "/srv/{host}" } } }
"#;

/// A layer, its value, and the place that says it.
type Said = (Layer, String, Option<(u32, u32)>);

/// The answer of one client, as a list of layers with their values and the words at their places.
fn layers(traced: bool, mac: [u8; 6], read_out: impl Fn(&Answer<'_>) -> Vec<Said>) -> Vec<String> {
    let folder = tempdir().unwrap();
    let path = folder.path().join("site.yaml");
    fs::write(&path, SITE).unwrap();
    let sources = Sources::new();
    let mut report = Report::new();
    let files = read_site(&sources, &path).unwrap().into_iter().map(|text| text.file).collect();
    let written = read(&sources, &Texts { files, with: Vec::new() }, &mut report);
    let traced = traced.then(|| TracedHost::of("52:54:00:00:00:01"));
    let site = resolve::resolve_traced(written, "site.yaml", &sources, traced, &mut report);
    assert!(!report.has_errors(), "{report:?}");
    let policy = Policy::new(&site);
    let answers = answer(&policy, &Client::plain(0, mac).firmware(ipxegen::model::ClientKind::EfiX64, 7));
    let [answer] = answers.as_slice() else { panic!("{answers:?}") };
    let word = |(start, end): (u32, u32)| SITE[start as usize..end as usize].to_owned();
    let base = sources.file(site.subnets[0].span).unwrap().base();
    read_out(answer)
        .into_iter()
        .map(|(layer, value, place)| {
            let place = place.map(|(start, end)| word((start - base, end - base)));
            format!("{layer:?} {value} at {}", place.unwrap_or_default())
        })
        .collect()
}

fn option(code: u8) -> impl Fn(&Answer<'_>) -> Vec<Said> {
    move |answer| {
        let (_, value) = answer.options.iter().find(|(known, _)| *known == code).unwrap();
        let said = value.said.iter();
        said.map(|said| {
            let text = said
                .value
                .as_ref()
                .map_or("none".into(), |bytes| String::from_utf8_lossy(bytes).into_owned());
            (said.layer, text, said.span.map(|span| (span.start, span.end)))
        })
        .collect()
    }
}

const PC: [u8; 6] = [0x52, 0x54, 0, 0, 0, 1];

#[test]
fn every_layer_of_an_option_is_kept_with_its_place() {
    let expected = [
        "Host pc at \"pc\"",
        "Group inner at inner",
        "Group outer at outer",
        "Class strong at strong",
        "Class vms at vms",
        "Subnet lan at lan",
        "Site site at site",
    ];
    assert_eq!(layers(true, PC, option(40)), expected);
    // What the subnet unsets.
    assert_eq!(layers(true, PC, option(14)), ["Subnet none at lan", "Site all at all"]);
    let stranger = layers(false, [0x52, 0x54, 0, 0, 0, 9], option(40));
    assert_eq!(stranger, expected[3..]);
}

#[test]
fn groups_and_host_are_one_layer_where_nobody_asked() {
    let expected = ["Group pc at \"pc\"", "Class strong at strong"];
    assert_eq!(layers(false, PC, option(40))[..2], expected);
}

#[test]
fn every_layer_of_file_lease_time_and_root_path_is_kept() {
    let file = |answer: &Answer<'_>| {
        let said = answer.file.said.iter();
        said.map(|said| {
            (
                said.layer,
                said.value.unwrap_or("none").to_owned(),
                said.span.map(|span| (span.start, span.end)),
            )
        })
        .collect()
    };
    let expected = [
        "Group outer.efi at outer.efi",
        "Class vms.efi at vms.efi",
        "Subnet lan.efi at lan.efi",
        "Site site.efi at site.efi",
    ];
    assert_eq!(layers(true, PC, file), expected);
    let lease = |answer: &Answer<'_>| {
        let said = answer.lease_time.said.iter();
        said.map(|said| {
            (said.layer, said.value.unwrap().to_string(), said.span.map(|span| (span.start, span.end)))
        })
        .collect()
    };
    let expected = ["Class 10800 at 3h", "Subnet 7200 at 2h", "Site 3600 at 1h", "Default 43200 at "];
    assert_eq!(layers(true, PC, lease), expected);
    let root = layers(true, PC, option(17));
    assert_eq!(root, ["Host 10.0.0.2:/srv/pc at \"/srv/{host}\"", "Group 10.0.0.2:/srv/inner at /srv/inner"]);
}

#[test]
fn a_subnet_takes_the_sites_loader_away() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("site.yaml");
    let site = SITE.replace("loaders: { efi_x64: lan.efi }", "loaders: { efi_x64: none }");
    fs::write(&path, site.replace(", loaders: { efi_x64: vms.efi }", "")).unwrap();
    with_site(&path, &[], |site| {
        let client = Client::plain(0, [2, 0, 0, 0, 0, 9]).firmware(ipxegen::model::ClientKind::EfiX64, 7);
        let answers = answer(&Policy::new(site), &client);
        let said: Vec<_> = answers[0].file.said.iter().map(|said| (said.layer, said.value)).collect();
        assert_eq!(said, [(Layer::Subnet, None), (Layer::Site, Some("site.efi"))]);
    });
}
