//! `/etc/default/tftpd-hpa`, and the loaders that have to be below the TFTP root.
//!
//! tftpd-hpa of Debian 14 does not read that file: systemd opens its socket and starts it with `--jail`, so its settings
//! are drop-ins of both units. Evidence: NEWS.Debian, README.Debian and the units of tftpd-hpa 7.2+20261013-2.

use std::net::Ipv4Addr;

use foldhash::HashSet;

use super::checkers::{Checker, shell::SHELL};
use super::settings::settings;
use super::{
    Action, Block, BlockSource, ManualStep, Output, PlannedFile, Port, RawScope, source_map, verbatim, view,
};
use crate::dialects::Dialect;
use crate::diff::{Reader, Subject, Subjects, statements};
use crate::model::{
    ClientKind, Entry, EntryKind, Loader, Site, Subnet, Tftp, Transport, is_signed, second_stages,
};

pub(super) struct TftpdHpa;

/// The templates of the drop-ins.
const SERVICE: &str = "tftpd_hpa/service.conf";
const SOCKET: &str = "tftpd_hpa/socket.conf";

impl Output for TftpdHpa {
    fn name(&self) -> &'static str {
        "tftpd_hpa"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Defaults
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("tftpd_hpa/tftpd-hpa", include_str!("../../templates/tftpd_hpa/tftpd-hpa.tera")),
            (SERVICE, include_str!("../../templates/tftpd_hpa/service.conf.tera")),
            (SOCKET, include_str!("../../templates/tftpd_hpa/socket.conf.tera")),
        ]
    }

    fn dialect_of(&self, template: &str) -> Dialect {
        if matches!(template, SERVICE | SOCKET) { Dialect::Systemd } else { self.dialect() }
    }

    fn checkers(&self) -> &'static [Checker] {
        &[SHELL]
    }

    fn action(&self, unit: &str) -> Option<Action> {
        // The service requires its socket, so systemd restarts it with the socket.
        matches!(unit, "tftpd-hpa.service" | "tftpd-hpa.socket").then_some(Action::Restart)
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site]
    }

    fn reader(&self) -> Option<Reader> {
        Some(|text| if is_drop_in(text) { drop_in(text) } else { settings("tftpd-hpa", text) })
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(tftp) = site.tftp.as_ref().filter(|tftp| tftp.servers.contains(&server)) else {
            return Vec::new();
        };
        if site.servers.get(server).is_some_and(|server| !server.has_tftpd_defaults()) {
            return drop_ins(site, tftp);
        }
        let mut view = view(site);
        view.insert("user", &tftp.user);
        view.insert("root", tftp.root.as_str());
        view.insert("address", &tftp.address);
        view.insert("options", &tftp.options);
        view.insert("raw", &verbatim::raw(&site.raw, "tftpd_hpa"));
        let file = PlannedFile::new("/etc/default/tftpd-hpa", "tftpd_hpa/tftpd-hpa", view);
        let source_map = move |_: &Block<'_>| {
            // Without the section, the place of a default is the whole site, which helps nobody.
            let said = |span| tftp.section.map(|_| span);
            let source = BlockSource::new(tftp.section).raw(&site.raw, "tftpd_hpa");
            let source =
                source.line("TFTP_DIRECTORY", tftp.root_span).line("TFTP_ADDRESS", said(tftp.address.span));
            Some(source.line("TFTP_OPTIONS", source_map::list(&tftp.options).and_then(said)))
        };
        let file = file.reload("tftpd-hpa.service").source_map(source_map);
        vec![file.check(&["sh", "-n", "/etc/default/tftpd-hpa"])]
    }

    fn ports(&self, site: &Site<'_>, server: usize) -> Vec<Port> {
        let is_here = site.tftp.as_ref().is_some_and(|tftp| tftp.servers.contains(&server));
        if is_here { vec![Port::udp(69, "in.tftpd")] } else { Vec::new() }
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        let Some(tftp) = site.tftp.as_ref().filter(|tftp| tftp.servers.contains(&server)) else {
            return Vec::new();
        };
        let mut needs = vec![ManualStep::new("package", "tftpd-hpa", "in.tftpd")];
        let profiles = site.own_loaders();
        let own: HashSet<Ipv4Addr> =
            site.servers.iter().flat_map(|server| &server.ips).map(|ip| ip.value).collect();
        let is_own =
            |subnet: &&Subnet| subnet.next_server.as_ref().is_none_or(|next| own.contains(&next.value));
        let subnets = site.subnets.iter().filter(is_own);
        // Most subnets have the loaders of the site.
        let mut seen = HashSet::default();
        for (kind, loader) in subnets.map(|subnet| &subnet.loaders).chain(profiles).flatten() {
            if let Loader::File(path) = &loader.value
                && seen.insert((*kind, path))
            {
                let why = format!("the loader of {} clients{}", kind.name(), source(site, *kind, path));
                needs.push(ManualStep::new("file", tftp.root.join(path).to_string(), why));
                for beside in second_stages(path) {
                    let why = if is_signed(path) {
                        "the signed iPXE that its shim starts".to_owned()
                    } else {
                        format!("the program that {path} starts")
                    };
                    needs.push(ManualStep::new("file", tftp.root.join(&beside).to_string(), why));
                }
            }
        }
        for (whose, path, _) in site.own_files() {
            let why = format!("the boot file of {whose}");
            needs.push(ManualStep::new("file", tftp.root.join(path).to_string(), why));
        }
        let mounted = site.mounted();
        let is_separate = site.separate_boot_files().is_some();
        let here = |entry: &&Entry| !is_separate || entry.over == Transport::Tftp;
        for entry in site.entries.iter().filter(here) {
            for file in entry.files.iter().filter(|file| !mounted.has(&file.path)) {
                needs.push(ManualStep::new(
                    "file",
                    tftp.root.join(&file.path).to_string(),
                    format!("boot entry {}{}", entry.id, wimboot_source(entry, &file.path)),
                ));
            }
        }
        needs
    }
}

