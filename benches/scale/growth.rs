//! `--growth`: twice as much of anything that a site, or a file that `import` reads, can hold takes at most 2.3 times the
//! instructions.
//!
//! The shapes are made from the JSON schema of site.yaml: one for each list and each mapping with names of the user's
//! own, so that a new key has a shape at once. Those that no schema shows, such as braces in a text, are in
//! [`super::texts`], and those of imported files in [`super::imports`]. Instructions are counted by valgrind, because they
//! do not depend on the clock, on other work of the machine or on its cache. `--growth PART` measures the shapes whose name contains the part.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Map, Value, json};

use super::imports::imports;
use super::texts::texts;

/// The sizes that are compared; the second is twice the first. What compares each item with each other one costs more
/// than all else there.
const SIZES: [usize; 2] = [2_000, 4_000];

/// The law. Sorting takes 2.2 times at these sizes; what is quadratic takes four times.
const LAW: f64 = 2.3;

/// A shape that costs less than this is cheap at any size where it matters: the smaller size takes a few milliseconds.
const CHEAP: u64 = 15_000_000;

/// Writes a site of some size into a folder, as `site.yaml`; or the files that `import` reads.
pub type Make = Box<dyn Fn(usize, &Path) -> Result<()> + Send + Sync>;

/// Something that can be of any size.
struct Shape {
    name: String,
    make: Make,
    /// The arguments of the program that reads it.
    arguments: Vec<&'static str>,
}

impl Shape {
    /// A site, which is checked.
    fn site((name, make): (String, Make)) -> Self {
        Self { name, make, arguments: vec!["check", "site.yaml"] }
    }

    /// A file, which is imported.
    fn import((name, file, make): (String, &'static str, Make)) -> Self {
        Self { name, make, arguments: vec!["import", file, "-o", "new/site.yaml"] }
    }
}

/// Measures every shape, and fails if one breaks the law.
pub fn growth(part: &str, dir: &Path) -> Result<()> {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        ensure!(
            std::env::var_os("CI").is_none(),
            "valgrind is not installed, and no check may be skipped in CI"
        );
        println!("skipped: valgrind, which counts the instructions, is not installed");
        return Ok(());
    }
    let dir = dir.join("growth");
    fs::create_dir_all(&dir)?;
    let schema = Command::new(env!("CARGO_BIN_EXE_ipxegen")).arg("schema").output()?;
    let schema: Value = serde_json::from_slice(&schema.stdout).context("the schema is no JSON")?;
    let mut shapes: Vec<Shape> = places(&schema)
        .into_iter()
        .map(|place| {
            let name = place.name();
            let make = move |size, dir: &Path| Ok(fs::write(dir.join("site.yaml"), place.site(size))?);
            Shape::site((name, Box::new(make)))
        })
        .collect();
    ensure!(shapes.len() > 100, "the schema has only {} lists and mappings", shapes.len());
    shapes.extend(texts().map(Shape::site));
    shapes.extend(imports().map(Shape::import));
    shapes.retain(|shape| shape.name.contains(part));
    ensure!(!shapes.is_empty(), "no shape has a name with `{part}`");
    let base: Make = Box::new(|_, dir| Ok(fs::write(dir.join("site.yaml"), base().to_string())?));
    let none = instructions(&dir.join("none"), &Shape::site((String::new(), base)), 0)?;

