//! Installers: a secret is only in its own script, and published files are exactly those of the user.

use std::borrow::Cow;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::{TempDir, tempdir};

use crate::support::ipxe_script::Script;
use crate::support::program::{Ran, finish, ipxegen, package, run_in, tree};

const SITE: &str = "
servers: { boot: { ip: 10.0.0.200, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
";

/// A folder with a site and its files.
fn folder(entry: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("site.yaml"), format!("{SITE}boot_entries:\n  e: {{ {entry} }}\n")).unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn rendered(folder: &Path) -> (TempDir, Ran) {
    let out = tempdir().unwrap();
    let ran = run_in(folder, &["render", "-o", out.path().to_str().unwrap()]).ended(0);
    (out, ran)
}

/// The arguments that iPXE passes to the kernel.
fn arguments(script: &Script) -> String {
    let line = script.lines.iter().find(|line| line.words.first().is_some_and(|word| word == "kernel"));
    let words = &line.unwrap().words[2..];
    let end = words.iter().position(|word| word == "||").unwrap();
    script.shown(&words[..end])
}

#[test]
fn a_secret_argument_is_in_its_own_script_and_nowhere_else() {
    let entry =
        "kind: linux, kernel: k, cmdline: [quiet, { prefix: p=, secret_file: s }, { secret_env: IPXEGEN_X }]";
    let folder = folder(entry, &[("s", "geheim-1\n")]);
    let out = tempdir().unwrap();
    let run = |arguments: &[&str]| {
        let mut command = ipxegen();
        command.current_dir(folder.path()).env("IPXEGEN_X", "q=geheim-2").args(arguments);
        finish(&mut command, b"").ended(0)
    };
    let path = out.path().to_str().unwrap();
    let mut said = run(&["render", "-o", path]).stdout;
    let script = out.path().join("boot/srv/tftp/ipxegen/e/boot.ipxe");
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o640);
    let text = fs::read_to_string(&script).unwrap();
    let read = Script::read(&text).unwrap();
    assert_eq!(read.faults(), Vec::<String>::new());
    assert_eq!(arguments(&read), "quiet p=geheim-1 q=geheim-2");
    let manifest = fs::read_to_string(out.path().join("manifest.json")).unwrap();
    assert!(manifest.contains("\"group\": \"www-data\""), "{manifest}");
    // Neither its old nor its new text is shown.
    fs::write(folder.path().join("s"), "geheim-3\n").unwrap();
    for arguments in [
        vec!["diff", path],
        vec!["diff", path, "--unified"],
        vec!["show"],
        vec!["check", "--format", "json"],
        vec!["render", "-o", path],
    ] {
        let mut command = ipxegen();
        command.current_dir(folder.path()).env("IPXEGEN_X", "q=geheim-2").args(&arguments);
        let ran = finish(&mut command, b"");
        said += &ran.stdout;
        said += &ran.stderr;
    }
    assert!(said.contains("boot.ipxe") && !said.contains("geheim"), "{said}");
    for (path, file) in tree(out.path()) {
        let text = String::from_utf8_lossy(&file.bytes);
        assert!(path.ends_with("ipxegen/e/boot.ipxe") || !text.contains("geheim"), "{path}");
    }
}

/// The kernel gets every secret unchanged, or a finding says that it cannot.
#[test]
fn nasty_secrets_stay_one_argument() {
    let entry = "kind: linux, kernel: k, cmdline: [{ prefix: p=, secret_file: s }]";
    for secret in [
        ";", "||", "&&", "#", "a#b", "\\", "a\\", " a  b ", "-x", "--", "$x", "$", "{x}", "{{x}}", "\"'`",
        "é", "日本",
    ] {
        let folder = folder(entry, &[("s", secret)]);
        let (out, _) = rendered(folder.path());
        let text = fs::read_to_string(out.path().join("boot/srv/tftp/ipxegen/e/boot.ipxe")).unwrap();
        assert_eq!(arguments(&Script::read(&text).unwrap()), format!("p={secret}"));
    }
    for secret in ["${x}", "a${", "", "a\tb", "a\nb", "a\u{1b}b"] {
        let folder = folder(entry, &[("s", secret)]);
        let ran = run_in(folder.path(), &["check"]).ended(1);
        assert!(secret.is_empty() || !ran.stderr.contains(secret), "{}", ran.stderr);
    }
}

/// A file without placeholders is published byte for byte.
#[test]
fn a_file_of_the_users_is_left_as_it_is() {
    for text in [
        "awk '{print $1}' ${x:-{}} %{host} {{ ip }} {\"a\": {\"b\": 1}}\r\n",
        "{",
        "}",
        "{{",
        "}}",
        "{}",
        "no end of line",
        "日本 {é}\n\n\n",
        "",
        "# {Host} {HTTP} {var} {var.} {files }\n",
    ] {
        let folder = folder("kind: debian_installer, preseed: { source: a.cfg }", &[("a.cfg", text)]);
        let (out, _) = rendered(folder.path());
        let published = fs::read_to_string(out.path().join("boot/srv/tftp/ipxegen/e/preseed.cfg")).unwrap();
        assert_eq!(published, text);
    }
}

/// Random files around placeholders: placeholders are filled, doubled braces become braces, and all other bytes stay.
#[test]
fn placeholders_are_filled_and_nothing_else_is() {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "$",
        "%",
        "{dir}",
        "{{dir}}",
        "{nfs}",
        "dir",
        "{x}",
        "{print $1}",
        "\n",
        " ",
        "é",
        "{{",
        "}}",
    ];
    struct Known;
    impl ipxegen::model::Placeholders for Known {
        fn get(&self, name: &str) -> Option<Cow<'_, str>> {
            ["dir", "nfs"].contains(&name).then(|| format!("<{name}>").into())
        }
        fn names(&self) -> Vec<&str> {
            vec!["dir", "nfs"]
        }
    }
    let mut state = 7_u64;
    let mut next = |below: usize| {
        // A generator of Knuth's: the same files every time.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..20_000 {
        let text: String = (0..next(12)).map(|_| PIECES[next(PIECES.len())]).collect();
        let filled = ipxegen::model::fill_file(&text, &Known).unwrap();
        if !text.contains("{dir}") && !text.contains("{nfs}") {
            assert_eq!(filled, text);
        }
        // Nothing but braces around our words ever goes.
        let bare = |text: &str| text.replace("<dir>", "dir").replace("<nfs>", "nfs").replace(['{', '}'], "");
        assert_eq!(bare(&filled), bare(&text), "{text}");
    }
}

