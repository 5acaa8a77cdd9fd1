//! `/etc/tgt/conf.d/ipxegen.conf`: the disks that tgtd serves.
//!
//! tgtd accepts an initiator if its address *or* its name is on the list of the target (iscsid.c), and tgt-admin adds
//! all addresses to a list without any. So the list always has an address: that of the host, or one that no machine
//! has. Any machine can claim a name, so a name is added only if the host has no fixed address or has to authenticate
//! with CHAP.

use serde::Serialize;
use tera::Context;

use super::checkers::Checker;
use super::targets::{self, Target};
use super::{BlockSource, ManualStep, Output, PlannedFile, Port, RawScope, verbatim, view};
use crate::dialects::Dialect;
use crate::model::{Chap, IscsiDaemon, Site};

pub(super) struct Tgt;

/// An address that no machine has. With it on the list, tgt-admin does not add all addresses.
const NOBODY: &str = "255.255.255.255";

/// The words before a password, in the file and in the output of `tgt-admin -p`.
const SECRETS: &[&str] = &["incominguser", "outgoinguser", "--password="];

#[derive(Serialize)]
struct TargetView<'s> {
    iqn: &'s str,
    hosts: Vec<&'s str>,
    stores: Vec<StoreView<'s>>,
    addresses: Vec<String>,
    /// No host has a fixed address, so the list has the address that no machine has.
    nobody: bool,
    names: Vec<String>,
    incoming: Vec<ChapAccount<'s>>,
    outgoing: Vec<ChapAccount<'s>>,
}

#[derive(PartialEq, Serialize)]
struct StoreView<'s> {
    path: &'s str,
    lun: u8,
}

#[derive(PartialEq, Serialize)]
struct ChapAccount<'s> {
    user: &'s str,
    password: &'s str,
}

const TGT_ADMIN: Checker = Checker {
    as_root: true,
    processes: true,
    cannot_read: |line, path| line == format!("Config::General: Could not open {path}!(Permission denied)"),
    ..Checker::new("tgt-admin", "tgt")
};

impl Output for Tgt {
    fn name(&self) -> &'static str {
        "tgt"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Tgt
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("tgt/ipxegen.conf", include_str!("../../templates/tgt/ipxegen.conf.tera")),
            ("tgt/target", include_str!("../../templates/tgt/target.tera")),
            ("tgt/port", include_str!("../../templates/tgt/port.tera")),
        ]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[TGT_ADMIN]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        const PATH: &str = "/etc/tgt/conf.d/ipxegen.conf";
        let mut files = Vec::new();
        for (by, one) in targets::servers(site, server, IscsiDaemon::Tgt) {
            let mut view = view(site);
            view.insert("raw", &verbatim::raw(&site.raw, "tgt"));
            let file = PlannedFile::new(PATH, "tgt/ipxegen.conf", view)
                .reload("tgt.service")
                .check(&["tgt-admin", "-p", "-e", "-c", PATH])
                .source_map(|_| Some(BlockSource::new(one.span).raw(&site.raw, "tgt")))
                .pieces(Box::new(move |sink| {
                    let mut view = Context::new();
                    for target in targets::targets(site, by) {
                        view.insert("target", &target_view(&target));
                        sink.write("tgt/target", &view)?;
                    }
                    Ok(())
                }));
            let secret = verbatim::has_raw_secret(&site.raw, "tgt")
                || site.disks_with_more().any(|(_, disk, more)| {
                    disk.served_by.map(usize::from) == Some(by) && more.chap.is_some()
                });
            files.push(if secret { file.secret(SECRETS) } else { file });
            if one.port != 3260 {
                let mut view = super::view(site);
                view.insert("port", &one.port);
                files.push(PlannedFile::new(
                    "/etc/systemd/system/tgt.service.d/ipxegen.conf",
                    "tgt/port",
                    view,
                ));
            }
        }
        files
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let ours = targets::servers(site, server, IscsiDaemon::Tgt);
        ours.iter().map(|(_, one)| Port::tcp(one.port, "tgtd")).collect()
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let mut needs = Vec::new();
        for (by, _) in targets::servers(site, server, IscsiDaemon::Tgt) {
            needs.push(ManualStep::new("package", "tgt", "the iSCSI target"));
            needs.extend(targets::stores(&targets::targets(site, by), false));
        }
        needs
    }
}

fn target_view<'s>(target: &Target<'s, '_>) -> TargetView<'s> {
    let mut seen = TargetView {
        iqn: target.iqn,
        hosts: Vec::new(),
        stores: Vec::new(),
        addresses: Vec::new(),
        nobody: false,
        names: Vec::new(),
        incoming: Vec::new(),
        outgoing: Vec::new(),
    };
    fn once<T: PartialEq>(list: &mut Vec<T>, item: T) {
        if !list.contains(&item) {
            list.push(item);
        }
    }
    fn account<'s>(chap: &'s Chap<'_>) -> ChapAccount<'s> {
        ChapAccount { user: chap.user, password: chap.password.reveal() }
    }
    for disk in &target.disks {
        let more = disk.path.more.as_ref();
        let chap = more.and_then(|more| more.chap.as_ref());
        seen.hosts.push(disk.host.name);
        if let Some(lun) = disk.path.lun.unwrap_or_default().number() {
            once(&mut seen.stores, StoreView { path: disk.store.path(), lun });
        }
        for ip in disk.host.ips() {
            once(&mut seen.addresses, ip.value.to_string());
        }
        if disk.host.ips().next().is_none() || chap.is_some() {
            once(&mut seen.names, disk.host.initiator());
        }
        if let Some(chap) = chap {
            once(&mut seen.incoming, account(chap));
        }
        if let Some(chap) = more.and_then(|more| more.reverse_chap.as_ref()) {
            once(&mut seen.outgoing, account(chap));
        }
    }
    if seen.addresses.is_empty() {
        seen.nobody = true;
        seen.addresses.push(NOBODY.to_owned());
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::TGT_ADMIN;

    /// Printed by tgt-admin of Debian 12.
    #[test]
    fn a_file_that_it_may_not_read() {
        let denied = "Config::General: Could not open /tmp/x/a!(Permission denied)";
        assert!((TGT_ADMIN.cannot_read)(denied, "/tmp/x/a"));
        assert!(!(TGT_ADMIN.cannot_read)(denied, "/tmp/x/b"));
        assert!(!(TGT_ADMIN.cannot_read)(&format!("nonsense \"{denied}\""), "/tmp/x/a"));
    }
}
