//! The formula, by a real Salt minion without a master: onto a root folder, and onto a server whose daemons run.

use serde_json::{Value, json};

use super::*;

/// A minion's configuration, and its file_roots with the formula.
fn minion(folder: &Path, id: &str) {
    let roots = folder.join("roots");
    fs::create_dir_all(&roots).unwrap();
    fs::create_dir_all(folder.join("conf")).unwrap();
    copy(Path::new("contrib/salt/ipxegen"), &roots);
    let run = folder.join("run");
    let text = json!({
        "id": id,
        "file_client": "local",
        "file_roots": { "base": [roots] },
        "root_dir": run,
        "pki_dir": run.join("pki"),
        "cachedir": run.join("cache"),
        "log_file": run.join("log"),
        "enable_legacy_startup_events": false,
    });
    fs::write(folder.join("conf/minion"), text.to_string()).unwrap();
}

fn apply(command: &mut Command, folder: &Path, pillar: &Value, test: bool) {
    command.arg("--local").arg("-c").arg(folder.join("conf"));
    command.args(["--retcode-passthrough", "--out", "json", "-l", "quiet", "state.apply", "ipxegen"]);
    command.arg(format!("pillar={pillar}")).arg(format!("test={test}"));
}

/// The results of the states: name, success, and whether something changed.
fn states(text: &str) -> Vec<(String, Value, bool)> {
    let from = text.find('{').unwrap_or_else(|| panic!("no answer:\n{text}"));
    let mut answers = serde_json::Deserializer::from_str(&text[from..]).into_iter::<Value>();
    let answer = answers.next().unwrap().unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let all = answer["local"].as_object().unwrap_or_else(|| panic!("no states:\n{text}"));
    all.values()
        .map(|state| {
            let changed = state["changes"].as_object().is_some_and(|changes| !changes.is_empty());
            (state["__id__"].as_str().unwrap_or_default().to_owned(), state["result"].clone(), changed)
        })
        .collect()
}

fn changed(text: &str) -> Vec<String> {
    states(text).into_iter().filter(|(_, _, changed)| *changed).map(|(name, ..)| name).collect()
}

