//! Each example with `daemon: kea` and `daemon: dnsmasq` in its `dhcp`: exactly the errors that its folder lists, and,
//! once these are followed, none, and the same answers. The daemons themselves are asked by wire_policy.rs.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use ipxegen::dhcp::{Answer, Policy, answer};
use tempfile::tempdir;

use crate::support::answers::{questions, with_site};
use crate::support::moved::moved_examples;
use crate::support::program::{cases, expect_text, name, run_in};

#[test]
fn each_example_moves_to_kea() {
    each_example_moves_to("kea");
}

#[test]
fn each_example_moves_to_dnsmasq() {
    each_example_moves_to("dnsmasq");
}

fn each_example_moves_to(daemon: &str) {
    let folder = tempdir().unwrap();
    let with = folder.path().join("with.yaml");
    fs::write(&with, format!("dhcp: {{ daemon: {daemon} }}\n")).unwrap();
    let report = |example: &Path| {
        let ran = run_in(example, &["show", "site.yaml", "--with", with.to_str().unwrap()]);
        assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
        ran.stderr
    };
    let mut wrong = Vec::new();
    for (example, moved) in cases(&["examples"]).iter().zip(moved_examples(daemon, folder.path())) {
        wrong.extend(expect_text(&example.join(format!("{daemon}.txt")), &report(example)));
        let left = report(moved.parent().unwrap());
        if !left.is_empty() {
            wrong.push(format!("{}: what its errors ask for does not help:\n{left}", name(example)));
            continue;
        }
        let before = answers(&example.join("site.yaml"), &[]);
        let after = answers(&moved, &[&with]);
        assert!(before.len() > 50, "only {} questions", before.len());
        wrong.extend(before.difference(&after).chain(after.difference(&before)).cloned());
    }
    assert!(wrong.is_empty(), "{}\nUPDATE=1 rewrites the reports\n", wrong.join("\n"));
}

/// The answers to every client of a site.
fn answers(site: &Path, with: &[&Path]) -> BTreeSet<String> {
    with_site(site, with, |site| {
        let policy = Policy::new(site);
        let asked = questions(&policy, None);
        asked
            .iter()
            .map(|question| {
                let all: Vec<String> = answer(&policy, &question.client).iter().map(values).collect();
                format!("{}: {}", question.what, all.join(" or "))
            })
            .collect()
    })
}

/// What goes over the wire.
fn values(answer: &Answer<'_>) -> String {
    let options: Vec<_> =
        answer.options.iter().filter_map(|(code, value)| Some((code, value.get()?))).collect();
    format!(
        "{:?}, next-server {:?}, file {:?}, lease {:?}, options {options:?}",
        answer.address,
        answer.next_server.get(),
        answer.file.get(),
        answer.lease_time.get()
    )
}
