//! dhcpd takes a single word that it does not know for the name of a variable, and prints no error. A misspelt
//! `authoritative;` in verbatim text therefore has no effect: the server stays silent where it should refuse a
//! request.
//!
//! The words that are statements by themselves are `authoritative` and `break`, and in a failover declaration
//! `primary` and `secondary`. dhcpd itself refuses a misspelt word with a value, which `check --daemons` shows.
//! Evidence: `dhcpd -t` (ISC DHCP 4.4.3) ends with 0 for `authoratative;`.
//!
//! Fails:
//! ```yaml fails
//! raw: { dhcpd: "authoratative;" }
//! ```
//! Passes:
//! ```yaml passes
//! raw: { dhcpd: "authoritative;" }
//! ```

use foldhash::HashSet;

use crate::dialects::dhcpd::lexer::{PartKind, parts};
use crate::model::{Raw, Site};
use crate::report::FindingKind;
use crate::report::distance;
use crate::rules::{Cost, Findings, Rule};

pub static RULE: Rule = Rule {
    kind: FindingKind::warning("idle-statement", "a single word in verbatim text for dhcpd has no effect"),
    cost: Cost::Low,
    check,
};

/// Words that are statements by themselves.
const STATEMENTS: &[&str] = &["authoritative", "break", "primary", "secondary", "dynamic", "deleted"];

fn check(site: &Site<'_>, found: &mut Findings<'_>) {
    let mut said = HashSet::default();
    let scopes = site.handouts();
    let all = site.raw.iter().chain(scopes.flat_map(|handout| &handout.raw));
    // Many scopes inherit one text: report it once.
    let all = all.filter(|raw: &&Raw| raw.output.starts_with("dhcpd") && said.insert(raw.text.span));
    for raw in all {
        for word in single_words(&raw.text.value) {
            if STATEMENTS.iter().any(|known| known.eq_ignore_ascii_case(word)) {
                continue;
            }
            let near = STATEMENTS.iter().find(|known| distance(known, word) <= 2);
            found.push(raw.text.span, format!("`{word};` has no effect"), |finding| {
                let finding = match near {
                    Some(near) => finding.here(format!("did you mean `{near};`?")),
                    None => finding,
                };
                finding.help("dhcpd takes an unknown word for a variable; correct it, or remove it")
            });
        }
    }
}

/// The statements that are one word.
fn single_words(text: &str) -> Vec<&str> {
    let statements = parts(text).filter(|part| part.kind == PartKind::Statement);
    let single = statements.filter_map(|part| {
        let mut words = part.words();
        words.next().filter(|_| words.next().is_none())
    });
    single.filter(|word| word.starts_with(|c: char| c.is_ascii_alphabetic())).collect()
}

#[cfg(test)]
mod tests {
    use super::single_words;

    #[test]
    fn statements_of_one_word_are_found() {
        let text = "a; option x \"b; c;\"; # d;\n pool {\n e ;\n}\nf g;\n\"h\";\n\"\\\\\"; i;\nif j { k; }";
        assert_eq!(single_words(text), ["a", "e", "i", "k"]);
        assert!(
            single_words("").is_empty() && single_words("\"open").is_empty() && single_words("a").is_empty()
        );
    }
}
