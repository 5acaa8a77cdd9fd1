//! The real programs read our quoted texts back.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output};

use ipxegen::dialects::{Dialect, comment, defaults, dhcpd, exports, smb, tmpfiles};
use tempfile::{TempDir, tempdir};

use crate::support::require;

/// Text that a daemon may read differently.
const NASTY: [&str; 24] = [
    "plain",
    "a b",
    "a  b",
    " a ",
    "a\"b",
    "a'b",
    "a\\b",
    "a\\",
    "a\\040b",
    "\\134040",
    "a#b",
    "#a",
    "a;b",
    "x; } }",
    "{",
    "a\nb",
    "a\tb",
    "$(id)",
    "${x}",
    "`id`",
    "100%n",
    "日本",
    "\u{202e}rtl",
    "(rw)",
];

fn output(command: &mut Command) -> (bool, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.success(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

fn dhcpd_accepts(text: &str) -> bool {
    // AppArmor lets dhcpd read only some folders: it gets the file as its standard input.
    let folder = tempdir().unwrap();
    let file = folder.path().join("dhcpd.conf");
    fs::write(&file, text).unwrap();
    let stdin = fs::File::open(&file).unwrap();
    let mut command = Command::new("/usr/sbin/dhcpd");
    command.args(["-t", "-cf", "/dev/stdin"]).stdin(stdin);
    output(&mut command).0
}

#[test]
fn dhcpd_reads_our_strings() {
    if !require("dhcpd") {
        return;
    }
    // `dhcpd -t` says only yes or no. All strings stand in one file: one that ended elsewhere than
    // where we end it would take along what follows, and that is an error.
    let mut text = String::from("option ipxegen-x code 200 = text;\n");
    for nasty in NASTY {
        text += &format!("# {}\n", comment(nasty));
        text += &format!("class {} {{ }}\n", dhcpd::quote(nasty, dhcpd::LONGEST).unwrap());
        text += &format!("option ipxegen-x {};\n", dhcpd::quote(nasty, dhcpd::LONGEST).unwrap());
    }
    for byte in 0..=255_u8 {
        for neighbour in *b"07\"\\x" {
            let literal = dhcpd::quote_bytes(&[byte, neighbour, byte], dhcpd::LONGEST).unwrap();
            text += &format!("option ipxegen-x {literal};\n");
        }
    }
    let longest = dhcpd::quote(&"é".repeat(749), dhcpd::LONGEST).unwrap();
    text += &format!("option ipxegen-x {longest};\nsubnet 10.0.0.0 netmask 255.255.255.0 {{ }}\n");
    assert!(dhcpd_accepts(&text));
    assert_eq!(dhcpd::balanced(&text), Ok(()));
}

#[test]
fn dhcpd_reads_our_names() {
    if !require("dhcpd") {
        return;
    }
    for name in ["pc-1", "a.b_c", "1", "host", "a b", "é", "a..b", "a+b", ".a"] {
        let accepted = dhcpd_accepts(&format!("host {name} {{ hardware ethernet 52:54:00:00:00:01; }}\n"));
        if dhcpd::ident(name).is_ok() {
            assert!(accepted, "{name}");
        }
    }
}

/// dhcpd agrees with our lexer about balanced text: a statement that is an error outside of the block, and the brace
/// after it, are still accepted.
#[test]
fn dhcpd_and_our_lexer_agree() {
    if !require("dhcpd") {
        return;
    }
    for raw in [
        "option host-name \"a }\"; # end }",
        "if option host-name = \"x\\\"{\" { next-server 10.0.0.1; }",
        "option host-name \"\\x7d\\042\";",
        "# nothing",
        "",
    ] {
        assert_eq!(Dialect::Dhcpd.balanced(raw), Ok(()), "{raw}");
        assert!(
            dhcpd_accepts(&format!("group {{\n{raw}\n}}\nsubnet 10.0.0.0 netmask 255.255.255.0 {{ }}\n")),
            "{raw}"
        );
    }
    for raw in
        ["}", "group {", "option host-name \"x;", "option host-name \"ab\\0\";", "option host-name \"x\""]
    {
        assert!(Dialect::Dhcpd.balanced(raw).is_err(), "{raw}");
        assert!(!dhcpd_accepts(&format!("group {{\n{raw}\n}}\n")), "{raw}");
    }
}

#[test]
fn the_shell_reads_our_values() {
    if !require("sh") {
        return;
    }
    let folder = tempdir().unwrap();
    let file = folder.path().join("default");
    for value in NASTY.iter().copied().chain(["/srv/tftp", "--secure", "a:b@c,d+e=f%g^h", "eth0.10"]) {
        let Ok(literal) = defaults::quote(value) else { continue };
        fs::write(&file, format!("# {}\nVAR={literal}\nEND=end\n", comment(&format!("{value}\\")))).unwrap();
        let mut command = Command::new("sh");
        command.arg("-c").arg(". \"$1\"; printf '%s|%s|%s' \"$VAR\" $VAR \"$END\"").arg("sh").arg(&file);
        assert_eq!(output(&mut command), (true, format!("{value}|{value}|end")), "{value}");
    }
}

#[test]
fn samba_reads_our_values() {
    if !require("testparm") {
        return;
    }
    let folder = tempdir().unwrap();
    let file = folder.path().join("smb.conf");
    for text in NASTY.iter().copied().chain(["C:\\x\\y", "a # b ; c", "a=b", "say \"hi\" now"]) {
        let (Ok(value), Ok(section)) = (smb::value(text), smb::section("my share")) else { continue };
        fs::write(
            &file,
            format!(
                "# {}\n[{section}]\npath = /srv/x\ncomment = {value}\n[end]\npath = /srv/y\n",
                comment(text)
            ),
        )
        .unwrap();
        let mut command = Command::new("testparm");
        let (success, said) = output(command.arg("-s").arg(&file));
        assert!(success && said.contains(&format!("\tcomment = {text}\n")), "{text:?}: {said}");
        assert!(said.contains("[my share]\n") && said.contains("[end]\n"), "{text:?}: {said}");
    }
}

fn tmpfiles_link(folder: &TempDir, path: &str, argument: &str) -> (bool, String) {
    let file = folder.path().join("x.conf");
    fs::write(&file, format!("# x\nL+ {path} - - - - {argument}\n")).unwrap();
    let root = folder.path().join("root");
    fs::create_dir_all(root.join("srv")).unwrap();
    let mut command = Command::new("systemd-tmpfiles");
    output(command.arg("--create").arg(format!("--root={}", root.display())).arg(&file))
}

#[test]
fn tmpfiles_makes_our_links() {
    if !require("systemd-tmpfiles") {
        return;
    }
    for name in NASTY {
        let folder = tempdir().unwrap();
        let target = format!("/t/{name}");
        let argument = tmpfiles::argument(&target).unwrap();
        let path = format!("/srv/{name}");
        let Ok(literal) = tmpfiles::path(&path) else {
            assert!(name.contains(char::is_control), "{name:?}");
            continue;
        };
        let (_, said) = tmpfiles_link(&folder, &literal, &argument);
        let link = folder.path().join("root").join(path.trim_start_matches('/'));
        let points = fs::read_link(&link).unwrap_or_else(|error| panic!("{name:?}: {error}: {said}"));
        assert_eq!(points, Path::new(&target), "{name:?}");
    }
    for target in NASTY.iter().copied().chain(["-", "a\nb", " ", "\"a\""]) {
        let folder = tempdir().unwrap();
        let argument = tmpfiles::argument(target).unwrap();
        let (_, said) = tmpfiles_link(&folder, "/srv/link", &argument);
        let points = fs::read_link(folder.path().join("root/srv/link"))
            .unwrap_or_else(|error| panic!("{error}: {said}"));
        assert_eq!(points, Path::new(target), "{argument}");
    }
}

/// `exportfs` has no dry run. It runs in a mount namespace with private `/etc/exports` and `/var/lib/nfs`, and its
/// `etab` shows what it read, again in octal.
#[test]
fn exportfs_reads_our_paths() {
    if !require("exportfs") || !require("unshare") {
        return;
    }
    if !Path::new("/etc/exports").is_file() || !output(Command::new("unshare").args(["-rm", "true"])).0 {
        assert!(std::env::var_os("CI").is_none(), "exportfs needs a namespace of its own in CI");
        println!("skipped: exportfs needs a mount namespace, and an /etc/exports to mount over");
        return;
    }
    let folder = tempdir().unwrap();
    let state = folder.path().join("state");
    fs::create_dir(&state).unwrap();
    let file = folder.path().join("exports");
    let mut text = String::new();
    let mut wanted = Vec::new();
    for (number, name) in NASTY.iter().enumerate() {
        let path = format!("{}/{number}-{name}", folder.path().display());
        fs::create_dir(&path).unwrap();
        let client = exports::client("10.0.0.0/24", &["ro", "no_subtree_check"]).unwrap();
        text += &format!("# {}\n{} {client}\n", comment(name), exports::path(&path).unwrap());
        wanted.push(path);
    }
    fs::write(&file, &text).unwrap();
    assert_eq!(Dialect::Exports.balanced(&text), Ok(()));
    let script = "mount --bind \"$1\" /var/lib/nfs && mount --bind \"$2\" /etc/exports && exportfs -ra";
    let mut command = Command::new("unshare");
    let (_, said) = output(command.args(["-rm", "sh", "-c", script, "sh"]).arg(&state).arg(&file));
    let etab = fs::read(state.join("etab")).unwrap_or_else(|error| panic!("{error}: {said}"));
    let mut read: Vec<_> =
        etab.split(|b| *b == b'\n').filter(|line| !line.is_empty()).map(etab_path).collect();
    read.sort();
    wanted.sort();
    assert_eq!(read, wanted, "{said}");
}

fn etab_path(line: &[u8]) -> String {
    let field = line.split(|b| *b == b'\t').next().unwrap_or_default();
    let mut path = Vec::new();
    let mut rest = field;
    while let Some((&byte, tail)) = rest.split_first() {
        if let ([b'\\', digits @ ..], true) = (rest, rest.len() >= 4) {
            path.push(digits[..3].iter().fold(0, |value: u8, b| value.wrapping_mul(8) + (b - b'0')));
            rest = &rest[4..];
        } else {
            path.push(byte);
            rest = tail;
        }
    }
    OsStr::from_bytes(&path).to_string_lossy().into_owned()
}

/// `systemd-escape` itself names the units.
#[test]
fn systemd_names_our_mount_units() {
    use ipxegen::dialects::systemd;
    if !require("systemd-escape") {
        return;
    }
    for name in NASTY.iter().copied().chain(["a-b c", ".hidden", "é", "a:b_c.d", "100%", "a\\x2db", "-"]) {
        if name.contains(['\0', '/']) {
            continue;
        }
        for path in [format!("/srv/{name}"), format!("/{name}")] {
            let mut command = Command::new("systemd-escape");
            let (ok, said) = output(command.args(["-p", "--suffix=mount", "--"]).arg(&path));
            let Ok(ours) = systemd::mount_unit(&path) else { continue };
            if ok {
                assert_eq!(said.trim_end_matches('\n'), ours, "{path:?}");
            }
        }
    }
}
