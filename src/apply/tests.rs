//! What a machine is promised: the old set or the new one, whole, and every one of them back.

use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};

use tempfile::TempDir;

use super::{
    Applied, ApplyOptions, KEPT, LockedMachine, Origin, Provenance, history, recover, recover_mixture,
};
use crate::tree::{Change, File, Home, Reason, TreeEntry};

const PLAIN: ApplyOptions = ApplyOptions { force: false, adopt: false };
/// No signal comes.
static NEVER: AtomicBool = AtomicBool::new(false);
const ADOPT: ApplyOptions = ApplyOptions { force: false, adopt: true };

fn file(path: &str, mode: u32, text: &str) -> File<'static> {
    let (owner, group) = ids();
    let entry = TreeEntry {
        server: "boot".to_owned(),
        path: path.to_owned(),
        output: "x".to_owned(),
        mode,
        owner,
        group,
        reload: Some("x.service".to_owned()),
        check: None,
        templates: Vec::new(),
        secret: None,
    };
    File { entry, content: Box::new(text.to_owned()) }
}

/// Whoever runs the tests.
fn ids() -> (String, String) {
    let met = fs::metadata("/proc/self").unwrap();
    (met.uid().to_string(), met.gid().to_string())
}

fn old_set() -> Vec<File<'static>> {
    vec![
        file("/etc/dhcp/a", 0o644, "old a"),
        file("/etc/dhcp/b", 0o600, "old b"),
        file("/etc/same", 0o644, "same"),
        file("/etc/gone", 0o644, "gone"),
    ]
}

/// Goes over the file that somebody else has.
fn new_set() -> Vec<File<'static>> {
    vec![
        file("/etc/dhcp/a", 0o644, "new a"),
        file("/etc/dhcp/b", 0o640, "new b"),
        file("/etc/same", 0o644, "same"),
        file("/etc/theirs", 0o644, "ours now"),
        file("/srv/made/new", 0o644, "new"),
    ]
}

/// A root with a file of somebody else's, and nothing of ours.
fn bare() -> TempDir {
    let root = TempDir::new().unwrap();
    fs::create_dir_all(root.path().join("etc/dhcp")).unwrap();
    fs::set_permissions(root.path().join("etc/dhcp"), Permissions::from_mode(0o750)).unwrap();
    fs::write(root.path().join("etc/theirs"), "theirs").unwrap();
    fs::set_permissions(root.path().join("etc/theirs"), Permissions::from_mode(0o664)).unwrap();
    root
}

fn origin(server: &str) -> Origin {
    Origin { site: "site.yaml".to_owned(), server: server.to_owned(), ..Origin::default() }
}

fn apply(root: &Path, files: Vec<File<'static>>, order: ApplyOptions) -> anyhow::Result<Applied> {
    let machine = LockedMachine::open(root)?;
    let proposal = machine.propose(files, Vec::new(), &origin("boot"), 7)?;
    machine.carry_out(&proposal, order, None, &NEVER)
}

fn with_old_set() -> TempDir {
    let root = bare();
    apply(root.path(), old_set(), PLAIN).unwrap();
    root
}

fn rollback(root: &Path, number: Option<u64>) -> u64 {
    let machine = LockedMachine::open(root).unwrap();
    let proposal = machine.recall(number).unwrap();
    machine.carry_out(&proposal, PLAIN, None, &NEVER).unwrap().generation
}

/// All files but our own notes, with their modes.
fn picture(root: &Path) -> BTreeMap<String, (String, u32)> {
    walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.unwrap())
        .filter(|entry| {
            !entry.path().starts_with(root.join("var/lib/ipxegen")) && !entry.file_type().is_dir()
        })
        .map(|entry| {
            let name = entry.path().strip_prefix(root).unwrap().display().to_string();
            let text = fs::read_to_string(entry.path()).unwrap();
            (name, (text, entry.metadata().unwrap().mode() & 0o7777))
        })
        .collect()
}

fn picture_with(set: Option<fn() -> Vec<File<'static>>>) -> BTreeMap<String, (String, u32)> {
    let root = bare();
    if let Some(set) = set {
        apply(root.path(), set(), ADOPT).unwrap();
    }
    picture(root.path())
}

fn numbers(root: &Path) -> Vec<(u64, Provenance, bool)> {
    history(root).unwrap().into_iter().map(|one| (one.number, one.made, one.current)).collect()
}

