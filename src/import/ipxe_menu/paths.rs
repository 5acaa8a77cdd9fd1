//! URLs of a script as paths below the TFTP root.

use foldhash::HashMap;

use super::variables::{CLOSE, OPEN};

/// The TFTP roots of the systems that we know, by which the path of a script tells how it is fetched.
const TFTP_ROOTS: [&str; 4] = ["/srv/tftp", "/var/lib/tftpboot", "/tftpboot", "/var/tftpboot"];

/// The web root of Debian and Ubuntu.
pub(super) const WEB_ROOT: &str = "/var/www/html";

/// How a file is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Over {
    /// By HTTP.
    Http,
    /// By TFTP.
    Tftp,
}

/// A file of the site's own server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Its path below the TFTP root, decoded.
    pub path: String,
    /// How the script fetches it.
    pub over: Over,
}

/// Where the script's files are.
#[derive(Clone, Debug)]
pub(super) struct Places {
    /// The web root.
    pub web_root: String,
    /// The TFTP root, if a file or an argument of the script tells it.
    pub tftp_root: Option<String>,
    /// The URL path of the TFTP root, without a final slash; empty if both roots are one folder.
    pub prefix: String,
    /// Whether files that the script fetches by HTTP are below the TFTP root.
    pub joined: bool,
    /// The host of the site's own web server, as the script names it, with its port.
    pub host: Option<String>,
    /// The path of the script below its root.
    pub script: String,
    /// How the script itself is fetched.
    pub over: Over,
}

/// The parts of a URL.
struct Url<'u> {
    scheme: Option<&'u str>,
    host: &'u str,
    path: &'u str,
}

fn url(text: &str) -> Url<'_> {
    let http = [OPEN.to_string(), "http".to_owned(), CLOSE.to_string()].concat();
    if let Some(path) = text.strip_prefix(&http) {
        return Url { scheme: Some("http"), host: "", path };
    }
    match text.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|b| b.is_ascii_alphanumeric()) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at_checked(end).unwrap_or((rest, ""));
            Url { scheme: Some(scheme), host, path }
        }
        _ => Url { scheme: None, host: "", path: text },
    }
}

/// Whether a host is the server that the client booted from.
fn is_boot_server(host: &str) -> bool {
    host.is_empty() || host == "${next-server}" || host == "${dhcp-server}"
}

impl Places {
    /// Finds out where the files are, from the path of the script, the URLs in it, and the TFTP root if it is known.
    pub(super) fn of(file: &str, urls: &[String], tftp_root: Option<&str>, web_root: Option<&str>) -> Self {
        let web_root = web_root.unwrap_or(WEB_ROOT).to_owned();
        let below = |root: &str| {
            let rest = file.strip_prefix(root)?.strip_prefix('/')?;
            (!rest.is_empty()).then(|| rest.to_owned())
        };
        let roots = tftp_root.into_iter().chain(TFTP_ROOTS);
        let by_tftp = roots.filter_map(|root| Some((root, below(root)?))).next();
        let (script, over, root) = match (below(&web_root), by_tftp) {
            (Some(script), _) => (script, Over::Http, None),
            (None, Some((root, script))) => (script, Over::Tftp, Some(root.to_owned())),
            (None, None) => (file.rsplit('/').next().unwrap_or(file).to_owned(), Over::Http, None),
        };
        let tftp_root = tftp_root.map(str::to_owned).or(root);
        let mut places = Self {
            web_root,
            tftp_root,
            prefix: "/tftpboot".to_owned(),
            joined: true,
            host: None,
            script,
            over,
        };
        places.look(urls);
        places
    }

    /// Finds the web server's host and the prefix in the URLs.
    fn look(&mut self, urls: &[String]) {
        let mut hosts: HashMap<&str, usize> = HashMap::default();
        let parts: Vec<Url<'_>> = urls.iter().map(|text| url(text)).collect();
        for part in &parts {
            if part.scheme == Some("http") && !is_boot_server(part.host) {
                *hosts.entry(part.host).or_default() += 1;
            }
        }
        // The first of those that are named most; a map has no order.
        let mut most = 0;
        for part in &parts {
            let times = hosts.get(part.host).copied().unwrap_or_default();
            if times > most {
                most = times;
                self.host = Some(part.host.to_owned());
            }
        }
        let own = parts.iter().filter(|part| self.is_own(part) && self.over_of(part) == Over::Http);
        let paths: Vec<String> = own.map(|part| self.absolute(part.path)).collect();
        let Some(first) = paths.first() else { return };
        if paths.iter().any(|path| path.starts_with("/tftpboot/")) {
            return;
        }
        // Folders that all have in common above the folder of each file.
        let folder = |path: &str| path.split('/').skip(1).map(str::to_owned).collect::<Vec<_>>();
        let top = folder(first).into_iter().next().unwrap_or_default();
        let one = paths.iter().all(|path| {
            let names = folder(path);
            names.len() > 2 && names.first() == Some(&top)
        });
        self.prefix = if one && paths.len() > 1 { format!("/{top}") } else { String::new() };
        let served = format!("{}{}", self.web_root, self.prefix);
        match &self.tftp_root {
            // Nobody said where the TFTP root is: there, where the web server has the files.
            None => self.tftp_root = Some(served),
            Some(root) => self.joined = !self.prefix.is_empty() || *root == served,
        }
    }

