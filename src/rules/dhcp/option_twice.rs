//! An option of your own has one code and one type in the whole of dhcpd.conf. If it is defined in two ways, dhcpd
//! uses one of them: it refuses a value of the other type, or sends it with the wrong code. Two names for one code
//! in one scope are one option, and dhcpd sends the value that is written last.
//!
//! Evidence: `dhcpd -t` (ISC DHCP 4.4.3) says "expecting number" for a text if the option was defined as a number
//! before, and prints nothing for two names of one code. In different scopes they do no harm: the inner one wins,
//! as with one name.
//!
//! Fails:
//! ```yaml fails
//! dhcp: { options: { wpad: { code: 252, text: "http://wpad/a" }, proxy: { code: 252, text: "http://wpad/b" } } }
//! ```
//! Passes:
//! ```yaml passes
//! dhcp: { options: { wpad: { code: 252, text: "http://wpad/a" }, proxy: { code: 251, text: "http://wpad/b" } } }
//! ```

use foldhash::{HashMap, HashSet};

use crate::model::{DhcpOption, OptionType, Site, Spanned};
use crate::report::FindingKind;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::error("option-twice", "a DHCP option is defined in two ways"),
    cost: Cost::Low,
    check,
};

/// An option, its code and type, and where they were written.
type Defined<'s> = (&'s DhcpOption, &'s Spanned<(u8, OptionType)>);

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    // Options for another DHCP server are not rendered.
    if site.dhcp.is_none() {
        return;
    }
    let handouts = site.handouts();
    // Many scopes inherit one option: report it once.
    let mut said = HashSet::default();
    let mut names: HashMap<String, Defined<'_>> = HashMap::default();
    for handout in handouts {
        let mut here: HashMap<u8, Defined<'_>> = HashMap::default();
        for option in &handout.options {
            let Some(own) = &option.own else { continue };
            let (code, is) = own.value;
            let (other, same_code) = *here.entry(code).or_insert((option, own));
            // dhcpd compares names without regard to case.
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
                    finding.help("dhcpd keeps one definition: use one name, code and type everywhere")
                });
            }
        }
    }
}
