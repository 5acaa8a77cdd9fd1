//! For any file of a server, `import` accounts for each statement once, and writes a site that the parser takes.

use std::collections::BTreeMap;
use std::fs;

use ipxegen::import::{FileKind, Outcome, SERVER, SourceFile, import, move_hosts, move_secrets, text_of};
use ipxegen::report::Report;
use ipxegen::schema;
use ipxegen::source::Sources;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseError;

use crate::support::program::cases_of;

/// A file, line by line; each line says whether a statement begins in it.
type Lines = Vec<(String, bool)>;

/// The networks of IPv4 that files for DHCPv6 belong to.
const LAN: &str = "# one\nsubnet 10.1.0.0 netmask 255.255.255.0 { option routers 10.1.0.1; }\n\
                   # two\nsubnet 10.2.0.0 netmask 255.255.255.0 { option routers 10.2.0.1; }\n\
                   host h1 { hardware ethernet 52:54:00:00:00:01; fixed-address 10.1.0.7; }\n";

/// Imports a text: nothing panics, and the parser takes the site with all of its files.
fn imported(kind: FileKind, path: &str, text: String) -> Result<BTreeMap<u32, usize>, TestCaseError> {
    let file = SourceFile { path: path.to_owned(), kind, included: false, text };
    let text = file.text.clone();
    let mut files = vec![file];
    if matches!(kind, FileKind::Dhcpd6 | FileKind::Kea6) {
        let text = LAN.to_owned();
        files.push(SourceFile { path: "lan".to_owned(), kind: FileKind::Dhcpd, included: false, text });
    }
    let mut imported = import(&files, SERVER, false);
    let unknown =
        |outcome: &Outcome| *outcome == Outcome::Lost("the import does not know this statement".to_owned());
    let forgotten = imported.coverage.statements.iter().find(|statement| unknown(&statement.outcome));
    prop_assert!(forgotten.is_none(), "{:?}\n{}", forgotten, text);
    for _ in 0..2 {
        let site = text_of(&imported.draft);
        let sources = Sources::new();
        let mut report = Report::new();
        let mut texts = schema::Texts::default();
        texts.files.push(sources.add("site.yaml", site.clone()).unwrap());
        let included = imported.draft.files.iter().filter(|(name, _)| name == "raw.yaml");
        texts.files.extend(included.map(|(name, text)| sources.add(name, text.clone()).unwrap()));
        schema::read(&sources, &texts, &mut report);
        let refused = report.sorted().iter().map(|finding| finding.message.clone()).collect::<Vec<_>>();
        prop_assert!(!report.has_errors(), "{:?}\n{}\nof\n{}", refused, site, text);
        // Once more as `-o` writes it, without the table of hosts.
        move_hosts(&mut imported.draft);
        move_secrets(&mut imported.draft);
        imported.draft.site.remove("include");
    }
    let mut lines = BTreeMap::new();
    for statement in imported.coverage.statements.iter().filter(|statement| &*statement.origin.file == path) {
        *lines.entry(statement.origin.line).or_default() += 1;
    }
    Ok(lines)
}

/// Imports lines, and compares those of the account.
fn accounted(kind: FileKind, path: &str, lines: &Lines) -> Result<(), TestCaseError> {
    let text: String = lines.iter().map(|(line, _)| format!("{line}\n")).collect();
    let found = imported(kind, path, text.clone())?;
    let begins = lines.iter().zip(1..).filter(|((_, begins), _)| *begins);
    let wanted: BTreeMap<u32, usize> = begins.map(|(_, line)| (line, 1)).collect();
    prop_assert_eq!(found, wanted, "{}", text);
    Ok(())
}

/// Fills a number into a template: `#` is a byte in decimal, `%` one in hex.
fn filled((template, number): (&str, u8)) -> String {
    if template.ends_with("a comment") {
        return template.to_owned();
    }
    template.replace('#', &number.to_string()).replace('%', &format!("{number:02x}"))
}

fn piece(templates: &'static [&'static str]) -> impl Strategy<Value = String> {
    (select(templates), prop_oneof![3 => 0..4_u8, 1 => any::<u8>()]).prop_map(filled)
}

