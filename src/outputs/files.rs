//! Files that the user's own templates make.

use super::{BlockSource, Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::{CustomFile, Site};

pub(super) struct Files;

impl Output for Files {
    fn name(&self) -> &'static str {
        "files"
    }

    /// The language of such a file is unknown.
    fn dialect(&self) -> Dialect {
        Dialect::Text
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[]
    }

    fn files<'s>(&self, site: &'s Site<'_>, server: usize) -> Vec<PlannedFile<'s>> {
        let here = site.files.iter().filter(|file| file.servers.contains(&server));
        let planned = here.map(|file| {
            let mut view = view(site);
            // A template for several servers may print the name of each.
            if let Some(machine) = site.servers.get(server) {
                view.insert("server", &machine.name);
            }
            PlannedFile::own(file.path.value.as_str(), file.name, file.template.value, view)
                .mode(file.mode)
                .source_map(|_| Some(source(file)))
        });
        planned.collect()
    }
}

/// The source of a line is the line of the template with the same beginning, if there is only one.
fn source(file: &CustomFile<'_>) -> BlockSource {
    let mut begins: Vec<(&str, usize)> = Vec::new();
    let mut start = 0;
    for line in file.template.value.split_inclusive('\n') {
        let literal = ["{{", "{%", "{#"].iter().filter_map(|tag| line.find(tag)).min();
        let begin = line.get(..literal.unwrap_or(line.len())).unwrap_or_default();
        begins.push((begin.trim(), start + begin.len() - begin.trim_start().len()));
        start += line.len();
    }
    // The longest beginning first: `option x-y` also begins with `option x`.
    begins.sort_by_key(|(begin, _)| (std::cmp::Reverse(begin.len()), *begin));
    let mut source = BlockSource::new(file.path.span);
    for same in begins.chunk_by(|(one, _), (other, _)| one == other) {
        if let [(begin, at)] = same
            && !begin.is_empty()
        {
            source = source.line((*begin).to_owned(), file.template.span.part(*at, at + begin.len()));
        }
    }
    source
}
