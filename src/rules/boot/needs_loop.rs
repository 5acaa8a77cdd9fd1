//! An iPXE in a ROM that lacks a feature of `ipxe.needs` gets the loader of its kind in place of the script. If that loader
//! lacks the feature as well, DHCP sends it again, without end.
//!
//! Checked are the loaders that `loaders.build` builds; `check --root` looks into the files of the server
//! (`loader-lacks-feature`). Evidence: each feature in iPXE's source says its code in a table, which iPXE sends in option
//! 175 (`FEATURE` in src/include/ipxe/features.h, `dhcp_create_request` in src/net/udp/dhcp.c), and is compiled if
//! config/general.h enables it.
//!
//! Fails:
//! ```yaml fails
//! ipxe: { needs: [http, nfs] }
//! loaders: { build: {} }
//! ```
//! Passes:
//! ```yaml passes
//! ipxe: { needs: [http, nfs] }
//! loaders: { build: { enable: DOWNLOAD_PROTO_NFS } }
//! ```

use super::needs_unproven::{self, Knowledge};
use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("needs-loop", "a loader lacks a feature of iPXE that the script needs"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for (loader, knowledge) in needs_unproven::loaders(site) {
        let Knowledge::Lacks(features) = knowledge else { continue };
        let names: Vec<_> = features.iter().map(|(name, _)| format!("`{name}`")).collect();
        let message = format!(
            "`{}` is built without {}, so it would load itself again and again",
            loader.path,
            names.join(", ")
        );
        let settings: Vec<_> = features.iter().filter_map(|(_, setting)| *setting).collect();
        let never: Vec<_> = features.iter().filter(|(_, setting)| setting.is_none()).collect();
        let help = match (settings.is_empty(), never.first()) {
            (_, Some((name, _))) => {
                format!("no iPXE for {} clients has `{name}`: remove it from `needs`", loader.kind.name())
            }
            (false, None) => {
                format!("build it in: `loaders: {{ build: {{ enable: [{}] }} }}`", settings.join(", "))
            }
            (true, None) => "remove it from `needs`".to_owned(),
        };
        found.push(loader.span, message, |finding| {
            let needs = site.ipxe.needs.span;
            let finding =
                if loader.span == needs { finding } else { finding.and(needs, "the script needs it") };
            finding.help(help)
        });
    }
}
