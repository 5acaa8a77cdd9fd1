//! Which file each kind of client gets, as `loaders` and `script` of site.yaml.

use std::sync::LazyLock;

use super::Imported;
use super::draft::Mapping;
use super::origin::Origin;
use crate::dhcp::Client;
use crate::model::CLIENT_KINDS;

/// A client that asks a DHCP server for a boot file.
#[derive(Clone, Debug)]
pub struct Asker {
    /// Its kind in `loaders`; `ipxe` for iPXE.
    pub kind: &'static str,
    /// Option 60.
    pub vendor_class: String,
    /// Option 93.
    pub arch: u16,
    /// Option 77, which only iPXE sends.
    pub user_class: Option<&'static str>,
}

/// Every kind of client that firmware has, once for each of its values of option 93, and iPXE on BIOS and UEFI.
pub static ASKERS: LazyLock<Vec<Asker>> = LazyLock::new(|| {
    let client = || Client::plain(0, [0; 6]);
    let mut all = Vec::new();
    for info in &CLIENT_KINDS {
        for arch in info.kind.arch_numbers() {
            let vendor_class = client().firmware(info.kind, arch).vendor_class;
            all.push(Asker { kind: info.name, vendor_class, arch, user_class: None });
        }
    }
    for arch in [0, 7] {
        let vendor_class = client().ipxe(arch).vendor_class;
        all.push(Asker { kind: "ipxe", vendor_class, arch, user_class: Some("iPXE") });
    }
    all
});

/// The answer to a client.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The boot file.
    pub file: Option<String>,
    /// The server that has it.
    pub server: Option<String>,
    /// The line that says so.
    pub origin: Option<Origin>,
}

/// Sets the loaders of a scope, and the script if the scope is the site. `answers` are those of [`ASKERS`], in order.
pub fn set(answers: &[Answer], scope: Option<&str>, imported: &mut Imported) {
    let mut loaders = Mapping::default();
    // The file of a kind's first value of option 93.
    let mut first: Option<(&str, Option<&str>)> = None;
    let mut efi_x64 = None;
    let mut script: Option<Answer> = None;
    let mut misfits: Vec<(String, Origin)> = Vec::new();
    let bios = ASKERS.iter().zip(answers).find(|(asker, _)| asker.kind == "bios");
    let bios = bios.and_then(|(_, answer)| answer.file.clone());
    for (asker, answer) in ASKERS.iter().zip(answers) {
        if asker.kind == "ipxe" {
            script = script.or_else(|| Some(answer.clone()));
            continue;
        }
        let file = answer.file.as_deref();
        if let Some((_, before)) = first.filter(|(kind, _)| *kind == asker.kind) {
            if let (true, Some(origin)) = (file.is_some() && file != before, &answer.origin) {
                let text = format!(
                    "{} clients with option 93 of {}, which get another file",
                    asker.kind, asker.arch
                );
                misfits.push((text, origin.clone()));
            }
            continue;
        }
        first = Some((asker.kind, file));
        if asker.kind == "efi_x64" {
            efi_x64 = file;
        }
        // The catch-all of many sites gives a program for BIOS to everything.
        let for_bios = |file: &str| bios.as_deref() == Some(file) && !file.ends_with(".efi");
        match &answer.file {
            Some(file) if asker.kind != "bios" && for_bios(file) => {
                if let Some(origin) = &answer.origin {
                    misfits.push((asker.kind.to_owned(), origin.clone()));
                }
                without(asker.kind, &mut loaders);
            }
            Some(file) if asker.kind.starts_with("http_") && !file.contains("://") => {
                without(asker.kind, &mut loaders);
            }
            Some(file) => {
                let default = matches!(
                    (asker.kind, file.as_str()),
                    ("bios", "undionly.kpxe") | ("efi_x64", "ipxe.efi")
                );
                if !default {
                    let entry = loaders.set(asker.kind, file.trim_start_matches('/'));
                    if let Some(origin) = &answer.origin {
                        entry.from(origin);
                    }
                }
            }
            None => without(asker.kind, &mut loaders),
        }
    }
    servers(answers, imported);
    let kinds: Vec<&str> = misfits.iter().map(|(kind, _)| kind.as_str()).collect();
    if let Some((_, origin)) = misfits.first() {
        let text = format!(
            "clients get the program for BIOS, which they cannot start: {}; not carried over",
            kinds.join(", ")
        );
        imported.coverage.remark(origin.clone(), text);
    }
    // HTTP boot has the file of the same kind by default.
    if efi_x64.is_none() {
        loaders.remove("http_x64");
    }
    let site = &mut imported.draft.site;
    if !loaders.is_empty() {
        match scope {
            None => site.set("loaders", loaders),
            Some(subnet) => site.map("subnets").map(subnet).set("loaders", loaders),
        };
    }
    if scope.is_none()
        && let Some(Answer { file: Some(file), origin, .. }) = script
        && bios.as_ref() != Some(&file)
    {
        let entry = site.map("ipxe").set("script", file.as_str());
        if let Some(origin) = &origin {
            entry.from(origin);
        }
        if !file.contains("://") {
            site.map("ipxe").set("over", "tftp");
        }
    }
}

/// The server of the files: this one, unless the clients get several.
fn servers(answers: &[Answer], imported: &mut Imported) {
    let mut all: Vec<&str> = answers.iter().filter_map(|answer| answer.server.as_deref()).collect();
    all.retain(|server| !server.is_empty() && *server != "0.0.0.0");
    all.dedup();
    let origin = answers.iter().find_map(|answer| answer.origin.clone());
    let name = imported.draft.server.clone();
    match (all.as_slice(), origin) {
        ([only], _) if only.parse::<std::net::Ipv4Addr>().is_ok() => {
            let server = imported.draft.site.map("servers").map(&name);
            if server.get("ip").is_none() {
                server.set("ip", *only);
            }
        }
        ([_, _, ..], Some(origin)) => {
            let text = format!(
                "clients get their files from several servers: {}; here all from one",
                all.join(", ")
            );
            imported.coverage.remark(origin, text);
        }
        _ => {}
    }
}

/// Takes a default loader away.
fn without(kind: &str, loaders: &mut Mapping) {
    if ["bios", "efi_x64", "http_x64"].contains(&kind) {
        loaders.set(kind, "none");
    }
}

/// The name of a subnet: `lan` if it is the only one, else of its network.
#[must_use]
pub fn subnet_name(cidr: &str, only: bool) -> String {
    if only {
        return "lan".to_owned();
    }
    let network = cidr.split('/').next().unwrap_or(cidr);
    format!("net-{}", network.replace(['.', ':'], "-"))
}
