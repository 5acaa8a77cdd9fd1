//! The account and the portals of a disk: options of iPXE beside the root-path, which site.yaml has as keys of it.
//!
//! iPXE takes the user names and passwords of options 190 to 193 for an iSCSI target (`src/drivers/block/iscsi.c`), and
//! those of 190 and 191 for a web server. An account that belongs to no disk of its scope, or that `chap` does not take,
//! becomes keys of `ipxe`. A password becomes a file of its own beside the site.

use foldhash::{HashMap, HashSet};

use super::super::accounts::fits_chap;
use super::super::coverage::{Coverage, Outcome};
use super::super::draft::{Mapping, Value};
use super::super::names::{Names, identifier};
use super::options::escaped;
use super::scopes::{Kind, Scope, Scopes};
use super::setting::{Key, Setting};
use crate::model::{IPXE_OPTIONS, RootPath};

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

/// Moves the options of disks to the root-paths of their scopes, and accounts that no disk takes to `ipxe`; returns the
/// files of their passwords. Those that no key has become text for `raw`.
pub fn join(scopes: &mut Scopes<'_, '_>, coverage: &mut Coverage) -> Vec<Secret> {
    let mut secrets = Secrets::default();
    let is_password =
        |setting: &&Setting<'_, '_>| setting.key.section == SECTION && setting.key.name.ends_with("password");
    for setting in scopes.all.iter().flat_map(|scope| scope.settings.iter()).filter(is_password) {
        if let Value::Text(text) = &setting.value {
            *secrets.uses.entry(text.clone()).or_default() += 1;
        }
    }
    let (outer, inner) = (scopes_of_other_disks(scopes), scopes_within_accounts(scopes));
    for (at, scope) in scopes.all.iter_mut().enumerate() {
        let found: Vec<Setting<'_, '_>> =
            scope.settings.iter().filter(|setting| setting.key.section == SECTION).cloned().collect();
        if found.is_empty() {
            continue;
        }
        scope.settings.retain(|setting| setting.key.section != SECTION);
        if scope.whole.is_some() {
            continue;
        }
        let (accounts, disk): (Vec<_>, Vec<_>) = found.into_iter().partition(is_account);
        let own_disk = if !matches!(scope.kind, Kind::Host(_) | Kind::Group(_)) {
            Err("many clients get this disk")
        } else if outer.contains(&at) {
            Err("a host of the group has a disk or an account of its own")
        } else {
            Ok(())
        };
        let own = OwnKeys { disk: own_disk, account: !inner.contains(&at) };
        let raw = joined(scope, own, accounts, disk, &mut secrets);
        for (setting, why) in raw {
            coverage.set(setting.from.number, Outcome::Raw(why.to_owned()));
            scope.raw.push(setting.from);
        }
    }
    secrets.files
}

/// The scopes around one with a root-path or such options of its own. A root-path of site.yaml replaces that of a group with
/// all keys, and in dhcpd each option is inherited by itself.
fn scopes_of_other_disks(scopes: &Scopes<'_, '_>) -> HashSet<usize> {
    let mut outer = HashSet::default();
    for scope in &scopes.all {
        let is_own = |setting: &Setting<'_, '_>| {
            setting.key.section == SECTION || setting.key == Key::plain("root_path")
        };
        let mut parent = scope.parent.filter(|_| scope.settings.iter().any(is_own));
        while let Some(at) = parent.filter(|at| outer.insert(*at)) {
            parent = scopes.all.get(at).and_then(|scope| scope.parent);
        }
    }
    outer
}

/// The scopes within one that has an account. `ipxe` overrides that of a disk, so an inner account is in `ipxe` as well.
fn scopes_within_accounts(scopes: &Scopes<'_, '_>) -> HashSet<usize> {
    let mut inner = HashSet::default();
    let has_account = |scope: &Scope<'_, '_>| {
        scope.settings.iter().any(|setting| setting.key.section == SECTION && is_account(setting))
    };
    // A scope comes behind those around it.
    for (at, scope) in scopes.all.iter().enumerate() {
        let Some(parent) = scope.parent else { continue };
        if inner.contains(&parent) || scopes.all.get(parent).is_some_and(has_account) {
            inner.insert(at);
        }
    }
    inner
}

/// Which keys of a disk a scope can have.
#[derive(Clone, Copy)]
struct OwnKeys {
    /// Or why its disk can have none.
    disk: Result<(), &'static str>,
    account: bool,
}

/// Whether an option is a part of an account.
fn is_account(setting: &Setting<'_, '_>) -> bool {
    setting.key.name.ends_with("username") || setting.key.name.ends_with("password")
}

/// The text of an option.
fn text<'s>(found: &'s [Setting<'_, '_>], name: &str) -> Option<&'s str> {
    match &found.iter().find(|setting| setting.key.name == name)?.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// A user and a password, and where site.yaml has them.
struct Account<'s> {
    user: &'s str,
    password: &'s str,
    /// The key of a disk.
    disk: &'static str,
    /// The prefix of the keys of `ipxe`.
    prefix: &'static str,
    /// The end of the name of its file.
    file: &'static str,
}

/// The accounts of a scope. iPXE does not connect with a part of one (`iscsi_check_credentials` in `iscsi.c`).
fn accounts<'s>(found: &'s [Setting<'_, '_>]) -> Result<Vec<Account<'s>>, &'static str> {
    let mut all = Vec::new();
    for (disk, prefix, file) in [("chap", "", ""), ("reverse_chap", "reverse_", "-target")] {
        let option = |part: &str| text(found, &format!("{prefix}{part}").replace('_', "-"));
        match (option("username"), option("password")) {
            (None, None) => {}
            (Some(user), Some(password)) => all.push(Account { user, password, disk, prefix, file }),
            _ => return Err("an account has a user name and a password"),
        }
    }
    match all.first() {
        Some(first) if first.disk != "chap" => Err("an account of a target needs one of the machine"),
        _ => Ok(all),
    }
}

