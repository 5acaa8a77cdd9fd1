//! `vars`: the value of each variable, and which variables have to be sent to iPXE.
//!
//! A variable that has one value everywhere is filled in where it is used. If boot entries use it and subnets, groups or
//! hosts change it, DHCP sends its value in a private option of iPXE, so that one script serves all.

use std::sync::Arc;

use foldhash::HashSet;

use super::resolver::Resolver;
use super::substitution::Substitution;
use crate::model::{
    Handout, Placeholders, Spanned, Var, carried_value, fill, var_codes, var_name, var_value,
};
use crate::report::Finding;
use crate::report::catalogue::MALFORMED;
use crate::schema::{self, Dict, Field, Setting};
use crate::source::{Node, NodeKind, Scalar, read_beside};

/// The variables of the site.
pub(super) struct Vars(Vec<Var>);

impl Vars {
    /// Finds the variables, and those that have to be sent.
    pub(super) fn resolve<'a>(r: &mut Resolver<'_, 'a>, written: &schema::Site<'a>) -> Self {
        let mut vars: Vec<Var> = Vec::new();
        for (name, value) in written.top.vars.given().into_iter().flat_map(|dict| &dict.entries) {
            if let (Some(name), Some(value)) = (r.value(*name, var_name), r.value(*value, var_value)) {
                let value = Spanned::new(value.value.to_owned(), value.span);
                vars.push(Var { name: name.value.to_owned(), value, code: None });
            }
        }
        let changed = changed(r, written);
        if !vars.iter().any(|var| changed.contains(var.name.as_str())) {
            return Self(vars);
        }
        let used = used_by_entries(r, written);
        let mut codes = var_codes();
        vars.sort_by(|one, other| one.name.cmp(&other.name));
        for var in &mut vars {
            if !used.contains(var.name.as_str()) || !changed.contains(var.name.as_str()) {
                continue;
            }
            if let Err(refused) = carried_value(&var.value.value) {
                r.refuse(var.value.span, &refused);
            }
            var.code = codes.next();
            if var.code.is_none() {
                let message = format!("`{}` is one variable too many to travel to iPXE", var.name);
                let help = "boot entries can use 28 that differ between subnets, classes, groups or hosts";
                r.report.push(Finding::new(&MALFORMED, var.value.span, message).help(help));
            }
        }
        Self(vars)
    }

    pub(super) fn into_vars(self) -> Vec<Var> {
        self.0
    }

    /// The text of each variable for boot entries: its value, or the script's setting that holds it.
    pub(super) fn for_entries(&self) -> Vec<(String, String)> {
        let text = |var: &Var| match var.code {
            Some(_) => format!("${{ipxegen.var.{}}}", var.name),
            None => var.value.value.clone(),
        };
        self.0.iter().map(|var| (var.name.clone(), text(var))).collect()
    }

    /// The value that the site sets.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|var| var.name == name).map(|var| var.value.value.as_str())
    }

    /// Whether a variable is sent to iPXE.
    fn carried(&self, name: &str) -> bool {
        self.0.iter().any(|var| var.name == name && var.code.is_some())
    }

    /// Applies the `vars` of a subnet, a group or a host.
    pub(super) fn apply<'a>(
        &self,
        r: &mut Resolver<'_, 'a>,
        dict: &Dict<'a, Scalar<'a>>,
        handout: &mut Handout,
        fill: &Substitution<'_, 'a>,
    ) {
        for (name, value) in &dict.entries {
            let Some(key) = r.value(*name, var_name) else { continue };
            let Some(text) = fill(r, *value) else { continue };
            let carried = self.carried(key.value);
            let read = if carried { carried_value } else { var_value };
            let Some(text) = r.value(Scalar { text, span: value.span }, read) else { continue };
            if carried {
                handout.vars.retain(|(known, _)| known != key.value);
                handout.vars.push((key.value.to_owned(), Spanned::new(text.value.to_owned(), text.span)));
                handout.vars.sort_by(|one, other| one.0.cmp(&other.0));
            }
        }
    }
}

