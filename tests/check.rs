//! `ipxegen check` and `explain`: whole outputs.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use super::support::require;

fn ipxegen(dir: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ipxegen"))
        .current_dir(dir)
        .args(arguments)
        .env_remove("CLICOLOR_FORCE")
        .output()
        .unwrap()
}

/// Standard output, standard error, exit code.
fn told(output: Output) -> (String, String, i32) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(output.stdout), text(output.stderr), output.status.code().unwrap())
}

fn put(root: &Path, path: &str, contents: &[u8]) {
    let path = root.join(path.trim_start_matches('/'));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, contents).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
}

fn chmod(root: &Path, path: &str, mode: u32) {
    fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
}

/// The head of a PE program.
fn program(machine: u16) -> Vec<u8> {
    let mut bytes = vec![0; 0x80];
    bytes[..2].copy_from_slice(b"MZ");
    bytes[0x3c] = 0x40;
    bytes[0x40..0x44].copy_from_slice(b"PE\0\0");
    bytes[0x44..0x46].copy_from_slice(&machine.to_le_bytes());
    bytes
}

const SITE: &str = r#"servers:
  boot: { ip: 10.0.0.200, interfaces: [eth0] }
loaders:
  efi_x64: x64.efi
  efi_arm64: arm64.efi
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 }
smb:
  shares:
    iso: { path: /srv/iso }
nfs:
  exports: { path: /srv/gone, clients: 10.0.0.0/24, options: ro }
boot_entries:
  debian: { kind: linux, dir: debian, kernel: linux, initrd: initrd.gz, cmdline: ["fetch={files}/extra/data.img"] }
  old: { kind: iso, iso: isos/old.iso, over: tftp }
"#;

/// A server whose files match the site above, except for `/srv/gone`.
fn server() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path();
    fs::write(root.join("site.yaml"), SITE).unwrap();
    let root = root.join("server");
    put(&root, "etc/passwd", b"root:x:0:0::/:/bin/sh\ntftp:x:107:113::/srv/tftp:/bin/false\n");
    put(&root, "etc/group", b"root:x:0:\nwww-data:x:33:\ntftp:x:113:\n");
    put(&root, "srv/tftp/undionly.kpxe", b"\xea\x05\x00\xc0\x07 no PE");
    put(&root, "srv/tftp/x64.efi", &program(0x8664));
    put(&root, "srv/tftp/arm64.efi", &program(0xaa64));
    put(&root, "srv/tftp/debian/linux", b"kernel");
    put(&root, "srv/tftp/debian/initrd.gz", b"initrd");
    put(&root, "srv/tftp/extra/data.img", b"named in a command line");
    put(&root, "srv/tftp/isos/old.iso", b"image");
    put(&root, "srv/iso/setup.exe", b"");
    dir
}

fn check(dir: &Path, more: &[&str]) -> (String, String, i32) {
    let mut arguments = vec!["check", "--root", "server", "--format", "short"];
    arguments.extend(more);
    told(ipxegen(dir, &arguments))
}

const GONE: &str = "site.yaml:12:20: error[missing-file]: /srv/gone (exported by NFS) is not there\n";

#[test]
fn files_that_are_right_are_not_spoken_of() {
    let dir = server();
    let (out, err, code) = check(dir.path(), &["--unused"]);
    assert_eq!((out.as_str(), err.as_str(), code), (GONE, "", 1));
    fs::create_dir(dir.path().join("server/srv/gone")).unwrap();
    assert_eq!(check(dir.path(), &["--unused", "--strict"]), (String::new(), String::new(), 0));
}

