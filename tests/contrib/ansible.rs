//! The collection, by a real Ansible: onto a root folder, and onto a server whose daemons run.

use serde_json::Value;

use super::*;

/// The collection as people get it: built and installed.
fn install(folder: &Path) {
    let galaxy = || {
        let mut command = Command::new("ansible-galaxy");
        command.arg("collection").current_dir(folder).env("HOME", folder).env("LC_ALL", "C.UTF-8");
        command
    };
    run(galaxy().arg("build").arg(checkout().join("contrib/ansible")));
    run(galaxy().args(["install", "--offline", "-p", "collections", "ipxegen-netboot-0.1.0.tar.gz"]));
    for file in ["inventory", "site.yml"] {
        fs::copy(checkout().join("contrib/ansible/examples").join(file), folder.join(file)).unwrap();
    }
}

fn settings(command: &mut Command, folder: &Path) {
    command
        .arg("-i")
        .arg(folder.join("inventory"))
        .args(["-c", "local"])
        .env("ANSIBLE_PIPELINING", "1")
        .env("ANSIBLE_GATHERING", "explicit")
        .env("ANSIBLE_COLLECTIONS_PATH", folder.join("collections"))
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_NOCOWS", "1")
        .env("LC_ALL", "C.UTF-8");
}

/// The counts of the last lines: `changed=2`.
fn counts(text: &str, name: &str) -> Vec<u32> {
    let start = format!("{name}=");
    let recap = text.split_once("PLAY RECAP").unwrap_or_else(|| panic!("no end:\n{text}")).1;
    recap.split_whitespace().filter_map(|word| word.strip_prefix(&start)?.parse().ok()).collect()
}

