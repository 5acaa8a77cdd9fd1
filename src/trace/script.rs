//! The settings of iPXE while the script runs, and the files that its URIs name.

use super::served::{Access, ServedFile, absolute, served};
use super::stage::{Origin, Stage};
use crate::model::{
    ClientKind, Entry, Host, IscsiDaemon, Mac, RootPath, Server, Site, Store, Subnet, Transport,
};
use crate::outputs::platform;
use crate::source::Span;

/// iPXE on one client, while it runs the script.
#[derive(Clone, Debug)]
pub(super) struct ScriptContext<'s, 't> {
    pub(super) site: &'s Site<'s>,
    pub(super) subnet: &'s Subnet,
    /// The kind of iPXE that runs.
    pub(super) kind: Option<ClientKind>,
    /// The script's URL.
    pub(super) url: String,
    /// The settings of the script.
    pub(super) settings: Vec<(String, String)>,
    pub(super) host: Option<&'s Host<'s>>,
    pub(super) mac: [u8; 6],
    /// The values that iPXE got by DHCP.
    pub(super) dhcp: &'t Stage,
}

impl ScriptContext<'_, '_> {
    pub(super) const fn kind(&self) -> Option<ClientKind> {
        self.kind
    }

    pub(super) fn is_efi(&self) -> bool {
        self.kind.is_some_and(|kind| platform(kind).0 == "efi")
    }

    pub(super) fn buildarch(&self) -> Option<&'static str> {
        platform(self.kind?).1
    }

    /// The root-path that DHCP gives.
    pub(super) fn root_path(&self) -> Option<(&str, &Origin)> {
        let fact = self.dhcp.facts.iter().find(|fact| fact.name == "root-path")?;
        Some((fact.value.as_deref()?, &fact.origin))
    }

    /// A setting of the script.
    pub(super) fn address(&self, name: &str) -> Option<&str> {
        self.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// A text with the settings that are known filled in; other settings stay as they are.
    pub(super) fn expand(&self, text: &str) -> String {
        if !text.contains("${") {
            return text.to_owned();
        }
        let mut text = text.to_owned();
        for (name, value) in &self.settings {
            text = text.replace(&format!("${{{name}}}"), value);
        }
        let from_dhcp =
            [("next-server", "next-server"), ("root-path", "root-path"), ("hostname", "host-name")];
        for (name, option) in from_dhcp {
            if let Some(value) = self.dhcp.value(option) {
                text = text.replace(&format!("${{{name}}}"), value);
            }
        }
        let with = |separator: &str| self.mac.map(|byte| format!("{byte:02x}")).join(separator);
        for card in ["", "net0/", "netX/"] {
            for (form, separator) in [("", ":"), (":hexhyp", "-"), (":hexraw", "")] {
                text = text.replace(&format!("${{{card}mac{form}}}"), &with(separator));
            }
        }
        text
    }

    /// Adds the fact of a file that iPXE fetches by a URI of the script.
    pub(super) fn file(&self, stage: &mut Stage, entry: &Entry, name: &str, uri: &str) {
        let url = absolute(&self.url, &self.expand(uri));
        let file = served(self.site, self.subnet, &url);
        let span = file.as_ref().and_then(|file| place(self.site, entry, file)).unwrap_or(entry.span);
        stage.say_file(name, &url, Origin::new("entry", span), file);
    }

    /// Adds the fact of a file below the TFTP root, unless it is there already.
    pub(super) fn needed(&self, stage: &mut Stage, entry: &Entry, name: &str, path: &str, span: Span) {
        let servers = match entry.over {
            Transport::Http => self.site.http.as_ref().map(|http| &http.servers),
            Transport::Tftp => self.site.tftp.as_ref().map(|tftp| &tftp.servers),
        };
        let servers = servers.map_or(&[][..], Vec::as_slice);
        let own = self.subnet.boot_server.filter(|own| servers.contains(own)).or(servers.first().copied());
        let file = own.and_then(|server| {
            let root = self.site.files_root(server, entry.over)?;
            let path = root.join(path).to_string();
            Some(ServedFile { server, path, access: Access::Fetched(entry.over) })
        });
        if stage.facts.iter().any(|fact| fact.file.is_some() && fact.file == file) {
            return;
        }
        stage.say_file(name, path, Origin::new("entry", span), file);
    }
}

impl ScriptContext<'_, '_> {
    /// The file behind the host's iSCSI disk, if a server of the site serves it from one.
    pub(super) fn store(&self) -> Option<ServedFile> {
        let disk = self.host?.disk()?;
        let server = self.site.served_by(disk).filter(|by| by.daemon == IscsiDaemon::Tgt)?.server?;
        let Store::File(path, _) = &disk.more.as_ref()?.store.as_ref()?.value else { return None };
        Some(ServedFile { server, path: path.to_string(), access: Access::Inside })
    }

    /// The folder of the machine's NFS root.
    pub(super) fn nfs_root(&self) -> Option<ServedFile> {
        if let Some(RootPath::Nfs(nfs)) = self.host.and_then(|host| Some(&host.root_path.as_ref()?.value)) {
            return self.on_server(&nfs.server.to_string(), nfs.path, Access::Mounted);
        }
        let (text, _) = self.root_path()?;
        let (server, path) = self.site.scope_roots().find(|root| root.text.value == text)?.nfs.as_ref()?;
        self.on_server(&server.to_string(), path.as_str(), Access::Mounted)
    }

    /// A folder or file of the server at an address, or of the subnet's boot server.
    pub(super) fn on_server(&self, address: &str, path: &str, access: Access) -> Option<ServedFile> {
        let has = |server: &Server| server.ips.iter().any(|ip| ip.value.to_string() == address);
        let server = self.site.servers.iter().position(has)?;
        Some(ServedFile { server, path: path.to_owned(), access })
    }
}

/// The place in the site that names a file.
fn place(site: &Site<'_>, entry: &Entry, file: &ServedFile) -> Option<Span> {
    let Access::Fetched(over) = file.access else { return None };
    let root = site.files_root(file.server, over)?;
    let named = entry.files.iter().map(|file| (&file.path, file.span));
    let published = entry.published.iter().map(|file| (&file.path, file.span));
    named.chain(published).find(|(path, _)| root.join(path).as_str() == file.path).map(|(_, span)| span)
}

/// A MAC address as it is written.
#[must_use]
pub fn mac_text(mac: [u8; 6]) -> String {
    let text = mac.map(|byte| format!("{byte:02x}")).join(":");
    Mac::parse(&text).map_or(text, |mac| mac.to_string())
}
