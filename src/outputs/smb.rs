//! `smb.conf`.

use serde::Serialize;

use super::{Block, Need, Origin, Output, PlannedFile, handout, origin, view};
use crate::dialects::{Dialect, Raw};
use crate::model::{At, ShareAccount, Site, Smb as Service};

pub(super) struct Smb;

#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "smb.conf's own switches")]
struct Share<'s> {
    name: &'s str,
    path: &'s str,
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<&'s str>,
    browseable: bool,
    writable: bool,
    guest: bool,
    users: &'s [At<String>],
    #[serde(skip_serializing_if = "Option::is_none")]
    create_mask: Option<&'s str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory_mask: Option<&'s str>,
    acl_allow_execute_always: bool,
    raw: Vec<Raw>,
}

fn here<'s>(site: &'s Site<'_>, server: usize) -> Option<&'s Service> {
    site.smb.as_ref().filter(|smb| smb.servers.contains(&server))
}

/// Where the lines come from.
fn origin(site: &Site<'_>, smb: &Service, block: &Block<'_>) -> Option<Origin> {
    if matches!(block.head, "" | "[global]") {
        let origin = Origin::new(smb.span).raw(&smb.raw, "smb").raw(&site.raw, "smb");
        return Some(origin.line("workgroup", smb.workgroup.span));
    }
    let name = block.head.strip_prefix('[')?.strip_suffix(']')?;
    let share = smb.shares.iter().find(|share| share.name.value == name)?;
    let origin = Origin::new(share.name.span).raw(&share.raw, "smb");
    let origin = origin.line("path", share.path.span).line("comment", origin::place(&share.comment));
    let origin = origin.line("browseable", share.browseable.span).line("read only", share.writable.span);
    let origin = origin.line("guest ok", share.guest.span).line("valid users", origin::list(&share.users));
    let origin = origin.line("create mask", origin::place(&share.create_mask));
    let origin = origin.line("directory mask", origin::place(&share.directory_mask));
    Some(origin.line("acl allow execute always", share.acl_allow_execute_always.span))
}

impl Output for Smb {
    fn name(&self) -> &'static str {
        "smb"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Smb
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("smb/smb.conf", include_str!("../../templates/smb/smb.conf.tera"))]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(smb) = here(site, server) else { return Vec::new() };
        let mut view = view(site);
        view.insert("workgroup", &smb.workgroup);
        view.insert("guests", &smb.shares.iter().any(|share| share.guest.value));
        let shares = smb.shares.iter().map(|share| Share {
            name: &share.name.value,
            path: share.path.value.as_str(),
            comment: share.comment.as_ref().map(|comment| comment.value.as_str()),
            browseable: share.browseable.value,
            writable: share.writable.value,
            guest: share.guest.value,
            users: &share.users,
            create_mask: share.create_mask.as_ref().map(|mask| mask.value.as_str()),
            directory_mask: share.directory_mask.as_ref().map(|mask| mask.value.as_str()),
            acl_allow_execute_always: share.acl_allow_execute_always.value,
            raw: handout::raw(&share.raw, "smb"),
        });
        view.insert("shares", &shares.collect::<Vec<_>>());
        let mut raw = handout::raw(&smb.raw, "smb");
        raw.extend(handout::raw(&site.raw, "smb"));
        view.insert("raw", &raw);
        let path = smb.config_file.as_str();
        vec![
            PlannedFile::new(path, "smb/smb.conf", view)
                .reload("smbd.service")
                .check(&["testparm", "-s", path])
                .origins(move |block| origin(site, smb, block)),
        ]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<Need> {
        let Some(smb) = here(site, server) else { return Vec::new() };
        let mut needs = vec![Need::new("package", "samba", "SMB")];
        for share in &smb.shares {
            needs.push(Need::new(
                "folder",
                share.path.value.as_str(),
                format!("the share {}", share.name.value),
            ));
            for user in &share.users {
                if let Some(group) = user.value.strip_prefix('@') {
                    needs.push(Need::new(
                        "group",
                        group,
                        format!("may use the share {}: groupadd", share.name.value),
                    ));
                    continue;
                }
                let what = user.value.as_str();
                needs.push(Need::new(
                    "account",
                    what,
                    format!("may use the share {}: useradd, then smbpasswd -a", share.name.value),
                ));
            }
            // An account that only a boot entry names.
            let used = site.entries.iter().filter_map(|entry| Some((entry, entry.share_account()?)));
            for (entry, ShareAccount { share: name, user }) in used {
                let listed = share.users.iter().any(|known| known.value == *user);
                if *name == share.name.value && !listed {
                    let why = format!(
                        "the boot entry {} uses the share {} with it: useradd, then smbpasswd -a",
                        entry.id, share.name.value
                    );
                    needs.push(Need::new("account", user.as_str(), why));
                }
            }
        }
        needs
    }
}