/// Counts steps, and does something at one of them.
fn at(step: usize, mut act: impl FnMut() -> io::Result<()>) -> impl FnMut() -> io::Result<()> {
    let mut n = 0;
    move || {
        n += 1;
        if n == step + 1 { act() } else { Ok(()) }
    }
}

// ---- sets in place of each other

#[test]
fn a_set_goes_in_and_comes_back() {
    let root = with_old_set();
    let root = root.path();
    assert_eq!(picture(root), picture_with(Some(old_set)));
    assert_eq!(fs::metadata(root.join("etc/dhcp")).unwrap().mode() & 0o777, 0o750, "folders keep their mode");

    let applied = apply(root, new_set(), ADOPT).unwrap();
    assert_eq!(picture(root), picture_with(Some(new_set)));
    assert_eq!((applied.generation, applied.found), (3, Some(2)));
    assert_eq!(applied.pending, ["x.service"]);
    use Provenance::{Applied as A, Found};
    assert_eq!(numbers(root), [(1, A, false), (2, Found, false), (3, A, true)]);

    // The set that stood there, with the file of somebody else's as it was.
    assert_eq!(rollback(root, None), 2);
    assert_eq!(picture(root), picture_with(Some(old_set)));
    // It is theirs again.
    let error = format!("{:#}", apply(root, new_set(), PLAIN).unwrap_err());
    assert!(error.contains("etc/theirs was not written by ipxegen"), "{error}");
    assert_eq!(picture(root), picture_with(Some(old_set)));

    let machine = LockedMachine::open(root).unwrap();
    let proposal = machine.recall(Some(3)).unwrap();
    assert!(machine.carry_out(&proposal, PLAIN, None, &NEVER).is_err());
    assert_eq!(machine.carry_out(&proposal, ADOPT, None, &NEVER).unwrap().generation, 3);
    drop(machine);
    assert_eq!(picture(root), picture_with(Some(new_set)));
    assert_eq!(rollback(root, Some(1)), 1);
}

#[test]
fn what_is_there_already_changes_nothing() {
    let root = with_old_set();
    let machine = LockedMachine::open(root.path()).unwrap();
    let proposal = machine.propose(old_set(), Vec::new(), &origin("boot"), 8).unwrap();
    assert!(proposal.is_idle());
    machine.leave().unwrap();
    assert_eq!(numbers(root.path()), [(1, Provenance::Applied, true)]);
}

#[test]
fn a_run_that_came_to_nothing_leaves_no_trace() {
    let root = bare();
    let machine = LockedMachine::open(root.path()).unwrap();
    machine.propose(new_set(), Vec::new(), &origin("boot"), 8).unwrap();
    machine.leave().unwrap();
    assert!(!root.path().join("var").exists());
}

#[test]
fn what_was_changed_by_hand_is_refused_and_with_force_kept() {
    let root = with_old_set();
    let root = root.path();
    fs::write(root.join("etc/dhcp/a"), "by hand").unwrap();
    let machine = LockedMachine::open(root).unwrap();
    let proposal = machine.propose(new_set(), Vec::new(), &origin("boot"), 7).unwrap();
    let reasons: Vec<_> = proposal
        .survey
        .files
        .iter()
        .filter_map(|file| Some((file.entry.path.as_str(), file.reason.clone()?)))
        .collect();
    assert_eq!(reasons, [("/etc/dhcp/a", Reason::Edited), ("/etc/theirs", Reason::Foreign)]);
    let edited = proposal.survey.files.iter().find(|file| file.entry.path == "/etc/dhcp/a").unwrap();
    assert_eq!(machine.last_bytes(edited).unwrap(), b"old a");
    let error = format!("{:#}", machine.carry_out(&proposal, ADOPT, None, &NEVER).unwrap_err());
    assert!(error.contains("etc/dhcp/a was changed since it was rendered"), "{error}");
    drop(machine);

    let applied = apply(root, new_set(), ApplyOptions { force: true, adopt: true }).unwrap();
    assert_eq!(picture(root), picture_with(Some(new_set)));
    rollback(root, applied.found);
    assert_eq!(fs::read_to_string(root.join("etc/dhcp/a")).unwrap(), "by hand");
    assert_eq!(fs::read_to_string(root.join("etc/theirs")).unwrap(), "theirs");
}

