//! The same work with what an administrator would use instead: PyYAML and Jinja2 in a script of one's own, and Ansible's
//! `template` module. Both fill in one template, which says what `dhcpd.conf` says of the same hosts.
//!
//! `--alternatives` prints a table; docs/performance.md has one.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Within, remove, write_site};
use crate::ratios::Least;

/// The machines of the sites.
const SIZES: [usize; 2] = [1_000, 10_000];

/// The script's own clock: what a program took as a whole process, with its children.
const TIMES: &str = "import resource, subprocess, sys, time\nstart = time.monotonic()\n\
    subprocess.run(sys.argv[1:], check=True)\nwall = time.monotonic() - start\n\
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)\nprint(usage.ru_utime + usage.ru_stime, wall)";

/// A file of this benchmark.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/scale").join(name)
}

/// A Python with PyYAML's C loader and Jinja2. Debian's own is not always the first one in the PATH.
fn python() -> Option<&'static str> {
    ["python3", "/usr/bin/python3"].into_iter().find(|python| {
        let mut probe = Command::new(python);
        probe.args(["-c", "import yaml, jinja2; yaml.CSafeLoader"]);
        probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    })
}

/// What a program took.
fn times(python: &str, program: &OsStr, arguments: &[&OsStr]) -> Result<Within> {
    let run = Command::new(python).args(["-c", TIMES]).arg(program).args(arguments).output()?;
    let said = || format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    ensure!(run.status.success(), "{}: {}", program.display(), said());
    let text = String::from_utf8(run.stdout.clone())?;
    let last = text.lines().last().unwrap_or_default();
    let (processor, wall) = last.split_once(' ').context("no times from python3")?;
    let seconds = |text: &str| Ok::<_, anyhow::Error>(Duration::from_secs_f64(text.parse()?));
    Ok(Within { processor: seconds(processor)?, wall: seconds(wall)?, peak: 0 })
}

/// The times of the script; none if its modules are missing, which fails with `CI` set.
pub fn script(site: &Path, out: &Path, turns: usize) -> Result<Option<Least>> {
    let Some(python) = python() else {
        let why = "no python3 with PyYAML's C loader and Jinja2 here";
        ensure!(std::env::var_os("CI").is_none(), "{why}");
        println!("{why}: not compared");
        return Ok(None);
    };
    let script = file("python.py");
    let mut least = Least::NONE;
    for _ in 0..turns {
        least.keep(&times(python, python.as_ref(), &[script.as_ref(), site.as_ref(), out.as_ref()])?);
    }
    Ok(Some(least))
}

/// The times of Ansible, and its version.
fn ansible(site: &Path, out: &Path, turns: usize) -> Result<Option<(Least, String)>> {
    let installed = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/python/ansible/bin/ansible-playbook");
    let program = if installed.is_file() { installed.as_os_str() } else { "ansible-playbook".as_ref() };
    let (Ok(version), Some(python)) = (Command::new(program).arg("--version").output(), python()) else {
        println!("no ansible-playbook here: not compared");
        return Ok(None);
    };
    let version = String::from_utf8_lossy(&version.stdout).lines().next().unwrap_or_default().to_owned();
    let (path, to) = (format!("path={}", site.display()), format!("out={}", out.display()));
    let playbook = file("playbook.yaml");
    let arguments = [playbook.as_os_str(), "-e".as_ref(), path.as_ref(), "-e".as_ref(), to.as_ref()];
    let mut least = Least::NONE;
    for _ in 0..turns {
        if out.exists() {
            fs::remove_file(out)?;
        }
        least.keep(&times(python, program, &arguments)?);
    }
    Ok(Some((least, version)))
}

/// Prints the table.
pub fn alternatives(dir: &Path) -> Result<()> {
    let dir = dir.join("alternatives");
    fs::create_dir_all(&dir)?;
    println!("{:>8} {:<28} processor   clock   times ipxegen's", "machines", "");
    for machines in SIZES {
        let (site, out) = (dir.join("site.yaml"), dir.join("out"));
        write_site(BufWriter::new(File::create(&site)?), machines)?;
        let mut own = Least::NONE;
        for _ in 0..10 {
            remove(&out)?;
            let words =
                ["render".as_ref(), site.as_os_str(), "-o".as_ref(), out.as_os_str(), "--quiet".as_ref()];
            own.keep(&Within::run("--run", &words)?);
        }
        let row = |what: &str, took: Least| {
            let [processor, wall] = took.seconds();
            let [times, times_wall] = took.per(own);
            println!(
                "{machines:>8} {what:<28} {processor:>7.3} s {wall:>6.3} s {times:>6.0} {times_wall:>6.0}"
            );
        };
        row("ipxegen render", own);
        let by_script = dir.join("script.conf");
        if let Some(took) = script(&site, &by_script, 3)? {
            row("PyYAML and Jinja2", took);
        }
        let by_ansible = dir.join("ansible.conf");
        if let Some((took, version)) = ansible(&site, &by_ansible, 3)? {
            row(&version, took);
            let same = fs::read(&by_ansible)? == fs::read(&by_script)?;
            ensure!(same, "Ansible and the script made different files");
        }
    }
    remove(&dir)
}
