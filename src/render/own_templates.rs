//! The user's templates: read, checked against ours, and put into the engines.

use std::collections::BTreeSet;

use foldhash::HashMap;
use tera::{Tera, Value};

use super::fault::{Faults, plain};
use super::version::{is_outdated, original_of};
use super::{builtin, engine, hosts};
use crate::dialects::{
    Dialect, EndlessChain, Prepared, References, Wants, check_references, prepare, references,
};
use crate::outputs::{Output, OwnFile};
use crate::report::catalogue::{CHANGED_TEMPLATE, DROPPED_BLOCK, TEMPLATE, UNKNOWN_TEMPLATE};
use crate::report::{Finding, Report, Severity, distance};
use crate::source::{Span, Template};

/// The folder of the templates that others include.
const MINE: &str = "mine/";

/// How many lines of a dropped block or a change a warning shows.
const LINES: usize = 4;

/// A template of the user's.
#[derive(Clone, Debug)]
pub(super) struct OwnTemplate {
    pub(super) text: String,
    pub(super) span: Span,
    pub(super) prepared: Prepared,
    /// The language of its file; a part that templates share has none of its own.
    pub(super) dialect: Option<Dialect>,
}

/// All of them, by name.
#[derive(Debug, Default)]
pub(super) struct OwnTemplates {
    faults: Faults,
}

impl OwnTemplates {
    /// Prepares the templates; a fault of a single template is a finding.
    pub(super) fn read(user: &[Template], report: &mut Report) -> Self {
        let mut faults = Faults::default();
        for template in user {
            if !builtin().any(|(_, name, _)| name == template.name) && !template.name.starts_with(MINE) {
                report.push(unknown(template));
                continue;
            }
            match prepare(&template.text, template.span.start, false) {
                Ok(prepared) => {
                    let original = builtin().find(|(_, name, _)| *name == template.name);
                    if let Some((_, name, text)) = original
                        && is_outdated(name, text, &template.text)
                    {
                        report.push(outdated(template, text));
                    }
                    let dialect = original.map(|(dialect, ..)| dialect);
                    let own =
                        OwnTemplate { text: template.text.clone(), span: template.span, prepared, dialect };
                    faults.templates.insert(template.name.clone(), own);
                }
                Err(wrong) => {
                    let place = template.span.part(wrong.part.start, wrong.part.end);
                    let message = format!("the template {} cannot be read: {}", template.name, wrong.reason);
                    report.push(Finding::new(&TEMPLATE, place, message));
                }
            }
        }
        Self { faults }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.faults.templates.is_empty()
    }

    pub(super) const fn faults(&self) -> &Faults {
        &self.faults
    }

    pub(super) fn get(&self, name: &str) -> Option<&OwnTemplate> {
        self.faults.templates.get(name)
    }

    /// The start of a template.
    pub(super) fn place(&self, name: &str) -> Option<Span> {
        self.get(name).map(|own| own.span.part(0, 0))
    }

    /// Whether one of an output's templates is the user's.
    pub(super) fn replaces(&self, output: &dyn Output) -> bool {
        !self.is_empty() && output.templates().iter().any(|(name, _)| self.get(name).is_some())
    }

    /// Which of an output's templates are the user's.
    pub(super) fn names_of(&self, output: &dyn Output) -> Vec<String> {
        let names = output.templates().iter().map(|(name, _)| *name);
        names.filter(|name| self.get(name).is_some()).map(str::to_owned).collect()
    }

    /// The templates below `mine/` that some others use, directly or through each other.
    pub(super) fn partials_of<'o>(&'o self, users: &[&'o OwnTemplate]) -> Vec<(&'o str, &'o OwnTemplate)> {
        let partials = || self.faults.templates.iter().filter(|(name, _)| name.starts_with(MINE));
        let mut used: BTreeSet<&str> = BTreeSet::new();
        let mut open: Vec<&OwnTemplate> = users.to_vec();
        while let Some(own) = open.pop() {
            let names = references(&own.text);
            let named: Vec<&str> =
                names.includes.iter().chain(&names.extends).map(|reference| reference.name).collect();
            for (name, partial) in partials() {
                let defines =
                    || references(&partial.text).components.iter().any(|name| names.calls.contains(name));
                if (named.contains(&name.as_str()) || defines()) && used.insert(name) {
                    open.push(partial);
                }
            }
        }
        used.into_iter().filter_map(|name| Some((name, self.get(name)?))).collect()
    }

