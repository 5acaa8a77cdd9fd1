//! A netboot server with rendered files: a private root file system, and daemons that their init scripts start.

use std::io::{Read, Write};
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

use super::log::Log;
use super::netns::{Net, Space};
use super::suites::LAY_OVER;

/// The root file system: the machine's programs, with private `/etc`, `/var`, `/srv`, `/run`, `/tmp` and `/dev` in memory.
const ROOT: &str = r#"
    new=/tmp
    mount -t tmpfs -o mode=755 tmpfs $new
    for dir in /*; do
        if [ -L "$dir" ]; then cp -P "$dir" $new/; continue; fi
        [ -d "$dir" ] || continue
        mkdir $new$dir
        case $dir in
            /etc) cp -a /etc/. $new/etc/ ;;
            /dev|/home|/media|/mnt|/proc|/root|/run|/srv|/tmp|/var) ;;
            *) mount --rbind "$dir" "$new$dir" ;;
        esac
    done
    chmod 1777 $new/tmp
    mount -t proc proc $new/proc
    for node in null zero full random urandom tty; do
        : >$new/dev/$node
        mount --bind /dev/$node $new/dev/$node
    done
    ln -s /run $new/var/run
    mkdir -p $new/run/lock $new/run/sendsigs.omit.d $new/var/log/samba $new/var/log/nginx $new/var/lib/dhcp \
        $new/srv/tftp $new/var/www/html $new/var/lib/samba/private $new/var/cache/samba $new/var/lib/nginx $new/var/tmp $new/old
    ln -s /run/lock $new/var/lock
    rm -f $new/etc/dhcp/dhcpd.conf $new/etc/default/isc-dhcp-server $new/etc/default/tftpd-hpa
"#;

const ENTER: &str = r#"
    cd $new
    pivot_root . old
    umount -l /old
    cd /
"#;

const NGINX: &str = "
user root;
worker_processes 1;
pid /run/nginx.pid;
error_log /run/nginx-error.log;
events { worker_connections 64; }
http {
    access_log off;
    default_type application/octet-stream;
    client_body_temp_path /run/nginx-body; proxy_temp_path /run/nginx-proxy; fastcgi_temp_path /run/nginx-fastcgi;
    uwsgi_temp_path /run/nginx-uwsgi; scgi_temp_path /run/nginx-scgi;
    server { listen 80; root ROOT; }
}
";

/// A server of the site.
pub struct Server {
    pub space: Space,
    /// The lines that its daemons write to syslog.
    pub log: Log,
    /// The words before the name of Kea or dnsmasq that run the one of another release.
    enter: String,
}

impl Server {
    /// A server with nothing installed yet, and no network card.
    pub fn bare() -> Self {
        Self::sharing(&[])
    }

    /// The same, with some folders of this machine at the same paths.
    pub fn sharing(folders: &[&Path]) -> Self {
        // Kept aside while the root is laid over `/tmp`, where they may be.
        let (mut before, mut after) = ("mount -t tmpfs tmpfs /mnt\n".to_owned(), String::new());
        for (at, folder) in folders.iter().enumerate() {
            let folder = folder.display();
            before += &format!("mkdir /mnt/{at}; mount --rbind '{folder}' /mnt/{at}\n");
            after += &format!("mkdir -p $new'{folder}'; mount --rbind /mnt/{at} $new'{folder}'\n");
        }
        let space = Space::with(&format!("{before}{ROOT}{after}{ENTER}"));
        let log = Log::default();
        let syslog =
            UnixDatagram::bind(format!("/proc/{}/root/dev/log", space.pid())).expect("a syslog socket");
        let lines = log.clone();
        // The thread ends with the test process; the socket's file is gone with the space.
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(length) = syslog.recv(&mut buffer) {
                lines.line(String::from_utf8_lossy(&buffer[..length]).trim_end());
            }
        });
        Self { space, log, enter: String::new() }
    }

    /// A server with one card, `eth0`, and a rendered tree.
    pub fn new(net: &Net, segment: &str, address: &str, tree: &Path) -> Self {
        let server = Self::bare();
        net.plug(segment, &server.space, "eth0", address);
        server.install(tree);
        server
    }

    /// The same with Kea and dnsmasq of another release, which is unpacked in `root`.
    pub fn with_daemons_of(root: &Path, net: &Net, segment: &str, address: &str, tree: &Path) -> Self {
        let mut server = Self::sharing(&[root]);
        net.plug(segment, &server.space, "eth0", address);
        server.install(tree);
        server.space.sh(&format!("root='{}'\n{LAY_OVER}", root.display()));
        server.enter = format!("chroot '{}' ", root.display());
        server
    }

    /// Puts a tree's files in their absolute places, owned by root.
    pub fn install(&self, tree: &Path) {
        let mut pack = Command::new("tar")
            .args(["--owner=0", "--group=0", "-C"])
            .arg(tree)
            .args(["-c", "."])
            .stdout(Stdio::piped())
            .spawn()
            .expect("tar");
        let stream = pack.stdout.take().expect("a pipe");
        let unpack = self
            .space
            .command("tar")
            .args(["-C", "/", "--no-overwrite-dir", "-xp"])
            .stdin(Stdio::from(stream))
            .status()
            .expect("tar");
        assert!(unpack.success() && pack.wait().expect("tar").success(), "cannot install {}", tree.display());
    }

    /// Writes a file, readable by all, with its folders.
    pub fn write(&self, path: &str, contents: &[u8]) {
        let mut child = self
            .space
            .command("sh")
            .args(["-ec", r#"mkdir -p "$(dirname "$1")"; cat >"$1"; chmod a+r "$1""#, "sh", path])
            .stdin(Stdio::piped())
            .spawn()
            .expect("nsenter");
        child.stdin.take().expect("a pipe").write_all(contents).expect("the file is taken");
        assert!(child.wait().expect("sh").success(), "cannot write {path}");
    }

    /// Puts a copy of a file of this machine on the server.
    pub fn stage(&self, path: &str, source: &str) {
        let mut contents = Vec::new();
        std::fs::File::open(source).and_then(|mut f| f.read_to_end(&mut contents)).expect(source);
        self.write(path, &contents);
    }

    /// Starts or stops a service by its init script, which reads the rendered defaults file.
    pub fn service(&self, name: &str, action: &str) {
        let out = "/run/service.out"; // a daemon keeps its parent's pipes open: give it none
        let line = format!("/etc/init.d/{name} {action} >{out} 2>&1 || {{ cat {out}; exit 1; }}");
        let output = self.space.command("sh").args(["-c", &line]).output().expect("nsenter");
        assert!(
            output.status.success(),
            "{name} does not {action}:\n{}{}",
            String::from_utf8_lossy(&output.stdout),
            self.log.text()
        );
    }

    /// Creates the links that the rendered files ask for, with the command of docs/using.md.
    pub fn tmpfiles(&self) {
        self.space.sh(
            "for f in /etc/tmpfiles.d/ipxegen*.conf; do [ ! -e $f ] || systemd-tmpfiles --create $f; done",
        );
    }

    pub fn dhcp(&self) {
        self.service("isc-dhcp-server", "start");
    }

    /// Starts Kea on `eth0`, whatever the site calls the card.
    pub fn kea(&self) {
        self.kea_of("dhcp4", "DHCP4_STARTED");
    }

    /// Kea's server for DHCPv6.
    pub fn kea6(&self) {
        self.kea_of("dhcp6", "DHCP6_STARTED");
    }

    /// Starts dnsmasq on the card, whatever the site calls it.
    pub fn dnsmasq(&self) {
        self.space.sh(&format!(
            "file=/etc/dnsmasq.d/ipxegen.conf
            sed -i 's/^interface=.*/interface=eth0/' $file
            {0}dnsmasq --test -C $file 2>/run/out || {{ cat /run/out >&2; exit 1; }}
            {0}dnsmasq -C $file --user=root --dhcp-leasefile=/run/leases --pid-file=/run/dnsmasq.pid </dev/null >/run/out 2>&1 || {{ cat /run/out >&2; exit 1; }}",
            self.enter
        ));
    }

    fn kea_of(&self, which: &str, started: &str) {
        self.space.sh(&format!(
            r#"sed -i 's/"interfaces-config": .*/"interfaces-config": {{ "interfaces": ["eth0"] }},/' /etc/kea/kea-{which}.conf
            mkdir -p /var/lib/kea /run/kea
            export KEA_LOCKFILE_DIR=/run KEA_PIDFILE_DIR=/run
            {}kea-{which} -c /etc/kea/kea-{which}.conf </dev/null >/run/{which}.out 2>&1 &
            for _ in $(seq 600); do
                grep -q {started} /run/{which}.out && exit 0
                kill -0 $! || break
                sleep 0.1
            done
            cat /run/{which}.out >&2; exit 1"#,
            self.enter
        ));
    }

    pub fn tftp(&self) {
        self.service("tftpd-hpa", "start");
    }

    /// The iSCSI target.
    pub fn tgt(&self) {
        // Debian's init script configures the daemon without waiting for it, as its unit does.
        self.space.sh(
            "start-stop-daemon --start --quiet --pidfile /run/tgtd.pid --make-pidfile --background \
             --exec /usr/sbin/tgtd -- -f; n=0; \
             until tgtadm --op show --mode sys >/dev/null 2>&1; do \
             n=$((n + 1)); [ $n -lt 600 ] || exit 1; sleep 0.1; done",
        );
        self.service("tgt", "start");
    }

    /// nginx with Debian's own configuration, our site enabled as the list of what is left to do says.
    pub fn nginx(&self) {
        self.space.sh(
            "ln -s ../sites-available/ipxegen /etc/nginx/sites-enabled/; rm -f /etc/nginx/modules-enabled/*",
        );
        // Its workers run as www-data, whom the folders above let in.
        self.service("nginx", "start");
    }

    /// Apache with Debian's own configuration, our site enabled as the list of what is left to do says.
    pub fn apache(&self) {
        self.space.sh("mkdir -p /var/log/apache2 /var/lib/apache2; a2ensite -q ipxegen");
        // Its init script wants a tty; what it runs is this.
        self.space.sh("apache2ctl start >/run/apache.out 2>&1 || { cat /run/apache.out >&2; exit 1; }");
    }

    /// Serves a folder over HTTP.
    pub fn http(&self, root: &str) {
        self.write("/run/nginx.conf", NGINX.replace("ROOT", root).as_bytes());
        self.space.sh("nginx -c /run/nginx.conf >/run/nginx.out 2>&1 || { cat /run/nginx.out >&2; exit 1; }");
    }
}
