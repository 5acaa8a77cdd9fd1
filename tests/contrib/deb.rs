//! The Debian package, built and installed on an empty system.

use super::*;

/// A root folder with an empty package database, but for the packages that ipxegen's depends on.
fn clean_root(folder: &Path) {
    let admin = folder.join("var/lib/dpkg");
    for dir in ["info", "updates", "triggers"] {
        fs::create_dir_all(admin.join(dir)).unwrap();
    }
    let format = "Package: ${Package}\nStatus: ${Status}\nMaintainer: ${Maintainer}\nArchitecture: ${Architecture}\n\
                  Version: ${Version}\nDescription: a stand-in\n\n";
    let status = run(Command::new("dpkg-query").args(["-W", "-f", format, "libc6", "libgcc-s1"]));
    fs::write(admin.join("status"), status).unwrap();
    for package in ["libc6", "libgcc-s1"] {
        fs::write(admin.join(format!("info/{package}.list")), "/.\n").unwrap();
    }
}

fn dpkg(root: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("dpkg");
    // The root has no shell for the maintainer scripts; they find it by DPKG_ROOT.
    command.arg(format!("--root={}", root.display())).args(["--force-not-root", "--force-script-chrootless"]);
    command.args(arguments);
    run(command.env("PATH", format!("{}:/usr/sbin:/sbin", env::var("PATH").unwrap())))
}

#[test]
fn installs_and_goes_again() {
    if !["dpkg-deb", "dpkg-shlibdeps", "strip", "man", "bash"].into_iter().all(require) || !require_root() {
        return;
    }
    let folder = scratch();
    // Compressed as little as can be: xz takes minutes for a program that is not optimized.
    let mut build = Command::new("contrib/deb/build");
    build.env("DPKG_DEB_COMPRESSOR_TYPE", "gzip").env("DPKG_DEB_COMPRESSOR_LEVEL", "1");
    run(build.arg("--program").arg(IPXEGEN).arg("-o").arg(folder.path()));
    let package = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let root = folder.path().join("root");
    clean_root(&root);
    dpkg(&root, &["--install", package.to_str().unwrap()]);
    assert_eq!(dpkg(&root, &["--verify", "ipxegen"]), "");
    assert!(dpkg(&root, &["--status", "ipxegen"]).contains("Status: install ok installed"));

    // The program works from there, and on the examples that come with it.
    let program = root.join("usr/bin/ipxegen");
    assert!(run(Command::new(&program).arg("--version")).starts_with("ipxegen "));
    let doc = root.join("usr/share/doc/ipxegen");
    for example in fs::read_dir("examples").unwrap().map(|entry| entry.unwrap().path()) {
        let installed = doc.join(&example);
        assert!(installed.exists(), "the asset list of Cargo.toml lacks {}", example.display());
        let site = if installed.is_dir() { installed.join("site.yaml") } else { installed };
        run(Command::new(&program).args(["show"]).arg(site));
    }

    // The pages in the package link to each other, or to the repository.
    let mut links = 0;
    for page in fs::read_dir(&doc).unwrap().map(|entry| entry.unwrap().path()) {
        let Ok(text) = fs::read_to_string(&page) else { continue };
        for rest in text.split("](").skip(1) {
            let target = rest.split([')', '#']).next().unwrap();
            if target.is_empty() || target.contains(':') || target.contains(char::is_whitespace) {
                continue;
            }
            links += 1;
            assert!(doc.join(target).exists(), "{}: {target}", page.display());
        }
    }
    assert!(links > 50, "{links}");

    // The unit is enabled, and nothing is left of it or of the generations after a purge.
    let link = root.join("etc/systemd/system/sysinit.target.wants/ipxegen-recover.service");
    let helper = Path::new("/usr/bin/deb-systemd-helper").exists();
    assert_eq!(link.is_symlink(), helper);
    let generations = root.join("var/lib/ipxegen/generations");
    fs::create_dir_all(&generations).unwrap();

    let schema = fs::read(root.join("usr/share/ipxegen/site.schema.json")).unwrap();
    assert!(serde_json::from_slice::<serde_json::Value>(&schema).unwrap()["properties"]["hosts"].is_object());

    // Every subcommand has a page that man reads without complaint.
    let help = run(Command::new(&program).arg("--help"));
    let commands = help.split_once("Commands:").unwrap().1.split_once("\n\n").unwrap().0;
    let commands: Vec<_> = commands.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(commands.contains(&"render"));
    for command in commands.iter().filter(|command| **command != "help") {
        let page = root.join(format!("usr/share/man/man1/ipxegen-{command}.1.gz"));
        let mut man = Command::new("man");
        man.args(["--warnings", "-l"]).arg(&page).env("LC_ALL", "C.UTF-8").env("MANWIDTH", "80");
        let output = man.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}: {}", page.display(), said(&output));
        assert!(said(&output).contains("SYNOPSIS"));
    }

    let page = root.join("usr/share/man/man5/site.yaml.5.gz");
    let mut man = Command::new("man");
    man.args(["--warnings", "-l"]).arg(&page).env("LC_ALL", "C.UTF-8").env("MANWIDTH", "80");
    let output = man.output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", said(&output));
    assert!(said(&output).contains("boot_entries"));
    for part in ["EXIT STATUS", "FILES", "ENVIRONMENT", "SEE ALSO"] {
        let text = run(Command::new("man").arg("-l").arg(root.join("usr/share/man/man1/ipxegen.1.gz")));
        assert!(text.contains(part), "{part}");
    }

    // bash completes.
    let script = root.join("usr/share/bash-completion/completions/ipxegen");
    let line = "PATH=$2:$PATH; source \"$1\"; COMP_WORDS=(ipxegen ren); COMP_CWORD=1; COMP_TYPE=9; _clap_complete_ipxegen ipxegen ren ipxegen; echo \"${COMPREPLY[@]}\"";
    let bin = root.join("usr/bin");
    assert_eq!(run(Command::new("bash").args(["-c", line, "bash"]).arg(script).arg(bin)), "render\n");

    if require("lintian") {
        let mut lintian = Command::new("lintian");
        lintian.args([
            "--allow-root",
            "--fail-on",
            "warning",
            "--suppress-tags",
            "unstripped-binary-or-object",
        ]);
        run(lintian.arg(&package));
    }

    dpkg(&root, &["--remove", "ipxegen"]);
    assert!(generations.exists());
    dpkg(&root, &["--purge", "ipxegen"]);
    assert!(!link.is_symlink() && !root.join("var/lib/ipxegen").exists());
    assert!(!root.join("usr").exists(), "files are left");
}
