//! The values of the site files of nginx and Apache. They serve the script, the hook and the TFTP root, and nothing else
//! of the document root.

use foldhash::HashSet;
use serde::Serialize;
use tera::Context;

use super::{BlockSource, source_map, verbatim, view};
use crate::model::{Http, Script, Site, Subnet, Transport, WebServer, join};

/// The hidden files that installers fetch: `.treeinfo` and `.discinfo` of Anaconda, `.disk` on media of Debian and
/// Ubuntu.
const FETCHED_BY_INSTALLERS: &[&str] = &["treeinfo", "discinfo", "disk"];

/// The HTTP service, if this server runs it with this daemon.
pub(super) fn here<'s>(site: &'s Site<'_>, server: usize, daemon: WebServer) -> Option<&'s Http> {
    site.http.as_ref().filter(|http| http.servers.contains(&server) && http.daemon == daemon)
}

/// A file or folder that is served.
#[derive(Serialize)]
struct ServedPath {
    /// The path of its URL, decoded.
    uri: String,
    /// A regular expression for the path of its URL.
    pattern: String,
    /// Its path on the server.
    path: String,
}

/// The values that the templates print.
pub(super) fn site_file(site: &Site<'_>, server: usize, http: &Http, output: &str) -> Context {
    let mut view = view(site);
    let (host, port, base) = address(http);
    let machine = site.servers.get(server);
    let ips = machine.map_or(&[][..], |machine| machine.ips.as_slice());
    // The URLs that DHCPv6 sends have these addresses.
    let ips6 = machine.map_or(&[][..], |machine| machine.ips6.as_slice());
    let mut names6: Vec<String> = ips6.iter().map(ToString::to_string).collect();
    let mut names: Vec<String> = Vec::new();
    match host.as_deref().map(|host| (host, host.strip_prefix('[').and_then(|host| host.strip_suffix(']')))) {
        Some((_, Some(ip))) if names6.iter().any(|known| known == ip) => {}
        Some((_, Some(ip))) => names6.push(ip.to_owned()),
        Some((host, None)) => names.push(host.to_owned()),
        None => {}
    }
    for ip in ips.iter().map(ToString::to_string) {
        if !names.contains(&ip) {
            names.push(ip);
        }
    }
    view.insert("names", &names);
    view.insert("names6", &names6);
    view.insert("port", &port);
    let root = folder(http.root.as_str());
    let top = format!("{base}/");
    view.insert("root", &ServedPath { pattern: format!("^{}(/.*)", escape(base)), uri: top, path: root });
    view.insert("is_below", &!base.is_empty());

    let prefix = folder(&format!("{base}{}", http.tftp_prefix.value));
    let files = site.files_root(server, Transport::Http).map(|root| folder(root.as_str()));
    view.insert(
        "files",
        &ServedPath {
            pattern: format!("^{}", escape(&prefix)),
            uri: prefix.clone(),
            path: files.unwrap_or_default(),
        },
    );
    let paths = http.paths.iter().map(|path| {
        let uri = folder(&format!("{base}{}", path.value));
        let pattern = format!("^{}", escape(&uri));
        ServedPath { uri, pattern, path: folder(http.root.join(&path.value).as_str()) }
    });
    view.insert("paths", &paths.collect::<Vec<_>>());
    if let Script::Http(script) = &site.ipxe.script {
        let uri = format!("{base}/{script}");
        let path = http.root.join(script).to_string();
        view.insert(
            "script",
            &ServedPath { pattern: format!("^{}\\z", escape(&uri)), uri: uri.clone(), path },
        );
        if let Some(pattern) =
            site.ipxe.hook.as_ref().and_then(|hook| hook_pattern(&hook.value, &uri, base, &prefix))
        {
            view.insert("hook", &pattern);
        }
    }
    let secrets = secrets(site, server, &prefix);
    if !secrets.is_empty() {
        view.insert("secrets", &secrets);
        view.insert("networks", &networks(site, server, http));
    }
    view.insert("hidden", &hidden(site));
    view.insert("raw", &verbatim::raw(&site.raw, output));
    view
}

/// The files below the TFTP root that hold a secret.
fn secrets(site: &Site<'_>, server: usize, prefix: &str) -> Vec<ServedPath> {
    let Some(root) = site.files_root(server, Transport::Http) else { return Vec::new() };
    let entries = site.entries.iter().filter(|entry| entry.over == Transport::Http);
    let files = entries.flat_map(|entry| &entry.published).filter(|file| file.secret.is_some());
    files
        .map(|file| {
            let uri = format!("{prefix}{}", file.path);
            // httpd finds the file by a path with a slash and more text after it as well.
            let pattern = format!("^{}(?:/|\\z)", escape(&uri));
            ServedPath { pattern, uri, path: root.join(&file.path).to_string() }
        })
        .collect()
}

