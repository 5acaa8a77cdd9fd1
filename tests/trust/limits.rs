use std::fmt::Write as _;
use std::fs;

use tempfile::tempdir;

use crate::support::program::{Ran, run_on, within};

const SITE: &str = "servers: { boot: { ip: 10.0.0.200/8, interfaces: [eth0] } }\nsubnets: { lan: { cidr: 10.0.0.0/8, ranges: 10.1.0.0-10.1.0.99 } }\nhosts:\n";

/// Checks a site with so many kilobytes of address space.
fn check(kilobytes: u64, site: &str, format: &str) -> Ran {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("site.yaml"), site).unwrap();
    within(kilobytes, dir.path(), &format!("exec $IPXEGEN check --format {format}"))
}

/// A site of a hundred kilobytes that declares more hosts than fit into memory.
#[test]
fn hosts_of_patterns_are_counted_before_they_are_made() {
    let mut many = SITE.to_owned();
    for n in 0..2_000 {
        let _ = writeln!(many, "  \"h{n}-[1-65536]\": {{ host_name: none }}");
    }
    let nested = format!("{SITE}  \"h{}\": {{ host_name: none }}\n", "-[1-60000]".repeat(40));
    for site in [many, nested] {
        let ran = check(1_000_000, &site, "short").ended(1);
        let said = ran.stdout.matches("error[too-many-hosts]").count();
        assert_eq!(said, 1, "{:.2000}", ran.stdout);
        assert!(ran.stdout.contains("the limit is 1000000"), "{:.2000}", ran.stdout);
    }
}

/// Few hosts, each of them long.
#[test]
fn what_hosts_of_patterns_hold_is_counted() {
    let long = format!("{SITE}  ? \"h{}[1-60000]\"\n  : {{ host_name: none }}\n", "x".repeat(50_000));
    let list = vec!["10.0.0.1"; 20_000].join(", ");
    let values = format!("{SITE}  \"h-[1-60000]\": {{ dns: [{list}] }}\n");
    let text = format!("{SITE}  \"h-[1-60000]\": {{ host_name: \"{}[1-60000]\" }}\n", "x".repeat(50_000));
    for site in [long, values, text] {
        let ran = check(1_000_000, &site, "short").ended(1);
        assert!(
            ran.stdout.contains("error[too-many-hosts]") && ran.stdout.contains(" MB"),
            "{:.2000}",
            ran.stdout
        );
    }
}

#[test]
fn the_limit_of_hosts_can_be_chosen() {
    let site = format!("{SITE}  \"h[1-3]\": {{ mac: \"52:54:00:00:00:0[1-3]\" }}\n");
    for command in ["check", "show", "render", "diff", "inventory", "hosts"] {
        let stop = run_on(site.as_bytes(), &[command, "-", "--max-hosts", "2"]).ended(1);
        assert!((stop.stdout + &stop.stderr).contains("error[too-many-hosts]"), "{command}");
    }
    run_on(site.as_bytes(), &["show", "-", "--max-hosts", "3"]).ended(0);
}

/// Findings for programs are written one by one: the memory does not hold all of them as one value.
#[test]
fn findings_are_written_as_a_stream() {
    let mut site = SITE.to_owned();
    for n in 0..40_000 {
        let _ =
            writeln!(site, "  h{n}: {{ mac: \"52:54:00:{:02x}:{:02x}:01\", nonsense: 1 }}", n / 256, n % 256);
    }
    for format in ["sarif", "json"] {
        let ran = check(350_000, &site, format).ended(1);
        let read: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
        let results = read.pointer("/runs/0/results").unwrap_or(&read).as_array().unwrap();
        assert!(results.len() >= 40_000, "{} results", results.len());
    }
}
