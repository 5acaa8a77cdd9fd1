//! The pipelines' shell, run. The programs that reach out are stand-ins that record what they were asked for.

use serde_yaml::Value;

use super::*;

/// A repository with a site and a change to it, and the programs that its pipeline finds.
struct Pipeline {
    folder: TempDir,
    base: String,
}

impl Pipeline {
    fn new() -> Self {
        let folder = scratch();
        let repository = folder.path().join("repository");
        fs::create_dir(&repository).unwrap();
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(arguments);
            run(command.current_dir(&repository))
        };
        git(&["init", "--quiet"]);
        fs::write(repository.join("site.yaml"), minimal()).unwrap();
        fs::copy("contrib/ci/tree-comment", repository.join("tree-comment")).unwrap();
        git(&["add", "."]);
        git(&["commit", "--quiet", "-m", "A site"]);
        let base = git(&["rev-parse", "HEAD"]).trim_end().to_owned();
        fs::write(repository.join("site.yaml"), minimal() + HOST).unwrap();
        git(&["commit", "--quiet", "-a", "-m", "A host"]);

        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for name in ["cargo", "gh", "curl"] {
            let record = folder.path().join("record");
            let text = format!(
                "#!/bin/sh\n# A stand-in that records.\necho {name} \"$@\" >>'{}'\n",
                record.display()
            );
            fs::write(bin.join(name), text).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        std::os::unix::fs::symlink(IPXEGEN, bin.join("ipxegen")).unwrap();
        Self { folder, base }
    }

    fn repository(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// What the stand-ins were asked for.
    fn record(&self) -> String {
        fs::read_to_string(self.folder.path().join("record")).unwrap_or_default()
    }

    fn run(&self, script: &str, variables: &[(&str, &str)]) -> Output {
        let bin = self.folder.path().join("bin");
        let mut command = Command::new("bash");
        command.args(["-e", "-o", "pipefail", "-c", script]).current_dir(self.repository());
        command.env("PATH", format!("{}:{}", bin.display(), env::var("PATH").unwrap()));
        command.envs(variables.iter().copied()).stdin(Stdio::null()).output().unwrap()
    }

    /// Runs the lines in turn, which must all succeed.
    fn succeed(&self, lines: &[String], variables: &[(&str, &str)]) {
        for line in lines {
            let output = self.run(line, variables);
            assert!(output.status.success(), "{line}: {}\n{}", output.status, said(&output));
        }
    }

    fn comment(&self) -> String {
        fs::read_to_string(self.repository().join("comment.md")).unwrap()
    }
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn lines(list: &Value) -> Vec<String> {
    list.as_sequence().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
}

#[test]
fn github() {
    let pipeline = Pipeline::new();
    let steps = yaml("contrib/ci/github.yml")["jobs"]["site"]["steps"].clone();
    let steps: Vec<_> = steps
        .as_sequence()
        .unwrap()
        .iter()
        .filter_map(|step| Some(step["run"].as_str()?.to_owned()))
        .collect();
    assert_eq!(steps.len(), 5);
    let summary = pipeline.folder.path().join("summary.md");
    let variables =
        [("BASE", &*pipeline.base), ("NUMBER", "7"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())];
    pipeline.succeed(&steps, &variables);

    let comment = pipeline.comment();
    assert!(comment.contains("+\thardware ethernet 52:54:00:00:00:01;"), "{comment}");
    assert_eq!(fs::read_to_string(summary).unwrap(), comment);
    assert_eq!(
        pipeline.record(),
        "cargo install --locked ipxegen\ngh pr comment 7 --edit-last --create-if-none --body-file comment.md\n"
    );
    assert!(pipeline.repository().join("new/boot/etc/dhcp/dhcpd.conf").is_file());
}

#[test]
fn gitlab() {
    let pipeline = Pipeline::new();
    let file = yaml("contrib/ci/gitlab.yml");
    let mut all = lines(&file["default"]["before_script"]);
    all.extend(lines(&file["render"]["script"]));
    all.extend(lines(&file["comment"]["script"]));
    let variables = [
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &*pipeline.base),
        ("NETBOOT_TOKEN", "token"),
        ("CI_API_V4_URL", "api"),
        ("CI_PROJECT_ID", "1"),
        ("CI_MERGE_REQUEST_IID", "7"),
    ];
    pipeline.succeed(&all, &variables);
    assert!(pipeline.comment().contains("52:54:00:00:00:01"));
    let asked = pipeline.record();
    assert!(
        asked.contains("--data-urlencode body@comment.md api/projects/1/merge_requests/7/notes"),
        "{asked}"
    );
}

#[test]
fn hook() {
    let pipeline = Pipeline::new();
    let hook = yaml(".pre-commit-hooks.yaml")[0].clone();
    let line = format!("{} {}", hook["entry"].as_str().unwrap(), lines(&hook["args"]).join(" "));
    assert_eq!(pipeline.run(&line, &[]).status.code(), Some(0));
    fs::write(pipeline.repository().join("site.yaml"), minimal().replace("10.0.0.199", "10.0.9.199"))
        .unwrap();
    assert_eq!(pipeline.run(&line, &[]).status.code(), Some(1));
    fs::remove_file(pipeline.repository().join("site.yaml")).unwrap();
    assert_eq!(pipeline.run(&line, &[]).status.code(), Some(2));
}

#[test]
fn a_comment_shows_no_secret() {
    let folder = scratch();
    let of = |name| folder.path().join(name);
    for (tree, secret) in [("old", "one"), ("new", "two")] {
        let file = of(tree).join("boot/etc/secret");
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, secret).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    }
    let comment = run(Command::new("sh").arg("contrib/ci/tree-comment").args([of("old"), of("new")]));
    assert!(comment.contains("- `boot/etc/secret` changes; it is not shown\n"), "{comment}");
    assert!(!comment.contains("two"), "{comment}");
    let comment = run(Command::new("sh").arg("contrib/ci/tree-comment").args([of("new"), of("new")]));
    assert_eq!(comment, "### Netboot servers\n\nNo file that everybody may read changes.\n");
}
