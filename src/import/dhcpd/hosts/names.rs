//! The name of a host in the site, and the name that it is sent.

use super::super::setting::{DECLARED_NAMES, Key};
use super::super::subnets::Subnet;
use super::{Host, Reader};
use crate::import::draft::Value;
use crate::import::names::{Names, label};

impl<'a, 't> Reader<'_, 'a, 't> {
    /// Decides about `host_name`.
    pub(super) fn name(
        &self,
        own: Option<Value>,
        host: &mut Host<'a, 't>,
        declared: &str,
        home: Option<&Subnet<'_, '_>>,
        around: &[usize],
    ) {
        let key = Key::plain("host_name");
        let of = |scope: usize, key: &Key| {
            self.scopes.all.get(scope)?.settings.get(key).map(|at| at.value.clone())
        };
        let inherited = around.iter().any(|group| of(*group, &key).is_some());
        if host.settings.get(&key).is_some() || inherited {
            return;
        }
        if host.raw.iter().any(|text| text.contains("host-name")) {
            host.own.push((key, "none".into()));
            return;
        }
        let flag = own
            .or_else(|| around.iter().find_map(|group| of(*group, &DECLARED_NAMES)))
            .or_else(|| home?.settings.get(&DECLARED_NAMES).map(|at| at.value.clone()));
        host.own.reserve_exact(1);
        if flag.map_or(self.names_declared, |flag| flag == Value::flag(true)) {
            // The name of the block.
            host.own.push((key, Value::from(declared)));
        } else {
            host.own.push((key, "none".into()));
        }
    }
}

impl Host<'_, '_> {
    /// The name of its block is no name of a host in the site.
    pub(super) fn rename(&mut self, declared: &str) {
        let host_name = Key::plain("host_name");
        for (key, value) in &mut self.own {
            if *key == host_name && *value == Value::from(declared) {
                // `use-host-decl-names` sends the name of the block as it is.
                let sent = label(declared).filter(|name| name == &declared.to_ascii_lowercase());
                match sent {
                    Some(name) => *value = Value::from(name),
                    None => {
                        *value = "none".into();
                        self.raw.push(format!("option host-name \"{declared}\";\n").into());
                    }
                }
                return;
            }
        }
    }
}

/// The name of a host in the site: its first label, if no other host has that.
pub(super) fn short_name(declared: &str, names: &Names) -> String {
    let whole = label(declared).unwrap_or_else(|| "host".into());
    match declared.split_once('.').and_then(|(first, _)| label(first)) {
        Some(first) if !names.has(&first) => first,
        _ => whole,
    }
}