#[test]
fn the_last_generations_are_kept() {
    let root = bare();
    let root = root.path();
    for n in 0..15 {
        apply(root, vec![file("/etc/n", 0o644, &n.to_string())], PLAIN).unwrap();
        if n == 2 {
            // The one in place is kept however old it is.
            rollback(root, Some(1));
        }
    }
    assert_eq!(history(root).unwrap().len(), KEPT);
    assert_eq!(numbers(root)[0].0, 6);
    assert_eq!(rollback(root, Some(7)), 7);
    assert_eq!(fs::read_to_string(root.join("etc/n")).unwrap(), "6");
    let machine = LockedMachine::open(root).unwrap();
    let error = machine.recall(Some(2)).err().unwrap().to_string();
    assert_eq!(error, "there is no generation 2; those kept are 6, 7, 8, 9, 10, 11, 12, 13, 14, 15");
}

// ---- links and owners

#[test]
fn links_lead_no_further_than_the_root() {
    let root = bare();
    let root = root.path();
    let outside = TempDir::new().unwrap();
    fs::create_dir_all(root.join("data/tftp")).unwrap();
    // As on the machine itself: `/` is its root, and nothing is above it.
    symlink("/data/tftp", root.join("absolute")).unwrap();
    symlink("../../../../data", root.join("etc/relative")).unwrap();
    symlink(outside.path(), root.join("out")).unwrap();
    symlink("/round", root.join("round")).unwrap();
    let one = |path: &str| apply(root, vec![file(path, 0o644, path)], PLAIN);
    one("/absolute/a/b").unwrap();
    assert!(root.join("data/tftp/a/b").is_file());
    one("/etc/relative/tftp/c").unwrap();
    assert!(root.join("data/tftp/c").is_file() && !root.join("data/tftp/a/b").exists());
    let error = one("/out/x").unwrap_err().to_string();
    assert!(error.contains("/out/x is reached by a symbolic link that leads nowhere"), "{error}");
    let error = one("/round/x").unwrap_err().to_string();
    assert!(error.contains("lead to each other"), "{error}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
    // A link in the file's own place is nobody's to replace.
    symlink(outside.path().join("x"), root.join("etc/link")).unwrap();
    let error = one("/etc/link").unwrap_err().to_string();
    assert!(error.contains("etc/link is a symbolic link to"), "{error}");
    let error = one("/var/lib/ipxegen/manifest.json").unwrap_err().to_string();
    assert!(error.contains("ipxegen keeps its own files"), "{error}");
}

#[test]
fn owners_are_those_of_the_machine() {
    if ids().0 != "0" {
        return println!("skipped: needs root");
    }
    let root = bare();
    let root = root.path();
    fs::write(root.join("etc/passwd"), "tftp:x:4711:12::/:/bin/false\n").unwrap();
    fs::write(root.join("etc/group"), "boots:x:4712:\n").unwrap();
    let owned = |owner: &str, text: &str| {
        let mut one = file("/etc/owned", 0o640, text);
        (one.entry.owner, one.entry.group) = (owner.to_owned(), "boots".to_owned());
        vec![one]
    };
    let ids = || {
        let met = fs::metadata(root.join("etc/owned")).unwrap();
        (met.uid(), met.gid(), met.mode() & 0o7777)
    };
    apply(root, owned("tftp", "1"), PLAIN).unwrap();
    assert_eq!(ids(), (4711, 4712, 0o640));
    // Of the same bytes only the owner is mended.
    std::os::unix::fs::chown(root.join("etc/owned"), Some(1), Some(1)).unwrap();
    let applied = apply(root, owned("tftp", "1"), PLAIN).unwrap();
    assert_eq!((ids(), applied.touched[0].change), ((4711, 4712, 0o640), Change::Changed));
    let error = format!("{:#}", apply(root, owned("nobody-here", "2"), PLAIN).unwrap_err());
    assert!(
        error.contains("/etc/owned belongs to the user nobody-here, which this machine does not have"),
        "{error}"
    );
    assert_eq!(ids(), (4711, 4712, 0o640));
    // A folder without the lists is no system.
    for list in ["etc/passwd", "etc/group"] {
        fs::remove_file(root.join(list)).unwrap();
    }
    apply(root, owned("nobody-here", "3"), PLAIN).unwrap();
    assert_eq!(ids(), (0, 0, 0o640));
    // What is put back has the owner it had.
    std::os::unix::fs::chown(root.join("etc/theirs"), Some(77), Some(78)).unwrap();
    apply(root, new_set(), ADOPT).unwrap();
    rollback(root, None);
    let met = fs::metadata(root.join("etc/theirs")).unwrap();
    assert_eq!((met.uid(), met.gid()), (77, 78));
}

// ---- steps that fail

#[test]
fn a_step_that_fails_leaves_the_old_set_or_the_new() {
    let (old, new) = (picture_with(Some(old_set)), picture_with(Some(new_set)));
    let mut seen = std::collections::BTreeSet::new();
    for step in 0.. {
        let root = with_old_set();
        let root = root.path();
        let result = (|| {
            let mut probe = at(step, || Err(io::Error::other("the disk is tired")));
            let machine = LockedMachine::open_probed(root, &mut probe)?;
            let proposal = machine.propose_probed(new_set(), Vec::new(), &origin("boot"), 7, &mut probe)?;
            machine.carry_out_probed(&proposal, ADOPT, None, &NEVER, &mut probe)
        })();
        let now = picture(root);
        match result {
            Ok(_) => {
                assert!(step > 15, "{step}");
                assert_eq!(now, new);
                assert_eq!(seen.len(), 4, "{seen:#?}");
                return;
            }
            Err(error) => {
                let error = format!("{error:#}");
                assert!(error.contains("the disk is tired"), "{error}");
                // The files that it says are in place.
                let said = match error.split(':').next().unwrap() {
                    // Before anything was begun.
                    "the disk is tired" | "nothing was changed" | "the old files are back" => &old,
                    "generation 3 is in place, but `ipxegen recover` has to finish the work" => &new,
                    other => panic!("{other}: {error}"),
                };
                assert!(now == *said, "step {step}: {error}: {now:#?}");
                seen.insert(error);
            }
        }
        check_next_run(root, &old, &new, step);
    }
}

/// A folder that cannot be written to, once the files are exchanged: only root passes over that.
#[test]
fn an_exchange_that_cannot_be_undone_says_so() {
    let root = with_old_set();
    let root = root.path();
    let machine = LockedMachine::open(root).unwrap();
    let proposal = machine.propose(new_set(), Vec::new(), &origin("boot"), 7).unwrap();
    // The step fails, and the copy of the old files is gone as well.
    let generations = root.join("var/lib/ipxegen/generations");
    let mut probe = || {
        if root.join("srv/made/new").exists() && generations.join(".found.tmp").exists() {
            fs::remove_dir_all(generations.join(".found.tmp"))?;
            // What was kept of the old files is gone, too.
            for folder in ["etc", "etc/dhcp"] {
                for entry in fs::read_dir(root.join(folder))? {
                    let path = entry?.path();
                    if path.extension().is_some_and(|extension| extension == "tmp") {
                        fs::remove_file(path)?;
                    }
                }
            }
            return Err(io::Error::other("the disk is tired"));
        }
        Ok(())
    };
    let error = machine.carry_out_probed(&proposal, ADOPT, None, &NEVER, &mut probe).unwrap_err();
    let error = format!("{error:#}");
    assert!(!error.contains("nothing was changed") && !error.contains("are back"), "{error}");
    assert!(error.ends_with("old and new files may be mixed until `ipxegen recover` succeeds"), "{error}");
}

/// After whatever happened, the next runs do as if nothing had.
fn check_next_run(
    root: &Path,
    old: &BTreeMap<String, (String, u32)>,
    new: &BTreeMap<String, (String, u32)>,
    step: usize,
) {
    let machine = LockedMachine::open(root).unwrap();
    let now = picture(root);
    assert!(now == *old || now == *new, "step {step}: {now:#?}");
    // What is in place is listed, so that it can be come back to.
    let current = machine.current().unwrap();
    drop(machine);
    let all = history(root).unwrap();
    assert!(all.iter().any(|one| Some(one.number) == current && one.current), "step {step}: {all:?}");
    apply(root, new_set(), ADOPT).unwrap();
    assert_eq!(picture(root), *new, "step {step}");
    // Also of the file that was not ours there is a copy, whenever it went.
    let found: Vec<_> =
        history(root).unwrap().into_iter().filter(|one| one.made == Provenance::Found).collect();
    rollback(root, Some(found.last().unwrap().number));
    assert_eq!(picture(root), *old, "step {step}");
    let left: Vec<_> = fs::read_dir(root.join("var/lib/ipxegen/generations"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "step {step}: {left:?}");
}

#[test]
fn a_full_disk_leaves_the_old_set() {
    let root = TempDir::new().unwrap();
    let mount = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=160k", "ipxegen-test"])
        .arg(root.path())
        .output();
    if !mount.is_ok_and(|output| output.status.success()) {
        return println!("skipped: no tmpfs can be mounted here");
    }
    let mut failed = 0;
    let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let set = |text: &str, n: usize| {
            vec![
                file("/etc/a", 0o644, &text.repeat(n)),
                file("/etc/b", 0o644, &text.repeat(n)),
                file("/etc/c", 0o644, text),
            ]
        };
        apply(root.path(), set("o", 4_000), PLAIN).unwrap();
        for pages in 1..12 {
            let before = picture(root.path());
            match apply(root.path(), set("n", pages * 4_096), PLAIN) {
                Ok(_) => {
                    apply(root.path(), set("o", 4_000), PLAIN).ok();
                }
                Err(error) => {
                    assert!(format!("{error:#}").contains("No space left on device"), "{error:#}");
                    assert_eq!(picture(root.path()), before, "{pages}");
                    failed += 1;
                }
            }
        }
    }));
    // Lazily: a child that another test starts just now may hold a file that is open here.
    assert!(Command::new("umount").arg("-l").arg(root.path()).status().unwrap().success());
    done.unwrap();
    assert!(failed > 2, "{failed}");
}

