use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

pub const SITE: &str = "\
name: Lab
servers:
  boot: { ip: 10.0.0.2/24, interfaces: [eth0] }
http: none
loaders: { bios: undionly.kpxe, efi_x64: ipxe.efi }
ipxe: { script: menu.ipxe }
iscsi: { server: 10.0.0.9 }
subnets:
  lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1 }
  lab: { cidr: 10.0.1.0/24, ranges: 10.0.1.100-10.0.1.120, routers: 10.0.1.1 }
hosts:
  i38: { mac: 52:54:00:00:00:38, ip: 10.0.0.38, root_path: { iscsi: { target: \"iqn.2020-01.lan.lab:{host}\" } } }
  pc1: { mac: 52:54:00:00:00:01, ip: 10.0.0.11 }
  pc2: { mac: 52:54:00:00:00:02, ip: 10.0.0.12 }
boot_entries:
  memtest: { kind: memtest, label: Memtest, bios: memtest.bin, efi: memtest.efi }
menu:
  timeout: 20s
  items: [memtest, shell, exit]
";

/// A folder with a site and its rendered files.
pub struct Home {
    pub dir: TempDir,
}

impl Home {
    pub fn new(site: &str) -> Self {
        let home = Self { dir: TempDir::new().unwrap() };
        home.site(site);
        home
    }

    pub fn site(&self, text: &str) {
        fs::write(self.path("site.yaml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.dir.path().join(name)
    }

    pub fn run(&self, line: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
        command.args(line.split(' ')).current_dir(self.dir.path());
        Run::of(&command.env("NO_COLOR", "1").stdin(std::process::Stdio::null()).output().unwrap())
    }
}

/// The exit code and the output of a run.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    pub fn ends(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        self
    }

    /// The summary in the words of the site: the lines before the first empty one.
    pub fn words(&self) -> Vec<&str> {
        self.out.lines().take_while(|line| !line.is_empty()).collect()
    }
}

/// The summary that `diff` prints for a change of the site.
#[track_caller]
fn words(old: &str, new: &str) -> Vec<String> {
    let home = Home::new(old);
    home.run("render -q").ends(0);
    home.run("diff").ends(0);
    home.site(new);
    home.run("diff").ends(1).words().into_iter().map(str::to_owned).collect()
}

#[track_caller]
fn changed(from: &str, to: &str) -> Vec<String> {
    assert!(SITE.contains(from), "{from}");
    words(SITE, &SITE.replace(from, to))
}

#[test]
fn changes_are_told_in_the_words_of_the_site() {
    assert_eq!(changed("{host}\" }", "{host}\", lun: 1 }"), ["host i38: root-path LUN 0 → 1"]);
    assert_eq!(
        changed("server: 10.0.0.9", "server: 10.0.0.8"),
        ["host i38: root-path server 10.0.0.9 → 10.0.0.8"]
    );
    assert_eq!(changed("ip: 10.0.0.11", "ip: 10.0.1.11"), ["host pc1: address 10.0.0.11 → 10.0.1.11"]);
    assert_eq!(
        changed("  pc1:", "  pc9:"),
        ["host pc1 renamed to pc9; host-name pc1 → pc9"],
        "the same card is the same machine"
    );
    assert_eq!(
        changed("0.199,", "0.180,"),
        ["subnet lan: range 10.0.0.100 10.0.0.199 → 10.0.0.100 10.0.0.180"]
    );
    assert_eq!(changed("20s", "30s"), ["menu: timeout 20 s → 30 s"]);
    assert_eq!(changed("label: Memtest", "label: Memory"), ["boot entry memtest: label Memtest → Memory"]);
    assert_eq!(changed("memtest.bin", "memtest2.bin"), ["boot entry memtest: its commands change"]);
    assert_eq!(
        changed("[memtest, shell", "[shell, memtest"),
        ["menu: default memtest → shell; order memtest, shell, exit → shell, memtest, exit"]
    );
    assert_eq!(
        changed("interfaces: [eth0]", "interfaces: [eth1]"),
        ["isc-dhcp-server: INTERFACESv4 eth0 → eth1"]
    );
    assert_eq!(
        changed("efi_x64: ipxe.efi", "efi_x64: snponly.efi"),
        ["2 subnets (lan, lab): file for UEFI, 64-bit x86 ipxe.efi → snponly.efi"]
    );
}

#[test]
fn hosts_that_come_and_go_are_counted() {
    let hosts = (1..=3).map(|n| format!("  new{n}: {{ mac: 52:54:00:00:01:0{n}, ip: 10.0.0.5{n} }}\n"));
    let added = SITE.replace("boot_entries:", &format!("{}boot_entries:", hosts.collect::<String>()));
    assert_eq!(words(SITE, &added), ["3 hosts added to lan: new1, new2, new3"]);
    assert_eq!(words(&added, SITE), ["3 hosts removed from lan: new1, new2, new3"]);
    let changed = added.replace("new2: {", "new2: { host_name: none,");
    assert_eq!(words(&added, &changed), ["host new2: host-name new2 removed"]);
}

#[test]
fn the_lines_are_those_of_a_unified_diff_that_patch_takes() {
    let home = Home::new(SITE);
    home.run("render -q").ends(0);
    home.site(&SITE.replace("10.0.0.12", "10.0.0.13").replace("20s", "25s").replace("  pc1:", "  pc0:"));
    let run = home.run("diff").ends(1);
    assert!(run.out.contains("\n-\tfixed-address 10.0.0.12;\n+\tfixed-address 10.0.0.13;\n"), "{}", run.out);
    let at = run.out.find("\n--- a/").unwrap();
    fs::write(home.path("change.patch"), &run.out[at..]).unwrap();
    let patch = Command::new("patch")
        .args(["-p1", "-s", "-d"])
        .arg(home.path("out/boot"))
        .arg("-i")
        .arg(home.path("change.patch"))
        .status();
    if !patch.is_ok_and(|status| status.success()) {
        return println!("skipped: patch is not installed");
    }
    // The bytes are the new ones; the manifest is not patched.
    let check = home.run("render --check").ends(1);
    assert_eq!(check.out, "changed   manifest.json\n");
}

#[test]
fn check_writes_nothing_and_lists_what_would_change() {
    let home = Home::new(SITE);
    let run = home.run("render --check").ends(1);
    assert!(
        run.out.contains("created   boot/etc/dhcp/dhcpd.conf\n")
            && run.out.ends_with("created   manifest.json\n")
    );
    assert!(!home.path("out").exists());
    home.run("render -q").ends(0);
    assert_eq!(home.run("render --check").ends(0).out, "");
    fs::write(home.path("out/boot/etc/dhcp/dhcpd.conf"), "by hand").unwrap();
    let run = home.run("render --check").ends(1);
    assert_eq!(run.out, "changed   boot/etc/dhcp/dhcpd.conf  (changed since it was rendered)\n");
    assert_eq!(fs::read_to_string(home.path("out/boot/etc/dhcp/dhcpd.conf")).unwrap(), "by hand");
    home.site("servers: [");
    home.run("render --check").ends(1);
    home.run("diff --against nowhere").ends(1);
}

#[test]
fn a_root_folder_is_compared_with_one_server() {
    let home = Home::new(SITE);
    fs::create_dir_all(home.path("root/etc/dhcp")).unwrap();
    fs::write(home.path("root/etc/dhcp/dhcpd.conf"), "host old { hardware ethernet 52:54:00:00:00:99; }\n")
        .unwrap();
    let run = home.run("diff --against root --server boot").ends(1);
    assert!(run.words().contains(&"host old removed"), "{}", run.out);
    assert!(run.out.contains("changed   /etc/dhcp/dhcpd.conf  (not written by ipxegen)\n"), "{}", run.out);
    assert!(run.out.contains("--- /dev/null\n+++ b/srv/tftp/menu.ipxe\n"), "{}", run.out);
    assert_eq!(fs::read_dir(home.path("root")).unwrap().count(), 1, "nothing is written");
    home.run("diff --against root --server bot").ends(1);
    home.run("diff --against nowhere --server boot").ends(2);
}

#[test]
fn a_file_that_not_everybody_may_read_is_named_only() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new(SITE);
    home.run("render -q").ends(0);
    let path = home.path("out/boot/etc/dhcp/dhcpd.conf");
    fs::write(&path, "host hidden { }").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let run = home.run("diff").ends(1);
    assert!(!run.out.contains("hidden") && !run.out.contains("i38"), "{}", run.out);
    assert!(run.out.contains("/etc/dhcp/dhcpd.conf: not everybody may read it"), "{}", run.out);
    let json: serde_json::Value = serde_json::from_str(&home.run("diff --format json").ends(1).out).unwrap();
    assert_eq!(json["files"][0]["masked"], true);
    assert!(json["files"][0]["diff"].is_null());
}

#[test]
fn programs_get_json() {
    let home = Home::new(SITE);
    home.run("render -q").ends(0);
    let json = |run: Run| serde_json::from_str::<serde_json::Value>(&run.out).unwrap();
    assert_eq!(json(home.run("diff --format json").ends(0))["changed"], false);
    home.site(&SITE.replace("20s", "30s"));
    let found = json(home.run("diff --format json").ends(1));
    assert_eq!(found["site"], serde_json::json!(["menu: timeout 20 s → 30 s"]));
    assert_eq!(found["files"][0]["path"], "/srv/tftp/menu.ipxe");
    assert!(found["files"][0]["diff"].as_str().unwrap().starts_with("--- a/srv/tftp/menu.ipxe\n"));
}

/// `ipxe.options` defines the options for passwords; the definitions themselves are not secret.
#[test]
fn a_site_without_secrets_is_shown_whole() {
    let home = Home::new(SITE);
    fs::create_dir(home.path("empty")).unwrap();
    let shown = home.run("diff --against empty --server boot").ends(1).out;
    assert!(shown.contains("+option ipxe.password code 191 = string;"), "{shown}");
    assert!(!shown.contains("***"), "{shown}");
}

/// Each example, compared with its own rendered files and with an empty folder.
#[test]
fn examples_differ_from_nothing_and_not_from_themselves() {
    for example in ["minimal", "classroom", "branch", "iscsi-windows"] {
        let site = Path::new("examples").join(example).join("site.yaml");
        let home = Home::new(&fs::read_to_string(site).unwrap());
        home.run("render -q").ends(0);
        assert_eq!(home.run("diff").ends(0).out, "", "{example}");
    }
}

// ---- over files written by hand

/// A school's room as its files say it, with sixty reservations.
fn hand_written(home: &Home) {
    let definitions: String = (1..=36)
        .map(|code| format!("option ipxe.feature-{code} code {code} = unsigned integer 8;\n"))
        .collect();
    let reservations: String = (1..=60)
        .map(|n| {
            format!(
                "host poste-{n:02} {{ hardware ethernet 52:54:00:AA:00:{n:02X}; fixed-address 10.0.0.{}; }}\n",
                n + 10
            )
        })
        .collect();
    let dhcpd = format!(
        "default-lease-time 7200;\nallow unknown-clients;\n#authoritative;\noption space ipxe;\n\
         option ipxe-encap-opts code 175 = encapsulate ipxe;\noption arch code 93 = unsigned integer 16;\n\
         {definitions}\
         class \"phones\" {{ match if substring(option vendor-class-identifier, 0, 5) = \"phone\"; }}\n\
         ###RESEAU###\n\
         subnet 10.0.0.0 netmask 255.255.255.0 {{\n\
         option routers 10.0.0.1;\noption domain-name-servers 8.8.8.8,1.1.1.1;\noption time-servers 10.0.0.1;\n\
         range 10.0.0.100 10.0.0.199;\n\
         pool {{ allow members of \"phones\"; range 10.0.0.210 10.0.0.219; }}\n\
         next-server 10.0.0.200;\n\
         if option arch = 00:07 {{\n\
         if exists user-class and option user-class = \"iPXE\" {{ filename \"http://10.0.0.200/install.ipxe\"; }}\n\
         else {{ filename \"ipxe/ipxe.efi\"; }}\n\
         }} else {{ filename \"undionly.kpxe\"; }}\n\
         }}\n{reservations}"
    );
    for (path, text) in [
        ("etc/dhcp/dhcpd.conf", dhcpd.as_str()),
        ("etc/default/isc-dhcp-server", "INTERFACESv4=\"\"\nINTERFACESv6=\"\"\n"),
        (
            "etc/default/tftpd-hpa",
            "TFTP_USERNAME=\"tftp\"\nTFTP_DIRECTORY=\"/srv/tftp\"\nTFTP_ADDRESS=\"10.0.0.200:69\"\n\
             TFTP_OPTIONS=\"--secure\"\nRUN_DAEMON=\"yes\"\n",
        ),
        ("etc/exports", "/srv/tftp/live *(async,no_root_squash,no_subtree_check,ro)\n"),
        ("etc/samba/smb.conf", "[win]\npath = /srv/win\nguest ok = yes\n\n[scans]\npath = /srv/scans\n"),
        (
            "var/www/html/install.ipxe",
            "#!ipxe\nmenu\nitem live Live\nitem shell Shell\n:live\nshell\n:shell\nshell\n",
        ),
        ("srv/startnet.cmd", "wpeinit\n"),
    ] {
        let path = home.path("root").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

const ROOM: &str = "\
servers:
  boot: { ip: 10.0.0.200/24, interfaces: [eth0] }
http: none
loaders: { bios: undionly.kpxe, efi_x64: ipxe.efi }
ipxe: { script: menu.ipxe }
subnets:
  room: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.199, routers: 10.0.0.1, dns: [8.8.8.8, 1.1.1.1] }
hosts:
  \"poste-[01-58]\": { mac: \"52:54:00:aa:00:[01-3a]\", ip: \"10.0.0.[11-68]\" }
  neuf-1: { mac: 52:54:00:bb:00:01, ip: 10.0.0.80 }
  neuf-2: { mac: 52:54:00:bb:00:02, ip: 10.0.0.81 }
smb:
  shares:
    win: { path: /srv/win, guest: true }
boot_entries:
  memtest: { kind: memtest, label: Memtest, bios: memtest.bin, efi: memtest.efi }
";

/// The first run over files that somebody wrote decides most: each thing that goes is named, and what is many times the
/// same is said once.
#[test]
fn files_written_by_hand_are_compared_line_by_line_of_meaning() {
    let home = Home::new(ROOM);
    hand_written(&home);
    let run = home.run("diff --against root --server boot").ends(1);
    let words = run.words().join("\n");
    for line in [
        "58 hosts (poste-01, poste-02, poste-03, poste-04, poste-05 …): host-name {host} added",
        "2 hosts removed from room: poste-59, poste-60",
        "2 hosts added to room: neuf-1, neuf-2",
        "class phones removed",
        "pool 10.0.0.210 10.0.0.219 removed from room",
        "share scans removed",
    ] {
        assert!(run.words().contains(&line), "{line}\n\n{words}");
    }
    // A subject with many changes has a line for each.
    let subnet = run.words().into_iter().skip_while(|line| *line != "subnet room:").skip(1);
    let subnet: Vec<&str> = subnet.map_while(|line| line.strip_prefix("  ")).collect();
    for part in [
        "time-servers 10.0.0.1 removed",
        "range 10.0.0.210 10.0.0.219 removed",
        "file for option arch = 00:07 ipxe/ipxe.efi removed",
        "file for other clients undionly.kpxe removed",
    ] {
        assert!(subnet.contains(&part), "{part}\n{words}");
    }
    for same in ["domain-name-servers", "routers", " mac ", " address 10"] {
        assert!(!words.contains(same), "{same}\n{words}");
    }
    assert!(words.contains("option definitions removed: ipxe.feature-1,"), "{words}");
    assert!(words.lines().count() < 50 && words.lines().all(|line| line.chars().count() < 120), "{words}");
    let last = run.out.lines().last().unwrap();
    assert!(last.ends_with("58 hosts changed, 2 added, 2 removed"), "{last}");
}

#[test]
fn a_subnet_is_found_by_its_network() {
    assert_eq!(
        changed("  lab: { cidr", "  den: { cidr"),
        ["subnet lab renamed to den"],
        "the name is a comment in the file"
    );
    let run = |home: &Home| home.run("diff").ends(1).out.lines().last().unwrap().to_owned();
    let home = Home::new(SITE);
    home.run("render -q").ends(0);
    home.site(&SITE.replace("10.0.0.11", "10.0.0.13"));
    assert_eq!(run(&home), "1 file changed, 1 host changed");
}

/// Each DHCP server's file has the same hosts and subnets, and `diff` says so whichever is replaced by which.
#[test]
fn another_dhcp_server_takes_no_host_away() {
    let sites = ["isc", "kea", "dnsmasq"].map(|daemon| format!("{SITE}dhcp: {{ daemon: {daemon} }}\n"));
    for old in &sites {
        for new in sites.iter().filter(|new| *new != old) {
            let words = words(old, new);
            let about = |line: &&String| line.contains("host") || line.contains("subnet");
            let about: Vec<&String> = words.iter().filter(about).collect();
            let is_note = |line: &&&String| line.starts_with("hosts and subnets are compared by addresses");
            assert!(about.iter().all(|line| is_note(&line)), "{words:#?}");
            let moved = new.replace("ip: 10.0.0.11", "ip: 10.0.0.21");
            let words = self::words(old, &moved);
            assert!(words.contains(&"host pc1: address 10.0.0.11 → 10.0.0.21".to_owned()), "{words:#?}");
        }
    }
}

/// Files that were written by hand have columns, and blanks between clients are no change.
#[test]
fn blanks_in_exports_are_no_change() {
    let nfs =
        "nfs: { exports: [{ path: /srv/a, clients: [10.0.0.0/24, 10.0.1.0/24], options: [ro, sync] }] }\n";
    let home = Home::new(&format!("{SITE}{nfs}"));
    home.run("render -q").ends(0);
    let path = home.path("out/boot/etc/exports");
    let text = fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|line| line.starts_with("/srv/a ")).unwrap();
    let [folder, one, other] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
    for (blanks, more) in [("  ", "\t"), ("\t", " \t "), (" ", "   ")] {
        fs::write(&path, text.replace(line, &format!("{folder}{blanks}{one}{more}{other}"))).unwrap();
        let run = home.run("diff").ends(1);
        assert!(!run.words().iter().any(|word| word.starts_with("export")), "{:?}", run.words());
    }
}