/// Files that ipxegen itself writes, files that these name, and files that only the script of an entry names.
#[test]
fn files_that_entries_bring_along_are_used() {
    let dir = server();
    let root = dir.path().join("server");
    let more = "  secret: { kind: anaconda, dir: fedora, kickstart: { source: ks.cfg }, cmdline: [{ secret_file: s }], expose_secret: true }\n";
    fs::write(dir.path().join("site.yaml"), format!("{SITE}{more}")).unwrap();
    fs::write(dir.path().join("ks.cfg"), "%include {files}/parts/common.ks\n").unwrap();
    fs::write(dir.path().join("s"), "a=geheim\n").unwrap();
    fs::create_dir(root.join("srv/gone")).unwrap();
    for file in ["images/pxeboot/vmlinuz", "images/pxeboot/initrd.img", ".treeinfo", "Packages/a.rpm"] {
        put(&root, &format!("srv/tftp/fedora/{file}"), b"x");
    }
    for file in ["parts/common.ks", "ipxegen/secret/boot.ipxe", "ipxegen/secret/ks.cfg"] {
        put(&root, &format!("srv/tftp/{file}"), b"x");
    }
    assert_eq!(check(dir.path(), &["--unused", "--strict"]), (String::new(), String::new(), 0));
    fs::remove_file(root.join("srv/tftp/fedora/.treeinfo")).unwrap();
    let (out, _, code) = check(dir.path(), &[]);
    assert!(code == 1 && out.contains("/srv/tftp/fedora/.treeinfo"), "{out}");
}

/// A loader at a URL of the site's own web server is a file below the TFTP root, and one elsewhere is none of ours.
#[test]
fn loaders_at_urls_of_the_site_are_looked_for() {
    let dir = server();
    let root = dir.path().join("server");
    fs::create_dir(root.join("srv/gone")).unwrap();
    let urls =
        "  http_x64: http://10.0.0.200/tftpboot/web.efi\n  http_arm64: http://10.0.0.9/tftpboot/web.efi\n";
    let site = SITE.replace("subnets:", &format!("{urls}subnets:"));
    assert_ne!(site, SITE);
    fs::write(dir.path().join("site.yaml"), site).unwrap();
    let (out, _, code) = check(dir.path(), &[]);
    let missing = "/srv/tftp/web.efi (the loader of http_x64 clients) is not there";
    assert!(code == 1 && out.lines().count() == 1 && out.contains(missing), "{out}");
    put(&root, "srv/tftp/web.efi", &program(0xaa64));
    let (out, _, code) = check(dir.path(), &[]);
    assert!(code == 1 && out.contains("http_x64 clients cannot start /srv/tftp/web.efi"), "{out}");
    put(&root, "srv/tftp/web.efi", &program(0x8664));
    assert_eq!(check(dir.path(), &[]), (String::new(), String::new(), 0));
}

#[test]
fn an_intended_finding_is_allowed_where_it_stands() {
    let dir = server();
    let site = SITE.replace("options: ro }", "options: ro, allow: { missing-file: mounted later } }");
    fs::write(dir.path().join("site.yaml"), site).unwrap();
    assert_eq!(check(dir.path(), &[]), (String::new(), String::new(), 0));
    // Nobody has looked, so nobody says that it accepts nothing.
    let (out, _, code) = told(ipxegen(dir.path(), &["check", "--strict"]));
    assert_eq!((out.as_str(), code), ("", 0));
}

#[test]
fn boot_files_are_looked_for_in_their_own_folder() {
    let dir = server();
    let root = dir.path().join("server");
    fs::create_dir(root.join("srv/gone")).unwrap();
    let site = SITE.replace(", over: tftp", "") + "http: { boot_files: /srv/web }\n";
    fs::write(dir.path().join("site.yaml"), site).unwrap();
    let (out, _, code) = check(dir.path(), &[]);
    let folder = "site.yaml:16:21: error[missing-file]: /srv/web (the folder of boot files) is not there\n";
    assert_eq!((out.as_str(), code), (folder, 1));
    for file in ["debian/linux", "debian/initrd.gz", "isos/old.iso"] {
        put(&root, &format!("srv/web/{file}"), b"x");
    }
    let (out, _, code) = check(dir.path(), &[]);
    let lines: Vec<_> =
        out.lines().map(|line| line.split_once("missing-file]: ").map_or(line, |(_, rest)| rest)).collect();
    let missing = |path: &str, what: &str| format!("/srv/web/{path} ({what}) is not there");
    let wanted = [
        missing("arm64.efi", "the loader of http_arm64 clients"),
        missing("x64.efi", "the loader of http_x64 clients"),
    ];
    let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
    lines.sort();
    let mut wanted = wanted.to_vec();
    wanted.sort();
    assert_eq!((lines, code), (wanted, 1));
}