    /// Checks what the templates of one language refer to. Whether there is no error.
    pub(super) fn check<'o>(
        &'o self,
        dialect: Dialect,
        used: impl Iterator<Item = &'o OwnTemplate>,
        texts: &[(String, String)],
        report: &mut Report,
    ) -> bool {
        let name_of = |own: &OwnTemplate| {
            self.faults
                .templates
                .iter()
                .find(|(_, known)| known.span == own.span)
                .map_or("", |(name, _)| name.as_str())
        };
        let mut well = true;
        for own in used {
            let findings = check_one(dialect, name_of(own), own, texts);
            well &= findings.iter().all(|finding| finding.severity != Severity::Error);
            report.extend(findings);
        }
        if !well {
            return false;
        }
        if let Err(chain) = check_references(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        {
            report.push(self.faults.endless(&chain));
            well = false;
        }
        well
    }

    /// The messages of Tera about templates that it reads one by one.
    pub(super) fn unreadable(&self, error: &tera::Error) -> Vec<Finding> {
        self.faults.unreadable(error)
    }

    /// The engine of one file of the user's own, and what its template wants.
    pub(super) fn file_engine(&self, file: &OwnFile<'_>) -> Result<(Tera, Faults, Wants), Vec<Finding>> {
        let prepared = prepare(file.text, file.span.start, true).map_err(|wrong| {
            let place = file.span.part(wrong.part.start, wrong.part.end);
            let message = format!("the template {} cannot be read: {}", file.name, wrong.reason);
            vec![Finding::new(&TEMPLATE, place, message)]
        })?;
        let dialect = Some(Dialect::Text);
        let own = OwnTemplate { text: file.text.to_owned(), span: file.span, prepared, dialect };
        let partials = self.partials_of(&[&own]);
        let mut texts: Vec<(String, String)> = Vec::new();
        for (name, partial) in &partials {
            // Their loops go over the hosts of this file.
            let prepared =
                prepare(&partial.text, partial.span.start, true).unwrap_or_else(|_| partial.prepared.clone());
            texts.push(((*name).to_owned(), prepared.text().to_owned()));
        }
        let mut wants = own.prepared.wants();
        let mut faults = Faults::default();
        for (name, partial) in partials {
            let prepared =
                prepare(&partial.text, partial.span.start, true).unwrap_or_else(|_| partial.prepared.clone());
            wants = wants.and(prepared.wants());
            faults.templates.insert(name.to_owned(), OwnTemplate { prepared, ..partial.clone() });
        }
        texts.push((file.name.to_owned(), own.prepared.text().to_owned()));
        let mut findings = Vec::new();
        for (name, template) in
            faults.templates.iter().map(|(name, own)| (name.as_str(), own)).chain([(file.name, &own)])
        {
            findings.extend(check_one(Dialect::Text, name, template, &texts));
        }
        faults.templates.insert(file.name.to_owned(), own);
        // A template that leads to itself has a finding.
        if findings.is_empty()
            && let Err(chain) =
                check_references(texts.iter().map(|(name, text)| (name.as_str(), text.as_str())))
        {
            findings.push(faults.endless(&chain));
        }
        if !findings.is_empty() {
            return Err(findings);
        }
        let mut made = engine(Dialect::Text);
        hosts::register(&mut made);
        made.register_function("pieces", |_: tera::Kwargs, _: &tera::State| Value::safe_string(""));
        made.add_raw_templates(texts).map_err(|error| faults.unreadable(&error))?;
        Ok((made, faults, wants))
    }
}

impl Faults {
    /// Templates that lead to each other, at the place where one of the user's leads on.
    fn endless(&self, chain: &EndlessChain<'_>) -> Finding {
        let place = self.templates.get(chain.member).and_then(|own| {
            let names = references(&own.text);
            let part = names.extends.iter().chain(&names.includes).next()?.part();
            Some(own.span.part(part.start, part.end))
        });
        match place {
            Some(place) => Finding::new(&TEMPLATE, place, chain.reason.clone()),
            None => Finding::nowhere(&TEMPLATE, chain.reason.clone()),
        }
    }

