//! `import --prove`: the DHCP server with the old files and the one with the rendered ones, asked the same.

use std::fs;
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags};
use tempfile::TempDir;

use crate::diff::Run;
use crate::support::program::package;
use crate::support::{require, require_root};

/// Runs `import --prove` on a dhcpd.conf.
fn prove(text: &str) -> Run {
    prove_file("dhcpd.conf", text)
}

/// Runs `import --prove` on a file of this name.
fn prove_file(name: &str, text: &str) -> Run {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.args(["import", "--prove", name]).current_dir(folder.path()).env("NO_COLOR", "1");
    Run::of(&command.output().unwrap())
}

fn able() -> bool {
    able_with("dhcpd")
}

fn able_with(daemon: &str) -> bool {
    ["unshare", "setpriv", "ip", daemon].into_iter().all(require) && require_root()
}

/// The lines of a run about boot files that were not carried over, and about changes.
fn listed(run: &Run) -> (Vec<&str>, Vec<&str>) {
    let of = |head: &str| {
        let lines = run.err.lines().skip_while(|line| !line.starts_with(head)).skip(1);
        lines.take_while(|line| line.starts_with("  ")).collect::<Vec<_>>()
    };
    (of("The old file gives these clients"), of("This would change:"))
}

const HEAD: &str = "\
option arch code 93 = unsigned integer 16;
authoritative;
default-lease-time 3600;
max-lease-time 7200;
";

const SUBNETS: &str = "\
subnet 10.7.0.0 netmask 255.255.255.0 {
  range 10.7.0.100 10.7.0.199;
  option routers 10.7.0.1;
  option domain-name-servers 10.7.0.1;
}
subnet 10.7.1.0 netmask 255.255.255.0 {
  range 10.7.1.100 10.7.1.199;
  option routers 10.7.1.1;
  filename \"\";
}
host a { hardware ethernet 52:54:00:00:00:01; fixed-address 10.7.0.11; }
host b { hardware ethernet 52:54:00:00:00:02; fixed-address 10.7.1.12; }
host c { hardware ethernet 52:54:00:00:00:03; option host-name \"c\"; }
";

/// A switch without a fault.
const SWITCH: &str = "\
next-server 10.7.0.2;
if option user-class = \"iPXE\" or substring(option user-class, 1, 4) = \"iPXE\" {
  filename \"http://10.7.0.2/menu.ipxe\";
} elsif substring(option vendor-class-identifier, 0, 9) = \"PXEClient\" {
  if substring(option arch, 0, 2) = 00:07 or substring(option arch, 0, 2) = 00:09 {
    filename \"ipxe.efi\";
  } elsif substring(option arch, 0, 2) = 00:0b {
    filename \"arm64/ipxe.efi\";
  } elsif substring(option arch, 0, 2) = 00:00 or not exists arch {
    filename \"undionly.kpxe\";
  }
}
";

#[test]
fn nothing_changes_for_a_file_without_faults() {
    if !able() {
        return;
    }
    let run = prove(&format!("{HEAD}{SWITCH}{SUBNETS}")).ends(0);
    assert!(
        run.err.contains("ipxegen: nothing would change for a client; dhcpd with the old files and dhcpd with the new ones were asked "),
        "{}",
        run.err
    );
    // What a Raspberry Pi gets as the BIOS that it says it is.
    let faults = run.err.lines().filter(|line| line.starts_with("  file: ")).count();
    assert_eq!(faults, 1, "{}", run.err);
    assert!(
        run.err.contains("  file: undionly.kpxe → none: a stranger in net-10-7-0 as a Raspberry Pi that "),
        "{}",
        run.err
    );
}

