//! The shell lines of the pipelines run. Stand-ins replace the programs that use the network, and record their arguments.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use serde_yaml::Value;

use super::*;

/// A repository with a site and a change to it, and the programs that its pipeline finds.
struct Pipeline {
    folder: TempDir,
    base: String,
}

impl Pipeline {
    fn new() -> Self {
        Self::with_base(&minimal())
    }

    /// A pipeline of a request whose base has this site.
    fn with_base(base_site: &str) -> Self {
        let folder = scratch();
        let repository = folder.path().join("repository");
        fs::create_dir(&repository).unwrap();
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.args(["-c", "user.name=A", "-c", "user.email=a@example.org"]).args(arguments);
            run(command.current_dir(&repository))
        };
        git(&["init", "--quiet"]);
        fs::write(repository.join("site.yaml"), base_site).unwrap();
        for script in ["tree-comment", "public-tree", "gitlab-note"] {
            fs::copy(Path::new("contrib/ci").join(script), repository.join(script)).unwrap();
        }
        git(&["add", "."]);
        git(&["commit", "--quiet", "-m", "A site"]);
        let base = git(&["rev-parse", "HEAD"]).trim_end().to_owned();
        fs::write(repository.join("site.yaml"), minimal() + HOST).unwrap();
        git(&["commit", "--quiet", "-a", "-m", "A host"]);

