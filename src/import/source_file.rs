//! The files that an import reads.

/// The kind of an imported file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FileKind {
    /// `dhcpd.conf` of ISC dhcpd
    Dhcpd,
    /// `/etc/default/isc-dhcp-server`
    IscDhcpServer,
}

impl FileKind {
    /// The kind that a file has by its name.
    #[must_use]
    pub fn of_name(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next().unwrap_or(path);
        match name {
            "isc-dhcp-server" => Some(Self::IscDhcpServer),
            _ if name.starts_with("dhcpd") => Some(Self::Dhcpd),
            _ => None,
        }
    }

    /// The kind that a text seems to have, for files whose name does not tell.
    #[must_use]
    pub fn of_text(text: &str) -> Option<Self> {
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

impl SourceFile {
    /// The paths of the files that it includes, as it names them.
    #[must_use]
    pub fn includes(&self) -> Vec<String> {
        match self.kind {
            FileKind::Dhcpd => super::dhcpd::includes(&self.text),
            FileKind::IscDhcpServer => Vec::new(),
        }
    }
}
