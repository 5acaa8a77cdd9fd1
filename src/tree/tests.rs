//! The guarantees of the tree: all files or none, only files of ipxegen, no byte without need.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, bail};
use tempfile::TempDir;

use super::write::{Step, write_probed};
use super::{
    Change, Content, File, Folder, Manifest, ManualStep, Options, Outcome, Reason, Selection, TreeEntry,
    lock, manifest, place, write,
};

const FORCE: Options = Options { force: true };
const PLAIN: Options = Options { force: false };

fn entry(server: &str, path: &str, output: &str, mode: u32) -> TreeEntry {
    TreeEntry {
        server: server.to_owned(),
        path: path.to_owned(),
        output: output.to_owned(),
        mode,
        owner: "root".to_owned(),
        group: "root".to_owned(),
        reload: None,
        check: None,
        templates: Vec::new(),
        secret: None,
    }
}

fn file(server: &str, path: &str, output: &str, text: &str) -> File<'static> {
    File { entry: entry(server, path, output, 0o644), content: Box::new(text.to_owned()) }
}

fn need(server: &str, output: &str, what: &str) -> ManualStep {
    ManualStep {
        server: server.to_owned(),
        kind: "package".to_owned(),
        what: what.to_owned(),
        output: output.to_owned(),
        why: format!("{output} needs it"),
    }
}

fn all() -> Selection {
    Selection::default()
}

fn done(outcome: Result<Outcome>) -> Vec<(String, Change)> {
    match outcome.unwrap() {
        Outcome::Done(touched) => {
            touched.into_iter().map(|file| (format!("{}{}", file.server, file.path), file.change)).collect()
        }
        Outcome::Refused(files) => panic!("refused: {files:?}"),
    }
}

fn refused(outcome: Result<Outcome>) -> Vec<(String, Reason)> {
    match outcome.unwrap() {
        Outcome::Done(touched) => panic!("done: {touched:?}"),
        Outcome::Refused(files) => {
            files.into_iter().map(|file| (file.place.display().to_string(), file.reason)).collect()
        }
    }
}

fn read_manifest(dir: &Path) -> Result<Option<Manifest>> {
    super::read_manifest(&Folder::open(dir)?)
}

fn error(outcome: Result<Outcome>) -> String {
    format!("{:#}", outcome.unwrap_err())
}

fn put(dir: &Path, files: Vec<File<'_>>) -> Vec<(String, Change)> {
    done(write(dir, files, Vec::new(), &all(), PLAIN))
}

fn changes(expected: &[(&str, Change)]) -> Vec<(String, Change)> {
    expected.iter().map(|(name, change)| ((*name).to_owned(), *change)).collect()
}

fn temp() -> TempDir {
    TempDir::new().unwrap()
}

/// All that is there but the lock and the keyed hashes: text of files, target of links, and modes.
fn picture(dir: &Path) -> BTreeMap<String, (String, u32)> {
    walk(dir, |path, met| {
        let text = if met.is_dir() {
            "/".to_owned()
        } else if met.is_symlink() {
            format!("-> {}", fs::read_link(path).unwrap().display())
        } else {
            String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
        };
        (text, met.mode() & 0o7777)
    })
}

/// The attributes of files and folders that any write would change.
fn stamps(dir: &Path) -> BTreeMap<String, (u64, i64, i64, i64, i64)> {
    walk(dir, |_, met| (met.ino(), met.mtime(), met.mtime_nsec(), met.ctime(), met.ctime_nsec()))
}

fn walk<T>(dir: &Path, see: impl Fn(&Path, &fs::Metadata) -> T) -> BTreeMap<String, T> {
    walkdir::WalkDir::new(dir)
        .into_iter()
        .map(|entry| entry.unwrap())
        // The keyed hashes have another key in every folder.
        .filter(|entry| entry.file_name() != lock::NAME && entry.file_name() != manifest::SECRETS)
        .map(|entry| {
            let name = entry.path().strip_prefix(dir).unwrap().display().to_string();
            (name, see(entry.path(), &fs::symlink_metadata(entry.path()).unwrap()))
        })
        .collect()
}

fn names(dir: &Path) -> Vec<String> {
    walk(dir, |_, met| met.is_dir()).into_iter().filter(|(_, folder)| !folder).map(|(name, _)| name).collect()
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|met| met.uid() == 0)
}

// ---- writing

#[test]
fn first_run_makes_folders_and_files() {
    let home = temp();
    let dir = home.path().join("a/b/out");
    let secret =
        File { entry: entry("boot", "/etc/tgt/secret", "tgt", 0o600), content: Box::new(b"s".to_vec()) };
    let made = put(
        &dir,
        vec![secret, file("boot", "/etc/exports", "exports", "e\n"), file("build", "/x", "ipxe", "")],
    );
    use Change::Created;
    assert_eq!(
        made,
        changes(&[("boot/etc/exports", Created), ("boot/etc/tgt/secret", Created), ("build/x", Created)])
    );
    let picture = picture(&dir);
    assert_eq!(picture["boot/etc/exports"], ("e\n".to_owned(), 0o644));
    assert_eq!(picture["boot/etc/tgt/secret"], ("s".to_owned(), 0o600));
    assert_eq!(picture["build/x"], (String::new(), 0o644));
    assert_eq!(picture["manifest.json"].1, 0o644);
    for folder in ["", "boot", "boot/etc", "boot/etc/tgt", "build"] {
        assert_eq!(picture[folder], ("/".to_owned(), 0o755), "{folder}");
    }
    assert_eq!(fs::metadata(home.path().join("a")).unwrap().mode() & 0o7777, 0o755);
    assert_eq!(names(&dir), ["boot/etc/exports", "boot/etc/tgt/secret", "build/x", "manifest.json"]);
}

