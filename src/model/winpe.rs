//! How the images of Windows PE are built.

use foldhash::HashSet;

use super::{InvalidValue, Validated};

/// The settings of the script that builds Windows PE.
#[derive(Clone, Debug, serde::Serialize)]
pub struct WinpeBuild {
    /// The architectures, as copype calls them.
    pub archs: Vec<String>,
    /// The folder of the Windows ADK.
    pub adk: String,
    /// The folder in which the images are built.
    pub work_dir: String,
    /// Their language, in small letters.
    pub language: String,
    /// Optional components in the order in which they are added, those that others need included.
    pub packages: Vec<String>,
    /// Windows features that are switched on.
    pub features: Vec<String>,
    /// Folders with drivers, or single `.inf` files.
    pub drivers: Vec<String>,
    /// Whether drivers without a signature are accepted.
    pub force_unsigned: bool,
    /// Files for the image: path in it, and path on the machine that builds.
    #[serde(serialize_with = "super::serialize::pairs")]
    pub inject: Vec<(String, String)>,
    /// The time zone.
    pub time_zone: Option<String>,
    /// The keyboard's layout.
    pub input_locale: Option<String>,
    /// The driver of a Japanese or Korean keyboard.
    pub layered_driver: Option<u32>,
    /// Whether an ISO of each is made, too.
    pub iso: bool,
}

/// Components that need others. Each comes after the components that it needs.
///
/// Microsoft's "WinPE: Add packages (Optional Components Reference)" lists the dependencies.
const NEEDS: &[(&str, &[&str])] = &[
    ("WinPE-WMI", &[]),
    ("WinPE-NetFx", &["WinPE-WMI"]),
    ("WinPE-Scripting", &["WinPE-WMI", "WinPE-NetFx"]),
    ("WinPE-PowerShell", &["WinPE-WMI", "WinPE-NetFx", "WinPE-Scripting"]),
    ("WinPE-HTA", &["WinPE-Scripting"]),
    ("WinPE-EnhancedStorage", &[]),
    ("WinPE-SecureStartup", &["WinPE-WMI"]),
    ("WinPE-DismCmdlets", &["WinPE-PowerShell"]),
    ("WinPE-SecureBootCmdlets", &["WinPE-PowerShell"]),
    ("WinPE-StorageWMI", &["WinPE-PowerShell"]),
    ("WinPE-PlatformId", &["WinPE-WMI", "WinPE-SecureStartup"]),
    ("WinPE-PmemCmdlets", &["WinPE-PowerShell"]),
    ("WinPE-WinReCfg", &[]),
    ("WinPE-Setup", &[]),
    ("WinPE-Setup-Client", &["WinPE-Setup"]),
    ("WinPE-Setup-Server", &["WinPE-Setup"]),
];

/// The components and those that they need, in the order of `written`, but each after those that it needs.
#[must_use]
pub fn in_order(written: &[String]) -> Vec<String> {
    fn add(name: &str, all: &mut Vec<String>, added: &mut HashSet<String>) {
        if added.contains(&name.to_ascii_lowercase()) {
            return;
        }
        let needs = NEEDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        for need in needs.map_or(&[][..], |(_, needs)| needs) {
            add(need, all, added);
        }
        added.insert(name.to_ascii_lowercase());
        all.push(needs.map_or_else(|| name.to_owned(), |(known, _)| (*known).to_owned()));
    }
    let (mut all, mut added) = (Vec::new(), HashSet::default());
    for name in written {
        add(name, &mut all, &mut added);
    }
    all
}

/// A component's name; the `WinPE-` that all begin with may be left out.
///
/// # Errors
/// If it is not such a name.
pub fn component(text: &str) -> Validated<String> {
    let bare =
        text.get(..6).filter(|start| start.eq_ignore_ascii_case("WinPE-")).map_or(text, |_| &text[6..]);
    let bare = bare.strip_suffix(".cab").unwrap_or(bare);
    if bare.is_empty() || !bare.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
        return Err(InvalidValue::new(format!("`{text}` is no optional component of Windows PE"))
            .help("a name of the folder WinPE_OCs, such as WinPE-WMI; language packs follow by themselves"));
    }
    Ok(format!("WinPE-{bare}"))
}

