//! The settings that hosts of one profile share, and the boot files that hosts have of their own.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use anyhow::Result;

use super::config::{Config, Lines, put, quoted, tag_of};
use super::tags::{LID, NO_BOOT, NO_SCRIPT, OWN_FILES};
use super::{classes, clients};
use crate::dhcp::{HostFiles, ProfileScope, SubnetScope};
use crate::model::ClassFile;

impl<'p, 's> Config<'p, 's> {
    /// The tags that say which files the hosts of a profile get.
    pub(super) fn file_tags(&self, files: &HostFiles<'s>) -> Vec<String> {
        match files {
            HostFiles::OfSubnet => Vec::new(),
            HostFiles::Nothing => vec![NO_BOOT.to_owned()],
            HostFiles::WithoutScript => vec![NO_SCRIPT.to_owned()],
            // A proxy knows kinds of client only.
            HostFiles::One(_) if self.is_proxy() => Vec::new(),
            HostFiles::One(_) => vec![OWN_FILES.to_owned()],
            HostFiles::Own(files) => vec![OWN_FILES.to_owned(), format!("files-{}", self.tags.number(files))],
        }
    }

    /// The settings that hosts of one profile share.
    pub(super) fn profiles(
        &self,
        servers: &[(String, Option<Ipv4Addr>)],
        lines: &mut Lines<'_>,
    ) -> Result<()> {
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
            self.file_of_profile(tag, &scope, servers, lines)?;
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

    /// Sets tags for the boot servers of subnets where hosts have files of their own. Gives each server, with the tag of
    /// the clients that get it, if not all do.
    pub(super) fn server_tags(
        &self,
        with_one_file: bool,
        lines: &mut Lines<'_>,
    ) -> Result<Vec<(String, Option<Ipv4Addr>)>> {
        if !with_one_file && self.tags.own_files.is_empty() {
            return Ok(Vec::new());
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
        if !by_server {
            return Ok(servers.into_iter().map(|next| (String::new(), next)).collect());
        }
        for (tags, next) in &of {
            put!(lines, "tag-if=set:{},tag:{tags}", name(*next))?;
        }
        Ok(servers.into_iter().map(|next| (format!(",tag:{}", name(next)), next)).collect())
    }

    /// The files that hosts have of their own; the boot server is that of the subnet.
    pub(super) fn own_files(
        &self,
        servers: &[(String, Option<Ipv4Addr>)],
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let unset = |code| self.unless("no", code, &self.tags.unset);
        for (number, files) in (1..).zip(&self.tags.own_files) {
            for (server, next) in servers {
                let tags = format!("tag:files-{number}{}{server}", self.boots());
                self.files(&tags, "", files, *next, &unset, lines)?;
            }
        }
        Ok(())
    }

    /// The one file of the hosts of a profile, wherever they are.
    fn file_of_profile(
        &self,
        tag: &str,
        scope: &ProfileScope<'s>,
        servers: &[(String, Option<Ipv4Addr>)],
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        let HostFiles::One(file) = scope.files else { return Ok(()) };
        let Some(name) = file.value.name() else {
            // Without a line for a file, dnsmasq takes the server of this one.
            return match scope.next_server {
                Some(next) => put!(lines, "dhcp-option=tag:{tag},option:server-ip-address,{}", next.value),
                None => Ok(()),
            };
        };
        let name = quoted(name)?;
        if let Some(next) = scope.next_server {
            put!(lines, "dhcp-boot=tag:{tag},{name},,{}", next.value)?;
        } else {
            for (server, next) in servers {
                let next = next.map_or_else(String::new, |next| format!(",,{next}"));
                put!(lines, "dhcp-boot=tag:{tag}{server},{name}{next}")?;
            }
            if self.policy.has_netboot_none {
                put!(lines, "dhcp-boot=tag:{tag},tag:{LID},{name}")?;
            }
        }
        let is_unset = scope.options.iter().any(|setting| setting.code == 60 && setting.data.is_unset());
        if matches!(file.value, ClassFile::Url(_)) && !is_unset {
            let http = format!("tag:vendor-http,tag:!{}", clients::IPXE);
            put!(lines, "dhcp-option-force=tag:{tag},{http},60,\"HTTPClient\"")?;
        }
        Ok(())
    }
}
