//! No command, format or failure shows a secret that the run has read, in any notation.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

use crate::support::program::{Ran, finish, ipxegen};

/// Each key that takes a secret, with its planted value.
const PLANTED: &[(&str, &str)] = &[
    (
        "ipxe.password",
        "ZQipxe%pw \"1\"\\and-so-on-for-many-bytes-0123456789-0123456789-0123456789-0123456789",
    ),
    ("ipxe.reverse_password", "ZQipxe'reverse&2"),
    ("ipxe.password_env", "ZQenv|own<3>"),
    ("chap.password", "ZQchap.own-123"),
    ("reverse_chap.password", "ZQreverse+1234"),
    ("chap.password_env", "ZQchapenv-1234"),
    ("winpe.password", "ZQwin pw%&^('7"),
    ("winpe.password_env", "ZQwinenv%pw!9"),
    ("cmdline.secret", "ZQ#vnc pw;é||x"),
    ("cmdline.secret_env", "ZQrd=env?x \\"),
];

fn planted(name: &str) -> &'static str {
    PLANTED.iter().find(|(planted, _)| *planted == name).unwrap().1
}

/// The words of a site that name a secret, with the word that names its kind in the schema.
const KEYS: &[&str] = &[
    "password_env",
    "password_file",
    "reverse_password_env",
    "reverse_password_file",
    "secret_env",
    "secret_file",
];

const SITE: &str = r#"
servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }
http: { daemon: nginx, group: root }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199 } }
iscsi: { server: boot, daemon: tgt }
ipxe: { username: pc, password_file: secrets/ipxe, reverse_username: server, reverse_password_file: secrets/reverse }
smb: { shares: { win: { path: /srv/win, users: [setup] } } }
hosts:
  a: { mac: "52:54:00:00:00:01", ip: 10.0.0.11, ipxe: { username: own, password_env: IPXEGEN_IPXE_PW } }
  b:
    mac: "52:54:00:00:00:02"
    ip: 10.0.0.12
    root_path:
      iscsi:
        target: "iqn.2020-01.lan:b"
        chap: { user: b, password_file: secrets/chap }
        reverse_chap: { user: t, password_file: secrets/chap2 }
        store: { block: /dev/vg0/b }
  c:
    mac: "52:54:00:00:00:03"
    ip: 10.0.0.13
    root_path: { iscsi: { target: "iqn.2020-01.lan:c", chap: { user: c, password_env: IPXEGEN_CHAP_PW }, store: { block: /dev/vg0/c } } }
boot_entries:
  w: { kind: winpe, label: Windows, over: http, share: win, user: setup, password_file: secrets/win, expose_secret: true }
  v: { kind: winpe, label: Windows, over: http, share: win, user: setup, password_env: IPXEGEN_WIN_PW, expose_secret: true }
  l: { kind: linux, label: Linux, over: http, kernel: k, cmdline: [quiet, { prefix: inst.vncpassword=, secret_file: secrets/vnc }, { secret_env: IPXEGEN_ARG }], expose_secret: true }
"#;

