//! nginx and Apache with Debian's configuration, the rendered site and Debian's default site, asked by curl.

use crate::support::daemons::Server;
use crate::support::netns::{Net, Space};
use crate::support::program::{ipxegen, package};
use crate::support::{Trees, require, require_root};

/// The case's trees, rendered for a test of its own.
fn trees(case: &str) -> Trees {
    let folder = tempfile::TempDir::with_prefix("ipxegen-trees-").unwrap();
    let site = package().join("tests/cases").join(case).join("site.yaml");
    let output = ipxegen().args(["render", "--quiet", "-o"]).arg(folder.path()).arg(site).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Trees::at(folder)
}

/// A server with files, and a client in the same network.
struct Web {
    server: Server,
    client: Space,
    _net: Net,
    /// The first part of every URL.
    base: &'static str,
}

/// An answer: its code, its headers, its body.
struct Answer {
    code: u16,
    headers: String,
    body: String,
}

impl Web {
    fn new(tools: &[&str], case: &str, server: &str, base: &'static str) -> Option<Self> {
        let needed = ["unshare", "nsenter", "ip", "tar", "curl"].iter().chain(tools);
        if !(needed.copied().all(require) && require_root()) {
            return None;
        }
        let net = Net::new(&["lan"]);
        let server = Server::new(&net, "lan", "10.0.0.1/24", &trees(case).of(server));
        let client = Space::new();
        net.plug("lan", &client, "eth0", "10.0.0.7/24");
        for (space, address) in [(&server.space, "2001:db8::1"), (&client, "2001:db8::7")] {
            space.sh(&format!("ip -6 address add {address}/64 dev eth0 nodad"));
        }
        for (path, text) in [
            ("/srv/tftp/undionly.kpxe", "0123456789"),
            ("/srv/tftp/tools/.hidden/kernel", "a kernel"),
            ("/srv/tftp/rocky/.treeinfo", "[general]"),
            ("/srv/tftp/.git/config", "a secret"),
            ("/srv/tftp/a b/100%.wim", "an image"),
            ("/srv/tftp/x.php", "<?php echo 1 ?>"),
            ("/srv/tftp/big.txt", &"text ".repeat(10_000)),
            ("/srv/neighbour", "a secret"),
            ("/srv/tftpd/x", "a secret"),
        ] {
            server.write(path, text.as_bytes());
        }
        Some(Self { server, client, _net: net, base })
    }

    fn ask(&self, path: &str, more: &[&str]) -> Answer {
        self.ask_of("10.0.0.1", path, more)
    }

    fn ask_of(&self, host: &str, path: &str, more: &[&str]) -> Answer {
        let url = format!("http://{host}{}{path}", self.base);
        let output = self
            .client
            .command("curl")
            .args(["--silent", "--show-error", "--include", "--path-as-is", "--globoff", "--max-time", "20"])
            .args(more)
            .arg(&url)
            .output()
            .expect("nsenter");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (headers, body) = text
            .split_once("\r\n\r\n")
            .unwrap_or_else(|| panic!("{url}: {text}{}", String::from_utf8_lossy(&output.stderr)));
        let code = headers.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap();
        Answer { code, headers: headers.to_ascii_lowercase(), body: body.to_owned() }
    }

    /// By both of its addresses; DHCPv6 tells clients of the second one.
    fn serves(&self, path: &str, body: &str) {
        for host in ["10.0.0.1", "[2001:db8::1]"] {
            let answer = self.ask_of(host, path, &[]);
            assert_eq!(
                (answer.code, answer.body.contains(body)),
                (200, true),
                "{host}{path}: {}",
                answer.body
            );
            // Debian's own sites go by the name of a file.
            let kind = "content-type: application/octet-stream";
            assert!(answer.headers.contains(kind), "{host}{path}: {}", answer.headers);
        }
    }

    fn refuses(&self, path: &str) {
        let answer = self.ask(path, &[]);
        assert!(matches!(answer.code, 400 | 403 | 404), "{path}: {} {}", answer.code, answer.body);
        assert!(!answer.body.contains("a secret"), "{path}");
    }

    /// Checks what every rendered site serves; `files` is the URL path of the TFTP root.
    fn holds(&self, files: &str, script: &str) {
        self.serves(script, "#!ipxe");
        self.serves(&format!("{files}/undionly.kpxe"), "0123456789");
        self.serves(&format!("{files}/a%20b/100%25.wim"), "an image");
        self.serves(&format!("{files}/rocky/.treeinfo"), "[general]");
        self.serves(&format!("{files}/x.php"), "<?php");

        let part = self.ask(&format!("{files}/undionly.kpxe"), &["--range", "2-4"]);
        assert_eq!((part.code, part.body.as_str()), (206, "234"), "{}", part.headers);
        assert!(part.headers.contains("content-range: bytes 2-4/10"), "{}", part.headers);
        let whole = self.ask(&format!("{files}/big.txt"), &["--header", "Accept-Encoding: gzip"]);
        assert!(whole.headers.contains("content-length: 50000"), "{}", whole.headers);

        for path in [
            "/".to_owned(),
            "/index.html".into(),
            "/other.ipxe".into(),
            files.into(),
            format!("{files}/"),
            format!("{files}/a%20b/"),
            format!("{files}/missing"),
            format!("{files}/.git/config"),
            format!("{files}/../neighbour"),
            format!("{files}../neighbour"),
            format!("{files}%2e%2e/neighbour"),
            format!("{files}/%2e%2e/neighbour"),
            format!("{files}/..%2fneighbour"),
            format!("{files}d/x"),
            format!("{script}/x"),
            format!("{script}x"),
        ] {
            self.refuses(&path);
        }
    }

