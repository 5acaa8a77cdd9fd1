//! GRUB removes backslashes and single quotes before a kernel sees its command line; iPXE and the kernel do not.
//! `ds=nocloud-net\;s=…`, copied from grub.cfg, reaches cloud-init with its backslash, and cloud-init ignores it.
//!
//! iPXE needs neither: a `;` inside a word has no meaning to iPXE, and the kernel itself reads `"…"`. Evidence:
//! GRUB's manual, "Quoting"; iPXE's core/exec.c and Linux' lib/cmdline.c, which handle neither.
//!
//! Fails:
//! ```yaml fails
//! boot_entries: { a: { kind: linux, kernel: linux, cmdline: ['ds=nocloud-net\;s=http://10.0.0.200/seed/'] } }
//! ```
//! Passes:
//! ```yaml passes
//! boot_entries: { a: { kind: linux, kernel: linux, cmdline: ["ds=nocloud-net;s=http://10.0.0.200/seed/"] } }
//! ```

use crate::model::Site;
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("grub-quoting", "a kernel's argument is quoted for GRUB"),
    cost: Cost::Low,
    check,
};

/// The characters that GRUB's manual escapes, without `"` and blanks: iPXE and the kernel read those escapes.
const ESCAPED: &[&str] = &["\\;", "\\&", "\\|", "\\$", "\\<", "\\>", "\\{", "\\}", "\\'"];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    for entry in &site.entries {
        for argument in entry.arguments() {
            let text = argument.value.as_str();
            if let Some(escape) = ESCAPED.iter().find(|escape| text.contains(**escape)) {
                let plain = escape.trim_start_matches('\\');
                let message = format!("`{escape}` of `{}` reaches the kernel with its backslash", entry.id);
                found.push(argument.span, message, |finding| {
                    finding.help(format!("only GRUB takes it away: write `{plain}`"))
                });
                continue;
            }
            let value = text.split_once('=').map_or(text, |(_, value)| value);
            let quoted = |text: &str| text.len() > 1 && text.starts_with('\'') && text.ends_with('\'');
            if quoted(text)
                || quoted(value)
                || (text.starts_with('\'') && text.contains('='))
                || value.starts_with('\'')
            {
                let message = format!("`{text}` of `{}` reaches the kernel with its quotes", entry.id);
                found.push(argument.span, message, |finding| {
                    finding.help("only GRUB takes single quotes away: leave them out, or write `\"` where the value has blanks")
                });
            }
        }
    }
}
