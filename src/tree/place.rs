//! The paths of files in DIR, and the files that are already there. No symbolic link is ever followed.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::folder::{Entered, FileStatus, Folder};

/// The beginning and the end of the names of temporary files, with random characters between them.
pub(super) const TEMP: (&str, &str) = (".ipxegen-", ".tmp");

/// The place below DIR of a server's file. Names and paths of the site were checked before; those of a manifest on the
/// disk are checked only here.
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

/// The object at a path.
pub(super) enum Spot {
    Missing,
    File(FileStatus),
    Link,
    Folder,
    /// A device, a pipe, a socket.
    Special,
    /// A folder above it is not a folder.
    Blocked {
        at: PathBuf,
        link: bool,
    },
}

/// Looks at a path below a folder.
pub(super) fn look(base: &Folder, place: &Path) -> Result<Spot> {
    let mut folder = base.clone();
    let mut names = place.iter().peekable();
    while let Some(name) = names.next() {
        let failed = || format!("cannot look at {}", folder.path().join(name).display());
        match folder.enter(name).with_context(failed)? {
            Entered::Missing => return Ok(Spot::Missing),
            Entered::Folder(inner) => folder = inner,
            Entered::Other(met) if names.peek().is_some() => {
                return Ok(Spot::Blocked { at: folder.path().join(name), link: met.kind.is_symlink() });
            }
            Entered::Other(met) if met.kind.is_symlink() => return Ok(Spot::Link),
            Entered::Other(met) if met.kind.is_file() => return Ok(Spot::File(met)),
            Entered::Other(_) => return Ok(Spot::Special),
        }
    }
    Ok(Spot::Folder)
}

/// The same for a place where a file is to be written. Anything there that even `--force` does not replace is an error.
pub(super) fn look_for_target(base: &Folder, place: &Path) -> Result<Spot> {
    let spot = look(base, place)?;
    let target = base.path().join(place);
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

/// Removes the temporary files that a killed run left in DIR and in the servers' folders.
pub(super) fn sweep(base: &Folder, servers: &BTreeSet<&str>) -> Result<()> {
    sweep_entries(base, false)?;
    for server in servers {
        if let Ok(Entered::Folder(folder)) = base.enter(OsStr::new(server)) {
            sweep_entries(&folder, true)?;
        }
    }
    Ok(())
}

fn sweep_entries(folder: &Folder, all_below: bool) -> Result<()> {
    // A folder that cannot be read holds none of our files.
    for (name, is_folder) in folder.names().unwrap_or_default() {
        if is_folder {
            if all_below && let Ok(Entered::Folder(inner)) = folder.enter(&name) {
                sweep_entries(&inner, true)?;
            }
        } else if name.to_str().is_some_and(is_temp) {
            folder.remove(&name).with_context(|| {
                let path = folder.path().join(&name);
                format!("cannot remove {}, left by a run that was killed", path.display())
            })?;
        }
    }
    Ok(())
}

/// Removes the temporary files that a killed run left beside these places, or in the nearest folder above that exists.
pub(super) fn sweep_beside(base: &Folder, places: &BTreeSet<PathBuf>) -> Result<()> {
    let folders: BTreeSet<&Path> = places.iter().flat_map(|place| place.ancestors().skip(1)).collect();
    for place in folders {
        if let Ok(folder) = base.below(place) {
            sweep_entries(&folder, false)?;
        }
    }
    Ok(())
}

/// Removes the folders above these places that are now empty.
pub(super) fn prune(base: &Folder, places: &[PathBuf]) {
    let folders: BTreeSet<&Path> = places
        .iter()
        .flat_map(|place| place.ancestors().skip(1))
        .filter(|folder| !folder.as_os_str().is_empty())
        .collect();
    for place in folders.into_iter().rev() {
        // That a folder is not empty is not a failure.
        if let Ok((above, name)) = base.above(place) {
            let _ = above.remove_folder(name);
        }
    }
}