/// The networks whose machines boot from this web server. The machines of a subnet whose boot server has no web server
/// may ask any of them.
fn networks(site: &Site<'_>, server: usize, http: &Http) -> Vec<String> {
    let asks = |subnet: &&Subnet| {
        let own = subnet.boot_server.filter(|boot| http.servers.contains(boot));
        subnet.boots() && own.is_none_or(|own| own == server)
    };
    let mut networks = Vec::new();
    for subnet in site.subnets.iter().filter(asks) {
        let v6 = subnet.v6.as_ref().map(|v6| v6.cidr.value.to_string());
        for network in [Some(subnet.cidr.value.to_string()), v6].into_iter().flatten() {
            if !networks.contains(&network) {
                networks.push(network);
            }
        }
    }
    networks
}

/// The source of the lines.
pub(super) fn source(site: &Site<'_>, server: usize, http: &Http, output: &str) -> BlockSource {
    let own = site.servers.get(server).and_then(|machine| source_map::list(&machine.ips));
    let names = source_map::place(&http.url).or(own);
    let begins = ["listen", "server_name", "Listen", "<VirtualHost", "ServerName", "ServerAlias"];
    let source = BlockSource::new(http.section).raw(&site.raw, output);
    begins.into_iter().fold(source, |source, begin| source.line(begin, names))
}

fn folder(path: &str) -> String {
    format!("{}/", path.trim_end_matches('/'))
}

/// The port that the web server answers on.
pub(super) fn port(http: &Http) -> u16 {
    address(http).1
}

/// Host, port and path of the root's URL, which has no percent-encoding: resolve has checked that.
fn address(http: &Http) -> (Option<String>, u16, &str) {
    let Some(url) = &http.url else { return (None, 80, "") };
    let rest = url.value.split_once("://").map_or(url.value.as_str(), |(_, rest)| rest);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(80)),
        _ => (authority, 80),
    };
    (Some(host.to_owned()), port, path.trim_end_matches('/'))
}

/// A regular expression for the scripts that the hook fetches on any machine: a setting of iPXE may be any name. `None`
/// if the hook is on another server, or among the files that are served anyway.
fn hook_pattern(hook: &str, script: &str, base: &str, files: &str) -> Option<String> {
    if hook.contains("://") {
        return None;
    }
    let hook = hook.split(['?', '#']).next().unwrap_or_default();
    let whole = match hook.strip_prefix('/') {
        Some(_) => hook.to_owned(),
        None => join(script.rsplit_once('/').map_or("", |(folder, _)| folder), hook),
    };
    if !whole.starts_with(&format!("{base}/")) || (files.len() > 1 && whole.starts_with(files)) {
        return None;
    }
    let mut pattern = String::from("^");
    let mut rest = whole.as_str();
    while let Some((literal, setting)) = rest.split_once("${") {
        pattern += &escape(&decoded(literal));
        pattern += "[^/]+";
        rest = setting.split_once('}').map_or("", |(_, rest)| rest);
    }
    pattern += &escape(&decoded(rest));
    Some(pattern + "\\z")
}

/// A regular expression for hidden files and folders, except those that installers fetch.
fn hidden(site: &Site<'_>) -> String {
    let mut asked: Vec<&str> = FETCHED_BY_INSTALLERS.to_vec();
    let mut seen: HashSet<&str> = FETCHED_BY_INSTALLERS.iter().copied().collect();
    for file in site.entries.iter().flat_map(|entry| &entry.files) {
        for name in file.path.split('/').filter_map(|part| part.strip_prefix('.')) {
            if seen.insert(name) {
                asked.push(name);
            }
        }
    }
    let asked: Vec<_> = asked.into_iter().map(escape).collect();
    format!("/\\.(?!(?:{})(?:/|\\z))", asked.join("|"))
}

/// A regular expression of PCRE that matches only this text.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() && !matches!(c, '/' | '_' | '-' | ' ') {
            // nginx's configuration cannot write `$` literally, so this is its code.
            if c == '$' {
                escaped.push_str("\\x24");
                continue;
            }
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// Decodes percent-encoded bytes, because web servers compare decoded paths.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()).filter(|_| *byte == b'%') {
            Some(value) => {
                bytes.push(value);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{decoded, escape, hook_pattern};

    #[test]
    fn a_hook_is_one_script_of_each_machine() {
        let of = |hook| hook_pattern(hook, "/install.ipxe", "", "/tftpboot/");
        assert_eq!(of("hosts/${netX/mac:hexhyp}.ipxe").unwrap(), "^/hosts/[^/]+\\.ipxe\\z");
        assert_eq!(of("${hostname}").unwrap(), "^/[^/]+\\z");
        assert_eq!(of("a%20b/x?mac=${mac}").unwrap(), "^/a b/x\\z");
        assert_eq!(of("/tftpboot/x"), None);
        assert_eq!(of("http://elsewhere/x"), None);
        assert_eq!(hook_pattern("h", "/b/s/i.ipxe", "/b", "/b/t/").unwrap(), "^/b/s/h\\z");
        assert_eq!(hook_pattern("/h", "/b/s/i.ipxe", "/b", "/b/t/"), None);
    }

    #[test]
    fn texts_in_patterns() {
        assert_eq!(escape("/a.b $(c)_é"), "/a\\.b \\x24\\(c\\)_é");
        assert_eq!(decoded("%41%zz%c3%a9%"), "A%zzé%");
    }
}
