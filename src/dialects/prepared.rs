//! A template of the user's as Tera reads it: counted, and with the way back to the user's own text.

use std::fmt::Write as _;
use std::ops::Range;

use tera::{ErrorKind, Tera};

use super::budget::{KEPT, TOKENS_OF_A_TURN, TURN};
use super::characters::name;
use super::layout::lone_tags_edited;
use super::template_limits::check_branches;
use super::template_tags::{ExpressionToken, Tag, Tags, tokens};

/// The filter that a printed value passes last.
pub(super) const PRINTED: &str = "ipxegen_printed";
/// The function that gives the numbers of the parts of all hosts.
pub const PARTS: &str = "ipxegen_parts";
/// The function that gives the hosts of one part, by name.
pub const PART: &str = "ipxegen_part";
/// The function that counts all hosts.
pub const COUNT: &str = "ipxegen_count";
/// How many hosts are in a part.
pub const HOSTS_OF_A_PART: usize = 512;

/// Text that was made of another one.
#[derive(Clone, Debug, Default)]
pub(super) struct Edited {
    pub(super) text: String,
    /// The start of a piece in this text and in the original, and whether it was copied from there.
    pieces: Vec<(usize, usize, bool)>,
}

impl Edited {
    /// Copies a part of the other text.
    pub(super) fn copy(&mut self, from: &str, part: Range<usize>) {
        if let Some(text) = from.get(part.clone()).filter(|text| !text.is_empty()) {
            self.pieces.push((self.text.len(), part.start, true));
            self.text.push_str(text);
        }
    }

    /// Adds text that stands for what is at a place of the other one.
    fn add(&mut self, text: &str, at: usize) {
        self.pieces.push((self.text.len(), at, false));
        self.text.push_str(text);
    }

    /// The place in the other text.
    fn original(&self, at: usize) -> usize {
        let piece = self.pieces.partition_point(|(start, ..)| *start <= at).checked_sub(1);
        match piece.and_then(|piece| self.pieces.get(piece)) {
            Some((start, from, true)) => from + (at - start),
            Some((_, from, false)) => *from,
            None => at,
        }
    }
}

/// A template of the user's, ready for Tera.
#[derive(Clone, Debug)]
pub struct Prepared {
    lone: Edited,
    counted: Edited,
    wants: Wants,
}

/// The values of the site that are made only for a template that uses them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wants {
    /// `site.hosts`, otherwise than in a loop over it.
    pub hosts: bool,
    /// `site.groups`.
    pub groups: bool,
}

impl Wants {
    /// The values that either of two templates uses.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self { hosts: self.hosts | other.hosts, groups: self.groups | other.groups }
    }
}

/// A part of a user's template that is not allowed, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unprepared {
    /// The part of the template.
    pub part: Range<usize>,
    /// One sentence, lower case.
    pub reason: String,
}

impl Prepared {
    /// The text that Tera renders.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.counted.text
    }

    /// The values that it uses and that are made only then.
    #[must_use]
    pub const fn wants(&self) -> Wants {
        self.wants
    }

    /// The user's part for one of [`Self::text`].
    #[must_use]
    pub fn original(&self, part: &Range<usize>) -> Range<usize> {
        let original = |at| self.lone.original(self.counted.original(at));
        let start = original(part.start);
        // The last byte, for what follows it may be ours.
        start..(original(part.end.saturating_sub(1).max(part.start)) + 1).max(start)
    }
}

/// The control characters of ASCII that a template may have. Others come from a file in another encoding, such as UTF-16, and
/// ipxegen marks places with some of them.
const KEPT_CONTROLS: [char; 6] = ['\n', '\r', '\t', '\u{c}', '\u{7}', '\u{1b}'];

