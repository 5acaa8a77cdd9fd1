//! Sites of nginx and Apache. They are not imported: only what they serve, and where, is said.

use super::Imported;
use super::origin::Lines;
use super::source_file::SourceFile;

/// The web root that ipxegen assumes.
const WEB_ROOT: &str = "/var/www/html";

/// Reads a site.
pub fn read(file: &SourceFile, imported: &mut Imported) {
    let mut lines = Lines::new(&file.path, &file.text);
    let (mut at, mut root, mut ports, mut aliases) = (0, None, Vec::new(), Vec::new());
    let mut place = None;
    let mut location = String::new();
    for raw in file.text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let words: Vec<&str> =
            raw.split_whitespace().map(|word| word.trim_matches(['"', ';', '>'])).collect();
        let Some((name, rest)) = words.split_first() else { continue };
        let last = rest.last().copied().unwrap_or_default();
        let first = rest.first().copied().unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "listen" => ports.push(first.rsplit(':').next().unwrap_or_default().to_owned()),
            "<virtualhost" => ports.push(first.rsplit(':').next().unwrap_or_default().to_owned()),
            "root" | "documentroot" if location.is_empty() || root.is_none() => {
                place = place.or(Some(start));
                root = root.or(Some(first.to_owned()));
            }
            "location" => {
                location = rest
                    .iter()
                    .rfind(|word| word.starts_with('/'))
                    .map_or(String::new(), |at| (*at).to_owned());
            }
            "alias" if rest.len() == 2 => aliases.push((first.to_owned(), last.to_owned())),
            "alias" => aliases.push((location.clone(), first.to_owned())),
            _ => {}
        }
    }
    let Some(root) = root.filter(|root| root.starts_with('/')) else { return };
    let origin = lines.at(place.unwrap_or_default());
    ports.retain(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && !port.is_empty());
    ports.dedup();
    let port = if ports.is_empty() { "80".to_owned() } else { ports.join(" and ") };
    let mut text = format!("the web server serves {root} on port {port}");
    for (path, folder) in &aliases {
        text.push_str(&format!(", and {folder} at {path}"));
    }
    text.push_str(": the import leaves its site as it is");
    imported.coverage.remark(origin.clone(), text);
    let http = imported.draft.site.map("http");
    let root = root.trim_end_matches('/');
    if root != WEB_ROOT && http.get("root").is_none() {
        http.set("root", root).from(&origin);
    }
    if http.is_empty() {
        imported.draft.site.remove("http");
    }
}
