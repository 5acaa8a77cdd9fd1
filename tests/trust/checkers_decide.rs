use std::fs;

use super::folders::SITE as SMALL;
use crate::apply::{Machine, able};
use crate::diff::{Home, SITE};
use crate::support::{require, require_root};

/// The file is neither checked nor applied, whatever text the site makes the checker repeat.
#[test]
fn what_a_checker_refuses_is_refused_whatever_it_quotes() {
    if !(require("dhcpd")
        && require("nginx")
        && require("apache2")
        && require("testparm")
        && require("tgt-admin"))
    {
        return;
    }
    for (name, raw) in [
        ("dhcpd", r#"raw: { dhcpd: "nonsense \"Permission denied\";" }"#),
        ("dhcpd", r#"raw: { dhcpd: "Can't open /etc/dhcp/dhcpd.conf: Permission denied\nexiting.\n;" }"#),
        (
            "dhcpd",
            "raw: { dhcpd: \"Can't open /tmp/ipxegen-check-x/files/boot/etc/dhcp/dhcpd.conf: Permission denied\\n;\" }",
        ),
        ("dhcpd", r#"raw: { dhcpd: "include \"/nowhere/Permission denied\";" }"#),
        (
            "nginx",
            "raw: { nginx: '\"x\n2026/01/01 00:00:00 [emerg] 1#1: open() \\\"/tmp/nginx.conf\\\" failed (13: Permission denied)\n\" y;' }\n\
             http: { daemon: nginx }",
        ),
        ("apache", "raw: { apache: 'NoSuch \"Permission denied\"' }\nhttp: { daemon: apache }"),
        (
            "samba",
            "smb: { shares: { iso: { path: /srv/iso, raw: { smb: \"guest ok = Permission denied\" } } } }",
        ),
    ] {
        let home = Home::new(&format!("{SMALL}{raw}\n"));
        fs::create_dir(home.path("root")).unwrap();
        let run = home.run("check --strict --daemons").ends(1);
        assert!(run.out.contains("error[daemon]: "), "{name}: {raw}\n{}{}", run.out, run.err);
        let run = home.run("apply --strict --yes --root root").ends(1);
        assert!(run.err.contains("error[daemon]: "), "{name}: {raw}\n{}", run.err);
        assert_eq!(fs::read_dir(home.path("root")).unwrap().count(), 0, "{name}: {raw}");
        // Only who names the daemon goes on, and is told so.
        let run = home.run(&format!("apply --yes --root root --unchecked {name}")).ends(0);
        assert!(run.err.contains(&format!("was not checked: --unchecked {name}\n")), "{}", run.err);
    }
}

/// A stand-in for dhcpd under AppArmor, which this machine may not have: it reads only the paths that dhcpd's profile in
/// Debian and Ubuntu allows, and otherwise prints dhcpd's own message.
const CONFINED_DHCPD: &str = r#"#!/bin/sh
for file; do :; done
case $file in
    /etc/dhcp/*) exec /usr/sbin/dhcpd "$@" ;;
esac
cat >&2 <<END
Internet Systems Consortium DHCP Server 4.4.3-P1
For info, please visit https://www.isc.org/software/dhcp/
Can't open $file: Permission denied

exiting.
END
exit 1
"#;

#[test]
fn a_checker_that_may_not_read_stops_apply() {
    if !able() {
        return;
    }
    let machine = Machine::new(SITE);
    machine.stand_in("dhcpd", CONFINED_DHCPD);
    for line in ["check --daemons /tmp/site.yaml", "apply /tmp/site.yaml --yes --adopt"] {
        let run = machine.run(line).ends(1);
        let said = format!("{}{}", run.out, run.err);
        assert!(said.contains("error[unchecked]: dhcpd may not read the staged file"), "{said}");
        assert!(said.contains("boot/etc/dhcp/dhcpd.conf was not checked"), "{said}");
        assert!(said.contains("--unchecked dhcpd goes on without this check"), "{said}");
    }
    machine.sh("! test -e /etc/dhcp/dhcpd.conf; ! test -e /var/lib/ipxegen");
    let run = machine.run("apply /tmp/site.yaml --yes --adopt --unchecked dhcpd").ends(0);
    assert!(run.err.contains("boot/etc/dhcp/dhcpd.conf was not checked: --unchecked dhcpd"), "{}", run.err);
    machine.sh("test -e /etc/dhcp/dhcpd.conf");
}

/// A checker that cannot be confined does not run as root, and `apply` stops.
#[test]
fn without_a_sandbox_nothing_is_checked_nor_applied() {
    if !able() {
        return;
    }
    let machine = Machine::new(SITE);
    // Not util-linux's: as in a container that may not make namespaces.
    machine.stand_in(
        "unshare",
        "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n",
    );
    machine.sh("mount --bind /run/stand-in/unshare /usr/bin/unshare");
    let run = machine.run("apply /tmp/site.yaml --yes --adopt").ends(1);
    assert!(run.err.contains("error[unchecked]: dhcpd cannot be confined here"), "{}", run.err);
    assert!(run.err.contains("unshare failed: Operation not permitted"), "{}", run.err);
    machine.sh("! test -e /etc/dhcp/dhcpd.conf");
    let all = "--unchecked dhcpd --unchecked defaults";
    machine.run(&format!("apply /tmp/site.yaml --yes --adopt {all}")).ends(0);
}

/// No file can break a daemon that is not installed: `apply` names it and goes on.
#[test]
fn a_checker_that_is_not_installed_is_named() {
    if !(able() && require_root()) {
        return;
    }
    let machine = Machine::new(SITE);
    machine.sh("mount -t tmpfs tmpfs /usr/sbin");
    let run = machine.run("apply /tmp/site.yaml --yes --adopt").ends(0);
    assert!(
        run.err.contains("dhcpd is not installed: boot/etc/dhcp/dhcpd.conf was not checked"),
        "{}",
        run.err
    );
    let run = machine.run("apply /tmp/site.yaml --yes --unchecked dchpd").ends(2);
    assert!(run.err.contains("invalid value 'dchpd'") && run.err.contains("'dhcpd'"), "{}", run.err);
}