#[test]
fn the_manifest_is_this_text() {
    let home = temp();
    let mut dhcpd = file("boot", "/etc/dhcp/dhcpd.conf", "dhcpd", "hello\n");
    dhcpd.entry.reload = Some("isc-dhcp-server.service".to_owned());
    dhcpd.entry.check = Some(vec!["dhcpd".to_owned(), "-t".to_owned()]);
    let mut chap = file("boot", "/etc/tgt/chap.conf", "tgt", "secret\n");
    (chap.entry.mode, chap.entry.secret) = (0o640, Some(vec!["incominguser".to_owned()]));
    let private =
        File { entry: entry("boot", "/etc/private", "x", 0o600), content: Box::new("x".to_owned()) };
    let needs = vec![need("boot", "tftpd_hpa", "tftpd-hpa"), need("boot", "dhcpd", "isc-dhcp-server")];
    let files = vec![file("boot", "/etc/exports", "exports", ""), dhcpd, chap, private];
    done(write(home.path(), files, needs, &all(), PLAIN));
    let expected = r#"{
  "version": 2,
  "files": [
    {
      "server": "boot",
      "path": "/etc/dhcp/dhcpd.conf",
      "output": "dhcpd",
      "mode": "0644",
      "owner": "root",
      "group": "root",
      "reload": "isc-dhcp-server.service",
      "check": [
        "dhcpd",
        "-t"
      ],
      "sha256": "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    },
    {
      "server": "boot",
      "path": "/etc/exports",
      "output": "exports",
      "mode": "0644",
      "owner": "root",
      "group": "root",
      "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    },
    {
      "server": "boot",
      "path": "/etc/private",
      "output": "x",
      "mode": "0600",
      "owner": "root",
      "group": "root",
      "secret": true
    },
    {
      "server": "boot",
      "path": "/etc/tgt/chap.conf",
      "output": "tgt",
      "mode": "0640",
      "owner": "root",
      "group": "root",
      "secret": true,
      "masked": [
        "incominguser"
      ]
    }
  ],
  "needs": [
    {
      "server": "boot",
      "kind": "package",
      "what": "isc-dhcp-server",
      "output": "dhcpd",
      "why": "dhcpd needs it"
    },
    {
      "server": "boot",
      "kind": "package",
      "what": "tftpd-hpa",
      "output": "tftpd_hpa",
      "why": "tftpd_hpa needs it"
    }
  ]
}
"#;
    assert_eq!(fs::read_to_string(home.path().join("manifest.json")).unwrap(), expected);
    let manifest = read_manifest(home.path()).unwrap().unwrap();
    assert_eq!(manifest.files[3].entry.mode, 0o640);
    assert_eq!(manifest.files[3].entry.secret.as_deref(), Some(&["incominguser".to_owned()][..]));
    assert_eq!(manifest.files[0].entry.place().unwrap(), Path::new("boot/etc/dhcp/dhcpd.conf"));
    assert_eq!(manifest.needs.len(), 2);
}

#[test]
fn nothing_changed_is_nothing_written() {
    let home = temp();
    let files = || {
        let secret = File { entry: entry("boot", "/s", "tgt", 0o400), content: Box::new("s".to_owned()) };
        let big = "0123456789abcdef".repeat(20_000);
        vec![secret, file("boot", "/etc/exports", "exports", &big), file("b", "/empty", "x", "")]
    };
    put(home.path(), files());
    let before = stamps(home.path());
    let lock = fs::metadata(home.path().join(lock::NAME)).unwrap();
    let unchanged = put(home.path(), files());
    assert!(unchanged.iter().all(|(_, change)| *change == Change::Unchanged), "{unchanged:?}");
    assert_eq!(unchanged.len(), 3);
    assert_eq!(stamps(home.path()), before);
    let again = fs::metadata(home.path().join(lock::NAME)).unwrap();
    assert_eq!((again.mtime_nsec(), again.ctime_nsec()), (lock.mtime_nsec(), lock.ctime_nsec()));
}

#[test]
fn a_changed_file_alone_is_written() {
    let home = temp();
    put(home.path(), vec![file("boot", "/a", "x", "a"), file("boot", "/b", "x", "b")]);
    let before = stamps(home.path());
    let changed = put(home.path(), vec![file("boot", "/a", "x", "A"), file("boot", "/b", "x", "b")]);
    assert_eq!(changed, changes(&[("boot/a", Change::Changed), ("boot/b", Change::Unchanged)]));
    assert_eq!(stamps(home.path())["boot/b"], before["boot/b"]);
    assert_eq!(fs::read(home.path().join("boot/a")).unwrap(), b"A");
}

#[test]
fn comparison_finds_every_kind_of_difference() {
    let base: Vec<u8> = (0..140_000u32).map(|n| (n % 251) as u8).collect();
    let cut = |n: usize| base[..n].to_vec();
    let flip = |at: usize| {
        let mut bytes = base.clone();
        bytes[at] ^= 1;
        bytes
    };
    let mut longer = base.clone();
    longer.push(7);
    let mut versions = vec![base.clone(), longer, Vec::new()];
    versions.extend([1, 65_535, 65_536, 65_537].map(cut));
    versions.extend([0, 65_535, 65_536, 131_072, 139_999].map(flip));
    let home = temp();
    // In pieces of all sizes, beyond the buffer's as well.
    for (n, size) in [7usize, 65_536, 100_000, 1_000_000].into_iter().enumerate() {
        struct Pieces<'a>(&'a [u8], usize);
        impl Content for Pieces<'_> {
            fn write_to(&self, out: &mut dyn Write) -> Result<()> {
                self.0.chunks(self.1).try_for_each(|piece| Ok(out.write_all(piece)?))
            }
        }
        for old in [&base, &versions[n + 1]] {
            for new in &versions {
                let one = |bytes| {
                    let content = Box::new(Pieces(bytes, size));
                    vec![File { entry: entry("s", "/f", "x", 0o644), content }]
                };
                put(home.path(), one(old));
                let change = put(home.path(), one(new))[0].1;
                assert_eq!(change == Change::Unchanged, old == new);
                assert!(fs::read(home.path().join("s/f")).unwrap() == *new, "{} {}", old.len(), new.len());
                let listed = &read_manifest(home.path()).unwrap().unwrap().files[0].hash;
                let base = Folder::open(home.path()).unwrap();
                let digest = super::digest::Digest::new(None).unwrap();
                assert_eq!(*listed, super::sink::hash(&base, Path::new("s/f"), digest).unwrap());
            }
        }
    }
}

