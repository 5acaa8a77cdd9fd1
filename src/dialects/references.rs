//! The names that a user's template refers to: other templates, blocks, filters, values.

use std::ops::Range;

use super::template_tags::{ExpressionToken, Tags, tokens};

/// A name in a template, and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reference<'t> {
    /// The name.
    pub name: &'t str,
    /// Its first byte.
    pub at: usize,
}

impl Reference<'_> {
    /// The part of the template that is the name.
    #[must_use]
    pub const fn part(&self) -> Range<usize> {
        self.at..self.at + self.name.len()
    }
}

/// A block of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TemplateBlock<'t> {
    /// Its name.
    pub name: Reference<'t>,
    /// The names in it.
    pub body: &'t str,
}

/// The names that a template refers to.
#[derive(Debug, Default)]
pub struct References<'t> {
    /// The template that it extends.
    pub extends: Option<Reference<'t>>,
    /// Those that it includes.
    pub includes: Vec<Reference<'t>>,
    /// Its blocks.
    pub blocks: Vec<TemplateBlock<'t>>,
    /// The filters that it uses.
    pub filters: Vec<Reference<'t>>,
    /// The components that it defines.
    pub components: Vec<&'t str>,
    /// The components that it uses.
    pub calls: Vec<&'t str>,
}

/// Looks for all of them.
#[must_use]
pub fn references(text: &str) -> References<'_> {
    let mut found = References::default();
    let mut open: Vec<(Reference<'_>, usize)> = Vec::new();
    let place = |name: &str| name.as_ptr() as usize - text.as_ptr() as usize;
    for tag in Tags::new(text) {
        let named =
            Reference { name: tag.name, at: if tag.name.is_empty() { tag.start } else { place(tag.name) } };
        match tag.word {
            "extends" => found.extends = Some(named),
            "include" => found.includes.push(named),
            "component" => found.components.push(tag.name),
            "filter" => found.filters.push(named),
            "block" => open.push((named, tag.end)),
            "endblock" => {
                if let Some((name, from)) = open.pop() {
                    let body = text.get(from..tag.start).unwrap_or_default();
                    found.blocks.push(TemplateBlock { name, body });
                }
            }
            _ => {}
        }
        let words = tokens(text, tag.inside);
        for pair in words.windows(2) {
            match pair {
                [(_, ExpressionToken::Sign(b'|')), (at, ExpressionToken::Word(name))] => {
                    found.filters.push(Reference { name, at: *at });
                }
                [(_, ExpressionToken::Sign(b'<')), (_, ExpressionToken::Word(name))] => {
                    found.calls.push(name);
                }
                _ => {}
            }
        }
    }
    found
}

/// The value that the tag at a place is about: what it prints, up to its first filter, or its whole expression.
#[must_use]
pub fn value_at(text: &str, at: usize) -> Option<(Range<usize>, &str)> {
    let tag = Tags::new(text).find(|tag| tag.start <= at && at < tag.end)?;
    if !tag.prints {
        return None;
    }
    let words = tokens(text, tag.inside.clone());
    let first = words.first()?.0;
    let end = words
        .iter()
        .find(|(_, token)| *token == ExpressionToken::Sign(b'|'))
        .map_or(tag.inside.end, |(at, _)| *at);
    let value = text.get(first..end)?.trim_end();
    Some((first..first + value.len(), value))
}

/// The path that a loop around a place takes the values of a name from.
#[must_use]
pub fn loop_over<'t>(text: &'t str, name: &str, at: usize) -> Option<&'t str> {
    let loops = Tags::new(text).filter(|tag| tag.word == "for" && tag.start < at);
    let heads = loops.filter_map(|tag| {
        let words = tokens(text, tag.inside.clone());
        let at_in = words.iter().position(|(_, token)| *token == ExpressionToken::Word("in"))?;
        let last = words.get(at_in.checked_sub(1)?)?.1;
        (last == ExpressionToken::Word(name)).then(|| text.get(words.get(at_in + 1)?.0..tag.inside.end))?
    });
    heads.last().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::{loop_over, references, value_at};

    #[test]
    fn all_that_it_names() {
        let text = "{% extends \"builtin/x\" %}{% block a %}{{ super() }}{{ v | q | upper }}{% endblock %}\
                    {% include 'mine/y' %}{{ <Row a={v | ident} /> }}";
        let found = references(text);
        assert_eq!(found.extends.map(|name| (name.name, name.at)), Some(("builtin/x", 12)));
        assert_eq!(found.includes.first().map(|name| name.name), Some("mine/y"));
        assert_eq!(
            found.blocks.first().map(|block| (block.name.name, block.body)),
            Some(("a", "{{ super() }}{{ v | q | upper }}"))
        );
        assert_eq!(found.filters.iter().map(|name| name.name).collect::<Vec<_>>(), ["q", "upper", "ident"]);
        assert_eq!(found.calls, ["Row"]);
        assert_eq!(value_at(text, text.find("upper").unwrap()).unwrap().1, "v");
        assert_eq!(loop_over("{% for n, h in site.hosts %}{{ h.x }}", "h", 33), Some("site.hosts"));
    }
}
