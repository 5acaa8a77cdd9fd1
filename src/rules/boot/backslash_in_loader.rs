//! Only a TFTP server on Windows reads backslashes in a loader's path as separators. tftpd-hpa and web servers
//! treat a backslash as part of the file name, and answer "File not found".
//!
//! The rule does not apply where `next_server` is another machine, or where in.tftpd has a `--map-file`, which may
//! rewrite backslashes. Evidence: in.tftpd(8), "FILENAME REMAPPING".
//!
//! Fails:
//! ```yaml fails
//! loaders: { bios: 'Boot\x64\wdsnbp.com' }
//! ```
//! Passes:
//! ```yaml passes
//! loaders: { bios: Boot/x64/wdsnbp.com }
//! ```

use foldhash::HashSet;

use crate::model::{Loader, Loaders, Site, Subnet};
use crate::report::FindingKind;
use crate::rules::services::tftp_options::{OptionWord, words};
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning(
        "backslash-in-loader",
        "a loader's path has backslashes, which its server does not read as separators",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mapped = |word: &OptionWord<'_>| matches!(word, OptionWord::Known("map-file"));
    if site.tftp.as_ref().is_some_and(|tftp| words(tftp).iter().any(|(word, _)| mapped(word))) {
        return;
    }
    let ours = |ip| site.servers.iter().flat_map(|server| &server.ips).any(|own| own.value == ip);
    let served =
        |subnet: &Subnet| subnet.boots() && subnet.next_server.as_ref().is_none_or(|next| ours(next.value));
    let backslash = |loaders: &Loaders| {
        loaders.iter().any(|(_, loader)| matches!(&loader.value, Loader::File(path) if path.contains('\\')))
    };
    // Loaders of hosts and groups come from the server of a subnet where the host is or may be.
    let own: Vec<_> =
        site.profiles.iter().map(|profile| profile.loaders.as_ref().filter(|own| backslash(own))).collect();
    let mut all: Vec<&Loaders> =
        site.subnets.iter().filter(|subnet| served(subnet)).map(|subnet| &subnet.loaders).collect();
    if own.iter().any(Option::is_some) {
        let any = site.subnets.iter().any(served);
        let here = site.hosts.iter().filter(|host| site.subnet_of(host).map_or(any, served));
        all.extend(here.filter_map(|host| own.get(host.profile as usize).copied().flatten()));
    }
    let mut said = HashSet::default();
    for (_, loader) in all.into_iter().flatten() {
        let Loader::File(path) = &loader.value else { continue };
        if path.contains('\\') && said.insert(loader.span) {
            found.push(loader.span, format!("`{path}` has a backslash in it"), |finding| {
                finding.help(format!(
                    "write `{}`; if the loader is on a TFTP server on Windows, set `next_server` to it",
                    path.replace('\\', "/")
                ))
            });
        }
    }
}
