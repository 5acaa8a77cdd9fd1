//! The parts of site.yaml in which `raw` may have text for an output.

use super::{OUTPUTS, Output};

/// A part of site.yaml that has `raw`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RawScope {
    /// The top level.
    Site,
    /// `dhcp`.
    Dhcp,
    /// A subnet, group or host.
    Clients,
    /// `smb` and its shares.
    Smb,
}

/// The outputs for which a scope may have text.
pub fn raw_outputs(scope: RawScope) -> impl Iterator<Item = &'static dyn Output> {
    OUTPUTS.iter().copied().filter(move |output| output.raw_scopes().contains(&scope))
}