/// The drop-ins of Debian 14's units.
fn drop_ins<'s>(site: &'s Site<'_>, tftp: &'s Tftp) -> Vec<PlannedFile<'s>> {
    let root = tftp.root.as_str();
    let mut service = view(site);
    service.insert("user", &tftp.user);
    service.insert("root", root);
    service.insert("options", &jailed(tftp).join(" "));
    // The unit hides these folders.
    let hidden = ["/home/", "/root/", "/run/user/"];
    service.insert("is_home", &hidden.iter().any(|folder| format!("{root}/").starts_with(folder)));
    let mut socket = view(site);
    socket.insert("listen", &datagram(&tftp.address.value));
    let planned = |unit: &'static str, template, view| {
        PlannedFile::new(format!("/etc/systemd/system/{unit}.d/ipxegen.conf"), template, view).reload(unit)
    };
    vec![planned("tftpd-hpa.service", SERVICE, service), planned("tftpd-hpa.socket", SOCKET, socket)]
}

/// The options beside `--jail`. in.tftpd refuses `--secure` there, "mutually exclusive"; both make the root the one folder
/// that clients see.
fn jailed(tftp: &Tftp) -> Vec<String> {
    let words = tftp.options.iter().map(|option| option.value.as_str());
    let words = words.filter(|word| !matches!(*word, "--secure" | "--chroot" | "-s"));
    words
        .map(|word| match word.strip_prefix('-') {
            // Letters without values, such as `-vs`.
            Some(letters) if letters.bytes().all(|letter| b"46lLcspvV".contains(&letter)) => {
                format!("-{}", letters.replace('s', ""))
            }
            _ => word.to_owned(),
        })
        .collect()
}

/// `[address][:port]` as `ListenDatagram=` has it: a port alone is one of all addresses, IPv4 and IPv6.
fn datagram(address: &str) -> String {
    match address.strip_prefix(':') {
        Some(port) => port.to_owned(),
        None if address.ends_with(']') || !address.contains(':') => format!("{address}:69"),
        None => address.to_owned(),
    }
}

/// Whether a text is a drop-in rather than a file of `/etc/default`.
fn is_drop_in(text: &str) -> bool {
    statements(text).any(|line| line.starts_with('['))
}

