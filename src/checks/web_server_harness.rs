//! Web servers check a whole configuration, of which a site file is only a part: a small one around it, with
//! all that is written by the way in the stage.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Where Debian and its kin keep Apache's modules.
const APACHE_MODULES: &str = "/usr/lib/apache2/modules";

/// What our site file needs, and what those who add to it most often use.
const MODULES: &[&str] = &[
    "mpm_event",
    "authn_core",
    "authz_core",
    "authz_host",
    "access_compat",
    "alias",
    "autoindex",
    "dir",
    "env",
    "mime",
    "setenvif",
    "rewrite",
    "headers",
];

/// The configuration around a site file.
pub(super) struct Harness {
    pub text: String,
    /// The arguments that have the daemon check it at its place.
    pub arguments: Vec<String>,
}

/// Has nginx check one site file. `place` is where the configuration around it will be, and all that is
/// written by the way goes to `work`.
pub(super) fn nginx(file: &Path, place: &Path, work: &Path) -> Harness {
    let (place, work) = (place.display().to_string(), work.display());
    let mut text =
        format!("pid \"{work}/nginx.pid\";\nerror_log stderr;\nevents {{ }}\nhttp {{\naccess_log off;\n");
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{kind}_temp_path \"{work}/nginx-{kind}\";");
    }
    let _ = writeln!(text, "include \"{}\";\n}}", file.display());
    let words = ["-t", "-q", "-e", "stderr", "-p", &work.to_string(), "-c", &place];
    Harness { text, arguments: words.map(str::to_owned).to_vec() }
}

/// The same for Apache's httpd.
pub(super) fn apache(file: &Path, place: &Path, work: &Path) -> Harness {
    let (place, work) = (place.display().to_string(), work.display());
    let mut text = format!(
        "ServerName localhost\nServerRoot \"{work}\"\nPidFile \"{work}/apache.pid\"\n\
         DefaultRuntimeDir \"{work}\"\nErrorLog \"{work}/apache.log\"\n"
    );
    for module in MODULES {
        let path = format!("{APACHE_MODULES}/mod_{module}.so");
        if Path::new(&path).is_file() {
            let _ = writeln!(text, "LoadModule {module}_module {path}");
        }
    }
    // A site file listens only where Debian's does not.
    let _ = writeln!(text, "Listen 80\nInclude \"{}\"", file.display());
    Harness { text, arguments: ["-t", "-f", &place].map(str::to_owned).to_vec() }
}

/// What nginx says: `2026/01/31 12:00:00 [emerg] 77#77: TEXT in PATH:LINE`.
pub(super) fn nginx_said(line: &str) -> Option<(PathBuf, usize, String)> {
    let (_, line) = line.split_once("] ")?;
    let process = line.split_once(": ").filter(|(numbers, _)| numbers.contains('#'));
    let (text, place) = process.map_or(line, |(_, rest)| rest).rsplit_once(" in ")?;
    let (path, number) = place.rsplit_once(':')?;
    Some((PathBuf::from(path), number.trim().parse().ok()?, text.to_owned()))
}

/// What httpd says, on two lines: `AH00526: Syntax error on line LINE of PATH:`, then what it is.
pub(super) fn apache_said(said: &str) -> Option<(PathBuf, usize, String)> {
    let (_, rest) = said.split_once("yntax error on line ")?;
    let (number, rest) = rest.split_once(" of ")?;
    let (path, rest) = rest.split_once(":\n").or_else(|| rest.split_once(": "))?;
    let text = rest.lines().next().unwrap_or_default().trim();
    Some((PathBuf::from(path), number.parse().ok()?, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{apache_said, nginx_said};

    #[test]
    fn places_in_what_they_say() {
        let said = "2026/01/31 12:00:00 [emerg] 7#7: unknown directive \"x in y\" in /tmp/a:12";
        assert_eq!(nginx_said(said).unwrap(), ("/tmp/a".into(), 12, "unknown directive \"x in y\"".into()));
        assert_eq!(nginx_said("nginx: configuration file /x test failed"), None);
        let said =
            "AH00526: Syntax error on line 7 of /tmp/b.conf:\nInvalid command 'x', perhaps misspelled\n";
        assert_eq!(
            apache_said(said).unwrap(),
            ("/tmp/b.conf".into(), 7, "Invalid command 'x', perhaps misspelled".into())
        );
        assert_eq!(apache_said("Syntax OK"), None);
    }
}