    /// Tera reports all references to nothing in one text: `error: WORDS`, `--> TEMPLATE:LINE:COLUMN`.
    fn unreadable(&self, error: &tera::Error) -> Vec<Finding> {
        let text = error.to_string();
        let mut findings = Vec::new();
        for report in text.split("error: ").skip(1) {
            let words = report.lines().next().unwrap_or_default();
            let place = report.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
            let own = place.and_then(|place| {
                let mut parts = place.rsplitn(3, ':');
                let column = parts.next()?.parse::<usize>().ok()?;
                let line = parts.next()?.parse::<usize>().ok()?;
                let own = self.templates.get(parts.next()?)?;
                let text = own.prepared.text();
                let start: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
                let before: usize = text.get(start..)?.chars().take(column - 1).map(char::len_utf8).sum();
                let part = own.prepared.original(&(start + before..start + before + 1));
                Some(own.span.part(part.start, part.end))
            });
            findings.push(match own {
                Some(place) => Finding::new(&TEMPLATE, place, plain(words)),
                None => Finding::nowhere(&TEMPLATE, plain(words)),
            });
        }
        if findings.is_empty() {
            findings.push(Finding::nowhere(&TEMPLATE, "a template cannot be read").help(text));
        }
        findings
    }
}

/// An override that was made from another version of the built-in template.
fn outdated(template: &Template, builtin: &str) -> Finding {
    let name = &template.name;
    let first = template.text.lines().next().unwrap_or_default().len();
    let message = format!("the built-in template {name} has changed since this one was made from it");
    let finding = Finding::new(&CHANGED_TEMPLATE, template.span.part(0, first), message);
    let Some(original) = original_of(&template.text, template.original.as_deref()) else {
        return finding.help(format!(
            "`ipxegen templates --diff` shows how they differ; take over what is new, and the first line of \
             `ipxegen templates {name}`"
        ));
    };
    let changes = changed_lines(original, builtin);
    finding.help(format!("`ipxegen templates --diff` shows what has changed: {}", shortened(&changes)))
}

