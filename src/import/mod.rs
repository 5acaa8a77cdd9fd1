//! From the files of daemons to a site.yaml that says the same.
//!
//! Each kind of file has a reader, which adds what it understands to a [`Draft`] and accounts for every statement in its
//! [`Coverage`]: nothing disappears. No reader fails: a text that a daemon would refuse costs its own statement only.

mod accounts;
mod assignments;
mod boot_entries;
mod clients;
mod copies;
mod coverage;
mod csv_hosts;
mod dhcpd;
mod dnsmasq;
mod draft;
mod durations;
mod exports;
mod initiators;
mod ipxe_menu;
mod isc_dhcp_server;
mod kea;
mod names;
mod networks;
mod old_server;
mod order;
mod origin;
mod relay;
#[cfg(test)]
mod robustness;
mod search;
mod secrets;
mod server_address;
mod six;
mod smb;
mod source_file;
mod tables;
mod tftpd_hpa;
mod tgt;
mod vars;
mod vendor_classes;
mod web_site;
mod yaml;

pub use coverage::{Coverage, Outcome, Remark, Statement};
pub use csv_hosts::with_columns;
pub use dhcpd::is_unusable;
pub use dnsmasq::ConfigDir;
pub use draft::{Draft, Entry, Mapping, Value};
pub use initiators::compare as compare_initiators;
pub use isc_dhcp_server::configs;
pub use old_server::{OldServer, old_servers, old_servers6};
use origin::Lines;
pub use origin::Origin;
pub use search::{PLACES, Place};
pub use secrets::{move_secrets, secrets};
pub use six::{Expectations, compare as compare6};
pub use source_file::{FileKind, SourceFile};
pub use tables::move_hosts;
pub use yaml::{Places, text_of, text_with_places};

/// The result of an import.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The site that the files describe.
    pub draft: Draft,
    /// The outcome of each statement.
    pub coverage: Coverage,
    /// Boot files that their clients cannot use are carried over as well.
    pub keep: bool,
    /// What the files say of DHCPv6 and the site says by its keys for IPv4, for [`compare6`].
    pub expected6: Option<Box<Expectations>>,
    /// The interfaces on which dhcpd answers DHCPv6, and their statement.
    interfaces6: Option<(usize, Vec<String>)>,
}

/// The name of the server that the files are from, unless the user gives another one.
pub const SERVER: &str = "boot";

/// Reads files of daemons, which are all from the server with this name. They may be given in any order; `include` is
/// followed among them, by path. With `keep`, boot files that their clients cannot use are carried over as well.
#[must_use]
pub fn import(files: &[SourceFile], server: &str, keep: bool) -> Imported {
    let mut imported = Imported { keep, ..Imported::default() };
    server.clone_into(&mut imported.draft.server);
    let mut order: Vec<&SourceFile> = files.iter().filter(|file| !file.included).collect();
    order.sort_by_key(|file| file.kind);
    for file in order {
        match file.kind {
            FileKind::IscDhcpServer => isc_dhcp_server::read(file, &mut imported),
            FileKind::Dhcpd => dhcpd::read(file, files, &mut imported),
            FileKind::Dhcpd6 => dhcpd::read6(file, files, &mut imported),
            FileKind::Kea | FileKind::Kea6 => kea::read(file, files, &mut imported),
            FileKind::Dnsmasq => dnsmasq::read(file, files, &mut imported),
            FileKind::Csv => csv_hosts::read(file, files, &mut imported),
            FileKind::TftpdHpa => tftpd_hpa::read(file, &mut imported),
            FileKind::Smb => smb::read(file, &mut imported),
            FileKind::Tgt => tgt::read(file, &mut imported),
            FileKind::Relay => relay::read(file, &mut imported),
            FileKind::WebSite => web_site::read(file, &mut imported),
            FileKind::IpxeMenu => ipxe_menu::read(file, &mut imported),
            FileKind::Exports => exports::read(file, &mut imported),
        }
    }
    boot_entries::fill_in(&mut imported.draft);
    vars::declare(&mut imported.draft);
    name_the_server(&mut imported.draft);
    order::arrange(&mut imported.draft);
    imported.coverage.close();
    imported
}

