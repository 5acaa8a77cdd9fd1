//! A root, share or export of `/` or `/etc` gives out the server itself: its keys, its password
//! hashes, this site's secrets.
//!
//! in.tftpd and the web server give out what everybody may read, to whoever asks; Samba and the NFS
//! server ask for permissions, of accounts that a client can claim to be. Evidence: RFC 1350
//! section 1, exports(5) "root_squash": everybody else's user ids are believed.
//!
//! Fails:
//! ```yaml fails
//! tftp: { root: / }
//! ```
//! Passes:
//! ```yaml passes
//! tftp: { root: /srv/tftp }
//! ```

use super::{Found, Rule};
use crate::model::Site;
use crate::report::Severity;
use crate::source::Span;

pub(super) const RULE: Rule = Rule {
    id: "system-folder",
    severity: Severity::Warning,
    summary: "a folder of the system itself is given out",
    check,
};

/// Folders of hier(7) that hold what is the machine's own, and whether all that is below does too.
const FOLDERS: &[(&str, bool)] = &[
    ("/", false),
    ("/boot", true),
    ("/dev", true),
    ("/etc", true),
    ("/proc", true),
    ("/root", true),
    ("/run", false),
    ("/sys", true),
    ("/usr", false),
    ("/var", false),
    ("/var/lib", false),
];

fn check(site: &Site<'_>, found: &mut Found<'_>) {
    let mut say = |path: &str, span: Span, what: &str| {
        let is = |(folder, below): &&(&str, bool)| {
            let rest = path.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || (*below && rest.starts_with('/')))
        };
        if FOLDERS.iter().any(|folder| is(&folder)) {
            found.push(span, format!("`{path}` is {what}, and a folder of the system's own"), |finding| {
                finding
                    .help("clients get what is for the server alone; give it a folder such as one below /srv")
            });
        }
    };
    if let Some(tftp) = &site.tftp
        && let Some(span) = tftp.root_span
    {
        say(tftp.root.as_str(), span, "the TFTP root");
    }
    for share in site.smb.iter().flat_map(|smb| &smb.shares) {
        say(share.path.value.as_str(), share.path.span, &format!("the share `{}`", share.name.value));
    }
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports).filter(|export| export.because.is_none()) {
        say(export.path.as_str(), export.span, "an export");
    }
}