/// The lines of the French page in docs/seeds.md (286 to 288 and 480 to 490 of it), argument by argument.
#[test]
fn casper_says_what_the_seed_says() {
    let script =
        fs::read_to_string(package().join("tests/cases/installers/rendered/boot/var/www/html/install.ipxe"))
            .unwrap();
    let of = |id: &str| {
        let (_, rest) = script.split_once(&format!("\n:{id}\n")).unwrap();
        let line = rest.lines().next().unwrap();
        let words =
            line.split(" || ").next().unwrap().split(' ').skip_while(|word| !word.starts_with("root="));
        words.filter(|word| !word.starts_with("nfsroot=")).collect::<Vec<_>>().join(" ")
    };
    let masks = "systemd.mask=dev-hugepages.mount systemd.mask=dev-mqueue.mount \
                 systemd.mask=sys-fs-fuse-connections.mount systemd.mask=sys-kernel-config.mount \
                 systemd.mask=sys-kernel-debug.mount systemd.mask=tmp.mount toram";
    let root = "root=/dev/nfs boot=casper netboot=nfs ip=dhcp";
    assert_eq!(of("ubuntu-18-1"), format!("{root} systemd.mask=tmp.mount ---"));
    assert_eq!(of("ubuntu-18-2"), format!("{root} {masks} ---"));
    assert_eq!(of("ubuntu-18-3"), format!("{root} ---"));
    let skipping = "root=/dev/nfs boot=casper fsck.mode=skip netboot=nfs ip=dhcp locale=fr_FR.UTF-8 ---";
    assert_eq!(of("ubuntu-20"), skipping);
}

