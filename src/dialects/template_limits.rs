//! Templates that would take Tera's stack.
//!
//! Tried with Tera 2.4: it limits nested tags, expressions, lists and components itself, and ends with a stack
//! overflow, which nothing can catch, in three cases. Its parser reads a chain of `elif` by recursion. Blocks
//! that contain each other in two templates, one of which extends the other, render each other for ever. A
//! value that `set_global` nests deeper in each turn of a loop is printed and dropped by recursion. So chains
//! are counted before the parser sees the text, blocks and includes are looked through for circles, and
//! `set_global` passes its values through a filter that measures them.
//!
//! The words of a template are found as Tera's lexer finds them (src/parsing/lexer.rs): strings hold anything,
//! a comment ends at the first `#}`, `raw` at its `endraw`.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use super::engine::refuse;
use crate::limits::{BLOCK_DEPTH, TEMPLATE_CHAIN, TEMPLATE_DEPTH, VALUE_DEPTH, VALUE_SIZE};

/// The filter that `set_global` passes its values through.
const MEASURE: &str = "ipxegen_measured";

/// A template that Tera may read.
///
/// # Errors
/// What of it is nested too deep.
pub fn limited(template: &str) -> Result<String, String> {
    let mut out = String::with_capacity(template.len());
    let mut copied = 0;
    // For each open `if`, how many levels Tera has entered for it.
    let mut branches: Vec<usize> = Vec::new();
    for tag in Tags::new(template) {
        match tag.word {
            "if" => branches.push(1),
            "elif" => branches.last_mut().into_iter().for_each(|levels| *levels += 1),
            "endif" => {
                branches.pop();
            }
            "set_global" => {
                if let Some(assign) = tag.assign {
                    out.push_str(&template[copied..assign]);
                    out.push('(');
                    out.push_str(&template[assign..tag.end]);
                    out.push_str(") | ");
                    out.push_str(MEASURE);
                    // Not joined to a `-` that trims what follows.
                    out.push(' ');
                    copied = tag.end;
                }
            }
            _ => {}
        }
        if branches.iter().sum::<usize>() > TEMPLATE_DEPTH {
            return Err(format!(
                "its branches are nested more than {TEMPLATE_DEPTH} deep in line {}; each `elif` is one level",
                template[..tag.end].matches('\n').count() + 1
            ));
        }
    }
    out.push_str(&template[copied..]);
    Ok(out)
}

/// Registers the filter that measures.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter(MEASURE, |value: Value, _: Kwargs, _: &State| -> TeraResult<Value> {
        let mut left = VALUE_SIZE;
        if measure(&value, VALUE_DEPTH, &mut left) {
            return Ok(value);
        }
        Err(refuse(format!(
            "a value of `set_global` has more than {VALUE_SIZE} values, or is nested more than {VALUE_DEPTH} deep"
        )))
    });
}

fn measure(value: &Value, levels: usize, left: &mut usize) -> bool {
    let Some(rest) = left.checked_sub(1) else { return false };
    *left = rest;
    let mut inner = |value: &Value| levels > 0 && measure(value, levels - 1, left);
    if let Some(items) = value.as_array() {
        return items.iter().all(&mut inner);
    }
    value.as_map().is_none_or(|map| map.values().all(inner))
}

/// The templates of one language, as they refer to each other.
///
/// # Errors
/// A circle, or a chain that is too long.
pub fn check_references<'t>(templates: impl Iterator<Item = (&'t str, &'t str)>) -> Result<(), String> {
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

/// What leads to what.
#[derive(Default)]
struct Graph<'t> {
    edges: Vec<(&'t str, &'t str)>,
}

impl<'t> Graph<'t> {
    fn add(&mut self, from: &'t str, to: &'t str) {
        self.edges.push((from, to));
    }

    /// Follows every chain for `longest` steps; one that goes further is a circle or too long.
    fn check(&self, what: &str, longest: usize) -> Result<(), String> {
        let mut ends: Vec<&str> = self.edges.iter().map(|(from, _)| *from).collect();
        for _ in 0..longest {
            ends.sort_unstable();
            ends.dedup();
            let leads = |(from, _): &&(&'t str, &'t str)| ends.binary_search(from).is_ok();
            ends = self.edges.iter().filter(leads).map(|(_, to)| *to).collect();
        }
        match ends.first() {
            None => Ok(()),
            Some(end) => Err(format!(
                "{what} lead to each other in a circle or in a chain of more than {longest}; `{end}` is one of them"
            )),
        }
    }
}

/// A tag of a template.
struct Tag<'t> {
    /// Its first word.
    word: &'t str,
    /// What it names: its second word, or the string there.
    name: &'t str,
    /// The place behind the `=` that follows the name.
    assign: Option<usize>,
    /// The place of its `%}`, or of the `-` before it.
    end: usize,
}