#[test]
fn content_is_rendered_once_and_only_if_selected() {
    struct Counted<'a>(&'a Cell<u32>);
    impl Content for Counted<'_> {
        fn write_to(&self, out: &mut dyn Write) -> Result<()> {
            self.0.set(self.0.get() + 1);
            Ok(out.write_all(b"x")?)
        }
    }
    let (home, count) = (temp(), Cell::new(0));
    let one = || vec![File { entry: entry("s", "/f", "x", 0o644), content: Box::new(Counted(&count)) }];
    put(home.path(), one());
    put(home.path(), one());
    assert_eq!(count.get(), 2);
    let other = Selection { servers: vec!["other".to_owned()], outputs: Vec::new() };
    assert_eq!(done(write(home.path(), one(), Vec::new(), &other, PLAIN)), []);
    assert_eq!(count.get(), 2);
}

#[test]
fn a_wrong_mode_is_mended() {
    let home = temp();
    put(home.path(), vec![file("s", "/f", "x", "text")]);
    let path = home.path().join("s/f");
    fs::set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    let before = fs::metadata(&path).unwrap();
    assert_eq!(put(home.path(), vec![file("s", "/f", "x", "text")]), changes(&[("s/f", Change::Changed)]));
    let after = fs::metadata(&path).unwrap();
    assert_eq!(after.mode() & 0o7777, 0o644);
    assert_eq!((after.ino(), after.mtime_nsec()), (before.ino(), before.mtime_nsec()));
}

#[test]
fn folders_that_are_there_keep_their_mode() {
    let home = temp();
    fs::create_dir(home.path().join("s")).unwrap();
    fs::set_permissions(home.path().join("s"), Permissions::from_mode(0o700)).unwrap();
    put(home.path(), vec![file("s", "/etc/f", "x", "")]);
    let picture = picture(home.path());
    assert_eq!((picture["s"].1, picture["s/etc"].1), (0o700, 0o755));
}

// ---- what is ours

#[test]
fn what_is_stale_goes_with_its_empty_folders() {
    let home = temp();
    put(
        home.path(),
        vec![file("s", "/etc/a/x/f", "x", "1"), file("s", "/etc/g", "x", "2"), file("t", "/h", "x", "3")],
    );
    fs::write(home.path().join("t/mine"), "mine").unwrap();
    let left = put(home.path(), vec![file("s", "/etc/g", "x", "2")]);
    use Change::{Removed, Unchanged};
    assert_eq!(left, changes(&[("s/etc/a/x/f", Removed), ("s/etc/g", Unchanged), ("t/h", Removed)]));
    assert_eq!(names(home.path()), ["manifest.json", "s/etc/g", "t/mine"]);
    assert!(!home.path().join("s/etc/a").exists());
    put(home.path(), Vec::new());
    assert_eq!(names(home.path()), ["manifest.json", "t/mine"]);
    assert!(!home.path().join("s").exists());
}

#[test]
fn a_file_may_be_removed_by_hand() {
    let home = temp();
    put(home.path(), vec![file("s", "/a", "x", "1"), file("s", "/b", "x", "2")]);
    fs::remove_file(home.path().join("s/a")).unwrap();
    fs::remove_file(home.path().join("s/b")).unwrap();
    assert_eq!(put(home.path(), vec![file("s", "/a", "x", "1")]), changes(&[("s/a", Change::Created)]));
    assert_eq!(names(home.path()), ["manifest.json", "s/a"]);
}

#[test]
fn what_is_not_ours_stops_the_run() {
    let home = temp();
    put(
        home.path(),
        vec![file("s", "/edited", "x", "1"), file("s", "/stale", "x", "2"), file("s", "/fine", "x", "3")],
    );
    for (name, text) in
        [("edited", "by hand"), ("stale", "by hand"), ("foreign", "f"), ("same", "same"), ("else", "e")]
    {
        fs::write(home.path().join("s").join(name), text).unwrap();
    }
    let files = || {
        ["edited", "fine", "foreign", "same", "new"]
            .map(|name| {
                let text = if name == "same" { "same" } else { "new" };
                file("s", &format!("/{name}"), "x", text)
            })
            .into_iter()
            .collect::<Vec<_>>()
    };
    let before = stamps(home.path());
    let outcome = write(home.path(), files(), Vec::new(), &all(), PLAIN);
    assert_eq!(
        refused(outcome),
        [
            ("s/edited".to_owned(), Reason::Edited),
            ("s/foreign".to_owned(), Reason::Foreign),
            ("s/stale".to_owned(), Reason::Edited)
        ]
    );
    let files_only = |stamps: BTreeMap<String, _>| -> BTreeMap<String, _> {
        stamps.into_iter().filter(|(name, _)| name.contains('/')).collect()
    };
    assert_eq!(files_only(stamps(home.path())), files_only(before));
    let forced = done(write(home.path(), files(), Vec::new(), &all(), FORCE));
    use Change::{Changed, Created, Removed, Unchanged};
    assert_eq!(
        forced,
        changes(&[
            ("s/edited", Changed),
            ("s/fine", Changed),
            ("s/foreign", Changed),
            ("s/new", Created),
            ("s/same", Unchanged),
            ("s/stale", Removed)
        ])
    );
    assert_eq!(fs::read(home.path().join("s/else")).unwrap(), b"e");
    assert!(put(home.path(), files()).iter().all(|(_, change)| *change == Unchanged));
}

#[test]
fn an_edit_to_what_we_would_write_now_is_no_edit() {
    let home = temp();
    put(home.path(), vec![file("s", "/f", "x", "old")]);
    fs::write(home.path().join("s/f"), "new").unwrap();
    assert_eq!(put(home.path(), vec![file("s", "/f", "x", "new")]), changes(&[("s/f", Change::Unchanged)]));
    assert_eq!(put(home.path(), vec![file("s", "/f", "x", "newer")]), changes(&[("s/f", Change::Changed)]));
}

#[test]
fn a_refused_first_run_leaves_nothing() {
    let home = temp();
    fs::create_dir(home.path().join("s")).unwrap();
    fs::write(home.path().join("s/f"), "theirs").unwrap();
    let outcome = write(home.path(), vec![file("s", "/f", "x", "ours")], Vec::new(), &all(), PLAIN);
    assert_eq!(refused(outcome), [("s/f".to_owned(), Reason::Foreign)]);
    assert_eq!(names(home.path()), ["s/f"]);
    assert!(!home.path().join(lock::NAME).exists());
}

