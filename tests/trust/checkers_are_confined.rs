use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::folders::SITE as SMALL;
use crate::apply::{Machine, able};
use crate::diff::{Home, SITE};
use crate::support::{require, require_root};

/// A folder that everybody may write to, outside of /tmp, which checkers do not see. The repository may be below it.
fn open_folder() -> tempfile::TempDir {
    let folder = tempfile::TempDir::new_in("/var/tmp").unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    folder
}

fn check(site: &str) -> String {
    let home = Home::new(&format!("{SMALL}{site}\n"));
    let run = home.run("check --daemons");
    assert!(run.code == Some(1), "{site}: {}{}", run.out, run.err);
    format!("{}{}", run.out, run.err)
}

#[test]
fn the_real_checkers_write_nothing_for_the_site() {
    if !(require_root() && require("nginx") && require("unshare")) {
        return;
    }
    let folder = open_folder();
    let at = folder.path().display();
    for raw in [
        format!("raw: {{ nginx: \"access_log {at}/log;\" }}"),
        format!("raw: {{ nginx: \"error_log {at}/log;\" }}"),
        format!("raw: {{ nginx: \"client_body_temp_path {at}/temp;\" }}"),
    ] {
        let said = check(&format!("{raw}\nhttp: {{ daemon: nginx }}"));
        assert!(said.contains("Read-only file system"), "{said}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    // A checker that writes logs gets a folder for them, which ends with the checker.
    let log = Path::new("/var/log/nginx/ipxegen-test.log");
    let home = Home::new(&format!(
        "{SMALL}raw: {{ nginx: \"access_log {};\" }}\nhttp: {{ daemon: nginx }}\n",
        log.display()
    ));
    home.run("check --strict --daemons").ends(0);
    assert!(!log.exists());
}

/// A file that only root reads, and the environment of ipxegen.
#[test]
fn the_real_checkers_read_nothing_for_the_site() {
    if !(require_root() && require("nginx") && require("apache2") && require("dhcpd") && require("tgt-admin"))
    {
        return;
    }
    let folder = open_folder();
    let secret = folder.path().join("secret");
    fs::write(&secret, "geheim geheim;\n").unwrap();
    fs::set_permissions(&secret, Permissions::from_mode(0o600)).unwrap();
    let secret = secret.display();
    let disk = "hosts: { pc: { mac: 52:54:00:00:00:01, ip: 10.0.0.5, root_path: { iscsi: { target: \
                \"iqn.2020-01.lan.lab:a\", store: { block: /dev/a } } } } }\niscsi: { server: boot, daemon: tgt }";
    for site in [
        format!("raw: {{ nginx: \"include {secret};\" }}\nhttp: {{ daemon: nginx }}"),
        format!("raw: {{ apache: \"Include {secret}\" }}\nhttp: {{ daemon: apache }}"),
        format!("raw: {{ dhcpd: 'include \"{secret}\";' }}"),
        format!("raw: {{ tgt: \"include {secret}\" }}\n{disk}"),
    ] {
        let said = check(&site);
        assert!(said.contains("ermission denied"), "{site}: {said}");
        assert!(!said.contains("geheim"), "{site}: {said}");
    }
    // nginx says `TEXT in FILE:LINE`, and TEXT may be the site's: that file is not shown either.
    let said =
        check(&format!("raw: {{ nginx: \"\\\"x in {secret}:1\\n\\\" y;\" }}\nhttp: {{ daemon: nginx }}"));
    assert!(!said.contains("geheim"), "{said}");

    let home = Home::new(&format!(
        "{SMALL}raw: {{ apache: \"NoSuch ${{SECRET}}\\n${{SECRET}} x\" }}\nhttp: {{ daemon: apache }}\n"
    ));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    let output =
        command.args(["check", "--daemons"]).current_dir(home.dir.path()).env("SECRET", "geheim").output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!said.contains("geheim"), "{said}");
}

/// tgt-admin passes what it reads to shells, also when it only checks.
#[test]
fn a_shell_in_a_checker_has_no_rights() {
    if !(require_root() && require("tgt-admin")) {
        return;
    }
    let folder = open_folder();
    let (mark, at) = (folder.path().join("mark"), folder.path().display());
    let site = format!(
        "{SMALL}raw: {{ tgt: \"<target iqn.2020-01.lan.lab:x>\\n  direct-store /dev/$(touch {at}/mark)\\n</target>\" }}\n\
         hosts: {{ pc: {{ mac: 52:54:00:00:00:01, ip: 10.0.0.5, root_path: {{ iscsi: {{ target: \
         \"iqn.2020-01.lan.lab:a\", store: {{ block: /dev/a }} }} }} }} }}\niscsi: {{ server: boot, daemon: tgt }}\n"
    );
    let run = Home::new(&site).run("check --daemons");
    assert!(!mark.exists(), "{}{}", run.out, run.err);
}

/// A stand-in for dhcpd that tries everything that a checker must not be able to do, and reports its successes.
const PRYING_DHCPD: &str = r#"#!/bin/sh
could() { echo "could $1" >&2; }
for file; do :; done
grep -q '^subnet' "$file" && could read-the-staged-file
staged=${file%/files/*}
(: >"$staged/work/x") 2>/dev/null && could write-to-its-own-folder
(: >>"$file") 2>/dev/null && could change-the-staged-file
for folder in / /srv/open /tmp /var/tmp /dev /dev/shm /run /run/stand-in "$staged" "$staged/files" /proc /sys; do
    (: >"$folder/pried") 2>/dev/null && could "write-to-$folder"
done
cat /etc/shadow >/dev/null 2>&1 && could read-shadow
grep -qs geheim /proc/[0-9]*/environ && could read-an-environment
[ -n "${SECRET-}" ] && could see-the-environment
[ "$(grep -c : /proc/net/dev)" -gt 1 ] && could see-network-cards
[ -e /proc/self/fd/12 ] && could use-an-open-file
[ "$(id -u)" = 0 ] && could be-root
grep -q '^Cap\(Prm\|Eff\|Bnd\|Amb\):.*[1-9a-f]' /proc/self/status && could use-rights-of-root
mount -t tmpfs tmpfs /mnt 2>/dev/null && could mount
kill -0 -1 2>/dev/null && could signal-others
exit 1
"#;

#[test]
fn a_checker_can_do_nothing_but_read_and_say() {
    if !able() {
        return;
    }
    let machine = Machine::new(SITE);
    machine.stand_in("dhcpd", PRYING_DHCPD);
    machine.sh("mkdir /srv/open; chmod 777 /srv/open; chmod 1777 /var/tmp");
    let mut run = machine.server.space.command("bash");
    run.args([
        "-c",
        "exec 12</etc/shadow; exec env \"$@\"",
        "bash",
        "SECRET=geheim",
        "PATH=/run/stand-in:/usr/sbin:/usr/bin:/sbin:/bin",
        "/run/ipxegen",
        "check",
    ]);
    let output = run.args(["--daemons", "--format", "short", "/tmp/site.yaml"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let could: Vec<&str> =
        said.split("could ").skip(1).map(|rest| rest.split([';', '\n']).next().unwrap()).collect();
    assert_eq!(could, ["read-the-staged-file", "write-to-its-own-folder"], "{said}");
    let left = machine.sh("find / -xdev -name pried -o -name 'ipxegen-check*'");
    assert_eq!(left, "");
}

/// A stand-in for dhcpd that tries to reach services of the machine, and to fill its disk and its memory.
const LOUD_DHCPD: &str = r#"#!/bin/sh
could() { echo "could $1" >&2; }
for file; do :; done
work=${file%/files/*}/work
python3 - 2>/dev/null <<'END' && could talk-to-a-service
import socket, sys
for path in ["/run/sockets/a b", "/srv/socket"]:
    client = socket.socket(socket.AF_UNIX)
    try:
        client.connect(path)
        sys.exit(0)
    except OSError as error:
        assert error.errno == 111, error
sys.exit(1)
END
for name in a b c; do head -c 60000000 /dev/zero >"$work/$name" 2>/dev/null; done
[ "$(du -sm "$work" | cut -f1)" -gt 70 ] && could fill-the-disk
[ "$(cat /proc/self/oom_score_adj)" = 1000 ] || could have-others-killed-for-memory
[ "$(prlimit --nproc --output SOFT --noheadings | tr -d " ")" = 4096 ] || could start-processes-without-limit
could end
exit 1
"#;

#[test]
fn a_checker_reaches_no_service_and_fills_no_disk() {
    if !(able() && require("python3")) {
        return;
    }
    let machine = Machine::new(SITE);
    machine.stand_in("dhcpd", LOUD_DHCPD);
    machine.server.write(
        "/run/listen",
        b"import os, socket, time\n\
          all = [socket.socket(socket.AF_UNIX) for path in (1, 2)]\n\
          os.makedirs('/run/sockets')\n\
          for one, path in zip(all, ['/run/sockets/a b', '/srv/socket']):\n    \
              one.bind(path), os.chmod(path, 0o777), one.listen()\n\
          open('/run/listens', 'w').close()\n\
          time.sleep(100000)\n",
    );
    machine.sh("python3 /run/listen >/dev/null 2>&1 & until [ -e /run/listens ]; do sleep 0.01; done");
    // The test's own programs reach both.
    for path in ["/run/sockets/a b", "/srv/socket"] {
        machine.sh(&format!("python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect(\"{path}\")'"));
    }
    let said = machine.run("check --daemons --format short /tmp/site.yaml").out;
    let could: Vec<&str> =
        said.split("could ").skip(1).map(|rest| rest.split([';', '\n']).next().unwrap()).collect();
    assert_eq!(could, ["end"], "{said}");
}

/// Without root a checker has the rights of the user, and still starts no program of the site: dhcpd evaluates
/// `execute` of the global scope for `-t`, and dnsmasq runs `conf-script` of included files, too.
#[test]
fn the_real_checkers_run_nothing_for_the_site() {
    if !(require_root() && require("setpriv")) {
        return;
    }
    let folder = open_folder();
    let at = folder.path().display();
    let script = folder.path().join("script");
    fs::write(&script, format!("#!/bin/sh\n: >{at}/mark\necho no-ping\n")).unwrap();
    fs::set_permissions(&script, Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("x.conf"), format!("conf-script={at}/script\n")).unwrap();
    fs::write(folder.path().join("dhcpd.inc"), format!("execute(\"{at}/script\");\n")).unwrap();
    for (program, raw) in [
        ("dhcpd", format!("raw: {{ dhcpd: 'execute(\"{at}/script\");' }}")),
        ("dhcpd", format!("raw: {{ dhcpd: 'include \"{at}/dhcpd.inc\";' }}")),
        ("dnsmasq", format!("raw: {{ dnsmasq: 'conf-file={at}/x.conf' }}\ndhcp: {{ daemon: dnsmasq }}")),
    ] {
        if !require(program) {
            continue;
        }
        let home = Home::new(&format!("{SMALL}{raw}\n"));
        for name in ["", "site.yaml"] {
            fs::set_permissions(home.path(name), Permissions::from_mode(0o755)).unwrap();
        }
        let output = std::process::Command::new("setpriv")
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_ipxegen")])
            .args(["check", "--daemons"])
            .current_dir(home.dir.path())
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|code| code < 2), "{raw}: {said}");
        assert!(!said.contains("not installed"), "{raw}: {said}");
        assert!(!folder.path().join("mark").exists(), "{raw}: {said}");
    }
}
