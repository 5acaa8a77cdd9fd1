//! The settings that hosts of one profile share, and the boot files that hosts have of their own.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use anyhow::Result;

use super::config::{Config, Lines, put, tag_of};
use super::tags::{NO_BOOT, NO_SCRIPT, OWN_FILES};
use super::{classes, clients};
use crate::dhcp::{HostFiles, SubnetScope};

impl<'p, 's> Config<'p, 's> {
    /// The tags that say which files the hosts of a profile get.
    pub(super) fn file_tags(&self, files: &HostFiles<'s>) -> Vec<String> {
        match files {
            HostFiles::OfSubnet => Vec::new(),
            HostFiles::Nothing => vec![NO_BOOT.to_owned()],
            HostFiles::WithoutScript => vec![NO_SCRIPT.to_owned()],
            HostFiles::Own(files) => vec![OWN_FILES.to_owned(), format!("files-{}", self.tags.number(files))],
        }
    }

    /// The settings that hosts of one profile share.
    pub(super) fn profiles(&self, lines: &mut Lines<'_>) -> Result<()> {
        for (at, tag) in (0..).zip(&self.tags.profiles) {
            let (Some(tag), Some(scope)) = (tag, self.policy.profile(at)) else { continue };
            put!(lines, "")?;
            let mut sets = self.file_tags(&scope.files);
            if self.tags.class_files && matches!(scope.files, HostFiles::Own(_)) {
                // For other kinds the file of a class counts.
                for (kind, _) in scope.changes.loaders {
                    let kind = clients::tag(*kind);
                    put!(lines, "tag-if=tag:{tag},tag:{kind},set:{}", sets.join(",set:"))?;
                }
                sets.clear();
                sets.extend(scope.changes.no_script.map(|_| NO_SCRIPT.to_owned()));
            }
            let unset = scope.options.iter().filter(|setting| setting.data.is_unset());
            sets.extend(unset.map(|setting| format!("no-{}", setting.code)));
            let own = scope.ipxe.iter().filter(|setting| self.tags.own.contains(&setting.code));
            sets.extend(own.map(|setting| format!("own-{}", setting.code)));
            // In several lines, for a line is limited.
            for sets in sets.chunks(20) {
                put!(lines, "tag-if=tag:{tag},set:{}", sets.join(",set:"))?;
            }
            for setting in &scope.options {
                // dnsmasq sends an empty option, but for those that it has a value of its own for.
                if setting.data.is_unset() && self.own_values().contains(&setting.code) {
                    put!(lines, "dhcp-option=tag:{tag},{}", setting.code)?;
                }
                self.option(&format!("tag:{tag}"), setting, lines)?;
            }
            for setting in &scope.ipxe {
                let disk = self.unless("disk", setting.code, &self.tags.of_disks);
                self.sub_option(&format!("tag:{tag}{}{disk}", self.boots()), setting, lines)?;
            }
        }
        Ok(())
    }

    /// The files that hosts have of their own; the boot server is that of the subnet.
    pub(super) fn own_files(&self, lines: &mut Lines<'_>) -> Result<()> {
        if self.tags.own_files.is_empty() {
            return Ok(());
        }
        let booting = || self.policy.subnets.iter().enumerate().filter(|(_, scope)| scope.subnet.boots());
        let of = |(at, scope): (usize, &'p SubnetScope<'s>)| {
            let all = Self::next_servers(scope, &classes::in_subnet(self.policy, at));
            all.into_iter().map(|(tags, next)| (format!("{}{tags}", tag_of(scope)), next)).collect::<Vec<_>>()
        };
        let of: Vec<_> = booting().flat_map(of).collect();
        let servers: BTreeSet<Option<Ipv4Addr>> = of.iter().map(|(_, next)| *next).collect();
        let name = |next: Option<Ipv4Addr>| {
            next.map_or_else(|| "server-none".to_owned(), |next| format!("server-{next}"))
        };
        put!(lines, "")?;
        // Each line needs a tag that depends on the subnet. Without one it would also count in a subnet with `netboot: none`:
        // dnsmasq looks at the tags of hosts first, without those of subnets (`option_filter` in dhcp-common.c of 2.90).
        let by_server = servers.len() > 1 || (self.policy.has_netboot_none && !self.is_proxy());
        let unset = |code| self.unless("no", code, &self.tags.unset);
        if by_server {
            for (tags, next) in &of {
                put!(lines, "tag-if=set:{},tag:{tags}", name(*next))?;
            }
        }
        for (number, files) in (1..).zip(&self.tags.own_files) {
            for next in &servers {
                let mut tags = format!("tag:files-{number}{}", self.boots());
                if by_server {
                    tags += &format!(",tag:{}", name(*next));
                }
                self.files(&tags, "", files, *next, &unset, lines)?;
            }
        }
        Ok(())
    }
}
