//! The program itself, run as a user runs it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The result of a run.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// The run, which must have ended with this code and without a panic.
    #[track_caller]
    pub fn ended(self, code: i32) -> Self {
        assert!(!self.stderr.contains("panicked"), "it panicked:\n{}", self.stderr);
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// The run, whose standard error must hold these words.
    #[track_caller]
    pub fn says(self, words: &str) -> Self {
        assert!(self.stderr.contains(words), "`{words}` is missing in:\n{}", self.stderr);
        self
    }
}

/// The program, with nothing of this machine's environment.
pub fn ipxegen() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.env_clear().env("NO_COLOR", "1").stdin(Stdio::null());
    // The secret of tests/cases/rare-keys/secrets.yaml.
    command.env("IPXEGEN_EXAMPLE", "a-secret-of-15x");
    command
}

/// Runs the program in a folder.
pub fn run_in<S: AsRef<OsStr>>(folder: &Path, arguments: &[S]) -> Ran {
    finish(ipxegen().current_dir(folder).args(arguments), b"")
}

/// Runs the program with a site on its standard input.
pub fn run_on<S: AsRef<OsStr>>(site: &[u8], arguments: &[S]) -> Ran {
    finish(ipxegen().args(arguments).stdin(Stdio::piped()), site)
}

/// The processor time that any run may take: far more than any run needs, and far less than exponential work takes.
/// Processor time does not pass while a busy machine does other work.
const PROCESSOR_LIMIT: Duration = Duration::from_secs(120);

/// The wall-clock time after which a run that uses no processor is taken for hung.
const HANG_LIMIT: Duration = Duration::from_secs(20 * 60);

/// The processor time that a process with its threads has used; `None` once it is gone.
fn processor_time(id: &str) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    // The name, in parentheses, may contain blanks; utime and stime are fields 14 and 15, in ticks of 10 ms
    // on every Linux (proc(5), USER_HZ).
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks: u64 = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(10 * ticks))
}

/// Runs a command to its end; kills it and fails the test if it does not end.
#[track_caller]
pub fn finish(command: &mut Command, stdin: &[u8]) -> Ran {
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("spawns");
    let input = child.stdin.take();
    let (mut stdout, mut stderr) = (child.stdout.take().expect("piped"), child.stderr.take().expect("piped"));
    thread::scope(|scope| {
        scope.spawn(move || {
            if let Some(mut input) = input {
                // A program that ends before it has read everything is none of our business here.
                let _ = input.write_all(stdin);
            }
        });
        let out = scope.spawn(move || {
            let mut bytes = Vec::new();
            stdout.read_to_end(&mut bytes).map(|_| bytes)
        });
        let err = scope.spawn(move || {
            let mut bytes = Vec::new();
            stderr.read_to_end(&mut bytes).map(|_| bytes)
        });
        let id = child.id().to_string();
        let (done, waits) = mpsc::channel::<()>();
        let watch = scope.spawn(move || {
            let start = Instant::now();
            while waits.recv_timeout(Duration::from_millis(500)) == Err(mpsc::RecvTimeoutError::Timeout) {
                let used = processor_time(&id).unwrap_or_default();
                if used > PROCESSOR_LIMIT || start.elapsed() > HANG_LIMIT {
                    let _ = Command::new("kill").args(["-KILL", &id]).status();
                    return Some(used);
                }
            }
            None
        });
        let stdout = out.join().expect("reads").expect("stdout");
        let stderr = err.join().expect("reads").expect("stderr");
        let status = child.wait().expect("waits");
        drop(done);
        let killed = watch.join().expect("watches");
        assert!(killed.is_none(), "killed after {killed:?} of processor time: {command:?}");
        Ran {
            code: status.code(),
            stdout: String::from_utf8(stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8(stderr).expect("stderr is UTF-8"),
        }
    })
}

/// Runs a line of bash in a folder, the program being `$IPXEGEN`, with so many kilobytes of address space.
#[track_caller]
pub fn within(kilobytes: u64, folder: &Path, line: &str) -> Ran {
    let mut command = Command::new("bash");
    command.args(["-c", &format!("ulimit -v {kilobytes}; {line}")]).current_dir(folder);
    command.env_clear().env("NO_COLOR", "1").env("PATH", "/usr/bin:/bin").env("MALLOC_ARENA_MAX", "1");
    finish(command.env("IPXEGEN", env!("CARGO_BIN_EXE_ipxegen")).stdin(Stdio::null()), b"")
}

/// Waits until a condition is true; fails the test if it never is.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < HANG_LIMIT, "never came: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// A file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Its permissions.
    pub mode: u32,
}

/// Every file below a folder by its path, but the lock.
pub fn tree(folder: &Path) -> BTreeMap<String, File> {
    let mut files = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.expect("readable");
        let path = entry.path().strip_prefix(folder).expect("below").to_str().expect("UTF-8").to_owned();
        // Neither is rendered: the lock, and keyed hashes, whose key is random.
        if !entry.file_type().is_file() || matches!(&*path, ".ipxegen.lock" | ".ipxegen-secrets.json") {
            continue;
        }
        let mode = entry.metadata().expect("metadata").permissions().mode() & 0o7777;
        files.insert(path, File { bytes: fs::read(entry.path()).expect("readable"), mode });
    }
    files
}

/// The package's folder.
pub fn package() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The folders whose sites render.
pub const SITES: [&str; 2] = ["examples", "tests/cases"];

/// The name of a folder.
pub fn name(folder: &Path) -> String {
    folder.file_name().expect("a name").to_str().expect("UTF-8").to_owned()
}

/// Whether a report has a finding of that id.
pub fn has_finding(report: &str, id: &str) -> bool {
    report
        .lines()
        .any(|line| ["error", "warning"].iter().any(|word| line.starts_with(&format!("{word}[{id}]: "))))
}

/// Every folder with a site.yaml right below these folders of the package, by name.
pub fn cases(folders: &[&str]) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| fs::read_dir(package().join(folder)).expect("a folder"))
        .map(|entry| entry.expect("readable").path())
        .filter(|path| path.join("site.yaml").is_file())
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no case in {folders:?}");
    found
}

/// Whether expectations are rewritten (`UPDATE=1`) instead of compared.
pub fn updating() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// Compares a text with the file that holds what is expected, or rewrites that; a file that is
/// absent stands for an empty text. What differs is returned.
pub fn expect_text(path: &Path, text: &str) -> Option<String> {
    let wanted = match fs::read_to_string(path) {
        Ok(wanted) => wanted,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => panic!("{}: {error}", path.display()),
    };
    if wanted == text {
        return None;
    }
    if updating() {
        if text.is_empty() {
            fs::remove_file(path).expect("removable");
        } else {
            fs::write(path, text).expect("writable");
        }
        return None;
    }
    Some(difference(path, &wanted, text))
}

/// The first lines in which two texts differ.
pub fn difference(path: &Path, wanted: &str, got: &str) -> String {
    let same = wanted.lines().zip(got.lines()).take_while(|(one, other)| one == other).count();
    let from =
        |text: &str| text.lines().skip(same).take(3).map(|line| format!("    {line}\n")).collect::<String>();
    format!("{}:{}\n  expected:\n{}  got:\n{}", path.display(), same + 1, from(wanted), from(got))
}

/// Every folder right below a folder of the package, by name.
pub fn cases_of(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(package().join(folder)).expect("a folder");
    let mut found: Vec<PathBuf> =
        entries.map(|entry| entry.expect("readable").path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}
