//! How `ipxegen render` grows with the hosts of a site: `cargo bench --bench scale -- [HOSTS]…`.
//! `--site HOSTS` prints such a site, for a profiler. `--ratios HOSTS` prints every ratio that docs/performance.md
//! promises. `--hold` measures them on a small site and fails if one is too high. `--growth` measures whether anything
//! grows faster than what is read. `--imports` measures how long `import` takes for 10 MB of anything. `--alternatives` does
//! the same work with Ansible and with a script.
//!
//! The times of one machine say little about another, so each time is given as a ratio: to a bare pass of the YAML parser's
//! events over the same file, and to writing (and syncing) the same bytes. All measurements of a size take turns, and the
//! shortest of each counts, because other work on the machine only adds time.
//!
//! Times are those of the real program as a whole process. Its processor time, which other work disturbs least, and its
//! peak memory are lost when it ends. So this program starts itself, runs the same `main`, and reads its clock and
//! `/proc/self` (`VmHWM` of `status`) at the end.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it prints what it measured")]

use std::ffi::OsString;
use std::fs::{self, File};
use std::hint::black_box;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

#[path = "scale/alternatives.rs"]
mod alternatives;
#[path = "scale/growth.rs"]
mod growth;
#[path = "scale/import_cost.rs"]
mod import_cost;
#[path = "scale/imports.rs"]
mod imports;
#[path = "scale/ratios.rs"]
mod ratios;
#[path = "scale/six.rs"]
mod six;
#[path = "scale/texts.rs"]
mod texts;

use anyhow::{Context as _, Result, bail, ensure};
use granit_parser::{Options, Parser};
use rustix::time::{ClockId, clock_gettime};
use walkdir::WalkDir;

/// The default sizes.
const SIZES: [usize; 4] = [10, 1_000, 100_000, 1_000_000];

/// The size of the site that `--hold` measures.
const HELD: usize = 20_000;