// ---- kills: a child of this test program does the work

const CHILD: &str = "IPXEGEN_APPLY_CHILD";

/// The child's part: what to do, the step at which it dies, and the root. Alone it does nothing.
#[test]
fn child() {
    let Ok(order) = std::env::var(CHILD) else { return };
    let [what, step, root] = order.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{order}") };
    // No destructor runs: as if killed.
    let mut probe = at(step.parse().unwrap(), || std::process::exit(9));
    let machine = LockedMachine::open_probed(Path::new(root), &mut probe).unwrap();
    match what {
        "apply" => {
            let proposal =
                machine.propose_probed(new_set(), Vec::new(), &origin("boot"), 7, &mut probe).unwrap();
            machine.carry_out_probed(&proposal, ADOPT, None, &NEVER, &mut probe).unwrap();
        }
        "rollback" => {
            let proposal = machine.recall(None).unwrap();
            machine.carry_out_probed(&proposal, PLAIN, None, &NEVER, &mut probe).unwrap();
        }
        _ => {}
    }
    std::process::exit(8);
}

/// Whether it was killed rather than done.
fn kill(what: &str, step: usize, root: &Path) -> bool {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["apply::tests::child", "--exact", "--quiet"]);
    command.env(CHILD, format!("{what} {step} {}", root.display()));
    match command.stdout(std::process::Stdio::null()).status().unwrap().code() {
        Some(9) => true,
        Some(8) => false,
        other => panic!("the child ended with {other:?}"),
    }
}

