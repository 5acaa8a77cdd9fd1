//! Apache's httpd: a site file next to Debian's own.

use std::fmt::Write as _;

use super::checkers::{Checker, Harness, HarnessPaths, Message};
use super::{Block, ManualStep, Output, PlannedFile, RawScope, web};
use crate::dialects::Dialect;
use crate::model::{Site, WebServer};

pub(super) struct Apache;

impl Output for Apache {
    fn name(&self) -> &'static str {
        "apache"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Apache
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("apache/ipxegen.conf", include_str!("../../templates/apache/ipxegen.conf.tera"))]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[APACHE]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(http) = web::here(site, server, WebServer::Apache) else { return Vec::new() };
        let view = web::site_file(site, server, http, self.name());
        let file = PlannedFile::new("/etc/apache2/sites-available/ipxegen.conf", "apache/ipxegen.conf", view);
        let source_map = move |_: &Block<'_>| Some(web::source(site, server, http, "apache"));
        vec![file.reload("apache2.service").check(&["apache2ctl", "-t"]).source_map(source_map)]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if web::here(site, server, WebServer::Apache).is_none() {
            return Vec::new();
        }
        let why = "to ../sites-available/ipxegen.conf: `a2ensite ipxegen` enables the site";
        vec![
            ManualStep::new("package", "apache2", "the web server"),
            ManualStep::new("link", "/etc/apache2/sites-enabled/ipxegen.conf", why),
        ]
    }
}

const APACHE: Checker = Checker {
    // Debian's script for httpd would read the machine's own configuration.
    program: "apache2",
    users: &["www-data", "apache", "http"],
    harness: Some(harness),
    staged: without_foreign_code,
    messages: |output| message(output.text).into_iter().collect(),
    cannot_read: |line, path| {
        line == format!("apache2: Could not open configuration file {path}: Permission denied")
    },
    ..Checker::new("apache2ctl", "apache")
};

/// The folder of Apache's modules in Debian and its derivatives.
const MODULE_FOLDER: &str = "/usr/lib/apache2/modules";

/// The modules that our site file needs, and those that text in `raw` most often uses.
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

/// httpd checks a whole configuration, of which the site file is a part. Everything that it writes goes to the
/// work folder.
fn harness(paths: &HarnessPaths<'_>) -> Harness {
    let (configuration, work) = (paths.configuration.display().to_string(), paths.work.display());
    let mut text = format!(
        "ServerName localhost\nServerRoot \"{work}\"\nPidFile \"{work}/apache.pid\"\n\
         DefaultRuntimeDir \"{work}\"\nErrorLog \"{work}/apache.log\"\n"
    );
    for module in MODULES {
        let path = format!("{MODULE_FOLDER}/mod_{module}.so");
        // Writing to a String does not fail.
        let _ = writeln!(text, "<IfFile {path}>\nLoadModule {module}_module {path}\n</IfFile>");
    }
    // A site file listens only on ports that Debian's ports.conf does not have.
    let _ = writeln!(text, "Listen 80\nInclude \"{}\"", paths.file.display());
    Harness { text, arguments: ["-t", "-f", &configuration].map(str::to_owned).to_vec() }
}

/// The configuration without `LoadFile` and `LoadModule` of files outside of /usr: httpd runs code of a library when it
/// loads it, for `-t` as well (tried with 2.4.71), and a check runs no code of the site. Lines keep their numbers.
#[expect(clippy::needless_pass_by_value, reason = "as every checker changes its text")]
fn without_foreign_code(text: Vec<u8>) -> Vec<u8> {
    let mut all = Vec::with_capacity(text.len());
    // httpd joins a line that ends with a backslash and the next one.
    let mut logical: Vec<&[u8]> = Vec::new();
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').peekable();
    while let Some(line) = lines.next() {
        logical.push(line);
        if line.trim_ascii_end().ends_with(b"\\") && lines.peek().is_some() {
            continue;
        }
        if loads_foreign_code(&String::from_utf8_lossy(&logical.concat())) {
            all.extend(logical.iter().flat_map(|_| b"# The check loads no code of the site.\n"));
        } else {
            all.extend(logical.iter().copied().flatten());
        }
        logical.clear();
    }
    all
}

fn loads_foreign_code(directive: &str) -> bool {
    let plain: String =
        directive.chars().filter(|each| !matches!(each, '"' | '\'' | '\\' | '\n' | '\r')).collect();
    let plain = plain.trim_start();
    let loads = |word: &str| plain.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let foreign = |word: &str| word.contains('/') && !word.starts_with("/usr/") || word.contains("..");
    (loads("LoadFile") || loads("LoadModule"))
        && (plain.contains("${") || plain.split_whitespace().any(foreign))
}

/// Two lines: `AH00526: Syntax error on line LINE of PATH:`, then the text.
fn message(text: &str) -> Option<Message> {
    let (_, rest) = text.split_once("yntax error on line ")?;
    let (number, rest) = rest.split_once(" of ")?;
    let (path, rest) = rest.split_once(":\n").or_else(|| rest.split_once(": "))?;
    let text = rest.lines().next().unwrap_or_default().trim();
    Some(Message::at(path.into(), number.parse().ok()?, text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::{APACHE, Message, message};

    #[test]
    fn a_check_loads_no_code_of_the_site() {
        let staged = |text: &str| String::from_utf8((APACHE.staged)(text.into())).unwrap();
        let none = "# The check loads no code of the site.\n";
        for line in [
            "LoadFile /srv/x.so",
            "  loadmodule x_module /srv/x.so",
            "\"LoadFile\" \"/srv/x.so\"",
            "LoadFile /usr/lib/../../srv/x.so",
            "LoadFile /usr/lib/a.so /srv/x.so",
            "LoadFile ${X}",
        ] {
            assert_eq!(staged(&format!("A\n{line}\nB\n")), format!("A\n{none}B\n"));
        }
        assert_eq!(staged("A\nLoad\\\nFile /srv/x.so\nB\n"), format!("A\n{none}{none}B\n"));
        let kept =
            "LoadModule ssl_module /usr/lib/apache2/modules/mod_ssl.so\nAlias /x \\\n /srv\nServerName x\\\n";
        assert_eq!(staged(kept), kept);
    }

    #[test]
    fn messages_name_a_line() {
        let text =
            "AH00526: Syntax error on line 7 of /tmp/b.conf:\nInvalid command 'x', perhaps misspelled\n";
        let found =
            Message::at("/tmp/b.conf".into(), 7, "Invalid command 'x', perhaps misspelled".to_owned());
        assert_eq!(message(text), Some(found));
        assert_eq!(message("Syntax OK"), None);
    }

    /// Printed by httpd of Debian 12.
    #[test]
    fn a_file_that_it_may_not_read() {
        let denied = "apache2: Could not open configuration file /tmp/x/a: Permission denied";
        assert!((APACHE.cannot_read)(denied, "/tmp/x/a"));
        assert!(!(APACHE.cannot_read)(denied, "/tmp/x/b"));
        assert!(!(APACHE.cannot_read)(&format!("nonsense \"{denied}\""), "/tmp/x/a"));
    }
}