/// Hosts of one subnet; it has room for 4094.
const PER_SUBNET: usize = 4000;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let result = match arguments.as_slice() {
        [what, site, out] if what == "--render" => render_here(site, out),
        [what, arguments @ ..] if what == "--run" => run_here(arguments),
        [what, table, _] if what == "--cells" => ratios::cells_here(Path::new(table)),
        [what, from, to] if what == "--write" => ratios::write_here(Path::new(from), Path::new(to)),
        [what, hosts, ..] if what == "--ratios" => {
            size(hosts).and_then(|hosts| ratios::ratios(hosts, Path::new(env!("CARGO_TARGET_TMPDIR")), false))
        }
        [what, ..] if what == "--hold" => ratios::ratios(HELD, Path::new(env!("CARGO_TARGET_TMPDIR")), true),
        [what, ..] if what == "--alternatives" => {
            alternatives::alternatives(Path::new(env!("CARGO_TARGET_TMPDIR")))
        }
        [what, part @ ..] if what == "--growth" || what == "--imports" => {
            let part = part.first().and_then(|part| part.to_str()).filter(|part| *part != "--bench");
            let measure = if what == "--growth" { growth::growth } else { import_cost::costs };
            measure(part.unwrap_or_default(), Path::new(env!("CARGO_TARGET_TMPDIR")))
        }
        [what, site, _] if what == "--events" => events_here(site),
        [what, hosts] if what == "--site" => size(hosts).and_then(print_site),
        // Cargo puts `--bench` among the arguments.
        sizes => {
            sizes.iter().filter(|size| *size != "--bench").map(size).collect::<Result<_>>().and_then(scale)
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scale: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn size(argument: &OsString) -> Result<usize> {
    let text = argument.to_str().unwrap_or_default();
    let size = text.parse().with_context(|| format!("{} is no number of hosts", argument.display()))?;
    ensure!((1..=4_000_000).contains(&size), "from 1 to 4,000,000 hosts");
    Ok(size)
}

/// Prints a site.
fn print_site(hosts: usize) -> Result<()> {
    write_site(BufWriter::new(std::io::stdout().lock()), hosts)
}

/// The measurements of one size.
struct Measured {
    hosts: usize,
    input: u64,
    output: u64,
    /// The parser's events, and nothing else.
    events: Duration,
    /// Writing the bytes of the tree, and syncing them.
    write: Duration,
    /// The program, into an empty folder.
    first: Duration,
    /// The program once more, with nothing changed.
    again: Duration,
    /// The processor time of the events and of the first run.
    processor: (Duration, Duration),
    /// The first run's peak.
    peak: u64,
}

fn scale(mut sizes: Vec<usize>) -> Result<()> {
    if sizes.is_empty() {
        sizes.extend(SIZES);
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scale");
    fs::create_dir_all(&dir)?;
    println!(
        "  hosts  MB in MB out | ms events   write  render   again |  render/events  render/write | MB/s µs/host peak MB"
    );
    let mut all: Vec<Measured> = Vec::new();
    for hosts in sizes {
        let measured = measure(hosts, &dir)?;
        row(&measured);
        all.push(measured);
    }
    println!("again: with nothing changed. In brackets: by time on the processor. 1 MB is 1,000,000 bytes.");
    let of = |hosts| all.iter().find(|measured| measured.hosts == hosts);
    if let (Some(hundred), Some(million)) = (of(100_000), of(1_000_000)) {
        println!(
            "A host of 1,000,000 costs {:.2} times one of 100,000.",
            per_host(million) / per_host(hundred)
        );
    }
    Ok(())
}

fn row(measured: &Measured) {
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let mb = |bytes: u64| bytes as f64 / 1e6;
    let ratio = |time: Duration, of: Duration| time.as_secs_f64() / of.as_secs_f64();
    let first = measured.first;
    // The kernel keeps count of it a few milliseconds behind.
    let processor = match measured.processor {
        (events, render) if events > Duration::from_millis(100) => format!("{:.2}", ratio(render, events)),
        _ => "-".to_owned(),
    };
    println!(
        "{:>7} {:>6.1} {:>6.1} | {:>9.1} {:>7.1} {:>7.1} {:>7.1} | {:>7.2} ({processor:>4}) {:>13.1} | {:>4.1} {:>7.2} {:>7.1}",
        measured.hosts,
        mb(measured.input),
        mb(measured.output),
        ms(measured.events),
        ms(measured.write),
        ms(first),
        ms(measured.again),
        ratio(first, measured.events),
        ratio(first, measured.write),
        mb(measured.input) / first.as_secs_f64(),
        per_host(measured),
        mb(measured.peak),
    );
}

/// Microseconds.
fn per_host(measured: &Measured) -> f64 {
    measured.first.as_secs_f64() * 1e6 / measured.hosts as f64
}

fn measure(hosts: usize, dir: &Path) -> Result<Measured> {
    let site = dir.join(format!("{hosts}.yaml"));
    let out = dir.join("out");
    let copy = dir.join("copy");
    write_site(BufWriter::new(File::create(&site)?), hosts)?;
    let turns = match hosts {
        0..10_000 => 30,
        10_000..500_000 => 7,
        _ => 3,
    };
    let mut measured = Measured {
        hosts,
        input: fs::metadata(&site)?.len(),
        output: 0,
        events: Duration::MAX,
        write: Duration::MAX,
        first: Duration::MAX,
        again: Duration::MAX,
        processor: (Duration::MAX, Duration::MAX),
        peak: 0,
    };
    for _ in 0..turns {
        let events = Within::ask("--events", &site, &out)?;
        remove(&out)?;
        let within = Within::ask("--render", &site, &out)?;
        remove(&out)?;
        measured.events = measured.events.min(events.wall);
        let (least, least_render) = measured.processor;
        measured.processor = (least.min(events.processor), least_render.min(within.processor));
        measured.peak = measured.peak.max(within.peak);
        measured.first = measured.first.min(render(&site, &out)?);
        measured.again = measured.again.min(render(&site, &out)?);
        let tree = tree(&out)?;
        measured.output = tree.iter().map(|(_, bytes)| bytes.len() as u64).sum();
        remove(&copy)?;
        measured.write = measured.write.min(write(&tree, &copy)?);
    }
    remove(&out)?;
    remove(&copy)?;
    fs::remove_file(&site)?;
    Ok(measured)
}

fn remove(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir)?;
    }
    Ok(())
}

/// The time of `ipxegen render`, from its start to its end.
fn render(site: &Path, out: &Path) -> Result<Duration> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.arg("render").arg(site).arg("-o").arg(out).arg("--quiet");
    let start = Instant::now();
    let status = command.stdin(Stdio::null()).status()?;
    let time = start.elapsed();
    ensure!(status.success(), "ipxegen render ended with {status}");
    Ok(time)
}

