//! Options that clients get although they do not ask for them, as ipxegen writes them.

use super::super::options::type_word;
use super::super::setting::Setting;
use super::super::statements::Statement;
use super::Scope;
use crate::import::draft::{Mapping, Value};
use crate::model::known_option;

/// Whether a statement is the mark of an option that clients get although they do not ask for it, which its scope sets.
pub(super) fn unasked(statement: &Statement<'_>, scope: &mut Scope<'_, '_>) -> bool {
    let Some(code) = unasked_code(statement) else { return false };
    let is =
        |setting: &&Setting<'_, '_>| setting.key.section == "options" && is_option(&setting.key.name, code);
    let Some(mut setting) = scope.settings.iter().find(is).cloned() else { return false };
    setting.value = sent_unasked(&setting.key.name, setting.value);
    scope.settings.set(setting);
    true
}

/// The code of the option in `option ipxegen.always-CODE`, if it is sent unasked.
pub fn unasked_code(statement: &Statement<'_>) -> Option<u8> {
    if !statement.begins(&["option", "ipxegen", "."]) {
        return None;
    }
    let name = statement.tokens.get(3)?;
    let is_set = statement.tokens.get(4).is_some_and(|token| token.text != "=");
    name.text.strip_prefix("always-").filter(|_| is_set)?.parse().ok()
}

/// Whether dhcpd has an option under this name and code.
pub fn is_option(name: &str, code: u8) -> bool {
    known_option(name).is_some_and(|option| option.code == code)
}

/// The value of an option with `always`.
pub fn sent_unasked(name: &str, value: Value) -> Value {
    let mut map = match value {
        Value::Map(map) => map,
        value => {
            let is = known_option(name).map(|option| option.is);
            let mut map = Mapping::default();
            map.set(is.and_then(type_word).unwrap_or("value"), value);
            map
        }
    };
    map.set("always", Value::flag(true));
    map.into()
}