#[test]
fn onto_a_root_folder() {
    if !(require("ansible-playbook") && require("dhcpd") && require_root()) {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    install(folder);
    let site = fs::read_to_string("examples/branch/site.yaml").unwrap();
    fs::write(folder.join("site.yaml"), &site).unwrap();
    let roots = folder.join("root");
    fs::create_dir(&roots).unwrap();
    let root = serde_json::json!({
        "netboot_root": format!("{}/{{{{ inventory_hostname }}}}", roots.display()),
        "netboot_program": IPXEGEN,
        "ansible_become": false,
        "ansible_python_interpreter": "/usr/bin/python3",
    });
    let path = format!("{}:{}", Path::new(IPXEGEN).parent().unwrap().display(), env::var("PATH").unwrap());
    let play = |arguments: &[&str]| {
        let mut command = Command::new("ansible-playbook");
        settings(&mut command, folder);
        command.args(["-e", &root.to_string(), "site.yml"]).args(arguments);
        command.current_dir(folder).env("HOME", folder).env("PATH", &path).stdin(Stdio::null());
        let output = command.output().unwrap();
        (output.status.success(), said(&output))
    };

    // Nothing is written in check mode, and what would be is shown.
    let (well, text) = play(&["--check", "--diff"]);
    assert!(
        well && text.contains("+  hardware ethernet 52:54:00:10:00:01;")
            || text.contains("52:54:00:10:00:01"),
        "{text}"
    );
    assert_eq!(counts(&text, "changed"), [2, 2], "{text}");
    assert_eq!(picture(&roots), []);

    // Both servers have their tree.
    let (well, text) = play(&[]);
    assert!(well, "{text}");
    let tree = folder.join("tree");
    render(&folder.join("site.yaml"), &tree);
    for server in ["head", "branch"] {
        assert_eq!(picture(&roots.join(server)), picture(&tree.join(server)), "{text}");
    }

    // Again: nothing changes.
    let before = picture(&roots);
    let (well, text) = play(&[]);
    assert!(well, "{text}");
    assert_eq!(counts(&text, "changed"), [0, 0], "{text}");
    assert_eq!(picture(&roots), before);

    // What dhcpd refuses goes nowhere, not even in part, and check mode says so too.
    let raw =
        site.replace("default-lease-time 600;", "no-such-statement 600;").replace("Example Ltd.", "Other");
    assert_ne!(raw, site);
    fs::write(folder.join("site.yaml"), raw).unwrap();
    for arguments in [&["--limit", "head", "--check"][..], &["--limit", "head"]] {
        let (well, text) = play(arguments);
        assert!(!well && text.contains("/etc/dhcp/dhcpd.conf line"), "{text}");
        assert_eq!(picture(&roots), before);
    }
}

#[test]
fn onto_a_running_server() {
    if !(require("ansible-playbook") && require("dhcpd") && require("in.tftpd") && require_root()) {
        return;
    }
    let room = Room::new("ansible-playbook");
    let folder = room.folder.path();
    install(folder);
    let play = || {
        room.run("ansible-playbook", |command| {
            settings(command, folder);
            command.args(["-e", "ansible_python_interpreter=/usr/bin/python3"]);
            command.arg(folder.join("site.yml"));
        })
    };
    let before = room.daemons();
    assert!(before.iter().all(|pid| !pid.is_empty()), "{before:?}");

    // What is there already is left alone, and nobody is restarted.
    let (well, text) = play();
    assert!(well, "{text}");
    assert_eq!(counts(&text, "changed"), [0], "{text}");
    assert_eq!(room.daemons(), before);

    // A host more: dhcpd is restarted, the TFTP server is not.
    room.site(&(minimal() + HOST));
    let (well, text) = play();
    assert!(well, "{text}");
    let after = room.daemons();
    assert!(
        after[0] != before[0] && !after[0].is_empty() && after[1] == before[1],
        "{before:?} {after:?} {text}"
    );
    assert!(room.file("/etc/dhcp/dhcpd.conf").contains("52:54:00:00:00:01"));

    // dhcpd does not start with this: the old files come back, and it with them.
    room.site(&other_card(&(minimal() + HOST)));
    let (well, text) = play();
    assert!(!well, "{text}");
    assert!(room.file("/etc/default/isc-dhcp-server").contains("eth0"), "{text}");
    let last = room.daemons();
    assert!(!last[0].is_empty() && last[1] == before[1], "{last:?} {text}");
    assert_eq!(counts(&text, "rescued"), [1], "{text}");
}

#[test]
fn inventory() {
    let list = run(Command::new(IPXEGEN).args(["inventory", "examples/branch/site.yaml"]));
    let list: Value = serde_json::from_str(&list).unwrap();
    let facts = &list["_meta"]["hostvars"];
    assert_eq!(facts["head"]["ansible_host"], "10.10.0.10");
    assert_eq!(facts["lab-01"]["ipxegen_host"]["root_path"], "10.10.1.10:/srv/nfs/lab-01");
    assert_eq!(list["servers"]["hosts"], serde_json::json!(["head", "branch"]));
    assert_eq!(list["group_old_cards"]["hosts"], serde_json::json!(["pc-05", "pc-06"]));
    assert_eq!(list["subnet_branch"]["hosts"][0], "br-01");
    assert_eq!(list["service_dhcp"]["hosts"], serde_json::json!(["head", "branch"]));

    if !require("ansible-inventory") {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    for (from, to) in
        [("contrib/ansible/examples/inventory", "inventory"), ("examples/branch/site.yaml", "site.yaml")]
    {
        fs::copy(from, folder.join(to)).unwrap();
    }
    let path = format!("{}:{}", Path::new(IPXEGEN).parent().unwrap().display(), env::var("PATH").unwrap());
    let mut command = Command::new("ansible-inventory");
    command.args(["-i", "inventory", "--list"]).current_dir(folder);
    command.env("PATH", path).env("HOME", folder).env("LC_ALL", "C.UTF-8");
    let output = command.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(&read["_meta"]["hostvars"], facts);
    for (name, group) in list.as_object().unwrap().iter().filter(|(name, _)| *name != "_meta") {
        assert_eq!(&read[name], group, "{name}");
    }
}

#[test]
fn lint() {
    if !require("ansible-lint") {
        return;
    }
    let folder = scratch();
    let folder = folder.path();
    install(folder);
    copy(&checkout().join("contrib/ansible"), &folder.join("source"));
    let mut command = Command::new("ansible-lint");
    command.args(["--offline", "--strict"]).current_dir(folder.join("source"));
    command
        .env("ANSIBLE_COLLECTIONS_PATH", folder.join("collections"))
        .env("HOME", folder)
        .env("LC_ALL", "C.UTF-8");
    run(&mut command);
}