        let bin = folder.path().join("bin");
        fs::create_dir(&bin).unwrap();
        for name in ["cargo", "gh"] {
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

    /// The recorded arguments of the stand-ins.
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

/// The shell lines of the steps for GitHub.
fn github_steps() -> Vec<String> {
    let steps = yaml("contrib/ci/github.yml")["jobs"]["site"]["steps"].clone();
    let steps = steps.as_sequence().unwrap().iter();
    steps.filter_map(|step| Some(step["run"].as_str()?.to_owned())).collect()
}

#[test]
fn github() {
    let pipeline = Pipeline::new();
    let steps = github_steps();
    assert_eq!(steps.len(), 6);
    let summary = pipeline.folder.path().join("summary.md");
    let variables = [
        ("BASE", &*pipeline.base),
        ("NUMBER", "7"),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
        ("IPXEGEN_COMMIT", "0123"),
    ];
    pipeline.succeed(&steps, &variables);

    let comment = pipeline.comment();
    assert!(comment.contains("+\thardware ethernet 52:54:00:00:00:01;"), "{comment}");
    assert!(comment.contains("- `boot/etc/dhcp/dhcpd.conf` changes\n"), "{comment}");
    assert_eq!(fs::read_to_string(summary).unwrap(), comment);
    // The program is in the cache, so nothing is built.
    assert_eq!(pipeline.record(), "gh pr comment 7 --edit-last --create-if-none --body-file comment.md\n");
    assert!(pipeline.repository().join("public/boot/etc/dhcp/dhcpd.conf").is_file());
    // A commit must be set.
    assert!(!pipeline.run(&steps[0], &[("IPXEGEN_COMMIT", "")]).status.success());
}

/// The lines that install the program, when it is not in the cache.
#[test]
fn a_commit_is_built() {
    let pipeline = Pipeline::new();
    fs::remove_file(pipeline.folder.path().join("bin/ipxegen")).unwrap();
    let gitlab = lines(&yaml("contrib/ci/gitlab.yml")["default"]["before_script"]).concat();
    for (line, root) in [(github_steps()[0].clone(), ""), (gitlab, "--root .ipxegen ")] {
        let output = pipeline.run(
            &format!("PATH=$(dirname \"$(command -v cargo)\"):/usr/bin:/bin\n{line}"),
            &[("IPXEGEN_COMMIT", "0123")],
        );
        assert!(output.status.success(), "{}", said(&output));
        let wanted =
            format!("cargo install --locked {root}--git https://github.com/ipxegen/ipxegen --rev 0123\n");
        assert!(pipeline.record().ends_with(&wanted), "{}", pipeline.record());
    }
}

/// A request that repairs the site passes, although its base cannot be rendered.
#[test]
fn a_broken_base_can_be_repaired() {
    let pipeline = Pipeline::with_base(&minimal().replace("10.0.0.199", "10.0.9.199"));
    let summary = pipeline.folder.path().join("summary.md");
    let variables = [
        ("BASE", &*pipeline.base),
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", &*pipeline.base),
        ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()),
    ];
    let gitlab = lines(&yaml("contrib/ci/gitlab.yml")["comment"]["script"]);
    for steps in [&github_steps()[1..4], &gitlab[..1]] {
        pipeline.succeed(steps, &variables);
        let comment = pipeline.comment();
        assert!(comment.contains("has errors and could not be rendered"), "{comment}");
        assert!(comment.contains("- `boot/etc/dhcp/dhcpd.conf` is new\n"), "{comment}");
        for folder in ["base", "old", "new"] {
            let _ = fs::remove_dir_all(pipeline.repository().join(folder));
        }
        run(Command::new("git").args(["worktree", "prune"]).current_dir(pipeline.repository()));
    }
}

#[test]
fn gitlab() {
    let pipeline = Pipeline::new();
    let file = yaml("contrib/ci/gitlab.yml");
    let mut all = lines(&file["check"]["script"]);
    // The last line ends the shell with the code of the check.
    all = vec![all.join("\n")];
    all.extend(lines(&file["render"]["script"]));
    let mut comment = lines(&file["comment"]["script"]);
    assert_eq!(comment.pop().unwrap(), "python3 gitlab-note comment.md");
    all.extend(comment);
    let variables = [("CI_MERGE_REQUEST_DIFF_BASE_SHA", &*pipeline.base)];
    pipeline.succeed(&all, &variables);
    assert!(pipeline.comment().contains("52:54:00:00:00:01"));
    let report = || {
        let text = fs::read_to_string(pipeline.repository().join("gl-code-quality-report.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    assert_eq!(report(), serde_json::json!([]));

    // The report names the findings, and the job fails with them.
    fs::write(pipeline.repository().join("site.yaml"), minimal().replace("10.0.0.199", "10.0.9.199"))
        .unwrap();
    assert_eq!(pipeline.run(&all[0], &variables).status.code(), Some(1));
    let found = report();
    assert_eq!(found[0]["location"]["path"], "site.yaml");
    assert!(found.as_array().unwrap().iter().any(|found| found["severity"] == "critical"), "{found}");
}

/// A GitLab that has some notes, answers so many requests, and returns them: the first line and the body of each.
fn notes_of(answers: Vec<&'static str>) -> (String, thread::JoinHandle<Vec<(String, String)>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serve = move || {
        let mut seen = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut first, mut length) = (String::new(), 0);
            reader.read_line(&mut first).unwrap();
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if line.trim().is_empty() {
                    break;
                }
                if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let (head, text) = answer.split_once('|').unwrap_or(("", answer));
            let end = format!("Content-Length: {}\r\nConnection: close\r\n\r\n{text}", text.len());
            stream.write_all(format!("HTTP/1.1 200 OK\r\n{head}{end}").as_bytes()).unwrap();
            seen.push((first.trim().to_owned(), String::from_utf8(body).unwrap()));
        }
        seen
    };
    (address, thread::spawn(serve))
}

#[test]
fn gitlab_has_one_note() {
    if !require("python3") {
        return;
    }
    let pipeline = Pipeline::new();
    fs::write(pipeline.repository().join("comment.md"), "ä\n").unwrap();
    let other = r#"[{"id": 3, "body": "somebody's"}]"#;
    let ours = r#"[{"id": 5, "body": "<!-- ipxegen: netboot servers -->\nold"}]"#;
    // Ours may be on a later page.
    let first_page = r#"X-Next-Page: 2
|[{"id": 3, "body": "somebody's"}]"#;
    for (answers, asked) in [
        (vec![other, "{}"], "POST /projects/1/merge_requests/7/notes HTTP/1.1"),
        (vec![ours, "{}"], "PUT /projects/1/merge_requests/7/notes/5 HTTP/1.1"),
        (vec![first_page, ours, "{}"], "PUT /projects/1/merge_requests/7/notes/5 HTTP/1.1"),
    ] {
        let (api, served) = notes_of(answers);
        let variables = [
            ("NETBOOT_TOKEN", "token"),
            ("CI_API_V4_URL", &*api),
            ("CI_PROJECT_ID", "1"),
            ("CI_MERGE_REQUEST_IID", "7"),
            ("no_proxy", "127.0.0.1"),
        ];
        pipeline.succeed(&["python3 gitlab-note comment.md".to_owned()], &variables);
        let (line, body) = served.join().unwrap().pop().unwrap();
        assert_eq!(line, asked);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert_eq!(body["body"], "<!-- ipxegen: netboot servers -->\nä\n");
    }
}

#[test]
fn an_artefact_has_no_secret() {
    if !require("python3") {
        return;
    }
    let folder = scratch();
    let tree = folder.path().join("tree");
    render(Path::new("examples/school/site.yaml"), &tree);
    let script = checkout().join("contrib/ci/public-tree");
    let copy_tree = || {
        let mut command = Command::new("python3");
        command.arg(&script).args(["tree", "public"]).current_dir(folder.path()).output().unwrap()
    };
    let output = copy_tree();
    assert!(output.status.success(), "{}", said(&output));
    let secrets: Vec<_> = fs::read_dir("examples/school/secrets")
        .unwrap()
        .map(|entry| fs::read_to_string(entry.unwrap().path()).unwrap().trim().to_owned())
        .collect();
    let files = picture(&folder.path().join("public"));
    let shown = |text: &[u8]| secrets.iter().any(|secret| String::from_utf8_lossy(text).contains(secret));
    assert!(picture(&tree).iter().any(|(_, text, _)| shown(text)));
    assert!(files.len() > 20 && !files.iter().any(|(_, text, _)| shown(text)));
    let text = said(&output);
    assert!(text.contains("left out: san/etc/tgt/conf.d/ipxegen.conf holds a secret\n"), "{text}");
    assert!(!files.iter().any(|(name, ..)| name.ends_with(".ipxegen-secrets.json")));

    // A link in the tree is not followed.
    fs::remove_dir_all(folder.path().join("public")).unwrap();
    let file = tree.join("main/etc/exports");
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &file).unwrap();
    let output = copy_tree();
    assert!(!output.status.success(), "{}", said(&output));
}