impl Account<'_> {
    /// Whether a file holds the password as one line, and `ipxe` takes both.
    fn fits_ipxe(&self) -> bool {
        let user = IPXE_OPTIONS.iter().find(|option| option.dhcpd == "username");
        user.is_some_and(|option| option.read(self.user).is_ok())
            && (1..=200).contains(&self.password.len())
            && !self.password.chars().any(char::is_control)
    }
}

/// Sets what the options of a scope say, and returns those that no key says, with the reasons.
fn joined<'a, 't>(
    scope: &mut Scope<'a, 't>,
    own: OwnKeys,
    account_options: Vec<Setting<'a, 't>>,
    disk_options: Vec<Setting<'a, 't>>,
    secrets: &mut Secrets,
) -> Vec<(Setting<'a, 't>, &'static str)> {
    let mut raw: Vec<(Setting<'a, 't>, &'static str)> = Vec::new();
    let name = match &scope.kind {
        Kind::Host(name) => name.split('.').next().unwrap_or(name).to_owned(),
        _ => "ipxe".to_owned(),
    };
    let (accounts, unfit) = match accounts(&account_options) {
        Ok(accounts) => {
            let unfit = (!accounts.iter().all(Account::fits_ipxe))
                .then_some("`ipxe` takes a user name and a password of one line, of at most 200 bytes");
            (accounts, unfit)
        }
        Err(why) => (Vec::new(), Some(why)),
    };
    let root = Key::plain("root_path");
    let is_of_disk = own.disk.is_ok()
        && own.account
        && unfit.is_none()
        && !accounts.is_empty()
        && accounts.iter().all(|account| fits_chap(account.user, account.password))
        && iscsi_disk(scope).is_some();
    let disk = match is_of_disk || !disk_options.is_empty() {
        true => own.disk.and_then(|()| disk_of(scope, &disk_options)).map(Some),
        false => Ok(None),
    };
    let (disk, no_disk) = match disk {
        Ok(disk) => (disk, None),
        Err(why) => (None, Some(why)),
    };
    let first = disk_options.first().or(account_options.first()).map(|setting| setting.from);
    let from = scope.settings.get(&root).map(|setting| setting.from).or(first);
    let mut words: Vec<Setting<'a, 't>> = Vec::new();
    let in_ipxe = if let (Some(mut disk), Some(from)) = (disk, from) {
        for account in accounts.iter().filter(|_| is_of_disk) {
            let mut chap = Mapping::default();
            chap.set("user", account.user);
            chap.set("password_file", secrets.path(account.password, &format!("{name}{}", account.file)));
            disk.set(account.disk, chap);
        }
        let mut root_path = Mapping::default();
        root_path.set("iscsi", disk);
        words.push(Setting { key: root, value: root_path.into(), from });
        !is_of_disk
    } else {
        true
    };
    for account in accounts.iter().filter(|_| in_ipxe && unfit.is_none()) {
        let file = secrets.path(account.password, &format!("{name}{}", account.file));
        for (part, key, value) in
            [("username", "username", escaped(account.user)), ("password", "password_file", file)]
        {
            let option = format!("{}{part}", account.prefix).replace('_', "-");
            let Some(setting) = account_options.iter().find(|setting| setting.key.name == option) else {
                continue;
            };
            let key = Key::within("ipxe", format!("{}{key}", account.prefix));
            words.push(Setting { key, value: value.into(), from: setting.from });
        }
    }
    if let Some(why) = unfit {
        raw.extend(account_options.into_iter().map(|setting| (setting, why)));
    }
    if let Some(why) = no_disk {
        raw.extend(disk_options.into_iter().map(|setting| (setting, why)));
    }
    for setting in words {
        scope.settings.set(setting);
    }
    raw
}

/// The iSCSI disk of a scope.
fn iscsi_disk<'s>(scope: &'s Scope<'_, '_>) -> Option<&'s str> {
    match &scope.settings.get(&Key::plain("root_path"))?.value {
        Value::Text(text) => text.strip_prefix("iscsi:").map(|_| text.as_str()),
        _ => None,
    }
}

/// The disk of a scope with these options.
fn disk_of(scope: &Scope<'_, '_>, found: &[Setting<'_, '_>]) -> Result<Mapping, &'static str> {
    let Some(disk) = iscsi_disk(scope) else { return Err("its scope has no iSCSI root-path") };
    let Ok(RootPath::Iscsi(path)) = RootPath::parse(disk) else {
        return Err("its root-path cannot be read");
    };
    let server = disk.strip_prefix("iscsi:").and_then(|rest| rest.strip_suffix(&path.behind_portal()));
    let Some(server) = server else { return Err("its root-path has a protocol") };
    let mut iscsi = Mapping::default();
    iscsi.set("server", server);
    if path.port != 0 {
        iscsi.set("port", Value::number(path.port));
    }
    if let Some(lun) = path.lun {
        iscsi.set("lun", Value::Text(lun.to_string()));
    }
    iscsi.set("target", path.target.to_string());
    if let Some(initiator) = text(found, "initiator") {
        iscsi.set("initiator", initiator);
    }
    if let Some(behind) = text(found, "san-disk") {
        if behind != path.behind_portal() {
            return Err("its further portals serve another disk");
        }
        let more = ["san-portal-2", "san-portal-3", "san-portal-4"];
        let more = more.into_iter().filter_map(|portal| text(found, portal));
        let portals = std::iter::once(server).chain(more);
        iscsi.set("portals", Value::List(portals.map(Value::from).collect()));
    }
    Ok(iscsi)
}
