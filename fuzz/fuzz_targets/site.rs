//! Any text is read, checked and, if it has no error, rendered: without a panic, and the guard refuses no built-in
//! template.
#![no_main]

use ipxegen::outputs::site_view;
use ipxegen::plan::plan;
use ipxegen::render::Renderer;
use ipxegen::report::{Format, Report, print};
use ipxegen::schema::{Texts, read};
use ipxegen::source::Sources;
use ipxegen::tree::Content;
use ipxegen::{resolve, rules};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // Keys that read other files are not tried.
    if text.contains("include") {
        return;
    }
    let sources = Sources::new();
    let mut report = Report::new();
    let Ok(file) = sources.add("site.yaml", text) else { return };
    let mut texts = Texts::default();
    texts.files.push(file);
    let written = read(&sources, &texts, &mut report);
    if !report.stops() {
        let site = resolve::resolve(written, "site.yaml", &sources, &mut report);
        rules::run(&site, &mut report);
        let plan = plan(&site, &mut report);
        if !report.has_errors() {
            let view = tera::Value::from_serializable(&site_view(&site));
            let renderer = Renderer::new(&[], view, &mut report);
            for planned in &plan.files {
                let mut bytes = Vec::new();
                if let Err(error) = renderer.file(planned.output, &planned.file).write_to(&mut bytes) {
                    panic!("{error:#}");
                }
            }
        }
    }
    let mut shown = Vec::new();
    for format in [Format::Human, Format::Short, Format::Json, Format::Sarif, Format::Github] {
        print(&report, &sources, format, false, &[], &mut shown).expect("memory takes everything");
    }
});