#[test]
fn a_selection_touches_only_what_it_selects() {
    let home = temp();
    let files = |text: &str| {
        vec![
            file("s", "/dhcpd", "dhcpd", text),
            file("s", "/exports", "exports", text),
            file("t", "/dhcpd", "dhcpd", text),
            file("t", "/exports", "exports", text),
        ]
    };
    let needs =
        |what: &str| vec![need("s", "dhcpd", what), need("t", "dhcpd", what), need("t", "exports", what)];
    done(write(home.path(), files("1"), needs("1"), &all(), PLAIN));
    fs::write(home.path().join("s/dhcpd"), "by hand").unwrap();

    let exports_of_t = Selection { servers: vec!["t".to_owned()], outputs: vec!["exports".to_owned()] };
    let touched = done(write(home.path(), files("2"), needs("2"), &exports_of_t, PLAIN));
    assert_eq!(touched, changes(&[("t/exports", Change::Changed)]));
    let text = |name: &str| fs::read_to_string(home.path().join(name)).unwrap();
    let texts = ["s/dhcpd", "s/exports", "t/dhcpd", "t/exports"].map(text);
    assert_eq!(texts, ["by hand", "1", "1", "2"]);
    let manifest = read_manifest(home.path()).unwrap().unwrap();
    assert_eq!(manifest.files.len(), 4);
    let listed: Vec<_> =
        manifest.needs.iter().map(|need| (&*need.server, &*need.output, &*need.what)).collect();
    assert_eq!(listed, [("s", "dhcpd", "1"), ("t", "dhcpd", "1"), ("t", "exports", "2")]);

    // Removal too; and the edited file of s stops only who would touch it.
    let t = Selection { servers: vec!["t".to_owned()], outputs: Vec::new() };
    let touched = done(write(home.path(), Vec::new(), Vec::new(), &t, PLAIN));
    assert_eq!(touched, changes(&[("t/dhcpd", Change::Removed), ("t/exports", Change::Removed)]));
    assert_eq!(names(home.path()), ["manifest.json", "s/dhcpd", "s/exports"]);
    let all_of_it = write(home.path(), files("1"), needs("1"), &all(), PLAIN);
    assert_eq!(refused(all_of_it), [("s/dhcpd".to_owned(), Reason::Edited)]);

    // Two selections make the bytes that one full run makes.
    let (one, two) = (temp(), temp());
    done(write(one.path(), files("3"), needs("3"), &all(), PLAIN));
    let s = Selection { servers: vec!["s".to_owned()], outputs: Vec::new() };
    for selection in [&t, &s] {
        done(write(two.path(), files("3"), needs("3"), selection, PLAIN));
    }
    assert_eq!(picture(one.path()), picture(two.path()));
}

#[test]
fn a_path_may_move_to_another_output() {
    let home = temp();
    put(home.path(), vec![file("s", "/f", "a", "1")]);
    let b = Selection { servers: Vec::new(), outputs: vec!["b".to_owned()] };
    let moved = done(write(home.path(), vec![file("s", "/f", "b", "2")], Vec::new(), &b, PLAIN));
    assert_eq!(moved, changes(&[("s/f", Change::Changed)]));
    let manifest = read_manifest(home.path()).unwrap().unwrap();
    assert_eq!(manifest.files.len(), 1);
    assert_eq!(manifest.files[0].entry.output, "b");
}

// ---- what stands in the way

#[test]
fn links_are_not_followed() {
    let (home, outside) = (temp(), temp());
    fs::write(outside.path().join("f"), "outside").unwrap();
    fs::create_dir(home.path().join("s")).unwrap();
    symlink(outside.path(), home.path().join("s/etc")).unwrap();
    let below = || vec![file("s", "/etc/f", "x", "ours")];
    for options in [PLAIN, FORCE] {
        let message = error(write(home.path(), below(), Vec::new(), &all(), options));
        assert!(message.contains("s/etc is a symbolic link, which is not followed"), "{message}");
    }
    symlink(outside.path().join("f"), home.path().join("s/link")).unwrap();
    let at = || vec![file("s", "/link", "x", "ours")];
    let outcome = write(home.path(), at(), Vec::new(), &all(), PLAIN);
    assert_eq!(refused(outcome), [("s/link".to_owned(), Reason::Link)]);
    assert_eq!(
        done(write(home.path(), at(), Vec::new(), &all(), FORCE)),
        changes(&[("s/link", Change::Changed)])
    );
    assert!(fs::symlink_metadata(home.path().join("s/link")).unwrap().is_file());
    assert_eq!(names(outside.path()), ["f"]);
    assert_eq!(fs::read(outside.path().join("f")).unwrap(), b"outside");
}

#[test]
fn stale_files_are_not_sought_behind_links() {
    let (home, outside) = (temp(), temp());
    put(home.path(), vec![file("s", "/etc/f", "x", "1"), file("s", "/g", "x", "2")]);
    fs::write(outside.path().join("f"), "1").unwrap();
    fs::remove_dir_all(home.path().join("s/etc")).unwrap();
    symlink(outside.path(), home.path().join("s/etc")).unwrap();
    fs::remove_file(home.path().join("s/g")).unwrap();
    symlink(outside.path().join("f"), home.path().join("s/g")).unwrap();
    let outcome = write(home.path(), Vec::new(), Vec::new(), &all(), PLAIN);
    assert_eq!(refused(outcome), [("s/etc/f".to_owned(), Reason::NoFile), ("s/g".to_owned(), Reason::Link)]);
    let forced = done(write(home.path(), Vec::new(), Vec::new(), &all(), FORCE));
    assert_eq!(forced, changes(&[("s/g", Change::Removed)]));
    assert_eq!(names(outside.path()), ["f"]);
    assert_eq!(names(home.path()), ["manifest.json", "s/etc"]);
}

#[test]
fn dir_itself_may_be_a_link() {
    let home = temp();
    let (dir, beside) = (home.path().join("out"), home.path().join("beside"));
    fs::create_dir(&beside).unwrap();
    symlink(&beside, &dir).unwrap();
    fs::write(beside.join(".ipxegen-0123456789.tmp"), "").unwrap();
    put(&dir, vec![file("s", "/f", "x", "1")]);
    assert_eq!(names(&beside), ["manifest.json", "s/f"]);
}

