//! ipxegen writes through no link that another user can set, also not while it runs.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, chown, lchown, symlink};
use std::path::Path;
use std::process::Command;

use crate::diff::{Home, Run, SITE};
use crate::support::swap::while_swapping;
use crate::support::{require, require_root};

/// The user `nobody`.
const NOBODY: u32 = 65534;

/// A machine whose TFTP folder is a link to `/etc/cron.d`.
fn with_link() -> Home {
    let home = Home::new(SITE);
    for folder in ["root/srv", "root/etc/cron.d"] {
        fs::create_dir_all(home.path(folder)).unwrap();
        fs::set_permissions(home.path(folder), Permissions::from_mode(0o755)).unwrap();
    }
    symlink("/etc/cron.d", home.path("root/srv/tftp")).unwrap();
    home
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_link_of_roots_is_followed_and_stays() {
    if !require_root() {
        return;
    }
    let home = with_link();
    home.run("apply --root root --yes").ends(0);
    assert_eq!(names(&home.path("root/etc/cron.d")), ["menu.ipxe"]);
    home.site(&SITE.replace("memtest.bin", "memtest86.bin"));
    home.run("apply --root root --yes").ends(0);
    home.run("rollback --root root --yes").ends(0);
    assert!(home.path("root/srv/tftp").is_symlink());
}

#[test]
fn a_link_that_others_may_have_set_is_not_followed() {
    if !require_root() {
        return;
    }
    type Set = fn(&Home);
    let cases: [(Set, &str); 5] = [
        (
            |home| lchown(home.path("root/srv/tftp"), Some(NOBODY), None).unwrap(),
            "it belongs to the user 65534",
        ),
        (|home| chown(home.path("root/srv"), Some(NOBODY), None).unwrap(), "others may change "),
        (
            |home| fs::set_permissions(home.path("root/srv"), Permissions::from_mode(0o775)).unwrap(),
            "others may change ",
        ),
        // Anyone may give a link of root's a second name there.
        (
            |home| fs::set_permissions(home.path("root/srv"), Permissions::from_mode(0o1777)).unwrap(),
            "others may change ",
        ),
        // The link is root's, and so is its folder; but not the one above.
        (
            |home| {
                fs::create_dir(home.path("root/srv/a")).unwrap();
                fs::rename(home.path("root/srv/tftp"), home.path("root/srv/a/tftp")).unwrap();
                symlink("/srv/a/tftp", home.path("root/srv/tftp")).unwrap();
                chown(home.path("root/srv/a"), Some(NOBODY), None).unwrap();
            },
            "others may change ",
        ),
    ];
    for (set, why) in cases {
        let home = with_link();
        set(&home);
        for line in ["apply --root root --yes", "diff --against root --server boot"] {
            let run = home.run(line).ends(2);
            assert!(run.err.contains("/srv/tftp/menu.ipxe is reached by the symbolic link"), "{}", run.err);
            assert!(
                run.err.contains(why) && run.err.contains("use the path that it leads to"),
                "{}",
                run.err
            );
            assert_eq!(names(&home.path("root/etc/cron.d")), [""; 0], "{why}");
            assert!(!home.path("root/etc/dhcp").exists(), "{why}");
        }
    }
}

#[test]
fn a_link_that_comes_after_the_first_apply_is_not_followed_either() {
    if !require_root() {
        return;
    }
    let home = with_link();
    fs::remove_file(home.path("root/srv/tftp")).unwrap();
    home.run("apply --root root --yes").ends(0);
    fs::rename(home.path("root/srv/tftp"), home.path("root/srv/was")).unwrap();
    symlink("/etc/cron.d", home.path("root/srv/tftp")).unwrap();
    lchown(home.path("root/srv/tftp"), Some(NOBODY), None).unwrap();
    fs::write(home.path("root/etc/cron.d/menu.ipxe"), "theirs").unwrap();
    for line in ["apply --root root --yes --force --adopt", "rollback 1 --root root --yes --force"] {
        let run = home.run(line).ends(2);
        assert!(run.err.contains("which is not followed"), "{}", run.err);
    }
    assert_eq!(fs::read_to_string(home.path("root/etc/cron.d/menu.ipxe")).unwrap(), "theirs");
}

#[test]
fn a_folder_that_is_swapped_for_a_link_meanwhile_wins_nothing() {
    if !require_root() {
        return;
    }
    let home = with_link();
    let (srv, tftp) = (home.path("root/srv"), home.path("root/srv/tftp"));
    fs::remove_file(&tftp).unwrap();
    fs::create_dir(&tftp).unwrap();
    symlink("../etc/cron.d", srv.join("other")).unwrap();
    for path in [&srv, &tftp, &srv.join("other")] {
        lchown(path, Some(NOBODY), None).unwrap();
    }
    let (mut done, mut refused) = (0, 0);
    while_swapping(&[(&tftp, &srv.join("other"))], || {
        for n in 0..60 {
            home.site(&SITE.replace("memtest.bin", &format!("memtest{n}.bin")));
            let run = home.run("apply --root root --yes --force --adopt");
            match run.code {
                Some(0) => done += 1,
                Some(2) => refused += 1,
                code => panic!("{code:?} {}", run.err),
            }
            assert_eq!(names(&home.path("root/etc/cron.d")), [""; 0], "try {n}");
        }
    });
    assert_eq!(done + refused, 60);
    assert!(refused > 0, "nothing was ever in the way");
    // It leaves nothing that the next run, in peace, could not put right.
    if tftp.is_symlink() {
        fs::rename(srv.join("other"), srv.join("folder")).unwrap();
        fs::remove_file(&tftp).unwrap();
        fs::rename(srv.join("folder"), &tftp).unwrap();
    }
    home.run("apply --root root --yes --force --adopt").ends(0);
    let text = fs::read_to_string(tftp.join("menu.ipxe")).unwrap();
    assert!(text.contains("memtest59.bin"), "{text}");
    assert_eq!(names(&home.path("root/etc/cron.d")), [""; 0]);
}

#[test]
fn notes_that_others_may_change_are_not_believed() {
    if !require_root() {
        return;
    }
    let home = Home::new(SITE);
    fs::create_dir_all(home.path("root/var/lib/ipxegen")).unwrap();
    chown(home.path("root/var/lib/ipxegen"), Some(NOBODY), None).unwrap();
    let run = home.run("apply --root root --yes").ends(2);
    assert!(
        run.err.contains("ipxegen keeps its notes in") && run.err.contains("give it to root"),
        "{}",
        run.err
    );
    chown(home.path("root/var/lib/ipxegen"), Some(0), None).unwrap();
    home.run("apply --root root --yes").ends(0);
}

// ---- a folder of trees

#[test]
fn a_folder_of_trees_is_reached_by_links_of_its_owner_and_of_root_alone() {
    if !(require("setpriv") && require_root()) {
        return;
    }
    let home = Home::new(SITE);
    fs::set_permissions(home.dir.path(), Permissions::from_mode(0o755)).unwrap();
    let as_nobody = |output: &str| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_ipxegen")]);
        command.args(["render", "-q", "-o", output, "site.yaml"]).current_dir(home.dir.path());
        Run::of(&command.output().unwrap())
    };
    for (name, owner) in [("roots", 0), ("own", NOBODY), ("others", 1)] {
        let folder = home.path(&format!("{name}.d"));
        fs::create_dir(&folder).unwrap();
        chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        symlink(&folder, home.path(name)).unwrap();
        lchown(home.path(name), Some(owner), None).unwrap();
        let run = as_nobody(name);
        if owner == 1 {
            assert!(run.err.contains("it belongs to the user 1;"), "{}", run.err);
            assert_eq!((run.code, names(&folder).len()), (Some(2), 0));
        } else {
            run.ends(0);
            assert!(folder.join("manifest.json").is_file());
        }
    }
    // Root does not go where a user's link leads.
    let run = home.run("render -q -o own").ends(2);
    assert!(run.err.contains("which is not followed: it belongs to the user 65534"), "{}", run.err);
}