/// The table of features that iPXE has in its program, with its own version.
fn ipxe(features: &[u8]) -> Vec<u8> {
    let table = features.iter().flat_map(|code| [*code, 1, 1]);
    program(0x8664).into_iter().chain([235, 3, 1, 21, 1]).chain(table).chain([0; 8]).collect()
}

#[test]
fn the_features_of_a_loader_are_read_in_its_file() {
    let dir = server();
    let root = dir.path().join("server");
    let site = format!("{SITE}ipxe: {{ needs: [http, menu] }}\n");
    fs::write(dir.path().join("site.yaml"), site).unwrap();
    let of = |out: &str| {
        let lines =
            out.lines().filter(|line| line.contains("needs-unproven") || line.contains("lacks-feature"));
        lines.map(|line| line.split_once(": ").unwrap().1.to_owned()).collect::<Vec<_>>()
    };
    let unproven = |path: &str| {
        format!(
            "warning[needs-unproven]: if `{path}` lacks a feature of `ipxe.needs`, it loads itself again and again"
        )
    };
    // One that is compressed, or no iPXE, shows nothing.
    let (out, _, _) = check(dir.path(), &[]);
    assert_eq!(of(&out), [unproven("x64.efi"), unproven("arm64.efi"), unproven("undionly.kpxe")]);
    put(&root, "srv/tftp/x64.efi", &ipxe(&[21, 19, 39]));
    let (out, _, code) = check(dir.path(), &[]);
    assert_eq!((of(&out), code), (vec![unproven("arm64.efi"), unproven("undionly.kpxe")], 1));
    put(&root, "srv/tftp/x64.efi", &ipxe(&[21, 17, 39]));
    let (out, _, code) = check(dir.path(), &[]);
    let lacks = "error[loader-lacks-feature]: the iPXE in /srv/tftp/x64.efi lacks `http`, so it would load itself again and again";
    let all = [lacks.to_owned(), unproven("arm64.efi"), unproven("undionly.kpxe")];
    assert_eq!((of(&out), code), (all.to_vec(), 1));
}

/// A WIM image as wimlib 1.13.6 writes it, with the description of a build of Windows at its end.
fn wim(build: u32) -> Vec<u8> {
    let xml = format!(
        "\u{feff}<WIM><IMAGE INDEX=\"1\"><WINDOWS><VERSION><BUILD>{build}</BUILD></VERSION></WINDOWS></IMAGE></WIM>"
    );
    let xml: Vec<u8> = xml.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let mut image = b"MSWIM\0\0\0\xd0\0\0\0".to_vec();
    image.resize(0xd0, 0);
    image[0x48..0x50].copy_from_slice(&(xml.len() as u64).to_le_bytes());
    // The flag of a part that describes the others.
    image[0x4f] = 2;
    image[0x50..0x58].copy_from_slice(&0xd0_u64.to_le_bytes());
    image.extend(xml);
    image
}

