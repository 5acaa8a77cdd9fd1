//! ipxegen mounts an ISO over a folder. The mount hides everything else in that folder, and because it is
//! read-only, the folder for a second mount inside of it cannot be created.
//!
//! Evidence: mount(8); systemd.mount(5), "Where=": systemd creates a folder that does not exist, which fails on a
//! read-only file system.
//!
//! Fails:
//! ```yaml fails
//! boot_entries:
//!   a: { kind: linux, kernel: vmlinuz, dir: debian, from_iso: /srv/isos/debian.iso }
//!   b: { kind: linux, kernel: vmlinuz, dir: debian/old, from_iso: /srv/isos/old.iso }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries:
//!   a: { kind: linux, kernel: vmlinuz, dir: debian/new, from_iso: /srv/isos/debian.iso }
//!   b: { kind: linux, kernel: vmlinuz, dir: debian/old, from_iso: /srv/isos/old.iso }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("iso-mounts", "two ISOs are mounted at one folder, or one inside of the other"),
    cost: Cost::Low,
    check,
};

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mounted =
        site.entries.iter().filter_map(|entry| Some((entry.dir.as_deref()?, entry.from_iso.as_ref()?)));
    let mut mounted: Vec<_> = mounted.collect();
    // Sorted: a folder before its subfolders, an ISO before others at the same place.
    mounted.sort_by_key(|(dir, iso)| (dir.split('/').collect::<Vec<_>>(), iso.span.start));
    let mut above: Option<(&str, &crate::model::Spanned<crate::model::AbsPath>)> = None;
    for (dir, iso) in mounted {
        let inside = above.filter(|(outer, _)| {
            dir.strip_prefix(*outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        let Some((outer, first)) = inside else {
            above = Some((dir, iso));
            continue;
        };
        if outer == dir && first.value == iso.value {
            continue;
        }
        let (message, help) = if outer == dir {
            (format!("another ISO is mounted at `{dir}` already"), "give each ISO its own `dir`")
        } else {
            (
                format!("`{dir}` is inside `{outer}`, where another ISO is mounted read-only"),
                "give each ISO its own `dir`, side by side",
            )
        };
        found.push(iso.span, message, |finding| finding.and(first.span, "the first one").help(help));
    }
}
