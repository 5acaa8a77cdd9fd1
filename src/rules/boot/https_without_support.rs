//! iPXE fetches `https://` only if it was built with HTTPS. The loaders that Debian ships were not ("Operation not
//! supported"), so `ipxe.https` is false by default. Set it if your loaders support HTTPS.
//!
//! Checked are the URLs that iPXE itself fetches: the script, the hook, chained URLs and lines of a script. URLs
//! for a kernel or an installer are not checked. Evidence: Debian's package ipxe 1.0.0+git-20190125 has DNS, HTTP,
//! iSCSI, TFTP and NFS, no HTTPS. iPXE 2.0, which Debian 14 has, speaks HTTPS on UEFI, its signed release included, and
//! not on BIOS (`config/general.h`).
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { xyz: { kind: chain, url: "https://boot.netboot.xyz/menu.ipxe" } }
//! ```
//! Passes:
//! ```yaml passes
//! ipxe: { https: true }
//! boot_entries: { xyz: { kind: chain, url: "https://boot.netboot.xyz/menu.ipxe" } }
//! ```

use crate::model::{EntryKind, Script, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "https-without-support",
        "iPXE has an HTTPS URL, and its loaders do not support HTTPS",
    ),
    cost: Cost::Low,
    check,
};

/// Commands that fetch.
const FETCH: &[&str] = &[
    "chain",
    "boot",
    "imgexec",
    "kernel",
    "imgselect",
    "initrd",
    "module",
    "imgfetch",
    "imgtrust",
    "imgverify",
    "sanboot",
    "sanhook",
    "shim",
];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    if site.ipxe.https {
        return;
    }
    fetched(site, "https://", |span, url, what| {
        found.push(span, format!("{what} {url}, and the loaders do not support HTTPS"), |finding| {
            finding.help("use http://, or, if the loaders are built with HTTPS, set `ipxe: { https: true }`")
        });
    });
}

/// The URLs of a scheme that iPXE itself fetches: the place, the URL, and the subject of the sentence about it.
pub fn fetched(site: &Site<'_>, scheme: &str, mut say: impl FnMut(Span, &str, &str)) {
    let script = match &site.ipxe.script {
        Script::Url(url) if url.starts_with(scheme) => Some(url.as_str()),
        _ => None,
    };
    if let Some(url) = script {
        say(site.ipxe.span, url, "iPXE is sent to");
    } else if let Some(hook) = site.ipxe.hook.as_ref().filter(|hook| hook.value.starts_with(scheme)) {
        say(hook.span, &hook.value, "the hook is");
    }
    if let Some(url) =
        site.http.as_ref().and_then(|http| http.url.as_ref()).filter(|url| url.value.starts_with(scheme))
    {
        say(url.span, &url.value, "iPXE is sent to");
    }
    for entry in &site.entries {
        for line in entry.lines() {
            let mut words = line.value.split_whitespace();
            // The first word of a chained URL is the URL itself.
            let first = words.clone().next().unwrap_or_default();
            if matches!(entry.kind, EntryKind::Script(_)) && !FETCH.contains(&first) {
                continue;
            }
            let here = words.find(|word| word.starts_with(scheme));
            // Report the URL of the HTTP root once.
            let own = |url: &str| {
                let root = site.http.as_ref().and_then(|http| http.url.as_ref());
                root.is_some_and(|root| url.starts_with(root.value.as_str()))
            };
            if let Some(url) = here.filter(|url| !own(url)) {
                say(line.span, url, &format!("`{}` fetches", entry.id));
            }
        }
    }
}