#[test]
fn an_old_wimboot_is_reported_where_secure_boot_needs_a_newer_one() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("server");
    let site = |secure_boot: bool, only_for: &str| {
        let site = format!(
            "servers: {{ boot: {{ ip: 10.0.0.200, interfaces: [eth0] }} }}\n\
             loaders: {{ secure_boot: {secure_boot} }}\n\
             subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 }} }}\n\
             boot_entries:\n  pe: {{ kind: winpe, dir: pe, wimboot: wim/boot, only_for: {only_for} }}\n"
        );
        fs::write(dir.path().join("site.yaml"), site).unwrap();
    };
    let greeting = |version: &str| format!("MZ \n\nwimboot v{version} -- Windows Imaging Format bootloader");
    put(&root, "srv/tftp/wim/boot", greeting("2.8.0").as_bytes());
    put(&root, "srv/tftp/pe/sources/boot.wim", &wim(26100));
    let found = || {
        let (out, _, _) = check(dir.path(), &[]);
        out.lines().find(|line| line.contains("old-wimboot")).map(str::to_owned)
    };
    site(true, "efi_x64");
    let fault = "site.yaml:5:40: error[old-wimboot]: with Secure Boot, /srv/tftp/wim/boot 2.8.0 does not start Windows of build 26100";
    assert_eq!(found().as_deref(), Some(fault));
    // Neither BIOS nor UEFI without Secure Boot needs the file that newer releases take out of the image.
    site(true, "bios");
    assert_eq!(found(), None);
    site(false, "efi_x64");
    assert_eq!(found(), None);
    site(true, "efi_x64");
    for (wimboot, image) in [
        (greeting("2.9.0"), wim(26100)),
        (greeting("2.8.0"), wim(22631)),
        ("a program".to_owned(), wim(26100)),
        (greeting("2.8.0"), b"no image".to_vec()),
    ] {
        put(&root, "srv/tftp/wim/boot", wimboot.as_bytes());
        put(&root, "srv/tftp/pe/sources/boot.wim", &image);
        assert_eq!(found(), None, "{wimboot}");
    }
    // The size of the signatures, in a header of a 64-bit program.
    for (size, line) in [
        (
            0,
            Some(
                "site.yaml:5:40: error[unsigned-wimboot]: with Secure Boot, the firmware refuses /srv/tftp/wim/boot: it is not signed",
            ),
        ),
        (9, None),
    ] {
        let mut wimboot = program(0x8664);
        wimboot.resize(0x200, 0);
        wimboot[0x58..0x5a].copy_from_slice(&[0x0b, 0x02]);
        wimboot[0xec] = size;
        put(&root, "srv/tftp/wim/boot", &wimboot);
        let (out, _, _) = check(dir.path(), &[]);
        assert_eq!(out.lines().find(|line| line.contains("unsigned-wimboot")), line);
    }
}

#[test]
fn what_is_wrong_with_files_points_at_who_names_them() {
    let dir = server();
    let root = dir.path().join("server");
    fs::create_dir(root.join("srv/gone")).unwrap();
    // Another machine's loader, a case that Windows would not see, modes.
    put(&root, "srv/tftp/x64.efi", &program(0x014c));
    fs::remove_file(root.join("srv/tftp/undionly.kpxe")).unwrap();
    fs::rename(root.join("srv/tftp/debian/linux"), root.join("srv/tftp/debian/LINUX")).unwrap();
    put(&root, "srv/tftp/arm64.efi", b"text");
    chmod(&root, "srv/tftp/arm64.efi", 0o640);
    chmod(&root, "srv/tftp/debian", 0o750);
    let (out, err, code) = check(dir.path(), &[]);
    assert_eq!(
        out,
        "site.yaml:4:12: error[wrong-architecture]: efi_x64 clients cannot start /srv/tftp/x64.efi: it was built for efi_ia32\n\
         site.yaml:5:14: error[unreadable-file]: in.tftpd may not read /srv/tftp/arm64.efi: its mode is 0640\n\
         site.yaml:5:14: error[wrong-architecture]: efi_arm64 clients cannot start /srv/tftp/arm64.efi: it is no UEFI program\n\
         site.yaml:7:3: error[missing-file]: /srv/tftp/undionly.kpxe (the loader of bios clients) is not there\n\
         site.yaml:14:47: error[unreadable-file]: the web server may not enter the folder /srv/tftp/debian: its mode is 0750\n\
         site.yaml:14:47: error[wrong-case]: /srv/tftp/debian/linux (boot entry debian) is there as /srv/tftp/debian/LINUX\n"
    );
    assert_eq!((err.as_str(), code), ("", 1));
}

