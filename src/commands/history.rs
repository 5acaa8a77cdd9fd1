//! `ipxegen history`: the generations that can be brought back.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Result;
use jiff::Timestamp;

use super::{Ending, TextOrJson, console};
use crate::apply::{Generation, KEPT, Provenance, history, recover_mixture};
use crate::report::visible;

/// List the generations of this machine's files that are kept
///
/// Each line has the generation's number, time (UTC), number of files, site and server, the fragments of `--with`, who
/// applied it and the reason. `*` marks the generation in place.
#[derive(clap::Args)]
#[command(after_help = "Exit codes: 0 success; 2 failure.")]
pub(super) struct Args {
    /// The machine's root folder
    #[arg(long, value_name = "DIR", default_value = "/")]
    root: PathBuf,
    /// The output format
    #[arg(long, value_enum, default_value_t = TextOrJson::Text)]
    format: TextOrJson,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    if let Some(repaired) = recover_mixture(&args.root)? {
        writeln!(console::stderr(), "ipxegen: {repaired}")?;
    }
    let all = history(&args.root)?;
    match args.format {
        TextOrJson::Json => {
            let mut out = console::document();
            serde_json::to_writer_pretty(&mut out, &all)?;
            writeln!(out)?;
            out.flush()?;
        }
        TextOrJson::Text => print(&all, &mut console::stdout())?,
    }
    Ok(Ending::Well)
}

fn print(all: &[Generation], out: &mut dyn Write) -> Result<()> {
    if all.is_empty() {
        writeln!(out, "no generation yet: `ipxegen apply` makes one, and the last {KEPT} are kept")?;
    }
    for one in all {
        let mark = if one.current { '*' } else { ' ' };
        let mut line = format!("{mark} {:>4}  {}  {} files, ", one.number, utc(one.time), one.files);
        match one.made {
            Provenance::Applied => {
                line += &format!("from {}", one.site);
                if !one.with.is_empty() {
                    line += &format!(", with {}", one.with.join(", "));
                }
                if !one.by.is_empty() {
                    line += &format!(", by {}", one.by);
                }
                if !one.reason.is_empty() {
                    line += &format!(": {}", one.reason);
                }
            }
            Provenance::Found => line += "found here, not all written by ipxegen",
        }
        writeln!(out, "{}", visible(&line))?;
    }
    Ok(out.flush()?)
}

/// Formats seconds since 1970 as a date and a time in UTC; seconds beyond the year 9999 are printed as a number.
fn utc(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .map_or_else(|| seconds.to_string(), |time| time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::utc;

    #[test]
    fn seconds_are_dates() {
        assert_eq!(utc(0), "1970-01-01 00:00:00");
        assert_eq!(utc(951_782_399), "2000-02-28 23:59:59");
        assert_eq!(utc(951_782_400), "2000-02-29 00:00:00");
        assert_eq!(utc(1_709_251_199), "2024-02-29 23:59:59");
        assert_eq!(utc(4_107_542_400), "2100-03-01 00:00:00");
        assert_eq!(utc(u64::MAX), "18446744073709551615");
    }
}