/// iPXE in a ROM boots from its root-path without a file; a host without a name gets an initiator name from the site.
#[test]
fn disks_without_boot_files_stay() {
    if !able() {
        return;
    }
    let host = |name: &str, last: u8, more: &str| {
        format!(
            "host {name} {{ hardware ethernet 52:54:00:00:00:{last:02x}; fixed-address 10.7.0.{last}; {more}
               option root-path \"iscsi:10.7.0.5::::iqn.2020-01.lab:{name}\"; }}\n"
        )
    };
    let subnet = "subnet 10.7.0.0 netmask 255.255.255.0 { range 10.7.0.100 10.7.0.199; }\n";
    let named = host("a", 11, "option host-name \"a\";");
    let run = prove(&format!("{HEAD}{subnet}{named}")).ends(0);
    assert!(run.err.contains("ipxegen: nothing would change for a client; "), "{}", run.err);
    let run = prove(&format!("{HEAD}{subnet}{named}{}", host("b", 12, ""))).ends(1);
    let (_, changes) = listed(&run);
    assert_eq!(changes.len(), 1, "{}", run.err);
    let change = "  option iscsi-initiator-iqn: none → iqn.2010-04.org.ipxe:b: ";
    assert!(changes[0].starts_with(change), "{}", run.err);
    assert!(
        run.err.contains("the site sends the host `b` the initiator name `iqn.2010-04.org.ipxe:b`"),
        "{}",
        run.err
    );
}

/// The same in one subnet without boot files, of a file with boot files: `netboot: none` would withhold its root-paths.
#[test]
fn disks_of_a_subnet_without_boot_files_stay() {
    if !able() {
        return;
    }
    let disk = "option root-path \"iscsi:10.7.1.5::::iqn.2020-01.lab:d\";";
    let host = format!(
        "hardware ethernet 52:54:00:00:00:0d; fixed-address 10.7.1.13; option host-name \"d\"; {disk}"
    );
    let pool = |disk: &str| {
        format!(
            "subnet 10.7.1.0 netmask 255.255.255.0 {{ filename \"\"; option routers 10.7.1.1;\n\
             pool {{ range 10.7.1.100 10.7.1.199; {disk} }} }}\n"
        )
    };
    let first = SUBNETS.split_inclusive("}\n").next().unwrap();
    for (what, text) in [
        ("host", format!("{}host d {{ {host} }}\n", pool(""))),
        ("group", format!("{}group {{ {disk} host d {{ {} }} }}\n", pool(""), host.replace(disk, ""))),
        ("pool", pool(disk)),
        ("subnet", pool("").replace("filename", &format!("{disk} filename"))),
    ] {
        let run = prove(&format!("{HEAD}{SWITCH}{first}{text}"));
        assert!(run.err.contains("ipxegen: nothing would change for a client; "), "{what}: {}", run.err);
    }
}

#[test]
fn what_a_catch_all_gave_to_the_wrong_clients_is_named() {
    if !able() {
        return;
    }
    let switch = "next-server 10.7.0.2;
        if option user-class = \"iPXE\" { filename \"http://10.7.0.2/menu.ipxe\"; }
        elsif option arch = 00:07 { filename \"ipxe.efi\"; } else { filename \"undionly.kpxe\"; }\n";
    let run = prove(&format!("{HEAD}{switch}{SUBNETS}"));
    assert!(run.err.contains("boot files that they cannot use; the site does not:\n"), "{}", run.err);
    let line = run.err.lines().find(|line| line.starts_with("  file: undionly.kpxe → none: ")).unwrap();
    assert!(
        line.contains("a stranger in net-10-7-0 as plain; a stranger in net-10-7-0 as efi_ia32/6; "),
        "{line}"
    );
}

/// Text that a key cannot express, and that a subnet repeats, is asked for as well.
#[test]
fn clients_of_classes_and_vendor_classes_are_asked_as() {
    if !able() {
        return;
    }
    let class = "class \"phones\" { match if substring(option vendor-class-identifier, 0, 5) = \"Phone\";
        option tftp-server-name \"10.7.0.9\"; }\n";
    let branch =
        "if option vendor-class-identifier = \"Printer\" { option domain-name \"print.example\"; }\n";
    let run = prove(&format!("{HEAD}{SWITCH}{class}{branch}{SUBNETS}")).ends(0);
    assert!(run.err.contains("ipxegen: nothing would change for a client; "), "{}", run.err);
    // Two subnets with a stranger each, three hosts, and the clients of the class and of both vendor classes in each subnet.
    assert!(run.err.contains(" times as 7 machines"), "{}", run.err);
}

/// dhcpd offers an address of the first pool that a client may use, and text of `raw` comes last in the rendered file.
#[test]
fn a_client_of_two_pools_gets_an_address_of_the_first() {
    if !able() {
        return;
    }
    let file = package().join("tests/import/pools-of-classes/dhcpd.conf");
    let run = prove(&fs::read_to_string(file).unwrap()).ends(0);
    assert!(run.err.contains("ipxegen: nothing would change for a client; "), "{}", run.err);
}

#[test]
fn a_file_that_dhcpd_refuses_proves_nothing() {
    if !able() {
        return;
    }
    let run = prove(&format!("{HEAD}{SWITCH}{SUBNETS}nonsense 1;\n")).ends(1);
    assert!(
        run.err.contains("ipxegen: nothing was proved: dhcpd does not run with dhcpd.conf:\n"),
        "{}",
        run.err
    );
    assert!(run.err.contains("/etc/dhcp/dhcpd.conf line 30: semicolon expected."), "{}", run.err);
}

#[test]
fn it_needs_root() {
    if !able() {
        return;
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid=65534",
        "--clear-groups",
        env!("CARGO_BIN_EXE_ipxegen"),
        "import",
        "--prove",
        "x",
    ]);
    let run = Run::of(&command.output().unwrap()).ends(2);
    assert!(run.err.contains("--prove needs root"), "{}", run.err);
}

