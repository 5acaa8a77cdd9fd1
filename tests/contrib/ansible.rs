//! The collection, by a real Ansible: onto a root folder, and onto a server whose daemons run.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::*;

/// The configuration of the inventory plugin.
const INVENTORY: &str = "netboot.ipxegen.yml";

/// The collection as people get it: built and installed.
fn install(folder: &Path) {
    let galaxy = || {
        let mut command = Command::new("ansible-galaxy");
        command.arg("collection").current_dir(folder).env("HOME", folder).env("LC_ALL", "C.UTF-8");
        command
    };
    run(galaxy().arg("build").arg(checkout().join("contrib/ansible")));
    run(galaxy().args(["install", "--offline", "-p", "collections", "ipxegen-netboot-0.1.0.tar.gz"]));
    for file in ["ansible.cfg", INVENTORY, "site.yml"] {
        fs::copy(checkout().join("contrib/ansible/examples").join(file), folder.join(file)).unwrap();
    }
}

/// The newest Ansible, and the oldest that the collection allows.
fn ansibles() -> Vec<PathBuf> {
    versions("ansible-playbook")
}

fn settings(command: &mut Command, folder: &Path) {
    command
        .arg("-i")
        .arg(folder.join(INVENTORY))
        .args(["-c", "local"])
        .env("ANSIBLE_PIPELINING", "1")
        .env("ANSIBLE_GATHERING", "explicit")
        .env("ANSIBLE_COLLECTIONS_PATH", folder.join("collections"))
        .env("ANSIBLE_NOCOLOR", "1")
        .env("ANSIBLE_NOCOWS", "1")
        .env("LC_ALL", "C.UTF-8");
}

/// A control node whose servers are root folders.
struct Control {
    folder: TempDir,
}