    let next = AtomicUsize::new(0);
    let measured = Mutex::new(Vec::new());
    let work = || -> Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(shape) = shapes.get(at) else { return Ok(()) };
            let cost = |size: usize| -> Result<u64> {
                let cost = instructions(&dir.join(format!("{at}-{size}")), shape, size);
                Ok(cost.with_context(|| shape.name.clone())?.saturating_sub(none))
            };
            let [small, big] = SIZES;
            let mut costs = [cost(small)?, cost(big)?];
            // A cost that begins at some size, such as that of a summary, is a step and no growth: the increases decide.
            if breaks(costs) {
                let [first, second] = costs;
                costs = [second.saturating_sub(first), cost(2 * big)?.saturating_sub(second)];
            }
            if let Ok(mut measured) = measured.lock() {
                measured.push((shape.name.clone(), costs));
            }
        }
    };
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..std::thread::available_parallelism().map_or(1, usize::from))
            .map(|_| scope.spawn(work))
            .collect();
        workers
            .into_iter()
            .try_for_each(|worker| worker.join().unwrap_or_else(|_| bail!("a worker panicked")))
    })?;
    fs::remove_dir_all(&dir)?;

    let mut measured = measured.into_inner().unwrap_or_default();
    measured.sort_by(|a, b| ratio(b.1).total_cmp(&ratio(a.1)).then_with(|| a.0.cmp(&b.0)));
    let mut broken = 0;
    for (name, costs) in measured {
        broken += usize::from(breaks(costs));
        let mark = if breaks(costs) { "  <- breaks the law" } else { "" };
        println!("{:5.2}  {:9.1} M  {name}{mark}", ratio(costs), costs[1] as f64 / 1e6);
    }
    ensure!(broken == 0, "{broken} shapes take more than {LAW} times the instructions for twice as much");
    Ok(())
}

/// Whether two costs break the law.
fn breaks(costs: [u64; 2]) -> bool {
    costs[0] > CHEAP / 4 && costs[1] > CHEAP && ratio(costs) > LAW
}

fn ratio([small, big]: [u64; 2]) -> f64 {
    big as f64 / small.max(1) as f64
}

/// The instructions of the program, on one processor, whatever it says of the files.
fn instructions(dir: &Path, shape: &Shape, size: usize) -> Result<u64> {
    fs::create_dir_all(dir)?;
    (shape.make)(size, dir)?;
    let ran = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", "--log-fd=2"])
        .arg(env!("CARGO_BIN_EXE_ipxegen"))
        .args(&shape.arguments)
        .current_dir(dir)
        .output()
        .context("valgrind counts the instructions; the package is `valgrind`")?;
    fs::remove_dir_all(dir)?;
    let said = String::from_utf8_lossy(&ran.stderr);
    ensure!(matches!(ran.status.code(), Some(0 | 1)), "{:?}: {said:.2000}", ran.status);
    let count = said
        .lines()
        .rev()
        .find_map(|line| line.split_once(" refs:").filter(|(before, _)| before.contains("== I")))
        .context("valgrind counted nothing")?;
    Ok(count.1.trim().replace(',', "").parse()?)
}

/// A step from the site to a list or mapping.
#[derive(Clone, PartialEq, Eq)]
enum Step {
    /// The value of a key.
    Key(String),
    /// The value of a name of the user's own.
    Name,
    /// An item of a list.
    Item,
}

/// A list or mapping of the site that can have any number of items.
struct Place {
    steps: Vec<Step>,
    is_map: bool,
    /// The schemas of the values on the way, with required keys; one more than steps.
    around: Vec<Map<String, Value>>,
    /// The schema of an item.
    item: Value,
    /// The definitions of the schema.
    definitions: Value,
}

impl Place {
    fn name(&self) -> String {
        let steps = self.steps.iter().map(|step| match step {
            Step::Key(key) => key.as_str(),
            Step::Name => "NAME",
            Step::Item => "[]",
        });
        let kind = if self.is_map { "{}" } else { "[]" };
        format!("{} {kind}", steps.collect::<Vec<_>>().join("."))
    }

    /// A site with so many items in this place.
    fn site(&self, size: usize) -> String {
        let key = self.steps.iter().rev().find_map(|step| match step {
            Step::Key(key) => Some(key.as_str()),
            Step::Name | Step::Item => None,
        });
        let key = key.unwrap_or_default();
        let sample = |at| self.sample(&self.item, key, at, 0);
        let mut value = if self.is_map {
            Value::Object((0..size).map(|at| (name(key, at), sample(at))).collect())
        } else {
            Value::Array((0..size).map(sample).collect())
        };
        // From the place outwards: the value in its list or mapping, beside the keys that are required there.
        for (step, around) in self.steps.iter().zip(&self.around).rev() {
            value = match step {
                Step::Item => json!([value]),
                Step::Name => json!({ "a": value }),
                Step::Key(key) => {
                    let mut map = Map::new();
                    for required in required(around) {
                        let schema = around.get("properties").and_then(|keys| keys.get(&required));
                        map.insert(
                            required.clone(),
                            self.sample(schema.unwrap_or(&Value::Null), &required, 0, 0),
                        );
                    }
                    map.insert(key.clone(), value);
                    Value::Object(map)
                }
            };
        }
        let mut site = base();
        merge(&mut site, value);
        // JSON is YAML.
        serde_json::to_string_pretty(&site).unwrap_or_default()
    }