/// The kernel's arguments of an entry, and the derived exports.
fn booted(entry: &str) -> (String, String) {
    let folder = folder(entry, &[]);
    let (out, _) = rendered(folder.path());
    let script = fs::read_to_string(out.path().join("boot/var/www/html/install.ipxe")).unwrap();
    let exports = fs::read_to_string(out.path().join("boot/etc/exports")).unwrap_or_default();
    let told = arguments(&Script::read(&script).unwrap());
    let told = told.split(' ').filter(|word| !word.starts_with("initrd=")).collect::<Vec<_>>().join(" ");
    (told, exports)
}

/// An argument in `cmdline` replaces the same argument of the kind, in every kind and at any position in an item.
#[test]
fn an_argument_of_the_site_replaces_ours() {
    let nfs = "10.0.0.200:/srv/tftp/d";
    let web = "http://10.0.0.200/tftpboot";
    for (entry, expected) in [
        (
            "kind: casper, dir: d, cmdline: ['quiet ip=:::::eth1:dhcp root=/dev/nfs4']",
            format!("boot=casper netboot=nfs nfsroot={nfs} quiet ip=:::::eth1:dhcp root=/dev/nfs4 ---"),
        ),
        (
            "kind: casper, dir: d, release: 18.04.1, cmdline: [systemd.mask=x.mount, boot=casper]",
            format!(
                "root=/dev/nfs netboot=nfs nfsroot={nfs} ip=dhcp systemd.mask=tmp.mount systemd.mask=x.mount \
                 boot=casper ---"
            ),
        ),
        (
            "kind: casper, dir: d, release: 20.04, cmdline: fsck.mode=force --- console=ttyS0",
            format!(
                "root=/dev/nfs boot=casper netboot=nfs nfsroot={nfs} ip=dhcp fsck.mode=force --- console=ttyS0"
            ),
        ),
        // Arguments for the installed system do not replace those that the installer needs.
        (
            "kind: subiquity, dir: d, cmdline: --- ip=dhcp",
            format!("root=/dev/nfs boot=casper netboot=nfs nfsroot={nfs} ip=dhcp --- ip=dhcp"),
        ),
        (
            "kind: subiquity, dir: d, iso: u.iso, autoinstall: http://h/, cmdline: \
             ['autoinstall cloud-config-url=http://h/c', 'url=http://h/u.iso']",
            "boot=casper ip=dhcp ds=nocloud-net;s=http://h/ autoinstall cloud-config-url=http://h/c \
             url=http://h/u.iso ---"
                .to_owned(),
        ),
        (
            "kind: live_boot, dir: d, cmdline: [components=locales boot=live]",
            format!("netboot=nfs nfsroot={nfs} components=locales boot=live"),
        ),
        (
            "kind: live_boot, dir: d, cmdline: nocomponents",
            format!("boot=live netboot=nfs nfsroot={nfs} nocomponents"),
        ),
        (
            "kind: live_boot, dir: d, root_over: http, cmdline: [fetch=http://h/x.squashfs]",
            "boot=live components fetch=http://h/x.squashfs".to_owned(),
        ),
        (
            "kind: debian_installer, dir: d, preseed: p, cmdline: [interface=eth1 DEBIAN_FRONTEND=text]",
            format!("auto=true priority=critical url={web}/d/p interface=eth1 DEBIAN_FRONTEND=text"),
        ),
        (
            "kind: anaconda, dir: d, iso: r/r.iso, cmdline: [inst.text inst.repo=http://h/os]",
            "inst.text inst.repo=http://h/os".to_owned(),
        ),
        (
            "kind: autoyast, dir: d, cmdline: ['textmode=1 install=http://h/os']",
            "textmode=1 install=http://h/os".to_owned(),
        ),
        (
            "kind: nfs_root, dir: d, path: /srv/r, cmdline: [rw ip=:::::eth1:dhcp]",
            "root=/dev/nfs nfsroot=10.0.0.200:/srv/r rw ip=:::::eth1:dhcp".to_owned(),
        ),
        (
            "kind: nfs_root, dir: d, path: /srv/r, cmdline: ['root=nfs:10.0.0.9:/r']",
            "nfsroot=10.0.0.200:/srv/r ip=dhcp root=nfs:10.0.0.9:/r".to_owned(),
        ),
    ] {
        assert_eq!(booted(entry).0, expected, "{entry}");
    }
}

