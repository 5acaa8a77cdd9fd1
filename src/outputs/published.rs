//! The files that boot entries publish: generated files, and files of the user with their placeholders filled. They are
//! below the TFTP root, which TFTP and HTTP serve.

use std::borrow::Cow;

use super::{Output, PlannedFile, insert_fields, loaders_build, view};
use crate::dialects::Dialect;
use crate::model::{
    AbsPath, Addresses, Content, Loader, Published as File, SHIMS, Service, Site, Transport, WindowsSetup,
};
use crate::source::Secret;

pub(super) struct Published;

const BOOT_SCRIPT: &str = "published/boot.ipxe";
const STARTNET: &str = "published/startnet.cmd";

impl Output for Published {
    fn name(&self) -> &'static str {
        "published"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Ipxe
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            (BOOT_SCRIPT, include_str!("../../templates/published/boot.ipxe.tera")),
            (STARTNET, include_str!("../../templates/published/startnet.cmd.tera")),
        ]
    }

    fn dialect_of(&self, template: &str) -> Dialect {
        if template == STARTNET { Dialect::Cmd } else { Dialect::Ipxe }
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let mut files = Vec::new();
        for entry in &site.entries {
            let Some(root) = site.files_root(server, entry.over) else { continue };
            for file in &entry.published {
                files.push(planned(site, server, entry.over, &root, file));
            }
        }
        files.extend(autoexecs(site, server));
        files
    }
}

/// The script for signed loaders, into which no script can be embedded. Before it asks DHCP, iPXE looks for
/// `autoexec.ipxe` in the folder from which it was loaded (`interface/efi/efi_autoexec.c`).
fn autoexecs<'s>(site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
    let Some(root) =
        site.files_root(server, Transport::Tftp).or_else(|| site.files_root(server, Transport::Http))
    else {
        return Vec::new();
    };
    let own = site.own_loaders();
    let used = |shim: &str| {
        let mut all = site.subnets.iter().map(|subnet| &subnet.loaders).chain(own.clone()).flatten();
        all.any(|(_, loader)| matches!(&loader.value, Loader::File(path) if path == shim))
    };
    let shims = SHIMS.iter().map(|(_, shim)| *shim).filter(|shim| used(shim));
    let folders = shims.filter_map(|shim| shim.rsplit_once('/')).map(|(folder, _)| folder);
    folders
        .map(|folder| {
            let path = root.join(&format!("{folder}/autoexec.ipxe")).to_string();
            PlannedFile::new(path, loaders_build::CHAIN, loaders_build::chain_view(site))
        })
        .collect()
}

/// Fills in the addresses that iPXE has in its settings and other programs do not. On each server they are the addresses
/// for that server's clients.
fn settled<'s>(site: &Site<'_>, server: usize, text: &'s str) -> Cow<'s, str> {
    if !text.contains("${ipxegen.") {
        return Cow::Borrowed(text);
    }
    let Some(addresses) = addresses(site, server) else { return Cow::Borrowed(text) };
    let mut settled = text.to_owned();
    for (service, setting, _) in Service::IN_SCRIPTS {
        if let Some(address) = addresses.of(service) {
            settled = settled.replace(&format!("${{{setting}}}"), &address);
        }
    }
    Cow::Owned(settled)
}

/// The addresses for the clients of a server: those of a subnet that boots from it, or that uses a service of it.
fn addresses<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s Addresses> {
    let own: Vec<_> = site.servers.get(server)?.ips.iter().map(|ip| ip.value).collect();
    let booting = || site.subnets.iter().filter(|subnet| subnet.boots());
    let here = |addresses: &Addresses| {
        let http = addresses.http.as_deref().and_then(|url| url.split('/').nth(2));
        addresses.tftp.is_some_and(|ip| own.contains(&ip))
            || http.is_some_and(|host| own.iter().any(|ip| host.split(':').next() == Some(&ip.to_string())))
    };
    booting()
        .find(|subnet| subnet.boot_server == Some(server))
        .or_else(|| booting().find(|subnet| here(&subnet.addresses)))
        .or_else(|| booting().next())
        .map(|subnet| &subnet.addresses)
}

/// Plans a published file. Only the group of the web server may read one with a secret. in.tftpd serves only files that
/// everybody may read; site.yaml has to allow that for a secret.
fn planned<'s>(
    site: &'s Site<'_>,
    server: usize,
    over: Transport,
    root: &AbsPath,
    file: &'s File,
) -> PlannedFile<'s> {
    let path = root.join(&file.path).to_string();
    let planned = match &file.content {
        Content::Text(text) => PlannedFile::literal(path, settled(site, server, text)),
        Content::BootScript { kernel, secrets } => {
            let mut view = view(site);
            insert_fields(&mut view, kernel);
            let secrets: Vec<&str> = secrets.iter().map(Secret::reveal).collect();
            view.insert("secrets", &secrets);
            PlannedFile::new(path, BOOT_SCRIPT, view)
        }
        Content::Startnet { setup, password } => {
            let mut view = view(site);
            // Windows does not know the settings of iPXE.
            let setup = WindowsSetup {
                unc: settled(site, server, &setup.unc).into_owned(),
                setup: settled(site, server, &setup.setup).into_owned(),
                user: settled(site, server, &setup.user).into_owned(),
                ..setup.clone()
            };
            insert_fields(&mut view, &setup);
            let password = password.as_ref().map(Secret::reveal);
            if let Some(password) = password {
                view.insert("password", password);
            }
            view.insert("secrets", password.as_slice());
            PlannedFile::new(path, STARTNET, view)
        }
    };
    let Some(marks) = file.secret else { return planned };
    match (over, &site.http) {
        (Transport::Http, Some(http)) => planned.secret(marks).group(&http.group, 0o640),
        _ => planned.secret(marks).group("root", 0o644),
    }
}