    /// A value that the schema accepts, different for each `at` where it can be.
    fn sample(&self, schema: &Value, key: &str, at: usize, depth: usize) -> Value {
        let schema = self.resolved(schema);
        if depth > 6 {
            return Value::Null;
        }
        if let Some(value) = by_key(key, at) {
            return value;
        }
        for several in ["anyOf", "oneOf"] {
            if let Some(Value::Array(all)) = schema.get(several) {
                // An object says most.
                let object = all.iter().find(|one| self.resolved(one).get("properties").is_some());
                return object
                    .or_else(|| all.first())
                    .map_or(Value::Null, |one| self.sample(one, key, at, depth + 1));
            }
        }
        if let Some(constant) = schema.get("const") {
            return constant.clone();
        }
        if let Some(Value::Array(all)) = schema.get("enum") {
            return all.get(at % all.len().max(1)).cloned().unwrap_or_default();
        }
        if let Some(properties) = schema.get("properties") {
            let map = schema.as_object().map(required).unwrap_or_default().into_iter().map(|required| {
                let value = self.sample(&properties[&required], &required, at, depth + 1);
                (required, value)
            });
            return Value::Object(map.collect());
        }
        let kinds = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.clone(),
            Some(kind) => vec![kind.clone()],
            None => Vec::new(),
        };
        match kinds.first().and_then(Value::as_str) {
            Some("boolean") => json!(true),
            Some("integer" | "number") => json!(at),
            Some("array") => json!([self.sample(&schema["items"], key, at, depth + 1)]),
            Some("object") => json!({}),
            _ => json!(format!("x{at}")),
        }
    }

    fn resolved<'v>(&'v self, schema: &'v Value) -> &'v Value {
        let mut schema = schema;
        while let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            schema = &self.definitions[reference.rsplit('/').next().unwrap_or_default()];
        }
        schema
    }
}

/// A small valid site that every shape is laid over.
fn base() -> Value {
    json!({
        "servers": { "boot": { "ip": "10.0.0.200/8", "interfaces": ["eth0"] } },
        "subnets": { "lan": { "cidr": "10.0.0.0/8", "routers": "10.0.0.1" } },
        "boot_entries": { "disk": { "kind": "local" } },
    })
}

/// Lays `over` over `site`; a name `a` that the site has under another name takes that name.
fn merge(site: &mut Value, over: Value) {
    match (site, over) {
        (Value::Object(site), Value::Object(over)) => {
            for (key, value) in over {
                let key = match (key.as_str(), site.len()) {
                    ("a", 1) => site.keys().next().cloned().unwrap_or(key),
                    _ => key,
                };
                merge(site.entry(key).or_insert(Value::Null), value);
            }
        }
        (site, over) => *site = over,
    }
}

fn required(schema: &Map<String, Value>) -> Vec<String> {
    let all = schema.get("required").and_then(Value::as_array);
    all.into_iter().flatten().filter_map(|key| key.as_str().map(str::to_owned)).collect()
}

/// A name of the user's own, or the key of a mapping whose keys have a form.
fn name(key: &str, at: usize) -> String {
    match key {
        "vendor_options" => (at % 254 + 1).to_string(),
        _ => format!("n{at}"),
    }
}

