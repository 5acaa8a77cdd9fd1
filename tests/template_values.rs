//! The table of docs/templates.md: what each built-in template sees, from what the outputs give it in every case and
//! example. `UPDATE=1` rewrites the table, except its last column.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use anyhow::Result;
use ipxegen::dialects::Dialect;
use ipxegen::outputs::{Body, OUTPUTS, Piece, Sink, site_view};
use ipxegen::plan::plan;
use ipxegen::report::Report;
use ipxegen::resolve;
use ipxegen::schema::{Texts, read};
use ipxegen::source::{Sources, read_site};
use tera::{Context, Kwargs, State, Tera, Value};

use crate::support::program::{cases, updating};

const PAGE: &str = "docs/templates.md";
/// The first line of the table.
const HEAD: &str = "| template | language | sees | notes |\n|---|---|---|---|\n";

/// Every value of one name: the fields of its objects, and whether it is a list.
#[derive(Default)]
struct Shape {
    objects: usize,
    is_list: bool,
    fields: BTreeMap<String, (usize, Shape)>,
}

impl Shape {
    fn add(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::Array(items) => {
                self.is_list = true;
                items.iter().for_each(|item| self.add(item));
            }
            serde_json::Value::Object(fields) => {
                self.objects += 1;
                for (name, value) in fields {
                    // A template asks whether a value is defined, and null is.
                    assert!(!value.is_null(), "`{name}` is null");
                    let (times, shape) = self.fields.entry(name.clone()).or_default();
                    *times += 1;
                    shape.add(value);
                }
            }
            _ => {}
        }
    }

    /// The names of the fields. Those of a value that an included template is named after are only in its row.
    fn names(&self, elsewhere: &BTreeSet<&str>) -> String {
        let one = |(name, (times, shape)): (&String, &(usize, Self))| {
            let optional = if *times < self.objects { "?" } else { "" };
            let list = if shape.is_list { "[]" } else { "" };
            // Verbatim and rendered text is an object with a mark for the filter.
            let is_text = shape.fields.keys().all(|name| name.starts_with('\u{1}'));
            let fields = if is_text || elsewhere.contains(singular(name)) {
                String::new()
            } else {
                format!(" ({})", shape.names(elsewhere))
            };
            format!("`{name}{optional}{list}`{fields}")
        };
        self.fields.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}

fn singular(name: &str) -> &str {
    name.strip_suffix('s').unwrap_or(name)
}

/// The values that templates were rendered with.
#[derive(Default)]
struct Seen {
    /// The template that an output renders.
    rendered: String,
    /// By template: rendered by an output, or included by another template.
    direct: BTreeMap<String, Shape>,
    included: BTreeMap<String, Shape>,
}

type Record = Arc<Mutex<Seen>>;

/// Renders with the built-in templates, and records what they see.
struct Recorder<'e> {
    engine: &'e Tera,
    seen: &'e Record,
}

impl Recorder<'_> {
    fn run(&self, template: &str, view: &Context) -> String {
        template.clone_into(&mut self.seen.lock().unwrap().rendered);
        self.engine.render(template, view).unwrap_or_else(|error| panic!("{template}: {error:?}"))
    }
}

impl Sink for Recorder<'_> {
    fn write(&mut self, template: &str, view: &Context) -> Result<()> {
        self.run(template, view);
        Ok(())
    }

    fn render(&mut self, template: &str, view: &Context) -> Result<String> {
        Ok(self.run(template, view))
    }

    /// So each host is rendered.
    fn is_replaced(&self, _: &str) -> bool {
        true
    }

    fn put(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn line_end(&self) -> &'static str {
        "\n"
    }

    fn put_lines(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    fn each(&mut self, pieces: usize, make: Piece<'_>) -> Result<()> {
        (0..pieces).try_for_each(|piece| make(piece, self))
    }
}

/// The engine of a language, whose templates first record what they see.
fn engine(dialect: Dialect, site: &Value, seen: &Record) -> Tera {
    let mut engine = dialect.engine();
    engine.register_function("pieces", |_: Kwargs, _: &State<'_>| Value::safe_string(""));
    let seen = Arc::clone(seen);
    engine.register_filter("seen", move |all: Value, kwargs: Kwargs, state: &State<'_>| {
        let template: String = kwargs.must_get("template")?;
        let words: Vec<String> = kwargs.must_get("words")?;
        let mut seen = seen.lock().unwrap();
        let mut view = serde_json::Map::new();
        if seen.rendered == template {
            let all = serde_json::to_value(&all).unwrap();
            view.extend(all.as_object().unwrap().clone());
            assert!(view.remove("site").is_some() && view.remove("vars").is_some(), "{template}");
            view.remove("source");
            seen.direct.entry(template).or_default().add(&view.into());
        } else {
            for word in words.iter().filter(|word| !matches!(word.as_str(), "site" | "vars")) {
                if let Some(value) = state.get::<Value>(word)? {
                    view.insert(word.clone(), serde_json::to_value(&value).unwrap());
                }
            }
            seen.included.entry(template).or_default().add(&view.into());
        }
        Ok::<_, tera::Error>(Value::safe_string(""))
    });
    let templates = OUTPUTS.iter().flat_map(|output| {
        output.templates().iter().map(|(name, text)| (output.dialect_of(name), *name, *text))
    });
    let mine = templates.filter(|(of, ..)| *of == dialect);
    engine
        .add_raw_templates(mine.map(|(_, name, text)| {
            let words = serde_json::to_string(&words(text)).unwrap();
            let first = format!("{{{{ __tera_context | seen(template=\"{name}\", words={words}) }}}}");
            (name, first + text)
        }))
        .unwrap();
    engine.global_context().insert_value("site", site.clone());
    engine.global_context().insert_value("vars", Value::from(tera::Map::new()));
    engine
}

