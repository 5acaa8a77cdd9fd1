//! Classes of a dhcpd.conf, and the `match` of a site that says the same as their conditions.

mod matching;
#[cfg(test)]
mod tests;

use foldhash::HashMap;

use super::expression::{Expression, Kind, OptionNames, expression};
use super::statements::Statement;
pub use matching::matches_of;
pub(super) use matching::{Pattern, pattern_of, value};

use super::super::draft::Mapping;
use crate::dialects::dhcpd::lexer::Token;

/// A `class`, with the `subclass` statements for it.
#[derive(Debug)]
pub struct Class<'a, 't> {
    /// Its name.
    pub name: String,
    /// Its declaration; a class may have several, one after the other.
    pub statements: Vec<&'a Statement<'t>>,
    /// `match if`; `None` without, and the reason if it cannot be read.
    pub condition: Option<Result<Expression, String>>,
    /// `match` or `spawn with`: the value that the subclasses compare.
    pub by: Option<Result<Expression, String>>,
    /// Whether it makes a subclass for every value: `spawn with`.
    pub spawns: bool,
    /// `lease limit`.
    pub lease_limit: Option<&'a Statement<'t>>,
    /// Its subclasses.
    pub subclasses: Vec<Subclass<'a, 't>>,
}

/// A `subclass`.
#[derive(Debug)]
pub struct Subclass<'a, 't> {
    /// The statement.
    pub statement: &'a Statement<'t>,
    /// The value that its clients send.
    pub value: Option<Vec<u8>>,
}

/// The classes of all statements and their blocks: wherever a class is declared, it is global. The order is that of the
/// declarations, of which dhcpd lets the first win.
#[must_use]
pub fn classes<'a, 't>(statements: &'a [Statement<'t>], definitions: &OptionNames) -> Vec<Class<'a, 't>> {
    let mut found: Vec<&Statement<'_>> = Vec::new();
    let mut rest: Vec<&Statement<'_>> = statements.iter().rev().collect();
    while let Some(statement) = rest.pop() {
        if statement.begins(&["class"]) || statement.begins(&["subclass"]) {
            found.push(statement);
        } else {
            rest.extend(statement.block.iter().flatten().rev());
        }
    }
    let mut all: Vec<Class<'a, 't>> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::default();
    for statement in found {
        let name = statement.tokens.get(1).map(Token::decoded).unwrap_or_default();
        let name = String::from_utf8_lossy(&name).into_owned();
        let at = *by_name.entry(name.clone()).or_insert_with(|| {
            all.push(Class {
                name,
                statements: Vec::new(),
                condition: None,
                by: None,
                spawns: false,
                lease_limit: None,
                subclasses: Vec::new(),
            });
            all.len() - 1
        });
        if let Some(class) = all.get_mut(at) {
            class.take(statement, definitions);
        }
    }
    all
}

/// Whether a statement of a class says who is in it, so that its account belongs to the class.
#[must_use]
pub fn is_membership(statement: &Statement<'_>) -> bool {
    ["match", "spawn", "lease"].iter().any(|head| statement.begins(&[head]))
}

impl<'a, 't> Class<'a, 't> {
    fn take(&mut self, statement: &'a Statement<'t>, definitions: &OptionNames) {
        if statement.begins(&["subclass"]) {
            let value = statement.tokens.get(2..).unwrap_or_default();
            let value = match expression(value, definitions, Kind::Data) {
                Ok(Expression::Data(bytes)) => Some(bytes),
                _ => None,
            };
            self.subclasses.push(Subclass { statement, value });
            return;
        }
        self.statements.push(statement);
        for inner in statement.block.iter().flatten() {
            let tokens = |from: usize| inner.tokens.get(from..).unwrap_or_default();
            if inner.begins(&["match", "if"]) {
                self.condition = Some(expression(tokens(2), definitions, Kind::Boolean));
            } else if inner.begins(&["match"]) {
                self.by = Some(expression(tokens(1), definitions, Kind::Data));
            } else if inner.begins(&["spawn", "with"]) {
                self.by = Some(expression(tokens(2), definitions, Kind::Data));
                self.spawns = true;
            } else if inner.begins(&["lease", "limit"]) {
                self.lease_limit = Some(inner);
            }
        }
    }

    /// The values of `match` that say the same as its condition: one, or one for each class that is needed.
    ///
    /// # Errors
    /// Why no `match` says it.
    pub fn matches(&self) -> Result<Vec<Mapping>, String> {
        if self.lease_limit.is_some() {
            return Err("no key limits the leases of a class".into());
        }
        if self.spawns {
            return Err("no key makes classes of what clients send".into());
        }
        match (&self.condition, &self.by) {
            (Some(Err(why)), _) | (None, Some(Err(why))) => Err(why.clone()),
            (Some(Ok(condition)), None) => matches_of(condition),
            (None, Some(Ok(by))) => {
                let mut any = Vec::new();
                for subclass in &self.subclasses {
                    let value = subclass.value.as_deref().ok_or("the value of a subclass cannot be read")?;
                    any.push(pattern_of(by, value)?);
                }
                if any.is_empty() {
                    return Err("it has no subclass, so no client is in it".into());
                }
                Ok(matching::mappings(any))
            }
            (Some(_), Some(_)) => Err("no key joins a condition with subclasses".into()),
            (None, None) => Err("it has no condition, so no client is in it".into()),
        }
    }
}

/// The name of a class in a site: letters, digits and hyphens.
#[must_use]
pub fn name_of(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    let out = out.trim_end_matches('-');
    let out: String = out.chars().take(48).collect();
    match out.chars().next() {
        None => "class".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("class-{out}"),
        Some(_) => out,
    }
}
