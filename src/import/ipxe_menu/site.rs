//! The roots, paths and URLs of the servers, as far as a menu tells them.

use super::super::draft::{Mapping, Value};
use super::Reader;
use super::paths::{Over, WEB_ROOT};
use super::script::Line;
use super::variables::Variables;

/// The URLs of a script, with settings filled in.
pub(super) fn urls(lines: &[Line], variables: &Variables) -> Vec<String> {
    let fetching = ["kernel", "initrd", "module", "imgfetch", "imgselect", "chain", "sanboot"];
    let commands =
        lines.iter().flat_map(|line| &line.commands).filter(|command| fetching.contains(&command.name()));
    let mut all = Vec::new();
    for command in commands {
        let filled = command.arguments().iter().map(|word| variables.fill(word));
        let is_url = |word: &String| (word.contains("://") || word.starts_with('/')) && !word.contains('=');
        // Scripts are often those of others, such as netboot.xyz.
        let by_name = |word: &String| {
            let host = word.split("://").nth(1).and_then(|rest| rest.split(['/', ':']).next());
            command.name() == "chain" && host.is_some_and(|host| host.parse::<std::net::Ipv4Addr>().is_err())
        };
        all.extend(filled.filter(is_url).filter(|word| !by_name(word)));
    }
    all
}

/// The TFTP root, from an `nfsroot=` whose folder holds the kernel.
pub(super) fn tftp_root(lines: &[Line], variables: &Variables) -> Option<String> {
    let mut kernel = String::new();
    for command in lines.iter().flat_map(|line| &line.commands) {
        if command.name() == "kernel" {
            let url = command.arguments().iter().find(|word| !word.starts_with('-'));
            kernel = url.map(|url| variables.fill(url)).unwrap_or_default();
        }
        for argument in command.arguments() {
            let Some((_, path)) = argument.strip_prefix("nfsroot=").and_then(|root| root.split_once(':'))
            else {
                continue;
            };
            let path = variables.fill(path);
            let path = path.trim_end_matches('/');
            let Some((folder, last)) = path.rsplit_once('/') else { continue };
            // The longest end of the path that is also in the URL of the kernel.
            let (mut root, mut dir) = (folder, last.to_owned());
            let mut found = None;
            while kernel.contains(&format!("/{dir}/")) {
                found = Some(root);
                let Some((above, name)) = root.rsplit_once('/') else { break };
                dir = format!("{name}/{dir}");
                root = above;
            }
            if let Some(root) = found.filter(|root| root.starts_with('/')) {
                return Some(root.to_owned());
            }
        }
    }
    None
}

/// Removes the class that gives iPXE the path of the script, as iPXE gets it anyway over TFTP. The files of Kea and dnsmasq
/// are read before the menu, and do not tell whether the path is that of a menu.
fn drop_class_of_script(site: &mut Mapping) {
    let script =
        site.submap("ipxe").and_then(|ipxe| ipxe.text("script")).unwrap_or("install.ipxe").to_owned();
    let is_same = |value: &Value| {
        let Value::Map(class) = value else { return false };
        let matches = class.submap("match");
        let is_ipxe =
            matches.is_some_and(|map| map.entries().len() == 1 && map.text("client") == Some("ipxe"));
        is_ipxe && class.entries().len() == 2 && class.text("file") == Some(script.as_str())
    };
    let classes = site.submap("classes").map(Mapping::entries).unwrap_or_default();
    let Some(name) = classes.iter().find(|entry| is_same(&entry.value)).map(|entry| entry.key.clone()) else {
        return;
    };
    site.map("classes").remove(&name);
    if site.map("classes").is_empty() {
        site.remove("classes");
    }
}

impl Reader<'_, '_> {
    /// Sets what the script tells about the servers.
    pub(super) fn site(&mut self) {
        let places = self.places.clone();
        let origin = self.lines.first().map(|line| line.origin.clone());
        let site = &mut self.imported.draft.site;
        if places.over == Over::Tftp {
            site.map("ipxe").set("over", "tftp");
        }
        // dhcpd.conf names no web server; the menu is below the root of one.
        if places.over == Over::Http && site.text("http") == Some("none") {
            site.remove("http");
        }
        // The DHCP server names the script by its URL, which tells its place better than the path of a copy.
        let named = site.submap("ipxe").and_then(|ipxe| ipxe.text("script")).map(str::to_owned);
        let path = named.as_ref().map(|named| match named.split_once("://") {
            Some((_, rest)) => rest.split_once('/').map_or("", |(_, path)| path).to_owned(),
            None => named.clone(),
        });
        let file = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let path = path.filter(|path| file(path) == file(&places.script));
        match (named, path) {
            (Some(url), None) => {
                let text = format!(
                    "iPXE gets {url} and not this menu; the menu is rendered only without this `ipxe.script`"
                );
                if let Some(origin) = origin {
                    self.imported.coverage.remark(origin, text);
                }
            }
            (_, path) => {
                let script = path.unwrap_or_else(|| places.script.clone());
                if script != "install.ipxe" {
                    let entry = site.map("ipxe").set("script", script);
                    if let Some(origin) = &origin {
                        entry.from(origin);
                    }
                } else if site.submap("ipxe").is_some_and(|ipxe| ipxe.get("script").is_some()) {
                    site.map("ipxe").remove("script");
                    if site.map("ipxe").is_empty() {
                        site.remove("ipxe");
                    }
                }
            }
        }
        let site = &mut self.imported.draft.site;
        if places.over == Over::Tftp {
            drop_class_of_script(site);
        }
        if places.joined && places.prefix != "/tftpboot" {
            let prefix = if places.prefix.is_empty() { "/" } else { &places.prefix };
            site.map("http").set("tftp_prefix", prefix);
        }
        let own_root = places.prefix.is_empty() && places.joined;
        if own_root && places.web_root != WEB_ROOT {
            site.map("http").set("root", places.web_root.clone());
        }
        if let Some(root) = &places.tftp_root
            && root != "/srv/tftp"
            && !matches!(site.get("tftp"), Some(Value::Map(map)) if map.get("root").is_some())
        {
            site.map("tftp").set("root", root.clone());
        }
        // An address is that of the server; a name or a port is a URL of its own.
        if let Some(host) = &places.host
            && host.parse::<std::net::Ipv4Addr>().is_err()
            && !host.contains('$')
        {
            site.map("http").set("url", format!("http://{host}"));
        }
        if !places.joined {
            let text = "the boot files are below the web root, and the TFTP root is another folder: such entries keep \
                        their lines (`kind: script`)";
            self.remark(0, text);
        }
    }
}
