//! Each DHCP server logs to the facility of syslog that the site names.

use std::fs;

use tempfile::tempdir;

use crate::support::daemons::Server;
use crate::support::netns::Net;
use crate::support::{render_file, require, require_root};

/// A socket in the place of syslog's, which writes what it gets into a file.
const LISTEN: &str = r#"mount -t tmpfs none /dev
for node in null:3 zero:5 random:8 urandom:9; do mknod -m 666 /dev/${node%:*} c 1 ${node#*:}; done
python3 -c '
import os, socket
log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
log.bind("/dev/log")
os.chmod("/dev/log", 0o666)
with open("/run/syslog", "w") as out:
    while True:
        out.write(log.recv(65536).decode("latin-1") + "\n")
        out.flush()
' </dev/null >/run/listener 2>&1 &
for _ in $(seq 100); do [ -S /dev/log ] && exit 0; sleep 0.1; done
cat /run/listener >&2; exit 1"#;

/// Each daemon, its program, and what starts it in the background.
const DAEMONS: [(&str, &str, &str); 3] = [
    (
        "isc",
        "dhcpd",
        ": >/run/leases; dhcpd -4 -f -q -cf /etc/dhcp/dhcpd.conf -lf /run/leases -pf /run/dhcpd.pid eth0",
    ),
    (
        "kea",
        "kea-dhcp4",
        "mkdir -p /run/kea /var/lib/kea; export KEA_LOCKFILE_DIR=/run KEA_PIDFILE_DIR=/run; kea-dhcp4 -c /etc/kea/kea-dhcp4.conf",
    ),
    (
        "dnsmasq",
        "dnsmasq",
        "dnsmasq -k -C /etc/dnsmasq.d/ipxegen.conf --user=root --dhcp-leasefile=/run/leases --pid-file=/run/dnsmasq.pid",
    ),
];

#[test]
fn each_server_logs_to_the_facility_of_the_site() {
    for (daemon, program, start) in DAEMONS {
        if !["unshare", "nsenter", "ip", "python3", "tar", program].into_iter().all(require)
            || !require_root()
        {
            continue;
        }
        let folder = tempdir().unwrap();
        let path = folder.path().join("site.yaml");
        let site = format!(
            "servers: {{ boot: {{ ip: 10.0.0.1/24, interfaces: [eth0] }} }}\n\
             dhcp: {{ daemon: {daemon}, log_facility: local3 }}\n\
             subnets: {{ lan: {{ cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, netboot: none }} }}\n"
        );
        fs::write(&path, site).unwrap();
        let trees = render_file(&path, &[]);
        let net = Net::new(&["lan"]);
        let server = Server::new(&net, "lan", "10.0.0.1/24", &trees.of("boot"));
        server.space.sh(LISTEN);
        // 19 is local3; the number in front of a message is eight times the facility and the severity.
        let log = server.space.sh(&format!(
            "{{ {start}; }} </dev/null >/run/out 2>&1 &\n\
             for _ in $(seq 100); do grep -q '^<15[2-9]>' /run/syslog && break; sleep 0.1; done\n\
             cat /run/syslog /run/out"
        ));
        assert!(log.lines().any(|line| line.starts_with("<15")), "{daemon}: {log}");
    }
}