fn is_mixed(root: &Path) -> bool {
    Home::root(root, super::STATE).unwrap().interrupted().unwrap()
}

#[test]
fn after_a_kill_at_any_step_the_next_run_finds_one_set() {
    let (old, new) = (picture_with(Some(old_set)), picture_with(Some(new_set)));
    let mut mixed = 0;
    for step in 0.. {
        let root = with_old_set();
        let killed = kill("apply", step, root.path());
        if is_mixed(root.path()) {
            mixed += 1;
            assert!(history(root.path()).is_err());
        }
        // Whoever just looks has one set before him, too.
        recover_mixture(root.path()).unwrap();
        let mut now = picture(root.path());
        // Files that were not in their places yet are swept away by whoever comes to write.
        now.retain(|name, _| !name.ends_with(".tmp"));
        assert!(now == old || now == new, "step {step}: {now:#?}");
        history(root.path()).unwrap();
        check_next_run(root.path(), &old, &new, step);
        if !killed {
            assert!(step > 15 && mixed > 5, "{step} {mixed}");
            break;
        }
    }
}

#[test]
fn a_machine_that_starts_puts_right_what_was_killed() {
    let (old, new) = (picture_with(Some(old_set)), picture_with(Some(new_set)));
    let mut said = std::collections::BTreeSet::new();
    for step in 0.. {
        let root = with_old_set();
        let killed = kill("apply", step, root.path());
        said.extend(recover(root.path()).unwrap());
        assert_eq!(recover(root.path()).unwrap(), None);
        let now = picture(root.path());
        assert!(now == old || now == new, "step {step}: {now:#?}");
        if !killed {
            break;
        }
    }
    assert_eq!(said.len(), 2, "{said:?}");
    // Where nothing was ever applied, nothing is written.
    let root = bare();
    let before = picture(root.path());
    assert_eq!(recover(root.path()).unwrap(), None);
    assert!(picture(root.path()) == before && !root.path().join("var").exists());
}