/// Prepares a template whose text begins at a place of the inputs. `streams` says whether loops over `site.hosts`
/// take the hosts part by part.
///
/// # Errors
/// If it is no template, or is nested too deep for Tera.
pub fn prepare(template: &str, place: u32, streams: bool) -> Result<Prepared, Unprepared> {
    if let Some((at, c)) =
        template.char_indices().find(|&(_, c)| c.is_ascii_control() && !KEPT_CONTROLS.contains(&c))
    {
        let reason = format!("it has a character that is no text, {}", name(c));
        return Err(Unprepared { part: at..at + c.len_utf8(), reason });
    }
    let lone = lone_tags_edited(template, streams);
    if let Err((part, reason)) = check_branches(&lone.text) {
        let part = lone.original(part.start)..lone.original(part.end);
        return Err(Unprepared { part, reason });
    }
    if let Some((part, reason)) = reserved(&lone.text) {
        let part = lone.original(part.start)..lone.original(part.end.saturating_sub(1)) + 1;
        return Err(Unprepared { part, reason });
    }
    if let Some((part, reason)) = syntax_error(&lone.text) {
        let part = lone.original(part.start)..lone.original(part.end.saturating_sub(1).max(part.start)) + 1;
        return Err(Unprepared { part, reason });
    }
    let mut counting = Counting {
        text: &lone.text,
        lone: &lone,
        place,
        streams,
        breaks: lone.text.contains("break"),
        out: Edited::default(),
        done: 0,
        open: Vec::new(),
        loops: 0,
        wants: Wants::default(),
    };
    counting.run();
    let (counted, wants) = (counting.out, counting.wants);
    Ok(Prepared { lone, counted, wants })
}

/// A name that only we may use: a template that calls our functions could reset what counts its loops. Tera's
/// `__tera_context` has its values in the order of a hash map, so that each run would print another file.
fn reserved(text: &str) -> Option<(Range<usize>, String)> {
    Tags::new(text).find_map(|tag| {
        tokens(text, tag.inside).into_iter().find_map(|(at, token)| match token {
            ExpressionToken::Word(name)
                if ["__tera", "ipxegen_"].iter().any(|start| name.starts_with(start)) =>
            {
                Some((at..at + name.len(), format!("the name `{name}` is reserved")))
            }
            _ => None,
        })
    })
}

/// The message of Tera's parser about a text.
fn syntax_error(text: &str) -> Option<(Range<usize>, String)> {
    let error = Tera::default().add_raw_template("template", text).err()?;
    match error.kind() {
        ErrorKind::SyntaxError(report) => {
            let words = report.message();
            let mut chars = words.chars();
            let first = chars.next().map(|first| first.to_lowercase().to_string()).unwrap_or_default();
            Some((report.span().range.clone(), format!("{first}{}", chars.as_str().trim_end_matches('.'))))
        }
        // It refers to others.
        _ => None,
    }
}

/// An open `for` or `if`.
struct OpenTag {
    word: &'static str,
    /// The number of a loop over all hosts, and whether its inner loop is closed.
    hosts: Option<(usize, bool)>,
}

struct Counting<'t> {
    text: &'t str,
    lone: &'t Edited,
    place: u32,
    streams: bool,
    /// Whether some loop may be left early.
    breaks: bool,
    out: Edited,
    /// Up to where the text is copied.
    done: usize,
    open: Vec<OpenTag>,
    loops: usize,
    wants: Wants,
}

