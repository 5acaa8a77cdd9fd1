//! The commands of a started Windows PE: connect to a share and start Windows' setup from it.
//!
//! wimboot puts every file that the loader does not use into `\\Windows\\System32` of the booted image
//! (wimboot 2.9.0). There `startnet.cmd` replaces the image's own file, and `winpeshl.exe` runs it.

use super::{EntryBuilder, ShareFact};
use crate::dialects::cmd;
use crate::model::{Content, InvalidValue, LoadedFile, Service, ShareAccount, WindowsSetup, user_name};
use crate::report::Finding;
use crate::report::catalogue::{MISSING_KEY, SHARE_USER, UNKNOWN_REFERENCE};
use crate::schema::{Field, GivenFile};
use crate::source::{Scalar, Span};

/// The drive letter of the share. `X:` is the RAM disk, the first letters are the machine's disks.
const DRIVE: &str = "Z:";

/// The program in the root of Windows' media.
///
/// From Windows 11 24H2 on it is a new setup, which seems to take no switches (cschneegans/unattend-generator#67). It
/// still searches for its answers as Microsoft documents it for every release ("Windows Setup Automation Overview":
/// "Implicit answer file search order"), the registry value `HKLM\\System\\Setup!UnattendFile` before all others. So
/// startnet.cmd sets this value for every program, and gives the switch only to others, such as the old setup,
/// `sources\\setup.exe`, for which Microsoft documents it. Both are read, not run: there is no Windows in the tests.
const ROOT_SETUP: &str = "setup.exe";

/// The commands that start setup.
pub(super) struct Setup {
    /// The files for wimboot.
    pub files: Vec<LoadedFile>,
    /// The account that uses the share, if one is needed.
    pub account: Option<ShareAccount>,
    /// The place that names the share.
    pub span: Span,
}

/// The keys of a `winpe` entry that concern the share.
pub(super) struct Keys<'k, 'a> {
    pub share: &'k Field<Scalar<'a>>,
    pub setup: &'k Field<Scalar<'a>>,
    pub user: &'k Field<Scalar<'a>>,
    pub password_file: &'k Field<Scalar<'a>>,
    pub password_env: &'k Field<Scalar<'a>>,
    pub unattend: &'k Field<GivenFile<'a>>,
}

/// The commands and files of an entry with a share; `Some(None)` if it has no share.
pub(super) fn build<'a>(builder: &mut EntryBuilder<'_, 'a>, own: &Keys<'_, 'a>) -> Option<Option<Setup>> {
    let share = match own.share {
        Field::Given(share) => *share,
        Field::Wrong(_) => return None,
        Field::Absent => return without_share(builder, own).then_some(None),
    };
    let known = find(builder, share)?;
    let account = account(builder, own, share, &known);
    let setup = setup(builder, own.setup);
    let mut files = Vec::new();
    if let Field::Given(given) = own.unattend {
        files.push(super::inject::file(builder, "unattend.xml", *given)?);
    } else if own.unattend.is_wrong() {
        return None;
    }
    let (account, setup) = (account?, setup?);
    let server = builder.facts.address(Service::Smb).unwrap_or_default();
    let setup = WindowsSetup {
        unc: format!("\\\\{server}\\{}", known.name),
        drive: DRIVE,
        // Without `call` a batch file does not return to startnet.cmd.
        is_script: is_script(&setup),
        unattend_switch: own.unattend.is_written() && !setup.eq_ignore_ascii_case(ROOT_SETUP),
        setup: format!("{DRIVE}\\{setup}"),
        unattend: own.unattend.is_written(),
        user: account.user.clone().unwrap_or_else(|| "guest".into()),
        asks: account.user.is_some() && account.password.is_none(),
    };
    // The password is on the line that connects.
    let marks = account.password.is_some().then_some(&["net use"][..]);
    let content = Content::Startnet { setup, password: account.password };
    let path = builder.publish("startnet.cmd", share.span, content, marks)?;
    files.push(LoadedFile { name: "startnet.cmd".to_owned(), uri: builder.uri(&path) });
    let account = account.user.map(|user| ShareAccount { share: known.name.clone(), user });
    Some(Some(Setup { files, account, span: share.span }))
}

/// Whether an entry without a share has none of the keys that need one.
fn without_share(builder: &mut EntryBuilder<'_, '_>, own: &Keys<'_, '_>) -> bool {
    let further = [own.setup, own.user, own.password_file, own.password_env];
    if let Some(word) = further.iter().find_map(|field| field.given()) {
        let refused =
            InvalidValue::new("this is for a `winpe` entry that starts Windows' setup from a share");
        builder.refuse(word.span, &refused.help("name it: `share: NAME`, one of `smb.shares`"));
        return false;
    }
    if own.unattend.is_written() {
        let refused =
            InvalidValue::new("`unattend` is for a `winpe` entry that starts Windows' setup from a share");
        let help = "name it: `share: NAME`; for wpeinit alone: `inject: { unattend.xml: … }`";
        builder.refuse(builder.entry.span, &refused.help(help));
        return false;
    }
    true
}

