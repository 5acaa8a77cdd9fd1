//! Templates that would take Tera's stack.
//!
//! Tried with Tera 2.4: it limits nested tags, expressions, lists and components itself, and ends with a stack
//! overflow, which nothing can catch, in three cases. Its parser reads a chain of `elif` by recursion. Blocks
//! that contain each other in two templates, one of which extends the other, render each other for ever. A
//! value that `set_global` nests deeper in each turn of a loop is printed and dropped by recursion. So chains
//! are counted before the parser sees the text, blocks and includes are looked through for circles, and
//! values that are kept are measured (`budget`).

use std::ops::Range;

use super::template_tags::Tags;
use crate::limits::{BLOCK_DEPTH, TEMPLATE_CHAIN, TEMPLATE_DEPTH};

/// Refuses a template with so many branches that Tera's parser would overflow its stack.
pub(super) fn check_branches(template: &str) -> Result<(), (Range<usize>, String)> {
    // For each open `if`, how many levels Tera has entered for it.
    let mut branches: Vec<usize> = Vec::new();
    for tag in Tags::new(template) {
        match tag.word {
            "if" => branches.push(1),
            "elif" => branches.last_mut().into_iter().for_each(|levels| *levels += 1),
            "endif" => {
                branches.pop();
            }
            _ => {}
        }
        if branches.iter().sum::<usize>() > TEMPLATE_DEPTH {
            let reason =
                format!("branches are nested more than {TEMPLATE_DEPTH} deep; each `elif` is one level");
            return Err((tag.start..tag.end, reason));
        }
    }
    Ok(())
}

/// The templates of one language, as they refer to each other.
///
/// # Errors
/// A circle, or a chain that is too long.
pub fn check_references<'t>(
    templates: impl Iterator<Item = (&'t str, &'t str)>,
) -> Result<(), EndlessChain<'t>> {
    let mut files = Graph::default();
    let mut blocks = Graph::default();
    for (name, text) in templates {
        let mut open: Vec<&str> = Vec::new();
        for tag in Tags::new(text) {
            match tag.word {
                "include" | "extends" => files.add(name, tag.name),
                "block" => {
                    if let Some(outer) = open.last() {
                        blocks.add(outer, tag.name);
                    }
                    open.push(tag.name);
                }
                "endblock" => {
                    open.pop();
                }
                _ => {}
            }
        }
    }
    files.check("templates", TEMPLATE_CHAIN)?;
    blocks.check("blocks", BLOCK_DEPTH)
}

/// Templates or blocks that lead to each other for too long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndlessChain<'t> {
    /// A template or block of the chain.
    pub member: &'t str,
    /// One sentence, lower case.
    pub reason: String,
}

/// The templates that each template leads to.
#[derive(Default)]
struct Graph<'t> {
    edges: Vec<(&'t str, &'t str)>,
}

impl<'t> Graph<'t> {
    fn add(&mut self, from: &'t str, to: &'t str) {
        self.edges.push((from, to));
    }

    /// Follows every chain for `longest` steps; one that goes further is a circle or too long.
    fn check(&self, what: &str, longest: usize) -> Result<(), EndlessChain<'t>> {
        let mut ends: Vec<&str> = self.edges.iter().map(|(from, _)| *from).collect();
        for _ in 0..longest {
            ends.sort_unstable();
            ends.dedup();
            let leads = |(from, _): &&(&'t str, &'t str)| ends.binary_search(from).is_ok();
            ends = self.edges.iter().filter(leads).map(|(_, to)| *to).collect();
        }
        match ends.first() {
            None => Ok(()),
            Some(end) => Err(EndlessChain {
                member: end,
                reason: format!(
                    "{what} lead to each other in a circle or in a chain of more than {longest}; `{end}` is one of them"
                ),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check_branches, check_references};

    #[test]
    fn branches_are_counted_by_level() {
        let chain = |elifs: usize| format!("{{% if a %}}{}{{% endif %}}", "{% elif b %}".repeat(elifs));
        assert_eq!(check_branches(&chain(199)), Ok(()));
        assert!(check_branches(&chain(200)).is_err_and(|(_, words)| words.contains("more than 200 deep")));
        // One behind the other they are no deeper.
        let row = chain(150).repeat(10);
        assert_eq!(check_branches(&row), Ok(()));
        let nested = format!("{{% if a %}}{}{}{{% endif %}}", "{% elif b %}".repeat(150), chain(60));
        assert!(check_branches(&nested).is_err());
    }

    #[test]
    fn only_tags_count() {
        for text in [
            "{{ \"{% elif %}\" }}",
            "{# {% elif %} #}",
            "{% raw %}{% elif %}{%- endraw -%}",
            "{ {% set a = \"%} {% elif %}\" %}",
            "{% set a = '\\'%}{% elif %}' %}",
        ] {
            let many = format!("{{% if a %}}{}{{% endif %}}", text.repeat(300));
            assert_eq!(check_branches(&many), Ok(()), "{text}");
        }
    }

    #[test]
    fn circles_are_found() {
        let plain =
            [("x", "{% block a %}{% block b %}{% endblock %}{% endblock %}"), ("y", "{% extends \"x\" %}")];
        assert_eq!(check_references(plain.into_iter()), Ok(()));
        let blocks = [
            ("x", "{% block a %}{% block b %}{% endblock %}{% endblock %}"),
            ("y", "{% extends \"x\" %}{% block b %}{% block a %}{{ super() }}{% endblock %}{% endblock %}"),
        ];
        assert!(
            check_references(blocks.into_iter())
                .is_err_and(|chain| chain.reason.starts_with("blocks lead to"))
        );
        let files = [("x", "{% include \"y\" %}"), ("y", "{% extends 'z' %}"), ("z", "{%- include `x` -%}")];
        assert!(
            check_references(files.into_iter())
                .is_err_and(|chain| chain.reason.starts_with("templates lead to"))
        );
    }
}
