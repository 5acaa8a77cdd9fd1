//! iPXE fetches `https://` only if it was built with HTTPS ("Operation not supported" else). Known to have it are, for
//! UEFI, the signed release (`secure_boot`) and the packages of Debian 13 and 14 (`os` of the TFTP server), and what
//! `loaders.build` builds with it. All loaders of the clients concerned must have it. No package has it for BIOS: set
//! `ipxe.https` if you know that your loaders, or the iPXE in your network cards, support HTTPS.
//!
//! Checked are the URLs that iPXE itself fetches: the script, the hook, chained URLs and lines of a script. URLs
//! for a kernel or an installer are not checked. Evidence: the features in the files of Debian's packages
//! 1.0.0+git-20190125 (none has HTTPS), 1.21.1+git20250501 and 2.0.0 (all for UEFI have it, undionly.kpxe has not);
//! `DOWNLOAD_PROTO_HTTPS` in src/config/general.h of 2.0.0.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { xyz: { kind: chain, url: "https://boot.netboot.xyz/menu.ipxe" } }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { bios: none, secure_boot: true }
//! boot_entries: { xyz: { kind: chain, url: "https://boot.netboot.xyz/menu.ipxe" } }
//! ```

use crate::model::{Entry, EntryKind, Script, Site};
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
    let speaks = |entry: Option<&Entry>| {
        let all = site.loaders_in_ipxe().filter(|(kind, _)| entry.is_none_or(|entry| entry.is_for(*kind)));
        let mut all = all.map(|(kind, loader)| site.speaks_https(kind, loader)).peekable();
        // Clients without a loader have iPXE in their network cards.
        all.peek().is_some() && all.all(|speaks| speaks)
    };
    if site.ipxe.https || speaks(None) {
        return;
    }
    fetched(site, "https://", |span, url, what, entry| {
        if entry.is_some_and(|entry| speaks(Some(entry))) {
            return;
        }
        found.push(span, format!("{what} {url}, and the loaders do not support HTTPS"), |finding| {
            finding.help("use http://, or, if the loaders are built with HTTPS, set `ipxe: { https: true }`")
        });
    });
}

/// The URLs of a scheme that iPXE itself fetches: the place, the URL, the subject of the sentence about it, and the entry
/// that has it.
pub fn fetched(site: &Site<'_>, scheme: &str, mut say: impl FnMut(Span, &str, &str, Option<&Entry>)) {
    let script = match &site.ipxe.script {
        Script::Url(url) if url.starts_with(scheme) => Some(url.as_str()),
        _ => None,
    };
    if let Some(url) = script {
        say(site.ipxe.span, url, "iPXE is sent to", None);
    } else if let Some(hook) = site.ipxe.hook.as_ref().filter(|hook| hook.value.starts_with(scheme)) {
        say(hook.span, &hook.value, "the hook is", None);
    }
    if let Some(url) =
        site.http.as_ref().and_then(|http| http.url.as_ref()).filter(|url| url.value.starts_with(scheme))
    {
        say(url.span, &url.value, "iPXE is sent to", None);
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
                say(line.span, url, &format!("`{}` fetches", entry.id), Some(entry));
            }
        }
    }
}