    /// Checks a folder of `http.paths`.
    fn holds_folder(&self, root: &str) {
        self.server.write(&format!("{root}/repositories/debian/Release"), b"Suite: stable");
        self.server.write(&format!("{root}/repositories/.git/config"), b"a secret");
        self.server.write(&format!("{root}/repositories2/x"), b"a secret");
        self.serves("/repositories/debian/Release", "Suite: stable");
        for path in [
            "/repositories",
            "/repositories/",
            "/repositories/.git/config",
            "/repositories2/x",
            "/repositories../other.ipxe",
            "/repositories/../other.ipxe",
            "/repositories/..%2fother.ipxe",
        ] {
            self.refuses(path);
        }
    }
}

#[test]
fn nginx_serves_what_the_script_asks_for_and_nothing_else() {
    let Some(web) = Web::new(&["nginx"], "web-servers", "one", "") else { return };
    web.server.write("/var/www/html/index.html", b"a secret");
    web.server.write("/var/www/html/other.ipxe", b"a secret");
    web.server.write("/var/www/html/hosts/52-54-00-00-00-01.ipxe", b"#!ipxe for one");
    web.server.write("/var/www/html/hosts/deep/x.ipxe", b"a secret");
    web.server.nginx();
    web.holds("/tftpboot", "/install.ipxe");
    web.holds_folder("/var/www/html");
    web.serves("/tftpboot/tools/.hidden/kernel", "a kernel");
    web.serves("/hosts/52-54-00-00-00-01.ipxe", "for one");
    web.refuses("/hosts/deep/x.ipxe");
    web.refuses("/hosts/");
    assert_eq!(web.ask("/stats", &[]).code, 204);
    // Debian's own site answers by other names, as before.
    assert_eq!(web.ask("/index.html", &["--header", "Host: elsewhere"]).code, 200);
    assert_eq!(web.ask("/install.ipxe", &["--header", "Host: 192.168.7.1"]).code, 200);
}

#[test]
fn apache_serves_what_the_script_asks_for_and_nothing_else() {
    let tools = ["apache2", "a2ensite"];
    let Some(web) = Web::new(&tools, "web-servers-apache", "boot", ":8080/netboot") else { return };
    let root = "/srv/www \"x\"";
    web.server.write(&format!("{root}/index.html"), b"a secret");
    web.server.write(&format!("{root}/other.ipxe"), b"a secret");
    web.server.write(&format!("{root}/menus/pc-1.ipxe"), b"#!ipxe for one");
    // The first one answers whoever asks by no name of another.
    let other = b"<VirtualHost *:8080>\n\tServerName other\n\tRedirect 404 /\n</VirtualHost>\n";
    web.server.write("/etc/apache2/sites-enabled/000-other.conf", other);
    web.server.apache();
    web.holds("/boot%20files", "/menus/start.ipxe");
    web.holds_folder(root);
    web.serves("/menus/pc-1.ipxe", "for one");
    web.refuses("/menus/");
    web.refuses("/boot%20files/tools/.hidden/kernel");
    let outside = web.client.sh("curl -s -o /dev/null -w '%{http_code}' http://10.0.0.1:8080/server-status");
    assert_eq!(outside, "403");
}

/// A site whose entries have secrets, rendered for one web server.
fn with_secrets(daemon: &str) -> Trees {
    let folder = tempfile::TempDir::with_prefix("ipxegen-secrets-").unwrap();
    let site = format!(
        r#"
servers: {{ boot: {{ ip: 10.0.0.1/24, ip6: "2001:db8::1/64", interfaces: [eth0] }} }}
http: {{ daemon: {daemon} }}
subnets:
  lan: {{ cidr: 10.0.0.0/24, cidr6: "2001:db8::/64", ranges: 10.0.0.100-10.0.0.199 }}
  far: {{ cidr: 10.3.0.0/24, ranges: 10.3.0.100-10.3.0.199, routers: 10.3.0.1 }}
  quiet: {{ cidr: 10.4.0.0/24, netboot: none }}
boot_entries:
  l: {{ kind: linux, over: http, kernel: k, cmdline: [{{ prefix: p=, secret_env: IPXEGEN_PW }}] }}
  m: {{ kind: linux, over: http, kernel: k, cmdline: [quiet] }}
"#
    );
    std::fs::write(folder.path().join("site.yaml"), site).unwrap();
    let trees = tempfile::TempDir::with_prefix("ipxegen-trees-").unwrap();
    let mut command = ipxegen();
    command.env("IPXEGEN_PW", "open-sesame").args(["render", "--quiet", "-o"]).arg(trees.path());
    let output = command.arg(folder.path().join("site.yaml")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("warning[served-secret]"), "{said}");
    Trees::at(trees)
}