impl Counting<'_> {
    fn run(&mut self) {
        let tags: Vec<Tag<'_>> = Tags::new(self.text).collect();
        let lengths: Vec<usize> =
            tags.iter().map(|tag| tokens(self.text, tag.inside.clone()).len()).collect();
        let all: usize = lengths.iter().sum();
        let bodies = bodies(&tags, &lengths);
        if !tags.iter().any(|tag| tag.word == "extends") {
            self.out.add(&format!("{{{{ {TURN}({}) }}}}", token_argument("", all)), 0);
        }
        let mut left = all;
        for ((tag, body), length) in tags.iter().zip(bodies).zip(lengths) {
            left -= length;
            self.copy_to(tag.start);
            self.tag(tag, left);
            self.copy_to(tag.end);
            if matches!(tag.word, "for" | "block" | "component") {
                let dash = if tag.trims_behind() { "-" } else { "" };
                let tokens = token_argument(", ", body.tokens);
                self.out.add(&format!("{{{{ {TURN}(bytes={}{tokens}) {dash}}}}}", body.bytes), tag.start);
            }
        }
        self.copy_to(self.text.len());
    }

    fn copy_to(&mut self, end: usize) {
        if self.done < end {
            self.out.copy(self.text, self.done..end);
            self.done = end;
        }
    }

    /// Copies a tag, behind which the template has so many tokens.
    fn tag(&mut self, tag: &Tag<'_>, left: usize) {
        let dash = if tag.trims_before() { "-" } else { "" };
        match tag.word {
            "" if tag.prints => self.print(tag),
            "if" => {
                self.open.push(OpenTag { word: "if", hosts: None });
                self.expression(tag.inside.clone());
            }
            "for" => self.for_loop(tag, dash),
            "else" => {
                if let Some(OpenTag { word: "for", hosts: Some((_, closed)) }) = self.open.last_mut() {
                    *closed = true;
                    self.out.add(&format!("{{%{dash} endfor %}}"), tag.start);
                }
            }
            "endfor" => {
                if let Some(OpenTag { hosts: Some((_, false)), .. }) = self.open.pop() {
                    self.out.add(&format!("{{%{dash} endfor %}}"), tag.start);
                }
            }
            "endif" => _ = self.open.pop(),
            "break" => {
                if let Some(number) = self.hosts_loop() {
                    let leave = format!("{{%{dash} set_global ipxegen_left_{number} = true %}}");
                    self.out.add(&leave, tag.start);
                }
            }
            "set" | "set_global" => {
                let tokens = token_argument("", left);
                let kept = if tokens.is_empty() { KEPT.to_owned() } else { format!("{KEPT}({tokens})") };
                match tag.assign {
                    Some(assign) => {
                        self.copy_to(assign);
                        self.out.add("( ", assign);
                        self.expression(assign..tag.inside.end);
                        self.copy_to(tag.inside.end);
                        self.out.add(&format!(" ) | {kept} "), assign);
                    }
                    None => {
                        self.copy_to(tag.inside.end);
                        self.out.add(&format!(" | {kept} "), tag.inside.start);
                    }
                }
            }
            _ => self.expression(tag.inside.clone()),
        }
    }

    /// A printed value passes the guard with its place.
    fn print(&mut self, tag: &Tag<'_>) {
        let inside = self.text.get(tag.inside.clone()).unwrap_or_default();
        let value = inside.trim();
        let starts = ["<", "super()", "pieces()", "prelude()"];
        if value.is_empty() || starts.iter().any(|start| value.starts_with(start)) {
            return;
        }
        let begin = tag.inside.start + (inside.len() - inside.trim_start().len());
        let end = begin + value.len();
        self.copy_to(begin);
        self.out.add("(", begin);
        self.expression(begin..end);
        self.copy_to(end);
        let at = |offset: usize| self.place + u32::try_from(self.lone.original(offset)).unwrap_or_default();
        let (from, to) = (at(begin), at(end.saturating_sub(1)) + 1);
        self.out.add(&format!(") | {PRINTED}(at={from}, to={to})"), begin);
    }

    /// The number of the loop over all hosts that is the innermost loop.
    fn hosts_loop(&self) -> Option<usize> {
        let innermost = self.open.iter().rev().find(|open| open.word == "for")?;
        innermost.hosts.filter(|(_, closed)| !closed).map(|(number, _)| number)
    }

    fn for_loop(&mut self, tag: &Tag<'_>, dash: &str) {
        let words = tokens(self.text, tag.inside.clone());
        let at_in = words.iter().position(|(_, token)| *token == ExpressionToken::Word("in"));
        let over: Vec<ExpressionToken<'_>> =
            words.iter().skip(at_in.map_or(words.len(), |at| at + 1)).map(|(_, token)| *token).collect();
        let is_hosts = over
            == [ExpressionToken::Word("site"), ExpressionToken::Sign(b'.'), ExpressionToken::Word("hosts")];
        let (Some(at_in), true, true) = (at_in, is_hosts, self.streams) else {
            self.expression(tag.inside.clone());
            self.open.push(OpenTag { word: "for", hosts: None });
            return;
        };
        let number = self.loops;
        self.loops += 1;
        self.open.push(OpenTag { word: "for", hosts: Some((number, false)) });
        let mut before = String::new();
        let mut dash = dash;
        if self.breaks {
            let _ = write!(before, "{{%{dash} set_global ipxegen_left_{number} = false %}}");
            dash = "";
        }
        let _ = write!(before, "{{%{dash} for ipxegen_part_{number} in {PARTS}() %}}");
        if self.breaks {
            let _ = write!(before, "{{% if ipxegen_left_{number} %}}{{% break %}}{{% endif %}}");
        }
        before.push_str("{% for ");
        self.out.add(&before, tag.start);
        let in_at = words.get(at_in).map_or(tag.inside.end, |(at, _)| *at);
        let names = words.get(1).map_or(in_at, |(at, _)| *at);
        self.out.copy(self.text, names..in_at);
        let over = words.get(at_in + 1).map_or(in_at, |(at, _)| *at);
        self.out.add(&format!("in {PART}(part=ipxegen_part_{number})"), over);
        // The rest of the tag contains the line break that is removed with a tag on a line of its own.
        let end = words.last().map_or(over, |(at, _)| at + "hosts".len());
        self.out.copy(self.text, end..tag.inside.end);
        self.out.add("%}", tag.inside.end);
        self.done = tag.end;
    }

    /// Copies an expression. Items of lists that it collects are counted, and `loop` of a loop over all hosts counts the
    /// hosts of all parts.
    fn expression(&mut self, part: Range<usize>) {
        let words = tokens(self.text, part);
        let mut inserts: Vec<(usize, usize, String)> = Vec::new();
        let mut brackets: Vec<(u8, usize)> = Vec::new();
        let number = self.hosts_loop();
        for (at, (place, token)) in words.iter().enumerate() {
            let sign = |offset: usize| words.get(at + offset).map(|(_, token)| *token);
            match token {
                ExpressionToken::Sign(open @ (b'[' | b'(' | b'{')) => brackets.push((*open, *place)),
                ExpressionToken::Sign(b']' | b')' | b'}') => _ = brackets.pop(),
                ExpressionToken::Word("for") => {
                    if let Some((b'[', open)) = brackets.last() {
                        inserts.push((open + 1, open + 1, "(".to_owned()));
                        inserts.push((*place, *place, format!(") | {KEPT}(each=true) ")));
                    }
                }
                ExpressionToken::Word("loop") => {
                    let is_field = at.checked_sub(1).and_then(|at| words.get(at)).map(|(_, token)| *token)
                        == Some(ExpressionToken::Sign(b'.'));
                    if let (
                        Some(number),
                        Some(ExpressionToken::Sign(b'.')),
                        Some(ExpressionToken::Word(field)),
                        false,
                    ) = (number, sign(1), sign(2), is_field)
                        && let Some(text) = loop_field(field, number)
                    {
                        let end = words.get(at + 2).map_or(*place, |(at, _)| at + field.len());
                        inserts.push((*place, end, text));
                    }
                }
                ExpressionToken::Word("hosts") | ExpressionToken::Text("hosts") => self.wants.hosts = true,
                ExpressionToken::Word("groups") | ExpressionToken::Text("groups") => self.wants.groups = true,
                _ => {}
            }
        }
        inserts.sort_by_key(|(from, ..)| *from);
        for (from, to, text) in inserts {
            self.copy_to(from);
            self.out.add(&text, from);
            self.done = self.done.max(to);
        }
    }
}