/// With several servers, such as a failover pair, a service must say where it runs. The files are those of one server.
fn name_the_server(draft: &mut Draft) {
    if draft.site.submap("servers").is_none_or(|servers| servers.entries().len() < 2) {
        return;
    }
    let server = draft.server.clone();
    for service in ["nfs", "smb"] {
        let unnamed = |map: &Mapping| map.get("server").is_none() && map.get("servers").is_none();
        if draft.site.submap(service).is_some_and(unnamed) {
            draft.site.map(service).set("server", server.as_str());
        }
    }
    // The files of one server do not have the exports of another, whose name is where the menu's other files are.
    if draft.site.get("nfs").is_none() && has_root_on_nfs(draft) {
        let http = draft.site.submap("http").and_then(|http| http.text("server"));
        let other = http.map_or(server, str::to_owned);
        draft.site.map("nfs").set("server", other);
    }
}

/// Whether a boot entry has its system on the NFS server of the site.
fn has_root_on_nfs(draft: &Draft) -> bool {
    let entries = draft.site.submap("boot_entries").into_iter().flat_map(Mapping::entries);
    entries.into_iter().any(|entry| match &entry.value {
        Value::Map(keys) => {
            matches!(keys.text("kind"), Some("casper" | "live_boot" | "nfs_root"))
                && keys.get("iso").is_none()
                && keys.get("root_over").is_none()
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Strategy, any, prop_assert, proptest};
    use proptest::{collection::vec, sample::select};

    use super::{FileKind, Outcome, SERVER, SourceFile, import, move_hosts, text_of};

    /// Words that dhcpd.conf is made of, and what breaks it.
    const WORDS: &[&str] = &[
        "subnet",
        "10.0.0.0",
        "netmask",
        "255.255.255.0",
        "{",
        "}",
        "{",
        "}",
        ";",
        ";",
        ";",
        ";",
        ",",
        "=",
        "option",
        "routers",
        "10.0.0.1",
        "domain-name",
        "\"a.b\"",
        "\"",
        "range",
        "10.0.0.5",
        "10.0.0.9",
        "host",
        "pc",
        "pc.2",
        "hardware",
        "ethernet",
        "52:54:00:00:00:01",
        "fixed-address",
        "group",
        "pool",
        "shared-network",
        "class",
        "subclass",
        "match",
        "if",
        "elsif",
        "else",
        "(",
        ")",
        "filename",
        "\"pxelinux.0\"",
        "next-server",
        "arch",
        "code",
        "93",
        "unsigned",
        "integer",
        "16",
        "space",
        "ipxe",
        "ipxe.x",
        "encapsulate",
        "175",
        "allow",
        "deny",
        "members",
        "of",
        "known-clients",
        "unknown-clients",
        "failover",
        "peer",
        "primary",
        "address",
        "include",
        "dhcpd.conf",
        "substring",
        "vendor-class-identifier",
        "0",
        "9",
        "\"PXEClient\"",
        "known",
        "not",
        "and",
        "or",
        "set",
        "switch",
        "case",
        "default",
        "authoritative",
        "default-lease-time",
        "-1",
        "# comment\n",
        "\n",
        "root-path",
        "\"10.0.0.2:/srv/{x}\"",
        "use-host-decl-names",
        "on",
        "key",
        "zone",
        "\u{e9}",
        "\\",
        "\0",
    ];

    fn file(text: String) -> SourceFile {
        SourceFile { path: "dhcpd.conf".into(), kind: FileKind::Dhcpd, included: false, text }
    }

    /// Imports a text; every statement must have an outcome.
    fn outcome(text: String) -> Result<(), proptest::test_runner::TestCaseError> {
        let mut imported = import(&[file(text)], SERVER, false);
        move_hosts(&mut imported.draft);
        let yaml = text_of(&imported.draft);
        let read: Result<serde_json::Value, _> = serde_yaml::from_str(&yaml);
        prop_assert!(read.is_ok(), "{:?}\n{}", read, yaml);
        let unread =
            |outcome: &Outcome| *outcome == Outcome::Lost("the import does not know this statement".into());
        let forgotten = imported.coverage.statements.iter().find(|statement| unread(&statement.outcome));
        prop_assert!(forgotten.is_none(), "{:?}", forgotten);
        Ok(())
    }

    proptest! {
        #[test]
        fn no_words_break_the_import(words in vec(select(WORDS), 0..60)) {
            outcome(words.join(" "))?;
        }

        #[test]
        fn no_text_breaks_the_import(text in any::<String>().prop_map(|text| text.replace('x', "{"))) {
            outcome(text)?;
        }

        #[test]
        fn no_statements_break_the_import(statements in vec(vec(select(WORDS), 1..6).prop_map(|words| words.join(" ")), 0..12)) {
            outcome(statements.join(";\n"))?;
        }
    }
}
