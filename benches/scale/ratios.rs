//! The ratios that are promised, by time on the processor, which other work disturbs least; of each
//! the shortest of several turns.
//!
//! `--ratios HOSTS` prints them, `--hold` fails when one of a small site is beyond its limit and a margin.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};

use super::{Within, processor, remove, tree, write, write_site, write_tables};

/// One promise: what is measured, by what it is divided, how much of it may come out, and how much
/// where other work disturbs it.
struct Ratio {
    what: &'static str,
    is: f64,
    wanted: f64,
    held: f64,
}

/// Measures a site of so many hosts, and one of a tenth of them.
pub fn ratios(hosts: usize, dir: &Path, hold: bool) -> Result<()> {
    let dir = dir.join("ratios");
    fs::create_dir_all(&dir)?;
    let whole = Measured::of(hosts, &dir)?;
    let tenth = Measured::of(hosts / 10, &dir)?;
    remove(&dir)?;
    let per = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    let ratio = |what, is, wanted, held| Ratio { what, is, wanted, held };
    let mut ratios = vec![
        ratio("render / a bare pass of the parser's events", per(whole.render, whole.events), 1.5, 1.5),
        ratio("render / check and writing the bytes", per(whole.render, whole.check + whole.write), 2.0, 2.2),
        ratio(
            "render from CSV / reading the table and writing the bytes",
            per(whole.table, whole.cells + whole.write),
            4.0,
            CSV_HELD,
        ),
        ratio("render again / render", per(whole.again, whole.render), 1.1, 1.25),
        ratio("check / render", per(whole.check, whole.render), 1.0, 1.1),
        ratio("check with 1,000 findings / check", per(whole.findings, whole.check), 2.0, 2.4),
        ratio("a host / a host of a tenth as many", per(whole.render, tenth.render) / 10.0, 1.2, 1.4),
    ];
    if let Some(python) = whole.python {
        ratios.push(ratio("render / Python", per(whole.render, python), 1.0 / 60.0, 1.0 / 40.0));
    }
    println!("{hosts} hosts, time on the processor             is  wanted at most");
    let mut beyond = Vec::new();
    for Ratio { what, is, wanted, held } in ratios {
        let shown = if is < 0.1 { format!("1/{:.0}", 1.0 / is) } else { format!("{is:.2}") };
        let most = if wanted < 0.1 { format!("1/{:.0}", 1.0 / wanted) } else { format!("{wanted:.2}") };
        println!("{what:<60} {shown:>6} {most:>6}{}", if is > wanted { "  not reached" } else { "" });
        if is > held {
            beyond.push(what);
        }
    }
    println!("peak memory: {} MB", whole.peak / 1_000_000);
    ensure!(!hold || beyond.is_empty(), "beyond the limit and its margin: {}", beyond.join("; "));
    Ok(())
}

/// Not reached yet; held where it is.
const CSV_HELD: f64 = 8.0;

/// Times of a site.
struct Measured {
    events: Duration,
    write: Duration,
    cells: Duration,
    render: Duration,
    again: Duration,
    check: Duration,
    findings: Duration,
    table: Duration,
    python: Option<Duration>,
    peak: u64,
}

impl Measured {
    fn of(hosts: usize, dir: &Path) -> Result<Self> {
        let (site, wrong, table) = (dir.join("site.yaml"), dir.join("wrong.yaml"), dir.join("table.yaml"));
        let (out, copy) = (dir.join("out"), dir.join("copy"));
        write_site(BufWriter::new(File::create(&site)?), hosts)?;
        write_tables(&site, &table, &dir.join("hosts.csv"))?;
        misspell(&site, &wrong, hosts.div_ceil(1000).max(1))?;
        let mut least = Self {
            events: Duration::MAX,
            write: Duration::MAX,
            cells: Duration::MAX,
            render: Duration::MAX,
            again: Duration::MAX,
            check: Duration::MAX,
            findings: Duration::MAX,
            table: Duration::MAX,
            python: None,
            peak: 0,
        };
        let run = |words: &[&str], site: &Path, out: Option<&Path>| {
            let mut arguments = vec![words[0].as_ref(), site.as_os_str()];
            if let Some(out) = out {
                arguments.extend(["-o".as_ref(), out.as_os_str(), "--quiet".as_ref()]);
            }
            arguments.extend(words[1..].iter().map(std::ffi::OsStr::new));
            Within::run("--run", &arguments)
        };
        for _ in 0..5 {
            let keep = |least: &mut Duration, within: &Within| *least = (*least).min(within.processor);
            keep(&mut least.events, &Within::ask("--events", &site, &out)?);
            remove(&out)?;
            let first = run(&["render"], &site, Some(&out))?;
            keep(&mut least.render, &first);
            least.peak = least.peak.max(first.peak);
            keep(&mut least.again, &run(&["render"], &site, Some(&out))?);
            keep(&mut least.check, &run(&["check"], &site, None)?);
            keep(&mut least.findings, &run(&["check", "--format", "short"], &wrong, None)?);
            keep(&mut least.cells, &Within::ask("--cells", &dir.join("hosts.csv"), &out)?);
            remove(&copy)?;
            keep(&mut least.write, &Within::ask("--write", &out, &copy)?);
            remove(&out)?;
            keep(&mut least.table, &run(&["render"], &table, Some(&out))?);
        }
        least.python = python(&site, &dir.join("python.conf"))?;
        Ok(least)
    }
}

/// Misspells a key of a host in so many.
fn misspell(site: &Path, wrong: &Path, every: usize) -> Result<()> {
    let mut text = String::new();
    let mut seen = 0;
    for line in fs::read_to_string(site)?.lines() {
        text.push_str(line);
        text.push('\n');
        if line.starts_with("    mac:") {
            seen += 1;
            if seen % every == 0 {
                text.push_str("    bot: local\n");
            }
        }
    }
    Ok(fs::write(wrong, text)?)
}

/// Python's time on the processor; none where it has not what it needs.
fn python(site: &Path, out: &Path) -> Result<Option<Duration>> {
    let mut probe = Command::new("python3");
    probe.args(["-c", "import yaml, jinja2; yaml.CSafeLoader"]);
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        println!("no python3 with PyYAML's C loader and Jinja2 here: not compared");
        return Ok(None);
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/scale/python.py");
    // The script's own clock: what it took as a whole process.
    let code = "import resource, subprocess, sys\nsubprocess.run([sys.executable, *sys.argv[1:]], check=True)\n\
                usage = resource.getrusage(resource.RUSAGE_CHILDREN)\nprint(usage.ru_utime + usage.ru_stime)";
    let run = Command::new("python3").args(["-c", code, script]).arg(site).arg(out).output()?;
    ensure!(run.status.success(), "python3: {}", String::from_utf8_lossy(&run.stderr));
    let seconds: f64 = String::from_utf8(run.stdout)?.trim().parse().context("no time from python3")?;
    Ok(Some(Duration::from_secs_f64(seconds)))
}

/// Reads every cell of a table.
pub fn cells_here(table: &Path) -> Result<()> {
    let before = processor()?;
    let start = std::time::Instant::now();
    let mut reader = csv::Reader::from_path(table)?;
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        std::hint::black_box(&record);
    }
    Within::tell(start.elapsed(), processor()? - before)
}

/// Writes the files of a tree that is in memory.
pub fn write_here(from: &Path, to: &Path) -> Result<()> {
    let files = tree(from)?;
    let before = processor()?;
    let time = write(&files, to)?;
    Within::tell(time, processor()? - before)
}