#[test]
fn our_own_files_are_no_links() {
    for name in ["manifest.json", ".ipxegen-journal.json"] {
        let (home, outside) = (temp(), temp());
        fs::write(outside.path().join("f"), "{}").unwrap();
        symlink(outside.path().join("f"), home.path().join(name)).unwrap();
        let outcome = refused(write(home.path(), Vec::new(), Vec::new(), &all(), PLAIN));
        assert_eq!(outcome[0].0, name);
        assert!(read_manifest(home.path()).is_err());
        done(write(home.path(), vec![file("s", "/f", "x", "1")], Vec::new(), &all(), FORCE));
        assert_eq!(names(home.path()), ["manifest.json", "s/f"]);
        assert_eq!(fs::read(outside.path().join("f")).unwrap(), b"{}");
    }
    let (home, outside) = (temp(), temp());
    symlink(outside.path().join("lock"), home.path().join(lock::NAME)).unwrap();
    let message = error(write(home.path(), Vec::new(), Vec::new(), &all(), PLAIN));
    assert!(message.contains(".ipxegen.lock") && message.ends_with("it is a link, not a file"), "{message}");
    assert_eq!(names(outside.path()), Vec::<String>::new());
}

#[test]
fn folders_and_files_in_each_others_place() {
    let home = temp();
    fs::create_dir_all(home.path().join("s/f")).unwrap();
    fs::write(home.path().join("s/g"), "").unwrap();
    for options in [PLAIN, FORCE] {
        let message = error(write(home.path(), vec![file("s", "/f", "x", "1")], Vec::new(), &all(), options));
        assert!(message.ends_with("s/f is a folder, and a file has to go there; move it away"), "{message}");
        let message =
            error(write(home.path(), vec![file("s", "/g/h", "x", "1")], Vec::new(), &all(), options));
        assert!(message.contains("s/g is no folder, and "), "{message}");
    }
    let status = Command::new("mkfifo").arg(home.path().join("s/pipe")).status();
    if status.is_ok_and(|status| status.success()) {
        let message =
            error(write(home.path(), vec![file("s", "/pipe", "x", "1")], Vec::new(), &all(), FORCE));
        assert!(message.ends_with("s/pipe is neither file nor folder; move it away"), "{message}");
    }
}

#[test]
fn dir_that_cannot_be() {
    let home = temp();
    fs::write(home.path().join("file"), "").unwrap();
    symlink("nowhere", home.path().join("dangling")).unwrap();
    let go = |name: &str| error(write(&home.path().join(name), Vec::new(), Vec::new(), &all(), PLAIN));
    let message = go("file");
    assert!(
        message.ends_with("file is no folder; remove it, or name another folder to render into"),
        "{message}"
    );
    let message = go("file/a/b");
    assert!(
        message.contains("cannot make the folder") && message.ends_with("/file is no folder"),
        "{message}"
    );
    let message = go("dangling/out");
    assert!(message.contains("dangling/out is reached by a symbolic link that leads nowhere"), "{message}");
    let message = error(write(Path::new(""), Vec::new(), Vec::new(), &all(), PLAIN));
    assert_eq!(message, "the folder to render into has an empty name");
    if !is_root() {
        fs::create_dir(home.path().join("shut")).unwrap();
        fs::set_permissions(home.path().join("shut"), Permissions::from_mode(0o555)).unwrap();
        let message = go("shut");
        assert!(message.contains("cannot open the lock"), "{message}");
        let message = go("shut/out");
        assert!(message.contains("cannot make the folder"), "{message}");
    }
    assert!(read_manifest(&home.path().join("none")).unwrap().is_none());
}

#[test]
fn a_manifest_that_is_not_ours() {
    let listing = |path: &str| {
        format!(
            r#"{{"version":1,"files":[{{"server":"s","path":"{path}","output":"x","mode":"0644","owner":"root","group":"root","sha256":"00"}}],"needs":[]}}"#
        )
    };
    let cases = [
        ("not JSON".to_owned(), "it is not a manifest of ipxegen: "),
        (
            r#"{"name":"web app","icons":[]}"#.to_owned(),
            "it is not a manifest of ipxegen: missing field `version`",
        ),
        (r#"{"version":3}"#.to_owned(), "it has the format 3, and this ipxegen knows 2"),
        (listing("/../../etc/passwd"), "the path \"/../../etc/passwd\" of s is not plain"),
        (listing("/f").replace("0644", "99"), "it is not a manifest of ipxegen: \"99\" is no mode"),
        (listing("/f").replace("\"s\"", "\"..\""), "\"..\" cannot be the name of a server's folder"),
    ];
    for (text, why) in cases {
        let home = temp();
        fs::write(home.path().join("manifest.json"), &text).unwrap();
        let files = || vec![file("s", "/f", "x", "1")];
        let outcome = refused(write(home.path(), files(), Vec::new(), &all(), PLAIN));
        let [(place, Reason::Unusable(reason))] = &outcome[..] else { panic!("{outcome:?}") };
        assert_eq!(place, "manifest.json");
        assert!(reason.starts_with(why), "{reason}");
        assert!(read_manifest(home.path()).unwrap_err().to_string().contains(why));
        assert_eq!(fs::read_to_string(home.path().join("manifest.json")).unwrap(), text);
        done(write(home.path(), files(), Vec::new(), &all(), FORCE));
        assert_eq!(put(home.path(), files()), changes(&[("s/f", Change::Unchanged)]));
    }
}

#[test]
fn places_do_not_lead_out() {
    for (server, path) in [
        ("", "/f"),
        (".", "/f"),
        ("..", "/f"),
        ("a/b", "/f"),
        ("/", "/f"),
        ("a/", "/f"),
        (".ipxegen.lock", "/f"),
        ("manifest.json", "/f"),
        ("a\0", "/f"),
        ("a\n", "/f"),
        ("s", ""),
        ("s", "/"),
        ("s", "f"),
        ("s", "/f/"),
        ("s", "//f"),
        ("s", "/a//f"),
        ("s", "/./f"),
        ("s", "/a/../f"),
        ("s", "/.."),
        ("s", "/a\0b"),
        ("s", "/a\nb"),
        ("s", "/.ipxegen-0123456789.tmp"),
    ] {
        assert!(place::place(server, path).is_err(), "{server:?} {path:?}");
        let home = temp();
        let dir = home.path().join("out");
        assert!(write(&dir, vec![file(server, path, "x", "1")], Vec::new(), &all(), PLAIN).is_err());
        assert!(!dir.exists());
    }
    for (server, path) in
        [("s", "/f"), ("s-1.example", "/a b/..c/.d"), ("build", "/ü/$x"), ("s", "/manifest.json")]
    {
        assert_eq!(place::place(server, path).unwrap(), Path::new(&format!("{server}{path}")));
    }
}

#[test]
fn plans_that_contradict_themselves() {
    let home = temp();
    let dir = home.path().join("out");
    let go = |files| error(write(&dir, files, Vec::new(), &all(), PLAIN));
    let twice = go(vec![file("s", "/f", "a", "1"), file("s", "/f", "b", "2")]);
    assert_eq!(twice, "two outputs, one of them a, write /f of s");
    let above = go(vec![file("s", "/f/g/h", "a", "1"), file("s", "/f", "b", "2")]);
    assert_eq!(above, "s/f and s/f/g/h cannot both be files");
    let mode = go(vec![File { entry: entry("s", "/f", "x", 0o10644), content: Box::new(String::new()) }]);
    assert_eq!(mode, "s/f cannot have the mode 10644");
    assert!(!dir.exists());
}

// ---- all or nothing

/// An old set, and a new one that differs from it in every way.
fn old_set() -> Vec<File<'static>> {
    vec![
        file("s", "/etc/changed", "x", "old"),
        file("s", "/etc/same", "x", "same"),
        file("s", "/etc/mode", "x", "mode"),
        file("s", "/gone/away/f", "x", "stale"),
        file("s", "/gone/g", "x", "stale"),
    ]
}