#[test]
fn onto_a_root_folder() {
    if !(require("salt-call") && require("dhcpd") && require_root()) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    minion(folder, "head.example.org");
    let tree = folder.join("roots/ipxegen-tree");
    let site = folder.join("site.yaml");
    // A path with what YAML, a shell, a template and a pattern take as their own.
    let path = r#"/etc/notes #1: [a]* '{{ x }}' "q" & $(touch ran)"#;
    let file = format!("files: [{{ path: {}, template: notes.tera, server: head }}]\n", json!(path));
    fs::write(folder.join("notes.tera"), "A note.\n").unwrap();
    let text = fs::read_to_string("examples/branch/site.yaml").unwrap() + &file;
    fs::write(&site, &text).unwrap();
    render(&site, &tree);
    let root = folder.join("root");
    fs::create_dir(&root).unwrap();
    let pillar = json!({ "ipxegen": { "root": root } });
    let salt = |test| {
        let mut command = Command::new("salt-call");
        apply(&mut command, folder, &pillar, test);
        let output = command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).output().unwrap();
        (output.status.success(), said(&output))
    };
    let files = picture(&tree.join("head")).len();

    // test=True tells what would be written, and writes nothing.
    let (well, said) = salt(true);
    assert!(well, "{said}");
    // Each file, and the list of them.
    assert_eq!(states(&said).iter().filter(|(_, result, _)| result.is_null()).count(), files + 1, "{said}");
    assert_eq!(picture(&root), []);

    let (well, said) = salt(false);
    assert!(well, "{said}");
    assert_eq!(changed(&said).len(), files + 1, "{said}");
    let record = root.join("var/lib/ipxegen-salt/files.json");
    let installed = || {
        let mut files = picture(&root);
        files.retain(|(name, ..)| name != "var/lib/ipxegen-salt/files.json");
        files
    };
    assert!(record.is_file());
    assert_eq!(installed(), picture(&tree.join("head")));
    assert!(root.join(&path[1..]).is_file(), "{said}");

    // Again: nothing changes, and test=True says that nothing would.
    let before = picture(&root);
    for test in [false, true] {
        let (well, said) = salt(test);
        assert!(well && states(&said).iter().all(|(_, result, _)| *result == true), "{said}");
        assert_eq!(changed(&said), [""; 0]);
        assert_eq!(picture(&root), before);
    }

    // A file that the site no longer has is removed, and others stay.
    fs::write(root.join("etc/other"), "").unwrap();
    fs::write(&site, text.replace(&file, "")).unwrap();
    render(&site, &tree);
    let (well, said) = salt(true);
    assert!(well && root.join(&path[1..]).is_file(), "{said}");
    let (well, said) = salt(false);
    assert!(well && !root.join(&path[1..]).exists() && root.join("etc/other").is_file(), "{said}");
    fs::write(&site, &text).unwrap();
    render(&site, &tree);
    let (well, said) = salt(false);
    assert!(well, "{said}");
    let before = picture(&root);

    // A file that dhcpd refuses is not copied, and neither is any other; test=True reports it, too.
    fs::write(
        &site,
        text.replace("default-lease-time 600;", "no-such-statement 600;").replace("Example Ltd.", "Other"),
    )
    .unwrap();
    render(&site, &tree);
    for test in [true, false] {
        let (well, said) = salt(test);
        assert!(!well && said.contains("/etc/dhcp/dhcpd.conf line"), "{said}");
        assert_eq!(picture(&root), before);
    }

    // The oldest Salt that the formula allows writes the same.
    render(Path::new("examples/branch/site.yaml"), &tree);
    for bin in versions("salt-call") {
        fs::remove_dir_all(&root).unwrap();
        fs::create_dir(&root).unwrap();
        let mut command = Command::new(bin.join("salt-call"));
        apply(&mut command, folder, &pillar, false);
        let output = command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}: {}", bin.display(), String::from_utf8_lossy(&output.stderr));
        let mut files = picture(&root);
        files.retain(|(name, ..)| !name.starts_with("var/lib/ipxegen-salt/"));
        assert_eq!(files, picture(&tree.join("head")), "{}", bin.display());
    }

    // A server that the site does not have is no success.
    minion(folder, "nobody.example.org");
    let (well, said) = salt(false);
    assert!(!well && said.contains("no files for the server nobody"), "{said}");
}

#[test]
fn onto_a_running_server() {
    if !(require("salt-call") && require("dhcpd") && require("in.tftpd") && require_root()) {
        return;
    }
    let room = Room::new("salt-call");
    let folder = room.folder.path();
    minion(folder, "boot");
    let pillar = json!({ "ipxegen": { "reload": true } });
    let salt = |site: &str, test| {
        room.site(site);
        render(&folder.join("site.yaml"), &folder.join("roots/ipxegen-tree"));
        room.run("salt-call", |command| apply(command, folder, &pillar, test))
    };
    let before = room.daemons();
    assert!(before.iter().all(|pid| !pid.is_empty()), "{before:?}");

    // Equal files are not replaced, and no daemon is restarted. The first run keeps the list of the files.
    let (well, said) = salt(&minimal(), false);
    assert!(well && changed(&said) == ["ipxegen-record"], "{said}");
    let (well, said) = salt(&minimal(), false);
    assert!(well && changed(&said).is_empty(), "{said}");
    assert_eq!(room.daemons(), before);

    // Every daemon is enabled, so that it starts when the server boots. Without systemd as the first process, Salt neither
    // starts nor enables a service, so this looks at the states.
    let (well, said) = room.run("salt-call", |command| {
        command.arg("--local").arg("-c").arg(folder.join("conf"));
        command.args(["--out", "json", "-l", "quiet", "state.show_low_sls", "ipxegen"]);
    });
    let states: Value =
        serde_json::from_str(&said[said.find('{').unwrap()..said.rfind('}').unwrap() + 1]).unwrap();
    let running = states["local"].as_array().unwrap().iter().filter(|state| state["fun"] == "running");
    let enabled: Vec<_> = running.map(|state| (state["name"].as_str().unwrap(), &state["enable"])).collect();
    assert!(well, "{said}");
    assert_eq!(enabled, [("isc-dhcp-server", &json!(true)), ("tftpd-hpa", &json!(true))]);

    // A host more: test=True only tells; then dhcpd is restarted, the TFTP server is not.
    let more = minimal() + HOST;
    let (well, said) = salt(&more, true);
    assert!(well, "{said}");
    assert_eq!(room.daemons(), before);
    let (well, said) = salt(&more, false);
    assert!(well, "{said}");
    let after = room.daemons();
    assert!(
        after[0] != before[0] && !after[0].is_empty() && after[1] == before[1],
        "{before:?} {after:?} {said}"
    );
    assert!(room.file("/etc/dhcp/dhcpd.conf").contains("52:54:00:00:00:01"));

    // dhcpd never sees what its checker refuses.
    let (well, said) = salt(&(minimal() + HOST + NOT_FOR_DHCPD), false);
    assert!(!well, "{said}");
    assert_eq!(room.daemons(), after);
    assert!(!room.file("/etc/dhcp/dhcpd.conf").contains("no-such-statement"));
}