/// The variables that subnets, groups or hosts change; reports those that the site does not declare.
fn changed<'a>(r: &mut Resolver<'_, 'a>, written: &schema::Site<'a>) -> HashSet<&'a str> {
    let names = written.top.vars.given().into_iter().flat_map(|dict| &dict.entries);
    let known: Vec<&str> = names.map(|(name, _)| name.text).collect();
    let declared: HashSet<&str> = known.iter().copied().collect();
    let subnets = written.subnets.iter().filter_map(|(_, subnet)| subnet.vars.given());
    let classes = written.classes.iter().filter_map(|class| class.body.vars.given());
    let groups = written.groups.iter().flat_map(|group| &group.settings);
    let hosts = written.hosts.kept_whole().flat_map(|host| &host.settings);
    let settings = groups.chain(hosts).filter_map(|setting| match setting {
        Setting::Vars(dict) => Some(dict),
        _ => None,
    });
    let mut changed = HashSet::default();
    for (name, _) in subnets.chain(classes).chain(settings).flat_map(|dict| &dict.entries) {
        changed.insert(name.text);
        // An invalid name is reported as such.
        if !written.top.vars.is_wrong() && !declared.contains(name.text) && var_name(name.text).is_ok() {
            r.unknown("variable", *name, &known);
        }
    }
    changed
}

/// The variables that boot entries use, in their keys and in the files that their keys name.
fn used_by_entries<'a>(r: &Resolver<'_, 'a>, written: &schema::Site<'a>) -> HashSet<&'a str> {
    let mut names = UsedNames::default();
    for (_, value) in written.boot_entries.iter().flat_map(|entry| &entry.own) {
        names.look(value);
    }
    let mut used = names.found;
    for file in names.files {
        // A file that cannot be read is reported when the entry is built.
        if let Ok(file) = read_beside(r.sources, file) {
            used.extend(in_text(file.text()));
        }
    }
    used
}

/// The value of a variable in a mapping.
pub(super) fn value_of<'d, 'a>(dict: &'d Dict<'a, Scalar<'a>>, name: &str) -> Option<&'d Scalar<'a>> {
    dict.entries.iter().find(|(known, _)| known.text == name).map(|(_, value)| value)
}

/// The variables of a subnet, for its hosts.
pub(super) fn of_subnet(field: &Field<Dict<'_, Scalar<'_>>>) -> Vec<(String, String)> {
    let entries = field.given().into_iter().flat_map(|dict| &dict.entries);
    entries.map(|(name, value)| (name.text.to_owned(), value.text.to_owned())).collect()
}

/// The text of a variable, with the host's placeholders filled.
pub(super) fn filled(text: &str, known: &dyn Placeholders) -> Option<String> {
    fill(text, known).ok().map(|filled| filled.unwrap_or_else(|| text.to_owned()))
}

/// The names in `{var.NAME}` of a text.
fn in_text(text: &str) -> impl Iterator<Item = &str> {
    text.split("{var.").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// The names in `{var.NAME}` of every scalar below a node.
#[derive(Default)]
struct UsedNames<'a> {
    found: HashSet<&'a str>,
    /// The files that `{ source: FILE }` names.
    files: Vec<Scalar<'a>>,
    /// The shared values that were searched: a few aliases can repeat a billion nodes.
    seen: HashSet<*const Node<'a>>,
}

impl<'a> UsedNames<'a> {
    fn look(&mut self, node: &Node<'a>) {
        match &node.kind {
            NodeKind::Scalar(text) => self.found.extend(in_text(text)),
            NodeKind::Seq(items) => items.iter().for_each(|item| self.look(item)),
            NodeKind::Map(entries) => {
                for (key, value) in entries {
                    if key.text == "source" {
                        self.files.extend(value.word());
                    }
                    self.look(value);
                }
            }
            NodeKind::Shared(shared) => {
                if self.seen.insert(Arc::as_ptr(shared)) {
                    self.look(shared);
                }
            }
            NodeKind::Null => {}
        }
    }
}