/// A folder with the site and its secrets.
fn folder(site: &str) -> TempDir {
    let folder = tempdir().unwrap();
    fs::create_dir(folder.path().join("secrets")).unwrap();
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    for (file, name) in [
        ("ipxe", "ipxe.password"),
        ("reverse", "ipxe.reverse_password"),
        ("chap", "chap.password"),
        ("chap2", "reverse_chap.password"),
        ("win", "winpe.password"),
        ("vnc", "cmdline.secret"),
    ] {
        let path = folder.path().join("secrets").join(file);
        fs::write(&path, format!("{}\n", planted(name))).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Ran {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = ipxegen();
    command.current_dir(folder).env("PATH", path).args(arguments);
    for (variable, name) in [
        ("IPXEGEN_IPXE_PW", "ipxe.password_env"),
        ("IPXEGEN_CHAP_PW", "chap.password_env"),
        ("IPXEGEN_WIN_PW", "winpe.password_env"),
        ("IPXEGEN_ARG", "cmdline.secret_env"),
    ] {
        command.env(variable, planted(name));
    }
    finish(&mut command, b"")
}

/// The notations in which a text may be written.
fn notations(secret: &str) -> Vec<String> {
    let hex =
        |between: &str| secret.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(between);
    let percent: String = secret
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    let json = serde_json::to_string(secret).unwrap();
    let json = json.trim_matches('"').to_owned();
    let octal: String = secret
        .bytes()
        .map(|byte| match byte {
            b' '..=b'~' if byte != b'"' && byte != b'\\' => char::from(byte).to_string(),
            _ => format!("\\{byte:03o}"),
        })
        .collect();
    vec![
        secret.to_owned(),
        // The first bytes are enough to know it by: no text of ours holds them.
        secret.chars().take(7).collect(),
        hex(""),
        hex(":"),
        hex("").to_uppercase(),
        hex(":").chars().take(21).collect(),
        hex("").chars().take(14).collect(),
        percent,
        serde_json::to_string(&json).unwrap().trim_matches('"').to_owned(),
        json,
        octal,
        secret.replace('%', "%%"),
        secret.replace('\'', "''"),
        secret.replace('%', "%25"),
    ]
}

#[track_caller]
fn shows_none(what: &str, text: &str) {
    for (name, secret) in PLANTED {
        for notation in notations(secret) {
            let at = text.find(&notation);
            let around = at.map(|at| {
                let begin =
                    (0..=at.saturating_sub(80)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
                text[begin..].chars().take(300).collect::<String>()
            });
            assert!(at.is_none(), "{what} shows {name} as {notation:?}: {around:?}");
        }
    }
}

#[track_caller]
fn shows_nothing(what: &str, ran: &Ran) {
    assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.stderr);
    shows_none(what, &ran.stdout);
    shows_none(what, &ran.stderr);
}

/// The names below `properties` of the schema that look like a secret's.
fn secret_keys(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(entries) => {
            for (key, value) in entries {
                if let (true, Value::Object(properties)) = (key == "properties", value) {
                    let names = properties.keys().filter(|name| {
                        ["password", "secret", "token", "passphrase", "credential"]
                            .iter()
                            .any(|word| name.contains(word))
                    });
                    found.extend(names.cloned());
                }
                secret_keys(value, found);
            }
        }
        Value::Array(values) => values.iter().for_each(|value| secret_keys(value, found)),
        _ => {}
    }
}

/// A new key that takes a secret must be planted here.
#[test]
fn every_key_that_takes_a_secret_is_planted() {
    let schema = finish(ipxegen().arg("schema"), b"").ended(0).stdout;
    let mut found = BTreeSet::new();
    secret_keys(&serde_json::from_str(&schema).unwrap(), &mut found);
    // A flag.
    found.remove("expose_secret");
    // Answered by a finding: they only point to the keys that take a file.
    found.retain(|name| !matches!(name.as_str(), "password" | "reverse_password"));
    assert_eq!(found, KEYS.iter().map(|key| (*key).to_owned()).collect::<BTreeSet<_>>());
}

/// The site with all secrets renders, and the secrets are in their files.
fn rendered(folder: &Path) -> PathBuf {
    let ran = run(folder, &["render", "-o", "out"]).ended(0);
    shows_nothing("render", &ran);
    let out = folder.join("out");
    let whole: String = crate::support::program::tree(&out)
        .values()
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned())
        .collect();
    for name in ["ipxe.reverse_password", "chap.password", "reverse_chap.password", "winpe.password_env"] {
        let written = notations(planted(name)).iter().any(|notation| whole.contains(notation));
        assert!(written, "{name} is in no file");
    }
    out
}