/// Only the networks that boot get a file with a secret; everybody gets every other file.
fn gives_secrets_to_machines_that_boot(daemon: &str) {
    let tools = if daemon == "nginx" { "nginx" } else { "apache2" };
    if !(["unshare", "nsenter", "ip", "tar", "curl", tools].into_iter().all(require) && require_root()) {
        return;
    }
    let net = Net::new(&["lan"]);
    let server = Server::new(&net, "lan", "10.0.0.1/24", &with_secrets(daemon).of("boot"));
    let client = Space::new();
    net.plug("lan", &client, "eth0", "10.0.0.7/24");
    for (space, address) in [(&server.space, "2001:db8::1"), (&client, "2001:db8::7")] {
        space.sh(&format!("ip -6 address add {address}/64 dev eth0 nodad"));
    }
    // The client is in other networks as well, which the server reaches.
    for address in ["10.3.0.7/24", "10.4.0.7/24", "10.9.0.7/24"] {
        client.sh(&format!("ip address add {address} dev eth0"));
    }
    client.sh("ip -6 address add 2001:db8:9::7/64 dev eth0 nodad");
    server.space.sh("ip route add 10.3.0.0/24 dev eth0; ip route add 10.4.0.0/24 dev eth0");
    server.space.sh("ip route add 10.9.0.0/24 dev eth0; ip -6 route add 2001:db8:9::/64 dev eth0");
    server.write("/srv/tftp/k", b"a kernel");
    // As the manifest has it; the tree itself carries no owners.
    server.space.sh("chgrp www-data /srv/tftp/ipxegen/l/boot.ipxe");
    if daemon == "nginx" {
        server.nginx();
    } else {
        server.apache();
    }
    let ask = |from: &str, path: &str| {
        let host = if from.contains(':') { "[2001:db8::1]" } else { "10.0.0.1" };
        let output = client
            .command("curl")
            .args([
                "--silent",
                "--show-error",
                "--path-as-is",
                "--globoff",
                "--max-time",
                "20",
                "--interface",
                from,
            ])
            .args(["--write-out", "\n%{http_code}"])
            .arg(format!("http://{host}{path}"))
            .output()
            .expect("nsenter");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, code) = text.rsplit_once('\n').expect("a code");
        (code.to_owned(), body.to_owned())
    };
    let secret = "/tftpboot/ipxegen/l/boot.ipxe";
    for from in ["10.0.0.7", "10.3.0.7", "2001:db8::7"] {
        let (code, body) = ask(from, secret);
        assert!(code == "200" && body.contains("open-sesame"), "{daemon}, {from}: {code} {body}");
        assert_eq!(ask(from, "/tftpboot/k"), ("200".to_owned(), "a kernel".to_owned()), "{daemon}, {from}");
    }
    for from in ["10.4.0.7", "10.9.0.7", "2001:db8:9::7"] {
        assert_eq!(ask(from, "/tftpboot/k"), ("200".to_owned(), "a kernel".to_owned()), "{daemon}, {from}");
        for path in [
            secret,
            "/tftpboot//ipxegen/l/boot.ipxe",
            "/tftpboot/ipxegen/l//boot.ipxe",
            "//tftpboot/ipxegen/l/boot.ipxe",
            "/tftpboot/ipxegen/./l/boot.ipxe",
            "/tftpboot/x/../ipxegen/l/boot.ipxe",
            "/tftpboot/ipxegen/%6c/boot.ipxe",
            "/tftpboot/ipxegen/l%2fboot.ipxe",
            "/tftpboot/ipxegen/l/boot.ipxe/",
            "/tftpboot/ipxegen/l/boot.ipxe/x",
            "/tftpboot/ipxegen/l/boot.ipxe?x=1",
            "/tftpboot/ipxegen/l/boot.ipxe%20",
            "/tftpboot/ipxegen/l/boot.ipxe;x",
            "/tftpboot/ipxegen/l/boot.ipxe%3fx",
            "/TFTPBOOT/ipxegen/l/boot.ipxe",
            "/ipxegen/l/boot.ipxe",
        ] {
            let (code, body) = ask(from, path);
            assert!(
                code != "200" && !body.contains("open-sesame"),
                "{daemon}, {from}, {path}: {code} {body}"
            );
        }
        assert_eq!(ask(from, secret).0, "403", "{daemon}, {from}");
    }
}

#[test]
fn nginx_gives_secrets_only_to_networks_that_boot() {
    gives_secrets_to_machines_that_boot("nginx");
}

#[test]
fn apache_gives_secrets_only_to_networks_that_boot() {
    gives_secrets_to_machines_that_boot("apache");
}
