use super::reloads::applied;
use crate::apply::{Machine, able};
use crate::diff::SITE;

/// Stand-ins for dhcpd and systemctl that never end.
const HANGS: &str = "#!/bin/sh\nsleep 100000 &\nwait\n";
const SYSTEMCTL: &str = r#"#!/bin/sh
case "$1" in
    show) echo loaded ;;
    restart) if ! grep -q eth7 /etc/default/isc-dhcp-server; then exit 0; fi; sleep 100000 & wait ;;
esac
"#;

#[test]
fn a_checker_that_hangs_is_killed_and_stops_apply() {
    if !able() {
        return;
    }
    let machine = Machine::new(SITE);
    machine.stand_in("dhcpd", HANGS);
    let run = machine.run("apply /tmp/site.yaml --yes --adopt --timeout 2").ends(1);
    assert!(run.err.contains("error[unchecked]: dhcpd did not end within 2 s and was killed"), "{}", run.err);
    machine.sh("! test -e /etc/dhcp/dhcpd.conf; ! pgrep -r R,S,D -x sleep; ! ls -d /tmp/ipxegen-check*");
    // Nothing holds the lock.
    machine.sh("rm /run/stand-in/dhcpd");
    machine.run("apply /tmp/site.yaml --yes --adopt --timeout 600").ends(0);
}

#[test]
fn a_daemon_that_hangs_is_not_waited_for() {
    if !able() {
        return;
    }
    let machine = applied(SITE, SYSTEMCTL);
    machine.site(&SITE.replace("[eth0]", "[eth7]"));
    let run = machine.run("apply /tmp/site.yaml --yes --reload --watch 0 --timeout 5").ends(2);
    let said = "`systemctl restart isc-dhcp-server` did not end within 5 s and was killed; the old files are back, \
                and the daemons run with them:\nisc-dhcp-server: restart\n";
    assert!(run.err.contains(said), "{}", run.err);
    machine.sh("grep eth0 /etc/default/isc-dhcp-server; ! pgrep -r R,S,D -x sleep");
    assert_eq!(machine.run("recover").ends(0).out, "nothing to repair\n");
}
