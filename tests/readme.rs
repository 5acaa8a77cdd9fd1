//! Tests of README.md and docs/*.md: their sites load, their commands run, their lists are complete.
//!
//! The word behind the fence of a block says how it is tested:
//!
//! - `yaml`: a whole site. It renders without a finding.
//! - `yaml fragment`: keys of a site. The test merges them into the first whole site of the page, and the result
//!   renders without a finding.
//! - `console`: each line that begins with `$ ` is a command. It runs in a scratch folder, one for each page, and prints
//!   the lines below it; a line `…` stands for any number of lines. The folder contains `examples`, and the first whole
//!   site of the page as `site.yaml`.
//! - `console root`: the same, where root runs the tests and every DHCP server is installed.
//! - `LANGUAGE file PATH`: a file, which the test writes into that folder.
//! - `guard LANGUAGE`: each line is `TEMPLATE with VALUE gives TEXT` or `TEMPLATE with VALUE is refused`, under the guard
//!   of that language.
//! - `yaml ansible`: YAML for another program. It parses.
//! - `probe FAULT`: a command and its output, beside a server with that fault (tests/ten_boots.rs).
//! - `yaml fails`, `yaml passes`: keys of a site that break the rule of the heading above, or do not.
//!
//! Any other block (`sh`, `text` …) is not tested.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use ipxegen::dialects::{Dialect, refusal};
use serde_yaml::Value;

use crate::support::{require, require_root};

/// A fenced block of a page.
pub struct Block {
    /// The page and the line of its fence.
    pub place: String,
    /// The heading above it.
    pub heading: String,
    /// The words after the fence.
    pub info: String,
    pub text: String,
}

/// A page by its path in the repository.
pub struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    pub fn of(path: &str) -> Self {
        let path = PathBuf::from(path);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    pub fn blocks(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut lines = self.text.lines().enumerate();
        let mut heading = String::new();
        while let Some((at, line)) = lines.next() {
            if let Some(text) = line.strip_prefix('#') {
                heading = text.trim_start_matches(['#', ' ']).to_owned();
            }
            let Some(info) = line.strip_prefix("```") else { continue };
            let place = format!("{}:{}", self.path.display(), at + 1);
            let mut text = String::new();
            for (_, line) in lines.by_ref().take_while(|(_, line)| *line != "```") {
                text.push_str(line);
                text.push('\n');
            }
            blocks.push(Block { place, heading: heading.clone(), info: info.to_owned(), text });
        }
        blocks
    }
}

/// README.md and every page of docs.
fn pages() -> Vec<Page> {
    let docs = fs::read_dir("docs").unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = docs.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    paths.push("README.md".into());
    paths.sort();
    paths.iter().map(|path| Page::of(path.to_str().unwrap())).collect()
}

/// A scratch folder, with a site in it.
fn scratch(site: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("site.yaml"), site).unwrap();
    symlink(fs::canonicalize("examples").unwrap(), folder.path().join("examples")).unwrap();
    folder
}

/// Runs a command line in a folder, `ipxegen` being the program under test.
fn shell(command: &str, folder: &Path) -> Output {
    let bin = Path::new(env!("CARGO_BIN_EXE_ipxegen")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap_or_default());
    let run = format!("umask 022\nexec 2>&1\n{command}\n");
    let mut shell = Command::new("sh");
    shell.args(["-c", &run]).current_dir(folder).env_clear();
    shell.env("PATH", path).env("LC_ALL", "C.UTF-8").env("TMPDIR", folder).output().unwrap()
}

