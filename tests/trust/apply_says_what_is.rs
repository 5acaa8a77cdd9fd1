use super::reloads::applied;
use crate::apply::able;
use crate::diff::SITE;
use crate::support::require;

const SMB: &str = "smb: { config_file: /etc/samba/ipxegen.conf, shares: { iso: { path: /srv/iso } } }\n";

/// A stand-in for systemctl: a daemon named in /run/units fails, either with the files of a card eth7 or always.
const SYSTEMCTL: &str = r#"#!/bin/sh
echo "$*" >>/run/asked
case "$1" in
    show) echo loaded ;;
    restart|reload|start)
        if grep -qsx "always $2" /run/units; then echo "$2 is broken" >&2; exit 1; fi
        if grep -qsx "new $2" /run/units && grep -q eth7 /etc/default/isc-dhcp-server; then exit 1; fi ;;
esac
"#;

/// If a daemon fails that is not the last to be reloaded, all daemons get the old files again.
#[test]
fn after_a_reload_that_failed_every_daemon_is_told_again() {
    if !able() || !require("exportfs") {
        return;
    }
    let machine = applied(&format!("{SITE}{SMB}"), SYSTEMCTL);

    let new = format!("{SITE}{SMB}tftp: {{ options: [--secure, --blocksize, \"1400\"] }}\n")
        .replace("[eth0]", "[eth7]")
        .replace("iso: { path: /srv/iso }", "iso: { path: /srv/new }");
    machine.site(&new);
    machine.sh("echo 'new smbd' >/run/units; : >/run/asked");
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0").ends(2);
    let said = "smbd did not reload; the old files are back, and the daemons run with them:\n\
                isc-dhcp-server: restart\nsmbd: reload\ntftpd-hpa: restart\n";
    assert!(run.err.contains(said), "{}", run.err);
    let asked = machine.sh("grep -E '^(restart|reload) ' /run/asked");
    assert_eq!(
        asked,
        "restart isc-dhcp-server\nreload smbd\nrestart isc-dhcp-server\nreload smbd\nrestart tftpd-hpa\n"
    );
    machine.sh("grep eth0 /etc/default/isc-dhcp-server; grep /srv/iso /etc/samba/ipxegen.conf; ! test -e /var/lib/ipxegen/reload.json");

    // One that fails with the old files, too, ends nothing: the others are told, and it is kept in mind.
    machine.sh("echo 'always isc-dhcp-server' >/run/units; : >/run/asked");
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0").ends(2);
    let said = "isc-dhcp-server did not restart: isc-dhcp-server is broken; the old files are back, and not every \
                daemon runs with them:\nisc-dhcp-server did not restart: isc-dhcp-server is broken\nsmbd: reload\n\
                tftpd-hpa: restart\n";
    assert!(run.err.contains(said), "{}", run.err);
    machine
        .sh("grep eth0 /etc/default/isc-dhcp-server; grep -q isc-dhcp-server /var/lib/ipxegen/reload.json");
    machine.sh("! grep -q smbd /var/lib/ipxegen/reload.json");
}

/// If a step after the exchange fails, the message says that the new files are in place.
#[test]
fn a_step_that_fails_after_the_exchange_names_the_new_files() {
    if !able() {
        return;
    }
    let machine = applied(SITE, SYSTEMCTL);
    // While the daemons reload, the folder of the generations is replaced by a file.
    let breaks = SYSTEMCTL.replace(
        "restart|reload|start)",
        "restart|reload|start) cd /var/lib/ipxegen; test -d away || mv generations away; : >generations;",
    );
    machine.stand_in("systemctl", &breaks);
    machine.site(&SITE.replace("10.0.0.11", "10.0.0.21"));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0").ends(2);
    assert!(run.err.contains("generation 2 is in place, and the daemons run with it, but"), "{}", run.err);
    assert!(!run.err.contains("old files"), "{}", run.err);
    machine
        .sh("grep 10.0.0.21 /etc/dhcp/dhcpd.conf; cd /var/lib/ipxegen; rm generations; mv away generations");
    let run = machine.run("recover").ends(0);
    assert!(run.out.contains("they are generation 2"), "{}", run.out);
    assert_eq!(machine.run("recover").ends(0).out, "nothing to repair\n");
    assert!(machine.sh("/run/ipxegen history").contains("*    2 "));
}