fn new_set() -> Vec<File<'static>> {
    let secret =
        File { entry: entry("s", "/new/deep/secret", "x", 0o600), content: Box::new("k".to_owned()) };
    let mode = File { entry: entry("s", "/etc/mode", "x", 0o600), content: Box::new("mode".to_owned()) };
    vec![
        file("s", "/etc/changed", "x", "the new text"),
        file("s", "/etc/same", "x", "same"),
        mode,
        secret,
        file("t", "/created", "x", "created"),
    ]
}

fn third_set() -> Vec<File<'static>> {
    vec![
        file("s", "/etc/changed", "x", "third"),
        file("s", "/gone/g", "x", "third"),
        file("u", "/u", "x", "u"),
    ]
}

fn picture_of(files: Vec<File<'_>>) -> BTreeMap<String, (String, u32)> {
    let home = temp();
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    put(home.path(), files);
    picture(home.path())
}

fn with_old_set() -> TempDir {
    let home = temp();
    fs::set_permissions(home.path(), Permissions::from_mode(0o755)).unwrap();
    put(home.path(), old_set());
    home
}

/// Stops at the step of this number.
fn at_step(number: usize, stop: impl Fn(Step) -> io::Result<()>) -> impl FnMut(Step) -> io::Result<()> {
    let mut count = 0;
    move |step| {
        count += 1;
        if count > number { stop(step) } else { Ok(()) }
    }
}

#[test]
fn a_failure_at_any_step_leaves_the_old_set() {
    let mut seen = BTreeSet::new();
    for number in 0.. {
        let home = with_old_set();
        let keep = |stamps: BTreeMap<String, (u64, i64, i64, i64, i64)>| -> Vec<_> {
            // The change time of an inode tells of its second name; folders are written to.
            let folder = |name: &String| home.path().join(name).is_dir();
            stamps
                .into_iter()
                .filter(|(name, _)| !folder(name))
                .map(|(name, s)| (name, s.0, s.1, s.2))
                .collect()
        };
        let (before, old_stamps) = (picture(home.path()), keep(stamps(home.path())));
        let last = Cell::new(None);
        let mut probe = at_step(number, |step| {
            last.set(Some(step));
            // These steps are not undone.
            if matches!(step, Step::Cleared | Step::Pruned) {
                Ok(())
            } else {
                Err(io::Error::other("injected"))
            }
        });
        let outcome = write_probed(home.path(), new_set(), Vec::new(), &all(), PLAIN, &mut probe);
        if outcome.is_ok() {
            break;
        }
        seen.insert(format!("{:?}", last.get().unwrap()));
        assert!(error(outcome).contains("injected"));
        assert_eq!(picture(home.path()), before, "step {number}");
        assert_eq!(keep(stamps(home.path())), old_stamps, "step {number}");
        put(home.path(), new_set());
        assert_eq!(picture(home.path()), picture_of(new_set()));
    }
    let steps =
        ["Committed", "Folder", "Journal", "Manifest", "Mode", "Remove", "Rendered", "Replace", "Secrets"];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), steps);
}

#[test]
fn a_failure_at_any_step_of_the_first_run_leaves_nothing() {
    for number in 0.. {
        let home = temp();
        let mut probe = at_step(number, |step| match step {
            Step::Cleared | Step::Pruned => Ok(()),
            _ => Err(io::Error::other("injected")),
        });
        let dir = home.path().join("a/out");
        let outcome = write_probed(&dir, new_set(), Vec::new(), &all(), PLAIN, &mut probe);
        if outcome.is_ok() {
            assert!(number > 5);
            break;
        }
        assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0, "step {number}");
    }
}

#[test]
fn content_that_fails_leaves_the_old_set() {
    struct FailingStep(fn(&mut dyn Write) -> Result<()>);
    impl Content for FailingStep {
        fn write_to(&self, out: &mut dyn Write) -> Result<()> {
            out.write_all(&[b'x'; 300_000])?;
            (self.0)(out)
        }
    }
    let home = with_old_set();
    let before = picture(home.path());
    let mut files = new_set();
    let broken = FailingStep(|_| bail!("`host` is not a bare word"));
    files.push(File { entry: entry("t", "/zzz", "x", 0o644), content: Box::new(broken) });
    let message = error(write(home.path(), files, Vec::new(), &all(), PLAIN));
    assert!(message.starts_with("cannot render "), "{message}");
    assert!(message.ends_with("/t/zzz: `host` is not a bare word"), "{message}");
    assert_eq!(picture(home.path()), before);
}