#[test]
fn hook() {
    let pipeline = Pipeline::new();
    let hook = yaml(".pre-commit-hooks.yaml")[0].clone();
    // It runs for every commit: also tables, templates and secrets belong to a site.
    assert_eq!(hook["always_run"], true);
    assert!(hook.get("files").is_none());
    let line = format!("{} {}", hook["entry"].as_str().unwrap(), lines(&hook["args"]).join(" "));
    assert_eq!(pipeline.run(&line, &[]).status.code(), Some(0));
    fs::write(pipeline.repository().join("site.yaml"), minimal().replace("10.0.0.199", "10.0.9.199"))
        .unwrap();
    assert_eq!(pipeline.run(&line, &[]).status.code(), Some(1));
    fs::remove_file(pipeline.repository().join("site.yaml")).unwrap();
    assert_eq!(pipeline.run(&line, &[]).status.code(), Some(2));
}

/// Two trees with manifests, and the comment on what differs.
struct Comment(TempDir);

impl Comment {
    fn new() -> Self {
        Self(scratch())
    }

    /// Writes a tree: each file with its bytes, mode and what else the manifest says.
    fn tree(&self, name: &str, files: &[(&str, &str, u32, serde_json::Value)]) {
        let tree = self.0.path().join(name);
        let mut listed = Vec::new();
        for (place, text, mode, more) in files {
            let path = tree.join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
            let (server, path) = place.split_once('/').unwrap();
            let mut entry =
                serde_json::json!({ "server": server, "path": format!("/{path}"), "owner": "root" });
            entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            listed.push(entry);
        }
        fs::create_dir_all(&tree).unwrap();
        let manifest = serde_json::json!({ "files": listed }).to_string();
        fs::write(tree.join("manifest.json"), manifest).unwrap();
    }

    fn text(&self) -> String {
        let script = checkout().join("contrib/ci/tree-comment");
        run(Command::new("python3").arg(script).args(["old", "new"]).current_dir(self.0.path()))
    }
}

#[test]
fn a_comment_shows_no_secret() {
    if !require("python3") {
        return;
    }
    let none = serde_json::json!({});
    let (marked, words) = (serde_json::json!({ "secret": true }), serde_json::json!({ "secret": [] }));
    let comment = Comment::new();
    for (tree, text) in [("old", "one\n"), ("new", "two\n")] {
        // By the mark of either manifest, whatever the mode is; a file of the same name elsewhere is shown.
        let (a, b) = if tree == "old" { (&marked, &none) } else { (&none, &words) };
        comment.tree(
            tree,
            &[
                ("boot/a/was-secret", &format!("planted {text}"), 0o644, a.clone()),
                ("boot/b/is-secret", &format!("planted {text}"), 0o644, b.clone()),
                ("boot/c/is-secret", &format!("open {text}"), 0o640, none.clone()),
                ("boot/d/setting", "same\n", 0o644, serde_json::json!({ "owner": tree })),
            ],
        );
        // Not ipxegen's.
        fs::write(comment.0.path().join(tree).join("boot/stray"), format!("planted {text}")).unwrap();
    }
    let text = comment.text();
    assert!(!text.contains("planted"), "{text}");
    for line in [
        "- `boot/a/was-secret` changes; it is not shown",
        "- `boot/b/is-secret` changes; it is not shown",
        "- `boot/stray` changes; it is not shown",
        "- `boot/c/is-secret` changes",
        "- `boot/d/setting` changes; owner from `\"old\"` to `\"new\"`",
        "-open one",
        "+open two",
    ] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
    fs::remove_dir_all(comment.0.path().join("old")).unwrap();
    copy(&comment.0.path().join("new"), &comment.0.path().join("old"));
    assert_eq!(comment.text(), "### Netboot servers\n\nNo file changes.\n");
}