#[test]
fn a_signal_is_obeyed_while_that_leaves_the_old_set() {
    let (old, new) = (picture_with(Some(old_set)), picture_with(Some(new_set)));
    let (mut undone, mut done) = (0, 0);
    for step in 0.. {
        let root = with_old_set();
        let stop = AtomicBool::new(false);
        let mut probe = at(step, || {
            stop.store(true, Ordering::Relaxed);
            Ok(())
        });
        let machine = LockedMachine::open(root.path()).unwrap();
        let proposal = machine.propose(new_set(), Vec::new(), &origin("boot"), 7).unwrap();
        let result = machine.carry_out_probed(&proposal, ADOPT, None, &stop, &mut probe);
        drop(machine);
        let came = stop.load(Ordering::Relaxed);
        // Nothing is left to be put right.
        assert_eq!(recover(root.path()).unwrap(), None);
        match result {
            Ok(_) => {
                assert_eq!(picture(root.path()), new, "step {step}");
                done += usize::from(came);
            }
            Err(error) => {
                assert_eq!(format!("{error:#}"), "nothing was changed: interrupted by a signal");
                assert_eq!(picture(root.path()), old, "step {step}");
                undone += 1;
            }
        }
        if !came {
            break;
        }
    }
    assert!(undone > 5 && done > 2, "{undone} {done}");
}

#[test]
fn a_rollback_can_be_killed_too() {
    let (old, new) = (picture_with(Some(old_set)), picture_with(Some(new_set)));
    for step in 0.. {
        let root = with_old_set();
        apply(root.path(), new_set(), ADOPT).unwrap();
        let killed = kill("rollback", step, root.path());
        check_next_run(root.path(), &old, &new, step);
        if !killed {
            break;
        }
    }
}

/// Files of ours that are no one's any more, anywhere below the root.
fn leftovers(root: &Path) -> Vec<String> {
    let all = walkdir::WalkDir::new(root).into_iter().map(|entry| entry.unwrap().into_path());
    let ours = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        let generations = path.parent().is_some_and(|above| above.ends_with("ipxegen/generations"));
        name.ends_with(".tmp") || generations && name.starts_with('.')
    };
    all.filter(ours).map(|path| path.display().to_string()).collect()
}

#[test]
fn recover_sweeps_what_any_kill_left() {
    for what in ["apply", "rollback"] {
        let mut swept = 0;
        for step in 0.. {
            let root = with_old_set();
            if what == "rollback" {
                apply(root.path(), new_set(), ADOPT).unwrap();
            }
            let killed = kill(what, step, root.path());
            swept += leftovers(root.path()).len();
            recover(root.path()).unwrap();
            assert_eq!(leftovers(root.path()), [""; 0], "{what} killed at step {step}");
            if !killed {
                break;
            }
        }
        assert!(swept > 20, "{swept}");
    }
}

