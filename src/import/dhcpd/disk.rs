//! The account and the portals of a disk: options of iPXE beside the root-path, which site.yaml has as keys of it.
//!
//! iPXE takes the user names and passwords of options 190 to 193 for an iSCSI target (`src/drivers/block/iscsi.c`). A
//! password becomes a file of its own beside the site.

use foldhash::HashMap;

use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::super::names::{Names, identifier};
use super::scopes::{Kind, Scope, Scopes};
use super::setting::{Key, Setting};
use crate::model::RootPath;

/// The section of keys that [`join`] takes out again.
pub const SECTION: &str = "(disk)";

/// A file of a secret: its path and its text.
pub type Secret = (String, String);

/// The files of secrets, by what they hold: several disks may have one password.
#[derive(Debug, Default)]
struct Secrets {
    by_password: HashMap<String, String>,
    uses: HashMap<String, usize>,
    names: Names,
    files: Vec<Secret>,
}

impl Secrets {
    fn path(&mut self, password: &str, name: &str) -> String {
        if let Some(path) = self.by_password.get(password) {
            return path.clone();
        }
        let shared = self.uses.get(password).is_some_and(|uses| *uses > 1);
        let name = if shared { "chap".into() } else { identifier(name).unwrap_or_else(|| "disk".into()) };
        let path = format!("secrets/{}", self.names.take(&name));
        self.by_password.insert(password.to_owned(), path.clone());
        self.files.push((path.clone(), format!("{password}\n")));
        path
    }
}

/// Moves the options of disks to the root-paths of their scopes; returns the files of their passwords. Those that no
/// key has become text for `raw`.
pub fn join(scopes: &mut Scopes<'_, '_>, coverage: &mut Coverage) -> Vec<Secret> {
    let mut secrets = Secrets::default();
    let is_password =
        |setting: &&Setting<'_, '_>| setting.key.section == SECTION && setting.key.name.ends_with("password");
    for setting in scopes.all.iter().flat_map(|scope| scope.settings.iter()).filter(is_password) {
        if let Value::Text(text) = &setting.value {
            *secrets.uses.entry(text.clone()).or_default() += 1;
        }
    }
    for scope in &mut scopes.all {
        let found: Vec<Setting<'_, '_>> =
            scope.settings.iter().filter(|setting| setting.key.section == SECTION).cloned().collect();
        if found.is_empty() {
            continue;
        }
        scope.settings.retain(|setting| setting.key.section != SECTION);
        let why = match joined(scope, &found, &mut secrets) {
            Ok(settings) => {
                for (key, value) in settings {
                    let first = found.first().map(|setting| setting.from);
                    let from = scope.settings.get(&key).map(|setting| setting.from).or(first);
                    if let Some(from) = from {
                        scope.settings.set(Setting { key, value, from });
                    }
                }
                continue;
            }
            Err(why) => why,
        };
        for setting in found {
            coverage.set(setting.from.number, Outcome::Raw(why.clone()));
            scope.raw.push(setting.from);
        }
    }
    secrets.files
}

/// The settings of a scope in place of these.
fn joined(
    scope: &Scope<'_, '_>,
    found: &[Setting<'_, '_>],
    secrets: &mut Secrets,
) -> Result<Vec<(Key, Value)>, String> {
    let text = |name: &str| {
        let setting = found.iter().find(|setting| setting.key.name == name)?;
        match &setting.value {
            Value::Text(text) => Some(text.as_str()),
            _ => None,
        }
    };
    let name = match &scope.kind {
        Kind::Host(name) => name.split('.').next().unwrap_or(name),
        _ => "ipxe",
    };
    let mut account = |user: &str, word: &str, to: &str| -> Result<Option<Mapping>, String> {
        let (user, word) = match (text(user), text(word)) {
            (None, None) => return Ok(None),
            (Some(user), Some(word)) => (user, word),
            _ => return Err("an account has a user name and a password".into()),
        };
        let is_user = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let is_password = |c: char| c.is_ascii_alphanumeric() || "._+=@-".contains(c);
        // RFC 7143 requires 96 bits, and Microsoft's initiator takes at most 16 bytes.
        let fits = (12..=16).contains(&word.len()) && word.chars().all(is_password);
        if user.is_empty() || !user.chars().all(is_user) {
            return Err("`user` of `chap` takes letters, digits, `.`, `_` and `-`".into());
        }
        if !fits {
            return Err("a password of `chap` has 12 to 16 letters, digits and `._+=@-`".into());
        }
        let mut map = Mapping::default();
        map.set("user", user);
        map.set("password_file", secrets.path(word, &format!("{name}{to}")));
        Ok(Some(map))
    };
    let chap = account("username", "password", "")?;
    let reverse = account("reverse-username", "reverse-password", "-target")?;
    let disk = match scope.settings.get(&Key::plain("root_path")).map(|setting| &setting.value) {
        Some(Value::Text(text)) => text.strip_prefix("iscsi:").map(|_| text.as_str()),
        _ => None,
    };
    let Some(disk) = disk else {
        let only_account = found.iter().all(|setting| matches!(&*setting.key.name, "username" | "password"));
        let Some(chap) =
            chap.filter(|_| only_account && !matches!(scope.kind, Kind::Host(_) | Kind::Group(_)))
        else {
            return Err("its scope has no iSCSI root-path".into());
        };
        let value = |key: &str| chap.get(key).cloned().unwrap_or_else(|| "".into());
        return Ok(vec![
            (Key::within("ipxe", "username"), value("user")),
            (Key::within("ipxe", "password_file"), value("password_file")),
        ]);
    };
    let Ok(RootPath::Iscsi(path)) = RootPath::parse(disk) else {
        return Err("its root-path cannot be read".into());
    };
    let server = disk.strip_prefix("iscsi:").and_then(|rest| rest.strip_suffix(&path.behind_portal()));
    let Some(server) = server else { return Err("its root-path has a protocol".into()) };
    let mut iscsi = Mapping::default();
    iscsi.set("server", server);
    if path.port != 0 {
        iscsi.set("port", Value::number(path.port));
    }
    if let Some(lun) = path.lun {
        iscsi.set("lun", Value::Text(lun.to_string()));
    }
    iscsi.set("target", path.target.to_string());
    if let Some(initiator) = text("initiator") {
        iscsi.set("initiator", initiator);
    }
    if let Some(behind) = text("san-disk") {
        if behind != path.behind_portal() {
            return Err("its further portals serve another disk".into());
        }
        let more = ["san-portal-2", "san-portal-3", "san-portal-4"].into_iter().filter_map(text);
        let portals = std::iter::once(server).chain(more);
        iscsi.set("portals", Value::List(portals.map(Value::from).collect()));
    }
    if reverse.is_some() && chap.is_none() {
        return Err("an account of a target needs one of the machine".into());
    }
    for (key, account) in [("chap", chap), ("reverse_chap", reverse)] {
        if let Some(account) = account {
            iscsi.set(key, account);
        }
    }
    let mut root = Mapping::default();
    root.set("iscsi", iscsi);
    Ok(vec![(Key::plain("root_path"), root.into())])
}