/// The tags of a template; they end where Tera's lexer would give up.
struct Tags<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Tags<'t> {
    const fn new(text: &'t str) -> Self {
        Self { text, at: 0 }
    }

    /// The place of `end` outside strings, from `at` on.
    fn find_end(&self, end: &str) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b'"' | b'\'' | b'`' => {
                    let mut inside = at + 1;
                    while bytes.get(inside).is_some_and(|other| other != byte) {
                        inside += if bytes.get(inside) == Some(&b'\\') { 2 } else { 1 };
                    }
                    // One that does not end is an error of Tera's.
                    bytes.get(inside)?;
                    at = inside + 1;
                    continue;
                }
                _ if self.text.get(at..).is_some_and(|rest| rest.starts_with(end)) => return Some(at),
                _ => {}
            }
            at += 1;
        }
        None
    }

    /// Behind `{% word %}` at a place, if that stands there.
    fn behind_tag(&self, at: usize, word: &str) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let inside = rest.strip_prefix("{%-").or_else(|| rest.strip_prefix("{%"))?;
        let behind = inside.trim_ascii_start().strip_prefix(word)?.trim_ascii_start();
        let behind = behind.strip_prefix("-%}").or_else(|| behind.strip_prefix("%}"))?;
        Some(self.text.len() - behind.len())
    }
}

impl<'t> Iterator for Tags<'t> {
    type Item = Tag<'t>;

    fn next(&mut self) -> Option<Tag<'t>> {
        loop {
            let open = self.at + self.text.get(self.at..)?.find('{')?;
            self.at = open + 2;
            match self.text.as_bytes().get(open + 1)? {
                b'{' => self.at = self.find_end("}}")? + 2,
                b'#' => self.at += self.text.get(self.at..)?.find("#}")? + 2,
                b'%' => {
                    if let Some(body) = self.behind_tag(open, "raw") {
                        let ends = self.text.get(body..)?.match_indices("{%");
                        let mut ends = ends.filter_map(|(at, _)| self.behind_tag(body + at, "endraw"));
                        self.at = ends.next()?;
                        continue;
                    }
                    let end = self.find_end("%}")?;
                    let inside = self.text.get(self.at..end)?;
                    let inside = inside.strip_prefix('-').unwrap_or(inside);
                    let trimmed = inside.strip_suffix('-').unwrap_or(inside);
                    let end_of_words = end - (inside.len() - trimmed.len());
                    self.at = end + 2;
                    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
                    let words = trimmed.trim_ascii_start();
                    let (word, rest) = words.split_at(words.find(|c| !is_word(c)).unwrap_or(words.len()));
                    let rest = rest.trim_ascii_start();
                    let name = match rest.chars().next().filter(|c| "\"'`".contains(*c)) {
                        Some(quote) => rest.get(1..)?.split(quote).next().unwrap_or_default(),
                        None => rest.get(..rest.find(|c| !is_word(c)).unwrap_or(rest.len()))?,
                    };
                    let value =
                        rest.strip_prefix(name).and_then(|rest| rest.trim_ascii_start().strip_prefix('='));
                    let assign = value.map(|value| end_of_words - value.len());
                    return Some(Tag { word, name, assign, end: end_of_words });
                }
                // `{` and anything else is text; the second character may open something.
                _ => self.at = open + 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{check_references, limited};

    #[test]
    fn branches_are_counted_by_level() {
        let chain = |elifs: usize| format!("{{% if a %}}{}{{% endif %}}", "{% elif b %}".repeat(elifs));
        assert_eq!(limited(&chain(199)), Ok(chain(199)));
        assert!(limited(&chain(200)).is_err_and(|words| words.contains("more than 200 deep in line 1")));
        // One behind the other they are no deeper.
        let row = chain(150).repeat(10);
        assert_eq!(limited(&row), Ok(row.clone()));
        let nested = format!("{{% if a %}}{}{}{{% endif %}}", "{% elif b %}".repeat(150), chain(60));
        assert!(limited(&nested).is_err());
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
            assert_eq!(limited(&many), Ok(many.clone()), "{text}");
        }
    }

    #[test]
    fn set_global_is_measured() {
        for (written, read) in [
            ("{% set_global a = [a] %}", "{% set_global a =( [a] ) | ipxegen_measured %}"),
            (
                "{%- set_global a = x == \"%}\" -%}",
                "{%- set_global a =( x == \"%}\" ) | ipxegen_measured -%}",
            ),
            (
                "{% set_global a | replace(from=\"x\", to=\"y\") %}x{% endset %}",
                "{% set_global a | replace(from=\"x\", to=\"y\") %}x{% endset %}",
            ),
            ("{% set_global a %}x{% endset %}", "{% set_global a %}x{% endset %}"),
            ("{% set a = 1 %}", "{% set a = 1 %}"),
        ] {
            assert_eq!(limited(written).as_deref(), Ok(read));
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
        assert!(check_references(blocks.into_iter()).is_err_and(|words| words.starts_with("blocks lead to")));
        let files = [("x", "{% include \"y\" %}"), ("y", "{% extends 'z' %}"), ("z", "{%- include `x` -%}")];
        assert!(
            check_references(files.into_iter()).is_err_and(|words| words.starts_with("templates lead to"))
        );
    }
}
