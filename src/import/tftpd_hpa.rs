//! Settings of tftpd-hpa: `/etc/default/tftpd-hpa`, and the drop-ins of systemd's units that 7.2 reads instead.

use super::assignments::{Assignment, assignments};
use super::coverage::Outcome;
use super::draft::Value;
use super::source_file::SourceFile;
use super::{Imported, Mapping};

/// A setting of the daemon, whichever file says it.
enum Setting {
    User(String),
    Root(String),
    Address(String),
    Options(String),
    /// It follows from another setting, or has no effect.
    Implied,
    Unknown,
}

/// Reads a file into the draft.
pub fn read(file: &SourceFile, imported: &mut Imported) {
    let is_unit = file.path.contains(".d/") || file.text.contains("\n[S") || file.text.starts_with("[S");
    if is_unit {
        let origin = super::Lines::new(&file.path, &file.text).at(0);
        imported.coverage.remark(origin, "tftpd-hpa 7.2 reads drop-ins: give the server `os: debian-14`");
    }
    for line in assignments(&file.path, &file.text) {
        let setting = if is_unit { of_unit(&line) } else { of_defaults(&line) };
        let outcome = set(setting, &line, imported);
        imported.coverage.add(line.origin.clone(), line.text, outcome);
    }
    // A mapping without keys is no `tftp` at all.
    if matches!(imported.draft.site.get("tftp"), Some(Value::Map(map)) if map.is_empty()) {
        imported.draft.site.remove("tftp");
    }
}

fn of_defaults(line: &Assignment<'_>) -> Setting {
    let value = line.value.clone();
    match line.name {
        "TFTP_USERNAME" => Setting::User(value),
        "TFTP_DIRECTORY" => Setting::Root(value),
        "TFTP_ADDRESS" => Setting::Address(value),
        "TFTP_OPTIONS" => Setting::Options(value),
        // Debian's package of 2008 read it; none since does.
        "RUN_DAEMON" => Setting::Implied,
        _ => Setting::Unknown,
    }
}

fn of_unit(line: &Assignment<'_>) -> Setting {
    let value = line.value.clone();
    match (line.name, value.split_once('=')) {
        ("User", _) => Setting::User(value),
        ("Environment", Some(("TFTPD_HOME", root))) => Setting::Root(root.to_owned()),
        ("Environment", Some(("TFTPD_OPTS", options))) => Setting::Options(options.to_owned()),
        // An empty one removes the addresses of the unit itself.
        ("ListenDatagram", _) if value.is_empty() => Setting::Implied,
        ("ListenDatagram", _) => Setting::Address(value),
        ("ReadWritePaths" | "ProtectHome", _) => Setting::Implied,
        _ => Setting::Unknown,
    }
}

/// Sets a key, unless the value is the default.
fn set(setting: Setting, line: &Assignment<'_>, imported: &mut Imported) -> Outcome {
    let (key, value, default) = match setting {
        Setting::User(user) => ("user", Value::Text(user.clone()), user == "tftp"),
        Setting::Root(root) => {
            let root = root.trim_end_matches('/').to_owned();
            imported.draft.tftp_root = Some(root.clone());
            ("root", Value::Text(root.clone()), root == "/srv/tftp")
        }
        Setting::Address(address) => {
            let any = [":69", "0.0.0.0:69", "[::]:69", "69"].contains(&address.as_str());
            ("address", Value::Text(address), any)
        }
        Setting::Options(options) => {
            let words: Vec<&str> = options.split_whitespace().collect();
            let default = matches!(words.as_slice(), ["--secure" | "-s"]);
            let words = words.into_iter().map(Value::from).collect();
            ("options", Value::List(words), default)
        }
        Setting::Implied => return Outcome::Default,
        Setting::Unknown => {
            imported.draft.site.map("raw").append("tftpd_hpa", line.text).from(&line.origin);
            return Outcome::Raw("no key of `tftp` says this".to_owned());
        }
    };
    let tftp: &mut Mapping = imported.draft.site.map("tftp");
    if default {
        return Outcome::Default;
    }
    tftp.set(key, value).from(&line.origin);
    Outcome::Words
}
