//! An option of one's own has one code and one type in the whole of dhcpd.conf. Defined in two ways,
//! dhcpd takes one of them: a value of the other is refused, or sent under the wrong code. Two names
//! for one code in one scope are one option, of which the value that is written last is sent.
//!
//! Evidence: `dhcpd -t` (ISC DHCP 4.4.3) says "expecting number" of a text for an option that was
//! defined as a number before, and nothing at all of two names for one code. In different
//! scopes they do no harm: the inner one wins, as with one name.
//!
//! Fails:
//! ```yaml fails
//! dhcp: { options: { wpad: { code: 252, text: "http://wpad/a" }, proxy: { code: 252, text: "http://wpad/b" } } }
//! ```
//! Passes:
//! ```yaml passes
//! dhcp: { options: { wpad: { code: 252, text: "http://wpad/a" }, proxy: { code: 251, text: "http://wpad/b" } } }
//! ```

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::{DhcpOption, OptionType, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("option-twice", "a DHCP option of one's own is defined in two ways"),
    cost: Cost::Low,
    check,
};

/// An option, its code and type, and where they were written.
type Defined<'s> = (&'s DhcpOption, &'s Spanned<(u8, OptionType)>);

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Of another DHCP server's options nothing is rendered.
    if site.dhcp.is_none() {
        return;
    }
    let handouts = site.subnets.iter().map(|subnet| &subnet.handout);
    let handouts = handouts.chain(site.profiles.iter().map(|profile| &profile.handout));
    // What is inherited is in many scopes, and written once.
    let mut said = FxHashSet::default();
    let mut names: FxHashMap<String, Defined<'_>> = FxHashMap::default();
    for handout in handouts {
        let mut here: FxHashMap<u8, Defined<'_>> = FxHashMap::default();
        for option in &handout.options {
            let Some(own) = &option.own else { continue };
            let (code, is) = own.value;
            let (other, same_code) = *here.entry(code).or_insert((option, own));
            // dhcpd looks names up without regard to case.
            let (_, first) = *names.entry(option.name.to_ascii_lowercase()).or_insert((option, own));
            let (first, what) = if first.value.0 != code {
                (first, format!("the option `{}` has the codes {} and {code}", option.name, first.value.0))
            } else if first.value.1 != is {
                (first, format!("the option `{}` has two types", option.name))
            } else if !other.name.eq_ignore_ascii_case(&option.name) {
                (same_code, format!("`{}` and `{}` are both the option {code}", other.name, option.name))
            } else {
                continue;
            };
            if said.insert(own.span) {
                found.push(own.span, what, |finding| {
                    let finding = finding.and(first.span, "the first one");
                    finding.help("dhcpd knows one definition: give it one name, code and type everywhere")
                });
            }
        }
    }
}
