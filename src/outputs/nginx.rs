//! nginx: a site file next to Debian's own.

use std::fmt::Write as _;

use super::checkers::{Checker, Harness, HarnessPaths, Message};
use super::{Block, ManualStep, Output, PlannedFile, RawScope, web};
use crate::dialects::Dialect;
use crate::model::{Site, WebServer};

pub(super) struct Nginx;

impl Output for Nginx {
    fn name(&self) -> &'static str {
        "nginx"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Nginx
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("nginx/ipxegen", include_str!("../../templates/nginx/ipxegen.tera"))]
    }

    fn checkers(&self) -> &'static [Checker] {
        &[NGINX]
    }

    fn raw_scopes(&self) -> &'static [RawScope] {
        &[RawScope::Site]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let Some(http) = web::here(site, server, WebServer::Nginx) else { return Vec::new() };
        let view = web::site_file(site, server, http, self.name());
        let file = PlannedFile::new("/etc/nginx/sites-available/ipxegen", "nginx/ipxegen", view);
        let source_map = move |_: &Block<'_>| Some(web::source(site, server, http, "nginx"));
        vec![file.reload("nginx.service").check(&["nginx", "-t"]).source_map(source_map)]
    }

    fn needs(&self, site: &Site<'_>, server: usize) -> Vec<ManualStep> {
        if web::here(site, server, WebServer::Nginx).is_none() {
            return Vec::new();
        }
        let why = "to ../sites-available/ipxegen: `ln -s ../sites-available/ipxegen /etc/nginx/sites-enabled/` enables the site";
        vec![
            ManualStep::new("package", "nginx", "the web server"),
            ManualStep::new("link", "/etc/nginx/sites-enabled/ipxegen", why),
        ]
    }
}

const NGINX: Checker = Checker {
    users: &["www-data", "nginx", "http"],
    network: true,
    logs: true,
    harness: Some(harness),
    staged: without_foreign_engines,
    messages: |output| output.text.lines().find_map(message).into_iter().collect(),
    cannot_read,
    ..Checker::new("nginx", "nginx")
};

/// The configuration without keys of an engine that is named by a path: OpenSSL runs code of the library when it loads it,
/// for `-t` as well (nginx 1.22.1 with OpenSSL 3.0.19 opens that path), and a check runs no code of the site. nginx says of what is
/// left that it cannot load the key.
fn without_foreign_engines(mut text: Vec<u8>) -> Vec<u8> {
    const WORD: &[u8] = b"engine:";
    let places: Vec<usize> = memchr::memmem::find_iter(&text, WORD).collect();
    for at in places {
        let name = text.get(at + WORD.len()..).unwrap_or_default();
        let mut name = name.split(|byte| *byte == b':' || byte.is_ascii_whitespace());
        let is_path = name.next().is_some_and(|name| name.contains(&b'/'));
        if let Some(colon) = text.get_mut(at + WORD.len() - 1).filter(|_| is_path) {
            *colon = b'/';
        }
    }
    text
}

/// nginx checks a whole configuration, of which the site file is a part. Everything that it writes goes to the
/// work folder.
fn harness(paths: &HarnessPaths<'_>) -> Harness {
    let (configuration, work) = (paths.configuration.display().to_string(), paths.work.display());
    let mut text =
        format!("pid \"{work}/nginx.pid\";\nerror_log stderr;\nevents {{ }}\nhttp {{\naccess_log off;\n");
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        // Writing to a String does not fail.
        let _ = writeln!(text, "{kind}_temp_path \"{work}/nginx-{kind}\";");
    }
    let _ = writeln!(text, "include \"{}\";\n}}", paths.file.display());
    let words = ["-t", "-q", "-e", "stderr", "-p", &work.to_string(), "-c", &configuration];
    Harness { text, arguments: words.map(str::to_owned).to_vec() }
}

/// `2026/01/31 12:00:00 [emerg] 77#77: TEXT in PATH:LINE`.
fn message(line: &str) -> Option<Message> {
    let (_, line) = line.split_once("] ")?;
    let process = line.split_once(": ").filter(|(numbers, _)| numbers.contains('#'));
    let (text, place) = process.map_or(line, |(_, rest)| rest).rsplit_once(" in ")?;
    let (path, number) = place.rsplit_once(':')?;
    Some(Message::at(path.into(), number.trim().parse().ok()?, text.to_owned()))
}

fn cannot_read(line: &str, path: &str) -> bool {
    let text = line.split_once("] ").and_then(|(_, rest)| rest.split_once(": "));
    text.is_some_and(|(_, text)| text == format!("open() \"{path}\" failed (13: Permission denied)"))
}

#[cfg(test)]
mod tests {
    use super::{Message, NGINX, cannot_read, message};

    #[test]
    fn a_check_loads_no_code_of_the_site() {
        let staged = |text: &str| String::from_utf8((NGINX.staged)(text.into())).unwrap();
        let kept = "ssl_certificate_key engine:pkcs11:/a/b;\n";
        assert_eq!(staged(kept), kept);
        let path = "ssl_certificate_key 'engine:../../srv/x:y';\n";
        assert_eq!(staged(path), "ssl_certificate_key 'engine/../../srv/x:y';\n");
    }

    #[test]
    fn messages_name_a_line() {
        let line = "2026/01/31 12:00:00 [emerg] 7#7: unknown directive \"x in y\" in /tmp/a:12";
        let text = "unknown directive \"x in y\"".to_owned();
        assert_eq!(message(line), Some(Message::at("/tmp/a".into(), 12, text)));
        assert_eq!(message("nginx: configuration file /x test failed"), None);
    }

    /// Printed by nginx of Debian 12.
    #[test]
    fn a_file_that_it_may_not_read() {
        let denied = "2026/11/29 16:20:28 [emerg] 1#1: open() \"/tmp/x/a\" failed (13: Permission denied)";
        assert!(cannot_read(denied, "/tmp/x/a"));
        assert!(!cannot_read(denied, "/tmp/x/b"));
        assert!(!cannot_read(&format!("nonsense \"{denied}\""), "/tmp/x/a"));
    }
}
