//! The ratios that docs/performance.md promises, by processor time, which other work disturbs least, and by the
//! clock: the shortest of several turns.
//!
//! `--ratios HOSTS` prints them. `--hold` fails if a ratio of a small site, by processor time, is above its limit and
//! a margin.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::alternatives::script;
use super::{Within, processor, remove, tree, write, write_site, write_tables};

/// One promise: the measured work, its divisor, both results, the limit, and the limit on a shared processor. A ratio has
/// no limit if its divisor is so short that the ratio doubles from run to run.
struct Ratio {
    what: &'static str,
    is: [f64; 2],
    wanted: f64,
    held: Option<f64>,
}

/// The shortest time of several turns, on the processor and by the clock.
#[derive(Clone, Copy)]
pub struct Least([Duration; 2]);

impl Least {
    pub const NONE: Self = Self([Duration::MAX; 2]);

    pub fn keep(&mut self, within: &Within) {
        let Self([processor, wall]) = self;
        *processor = (*processor).min(within.processor);
        *wall = (*wall).min(within.wall);
    }

    pub fn per(self, other: Self) -> [f64; 2] {
        [0, 1].map(|at: usize| self.0[at].as_secs_f64() / other.0[at].as_secs_f64())
    }

    pub fn seconds(self) -> [f64; 2] {
        self.0.map(|time| time.as_secs_f64())
    }
}

impl std::ops::Add for Least {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self([self.0[0] + other.0[0], self.0[1] + other.0[1]])
    }
}

/// Measures a site of so many hosts, and one of a tenth of them.
pub fn ratios(hosts: usize, dir: &Path, hold: bool) -> Result<()> {
    let dir = dir.join("ratios");
    fs::create_dir_all(&dir)?;
    let whole = Measured::of(hosts, &dir)?;
    let tenth = Measured::of(hosts / 10, &dir)?;
    remove(&dir)?;
    let ratio = |what, is, wanted, held| Ratio { what, is, wanted, held: Some(held) };
    let mut ratios = vec![
        ratio("render / a bare pass of the parser's events", whole.render.per(whole.events), 0.6, 1.8),
        ratio("render / check and writing the bytes", whole.render.per(whole.check + whole.write), 2.0, 2.3),
        ratio("render from CSV / render from YAML", whole.table.per(whole.render), 1.0, 1.1),
        Ratio {
            what: "render from CSV / reading the table and writing the bytes",
            is: whole.table.per(whole.cells + whole.write),
            wanted: 8.0,
            held: None,
        },
        ratio("render again / render", whole.again.per(whole.render), 1.1, 1.25),
        ratio("check / render", whole.check.per(whole.render), 1.0, 1.1),
        ratio("check with 1,000 findings / check", whole.findings.per(whole.check), 2.0, 2.4),
        ratio(
            "a host / a host of a tenth as many",
            whole.render.per(tenth.render).map(|ratio| ratio / 10.0),
            1.2,
            1.4,
        ),
    ];
    ratios.push(ratio("render for Kea / for dhcpd", whole.kea.0.per(whole.render), 1.3, 1.5));
    ratios.push(ratio("render for dnsmasq / for dhcpd", whole.dnsmasq.0.per(whole.render), 1.3, 1.5));
    if let Some(python) = whole.python {
        ratios.push(ratio("render / Python", whole.render.per(python), 1.0 / 60.0, 1.0 / 20.0));
    }
    println!("{:<60} processor  clock  wanted at most", format!("{hosts} hosts"));
    let mut beyond = Vec::new();
    for Ratio { what, is, wanted, held } in ratios {
        let shown = |is: f64| if is < 0.1 { format!("1/{:.0}", 1.0 / is) } else { format!("{is:.2}") };
        let [processor, wall] = is;
        println!("{what:<60} {:>9} {:>6} {:>15}", shown(processor), shown(wall), shown(wanted));
        if held.is_some_and(|held| processor > held) {
            beyond.push(what);
        }
    }
    println!("peak memory: {} MB", whole.peak / 1_000_000);
    for (daemon, peak) in [("Kea", whole.kea.1), ("dnsmasq", whole.dnsmasq.1)] {
        let ratio = peak as f64 / whole.peak as f64;
        println!("peak memory for {daemon} / for dhcpd: {ratio:.2}, wanted at most 1.5");
        if ratio > 1.5 {
            beyond.push("peak memory for another daemon");
        }
    }
    ensure!(!hold || beyond.is_empty(), "beyond the limit and its margin: {}", beyond.join("; "));
    Ok(())
}

