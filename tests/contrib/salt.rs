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
    assert_eq!(states(&said).iter().filter(|(_, result, _)| result.is_null()).count(), files, "{said}");
    assert_eq!(picture(&root), []);

    let (well, said) = salt(false);
    assert!(well, "{said}");
    assert_eq!(changed(&said).len(), files, "{said}");
    assert_eq!(picture(&root), picture(&tree.join("head")));
    assert!(root.join(&path[1..]).is_file(), "{said}");

    // Again: nothing changes, and test=True says that nothing would.
    let before = picture(&root);
    for test in [false, true] {
        let (well, said) = salt(test);
        assert!(well && states(&said).iter().all(|(_, result, _)| *result == true), "{said}");
        assert_eq!(changed(&said), [""; 0]);
        assert_eq!(picture(&root), before);
    }

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

    // Equal files are not replaced, and no daemon is restarted.
    let (well, said) = salt(&minimal(), false);
    assert!(well && changed(&said).is_empty(), "{said}");
    assert_eq!(room.daemons(), before);

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
