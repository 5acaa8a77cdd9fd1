//! Verbatim text of the user's own.

use crate::dialects::Raw as Verbatim;
use crate::model::Raw;

/// The words that a secret follows in text of the user's own for dhcpd.
pub(super) const RAW_SECRETS: &[&str] =
    &["secret", "ldap-password", "option ipxe.password", "option ipxe.reverse-password"];

/// Whether verbatim text for an output has a secret.
pub(super) fn has_raw_secret(raw: &[Raw], output: &str) -> bool {
    raw.iter().any(|raw| raw.output == output && raw.secret)
}

/// The verbatim texts for an output.
pub(super) fn raw(raw: &[Raw], output: &str) -> Vec<Verbatim> {
    raw.iter().filter(|raw| raw.output == output).map(|raw| Verbatim::new(raw.text.value.clone())).collect()
}