/// Statements of dhcpd.conf without a block.
const STATEMENTS: &[&str] = &[
    "authoritative",
    "not authoritative",
    "default-lease-time #",
    "option routers 10.#.0.1",
    "option domain-name \"d#.example\"",
    "option domain-name-servers 10.0.0.#, 10.0.0.3",
    "option host-name \"h#\"",
    "option root-path \"iscsi:10.0.0.#::::iqn.2020-01.x:y\"",
    "option root-path \"10.0.0.#:/srv/{x}\"",
    "option time-offset #",
    "option o# code 22# = text",
    "option o# \"x\"",
    "option space s#",
    "option s#.a code 1 = ip-address",
    "option s#.a 10.0.0.1",
    "option ipxe.keep-san #",
    "option arch code 93 = unsigned integer 16",
    "option vendor-class-identifier = \"x#\"",
    "range 10.#.0.10 10.#.0.20",
    "range dynamic-bootp 10.0.0.#",
    "hardware ethernet 52:54:00:00:00:%",
    "fixed-address 10.#.0.#",
    "filename \"f#.0\"",
    "filename \"\"",
    "next-server 10.0.0.#",
    "server-name \"s#\"",
    "allow known-clients",
    "deny unknown-clients",
    "allow members of \"c#\"",
    "failover peer \"p#\"",
    "use-host-decl-names on",
    "match hardware",
    "match if option vendor-class-identifier = \"v#\"",
    "subclass \"c#\" 1:52:54:00:00:00:%",
    "set v# = option arch",
    "ddns-update-style none",
    "ping-check #",
    "default-router #",
    "interface \"eth#\"",
    "break",
    "log(info, \"x#\")",
    "include \"missing-#.conf\"",
    "unknown # word",
];

/// Heads of blocks.
const BLOCKS: &[&str] = &[
    "subnet 10.#.0.0 netmask 255.255.255.0",
    "subnet 10.0.0.0 netmask 255.0.0.0",
    "shared-network s#",
    "pool",
    "group",
    "group g#",
    "host h#",
    "class \"c#\"",
    "subclass \"c#\" 1:52:54:00:00:00:%",
    "if option arch = 00:%",
    "if known",
    "elsif option arch = 00:%",
    "else",
    "switch (option arch)",
    "on commit",
    "key k#",
    "zone z#.",
    "failover peer \"p#\"",
    "unknown #",
];

fn dhcpd(
    statements: &'static [&'static str],
    blocks: &'static [&'static str],
) -> impl Strategy<Value = Lines> {
    let statement = piece(statements).prop_map(|text| vec![(format!("{text};"), true)]);
    let comment = (0..9_u8).prop_map(|number| vec![(format!("# room {number}"), false)]);
    let leaf = prop_oneof![9 => statement, 1 => comment];
    leaf.prop_recursive(4, 60, 6, move |inner| {
        (piece(blocks), vec(inner, 0..6)).prop_map(|(head, inner)| {
            let mut lines = vec![(format!("{head} {{"), true)];
            lines.extend(inner.into_iter().flatten());
            lines.push(("}".to_owned(), false));
            lines
        })
    })
}

/// Statements of dhcpd6.conf without a block.
const STATEMENTS6: &[&str] = &[
    "authoritative",
    "default-lease-time #",
    "preferred-lifetime #",
    "log-facility local#",
    "option dhcp6.name-servers 2001:db8::#",
    "option dhcp6.name-servers x#",
    "option dhcp6.domain-search \"d#.example\", \"example\"",
    "option dhcp6.bootfile-url \"tftp://[2001:db8:#::2]/f#\"",
    "option dhcp6.bootfile-url \"\"",
    "option dhcp6.vendor-class 0 10 \"HTTPClient\"",
    "option dhcp6.o# code 20# = text",
    "option dhcp6.o# \"x\"",
    "option domain-name \"d#\"",
    "range6 2001:db8:#::10 2001:db8:#::20",
    "range6 2001:db8:#::/80",
    "range6 2001:db8:#::10 temporary",
    "prefix6 2001:db8:#00:: 2001:db8:#f0:: /60",
    "hardware ethernet 52:54:00:00:00:%",
    "fixed-address6 2001:db8:#::%",
    "host-identifier option dhcp6.client-id 00:03:00:01:52:54:00:00:00:%",
    "allow known-clients",
    "deny dynamic bootp clients",
    "filename \"f#\"",
    "interface \"eth#\"",
    "include \"missing-#.conf\"",
    "unknown # word",
];

