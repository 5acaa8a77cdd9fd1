//! The file behind a URL: which server of the site serves it, and from which path.

use std::net::IpAddr;

use crate::model::{Script, Site, Subnet, Transport};

/// A file or folder of a server of the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServedFile {
    /// The server, by index.
    pub server: usize,
    /// Its path on the server.
    pub path: String,
    /// How clients reach it.
    pub access: Access,
}

/// How clients reach a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// They fetch the file.
    Fetched(Transport),
    /// They mount the folder by NFS or SMB.
    Mounted,
    /// A daemon gives them what is in the file: an ISO that is mounted, the store of an iSCSI disk.
    Inside,
}

/// The file behind a URL as clients of a subnet fetch it; `None` if no server of the site serves it.
pub(super) fn served(site: &Site<'_>, subnet: &Subnet, url: &str) -> Option<ServedFile> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let tftp_root = |server: usize, over| site.files_root(server, over);
    if let Some(rest) = path.strip_prefix("tftp://") {
        let (host, path) = rest.split_once('/')?;
        let server = server_at(site, host, &site.tftp.as_ref()?.servers)?;
        let path = tftp_root(server, Transport::Tftp)?.join(&decoded(path)?).to_string();
        return Some(ServedFile { server, path, access: Access::Fetched(Transport::Tftp) });
    }
    let http = site.http.as_ref()?;
    let root = subnet.addresses.http.as_deref()?;
    let below = path.strip_prefix(root).or_else(|| below_root6(root, path))?.strip_prefix('/')?;
    let host = path.split('/').nth(2)?;
    // A URL that the site gives may have a name as its host.
    let server = server_at(site, host, &http.servers)
        .or_else(|| subnet.boot_server.filter(|server| http.servers.contains(server)))
        .or_else(|| http.servers.first().copied())?;
    let prefix = http.tftp_prefix.value.trim_matches('/');
    let is_script = matches!(&site.ipxe.script, Script::Http(script) if below == script);
    let in_tftp_root = match prefix {
        "" => ((site.tftp.is_some() || http.boot_files.is_some()) && !is_script).then_some(below),
        prefix => below.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('/')),
    };
    let path = match in_tftp_root {
        Some(below) => tftp_root(server, Transport::Http)?.join(&decoded(below)?),
        None => http.root.join(&decoded(below)?),
    };
    Some(ServedFile { server, path: path.to_string(), access: Access::Fetched(Transport::Http) })
}

/// The path below the HTTP root in a URL with an IPv6 address, where the root has an IPv4 address.
fn below_root6<'u>(root: &str, url: &'u str) -> Option<&'u str> {
    let behind_host = |url: &str| url.find("://").map(|at| at + "://".len());
    let root = root.get(behind_host(root)?..)?;
    let root = root.get(root.find([':', '/']).unwrap_or(root.len())..)?;
    let (_, behind) = url.get(behind_host(url)?..)?.strip_prefix('[')?.split_once(']')?;
    behind.strip_prefix(root)
}

/// The server with an address, among some. `host` may have a port, and an IPv6 address has brackets.
fn server_at(site: &Site<'_>, host: &str, among: &[usize]) -> Option<usize> {
    let ip: IpAddr = match host.strip_prefix('[') {
        Some(inside) => IpAddr::V6(inside.split(']').next()?.parse().ok()?),
        None => IpAddr::V4(host.split(':').next()?.parse().ok()?),
    };
    let has = |server: &&usize| {
        let Some(server) = site.servers.get(**server) else { return false };
        match ip {
            IpAddr::V4(ip) => server.ips.iter().any(|own| own.value == ip),
            IpAddr::V6(ip) => server.ips6.iter().any(|own| own.value == ip),
        }
    };
    among.iter().find(has).copied()
}

/// The URL at which clients of a subnet fetch a file that is at a path below the TFTP root.
#[must_use]
pub fn url_below_root(site: &Site<'_>, subnet: &Subnet, file: &ServedFile, path: &str) -> Option<String> {
    match file.access {
        Access::Fetched(Transport::Tftp) => {
            let ip = site.servers.get(file.server)?.ips.first()?.value;
            Some(format!("tftp://{ip}/{path}"))
        }
        Access::Fetched(Transport::Http) => {
            let root = subnet.addresses.http.as_deref()?;
            let prefix = site.http.as_ref()?.tftp_prefix.value.trim_matches('/');
            let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
            Some(format!("{root}/{folder}{path}"))
        }
        Access::Mounted | Access::Inside => None,
    }
}

/// The text without percent escapes; `None` if it is not UTF-8.
#[must_use]
pub fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..)?;
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// An iPXE URI as an absolute URL. iPXE resolves it against the URL of the script that runs (`core/uri.c`).
pub(super) fn absolute(script: &str, uri: &str) -> String {
    if uri.contains("://") || uri.starts_with("${") {
        return uri.to_owned();
    }
    let Some((scheme, rest)) = script.split_once("://") else { return uri.to_owned() };
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    match uri.strip_prefix('/') {
        Some(path) => format!("{scheme}://{host}/{path}"),
        None => {
            let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
            format!("{scheme}://{host}/{folder}{uri}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{absolute, below_root6, decoded};

    #[test]
    fn a_url_by_ipv6_is_below_the_same_root() {
        let root = "http://10.0.0.2:8080/netboot";
        assert_eq!(below_root6(root, "http://[2001:db8::2]:8080/netboot/a"), Some("/a"));
        assert_eq!(below_root6(root, "http://[2001:db8::2]/netboot/a"), None);
        assert_eq!(below_root6("http://10.0.0.2", "http://[2001:db8::2]/a"), Some("/a"));
        assert_eq!(below_root6("http://10.0.0.2", "http://10.0.0.3/a"), None);
    }

    #[test]
    fn uris_are_relative_to_the_script() {
        let script = "http://10.0.0.2:8080/boot/menu.ipxe";
        assert_eq!(absolute(script, "/a/b"), "http://10.0.0.2:8080/a/b");
        assert_eq!(absolute(script, "b"), "http://10.0.0.2:8080/boot/b");
        assert_eq!(absolute(script, "tftp://h/x"), "tftp://h/x");
        assert_eq!(absolute("tftp://10.0.0.2/menu.ipxe", "/b"), "tftp://10.0.0.2/b");
    }

    #[test]
    fn escapes_are_decoded() {
        assert_eq!(decoded("a%20b%2").as_deref(), Some("a b%2"));
        assert_eq!(decoded("%c3%a4").as_deref(), Some("ä"));
        assert_eq!(decoded("%ff"), None);
    }
}
