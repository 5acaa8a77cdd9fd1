//! Boot files: tags choose them. Each kind of client is asked which tags it gets, and the last `dhcp-boot` whose tags it has
//! wins; one without tags counts if there is no other (`find_boot` in src/dhcp-common.c).

use std::net::Ipv4Addr;
use std::rc::Rc;

use foldhash::HashSet;

use super::super::clients::{self, Choices, Evaluated};
use super::super::coverage::Outcome;
use super::Reader;
use super::evaluation::BootLines;
use super::lines::Setting;
use super::tags::{conditions, sets};

/// The settings that choose boot files.
pub(super) const CHOOSES: [&str; 7] =
    ["dhcp-match", "dhcp-vendorclass", "dhcp-userclass", "dhcp-boot", "pxe-service", "pxe-prompt", "tag-if"];

impl<'s> Reader<'_, 's> {
    /// Sets the loaders. `server` is this server's address, which dnsmasq sends as that of the TFTP server unless a line
    /// names another one. `boots_by_ipv6` says whether the files have boot files for DHCPv6.
    pub(super) fn boot(&mut self, server: Option<Ipv4Addr>, boots_by_ipv6: bool) {
        let has = self.settings.iter().any(|setting| setting.name == "dhcp-boot");
        let mut unknown = self.unknown_boot();
        let lines = BootLines::of(self.settings, &self.subnets, &unknown);
        let crowded = lines.is_crowded(&self.subnets);
        if crowded {
            // They are left to dnsmasq itself.
            let boots = self.settings.iter().enumerate().filter(|(_, setting)| setting.name == "dhcp-boot");
            unknown.extend(boots.map(|(index, _)| index));
        }
        if has {
            let evaluated =
                if crowded { Evaluated::default() } else { lines.evaluated(&self.subnets, server) };
            clients::write(&evaluated, server, self.imported);
            self.server_name(&unknown);
        } else if self.boots_nothing(boots_by_ipv6) {
            let nothing = Rc::new(Choices::default());
            let subnets = self.subnets.iter().map(|subnet| (subnet.name.clone(), Rc::clone(&nothing)));
            let evaluated = Evaluated { subnets: subnets.collect(), host_files: false };
            clients::write(&evaluated, server, self.imported);
            // Phones fetch files whose names they know.
            if self.settings.iter().any(|setting| setting.name == "enable-tftp")
                && self.imported.draft.site.text("tftp") == Some("none")
            {
                self.imported.draft.site.remove("tftp");
            }
        }
        for index in 0..self.settings.len() {
            let Some(setting) = self.settings.get(index) else { break };
            if !CHOOSES.contains(&setting.name) {
                continue;
            }
            let outcome = match setting.name {
                "dhcp-boot" if crowded => {
                    self.raw(index, "too many lines choose boot files for too many subnets")
                }
                "dhcp-boot" if unknown.contains(&index) => {
                    self.raw(index, "its tags depend on more than the kind of a client")
                }
                "pxe-service" | "pxe-prompt" if has => Some(Outcome::Lost(
                    "no key sets the menu of PXE firmware; `dhcp-boot` was imported".to_owned(),
                )),
                "pxe-service" => self.service(index),
                // Text in `raw` that needs the tag takes it along.
                _ => Some(Outcome::Words),
            };
            self.note(index, outcome);
        }
    }

    /// Whether dnsmasq sends no boot file, where no `dhcp-boot` does. `netboot: none` is for IPv6 as well.
    fn boots_nothing(&self, boots_by_ipv6: bool) -> bool {
        let is_file = |setting: &Setting<'_>| {
            setting.name == "pxe-service"
                || setting.is_option()
                    && setting
                        .values()
                        .next()
                        .is_some_and(|name| ["67", "option:bootfile-name"].contains(&name))
        };
        !boots_by_ipv6 && !self.settings.iter().any(is_file)
    }

    /// The name of the TFTP server, which dnsmasq sends as option 66, if all files of a TFTP server have the same.
    fn server_name(&mut self, unknown: &HashSet<usize>) {
        let boots = self.settings.iter().enumerate();
        let boots = boots.filter(|(at, setting)| setting.name == "dhcp-boot" && !unknown.contains(at));
        let named = boots.filter_map(|(_, setting)| {
            let file = setting.values().next().filter(|file| !file.is_empty())?;
            Some((setting, file.contains("://"), setting.values().nth(1).unwrap_or_default()))
        });
        let (urls, mut files): (Vec<_>, Vec<_>) = named.partition(|(_, is_url, _)| *is_url);
        files.dedup_by_key(|(.., name)| *name);
        match files.as_slice() {
            [(.., "")] | [] => {}
            [(setting, _, name)] => {
                let site = &mut self.imported.draft.site;
                let scope = if urls.iter().all(|(.., other)| other == name) {
                    site.map("dhcp")
                } else {
                    // iPXE, which gets the URL, gets no name.
                    let class = site.map("classes").map("pxe");
                    class.map("match").set("client", "pxe");
                    class
                };
                scope.map("options").set("tftp-server-name", *name).from(&setting.origin);
            }
            [(setting, ..), ..] => {
                let text = "the names of TFTP servers in `dhcp-boot` differ; clients get none of them";
                self.imported.coverage.remark(setting.origin.clone(), text);
            }
        }
    }

    /// The `dhcp-boot` lines with a tag that no evaluated setting gives, such as that of a host.
    fn unknown_boot(&self) -> HashSet<usize> {
        let mut known: HashSet<&str> = ["known", "ipxegen"].into_iter().collect();
        for setting in self.settings {
            if CHOOSES.contains(&setting.name) {
                known.extend(sets(setting));
            }
        }
        known.extend(self.by_tag.keys());
        let boots = self.settings.iter().enumerate().filter(|(_, setting)| setting.name == "dhcp-boot");
        let is_unknown =
            |setting: &Setting<'_>| conditions(setting).any(|(tag, wanted)| wanted && !known.contains(tag));
        boots.filter(|(_, setting)| is_unknown(setting)).map(|(index, _)| index).collect()
    }

    /// A `pxe-service` of a proxy.
    fn service(&mut self, index: usize) -> Option<Outcome> {
        let setting: &'s Setting<'s> = self.settings.get(index)?;
        let fields: Vec<&str> =
            setting.fields.iter().map(|field| &**field).filter(|field| !field.starts_with("tag:")).collect();
        let kind = match fields.first().copied() {
            Some("x86PC" | "0") => "bios",
            Some("X86-64_EFI" | "BC_EFI" | "7" | "9") => "efi_x64",
            Some("IA32_EFI" | "6") => "efi_ia32",
            Some("ARM32_EFI") => "efi_arm32",
            Some("ARM64_EFI" | "11") => "efi_arm64",
            _ => return self.raw(index, "the site has no such kind of client"),
        };
        let Some(file) = fields.get(2).filter(|file| !file.is_empty()) else {
            return Some(Outcome::Lost("it names no file".to_owned()));
        };
        // dnsmasq adds a layer to a file without a suffix (`dhcp_reply` in src/rfc2131.c).
        let file = if file.contains('.') { (*file).to_owned() } else { format!("{file}.0") };
        let default = matches!((kind, file.as_str()), ("bios", "undionly.kpxe") | ("efi_x64", "ipxe.efi"));
        if !default {
            self.imported.draft.site.map("loaders").set(kind, file.as_str()).from(&setting.origin);
        }
        Some(Outcome::Words)
    }
}
