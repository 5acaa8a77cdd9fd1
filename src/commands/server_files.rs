//! The files of a server that `import --root` finds.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use foldhash::HashSet;

use crate::files::ServerRoot;
use crate::import::{ConfigDir, FileKind, PLACES, Place, SourceFile, configs};

/// How many folders below a web or TFTP root are searched. A mirror of a distribution has more.
const FOLDERS: usize = 2_000;

/// How deep they are searched.
const DEEPEST: usize = 4;

/// The files that were found, and the places where none was.
pub(super) struct Found {
    /// The files; their paths are those of the server.
    pub files: Vec<SourceFile>,
    /// Places without a file.
    pub missing: Vec<&'static str>,
}

/// Finds the files of all kinds below the root folder of a server.
pub(super) fn find(root: &Path) -> Result<Found> {
    let mut search = Search::new(root)?;
    for place in PLACES {
        let before = search.found.files.len();
        search.place(place)?;
        if search.found.files.len() == before {
            search.found.missing.push(place.path);
        }
    }
    // dhcpd may read other files than the usual ones.
    let named = search.found.files.iter().filter(|file| file.kind == FileKind::IscDhcpServer);
    for (kind, path) in named.flat_map(|file| configs(&file.text)).collect::<Vec<_>>() {
        search.file(&path, kind)?;
    }
    if search.found.files.is_empty() {
        bail!(
            "{} has no file that the import reads; `ipxegen import FILE…` reads files of other places",
            root.display()
        );
    }
    Ok(search.found)
}

/// The files that dnsmasq reads below the root folder of a server, without those that they include.
pub(super) fn of_dnsmasq(root: &Path) -> Result<Vec<SourceFile>> {
    let mut search = Search::new(root)?;
    for place in PLACES.iter().filter(|place| place.kind == FileKind::Dnsmasq) {
        search.place(place)?;
    }
    Ok(search.found.files)
}

struct Search {
    root: ServerRoot,
    /// Files and folders without links: links often lead from the web root to the TFTP root.
    seen: HashSet<PathBuf>,
    found: Found,
}

impl Search {
    fn new(root: &Path) -> Result<Self> {
        Ok(Self {
            root: ServerRoot::new(root)?,
            seen: HashSet::default(),
            found: Found { files: Vec::new(), missing: Vec::new() },
        })
    }

    fn place(&mut self, place: &Place) -> Result<()> {
        if let Some(top) = place.path.strip_suffix("/**") {
            return self.tree(top, place);
        }
        let Some(folder) = place.path.strip_suffix("/*") else { return self.file(place.path, place.kind) };
        if place.kind == FileKind::Dnsmasq {
            let dir = self.config_dir()?;
            return self.files_of(&dir);
        }
        for name in self.root.names(folder)? {
            if name.ends_with(place.ending) {
                self.file(&format!("{folder}/{name}"), place.kind)?;
            }
        }
        Ok(())
    }

    /// The folder that Debian's service gives dnsmasq.
    fn config_dir(&mut self) -> Result<ConfigDir> {
        let Some(here) = self.root.file("/etc/default/dnsmasq")? else { return Ok(ConfigDir::default()) };
        Ok(ConfigDir::of(&super::import::text(&here)?).unwrap_or_default())
    }

    fn files_of(&mut self, dir: &ConfigDir) -> Result<()> {
        for pattern in dir.patterns() {
            let Some((folder, _)) = pattern.rsplit_once("/*") else { continue };
            for name in self.root.names(folder)? {
                if dir.reads(&pattern, &name) {
                    self.file(&format!("{folder}/{name}"), FileKind::Dnsmasq)?;
                }
            }
        }
        Ok(())
    }

    fn file(&mut self, path: &str, kind: FileKind) -> Result<()> {
        let Some(here) = self.root.file(path)? else { return Ok(()) };
        if self.seen.insert(here.clone()) {
            let text = super::import::text(&here)?;
            self.found.files.push(SourceFile { path: path.to_owned(), kind, included: false, text });
        }
        Ok(())
    }

    /// Searches folders for menus, outermost first.
    fn tree(&mut self, top: &str, place: &Place) -> Result<()> {
        let mut folders = VecDeque::from([(top.to_owned(), 0)]);
        let mut searched = 0;
        while let Some((folder, depth)) = folders.pop_front() {
            let Some(here) = self.root.folder(&folder)? else { continue };
            searched += 1;
            if !self.seen.insert(here) || searched > FOLDERS {
                continue;
            }
            for name in self.root.names(&folder)? {
                let path = format!("{folder}/{name}");
                if name.ends_with(place.ending) {
                    self.menu(&path, place.kind)?;
                } else if depth < DEEPEST && self.root.folder(&path)?.is_some() {
                    folders.push_back((path, depth + 1));
                }
            }
        }
        Ok(())
    }

    /// Adds a script if it has a menu.
    fn menu(&mut self, path: &str, kind: FileKind) -> Result<()> {
        let Some(here) = self.root.file(path)? else { return Ok(()) };
        let text = super::import::text(&here)?;
        let has = |word: &str| text.lines().any(|line| line.split_whitespace().any(|known| known == word));
        if has("menu") && has("choose") && self.seen.insert(here) {
            self.found.files.push(SourceFile { path: path.to_owned(), kind, included: false, text });
        }
        Ok(())
    }
}
