//! The placeholders in texts of groups and hosts: `{host}`, `{mac}`, `{ip}` and `{var.NAME}`.

use std::borrow::Cow;
use std::net::Ipv4Addr;

use super::host_context::HostContext;
use super::resolver::Resolver;
use super::vars;
use crate::model::{Mac, Placeholders, fill};
use crate::schema::Setting;
use crate::source::Scalar;

/// The placeholders of a host.
pub(super) struct HostPlaceholders<'h, 'a> {
    /// Its name; a scope whose clients are no hosts has none.
    pub host: Option<&'a str>,
    pub mac: Option<Mac>,
    pub ip: Option<Ipv4Addr>,
    /// The scopes that set variables; `None` in the text of a variable, which cannot use another one.
    pub vars: Option<VarScopes<'h, 'a>>,
}

/// The scopes that set variables for a host.
#[derive(Clone, Copy)]
pub(super) struct VarScopes<'h, 'a> {
    pub own: &'h [Setting<'a>],
    pub groups: &'h [usize],
    pub subnet: Option<u32>,
    pub context: &'h HostContext<'h, 'a>,
}

impl<'h, 'a> VarScopes<'h, 'a> {
    /// The text of a variable as written, from the innermost scope that sets it.
    fn get(&self, name: &str) -> Option<&'h str> {
        let of = |setting: &'h Setting<'a>| match setting {
            Setting::Vars(dict) => vars::value_of(dict, name).map(|word| word.text),
            _ => None,
        };
        let groups = || self.context.groups.settings(self.groups).filter_map(of).last();
        let subnet = || {
            let subnet = self.context.subnets.get(self.subnet? as usize)?;
            subnet.vars.iter().find(|(known, _)| known == name).map(|(_, text)| text.as_str())
        };
        let own = self.own.iter().rev().find_map(of);
        own.or_else(groups).or_else(subnet).or_else(|| self.context.vars.get(name))
    }
}

impl Placeholders for HostPlaceholders<'_, '_> {
    fn get(&self, name: &str) -> Option<Cow<'_, str>> {
        match name {
            "host" => self.host.map(Cow::Borrowed),
            "mac" => self.mac.map(|mac| mac.hyphens().into()),
            "ip" => self.ip.map(|ip| ip.to_string().into()),
            _ => {
                let text = self.vars.as_ref()?.get(name.strip_prefix("var.")?)?;
                vars::filled(text, &HostPlaceholders { vars: None, ..*self }).map(Cow::Owned)
            }
        }
    }

    fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        names.extend(self.host.map(|_| "host"));
        names.extend(self.mac.map(|_| "mac"));
        names.extend(self.ip.map(|_| "ip"));
        names.extend(self.vars.as_ref().map(|_| "var.NAME"));
        names
    }
}

/// A text with its placeholders filled; `None` with a finding.
pub(super) fn filled<'a>(
    r: &mut Resolver<'_, 'a>,
    word: Scalar<'a>,
    placeholders: &HostPlaceholders<'_, '_>,
) -> Option<&'a str> {
    match fill(word.text, placeholders) {
        Ok(None) => Some(word.text),
        Ok(Some(text)) => Some(r.sources.keep(text)),
        Err(refused) => {
            r.refuse(word.span, &refused);
            None
        }
    }
}
