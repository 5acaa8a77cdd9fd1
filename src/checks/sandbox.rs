//! Confines a checker: it acts on text of the site, which somebody else may have written.
//!
//! When ipxegen runs as root, a checker runs as an account without rights, in namespaces of its own (util-linux's
//! `unshare`). There every file system is read-only except for a small work folder, only harmless devices exist, the
//! processes of the machine are not visible and, unless the checker needs it, there is no network. So a line such as
//! nginx's `access_log /path` writes nothing, and Apache's `Include /etc/shadow` reads nothing.
//!
//! When ipxegen does not run as root, a checker has the rights of the user who runs it. It still starts no other program,
//! unless it cannot do its work without: text of the site would choose it.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::{Context as _, Result};
use foldhash::HashMap;

use super::account::CheckerAccount;
use super::stage::StagingFolder;
use crate::outputs::Checker;
use crate::process::{Ended, Keep, TIMEOUT, run};

/// A script that `sh` runs as root in the new namespaces. Its arguments: the staging folder outside and inside of them,
/// the account and its group as numbers, `logs` if the checker writes logs or else an empty text, the number of mount
/// points and the mount points, the number of sockets and their paths, the command.
const SETUP: &str = r#"
set -eu
# The checker's account has to reach the folders made here, whatever umask root has.
umask 022
cd "$1"
inside=$2 user=$3 group=$4 logs=$5 count=$6
shift 6
attach() { mount -n "$@"; }
small=nosuid,nodev,nr_inodes=16k
if [ -n "$logs" ]; then
    for top in /var/log /var/cache; do
        [ -d "$top" ] || continue
        # Skip names with a line break: no daemon uses one, and this list would split it in two.
        folders=$(find "$top" -name '*
*' -prune -o -type d -print)
        attach -t tmpfs -o "mode=755,size=16m,$small" tmpfs "$top"
        printf '%s\n' "$folders" | while IFS= read -r folder; do mkdir -p "$folder"; done
        chown -R "$user:$group" "$top"
    done
fi
while [ "$count" -gt 0 ]; do
    if [ -z "$logs" ] || { [ "$1" != /var/log ] && [ "$1" != /var/cache ]; }; then
        # `remount` fails for a mount that another one hides; the path itself still has to be read-only.
        attach -o remount,bind,ro,nosuid none "$1" 2>/dev/null || :
        if [ -w "$1" ]; then
            echo "$1 stays writable" >&2
            exit 1
        fi
    fi
    shift
    count=$((count - 1))
done
# A socket accepts connections on a read-only file system too.
hide='for socket; do mount -n -c --bind /dev/null "$socket" || [ ! -S "$socket" ] || exit 1; done'
[ ! -d /run ] || find /run -xdev -type s -print0 2>/dev/null | xargs -0 -r sh -c "$hide" sh
count=$1
shift
while [ "$count" -gt 0 ]; do
    [ ! -S "$1" ] || sh -c "$hide" sh "$1"
    shift
    count=$((count - 1))
done
attach -t tmpfs -o mode=755,nosuid,size=16m tmpfs /tmp
mkdir -p /tmp/dev "$inside/files" "$inside/work"
for device in null zero full random urandom; do
    : >"/tmp/dev/$device"
    attach -c --bind "/dev/$device" "/tmp/dev/$device"
done
attach -c --bind files "$inside/files"
attach -c -o remount,bind,ro,nosuid none "$inside/files"
attach -t tmpfs -o "mode=700,uid=$user,gid=$group,size=64m,$small" tmpfs "$inside/work"
attach -c --rbind /tmp/dev /dev
attach -o remount,bind,ro,nosuid none /dev
attach -o remount,bind,ro,nosuid none /tmp
cd /
ulimit -c 0
ulimit -f 131072
prlimit --pid $$ --nproc=4096:4096
# The kernel ends this process first when memory is short.
echo 1000 >/proc/self/oom_score_adj
exec "$@"
"#;

/// Runs the program of its arguments without the right to start processes. `dhcpd -t` evaluates `execute` and
/// `dnsmasq --test` runs `conf-script`, also those of included files (tried with 4.4.3 and 2.90). The option for the limit
/// is `-p` in dash and busybox, and `-u` in bash.
const NO_PROCESSES: &str = r#"ulimit -p 0 2>/dev/null || ulimit -u 0 || exit; exec "$@""#;

/// The folders of the programs that every account may run.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// How checkers are run here.
pub(super) struct Sandbox {
    /// All mount points; `None` if we are not root, and cannot confine a checker.
    mounts: Option<Vec<OsString>>,
    /// The results of earlier attempts to make namespaces: why they failed, by whether network, logs and root of a
    /// user namespace were wanted.
    tried: RefCell<HashMap<(bool, bool, bool), Option<String>>>,
}

impl Sandbox {
    /// Looks at what this machine allows.
    pub(super) fn new() -> Result<Self> {
        let mounts = match rustix::process::geteuid().is_root() {
            true => Some(mount_points()?),
            false => None,
        };
        Ok(Self { mounts, tried: RefCell::default() })
    }

    /// Whether checkers are confined.
    pub(super) const fn confines(&self) -> bool {
        self.mounts.is_some()
    }

    /// The staging folder as a checker sees it.
    pub(super) fn seen(&self, folder: &StagingFolder) -> PathBuf {
        match &self.mounts {
            Some(_) => Path::new("/tmp").join(folder.path().file_name().unwrap_or_default()),
            None => folder.path().to_owned(),
        }
    }

    /// The path of a program that the checker's account may run.
    pub(super) fn find(&self, program: &str) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        // Debian keeps daemons out of the PATH of those who are not root.
        let all = std::env::split_paths(&path).chain(std::env::split_paths(PATH));
        all.map(|folder| folder.join(program)).find(|path| match self.mounts {
            Some(_) => is_for_all(path),
            None => path.is_file(),
        })
    }

    /// The command that runs a checker.
    pub(super) fn command(
        &self,
        program: &Path,
        checker: &Checker,
        account: &CheckerAccount,
        folder: &StagingFolder,
    ) -> Command {
        let Some(mounts) = &self.mounts else {
            let mut command = Command::new(if checker.processes { program } else { Path::new("sh") });
            if !checker.processes {
                command.args(["-c", NO_PROCESSES, "sh"]).arg(program);
            }
            let path = std::env::var_os("PATH").unwrap_or_else(|| PATH.into());
            command.env_clear().env("PATH", path).env("LC_ALL", "C");
            return command;
        };
        let mut command = Command::new("setpriv");
        // A checker does not outlive us, however we end.
        command.args(["--pdeathsig", "KILL", "--", "unshare", "--mount", "--ipc", "--uts", "--pid"]);
        if !checker.network {
            command.arg("--net");
        }
        command.args(["--fork", "--kill-child", "--mount-proc", "--propagation", "private", "--"]);
        command.args(["sh", "-c", SETUP, "sh"]).arg(folder.path()).arg(self.seen(folder));
        command.args([account.id.to_string(), account.group.to_string()]);
        command.arg(if checker.logs { "logs" } else { "" });
        command.arg(mounts.len().to_string()).args(mounts);
        // Services come and go, so the list is read again. It has the sockets of this network namespace only; SETUP
        // finds those of others below /run.
        let sockets = sockets();
        command.arg(sockets.len().to_string()).args(sockets);
        command.args(["setpriv", &format!("--reuid={}", account.id), &format!("--regid={}", account.group)]);
        command.args([if account.of_daemon { "--init-groups" } else { "--clear-groups" }, "--no-new-privs"]);
        // The kernel clears the signal for the parent's end when the account or the user namespace changes.
        command.args(["--pdeathsig", "KILL"]);
        if checker.network {
            let right = "-all,+net_bind_service";
            command.args(["--bounding-set", right, "--inh-caps", right, "--ambient-caps", right]);
        } else {
            command.args(["--bounding-set", "-all", "--inh-caps", "-all"]);
        }
        command.arg("--");
        if checker.as_root {
            command.args([
                "unshare",
                "--user",
                "--map-root-user",
                "--",
                "setpriv",
                "--pdeathsig",
                "KILL",
                "--",
            ]);
        }
        // Our environment may hold secrets, and Apache expands `${NAME}` in its messages.
        command.arg(program).env_clear().env("PATH", PATH).env("LC_ALL", "C");
        command
    }

    /// Why a checker cannot be confined here, or `None` if it can. Confines a program that does nothing to find out.
    pub(super) fn refusal(
        &self,
        checker: &Checker,
        account: &CheckerAccount,
        folder: &StagingFolder,
        stop: &AtomicBool,
    ) -> Option<String> {
        self.mounts.as_ref()?;
        let kind = (checker.network, checker.logs, checker.as_root);
        if let Some(known) = self.tried.borrow().get(&kind) {
            return known.clone();
        }
        let limit = Duration::from_secs(u64::from(TIMEOUT));
        let mut command = self.command(Path::new("true"), checker, account, folder);
        let refusal = match run(&mut command, Keep::Both, limit, stop) {
            Err(error) => Some(format!("setpriv of util-linux cannot be run: {error}")),
            Ok(Ended::Done(output)) if output.status.success() => None,
            Ok(Ended::Done(output)) => Some(output.line()),
            Ok(ended) => ended.failure().map(|why| format!("the attempt {why}")),
        };
        self.tried.borrow_mut().insert(kind, refusal.clone());
        refusal
    }
}

