//! Builds a boot entry: what every kind needs to read its keys.

use std::net::Ipv4Addr;

use crate::dialects::ipxe;
use crate::model::{
    AbsPath, BootFile, Content, EntryKind, FileRoots, InvalidValue, Placeholders, Published, Script, Spanned,
    Transport, WebServer, boot_path, fill, fill_file, flag,
};
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY, SAME_FILE, SECRET, SERVED_SECRET, UNREADABLE_SOURCE};
use crate::schema::{BootEntry, Field, GivenFile, Reading};
use crate::source::{Scalar, Secret, SourceFile, Span, read_beside};

/// The facts about the site that building an entry uses.
#[derive(Clone, Debug)]
pub struct SiteFacts {
    /// The script, to which URIs are relative.
    pub script: Script,
    /// The HTTP root's URL, where all subnets have the same; else the script's own setting for it.
    pub http: Option<String>,
    /// The HTTP root's path on its host, without a final slash; usually empty.
    pub http_path: String,
    /// The path at which HTTP shows the TFTP root, without a final slash.
    pub tftp_prefix: String,
    /// The TFTP server, or the script's setting for it.
    pub tftp: Option<String>,
    /// The NFS server, or the script's setting for it.
    pub nfs: Option<String>,
    /// The SMB server, or the script's setting for it.
    pub smb: Option<String>,
    /// The variables: their text, or the script's setting for it.
    pub vars: Vec<(String, String)>,
    /// Kernel arguments of all entries that start Linux.
    pub cmdline_extra: Vec<Spanned<String>>,
    /// The web server that is rendered, where one is.
    pub web_server: Option<WebServer>,
    /// The TFTP root.
    pub tftp_root: AbsPath,
    /// The roots that paths are relative to.
    pub roots: FileRoots,
    /// The SMB shares.
    pub shares: Vec<ShareFact>,
}

/// Facts about an SMB share.
#[derive(Clone, Debug)]
pub struct ShareFact {
    /// Its name.
    pub name: String,
    /// The place of the name.
    pub span: Span,
    /// Whether it takes guests.
    pub guest: bool,
    /// The accounts that may use it; empty for all.
    pub users: Vec<String>,
}

impl SiteFacts {
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

/// The part of an entry that its kind builds; resolving adds what all kinds have in common.
#[derive(Clone, Debug)]
pub struct BuiltEntry {
    /// What the entry does.
    pub kind: EntryKind,
    /// The files that the user has to put below the TFTP root.
    pub files: Vec<BootFile>,
    /// The files that it brings along.
    pub published: Vec<Published>,
    /// The folder that the booted system mounts by NFS.
    pub nfs_path: Option<AbsPath>,
    /// Whether the booted system itself fetches something by HTTP, however iPXE loads its own files.
    pub needs_http: bool,
    /// The place in the site that makes it install without asking questions.
    pub unattended: Option<Span>,
}

/// Builds one entry from its keys and from facts about the site.
pub struct EntryBuilder<'m, 'a> {
    /// The entry as written.
    pub entry: &'m BootEntry<'a>,
    /// Facts about the site.
    pub facts: &'m SiteFacts,
    /// How iPXE fetches the entry's files.
    pub over: Transport,
    /// The folder of its files below the TFTP root.
    pub dir: Option<&'m str>,
    /// Findings and texts.
    pub reading: Reading<'m, 'a>,
    /// The files that the user has to provide, so far.
    pub files: Vec<BootFile>,
    /// The files that the entry brings along, so far.
    published: Vec<Published>,
}

/// How a client reaches a file that the user named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    /// By its path below the TFTP root: the user puts it there, or ipxegen publishes it.
    Below(String),
    /// By a URL that the user wrote.
    Url(String),
}

impl<'m, 'a> EntryBuilder<'m, 'a> {
    /// Begins an entry.
    pub fn new(
        entry: &'m BootEntry<'a>,
        facts: &'m SiteFacts,
        over: Transport,
        dir: Option<&'m str>,
        reading: Reading<'m, 'a>,
    ) -> Self {
        Self { entry, facts, over, dir, reading, files: Vec::new(), published: Vec::new() }
    }

    /// Reports an invalid value.
    pub fn refuse(&mut self, span: Span, refused: &InvalidValue) {
        let mut finding = Finding::new(&MALFORMED, span, refused.message.clone());
        finding.help.clone_from(&refused.help);
        self.reading.report.push(finding);
    }

    /// Reports a missing key.
    pub fn missing(&mut self, key: &str, help: &str) {
        let message = format!("the boot entry `{}` has no `{key}`", self.entry.id.text);
        self.reading.report.push(Finding::new(&MISSING_KEY, self.entry.id.span, message).help(help));
    }