#[test]
fn a_machine_knows_which_server_it_is() {
    let root = with_old_set();
    let root = root.path();
    let other = |name: &str, text: &str| {
        let mut one = file("/etc/other", 0o644, text);
        one.entry.server = name.to_owned();
        vec![one]
    };
    let propose = |files: Vec<File<'static>>, server: &str| {
        let machine = LockedMachine::open(root).unwrap();
        let proposal = machine.propose(files, Vec::new(), &origin(server), 7).unwrap();
        (machine, proposal)
    };
    assert_eq!(propose(old_set(), "boot").1.other_server(), None);
    assert_eq!(propose(other("store", "1"), "store").1.other_server(), Some("boot"));
    // Also where a server has no file at all.
    let (machine, proposal) = propose(Vec::new(), "store");
    assert_eq!(proposal.other_server(), Some("boot"));
    assert!(!proposal.is_idle());
    machine.carry_out(&proposal, PLAIN, None, &NEVER).unwrap();
    drop(machine);
    assert_eq!(propose(old_set(), "boot").1.other_server(), Some("store"));
    // A generation brings its server back.
    let machine = LockedMachine::open(root).unwrap();
    let proposal = machine.recall(Some(1)).unwrap();
    assert_eq!((proposal.server(), proposal.other_server()), (Some("boot"), Some("store")));
    machine.carry_out(&proposal, PLAIN, None, &NEVER).unwrap();
    drop(machine);
    assert_eq!(propose(old_set(), "boot").1.other_server(), None);

    // As an older ipxegen wrote it: what its files say counts.
    for name in ["manifest.json", "generations/1/generation.json"] {
        let path = root.join("var/lib/ipxegen").join(name);
        let mut value: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_eq!(value.as_object_mut().unwrap().remove("server").unwrap(), "boot");
        fs::write(&path, serde_json::to_vec_pretty(&value).unwrap()).unwrap();
    }
    let (machine, proposal) = propose(old_set(), "boot");
    assert!(proposal.is_idle() && proposal.other_server().is_none());
    drop(machine);
    assert_eq!(propose(other("store", "1"), "store").1.other_server(), Some("boot"));
    assert_eq!(LockedMachine::open(root).unwrap().recall(Some(1)).unwrap().server(), Some("boot"));
}

#[test]
fn putting_right_can_be_killed_too() {
    let (old, new) = (picture_with(Some(old_set)), picture_with(Some(new_set)));
    for first in [10, 15, 19] {
        for second in 0..8 {
            let root = with_old_set();
            kill("apply", first, root.path());
            kill("open", second, root.path());
            check_next_run(root.path(), &old, &new, first * 100 + second);
        }
    }
}

#[test]
fn a_killed_first_run_is_no_hindrance() {
    let (bare_root, new) = (picture_with(None), picture_with(Some(new_set)));
    for step in 0.. {
        let root = bare();
        let killed = kill("apply", step, root.path());
        drop(LockedMachine::open(root.path()).unwrap());
        let now = picture(root.path());
        assert!(now == bare_root || now == new, "step {step}: {now:#?}");
        apply(root.path(), new_set(), ADOPT).unwrap();
        assert_eq!(picture(root.path()), new, "step {step}");
        if !killed {
            break;
        }
    }
}

#[test]
fn two_runs_do_not_meet() {
    let root = with_old_set();
    let machine = LockedMachine::open(root.path()).unwrap();
    let error = LockedMachine::open(root.path()).err().unwrap().to_string();
    assert!(error.starts_with("another run is writing to "), "{error}");
    drop(machine);
    LockedMachine::open(root.path()).unwrap();
}

// ---- the DHCP server changes

fn of_daemon(path: &str, unit: &str) -> File<'static> {
    let mut one = file(path, 0o644, unit);
    one.entry.reload = Some(unit.to_owned());
    one
}

const ISC: &str = "isc-dhcp-server.service";
const KEA: &str = "kea-dhcp4-server.service";

fn isc_set() -> Vec<File<'static>> {
    vec![of_daemon("/etc/dhcp/dhcpd.conf", ISC), of_daemon("/etc/default/isc-dhcp-server", ISC)]
}

fn kea_set() -> Vec<File<'static>> {
    vec![of_daemon("/etc/kea/kea-dhcp4.conf", KEA), file("/etc/x", 0o644, "x")]
}

fn switch_words(root: &Path, files: Vec<File<'static>>) -> Option<String> {
    let machine = LockedMachine::open(root).unwrap();
    let proposal = machine.propose(files, Vec::new(), &origin("boot"), 7).unwrap();
    proposal.switch().words()
}