#[test]
fn what_cannot_be_put_back_is_told_and_settled_by_the_next_run() {
    let home = with_old_set();
    // Somebody puts a folder where the old file has to go back to.
    let changed = home.path().join("s/etc/changed");
    let mut probe = |step| {
        if step == Step::Manifest {
            fs::remove_file(&changed)?;
            fs::create_dir_all(changed.join("x"))?;
            return Err(io::Error::other("injected"));
        }
        Ok(())
    };
    let message = error(write_probed(home.path(), new_set(), Vec::new(), &all(), PLAIN, &mut probe));
    assert!(message.contains("could not all be put back") && message.contains("injected"), "{message}");
    assert!(message.contains("s/etc/changed back from "), "{message}");
    assert!(read_manifest(home.path()).unwrap_err().to_string().contains("interrupted"));
    fs::remove_dir_all(&changed).unwrap();
    put(home.path(), new_set());
    assert_eq!(picture(home.path()), picture_of(new_set()));
}

/// A file system of 64 KiB, if we may mount one.
struct Small(TempDir);

impl Small {
    fn new() -> Option<Self> {
        let home = temp();
        let mount = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64k", "ipxegen-test"])
            .arg(home.path())
            .output();
        let mounted = mount.is_ok_and(|output| output.status.success());
        if !mounted {
            println!("skipped: no tmpfs can be mounted here");
        }
        mounted.then(|| Self(home))
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // Lazily: a child that another test starts just now may hold a file that is open here.
        assert!(Command::new("umount").arg("-l").arg(self.0.path()).status().unwrap().success());
    }
}

/// Each case has a file system of its own, and one that is to succeed needs half of it. What was removed takes room
/// for as long as somebody has it open, and a child that another test starts has every file of this program open
/// until it runs its own program.
#[test]
fn a_full_disk_leaves_the_old_set() {
    let sized = |n: usize| {
        vec![
            file("s", "/a", "x", &"a".repeat(n / 2)),
            file("s", "/b", "x", &"b".repeat(n)),
            file("s", "/c", "x", ""),
        ]
    };
    let Some(small) = Small::new() else { return };
    let dir = small.0.path().join("out");
    let message = error(write(&dir, sized(100_000), Vec::new(), &all(), PLAIN));
    assert!(message.contains("cannot write ") && message.contains("No space left on device"), "{message}");
    assert!(!dir.exists());
    for (n, fits) in [(6_000, true), (30_000, false), (60_000, false)] {
        let Some(small) = Small::new() else { return };
        let dir = small.0.path().join("out");
        put(&dir, sized(2_000));
        let before = picture(&dir);
        let outcome = write(&dir, sized(n), Vec::new(), &all(), PLAIN);
        if fits {
            done(outcome);
            assert_eq!(picture(&dir), picture_of(sized(n)));
        } else {
            assert!(error(outcome).contains("No space left on device"));
            assert_eq!(picture(&dir), before);
            assert_eq!(put(&dir, sized(2_000))[0].1, Change::Unchanged);
        }
    }
}

// ---- kills and locks: a child of this test program does the work

const CHILD: &str = "IPXEGEN_TREE_CHILD";

/// The child's part: which set, into which folder, and the step at which it dies.
fn child(order: &str) {
    let [set, step, dir] = order.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{order}") };
    let files = match set {
        "new" => new_set(),
        "third" => third_set(),
        _ => old_set(),
    };
    let dir = Path::new(dir);
    if step == "wait" {
        let mut probe = |_| {
            fs::write(dir.join("waiting"), "")?;
            std::thread::sleep(std::time::Duration::from_secs(60));
            Ok(())
        };
        write_probed(dir, files, Vec::new(), &all(), PLAIN, &mut probe).unwrap();
        return;
    }
    // No destructor runs: as if killed.
    let mut probe = at_step(step.parse().unwrap(), |_| std::process::exit(9));
    done(write_probed(dir, files, Vec::new(), &all(), PLAIN, &mut probe));
    std::process::exit(8);
}

fn child_command(set: &str, step: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    // The test that the child is started as plays the child's part when it is told to.
    command.args(["tree::tests::after_a_kill_at_any_step_the_next_run_completes", "--exact", "--quiet"]);
    command.env(CHILD, format!("{set} {step} {}", dir.display()));
    command.stdout(std::process::Stdio::null());
    command
}

/// Whether it was killed rather than done.
fn kill(set: &str, step: usize, dir: &Path) -> bool {
    match child_command(set, &step.to_string(), dir).status().unwrap().code() {
        Some(9) => true,
        Some(8) => false,
        other => panic!("the child ended with {other:?}"),
    }
}

