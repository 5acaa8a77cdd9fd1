//! The files that `trace` says a machine fetches, as the log on the wire writes them.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// The files of the first stage, the script and the default entry, in order. `with` is laid over the site.
pub fn traced(site: &Path, with: &[&Path], who: &str, kind: &str) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipxegen"));
    command.arg("trace").arg(who).arg(site).args(["--as", kind, "--format", "json"]);
    for file in with {
        command.arg("--with").arg(file);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let trace: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut files = Vec::new();
    for stage in trace["clients"][0]["stages"].as_array().unwrap() {
        if !["first_stage", "script", "default"].contains(&stage["stage"].as_str().unwrap()) {
            continue;
        }
        for value in stage["values"].as_array().unwrap() {
            files.extend(value["value"].as_str().and_then(fetch));
        }
    }
    files
}

/// A URL as the log writes it: TFTP's files by their names, HTTP's by their paths.
fn fetch(value: &str) -> Option<String> {
    let url = value.strip_suffix(" (if it exists)").unwrap_or(value);
    let (scheme, rest) = url.split_once("://")?;
    let (_, path) = rest.split_once('/')?;
    match scheme {
        "tftp" => Some(format!("tftp {path}")),
        "http" => Some(format!("http /{path}")),
        _ => None,
    }
}
