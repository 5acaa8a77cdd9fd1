//! A root, share, export or root-path of `/` or `/etc` gives clients files of the server itself: its keys, its
//! password hashes and the secrets of this site. So does an iSCSI disk that is a file of the system.
//!
//! `/home` is reported as a root, a share or the root of a machine, but not as an export, because NFS often serves
//! home folders.
//!
//! in.tftpd and the web server serve every file that everybody on the server may read. Samba and the NFS server
//! check permissions, but a client can claim to be any user. Evidence: RFC 1350 section 1, exports(5)
//! "root_squash": the server trusts all other user ids.
//!
//! Fails:
//! ```yaml fails
//! tftp: { root: / }
//! ```
//! Passes:
//! ```yaml passes
//! tftp: { root: /srv/tftp }
//! ```

use std::net::Ipv4Addr;

use foldhash::HashSet;

use crate::model::{LinuxSystem, Site, Spanned, Store};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};
use crate::source::Span;

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("system-folder", "clients get a folder of the system itself"),
    cost: Cost::Low,
    check,
};

/// Folders of hier(7) that belong to the machine's own system, and whether their subfolders do, too.
const FOLDERS: &[(&str, bool)] = &[
    ("/", false),
    ("/bin", true),
    ("/boot", true),
    ("/dev", true),
    ("/etc", true),
    ("/lib", true),
    ("/proc", true),
    ("/root", true),
    ("/run", false),
    ("/sbin", true),
    ("/sys", true),
    ("/usr", false),
    ("/var", false),
    ("/var/lib", false),
];

/// The word for an export in messages.
const EXPORT: &str = "an export";

/// A root or a share here is reported, but not an export.
const HOMES: &str = "/home";

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = HashSet::default();
    let mut say = |path: &str, span: Span, what: &str| {
        let is = |(folder, below): &&(&str, bool)| {
            let rest = path.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || (*below && rest.starts_with('/')))
        };
        let homes = path == HOMES && what != EXPORT;
        // Many hosts inherit the root-path of a group.
        if (homes || FOLDERS.iter().any(|folder| is(&folder))) && said.insert(span) {
            found.push(span, format!("`{path}` is {what}, and is a folder of the system itself"), |finding| {
                finding
                    .help("clients would get files of the server itself; use another folder, such as one below /srv")
            });
        }
    };
    if let Some(tftp) = &site.tftp
        && let Some(span) = tftp.root_span
    {
        say(tftp.root.as_str(), span, "the TFTP root");
    }
    if let Some(http) = &site.http
        && let Some(span) = http.root_span
    {
        say(http.root.as_str(), span, "the HTTP root");
    }
    if let Some(folder) = site.http.as_ref().and_then(|http| http.boot_files.as_ref()) {
        say(folder.value.as_str(), folder.span, "the folder of boot files");
    }
    for share in site.smb.iter().flat_map(|smb| &smb.shares) {
        say(share.path.value.as_str(), share.path.span, &format!("the share `{}`", share.name.value));
    }
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports).filter(|export| export.because.is_none()) {
        say(export.path.as_str(), export.span, EXPORT);
    }
    for entry in site.entries.iter().filter(|entry| entry.kind.is_linux(LinuxSystem::NfsRoot)) {
        if let Some(path) = &entry.nfs_path {
            say(path.as_str(), entry.span, &format!("the root of `{}`", entry.id));
        }
    }
    // The site does not know the folders of other machines.
    let ours = |ip: Ipv4Addr| site.servers.iter().flat_map(|server| &server.ips).any(|own| own.value == ip);
    for (_, span, root) in site.nfs_roots().filter(|(.., root)| ours(root.server)) {
        let path = root.path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(root.path);
        say(path, span, "the root-path of a host");
    }
    for root in site.scope_roots() {
        if let Some((_, path)) = root.nfs.as_ref().filter(|(ip, _)| ours(*ip)) {
            say(path.as_str(), root.text.span, "the root-path of clients");
        }
    }
    for (_, _, more) in site.disks_with_more() {
        if let Some(Spanned { value: Store::File(path, _), span }) = &more.store {
            say(path, *span, "an iSCSI disk");
        }
    }
}
