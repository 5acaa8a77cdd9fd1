//! Fetches the files on the way of a boot, and compares them.

use std::fs::File;
use std::io::{self, Read as _};
use std::net::{SocketAddr, SocketAddrV4, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use foldhash::HashSet;
use sha2::{Digest as _, Sha256};

use super::outcome::{Check, State};
use crate::model::{Site, Subnet, Transport};
use crate::trace::{Access, ClientTrace, Fact, ServedFile, Stage, Step, decoded, url_below_root};
use crate::wire::{Blocks, Fault, Fetched, Limits, get, read};

/// The blocks that UEFI asks for, 1500 bytes of Ethernet without the headers, and those of the oldest ROMs.
const FIRMWARE: [Blocks; 2] = [Blocks::Of(1468), Blocks::Plain];

/// The blocks that iPXE asks for (`TFTP_MAX_BLKSIZE`).
const IPXE: [Blocks; 1] = [Blocks::Of(1432)];

/// The most of a first stage; the largest known ones have 2 MiB.
const FIRST_STAGE: u64 = 64 << 20;

/// The part of a file that is fetched if its content is not known.
const BEGIN: u64 = 64 << 10;

/// The most of a rendered file that is kept to be compared line by line.
const KEPT: usize = 4 << 20;

/// Gives the content of a rendered file of a server by index, by its path.
type Rendered<'k> = dyn Fn(usize, &str) -> Result<Option<Vec<u8>>> + 'k;

/// Gives a file below `--root`, which is the root of a server by index.
type BelowRoot<'k> = dyn FnMut(usize, &str) -> Result<Option<PathBuf>> + 'k;

/// The files of the servers, as far as they are known.
pub struct Known<'k> {
    /// The content of a rendered file of a server by index, by its path.
    pub rendered: &'k Rendered<'k>,
    /// A file below `--root`, which is the root of a server by index.
    pub below_root: &'k mut BelowRoot<'k>,
}

/// The content that a file should have.
enum Wanted {
    Rendered(Vec<u8>),
    Below(PathBuf, u64),
    Nothing,
}

/// Fetches each file once.
pub(super) struct Fetcher<'p, 'k> {
    site: &'p Site<'p>,
    subnet: &'p Subnet,
    known: &'p mut Known<'k>,
    silence: Duration,
    /// The URLs that were fetched.
    seen: HashSet<String>,
    /// The services that do not answer: each is waited for once.
    dead: Vec<(SocketAddrV4, Transport)>,
}

impl<'p, 'k> Fetcher<'p, 'k> {
    pub(super) fn new(
        site: &'p Site<'p>,
        subnet: &'p Subnet,
        known: &'p mut Known<'k>,
        silence: Duration,
    ) -> Self {
        Self { site, subnet, known, silence, seen: HashSet::default(), dead: Vec::new() }
    }

    /// Fetches the files of a boot that were not fetched before.
    pub(super) fn fetch(&mut self, client: &ClientTrace) -> Result<Vec<Check>> {
        let mut checks = Vec::new();
        for stage in &client.stages {
            for fact in &stage.facts {
                let Some(url) = self.url(stage, fact) else { continue };
                if !self.seen.insert(url.clone()) {
                    continue;
                }
                let why = match &fact.file {
                    _ if url.starts_with("https://") => "its certificate is for the clients to check",
                    _ if url.contains("${") => "only iPXE knows its settings",
                    Some(file) => {
                        checks.extend(self.file(stage.step, fact, file, &url)?);
                        continue;
                    }
                    None => "no server of the site has it",
                };
                checks.push(Check::new(State::Note, format!("{url}: not fetched, {why}")));
            }
        }
        Ok(checks)
    }

    /// The URL of a fact, if it is one of a file.
    fn url(&self, stage: &Stage, fact: &Fact) -> Option<String> {
        if !matches!(stage.step, Step::FirstStage | Step::Script | Step::Default) {
            return None;
        }
        let value = fact.value.as_deref()?;
        let is_url = ["tftp://", "http://", "https://"].iter().any(|scheme| value.starts_with(scheme));
        let Some(file) = &fact.file else {
            return (is_url && !value.contains(' ')).then(|| value.to_owned());
        };
        match file.access {
            Access::Fetched(_) if is_url => Some(value.to_owned()),
            // A file that the booted system fetches, by its path below the TFTP root.
            Access::Fetched(_) => url_below_root(self.site, self.subnet, file, value),
            Access::Mounted | Access::Inside => None,
        }
    }