#[test]
fn links_are_followed_as_each_daemon_does() {
    let dir = server();
    let root = dir.path().join("server");
    fs::create_dir(root.join("srv/gone")).unwrap();
    put(&root, "usr/lib/ipxe/x64.efi", &program(0x8664));
    put(&root, "mnt/linux", b"kernel");
    let link = |target: &str, at: &str| {
        let _ = fs::remove_file(root.join(at));
        symlink(target, root.join(at)).unwrap();
    };
    // Over TFTP: absolute is the root's own, `..` stops there; inside, links are fine.
    link("/usr/lib/ipxe/x64.efi", "srv/tftp/x64.efi");
    link("debian/../isos/real.efi", "srv/tftp/arm64.efi");
    put(&root, "srv/tftp/isos/real.efi", &program(0xaa64));
    // Over HTTP nobody minds; what is not there is not taken from this machine.
    link("../../../mnt/linux", "srv/tftp/debian/linux");
    link("/etc/hostname", "srv/tftp/debian/initrd.gz");
    link("a.iso", "srv/tftp/isos/old.iso");
    link("old.iso", "srv/tftp/isos/a.iso");
    link("/mnt", "srv/iso/mnt");
    link("setup.exe", "srv/iso/inside.exe");
    let (out, err, code) = told(ipxegen(dir.path(), &["check", "--root", "server"]));
    assert_eq!(
        out,
        r#"error[link-leaves-root]: in.tftpd does not reach /srv/tftp/x64.efi (the loader of efi_x64 clients): a symbolic link leaves the TFTP root
 --> site.yaml:4:12
  |
4 |   efi_x64: x64.efi
  |            ^^^^^^^ /srv/tftp/x64.efi leads to /usr/lib/ipxe/x64.efi
  |
  = help: with --secure the TFTP root is all that in.tftpd sees: copy the file, or bind-mount its folder below the root

warning[link-leaves-share]: /srv/iso/mnt in the share iso is a symbolic link to /mnt, outside of the share
  --> site.yaml:10:5
   |
10 |     iso: { path: /srv/iso }
   |     ^^^
   |
   = help: Samba does not follow it (wide links = no): move the files into the share, or mount them there

error[missing-file]: /srv/tftp/debian/initrd.gz (boot entry debian) is not there
  --> site.yaml:14:62
   |
14 |   debian: { kind: linux, dir: debian, kernel: linux, initrd: initrd.gz, cmdline: ["fetch={files}/extra/data.img"] }
   |                                                              ^^^^^^^^^ /srv/tftp/debian/initrd.gz is a symbolic link to /etc/hostname
   |
   = help: the link leads to nothing; links are followed inside the given root

error[missing-file]: /srv/tftp/isos/old.iso (boot entry old) is a circle of symbolic links
  --> site.yaml:15:26
   |
15 |   old: { kind: iso, iso: isos/old.iso, over: tftp }
   |                          ^^^^^^^^^^^^

3 errors, 1 warning
"#
    );
    assert_eq!((err.as_str(), code), ("", 1));
}

#[test]
fn without_secure_in_tftpd_goes_where_links_lead() {
    let dir = server();
    let root = dir.path().join("server");
    fs::create_dir(root.join("srv/gone")).unwrap();
    put(&root, "usr/lib/ipxe/x64.efi", &program(0x8664));
    fs::remove_file(root.join("srv/tftp/x64.efi")).unwrap();
    symlink("/usr/lib/ipxe/x64.efi", root.join("srv/tftp/x64.efi")).unwrap();
    // It then needs to enter every folder from the top; its group may be let in.
    chmod(&root, "usr", 0o700);
    fs::write(dir.path().join("site.yaml"), format!("tftp: {{ options: [--verbose] }}\n{SITE}")).unwrap();
    let (out, _, _) = check(dir.path(), &[]);
    assert_eq!(
        out,
        "site.yaml:1:19: error[tftp-not-secure]: in.tftpd without `--secure` serves no loader\nsite.yaml:5:12: error[unreadable-file]: in.tftpd may not enter the folder /usr: its mode is 0700\n"
    );
}

