//! Builds that scripts make on other machines: loaders from iPXE's source, images of Windows PE.

use super::resolver::Resolver;
use crate::dialects::cmd;
use crate::model::{
    Embed, Entry, EntryKind, IPXE_SOURCE, InvalidValue, LoadersBuild, Spanned, Validated, WinpeBuild,
    component, dism_word, drive_path, image_path, in_order, language, windows_name,
};
use crate::report::Finding;
use crate::report::catalogue::UNREADABLE_SOURCE;
use crate::schema::{Field, Top};
use crate::source::{Scalar, read_beside};

const ADK: &str = r"C:\Program Files (x86)\Windows Kits\10\Assessment and Deployment Kit";
const WORK_DIR: &str = r"C:\WinPE";

/// How the loaders are built, if the site has `build`.
pub(super) fn loaders<'a>(r: &mut Resolver<'_, 'a>, top: &Top<'a>) -> Option<Box<LoadersBuild>> {
    let written = top.loaders.given()?.build.given()?;
    let source = r.or(&written.source, source, IPXE_SOURCE.to_owned());
    let embed = match written.embed.given() {
        None => Embed::Chain,
        Some(word) if word.text == "chain" => Embed::Chain,
        Some(word) if word.text == "none" => Embed::Nothing,
        Some(word) => embedded(r, *word)?,
    };
    let enable = written.enable.given().map_or(&[][..], Vec::as_slice);
    let enable = r.many(enable, macro_name);
    Some(Box::new(LoadersBuild {
        source,
        embed,
        enable: values(enable),
        usb: r.flag(&written.usb, false),
        span: written.span,
    }))
}

fn values<T>(all: Vec<Spanned<T>>) -> Vec<T> {
    all.into_iter().map(|at| at.value).collect()
}

fn source(text: &str) -> Validated<String> {
    let right = !text.is_empty() && !text.starts_with('-') && text.chars().all(|c| c.is_ascii_graphic());
    if right {
        return Ok(text.to_owned());
    }
    Err(InvalidValue::new(format!("`{text}` is no source of iPXE"))
        .help("a folder, or a URL that git clones"))
}

/// A setting of iPXE's config/general.h.
fn macro_name(text: &str) -> Validated<String> {
    let right = text.starts_with(|c: char| c.is_ascii_uppercase())
        && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    if right {
        return Ok(text.to_owned());
    }
    Err(InvalidValue::new(format!("`{text}` is no setting of iPXE's config/general.h"))
        .help("such as DOWNLOAD_PROTO_HTTPS"))
}

fn embedded<'a>(r: &mut Resolver<'_, 'a>, word: Scalar<'a>) -> Option<Embed> {
    match read_beside(r.sources, word) {
        Ok(file) if file.text().starts_with("#!ipxe") => Some(Embed::Own(file.text().to_owned())),
        Ok(_) => {
            let refused = InvalidValue::new(format!("{} does not begin with `#!ipxe`", word.text));
            r.refuse(word.span, &refused.help("iPXE knows a script by that"));
            None
        }
        Err(unread) => {
            let unread = unread.or_help("`chain`, `none`, or a file beside the one that names it");
            r.report.push(Finding::unread(&UNREADABLE_SOURCE, word.span, unread));
            None
        }
    }
}

/// How the images of Windows PE are built, if the site has `winpe`.
pub(super) fn winpe<'a>(r: &mut Resolver<'_, 'a>, top: &Top<'a>) -> Option<Box<WinpeBuild>> {
    let written = top.winpe.given()?;
    let list = |field: &Field<Vec<Scalar<'a>>>| field.given().cloned().unwrap_or_default();
    let mut archs = values(r.many(&list(&written.archs), arch));
    archs.dedup();
    if !written.archs.is_written() {
        archs.push("amd64".to_owned());
    }
    let mut inject = Vec::new();
    for (key, file) in written.inject.given().map_or(&[][..], |dict| &dict.entries) {
        let (to, from) = (r.value(*key, image_path), r.value(*file, drive_path));
        inject.extend(to.zip(from).map(|(to, from)| (to.value, from.value)));
    }
    let packages = values(r.many(&list(&written.packages), component));
    Some(Box::new(WinpeBuild {
        archs,
        adk: r.or(&written.adk, drive_path, ADK.to_owned()),
        work_dir: r.or(&written.work_dir, drive_path, WORK_DIR.to_owned()),
        language: r.or(&written.language, language, "en-us".to_owned()),
        packages: in_order(&packages),
        features: values(r.many(&list(&written.features), dism_word)),
        drivers: values(r.many(&list(&written.drivers), drive_path)),
        force_unsigned: r.flag(&written.force_unsigned, false),
        inject,
        time_zone: r.maybe(&written.time_zone, windows_name).map(|at| at.value),
        input_locale: r.maybe(&written.input_locale, dism_word).map(|at| at.value),
        layered_driver: r.maybe(&written.layered_driver, layered_driver).map(|at| at.value),
        iso: r.flag(&written.iso, false),
    }))
}

fn arch(text: &str) -> Validated<String> {
    if ["amd64", "x86", "arm64"].contains(&text) {
        return Ok(text.to_owned());
    }
    Err(InvalidValue::new(format!("`{text}` is not an architecture of Windows PE"))
        .help("amd64, x86 or arm64"))
}

/// Reports file names of `winpe` entries that the script which builds the images cannot write.
pub(super) fn in_batch_file(r: &mut Resolver<'_, '_>, entries: &[Entry]) {
    for entry in entries {
        let EntryKind::Winpe(winpe) = &entry.kind else { continue };
        let paths: Vec<&String> =
            winpe.images.iter().flat_map(|image| [&image.bcd, &image.sdi, &image.wim]).collect();
        for file in entry.files.iter().filter(|file| paths.contains(&&file.path)) {
            if let Err(refused) = cmd::arg(&file.path) {
                r.refuse(
                    file.span,
                    &refused.help("`winpe` has it built by a batch file; ASCII without quotes will do"),
                );
            }
        }
    }
}

fn layered_driver(text: &str) -> Validated<u32> {
    match text.parse() {
        Ok(number @ 1..=6) => Ok(number),
        _ => Err(InvalidValue::new(format!("`{text}` is no layered driver"))
            .help("1 to 6; 6 is a Japanese keyboard of 106/109 keys")),
    }
}