#[test]
fn after_a_kill_at_any_step_the_next_run_completes() {
    if let Ok(order) = std::env::var(CHILD) {
        return child(&order);
    }
    let pictures =
        [old_set as fn() -> Vec<File<'static>>, new_set, third_set].map(|set| (set, picture_of(set())));
    let mut mixed = false;
    for step in 0.. {
        let mut killed = false;
        for (set, expected) in &pictures {
            let home = with_old_set();
            killed = kill("new", step, home.path());
            mixed |= read_manifest(home.path()).is_err();
            put(home.path(), set());
            assert_eq!(&picture(home.path()), expected, "step {step}");
            put(home.path(), old_set());
            assert_eq!(picture(home.path()), pictures[0].1, "step {step}");
        }
        if !killed {
            assert!(step > 10);
            break;
        }
    }
    assert!(mixed);
}

#[test]
fn after_two_kills_the_next_run_completes() {
    let expected = picture_of(new_set());
    for first in [4, 6, 8, 10, 12] {
        for second in [3, 5, 7, 9, 11] {
            let home = with_old_set();
            assert!(kill("new", first, home.path()));
            kill("third", second, home.path());
            put(home.path(), new_set());
            assert_eq!(picture(home.path()), expected, "steps {first} and {second}");
        }
    }
}

#[test]
fn after_a_kill_an_edited_file_is_still_seen() {
    for step in [4, 7, 9, 12] {
        let home = with_old_set();
        assert!(kill("new", step, home.path()));
        fs::write(home.path().join("s/etc/same"), "by hand").unwrap();
        let outcome = write(home.path(), third_set(), Vec::new(), &all(), PLAIN);
        assert_eq!(refused(outcome), [("s/etc/same".to_owned(), Reason::Edited)], "step {step}");
        assert!(read_manifest(home.path()).unwrap().is_some());
        done(write(home.path(), third_set(), Vec::new(), &all(), FORCE));
        assert_eq!(picture(home.path()), picture_of(third_set()));
    }
}

#[test]
fn after_a_kill_a_selection_still_touches_only_what_it_selects() {
    let t = Selection { servers: vec!["t".to_owned()], outputs: Vec::new() };
    for step in 0..14 {
        let home = with_old_set();
        kill("new", step, home.path());
        let of_s = |picture: BTreeMap<String, _>| -> BTreeMap<String, _> {
            picture.into_iter().filter(|(name, _)| name.starts_with("s/") && !name.contains(".tmp")).collect()
        };
        let files_of_s = |dir: &Path| -> BTreeMap<String, (String, u32)> {
            of_s(picture(dir)).into_iter().filter(|(_, (text, _))| text != "/").collect()
        };
        let before = files_of_s(home.path());
        done(write(home.path(), new_set(), Vec::new(), &t, PLAIN));
        assert_eq!(files_of_s(home.path()), before, "step {step}");
        put(home.path(), new_set());
        assert_eq!(picture(home.path()), picture_of(new_set()), "step {step}");
    }
}

#[test]
fn a_killed_first_run_is_no_hindrance() {
    for step in 0.. {
        let home = temp();
        let dir = home.path().join("out");
        let killed = kill("new", step, &dir);
        put(&dir, third_set());
        assert_eq!(picture(&dir), picture_of(third_set()), "step {step}");
        if !killed {
            break;
        }
    }
}

#[test]
fn modes_do_not_depend_on_the_umask() {
    for umask in ["000", "022", "077"] {
        let home = temp();
        let dir = home.path().join("out");
        let child = child_command("new", "99", &dir);
        let mut shell = Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("umask {umask}; exec \"$0\" \"$@\""))
            .arg(child.get_program())
            .args(child.get_args());
        shell.envs(child.get_envs().filter_map(|(name, value)| Some((name, value?))));
        assert_eq!(shell.stdout(std::process::Stdio::null()).status().unwrap().code(), Some(8));
        assert_eq!(picture(&dir), picture_of(new_set()), "umask {umask}");
    }
}

#[test]
fn two_runs_do_not_meet() {
    let home = temp();
    let dir = home.path().join("out");
    let mut other = child_command("new", "wait", &dir).spawn().unwrap();
    while !dir.join("waiting").exists() {
        assert!(other.try_wait().unwrap().is_none());
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let message = error(write(&dir, third_set(), Vec::new(), &all(), PLAIN));
    let expected = format!(
        "another run is writing to {} (lock {}); wait for it",
        dir.display(),
        dir.join(".ipxegen.lock").display()
    );
    assert_eq!(message, expected);
    other.kill().unwrap();
    other.wait().unwrap();
    put(&dir, third_set());
    fs::remove_file(dir.join("waiting")).unwrap();
    assert_eq!(picture(&dir), picture_of(third_set()));
}

#[test]
fn many_runs_at_once_leave_one_set() {
    let home = temp();
    let dir = home.path().join("out");
    std::thread::scope(|scope| {
        for n in 0..4 {
            let dir = &dir;
            scope.spawn(move || {
                for _ in 0..20 {
                    let files =
                        vec![file("s", "/a", "x", &n.to_string()), file("s", "/b", "x", &n.to_string())];
                    match write(dir, files, Vec::new(), &all(), PLAIN) {
                        Ok(outcome) => assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}"),
                        Err(error) => {
                            assert!(format!("{error:#}").starts_with("another run is"), "{error:#}");
                        }
                    }
                }
            });
        }
    });
    assert_eq!(names(&dir), ["manifest.json", "s/a", "s/b"]);
    assert_eq!(fs::read(dir.join("s/a")).unwrap(), fs::read(dir.join("s/b")).unwrap());
}

#[test]
fn leftovers_are_swept_and_nothing_else() {
    let home = with_old_set();
    let leftover = ".ipxegen-0123456789.tmp";
    let places = [leftover.to_owned(), format!("s/{leftover}"), format!("s/etc/{leftover}")];
    for place in &places {
        fs::write(home.path().join(place), "").unwrap();
    }
    fs::create_dir_all(home.path().join("theirs")).unwrap();
    let kept = [format!("theirs/{leftover}"), "s/.ipxegen-x".to_owned(), "s/x.tmp".to_owned()];
    for place in &kept {
        fs::write(home.path().join(place), "").unwrap();
    }
    put(home.path(), old_set());
    assert!(places.iter().all(|place| !home.path().join(place).exists()));
    assert!(kept.iter().all(|place| home.path().join(place).exists()));
}

#[test]
fn a_journal_that_is_not_ours() {
    let home = with_old_set();
    fs::write(home.path().join(".ipxegen-journal.json"), "{").unwrap();
    let outcome = refused(write(home.path(), new_set(), Vec::new(), &all(), PLAIN));
    assert!(
        matches!(&outcome[..], [(place, Reason::Unusable(_))] if place == ".ipxegen-journal.json"),
        "{outcome:?}"
    );
    done(write(home.path(), new_set(), Vec::new(), &all(), FORCE));
    assert_eq!(picture(home.path()), picture_of(new_set()));
}

#[test]
fn reasons_are_told_in_words() {
    let told =
        [Reason::Edited, Reason::Foreign, Reason::Link, Reason::NoFile, Reason::Unusable("why".to_owned())]
            .map(|reason| reason.to_string());
    assert_eq!(told[0], "changed since it was rendered");
    assert_eq!(told[4], "cannot be used: why");
    assert_eq!(told.iter().collect::<BTreeSet<_>>().len(), 5);
    let _: PathBuf = entry("s", "/f", "x", 0).place().unwrap();
}