/// Heads of blocks of dhcpd6.conf.
const BLOCKS6: &[&str] = &[
    "subnet6 2001:db8:#::/64",
    "subnet6 2001:db8::/32",
    "subnet6 2001:db8:#",
    "pool6",
    "shared-network s#",
    "group",
    "host h#",
    "class \"c#\"",
    "if option dhcp6.client-arch-type = 00:%",
    "if exists dhcp6.user-class and substring(option dhcp6.user-class, 2, 4) = \"iPXE\"",
    "elsif known",
    "else",
    "switch (option dhcp6.client-id)",
    "key k#",
];

/// A member of `Dhcp6`, or an item of one of its lists, each in one line.
fn kea6() -> impl Strategy<Value = Lines> {
    const MEMBERS: &[&str] = &[
        "\"valid-lifetime\": #",
        "\"preferred-lifetime\": #",
        "\"max-valid-lifetime\": #",
        "\"interface\": \"eth#\"",
        "\"unknown-#\": { \"a\": [ #, \"x\" ] }",
        "\"id\": #",
    ];
    const OPTIONS: &[&str] = &[
        "{ \"name\": \"dns-servers\", \"data\": \"2001:db8::#, x%\" }",
        "{ \"name\": \"dns-servers\", \"data\": \"2001:db8::#\" }",
        "{ \"code\": 24, \"csv-format\": false, \"data\": \"01%00\" }",
        "{ \"name\": \"bootfile-url\", \"data\": \"tftp://[2001:db8::#]/f\" }",
        "{ \"code\": #, \"csv-format\": false, \"data\": \"%\" }",
    ];
    const POOLS: &[&str] = &[
        "{ \"pool\": \"2001:db8:#::/80\" }",
        "{ \"pool\": \"2001:db8::# - 2001:db8::ffff\", \"client-class\": \"KNOWN\" }",
        "{ \"pool\": \"x#\" }",
    ];
    const CLASSES: &[&str] = &[
        "{ \"name\": \"c#\", \"test\": \"option[61].hex == 0x00%\", \"option-data\": [{ \"code\": 59, \"data\": \"f#\" }] }",
        "{ \"name\": \"c#\", \"test\": \"pkt6.msgtype == #\", \"only-if-required\": true }",
    ];
    const LISTS: [(&str, &[&str]); 3] =
        [("option-data", OPTIONS), ("pools", POOLS), ("client-classes", CLASSES)];
    let lists = select(&LISTS[..]).prop_flat_map(|(name, items)| {
        vec(piece(items), 0..4).prop_map(move |items| {
            let last = items.len().saturating_sub(1);
            let comma = |at: usize| if at == last { "" } else { "," };
            let mut lines = vec![(format!("\"{name}\": ["), false)];
            lines.extend(
                items.into_iter().enumerate().map(|(at, item)| (format!("{item}{}", comma(at)), true)),
            );
            lines.push(("],".to_owned(), false));
            (Some(name), lines)
        })
    });
    let lists = lists.boxed();
    let member = piece(MEMBERS).prop_map(|text| (None, vec![(format!("{text},"), true)])).boxed();
    let members = || vec(prop_oneof![2 => member.clone(), 1 => lists.clone()], 0..6);
    (members(), vec(members(), 0..3)).prop_map(|(global, subnets)| {
        // A member is in an object once, pools are in subnets, and classes in none.
        let once = |members: Vec<(Option<&'static str>, Lines)>, without: &str| {
            let mut seen = std::collections::BTreeSet::new();
            let key =
                |lines: &Lines| lines.first().map(|(line, _)| line.split(':').next().unwrap().to_owned());
            let kept =
                members.into_iter().filter(|(name, lines)| *name != Some(without) && seen.insert(key(lines)));
            kept.flat_map(|(_, lines)| lines).collect::<Lines>()
        };
        let mut all = vec![("{ \"Dhcp6\": {".to_owned(), false)];
        all.extend(once(global, "pools"));
        all.push(("\"subnet6\": [".to_owned(), false));
        for (at, members) in subnets.into_iter().enumerate() {
            all.push((format!("{{ \"subnet\": \"2001:db8:{at}::/64\","), true));
            all.extend(once(members, "client-classes"));
            all.push(("},".to_owned(), false));
        }
        all.push(("] } }".to_owned(), false));
        all
    })
}

