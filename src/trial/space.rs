//! The namespaces of a trial.
//!
//! Two networks: that of the server, and that of its clients and relays. Their first process belongs to this program: it is
//! killed when a [`Space`] is dropped, and by the kernel if this program is killed; everything inside ends with it.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow, bail};
use rustix::fs::{Mode, OFlags};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

use super::Options;
use super::daemon::Trialled;
use super::limits::ControlGroups;
use super::network::Network;
use crate::checks::{mount_points, sockets};
use crate::process::kill;

/// The time to make the namespaces, in which no program of the site's runs.
const SETUP_LIMIT: Duration = Duration::from_secs(30);

/// The longest log that is read.
const LOG: u64 = 1 << 20;

/// Runs as root in new namespaces, in the network of the clients. Its arguments: the number of mount points and the mount
/// points, the number of sockets and their paths, then the command of the daemon. CONF is the folder of the configuration, if the machine has it, STATE those of the
/// daemon's data, CARDS the server's interfaces, ACCOUNT the daemon's account and INNER the script of the server's network.
const OUTER: &str = r#"
set -euf
umask 022
# What starts from here on is in the groups as well.
for group in $CONTROL_GROUPS; do echo 0 >"$group"; done
count=$1
shift
while [ "$count" -gt 0 ]; do
    # `remount` fails for a mount that another one hides; the path itself still has to be read-only.
    mount -n -o remount,bind,ro,nosuid none "$1" 2>/dev/null || :
    if [ -w "$1" ]; then
        echo "$1 stays writable" >&2
        exit 1
    fi
    shift
    count=$((count - 1))
done
# A socket accepts connections on a read-only file system too.
count=$1
shift
while [ "$count" -gt 0 ]; do
    [ ! -S "$1" ] || mount -n -c --bind /dev/null "$1" 2>/dev/null || [ ! -S "$1" ]
    shift
    count=$((count - 1))
done
ulimit -c 0
mount -n -t tmpfs -o mode=755,nosuid tmpfs /tmp
mkdir /tmp/dev /tmp/files /tmp/log
mount -n -t tmpfs -o mode=755,nosuid,nodev,size=16m tmpfs /tmp/log
for device in null zero full random urandom; do
    : >"/tmp/dev/$device"
    mount -n -c --bind "/dev/$device" "/tmp/dev/$device"
done
mount -n -c --rbind /tmp/dev /dev
mount -n -o remount,bind,ro,nosuid none /proc
if [ -n "$CONF" ]; then cp -a "$CONF" /tmp/conf; else mkdir /tmp/conf; fi
# A folder of the daemon's own data, empty. The first start of a service makes some of them.
private() {
    if [ -d "$1" ]; then
        mount -n -t tmpfs -o "$(stat -c mode=%a,uid=%u,gid=%g "$1"),nosuid,nodev,size=64m" tmpfs "$1"
    else
        mount -n -t tmpfs -o mode=755,nosuid,nodev,size=64m tmpfs "${1%/*}"
        mkdir -m 750 "$1"
        chown "$ACCOUNT" "$1"
    fi
}
for folder in /run $STATE; do private "$folder"; done
mkdir /run/lock
mkdir -m 750 /run/kea /run/lock/kea
chown "$ACCOUNT" /run/kea /run/lock/kea
[ "$STATE" != /var/lib/dhcp ] || : >/var/lib/dhcp/dhcpd.leases
[ "$STATE" != /var/lib/dhcp ] || : >/var/lib/dhcp/dhcpd6.leases
ip link set lo up
unshare --net sh -c "$INNER" sh "$@" &
server=$!
here=$(readlink /proc/self/ns/net)
until [ "$(readlink "/proc/$server/ns/net")" != "$here" ]; do sleep 0.02; done
n=0
for card in $CARDS; do
    ip link add "c$n" type veth peer name "$card" netns "$server"
    ip link set dev "c$n" up
    n=$((n + 1))
done
echo ready
read -r _
while read -r number mode owner place; do
    to=/tmp/conf/$place
    mkdir -p "${to%/*}"
    rm -f -- "$to"
    mv -- "/tmp/files/$number" "$to"
    chown -- "$owner" "$to"
    chmod -- "$mode" "$to"
