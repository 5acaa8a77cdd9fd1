//! ProxyDHCP: the boot files for clients whose addresses come from another server.
//!
//! dnsmasq answers a client that names itself `PXEClient`, or as `dhcp-pxe-vendor` says, and is in a range of the kind
//! `proxy` whose tags it has; without such a range it is silent (`dhcp_reply` in rfc2131.c of 2.90). UEFI asks once more
//! on port 4011. The answer has the file, the boot server and option 43; it has none of the options of the site.

use std::io::Write;

use anyhow::Result;

use super::clients;
use super::config::{Config, Lines, put, tag_of};
use super::tags::NO_BOOT;
use crate::dhcp::{BootFiles, SubnetScope};
use crate::model::{Asks, ClientKind};

impl<'s> Config<'_, 's> {
    /// Writes all but the interfaces.
    pub(super) fn proxy(&self, out: &mut dyn Write) -> Result<()> {
        let kinds = clients::kinds(self);
        if kinds.iter().any(|kind| kind.info().asks == Asks::Http) {
            writeln!(out, "dhcp-pxe-vendor=PXEClient,HTTPClient")?;
        }
        // It opens port 4011. Without a menu, firmware shows no prompt.
        writeln!(out, "pxe-prompt=\"PXE\",0")?;
        clients::write(&kinds, self.classes(), false, out)?;
        if kinds.contains(&ClientKind::Rpi) {
            writeln!(out, "# Its firmware goes on only when it finds this entry.")?;
            for arch in clients::arches(ClientKind::Rpi).chain([0]) {
                let tag = clients::tag(ClientKind::Rpi);
                writeln!(out, "pxe-service=tag:{tag},{arch},\"Raspberry Pi Boot   \"")?;
            }
        }
        let lines = &mut Lines::new(out);
        self.known(lines)?;
        self.profiles_of_proxy(lines)?;
        for scope in self.policy.subnets.iter().filter(|scope| scope.subnet.boots()) {
            self.subnet_of_proxy(scope, lines)?;
        }
        let servers = self.server_tags(false, lines)?;
        self.own_files(&servers, lines)?;
        put!(lines, "")?;
        for host in &self.policy.site.hosts {
            let profile = self.tags.profiles.get(host.profile as usize).and_then(Option::as_ref);
            let tags = profile.map_or_else(String::new, |profile| format!(",set:{profile}"));
            for card in host.cards() {
                let macs: Vec<String> = card.macs.iter().map(|mac| mac.value.to_string()).collect();
                put!(lines, "dhcp-host={}{tags}", macs.join(","))?;
            }
        }
        Ok(())
    }

    fn profiles_of_proxy(&self, lines: &mut Lines<'_>) -> Result<()> {
        put!(lines, "")?;
        for (at, tag) in (0..).zip(&self.tags.profiles) {
            let (Some(tag), Some(scope)) = (tag, self.policy.profile(at)) else { continue };
            let sets = self.file_tags(&scope.files);
            if !sets.is_empty() {
                put!(lines, "tag-if=tag:{tag},set:{}", sets.join(",set:"))?;
            }
        }
        Ok(())
    }

    fn subnet_of_proxy(&self, scope: &SubnetScope<'s>, lines: &mut Lines<'_>) -> Result<()> {
        let (name, cidr) = (&scope.subnet.name.value, scope.subnet.cidr.value);
        put!(lines, "\n# {name}")?;
        if let Some(files) = &scope.files {
            self.answered(name, &self.booting(scope, false), &self.no_script(), files, lines)?;
        }
        for (number, files) in (1..).zip(&self.tags.own_files) {
            let not = if self.tags.no_boot { format!(",tag:!{NO_BOOT}") } else { String::new() };
            self.answered(name, &format!(",tag:files-{number}{not}"), "", files, lines)?;
        }
        let (tag, net, mask) = (tag_of(scope), cidr.network(), cidr.netmask());
        put!(lines, "dhcp-range=tag:boots-{name},set:{tag},{net},proxy,{mask}")?;
        self.boot(scope, &[], lines)
    }

    /// The clients that are answered in a subnet: those that get a file.
    fn answered(
        &self,
        name: &str,
        tags: &str,
        no_script: &str,
        files: &BootFiles<'_>,
        lines: &mut Lines<'_>,
    ) -> Result<()> {
        for (kind, _) in files.loaders.iter().filter(|(kind, _)| self.serves(*kind)) {
            put!(lines, "tag-if=set:boots-{name}{tags},tag:{}", clients::tag(*kind))?;
        }
        if files.script.is_some() {
            put!(lines, "tag-if=set:boots-{name}{tags}{no_script},tag:{}", clients::IPXE)?;
        }
        Ok(())
    }
}