/// The old file is somebody else's, and dhcpd runs with it as root: it must change nothing on the machine and reach no
/// other network.
#[test]
fn a_hostile_file_changes_nothing_outside() {
    if !able() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let at = folder.path().display();
    let run = |command: &str| format!("execute(\"sh\", \"-c\", \"{command}\");\n");
    let attempts = [
        format!("echo x > {at}/written"),
        format!("mount -o remount,bind,rw / ; echo x > {at}/remounted"),
        format!("mknod /run/disk b 7 0 && echo x > {at}/device"),
        format!("chmod 777 {at}"),
        "ip route add default dev eth0; ip link set lo up; echo x > /dev/tcp/1.1.1.1/80".to_owned(),
        "kill -9 -1".to_owned(),
    ];
    let attempts: String = attempts.iter().map(|command| run(command)).collect();
    let hostile =
        "pid-file-name \"PLACE/pid\";\nlog-facility local7;\nomapi-port 7911;\nlocal-address 127.0.0.1;\n"
            .replace("PLACE", &at.to_string());
    let on = format!("on commit {{ {attempts} }}\nif known {{ {attempts} }} else {{ {attempts} }}\n");
    let before = fs::metadata(folder.path()).unwrap().permissions();
    for text in [
        format!("{HEAD}{on}{SUBNETS}"),
        format!("{HEAD}{hostile}{SUBNETS}"),
        format!("{HEAD}lease-file-name \"{at}/leases\";\n{SUBNETS}"),
    ] {
        let ran = prove(&text);
        assert!(!ran.err.contains("panicked"), "{}", ran.err);
        let left: Vec<_> = fs::read_dir(folder.path()).unwrap().collect();
        assert!(left.is_empty(), "{left:?}\n{}", ran.err);
        assert_eq!(fs::metadata(folder.path()).unwrap().permissions(), before);
    }
}

/// A program would be root's. It can write to a named pipe on a read-only file system, too.
#[test]
fn no_program_of_the_files_runs() {
    if !able() || !able_with("dnsmasq") || !require("mkfifo") {
        return;
    }
    // A trial has a `/tmp` of its own.
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let pipe = folder.path().join("pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let program = folder.path().join("program");
    fs::write(&program, format!("#!/bin/sh\necho ran >{}\n", pipe.display())).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let flags = OFlags::RDWR | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut reader = fs::File::from(rustix::fs::open(&pipe, flags, Mode::empty()).unwrap());
    let program = program.display();
    // dnsmasq reads the line from byte 1024 on as another one.
    let long = format!("txt-record=a,{}conf-script={program}\n", "x".repeat(1024 - "txt-record=a,".len()));
    for (name, text) in [
        ("dhcpd.conf", format!("{HEAD}execute(\"{program}\");\n{SWITCH}{SUBNETS}")),
        ("dnsmasq.conf", format!("{DNSMASQ}{long}")),
    ] {
        let run = prove_file(name, &text);
        assert!(run.err.contains(" were asked "), "{}", run.err);
        let read = reader.read(&mut [0; 16]);
        assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "{name}");
    }
}

