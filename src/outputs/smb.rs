//! `smb.conf`.

use serde::Serialize;

use super::{Block, BlockSource, ManualStep, Output, PlannedFile, handout, source_map, view};
use crate::dialects::{Dialect, Raw};
use crate::model::{ShareAccount, Site, Smb as Service, Spanned};

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
    users: &'s [Spanned<String>],
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
fn source(site: &Site<'_>, smb: &Service, block: &Block<'_>) -> Option<BlockSource> {
    if matches!(block.head, "" | "[global]") {
        let source = BlockSource::new(smb.span).raw(&smb.raw, "smb").raw(&site.raw, "smb");
        return Some(source.line("workgroup", smb.workgroup.span));
    }
    let name = block.head.strip_prefix('[')?.strip_suffix(']')?;
    let share = smb.shares.iter().find(|share| share.name.value == name)?;
    let source = BlockSource::new(share.name.span).raw(&share.raw, "smb");
    let source = source.line("path", share.path.span).line("comment", source_map::place(&share.comment));
    let source = source.line("browseable", share.browseable.span).line("read only", share.writable.span);
    let source =
        source.line("guest ok", share.guest.span).line("valid users", source_map::list(&share.users));
    let source = source.line("create mask", source_map::place(&share.create_mask));
    let source = source.line("directory mask", source_map::place(&share.directory_mask));
    Some(source.line("acl allow execute always", share.acl_allow_execute_always.span))
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
                .source_map(move |block| source(site, smb, block)),
        ]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let Some(smb) = here(site, server) else { return Vec::new() };
        let mut needs = vec![ManualStep::new("package", "samba", "SMB")];
        for share in &smb.shares {
            needs.push(ManualStep::new(
                "folder",
                share.path.value.as_str(),
                format!("the share {}", share.name.value),
            ));
            for user in &share.users {
                if let Some(group) = user.value.strip_prefix('@') {
                    needs.push(ManualStep::new(
                        "group",
                        group,
                        format!("may use the share {}: groupadd", share.name.value),
                    ));
                    continue;
                }
                let what = user.value.as_str();
                needs.push(ManualStep::new(
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
                    needs.push(ManualStep::new("account", user.as_str(), why));
                }
            }
        }
        needs
    }
}