/// The lines that only one of two texts has, the removed ones first.
fn changed_lines(old: &str, new: &str) -> Vec<String> {
    let only = |of: &str, other: &str, sign: char| {
        let other: BTreeSet<&str> = other.lines().map(str::trim).collect();
        let lines = of.lines().map(str::trim).filter(|line| !line.is_empty() && !other.contains(line));
        lines.map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    let mut changes = only(old, new, '-');
    changes.extend(only(new, old, '+'));
    changes
}

/// The first lines, and how many more there are.
fn shortened<T: AsRef<str>>(lines: &[T]) -> String {
    let more = lines.len().saturating_sub(LINES);
    let shown: Vec<&str> = lines.iter().take(LINES).map(AsRef::as_ref).collect();
    let more = if more > 0 { format!(" and {more} lines more") } else { String::new() };
    format!("{}{more}", shown.join(" ⏎ "))
}

/// A template whose name replaces no built-in one.
fn unknown(template: &Template) -> Finding {
    let near = builtin().map(|(_, name, _)| name).min_by_key(|name| distance(name, &template.name));
    let message = format!("{} replaces no template of ours", template.path);
    let near = near.map(|near| format!("did you mean {near}.tera? ")).unwrap_or_default();
    Finding::new(&UNKNOWN_TEMPLATE, template.span.part(0, 0), message).help(format!(
        "{near}`ipxegen templates` lists them; a template for others to include is below `{MINE}`"
    ))
}

/// The faults of the names that a template uses.
fn check_one(dialect: Dialect, name: &str, own: &OwnTemplate, texts: &[(String, String)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let names = references(&own.text);
    let place = |part: std::ops::Range<usize>| own.span.part(part.start, part.end);
    let exists = |wanted: &str| texts.iter().any(|(name, _)| name == wanted);
    for reference in names.extends.iter().chain(&names.includes) {
        let wanted = reference.name;
        if wanted == name {
            let finding = Finding::new(&TEMPLATE, place(reference.part()), "the template leads to itself");
            findings.push(if exists(&format!("builtin/{wanted}")) {
                finding.help(format!("the built-in one is `builtin/{wanted}`"))
            } else {
                finding
            });
        } else if !exists(wanted) {
            let message = format!("there is no template `{wanted}` in this language");
            let known: Vec<&str> =
                texts.iter().map(|(known, _)| known.as_str()).filter(|known| *known != name).collect();
            let help = match wanted.strip_suffix(".tera").filter(|wanted| exists(wanted)) {
                Some(wanted) => format!("write `{wanted}`, without `.tera`"),
                None if known.is_empty() => {
                    format!("it may include those below `{MINE}` in a folder of templates; there are none")
                }
                None => listed(wanted, &known, "templates"),
            };
            findings.push(Finding::new(&TEMPLATE, place(reference.part()), message).help(help));
        }
    }
    let known: Vec<&str> = dialect.filters().collect();
    for filter in names.filters.iter().filter(|filter| !known.contains(&filter.name)) {
        let message = format!("there is no filter `{}` in this language", filter.name);
        let help = listed(filter.name, &known, "filters");
        findings.push(Finding::new(&TEMPLATE, place(filter.part()), message).help(help));
    }
    if let Some(parent) = names.extends {
        findings.extend(check_blocks(own, &names, parent.name, texts));
    }
    findings
}

/// Reports blocks that no parent has, and blocks that drop lines of a parent's block.
fn check_blocks(
    own: &OwnTemplate,
    names: &References<'_>,
    parent: &str,
    texts: &[(String, String)],
) -> Vec<Finding> {
    let parents = parents_of(parent, texts);
    if parents.is_empty() {
        return Vec::new();
    }
    let known: Vec<&str> =
        parents.iter().flat_map(|parent| &parent.blocks).map(|block| block.name.name).collect();
    let mut findings = Vec::new();
    for block in &names.blocks {
        let part = block.name.part();
        let place = own.span.part(part.start, part.end);
        let mut inherited = parents.iter().flat_map(|parent| &parent.blocks);
        let Some(inherited) = inherited.find(|known| known.name.name == block.name.name) else {
            // A block inside a block that this template overrides is new, not an override.
            if !names
                .blocks
                .iter()
                .any(|outer| outer.body.len() > block.body.len() && contains(outer.body, block.body))
            {
                let message = format!("`{parent}` has no block `{}`", block.name.name);
                findings.push(Finding::new(&TEMPLATE, place, message).help(listed(
                    block.name.name,
                    &known,
                    "blocks",
                )));
            }
            continue;
        };
        if block.body.contains("super()") {
            continue;
        }
        let lost: Vec<&str> =
            inherited.body.lines().map(str::trim).filter(|line| !is_mechanism(line)).collect();
        if !lost.is_empty() {
            let message = format!("the block `{}` drops what `{parent}` has in it", block.name.name);
            findings.push(
                Finding::new(&DROPPED_BLOCK, place, message)
                    .help(format!("`{{{{ super() }}}}` in the block keeps it: {}", shortened(&lost))),
            );
        }
    }
    findings
}

/// The chain of templates that a template extends, its parent first.
fn parents_of<'t>(parent: &'t str, texts: &'t [(String, String)]) -> Vec<References<'t>> {
    let by_name: HashMap<&str, &str> =
        texts.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    // Ours as they are in the repository, with every line as it was written.
    let builtin = |wanted: &str| {
        let name = wanted.strip_prefix("builtin/")?;
        builtin().find(|(_, known, _)| *known == name).map(|(.., text)| text)
    };
    let text_of = |name: &str| builtin(name).or_else(|| by_name.get(name).copied());
    let mut parents: Vec<References<'_>> = Vec::new();
    let mut next = Some(parent);
    while let Some(text) = next.take().and_then(text_of).filter(|_| parents.len() < texts.len()) {
        let found = references(text);
        next = found.extends.map(|reference| reference.name);
        parents.push(found);
    }
    parents
}

fn contains(outer: &str, inner: &str) -> bool {
    let (outer, inner) = (outer.as_bytes().as_ptr_range(), inner.as_bytes().as_ptr_range());
    outer.start <= inner.start && inner.end <= outer.end
}

/// Whether a line of a template prints nothing by itself.
fn is_mechanism(line: &str) -> bool {
    line.is_empty()
        || ((line.starts_with("{%") || line.starts_with("{#"))
            && line.matches("{%").count() < 2
            && line.ends_with('}'))
}

/// Which names there are, the nearest one first.
fn listed(wanted: &str, known: &[&str], what: &str) -> String {
    let near = known.iter().min_by_key(|known| distance(known, wanted));
    let near = near.filter(|near| distance(near, wanted) <= wanted.chars().count() / 2);
    let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
    if known.is_empty() {
        return format!("there are no {what}");
    }
    format!("{near}the {what} are {}", known.join(", "))
}
