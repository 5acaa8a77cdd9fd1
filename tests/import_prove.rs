//! `import --prove`: the DHCP server with the old files and the one with the rendered ones, asked the same.

use std::fs;
use std::process::Command;

use tempfile::TempDir;

use crate::diff::Run;
use crate::support::{require, require_root};

/// Runs `import --prove` on a dhcpd.conf.
fn prove(text: &str) -> Run {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("dhcpd.conf");
    fs::write(&path, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.args(["import", "--prove", "dhcpd.conf"]).current_dir(folder.path()).env("NO_COLOR", "1");
    Run::of(&command.output().unwrap())
}

fn able() -> bool {
    ["unshare", "setpriv", "ip", "dhcpd"].into_iter().all(require) && require_root()
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

/// dhcpd prints the line that it refuses.
#[test]
fn a_refused_secret_is_not_shown() {
    if !able() {
        return;
    }
    let run = prove(&format!("{HEAD}{SUBNETS}key k {{ algorithm hmac-md5; secret geheim!geheim; }}\n"));
    assert!(!run.err.contains("geheim"), "{}", run.err);
}