/// Whether every account may run a program.
fn is_for_all(path: &Path) -> bool {
    let Ok(path) = fs::canonicalize(path) else { return false };
    path.is_file()
        && path
            .ancestors()
            .all(|part| fs::metadata(part).is_ok_and(|met| met.permissions().mode() & 0o001 != 0))
}

/// The mount points of this machine, except those in /proc and /dev.
///
/// # Errors
/// If the kernel's list cannot be read.
pub fn mount_points() -> Result<Vec<OsString>> {
    Ok(mounts(&fs::read("/proc/self/mountinfo").context("cannot read the list of mounts")?))
}

/// The mount points in the kernel's list, except those in /proc and /dev, which SETUP mounts again.
fn mounts(list: &[u8]) -> Vec<OsString> {
    let places = list.split(|byte| *byte == b'\n').filter_map(|line| line.split(|byte| *byte == b' ').nth(4));
    let replaced = |place: &OsString| ["/proc", "/dev"].iter().any(|top| Path::new(place).starts_with(top));
    places.map(unescaped).filter(|place| !replaced(place)).collect()
}

/// The paths of the sockets of this network namespace.
#[must_use]
pub fn sockets() -> Vec<OsString> {
    socket_paths(&fs::read("/proc/net/unix").unwrap_or_default())
}