/// The settings of a drop-in: the variables that the unit hands to in.tftpd, its user and its socket.
fn drop_in(text: &str) -> Subjects<'_> {
    let mut subjects = Subjects::new();
    for (name, value) in statements(text).filter_map(|line| line.split_once('=')) {
        let pair = match (name, value.trim_matches('"')) {
            // An empty value only resets the unit's own.
            (_, "") => continue,
            ("Environment", setting) => setting.split_once('=').unwrap_or((setting, "")),
            (name, value) => (name, value),
        };
        let subject: &mut Subject<'_> = subjects.entry(("tftpd-hpa", "".into())).or_default();
        subject.facts.push((pair.0.into(), pair.1.into()));
    }
    subjects
}

/// The source of wimboot, which no release of Debian has.
pub(super) fn wimboot_source(entry: &Entry, path: &str) -> &'static str {
    match &entry.kind {
        EntryKind::Winpe(winpe) if winpe.wimboot_path == path => {
            "; a full release of ipxe/wimboot has it, 2.9.0 or newer for Windows 11 24H2 with Secure Boot"
        }
        _ => "",
    }
}

/// The source of a loader, if it is known. The files are those of Debian 13's package, whose `ipxe.efi` is
/// a link; Debian 12's has those for PCs only.
fn source(site: &Site<'_>, kind: ClientKind, path: &str) -> String {
    if is_signed(path) {
        return "; ipxeboot.tar.gz of a release of iPXE from 2.0 on, unpacked in the TFTP root, has it"
            .to_owned();
    }
    if site.loaders_build.is_some() {
        return "; build/ipxe/build.sh makes it".to_owned();
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    // No package has iPXE's shim.
    if name.ends_with("-shim.efi") {
        return "; ipxeboot.tar.gz of a release of iPXE from 2.0 on has it".to_owned();
    }
    // Another program, such as GRUB, is in another package.
    if !["ipxe", "undionly", "snponly"].iter().any(|ipxe| name.to_ascii_lowercase().contains(ipxe)) {
        return String::new();
    }
    let (file, more) = match kind {
        ClientKind::Bios => ("undionly.kpxe", ""),
        ClientKind::EfiX64 | ClientKind::HttpX64 if name.contains("snponly") => ("snponly.efi", ""),
        ClientKind::EfiX64 | ClientKind::HttpX64 => ("ipxe.efi", ""),
        ClientKind::EfiArm64 | ClientKind::HttpArm64 => ("ipxe-arm64.efi", " from Debian 13 on"),
        ClientKind::EfiRiscv64 | ClientKind::HttpRiscv64 => ("ipxe-riscv64.efi", " from Debian 13 on"),
        ClientKind::EfiLoongarch64 | ClientKind::HttpLoongarch64 => {
            ("ipxe-loong64.efi", " from Debian 13 on")
        }
        _ => return String::new(),
    };
    format!("; Debian's package ipxe has it as /usr/lib/ipxe/{file}{more}")
}

#[cfg(test)]
mod tests {
    use super::{datagram, drop_in};

    #[test]
    fn addresses_of_systemd() {
        for (address, listen) in [
            (":69", "69"),
            ("10.0.0.2:69", "10.0.0.2:69"),
            ("10.0.0.2", "10.0.0.2:69"),
            ("[::1]:69", "[::1]:69"),
            ("[::1]", "[::1]:69"),
        ] {
            assert_eq!(datagram(address), listen);
        }
    }

    #[test]
    fn a_drop_in_is_read_by_its_settings() {
        let text = "# x\n[Service]\nUser=tftp\nEnvironment=\"TFTPD_OPTS=-v --ipv4\"\nReadWritePaths=\n";
        let subjects = drop_in(text);
        let facts = &subjects[&("tftpd-hpa", "".into())].facts;
        let wanted = [("User", "tftp"), ("TFTPD_OPTS", "-v --ipv4")];
        assert_eq!(facts.iter().map(|(name, value)| (&**name, &**value)).collect::<Vec<_>>(), wanted);
    }
}
