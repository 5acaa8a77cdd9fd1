//! What a kind has at hand while it makes an entry of its keys.

use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use crate::dialects::ipxe;
use crate::model::{AbsPath, At, BootFile, Over, Placeholders, Refused, Script, boot_path, fill};
use crate::report::Finding;
use crate::schema::{BootEntry, Field, Reading};
use crate::source::{Span, Word};

/// What is known of the site before its entries are made.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Where the script is, since its URIs are relative to itself.
    pub script: Script,
    /// The HTTP root's URL, where all subnets have the same; else the script's own setting for it.
    pub http: Option<String>,
    /// The HTTP root's path on its host, without a final slash; usually empty.
    pub http_path: String,
    /// Where the TFTP root is seen over HTTP, without a final slash.
    pub tftp_prefix: String,
    /// The TFTP server, or the script's setting for it.
    pub tftp: Option<String>,
    /// The NFS server, or the script's setting for it.
    pub nfs: Option<String>,
    /// The SMB server, or the script's setting for it.
    pub smb: Option<String>,
    /// The TFTP root.
    pub tftp_root: AbsPath,
}

impl Facts {
    /// The text for an address that all subnets share, or the script's setting that holds it.
    #[must_use]
    pub fn address(all: &[Option<Ipv4Addr>], setting: &str) -> Option<String> {
        let mut known = all.iter().flatten();
        let first = known.next()?;
        if known.all(|other| other == first) {
            Some(first.to_string())
        } else {
            Some(format!("${{{setting}}}"))
        }
    }
}

/// What a kind makes of an entry.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// The files that somebody must put below the TFTP root.
    pub files: Vec<BootFile>,
    /// Labels that the entry's own lines define.
    pub labels: Vec<String>,
    /// The kernel's arguments that somebody wrote.
    pub arguments: Vec<At<String>>,
    /// What iPXE itself is given to run or fetch, as somebody wrote it.
    pub lines: Vec<At<String>>,
    /// The folder that the booted system mounts by NFS.
    pub nfs_path: Option<AbsPath>,
    /// What the template sees.
    pub view: Map<String, Value>,
}

impl Made {
    /// Gives the template a value.
    pub fn see(&mut self, name: &str, value: impl Into<Value>) {
        self.view.insert(name.to_owned(), value.into());
    }
}

/// An entry in the making.
pub struct Making<'m, 'a> {
    /// What was written.
    pub entry: &'m BootEntry<'a>,
    /// What is known of the site.
    pub facts: &'m Facts,
    /// How iPXE fetches the entry's files.
    pub over: Over,
    /// Where its files are below the TFTP root.
    pub dir: Option<&'m str>,
    /// Findings and texts.
    pub reading: Reading<'m, 'a>,
    /// The files so far.
    pub files: Vec<BootFile>,
}