#[test]
fn nothing_leaves_its_place_in_a_comment() {
    if !require("python3") {
        return;
    }
    let none = serde_json::json!({});
    let comment = Comment::new();
    let hostile = "boot/etc/a`b``\n# heading\u{202e}";
    comment.tree("old", &[(hostile, "-- one\ttab\n", 0o644, none.clone())]);
    let new = "`````\n# out of the fence\r\u{1b}[2J\n--- boot/etc/other\n";
    comment.tree("new", &[(hostile, new, 0o644, none)]);
    let text = comment.text();
    assert!(text.contains("- ```boot/etc/a`b``\u{240a}# heading<U+202E>``` changes\n"), "{text}");
    // Longer than any run inside, and at both ends alone on its line.
    assert!(text.contains("\n``````diff\n") && text.ends_with("\n``````\n"), "{text}");
    // The whole lines, tabs included.
    for line in ["--- one\ttab", "+`````", "+# out of the fence\u{240d}\u{241b}[2J", "+--- boot/etc/other"] {
        assert!(text.lines().any(|shown| shown == line), "{line}\n{text}");
    }
}

#[test]
fn a_comment_reads_nothing_outside_of_the_trees() {
    if !(require("python3") && require("mkfifo")) {
        return;
    }
    let none = serde_json::json!({});
    let comment = Comment::new();
    let at = comment.0.path();
    fs::create_dir_all(at.join("secrets")).unwrap();
    fs::write(at.join("secrets/token"), "planted\n").unwrap();
    comment.tree("old", &[("boot/a", "old\n", 0o644, none.clone())]);
    comment.tree("new", &[("boot/a", "new\n", 0o644, none)]);
    // A folder that is a link, a pipe, and what a manifest alone names.
    std::os::unix::fs::symlink("../../secrets", at.join("new/boot/link")).unwrap();
    run(Command::new("mkfifo").arg(at.join("new/boot/pipe")));
    let named =
        [("boot", "/link/token"), ("boot", "/pipe"), ("", "/dev/urandom"), ("boot", "/../../secrets/token")];
    let listed = named.map(|(server, path)| serde_json::json!({ "server": server, "path": path }));
    let mut files = listed.to_vec();
    files.push(serde_json::json!({ "server": "boot", "path": "/a" }));
    fs::write(at.join("new/manifest.json"), serde_json::json!({ "files": files }).to_string()).unwrap();
    let text = comment.text();
    assert!(!text.contains("planted"), "{text}");
    assert!(
        text.contains("+new") && text.contains("- `boot/pipe` is new") && text.contains("+no file"),
        "{text}"
    );
}

#[test]
fn no_change_hides_behind_another() {
    if !require("python3") {
        return;
    }
    let none = serde_json::json!({});
    let comment = Comment::new();
    // A huge change before a small one, in the same file and in a later file.
    let same = "same\n".repeat(20);
    comment.tree(
        "old",
        &[
            ("boot/a", &format!("old\n{same}small\n"), 0o644, none.clone()),
            ("boot/b", "last\n", 0o644, none.clone()),
        ],
    );
    let huge = "a long line of no interest\n".repeat(20_000);
    comment.tree(
        "new",
        &[
            ("boot/a", &format!("{huge}{same}SMALL\n"), 0o644, none.clone()),
            ("boot/b", "LAST\n", 0o644, none.clone()),
        ],
    );
    let text = comment.text();
    assert!(text.contains("\n+SMALL\n") && text.contains("\n+LAST\n"), "{}", text.len());
    assert!(text.contains(" more lines of this part are not shown"), "{}", text.len());
    assert!(text.chars().count() < 65_536, "{}", text.len());

    // More files than a comment has room for: their number is said.
    let names: Vec<String> = (0..5_000).map(|at| format!("boot/many/file/of/{at}")).collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), "x\n", 0o644, none.clone())).collect();
    comment.tree("new", &files);
    let text = comment.text();
    assert!(text.chars().count() < 65_536, "{}", text.len());
    let listed = text.lines().filter(|line| line.starts_with("- `")).count();
    // Those of before are gone from the manifest, and still in the folder.
    assert!(text.contains(&format!("**{} more files change**", 5_002 - listed)), "{listed}\n{text}");
}