/// The site's passwords are in a temporary folder, which a killed process could not remove.
#[test]
fn no_folder_is_left_while_daemons_run() {
    if !able() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let temporary = folder.path().join("temporary");
    fs::create_dir(&temporary).unwrap();
    fs::write(folder.path().join("dhcpd.conf"), format!("{HEAD}{SWITCH}{SUBNETS}")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.args(["import", "--prove", "dhcpd.conf"]).current_dir(folder.path()).env("TMPDIR", &temporary);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let own = child.id().to_string();
    let is_child = |id: &str| {
        let status = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        status.rsplit(") ").next().and_then(|fields| fields.split(' ').nth(1)) == Some(&own)
    };
    let has_child = || {
        let entries = fs::read_dir("/proc").unwrap().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).any(|id| is_child(&id))
    };
    while !has_child() {
        assert!(child.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let left: Vec<_> = fs::read_dir(&temporary).unwrap().collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(left.is_empty(), "{left:?}");
}

/// Kea loads any library that its file names.
#[test]
fn no_library_of_the_files_is_loaded() {
    if !able_with("kea-dhcp4") {
        return;
    }
    let hooks = "\"hooks-libraries\": [ { \"library\": \"/nowhere/libdhcp_bootp.so\" } ], \"valid-lifetime\"";
    let run = prove_file("kea-dhcp4.conf", &KEA.replace("\"valid-lifetime\"", hooks)).ends(2);
    let refusal =
        "the configuration loads /nowhere/libdhcp_bootp.so, and --prove loads no library but those of Kea";
    assert!(run.err.contains(refusal), "{}", run.err);
}

/// dhcpd prints the line that it refuses.
#[test]
fn a_refused_secret_is_not_shown() {
    if !able() {
        return;
    }
    let run = prove(&format!("{HEAD}{SUBNETS}key k {{ algorithm hmac-md5; secret geheim!geheim; }}\n"));
    assert!(!run.err.contains("geheim"), "{}", run.err);
}

const KEA: &str = r#"{ "Dhcp4": {
  "interfaces-config": { "interfaces": [ "eth0/10.7.0.2" ] },
  "control-socket": { "socket-type": "unix", "socket-name": "/nowhere/socket" },
  "loggers": [ { "name": "kea-dhcp4", "output_options": [ { "output": "/nowhere/log" } ] } ], // of the machine
  "valid-lifetime": 259200, "authoritative": true, "next-server": "10.7.0.2",
  "option-data": [ { "name": "domain-name-servers", "data": "10.7.0.3" }, { "name": "domain-name", "data": "lab.example.org" } ],
  "client-classes": [
    { "name": "ipxe", "test": "substring(option[77].hex,0,4) == 'iPXE' or substring(option[77].hex,1,4) == 'iPXE'", "boot-file-name": "http://10.7.0.2/menu.ipxe" },
    { "name": "efi", "test": "substring(option[60].hex,0,9) == 'PXEClient' and (substring(option[93].hex,0,2) == 0x0007 or substring(option[93].hex,0,2) == 0x0009)", "boot-file-name": "snponly.efi" },
    { "name": "bios", "test": "substring(option[60].hex,0,9) == 'PXEClient' and (not option[93].exists or substring(option[93].hex,0,2) == 0x0000)", "boot-file-name": "undionly.kpxe",
      "option-data": [ { "name": "tftp-server-name", "data": "10.7.0.2" } ] },
    { "name": "phones", "test": "substring(option[60].hex,0,5) == 'Cisco'", "option-data": [ { "name": "tftp-server-name", "data": "10.7.0.9" } ] }
  ],
  "subnet4": [
    { "id": 1, "subnet": "10.7.0.0/24", "pools": [ { "pool": "10.7.0.100 - 10.7.0.199" } ], "option-data": [ { "name": "routers", "data": "10.7.0.1" } ],
      "reservations": [ { "hw-address": "52:54:00:00:00:01", "ip-address": "10.7.0.11", "hostname": "a" },
        { "hw-address": "52:54:00:00:00:02", "ip-address": "10.7.0.12", "boot-file-name": "kiosk.efi" } ] },
    { "id": 2, "subnet": "10.7.1.0/24", "pools": [ { "pool": "10.7.1.100 - 10.7.1.199" } ], "option-data": [ { "name": "routers", "data": "10.7.1.1" } ], "next-server": "10.7.1.2" }
  ]
} }"#;

