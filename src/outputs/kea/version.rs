//! The keywords and abilities of Kea's versions.

use serde_json::{Value, json};

use crate::model::Server;

/// The keywords that a version of Kea reads, and its abilities.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct KeaVersion {
    /// It has the keywords of 3.0, which reads the older ones with a warning for each.
    pub is_3_0: bool,
    /// It can remember an offer (2.4).
    pub remembers_offers: bool,
    /// It remembers the relay's option 82, for clients that renew without it (2.6).
    pub stashes_relay_options: bool,
    /// It loads hooks from its own folder only, by their names (2.6.3 and 3.0).
    hooks_by_name: bool,
}

impl KeaVersion {
    /// The common keywords and abilities of 2.2 to 3.0.
    pub(super) const COMMON: Self =
        Self { is_3_0: false, remembers_offers: false, stashes_relay_options: false, hooks_by_name: false };

    /// The version of a server's system; what 2.2 to 3.0 share where it is not known.
    pub(in super::super) fn of(machine: &Server) -> Self {
        let version = machine.os.as_ref().and_then(|os| os.value.kea());
        let from = |least| version.is_some_and(|version| version >= least);
        Self {
            is_3_0: from((3, 0)),
            remembers_offers: from((2, 4)),
            stashes_relay_options: from((2, 6)),
            hooks_by_name: from((2, 6)),
        }
    }

    /// A class that is evaluated only where a subnet lists it.
    pub(in super::super) fn on_demand(self) -> &'static str {
        if self.is_3_0 { "only-in-additional-list" } else { "only-if-required" }
    }

    /// The file of a hook. The loader puts the machine's folder of libraries in place of `$LIB` (ld.so(8)).
    pub(in super::super) fn hook(self, name: &str) -> String {
        if self.hooks_by_name { name.to_owned() } else { format!("/usr/$LIB/kea/hooks/{name}") }
    }

    /// The list of a subnet with the classes that are evaluated there.
    pub(in super::super) fn required(self) -> &'static str {
        if self.is_3_0 { "evaluate-additional-classes" } else { "require-client-classes" }
    }

    /// The same list by the keyword of other versions, which this one refuses beside its own: `daemon-lacks` reports it.
    pub(in super::super) fn required_elsewhere(self) -> &'static str {
        if self.is_3_0 { "require-client-classes" } else { "evaluate-additional-classes" }
    }

    /// Gives a pool to the members of a class only.
    pub(in super::super) fn guard(self, pool: &mut Value, class: &str) {
        match self.is_3_0 {
            false => pool["client-class"] = json!(class),
            true => pool["client-classes"] = json!([class]),
        }
    }
}
