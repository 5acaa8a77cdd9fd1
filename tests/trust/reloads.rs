use crate::apply::Machine;

/// A machine with a stand-in for systemctl, after its first `apply` of the site.
pub fn applied(site: &str, systemctl: &str) -> Machine {
    let machine = Machine::new(site);
    machine.sh("mkdir -p /run/systemd/system");
    machine.stand_in("systemctl", systemctl);
    machine.run("apply /tmp/site.yaml --yes --adopt --reload --watch 0").ends(0);
    machine
}
