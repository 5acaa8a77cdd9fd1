//! `CONFIG_DIR` of `/etc/default/dnsmasq`: the folder that Debian's service reads beside `/etc/dnsmasq.conf`.
//!
//! Its `systemd-helper` and its init script start dnsmasq with `${CONFIG_DIR:+ -7 ${CONFIG_DIR}}` (2.90-4~deb12u2), and
//! `-7` is `conf-dir`. The file says to comment the line out for no folder.

use super::super::assignments::assignments;
use super::lines::{includes, includes_by};

/// The folder of the service.
#[derive(Clone, Debug)]
pub struct ConfigDir {
    /// It as a line of dnsmasq.conf; empty for no folder.
    line: String,
}

impl Default for ConfigDir {
    /// That of Debian's package, which leaves out the copies of dpkg. `x.bak`, `x.rpmsave` and `README` are read: dnsmasq 2.90
    /// reported a wrong line in each.
    fn default() -> Self {
        Self { line: "conf-dir=/etc/dnsmasq.d,.dpkg-dist,.dpkg-old,.dpkg-new".to_owned() }
    }
}

impl ConfigDir {
    /// That of the text of `/etc/default/dnsmasq`; `None` if it does not have the variable in any form, or one that only
    /// a shell can tell.
    #[must_use]
    pub fn of(defaults: &str) -> Option<Self> {
        let all = assignments("", defaults);
        let value =
            all.iter().rfind(|assignment| assignment.name == "CONFIG_DIR").map(|last| last.value.trim());
        match value {
            Some(value) if value.contains(['$', '`', '\n']) => None,
            Some(value) if value.starts_with('/') => Some(Self { line: format!("conf-dir={value}") }),
            Some(_) => Some(Self { line: String::new() }),
            None => defaults.contains("CONFIG_DIR").then(|| Self { line: String::new() }),
        }
    }

    /// The folder, and patterns of files in it, such as `/etc/dnsmasq.d/*.conf`.
    #[must_use]
    pub fn patterns(&self) -> Vec<String> {
        includes(&self.line)
    }

    /// Whether dnsmasq reads a file of a pattern's folder.
    #[must_use]
    pub fn reads(&self, pattern: &str, name: &str) -> bool {
        let is_of_pattern = pattern.rsplit_once('*').is_some_and(|(_, ending)| name.ends_with(ending));
        is_of_pattern && includes_by(&self.line, pattern, name)
    }
}

#[cfg(test)]
mod tests {
    use super::ConfigDir;

    #[test]
    fn the_last_assignment_counts() {
        let patterns = |text: &str| ConfigDir::of(text).map(|dir| dir.patterns());
        let one = |pattern: &str| Some(vec![pattern.to_owned()]);
        assert_eq!(patterns("CONFIG_DIR=/etc/a,.dpkg-dist\n"), one("/etc/a/*"));
        assert_eq!(
            patterns("CONFIG_DIR=/etc/a\nCONFIG_DIR=\"/etc/b/,*.conf\" # mine\n"),
            one("/etc/b/*.conf")
        );
        assert_eq!(patterns("#CONFIG_DIR=/etc/a\n"), Some(Vec::new()));
        assert_eq!(patterns("CONFIG_DIR=\n"), Some(Vec::new()));
        assert_eq!(patterns("ENABLED=1\n"), None);
        assert_eq!(patterns("CONFIG_DIR=$HOME/a\n"), None);
    }

    #[test]
    fn files_with_the_endings_are_not_read() {
        let dir = ConfigDir::of("CONFIG_DIR=/etc/a,.dpkg-dist,.off\n").unwrap();
        let names = ["x", "x.off", "x.dpkg-dist", "x.dpkg-old", ".x"];
        let read: Vec<&str> = names.into_iter().filter(|name| dir.reads("/etc/a/*", name)).collect();
        assert_eq!(read, ["x", "x.dpkg-old"]);
    }
}
