//! The answer file of an installer.

use super::arguments::Arguments;
use super::{EntryBuilder, Given};
use crate::model::{InvalidValue, Service, join};
use crate::schema::{Field, GivenFile};
use crate::source::Span;

/// The answers of an installer.
#[derive(Debug)]
pub(super) struct Answers {
    /// The URL of the answers.
    pub url: String,
    /// Whether the HTTP server of the site has them.
    pub by_http: bool,
    /// The place that names them.
    pub span: Span,
}

/// The place that names a file.
fn place(given: GivenFile<'_>) -> Span {
    match given {
        GivenFile::Named(word) | GivenFile::Source(word) => word.span,
    }
}

impl<'a> EntryBuilder<'_, 'a> {
    /// The answers of an installer; `Some(None)` if the site has none. `{ source: FILE }` is published as `name`.
    /// `tftp` tells whether the installer can fetch them by TFTP if no server has HTTP.
    pub(super) fn answers(
        &mut self,
        field: &Field<GivenFile<'a>>,
        name: &str,
        tftp: bool,
    ) -> Option<Option<Answers>> {
        let given = match field {
            Field::Absent => return Some(None),
            Field::Wrong(_) => return None,
            Field::Given(given) => *given,
        };
        let span = place(given);
        let found = self.given_file(given, name)?;
        self.reached(found, span, tftp).map(Some)
    }

    /// The answers for cloud-init: a folder with `user-data` and `meta-data`, given by its own path or by that of
    /// `user-data`.
    pub(super) fn seed(&mut self, field: &Field<GivenFile<'a>>) -> Option<Option<Answers>> {
        let given = match field {
            Field::Absent => return Some(None),
            Field::Wrong(_) => return None,
            Field::Given(given) => *given,
        };
        let span = place(given);
        let found = match given {
            GivenFile::Source(_) => {
                let path = self.given_file(given, USER_DATA)?;
                self.cloud_config(span)?;
                // cloud-init ignores a folder without meta-data; its content does not matter.
                let id = format!("instance-id: \"{}\"\n", self.entry.id.text);
                self.publish("meta-data", span, crate::model::Content::Text(id), None)?;
                path
            }
            GivenFile::Named(word) if !word.text.contains("://") && !word.text.starts_with('{') => {
                let text = word.text.strip_suffix(USER_DATA).unwrap_or(word.text);
                let folder = match text.trim_end_matches('/') {
                    "" if text.is_empty() => self.dir.unwrap_or_default().to_owned(),
                    "" => String::new(),
                    folder => self.path(folder, span, self.dir)?,
                };
                for file in [USER_DATA, "meta-data"] {
                    self.need(join(&folder, file).trim_start_matches('/'), span);
                }
                Given::Below(join(&folder, USER_DATA).trim_start_matches('/').to_owned())
            }
            GivenFile::Named(_) => self.given_file(given, USER_DATA)?,
        };
        let mut answers = self.reached(found, span, false)?;
        let folder = answers.url.strip_suffix(USER_DATA).unwrap_or(&answers.url);
        // cloud-init appends the names of the files to this URL.
        answers.url = format!("{}/", folder.trim_end_matches('/'));
        Some(Some(answers))
    }

    /// Checks the first line of user-data: cloud-init silently ignores a text of another format.
    fn cloud_config(&mut self, span: Span) -> Option<()> {
        let right = self.published_text().is_some_and(|text| {
            let first = text.lines().next().unwrap_or_default().trim_end();
            first == "#cloud-config" || first.starts_with("## template:") || first == "#cloud-config-archive"
        });
        if !right {
            let refused = InvalidValue::new("this user-data does not begin with `#cloud-config`");
            self.refuse(span, &refused.help("cloud-init takes the first line for the file's format"));
        }
        right.then_some(())
    }

    /// Reports answers that both a key and the command line name: the installer would read one of the two.
    pub(super) fn answered_once(
        &mut self,
        answers: &Answers,
        key: &str,
        written: &Arguments,
        names: &[&str],
    ) -> Option<()> {
        let Some(argument) = written.find(names) else { return Some(()) };
        let name = argument.value.split('=').next().unwrap_or_default();
        let refused = InvalidValue::new(format!("`{name}=` is written as well as `{key}`"));
        self.refuse(answers.span, &refused.help("leave one of them out"));
        None
    }

    fn reached(&mut self, found: Given, span: Span, tftp: bool) -> Option<Answers> {
        match found {
            Given::Url(url) if url.starts_with("tftp:") && !tftp => {
                let refused = InvalidValue::new(format!(
                    "`{url}` is not fetched: this installer does not support TFTP"
                ));
                self.refuse(span, &refused.help("give it by HTTP"));
                None
            }
            Given::Url(url) => Some(Answers { url, by_http: false, span }),
            Given::Below(path) if tftp && self.facts.address(Service::Http).is_none() => {
                Some(Answers { url: self.url(&path), by_http: false, span })
            }
            Given::Below(path) => Some(Answers { url: self.web_url(&path), by_http: true, span }),
        }
    }
}

const USER_DATA: &str = "user-data";