/// Lines of the other files. A blank in front says that no statement begins there.
const DNSMASQ: &[&str] = &[
    "dhcp-range=10.#.0.10,10.#.0.20,255.255.255.0,#h",
    "dhcp-range=tag:x,10.0.0.1,10.0.0.2",
    "dhcp-range=10.0.#.0,proxy",
    "dhcp-range=set:t#,2001:db8:#::10,2001:db8:#::20,64,#h",
    "dhcp-range=tag:known,2001:db8::10,2001:db8::20",
    "dhcp-range=::#,constructor:eth0",
    "dhcp-host=52:54:00:00:00:%,[2001:db8::#]",
    "dhcp-host=52:54:00:00:00:%,10.0.0.#,[2001:db8::#]",
    "dhcp-host=id:00:03:00:01:52:54:00:00:00:%,[2001:db8::#]",
    "dhcp-option=tag:t#,option6:dns-server,[2001:db8::#]",
    "dhcp-option=option6:domain-search,d#.example",
    "dhcp-option=tag:t#,option6:bootfile-url,tftp://[2001:db8::2]/f#",
    "dhcp-option=option6:#,x",
    "dhcp-match=set:t#,option6:61,00:%",
    "dhcp-host=52:54:00:00:00:%,10.0.0.#,h#",
    "dhcp-host=52:54:00:00:00:%,ignore",
    "dhcp-host=id:*,h#",
    "dhcp-option=3,10.#.0.1",
    "dhcp-option=option:dns-server,0.0.0.0",
    "dhcp-option=#,x",
    "dhcp-match=set:t#,option:client-arch,#",
    "dhcp-boot=tag:t#,f#,,10.0.0.#",
    "dhcp-boot=f#",
    "dhcp-userclass=set:t#,iPXE",
    "pxe-service=x86PC,\"x\",f#",
    "interface=eth#",
    "domain=d#.example",
    "tftp-root=/srv/t#",
    "enable-tftp",
    "dhcp-authoritative",
    "address=/x#/10.0.0.1",
    "dhcp-#",
    " # a comment",
];

const MENU: &[&str] = &[
    ":l#\t",
    "menu Title #",
    "item l# Entry #",
    "item --key # l# Entry",
    "item --gap -- Gap #",
    "iseq ${platform} efi && item l# Efi ||",
    "choose a && goto ${a} || goto l#",
    "choose --timeout #000 --default l# a",
    "goto l#",
    "kernel http://10.0.0.1/tftpboot/e#/vmlinuz boot=casper url=x",
    "kernel wimboot",
    "initrd http://10.0.0.1/tftpboot/e#/initrd || goto l#",
    "boot || goto l#",
    "chain http://10.0.0.#/x.ipxe",
    "sanboot ${root-path}",
    "set v# ${v#}x{",
    "isset ${v#} || set v# y",
    "shell",
    "exit #",
    "cpuid --ext 29 && set arch x# || set arch y",
    "foo ${v#} || ",
    " # a comment",
];

const EXPORTS: &[&str] = &[
    "/srv/n# 10.0.0.#(ro)",
    "/srv/n# *(rw,fsid=#) 10.0.0.1",
    "/srv/n# -ro 10.0.0.# 10.0.0.1(rw)",
    "/srv/n# (ro)",
    "/srv/n#",
    "srv/n# *(ro",
    " # a comment",
];

const SMB: &[&str] = &[
    " [global]",
    " [s#]",
    " [printers]",
    "path = /srv/s#",
    "writable = yes",
    "read only = #",
    "valid users = u# @g#",
    "workgroup = w#",
    "unknown# = x",
    "no value #",
    " ; a comment",
];

const TGT: &[&str] = &[
    "<target iqn.2020-01.x:t#>",
    " </target>",
    "backing-store /srv/t#.img",
    "initiator-address 10.0.0.#",
    "incominguser u# p#",
    "lun #",
    "default-driver iscsi",
    " # a comment",
];