#[test]
fn kea_is_proved() {
    if !able_with("kea-dhcp4") {
        return;
    }
    // The reservation's file is that of every client, iPXE too.
    let run = prove_file("kea-dhcp4.conf", KEA).ends(0);
    let (faults, changes) = listed(&run);
    assert!(changes.is_empty(), "{}", run.err);
    assert!(!faults.iter().any(|line| line.contains("kiosk.efi")), "{}", run.err);
    assert!(
        run.err.contains("ipxegen: nothing would change for a client; kea-dhcp4 with the old files "),
        "{}",
        run.err
    );
}

/// Kea's own lease time, the values of a shared network, those of its subnets, which override them, and classes, which
/// override the whole server and no subnet.
#[test]
fn values_of_all_scopes_of_kea_are_proved() {
    if !able_with("kea-dhcp4") {
        return;
    }
    let config = r#"{ "Dhcp4": {
      "interfaces-config": { "interfaces": [ "eth0/10.7.0.2" ] },
      "option-data": [ { "name": "domain-name-servers", "data": "10.7.0.3" } ],
      "client-classes": [
        { "name": "phones", "test": "option[60].hex == 'phone' or option[60].hex == 'desk phone'",
          "option-data": [ { "name": "domain-name-servers", "data": "10.7.0.4" } ] },
        { "name": "tablets", "test": "substring(option[60].hex,0,6) == 'tablet'",
          "option-data": [ { "name": "domain-name", "data": "tablets.example.org" } ] } ],
      "shared-networks": [ { "name": "wire", "valid-lifetime": 1000,
        "option-data": [ { "name": "domain-name", "data": "wire.example.org" }, { "name": "time-offset", "data": "1" } ],
        "subnet4": [
          { "id": 1, "subnet": "10.7.0.0/24", "pools": [ { "pool": "10.7.0.100 - 10.7.0.199" } ],
            "valid-lifetime": 700, "min-valid-lifetime": 500, "option-data": [ { "name": "domain-name", "data": "lan.example.org" } ] },
          { "id": 2, "subnet": "10.7.1.0/24", "pools": [ { "pool": "10.7.1.100 - 10.7.1.199" } ],
            "option-data": [ { "name": "time-offset", "data": "2" } ] } ] } ],
      "subnet4": [ { "id": 3, "subnet": "10.7.2.0/24", "pools": [ { "pool": "10.7.2.100 - 10.7.2.199" } ] } ]
    } }"#;
    let run = prove_file("kea-dhcp4.conf", config).ends(0);
    assert!(run.err.contains("ipxegen: nothing would change for a client; kea-dhcp4 "), "{}", run.err);
    for line in [
        "default_lease_time: 2h",
        "default_lease_time: 700s",
        "min_lease_time: 500s",
        "max_lease_time: 1000s",
        "\n  phones:",
        "name: tablets",
    ] {
        assert!(run.out.contains(line), "{}", run.out);
    }
}

/// One server of a pair that hears nothing of the other answers nobody, or only half of the clients.
#[test]
fn a_pair_of_kea_is_proved() {
    if !able_with("kea-dhcp4") {
        return;
    }
    let pair = r#"{ "Dhcp4": { "interfaces-config": { "interfaces": [ "eth0" ] }, "valid-lifetime": 3600,
      "hooks-libraries": [ { "library": "/nowhere/libdhcp_ha.so", "parameters": { "high-availability": [ {
        "this-server-name": "two", "mode": "load-balancing", "max-response-delay": 60000,
        "peers": [ { "name": "one", "url": "http://10.7.0.2:8001/", "role": "primary" },
          { "name": "two", "url": "http://10.7.0.3:8001/", "role": "secondary" } ] } ] } } ],
      "subnet4": [ { "id": 1, "subnet": "10.7.0.0/24", "option-data": [ { "name": "routers", "data": "10.7.0.1" } ], "pools": [
        { "pool": "10.7.0.100 - 10.7.0.149", "client-class": "HA_one" }, { "pool": "10.7.0.150 - 10.7.0.199", "client-class": "HA_two" } ] } ] } }"#;
    let run = prove_file("kea-dhcp4.conf", pair).ends(0);
    assert!(run.err.contains("ipxegen: nothing would change for a client; "), "{}", run.err);
    assert!(run.out.contains("  servers: [boot-2, boot]\n"), "{}", run.out);
}