/// The values of `loop` for all hosts, inside of the loop over one part.
fn loop_field(field: &str, number: usize) -> Option<String> {
    let before = format!("ipxegen_part_{number} * {HOSTS_OF_A_PART}");
    Some(match field {
        "index" => format!("(loop.index + {before})"),
        "index0" => format!("(loop.index0 + {before})"),
        "first" => format!("(loop.index + {before} == 1)"),
        "last" => format!("(loop.index + {before} == {COUNT}())"),
        "length" => format!("{COUNT}()"),
        _ => return None,
    })
}

/// The argument that tells the budget of many tokens.
fn token_argument(before: &str, tokens: usize) -> String {
    let many = usize::try_from(TOKENS_OF_A_TURN).is_ok_and(|many| tokens >= many);
    if many { format!("{before}tokens={tokens}") } else { String::new() }
}

/// What is between a tag and its end.
#[derive(Clone, Copy, Default)]
struct BodySize {
    bytes: usize,
    tokens: usize,
}

/// For each tag what is between it and its end, where it is one of those that may be rendered again.
fn bodies(tags: &[Tag<'_>], lengths: &[usize]) -> Vec<BodySize> {
    let mut bodies = vec![BodySize::default(); tags.len()];
    let mut open: Vec<(&str, usize, usize)> = Vec::new();
    let mut before = 0;
    for (at, (tag, length)) in tags.iter().zip(lengths).enumerate() {
        before += length;
        match tag.word {
            "for" | "block" | "component" => open.push((tag.word, at, before)),
            "endfor" | "endblock" | "endcomponent" => {
                if let Some((_, first, tokens)) = open.pop()
                    && let (Some(body), Some(begin)) = (bodies.get_mut(first), tags.get(first))
                {
                    *body = BodySize { bytes: tag.start - begin.end, tokens: before - tokens };
                }
            }
            _ => {}
        }
    }
    bodies
}

#[cfg(test)]
mod tests {
    use super::prepare;

    fn counted(template: &str) -> String {
        prepare(template, 100, true).unwrap().text().to_owned()
    }

    #[test]
    fn what_may_go_on_for_ever_is_counted() {
        assert_eq!(
            counted("{% for a in [x for x in b] -%} c{% endfor %}"),
            "{{ ipxegen_turn() }}{% for a in [(x ) | ipxegen_kept(each=true) for x in b] -%}\
             {{ ipxegen_turn(bytes=2) -}} c{% endfor %}"
        );
        assert_eq!(
            counted("{% set a = a ~ a -%}{% set b | upper %}x{% endset %}"),
            "{{ ipxegen_turn() }}{% set a =(  a ~ a  ) | ipxegen_kept -%}\
             {% set b | upper  | ipxegen_kept %}x{% endset %}"
        );
        assert_eq!(
            counted("{% extends \"x\" %}\n{% block a %}{% raw %}{{ x }}{% endraw %}{% endblock %}"),
            "{% extends \"x\" \n%}{% block a %}{{ ipxegen_turn(bytes=28) }}{% raw %}{{ x }}{% endraw %}{% endblock %}"
        );
    }

    #[test]
    fn a_printed_value_has_its_place() {
        assert_eq!(
            counted("a {{- site.name | q -}} {{ super() }}"),
            "{{ ipxegen_turn() }}a {{- (site.name | q) | ipxegen_printed(at=106, to=119) -}} {{ super() }}"
        );
    }

    #[test]
    fn the_way_back() {
        let written = "a\n  {% if x %}\n{{ y | nope }}\n{% endif %}\n";
        let prepared = prepare(written, 0, false).unwrap();
        let at = prepared.text().find("nope").unwrap();
        assert_eq!(written.get(prepared.original(&(at..at + 4))), Some("nope"));
        let error = prepare("a\n  {% if x %}\n{{ y | }}\n{% endif %}\n", 0, false).unwrap_err();
        assert_eq!(error.part.start, 22, "{error:?}");
    }

    #[test]
    fn all_hosts_are_taken_part_by_part() {
        assert_eq!(
            counted("{% for h in site.hosts %}\n{% if not loop.last %},{% endif %}\n{% endfor %}\n"),
            "{{ ipxegen_turn() }}{% for ipxegen_part_0 in ipxegen_parts() %}\
             {% for h in ipxegen_part(part=ipxegen_part_0) \n%}{{ ipxegen_turn(bytes=35) }}\
             {% if not (loop.index + ipxegen_part_0 * 512 == ipxegen_count()) %},{% endif %}\n\
             {% endfor %}{% endfor \n%}"
        );
        assert!(!prepare("{% for n, h in site.hosts %}{% endfor %}", 0, true).unwrap().wants().hosts);
        assert!(prepare("{{ site.hosts | length }}", 0, true).unwrap().wants().hosts);
        assert!(prepare("{{ site['hosts'] | length }}", 0, true).unwrap().wants().hosts);
    }
}
