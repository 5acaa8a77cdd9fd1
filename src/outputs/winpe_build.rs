//! A script that builds the images of Windows PE with the Windows ADK.
//!
//! It runs on a Windows machine and packs the images with the paths that the `winpe` entries use below the TFTP root.
//! Every line has whole paths instead of a `%variable%`, because cmd.exe parses the bracket of an expanded
//! `Program Files (x86)`.

use serde::Serialize;

use super::{Output, PlannedFile, view};
use crate::dialects::Dialect;
use crate::model::{EntryKind, Site, Transport, WinpeBuild as Build};

pub(super) struct WinpeBuild;

/// The languages whose fonts are optional components of Windows PE.
const FONTS: &[(&str, &str)] =
    &[("ja-jp", "JA-JP"), ("ko-kr", "KO-KR"), ("zh-cn", "ZH-CN"), ("zh-hk", "ZH-HK"), ("zh-tw", "ZH-TW")];

#[derive(Serialize)]
struct Image {
    arch: String,
    dir: String,
    mount: String,
    wim: String,
    packages: Vec<Package>,
    inject: Vec<Copy>,
    files: Vec<Copy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iso: Option<String>,
}

#[derive(Serialize)]
struct Package {
    path: String,
    /// It may be missing: some components have no language pack.
    maybe: bool,
    label: String,
}

#[derive(Serialize)]
struct Copy {
    from: String,
    to: String,
    folder: String,
}

impl Copy {
    fn new(from: String, to: String) -> Self {
        let folder = to.rsplit_once('\\').map_or("", |(folder, _)| folder).to_owned();
        Self { from, to, folder }
    }
}

/// A driver that Dism adds: all drivers below a folder, or that of an `.inf` file.
#[derive(Serialize)]
struct Driver<'b> {
    path: &'b str,
    is_folder: bool,
}

impl<'b> Driver<'b> {
    fn of(path: &'b str) -> Self {
        Self { path, is_folder: !path.to_ascii_lowercase().ends_with(".inf") }
    }
}

impl Output for WinpeBuild {
    fn name(&self) -> &'static str {
        "winpe_build"
    }

    fn dialect(&self) -> Dialect {
        Dialect::Cmd
    }

    fn templates(&self) -> &'static [(&'static str, &'static str)] {
        &[("winpe_build/build-winpe.cmd", include_str!("../../templates/winpe_build/build-winpe.cmd.tera"))]
    }

    fn files<'s>(&self, _: &'s Site<'_>, _: usize) -> Vec<PlannedFile<'s>> {
        Vec::new()
    }

    fn build_files<'s>(&self, site: &'s Site<'_>) -> Vec<PlannedFile<'s>> {
        let Some(build) = &site.winpe else { return Vec::new() };
        let mut view = view(site);
        let work = &build.work_dir;
        view.insert("work_dir", work);
        view.insert("adk", &build.adk);
        view.insert("out", &out(build));
        view.insert("tar", &format!("{work}\\{TAR}"));
        view.insert("tar_name", TAR);
        view.insert("tftp_root", boot_files(site));
        view.insert("images", &build.archs.iter().map(|arch| image(site, build, arch)).collect::<Vec<_>>());
        view.insert("features", &build.features);
        let drivers: Vec<_> = build.drivers.iter().map(|path| Driver::of(path)).collect();
        view.insert("drivers", &drivers);
        view.insert("force_unsigned", &build.force_unsigned);
        view.insert("language", &build.language);
        // The image of copype is in American English.
        view.insert("set_language", &(build.language != "en-us"));
        if let Some(locale) = &build.input_locale {
            view.insert("input_locale", locale);
        }
        if let Some(driver) = &build.layered_driver {
            view.insert("layered_driver", driver);
        }
        if let Some(zone) = &build.time_zone {
            view.insert("time_zone", zone);
        }
        vec![PlannedFile::new("/winpe/build-winpe.cmd", "winpe_build/build-winpe.cmd", view)]
    }
}

const TAR: &str = "winpe-tftp.tar.gz";

fn out(build: &Build) -> String {
    format!("{}\\tftp", build.work_dir)
}

fn image(site: &Site<'_>, build: &Build, arch: &str) -> Image {
    let dir = format!("{}\\{arch}", build.work_dir);
    let mount = format!("{dir}\\mount");
    let inject = build.inject.iter().map(|(to, from)| Copy::new(from.clone(), format!("{mount}\\{to}")));
    Image {
        packages: packages(build, arch),
        inject: inject.collect(),
        files: files(site, build, arch, &dir),
        iso: build.iso.then(|| format!("{}\\winpe-{arch}.iso", build.work_dir)),
        wim: format!("{dir}\\media\\sources\\boot.wim"),
        arch: arch.to_owned(),
        mount,
        dir,
    }
}

/// The language, then each component and its language pack.
fn packages(build: &Build, arch: &str) -> Vec<Package> {
    let folder = format!("{}\\Windows Preinstallation Environment\\{arch}\\WinPE_OCs", build.adk);
    let language = &build.language;
    let mut all: Vec<Package> = Vec::new();
    let mut add = |path: String, maybe: bool| {
        let label = format!("without_{}", all.len());
        all.push(Package { path: format!("{folder}\\{path}"), maybe, label });
    };
    if language != "en-us" {
        add(format!("{language}\\lp.cab"), false);
    }
    if let Some((_, font)) = FONTS.iter().find(|(known, _)| known == language) {
        add(format!("WinPE-FontSupport-{font}.cab"), false);
    }
    for package in &build.packages {
        add(format!("{package}.cab"), false);
        add(format!("{language}\\{package}_{language}.cab"), true);
    }
    all
}

/// The files that the `winpe` entries fetch.
fn files(site: &Site<'_>, build: &Build, arch: &str, dir: &str) -> Vec<Copy> {
    let mut files: Vec<Copy> = Vec::new();
    let entries = site.entries.iter().filter_map(|entry| match &entry.kind {
        EntryKind::Winpe(winpe) => Some(winpe),
        _ => None,
    });
    for image in entries.flat_map(|winpe| &winpe.images) {
        // An entry with one image for all architectures gets the first one.
        let mine = match image.arch {
            "" => build.archs.first().is_some_and(|first| first == arch),
            known => known == arch,
        };
        if !mine {
            continue;
        }
        for (path, from) in
            [(&image.bcd, r"Boot\BCD"), (&image.sdi, r"Boot\boot.sdi"), (&image.wim, r"sources\boot.wim")]
        {
            let to = format!("{}\\{}", out(build), path.replace('/', "\\"));
            if !files.iter().any(|file| file.to.eq_ignore_ascii_case(&to)) {
                files.push(Copy::new(format!("{dir}\\media\\{from}"), to));
            }
        }
    }
    files
}

/// The folder of the images on the server.
fn boot_files<'s>(site: &'s Site<'_>) -> &'s str {
    let images = || site.entries.iter().filter(|entry| matches!(entry.kind, EntryKind::Winpe(_)));
    let by_http = images().any(|entry| entry.over == Transport::Http);
    match (site.separate_boot_files().filter(|_| by_http), &site.tftp) {
        (Some(folder), _) => folder.value.as_str(),
        (None, Some(tftp)) => tftp.root.as_str(),
        (None, None) => "/srv/tftp",
    }
}
