//! The files that an import reads.

use foldhash::HashMap;

/// The kind of an imported file. Files are read in the order of the kinds: dhcpd.conf fills in what no other file says
/// about the server, a target belongs to a host, a menu's paths are
/// below the TFTP root, and exports are compared with those that the entries of the menu need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum FileKind {
    /// `/etc/default/isc-dhcp-server`
    IscDhcpServer,
    /// `dhcpd.conf` of ISC dhcpd
    Dhcpd,
    /// `dhcpd6.conf` of ISC dhcpd
    Dhcpd6,
    /// `kea-dhcp4.conf` of Kea
    Kea,
    /// `kea-dhcp6.conf` of Kea
    Kea6,
    /// `dnsmasq.conf`
    Dnsmasq,
    /// Hosts in a CSV table
    Csv,
    /// `/etc/default/tftpd-hpa`, or a drop-in of its units
    TftpdHpa,
    /// `smb.conf` of Samba
    Smb,
    /// `targets.conf` of tgt
    Tgt,
    /// `/etc/default/isc-dhcp-relay` or `dhcp-helper`
    Relay,
    /// A site of nginx or Apache, which is not imported
    WebSite,
    /// A menu of iPXE
    IpxeMenu,
    /// `/etc/exports`
    Exports,
}

impl FileKind {
    /// The kind that a file has by its name.
    #[must_use]
    pub fn of_name(path: &str) -> Option<Self> {
        let name = name_of(path);
        match name {
            "isc-dhcp-server" => Some(Self::IscDhcpServer),
            _ if name.starts_with("dhcpd6") => Some(Self::Dhcpd6),
            _ if name.starts_with("dhcpd") => Some(Self::Dhcpd),
            _ if name.starts_with("kea-dhcp6") => Some(Self::Kea6),
            _ if name.starts_with("kea") => Some(Self::Kea),
            "smb.conf" => Some(Self::Smb),
            "targets.conf" => Some(Self::Tgt),
            "isc-dhcp-relay" | "dhcp-helper" => Some(Self::Relay),
            _ if name.ends_with(".csv") => Some(Self::Csv),
            _ if name.ends_with(".ipxe") => Some(Self::IpxeMenu),
            _ if name == "exports" || name.ends_with(".exports") => Some(Self::Exports),
            // Any name may be in their folders.
            _ if path.contains("dnsmasq") => Some(Self::Dnsmasq),
            _ if path.contains("tftpd-hpa") => Some(Self::TftpdHpa),
            _ if path.contains("tgt/conf.d/") => Some(Self::Tgt),
            _ if path.contains("nginx/") || path.contains("apache2/") => Some(Self::WebSite),
            _ => None,
        }
    }

    /// Whether an included file is read in the place of the `include`, and not by itself.
    #[must_use]
    pub const fn nests(self) -> bool {
        matches!(self, Self::Dhcpd | Self::Dhcpd6 | Self::Kea | Self::Kea6)
    }

    /// The kind that a text seems to have, for files whose name does not tell.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
        if text.starts_with("#!ipxe") {
            return Some(Self::IpxeMenu);
        }
        if text.contains("\"Dhcp4\"") {
            return Some(Self::Kea);
        }
        if text.contains("\"Dhcp6\"") {
            return Some(Self::Kea6);
        }
        if super::dhcpd::is_for_ipv6(text) {
            return Some(Self::Dhcpd6);
        }
        // dhcpd's keywords in any case.
        let words = text.lines().filter_map(|line| line.split_whitespace().next());
        let is_dhcpd = |word: &str| {
            ["subnet", "option", "default-lease-time", "authoritative;", "shared-network"]
                .iter()
                .any(|keyword| keyword.eq_ignore_ascii_case(word))
        };
        words.take(10_000).any(is_dhcpd).then_some(Self::Dhcpd)
    }
}

/// A file to import.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// Its path, as the user gave it and as comments name it.
    pub path: String,
    /// Its kind.
    pub kind: FileKind,
    /// Whether only another file of the import includes it. It is then read in the place of the `include` alone.
    pub included: bool,
    /// Its text. Bytes that are not UTF-8 were replaced.
    pub text: String,
}

/// Finds the file that another one includes.
#[derive(Debug)]
pub struct FilesByPath<'f> {
    by_path: HashMap<&'f str, &'f SourceFile>,
    /// The files by the last part of their paths.
    by_name: HashMap<&'f str, Vec<&'f SourceFile>>,
}

impl<'f> FilesByPath<'f> {
    /// The files of an import.
    #[must_use]
    pub fn new(files: &'f [SourceFile]) -> Self {
        let mut found = Self { by_path: HashMap::default(), by_name: HashMap::default() };
        for file in files {
            found.by_path.entry(&file.path).or_insert(file);
            found.by_name.entry(name_of(&file.path)).or_default().push(file);
        }
        found
    }

    /// The file with this path, or the first one whose path ends with it.
    #[must_use]
    pub fn find(&self, path: &str) -> Option<&'f SourceFile> {
        if let Some(file) = self.by_path.get(path) {
            return Some(file);
        }
        let ends = |file: &&&SourceFile| {
            let folder = file.path.strip_suffix(path);
            folder.is_some_and(|folder| path.starts_with('/') || folder.ends_with('/'))
        };
        self.by_name.get(name_of(path))?.iter().find(ends).copied()
    }
}

/// The last part of a path.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

impl SourceFile {
    /// The paths of the files that it includes, as it names them.
    #[must_use]
    pub fn includes(&self) -> Vec<String> {
        match self.kind {
            FileKind::Dhcpd | FileKind::Dhcpd6 => super::dhcpd::includes(&self.text),
            FileKind::Kea | FileKind::Kea6 => super::kea::includes(&self.text),
            FileKind::Dnsmasq => super::dnsmasq::includes(&self.text),
            FileKind::Tgt => super::tgt::includes(&self.text),
            _ => Vec::new(),
        }
    }

    /// Whether it includes a file of this name, which fits one of its patterns.
    #[must_use]
    pub fn includes_by(&self, pattern: &str, name: &str) -> bool {
        match self.kind {
            FileKind::Dnsmasq => super::dnsmasq::includes_by(&self.text, pattern, name),
            _ => !name.starts_with('.'),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FileKind;

    #[test]
    fn a_folder_of_dnsmasq_has_other_files_too() {
        let paths =
            ["dnsmasq/boot.ipxe", "dnsmasq-old/smb.conf", "old/dnsmasq/hosts.csv", "etc/dnsmasq.d/lan"];
        let [menu, smb, csv, dnsmasq] = paths.map(FileKind::of_name);
        assert_eq!((menu, smb), (Some(FileKind::IpxeMenu), Some(FileKind::Smb)));
        assert_eq!((csv, dnsmasq), (Some(FileKind::Csv), Some(FileKind::Dnsmasq)));
    }
}
