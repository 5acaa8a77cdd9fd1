//! The scripts for other machines: the build script of iPXE runs with a stand-in for iPXE's source; the batch files are
//! only read, because no program here can run them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;

use crate::support::program::{cases, run_in, tree};
use crate::support::require;

fn rendered() -> tempfile::TempDir {
    let out = tempdir().unwrap();
    run_in(Path::new("tests/cases/windows"), &["render", "-o", out.path().to_str().unwrap()]).ended(0);
    out
}

fn program(folder: &Path, name: &str, text: &str) {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn shellcheck_has_nothing_to_say() {
    if !require("shellcheck") {
        return;
    }
    let out = rendered();
    let ran = Command::new("shellcheck").arg(out.path().join("build/ipxe/build.sh")).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout));
}

#[test]
fn the_loaders_are_built_and_stand_where_clients_ask_for_them() {
    let out = rendered();
    let folder = out.path().join("build/ipxe");
    // In the place of git's clone: make's stand-in writes down how it was called.
    let source = folder.join("ipxe-source/src");
    fs::create_dir_all(&source).unwrap();
    fs::write(source.join("Makefile"), "").unwrap();
    let bin = tempdir().unwrap();
    program(bin.path(), "gcc", "#!/bin/sh\nexit 0\n");
    program(bin.path(), "git", "#!/bin/sh\nexit 1\n");
    program(bin.path(), "uname", "#!/bin/sh\necho x86_64\n");
    let make = "#!/bin/sh\nshift\ntree=$1; shift\nprintf '%s\\n' \"$*\" >>\"$tree/calls\"\n\
                mkdir -p \"$tree/$(dirname \"$1\")\"; echo \"$1\" >\"$tree/$1\"\n";
    program(bin.path(), "make", make);
    let path = format!("{}:{}", bin.path().display(), std::env::var("PATH").unwrap());
    let mut script = Command::new("sh");
    script.arg(folder.join("build.sh")).arg("made").current_dir(bin.path()).env("PATH", path);
    let ran = script.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let calls = fs::read_to_string(source.join("calls")).unwrap();
    let embed = format!("EMBED={}/chain.ipxe", folder.display());
    let wanted = [
        format!("bin/undionly.kpxe {embed}"),
        format!("bin-i386-efi/ipxe.efi {embed}"),
        format!("bin-x86_64-efi/ipxe.efi {embed}"),
        format!("bin-arm64-efi/snp.efi CROSS=aarch64-linux-gnu- {embed}"),
        format!("bin/ipxe.usb {embed}"),
        format!("bin-x86_64-efi/ipxe.usb {embed}"),
    ];
    assert_eq!(calls.lines().collect::<Vec<_>>(), wanted);
    let made = |name: &str| fs::read_to_string(bin.path().join("made").join(name)).unwrap();
    assert_eq!(made("iPXE/undionly.kpxe"), "bin/undionly.kpxe\n");
    assert_eq!(made("iPXE/ipxe.i386.efi"), "bin-i386-efi/ipxe.efi\n");
    assert_eq!(made("iPXE/ipxe.x86-64.efi"), "bin-x86_64-efi/ipxe.efi\n");
    assert_eq!(made("snp.efi"), "bin-arm64-efi/snp.efi\n");
    let config = fs::read_to_string(source.join("config/local/general.h")).unwrap();
    assert!(config.contains("#define DOWNLOAD_PROTO_HTTPS\n"), "{config}");
}

/// cmd reads ASCII with CRLF; each `goto` and `call` has its label, and no line is longer than it takes.
#[test]
fn batch_files_are_as_cmd_reads_them() {
    let mut seen = 0;
    for case in cases(&crate::support::program::SITES) {
        for (path, file) in tree(&case.join("rendered")) {
            if !path.ends_with(".cmd") {
                continue;
            }
            seen += 1;
            let text = String::from_utf8(file.bytes).unwrap();
            assert!(text.is_ascii(), "{path}");
            assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{path}");
            assert!(text.ends_with("\r\n") && text.lines().all(|line| line.len() < 8191), "{path}");
            let labels: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(':')).collect();
            for line in text.lines() {
                let to = line.split_once("goto ").or_else(|| line.split_once("call :")).map(|(_, to)| to);
                assert!(to.is_none_or(|to| labels.contains(&to)), "{path}: {line}");
            }
        }
    }
    assert!(seen >= 4, "only {seen} batch files");
}

/// The URL of a menu on another server, such as FOG's, names the machine that asks. iPXE expands settings in the file
/// name that DHCP gives.
#[test]
fn the_url_of_another_script_keeps_the_settings_of_ipxe() {
    let folder = tempdir().unwrap();
    let url = "http://10.0.0.9/boot.php?mac=${net0/mac}";
    let site = |dhcp: &str| {
        format!(
            "servers: {{ boot: {{ ip: 10.0.0.2/24, interfaces: [e] }} }}\n{dhcp}\n\
             subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 }} }}\n\
             ipxe: {{ script: \"{url}\" }}\nloaders: {{ build: {{ usb: true }} }}\n"
        )
    };
    for (dhcp, file) in [
        ("", "boot/etc/dhcp/dhcpd.conf"),
        ("dhcp: { daemon: external }", "build/dhcp/dnsmasq.conf"),
        ("dhcp: { daemon: external }", "build/dhcp/kea-dhcp4.conf"),
        ("dhcp: { daemon: external }", "build/dhcp/windows.ps1"),
    ] {
        fs::write(folder.path().join("site.yaml"), site(dhcp)).unwrap();
        run_in(folder.path(), &["render", "-o", "out"]).ended(0);
        let text = fs::read_to_string(folder.path().join("out").join(file)).unwrap();
        assert!(text.contains(url), "{file}: {text}");
    }
}
