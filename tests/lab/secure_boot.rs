//! Secure Boot: firmware with Microsoft's keys that starts signed programs only, to a kernel that says that it is locked
//! down.
//!
//! iPXE's own shim, and the iPXE that it starts, are in no package. Debian's shim stands in for the former, and Debian
//! 14's iPXE, signed with a key of the lab, for the latter.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::boots::EMPTY_CPIO;
use crate::list::Release;
use crate::machine::{Firmware, Machine, MachineBuilder};
use crate::support::daemons::Server;
use crate::support::suites::FORKY_BOOT;
use crate::support::{kernel, render, require, skip};
use crate::{Lab, ipxe};

/// Gets the shim.
const STRANGER: (&str, &str) = ("52:54:00:00:00:51", "10.0.0.100");
/// Gets iPXE itself, which its firmware trusts.
const DIRECT: (&str, &str) = ("52:54:00:00:05:01", "10.0.0.51");

const LOCKED_DOWN: &str = "Kernel is locked down from EFI Secure Boot";
const KERNEL: &str = "http /tftpboot/debian-installer/amd64/linux";
const SHIM: &str = "http /tftpboot/debian-installer/amd64/bootnetx64.efi";

/// The owner of the lab's key, as UEFI writes one.
const OWNER: &str = "11111111-2222-3333-4444-555555555555";

/// Writes a firmware's variables: Microsoft's authority, and the lab's certificate in the list that the option names.
const VARIABLES: &str = r#"
    mount --rbind "$1" "$2/run"
    chroot "$2" virt-fw-vars --input /run/empty.fd --output /run/vars.fd --enroll-generate lab \
        --microsoft-db "$3" "$4" "$5" /run/lab.pem --sb
"#;

/// Where the firmware has the lab's key.
#[derive(Clone, Copy)]
enum KeyIn {
    /// In its own list, so that it starts iPXE itself.
    Firmware,
    /// In the list of the machine's owner, which only shims read.
    Shim,
}

/// The lab with a machine at its menu. `authority` is that of Microsoft which the firmware trusts, as virt-fw-vars names
/// it.
fn at_the_menu(
    name: &str,
    (mac, _): (&str, &str),
    authority: &str,
    key_in: KeyIn,
) -> Option<(Machine, Server, Lab)> {
    let here = ["openssl", "sbsign", "chroot", "mount"].into_iter().all(require);
    let kernel = kernel().filter(|_| here)?;
    let shim = kernel.replace("/linux", "/bootnetx64.efi");
    if !Path::new(&shim).is_file() || shim == kernel {
        skip("no shim beside the kernel of Debian's installer");
        return None;
    }
    let lab = Lab::new(name)?;
    let signed = sign(lab.dir(), &ipxe::file("snponly.efi"));
    let variables = variables(lab.dir(), authority, key_in);
    let server = lab.serve(&render("secure_boot").of("boot"), "10.0.0.1/24");
    server.tmpfiles();
    server.stage("/srv/tftp/ipxeboot/x86_64-sb/ipxe-shim.efi", &shim);
    server.stage("/srv/tftp/ipxeboot/x86_64-sb/grubx64.efi", signed.to_str().unwrap());
    server.stage("/srv/tftp/debian-installer/amd64/linux", &kernel);
    server.stage("/srv/tftp/debian-installer/amd64/bootnetx64.efi", &shim);
    server.write("/srv/tftp/empty.img", EMPTY_CPIO);
    server.dhcp();
    server.tftp();
    server.http("/var/www/html");
    let machine = MachineBuilder::new(&lab, Firmware::SecureBoot, mac).variables(&variables).boot();
    machine.shows("Locked firmware", 120);
    machine.shows("Exit iPXE", 20);
    Some((machine, server, lab))
}

/// Signs a program with a new key, whose certificate is `lab.pem`.
fn sign(folder: &Path, program: &str) -> PathBuf {
    let signed = folder.join("signed.efi");
    run(Command::new("openssl").current_dir(folder).args([
        "req",
        "-new",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=The boot lab/",
        "-keyout",
        "lab.key",
        "-out",
        "lab.pem",
    ]));
    let sign = ["--key", "lab.key", "--cert", "lab.pem", "--output", "signed.efi", program];
    run(Command::new("sbsign").current_dir(folder).args(sign));
    signed
}

fn variables(folder: &Path, authority: &str, key_in: KeyIn) -> PathBuf {
    let root = FORKY_BOOT.root().expect("Debian 14's packages");
    let list = match key_in {
        KeyIn::Firmware => "--add-db",
        KeyIn::Shim => "--add-mok",
    };
    fs::copy("/usr/share/OVMF/OVMF_VARS_4M.fd", folder.join("empty.fd")).expect("the firmware's variables");
    run(Command::new("unshare")
        .args(["--mount", "sh", "-ec", VARIABLES, "sh"])
        .args([folder, root])
        .args([authority, list, OWNER]));
    folder.join("vars.fd")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// What `secure_boot: true` hands out. The first shim is Debian's here and knows the key of Debian's kernels, so iPXE needs
/// no second one, and fetches none.
#[test]
pub fn the_signed_shim_starts_ipxe_and_that_the_kernel() {
    ipxe::with(Release::Debian14, || {
        let Some((mut machine, _server, lab)) = at_the_menu("sb-shim", STRANGER, "uefi11", KeyIn::Shim)
        else {
            return;
        };
        lab.wait_for(&format!("tftp {} ipxeboot/x86_64-sb/autoexec.ipxe", STRANGER.1), 10);
        machine.key("d");
        machine.shows(LOCKED_DOWN, 90);
        let fetched = lab.fetched(STRANGER.1);
        let loaders = ["ipxe-shim.efi", "grubx64.efi"].map(|name| format!("tftp ipxeboot/x86_64-sb/{name}"));
        assert!(loaders.iter().all(|loader| fetched.contains(loader)), "{fetched:?}");
        assert!(fetched.contains(&KERNEL.to_owned()) && !fetched.contains(&SHIM.to_owned()), "{fetched:?}");
    });
}

/// As with iPXE's own shim, which does not know the key of Debian's kernels. The firmware trusts only Microsoft's authority
/// of 2023, as some new machines do.
#[test]
pub fn a_kernel_starts_by_the_shim_of_its_distribution() {
    ipxe::with(Release::Debian14, || {
        let Some((mut machine, _server, lab)) = at_the_menu("sb-kernel", DIRECT, "uefi23", KeyIn::Firmware)
        else {
            return;
        };
        machine.key("d");
        machine.shows(LOCKED_DOWN, 90);
        let fetched = lab.fetched(DIRECT.1);
        assert_eq!(fetched[fetched.len() - 3..], [KERNEL, "http /tftpboot/empty.img", SHIM], "{fetched:?}");
    });
}

#[test]
pub fn the_firmware_refuses_the_kernel_without_a_shim() {
    ipxe::with(Release::Debian14, || {
        let Some((mut machine, _server, lab)) = at_the_menu("sb-bare", DIRECT, "uefi11", KeyIn::Firmware)
        else {
            return;
        };
        machine.key("b");
        machine.shows("Could not boot", 60);
        machine.shows("This entry did not start.", 10);
        let fetched = lab.fetched(DIRECT.1);
        assert!(fetched.contains(&KERNEL.to_owned()) && !fetched.contains(&SHIM.to_owned()), "{fetched:?}");
    });
}
