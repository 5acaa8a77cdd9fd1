//! Hosts that are read and resolved in parallel give the same site and the same findings as one by one, wherever the text
//! is divided.

use std::fs;
use std::path::Path;

use ipxegen::report::Report;
use ipxegen::schema::{Texts, read_in_parts};
use ipxegen::source::{Sources, read_site};
use ipxegen::{resolve, rules};
use proptest::prelude::*;

/// The model and the findings of a site whose hosts are read in parts of so many bytes.
fn outcome(site: &Path, bytes: usize) -> String {
    let sources = Sources::new();
    let mut report = Report::new();
    let text = read_site(&sources, site).unwrap().remove(0);
    let texts = Texts { files: vec![text.file], with: Vec::new() };
    let written = read_in_parts(&sources, &texts, bytes, &mut report);
    let mut site = String::new();
    if !report.stops() {
        let resolved = resolve::resolve(written, "site.yaml", &sources, &mut report);
        rules::run(&resolved, &mut report);
        site = format!("{resolved:#?}");
    }
    format!("{:#?}\n{site}", report.sorted())
}

/// Whether a site gives the same result in parts of any size.
fn compare(site: &Path) -> Result<(), String> {
    let whole = outcome(site, usize::MAX);
    for bytes in [1, 30, 200, 1_000] {
        let parts = outcome(site, bytes);
        if parts != whole {
            let differs = whole.lines().zip(parts.lines()).find(|(one, other)| one != other);
            return Err(format!("in parts of {bytes} bytes: {differs:?}"));
        }
    }
    Ok(())
}

/// Compares a site of this text.
fn compare_text(text: String, crlf: bool) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().unwrap();
    let text = if crlf { text.replace('\n', "\r\n") } else { text };
    let site = dir.path().join("site.yaml");
    fs::write(&site, &text).unwrap();
    compare(&site).map_err(|why| TestCaseError::fail(format!("{why}\n{text}")))
}

/// Compares a site with this table, which these lines include.
fn compare_table(table: String, crlf: bool, include: &str) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().unwrap();
    let table = if crlf { table.replace('\n', "\r\n") } else { table };
    fs::write(dir.path().join("hosts.csv"), &table).unwrap();
    let site = dir.path().join("site.yaml");
    fs::write(&site, format!("{HEAD}{include}")).unwrap();
    compare(&site).map_err(|why| TestCaseError::fail(format!("{why}\n{table}")))
}

const HEAD: &str = "\
servers: { boot: { ip: 10.0.0.2/16, interfaces: eth0 } }
dhcp: { dns: 10.0.0.3 }
subnets: { lan: { cidr: 10.0.0.0/16, ranges: 10.0.200.0-10.0.200.99, routers: 10.0.0.1 } }
iscsi: { server: 10.0.0.4 }
groups:
  usual: { boot: local }
  disks: { root_path: { iscsi: { target: 'iqn.2020-01.lan.lab:{host}' } } }
  wrong: { host_name: 'x_{host}' }
  odd: { dns: 10.0.0.300 }
menu: { items: [local] }
";

/// Hosts, and mistakes among them. `N` is a different number in each.
const ENTRIES: &[&str] = &[
    "  pc-N: { mac: '52:54:00:00:0f:N', ip: 10.0.1.N }\n",
    "  pc-N:\n    mac: 52:54:00:00:00:N\n    ip: 10.0.2.N\n    group: usual\n",
    "  pc-N:\n    mac: 52:54:00:00:00:N\n    group: [usual, disks]\n\n  # a comment\n",
    "  pc-N:\n    mac:\n      - 52:54:00:00:00:N\n      - 52:54:00:00:01:N\n    boot: local\n",
    "  pc-N:\n    mac: 52:54:00:00:00:N\n    root_path: { iscsi: { target: 'iqn.2020-01.lan.lab:N', lun: 1 } }\n",
    "  a-N: { mac: 52:54:00:00:03:N, dns: 10.0.0.9, host_name: other-N }\n",
    "  \"q-N\": { mac: 52:54:00:00:04:N, ip: 10.0.3.N, ip6: '2001:db8::N' }\n",
    "  PC-N: { mac: 52:54:00:00:05:N }\n",
    // Twins, a pattern, a merge, an anchor and an alias.
    "  twin: { mac: 52:54:00:00:06:N }\n",
    "  'row-N-[1-3]': { mac: '52:54:00:00:07:[1-3]N' }\n",
    "  <<: { merged: { mac: 52:54:00:00:08:N }, twin: { mac: 52:54:00:00:09:N } }\n",
    "  anchor-N: &nN { mac: 52:54:00:00:0a:N }\n",
    "  alias-N: *nN\n",
    // The findings in them.
    "  pc-N: { mac: 52:54:00:00:0b:N, bot: local }\n",
    "  pc-N: { mac: 52:54:00:00:0b:N, group: nobody }\n",
    "  pc-N: { mac: 52:54:00:00:0b, group: wrong }\n",
    "  pc-N: { mac: 52:54:00:00:0b:N, group: odd, root_path: { iscsi: { target: x } } }\n",
    // An error that stands in what is looked at later once more.
    "  pc-N: { mac: 52:54:00:00:0b:N, ipxe: { username: me, password: secret } }\n",
    "  pc-N: { mac: 52:54:00:00:0b:N, root_path: { iscsi: { target: 'iqn.2020-01.lan.lab:N', chap: { user: me, password: secret } } } }\n",
    "  pc-N: { mac: 52:54:00:00:0b:N, ipxe: { username: me, user: you } }\n",
    "  pc-N: none\n",
    "  pc-N:\n",
    "  pc-N: { mac: 52:54:00:00:0c:N, mac: 52:54:00:00:0d:N }\n",
    "  ? pc-N\n  : { mac: 52:54:00:00:0e:N }\n",
    "  pc-N: |\n    text\n  behind-N: { mac: 52:54:00:00:0f:N }\n",
    "  pc-N: \"a\n  b-N: c\"\n",
    "  pc-N: { mac: [\n  52:54:00:00:10:N ] }\n",
    "\tpc-N: x\n",
    " pc-N: x\n",
    "  - pc-N\n",
    "x-N:\n  pc-N: { mac: x }\n",
    "---\n",
];

