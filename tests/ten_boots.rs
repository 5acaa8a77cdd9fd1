//! The faults of docs/troubleshooting.md, each on a server in a network of its own, and what `probe` says of it there. The
//! page's other commands run with those of all pages.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;

use tempfile::TempDir;

use crate::readme::{Block, Page, fits};
use crate::support::daemons::Server;
use crate::support::netns::{Net, Space};
use crate::support::program::finish;
use crate::support::{Trees, render_file, require, require_root};

/// The faults that commands on the server make, by the name behind the fence.
const ON_THE_SERVER: [(&str, &str); 6] = [
    ("none", ""),
    ("no-loader", "rm /srv/tftp/undionly.kpxe"),
    ("unreadable-loader", "chmod 0600 /srv/tftp/undionly.kpxe"),
    ("wrong-loader", "cp /srv/tftp/undionly.kpxe /srv/tftp/ipxe.efi"),
    ("old-script", "sed -i 's/--timeout 20000/--timeout 5000/' /var/www/html/install.ipxe"),
    ("wrong-case", "mv /srv/tftp/debian-12 /srv/tftp/Debian-12"),
];

/// Those for which a daemon gets another file, or is not there, or for which something is between the machines.
const OTHERS: [&str; 6] =
    ["dhcpd-stopped", "old-configuration", "no-root-path", "tftpd-stopped", "firewall", "another-server"];

/// How many faults are made at once: most of the time goes by with waiting.
const AT_ONCE: usize = 4;

/// The server of the page's site, with every boot file, and a machine beside it that asks. The machine has a copy of the
/// server's files in `root`.
struct Lan {
    server: Server,
    machine: Space,
    net: Net,
    folder: TempDir,
    _trees: Trees,
}

impl Lan {
    fn new(site: &str) -> Self {
        const DEBIAN: &str = "/srv/tftp/debian-12/debian-installer/amd64";
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("site.yaml"), site).unwrap();
        let trees = render_file(&folder.path().join("site.yaml"), &[]);
        let net = Net::new(&["lan"]);
        let server = Server::new(&net, "lan", "10.0.0.2/24", &trees.of("boot"));
        for (path, content) in [
            ("/srv/tftp/undionly.kpxe".to_owned(), vec![b'u'; 70_000]),
            ("/srv/tftp/ipxe.efi".to_owned(), vec![b'e'; 4404]),
            (format!("{DEBIAN}/linux"), vec![b'k'; 300_000]),
            (format!("{DEBIAN}/initrd.gz"), vec![b'i'; 500_000]),
        ] {
            server.write(&path, &content);
            let copy = folder.path().join("root").join(path.trim_start_matches('/'));
            fs::create_dir_all(copy.parent().unwrap()).unwrap();
            fs::write(copy, content).unwrap();
        }
        server.tmpfiles();
        server.dhcp();
        server.http("/var/www/html");
        let machine = Space::new();
        net.plug("lan", &machine, "eth0", "10.0.0.50/24");
        Self { server, machine, net, folder, _trees: trees }
    }

    /// Makes a fault. A second server lives as long as the result.
    fn fail(&self, fault: &str) -> Option<Server> {
        if fault != "tftpd-stopped" {
            self.server.tftp();
        }
        let edit_dhcpd = |edit: &str| {
            self.server.space.sh(&format!("sed -i '{edit}' /etc/dhcp/dhcpd.conf"));
            self.server.service("isc-dhcp-server", "restart");
        };
        match fault {
            "tftpd-stopped" => {}
            "dhcpd-stopped" => self.server.service("isc-dhcp-server", "stop"),
            "old-configuration" => edit_dhcpd("s/undionly.kpxe/old.kpxe/"),
            "no-root-path" => edit_dhcpd("/root-path/d"),
            // A firewall that drops packets answers nothing, unlike a machine without the service.
            "firewall" => {
                self.machine.sh("ip neigh replace 10.0.0.2 lladdr 02:00:00:00:00:99 dev eth0 nud permanent");
            }
            "another-server" => {
                let rogue = Server::bare();
                self.net.plug("lan", &rogue.space, "eth0", "10.0.0.66/24");
                rogue.space.sh("dnsmasq -C /dev/null --port=0 --user=root --interface=eth0 --no-ping \
                     --dhcp-range=10.0.0.210,10.0.0.210 --dhcp-boot=evil.0 --dhcp-leasefile=/run/leases \
                     --pid-file=/run/dnsmasq.pid </dev/null >/run/out 2>&1");
                return Some(rogue);
            }
            _ => {
                let (_, commands) = ON_THE_SERVER.iter().find(|(name, _)| *name == fault).expect(fault);
                self.server.space.sh(&format!(":; {commands}"));
            }
        }
        None
    }

    fn run(&self, line: &str) -> String {
        // Inside, the folder is that of the test no longer.
        let mut command = self.machine.command("sh");
        command
            .args(["-c", r#"cd "$1"; PATH=$2:$PATH; exec 2>&1; eval "$3""#, "sh"])
            .arg(self.folder.path())
            .arg(Path::new(env!("CARGO_BIN_EXE_ipxegen")).parent().unwrap())
            .arg(line)
            .env("NO_COLOR", "1");
        // A relative `--root` is shown with its folder in front of it.
        finish(&mut command, b"").stdout.replace(&format!("{}/", self.folder.path().display()), "")
    }
}

#[test]
fn probe_says_of_each_fault_what_the_page_says() {
    let needed = ["unshare", "nsenter", "ip", "tar", "in.tftpd", "nginx", "dhcpd", "dnsmasq"];
    if !(needed.into_iter().all(require) && require_root()) {
        return;
    }
    let blocks = Page::of("docs/troubleshooting.md").blocks();
    let site = &blocks.iter().find(|block| block.info == "yaml").unwrap().text;
    let probes: Vec<_> =
        blocks.iter().filter_map(|block| Some((block.info.strip_prefix("probe ")?, block))).collect();
    let wrong: Vec<String> = probes
        .chunks(AT_ONCE)
        .flat_map(|some| {
            thread::scope(|scope| {
                let running: Vec<_> =
                    some.iter().map(|(fault, block)| scope.spawn(|| compared(site, fault, block))).collect();
                running.into_iter().filter_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
            })
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let made: BTreeSet<_> = probes.iter().map(|(fault, _)| *fault).collect();
    let known = ON_THE_SERVER.iter().map(|(name, _)| *name).chain(OTHERS).collect();
    assert_eq!(made, known);
}

/// Makes a fault, and says what is wrong with the output of the page.
fn compared(site: &str, fault: &str, block: &Block) -> Option<String> {
    let (command, expected) = block.text.split_once('\n').unwrap();
    let lan = Lan::new(site);
    let _second = lan.fail(fault);
    let printed = lan.run(command.strip_prefix("# ").expect("a command of root's"));
    let fits = fits(&expected.lines().collect::<Vec<_>>(), &printed.lines().collect::<Vec<_>>());
    (!fits).then(|| format!("{}: `{fault}` prints\n{printed}~~~\nand not\n{expected}", block.place))
}

/// Each way to fail says what every command says of it.
#[test]
fn each_of_the_ten_says_what_check_trace_and_probe_say() {
    let page = fs::read_to_string("docs/troubleshooting.md").unwrap();
    let sections: Vec<&str> = page.split("\n## ").skip(1).collect();
    assert_eq!(sections.len(), 10);
    for section in sections {
        for command in ["`check", "ipxegen trace ", "```probe "] {
            let said = section.contains(command) || section.contains(&command.replace('`', "ipxegen "));
            assert!(said, "{command} of {}", section.lines().next().unwrap());
        }
    }
}
