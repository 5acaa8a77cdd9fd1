//! Boot files: tags choose them. Each kind of client is asked which tags it gets, and the last `dhcp-boot` whose tags it has
//! wins; one without tags counts if there is no other (`find_boot` in src/dhcp-common.c).

use std::net::Ipv4Addr;

use foldhash::{HashMap, HashSet};

use super::super::clients::{self, ASKERS, Answered, Asker, Choices, Evaluated, Given, tells_few};
use super::super::coverage::Outcome;
use super::Reader;
use super::lines::Setting;
use super::tags::{conditions, holds, sets};

/// The settings that choose boot files.
const CHOOSES: [&str; 7] =
    ["dhcp-match", "dhcp-vendorclass", "dhcp-userclass", "dhcp-boot", "pxe-service", "pxe-prompt", "tag-if"];

impl<'s> Reader<'_, 's> {
    /// Sets the loaders. `server` is this server's address, which dnsmasq sends as that of the TFTP server unless a line
    /// names another one.
    pub(super) fn boot(&mut self, server: Option<Ipv4Addr>) {
        let has = self.settings.iter().any(|setting| setting.name == "dhcp-boot");
        let unknown = self.unknown_boot();
        if has {
            let evaluated = self.evaluated(server, &unknown);
            clients::write(&evaluated, server, self.imported);
            self.server_name(&unknown);
        }
        for index in 0..self.settings.len() {
            let Some(setting) = self.settings.get(index) else { break };
            if !CHOOSES.contains(&setting.name.as_str()) {
                continue;
            }
            let outcome = match setting.name.as_str() {
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
            if CHOOSES.contains(&setting.name.as_str()) {
                known.extend(sets(setting));
            }
        }
        known.extend(self.subnets.iter().flat_map(|subnet| subnet.tags.iter().map(String::as_str)));
        let boots = self.settings.iter().enumerate().filter(|(_, setting)| setting.name == "dhcp-boot");
        let is_unknown =
            |setting: &Setting| conditions(setting).any(|(tag, wanted)| wanted && !known.contains(tag));
        boots.filter(|(_, setting)| is_unknown(setting)).map(|(index, _)| index).collect()
    }

    /// The answers in each subnet.
    fn evaluated(&self, server: Option<Ipv4Addr>, unknown: &HashSet<usize>) -> Evaluated {
        let of_ranges: HashSet<&str> =
            self.subnets.iter().flat_map(|subnet| subnet.tags.iter().map(String::as_str)).collect();
        // A site may have a line for each subnet: each is looked at in its own subnets only.
        let mut everywhere = Vec::new();
        let mut by_tag: HashMap<&str, Vec<usize>> = HashMap::default();
        for (index, setting) in self.settings.iter().enumerate() {
            if setting.name == "dhcp-boot" && !unknown.contains(&index) {
                let of_range = conditions(setting).find(|(tag, wanted)| *wanted && of_ranges.contains(tag));
                match of_range {
                    Some((tag, _)) => by_tag.entry(tag).or_default().push(index),
                    None => everywhere.push(index),
                }
            }
        }
        let choosers: Vec<&Setting> = self
            .settings
            .iter()
            .filter(|setting| CHOOSES.contains(&setting.name.as_str()) && setting.name != "tag-if")
            .collect();
        let own: HashMap<(String, bool), Vec<&str>> = ASKERS
            .iter()
            .map(|asker| {
                let given = choosers.iter().filter(|setting| holds(setting, &asker.client));
                let mut tags: Vec<&str> = given.flat_map(|setting| sets(setting)).collect();
                if asker.known {
                    tags.push("known");
                }
                ((asker.name.clone(), asker.known), tags)
            })
            .collect();
        let conditional: Vec<&Setting> =
            self.settings.iter().filter(|setting| setting.name == "tag-if").collect();
        // Subnets whose tags no line asks for answer alike.
        let asked: HashSet<&str> =
            self.settings.iter().flat_map(|setting| conditions(setting).map(|(tag, _)| tag)).collect();
        let mut known: HashMap<Vec<&str>, Choices> = HashMap::default();
        let mut evaluated = Evaluated::default();
        for subnet in &self.subnets {
            let own_tags = subnet.tags.iter().map(String::as_str).filter(|tag| asked.contains(tag)).collect();
            if let Some(choices) = known.get(&own_tags) {
                evaluated.subnets.push((subnet.name.clone(), choices.clone()));
                continue;
            }
            let mut lines = everywhere.clone();
            for tag in &subnet.tags {
                lines.extend(by_tag.get(tag.as_str()).into_iter().flatten());
            }
            lines.sort_unstable();
            lines.dedup();
            let lines: Vec<&Setting> = lines.iter().filter_map(|index| self.settings.get(*index)).collect();
            let tags = |asker: &Asker| {
                let mut tags: HashSet<&str> =
                    own.get(&(asker.name.clone(), asker.known)).into_iter().flatten().copied().collect();
                tags.extend(subnet.tags.iter().map(String::as_str));
                for setting in &conditional {
                    if has_all(setting, &tags) {
                        tags.extend(sets(setting));
                    }
                }
                tags
            };
            let by_asker: HashMap<(String, bool), HashSet<&str>> =
                ASKERS.iter().map(|asker| ((asker.name.clone(), asker.known), tags(asker))).collect();
            let applies = |setting: &Setting, asker: &Asker| {
                let tags = by_asker.get(&(asker.name.clone(), asker.known));
                tags.is_some_and(|tags| has_all(setting, tags))
            };
            let explicit: Vec<bool> =
                lines.iter().map(|line| tells_few(|asker| applies(line, asker))).collect();
            let choices = Choices::answered(|asker| {
                let applying = || lines.iter().zip(&explicit).filter(|(line, _)| applies(line, asker)).rev();
                let tagged = applying().find(|(line, _)| conditions(line).next().is_some());
                let Some((line, explicit)) = tagged.or_else(|| applying().next()) else {
                    return Some(Answered::default());
                };
                Some(answer(line, *explicit, server))
            });
            if let Some(choices) = choices {
                known.insert(own_tags, choices.clone());
                evaluated.subnets.push((subnet.name.clone(), choices));
            }
        }
        evaluated
    }

    /// A `pxe-service` of a proxy.
    fn service(&mut self, index: usize) -> Option<Outcome> {
        let setting: &'s Setting = self.settings.get(index)?;
        let fields: Vec<&String> = setting.fields.iter().filter(|field| !field.starts_with("tag:")).collect();
        let kind = match fields.first().map(|kind| kind.as_str()) {
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
        let file = if file.contains('.') { (*file).clone() } else { format!("{file}.0") };
        let default = matches!((kind, file.as_str()), ("bios", "undionly.kpxe") | ("efi_x64", "ipxe.efi"));
        if !default {
            self.imported.draft.site.map("loaders").set(kind, file.as_str()).from(&setting.origin);
        }
        Some(Outcome::Words)
    }
}

/// Whether a client with these tags has all that a line asks for.
fn has_all(setting: &Setting, tags: &HashSet<&str>) -> bool {
    conditions(setting).all(|(tag, wanted)| tags.contains(tag) == wanted)
}

/// The answer of a `dhcp-boot`.
fn answer(line: &Setting, explicit: bool, server: Option<Ipv4Addr>) -> Answered {
    let values: Vec<&str> = line.values().collect();
    let given = |text: &str| Given { text: text.to_owned(), origin: line.origin.clone(), explicit };
    let field = |at: usize| values.get(at).copied().filter(|text| !text.is_empty());
    let own = server.map(|server| given(&server.to_string()));
    let next_server = match field(2) {
        Some(text) if text.parse::<Ipv4Addr>().is_ok_and(|ip| !ip.is_unspecified()) => Some(given(text)),
        _ => own,
    };
    Answered { file: field(0).map(given), next_server }
}