done </tmp/files/list
[ -z "$CONF" ] || mount -n --bind /tmp/conf "$CONF"
ip -batch /tmp/files/clients
: >/tmp/go
wait "$server"
"#;

/// Runs in the network of the server; waits for its interfaces, starts the daemon and says what becomes of it. The daemon
/// listens when its UDP port, PORT in hex, is in TABLE, the kernel's table, which is that of this network alone. A daemon
/// of DHCPv6 needs the addresses of its interfaces that the kernel makes itself, and looks for duplicates of.
const INNER: &str = r#"
set -euf
until [ -e /tmp/go ]; do sleep 0.02; done
ip link set lo up
ip -batch /tmp/files/server
# Kea opens no socket on an interface whose carrier the kernel has not noticed yet, which may take a second.
for card in $CARDS; do
    until ip -o link show dev "$card" | grep -q 'state UP'; do sleep 0.02; done
    [ "$TABLE" = udp ] || until ip -6 address show dev "$card" scope link -tentative | grep -q inet6; do sleep 0.05; done
done
(code=0; "$@" </dev/null >/tmp/log/text 2>&1 || code=$?; echo "$code" >/tmp/ended) &
until [ -e /tmp/ended ]; do
    if grep -q ":$PORT " "/proc/self/net/$TABLE"; then
        echo answers
        break
    fi
    sleep 0.05
done
until [ -e /tmp/ended ]; do sleep 0.1; done
echo ended
exec sleep 86400
"#;

/// The outcome of the daemon's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Came {
    /// It listens.
    Answers,
    /// It has ended.
    Ended,
    /// It did not listen in time.
    Late,
    /// A signal came.
    Stopped,
}

/// Namespaces that end when this value is dropped.
pub(super) struct Space {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<String>,
    errors: File,
    groups: ControlGroups,
}

impl Space {
    /// Makes the namespaces; nothing of the site runs in them yet.
    pub(super) fn new(daemon: &Trialled, network: &Network, options: &Options<'_>) -> Result<Self> {
        let errors = tempfile::tempfile()?;
        let (mounts, sockets) = (mount_points()?, sockets());
        let (user, group) = daemon.account();
        let groups = ControlGroups::new();
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", "unshare", "--net", "--mount", "--ipc", "--uts", "--pid"]);
        command.args(["--fork", "--kill-child", "--mount-proc", "--propagation", "private", "--"]);
        command.args(["sh", "-c", OUTER, "sh"]).arg(mounts.len().to_string()).args(mounts);
        command.arg(sockets.len().to_string()).args(sockets);
        command.args(daemon.command(network));
        // Our environment may hold secrets.
        command.env_clear().env("LC_ALL", "C").env("INNER", INNER).env("STATE", daemon.state());
        command.env("CONF", if daemon.has_folder() { daemon.folder() } else { Path::new("") });
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("CARDS", network.devices().join(" ")).env("ACCOUNT", format!("{user}:{group}"));
        command.env("CONTROL_GROUPS", groups.joined());
        let (port, table) = if network.six { ("0223", "udp6") } else { ("0043", "udp") };
        command.env("PORT", port).env("TABLE", table);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(errors.try_clone()?).process_group(0);
        let mut child = command.spawn().context("setpriv of util-linux cannot be run")?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let (sender, lines) = channel();
        if let Some(stdout) = stdout {
            // It ends with the namespaces, which hold the other end of the pipe.
            thread::spawn(move || {
                for line in BufReader::new(stdout).lines().map_while(io::Result::ok) {
                    if sender.send(line).is_err() {
                        break;
                    }
                }
            });
        }
        let mut space = Self { child, stdin, lines, errors, groups };
        match space.line(SETUP_LIMIT, options)? {
            Line::Said(line) if line == "ready" => Ok(space),
            Line::Stopped => bail!("interrupted by a signal"),
            Line::Late => bail!("no namespaces within {} s", SETUP_LIMIT.as_secs()),
            _ => Err(space.failure()),
        }
    }