#[test]
fn no_command_shows_a_secret() {
    let folder = folder(SITE);
    let folder = folder.path();
    rendered(folder);
    let root = folder.join("root");
    fs::create_dir(&root).unwrap();
    let root = root.to_str().unwrap();
    for arguments in [
        &["check"][..],
        &["check", "--format", "short"],
        &["check", "--format", "json"],
        &["check", "--format", "sarif"],
        &["check", "--format", "github"],
        &["check", "--daemons"],
        &["check", "--daemons", "--format", "json"],
        &["check", "--root", "root"],
        &["show"],
        &["show", "--format", "json"],
        &["inventory"],
        &["trace", "b", "--all", "--as", "efi_x64", "--as", "bios"],
        &["trace", "a", "--format", "json"],
        &["hosts"],
        &["hosts", "--format", "csv"],
        &["hosts", "--format", "json"],
        &["diff", "--against", "out"],
        &["diff", "--against", "out", "--format", "json"],
        &["diff", "--against", "root", "--server", "boot"],
        &["diff", "--against", "root", "--server", "boot", "--format", "json"],
        &["render", "-o", "out", "--check"],
        &["render", "-o", "out2", "--quiet"],
        &["render", "-o", "out2"],
        &["apply", "--root", root],
        &["apply", "--root", root, "--yes"],
        &["apply", "--root", root, "--yes"],
        &["history", "--root", root],
        &["history", "--root", root, "--format", "json"],
        &["render", "--stdout", "/no/such/file"],
        &["explain", "served-secret"],
        // It reads no site: the marks of the files hide their secrets.
        &["rollback", "--root", root, "--yes"],
        &["recover", "--root", root],
    ] {
        let ran = run(folder, arguments);
        assert!(ran.code.is_some(), "{arguments:?}: {}", ran.stderr);
        shows_nothing(&format!("{arguments:?}"), &ran);
    }
    // The one that is asked for the file itself.
    let file = run(folder, &["render", "--stdout", "/etc/tgt/conf.d/ipxegen.conf"]).ended(0);
    assert!(file.stdout.contains(planted("chap.password")), "{}", file.stdout);
    // A machine whose files were changed by hand, with secrets in other places than ours.
    let changed = Path::new(root).join("etc/nginx/sites-available/ipxegen");
    let text = format!("{}# {}\n", fs::read_to_string(&changed).unwrap(), planted("winpe.password"));
    fs::write(&changed, text).unwrap();
    for arguments in [
        &["apply", "--root", root, "--yes"][..],
        &["diff", "--against", "root", "--server", "boot"],
        &["diff", "--against", "root", "--server", "boot", "--format", "json"],
        &["apply", "--root", root, "--yes", "--force"],
        &["history", "--root", root],
    ] {
        let ran = run(folder, arguments);
        shows_nothing(&format!("{arguments:?}, changed by hand"), &ran);
    }
}

/// If the site also has the secret as plain text, every finding and excerpt masks it.
#[test]
fn a_site_that_repeats_a_secret_shows_it_nowhere() {
    let secret = planted("winpe.password_env");
    let quoted = serde_json::to_string(secret).unwrap();
    let vnc = serde_json::to_string(planted("cmdline.secret")).unwrap();
    for wrong in [
        // Unknown keys, values of the wrong kind, names that exist twice.
        format!("vars: {{ note: {quoted}, other: {vnc} }}\nbogus: {quoted}\n"),
        format!("menu: {{ title: {quoted}, timeout: {quoted} }}\n"),
        format!("groups: {{ g: {{ boot: {quoted} }}, h: {{ domain: {vnc} }} }}\n"),
        format!("vars: {{ {quoted}: x, {vnc}: y }}\n"),
        format!("files: [{{ path: {quoted}, template: {vnc} }}]\n"),
        format!("raw: {{ dhcpd: {quoted}, nginx: {vnc}, smb: {quoted} }}\n"),
        format!("vars: {{ note: {quoted} }}\n"),
        format!("dhcp: {{ options: {{ domain-name: {quoted}, x: {vnc} }} }}\n"),
        format!("allow: [{quoted}]\n"),
    ] {
        let folder = folder(&format!("{SITE}{wrong}"));
        for arguments in [
            &["check"][..],
            &["check", "--format", "short"],
            &["check", "--format", "json"],
            &["check", "--format", "sarif"],
            &["check", "--format", "github"],
            &["check", "--daemons"],
            &["show"],
            &["show", "--format", "json"],
            &["inventory"],
            &["hosts"],
            &["hosts", "--format", "csv"],
            &["hosts", "--format", "json"],
            &["render", "-o", "out"],
            &["diff", "--against", "secrets", "--server", "boot"],
            &["diff", "--against", "secrets", "--server", "boot", "--format", "json"],
        ] {
            let ran = run(folder.path(), arguments);
            assert!(ran.code.is_some(), "{arguments:?}");
            // Keys of data are the site's own names.
            let keyed = wrong.starts_with("vars: { \"") && arguments[0] != "check";
            if !keyed {
                shows_nothing(&format!("{arguments:?} with {wrong}"), &ran);
            }
            // Formats for programs are whole all the same.
            if arguments.contains(&"json") && ran.code == Some(0) || arguments.contains(&"sarif") {
                serde_json::from_str::<Value>(&ran.stdout).unwrap();
            }
        }
    }
}

