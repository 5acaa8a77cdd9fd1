//! `--imports`: how long `import` takes for [`BYTES`] of each shape of [`super::imports`].
//!
//! Beside the time stands what it was spent on: the size of the site.yaml that came out, and the time that `check` takes
//! for it, by processor time. `--imports PART` measures the shapes whose name contains the part.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::imports::imports;
use super::ratios::Least;
use super::{Within, tree};

/// The size of a file to import.
const BYTES: f64 = 10e6;

/// The size by which the one that makes so many bytes is found.
const SAMPLE: usize = 1_000;

/// The shortest of so many turns counts.
const TURNS: usize = 2;

/// Measures every shape.
pub fn costs(part: &str, dir: &Path) -> Result<()> {
    let dir = dir.join("imports");
    let mut shapes = imports().filter(|(name, ..)| name.contains(part)).peekable();
    ensure!(shapes.peek().is_some(), "no shape has a name with `{part}`");
    println!("processor  clock  import/check  peak MB  MB out  for 10 MB of");
    for (name, file, make) in shapes {
        let bytes = |size| -> Result<u64> {
            if dir.exists() {
                fs::remove_dir_all(&dir)?;
            }
            fs::create_dir_all(&dir)?;
            make(size, &dir)?;
            Ok(tree(&dir)?.iter().map(|(_, bytes)| bytes.len() as u64).sum())
        };
        // Sizes are a few million at most.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a size is small and positive"
        )]
        let size = (SAMPLE as f64 * BYTES / bytes(SAMPLE)? as f64) as usize;
        let read = bytes(size)? as f64;
        let (from, site) = (dir.join(file), dir.join("new/site.yaml"));
        let (mut import, mut check) = (Least::NONE, Least::NONE);
        let (mut wrote, mut peak) = (0.0, 0);
        for _ in 0..TURNS {
            if site.exists() {
                fs::remove_dir_all(dir.join("new"))?;
            }
            let arguments = ["import".as_ref(), from.as_os_str(), "-o".as_ref(), site.as_os_str()];
            let run = Within::run("--run", &arguments).with_context(|| name.clone())?;
            import.keep(&run);
            peak = peak.max(run.peak);
            if site.exists() {
                check.keep(&Within::run("--run", &["check".as_ref(), site.as_os_str()])?);
                wrote = tree(&dir.join("new"))?.iter().map(|(_, bytes)| bytes.len() as f64).sum();
            }
        }
        let [processor, clock] = import.seconds().map(|seconds| seconds * BYTES / read);
        println!(
            "{processor:8.2} s {clock:4.2} s  {:12.2}  {:7.0}  {:6.1}  {name}",
            import.per(check)[0],
            peak as f64 / 1e6,
            wrote / 1e6
        );
    }
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    Ok(())
}