/// A folder is not exported if `cmdline` names another root.
#[test]
fn a_root_of_the_site_needs_no_export() {
    for entry in [
        "kind: casper, dir: d, cmdline: [nfsroot=10.0.0.9:/r]",
        "kind: subiquity, dir: d, cmdline: [url=http://h/u.iso]",
        "kind: live_boot, dir: d, cmdline: [nfsroot=10.0.0.9:/r]",
        "kind: live_boot, dir: d, cmdline: [httpfs=http://h/x.squashfs]",
        "kind: nfs_root, dir: d, path: /srv/r, cmdline: [nfsroot=10.0.0.9:/r]",
        "kind: nfs_root, dir: d, path: /srv/r, cmdline: ['root=nfs:10.0.0.9:/r']",
        "kind: anaconda, dir: d, iso: r/r.iso, cmdline: [inst.repo=http://h/os]",
    ] {
        assert_eq!(booted(entry).1, "", "{entry}");
    }
    assert!(booted("kind: casper, dir: d, cmdline: [ip=dhcp]").1.contains("/srv/tftp/d"));
}

/// An answer file in both a key and `cmdline` is an error: the installer would read only one of them.
#[test]
fn answers_are_named_once() {
    for entry in [
        "kind: debian_installer, dir: d, preseed: p, cmdline: 'quiet url=http://h/p'",
        "kind: debian_installer, dir: d, preseed: p, cmdline: preseed/url=http://h/p",
        "kind: subiquity, dir: d, autoinstall: s/, cmdline: ds=nocloud;s=http://h/",
        "kind: anaconda, dir: d, kickstart: k, cmdline: inst.ks=http://h/k",
        "kind: autoyast, dir: d, profile: a, cmdline: autoyast=http://h/a",
    ] {
        let folder = folder(entry, &[]);
        let said = run_in(folder.path(), &["check"]).ended(1).stdout;
        assert!(said.contains("is written as well as"), "{entry}: {said}");
    }
}

/// A published file is the same for all machines, so a variable in it that a subnet changes is an error. A script that
/// iPXE reads gets such a variable by DHCP.
#[test]
fn a_variable_that_only_a_file_uses_is_not_forgotten() {
    let site = |entry: &str, file: &str| {
        let folder = folder(entry, &[("f", file)]);
        let path = folder.path().join("site.yaml");
        let site = fs::read_to_string(&path).unwrap();
        let site = site.replace("10.0.0.199 }", "10.0.0.199, routers: 10.0.0.1, vars: { mirror: near } }");
        fs::write(path, format!("{site}vars: {{ mirror: far }}\n")).unwrap();
        folder
    };
    let installer = "kind: debian_installer, dir: d, preseed: { source: f }";
    let folder = site(installer, "d-i mirror/http/hostname string {var.mirror}\n");
    let said = run_in(folder.path(), &["check"]).ended(1).stdout;
    assert!(said.contains("f uses a variable that is not the same everywhere"), "{said}");
    run_in(site(installer, "d-i mirror/http/hostname string x\n").path(), &["check"]).ended(0);
    let folder = site("kind: chain, url: { source: f }", "#!ipxe\necho {var.mirror}\n");
    let (out, _) = rendered(folder.path());
    let read = |path: &str| fs::read_to_string(out.path().join("boot").join(path)).unwrap();
    assert!(read("etc/dhcp/dhcpd.conf").contains("\"near\""));
    assert!(read("var/www/html/install.ipxe").contains("set ipxegen.var.mirror far"));
}