    fn file(&mut self, step: Step, fact: &Fact, file: &ServedFile, url: &str) -> Result<Vec<Check>> {
        let wanted = self.wanted(file)?;
        let (bytes, kept) = match &wanted {
            Wanted::Rendered(content) => (content.len() as u64 + 1, content.len().min(KEPT)),
            Wanted::Below(_, size) => (size + 1, 0),
            Wanted::Nothing if step == Step::FirstStage => (FIRST_STAGE, 0),
            Wanted::Nothing => (BEGIN, 0),
        };
        let time = Duration::from_secs(60 + bytes / 1_000_000);
        let limits = Limits { bytes, kept, silence: self.silence, time };
        let ways: &[Option<Blocks>] = match (url.starts_with("tftp://"), step) {
            (false, _) => &[None],
            (true, Step::FirstStage) => &FIRMWARE.map(Some),
            (true, _) => &IPXE.map(Some),
        };
        let mut checks: Vec<Check> = Vec::new();
        let mut right: Option<(String, Vec<String>)> = None;
        for blocks in ways {
            let by = match blocks {
                None => String::new(),
                Some(Blocks::Of(size)) => format!("{size}"),
                Some(Blocks::Plain) => "512".to_owned(),
            };
            let check = match self.transfer(url, step, *blocks, limits) {
                Ok(fetched) => match compare(&wanted, &fetched)? {
                    Ok(text) => {
                        right.get_or_insert_with(|| (text, Vec::new())).1.push(by);
                        continue;
                    }
                    Err(text) => Check::new(State::Wrong, format!("{url}: {text}"))
                        .help("copy the file to the server again, or `ipxegen apply`"),
                },
                Err(fault) => faulty(url, &fault, &by, right.is_some()),
            };
            checks.push(check.at(fact.origin.span));
            // The other way would say the same.
            if right.is_none() {
                break;
            }
        }
        if let Some((text, by)) = right {
            let by: Vec<String> = by.into_iter().filter(|by| !by.is_empty()).collect();
            let by =
                if by.is_empty() { String::new() } else { format!(" (by blocks of {})", by.join(" and ")) };
            checks.insert(0, Check::new(State::Right, format!("{url}: {text}{by}")));
        }
        Ok(checks)
    }

    fn wanted(&mut self, file: &ServedFile) -> Result<Wanted> {
        if let Some(content) = (self.known.rendered)(file.server, &file.path)? {
            return Ok(Wanted::Rendered(content));
        }
        Ok(match (self.known.below_root)(file.server, &file.path)? {
            Some(path) => {
                let size = path.metadata().with_context(|| format!("cannot read {}", path.display()))?.len();
                Wanted::Below(path, size)
            }
            None => Wanted::Nothing,
        })
    }

    fn transfer(
        &mut self,
        url: &str,
        step: Step,
        blocks: Option<Blocks>,
        limits: Limits,
    ) -> Result<Fetched, Fault> {
        let broken = |why: &str| Fault::NoWay(why.to_owned());
        let (scheme, rest) = url.split_once("://").ok_or_else(|| broken("no URL"))?;
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (over, port) = match scheme {
            "tftp" => (Transport::Tftp, 69),
            _ => (Transport::Http, 80),
        };
        let server = address(host, port)?;
        if self.dead.contains(&(server, over)) {
            return Err(Fault::Silent);
        }
        let fetched = match blocks {
            // iPXE decodes its URIs; DHCP's file is the name itself.
            Some(blocks) => {
                let path = if step == Step::Default { decoded(path) } else { Some(path.to_owned()) };
                read(server, &path.ok_or_else(|| broken("a name that is not UTF-8"))?, blocks, limits)
            }
            None => get(server, host, &format!("/{path}"), limits),
        };
        if matches!(fetched, Err(Fault::Silent)) {
            self.dead.push((server, over));
        }
        fetched
    }
}