/// The values that a process reads about itself at its end.
struct Within {
    wall: Duration,
    processor: Duration,
    peak: u64,
}

impl Within {
    /// Starts this program again.
    fn ask(what: &str, site: &Path, out: &Path) -> Result<Self> {
        Self::run(what, &[site.as_os_str(), out.as_os_str()])
    }

    fn run(what: &str, arguments: &[&std::ffi::OsStr]) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let run = command.arg(what).args(arguments).stderr(Stdio::inherit()).output()?;
        ensure!(run.status.success(), "{what} ended with {}", run.status);
        let text = String::from_utf8(run.stdout)?;
        // The program's own output comes before it.
        let text = text.lines().last().unwrap_or_default();
        let numbers: Vec<u64> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        let [wall, processor, peak] = numbers[..] else { bail!("{what} said {text}") };
        Ok(Self { wall: Duration::from_nanos(wall), processor: Duration::from_nanos(processor), peak })
    }

    /// The answer that [`Within::ask`] reads.
    fn tell(wall: Duration, processor: u64) -> Result<()> {
        let status = fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        let peak: u64 = peak.context("no VmHWM")?.trim().parse()?;
        println!("{} {processor} {}", wall.as_nanos(), peak * 1024);
        Ok(())
    }
}

/// Nanoseconds that all threads of this process were on a processor.
fn processor() -> Result<u64> {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Ok(u64::try_from(time.tv_sec)? * 1_000_000_000 + u64::try_from(time.tv_nsec)?)
}

/// Renders in this process.
fn render_here(site: &OsString, out: &OsString) -> Result<()> {
    let start = Instant::now();
    let arguments =
        ["ipxegen".as_ref(), "render".as_ref(), site.as_os_str(), "-o".as_ref(), out, "--quiet".as_ref()];
    let ending = ipxegen::commands::run(arguments.map(OsString::from));
    ensure!(ending == ExitCode::SUCCESS, "rendering failed");
    Within::tell(start.elapsed(), processor()?)
}

/// Runs the program in this process, whatever it finds.
fn run_here(arguments: &[OsString]) -> Result<()> {
    let start = Instant::now();
    let arguments = [OsString::from("ipxegen")].into_iter().chain(arguments.iter().cloned());
    let ending = ipxegen::commands::run(arguments);
    ensure!([ExitCode::SUCCESS, ExitCode::from(1)].contains(&ending), "it could not do its work");
    Within::tell(start.elapsed(), processor()?)
}

/// A bare pass over the events of a file, with the options with which sites are read.
fn events_here(site: &OsString) -> Result<()> {
    let text = fs::read_to_string(site)?;
    let (start, before) = (Instant::now(), processor()?);
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    let mut parser = Parser::new_from_str_with_options(&text, options);
    while let Some(event) = parser.next_event() {
        black_box(event?);
    }
    Within::tell(start.elapsed(), processor()? - before)
}

/// Every file below a folder: its path there, and its bytes.
fn tree(dir: &Path) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in WalkDir::new(dir) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push((entry.path().strip_prefix(dir)?.to_owned(), fs::read(entry.path())?));
        }
    }
    if files.is_empty() {
        bail!("nothing was rendered");
    }
    Ok(files)
}

/// The time of writing these files, synced as `render` syncs its own.
fn write(tree: &[(PathBuf, Vec<u8>)], dir: &Path) -> Result<Duration> {
    let start = Instant::now();
    for (path, bytes) in tree {
        let path = dir.join(path);
        fs::create_dir_all(path.parent().unwrap_or(dir))?;
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()?;
    }
    Ok(start.elapsed())
}

