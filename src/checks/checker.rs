//! The daemons' checkers: how each is run.

use std::fs;

/// How a checker is run.
#[derive(Debug)]
pub(super) struct Checker {
    /// The first word of the command that the manifest names.
    command: &'static str,
    /// The program that is run.
    pub program: &'static str,
    /// The daemon that it belongs to: the word of `--unchecked`.
    pub daemon: &'static str,
    /// The daemon's users, by distribution. Without one of them it runs as `nobody`.
    users: &'static [&'static str],
    /// It resolves names and binds to ports below 1024.
    pub network: bool,
    /// It opens log files and makes cache folders.
    pub logs: bool,
    /// It refuses to run unless it is root: it runs as root of a user namespace, with the user's rights.
    pub as_root: bool,
}

const PLAIN: Checker =
    Checker { command: "", program: "", daemon: "", users: &[], network: false, logs: false, as_root: false };

static CHECKERS: &[Checker] = &[
    Checker { command: "dhcpd", program: "dhcpd", daemon: "dhcpd", users: &["dhcpd"], ..PLAIN },
    Checker { command: "testparm", program: "testparm", daemon: "samba", ..PLAIN },
    Checker {
        command: "nginx",
        program: "nginx",
        daemon: "nginx",
        users: &["www-data", "nginx", "http"],
        network: true,
        logs: true,
        ..PLAIN
    },
    Checker {
        command: "apache2ctl",
        // Debian's script for httpd would read the machine's own configuration.
        program: "apache2",
        daemon: "apache",
        users: &["www-data", "apache", "http"],
        ..PLAIN
    },
    Checker { command: "tgt-admin", program: "tgt-admin", daemon: "tgt", as_root: true, ..PLAIN },
    Checker { command: "python3", program: "python3", daemon: "lio", ..PLAIN },
    Checker { command: "dnsmasq", program: "dnsmasq", daemon: "dnsmasq", users: &["dnsmasq"], ..PLAIN },
    Checker { command: "kea-dhcp4", program: "kea-dhcp4", daemon: "kea", users: &["_kea", "kea"], ..PLAIN },
    // Files in /etc/default.
    Checker { command: "sh", program: "sh", daemon: "defaults", ..PLAIN },
];

/// The words of `--unchecked`.
pub fn daemons() -> impl Iterator<Item = &'static str> {
    CHECKERS.iter().map(|checker| checker.daemon)
}

/// The checker that a command of the manifest begins with.
pub(super) fn checker(command: &str) -> Option<&'static Checker> {
    CHECKERS.iter().find(|checker| checker.command == command)
}

/// The account that a checker runs as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct User {
    pub name: String,
    pub id: u32,
    pub group: u32,
    /// It is a daemon's, so that its further groups are its own.
    pub own: bool,
}

impl Checker {
    /// The account that it runs as on this machine.
    pub(super) fn user(&self) -> User {
        self.user_in(&fs::read_to_string("/etc/passwd").unwrap_or_default())
    }

    fn user_in(&self, passwd: &str) -> User {
        let account = |wanted: &str| {
            passwd.lines().find_map(|line| {
                let mut fields = line.split(':');
                let name = fields.next().filter(|name| *name == wanted)?;
                let (id, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
                // An account with root's number would have root's rights.
                (id != 0).then(|| User { name: name.to_owned(), id, group, own: wanted != "nobody" })
            })
        };
        let nobody = || User { name: "nobody".to_owned(), id: 65_534, group: 65_534, own: false };
        self.users.iter().find_map(|name| account(name)).or_else(|| account("nobody")).unwrap_or_else(nobody)
    }
}

/// Whether a checker says that it may not read the file that it was started with, and nothing else.
///
/// A checker repeats lines of the file, and these are the site's. So the whole line has to be the daemon's
/// own sentence, with the path of the staged file in its place: no site knows that path.
pub(super) fn cannot_read(command: &str, text: &str, staged: &str) -> bool {
    let sentence = |line: &str| match command {
        "dhcpd" => line == format!("Can't open {staged}: Permission denied"),
        "nginx" => {
            let words = line.split_once("] ").and_then(|(_, rest)| rest.split_once(": "));
            words.is_some_and(|(_, words)| {
                words == format!("open() \"{staged}\" failed (13: Permission denied)")
            })
        }
        "apache2ctl" => {
            line == format!("apache2: Could not open configuration file {staged}: Permission denied")
        }
        "dnsmasq" => line == format!("dnsmasq: cannot read {staged}: Permission denied"),
        "kea-dhcp4" => line == format!("Syntax check failed with: Unable to open file {staged}"),
        "sh" => line == format!("sh: 0: cannot open {staged}: Permission denied"),
        "tgt-admin" => line == format!("Config::General: Could not open {staged}!(Permission denied)"),
        _ => false,
    };
    text.lines().any(sentence)
}

#[cfg(test)]
mod tests {
    use super::{User, cannot_read, checker};

    #[test]
    fn a_checker_runs_as_its_daemon_or_as_nobody() {
        let nginx = checker("nginx").unwrap();
        let passwd = "root:x:0:0::/:\nnobody:x:99:98::/:\nnginx:x:12:13::/:\n";
        let user = |name: &str, id, group, own| User { name: name.to_owned(), id, group, own };
        assert_eq!(nginx.user_in(passwd), user("nginx", 12, 13, true));
        assert_eq!(checker("testparm").unwrap().user_in(passwd), user("nobody", 99, 98, false));
        assert_eq!(nginx.user_in("nginx:x:0:0::/:\n"), user("nobody", 65_534, 65_534, false));
        assert_eq!(nginx.user_in(""), user("nobody", 65_534, 65_534, false));
    }

    /// Said by the programs of Debian 12.
    #[test]
    fn only_the_whole_sentence_about_the_staged_file_counts() {
        let path = "/tmp/ipxegen-check-a/files/boot/x";
        for (command, said) in [
            ("dhcpd", "Can't open /tmp/ipxegen-check-a/files/boot/x: Permission denied"),
            (
                "nginx",
                "2026/11/29 16:20:28 [emerg] 1#1: open() \"/tmp/ipxegen-check-a/files/boot/x\" failed (13: Permission denied)",
            ),
            (
                "apache2ctl",
                "apache2: Could not open configuration file /tmp/ipxegen-check-a/files/boot/x: Permission denied",
            ),
            ("dnsmasq", "dnsmasq: cannot read /tmp/ipxegen-check-a/files/boot/x: Permission denied"),
            ("kea-dhcp4", "Syntax check failed with: Unable to open file /tmp/ipxegen-check-a/files/boot/x"),
            ("sh", "sh: 0: cannot open /tmp/ipxegen-check-a/files/boot/x: Permission denied"),
            (
                "tgt-admin",
                "Config::General: Could not open /tmp/ipxegen-check-a/files/boot/x!(Permission denied)",
            ),
        ] {
            assert!(
                cannot_read(command, &format!("something before\n{said}\n\nand behind\n"), path),
                "{command}"
            );
            assert!(!cannot_read(command, said, "/tmp/ipxegen-check-b/files/boot/x"), "{command}");
            // As a line of the site, quoted.
            assert!(!cannot_read(command, &format!("nonsense \"{said}\""), path), "{command}");
        }
        assert!(!cannot_read("dhcpd", "nonsense \"Permission denied\";", path));
    }
}