/// The paths of the sockets in the kernel's list.
fn socket_paths(list: &[u8]) -> Vec<OsString> {
    let place = |line: &[u8]| {
        // The path follows seven columns without blanks.
        let at = line.windows(2).position(|two| two == b" /")?;
        let place = OsString::from_vec(line.get(at + 1..)?.to_vec());
        fs::symlink_metadata(&place).is_ok_and(|met| met.file_type().is_socket()).then_some(place)
    };
    list.split(|byte| *byte == b'\n').filter_map(place).collect()
}

/// Decodes a path of the kernel's list, which writes blanks as a backslash and three octal digits.
fn unescaped(text: &[u8]) -> OsString {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, behind)) = rest.split_first() {
        let code = behind.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) if *first == b'\\' => {
                bytes.push(byte);
                rest = behind.get(3..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    OsString::from_vec(bytes)
}

#[cfg(test)]
mod tests {
    use super::mounts;

    #[test]
    fn the_kernel_lists_file_systems() {
        let list = b"36 35 98:0 /mnt1 / rw,noatime master:1 - ext3 /dev/root rw\n\
            37 36 0:21 / /proc rw - proc proc rw\n38 37 0:22 / /proc/sys/fs rw - x x rw\n\
            40 36 0:5 / /dev/null rw - x x rw\n\
            39 36 0:23 / /media/a\\040b\\134 rw - x x rw\n";
        assert_eq!(mounts(list), ["/", "/media/a b\\"]);
    }
}
