//! The account that a checker runs as.

use std::fs;

use crate::outputs::Checker;

/// An account of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CheckerAccount {
    pub name: String,
    pub id: u32,
    pub group: u32,
    /// It is a daemon's account, so its supplementary groups are the daemon's too.
    pub of_daemon: bool,
}

impl CheckerAccount {
    /// The account that a checker runs as on this machine: its daemon's, or `nobody`.
    pub(super) fn of(checker: &Checker) -> Self {
        Self::of_in(checker, &fs::read_to_string("/etc/passwd").unwrap_or_default())
    }

    fn of_in(checker: &Checker, passwd: &str) -> Self {
        let account = |wanted: &str| {
            passwd.lines().find_map(|line| {
                let mut fields = line.split(':');
                let name = fields.next().filter(|name| *name == wanted)?;
                let (id, group) = (fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?);
                // An account with the number of root would have the rights of root.
                (id != 0).then(|| Self { name: name.to_owned(), id, group, of_daemon: wanted != "nobody" })
            })
        };
        let nobody = || Self { name: "nobody".to_owned(), id: 65_534, group: 65_534, of_daemon: false };
        let own = checker.users.iter().find_map(|name| account(name));
        own.or_else(|| account("nobody")).unwrap_or_else(nobody)
    }
}

#[cfg(test)]
mod tests {
    use super::{Checker, CheckerAccount};

    #[test]
    fn a_checker_runs_as_its_daemon_or_as_nobody() {
        let with = Checker { users: &["www-data", "nginx"], ..Checker::new("nginx", "nginx") };
        let without = Checker::new("testparm", "samba");
        let passwd = "root:x:0:0::/:\nnobody:x:99:98::/:\nnginx:x:12:13::/:\n";
        let account =
            |name: &str, id, group, of_daemon| CheckerAccount { name: name.to_owned(), id, group, of_daemon };
        assert_eq!(CheckerAccount::of_in(&with, passwd), account("nginx", 12, 13, true));
        assert_eq!(CheckerAccount::of_in(&without, passwd), account("nobody", 99, 98, false));
        assert_eq!(
            CheckerAccount::of_in(&with, "nginx:x:0:0::/:\n"),
            account("nobody", 65_534, 65_534, false)
        );
        assert_eq!(CheckerAccount::of_in(&with, ""), account("nobody", 65_534, 65_534, false));
    }
}