#[test]
fn another_dhcp_server_stops_the_one_before() {
    let root = bare();
    let root = root.path();
    let to_kea = format!("stop and disable {ISC}; enable and start {KEA}");
    let to_isc = format!("stop and disable {KEA}; enable and start {ISC}");
    // A machine without a set of ours has daemons that are nobody's business.
    assert_eq!(switch_words(root, kea_set()), None);
    apply(root, isc_set(), PLAIN).unwrap();
    assert_eq!(switch_words(root, isc_set()), None);
    assert_eq!(
        switch_words(root, vec![file("/etc/x", 0o644, "x")]).unwrap(),
        format!("stop and disable {ISC}")
    );
    assert_eq!(switch_words(root, kea_set()).unwrap(), to_kea);
    let applied = apply(root, kea_set(), PLAIN).unwrap();
    assert_eq!(applied.switch.unwrap(), to_kea);
    assert_eq!(applied.pending, [KEA, "x.service"]);

    // Not told yet, and the way back.
    let machine = LockedMachine::open(root).unwrap();
    assert_eq!(machine.switch(&machine.pending().unwrap()).unwrap().words().unwrap(), to_kea);
    let proposal = machine.recall(None).unwrap();
    assert_eq!(proposal.switch().words().unwrap(), to_isc);
    machine.carry_out(&proposal, PLAIN, None, &NEVER).unwrap();
    assert_eq!(machine.switch(&machine.pending().unwrap()).unwrap().words().unwrap(), to_isc);
}

/// Debian's packages bring a configuration of their own, which `--adopt` takes over.
#[test]
fn a_daemon_that_was_there_before_keeps_running() {
    let root = bare();
    let root = root.path();
    for path in ["etc/dhcp/dhcpd.conf", "etc/kea/kea-dhcp4.conf"] {
        fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        fs::write(root.join(path), "of the package").unwrap();
    }
    apply(root, vec![file("/etc/x", 0o644, "x")], PLAIN).unwrap();
    // Somebody else's dhcpd becomes ours, and is not stopped when it goes back.
    assert_eq!(switch_words(root, isc_set()), None);
    let found = apply(root, isc_set(), ADOPT).unwrap().found;
    let machine = LockedMachine::open(root).unwrap();
    assert_eq!(machine.recall(found).unwrap().switch().words(), None);
    drop(machine);
    // The package's file is no reason not to start its daemon, or to let it run on.
    assert_eq!(
        switch_words(root, kea_set()).unwrap(),
        format!("stop and disable {ISC}; enable and start {KEA}")
    );
    let found = apply(root, kea_set(), ADOPT).unwrap().found;
    let machine = LockedMachine::open(root).unwrap();
    let back = machine.recall(found).unwrap().switch().words().unwrap();
    assert_eq!(back, format!("stop and disable {KEA}; enable and start {ISC}"));
}

#[test]
fn wherever_a_switch_fails_it_fits_the_files_in_place() {
    let (mut to_isc, mut to_kea, mut repaired_switches) = (0, 0, 0);
    for step in 0.. {
        let root = bare();
        let root = root.path();
        apply(root, isc_set(), PLAIN).unwrap();
        let result = (|| {
            let mut probe = at(step, || Err(io::Error::other("the disk is tired")));
            let machine = LockedMachine::open_probed(root, &mut probe)?;
            let proposal = machine.propose_probed(kea_set(), Vec::new(), &origin("boot"), 7, &mut probe)?;
            machine.carry_out_probed(&proposal, PLAIN, None, &NEVER, &mut probe)
        })();
        let machine = LockedMachine::open(root).unwrap();
        let switch = machine.switch(&machine.pending().unwrap()).unwrap();
        if let (Some(repaired), Some(words)) = (&machine.repaired, switch.words()) {
            assert!(
                repaired.ends_with(&format!("; `ipxegen apply --reload` still has to {words}")),
                "{repaired}"
            );
            repaired_switches += 1;
        }
        let is_kea = root.join("etc/kea/kea-dhcp4.conf").exists();
        match switch.words() {
            None => assert!(!is_kea, "step {step}"),
            Some(words) => assert!(words.ends_with(if is_kea { KEA } else { ISC }), "step {step}: {words}"),
        }
        *(if is_kea { &mut to_kea } else { &mut to_isc }) += 1;
        if result.is_ok() {
            break;
        }
    }
    assert!(to_isc > 5 && to_kea > 2 && repaired_switches > 1, "{to_isc} {to_kea} {repaired_switches}");
}

/// As an older ipxegen noted it.
#[test]
fn an_older_note_of_daemons_is_read() {
    let root = with_old_set();
    let root = root.path();
    let note = root.join("var/lib/ipxegen/reload.json");
    fs::write(&note, r#"{ "x.service": ["/etc/same"] }"#).unwrap();
    let machine = LockedMachine::open(root).unwrap();
    let pending = machine.pending().unwrap();
    assert_eq!(pending.units["x.service"].len(), 1);
    assert!(pending.switched.is_empty());
}