const CSV: &[&str] = &[
    "h#,52:54:00:00:00:%,10.0.0.#,room #",
    "h#,52:54:00:00:00:%,,",
    ",52:54:00:00:00:%,10.0.0.#,",
    "h#.x,no mac,10.0.0.#/24,g",
    "h#",
];

/// Lines of templates; those that begin with a blank are no statements.
fn lines(templates: &'static [&'static str]) -> impl Strategy<Value = Lines> {
    let line = piece(templates).prop_map(|line| {
        // A label alone is no command.
        let begins = !line.starts_with(' ') && !line.ends_with('\t');
        (line.trim().to_owned(), begins)
    });
    vec(line, 0..40)
}

/// A member of Kea's configuration or an item of one of its lists, each in one line.
fn kea() -> impl Strategy<Value = Lines> {
    const MEMBERS: &[&str] = &[
        "\"valid-lifetime\": #",
        "\"authoritative\": true",
        "\"next-server\": \"10.0.0.#\"",
        "\"boot-file-name\": \"f#\"",
        "\"match-client-id\": false",
        "\"unknown-#\": { \"a\": [ #, \"x\" ] }",
        "\"comment\": \"room #\"",
    ];
    const OPTIONS: &[&str] = &[
        "{ \"name\": \"routers\", \"data\": \"10.0.0.#\" }",
        "{ \"code\": #, \"csv-format\": false, \"data\": \"%\" }",
        "{ \"name\": \"unknown-#\" }",
    ];
    const POOLS: &[&str] = &[
        "{ \"pool\": \"10.0.#.0/24\" }",
        "{ \"pool\": \"10.0.0.# - 10.0.0.9\", \"client-class\": \"KNOWN\" }",
        "{ \"client-class\": \"c#\" }",
    ];
    const HOSTS: &[&str] = &[
        "{ \"hw-address\": \"52:54:00:00:00:%\", \"hostname\": \"h#\", \"ip-address\": \"10.0.0.#\" }",
        "{ \"client-id\": \"%\" }",
        "{ \"hw-address\": \"52:54:00:00:00:%\" }",
    ];
    const CLASSES: &[&str] = &[
        "{ \"name\": \"c#\", \"test\": \"option[93].hex == 0x00%\", \"boot-file-name\": \"f#\" }",
        "{ \"name\": \"c#\", \"test\": \"substring(option[60].hex,0,1) == 'x'\" }",
        "{ \"name\": \"c#\", \"test\": \"member('c#') and pkt4.mac == 0x%\", \"next-server\": \"10.0.0.1\" }",
    ];
    fn many(templates: &'static [&'static str], begins: bool) -> impl Strategy<Value = Lines> {
        vec(piece(templates).prop_map(move |text| (format!("{text},"), begins)), 0..4)
    }
    fn named(name: &str, lines: Lines) -> Lines {
        let head = (format!("\"{name}\": ["), false);
        [vec![head], lines, vec![("],".to_owned(), false)]].concat()
    }
    // Two members of one name are another file than Kea takes.
    let members = |lines: Lines| {
        let mut seen = std::collections::BTreeSet::new();
        let name = |line: &str| line.split(':').next().unwrap_or_default().to_owned();
        lines.into_iter().filter(|(line, _)| seen.insert(name(line))).collect::<Lines>()
    };
    let subnet = (0..9_u8, many(MEMBERS, true), many(OPTIONS, true), many(POOLS, true), many(HOSTS, true));
    let subnet = subnet.prop_map(move |(net, own, options, pools, hosts)| {
        let mut lines = vec![
            ("{".to_owned(), false),
            (format!("\"subnet\": \"10.{net}.0.0/16\","), true),
            (format!("\"id\": {},", net + 1), true),
        ];
        lines.extend(members(own));
        lines.extend(named("option-data", options));
        lines.extend(named("pools", pools));
        lines.extend(named("reservations", hosts));
        lines.push(("},".to_owned(), false));
        lines
    });
    (many(MEMBERS, true), many(OPTIONS, true), many(CLASSES, true), vec(subnet, 0..3)).prop_map(
        move |(own, options, classes, subnets)| {
            let mut lines = vec![("{ \"Dhcp4\": {".to_owned(), false)];
            lines.extend(members(own));
            lines.extend(named("option-data", options));
            lines.extend(named("client-classes", classes));
            lines.extend(named("subnet4", subnets.concat()));
            lines.push(("} }".to_owned(), false));
            lines
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn statements_of_dhcpd_are_accounted_for_once(lines in vec(dhcpd(STATEMENTS, BLOCKS), 0..12)) {
        accounted(FileKind::Dhcpd, "dhcpd.conf", &lines.concat())?;
    }

    #[test]
    fn statements_of_dhcpd6_are_accounted_for_once(lines in vec(dhcpd(STATEMENTS6, BLOCKS6), 0..6)) {
        accounted(FileKind::Dhcpd6, "dhcpd6.conf", &lines.concat())?;
    }

    #[test]
    fn statements_of_kea6_are_accounted_for_once(lines in kea6()) {
        accounted(FileKind::Kea6, "kea-dhcp6.conf", &lines)?;
    }

    #[test]
    fn statements_of_kea_are_accounted_for_once(lines in kea()) {
        accounted(FileKind::Kea, "kea-dhcp4.conf", &lines)?;
    }

    #[test]
    fn lines_of_dnsmasq_are_accounted_for_once(lines in lines(DNSMASQ)) {
        accounted(FileKind::Dnsmasq, "dnsmasq.conf", &lines)?;
    }

    #[test]
    fn lines_of_a_menu_are_accounted_for_once(lines in lines(MENU)) {
        accounted(FileKind::IpxeMenu, "menu.ipxe", &lines)?;
    }

    #[test]
    fn lines_of_exports_are_accounted_for_once(lines in lines(EXPORTS)) {
        accounted(FileKind::Exports, "exports", &lines)?;
    }

    #[test]
    fn lines_of_samba_are_accounted_for_once(lines in lines(SMB)) {
        accounted(FileKind::Smb, "smb.conf", &lines)?;
    }

    #[test]
    fn lines_of_tgt_are_accounted_for_once(lines in lines(TGT)) {
        // An end that ends nothing is a statement.
        let mut open = 0;
        let lines = lines.into_iter().map(|(line, begins)| {
            let stray = line == "</target>" && open == 0;
            match line.as_str() {
                "</target>" => open = u32::saturating_sub(open, 1),
                _ if line.starts_with('<') && open < 8 => open += 1,
                _ => {}
            }
            (line, begins || stray)
        });
        accounted(FileKind::Tgt, "targets.conf", &lines.collect())?;
    }

    #[test]
    fn rows_of_tables_are_accounted_for_once(rows in lines(CSV)) {
        let heading = ("name,mac,ip,group".to_owned(), false);
        accounted(FileKind::Csv, "hosts.csv", &[vec![heading], rows].concat())?;
    }

    /// The files of `tests/import`, with parts that are missing, twice, or something else.
    #[test]
    fn no_fault_of_a_file_stops_the_import(
        file in any::<Index>(),
        faults in vec((any::<Index>(), 0..60_usize, any::<Index>(), "[{};\"\\[\\]<>#\n,:$ a0\\\\é]{0,3}"), 1..6),
    ) {
        let files = files();
        let (kind, path, text) = file.get(&files);
        let mut text: Vec<char> = text.chars().collect();
        for (at, length, from, new) in faults {
            let (at, from) = (at.index(text.len() + 1), from.index(text.len() + 1));
            let (end, until) = ((at + length).min(text.len()), (from + length).min(text.len()));
            let copied: Vec<char> = text[from..until].to_vec();
            match length % 3 {
                0 => drop(text.splice(at..end, new.chars())),
                1 => drop(text.splice(at..at, copied)),
                _ => drop(text.splice(at..at, new.chars())),
            }
        }
        imported(*kind, path, text.into_iter().collect())?;
    }
}

/// The files of `tests/import` whose names tell their kinds.
fn files() -> Vec<(FileKind, String, String)> {
    let folders = cases_of("tests/import");
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let mut paths: Vec<_> =
        entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()).collect();
    paths.sort();
    let read = paths.iter().filter_map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        Some((FileKind::of_name(&name)?, name, fs::read_to_string(path).ok()?))
    });
    let files: Vec<_> = read.collect();
    assert!(files.len() > 30, "{}", files.len());
    files
}