/// Times of a site.
struct Measured {
    events: Least,
    write: Least,
    cells: Least,
    render: Least,
    again: Least,
    check: Least,
    findings: Least,
    table: Least,
    python: Option<Least>,
    peak: u64,
    /// The same site with another DHCP server, and the peak.
    kea: (Least, u64),
    dnsmasq: (Least, u64),
}

impl Measured {
    fn of(hosts: usize, dir: &Path) -> Result<Self> {
        let (site, wrong, table) = (dir.join("site.yaml"), dir.join("wrong.yaml"), dir.join("table.yaml"));
        let (out, copy) = (dir.join("out"), dir.join("copy"));
        write_site(BufWriter::new(File::create(&site)?), hosts)?;
        write_tables(&site, &table, &dir.join("hosts.csv"))?;
        let with_daemon = ["kea", "dnsmasq"].map(|daemon| dir.join(format!("{daemon}.yaml")));
        for (path, daemon) in with_daemon.iter().zip(["kea", "dnsmasq"]) {
            let text = fs::read_to_string(&site)?;
            fs::write(path, text.replacen("dhcp: {", &format!("dhcp: {{ daemon: {daemon},"), 1))?;
        }
        misspell(&site, &wrong, hosts.div_ceil(1000).max(1))?;
        let mut least = Self {
            events: Least::NONE,
            write: Least::NONE,
            cells: Least::NONE,
            render: Least::NONE,
            again: Least::NONE,
            check: Least::NONE,
            findings: Least::NONE,
            table: Least::NONE,
            python: None,
            peak: 0,
            kea: (Least::NONE, 0),
            dnsmasq: (Least::NONE, 0),
        };
        let run = |words: &[&str], site: &Path, out: Option<&Path>| {
            let mut arguments = vec![words[0].as_ref(), site.as_os_str()];
            if let Some(out) = out {
                arguments.extend(["-o".as_ref(), out.as_os_str(), "--quiet".as_ref()]);
            }
            arguments.extend(words[1..].iter().map(std::ffi::OsStr::new));
            Within::run("--run", &arguments)
        };
        // A small site takes a few hundredths of a second, which other work disturbs more.
        let turns = if hosts > 20_000 { 5 } else { 12 };
        for _ in 0..turns {
            least.events.keep(&Within::ask("--events", &site, &out)?);
            remove(&out)?;
            let first = run(&["render"], &site, Some(&out))?;
            least.render.keep(&first);
            least.peak = least.peak.max(first.peak);
            least.again.keep(&run(&["render"], &site, Some(&out))?);
            least.check.keep(&run(&["check"], &site, None)?);
            least.findings.keep(&run(&["check", "--format", "short"], &wrong, None)?);
            least.cells.keep(&Within::ask("--cells", &dir.join("hosts.csv"), &out)?);
            remove(&copy)?;
            least.write.keep(&Within::ask("--write", &out, &copy)?);
            for (site, (time, peak)) in with_daemon.iter().zip([&mut least.kea, &mut least.dnsmasq]) {
                remove(&out)?;
                let within = run(&["render"], site, Some(&out))?;
                time.keep(&within);
                *peak = (*peak).max(within.peak);
            }
            remove(&out)?;
            least.table.keep(&run(&["render"], &table, Some(&out))?);
        }
        least.python = script(&site, &dir.join("python.conf"), 2)?;
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