#[test]
fn files_that_nothing_names_are_found_by_folder() {
    let dir = server();
    let root = dir.path().join("server");
    fs::create_dir(root.join("srv/gone")).unwrap();
    put(&root, "srv/tftp/stray.bin", &[0; 1500]);
    put(&root, "srv/tftp/old/a/one", b"1");
    put(&root, "srv/tftp/old/b/two", b"22");
    for n in 0..6 {
        put(&root, &format!("srv/tftp/debian/part{n}"), b"x");
    }
    fs::create_dir(root.join("srv/tftp/empty")).unwrap();
    let (out, _, code) = check(dir.path(), &["--unused"]);
    assert_eq!(
        out,
        "site.yaml:2:3: warning[unused-file]: nothing in the site uses 6 files in /srv/tftp/debian (part0, part1, part2, …; 6 bytes)\n\
         site.yaml:2:3: warning[unused-file]: nothing in the site uses the folder /srv/tftp/old (2 files, 3 bytes)\n\
         site.yaml:2:3: warning[unused-file]: nothing in the site uses /srv/tftp/stray.bin (1.5 kB)\n"
    );
    assert_eq!(code, 0);
    let (out, _, code) = check(dir.path(), &["--unused", "--allow", "unused-file", "--strict"]);
    assert_eq!((out.as_str(), code), ("", 0));
}

#[test]
fn files_behind_disks_are_looked_for() {
    let dir = tempfile::tempdir().unwrap();
    let site = r#"servers:
  boot: { ip: 10.0.0.200, interfaces: [eth0] }
tftp: none
http: none
iscsi: { daemon: tgt }
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, netboot: none }
groups:
  disks: { root_path: { iscsi: { target: "iqn.2020-01.lan.lab:{host}", store: { file: "/srv/iscsi/{host}.img" } } } }
hosts:
  a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, group: disks, allow: { disk-under-lid: no menu here } }
  b: { mac: "52:54:00:00:00:02", ip: 10.0.0.12, group: disks, allow: { disk-under-lid: no menu here } }
"#;
    fs::write(dir.path().join("site.yaml"), site).unwrap();
    put(&dir.path().join("server"), "srv/iscsi/a.img", b"a disk");
    let (out, _, code) = check(dir.path(), &[]);
    assert_eq!(
        out,
        "site.yaml:9:87: error[missing-file]: /srv/iscsi/b.img (the disk of the host b) is not there\n"
    );
    assert_eq!(code, 1);
}

#[test]
fn arguments_that_name_nothing_are_refused() {
    let dir = server();
    let (out, err, code) = told(ipxegen(
        dir.path(),
        &["check", "--root", ".", "--server", "bot", "--allow", "malformed", "--allow", "duplicate-mak"],
    ));
    assert_eq!(
        out,
        "error[argument]: --allow: `malformed` cannot be allowed\n  |\n  = help: a site with this error cannot be rendered\n\n\
         error[argument]: --allow: `duplicate-mak` is no rule\n  |\n  = help: did you mean `duplicate-mac`?\n\n\
         error[argument]: --server: the site has no server `bot`\n  |\n  = help: did you mean `boot`?\n\n\
         3 errors\n"
    );
    assert_eq!((err.as_str(), code), ("", 1));
    let (_, err, code) = told(ipxegen(dir.path(), &["check", "--root", "nowhere"]));
    assert_eq!((err.as_str(), code), ("ipxegen: nowhere is not a folder\n", 2));
}

/// `kea-dhcp4 -t` refuses an interface that the machine does not have.
#[test]
fn keas_file_is_checked_elsewhere_than_on_its_server() {
    if !require("kea-dhcp4") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let site = r#"servers: { boot: { ip: 10.0.0.2, interfaces: [nosuch0] } }
dhcp: { daemon: kea }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 } }
boot_entries: { memtest: { kind: iso, iso: memtest.iso } }
"#;
    fs::write(dir.path().join("site.yaml"), site).unwrap();
    let (out, err, code) = told(ipxegen(dir.path(), &["check", "--daemons"]));
    if err.contains("may not read") {
        eprintln!("skipped: {err}");
        return;
    }
    assert_eq!((out.as_str(), err.as_str(), code), ("", "", 0));
}