/// A server without the packages gets them, and test=True says so.
#[test]
fn the_packages_are_installed() {
    if !["salt-call", "dhcpd", "in.tftpd", "dpkg-scanpackages"].into_iter().all(require) || !require_root() {
        return;
    }
    let room = Room::new("salt-call");
    let folder = room.folder.path();
    minion(folder, "boot");
    render(&folder.join("site.yaml"), &folder.join("roots/ipxegen-tree"));
    room.without_nginx();
    let salt = |packages: bool, test| {
        let pillar = json!({ "ipxegen": { "packages": packages, "stale": false } });
        room.run("salt-call", |command| apply(command, folder, &pillar, test))
    };
    let (well, said) = salt(false, false);
    assert!(well && changed(&said).is_empty() && !room.has_nginx(), "{said}");
    let (well, said) = salt(true, true);
    let told = states(&said).iter().any(|(name, result, _)| name == "ipxegen-packages" && result.is_null());
    assert!(well && told && !room.has_nginx(), "{said}");
    let (well, said) = salt(true, false);
    assert!(well && room.has_nginx() && changed(&said) == ["ipxegen-packages"], "{said}");
    let (well, said) = salt(true, false);
    assert!(well && changed(&said).is_empty(), "{said}");
}

/// The old Salt of these tests is the oldest that the formula allows.
#[test]
fn the_oldest_is_tested() {
    let formula = fs::read_to_string("contrib/salt/FORMULA").unwrap();
    let oldest = formula.split_once("minimum_version: ").unwrap().1.lines().next().unwrap();
    let tested = fs::read_to_string("tests/python/salt-oldest.txt").unwrap();
    assert!(tested.lines().any(|line| line.starts_with(&format!("salt=={oldest}."))), "{oldest}");
}

/// The names and files that Salt's formulas have.
#[test]
fn conventions() {
    let formula: serde_yaml::Value =
        serde_yaml::from_str(&fs::read_to_string("contrib/salt/FORMULA").unwrap()).unwrap();
    assert_eq!(formula["name"], "ipxegen");
    assert_eq!(formula["top_level_dir"], "ipxegen");
    assert_eq!(formula["version"], env!("CARGO_PKG_VERSION"));
    let keys = |path: &str| {
        let file: serde_yaml::Value = serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        let mut keys: Vec<_> = file["ipxegen"].as_mapping().unwrap().keys().cloned().collect();
        keys.sort_by_key(|key| key.as_str().unwrap().to_owned());
        keys
    };
    assert_eq!(keys("contrib/salt/ipxegen/defaults.yaml"), keys("contrib/salt/pillar.example"));
}