/// A user's template misuses a secret: the failure does not show it.
#[test]
fn failures_of_templates_show_no_secret() {
    let own = |folder: &Path, name: &str, text: &str| {
        let path = folder.join("templates").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let mut refused = 0;
    for value in ["password", "secrets[0]", "secrets"] {
        for wrong in [
            "{{ V }}\n",
            "{{ V | q }}\n",
            "{{ V | arg | upper }}\n",
            "{{ V | int }}\n",
            "{{ V | uri | replace(from=\"Z\", to=\"Y\") }}\n",
            "{{ V | nosuch }}\n",
            "{{ V.x.y }}\n",
            "{{ V + 1 }}\n",
            "{{ throw(message=V) }}\n",
            "{{ throw(message=\"it is \" ~ V) }}\n",
            "{{ [V] | first }}\n",
            "{% if V > 1 %}{% endif %}\n",
            "{% include V %}\n",
            "{{ V | exe | truncate(length=9) }}\n",
            "{{ V | text | json_encode }}\n",
            "{{ get_env(name=V) }}\n",
            "{{ V | date(format=V) }}\n",
            "{{ V | label }}\n",
            "{{ V | url }}\n",
            "{{ \"https://x/\" ~ V | url }}\n",
        ] {
            for file in ["published/startnet.cmd.tera", "published/boot.ipxe.tera"] {
                let folder = folder(SITE);
                own(folder.path(), file, &wrong.replace('V', value));
                let ran = run(folder.path(), &["render", "-o", "out", "--templates", "templates"]);
                shows_nothing(&format!("{file}: {wrong} of {value}"), &ran);
                refused += usize::from(ran.code != Some(0));
                let ran = run(
                    folder.path(),
                    &["diff", "--against", "secrets", "--server", "boot", "--templates", "templates"],
                );
                shows_nothing(&format!("diff with {file}: {wrong} of {value}"), &ran);
            }
        }
    }
    assert!(refused > 60, "only {refused} templates were refused");
}

/// The files for external DHCP servers have option 175 as hexadecimal digits.
#[test]
fn the_files_for_other_dhcp_servers_show_no_secret() {
    let site = format!("{SITE}dhcp: {{ daemon: external }}\n");
    let folder = folder(&site);
    let folder = folder.path();
    let own = folder.join("templates/external_dhcp");
    fs::create_dir_all(&own).unwrap();
    let ran = run(folder, &["render", "-o", "out"]).ended(0);
    shows_nothing("render", &ran);
    for (file, text) in [
        ("windows.ps1.tera", "{% for net in nets %}{{ net.ipxe_hex | nosuch }}{% endfor %}\n"),
        ("windows.ps1.tera", "{% for net in nets %}{{ net.ipxe }}{% endfor %}\n"),
        ("windows.ps1.tera", "{% for net in nets %}{{ throw(message=net.ipxe_hex) }}{% endfor %}\n"),
        ("windows.ps1.tera", "{% for net in nets %}{{ net.ipxe_hex ~ \" \" }}{% endfor %}\n"),
        (
            "windows.ps1.tera",
            "{% for net in nets %}{% for sub in net.ipxe %}{{ sub.hex ~ \" \" }}{% endfor %}{% endfor %}\n",
        ),
        ("windows.ps1.tera", "{% for net in nets %}{{ net.ipxe_hex }}{% endfor %}\n"),
        ("windows.ps1.tera", "{% for net in nets %}{{ net.ipxe_hex | q | upper }}{% endfor %}\n"),
    ] {
        for old in fs::read_dir(&own).unwrap() {
            fs::remove_file(old.unwrap().path()).unwrap();
        }
        fs::write(own.join(file), text).unwrap();
        let ran = run(folder, &["render", "-o", "out", "--templates", "templates"]);
        assert!(ran.code != Some(0), "{file}: {text}: {}{}", ran.stdout, ran.stderr);
        shows_nothing(&format!("{file}: {text}"), &ran);
    }
}

/// A secret that cannot be used is masked, too.
#[test]
fn secrets_that_are_refused_are_not_shown() {
    for text in ["ZQone-line\nZQtwo-lines\n", "ZQ\ttab-tab\n"] {
        let folder = folder(&format!(
            "{SITE}vars: {{ a: ZQone-line, b: ZQtwo-lines, c: \"ZQ\\ttab-tab\" }}\nnope: ZQtwo-lines\n"
        ));
        fs::write(folder.path().join("secrets/win"), text).unwrap();
        let ran = run(folder.path(), &["check"]).ended(1);
        assert!(ran.stdout.contains("error[secret]"), "{}", ran.stdout);
        assert!(!ran.stdout.contains("two-lines") || !text.contains("two-lines"), "{}", ran.stdout);
        shows_nothing("check", &ran);
    }
}

/// Masking ten thousand secrets takes one pass over the output.
#[test]
fn many_secrets_and_much_output() {
    use std::fmt::Write as _;
    let folder = folder("");
    let mut site = String::from(
        "servers: { boot: { ip: 10.0.0.200/8, interfaces: [eth0] } }\nsubnets: { lan: { cidr: 10.0.0.0/8 } }\n\
         iscsi: { server: boot, daemon: tgt }\nhosts:\n",
    );
    for n in 0..10_000_u32 {
        let (high, low) = (n / 250 + 1, n % 250 + 1);
        fs::write(folder.path().join(format!("secrets/{n}")), format!("ZQ.chap.{n:05}\n")).unwrap();
        writeln!(
            site,
            "  h{n}: {{ mac: \"52:54:00:00:{:02x}:{:02x}\", ip: 10.1.{high}.{low}, bogus: ZQ.chap.{n:05}, root_path: {{ iscsi: \
             {{ target: \"iqn.2020-01.lan:h{n}\", chap: {{ user: h, password_file: secrets/{n} }}, store: {{ block: /dev/x{n} }} }} }} }}",
            n / 256,
            n % 256
        )
        .unwrap();
    }
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    for format in ["short", "json", "human"] {
        let ran = run(folder.path(), &["check", "--format", format]).ended(1);
        assert!(ran.stdout.contains("unknown-key") && !ran.stdout.contains("ZQ.chap"), "{format}");
    }
}

/// The places of `raw` for dhcpd: the site, and the file that the text is rendered into.
const RAW_SCOPES: &[(&str, &str)] = &[
    ("raw: { dhcpd: RAW }", "etc/dhcp/dhcpd.conf"),
    ("dhcp: { raw: { dhcpd: RAW } }", "etc/dhcp/dhcpd.conf"),
    (
        "hosts: { h: { mac: \"52:54:00:00:00:09\", ip: 10.0.0.9, raw: { dhcpd: RAW } } }",
        "etc/dhcp/dhcpd.conf",
    ),
    (
        "groups: { g: { raw: { dhcpd: RAW } } }\nhosts: { h: { mac: \"52:54:00:00:00:09\", ip: 10.0.0.9, group: g } }",
        "etc/dhcp/dhcpd.conf",
    ),
    (
        "subnets: { lan: { cidr: 10.0.0.0/24, cidr6: \"2001:db8::/64\", raw: { dhcpd: RAW } } }",
        "etc/dhcp/dhcpd.conf",
    ),
    ("raw: { dhcpd6: RAW }", "etc/dhcp/dhcpd6.conf"),
    ("dhcp: { raw: { dhcpd6: RAW } }", "etc/dhcp/dhcpd6.conf"),
    ("raw: { ipxe_options: RAW }", "etc/dhcp/ipxe.options"),
    ("dhcp: { raw: { ipxe_options: RAW } }", "etc/dhcp/ipxe.options"),
];

/// A key of TSIG or OMAPI in verbatim text makes its file one that only root reads, and no output shows the key.
#[test]
fn a_key_in_raw_is_a_secret() {
    let texts = [
        (
            "key k { algorithm hmac-md5; secret pRP5FapFoJ95+el06s/v4PQ==; }; omapi-key k;",
            "pRP5FapFoJ95+el06s/v4PQ==",
        ),
        ("KEY \"k\" {\n  Algorithm HMAC-SHA256;\n  SECRET \"cWxlaGVpbQ0123==\";\n}\n", "cWxlaGVpbQ0123=="),
        (
            "key k { # secret not-this;\n algorithm hmac-md5; secret # here it is\n  Zm9vYmFyYmF6Zm9v; }",
            "Zm9vYmFyYmF6Zm9v",
        ),
        ("key k{algorithm hmac-md5;secret\"Zm9vYmFyYmF6Zm8v\";}", "Zm9vYmFyYmF6Zm8v"),
        ("option ipxe.Reverse-Password \"raw geheim\";", "raw geheim"),
        ("ldap-password \"ldap-geheim\";", "ldap-geheim"),
    ];
    let none =
        ["option host-name \"secret\";", "# secret abc;\noption domain-name \"x\";", "key-secret yes;"];
    let folder = tempdir().unwrap();
    let write = |scope: &str, text: &str, more: &str| {
        let subnets = "subnets: { lan: { cidr: 10.0.0.0/24, cidr6: \"2001:db8::/64\" } }\n";
        let site = format!(
            "servers: {{ boot: {{ ip: 10.0.0.200/24, ip6: \"2001:db8::200/64\", interfaces: [eth0] }} }}\n{}{}\n{more}",
            if scope.starts_with("subnets") { "" } else { subnets },
            scope.replace("RAW", &serde_json::to_string(text).unwrap())
        );
        fs::write(folder.path().join("site.yaml"), site).unwrap();
    };
    for (scope, file) in RAW_SCOPES {
        for (text, secret) in texts {
            write(scope, text, "");
            let ran = run(folder.path(), &["render", "-o", "out", "--force"]).ended(0);
            let path = folder.path().join("out/boot").join(file);
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640, "{scope}: {text}");
            assert!(fs::read_to_string(&path).unwrap().contains(secret), "{scope}: {text}");
            let mut shown = ran.stdout + &ran.stderr;
            // The key is another one, then none, then the text is wrong.
            write(scope, &text.replace(secret, "bmV1ZXIgU2NobHVlc3Nl"), "");
            let mut ask = |arguments: &[&str]| {
                let ran = run(folder.path(), arguments);
                shown.push_str(&ran.stdout);
                shown.push_str(&ran.stderr);
            };
            ask(&["diff", "--against", "out"]);
            ask(&["diff", "--against", "out", "--format", "json"]);
            ask(&["show"]);
            ask(&["check", "--daemons"]);
            write(scope, "", "");
            ask(&["diff", "--against", "out"]);
            write(scope, text, "bogus: 1\n");
            ask(&["check"]);
            write(scope, &format!("{text} }}"), "");
            ask(&["check"]);
            assert!(shown.contains(&file[9..]) && !shown.contains(secret), "{scope}: {text}: {shown}");
            assert!(!shown.contains("bmV1ZXIgU2NobHVlc3Nl"), "{scope}: {text}: {shown}");
        }
        for text in none {
            write(scope, text, "");
            run(folder.path(), &["render", "-o", "out", "--force"]).ended(0);
            let mode = fs::metadata(folder.path().join("out/boot").join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o644, "{scope}: {text}");
        }
    }
}

/// The same of a target's account in `raw: { tgt: … }`.
#[test]
fn an_account_in_raw_of_tgt_is_a_secret() {
    let folder = folder(&format!(
        "{}raw: {{ tgt: \"<target iqn.2020-01.lan:raw>\\n  IncomingUser u raw-geheim-12\\n</target>\" }}\n",
        SITE.replace(", chap: { user: c, password_env: IPXEGEN_CHAP_PW }", "").replace(
            "        chap: { user: b, password_file: secrets/chap }\n        reverse_chap: { user: t, password_file: secrets/chap2 }\n",
            ""
        )
    ));
    let mut ran = run(folder.path(), &["render", "-o", "out"]).ended(0);
    let path = folder.path().join("out/boot/etc/tgt/conf.d/ipxegen.conf");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("raw-geheim-12"));
    fs::write(&path, text.replace("raw-geheim-12", "alt-geheim-12")).unwrap();
    for arguments in [&["diff", "--against", "out"][..], &["show"], &["check"]] {
        let next = run(folder.path(), arguments);
        ran.stdout += &(next.stdout + &next.stderr);
    }
    assert!(ran.stdout.contains("ipxegen.conf") && !ran.stdout.contains("-geheim-12"), "{}", ran.stdout);
}
