use crate::apply::{Machine, able};
use crate::support::program::wait_until;

/// With a CHAP password in dhcpd.conf.
const SITE: &str = r#"
servers:
  boot: { ip: 10.0.0.2/24, interfaces: [eth0] }
http: none
subnets: { lan: { cidr: 10.0.0.0/24 } }
iscsi: { server: boot, daemon: tgt }
hosts:
  pc:
    mac: 52:54:00:00:00:01
    ip: 10.0.0.5
    root_path:
      iscsi: { target: "iqn.2020-01.lan.lab:a", chap: { user: u, password_file: /etc/chap }, store: { block: /dev/a } }
"#;

/// A stand-in for dhcpd that runs until it is killed.
const WAITS: &str = "#!/bin/sh\nsleep 100000\n";

fn machine() -> Machine {
    let machine = Machine::new(SITE);
    machine.stand_in("dhcpd", WAITS);
    machine.sh("echo geheimgeheim >/etc/chap; chmod 600 /etc/chap");
    machine
}

/// Starts a check, and waits until its checker runs; the number of the process.
fn start(machine: &Machine) -> String {
    let line = "PATH=/run/stand-in:$PATH; /run/ipxegen check --daemons --timeout 100000 /tmp/site.yaml \
                --allow-path /etc >/run/out 2>&1 & echo $!";
    let id = machine.sh(line).trim().to_owned();
    wait_until("the checker runs", || {
        let runs = !machine.sh("pgrep -r R,S,D -x sleep || :").is_empty();
        assert!(runs || lives(machine, &id), "it ended: {}", machine.sh("cat /run/out"));
        runs
    });
    id
}

/// Whether a process runs. It may remain as a zombie, because no init on that machine waits for it.
fn lives(machine: &Machine, id: &str) -> bool {
    let stat = machine.sh(&format!("cat /proc/{id}/stat 2>/dev/null || :"));
    stat.split(") ").nth(1).is_some_and(|state| !state.starts_with('Z'))
}

fn wait_for_end(machine: &Machine, id: &str) {
    wait_until("the end of the run", || !lives(machine, id));
}

#[test]
fn nobody_else_reads_them_and_a_signal_removes_them() {
    if !able() {
        return;
    }
    let machine = machine();
    for signal in ["TERM", "INT", "HUP"] {
        let id = start(&machine);
        machine.sh("grep -rq geheimgeheim /tmp/ipxegen-check-*/files");
        let modes = machine.sh("stat -c '%a %U' /tmp/ipxegen-check-*");
        assert_eq!(modes, "700 root\n");
        let open = machine.sh("find /tmp/ipxegen-check-*/files -perm /o+rwx -o -type f -perm /g+wx");
        assert_eq!(open, "");
        // A process with the checker's own group cannot reach them either.
        for user in ["nobody", "www-data"] {
            machine.sh(&format!(
                "! setpriv --reuid {user} --regid nogroup --clear-groups ls /tmp/ipxegen-check-*"
            ));
        }
        machine.sh(&format!("kill -{signal} {id}"));
        wait_for_end(&machine, &id);
        machine.sh("! ls -d /tmp/ipxegen-check-*; ! pgrep -r R,S,D -x sleep");
    }
}

#[test]
fn the_next_run_removes_what_a_kill_left_and_not_what_is_in_use() {
    if !able() {
        return;
    }
    let machine = machine();
    let killed = start(&machine);
    let folder = machine.sh("echo /tmp/ipxegen-check-*");
    machine.sh(&format!("kill -KILL {killed}"));
    wait_for_end(&machine, &killed);
    machine.sh(&format!("test -d {folder}"));
    // Its checker went with it.
    wait_until("the end of the checker", || machine.sh("pgrep -r R,S,D -x sleep || :").is_empty());
    // `recover` does it, and so does every run that checks.
    machine.sh("cp -a /tmp/ipxegen-check-* /tmp/ipxegen-check-other; /run/ipxegen recover");
    machine.sh("! ls -d /tmp/ipxegen-check-*");
    let first = start(&machine);
    machine.sh("/run/ipxegen recover; ls /tmp/ipxegen-check-*/files; pgrep -r R,S,D -x sleep");
    machine.sh(&format!("kill -KILL {first}"));
    wait_for_end(&machine, &first);
    let left = machine.sh("echo /tmp/ipxegen-check-*");
    machine.sh("rm /run/stand-in/dhcpd");
    let run = machine.run("check --daemons --allow-path /etc /tmp/site.yaml");
    assert!(!run.err.contains("were not run"), "{}", run.err);
    machine.sh(&format!("! test -e {left}"));
}
