//! The examples with another DHCP server: `daemon: kea` or `daemon: dnsmasq` in their `dhcp`, and what their errors then
//! ask for.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::{cases, name, tree};

/// A change of a site's text: the text that is there once, and its replacement.
type Change = (&'static str, &'static str);

/// The changes that the errors of an example ask for, by example and daemon. The errors themselves are in the example's
/// folder, in `kea.txt` and `dnsmasq.txt`.
const CHANGES: [(&str, &str, &[Change]); 6] = [
    (
        "branch",
        "kea",
        &[
            ("10.10.1.10/24], interfaces: [eth0] }", "10.10.1.10/24], interfaces: [eth0], os: debian-12 }"),
            ("10.20.0.10/24, interfaces: [eth0] }", "10.20.0.10/24, interfaces: [eth0], os: debian-12 }"),
            ("    raw: { dhcpd: \"default-lease-time 600;\" }\n", ""),
        ],
    ),
    (
        "branch",
        "dnsmasq",
        &[
            ("\n  servers: [head, branch]\n", "\n  server: head\n"),
            ("\n  max_lease_time: 24h\n", "\n"),
            ("    raw: { dhcpd: \"default-lease-time 600;\" }\n", ""),
        ],
    ),
    (
        "campus",
        "dnsmasq",
        &[("\nsubnets:\n", "\nallow: { daemon-lacks: the screens begin anew }\n\nsubnets:\n")],
    ),
    ("classroom", "kea", &[("\n  ping_check: true\n", "\n")]),
    (
        "school",
        "kea",
        &[(
            "    cidr6: \"2001:db8:30::/64\"\n",
            "    cidr6: \"2001:db8:30::/64\"\n    raw: { kea6: { interface: eth0 } }\n",
        )],
    ),
    (
        "school",
        "dnsmasq",
        // `none` for the HTTP loaders would take them from IPv4 too, so this site accepts the error.
        &[
            ("\n  max_lease_time: 24h\n", "\n"),
            ("\nsubnets:\n", "\nallow: { daemon-lacks: no machine boots by HTTP over IPv6 }\n\nsubnets:\n"),
        ],
    ),
];

/// The examples below a folder, changed as their errors ask for; `daemon` itself comes by `--with`.
pub fn moved_examples(daemon: &str, folder: &Path) -> Vec<PathBuf> {
    cases(&["examples"]).iter().map(|example| moved(example, daemon, &folder.join(name(example)))).collect()
}

fn moved(example: &Path, daemon: &str, to: &Path) -> PathBuf {
    for (path, file) in tree(example).into_iter().filter(|(path, _)| !path.starts_with("rendered/")) {
        let path = to.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, file.bytes).unwrap();
    }
    let site = to.join("site.yaml");
    let mut text = fs::read_to_string(&site).unwrap();
    let example = name(example);
    let of_example = |(name, of, _): &&(&str, &str, _)| *name == example && *of == daemon;
    for (old, new) in CHANGES.iter().filter(of_example).flat_map(|(_, _, changes)| *changes) {
        assert_eq!(text.matches(old).count(), 1, "{example}: `{old}`");
        text = text.replace(old, new);
    }
    fs::write(&site, text).unwrap();
    site
}