#[test]
fn daemons_are_quoted_at_the_place_in_the_site() {
    if !(require("dhcpd") && require("testparm")) {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let site = r#"servers:
  boot: { ip: 10.0.0.200, interfaces: [eth0] }
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 }
hosts:
  pc-a: { mac: "52:54:00:00:00:01", raw: { dhcpd: "option no-such-option 1;" } }
smb:
  shares:
    iso: { path: /srv/iso, raw: { smb: "no such parameter = yes" } }
boot_entries:
  memtest: { kind: iso, iso: memtest.iso }
"#;
    fs::write(dir.path().join("site.yaml"), site).unwrap();
    let (out, err, code) = told(ipxegen(dir.path(), &["check", "--daemons"]));
    // If a security profile keeps dhcpd out of the staging folder, a message says so, and nothing is found.
    if err.contains("may not read") {
        eprintln!("skipped: {err}");
        return;
    }
    assert_eq!(err, "");
    assert!(
        out.starts_with(
            "error[daemon]: dhcpd says of boot/etc/dhcp/dhcpd.conf: unknown option dhcp.no-such-option\n  --> site.yaml:6:51\n"
        ),
        "{out}"
    );
    assert!(out.contains("  ::: boot/etc/dhcp/dhcpd.conf:"), "{out}");
    assert!(out.contains("warning[daemon-warning]: testparm says of boot/etc/samba/smb.conf: Unknown parameter encountered: \"no such parameter\"\n  --> site.yaml:9:40\n"), "{out}");
    assert!(out.ends_with("\n1 error, 1 warning\n"), "{out}");
    assert_eq!(code, 1);
}

#[test]
fn formats_for_programs_go_to_standard_output() {
    let dir = server();
    let of = |format: &str| told(ipxegen(dir.path(), &["check", "--root", "server", "--format", format]));
    let (out, err, code) = of("github");
    assert_eq!(
        out,
        "::error file=site.yaml,line=12,col=20,endLine=12,endColumn=29,title=missing-file::/srv/gone (exported by NFS) \
         is not there%0Ahelp: put it there, or correct the path\n"
    );
    assert_eq!((err.as_str(), code), ("", 1));
    let (out, _, _) = of("sarif");
    let log: serde_json::Value = serde_json::from_str(&out).unwrap();
    let run = &log["runs"][0];
    let result = &run["results"][0];
    let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
    assert_eq!(run["tool"]["driver"]["rules"][index]["id"], "missing-file");
    assert_eq!(result["ruleId"], "missing-file");
}

#[test]
fn rules_are_explained() {
    let here = Path::new(".");
    let (out, _, code) = told(ipxegen(here, &["explain", "error[duplicate-mac]"]));
    assert!(
        out.starts_with("error[duplicate-mac]: two hosts have the same MAC address\n\nA MAC address"),
        "{out}"
    );
    assert_eq!(code, 0);
    let (_, err, code) = told(ipxegen(here, &["explain", "duplicate-mak"]));
    assert_eq!(
        (err.as_str(), code),
        ("ipxegen: there is no rule `duplicate-mak`; did you mean `duplicate-mac`?\n", 2)
    );
    let (list, _, _) = told(ipxegen(here, &["explain", "--list"]));
    let ids: Vec<_> = list.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(ids.is_sorted() && ids.contains(&"unknown-key"), "{list}");
}

#[test]
fn the_reference_of_rules_is_up_to_date() {
    let (out, _, _) = told(ipxegen(Path::new("."), &["explain", "--markdown"]));
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all("docs").unwrap();
        fs::write("docs/rules.md", &out).unwrap();
    }
    let file = fs::read_to_string("docs/rules.md").unwrap_or_default();
    assert!(
        file == out,
        "docs/rules.md is out of date: UPDATE=1 cargo test --test suite the_reference_of_rules rewrites it"
    );
}