/// Distinct valid values for keys whose form the schema tells by a pattern only.
fn by_key(key: &str, at: usize) -> Option<Value> {
    let address = format!("10.{}.{}.{}", 1 + (at >> 16), (at >> 8) & 255, at & 255);
    let text = match key {
        "mac" => format!("02:00:00:{:02x}:{:02x}:{:02x}", at >> 16, (at >> 8) & 255, at & 255),
        "dns" | "routers" | "ntp" | "portals" | "to" => address,
        "ip" if at == 0 => return Some(json!("10.1.0.0")),
        "ip" | "ranges" | "range" => address,
        "cidr" => format!("11.{}.{}.0/24", at >> 8, at & 255),
        "ip6" | "dns6" | "ranges6" => format!("2001:db8::{at:x}"),
        "kind" => "chain".to_owned(),
        "url" => format!("http://10.0.0.200/{at}"),
        "vars" => format!("text{at}"),
        "allow" => "a reason".to_owned(),
        "path" => format!("/srv/n{at}"),
        "group" | "clients" | "subnets" | "not" => format!("n{at}"),
        "domain_search" => format!("d{at}.example.org"),
        "vendor_class" | "user_class" | "circuit_id" | "remote_id" | "client_id" => format!("vendor {at}"),
        "cmdline" | "cmdline_extra" | "initrd" | "lines" | "interfaces" => format!("a{at}"),
        "target" => format!("iqn.2020-01.org.example:n{at}"),
        "items" | "boot" => "disk".to_owned(),
        "code" => return Some(json!(230)),
        "match" => return Some(json!({ "vendor_class": format!("vendor {at}") })),
        "options" => return Some(json!({ "code": 224 + at % 30, "text": format!("text {at}") })),
        _ => return None,
    };
    Some(json!(text))
}

/// The lists and mappings of a schema, once for each definition that has them.
fn places(schema: &Value) -> Vec<Place> {
    let mut walk = Walk {
        definitions: &schema["$defs"],
        seen: BTreeSet::new(),
        steps: Vec::new(),
        around: Vec::new(),
        found: Vec::new(),
    };
    walk.value(schema, &mut Vec::new(), "site");
    // The kinds of boot entry repeat common keys, and `allow` is read by one function everywhere but in a host.
    let mut names = BTreeSet::new();
    let allows = ["allow {}", "hosts.NAME.allow {}"];
    walk.found.retain(|place| {
        let name = place.name();
        (allows.contains(&name.as_str()) || !name.ends_with("allow {}")) && names.insert(name)
    });
    walk.found
}

struct Walk<'v> {
    definitions: &'v Value,
    /// The definition and the path inside it.
    seen: BTreeSet<String>,
    steps: Vec<Step>,
    around: Vec<Map<String, Value>>,
    found: Vec<Place>,
}

impl<'v> Walk<'v> {
    /// Walks through a schema. `open` are the definitions around it, `inside` the path inside the last of them.
    fn value(&mut self, schema: &'v Value, open: &mut Vec<&'v str>, inside: &str) {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let name = reference.rsplit('/').next().unwrap_or_default();
            if !open.contains(&name) {
                open.push(name);
                self.value(&self.definitions[name], open, name);
                open.pop();
            }
            return;
        }
        for several in ["anyOf", "oneOf", "allOf"] {
            for one in schema.get(several).and_then(Value::as_array).into_iter().flatten() {
                self.value(one, open, inside);
            }
        }
        if let Some(items) = schema.get("items") {
            self.place(false, items, inside);
            self.step(Step::Item, schema, items, open, &format!("{inside}[]"));
        }
        if let Some(values) = schema.get("additionalProperties").filter(|values| values.is_object()) {
            self.place(true, values, inside);
            self.step(Step::Name, schema, values, open, &format!("{inside}{{}}"));
        }
        for (key, value) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
            self.step(Step::Key(key.clone()), schema, value, open, &format!("{inside}.{key}"));
        }
    }

    fn step(
        &mut self,
        step: Step,
        around: &'v Value,
        value: &'v Value,
        open: &mut Vec<&'v str>,
        inside: &str,
    ) {
        self.steps.push(step);
        self.around.push(around.as_object().cloned().unwrap_or_default());
        self.value(value, open, inside);
        self.steps.pop();
        self.around.pop();
    }

    fn place(&mut self, is_map: bool, item: &Value, inside: &str) {
        // The predefined entries have the keys of every other.
        let named = self.steps.first() == Some(&Step::Key("boot_entries".to_owned()))
            && matches!(self.steps.get(1), Some(Step::Key(_)));
        if !named && self.seen.insert(format!("{inside} {is_map}")) {
            self.found.push(Place {
                steps: self.steps.clone(),
                is_map,
                around: self.around.clone(),
                item: item.clone(),
                definitions: self.definitions.clone(),
            });
        }
    }
}
