//! Loaders, scripts and kernels are below the TFTP and the HTTP root. A client that may write there over SMB or NFS
//! decides what every machine boots.
//!
//! Root folders of single hosts are not reported. Evidence: machines boot files without checking a signature or a
//! password (RFC 1350 section 1).
//!
//! Fails:
//! ```yaml fails
//! smb: { shares: { boot: { path: /srv/tftp, writable: true, users: [install] } } }
//! ```
//! Passes:
//! ```yaml passes
//! smb: { shares: { boot: { path: /srv/tftp, users: [install] } } }
//! ```

use crate::model::{AbsPath, Site};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("writable-boot-files", "clients may write to a folder with boot files"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let roots: Vec<(&AbsPath, &str)> = [
        site.tftp.as_ref().map(|tftp| (&tftp.root, "TFTP")),
        site.http.as_ref().map(|http| (&http.root, "HTTP")),
        site.separate_boot_files().map(|folder| (&folder.value, "HTTP")),
    ]
    .into_iter()
    .flatten()
    .collect();
    let over = |path: &AbsPath| roots.iter().find(|(root, _)| root.holds(path) || path.holds(root));
    for share in site.smb.iter().flat_map(|smb| &smb.shares).filter(|share| share.writable.value) {
        let Some((root, what)) = over(&share.path.value) else { continue };
        let message = format!(
            "the share `{}` is writable and holds boot files of the {what} root {root}",
            share.name.value
        );
        found.push(share.path.span, message, |finding| {
            let finding = finding.and(share.writable.span, "writable");
            finding.help("anyone who writes there decides what machines boot; share a separate folder")
        });
    }
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports).filter(|export| export.because.is_none()) {
        let Some(rw) = export.options.iter().find(|option| option.value == "rw") else { continue };
        let Some((root, what)) = over(&export.path) else { continue };
        let message = format!(
            "the export `{}` is writable and holds boot files of the {what} root {root}",
            export.path
        );
        found.push(export.span, message, |finding| {
            let finding = finding.and(rw.span, "writable");
            finding
                .help("anyone who writes there decides what machines boot; export it `ro`, or export a separate folder")
        });
    }
}