    /// Puts the files in place inside, and starts the daemon.
    pub(super) fn start(
        &mut self,
        daemon: &Trialled,
        network: &Network,
        options: &Options<'_>,
    ) -> Result<Came> {
        let mut list = String::new();
        for (number, file) in daemon.files.iter().enumerate() {
            self.write(&number.to_string(), &file.content)?;
            let place = Path::new(&file.path).strip_prefix(daemon.folder())?;
            list.push_str(&format!("{number} {:o} {} {}\n", file.mode, file.owner, place.display()));
        }
        self.write("list", list.as_bytes())?;
        self.write("clients", network.client_lines().as_bytes())?;
        self.write("server", network.server_lines().as_bytes())?;
        if let Some(mut stdin) = self.stdin.take() {
            stdin.write_all(b"begin\n").context("the namespaces have ended")?;
        }
        match self.line(options.limit, options)? {
            Line::Said(line) if line == "answers" => Ok(Came::Answers),
            Line::Said(line) if line == "ended" => Ok(Came::Ended),
            Line::Late => Ok(Came::Late),
            Line::Stopped => Ok(Came::Stopped),
            Line::Said(_) | Line::End => Err(self.failure()),
        }
    }

    /// Writes a file that only root may read into the namespaces' own `/tmp`.
    fn write(&self, name: &str, content: &[u8]) -> Result<()> {
        let path = self.inside("tmp/files").join(name);
        let mut file = File::options().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(content).with_context(|| format!("cannot write {}", path.display()))
    }

    /// The path of a file inside.
    fn inside(&self, path: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/root", self.child.id())).join(path)
    }

    /// The network of the clients.
    pub(super) fn network(&self) -> Result<File> {
        let path = format!("/proc/{}/ns/net", self.child.id());
        let own = fs::metadata("/proc/self/ns/net")?.ino();
        let file = File::open(&path).with_context(|| format!("cannot open {path}"))?;
        if file.metadata()?.ino() == own {
            bail!("it has no network of its own");
        }
        Ok(file)
    }

    /// The messages of the daemon.
    pub(super) fn log(&self) -> String {
        let mut bytes = Vec::new();
        // A program that the daemon starts may put a link or a pipe in the place of the file.
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let path = self.inside("tmp/log/text");
        let file = rustix::fs::open(path, flags | OFlags::RDONLY, Mode::empty()).map(File::from);
        if let Ok(file) = file
            && file.metadata().is_ok_and(|met| met.is_file())
        {
            let _ = file.take(LOG).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Whether the daemon has ended.
    pub(super) fn has_ended(&self) -> bool {
        self.inside("tmp/ended").exists() || !self.inside("tmp/log").exists()
    }

    /// The next line of the scripts.
    fn line(&self, limit: Duration, options: &Options<'_>) -> Result<Line> {
        let end = (Instant::now() + limit).min(options.end);
        loop {
            if options.stop.load(Ordering::Relaxed) {
                return Ok(Line::Stopped);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Line::Late);
            }
            match self.lines.recv_timeout(left.min(Duration::from_millis(50))) {
                Ok(line) => return Ok(Line::Said(line)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(Line::End),
            }
        }
    }

    /// Why the scripts have ended.
    fn failure(&mut self) -> anyhow::Error {
        let mut text = String::new();
        let _ =
            self.errors.rewind().and_then(|()| self.errors.try_clone()?.take(LOG).read_to_string(&mut text));
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        match lines.as_slice() {
            [] => anyhow!("the namespaces ended without a word"),
            lines => anyhow!("{}", lines.join("; ")),
        }
    }
}

enum Line {
    Said(String),
    Late,
    Stopped,
    End,
}

impl Drop for Space {
    fn drop(&mut self) {
        kill(&mut self.child);
        self.groups.remove();
    }
}

/// Works in a network namespace. Only the thread that works is in it.
pub(super) fn inside<T: Send>(namespace: &File, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    thread::scope(|scope| {
        let thread = scope.spawn(|| {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))
                .context("cannot enter the network namespace")?;
            work()
        });
        thread.join().map_err(|_| anyhow!("the thread that asks has ended"))?
    })
}
