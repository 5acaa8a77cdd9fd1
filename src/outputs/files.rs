//! Files that the user's own templates make.

use tera::Value;

use super::{BlockSource, HostValues, ItemValue, Output, OwnFile, PlannedFile, host_values, site_view, view};
use crate::dialects::Dialect;
use crate::model::{CustomFile, Each, Host, Site};

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
        let hosts = host_values(site);
        let mut planned = Vec::new();
        for file in here {
            let plan = |path: String, item: Option<ItemValue<'s>>| {
                let mut view = view(site);
                // A template for several servers may print the name of each.
                if let Some(machine) = site.servers.get(server) {
                    view.insert("server", &machine.name);
                }
                let (text, span) = (file.template.value, file.template.span);
                let item = file.each.map(Each::word).zip(item);
                let own =
                    OwnFile { name: file.name, text, span, path: file.path.span, hosts: hosts.clone(), item };
                PlannedFile::own(path, own, view).mode(file.mode).source_map(|_| Some(source(file)))
            };
            let path = file.path.value.as_str();
            match file.each {
                None => planned.push(plan(path.to_owned(), None)),
                Some(each) => {
                    let placeholder = each.placeholder();
                    let items = items(site, each, &hosts);
                    planned.extend(
                        items
                            .into_iter()
                            .map(|(name, item)| plan(path.replace(&placeholder, &name), Some(item))),
                    );
                }
            }
        }
        planned
    }
}

/// The parts of the site that get one file each, by name.
fn items<'s>(site: &'s Site<'_>, each: Each, hosts: &HostValues<'s>) -> Vec<(String, ItemValue<'s>)> {
    let given = |value: Value| Box::new(move || value.clone()) as ItemValue<'s>;
    match each {
        Each::Host => {
            let host = |(at, host): (usize, &Host<'_>)| {
                let hosts = hosts.clone();
                let value =
                    move || (hosts.of)(at..at + 1).values().next().cloned().unwrap_or_else(Value::none);
                (host.name.to_owned(), Box::new(value) as ItemValue<'s>)
            };
            site.hosts.iter().enumerate().map(host).collect()
        }
        Each::Group => {
            let groups = (hosts.groups)().into_iter();
            groups.filter_map(|(name, value)| Some((name.as_str()?.to_owned(), given(value)))).collect()
        }
        Each::Subnet | Each::Entry => {
            let view = site_view(site);
            let all = view.get(if each == Each::Subnet { "subnets" } else { "boot_entries" });
            let all = all.and_then(serde_json::Value::as_object).into_iter().flatten();
            let named = all.map(|(name, value)| {
                let mut fields = value.as_object().cloned().unwrap_or_default();
                fields.insert("name".to_owned(), name.clone().into());
                (name.clone(), given(Value::from_serializable(&fields)))
            });
            named.collect()
        }
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
