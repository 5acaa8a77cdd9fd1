//! Paths: the daemons' folders, and the files below the TFTP root.

use std::fmt;

use super::{InvalidValue, Validated};

/// A folder or file of a server: absolute and normalised.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct AbsPath(String);

impl AbsPath {
    /// Reads a path.
    ///
    /// # Errors
    /// If it is not absolute, is not normalised (`//`, `.`, `..`), or has control characters.
    pub fn parse(text: &str) -> Validated<Self> {
        let Some(rest) = text.strip_prefix('/') else {
            return Err(
                InvalidValue::new(format!("`{text}` is not an absolute path")).help("it begins with `/`")
            );
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if !rest.is_empty() {
            parts(text, rest)?;
        }
        if text.len() > 1024 {
            return Err(InvalidValue::new("the path is longer than 1024 bytes"));
        }
        Ok(Self(format!("/{rest}")))
    }

    /// Reads a path that ends up in /etc/default, whose values the init scripts expand unquoted.
    ///
    /// # Errors
    /// As [`AbsPath::parse`], and for blanks and characters that a shell would interpret.
    pub fn plain(text: &str) -> Validated<Self> {
        let path = Self::parse(text)?;
        let bad =
            path.0.chars().find(|char| !(char.is_ascii_alphanumeric() || "/._-+@,:=%^".contains(*char)));
        match bad {
            None => Ok(path),
            Some(bad) => Err(InvalidValue::new(format!("`{text}` has `{bad}` in it"))
                .help("the init script splits this path at blanks and expands it: plain letters, digits and `._-+@,:=` only")),
        }
    }

    /// `/`.
    #[must_use]
    pub fn root() -> Self {
        Self("/".to_owned())
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether another path is this one or lies below it.
    #[must_use]
    pub fn holds(&self, other: &Self) -> bool {
        let rest = other.0.strip_prefix(&self.0);
        self.0 == "/" || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// The path of something below it.
    #[must_use]
    pub fn join(&self, below: &str) -> Self {
        // `/` without its final slash would be empty.
        if below.is_empty() { self.clone() } else { Self(join(&self.0, below)) }
    }
}

impl fmt::Display for AbsPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `above` and `below` with exactly one slash between them.
#[must_use]
pub fn join(above: &str, below: &str) -> String {
    let (above, below) = (above.trim_end_matches('/'), below.trim_start_matches('/'));
    if below.is_empty() {
        format!("{above}/").trim_end_matches('/').to_owned()
    } else {
        format!("{above}/{below}")
    }
}

/// The folders that paths of the site are relative to.
#[derive(Clone, Debug, Default)]
pub struct FileRoots(Vec<(AbsPath, &'static str)>);

impl FileRoots {
    /// From the roots of the services, and where HTTP shows the TFTP root.
    #[must_use]
    pub fn new(tftp: Option<&AbsPath>, http: Option<(&AbsPath, &str)>) -> Self {
        let http = http.map(|(root, prefix)| {
            [
                (
                    root.join(prefix),
                    if prefix.is_empty() { "HTTP root" } else { "TFTP root as HTTP shows it" },
                ),
                (root.clone(), "HTTP root"),
            ]
        });
        let tftp = tftp.map(|root| (root.clone(), "TFTP root"));
        let mut all: Vec<_> = tftp.into_iter().chain(http.into_iter().flatten()).collect();
        // Every absolute path begins with `/`.
        all.retain(|(root, _)| root.0 != "/");
        // If HTTP shows the TFTP root as its own root, both are one folder.
        all.dedup_by(|later, first| later.0 == first.0);
        Self(all)
    }

    /// The roots and one more.
    #[must_use]
    pub fn and(mut self, root: Option<&AbsPath>, what: &'static str) -> Self {
        let is_new = |root: &&AbsPath| root.0 != "/" && self.0.iter().all(|(known, _)| known.0 != root.0);
        self.0.extend(root.filter(is_new).map(|root| (root.clone(), what)));
        self
    }

    /// Refuses a path that begins with a root: it is relative to that root, so the folder would be
    /// `/srv/tftp/srv/tftp/…`.
    ///
    /// # Errors
    /// The error's help is the short form.
    pub fn check(&self, text: &str) -> Validated<()> {
        let rest = |root: &AbsPath| {
            let rest = text.strip_prefix(root.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some(rest)
        };
        let Some((root, what, rest)) = self.0.iter().find_map(|(root, what)| Some((root, what, rest(root)?)))
        else {
            return Ok(());
        };
        let short = if rest.is_empty() { "/" } else { rest };
        Err(InvalidValue::new(format!("`{text}` begins with the {what}, `{root}`"))
            .help(format!("paths here are relative to the root: write `{short}`")))
    }
}

/// A file below the TFTP root: `text`, below `dir` unless it begins with `/`.
///
/// # Errors
/// If it would leave the root, or has characters that no boot loader can request.
pub fn boot_path(text: &str, dir: Option<&str>) -> Validated<String> {
    if text.contains('\\') && !text.contains("://") {
        return Err(InvalidValue::new(format!("`{text}` has a backslash in it")).help(format!(
            "TFTP and HTTP servers take it for a part of the name: write `{}`",
            text.replace('\\', "/")
        )));
    }
    foreign_boot_path(text, dir)
}

/// As [`boot_path`], but a backslash passes: a TFTP server on Windows reads it as a slash.
///
/// # Errors
/// As [`boot_path`].
pub fn foreign_boot_path(text: &str, dir: Option<&str>) -> Validated<String> {
    let (rest, dir) = match text.strip_prefix('/') {
        Some(rest) => (rest, None),
        None => (text, dir),
    };
    if rest.is_empty() {
        return Err(InvalidValue::new("a file's path is empty"));
    }
    if text.contains("://") {
        return Err(InvalidValue::new(format!("`{text}` is a URL")).help(
            "give a path below the TFTP root; for a file on another server, use an entry of kind `chain`",
        ));
    }
    parts(text, rest)?;
    if text.contains("${") {
        return Err(InvalidValue::new(format!("`{text}` has `${{` in it"))
            .help("iPXE would expand it; a file's name is literal"));
    }
    Ok(match dir {
        Some(dir) => join(dir, rest),
        None => rest.to_owned(),
    })
}

fn parts(text: &str, rest: &str) -> Validated<()> {
    for part in rest.split('/') {
        let why = match part {
            "" => "has an empty part (`//`)",
            "." | ".." => "has `.` or `..` in it",
            _ if part.chars().any(char::is_control) => "holds a control character",
            _ if part.len() > 255 => "has a part longer than 255 bytes",
            _ => continue,
        };
        return Err(
            InvalidValue::new(format!("`{text}` {why}")).help("write the path as it is, without detours")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{AbsPath, FileRoots, boot_path, foreign_boot_path};

    #[test]
    fn a_path_that_begins_with_a_root_is_refused_with_its_short_form() {
        let path = |text| AbsPath::parse(text).unwrap();
        let roots = FileRoots::new(Some(&path("/var/lib/tftpboot")), Some((&path("/var/www/html"), "/boot")));
        for (text, short) in [
            ("/var/lib/tftpboot/ubuntu/vmlinuz", "`/ubuntu/vmlinuz`"),
            ("/var/lib/tftpboot", "`/`"),
            ("/var/www/html/boot/ubuntu", "`/ubuntu`"),
            ("/var/www/html/menu.ipxe", "`/menu.ipxe`"),
        ] {
            assert!(roots.check(text).unwrap_err().help.unwrap().contains(short), "{text}");
        }
        for text in ["ubuntu", "/ubuntu", "/var/lib/tftpboots/x", "/var/lib", "var/lib/tftpboot/x", "/boot/x"]
        {
            assert!(roots.check(text).is_ok(), "{text}");
        }
        assert!(FileRoots::new(Some(&path("/")), None).check("/ubuntu").is_ok());
    }

    #[test]
    fn a_backslash_is_for_servers_of_others() {
        assert!(boot_path("a\\b", None).unwrap_err().help.unwrap().contains("`a/b`"));
        assert_eq!(foreign_boot_path("Boot\\x64\\wdsnbp.com", None).unwrap(), "Boot\\x64\\wdsnbp.com");
    }

    #[test]
    fn a_boot_path_never_leaves_the_root() {
        assert_eq!(boot_path("vmlinuz", Some("debian")).unwrap(), "debian/vmlinuz");
        assert_eq!(boot_path("/vmlinuz", Some("debian")).unwrap(), "vmlinuz");
        assert_eq!(boot_path("a/b", None).unwrap(), "a/b");
        for text in ["", "/", "../x", "a/../b", "a//b", "./a", "a\nb", "${x}", "a/"] {
            assert!(boot_path(text, None).is_err(), "{text}");
        }
    }

    #[test]
    fn daemons_paths_are_absolute() {
        assert_eq!(AbsPath::parse("/srv/tftp/").unwrap().as_str(), "/srv/tftp");
        assert_eq!(AbsPath::parse("/").unwrap().as_str(), "/");
        assert_eq!(AbsPath::parse("/srv").unwrap().join("a/b").as_str(), "/srv/a/b");
        assert_eq!(AbsPath::root().join("").as_str(), "/");
        for text in ["srv", "", "/a/../b", "/a//b", "/a\nb"] {
            assert!(AbsPath::parse(text).is_err(), "{text}");
        }
        for text in ["/srv/my tftp", "/et*", "/a$b", "/a'b", "/é"] {
            assert!(AbsPath::plain(text).is_err(), "{text}");
        }
    }
}