/// The findings of a site as text; empty if there are none.
fn findings(site: &str) -> String {
    let folder = scratch(site);
    let output = shell("ipxegen render -q; code=$?; [ $code = 0 ] || echo exit $code", folder.path());
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn sites_of_the_pages_render_without_findings() {
    let mut wrong = Vec::new();
    for page in pages() {
        let blocks = page.blocks();
        let frame = blocks.iter().find(|block| block.info == "yaml");
        for block in blocks.iter().filter(|block| block.info.split(' ').next() == Some("yaml")) {
            let site = match block.info.as_str() {
                "yaml" => block.text.clone(),
                "yaml fragment" => {
                    let frame =
                        frame.unwrap_or_else(|| panic!("{}: the page has no whole site", block.place));
                    let mut site: Value = serde_yaml::from_str(&frame.text).unwrap();
                    let over = serde_yaml::from_str(&block.text);
                    lay(&mut site, over.unwrap_or_else(|error| panic!("{}: {error}", block.place)));
                    serde_yaml::to_string(&site).unwrap()
                }
                "yaml ansible" => {
                    let read = serde_yaml::from_str::<Value>(&block.text);
                    read.unwrap_or_else(|error| panic!("{}: {error}", block.place));
                    continue;
                }
                // These have a test of their own.
                "yaml fails" | "yaml passes" => continue,
                info if info.contains(" file ") => continue,
                info => panic!("{}: what is a block `{info}`?", block.place),
            };
            let found = findings(&site);
            if !found.is_empty() {
                wrong.push(format!("{}:\n{found}", block.place));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// In the reference of rules, each example that fails breaks its rule, and each example that passes does not.
#[test]
fn examples_of_rules_fail_and_pass_as_they_say() {
    const REST: &str = "servers: { boot: { ip: 10.0.0.200, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.90-10.0.0.99 } }
";
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for block in Page::of("docs/rules.md").blocks() {
        let fails = match block.info.as_str() {
            "yaml fails" => true,
            "yaml passes" => false,
            _ => continue,
        };
        let mut site: serde_yaml::Mapping = serde_yaml::from_str(REST).unwrap();
        let over: serde_yaml::Mapping = serde_yaml::from_str(&block.text).unwrap();
        site.extend(over);
        let found = findings(&serde_yaml::to_string(&site).unwrap());
        tried += 1;
        if found.contains(&format!("[{}]", block.heading)) != fails {
            wrong.push(format!("{}: {}\n{found}", block.place, block.heading));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(tried > 100, "only {tried} examples");
}

#[test]
fn the_tour_is_one_site() {
    let blocks = Page::of("docs/tour.md").blocks();
    let mut site: Value = serde_yaml::from_str(&blocks[0].text).unwrap();
    for block in blocks.iter().filter(|block| block.info == "yaml fragment") {
        lay(&mut site, serde_yaml::from_str(&block.text).unwrap());
    }
    assert_eq!(findings(&serde_yaml::to_string(&site).unwrap()), "");
}

/// The steps of the tutorial add up to its last site, whose menu is the one in the picture.
#[test]
fn the_tutorial_is_one_site() {
    let blocks = Page::of("docs/tutorial.md").blocks();
    let read = |text: &str| serde_yaml::from_str::<Value>(text).unwrap();
    let mut site = read(&blocks.iter().find(|block| block.info == "yaml").unwrap().text);
    for block in blocks.iter().filter(|block| block.info.starts_with("yaml file steps/")) {
        lay(&mut site, read(&block.text));
    }
    let last = &blocks.iter().find(|block| block.info == "yaml file classroom.yaml").unwrap().text;
    assert_eq!(site, read(last));
    assert_eq!(findings(last), "");

    let folder = scratch(last);
    let menu = |site: &str| {
        let output =
            shell(&format!("ipxegen render --stdout var/www/html/install.ipxe {site}"), folder.path());
        let text = String::from_utf8(output.stdout).unwrap();
        let (_, items) = text.split_once("\nmenu ").unwrap_or_else(|| panic!("{text}"));
        items.split("\nchoose").next().unwrap().to_owned()
    };
    assert_eq!(menu("site.yaml"), menu("examples/classroom/site.yaml"));
}

/// Merges a fragment into a site: maps merge key by key, all other values replace.
pub fn lay(under: &mut Value, over: Value) {
    match (under, over) {
        (Value::Mapping(under), Value::Mapping(over)) => {
            for (key, value) in over {
                match under.get_mut(&key) {
                    Some(known) => lay(known, value),
                    None => {
                        under.insert(key, value);
                    }
                }
            }
        }
        (under, over) => *under = over,
    }
}

#[test]
fn commands_of_the_pages_print_what_stands_there() {
    for page in pages() {
        let blocks = page.blocks();
        let site = blocks.iter().find(|block| block.info == "yaml").map_or("", |block| block.text.as_str());
        let folder = scratch(site);
        for block in &blocks {
            if let Some((_, path)) = block.info.split_once(" file ") {
                let path = folder.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, &block.text).unwrap();
            }
            for (command, expected) in commands(block) {
                let output = shell(&command, folder.path());
                let printed = String::from_utf8_lossy(&output.stdout);
                assert!(
                    fits(&expected, &printed.lines().collect::<Vec<_>>()),
                    "{}: `{command}` prints\n~~~\n{printed}~~~\nand not\n~~~\n{}\n~~~",
                    block.place,
                    expected.join("\n")
                );
            }
        }
    }
}

/// The commands of a block, each with the lines that it prints. A `\` at the end of a line continues the command.
fn commands(block: &Block) -> Vec<(String, Vec<&str>)> {
    let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
    let mut goes_on = false;
    let runs = match block.info.as_str() {
        "console" => true,
        "console root" => {
            let programs = ["unshare", "setpriv", "ip", "dhcpd", "kea-dhcp4", "dnsmasq"];
            programs.into_iter().all(require) && require_root()
        }
        _ => false,
    };
    for line in block.text.lines().filter(|_| runs) {
        match (line.strip_prefix("$ "), commands.last_mut()) {
            (Some(command), _) => commands.push((command.to_owned(), Vec::new())),
            (None, Some((command, _))) if goes_on => {
                command.push('\n');
                command.push_str(line);
            }
            (None, Some((_, expected))) => expected.push(line),
            (None, None) => panic!("a console block begins with `$ `"),
        }
        goes_on = line.ends_with('\\') && (goes_on || line.starts_with("$ "));
    }
    commands
}

/// Whether lines are as expected, `…` standing for any number of them.
pub fn fits(expected: &[&str], printed: &[&str]) -> bool {
    match expected.split_first() {
        None => printed.is_empty(),
        Some((&"…", rest)) => (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..])),
        Some((line, rest)) => printed.first() == Some(line) && fits(rest, &printed[1..]),
    }
}

#[test]
fn guards_refuse_what_the_pages_say() {
    let mut seen = 0;
    for block in pages().iter().flat_map(Page::blocks) {
        let Some(language) = block.info.strip_prefix("guard ") else { continue };
        let dialect =
            Dialect::ALL.iter().copied().find(|known| format!("{known:?}").to_lowercase() == language);
        let engine = dialect.unwrap_or_else(|| panic!("{}: no language {language}", block.place)).engine();
        for line in block.text.lines() {
            seen += 1;
            let (template, rest) = line.split_once(" with ").expect(line);
            let (value, expected) = match rest.split_once(" gives ") {
                Some((value, text)) => (value, Some(text)),
                None => (rest.strip_suffix(" is refused").expect(line), None),
            };
            let mut engine = engine.clone();
            engine.add_raw_template("t", template.trim_end()).unwrap();
            let mut view = tera::Context::new();
            let value: serde_json::Value = serde_json::from_str(value.trim_end()).expect(line);
            view.insert("v", &value);
            match (engine.render("t", &view), expected) {
                (Ok(printed), Some(text)) => assert_eq!(printed, text, "{}: {line}", block.place),
                (Ok(printed), None) => panic!("{}: {line}: gives {printed}", block.place),
                (Err(error), Some(_)) => {
                    panic!(
                        "{}: {line}: {}",
                        block.place,
                        refusal(&error).unwrap_or_else(|| error.to_string())
                    );
                }
                (Err(_), None) => {}
            }
        }
    }
    assert!(seen > 0);
}

/// The tables behind `<!-- keys: NAME NAME -->` have the keys of these mappings and no other, and each mapping has
/// a table.
#[test]
fn the_reference_has_every_key_and_no_other() {
    let page = Page::of("docs/site.md").text;
    let mut mappings = ipxegen::schema::mappings(ipxegen::boot::json_schema);
    assert!(mappings.len() > 40, "{:?}", mappings.keys());
    let mut wrong = Vec::new();
    for rest in page.split("<!-- keys: ").skip(1) {
        let (names, table) = rest.split_once(" -->\n").unwrap();
        let mut keys = BTreeSet::new();
        for name in names.split(' ') {
            match mappings.remove(name) {
                Some(mapping) => keys.extend(mapping.iter().map(|key| key.name.to_owned())),
                None => wrong.push(format!("{names}: there is no other mapping `{name}`")),
            }
        }
        let listed = first_column(table);
        wrong.extend(keys.difference(&listed).map(|key| format!("{names}: `{key}` is missing")));
        wrong.extend(listed.difference(&keys).map(|key| format!("{names}: there is no key `{key}`")));
    }
    // Two keys that each choose one form of a value; the text shows both.
    for name in ["Forms", "ItemForms"] {
        mappings.remove(name);
    }
    wrong.extend(mappings.keys().map(|name| format!("no table behind `<!-- keys: {name} -->`")));
    assert!(wrong.is_empty(), "docs/site.md:\n  {}", wrong.join("\n  "));
}

#[test]
fn the_reference_has_every_kind() {
    let page = Page::of("docs/site.md").text;
    let kinds = section(&page, "### Kinds");
    for kind in ipxegen::boot::KINDS {
        assert!(kinds.contains(&format!("`{}`", kind.word)), "docs/site.md lacks the kind {}", kind.word);
    }
    for info in &ipxegen::model::CLIENT_KINDS {
        assert!(page.contains(&format!("`{}`", info.name)), "docs/site.md lacks {}", info.name);
    }
    for option in ipxegen::model::IPXE_OPTIONS.iter().filter(|option| option.settable) {
        assert!(page.contains(&format!("`{}`", option.name)), "docs/site.md lacks {}", option.name);
    }
}

/// The words in backquotes in the first column of the table that a text begins with.
fn first_column(text: &str) -> BTreeSet<String> {
    let rows = text.lines().skip_while(|line| line.is_empty()).take_while(|line| line.starts_with('|'));
    rows.skip(2).filter_map(|row| row.split('|').nth(1)).flat_map(ticked).collect()
}

/// The words in backquotes.
fn ticked(text: &str) -> Vec<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The text below a heading, up to the next heading of the same rank or above.
fn section<'p>(page: &'p str, heading: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("{heading}\n")).unwrap_or_else(|| panic!("no `{heading}`"));
    let rank = heading.split(' ').next().unwrap().len();
    let ends = (2..=rank).filter_map(|rank| rest.find(&format!("\n{} ", "#".repeat(rank))));
    &rest[..ends.min().unwrap_or(rest.len())]
}

#[test]
fn the_template_authors_page_lists_all_blocks() {
    let page = Page::of("docs/templates.md").text;
    for (name, text) in ipxegen::outputs::OUTPUTS.iter().flat_map(|output| output.templates()) {
        let blocks: Vec<_> =
            text.split("{% block ").skip(1).filter_map(|rest| rest.split(' ').next()).collect();
        let row = page.lines().find_map(|line| line.strip_prefix(&format!("| `{name}` | `")));
        let listed = row.map_or(Vec::new(), |row| ticked(&format!("`{row}")));
        assert_eq!(listed, blocks, "the blocks of {name}");
    }
}

#[test]
fn the_reference_names_the_outputs_of_each_scope_of_raw() {
    use ipxegen::outputs::{RawScope, raw_outputs};
    let page = Page::of("docs/site.md").text;
    for (row, scope) in [
        ("| the site |", RawScope::Site),
        ("| `dhcp` |", RawScope::Dhcp),
        ("| a subnet, group or host |", RawScope::Clients),
        ("| `smb`, a share |", RawScope::Smb),
    ] {
        let listed = section(&page, "### raw").lines().find_map(|line| line.strip_prefix(row)).unwrap();
        let listed: BTreeSet<_> = ticked(listed).into_iter().collect();
        let known: BTreeSet<_> = raw_outputs(scope).map(|output| output.name().to_owned()).collect();
        assert_eq!(listed, known, "{row}");
    }
}

#[test]
fn the_page_on_rendering_names_the_outputs() {
    let page = Page::of("docs/using.md").text;
    for output in ipxegen::outputs::OUTPUTS {
        assert!(page.contains(&format!("`{}`", output.name())), "docs/using.md lacks {}", output.name());
    }
}

#[test]
fn the_starter_teaches_without_findings() {
    let starter = fs::read_to_string("examples/starter.yaml").unwrap();
    assert_eq!(findings(&starter), "");
    // All examples in comments work, all at once. A comment that is prose has one blank behind its `#`; an example has
    // none, or its indentation.
    let example = |line: &&str| !line.starts_with("# ") || line.starts_with("#  ");
    let uncovered = |line| match Some(line).filter(example).and_then(|line: &str| line.strip_prefix('#')) {
        Some(example) => example,
        None => line,
    };
    let whole: String = starter.lines().map(uncovered).flat_map(|line| [line, "\n"]).collect();
    assert_ne!(whole, starter);
    assert_eq!(findings(&whole), "");
}

/// The command that copies a tree leaves the owners and modes of existing folders alone.
#[test]
fn copying_a_tree_leaves_folders_as_they_are() {
    let page = Page::of("docs/using.md").text;
    let command =
        page.lines().find(|line| line.starts_with("tar -C out/boot ")).expect("the copying command");
    let folder = scratch("");
    let root = folder.path().join("root");
    for (path, mode) in [("", 0o755), ("etc", 0o711), ("etc/dhcp", 0o2775), ("var", 0o700), ("data", 0o750)] {
        fs::create_dir_all(root.join(path)).unwrap();
        fs::set_permissions(root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }
    symlink("../data", root.join("var/www")).unwrap();
    fs::write(root.join("etc/dhcp/dhcpd.conf"), "# the old one\n").unwrap();
    fs::set_permissions(root.join("etc/dhcp/dhcpd.conf"), fs::Permissions::from_mode(0o600)).unwrap();
    let command = command.replace("sudo ", "").replace(" -C / ", " -C root ");
    let keep = page.lines().find(|line| line.starts_with("(cd out/boot && find . -type f) |")).unwrap();
    let keep = keep.replace("sudo ", "").replace(" -C / ", " -C root ");
    let render = "ipxegen render -q examples/classroom/site.yaml && chmod 0700 out/boot/etc";
    let kept = shell(&format!("{render} && {keep} && tar -tf before-ipxegen.tar.gz"), folder.path());
    let kept = String::from_utf8_lossy(&kept.stdout).into_owned();
    assert_eq!(
        kept.lines().filter(|line| line.starts_with("./")).collect::<Vec<_>>(),
        ["./etc/dhcp/dhcpd.conf"]
    );
    let output = shell(&format!("umask 077 && {command}"), folder.path());
    assert!(
        output.status.success() && output.stdout.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );

    let mode = |path: &str| fs::metadata(root.join(path)).unwrap().mode() & 0o7777;
    for (path, wanted) in [("etc", 0o711), ("etc/dhcp", 0o2775), ("var", 0o700), ("data", 0o750)] {
        assert_eq!(mode(path), wanted, "{path} was there");
    }
    for path in ["etc/samba", "etc/tmpfiles.d", "data/html"] {
        assert_eq!(mode(path), 0o755, "{path} was not there");
    }
    assert!(root.join("var/www").is_symlink());
    assert_eq!(mode("etc/dhcp/dhcpd.conf"), 0o644);
    for path in ["etc/dhcp/dhcpd.conf", "data/html/install.ipxe"] {
        assert!(fs::read_to_string(root.join(path)).unwrap().contains("Made by ipxegen"), "{path}");
    }
}

/// Every link to a file of the repository leads to a file, and every `#heading` to a heading of it.
#[test]
fn links_of_the_pages_lead_somewhere() {
    let mut more = vec!["CONTRIBUTING.md", "CHANGELOG.md"];
    more.extend(["contrib/ansible/README.md", "contrib/ci/README.md", "contrib/salt/README.md"]);
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for page in pages().into_iter().chain(more.into_iter().map(Page::of)) {
        let links = page.text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        for (link, _) in links.filter(|(link, _)| !link.contains("://") && !link.contains('`')) {
            tried += 1;
            let (path, heading) = link.split_once('#').map_or((link, None), |(path, to)| (path, Some(to)));
            let target = if path.is_empty() {
                page.path.clone()
            } else {
                page.path.parent().unwrap_or(Path::new("")).join(path)
            };
            let known = match heading {
                None => target.exists(),
                Some(heading) => {
                    fs::read_to_string(&target).is_ok_and(|text| anchors(&text).contains(heading))
                }
            };
            if !known {
                wrong.push(format!("{}: {link}", page.path.display()));
            }
        }
    }
    assert!(wrong.is_empty() && tried > 100, "of {tried} links lead nowhere:\n  {}", wrong.join("\n  "));
}

/// Every file of the repository that a page names in backquotes exists, unless it is a file to add (`x`, `NAME` …).
#[test]
fn files_that_the_pages_name_exist() {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for page in pages().into_iter().chain([Page::of("CONTRIBUTING.md")]) {
        for word in ticked(&page.text) {
            let ours = ["src/", "tests/", "templates/", "examples/", "contrib/", "fuzz/", "docs/"];
            let parts: Vec<&str> = word.split(['/', '.']).collect();
            let to_add = parts.iter().any(|part| *part == "x" || part.chars().any(char::is_uppercase));
            let is_path = word.chars().all(|c| c.is_alphanumeric() || "/._-".contains(c));
            if to_add || !is_path || !ours.iter().any(|folder| word.starts_with(folder)) {
                continue;
            }
            tried += 1;
            if !Path::new(&word).exists() {
                wrong.push(format!("{}: {word}", page.path.display()));
            }
        }
    }
    assert!(wrong.is_empty() && tried > 30, "of {tried} files are missing:\n  {}", wrong.join("\n  "));
}

/// The names by which links can lead to the headings of a page, as GitHub makes them.
fn anchors(page: &str) -> BTreeSet<String> {
    let mut in_block = false;
    let headings = page.lines().filter(|line| {
        in_block ^= line.starts_with("```");
        !in_block && line.starts_with('#')
    });
    let anchor = |heading: &str| {
        let text = heading.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        text.chars().filter(|c| c.is_alphanumeric() || matches!(c, '-' | '_')).collect()
    };
    headings.map(anchor).collect()
}

/// A first reader sees the two commands at once, and reads to the end.
#[test]
fn the_readme_is_short_and_begins_with_the_two_commands() {
    let page = Page::of("README.md").text;
    assert!(page.lines().count() <= 200, "the README has {} lines", page.lines().count());
    let commands = "\ncargo run --release -- render examples/classroom/site.yaml -o out\ntests/run\n";
    let at = page.find(commands).expect("the two commands, one after the other");
    assert!(page[..at].lines().count() < 20, "the two commands are not at the top");
}

#[test]
fn dots_stand_for_any_lines() {
    assert!(fits(&["a", "…", "d"], &["a", "b", "c", "d"]));
    assert!(fits(&["…"], &[]));
    assert!(!fits(&["a", "…", "d"], &["a", "b"]));
    assert!(!fits(&[], &["a"]));
    let text = "$ a \\\n  b\nc\n$ d\n".to_owned();
    let block = Block { place: String::new(), heading: String::new(), info: "console".to_owned(), text };
    assert_eq!(commands(&block), [("a \\\n  b".to_owned(), vec!["c"]), ("d".to_owned(), vec![])]);
}
