//! What `dhcp::answer` says of every client of every example and case, and what the real servers offer it.

use std::path::PathBuf;

use ipxegen::dhcp::Policy;

use crate::support::answers::{Asked, Sample, with_site};
use crate::support::program::cases;
use crate::support::{render_file, require, require_root};

/// Sites with a DHCP server of ours.
pub fn sites() -> Vec<PathBuf> {
    cases(&["examples", "tests/cases", "tests/lab/sites"])
        .into_iter()
        .map(|folder| folder.join("site.yaml"))
        .collect()
}

#[test]
fn dhcpd_offers_what_the_policy_says() {
    if !["unshare", "nsenter", "ip", "python3", "dhcpd", "tar"].into_iter().all(require) || !require_root() {
        return;
    }
    let mut sample = Sample::default();
    let mut all = Vec::new();
    let mut asked = 0;
    for path in sites() {
        let name = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
        with_site(&path, |site| {
            let Some(dhcp) = &site.dhcp else { return };
            let policy = Policy::new(site);
            let trees = render_file(&path);
            for at in dhcp.servers.iter().copied() {
                let Some(mut server) = Asked::new(&policy, at, &trees.of(&site.servers[at].name)) else {
                    continue;
                };
                server.isc(&policy);
                let (count, wrong) = server.ask(&name, &policy, Some(&mut sample));
                asked += count;
                all.extend(wrong.into_iter().map(|wrong| format!("{name}: {wrong}")));
            }
        });
    }
    println!("{asked} questions");
    assert!(all.is_empty(), "{} of {asked} answers differ:\n{}", all.len(), all.join("\n"));
}