/// Writes a site of so many hosts, the same at each run and without a finding: of ten hosts six
/// have a disk of their own, three get one from a group by their name, one has none.
fn write_site(mut out: impl Write, hosts: usize) -> Result<()> {
    out.write_all(
        b"name: Scale\n\
        domain: scale.example\n\
        servers:\n  boot: { ip: 172.16.0.10/24, interfaces: eth0 }\n  disks: { ip: 172.16.0.20 }\n\
        dhcp: { servers: boot, dns: 172.16.0.2 }\n\
        tftp: { servers: boot }\n\
        http: { servers: boot }\n\
        iscsi: { server: disks }\n\
        subnets:\n",
    )?;
    for subnet in 0..hosts.div_ceil(PER_SUBNET) {
        let net = |host: usize| ip(subnet, host);
        writeln!(out, "  net-{subnet:04}:")?;
        writeln!(out, "    cidr: {}/20", net(0))?;
        writeln!(out, "    ranges: {}-{}", net(4050), net(4080))?;
        writeln!(out, "    routers: {}", net(4094))?;
    }
    out.write_all(
        b"groups:\n  \
          desktops: { boot: local }\n  \
          diskless:\n    \
            group: desktops\n    \
            boot: debian\n    \
            autoboot: true\n    \
            root_path: { iscsi: { target: \"iqn.2020-01.example.scale:{host}\" } }\n\
        boot_entries:\n  \
          debian: { kind: linux, label: Debian, dir: debian, kernel: linux, initrd: initrd.gz }\n\
        menu: { items: [debian, local] }\n\
        hosts:\n",
    )?;
    for host in 0..hosts {
        let [.., a, b, c, d] = (host as u64).to_be_bytes();
        writeln!(out, "  pc-{host:07}:")?;
        writeln!(out, "    mac: \"52:54:{a:02x}:{b:02x}:{c:02x}:{d:02x}\"")?;
        writeln!(out, "    ip: {}", ip(host / PER_SUBNET, 11 + host % PER_SUBNET))?;
        match host % 10 {
            0..6 => {
                writeln!(out, "    group: desktops")?;
                writeln!(out, "    root_path:")?;
                writeln!(out, "      iscsi:")?;
                writeln!(out, "        server: 172.16.{}.{}", 1 + host / 254 % 200, 1 + host % 254)?;
                writeln!(out, "        target: iqn.2020-01.example.scale:disk-{host:07}")?;
                writeln!(out, "        lun: {}", 1 + host % 8)?;
            }
            6..9 => writeln!(out, "    group: diskless")?,
            _ => {}
        }
    }
    out.flush()?;
    Ok(())
}

/// The same site with its hosts in a table.
fn write_tables(site: &Path, main: &Path, table: &Path) -> Result<()> {
    let text = fs::read_to_string(site)?;
    let (head, hosts) = text.split_once("hosts:\n").context("no hosts")?;
    fs::write(main, format!("{head}include: [{{ csv: hosts.csv }}]\n"))?;
    let mut out = BufWriter::new(File::create(table)?);
    let columns = ["mac", "ip", "group", "server", "target", "lun"];
    writeln!(out, "name,mac,ip,group,root_path.iscsi.server,root_path.iscsi.target,root_path.iscsi.lun")?;
    let mut row: Vec<String> = Vec::new();
    for line in hosts.lines().chain(["  :"]) {
        let (key, value) = line.trim().split_once(':').context("no key")?;
        if line.starts_with("   ") {
            if let Some(at) = columns.iter().position(|column| *column == key) {
                row[at + 1] = value.trim().trim_matches('"').to_owned();
            }
            continue;
        }
        if !row.is_empty() {
            writeln!(out, "{}", row.join(","))?;
        }
        row = vec![String::new(); columns.len() + 1];
        key.clone_into(&mut row[0]);
    }
    Ok(out.flush()?)
}

/// The address of a host in a subnet, both counted from 0.
fn ip(subnet: usize, host: usize) -> std::net::Ipv4Addr {
    std::net::Ipv4Addr::from_bits(0x0a00_0000 + u32::try_from(subnet * 4096 + host).unwrap_or_default())
}
