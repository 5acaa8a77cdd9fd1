//! For any site that passes `check`, the real dhcpd accepts what is rendered.

use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use ipxegen::outputs::site_view;
use ipxegen::plan::plan;
use ipxegen::render::Renderer;
use ipxegen::report::Report;
use ipxegen::schema::Texts;
use ipxegen::source::Sources;
use ipxegen::tree::Content;
use ipxegen::{resolve, rules, schema};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::support::require;

/// How many sites are tried without `PROPTEST_CASES`.
const SITES: u32 = 64;

/// Text as people type it, or hostile text.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-z][a-z0-9 .-]{0,20}",
        3 => "[ -z~]{1,40}",
        1 => "[\"\\\\;$`#%é日]{1,12}",
        1 => "[\"\\\\{};$`#\n\t%é日]{1,12}",
        1 => any::<String>(),
    ]
}

/// A value in double quotes; YAML reads JSON's.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn option() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => (224..240u8, text())
            .prop_map(|(code, text)| format!("own-{code}: {{ code: {code}, text: {} }}", quoted(&text))),
        // Of another type than elsewhere, or of another code.
        1 => (224..240u8, any::<u8>()).prop_map(|(code, number)| format!("own-{code}: {{ code: {code}, u8: {number} }}")),
        1 => (224..240u8, text()).prop_map(|(code, text)| format!("own-224: {{ code: {code}, text: {} }}", quoted(&text))),
        4 => (240..250u8, any::<i32>())
            .prop_map(|(code, number)| format!("num-{code}: {{ code: {code}, i32: {number} }}")),
        4 => any::<i32>().prop_map(|number| format!("time-offset: {number}")),
        4 => text().prop_map(|text| format!("nis-domain: {}", quoted(&text))),
        4 => any::<u16>().prop_map(|number| format!("interface-mtu: {number}")),
        4 => text().prop_map(|text| format!("merit-dump: {}", quoted(&text))),
    ]
}

fn host() -> impl Strategy<Value = String> {
    let more = prop_oneof![
        9 => Just(String::new()),
        3 => Just(", root_path: { iscsi: { target: \"iqn.2020-01.lan.lab:{host}\", server: 10.9.9.9 } }".to_owned()),
        3 => Just(", root_path: { nfs: { path: \"/srv/nfs/{host}\" } }".to_owned()),
        1 => text().prop_map(|text| format!(", root_path: {}", quoted(&text))),
        1 => text().prop_map(|text| format!(", host_name: {}", quoted(&text))),
        3 => Just(", boot: entry, autoboot: true, keep_san: true, routers: [], netboot: none".to_owned()),
        1 => text().prop_map(|text| format!(", ipxe: {{ scriptlet: {} }}", quoted(&text))),
        3 => option().prop_map(|option| format!(", options: {{ {option} }}")),
    ];
    (any::<[u8; 5]>(), proptest::option::of((prop_oneof![20 => Just(0_u8), 1 => 1..3u8], 1..=254u8)), more)
        .prop_map(|(mac, ip, more)| {
            let mac: Vec<_> = mac.iter().map(|byte| format!("{byte:02x}")).collect();
            let ip = ip.map_or_else(String::new, |(net, last)| format!(", ip: 10.{net}.0.{last}"));
            format!("{{ mac: \"02:{}\"{ip}{more} }}", mac.join(":"))
        })
}

/// A site as text, mostly correct.
fn site() -> impl Strategy<Value = String> {
    let subnet = (16..=24u8, any::<bool>(), proptest::collection::vec(option(), 0..3), any::<bool>());
    let subnets = proptest::collection::vec(subnet, 1..4);
    let hosts = proptest::collection::vec(host(), 0..8);
    (subnets, hosts, text(), text(), proptest::collection::vec(option(), 0..2), 0..3u8).prop_map(
        |(subnets, hosts, label, argument, options, lease)| {
            let mut site = String::from("servers: { boot: { ip: 10.9.9.9/24, interfaces: [eth0] } }\n");
            let _ = writeln!(site, "dhcp: {{ options: {{ {} }}, authoritative: true }}", options.join(", "));
            site.push_str("subnets:\n");
            for (net, (prefix, range, options, shared)) in subnets.iter().enumerate() {
                let range = if *range { format!(", ranges: 10.{net}.0.1-10.{net}.0.2") } else { String::new() };
                let shared = if *shared { ", shared_network: wire" } else { "" };
                let _ = writeln!(
                    site,
                    "  net{net}: {{ cidr: 10.{net}.0.0/{prefix}{range}{shared}, routers: 10.{net}.0.254, default_lease_time: {lease}h, options: {{ {} }} }}",
                    options.join(", ")
                );
            }
            site.push_str("hosts:\n");
            for (n, host) in hosts.iter().enumerate() {
                let _ = writeln!(site, "  h{n}: {host}");
            }
            let _ = writeln!(
                site,
                "boot_entries:\n  entry: {{ kind: linux, kernel: linux, label: {}, cmdline: [{}] }}",
                quoted(&label),
                quoted(&argument)
            );
            site
        },
    )
}

/// The rendered dhcpd.conf, if the site has no error.
fn rendered(text: &str, includes: &str) -> Option<String> {
    let sources = Sources::new();
    let mut report = Report::new();
    let file = sources.add("site.yaml", text).unwrap();
    let mut texts = Texts::default();
    texts.files.push(file);
    let written = schema::read(&sources, &texts, &mut report);
    if report.stops() {
        return None;
    }
    let site = resolve::resolve(written, "site.yaml", &sources, &mut report);
    rules::run(&site, &mut report);
    let plan = plan(&site, &mut report);
    let view = tera::Value::from_serializable(&site_view(&site));
    let renderer = Renderer::new(&[], view, &mut report);
    if report.has_errors() {
        return None;
    }
    let mut found = None;
    for planned in &plan.files {
        let mut bytes = Vec::new();
        // A site that passes every check is rendered: the guard has nothing to refuse.
        renderer
            .file(planned.output, &planned.file)
            .write_to(&mut bytes)
            .unwrap_or_else(|error| panic!("{error:#}\n{text}"));
        let text = String::from_utf8(bytes).unwrap();
        match planned.entry.path.as_str() {
            "/etc/dhcp/dhcpd.conf" => found = Some(text.replace("/etc/dhcp/ipxe.options", includes)),
            "/etc/dhcp/ipxe.options" => fs::write(includes, text).unwrap(),
            _ => {}
        }
    }
    found
}

#[test]
fn dhcpd_accepts_whatever_passes_check() {
    if !require("dhcpd") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let conf = dir.path().join("dhcpd.conf");
    let includes = dir.path().join("ipxe.options").display().to_string();
    let passed = std::cell::Cell::new(0);
    let asked = std::env::var_os("PROPTEST_CASES").is_some();
    let defaults = Config::default();
    let cases = if asked { defaults.cases } else { SITES };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..defaults });
    let result = runner.run(&site(), |text| {
        let Some(rendered) = rendered(&text, &includes) else { return Ok(()) };
        passed.set(passed.get() + 1);
        fs::write(&conf, rendered).unwrap();
        let output = Command::new("dhcpd")
            .env("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin")
            .args(["-t", "-cf"])
            .arg(&conf)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if said.contains("Permission denied") {
            return Ok(());
        }
        prop_assert!(output.status.success(), "{}\n{}", said, text);
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{} of {cases} sites passed check, and dhcpd took them", passed.get());
    assert!(passed.get() > cases / 4, "only {} of {cases} sites passed check", passed.get());
}
