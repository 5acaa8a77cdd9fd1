//! A loader is a program for the firmware, and the script is a text for iPXE. If both are one file, the firmware
//! refuses the text, or iPXE loads itself for ever.
//!
//! Evidence: iPXE that loads iPXE for ever is the most common mistake of all (xcat2/xcat-core#7645,
//! warewulf/warewulf#1146, ipxe/ipxe#922, cobbler/cobbler#360).
//!
//! Fails:
//! ```yaml fails
//! ipxe: { script: "http://10.0.0.200/ipxe.efi" }
//! loaders: { http_x64: "http://10.0.0.200/ipxe.efi" }
//! ```
//! Passes:
//! ```yaml passes
//! ipxe: { script: "http://10.0.0.200/menu.ipxe" }
//! loaders: { http_x64: "http://10.0.0.200/ipxe.efi" }
//! ```

use crate::model::{Loader, Loaders, Script, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("loader-is-script", "a loader and the script are the same file"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = foldhash::HashSet::default();
    let prefix = site.http.as_ref().map_or("", |http| http.tftp_prefix.value.trim_matches('/'));
    let own = site
        .profiles
        .iter()
        .filter_map(|profile| Some((profile.loaders.as_ref()?, profile.script.as_deref())));
    let all = site.subnets.iter().map(|subnet| (&subnet.loaders, subnet.script.as_deref())).chain(own);
    for (loaders, script) in all {
        check_loaders(site, loaders, script, prefix, &mut said, found);
    }
    let scripts: Vec<&str> = site.subnets.iter().filter_map(|subnet| subnet.script.as_deref()).collect();
    for class in site.classes.iter().filter(|class| !class.loaders.is_empty()) {
        check_loaders(site, &class.loaders, scripts.first().copied(), prefix, &mut said, found);
    }
}

fn check_loaders(
    site: &Site<'_>,
    loaders: &Loaders,
    script: Option<&str>,
    prefix: &str,
    said: &mut foldhash::HashSet<crate::source::Span>,
    found: &mut Findings<'_>,
) {
    for (kind, loader) in loaders {
        let same = match (&loader.value, &site.ipxe.script) {
            (Loader::File(file), Script::Tftp(path)) => file == path,
            // Over HTTP the TFTP root is below the prefix.
            (Loader::File(file), Script::Http(path)) => {
                path.strip_prefix(prefix).map(|below| below.trim_start_matches('/')) == Some(file)
            }
            (Loader::File(_), Script::Url(_)) => false,
            (Loader::Url(url), _) => Some(url.as_str()) == script,
        };
        if same && said.insert(loader.span) {
            let what = match &loader.value {
                Loader::File(text) | Loader::Url(text) => text,
            };
            let message = format!("`{what}` is both the loader of `{}` clients and the script", kind.name());
            found.push(loader.span, message, |finding| {
                let finding = if site.ipxe.span.contains(loader.span) {
                    finding
                } else {
                    finding.and(site.ipxe.span, "the script")
                };
                finding
                    .help("a loader is a program such as ipxe.efi, the script is a text such as install.ipxe")
            });
        }
    }
}