impl Control {
    fn new(site: &str) -> Self {
        let control = Self { folder: scratch() };
        install(control.path());
        control.site(site);
        fs::create_dir(control.roots()).unwrap();
        fs::create_dir(control.path().join("tmp")).unwrap();
        control
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn site(&self, text: &str) {
        fs::write(self.path().join("site.yaml"), text).unwrap();
    }

    fn roots(&self) -> PathBuf {
        self.path().join("root")
    }

    /// The files of the servers.
    fn picture(&self) -> Vec<(String, Vec<u8>, u32)> {
        picture(&self.roots())
    }

    /// Runs a playbook with the Ansible of a folder.
    fn play(&self, bin: &Path, book: &str, arguments: &[&str]) -> (bool, String) {
        let folder = self.path();
        let settled = serde_json::json!({
            "netboot_root": format!("{}/{{{{ inventory_hostname }}}}", self.roots().display()),
            "netboot_program": IPXEGEN,
            "ansible_become": false,
            "ansible_python_interpreter": "/usr/bin/python3",
        });
        let mut command = Command::new(bin.join("ansible-playbook"));
        settings(&mut command, folder);
        command.args(["-e", &settled.to_string(), book]).args(arguments);
        let path = [bin, Path::new(IPXEGEN).parent().unwrap()].map(|bin| bin.display().to_string()).join(":");
        command.env("PATH", format!("{path}:{}", env::var("PATH").unwrap()));
        command
            .current_dir(folder)
            .env("HOME", folder)
            .env("TMPDIR", folder.join("tmp"))
            .stdin(Stdio::null());
        let output = command.output().unwrap();
        let text = said(&output);
        // Rendered files may hold secrets: none are left on the control node.
        // A process that waits for Ansible's end removes what no task removed.
        let rendered = || {
            let names = fs::read_dir(folder.join("tmp")).unwrap().map(|entry| entry.unwrap().file_name());
            names.filter(|name| name.to_string_lossy().starts_with("ipxegen.")).count()
        };
        let begin = Instant::now();
        while rendered() > 0 && begin.elapsed() < Duration::from_secs(60) {
            thread::sleep(Duration::from_millis(50));
        }
        assert_eq!(rendered(), 0, "{text}");
        (output.status.success(), text)
    }

    /// Puts the clients of the site into the inventory, too.
    fn with_clients(&self) {
        let path = self.path().join(INVENTORY);
        let text = fs::read_to_string(&path).unwrap();
        let changed = text.replace("clients: false", "clients: true");
        assert_ne!(changed, text);
        fs::write(path, changed).unwrap();
    }

    /// What `ansible-inventory --list` prints.
    fn inventory(&self, bin: &Path) -> Value {
        let path = [bin, Path::new(IPXEGEN).parent().unwrap()].map(|bin| bin.display().to_string()).join(":");
        let mut command = Command::new(bin.join("ansible-inventory"));
        command.args(["-i", INVENTORY, "--list"]).current_dir(self.path());
        command.env("PATH", format!("{path}:{}", env::var("PATH").unwrap()));
        command.env("ANSIBLE_COLLECTIONS_PATH", self.path().join("collections"));
        let output = command.env("HOME", self.path()).env("LC_ALL", "C.UTF-8").output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn book(&self, name: &str, text: &str) {
        fs::write(self.path().join(name), text).unwrap();
    }
}

/// The files below a server's root, but the role's own list of them.
fn rendered_files(root: &Path) -> Vec<(String, Vec<u8>, u32)> {
    let all = picture(root).into_iter();
    all.filter(|(path, ..)| path != "var/lib/ipxegen-ansible/files.json").collect()
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
    let site = fs::read_to_string("examples/branch/site.yaml").unwrap();
    let control = Control::new(&site);
    let (folder, roots) = (control.path(), control.roots());
    let bin = environment("ansible-playbook").join("bin");
    let play = |arguments: &[&str]| control.play(&bin, "site.yml", arguments);

    // Nothing is written in check mode, and what would be is shown.
    let (well, text) = play(&["--check", "--diff"]);
    assert!(well && text.contains("52:54:00:10:00:01"), "{text}");
    assert_eq!(counts(&text, "changed"), [2, 2], "{text}");
    assert_eq!(picture(&roots), []);

    // Both servers have their tree.
    let (well, text) = play(&[]);
    assert!(well, "{text}");
    let tree = folder.join("tree");
    render(&folder.join("site.yaml"), &tree);
    for server in ["head", "branch"] {
        assert_eq!(rendered_files(&roots.join(server)), picture(&tree.join(server)), "{text}");
    }

    // Again: nothing changes.
    let before = picture(&roots);
    let (well, text) = play(&[]);
    assert!(well, "{text}");
    assert_eq!(counts(&text, "changed"), [0, 0], "{text}");
    assert_eq!(picture(&roots), before);

    // The site has another script: the old one goes, and check mode says so. A file that the role did not write stays, and
    // so does a folder in the place of one that it wrote.
    fs::write(folder.join("site.yaml"), site.replace("  hook:", "  script: other.ipxe\n  hook:")).unwrap();
    let old = roots.join("head/var/www/html/install.ipxe");
    fs::write(roots.join("head/var/www/html/foreign.ipxe"), "#!ipxe\n").unwrap();
    fs::remove_file(roots.join("branch/var/www/html/install.ipxe")).unwrap();
    fs::create_dir_all(roots.join("branch/var/www/html/install.ipxe/mine")).unwrap();
    let (well, text) = play(&["--check"]);
    assert!(well && old.exists() && text.contains("Remove the files that the site no longer has"), "{text}");
    let (well, text) = play(&["--limit", "head", "-e", "netboot_remove=false"]);
    assert!(well && old.exists(), "{text}");
    let (well, text) = play(&[]);
    assert!(well && !old.exists(), "{text}");
    assert!(roots.join("head/var/www/html/install.ipxe~").exists(), "the copy");
    assert!(roots.join("head/var/www/html/foreign.ipxe").exists());
    assert!(roots.join("branch/var/www/html/install.ipxe/mine").exists());
    let (well, text) = play(&[]);
    assert!(well && counts(&text, "changed") == [0, 0], "{text}");
    let before = picture(&roots);

    // A file that dhcpd refuses is not copied, and neither is any other; check mode reports it, too.
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

/// Plays in which a text of the site is used in every way that plays use texts in.
const USES: &str = r#"
- hosts: all
  tasks:
    - { debug: { var: ipxegen_host } }
    - { debug: { msg: "{{ ipxegen_host }} {{ ipxegen_host.options['merit-dump'] }} {{ hostvars[inventory_hostname] }}" } }
    - copy: { content: "{{ ipxegen_host | to_json }}", dest: "{{ playbook_dir }}/content" }
    - template: { src: template.j2, dest: "{{ playbook_dir }}/templated" }
    - set_fact:
        one: "{{ ipxegen_host.options['merit-dump'] }}"
        two: "{{ hostvars['pc-1']['ipxegen_host'] }}"
        three: "{{ groups['hosts'] | map('extract', hostvars, 'ipxegen_host') | list }}"
        four: "{{ hostvars | dict2items }}"
        five: "{{ lookup('vars', 'ipxegen_host') }}"
        six: "{{ ipxegen_host.options['merit-dump'] | replace('a', 'b') | regex_replace('b', 'a') }}"
        seven: "{{ ipxegen_host | to_json | from_json }}"
    - { debug: { msg: "{{ one }} {{ two }} {{ three }} {{ four }} {{ five }} {{ six }} {{ seven }}" } }
    - { debug: { msg: "{{ item }} {{ item.value }}" }, loop: "{{ ipxegen_host.options | dict2items }}" }
    - { command: { argv: [printf, "%s", "{{ ipxegen_host.options['merit-dump'] }}"] }, register: ran }
    - { debug: { msg: "{{ ran.stdout }} {{ ran }}" } }
    - { assert: { that: "ran.stdout == ipxegen_host.options['merit-dump']" } }
"#;

/// Neither a text of the site, nor a path of the rendered tree, is a template to Ansible.
#[test]
fn texts_of_the_site_run_nothing() {
    if !(require("ansible-playbook") && require("dhcpd") && require_root()) {
        return;
    }
    let more = r##"
hosts:
  pc-1:
    mac: "52:54:00:00:00:01"
    ip: 10.0.0.21
    options: { merit-dump: "{{{{ lookup('pipe', 'touch ran-1') }}}}" }
    raw: { dhcpd: "# {{ lookup('pipe', 'touch ran-2') }}" }
files:
  - { path: "/etc/{{ lookup('pipe', 'touch ran-3') }}", template: notes.tera }
"##;
    let control = Control::new(&(minimal() + more));
    control.with_clients();
    control.book("notes.tera", "A note.\n");
    control.book("uses.yml", USES);
    control.book(
        "template.j2",
        "{{ ipxegen_host.options['merit-dump'] }} {{ ipxegen_host }} {{ hostvars['pc-1'].ipxegen_host }}\n",
    );
    for bin in ansibles() {
        let (well, text) = control.play(&bin, "uses.yml", &["--limit", "hosts"]);
        assert!(well && text.contains("touch ran-1"), "{text}");
        let (well, text) = control.play(&bin, "site.yml", &["--diff"]);
        assert!(well, "{text}");
        assert!(control.roots().join("boot/etc/{{ lookup('pipe', 'touch ran-3') }}").is_file(), "{text}");
        let ran: Vec<_> = picture(control.path())
            .into_iter()
            .filter(|(name, ..)| name.contains("ran-") && !name.contains("{{"))
            .collect();
        assert!(ran.is_empty(), "{}: {ran:?}", bin.display());
    }
}

/// Ansible ends with 0 if it cannot read an inventory; our inventory makes the run fail.
#[test]
fn a_site_in_error_is_no_success() {
    if !require("ansible-playbook") {
        return;
    }
    let control = Control::new(&minimal().replace("10.0.0.199", "10.0.9.199"));
    control.book("other.yml", "- { hosts: service_dhcp, tasks: [{ debug: { msg: reached } }] }\n");
    control.book("local.yml", "- { hosts: all, tasks: [{ command: { argv: [touch, reached] } }] }\n");
    for bin in ansibles() {
        for (book, arguments) in [
            ("site.yml", &[][..]),
            ("site.yml", &["--limit", "boot"]),
            ("other.yml", &[]),
            ("local.yml", &["--check"]),
        ] {
            let (well, text) = control.play(&bin, book, arguments);
            // The reason is said, too.
            assert!(!well && text.contains("10.0.9.199"), "{book} {arguments:?}: {text}");
            assert!(!text.contains("\"reached\""), "{text}");
        }
    }
    assert_eq!(control.picture(), []);

    // Nor does a program that cannot be run, or an inventory that is not there: for that, ansible.cfg is needed.
    let inventory = control.path().join(INVENTORY);
    control.site(&minimal());
    fs::write(&inventory, "plugin: ipxegen.netboot.ipxegen\nprogram: no-such-program\n").unwrap();
    for bin in ansibles() {
        let (well, text) = control.play(&bin, "site.yml", &[]);
        assert!(!well && text.contains("no-such-program cannot be run"), "{text}");
    }
    fs::remove_file(&inventory).unwrap();
    for bin in ansibles() {
        let (well, text) = control.play(&bin, "site.yml", &[]);
        assert!(!well, "{text}");
    }
}

#[test]
fn a_refusal_on_one_server_stops_all() {
    if !(require("ansible-playbook") && require("dhcpd") && require_root()) {
        return;
    }
    let control = Control::new(&fs::read_to_string("examples/branch/site.yaml").unwrap());
    let free = fs::read_to_string(control.path().join("site.yml")).unwrap();
    control.book("free.yml", &free.replace("become: true", "strategy: free"));
    // A tree of which one server's checker refuses a file.
    let tree = control.path().join("tree");
    render(&control.path().join("site.yaml"), &tree);
    let bad = tree.join("branch/etc/dhcp/dhcpd.conf");
    fs::write(&bad, fs::read_to_string(&bad).unwrap() + "subnet;\n").unwrap();
    for name in ["linear", "free"] {
        let book =
            fs::read_to_string(control.path().join(if name == "free" { "free.yml" } else { "site.yml" }))
                .unwrap();
        let book = book.replace(
            "netboot_site: \"{{ playbook_dir }}/site.yaml\"",
            "netboot_tree: \"{{ playbook_dir }}/tree\"",
        );
        control.book(&format!("tree-{name}.yml"), &book);
    }
    let ansibles = ansibles();
    for (at, bin) in ansibles.iter().enumerate() {
        for book in ["tree-free.yml", "tree-linear.yml"].into_iter().skip(at) {
            let (well, text) = control.play(bin, book, &[]);
            assert!(!well && text.contains("Refused on: branch"), "{text}");
            assert_eq!(counts(&text, "failed"), [1, 1], "{text}");
            assert_eq!(control.picture(), [], "{text}");
        }
    }

    // Each server at its own pace, each with a rendered folder of its own.
    fs::remove_dir_all(&tree).unwrap();
    render(&control.path().join("site.yaml"), &tree);
    let (well, text) = control.play(ansibles.last().unwrap(), "free.yml", &[]);
    assert!(well, "{text}");
    for server in ["head", "branch"] {
        assert_eq!(rendered_files(&control.roots().join(server)), picture(&tree.join(server)), "{text}");
    }
}

/// The rendered files are removed also for a server that becomes unreachable, although no task runs for it.
#[test]
fn no_secret_is_left_of_an_unreachable_server() {
    if !require("ansible-playbook") {
        return;
    }
    let control = Control::new(&minimal());
    // JSON is YAML.
    let list = serde_json::json!({ "servers": { "hosts": {
        "boot": { "ansible_connection": "ssh", "ansible_host": "127.0.0.1", "ansible_port": 1 }
    } } });
    fs::write(control.path().join(INVENTORY), list.to_string()).unwrap();
    for bin in ansibles() {
        let (well, text) = control.play(&bin, "site.yml", &[]);
        assert!(!well && counts(&text, "unreachable") == [1], "{text}");
        assert!(text.contains("Render the site on the control node"), "{text}");
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
    let play_with_all = |arguments: &[&str]| {
        room.run("ansible-playbook", |command| {
            settings(command, folder);
            command.args(["-e", "ansible_python_interpreter=/usr/bin/python3"]).args(arguments);
            command.arg(folder.join("site.yml"));
        })
    };
    let play_with = |variables: &str| play_with_all(&["-e", variables]);
    let play = || play_with_all(&[]);
    let check = || play_with_all(&["--check"]);
    let before = room.daemons();
    assert!(before.iter().all(|pid| !pid.is_empty()), "{before:?}");

    // Equal files are not replaced, and no daemon is restarted.
    let (well, text) = play();
    assert!(well, "{text}");
    assert_eq!(counts(&text, "changed"), [0], "{text}");
    assert_eq!(room.daemons(), before);

    // A daemon that does not run is started although no file changes, unless nobody wants it.
    // Nobody here waits for the ended process, and the init script takes its number in that file for a daemon.
    room.server
        .space
        .sh("kill $(pidof dhcpd); while pidof dhcpd >/dev/null; do sleep 0.1; done; rm -f /run/dhcpd.pid");
    let (well, text) = play_with("netboot_reload=false");
    assert!(well && room.daemons()[0].is_empty(), "{text}");
    let (well, text) = play();
    let before = {
        let after = room.daemons();
        assert!(well && !after[0].is_empty() && after[1] == before[1], "{after:?} {text}");
        after
    };

    // A daemon that would not start when the server boots is enabled, and check mode says so.
    room.disable("isc-dhcp-server");
    let (well, text) = play_with("netboot_reload=false");
    assert!(well && counts(&text, "changed") == [0] && !room.is_enabled("isc-dhcp-server"), "{text}");
    let (well, text) = check();
    assert!(well && counts(&text, "changed") == [1] && !room.is_enabled("isc-dhcp-server"), "{text}");
    let (well, text) = play();
    assert!(well && counts(&text, "changed") == [1] && room.is_enabled("isc-dhcp-server"), "{text}");
    let (well, text) = play();
    assert!(well && counts(&text, "changed") == [0] && room.daemons() == before, "{text}");

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

    // The same without backups: what was there before comes back with its owner and mode, whether the answer
    // is a string or a boolean. A folder that a killed run left behind goes.
    let kept = "stat -c '%n %U:%G %a' /etc/dhcp/dhcpd.conf /etc/default/*; cat /etc/dhcp/dhcpd.conf /etc/default/*; \
                ls /etc/dhcp /etc/default";
    let state = || room.server.space.sh(kept);
    room.server.space.sh("chgrp tftp /etc/dhcp/dhcpd.conf; chmod 640 /etc/dhcp/dhcpd.conf");
    room.server
        .space
        .sh("mkdir -p /etc/dhcp/.ipxegen.killed; touch -d '2 hours ago' /etc/dhcp/.ipxegen.killed");
    let before = state().replace(".ipxegen.killed\n", "");
    for variables in ["netboot_backup=false", r#"{"netboot_backup": false}"#] {
        let (well, text) = play_with(variables);
        assert!(!well && counts(&text, "rescued") == [1], "{text}");
        assert_eq!(state(), before, "{variables}: {text}");
        assert!(!room.daemons()[0].is_empty(), "{text}");
        assert_eq!(room.server.space.sh("ls -d /tmp/ipxegen* || true"), "", "{text}");
    }

    // No daemon is restarted when nobody wants it.
    let daemons = room.daemons();
    for (host, variables) in [("22", "netboot_reload=false"), ("23", r#"{"netboot_reload": false}"#)] {
        room.site(&(minimal() + &HOST.replace("10.0.0.21", &format!("10.0.0.{host}"))));
        let (well, text) = play_with(variables);
        assert!(well && room.file("/etc/dhcp/dhcpd.conf").contains(&format!("10.0.0.{host}")), "{text}");
        assert_eq!(room.daemons(), daemons, "{variables}: {text}");
    }

    // Nor is a checker asked when nobody wants it.
    for variables in
        ["netboot_validate=no netboot_reload=off", r#"{"netboot_validate": false, "netboot_reload": false}"#]
    {
        room.site(&(minimal() + HOST + NOT_FOR_DHCPD));
        let (well, text) = play_with(variables);
        assert!(well && !text.contains("Run the checkers"), "{variables}: {text}");
    }
}

/// A server without the packages gets them, and check mode says so.
#[test]
fn the_packages_are_installed() {
    if !["ansible-playbook", "dhcpd", "in.tftpd", "dpkg-scanpackages"].into_iter().all(require)
        || !require_root()
    {
        return;
    }
    let room = Room::new("ansible-playbook");
    let folder = room.folder.path();
    install(folder);
    room.without_nginx();
    let play = |arguments: &[&str]| {
        room.run("ansible-playbook", |command| {
            settings(command, folder);
            command.args(["-e", "ansible_python_interpreter=/usr/bin/python3"]).args(arguments);
            command.arg(folder.join("site.yml"));
        })
    };
    let (well, text) = play(&["-e", "netboot_packages=false"]);
    assert!(well && !room.has_nginx() && counts(&text, "changed") == [0], "{text}");
    let (well, text) = play(&["--check"]);
    assert!(well && text.contains("Would be installed: nginx") && !room.has_nginx(), "{text}");
    assert_eq!(counts(&text, "changed"), [1], "{text}");
    let (well, text) = play(&[]);
    assert!(well && room.has_nginx() && counts(&text, "changed") == [1], "{text}");
    let (well, text) = play(&[]);
    assert!(well && counts(&text, "changed") == [0], "{text}");
}

/// A user who may write to the folder of a file cannot redirect the script that restores old files.
#[test]
fn the_old_files_do_not_go_through_links_of_others() {
    let folder = scratch();
    let at = folder.path();
    let script = checkout().join("contrib/ansible/roles/server/files/old-files");
    let (open, kept, foreign) = (at.join("with space"), at.join("kept"), at.join("foreign"));
    for folder in [&open, &kept] {
        fs::create_dir(folder).unwrap();
    }
    fs::write(open.join("file"), "old\n").unwrap();
    fs::write(&foreign, "foreign\n").unwrap();
    let sh = |act: &str, before: &str| {
        let line = format!("{before}exec sh \"$@\"");
        let mut command = Command::new("sh");
        command.args(["-c", &line, "sh"]).arg(&script).arg(act).arg(&kept).arg(open.join("file"));
        run(command.env("OPEN", &open).env("FOREIGN", &foreign))
    };
    sh("keep", "");
    fs::write(open.join("file"), "new and longer\n").unwrap();
    // `exec` keeps the number of the process.
    sh("back", "ln -s \"$FOREIGN\" \"$OPEN/.ipxegen-back.$$\"; ");
    assert_eq!(fs::read_to_string(open.join("file")).unwrap(), "old\n");
    assert_eq!(fs::read_to_string(&foreign).unwrap(), "foreign\n");
    let mut names: Vec<_> = fs::read_dir(&open).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.retain(|name| name != "file");
    assert!(names.len() == 1 && names[0].to_string_lossy().starts_with(".ipxegen-back."), "{names:?}");
    assert!(open.join(&names[0]).is_symlink());
}

#[test]
fn inventory() {
    let list = run(Command::new(IPXEGEN).args(["inventory", "examples/branch/site.yaml"]));
    let list: Value = serde_json::from_str(&list).unwrap();
    let facts = plain(&list["_meta"]["hostvars"]);
    assert_eq!(facts["head"]["ansible_host"], "10.10.0.10");
    assert_eq!(facts["lab-01"]["ipxegen_host"]["root_path"], "10.10.1.10:/srv/nfs/lab-01");
    assert_eq!(list["servers"]["hosts"], serde_json::json!(["head", "branch"]));
    assert_eq!(list["group_old_cards"]["hosts"], serde_json::json!(["pc-05", "pc-06"]));
    assert_eq!(list["subnet_branch"]["hosts"][0], "br-01");
    assert_eq!(list["service_dhcp"]["hosts"], serde_json::json!(["head", "branch"]));

    if !require("ansible-inventory") {
        return;
    }
    let control = Control::new(&fs::read_to_string("examples/branch/site.yaml").unwrap());
    for bin in ansibles() {
        // The servers alone, unless the clients are asked for: `ansible all` must not reach every machine.
        let read = control.inventory(&bin);
        let hosts: Vec<_> = read["_meta"]["hostvars"].as_object().unwrap().keys().collect();
        assert_eq!(hosts, ["branch", "head"], "{read}");
        assert_eq!(read["service_dhcp"], list["service_dhcp"]);
        assert!(read.get("subnet_branch").is_none(), "{read}");
    }
    control.with_clients();
    for bin in ansibles() {
        let read = control.inventory(&bin);
        assert_eq!(plain(&read["_meta"]["hostvars"]), facts);
        for (name, group) in list.as_object().unwrap().iter().filter(|(name, _)| *name != "_meta") {
            assert_eq!(&read[name], group, "{name}");
        }
    }
    // As with other plugins: variables and groups made from those of the site.
    let more = "plugin: ipxegen.netboot.ipxegen\nclients: true\n\
                compose: { root: ipxegen_host.root_path }\n\
                groups: { stale: ipxegen_host.netboot is defined }\n";
    fs::write(control.path().join(INVENTORY), more).unwrap();
    for bin in ansibles() {
        let read = control.inventory(&bin);
        assert_eq!(plain(&read["_meta"]["hostvars"])["lab-01"]["root"], "10.10.1.10:/srv/nfs/lab-01");
        assert!(read["stale"]["hosts"].as_array().unwrap().contains(&"lab-01".into()), "{read}");
    }
}

/// The inventory needs none of the site's secrets: neither files nor variables.
#[test]
fn the_inventory_needs_no_secrets() {
    let folder = scratch();
    let site = folder.path().join("site.yaml");
    copy(Path::new("examples/school/files"), folder.path());
    for file in ["site.yaml", "install-tonight.yaml"] {
        fs::copy(Path::new("examples/school").join(file), folder.path().join(file)).unwrap();
    }
    let list = run(Command::new(IPXEGEN).arg("inventory").arg(&site));
    assert_eq!(list, run(Command::new(IPXEGEN).args(["inventory", "examples/school/site.yaml"])));

    // Every other command reads them.
    let output = Command::new(IPXEGEN).arg("check").arg(&site).output().unwrap();
    assert!(!output.status.success() && said(&output).contains("[secret]"), "{}", said(&output));
}

/// A site with a secret for CHAP, which a variable or a file has.
fn with_chap(secret: &str) -> String {
    minimal()
        + &format!(
            "hosts:\n  pc-1:\n    mac: \"52:54:00:00:00:01\"\n    ip: 10.0.0.21\n    root_path:\n      iscsi:\n        \
             server: 10.0.0.200\n        target: iqn.2020-01.lan.lab:pc-1\n        store: {{ file: /srv/pc-1.img, size: 1G }}\n        chap: {{ user: pc-1, {secret} }}\n\
             iscsi: {{ servers: {{ boot: {{ daemon: tgt, portals: [10.0.0.200] }} }} }}\n"
        )
}

#[test]
fn secrets_of_a_vault() {
    if !(require("ansible-playbook") && require("ansible-vault")) {
        return;
    }
    let control = Control::new(&with_chap("password_env: IPXEGEN_CHAP"));
    let book = |head: &str, role: &str| {
        format!(
            "- hosts: servers\n  vars_files: [secrets.yml]\n{head}  roles:\n    - role: ipxegen.netboot.server\n      \
             netboot_site: \"{{{{ playbook_dir }}}}/site.yaml\"\n      netboot_validate: false\n{role}"
        )
    };
    let variable = "{ IPXEGEN_CHAP: \"{{ vault_chap }}\" }";
    control.book("play.yml", &book(&format!("  environment: {variable}\n"), ""));
    control.book("role.yml", &book("", &format!("      netboot_environment: {variable}\n")));
    control.book("none.yml", &book("", ""));
    control.book("secrets.yml", "vault_chap: planted-secret\n");
    control.book("password", "of the vault\n");
    fs::create_dir(control.path().join("secrets")).unwrap();
    control.book("secrets/chap", "planted-secret\n");
    let vault = environment("ansible-vault").join("bin/ansible-vault");
    for file in ["secrets.yml", "secrets/chap"] {
        let mut command = Command::new(&vault);
        command.args(["encrypt", "--vault-password-file", "password", file]);
        run(command.current_dir(control.path()).env("HOME", control.path()).env("LC_ALL", "C.UTF-8"));
    }
    let targets = control.roots().join("boot/etc/tgt/conf.d/ipxegen.conf");
    let vaulted = ["--vault-password-file", "password"];
    for bin in ansibles() {
        for name in ["play.yml", "role.yml"] {
            let _ = fs::remove_file(&targets);
            let (well, text) = control.play(&bin, name, &vaulted);
            assert!(well && !text.contains("planted-secret"), "{name}: {text}");
            assert!(fs::read_to_string(&targets).unwrap().contains("planted-secret"), "{name}");
        }
        let (well, text) = control.play(&bin, "none.yml", &vaulted);
        assert!(!well && text.contains("IPXEGEN_CHAP is not set"), "{text}");
    }
    // An encrypted file is no password.
    control.site(&with_chap("password_file: secrets/chap"));
    for bin in ansibles() {
        let (well, text) = control.play(&bin, "none.yml", &vaulted);
        assert!(!well && text.contains("chap is encrypted with ansible-vault"), "{text}");
        assert!(text.contains("set the variable in the play's `environment`"), "{text}");
    }
}

/// The value without the marks of unsafe texts.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(map) => match map.get("__ansible_unsafe") {
            Some(text) => text.clone(),
            None => map.iter().map(|(key, value)| (key.clone(), plain(value))).collect(),
        },
        Value::Array(all) => all.iter().map(plain).collect(),
        other => other.clone(),
    }
}

/// The old Ansible of these tests is the oldest that the collection allows.
#[test]
fn the_oldest_is_tested() {
    let runtime = fs::read_to_string("contrib/ansible/meta/runtime.yml").unwrap();
    let oldest = runtime.split_once(">=").unwrap().1.split(',').next().unwrap().trim();
    let tested = fs::read_to_string("tests/python/ansible-oldest.txt").unwrap();
    assert!(tested.lines().any(|line| line == format!("ansible-core=={oldest}")), "{oldest}");
}

/// Galaxy's importer takes the collection.
#[test]
fn galaxy_imports_it() {
    if !require("ansible-galaxy") {
        return;
    }
    let environment = environment("ansible-galaxy");
    let folder = scratch();
    install(folder.path());
    let mut importer = Command::new(environment.join("bin/python3"));
    importer.args(["-m", "galaxy_importer.main", "ipxegen-netboot-0.1.0.tar.gz"]).current_dir(folder.path());
    // `lint` below runs ansible-lint with a stricter profile.
    importer.env("GALAXY_IMPORTER_RUN_ANSIBLE_LINT", "false");
    importer.env("GALAXY_IMPORTER_RUN_FLAKE8", "true").env("GALAXY_IMPORTER_CHECK_REQUIRED_TAGS", "true");
    let path = format!("{}:{}", environment.join("bin").display(), env::var("PATH").unwrap());
    importer.env("PATH", path).env("HOME", folder.path()).env("LC_ALL", "C.UTF-8");
    let output = importer.stdin(Stdio::null()).output().unwrap();
    let text = said(&output);
    assert!(output.status.success() && text.contains("processing completed successfully"), "{text}");
    assert!(!text.contains("WARNING") && !text.contains("ERROR"), "{text}");
    for part in ["inventory ipxegen", "role server"] {
        assert!(text.contains(&format!("Loading {part}")), "{text}");
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