/// The names in the tags of a template that are no fields and no texts.
fn words(template: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for tag in template.split("{{").chain(template.split("{%")).skip(1) {
        let tag = tag.split("}}").next().unwrap().split("%}").next().unwrap();
        let bare: String = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let mut before = ' ';
        for word in bare.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let name = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            if before != '.' && name.starts_with(|c: char| c.is_ascii_lowercase()) {
                words.insert(name.to_owned());
            }
            before = word.chars().last().unwrap_or(' ');
        }
    }
    words
}

/// Records what the templates of a site's files see, with a text laid over the site.
fn record(path: &Path, with: &str, seen: &Record) {
    let sources = Sources::new();
    let mut report = Report::new();
    let files = read_site(&sources, path).unwrap().into_iter().map(|text| text.file).collect();
    let with = vec![sources.add("with.yaml", with).unwrap()];
    let written = read(&sources, &Texts { files, with }, &mut report);
    if report.stops() {
        return;
    }
    let site = resolve::resolve(written, "site.yaml", &sources, &mut report);
    if report.has_errors() {
        return;
    }
    let view = Value::from_serializable(&site_view(&site));
    let mut engines: BTreeMap<String, Tera> = BTreeMap::new();
    for planned in &plan(&site, &mut report).files {
        let Body::Template { name, view: values, pieces } = &planned.file.body else { continue };
        let dialect = planned.output.dialect_of(name);
        let made = engines.entry(format!("{dialect:?}")).or_insert_with(|| engine(dialect, &view, seen));
        let mut recorder = Recorder { engine: made, seen };
        recorder.run(name, values);
        if let Some(pieces) = pieces {
            pieces(&mut recorder).unwrap();
        }
    }
}

#[test]
fn the_table_of_template_values_is_up_to_date() {
    let seen = Record::default();
    for case in cases(&["examples", "tests/cases", "tests/rules", "tests/shapes"]) {
        record(&case.join("site.yaml"), "{}", &seen);
    }
    // No case has a secret behind Apache, or a loader that is told where the script is.
    let chain = "{ dhcp: { daemon: external }, loaders: { build: { embed: chain } } }";
    for with in ["http: { daemon: apache }", chain] {
        record(Path::new("tests/cases/installers/site.yaml"), with, &seen);
    }
    let seen = seen.lock().unwrap();
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(HEAD).expect("the head of the table");
    let length: usize =
        rest.split_inclusive('\n').take_while(|line| line.starts_with('|')).map(str::len).sum();
    let (old, after) = rest.split_at(length);
    let notes: BTreeMap<&str, &str> = old
        .lines()
        .filter_map(|row| {
            let cells: Vec<&str> = row.split('|').map(str::trim).collect();
            Some((cells.get(1)?.trim_matches('`'), *cells.get(4)?))
        })
        .collect();
    let mut table = String::new();
    let mut never = Vec::new();
    for output in OUTPUTS {
        for (name, _) in output.templates() {
            let of = singular(name.rsplit('/').next().unwrap());
            let elsewhere: BTreeSet<&str> = seen
                .included
                .keys()
                .filter(|included| included.starts_with(&format!("{}/", output.name())))
                .map(|included| singular(included.rsplit('/').next().unwrap()))
                .filter(|included| *included != of)
                .collect();
            let sees = if let Some(shape) = seen.direct.get(*name) {
                shape.names(&elsewhere)
            } else if let Some(shape) = seen.included.get(*name) {
                match shape.names(&elsewhere) {
                    names if names.is_empty() => "included".to_owned(),
                    names => format!("included, with {names}"),
                }
            } else {
                never.push(*name);
                continue;
            };
            let language = format!("{:?}", output.dialect_of(name)).to_lowercase();
            let note = notes.get(name).copied().unwrap_or_default();
            table.push_str(&format!("| `{name}` | {language} | {sees} | {note} |\n").replace("  |", " |"));
        }
    }
    assert!(never.is_empty(), "no case renders {never:?}");
    // A value that a template asks for is in the table, so some case gives it.
    for (name, text) in OUTPUTS.iter().flat_map(|output| output.templates()) {
        let output = name.split('/').next().unwrap();
        for before in text.split(" is defined").collect::<Vec<_>>().split_last().unwrap().1 {
            let path = before.rsplit(|c: char| c != '.' && c != '_' && !c.is_ascii_alphanumeric());
            let asked = path.map(|path| path.rsplit('.').next().unwrap()).next().unwrap();
            let rows = table.lines().filter(|row| row.starts_with(&format!("| `{output}/")));
            let mut words = rows.filter_map(|row| row.split('|').nth(3)).flat_map(|sees| sees.split('`'));
            let known = words.any(|word| word.trim_end_matches("[]").trim_end_matches('?') == asked);
            assert!(known, "no case gives `{asked}` to {name}");
        }
    }
    if updating() {
        fs::write(PAGE, format!("{before}{HEAD}{table}{after}")).unwrap();
        return;
    }
    assert!(
        old == table,
        "{PAGE} is out of date: UPDATE=1 cargo test --test suite the_table_of_template_values rewrites it"
    );
}
