//! The loaders of the site's clients: whether clients of their kind can start them, and the features of iPXE in them.

use std::path::Path;

use anyhow::Result;
use foldhash::HashSet;

use super::disk::{ExistingFile, PathStatus};
use super::reader::ReadingDaemon;
use super::search::{Below, Search};
use super::{images, ipxe_features};
use crate::model::{Asks, ClientKind, Features, Loader, Site, second_stages};
use crate::report::catalogue::{LOADER_LACKS_FEATURE, WRONG_ARCHITECTURE};
use crate::report::{Finding, visible};
use crate::source::Span;

/// The loaders of all subnets and hosts, and whether the clients can start them.
pub(super) fn loaders(
    places: &mut Below<'_>,
    site: &Site<'_>,
    root: Span,
    by_tftp: &ReadingDaemon,
    by_http: Option<&ReadingDaemon>,
) -> Result<()> {
    let mut seen: HashSet<(ClientKind, &Loader)> = HashSet::default();
    let of_subnets = site.subnets.iter().filter(|subnet| site.has_own_tftp(subnet));
    let of_subnets = of_subnets.map(|subnet| (&subnet.loaders, subnet.name.span));
    let of_hosts = site.own_loaders().map(|loaders| (loaders, root));
    for (loaders, otherwise) in of_subnets.chain(of_hosts) {
        for (kind, loader) in loaders {
            // A URL may be that of a file below the TFTP root, on the web server of the site.
            let path = match &loader.value {
                Loader::File(path) => path.as_str(),
                Loader::Url(url) => match site.below_prefix(url).filter(|_| by_http.is_some()) {
                    Some(path) => path,
                    None => continue,
                },
            };
            if !seen.insert((*kind, &loader.value)) {
                continue;
            }
            // A default loader has no place in the site.
            let span = if loader.span == Span::default() { otherwise } else { loader.span };
            let what = format!("the loader of {} clients", kind.name());
            let reader = if kind.info().loads_like.is_some() { by_http } else { Some(by_tftp) };
            let Some((server_path, there)) = places.file(path, &what, span, reader)? else { continue };
            architecture(places.search, *kind, &server_path, &there, span)?;
            if kind.info().asks == Asks::Pxe {
                features(places, site, path, &there.path, span)?;
            }
        }
    }
    for (whose, path, span) in site.own_files() {
        places.file(path, &format!("the boot file of {whose}"), span, Some(by_tftp))?;
    }
    Ok(())
}

/// Reports a loader that clients of its kind cannot start.
pub(super) fn architecture(
    search: &mut Search,
    kind: ClientKind,
    server_path: &str,
    there: &ExistingFile,
    span: Span,
) -> Result<()> {
    if let Some(wrong) = images::wrong_for(kind, &there.path)? {
        let message = format!("{} clients cannot start {}: {wrong}", kind.name(), visible(server_path));
        let finding = Finding::new(&WRONG_ARCHITECTURE, span, message);
        let help = format!("give {} clients a loader that was built for them, or `none`", kind.name());
        search.report(server_path, finding.help(help));
    }
    Ok(())
}

/// Reports a loader that lacks a feature of `ipxe.needs`. A shim has the iPXE beside it.
fn features(places: &mut Below<'_>, site: &Site<'_>, path: &str, file: &Path, span: Span) -> Result<()> {
    let needs = site.ipxe.needs.value;
    if needs.is_empty() {
        return Ok(());
    }
    let mut found = ipxe_features::of_file(file)?;
    for second in second_stages(path) {
        let there = places.search.disk.find(places.root.join(&second).as_str())?;
        if let (None, PathStatus::ExistingFile(there)) = (found, there)
            && there.meta.is_file()
        {
            found = ipxe_features::of_file(&there.path)?;
        }
    }
    let Some(found) = found else { return Ok(()) };
    places.search.known_features.push(path.to_owned());
    let lacking: Vec<_> = needs.codes().filter(|code| !found.has_all(Features::none().with(*code))).collect();
    let lacking = lacking.into_iter().fold(Features::none(), Features::with);
    if !lacking.is_empty() {
        let server_path = places.root.join(path).to_string();
        let names: Vec<_> = lacking.names().map(|name| format!("`{name}`")).collect();
        let message = format!(
            "the iPXE in {} lacks {}, so it would load itself again and again",
            visible(&server_path),
            names.join(", ")
        );
        let finding = Finding::new(&LOADER_LACKS_FEATURE, span, message);
        let finding = finding.and(site.ipxe.needs.span, "the script needs it");
        let help = "put an iPXE there that was built with it (`loaders.build`), or remove it from `needs`";
        places.search.report(&server_path, finding.help(help));
    }
    Ok(())
}
