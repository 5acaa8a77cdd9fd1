//! Without `--secure`, in.tftpd serves absolute names only. The loaders that DHCP names are relative to the TFTP
//! root, so no client gets its loader.
//!
//! Evidence: tftpd-hpa 5.2 answers "Only absolute filenames allowed" (tftpd.c, `validate_access`).
//!
//! Fails:
//! ```yaml fails
//! tftp: { options: [--verbose] }
//! ```
//! Passes:
//! ```yaml passes
//! tftp: { options: [--secure, --verbose] }
//! ```

use super::tftp_options::{OptionWord, words};
use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error(
        "tftp-not-secure",
        "in.tftpd serves absolute names only, and loaders have relative ones",
    ),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let Some(tftp) = &site.tftp else { return };
    let known = |name: &str| {
        words(tftp).iter().any(|(word, _)| matches!(word, OptionWord::Known(known) if *known == name))
    };
    // A map file can make relative names absolute.
    if known("secure") || known("map-file") {
        return;
    }
    // The unit of Debian 14 has `--jail`, which does the same.
    let jailed = |at: &usize| site.servers.get(*at).is_some_and(|server| !server.has_tftpd_defaults());
    if tftp.servers.iter().all(jailed) {
        return;
    }
    let span = match (tftp.options.first(), tftp.options.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        // The model does not keep `options: []`.
        _ => tftp.address.span,
    };
    found.push(span, "in.tftpd without `--secure` serves no loader", |finding| {
        finding.help("add `--secure`: names are then relative to the TFTP root, and nothing else is served")
    });
}
