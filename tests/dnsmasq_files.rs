use crate::probe::Lan;

/// `apply` refuses settings in other files that dnsmasq reads by what the real dnsmasq does with them.
#[test]
fn dnsmasq_does_with_other_files_what_apply_says() {
    let with = "dhcp: { daemon: dnsmasq, log_facility: local7 }\nallow: { daemon-lacks: compared without }\n";
    let Some(lan) = Lan::new(with, &["dnsmasq"]) else { return };
    let space = &lan.server.space;
    // The daemon must not keep the pipe of its starter.
    let start = |other: &str| {
        lan.server.write("/etc/dnsmasq.d/other.conf", other.as_bytes());
        let line = "dnsmasq -C /dev/null --conf-dir=/etc/dnsmasq.d --user=root --dhcp-leasefile=/run/leases \
                    --pid-file=/run/dnsmasq.pid </dev/null >/run/out 2>&1; code=$?; cat /run/out; exit $code";
        let ran = space.command("sh").args(["-c", line]).output().unwrap();
        (ran.status.success(), String::from_utf8(ran.stdout).unwrap())
    };
    // Its last deed is to remove the file with its number; nobody may reap it here.
    let stop = || {
        space.sh(
            "kill $(cat /run/dnsmasq.pid); for _ in $(seq 100); do [ -e /run/dnsmasq.pid ] || exit 0; sleep 0.1; done; exit 1",
        );
    };
    for (other, says) in [
        ("bind-interfaces\n", "cannot set --bind-interfaces and --bind-dynamic"),
        ("port=0\n", "illegal repeated keyword"),
        ("log-facility=local7\n", "illegal repeated keyword"),
        ("enable-tftp\n", "failed to create listening socket"),
    ] {
        let (starts, text) = start(other);
        assert!(!starts && text.contains(says), "{other}: {text}");
    }
    for (other, answers) in [
        ("no-dhcp-interface=eth9,eth*\n", false),
        ("except-interface=eth0\n", false),
        ("no-dhcpv4-interface=eth0\n", false),
        (
            "bind-dynamic\ntftp-root=/nowhere\nexcept-interface=lo\nno-dhcp-interface=eth9\nno-dhcpv6-interface=eth0\n\
             interface=eth7\nlisten-address=127.0.0.1\ncache-size=500\nno-ping\n",
            true,
        ),
    ] {
        let (starts, text) = start(other);
        assert!(starts, "{other}: {text}");
        let ran = lan.probe(&["--as", "plain"]);
        assert_eq!(ran.stdout.contains("right      as the site says"), answers, "{other}: {}", ran.stdout);
        assert_eq!(
            ran.stdout.contains("no offer from a server of the site"),
            !answers,
            "{other}: {}",
            ran.stdout
        );
        stop();
    }
}