/// The text after the hosts.
const TAILS: &[&str] =
    &["", "menu2: {}\n", "x-end:\n  a: 1\n  b: 2\n", "boot_entries:\n  shell: { kind: shell }\n", "..."];

/// Numbers of entries, mostly those of correct hosts.
fn entries() -> impl Strategy<Value = Vec<usize>> {
    let usual = prop::collection::vec(0..8_usize, 0..40);
    let odd = prop::collection::vec(0..ENTRIES.len(), 0..4);
    (usual, odd, any::<prop::sample::Index>()).prop_map(|(mut all, odd, at)| {
        let at = at.index(all.len() + 1);
        all.splice(at..at, odd);
        all
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn of_a_mapping(entries in entries(), tail in 0..TAILS.len(), crlf: bool, descending: bool) {
        let mut text = format!("{HEAD}hosts:\n");
        for (at, entry) in entries.iter().enumerate() {
            let number = if descending { 99 - at } else { 10 + at };
            text.push_str(&ENTRIES[*entry].replace('N', &number.to_string()));
        }
        text.push_str(TAILS[tail]);
        compare_text(text, crlf)?;
    }

    #[test]
    fn of_a_table(
        rows in prop::collection::vec(0..ROWS.len(), 0..40),
        beside: bool,
        crlf: bool,
        descending: bool,
    ) {
        let mut text = "name,mac,ip,group,root_path,root_path.iscsi.target\n".to_owned();
        for (at, row) in rows.iter().enumerate() {
            // The odd ones are few.
            let row = if at % 7 == 0 { *row } else { row % 4 };
            let number = if descending { 99 - at } else { 10 + at };
            text.push_str(&ROWS[row].replace('N', &number.to_string()));
        }
        let hosts = if beside { "hosts: { twin: { mac: 52:54:00:00:0b:01 } }\n" } else { "" };
        compare_table(text, crlf, &format!("{hosts}include: [{{ csv: hosts.csv, group: usual }}]\n"))?;
    }
}

/// Hosts in the same lines. `N` is a different number in each, and `%` a word.
const LINES: &[&str] = &[
    "  pc-N:\n    mac: 52:54:00:00:00:N\n    ip: 10.0.1.N\n    group: %\n",
    "  \"pc-N\":\n    mac: '52:54:00:00:01:N'\n    boot: \"%\"  # as the others\n\n",
    "  pc-N: { group: [usual, %], mac: \"52:54:00:00:02:N\", x-note: %, host_name: h-N }\n",
    "  pc-%N:\n    ip: 10.0.2.N\n    mac: [52:54:00:00:03:N]\n    group: usual\n    root_path:\n      iscsi:\n        target: iqn.2020-01.lan.lab:%\n        lun: N\n",
    "  pc-N:\n      autoboot: %\n      mac: 52:54:00:00:04:N\n      root_path: %\n",
];

/// Words, the usual ones first. Behind each of the others, the lines say something else.
const WORDS: &[&str] = &[
    "usual",
    "local",
    "n1",
    "none",
    "disks",
    "null",
    "NULL",
    "~",
    "",
    "a:",
    "a::",
    "a: b",
    ":a",
    "-a",
    "- a",
    "a #b",
    "#a",
    "[usual]",
    "{a: b}",
    "'usual'",
    "\"usual\"",
    "'",
    "\"",
    "*a",
    "&a usual",
    "!!str usual",
    "|",
    "b\u{fc}ro",
    "two words",
    "a,b",
    "a\\b",
    "\n",
    "\n    x-more: 1",
    "\n      deeper",
    " ",
    "\t",
    "null:",
    "%",
    "nu\u{200b}ll",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Words that change what the lines say.
    #[test]
    fn of_hosts_in_the_same_lines(
        hosts in prop::collection::vec((0..LINES.len(), 0..WORDS.len()), 3..30),
        one_layout: bool,
        crlf: bool,
        tail in 0..TAILS.len(),
    ) {
        let mut text = format!("{HEAD}hosts:\n");
        let first = hosts[0].0;
        for (at, (lines, word)) in hosts.iter().enumerate() {
            // One of eight words is odd.
            let word = if at % 8 == 5 { *word } else { word % 4 };
            let lines = LINES[if one_layout { first } else { *lines }];
            text.push_str(&lines.replace('N', &(10 + at).to_string()).replace('%', WORDS[word]));
        }
        text.push_str(TAILS[tail]);
        compare_text(text, crlf)?;
    }

    /// The same in a table.
    #[test]
    fn of_rows_with_the_same_cells(
        rows in prop::collection::vec(0..WORDS.len(), 3..30),
        delimiter in prop::sample::select(vec![",", ";", ":", "-", "a"]),
        crlf: bool,
        groups: bool,
    ) {
        let header = "name,mac,ip,group,boot,root_path.iscsi.target,root_path.iscsi.lun,host_name\n";
        let mut text = header.replace(',', delimiter);
        for (at, word) in rows.iter().enumerate() {
            let word = if at % 8 == 5 { WORDS[*word] } else { WORDS[word % 4] };
            let group = if groups { word } else { "" };
            let number = 10 + at;
            let row = format!(
                "pc-{number},525400000a{number},10.0.1.{number},{group},local,iqn.2020-01.lan.lab:{word},{number},\n"
            );
            text.push_str(&row.replace(',', delimiter));
        }
        let include = format!("include: [{{ csv: hosts.csv, group: usual, delimiter: '{delimiter}' }}]\n");
        compare_table(text, crlf, &include)?;
    }
}

/// Rows of a table, the usual ones first.
const ROWS: &[&str] = &[
    "pc-N,52:54:00:00:00:N,10.0.1.N,,,\n",
    "pc-N,52:54:00:00:01:N 52:54:00:00:02:N,,usual disks,,\n",
    "a-N,52:54:00:00:03:N,10.0.2.N,,,iqn.2020-01.lan.lab:N\n",
    "pc-N,52:54:00:00:04:N,,,none,\n\n",
    "twin,52:54:00:00:05:N,,,,\n",
    "row-N-[1-2],52:54:00:00:06:[3-4]N,,,,\n",
    "PC-N,52:54:00:00:07:N,,,,\n",
    "pc-N,52:54:00:00:08,,,,\n",
    "pc-N,52:54:00:00:08:N,,nobody,,\n",
    "pc-N,52:54:00:00:08:N\n",
    ",52:54:00:00:08:N,,,,\n",
    "pc-N,52:54:00:00:08:N,,,none,iqn.2020-01.lan.lab:N\n",
    "\"pc-N\",52:54:00:00:09:N,,,,\n",
    "\"pc-\nN\",52:54:00:00:0a:N,,,,\n",
    "pc-N,\"52:54:00:00:0a:N\",,\"usual\",,\n",
];

/// A site of several thousand hosts, in parts of their real size.
#[test]
fn of_a_big_site() {
    let dir = tempfile::tempdir().unwrap();
    let mut text = format!("{HEAD}hosts:\n");
    for host in 0..6_000 {
        let [high, low] = [host / 200, host % 200];
        text.push_str(&format!(
            "  pc-{host:05}:\n    mac: 52:54:00:01:{high:02x}:{low:02x}\n    ip: 10.0.{}.{}\n    group: {}\n",
            1 + high,
            1 + low,
            ["usual", "disks", "[disks, usual]"][host % 3],
        ));
        if host == 3_000 {
            text.push_str("    host_name: pc-3000\n");
        }
    }
    let site = dir.path().join("site.yaml");
    fs::write(&site, &text).unwrap();
    let whole = outcome(&site, usize::MAX);
    assert!(whole.starts_with("[]"), "{}", &whole[..200]);
    for bytes in [10_000, 1 << 17] {
        assert!(outcome(&site, bytes) == whole, "in parts of {bytes} bytes");
    }
    // With something to be said in the middle.
    fs::write(&site, text.replace("    host_name: pc-3000\n", "    host_name: pc_3000\n")).unwrap();
    let whole = outcome(&site, usize::MAX);
    assert!(whole.contains("pc_3000"), "{}", &whole[..200]);
    assert!(outcome(&site, 10_000) == whole);
    // So many findings that not all of them have a hint.
    fs::write(&site, text.replace("    ip:", "    host_nam: x\n    ip:")).unwrap();
    let whole = outcome(&site, usize::MAX);
    assert_eq!(whole.matches("did you mean `host_name`?").count(), 1_000);
    assert!(outcome(&site, 10_000) == whole);
}