/// A language: `ja-jp`, `sr-latn-rs`.
///
/// # Errors
/// If it is invalid.
pub fn language(text: &str) -> Validated<String> {
    let parts = || text.split('-');
    let right = (2..=3).contains(&parts().count())
        && parts()
            .all(|part| (2..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if right {
        return Ok(text.to_ascii_lowercase());
    }
    Err(InvalidValue::new(format!("`{text}` is no language of Windows"))
        .help("such as en-us, fr-fr or ja-jp"))
}

/// A path of Windows with its drive.
///
/// # Errors
/// If it is invalid, or a batch file cannot contain it.
pub fn drive_path(text: &str) -> Validated<String> {
    let path = text.replace('/', "\\");
    let path = path.strip_suffix('\\').filter(|path| !path.ends_with(':')).unwrap_or(&path);
    batch(path)?;
    let mut chars = path.chars();
    let drive = chars.next().is_some_and(|c| c.is_ascii_alphabetic());
    let rest = chars.as_str().strip_prefix(":\\").filter(|_| drive);
    match rest {
        Some(rest) if below(rest) => Ok(path.to_owned()),
        _ => Err(InvalidValue::new(format!("`{text}` is no path of Windows with its drive"))
            .help(r"such as C:\Temp\WinPE")),
    }
}

/// A path in the image.
///
/// # Errors
/// If it is invalid, or a batch file cannot contain it.
pub fn image_path(text: &str) -> Validated<String> {
    let path = text.replace('/', "\\");
    batch(&path)?;
    if below(&path) {
        return Ok(path);
    }
    Err(InvalidValue::new(format!("`{text}` is no path in the image"))
        .help(r"such as Windows\System32\tool.exe"))
}

/// Rejects characters that a batch file cannot contain: its code page is that of the machine, and `"` has no
/// escape.
fn batch(text: &str) -> Validated<()> {
    match text.chars().find(|c| !matches!(c, ' '..='~') || *c == '"') {
        None if text.len() <= 400 => Ok(()),
        None => Err(InvalidValue::new("this is longer than 400 bytes")),
        Some(c) => Err(InvalidValue::new(format!("{text:?} is not allowed in a batch file: it has {c:?}"))
            .help("ASCII without double quotes")),
    }
}

fn below(path: &str) -> bool {
    path.split('\\').all(|part| {
        !part.is_empty() && part != "." && part != ".." && !part.contains([':', '*', '?', '<', '>', '|'])
    })
}

/// A word for `/FeatureName:` and the like.
///
/// # Errors
/// If it is not made of letters, digits and `-_.:`, or longer than any such name.
pub fn dism_word(text: &str) -> Validated<String> {
    if (1..=200).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
    {
        return Ok(text.to_owned());
    }
    Err(InvalidValue::new(format!("`{text}` is no word that Dism takes here")))
}

/// A name of Windows such as that of a time zone.
///
/// # Errors
/// If a batch file cannot contain it.
pub fn windows_name(text: &str) -> Validated<String> {
    batch(text)?;
    if text.is_empty() {
        return Err(InvalidValue::new("this is empty"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{component, drive_path, image_path, in_order, language};

    #[test]
    fn each_component_stands_behind_what_it_needs() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(
            in_order(&names(&["WinPE-WDS-Tools", "WinPE-DismCmdlets", "winpe-wmi"])),
            names(&[
                "WinPE-WDS-Tools",
                "WinPE-WMI",
                "WinPE-NetFx",
                "WinPE-Scripting",
                "WinPE-PowerShell",
                "WinPE-DismCmdlets"
            ])
        );
    }

    #[test]
    fn names_and_paths() {
        assert_eq!(component("WMI").unwrap(), "WinPE-WMI");
        assert_eq!(component("winpe-NetFx.cab").unwrap(), "WinPE-NetFx");
        assert_eq!(language("ja-JP").unwrap(), "ja-jp");
        assert_eq!(drive_path("C:/Temp/Win PE/").unwrap(), r"C:\Temp\Win PE");
        assert_eq!(image_path("Windows/System32/x.exe").unwrap(), r"Windows\System32\x.exe");
        for text in ["", "Temp", r"\\srv\x", r"C:\a\..\b", "C:\\a\"b", r"C:\a|b", "C:", r"1:\x", "C:\\ä"] {
            assert!(drive_path(text).is_err(), "{text}");
        }
        for text in ["", "..", r"\x", "C:x", "a\nb"] {
            assert!(
                image_path(text).is_err() && component(text).is_err() && language(text).is_err(),
                "{text}"
            );
        }
    }
}