    fn is_own(&self, part: &Url<'_>) -> bool {
        let tftp = part.scheme.is_some_and(|scheme| scheme == "tftp");
        is_boot_server(part.host) || self.host.as_deref() == Some(part.host) || (tftp && self.host.is_none())
    }

    fn over_of(&self, part: &Url<'_>) -> Over {
        match part.scheme {
            Some("tftp") => Over::Tftp,
            Some(_) => Over::Http,
            None => self.over,
        }
    }

    /// A path of a URL from the root of its server: a relative one is relative to the script.
    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') {
            return path.to_owned();
        }
        let folder = self.script.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("/{folder}"));
        format!("{folder}/{path}")
    }

    /// The place of a URL, if it is a file of the site's server that is below the TFTP root.
    pub(super) fn place(&self, text: &str) -> Option<Place> {
        let part = url(text);
        if !matches!(part.scheme, None | Some("http" | "tftp")) || !self.is_own(&part) {
            return None;
        }
        let over = self.over_of(&part);
        let whole = self.absolute(part.path);
        if whole.contains("${") || whole.contains(OPEN) || whole.contains(['?', '#']) {
            return None;
        }
        let below = match over {
            Over::Tftp => whole.as_str(),
            Over::Http if self.joined => whole.strip_prefix(&self.prefix)?,
            Over::Http => return None,
        };
        let path = normal(&percent_decoded(below.strip_prefix('/')?)?)?;
        Some(Place { path, over })
    }

    /// The place of a URL whose path has a setting in it: what is before the setting, and what is behind.
    pub(super) fn place_around(&self, text: &str, setting: &str) -> Option<(Place, Place)> {
        let (before, behind) = text.split_once(setting)?;
        let whole = self.place(&format!("{before}x{behind}"))?;
        let first = self.place(&format!("{before}x"))?;
        let behind = whole.path.strip_prefix(first.path.as_str())?.trim_start_matches('/').to_owned();
        let before = first.path.strip_suffix('x')?.trim_end_matches('/').to_owned();
        Some((Place { path: before, over: whole.over }, Place { path: behind, over: whole.over }))
    }

    /// Whether a host is the site's own server.
    pub(super) fn is_own_host(&self, host: &str) -> bool {
        let plain = |host: &str| host.split(':').next().unwrap_or_default().to_owned();
        is_boot_server(host)
            || host == format!("{OPEN}nfs{CLOSE}")
            || self.host.as_deref().is_none_or(|own| plain(own) == plain(host))
    }

    /// The path below the TFTP root of the file at a URL that a booted system fetches.
    pub(super) fn fetched(&self, text: &str) -> Option<String> {
        url(text).scheme?;
        Some(self.place(text)?.path)
    }
}

/// A path without `//`, `.` and `..`.
fn normal(path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    let fits = !parts.is_empty() && !parts.contains(&"..") && !path.chars().any(char::is_control);
    fits.then(|| parts.join("/"))
}

/// A text with its `%xx` decoded.
pub(in crate::import) fn percent_decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let code = behind.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(decoded) if *byte == b'%' => {
                bytes.push(decoded);
                rest = behind.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*byte);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::{Over, Places};

    fn place(places: &Places, url: &str) -> Option<String> {
        places.place(url).map(|place| format!("{:?} {}", place.over, place.path))
    }

    #[test]
    fn urls_become_paths_below_the_tftp_root() {
        let urls = ["http://10.0.0.1/tftpboot/a/k", "/tftpboot/b", "http://mirror/x"].map(str::to_owned);
        let places = Places::of("/var/www/html/menus/m.ipxe", &urls, None, None);
        assert_eq!((places.script.as_str(), places.over), ("menus/m.ipxe", Over::Http));
        assert_eq!(place(&places, "http://10.0.0.1/tftpboot/a%20b"), Some("Http a b".into()));
        assert_eq!(place(&places, "/tftpboot/x/k"), Some("Http x/k".into()));
        assert_eq!(place(&places, "tftp://${next-server}/x"), Some("Tftp x".into()));
        assert_eq!(place(&places, "http://mirror/tftpboot/x"), None);
        assert_eq!(place(&places, "http://10.0.0.1/other/x"), None);
        assert_eq!(place(&places, "/tftpboot/../x"), None);
    }

    #[test]
    fn the_prefix_is_what_all_files_share() {
        let urls = ["http://10.0.0.1/boot/a/k", "http://10.0.0.1/boot/b/k"].map(str::to_owned);
        let places = Places::of("m.ipxe", &urls, None, None);
        assert_eq!(places.tftp_root.as_deref(), Some("/var/www/html/boot"));
        assert_eq!(place(&places, "http://10.0.0.1/boot/a/k"), Some("Http a/k".into()));
        let urls = ["http://10.0.0.1/a/k", "http://10.0.0.1/b/k"].map(str::to_owned);
        assert_eq!(Places::of("m.ipxe", &urls, None, None).tftp_root.as_deref(), Some("/var/www/html"));
        assert!(!Places::of("m.ipxe", &urls, Some("/srv/tftp"), None).joined);
    }

    #[test]
    fn a_script_below_the_tftp_root_fetches_by_tftp() {
        let places = Places::of("/srv/tftp/iPXE/m.ipxe", &[], None, None);
        assert_eq!(place(&places, "k"), Some("Tftp iPXE/k".into()));
        assert_eq!(place(&places, "/k"), Some("Tftp k".into()));
    }
}