    /// Reports all keys of the kind as unknown: it has none of its own.
    pub fn no_keys(&mut self) {
        for (key, _) in &self.entry.own {
            self.reading.unknown_key(*key, "an entry of this kind", crate::schema::Common::KEYS);
        }
    }

    /// A file of the entry, as a URI: written, or by default.
    pub fn file(&mut self, field: &Field<Scalar<'a>>, default: Option<&str>) -> Option<String> {
        self.file_in(field, default, self.dir)
    }

    /// A file that is always at the TFTP root.
    pub fn root_file(&mut self, field: &Field<Scalar<'a>>, default: Option<&str>) -> Option<String> {
        self.file_in(field, default, None)
    }

    fn file_in(
        &mut self,
        field: &Field<Scalar<'a>>,
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
        match self.facts.roots.check(text).and_then(|()| boot_path(text, dir)) {
            Ok(path) => Some(path),
            Err(refused) => {
                self.refuse(span, &refused);
                None
            }
        }
    }

    /// Records a file that must exist below the TFTP root.
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
            (Transport::Http, Script::Http(_)) => format!("{}{}", facts.http_path, facts.tftp_prefix),
            (Transport::Tftp, Script::Tftp(_)) => String::new(),
            _ => self.files_url(),
        }
    }

    /// The URL of a file below the TFTP root, for programs that know nothing of iPXE's base.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{}", self.files_url(), ipxe::uri(path).unwrap_or_default())
    }

    /// The URL of a file below the TFTP root by HTTP, for programs that speak nothing else. The entry then
    /// says that it needs HTTP, so that a site without it has a finding.
    pub fn web_url(&self, path: &str) -> String {
        let http = self.facts.http.as_deref().unwrap_or_default();
        format!("{http}{}/{}", self.facts.tftp_prefix, ipxe::uri(path).unwrap_or_default())
    }

    /// The text of the file that was published last, if it is one.
    pub(super) fn published_text(&self) -> Option<&str> {
        match &self.published.last()?.content {
            Content::Text(text) => Some(text),
            Content::BootScript { .. } | Content::Startnet { .. } => None,
        }
    }

    /// A file of the user's: below the TFTP root, at a URL, or beside the site, which is published under a
    /// name.
    pub fn given_file(&mut self, given: GivenFile<'a>, name: &str) -> Option<Given> {
        match given {
            GivenFile::Named(word) if word.text.contains("://") || word.text.starts_with('{') => {
                let text = self.text(word)?;
                if let Err(refused) = ipxe::url_expr(&text) {
                    let refused = refused.help("percent-encode what is no part of a URL");
                    self.refuse(word.span, &refused);
                    return None;
                }
                Some(Given::Url(text))
            }
            GivenFile::Named(word) => {
                let path = self.path(word.text, word.span, self.dir)?;
                self.need(&path, word.span);
                Some(Given::Below(path))
            }
            GivenFile::Source(word) => {
                let file = match read_beside(self.reading.sources, word) {
                    Ok(file) => file,
                    Err(unread) => {
                        let unread = unread.or_help("the path is relative to the file that names it");
                        self.reading.report.push(Finding::unread(&UNREADABLE_SOURCE, word.span, unread));
                        return None;
                    }
                };
                let text = self.file_text(file)?;
                // Only iPXE knows its settings; other readers of the file do not.
                if text.contains("${ipxegen.var.") && !name.ends_with(".ipxe") {
                    let message = format!("{} uses a variable that is not the same everywhere", word.text);
                    let help =
                        "the file is one for all machines: only `vars` of the site alone can stand in it";
                    self.refuse(word.span, &InvalidValue::new(message).help(help));
                    return None;
                }
                self.publish(name, word.span, Content::Text(text), None).map(Given::Below)
            }
        }
    }

    /// Publishes a file under a name of the entry's; its path below the TFTP root. A secret in it stands
    /// behind one of the words on a line.
    pub fn publish(
        &mut self,
        name: &str,
        span: Span,
        content: Content,
        secret: Option<&'static [&'static str]>,
    ) -> Option<String> {
        let path = match boot_path(&format!("ipxegen/{}/{name}", self.entry.id.text), None) {
            Ok(path) => path,
            Err(refused) => {
                self.refuse(span, &refused);
                return None;
            }
        };
        if let Some(other) = self.published.iter().find(|other| other.path == path) {
            let finding = Finding::new(&SAME_FILE, span, format!("{path} is published twice"));
            self.reading
                .report
                .push(finding.and(other.span, "also here").help("give one of them another name"));
            return None;
        }
        let exposed = self.entry.common.expose_secret.given().is_some_and(|word| flag(word.text) == Ok(true));
        if secret.is_some() && self.over == Transport::Tftp && !exposed {
            let message =
                format!("{path} holds a secret, and whatever in.tftpd gives out may be read by everybody");
            let help =
                "`over: http` lets only the web server read it; `expose_secret: true` says that it is meant";
            self.reading.report.push(Finding::new(&SERVED_SECRET, span, message).help(help));
            return None;
        }
        if secret.is_some() && self.over == Transport::Http && !exposed {
            let (who, rest) = match self.facts.web_server {
                Some(_) => ("every machine of the networks that boot may fetch it", ""),
                None => (
                    "your web server decides who may fetch it",
                    "; let it give the file only to the networks that boot, as `http: { daemon: nginx }` does",
                ),
            };
            let message = format!("{path} holds a secret, and {who}");
            let help = format!("`expose_secret: true` accepts this{rest}");
            self.reading.report.push(Finding::new(&SERVED_SECRET, span, message).as_warning().help(help));
        }
        self.published.push(Published { path: path.clone(), span, content, secret });
        Some(path)
    }

    /// The secret that a file or an environment variable holds; `None` when neither is named, or it
    /// cannot be read.
    pub fn secret(&mut self, file: &Field<Scalar<'a>>, env: &Field<Scalar<'a>>) -> Option<Secret> {
        let (span, secret) = match (file, env) {
            (Field::Given(word), _) => (word.span, self.reading.sources.secret_file(*word).cloned()),
            (_, Field::Given(word)) => (word.span, self.reading.sources.secret_env(word.text)),
            _ => return None,
        };
        secret.map_err(|unread| self.reading.report.push(Finding::unread(&SECRET, span, unread))).ok()
    }

    /// The TFTP root's URL by the entry's `over`, absolute.
    fn files_url(&self) -> String {
        match self.over {
            Transport::Http => {
                format!("{}{}", self.facts.http.as_deref().unwrap_or_default(), self.facts.tftp_prefix)
            }
            Transport::Tftp => format!("tftp://{}", self.facts.tftp.as_deref().unwrap_or("${next-server}")),
        }
    }

    fn placeholders(&self) -> EntryPlaceholders<'m> {
        EntryPlaceholders {
            vars: &self.facts.vars,
            http: self.facts.http.clone(),
            files: self.files_url(),
            dir: self.dir.unwrap_or_default().to_owned(),
            nfs: self.facts.nfs.clone(),
            smb: self.facts.smb.clone(),
            tftp: self.facts.tftp.clone(),
        }
    }

    /// The text of a file of the user's with its placeholders filled.
    fn file_text(&mut self, file: &'a SourceFile) -> Option<String> {
        match fill_file(file.text(), &self.placeholders()) {
            Ok(filled) => Some(filled),
            Err((place, refused)) => {
                self.refuse(file.span(place.start, place.end), &refused);
                None
            }
        }
    }

    /// A text with its placeholders filled; iPXE's `${…}` stays.
    pub fn text(&mut self, word: Scalar<'_>) -> Option<String> {
        let known = self.placeholders();
        match fill(word.text, &known) {
            Ok(filled) => Some(filled.unwrap_or_else(|| word.text.to_owned())),
            Err(refused) => {
                self.refuse(word.span, &refused);
                None
            }
        }
    }

    /// Ends with what the entry does, and the files noted so far.
    pub fn build(&mut self, kind: EntryKind) -> BuiltEntry {
        BuiltEntry {
            kind,
            files: std::mem::take(&mut self.files),
            published: std::mem::take(&mut self.published),
            nfs_path: None,
            needs_http: false,
            unattended: None,
        }
    }
}

struct EntryPlaceholders<'f> {
    vars: &'f [(String, String)],
    http: Option<String>,
    files: String,
    dir: String,
    nfs: Option<String>,
    smb: Option<String>,
    tftp: Option<String>,
}

impl Placeholders for EntryPlaceholders<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match name {
            "http" => self.http.clone(),
            "files" => Some(self.files.clone()),
            "dir" => Some(self.dir.clone()),
            "nfs" => self.nfs.clone(),
            "smb" => self.smb.clone(),
            "tftp" => self.tftp.clone(),
            _ => {
                let name = name.strip_prefix("var.")?;
                self.vars.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone())
            }
        }
    }

    fn names(&self) -> Vec<&str> {
        let all = ["http", "files", "dir", "nfs", "smb", "tftp"];
        let mut names: Vec<&str> = all.into_iter().filter(|name| self.get(name).is_some()).collect();
        names.extend((!self.vars.is_empty()).then_some("var.NAME"));
        names
    }
}
