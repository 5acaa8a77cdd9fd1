//! How each DHCP server is started for a trial.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::network::Network;
use super::programs::without_programs;
use super::standalone::standalone;
use crate::model::{DhcpDaemon, Site};

/// A file of the server, as it will be put in place.
#[derive(Clone, Debug)]
pub struct TrialFile {
    /// Its path on the server.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// Its owner and group, as `owner:group`.
    pub owner: String,
    /// Its content.
    pub content: Vec<u8>,
}

/// The DHCP server of a site, ready for a trial.
#[derive(Clone, Debug)]
pub struct Trialled {
    /// The program's name.
    pub program: &'static str,
    pub(super) daemon: DhcpDaemon,
    /// It is the server for DHCPv6.
    six: bool,
    pub(super) found: PathBuf,
    /// The file that it reads first.
    config: String,
    pub(super) files: Vec<TrialFile>,
    /// The words before secrets in its messages, which are masked. Without words, none of its messages is shown; `None` if
    /// there are no secrets.
    pub(super) secret: Option<Vec<String>>,
}

/// The rights that each daemon keeps. dnsmasq starts as root and changes to its own account.
const RIGHTS: &str = "+net_raw,+net_bind_service,+net_admin";
const RIGHTS_OF_DNSMASQ: &str = "+net_raw,+net_bind_service,+net_admin,+setuid,+setgid,+chown";

/// The folders of daemons, in which not every account's PATH looks.
const FOLDERS: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Trialled {
    /// The daemon of a server. `files` are all files of that server; only those in the daemon's own folder are used.
    ///
    /// # Errors
    /// If the program is not installed, or its configuration is not among the files.
    pub fn new(site: &Site<'_>, files: Vec<TrialFile>, secret: Option<Vec<String>>) -> Result<Self> {
        Self::of(site, files, secret, false)
    }

    /// The daemon for DHCPv6 of a server whose site has it.
    ///
    /// # Errors
    /// If the program is not installed, or its configuration is not among the files.
    pub fn new6(site: &Site<'_>, files: Vec<TrialFile>, secret: Option<Vec<String>>) -> Result<Self> {
        Self::of(site, files, secret, true)
    }

    fn of(site: &Site<'_>, files: Vec<TrialFile>, secret: Option<Vec<String>>, six: bool) -> Result<Self> {
        let dhcp = site.dhcp.as_ref().context("the site has no DHCP server")?;
        let (program, config, _) = names(dhcp.daemon, six);
        let Some(found) = find(program) else {
            bail!("{program} is not installed here, so --probe has nothing to start");
        };
        let folder = folder_of(config);
        let mut files: Vec<TrialFile> =
            files.into_iter().filter(|file| Path::new(&file.path).starts_with(folder)).collect();
        if !files.iter().any(|file| file.path == config) {
            bail!("the site has no {config}, so --probe has nothing to start {program} with");
        }
        for file in &mut files {
            file.content = standalone(std::mem::take(&mut file.content), dhcp.daemon);
            if file.path == config && !six {
                file.content.extend(no_ping(dhcp.daemon));
            }
        }
        Ok(Self { program, daemon: dhcp.daemon, six, found, config: config.to_owned(), files, secret })
    }

    /// Leaves out of its files what starts a program.
    ///
    /// # Errors
    /// If a file cannot be read, or loads a library that is not Kea's own.
    pub fn without_programs(mut self) -> Result<Self> {
        for file in &mut self.files {
            file.content = without_programs(std::mem::take(&mut file.content), self.daemon)?;
        }
        Ok(self)
    }

    /// The daemon with a configuration that is not of a site, as one file, which starts no program.
    ///
    /// # Errors
    /// If the daemon is not installed, or the configuration loads a library that is not Kea's own.
    pub fn imported(daemon: DhcpDaemon, content: Vec<u8>, six: bool) -> Result<Self> {
        let (program, config, package) = names(daemon, six);
        let Some(found) = find(program) else {
            bail!("{program} is not installed here: Debian has it in {package}");
        };
        let config = config.to_owned();
        let mut content = without_programs(standalone(content, daemon), daemon)?;
        if !six {
            content.extend(no_ping(daemon));
        }
        let files = vec![TrialFile { path: config.clone(), mode: 0o644, owner: "0:0".to_owned(), content }];
        // The daemons print the line that they refuse.
        let secret = Some(["secret", "password"].map(str::to_owned).to_vec());
        Ok(Self { program, daemon, six, found, config, files, secret })
    }

    /// The folder of its configuration.
    pub(super) fn folder(&self) -> &Path {
        folder_of(&self.config)
    }

    /// Whether the machine has that folder. Where it does not, as before the first `apply`, the daemon reads its
    /// configuration from the trial's own folder.
    pub(super) fn has_folder(&self) -> bool {
        self.folder().is_dir()
    }

    /// The configuration's path in the trial.
    fn config(&self) -> String {
        let name = Path::new(&self.config).file_name().unwrap_or_default().to_string_lossy();
        if self.has_folder() { self.config.clone() } else { format!("/tmp/conf/{name}") }
    }

    /// The folders of its data.
    pub(super) const fn state(&self) -> &'static str {
        match self.daemon {
            DhcpDaemon::Isc => "/var/lib/dhcp",
            DhcpDaemon::Kea => "/var/lib/kea /var/log/kea",
            DhcpDaemon::Dnsmasq => "",
        }
    }

    /// The account that its service runs as, as `user:group` in numbers; root's where it changes it by itself.
    pub(super) fn account(&self) -> (u32, u32) {
        if self.daemon != DhcpDaemon::Kea {
            return (0, 0);
        }
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let numbers = |line: &str| {
            let mut fields = line.split(':');
            fields.next().filter(|name| ["_kea", "kea"].contains(name))?;
            Some((fields.nth(1)?.parse().ok()?, fields.next()?.parse().ok()?))
        };
        accounts.lines().find_map(numbers).unwrap_or((0, 0))
    }

    /// The command that runs it in the foreground, with the rights that it needs and no others.
    pub(super) fn command(&self, network: &Network) -> Vec<String> {
        let mut words: Vec<String> = Vec::new();
        let mut add = |more: &[&str]| words.extend(more.iter().map(|word| (*word).to_owned()));
        let (user, group) = self.account();
        let rights = if self.daemon == DhcpDaemon::Dnsmasq { RIGHTS_OF_DNSMASQ } else { RIGHTS };
        let rights = format!("-all,{rights}");
        add(&["setpriv"]);
        if user != 0 {
            add(&[&format!("--reuid={user}"), &format!("--regid={group}"), "--init-groups"]);
        }
        add(&["--bounding-set", &rights, "--inh-caps", &rights]);
        if user != 0 {
            add(&["--ambient-caps", &rights]);
        }
        add(&["--no-new-privs", "--", "env", "-i", "LC_ALL=C", &format!("PATH={FOLDERS}")]);
        let (program, config) = (self.found.to_string_lossy(), self.config());
        match self.daemon {
            DhcpDaemon::Isc => {
                let (version, leases) =
                    if self.six { ("-6", "dhcpd6.leases") } else { ("-4", "dhcpd.leases") };
                let leases = format!("/var/lib/dhcp/{leases}");
                add(&[&program, version, "-d", "-cf", &config, "-lf", &leases]);
                add(&["-pf", "/run/dhcpd.pid"]);
                for nic in network.nics.iter().filter(|nic| nic.listens) {
                    add(&[&nic.name]);
                }
            }
            DhcpDaemon::Kea => {
                add(&["KEA_PIDFILE_DIR=/run/kea", "KEA_LOCKFILE_DIR=/run/lock/kea"]);
                add(&["KEA_LOGGER_DESTINATION=stdout", &program, "-c", &config]);
            }
            DhcpDaemon::Dnsmasq => {
                // It would ping each address for three seconds before it offers it.
                add(&[&program, "--keep-in-foreground", "--no-ping", "--log-facility=-", "-C", &config]);
                add(&["--dhcp-leasefile=/run/dnsmasq.leases", "--pid-file=/run/dnsmasq.pid"]);
            }
        }
        words
    }
}

