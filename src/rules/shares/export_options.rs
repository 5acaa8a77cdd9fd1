//! exportfs stops at an option that it does not know, or whose value it cannot read. It then exports neither this
//! export nor those that follow.
//!
//! Evidence: exportfs of nfs-utils 2.6.2 says "unknown keyword", "unknown flavor" or "bad fsid", exits with 1, and
//! exports no file system that follows; the options are those of exports(5), and two that it accepts although
//! exports(5) does not list them (`squash_uids=`, `squash_gids=`).
//!
//! Fails:
//! ```yaml fails
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.0/24, options: [read_only] }] }
//! ```
//! Passes:
//! ```yaml passes
//! nfs: { exports: [{ path: /srv/nfs, clients: 10.0.0.0/24, options: [ro] }] }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::report::distance;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("export-options", "exportfs does not know an option"),
    cost: Cost::Low,
    check,
};

/// Options of exports(5), those with a value up to its `=`.
const OPTIONS: &[&str] = &[
    "ro",
    "rw",
    "sync",
    "async",
    "secure",
    "insecure",
    "wdelay",
    "no_wdelay",
    "hide",
    "nohide",
    "crossmnt",
    "nocrossmnt",
    "root_squash",
    "no_root_squash",
    "all_squash",
    "no_all_squash",
    "subtree_check",
    "no_subtree_check",
    "secure_locks",
    "auth_nlm",
    "insecure_locks",
    "no_auth_nlm",
    "acl",
    "no_acl",
    "pnfs",
    "no_pnfs",
    "nordirplus",
    "security_label",
    "anonuid=",
    "anongid=",
    "squash_uids=",
    "squash_gids=",
    "fsid=",
    "mountpoint",
    "mountpoint=",
    "mp",
    "mp=",
    "refer=",
    "replicas=",
    "sec=",
    "xprtsec=",
];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for export in site.nfs.iter().flat_map(|nfs| &nfs.exports).filter(|export| export.because.is_none()) {
        for option in &export.options {
            let name = option.value.split_inclusive('=').next().unwrap_or_default();
            if OPTIONS.contains(&name) {
                if let Some(help) = wrong_value(name, option.value.get(name.len()..).unwrap_or_default()) {
                    let message = format!("exportfs cannot read the value of `{option}`");
                    found.push(option.span, message, |finding| finding.help(help));
                }
                continue;
            }
            let near = OPTIONS.iter().min_by_key(|known| distance(known, name));
            found.push(option.span, format!("exportfs has no option `{option}`"), |finding| {
                let near = near.filter(|near| distance(near, name) < 4);
                let finding = match near {
                    Some(near) => finding.here(format!("did you mean `{near}`?")),
                    None => finding,
                };
                finding.help("exportfs would stop there and omit this export and all that follow; exports(5) lists the options")
            });
        }
    }
}

/// The valid form of an invalid value; `None` if the value is valid.
fn wrong_value(name: &str, value: &str) -> Option<&'static str> {
    // As strtoul(3) reads them.
    let number = |text: &str| {
        let text = text.strip_prefix('-').unwrap_or(text);
        let (digits, base) = text.strip_prefix("0x").map_or((text, 10), |hex| (hex, 16));
        !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(base))
    };
    let (right, help) = match name {
        "sec=" => (
            value.split(':').all(|flavour| FLAVOURS.contains(&flavour)),
            "use security flavours of exports(5), joined by `:`: `sys`, `krb5`, `krb5i`, `krb5p`, `none`",
        ),
        "anonuid=" | "anongid=" => (number(value), "a number"),
        "fsid=" => {
            let hex = value.bytes().filter(|byte| *byte != b'-');
            let uuid = hex.clone().count() == 32 && hex.clone().all(|byte| byte.is_ascii_hexdigit());
            (value == "root" || number(value) || uuid, "use `root`, a number, or the UUID of a file system")
        }
        _ => return None,
    };
    (!right).then_some(help)
}

/// The values that exportfs knows by name.
const FLAVOURS: &[&str] = &["sys", "unix", "none", "null", "krb5", "krb5i", "krb5p"];