/// The address of a host and port.
fn address(host: &str, port: u16) -> Result<SocketAddrV4, Fault> {
    let (name, port) = match host.split_once(':') {
        Some((name, written)) => (name, written.parse().unwrap_or(port)),
        None => (host, port),
    };
    let found = (name, port).to_socket_addrs().map_err(|error| Fault::NoWay(format!("{name}: {error}")))?;
    let v4 = found.into_iter().find_map(|address| match address {
        SocketAddr::V4(address) => Some(address),
        SocketAddr::V6(_) => None,
    });
    v4.ok_or_else(|| Fault::NoWay(format!("{name} has no IPv4 address")))
}

/// Compares a file with what it should be; both ends are one line.
fn compare(wanted: &Wanted, fetched: &Fetched) -> Result<Result<String, String>> {
    let size = fetched.told.unwrap_or(fetched.size);
    Ok(match wanted {
        Wanted::Rendered(content) => {
            let is_same = fetched.whole && fetched.hash == <[u8; 32]>::from(Sha256::digest(content));
            if is_same { Ok(format!("{size} bytes, as rendered")) } else { Err(stale(content, fetched)) }
        }
        Wanted::Below(path, known) => {
            if !fetched.whole || fetched.size != *known {
                Err(format!("{size} bytes, and {} has {known}", path.display()))
            } else if fetched.hash == hash(path)? {
                Ok(format!("{size} bytes, as {}", path.display()))
            } else {
                Err(format!("its content is not that of {}", path.display()))
            }
        }
        Wanted::Nothing if fetched.size == 0 => Err("it is empty".to_owned()),
        Wanted::Nothing => Ok(match (fetched.whole, fetched.told) {
            (false, None) => format!("more than {} bytes", fetched.size),
            _ => format!("{size} bytes"),
        }),
    })
}

/// The first line in which a fetched file is not the rendered one. The lines are not shown: an older file may have a
/// secret that nothing masks.
fn stale(content: &[u8], fetched: &Fetched) -> String {
    let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect::<Vec<_>>();
    let (wanted, got) = (lines(content), lines(&fetched.begin));
    let same = wanted.iter().zip(&got).take_while(|(wanted, got)| wanted == got).count();
    format!("it is not the rendered file: line {} is another one", same + 1)
}

fn hash(path: &PathBuf) -> Result<[u8; 32]> {
    let failed = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(failed)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer) {
            Ok(0) => return Ok(hash.finalize().into()),
            Ok(length) => hash.update(buffer.get(..length).unwrap_or_default()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error).with_context(failed),
        }
    }
}

fn faulty(url: &str, fault: &Fault, blocks: &str, others_come: bool) -> Check {
    let by = if blocks.is_empty() { String::new() } else { format!(", by blocks of {blocks}") };
    let tftp = url.starts_with("tftp://");
    let state = if matches!(fault, Fault::NoWay(_)) { State::NotAsked } else { State::Wrong };
    let check = Check::new(state, format!("{url}{by}: {fault}"));
    let help = match fault {
        Fault::NoWay(_) => return check,
        Fault::Silent | Fault::Stopped(_) if others_come => {
            "other block sizes pass: look at the MTU on the way and at the options of the TFTP server"
        }
        Fault::Silent if tftp => {
            "look whether the TFTP server runs, and at the firewalls: it answers from another port than 69"
        }
        Fault::Silent => "look whether the web server runs, and at the firewalls",
        Fault::Refused if tftp => "the TFTP server does not run, or not at this address",
        Fault::Refused => "the web server does not run, or not at this address",
        Fault::Denied(_) => {
            "`ipxegen check --root /` on the server says whether its daemon can read the file"
        }
        Fault::Elsewhere(_) => "firmware does not follow it: let the server give the file itself",
        Fault::Stopped(_) | Fault::Slow(_) | Fault::Broken(_) => "look at the log of the server",
    };
    check.help(help)
}
