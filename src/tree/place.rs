//! Where files stand in DIR, and what stands there already. No symbolic link is ever followed.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use walkdir::WalkDir;

/// How our temporary files are called: between these, random characters.
pub(super) const TEMP: (&str, &str) = (".ipxegen-", ".tmp");

/// The place below DIR of a server's file. Names and paths were checked where they came from;
/// this is the last wall, and the first one for those that a manifest on disk names.
pub(super) fn place(server: &str, path: &str) -> Result<PathBuf> {
    let name_is_plain = |name: &str| {
        let mut parts = Path::new(name).components();
        matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name)
            && !name.contains(char::is_control)
            && !is_temp(name)
    };
    if !name_is_plain(server) || server.starts_with('.') || server == super::manifest::NAME {
        bail!("{server:?} cannot be the name of a server's folder");
    }
    let Some(relative) = path.strip_prefix('/') else {
        bail!("the path {path:?} of {server} does not begin with a slash");
    };
    if !relative.split('/').all(name_is_plain) {
        bail!(
            "the path {path:?} of {server} is not plain: it has an empty part, `.`, `..` or a control character"
        );
    }
    Ok(Path::new(server).join(relative))
}

fn is_temp(name: &str) -> bool {
    name.len() > TEMP.0.len() + TEMP.1.len() && name.starts_with(TEMP.0) && name.ends_with(TEMP.1)
}

/// What stands at a place.
pub(super) enum Spot {
    Missing,
    File(Metadata),
    Link,
    Folder,
    /// A device, a pipe, a socket.
    Special,
    /// What should be a folder above it is none.
    Blocked {
        at: PathBuf,
        link: bool,
    },
}

/// What stands at a place below `dir`.
pub(super) fn look(dir: &Path, place: &Path) -> Result<Spot> {
    let mut path = dir.to_path_buf();
    let mut parts = place.components().peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let met = match fs::symlink_metadata(&path) {
            Ok(met) => met,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Spot::Missing),
            Err(error) => return Err(error).context(format!("cannot look at {}", path.display())),
        };
        let kind = met.file_type();
        if parts.peek().is_some() {
            if !kind.is_dir() {
                return Ok(Spot::Blocked { at: path, link: kind.is_symlink() });
            }
        } else if kind.is_dir() {
            return Ok(Spot::Folder);
        } else if kind.is_symlink() {
            return Ok(Spot::Link);
        } else if kind.is_file() {
            return Ok(Spot::File(met));
        } else {
            return Ok(Spot::Special);
        }
    }
    Ok(Spot::Folder)
}

/// The same for a place where a file of ours has to go: what no force may remove is an error.
pub(super) fn look_for_target(dir: &Path, place: &Path) -> Result<Spot> {
    let spot = look(dir, place)?;
    let target = dir.join(place);
    let target = target.display();
    match &spot {
        Spot::Folder => bail!("{target} is a folder, and a file has to go there; move it away"),
        Spot::Special => bail!("{target} is neither file nor folder; move it away"),
        Spot::Blocked { at, link: true } => {
            bail!(
                "{} is a symbolic link, which is not followed; put a folder there for {target}",
                at.display()
            )
        }
        Spot::Blocked { at, link: false } => {
            bail!("{} is no folder, and {target} has to go into it; move it away", at.display())
        }
        Spot::Missing | Spot::File(_) | Spot::Link => Ok(spot),
    }
}

/// The folder nearest to the target that exists already: there its temporary file goes, on the
/// same file system, and folders need not be made before all is rendered.
pub(super) fn folder_near(target: &Path) -> &Path {
    target.ancestors().skip(1).find(|above| above.is_dir()).unwrap_or(target)
}

/// Removes the temporary files that a killed run left in DIR and in the servers' folders.
pub(super) fn sweep(dir: &Path, servers: &BTreeSet<&str>) -> Result<()> {
    // DIR itself may be a link, by the user's wish; nothing below it is followed.
    let own = WalkDir::new(dir).max_depth(1);
    let theirs = servers.iter().map(|server| WalkDir::new(dir.join(server)).follow_root_links(false));
    std::iter::once(own).chain(theirs).try_for_each(|walk| sweep_entries(walk.min_depth(1)))
}

fn sweep_entries(entries: WalkDir) -> Result<()> {
    // A folder that cannot be read holds none of our files.
    for entry in entries.into_iter().filter_map(std::result::Result::ok) {
        if !entry.file_type().is_dir() && entry.file_name().to_str().is_some_and(is_temp) {
            let path = entry.path();
            fs::remove_file(path).with_context(|| {
                format!("cannot remove {}, left by a run that was killed", path.display())
            })?;
        }
    }
    Ok(())
}

/// Removes the temporary files that a killed run left beside these places, or in the folder
/// nearest to them.
pub(super) fn sweep_beside(dir: &Path, places: &BTreeSet<PathBuf>) -> Result<()> {
    let targets: Vec<PathBuf> = places.iter().map(|place| dir.join(place)).collect();
    let folders: BTreeSet<&Path> = targets
        .iter()
        .flat_map(|target| target.ancestors().skip(1))
        .filter(|above| above.starts_with(dir))
        .collect();
    for folder in folders {
        sweep_entries(WalkDir::new(folder).max_depth(1).min_depth(1))?;
    }
    Ok(())
}

/// Removes the folders above these places that have become empty.
pub(super) fn prune(dir: &Path, places: &[PathBuf]) {
    let folders: BTreeSet<&Path> = places
        .iter()
        .flat_map(|place| place.ancestors().skip(1))
        .filter(|folder| !folder.as_os_str().is_empty())
        .collect();
    for folder in folders.into_iter().rev() {
        // Not through a link; and a folder that is not empty stays, which is no failure.
        if let Ok(Spot::Folder) = look(dir, folder) {
            let _ = fs::remove_dir(dir.join(folder));
        }
    }
}
