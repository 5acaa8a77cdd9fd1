//! Completion in a shell: the script of `ipxegen completions`, run by a real bash.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::support::program::ipxegen;
use super::support::require;

const SITE: &str = "servers: { boot: { ip: 10.0.0.200, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24 }, lab: { cidr: 10.1.0.0/24 } }
groups: { room-a: {}, room-b: {} }
classes: { phones: { match: { vendor_class: x } } }
hosts: { pc-01: { mac: \"52:54:00:12:34:56\" }, \"pc-b[1-2]\": { mac: \"52:54:00:12:34:[01-02]\" } }
boot_entries: { memtest: { kind: iso, iso: m.iso } }
";

/// The candidates that bash gets for the last of these words.
fn completed(folder: &Path, words: &[&str]) -> Vec<String> {
    let script = ipxegen().args(["completions", "bash"]).output().unwrap();
    fs::write(folder.join("completion.bash"), script.stdout).unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_ipxegen")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let line = "source ./completion.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); COMP_TYPE=9
_clap_complete_ipxegen ipxegen \"${@: -1}\" \"${@: -2:1}\"; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["-c", line, "bash", "ipxegen"]).args(words).current_dir(folder).env_clear().env("PATH", path);
    let output = bash.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    text.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn bash_completes_the_names_of_a_site() {
    if !require("bash") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("site.yaml"), SITE).unwrap();
    for (words, expected) in [
        (&["rend"][..], &["render"][..]),
        (&["hosts", "--subnet", ""], &["lab", "lan"]),
        (&["hosts", "--group", "room"], &["room-a", "room-b"]),
        (&["hosts", "--class", ""], &["phones"]),
        (&["hosts", "--boots", "mem"], &["memtest"]),
        (&["trace", "pc"], &["pc-01", "pc-b1", "pc-b2"]),
        (&["probe", "--host", "pc-0"], &["pc-01"]),
        (&["apply", "--server", ""], &["boot"]),
        (&["render", "--only", "tftp"], &["tftpd_hpa"]),
        (&["explain", "duplicate-m"], &["duplicate-mac"]),
        (
            &["check", "--allow", "duplicate-i"],
            &["duplicate-initiator", "duplicate-interface", "duplicate-ip"],
        ),
    ] {
        let mut found = completed(dir, words);
        found.sort();
        assert_eq!(found, expected, "{words:?}");
    }
    // The site of the line, wherever it is.
    fs::write(dir.join("other.yaml"), SITE.replace("lan:", "wan:")).unwrap();
    assert_eq!(completed(dir, &["hosts", "other.yaml", "--subnet", "w"]), ["wan"]);
}

/// A site with errors completes as far as it can be read; none is read with effects, and nothing is printed.
#[test]
fn a_broken_site_is_silent() {
    if !require("bash") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    let names = |site: &[u8]| {
        fs::write(dir.join("site.yaml"), site).unwrap();
        completed(dir, &["hosts", "--subnet", ""])
    };
    assert_eq!(names(SITE.replace("cidr: 10.0.0.0/24", "cider: 1").as_bytes()), ["lan", "lab"]);
    assert_eq!(
        names(b"subnets: { lan: { cidr: 10.0.0.0/24 }, \"a\\e[2Jb\": {}, \"$(touch x)\": {}, \"--with\": {} }\n"),
        ["lan"]
    );
    for broken in [&b"subnets: [\n"[..], b"\xff\xfe", b"", b"a: *b\n", b"include: [nowhere.yaml]\n"] {
        assert!(names(broken).is_empty(), "{broken:?}");
    }
    fs::remove_file(dir.join("site.yaml")).unwrap();
    assert!(completed(dir, &["hosts", "--subnet", ""]).is_empty());
    // A pipe is not read: nobody writes to it.
    rustix::fs::mknodat(
        rustix::fs::CWD,
        dir.join("site.yaml"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    assert!(completed(dir, &["hosts", "--subnet", ""]).is_empty());
}

/// A shell waits for the answer, so a very large site is not read.
#[test]
fn a_site_that_is_too_large_has_no_candidates() {
    if !require("bash") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("site.yaml");
    let padding = |bytes: usize| "#".repeat(bytes - SITE.len() - 1) + "\n";
    for (bytes, expected) in [(16_000_000, &["lab", "lan"][..]), (16_000_001, &[])] {
        fs::write(&path, SITE.to_owned() + &padding(bytes)).unwrap();
        let mut found = completed(folder.path(), &["hosts", "--subnet", ""]);
        found.sort();
        assert_eq!(found, expected, "{bytes} bytes");
    }
}

/// PowerShell inserts a candidate as it is, so the script quotes one that is more than a plain word. clap_complete's script
/// does not.
#[test]
fn powershell_quotes_candidates() {
    let script = ipxegen().args(["completions", "powershell"]).output().unwrap();
    let script = String::from_utf8(script.stdout).unwrap();
    assert_eq!(
        script.matches("CompletionResult]::new($text, $cmd, 'ParameterValue', $help)").count(),
        1,
        "{script}"
    );
    assert!(!script.contains("new($cmd, $cmd"), "{script}");
    let quoted = "\"'\" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($cmd) + \"'\"";
    assert!(script.contains(quoted), "{script}");
}

/// Whoever may write a file into the folder must not get it run by who completes its name.
#[test]
fn bash_quotes_the_names_of_files() {
    if !require("bash") || !require("script") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path();
    fs::write(dir.join("a$(touch ran).yaml"), SITE).unwrap();
    // Writes completion.bash.
    completed(dir, &["rend"]);
    let bin = Path::new(env!("CARGO_BIN_EXE_ipxegen")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let mut script = Command::new("script");
    script.args(["-qec", "bash --norc --noprofile -i", "/dev/null"]).current_dir(dir);
    script.env_clear().env("PATH", path).env("TERM", "dumb").env("HOME", dir);
    script.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = script.spawn().unwrap();
    let line = "source ./completion.bash\nipxegen check a\t; touch read\nexit\n";
    child.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(!dir.join("ran").exists(), "{shown}");
    assert!(dir.join("read").exists(), "{shown}");
}

/// The variable of the scripts, left in the environment, must not turn a command into one that does nothing and ends well.
#[test]
fn a_command_is_carried_out_whatever_its_environment() {
    let run = ipxegen().args(["explain", "no-such-rule"]).env("IPXEGEN_COMPLETE", "bash").output().unwrap();
    assert_eq!(run.status.code(), Some(2), "{}", String::from_utf8_lossy(&run.stderr));
}