const DNSMASQ: &str = "\
user=nobody-here
pid-file=/nowhere/pid
interface=eth0
dhcp-authoritative
domain=lab.example.org
dhcp-range=set:lan,10.7.0.100,10.7.0.199,255.255.255.0,12h
dhcp-range=set:wifi,10.7.1.100,10.7.1.199,255.255.255.0,infinite
dhcp-option=tag:lan,option:router,10.7.0.1
dhcp-option=wifi,3,10.7.1.1
dhcp-option=option:ntp-server,0.0.0.0
dhcp-lease-max=150
dhcp-host=52:54:00:00:00:01,a,10.7.0.11
dhcp-host=52:54:00:00:00:02,set:kiosk,b,10.7.0.12
dhcp-vendorclass=set:phones,Cisco
dhcp-option=tag:phones,150,10.7.0.9
dhcp-option=tag:lan,252,\"http://wpad/x\"
enable-tftp
tftp-root=/nowhere/tftp
dhcp-match=set:efi,option:client-arch,7
dhcp-match=set:efi,option:client-arch,9
dhcp-match=set:bios,option:client-arch,0
dhcp-match=set:ipxe,175
tag-if=set:wifi-bios,tag:wifi,tag:bios
dhcp-boot=tag:efi,tag:!ipxe,snponly.efi,pxe,10.7.0.2
dhcp-boot=tag:bios,tag:!ipxe,tag:!wifi-bios,undionly.kpxe,pxe,10.7.0.2
dhcp-boot=tag:wifi-bios,tag:!ipxe,lpxelinux.0,pxe,10.7.0.2
dhcp-boot=tag:ipxe,http://10.7.0.2/menu.ipxe,,10.7.0.2
dhcp-boot=tag:kiosk,kiosk.0,pxe,10.7.0.2
";

#[test]
fn dnsmasq_is_proved() {
    if !able_with("dnsmasq") {
        return;
    }
    let run = prove_file("dnsmasq.conf", DNSMASQ);
    let (_, changes) = listed(&run);
    // The only client that the files do not name.
    for change in &changes {
        assert!(
            change.starts_with("  file: none → ") && change.contains("PXE without option 93"),
            "{}",
            run.err
        );
    }
    assert_eq!(changes.len(), 2, "{}", run.err);
}

/// Its boot files come from port 4011, which nobody asks.
/// A site that was imported and then changed, here to another DHCP server.
#[test]
fn another_site_is_proved() {
    if !able() || !able_with("dnsmasq") {
        return;
    }
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("dhcpd.conf", &format!("{}{SWITCH}{SUBNETS}", HEAD.replace("3600", "7200")));
    let ipxegen = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
        command.arg("import").args(args).current_dir(folder.path()).env("NO_COLOR", "1");
        Run::of(&command.output().unwrap())
    };
    ipxegen(&["dhcpd.conf", "-o", "site.yaml"]).ends(0);
    write("dnsmasq.yaml", "dhcp: { daemon: dnsmasq }\n");
    let with = ["dhcpd.conf", "--prove", "--site", "site.yaml", "--with", "dnsmasq.yaml"];
    let run = ipxegen(&with).ends(0);
    assert!(run.err.contains("dhcpd with the old files and dnsmasq with the new ones were"), "{}", run.err);
    assert!(!run.err.contains("statements:") && run.out.is_empty(), "{}{}", run.out, run.err);
    write("router.yaml", "subnets: { net-10-7-0: { routers: 10.7.0.9 } }\n");
    let run = ipxegen(&[&with[..], &["--with", "router.yaml"]].concat()).ends(1);
    let (_, changes) = listed(&run);
    assert_eq!(changes.len(), 1, "{}", run.err);
    assert!(
        changes[0].starts_with("  option routers: 10.7.0.1 → 10.7.0.9: a stranger in net-10-7-0 as "),
        "{changes:?}"
    );
}