/// The program of a daemon, the file that it reads first, and Debian's package.
const fn names(daemon: DhcpDaemon, six: bool) -> (&'static str, &'static str, &'static str) {
    match daemon {
        DhcpDaemon::Isc if six => ("dhcpd", "/etc/dhcp/dhcpd6.conf", "isc-dhcp-server"),
        DhcpDaemon::Kea if six => ("kea-dhcp6", "/etc/kea/kea-dhcp6.conf", "kea-dhcp6-server"),
        DhcpDaemon::Isc => ("dhcpd", "/etc/dhcp/dhcpd.conf", "isc-dhcp-server"),
        DhcpDaemon::Kea => ("kea-dhcp4", "/etc/kea/kea-dhcp4.conf", "kea-dhcp4-server"),
        DhcpDaemon::Dnsmasq => ("dnsmasq", "/etc/dnsmasq.d/ipxegen.conf", "dnsmasq"),
    }
}

/// dhcpd pings each address for a second before it offers it, and no client answers here. dnsmasq has an argument.
const fn no_ping(daemon: DhcpDaemon) -> &'static [u8] {
    match daemon {
        DhcpDaemon::Isc => b"\nping-check false;\n",
        DhcpDaemon::Kea | DhcpDaemon::Dnsmasq => b"",
    }
}

fn folder_of(config: &str) -> &Path {
    Path::new(config).parent().unwrap_or(Path::new("/"))
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::env::split_paths(&path).chain(std::env::split_paths(FOLDERS));
    all.map(|folder| folder.join(program)).find(|path| path.is_file())
}
