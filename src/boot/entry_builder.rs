//! Builds a boot entry: the functions with which every kind reads its keys.

use std::borrow::Cow;

use super::shim::ShimOfEntry;
use crate::dialects::ipxe;
use crate::model::{
    AbsPath, BootFile, Content, EntryKind, FileRoots, InvalidValue, Placeholders, Published, Script, Service,
    Spanned, Transport, WebServer, boot_path, fill, fill_file, flag,
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
    /// The address of each service that the site has, or the script's setting that holds it. That of HTTP is the
    /// URL of its root.
    pub addresses: Vec<(Service, String)>,
    /// The HTTP root's path on its host, without a final slash; usually empty.
    pub http_path: String,
    /// The path at which HTTP shows the TFTP root, without a final slash.
    pub tftp_prefix: String,
    /// The variables: their text, or the script's setting for it.
    pub vars: Vec<(String, String)>,
    /// Kernel arguments of all entries that start Linux.
    pub cmdline_extra: Vec<Spanned<String>>,
    /// The web server that is rendered, if there is one.
    pub web_server: Option<WebServer>,
    /// The TFTP root.
    pub tftp_root: AbsPath,
    /// The folder of the files that iPXE fetches by HTTP, if it is another.
    pub boot_files: Option<AbsPath>,
    /// The roots that paths are relative to.
    pub roots: FileRoots,
    /// Whether clients of a subnet, a group or a class get iPXE's signed shim.
    pub secure_boot: bool,
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
    /// Whether it admits guests.
    pub guest: bool,
    /// The accounts that may use it; empty for all.
    pub users: Vec<String>,
}

impl SiteFacts {
    /// The address of a service, or the script's setting that holds it; that of HTTP is the URL of its root.
    #[must_use]
    pub fn address(&self, service: Service) -> Option<&str> {
        self.addresses.iter().find(|(known, _)| *known == service).map(|(_, address)| address.as_str())
    }
}

/// The part of an entry that its kind builds; resolving adds what all kinds have in common.
#[derive(Clone, Debug)]
pub struct BuiltEntry {
    /// The kind, with its fields.
    pub kind: EntryKind,
    /// The files that the user has to put below the TFTP root.
    pub files: Vec<BootFile>,
    /// The files that ipxegen renders for it below the TFTP root.
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
    /// The files that ipxegen renders for the entry, so far.
    published: Vec<Published>,
    /// The shim of its kernel.
    pub(super) shim: ShimOfEntry,
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
        Self {
            entry,
            facts,
            over,
            dir,
            reading,
            files: Vec::new(),
            published: Vec::new(),
            shim: ShimOfEntry::default(),
        }
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

    /// Reports every key that not all kinds have, for a kind without further keys.
    pub fn no_keys(&mut self) {
        for (key, _) in &self.entry.own {
            self.reading.unknown_key(*key, "an entry of this kind", crate::schema::Common::KEYS);
        }
    }

    /// The URI of a file of the entry: the written path, or the default.
    pub fn file(&mut self, field: &Field<Scalar<'a>>, default: Option<&str>) -> Option<String> {
        self.file_in(field, default, self.dir)
    }

    /// As [`EntryBuilder::file`], but the path does not begin in the entry's `dir`.
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

    /// The URI of a file below the TFTP root. It is relative to the script if both are fetched in the same way, so
    /// that one script works on every server.
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

    /// The URL of a file below the TFTP root, for programs other than iPXE, which cannot resolve a relative URI.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{}", self.files_url(), ipxe::uri(path).unwrap_or_default())
    }

    /// The HTTP URL of a file below the TFTP root, for programs that support HTTP only. The kind then sets
    /// `needs_http`, so that a site without an HTTP server has a finding.
    pub fn web_url(&self, path: &str) -> String {
        let http = self.facts.address(Service::Http).unwrap_or_default();
        format!("{http}{}/{}", self.facts.tftp_prefix, ipxe::uri(path).unwrap_or_default())
    }

    /// The text of the file that was published last, if it is one.
    pub(super) fn published_text(&self) -> Option<&str> {
        match &self.published.last()?.content {
            Content::Text(text) => Some(text),
            Content::BootScript { .. } | Content::Startnet { .. } => None,
        }
    }

    /// A file that the user names: a path below the TFTP root, a URL, or `{ source: FILE }`, which is published as
    /// `name`.
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
                    let help = "the file is one for all machines: it can contain only the site's own `vars`";
                    self.refuse(word.span, &InvalidValue::new(message).help(help));
                    return None;
                }
                self.publish(name, word.span, Content::Text(text), None).map(Given::Below)
            }
        }
    }

    /// Publishes a file in the entry's folder, and returns its path below the TFTP root. If the file contains a
    /// secret, `secret` has the words that precede it on a line.
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
                format!("{path} holds a secret, and everybody can read the files that in.tftpd serves");
            let help = "`over: http` lets only the web server read it; `expose_secret: true` allows TFTP";
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

    /// The secret in a file or an environment variable; `None` if neither is named, or it cannot be read.
    pub fn secret(&mut self, file: &Field<Scalar<'a>>, env: &Field<Scalar<'a>>) -> Option<Secret> {
        let (span, secret) = match (file, env) {
            (Field::Given(word), _) => (word.span, self.reading.sources.secret_file(*word).cloned()),
            (_, Field::Given(word)) => (word.span, self.reading.sources.secret_env(word.text)),
            _ => return None,
        };
        secret.map_err(|unread| self.reading.report.push(Finding::unread(&SECRET, span, unread))).ok()
    }

    /// The folder on the server that the entry's paths are below.
    pub fn folder(&self) -> &AbsPath {
        match (self.over, &self.facts.boot_files) {
            (Transport::Http, Some(folder)) => folder,
            _ => &self.facts.tftp_root,
        }
    }

    /// The TFTP root's URL by the entry's `over`, absolute.
    fn files_url(&self) -> String {
        match self.over {
            Transport::Http => {
                let http = self.facts.address(Service::Http).unwrap_or_default();
                format!("{http}{}", self.facts.tftp_prefix)
            }
            Transport::Tftp => {
                format!("tftp://{}", self.facts.address(Service::Tftp).unwrap_or("${next-server}"))
            }
        }
    }

    fn placeholders(&self) -> EntryPlaceholders<'m> {
        EntryPlaceholders {
            facts: self.facts,
            files: self.files_url(),
            dir: self.dir.unwrap_or_default().to_owned(),
        }
    }

    /// The text of the user's file, with its placeholders filled.
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

    /// The entry of this kind, with the files so far.
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

/// The placeholders in texts of boot entries: the addresses of services, `{files}`, `{dir}` and `{var.NAME}`.
struct EntryPlaceholders<'f> {
    facts: &'f SiteFacts,
    files: String,
    dir: String,
}

impl Placeholders for EntryPlaceholders<'_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        let SiteFacts { vars, addresses, .. } = self.facts;
        let text = match (name, name.strip_prefix("var.")) {
            ("files", _) => Some(&self.files),
            ("dir", _) => Some(&self.dir),
            (_, Some(name)) => vars.iter().find(|(known, _)| known == name).map(|(_, text)| text),
            (_, None) => {
                let mut addresses = addresses.iter();
                addresses.find(|(service, _)| service.word() == name).map(|(_, address)| address)
            }
        };
        text.map(Into::into)
    }

    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.facts.addresses.iter().map(|(service, _)| service.word()).collect();
        names.extend(["files", "dir"]);
        names.extend((!self.facts.vars.is_empty()).then_some("var.NAME"));
        names
    }
}