#[test]
fn a_proxy_is_not_proved() {
    if !able_with("dnsmasq") {
        return;
    }
    let proxy = "port=0\ndhcp-range=10.7.0.0,proxy\npxe-service=x86PC,Boot,pxelinux\n";
    let run = prove_file("dnsmasq.conf", proxy).ends(2);
    assert!(
        run.err.contains("nothing was proved: a proxy sends most boot files from port 4011"),
        "{}",
        run.err
    );
    assert!(run.out.contains("loaders:\n  bios: pxelinux.0"), "{}", run.out);
}

#[test]
fn a_pair_of_dhcpd_is_proved() {
    if !able() {
        return;
    }
    let pools = SUBNETS.replace(
        "  range 10.7.0.100 10.7.0.199;",
        "  pool { failover peer \"x\"; range 10.7.0.100 10.7.0.199; }",
    );
    let peer = |address: &str| {
        format!(
            "failover peer \"x\" {{ secondary; address {address}; peer address 10.7.0.3; max-response-delay 60; max-unacked-updates 10; }}\n"
        )
    };
    // A name stays in `raw`, where the new dhcpd would wait for its partner as well.
    for address in ["10.7.0.2", "dhcp2.example.org"] {
        let run = prove(&format!("{HEAD}{SWITCH}{}{pools}", peer(address))).ends(0);
        assert!(run.err.contains("ipxegen: nothing would change for a client; "), "{address}: {}", run.err);
    }
}

#[test]
fn a_file_without_a_subnet_proves_nothing() {
    if !able() {
        return;
    }
    let run = prove("option domain-name \"example.org\";\ninclude \"/nowhere/subnets.conf\";\n").ends(1);
    assert!(
        run.err.contains(
            "ipxegen: nothing was proved: dhcpd.conf declares no subnet, so dhcpd answers nobody\n  \
             it includes /nowhere/subnets.conf, which is missing: add that file to the command line\n"
        ),
        "{}",
        run.err
    );
}

#[test]
fn two_servers_are_not_proved_at_once() {
    if !able() {
        return;
    }
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("dhcpd.conf"), SUBNETS).unwrap();
    fs::write(folder.path().join("kea-dhcp4.conf"), KEA).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.args(["import", "--prove", "dhcpd.conf", "kea-dhcp4.conf"]).current_dir(folder.path());
    let run = Run::of(&command.output().unwrap()).ends(2);
    assert!(run.err.contains("--prove takes the files of one DHCP server"), "{}", run.err);
}

/// Runs `import --prove` on files of these names.
fn prove_files(files: &[(&str, &str)]) -> Run {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.args(["import", "--prove"]).args(files.iter().map(|(name, _)| name));
    Run::of(&command.current_dir(folder.path()).env("NO_COLOR", "1").output().unwrap())
}

const LAN6: &str = "\
default-lease-time 3600;
max-lease-time 7200;
option dhcp6.name-servers 2001:db8:7::53;
subnet6 2001:db8:7::/64 {
  range6 2001:db8:7::1000 2001:db8:7::1fff;
  option dhcp6.bootfile-url \"tftp://[2001:db8:7::2]/grub.efi\";
}
host a { hardware ethernet 52:54:00:00:00:01; fixed-address6 2001:db8:7::11; }
";

const LAN4: &str = "\
authoritative;
default-lease-time 3600;
max-lease-time 7200;
subnet 10.7.0.0 netmask 255.255.255.0 {
  range 10.7.0.100 10.7.0.199;
  option routers 10.7.0.1;
}
host a { hardware ethernet 52:54:00:00:00:01; fixed-address 10.7.0.11; }
";

#[test]
fn dhcpv6_is_asked_too() {
    if !able() {
        return;
    }
    let run = prove_files(&[("dhcpd.conf", LAN4), ("dhcpd6.conf", LAN6)]).ends(0);
    assert!(run.err.contains("ipxegen: nothing would change for a client; "), "{}", run.err);
    let line = run.err.lines().last().unwrap();
    assert!(line.contains(" times as 2 machines, and ") && line.ends_with(" times by IPv6"), "{line}");
}

