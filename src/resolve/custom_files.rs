//! `files`: further files, from the user's templates.

use super::resolver::Resolver;
use super::servers::server_named;
use crate::dialects::prepare;
use crate::model::{AbsPath, CustomFile, Each, InvalidValue, Server, Spanned, Validated};
use crate::report::Finding;
use crate::report::catalogue::{MALFORMED, MISSING_KEY, TEMPLATE, UNREADABLE_SOURCE};
use crate::schema::{self, Top};
use crate::source::{Scalar, TemplateFolder, read_beside, read_templates_beside};

/// The further files.
pub(super) fn files<'a>(r: &mut Resolver<'_, 'a>, top: &Top<'a>, servers: &[Server]) -> Vec<CustomFile<'a>> {
    let mut files = Vec::new();
    for file in top.files.given().into_iter().flatten() {
        files.extend(one_file(r, file, servers));
    }
    files
}

/// The folders of templates, a later one over those before it.
pub(super) fn templates(r: &mut Resolver<'_, '_>, top: &Top<'_>) -> TemplateFolder {
    let mut all = TemplateFolder::default();
    for word in top.templates.given().into_iter().flatten() {
        match read_templates_beside(r.sources, *word) {
            Ok(folder) => all.lay_over(folder),
            Err(unread) => {
                let unread = unread.or_help("the path is relative to the file that names it");
                r.report.push(Finding::unread(&UNREADABLE_SOURCE, word.span, unread));
            }
        }
    }
    all
}

fn one_file<'a>(
    r: &mut Resolver<'_, 'a>,
    written: &schema::CustomFile<'a>,
    servers: &[Server],
) -> Option<CustomFile<'a>> {
    for (key, is_written, help) in [
        ("path", written.path.is_written(), "its path on the server, such as /etc/motd"),
        ("template", written.template.is_written(), "the template's file, relative to this one"),
    ] {
        if !is_written {
            let message = format!("a file has no `{key}`");
            r.report.push(Finding::new(&MISSING_KEY, written.span, message).help(help));
        }
    }
    let path = r.maybe(&written.path, file_path);
    let template = written.template.given().and_then(|word| template(r, *word));
    let on = match written.server.given() {
        Some(words) => {
            let found: Vec<_> = words.iter().filter_map(|word| server_named(r, *word, servers)).collect();
            (found.len() == words.len()).then_some(found)
        }
        None if servers.len() <= 1 || written.server.is_written() => Some(vec![0]),
        None => {
            let names: Vec<_> = servers.iter().map(|server| server.name.as_str()).collect();
            let help = format!("add `server:` with one or several of {}", schema::listed(&names));
            let message = "a file does not say which server gets it";
            r.report.push(Finding::new(&MISSING_KEY, written.span, message).help(help));
            None
        }
    };
    let mode = r.or(&written.mode, mode, 0o644);
    let each = r.maybe(&written.each, each).map(|each| each.value);
    if let (Some(each), Some(path)) = (each, &path)
        && !path.value.as_str().contains(&each.placeholder())
    {
        let message = format!("all files of `each: {}` would have one path", each.word());
        let help = format!(
            "write `{}` where the name belongs, such as /srv/tftp/x/{}.cfg",
            each.placeholder(),
            each.placeholder()
        );
        r.report.push(Finding::new(&MALFORMED, path.span, message).help(help));
        return None;
    }
    let (name, template) = template?;
    Some(CustomFile { servers: on?, path: path?, name, template, each, mode })
}

fn each(text: &str) -> Validated<Each> {
    let found = Each::ALL.into_iter().find(|each| each.word() == text);
    found.ok_or_else(|| {
        InvalidValue::new(format!("there is no file for each `{text}`"))
            .help(format!("one of {}", schema::listed(&Each::ALL.map(Each::word))))
    })
}

/// Reads the path of a file. The root and a path that ends in `/` are folders.
fn file_path(text: &str) -> Validated<AbsPath> {
    let path = AbsPath::parse(text)?;
    if text.ends_with('/') {
        return Err(InvalidValue::new(format!("`{text}` is a folder, not a file"))
            .help("write the file's whole path"));
    }
    Ok(path)
}

/// The template's name and text. A template that cannot be parsed is a finding.
fn template<'a>(r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<(&'a str, Spanned<&'a str>)> {
    let text = match read_beside(r.sources, word) {
        Ok(file) => Spanned::new(file.text(), file.span(0, file.text().len())),
        Err(unread) => {
            let unread = unread.or_help("the path is relative to the file that names it");
            r.report.push(Finding::unread(&UNREADABLE_SOURCE, word.span, unread));
            return None;
        }
    };
    if let Err(wrong) = prepare(text.value, text.span.start, true) {
        let place = text.span.part(wrong.part.start, wrong.part.end);
        let message = format!("the template {} cannot be read: {}", word.text, wrong.reason);
        r.report.push(Finding::new(&TEMPLATE, place, message).and(word.span, "named here"));
        return None;
    }
    Some((word.text, text))
}

/// Reads permissions in octal. Set-user-id bits and permission for everybody to write are rejected.
fn mode(text: &str) -> Validated<u32> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = (3..=4).contains(&digits.len()) && digits.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    let Some(mode) = u32::from_str_radix(digits, 8).ok().filter(|_| octal) else {
        return Err(InvalidValue::new(format!("`{text}` is not a mode"))
            .help("three or four octal digits, such as 0644"));
    };
    if mode > 0o777 {
        return Err(InvalidValue::new(format!("`{text}` would run the file with its owner's rights"))
            .help("the first of four digits is 0"));
    }
    if mode & 0o002 != 0 {
        return Err(InvalidValue::new(format!("with the mode `{text}` everybody may write the file"))
            .help("0644 lets everybody read it, 0600 only root"));
    }
    Ok(mode)
}