/// A repository may contain the output folder as a link. ipxegen then reads and replaces nothing at its target.
#[test]
fn a_folder_of_trees_that_leads_out_of_its_folder_is_refused() {
    for (link, output) in [("out", "out"), ("build", "build/out"), ("out", "./out")] {
        let home = Home::new(
            "servers: { etc: { ip: 10.0.0.2/24, interfaces: [eth0] } }\n\
             subnets: { lan: { cidr: 10.0.0.0/24 } }\n\
             files: [{ path: /shadow, template: own.tera }]\n",
        );
        fs::write(home.path("own.tera"), "x\n").unwrap();
        let outside = tempfile::tempdir().unwrap();
        for folder in ["etc", "out/etc"] {
            fs::create_dir_all(outside.path().join(folder)).unwrap();
            fs::write(outside.path().join(folder).join("shadow"), "geheim\n").unwrap();
        }
        symlink(outside.path(), home.path(link)).unwrap();
        let absolute = home.path(output).display().to_string();
        let mut names = vec![output.to_owned()];
        if link == output {
            names.push(absolute);
        }
        for name in names {
            for line in [
                format!("render --force -o {name}"),
                format!("render --check -o {name}"),
                format!("diff --against {name}"),
            ] {
                let run = home.run(&line);
                assert!(run.err.contains("leads out of its folder"), "{line}: {}{}", run.out, run.err);
                assert!(!run.out.contains("geheim"), "{line}: {}", run.out);
                assert_eq!(run.code, Some(2), "{line}");
            }
        }
        for folder in ["etc", "out/etc"] {
            assert_eq!(fs::read_dir(outside.path().join(folder)).unwrap().count(), 1);
        }
    }
}

// ---- the name of the folder

#[test]
fn the_name_in_the_folder_of_one_site_is_the_sites() {
    let home = Home::new(SITE);
    fs::create_dir(home.path("school")).unwrap();
    fs::copy(home.path("site.yaml"), home.path("school/site.yaml")).unwrap();
    for (line, folder) in [
        ("render -q -o x/{name}", "x/site"),
        ("render -q -o y/{name}.d school", "y/school.d"),
        ("render -q -o z/{name} school/site.yaml", "z/site"),
    ] {
        home.run(line).ends(0);
        assert!(home.path(folder).join("manifest.json").is_file(), "{line}");
        assert_eq!(names(home.path(folder).parent().unwrap()).len(), 1, "{line}");
    }
    fs::copy(home.path("site.yaml"), home.path("...yaml")).unwrap();
    let run = home.run("render -q -o x/{name} ...yaml").ends(2);
    assert!(run.err.contains("has no name that could stand for {name}"), "{}", run.err);
    assert_eq!(names(&home.path("x")), ["site"]);
}