/// A network whose wire no file tells is left out.
#[test]
fn what_changes_by_dhcpv6_is_named() {
    if !able() {
        return;
    }
    let six = LAN6.replace("/64 {\n", "/64 {\n  option dhcp6.domain-search \"x.example\";\n");
    let four =
        LAN4.replace("routers 10.7.0.1;\n", "routers 10.7.0.1;\n  option domain-name \"y.example\";\n");
    let without = six.replace("  option dhcp6.domain-search \"x.example\";\n", "");
    let run = prove_files(&[("dhcpd.conf", four.as_str()), ("dhcpd6.conf", without.as_str())]).ends(1);
    let (_, changes) = listed(&run);
    assert!(changes.iter().any(|line| line.starts_with("  IPv6 domains: none → y.example: ")), "{}", run.err);
    // `raw` keeps what differs.
    let run = prove_files(&[("dhcpd.conf", four.as_str()), ("dhcpd6.conf", six.as_str())]).ends(0);
    assert!(run.err.contains("ipxegen: nothing would change for a client; "), "{}", run.err);
}

/// `dhcpd -6` does not start if no subnet is on the wires of the server, which is then a fault of one proof of two.
#[test]
fn dhcpv4_is_proved_where_dhcpv6_cannot_be() {
    if !able() {
        return;
    }
    let four = LAN4.replace(
        "host a",
        "shared-network far {\n  subnet 10.8.0.0 netmask 255.255.255.0 { option routers 10.8.0.1; }\n}\nhost a",
    );
    // The URL tells an address of the server that is in neither network.
    let six = LAN6.replace("[2001:db8:7::2]", "[2001:db8:9::2]");
    let six = six.replace("subnet6", "shared-network far {\nsubnet6").replace("}\nhost", "}\n}\nhost");
    let run = prove_files(&[("dhcpd.conf", four.as_str()), ("dhcpd6.conf", six.as_str())]).ends(1);
    let down = "ipxegen: DHCPv6 was not proved: the old DHCPv6 server does not run with its files:\n";
    assert!(run.err.contains(down), "{}", run.err);
    let line = run.err.lines().last().unwrap();
    assert!(line.contains("dhcpd with the new ones were asked ") && !line.contains("by IPv6"), "{}", run.err);
}

/// The fields that change by IPv6 for the files of a case, without their values.
fn changed_by_ipv6(case: &str, names: &[&str]) -> Vec<String> {
    let folder = package().join("tests/import").join(case);
    let texts: Vec<String> =
        names.iter().map(|name| fs::read_to_string(folder.join(name)).unwrap()).collect();
    let files: Vec<(&str, &str)> = names.iter().copied().zip(texts.iter().map(String::as_str)).collect();
    let run = prove_files(&files);
    assert!(run.err.lines().last().unwrap().ends_with(" times by IPv6"), "{}", run.err);
    let (_, changes) = listed(&run);
    let six = changes.iter().filter_map(|line| line.strip_prefix("  IPv6 "));
    six.map(|line| line.split(": a ").next().unwrap().to_owned()).collect()
}

/// What the account of the import says, and no more.
#[test]
fn kea_is_proved_by_ipv6() {
    if able_with("kea-dhcp4") && require("kea-dhcp6") {
        let changed = changed_by_ipv6("ipv6-kea", &["kea-dhcp4.conf", "kea-dhcp6.conf"]);
        assert_eq!(changed, ["lease time: 60 s → 7200 s"]);
    }
}

#[test]
fn dnsmasq_is_proved_by_ipv6() {
    if able_with("dnsmasq") {
        let changed = changed_by_ipv6("ipv6-dnsmasq", &["dnsmasq.conf"]);
        assert_eq!(
            changed,
            [
                "domains: lab.example → none",
                "option 31: 20:01:0d:b8:00:00:00:00:00:00:00:00:00:00:00:55 → none",
                "boot file: none → tftp://[2001:db8::2]/ipxe.efi",
            ]
        );
    }
}