/// The facts about a share that the entry names.
fn find(builder: &mut EntryBuilder<'_, '_>, share: Scalar<'_>) -> Option<ShareFact> {
    let known = &builder.facts.shares;
    // Samba compares names without regard to case.
    let found = known.iter().find(|known| known.name.eq_ignore_ascii_case(share.text)).cloned();
    let Some(found) = found else {
        let names: Vec<&str> = known.iter().map(|share| share.name.as_str()).collect();
        let message = format!("there is no share `{}`", share.text);
        let finding = Finding::new(&UNKNOWN_REFERENCE, share.span, message);
        let help = if names.is_empty() {
            "no share is declared: `smb: { shares: { NAME: { path: … } } }`".to_owned()
        } else {
            format!("declared are {}", crate::schema::listed(&names))
        };
        builder.reading.report.push(finding.help(help));
        return None;
    };
    if let Err(refused) = cmd::exe(&found.name) {
        builder.refuse(share.span, &refused.help("startnet.cmd names the share: give it a name in ASCII"));
        return None;
    }
    Some(found)
}

/// The account that connects to the share; without a user it is the guest.
struct Account {
    user: Option<String>,
    password: Option<crate::source::Secret>,
}

fn account<'a>(
    builder: &mut EntryBuilder<'_, 'a>,
    own: &Keys<'_, 'a>,
    share: Scalar<'_>,
    known: &ShareFact,
) -> Option<Account> {
    if own.user.is_wrong() || own.password_file.is_wrong() || own.password_env.is_wrong() {
        return None;
    }
    let named = own.password_file.given().or_else(|| own.password_env.given());
    let Some(user) = own.user.given() else {
        if let Some(word) = named {
            let refused = InvalidValue::new("a password, and no account that it is of");
            builder.refuse(word.span, &refused.help("say whose: `user: NAME`"));
            return None;
        }
        if !known.guest {
            let id = builder.entry.id.text;
            let message = format!("the share `{}` takes no guests, and `{id}` has no `user`", known.name);
            let finding = Finding::new(&MISSING_KEY, share.span, message).and(known.span, "the share");
            let help = "name an account, `user: NAME` with its `password_file: FILE`, or let guests in: `guest: true`";
            builder.reading.report.push(finding.help(help));
            return None;
        }
        return Some(Account { user: None, password: None });
    };
    if let Err(refused) = user_name(user.text) {
        builder.refuse(user.span, &refused);
        return None;
    }
    let listed = known.users.is_empty()
        || known.users.iter().any(|name| name.starts_with('@') || name.eq_ignore_ascii_case(user.text));
    if !listed && !known.guest {
        let message = format!("`{}` may not use the share `{}`", user.text, known.name);
        let finding = Finding::new(&SHARE_USER, user.span, message).and(known.span, "the share");
        let help = format!("its `users` are {}", known.users.join(", "));
        builder.reading.report.push(finding.help(help));
        return None;
    }
    if own.password_file.is_written() && own.password_env.is_written() {
        let span = own.password_env.given().map_or(user.span, |word| word.span);
        builder.refuse(span, &InvalidValue::new("either `password_file` or `password_env`, not both"));
        return None;
    }
    let Some(named) = named else {
        return Some(Account { user: Some(user.text.to_owned()), password: None });
    };
    let password = builder.secret(own.password_file, own.password_env)?;
    // The message of the dialect would show the text, so it is not used here.
    let text = password.reveal();
    if text.starts_with(['/', '-']) || text == "*" || cmd::exe(text).is_err() {
        let refused = InvalidValue::new("this password is not allowed in a line of `net use`");
        let help =
            "it takes ASCII without double quotes, not beginning with `/` or `-`, and not `*`, which asks";
        builder.refuse(named.span, &refused.help(help));
        return None;
    }
    Some(Account { user: Some(user.text.to_owned()), password: Some(password) })
}

fn is_script(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".cmd", ".bat"].iter().any(|end| path.ends_with(end))
}

/// The program that is started, as a Windows path below the share.
fn setup(builder: &mut EntryBuilder<'_, '_>, field: &Field<Scalar<'_>>) -> Option<String> {
    let word = match field {
        Field::Wrong(_) => return None,
        Field::Absent => return Some(ROOT_SETUP.to_owned()),
        Field::Given(word) => word,
    };
    let path = word.text.replace('/', "\\");
    let parts = path.split('\\');
    let inside = parts.clone().all(|part| {
        !part.is_empty() && part != "." && part != ".." && !part.contains([':', '*', '?', '<', '>', '|'])
    });
    let refused = match cmd::exe(&path) {
        // `cmd /c` parses its line again.
        Ok(_) if is_script(&path) && !cmd::is_bare(&path) => InvalidValue::new(format!(
            "`{}` is a batch file, whose path takes letters, digits, `.`, `_` and `-`",
            word.text
        )),
        Err(refused) => refused,
        Ok(_) if inside => return Some(path),
        Ok(_) => InvalidValue::new(format!("`{}` is not a path below the share", word.text)),
    };
    builder
        .refuse(word.span, &refused.help("a program of the share, such as setup.exe or sources/setup.exe"));
    None
}