impl<'a> Making<'_, 'a> {
    /// Refuses a value at its place.
    pub fn refuse(&mut self, span: Span, refused: &Refused) {
        let mut finding = Finding::error("malformed", span, refused.message.clone());
        finding.help.clone_from(&refused.help);
        self.reading.report.push(finding);
    }

    /// Says that a key is missing.
    pub fn missing(&mut self, key: &str, help: &str) {
        let message = format!("the boot entry `{}` has no `{key}`", self.entry.id.text);
        self.reading.report.push(Finding::error("missing-key", self.entry.id.span, message).help(help));
    }

    /// The kind has no keys of its own: whatever was written is unknown.
    pub fn no_keys(&mut self) {
        for (key, _) in &self.entry.own {
            self.reading.unknown_key(*key, "an entry of this kind", crate::schema::Common::KEYS);
        }
    }

    /// A file of the entry, as a URI: written, or by default.
    pub fn file(&mut self, field: &Field<Word<'a>>, default: Option<&str>) -> Option<String> {
        self.file_in(field, default, self.dir)
    }

    /// A file that always stands at the TFTP root.
    pub fn root_file(&mut self, field: &Field<Word<'a>>, default: Option<&str>) -> Option<String> {
        self.file_in(field, default, None)
    }

    fn file_in(
        &mut self,
        field: &Field<Word<'a>>,
        default: Option<&str>,
        dir: Option<&str>,
    ) -> Option<String> {
        let (text, span) = match (field, default) {
            (Field::Given(word), _) => (word.text, word.span),
            (Field::Absent, Some(default)) => (default, self.entry.id.span),
            _ => return None,
        };
        let path = self.path(text, span, dir)?;
        self.need(&path, span);
        Some(self.uri(&path))
    }

    /// A path below the TFTP root.
    pub fn path(&mut self, text: &str, span: Span, dir: Option<&str>) -> Option<String> {
        match boot_path(text, dir) {
            Ok(path) => Some(path),
            Err(refused) => {
                self.refuse(span, &refused);
                None
            }
        }
    }

    /// Notes a file that must be there.
    pub fn need(&mut self, path: &str, span: Span) {
        self.files.push(BootFile { path: path.to_owned(), span });
    }

    /// The URI of a file below the TFTP root, relative to the script where it can be, so that one
    /// text serves on every server.
    ///
    /// iPXE resolves `/x` against the URL that the running script was loaded from, over HTTP and
    /// over TFTP alike (tried with Debian's iPXE of 2019 on BIOS and UEFI).
    pub fn uri(&self, path: &str) -> String {
        // The path was checked, so encoding it cannot fail.
        let path = ipxe::uri(path).unwrap_or_default();
        format!("{}/{path}", self.files_root())
    }

    /// The TFTP root as a URI without a final slash.
    fn files_root(&self) -> String {
        let facts = self.facts;
        match (self.over, &facts.script) {
            (Over::Http, Script::Http(_)) => format!("{}{}", facts.http_path, facts.tftp_prefix),
            (Over::Tftp, Script::Tftp(_)) => String::new(),
            _ => self.files_url(),
        }
    }

    /// The TFTP root's URL by the entry's `over`, absolute.
    fn files_url(&self) -> String {
        match self.over {
            Over::Http => {
                format!("{}{}", self.facts.http.as_deref().unwrap_or_default(), self.facts.tftp_prefix)
            }
            Over::Tftp => format!("tftp://{}", self.facts.tftp.as_deref().unwrap_or("${next-server}")),
        }
    }

    /// A text with its placeholders filled; iPXE's `${…}` stays.
    pub fn text(&mut self, word: Word<'a>) -> Option<String> {
        let known = EntryPlaceholders {
            http: self.facts.http.clone(),
            files: self.files_url(),
            dir: self.dir.unwrap_or_default().to_owned(),
            nfs: self.facts.nfs.clone(),
            smb: self.facts.smb.clone(),
            tftp: self.facts.tftp.clone(),
        };
        match fill(word.text, &known) {
            Ok(filled) => Some(filled.unwrap_or_else(|| word.text.to_owned())),
            Err(refused) => {
                self.refuse(word.span, &refused);
                None
            }
        }
    }

    /// Arguments of a command line: one word of site.yaml each.
    pub fn arguments(&mut self, field: &Field<Vec<Word<'a>>>) -> Option<Vec<At<String>>> {
        let mut arguments = Vec::new();
        let mut whole = !field.is_wrong();
        for word in field.given().into_iter().flatten() {
            match self.text(*word) {
                Some(text) => {
                    if let Err(refused) = ipxe::arg_expr(&text) {
                        self.refuse(word.span, &Refused::new(refused.reason));
                        whole = false;
                    }
                    arguments.push(At::new(text, word.span));
                }
                None => whole = false,
            }
        }
        whole.then_some(arguments)
    }

    /// What was made, with the files noted so far.
    pub fn made(&mut self) -> Made {
        Made { files: std::mem::take(&mut self.files), ..Made::default() }
    }
}

struct EntryPlaceholders {
    http: Option<String>,
    files: String,
    dir: String,
    nfs: Option<String>,
    smb: Option<String>,
    tftp: Option<String>,
}

impl Placeholders for EntryPlaceholders {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "http" => self.http.clone(),
            "files" => Some(self.files.clone()),
            "dir" => Some(self.dir.clone()),
            "nfs" => self.nfs.clone(),
            "smb" => self.smb.clone(),
            "tftp" => self.tftp.clone(),
            _ => None,
        }
    }

    fn names(&self) -> Vec<&str> {
        let all = ["http", "files", "dir", "nfs", "smb", "tftp"];
        all.into_iter().filter(|name| self.get(name).is_some()).collect()
    }
}
