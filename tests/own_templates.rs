//! Templates of the user's own: what they may do, and what is said of their mistakes. The tasks of
//! docs/templates.md are run from its text (`readme`).

use std::fs;
use std::path::{Path, PathBuf};

use ipxegen::dialects::Dialect;
use ipxegen::outputs::OUTPUTS;
use tempfile::{TempDir, tempdir};

use crate::support::program::{Ran, cases, run_in};

const SITE: &str = "name: Lab
servers: { a: { ip: 10.0.0.2, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24, ranges: 10.0.0.100-10.0.0.110 } }
groups: { room: { domain: room.example.org } }
hosts: { \"pc-[001-300]\": { mac: \"52:54:00:00:[00-01]:[00-95]\", group: room } }
";

/// A folder with a site whose own file is made by this template.
fn with_file(template: &str) -> TempDir {
    let dir = tempdir().unwrap();
    let hosts = SITE.split_once("hosts:").unwrap().0;
    let mut site = hosts.to_owned();
    site.push_str("files: [{ path: /etc/own, template: own.tera }]\nhosts:\n");
    for number in 0..1300 {
        site.push_str(&format!(
            "  pc-{number:04}: {{ mac: \"52:54:00:00:{:02x}:{:02x}\", group: room }}\n",
            number / 256,
            number % 256
        ));
    }
    write(dir.path(), "site.yaml", &site);
    write(dir.path(), "own.tera", template);
    dir
}

/// A folder with a site and a template in place of a built-in one.
fn with_template(name: &str, template: &str) -> TempDir {
    let dir = tempdir().unwrap();
    write(
        dir.path(),
        "site.yaml",
        &SITE.split_once("hosts:").unwrap().0.replace("groups:", "templates: mine\ngroups:"),
    );
    write(dir.path(), &format!("mine/{name}.tera"), template);
    dir
}

fn write(folder: &Path, path: &str, text: &str) {
    let path: PathBuf = folder.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn printed(template: &str) -> String {
    run_in(with_file(template).path(), &["render", "--stdout", "etc/own"]).ended(0).stdout
}

fn check(folder: &TempDir) -> Ran {
    run_in(folder.path(), &["check"])
}

#[test]
fn all_hosts_are_gone_through_in_their_order() {
    let text = printed(
        "{% for host in site.hosts %}{{ loop.index }} {{ loop.index0 }} {{ host.name }} {{ host.domain }}{% if loop.first %} first{% endif %}{% if loop.last %} last of {{ loop.length }}{% endif %}\n{% else %}none\n{% endfor %}",
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 1300);
    assert_eq!(lines[0], "1 0 pc-0000 room.example.org first");
    assert_eq!(lines[700], "701 700 pc-0700 room.example.org");
    assert_eq!(lines[1299], "1300 1299 pc-1299 room.example.org last of 1300");
    // Both names, twice, one in the other, left early and in a part of a list.
    let text = printed(
        "{% for name, host in site.hosts %}{% if loop.index == 600 %}{% break %}{% endif %}{{ name }} {{ host.mac[0] }}\n{% endfor %}\
         {% for a in site.hosts %}{% if loop.index > 2 %}{% break %}{% endif %}{% for b in site.hosts %}{% if loop.index > 2 %}{% break %}{% endif %}{{ a.name }}-{{ b.name }}\n{% endfor %}{% endfor %}",
    );
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 599 + 4, "{text}");
    assert_eq!(lines[598], "pc-0598 52:54:00:00:02:56");
    assert_eq!(lines[599..], ["pc-0000-pc-0000", "pc-0000-pc-0001", "pc-0001-pc-0000", "pc-0001-pc-0001"]);
    let text = printed(
        "{{ site.hosts | length }} {{ site.hosts['pc-0007'].mac[0] }} {{ site.groups.room.hosts | length }}{% for name, group in site.groups %} {{ name }}{% endfor %}",
    );
    assert_eq!(text, "1300 52:54:00:00:00:07 1300 room");
}

/// The template sees of a host the values that `show` prints.
#[test]
fn a_host_is_what_show_prints() {
    for case in cases(&["examples"]) {
        let dir = tempdir().unwrap();
        write(
            dir.path(),
            "own.tera",
            "{% for name, host in site.hosts %}{{ name | json }}: {{ host | json }}\n{% endfor %}",
        );
        let own = dir.path().join("own.tera");
        let first = run_in(&case, &["show", "--format", "json"]).ended(0).stdout;
        let shown: serde_json::Value = serde_json::from_str(&first).unwrap();
        let server = shown["servers"].as_object().unwrap().keys().next().unwrap().clone();
        write(
            dir.path(),
            "over.yaml",
            &format!("files: [{{ path: /etc/own, server: {server}, template: {} }}]\n", own.display()),
        );
        let over = dir.path().join("over.yaml");
        let ran =
            run_in(&case, &["render", "--with", over.to_str().unwrap(), "--stdout", "etc/own"]).ended(0);
        let mut seen = 0;
        for line in ran.stdout.lines() {
            let (name, value) = line.split_once(": ").unwrap();
            let name: String = serde_json::from_str(name).unwrap();
            let mut value: serde_json::Value = serde_json::from_str(value).unwrap();
            assert_eq!(value.as_object_mut().unwrap().shift_remove("name"), Some(name.clone().into()));
            assert_eq!(value, shown["hosts"][&name], "{name} of {}", case.display());
            seen += 1;
        }
        assert_eq!(seen, shown["hosts"].as_object().map_or(0, serde_json::Map::len), "{}", case.display());
    }
}

#[test]
fn a_template_that_goes_on_for_ever_is_stopped() {
    // Without a loop, each tag may go through all of a kept value.
    let tags = "{% if a | sort | length > 1 %}{% endif %}".repeat(20_000);
    let tags = format!("{{% set a = [i for i in range(end=99999)] %}}{tags}");
    let cases = [
        (tags.as_str(), "may turn 2000000 times"),
        (
            "{% set a = [i for i in range(end=90000)] | join(sep=\"xxxxxxxxxx\") %}{% for i in range(end=1000) %}{{ a | split(pat=\"x\") | length }}{% endfor %}",
            "more than 8 MB",
        ),
        (
            "{% for a in range(end=99999) %}{% for b in range(end=99999) %}{% endfor %}{% endfor %}",
            "may turn 2000000 times",
        ),
        (
            "{% set_global a = \"xx\" %}{% for i in range(end=99) %}{% set_global a = a ~ a %}{% endfor %}",
            "more than 8 MB",
        ),
        (
            "{% set_global a %}xx{% endset %}{% for i in range(end=99) %}{% set_global a %}{{ a }}{{ a }}{% endset %}{% endfor %}",
            "more than 8 MB",
        ),
        ("{{ [[i for i in range(end=99999)] for j in range(end=99999)] | length }}", "may"),
        (
            "{% set a = [x for x in range(end=90000)] | join(sep=\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\") %}",
            "more than 8 MB",
        ),
        (
            "{% set a = [\"x\" for x in range(end=90000)] | join(sep=\"x\") %}{{ a | replace(from=\"x\", to=a) }}",
            "more than 8 MB",
        ),
        ("{% component C(n) %}{{ <C n={n} /> }}{{ <C n={n} /> }}{% endcomponent C %}{{ <C n={1} /> }}", ""),
        (
            "{% for a in range(end=90000) %}{{ \"x\" }}0123456789012345678901234567890123456789012345678901234567890123456789{% for b in range(end=90000) %}0123456789012345678901234567890123456789012345678901234567890123456789{% endfor %}{% endfor %}",
            "may",
        ),
    ];
    for (template, words) in cases {
        let ran = check(&with_file(template)).ended(1);
        assert!(
            ran.stdout.contains(words) && ran.stdout.contains("own.tera:1:"),
            "{template}: {}",
            ran.stdout
        );
    }
}

/// A quoted value inside quotation marks is refused in every language whose filters bring quotation marks.
#[test]
fn a_literal_inside_another_one_is_refused() {
    let tried = [
        ("dhcpd/dhcpd.conf", "option x \"{{ site.name | q }}\";\n", "option x {{ site.name | q }};\n"),
        (
            "dhcpd/dhcpd.conf",
            "option x \"a {{ site.name | q }} b\";\n",
            "# it is \"{{ site.name }}\"\noption x {{ site.name | q }};\n",
        ),
        ("tftpd_hpa/tftpd-hpa", "X=\"{{ site.name | value }}\"\n", "X={{ site.name | value }}\n"),
        ("tftpd_hpa/tftpd-hpa", "X='{{ site.name | value }}'\n", "X='{{ site.name }}'\n"),
        (
            "tftpd_hpa/tftpd-hpa",
            "{% set x %}{{ site.name | value }}{% endset %}X=\"{{ x }}\"\n",
            "{% set x %}{{ site.name | value }}{% endset %}X={{ x }}\n",
        ),
        (
            "tftpd_hpa/tftpd-hpa",
            "X=\"{% for a in [site.name] %}{{ a | value }}{% endfor %}\"\n",
            "X=\"{% for a in [site.name] %}{{ a }}{% endfor %}\"\n",
        ),
        ("tmpfiles/ipxegen.conf", "d \"{{ '/srv/a b' | path }}\"\n", ""),
    ];
    for (name, wrong, right) in tried {
        let ran = check(&with_template(name, wrong)).ended(1);
        assert!(
            ran.stdout.contains("is inside quotation marks, and brings its own"),
            "{wrong}: {}",
            ran.stdout
        );
        assert!(ran.stdout.contains(&format!("mine/{name}.tera:1:")), "{wrong}: {}", ran.stdout);
        if !right.is_empty() && !right.contains("option x") {
            check(&with_template(name, right)).ended(0);
        }
    }
    for (wrong, right) in [
        ("a: \"{{ site.name | json }}\"", "a: {{ site.name | json }} \"it's {{ site.name }}\""),
        ("X=\"{{ site.name | sh }}\"", "don't X={{ site.name | sh }}"),
        ("X='{{ site.name | sh }}'", "{{ site.name | sh }}'{{ site.name }}'"),
    ] {
        assert!(check(&with_file(wrong)).ended(1).stdout.contains("is inside quotation marks"));
        check(&with_file(right)).ended(0);
    }
}

/// Wherever a mistake is, the message names the file, the line and the column of the user's own text.
#[test]
fn mistakes_are_shown_where_they_are() {
    let conf = "{% extends \"builtin/dhcpd/dhcpd.conf\" %}\n{% block global %}\n  {% if true %}\n# {{ MISTAKE }}\n  {% endif %}\n{{ super() }}\n{% endblock %}\n";
    for (mistake, words, place) in [
        ("site.nmae", "`site.nmae` is not defined", "4:6"),
        ("site.nmae", "did you mean `site.name`?", "4:6"),
        ("site.name | nope", "there is no filter `nope`", "4:18"),
        ("site.name | uper", "did you mean `upper`?", "4:18"),
        ("nope()", "unknown function `nope`", "4:6"),
        ("site.name |", "cannot be read", "4:18"),
        ("[\"a b\"] | q", "`q` takes text, and this is a list; use `| words`", "4:6"),
        ("\"a b\"", "is not a bare word here", "4:6"),
        ("site.name | q(max=1)", "`site.name`: \"Lab\" has 3 bytes where 1 are the most", "4:6"),
        ("1 / 0", "divide by 0", "4:"),
    ] {
        let ran = check(&with_template("dhcpd/dhcpd.conf", &conf.replace("MISTAKE", mistake))).ended(1);
        assert!(ran.stdout.contains(words), "{mistake}: {}", ran.stdout);
        assert!(
            ran.stdout.contains(&format!("mine/dhcpd/dhcpd.conf.tera:{place}")),
            "{mistake}: {}",
            ran.stdout
        );
        assert!(ran.stdout.contains("# {{ "), "{mistake}: the line is as it was written: {}", ran.stdout);
    }
    for (template, words, place) in [
        (
            "{% extends \"builtin/dhcpd/dhcpd.conf\" %}\n{% block globl %}{% endblock %}\n",
            "did you mean `global`?",
            "2:10",
        ),
        ("{% extends \"builtin/dhcpd/dhcp.conf\" %}\n", "did you mean `builtin/dhcpd/dhcpd.conf`?", "1:13"),
        ("{% extends \"dhcpd/dhcpd.conf\" %}\n", "the built-in one is `builtin/dhcpd/dhcpd.conf`", "1:13"),
        ("\n{% include \"mine/nope\" %}\n", "there is no template `mine/nope`", "2:13"),
    ] {
        let ran = check(&with_template("dhcpd/dhcpd.conf", template)).ended(1);
        assert!(ran.stdout.contains(words), "{template}: {}", ran.stdout);
        assert!(
            ran.stdout.contains(&format!("mine/dhcpd/dhcpd.conf.tera:{place}")),
            "{template}: {}",
            ran.stdout
        );
    }
    // Of a file of the user's own.
    for (template, words, place) in [
        ("{% include \"own.tera\" %}", "the template leads to itself", "1:13"),
        ("{% include \"mine/nope\" %}", "those below `mine/`", "1:13"),
        ("{{ site.name }}\n{{ __tera_context }}", "the name `__tera_context` is reserved", "2:4"),
        ("{% set a = ipxegen_turn(bytes=1) %}", "the name `ipxegen_turn` is reserved", "1:12"),
        ("{% for host in site.hosts %}{{ ipxegen_left_0 }}{% endfor %}", "is reserved", "1:32"),
    ] {
        let ran = check(&with_file(template)).ended(1);
        assert!(ran.stdout.contains(words), "{template}: {}", ran.stdout);
        assert!(ran.stdout.contains(&format!("own.tera:{place}")), "{template}: {}", ran.stdout);
        assert!(ran.stdout.contains("\n1 error"), "{template}: {}", ran.stdout);
    }
    let dir = with_file("{% include \"mine/a\" %}\n");
    write(dir.path(), "t/mine/a.tera", "\n{% include \"mine/b\" %}\n");
    write(dir.path(), "t/mine/b.tera", "\n{% include \"mine/a\" %}\n");
    let ran = run_in(dir.path(), &["check", "--templates", "t"]).ended(1);
    assert!(ran.stdout.contains("lead to each other in a circle"), "{}", ran.stdout);
    assert!(ran.stdout.contains(".tera:2:13") && ran.stdout.contains("\n1 error"), "{}", ran.stdout);
    // In a template that another one includes, also while it is rendered.
    let dir = with_file("{% include \"mine/part\" %}\n");
    write(dir.path(), "t/mine/part.tera", "a\n{{ \"a\\nb\" }}\n");
    let ran = run_in(dir.path(), &["check", "--templates", "t"]).ended(1);
    assert!(ran.stdout.contains("t/mine/part.tera:2:4"), "{}", ran.stdout);
    // Of a host, whose names are listed.
    let ran = check(&with_file("{% for host in site.hosts %}{{ host.nmae }}{% endfor %}")).ended(1);
    assert!(ran.stdout.contains("did you mean `host.name`?"), "{}", ran.stdout);
}

#[test]
fn a_secret_is_not_shown_by_the_refusal() {
    let site = "servers: { a: { ip: 10.0.0.2, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24 } }
boot_entries: { d: { kind: linux, label: D, kernel: k, cmdline: [{ prefix: \"x=\", secret_file: s }] } }
templates: mine
";
    let dir = tempdir().unwrap();
    write(dir.path(), "site.yaml", site);
    write(dir.path(), "s", "very secret\n");
    for text in [
        "echo {{ secrets[0] }}\n",
        "echo {{ secrets[0] | label }}\n",
        "# {{ secrets }}\n",
        "{% for s in secrets %}{{ s | label }}{% endfor %}",
        // Changed, so that no mask finds it, and under another name.
        "{% set a = secrets[0] | upper %}{{ a | label }}\n",
        "{% set a = secrets[0] | upper %}{{ a }}\n",
        "{% for s in secrets %}{{ s | upper | label }}{% endfor %}",
        "{% set a %}{{ secrets[0] | upper | text }}{% endset %}{{ a | label }}",
        "{% component X(v) %}{{ v | label }}{% endcomponent %}{{ <X v={secrets[0] | upper} /> }}",
        "{% set server = secrets[0] | upper %}{{ server | label }}",
        "{% set a = secrets[0] | upper %}{{ a | int }}",
        "{% set a = secrets[0] | upper ~ '\"\"' %}{{ a | float }}",
        "{% set a = secrets[0] | upper %}{{ throw(message=a) }}",
        "{% set a = secrets[0] | upper %}{{ throw(message='\"\"' ~ a) }}",
        "{% set a = secrets[0] | upper %}{{ {\"x\": 1} | get(key=a) }}",
        "{% set a = secrets[0] | upper %}{{ [{\"x\": 1}] | group_by(attribute=a) | length }}",
        "{% set a = secrets[0] | upper %}{% set g = [{\"x\": a}] | group_by(attribute=\"x\") %}{{ g.nope.x }}",
        "{% set a = secrets[0] | upper %}{{ site[a].x }}",
        "{% set id = secrets[0] | upper %}{% include \"builtin/ipxe/entry\" %}",
        "{% set a = secrets[0] | reverse %}{{ a | label }}",
    ] {
        let shows = |text: &str| ["very", "VERY", "yrev"].iter().any(|part| text.contains(part));
        write(dir.path(), "mine/published/boot.ipxe.tera", text);
        for arguments in [&["check"][..], &["check", "--format", "json"], &["render"], &["diff"]] {
            let ran = run_in(dir.path(), arguments);
            assert_ne!(ran.code, Some(0), "{text}: {ran:?}");
            assert!(!shows(&ran.stdout) && !shows(&ran.stderr), "{text}: {ran:?}");
        }
    }
    // The values of the site are, and why a template is refused.
    for (text, words) in [
        (
            "{{ site.menu.texts.failed | label }}",
            "`site.menu.texts.failed`: \"This entry did not start.\" is not allowed in a label",
        ),
        ("{% set a = [1] %}{{ a | label }}", "`label` takes text"),
        ("{{ site.nmae }}", "did you mean `site.name`?"),
        ("{{ site.a.b }}", "is not defined"),
    ] {
        write(dir.path(), "mine/published/boot.ipxe.tera", text);
        let ran = run_in(dir.path(), &["check"]).ended(1);
        assert!(ran.stdout.contains(words), "{text}: {}", ran.stdout);
    }
}

#[test]
fn an_override_that_breaks_its_file_is_found() {
    let broken =
        "{% extends \"builtin/dhcpd/dhcpd.conf\" %}\n{% block tail %}\nclass \"x\" {\n{% endblock %}\n";
    let dir = with_template("dhcpd/dhcpd.conf", broken);
    for arguments in [&["check"][..], &["render"]] {
        let ran = run_in(dir.path(), arguments).ended(1);
        assert!((ran.stdout + &ran.stderr).contains("unreadable: this `{` is not closed"));
    }
    assert!(!dir.path().join("out/manifest.json").exists());
    // Nothing is printed of a file that cannot be rendered as a whole.
    let ran = run_in(with_file("first line\n{{ site.nmae }}\n").path(), &["render", "--stdout", "etc/own"])
        .ended(1);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("`site.nmae` is not defined"), "{}", ran.stderr);
}

/// Every file that ipxegen itself writes is whole and leaves no string open, by the reader that checks templates.
#[test]
fn built_in_files_leave_no_string_open() {
    for case in cases(&["examples", "tests/cases"]) {
        let manifest = case.join("rendered/manifest.json");
        let Ok(text) = fs::read_to_string(&manifest) else { continue };
        let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
        for file in manifest["files"].as_array().unwrap() {
            let output =
                OUTPUTS.iter().find(|output| Some(output.name()) == file["output"].as_str()).unwrap();
            let path =
                format!("rendered/{}{}", file["server"].as_str().unwrap(), file["path"].as_str().unwrap());
            let (Ok(text), Some((name, _))) =
                (fs::read_to_string(case.join(&path)), output.templates().first())
            else {
                continue;
            };
            let dialect = output.dialect_of(name);
            if dialect == Dialect::Text
                || output.templates().iter().any(|(name, _)| output.dialect_of(name) != dialect)
            {
                continue;
            }
            let mut reader = dialect.string_reader();
            reader.read(text.as_bytes(), &mut Vec::new()).unwrap();
            assert!(!reader.is_inside(), "{}: {path}", case.display());
            if dialect == Dialect::Dhcpd {
                assert_eq!(dialect.balanced(&text), Ok(()), "{}: {path}", case.display());
            }
        }
    }
}

/// The filters that a message lists are those that there are.
#[test]
fn every_listed_filter_exists() {
    for dialect in Dialect::ALL {
        for filter in dialect.filters() {
            let mut engine = dialect.engine();
            let read = engine.add_raw_template("t", &format!("{{{{ x | {filter} }}}}"));
            assert!(read.is_ok(), "{dialect:?} has no filter {filter}");
        }
        assert!(
            dialect.filter_for_lists().is_none_or(|filter| dialect.filters().any(|known| known == filter))
        );
    }
}

#[test]
fn later_folders_win() {
    let dir = with_template("tftpd_hpa/tftpd-hpa", "# first\n");
    write(dir.path(), "later/tftpd_hpa/tftpd-hpa.tera", "# later\n");
    let stdout = |arguments: &[&str]| {
        let mut all = vec!["render", "--stdout", "etc/default/tftpd-hpa"];
        all.extend(arguments);
        run_in(dir.path(), &all).ended(0).stdout
    };
    assert_eq!(stdout(&[]), "# first\n");
    assert_eq!(stdout(&["--templates", "later"]), "# later\n");
    assert_eq!(stdout(&["--templates", "later", "--templates", "mine"]), "# first\n");
    // A folder that the site may not read.
    write(dir.path(), "below/site.yaml", &format!("{SITE}templates: ../mine\n"));
    let said = || run_in(&dir.path().join("below"), &["check"]).ended(1).stdout;
    assert!(said().contains("error[out-of-reach]"));
    write(dir.path(), "below/site.yaml", &format!("{SITE}templates: nope\n"));
    assert!(said().contains("nope is not a folder"));
}

#[test]
fn kernel_arguments_for_all_entries() {
    let dir = tempdir().unwrap();
    write(
        dir.path(),
        "site.yaml",
        "servers: { a: { ip: 10.0.0.2, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24 } }
ipxe: { cmdline_extra: [console=ttyS0, ip=dhcp] }
boot_entries:
  a: { kind: linux, label: A, kernel: a }
  b: { kind: linux, label: B, kernel: b, cmdline: [quiet, console=ttyS0] }
  c: { kind: linux, label: C, kernel: c, cmdline_extra: [] }
  d: { kind: linux, label: D, kernel: d, cmdline_extra: console=ttyS1 }
  e: { kind: debian_installer, label: E, kernel: e, initrd: i }
",
    );
    let ran = run_in(dir.path(), &["render", "--stdout", "var/www/html/install.ipxe"]);
    let kernels: Vec<&str> = ran.stdout.lines().filter(|line| line.starts_with("kernel")).collect();
    let args =
        |at: usize| kernels[at].split_once(' ').unwrap().1.strip_suffix(" || goto ipxegen.failed").unwrap();
    assert_eq!(args(0), "/tftpboot/a console=ttyS0 ip=dhcp", "{}", ran.stderr);
    assert_eq!(args(1), "/tftpboot/b ip=dhcp quiet console=ttyS0");
    assert_eq!(args(2), "/tftpboot/c");
    assert_eq!(args(3), "/tftpboot/d console=ttyS1");
    assert!(args(4).contains("console=ttyS0"), "{}", args(4));
}

/// After an upgrade, what has changed in the built-in template and what the user changed are told apart.
#[test]
fn a_copy_keeps_its_original() {
    let dir = with_template("mine/unused", "");
    let run = |arguments: &[&str]| run_in(dir.path(), arguments);
    let copy = ["templates", "exports/exports", "--copy", "mine"];
    assert_eq!(run(&copy).ended(0).stdout, "mine/exports/exports.tera written\n");
    run(&copy).ended(2).says("an existing template is not replaced");
    let own = dir.path().join("mine/exports/exports.tera");
    let original = dir.path().join("mine/.builtin/exports/exports.tera");
    assert_eq!(fs::read(&own).unwrap(), fs::read(&original).unwrap());
    let change = |path: &Path, change: &dyn Fn(&str) -> String| {
        fs::write(path, change(&fs::read_to_string(path).unwrap())).unwrap();
    };
    let diff = || run(&["templates", "--diff"]).ended(0).stdout;
    assert_eq!(diff(), "");
    change(&own, &|text| format!("{text}# mine\n"));
    assert!(diff().contains("\n+# mine\n") && !diff().contains("has changed"), "{}", diff());
    // As if an older ipxegen had made both.
    let older = |text: &str| {
        let (first, rest) = text.split_once('\n').unwrap();
        let (line, _) = first.rsplit_once(" #}").unwrap();
        let line = line.rsplit_once(' ').unwrap().0;
        format!("{line} 000000000000 #}}\n# of old\n{rest}")
    };
    change(&own, &older);
    let said = check(&dir).ended(0).stdout;
    assert!(said.contains("warning[changed-template]") && said.contains("how they differ"), "{said}");
    assert!(diff().contains("is not kept in .builtin/exports/exports.tera"), "{}", diff());
    change(&original, &older);
    let said = check(&dir).ended(0).stdout;
    assert!(said.contains("shows what has changed: - # of old\n"), "{said}");
    let text = diff();
    let (theirs, mine) = text.split_once("# mine/exports/exports.tera has changed in it:\n").unwrap();
    assert!(theirs.contains("\n-# of old\n") && !theirs.contains("# mine\n"), "{text}");
    assert!(mine.contains("\n+# mine\n") && !mine.contains("-# of old"), "{text}");
    // A text that cannot be read is none, and stops nothing.
    fs::write(&original, b"\xff").unwrap();
    check(&dir).ended(0);
}

/// A folder of templates from elsewhere may have links: a copy stays in the folder, and is whole or not there.
#[test]
fn a_copy_leaves_other_files_alone() {
    let dir = with_template("mine/unused", "");
    let copy = || run_in(dir.path(), &["templates", "exports/exports", "--copy", "mine"]).ended(2);
    let path = |path: &str| dir.path().join(path);
    let link = std::os::unix::fs::symlink::<&str, PathBuf>;
    write(dir.path(), "theirs/exports/exports.tera", "theirs");
    for (target, name) in [
        ("../theirs", ".builtin"),
        ("../../theirs/exports", ".builtin/exports"),
        ("../theirs/exports", "exports"),
    ] {
        let name = path("mine").join(name);
        fs::create_dir_all(name.parent().unwrap()).unwrap();
        link(target, name.clone()).unwrap();
        let says = if name.ends_with("mine/exports") { "not replaced" } else { "is a link" };
        copy().says(says);
        fs::remove_file(&name).unwrap();
        let _ = fs::remove_dir(path("mine/.builtin"));
        assert!(!path("mine/exports").exists(), "{}", name.display());
        assert_eq!(fs::read_to_string(path("theirs/exports/exports.tera")).unwrap(), "theirs");
    }
    link("../theirs", path("mine/exports")).unwrap();
    copy().says("mine/exports is a link");
    fs::remove_file(path("mine/exports")).unwrap();
    // The place of the original is taken: there is no copy either.
    fs::create_dir_all(path("mine/.builtin/exports/exports.tera/x")).unwrap();
    copy().says("cannot write mine/.builtin/exports/exports.tera");
    assert!(!path("mine/exports/exports.tera").exists());
    fs::remove_dir_all(path("mine/.builtin")).unwrap();
    // A link that leads nowhere is a template that is there.
    link("nowhere", path("mine/exports/exports.tera")).unwrap();
    copy().says("an existing template is not replaced");
    assert!(!path("mine/exports/nowhere").exists() && !path("mine/.builtin").exists());
}

/// Of a template that extends the built-in one, only the blocks are compared.
#[test]
fn blocks_are_compared_with_the_built_in_ones() {
    let dir = with_template(
        "dhcpd/dhcpd.conf",
        "{% extends \"builtin/dhcpd/dhcpd.conf\" %}\n{% block tail %}\n# mine\n{{ super() }}\n{% endblock %}\n",
    );
    let text = run_in(dir.path(), &["templates", "--diff"]).ended(0).stdout;
    assert!(text.contains("\n+# mine\n") && text.contains("\n-{% for text in raw %}\n"), "{text}");
    assert!(!text.contains("ddns-update-style"), "{text}");
}

#[test]
fn show_names_the_templates() {
    let dir = with_template("tftpd_hpa/tftpd-hpa", "{{");
    write(dir.path(), "later/mine/part.tera", "");
    let shown = run_in(dir.path(), &["show", "--templates", "later", "--format", "json"]).ended(0).stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        shown["templates"],
        serde_json::json!({ "mine/part": "later/mine/part.tera", "tftpd_hpa/tftpd-hpa": "mine/tftpd_hpa/tftpd-hpa.tera" })
    );
}

/// A repository that is a folder of templates has files of its own.
#[test]
fn hidden_folders_are_not_searched() {
    let dir = with_template("mine/part", "");
    write(dir.path(), "mine/.git/config", "");
    write(dir.path(), "mine/.git/x.tera", "{{");
    assert_eq!(check(&dir).ended(0).stdout, "");
    write(dir.path(), "mine/other", "");
    assert!(check(&dir).ended(0).stdout.contains("warning[ignored-template]"));
}

/// An editor of Windows ends lines with CRLF. The lines of a file that ipxegen knows end as its language wants it.
#[test]
fn line_ends_are_those_of_the_language() {
    let text = "# a\r\n{% if true %}\r\n{# b #}\r\n# {{ site.name | comment }}\r\n{% endif %}\r\n";
    let dir = with_template("tftpd_hpa/tftpd-hpa", text);
    let printed = |path: &str| run_in(dir.path(), &["render", "--stdout", path]).ended(0).stdout;
    assert_eq!(printed("etc/default/tftpd-hpa"), "# a\n# Lab\n");
    write(
        dir.path(),
        "mine/dhcpd/dhcpd.conf.tera",
        "{% extends \"builtin/dhcpd/dhcpd.conf\" %}\r\n{% block tail %}\r\n# x\r\n{{ super() }}\r\n{% endblock %}\r\n",
    );
    let conf = printed("etc/dhcp/dhcpd.conf");
    assert!(conf.contains("\n# x\n") && !conf.contains('\r'), "{conf}");
    // The difference is that of the text.
    let copy = run_in(dir.path(), &["templates", "exports/exports"]).ended(0).stdout;
    write(dir.path(), "mine/exports/exports.tera", &copy.replace('\n', "\r\n"));
    let diff = run_in(dir.path(), &["templates", "--diff"]).ended(0).stdout;
    assert!(!diff.contains("exports"), "{diff}");
    // The language of another file is the user's to know.
    let own = with_file("a\r\n{% if true %}\r\n{{ site.name }}\r\n{% endif %}\r\n");
    assert_eq!(run_in(own.path(), &["render", "--stdout", "etc/own"]).ended(0).stdout, "a\r\nLab\r\n");
}

#[test]
fn a_template_is_text() {
    for (text, place) in
        [("a\0b\n", "1:2"), ("a\n\u{2}pieces\u{2}", "2:1"), ("\u{3}", "1:1"), ("{{ \"\u{1}\" }}", "1:5")]
    {
        let ran = check(&with_template("tftpd_hpa/tftpd-hpa", text)).ended(1);
        assert!(ran.stdout.contains("has a character that is no text"), "{text:?}: {}", ran.stdout);
        assert!(ran.stdout.contains(&format!("tftpd-hpa.tera:{place}")), "{text:?}: {}", ran.stdout);
        assert!(check(&with_file(text)).ended(1).stdout.contains("has a character that is no text"));
    }
    // /etc/issue has colours.
    check(&with_file("\u{1b}[1mhello\n")).ended(0);
    let dir = with_template("tftpd_hpa/tftpd-hpa", "");
    fs::write(dir.path().join("mine/tftpd_hpa/tftpd-hpa.tera"), b"a\nb\xff\n").unwrap();
    assert!(check(&dir).ended(1).stdout.contains("is not UTF-8 from line 2 on"));
}

#[test]
fn a_linked_folder_of_templates_is_reported() {
    let dir = with_template("mine/part", "");
    write(dir.path(), "other/tftpd-hpa.tera", "");
    std::os::unix::fs::symlink("../other", dir.path().join("mine/tftpd_hpa")).unwrap();
    let said = check(&dir).ended(0).stdout;
    assert!(said.contains("mine/tftpd_hpa is no template: it is a link to a folder"), "{said}");
}

#[test]
fn two_files_of_one_path_are_shown_where_they_are() {
    let site = |files: &str| {
        let dir = tempdir().unwrap();
        write(dir.path(), "own.tera", "");
        let hosts = "hosts: { \"pc-[001-009]\": { mac: \"52:54:00:00:00:[01-09]\" } }";
        let before = SITE.split_once("hosts:").unwrap().0;
        write(dir.path(), "site.yaml", &format!("{before}{hosts}\nfiles:\n{files}"));
        check(&dir).ended(1).stdout
    };
    let each = "  - { path: \"/x/{host}\", template: own.tera, each: host }\n";
    for (files, words, place) in [
        (
            format!("{each}  - {{ path: /x/pc-007, template: own.tera }}\n"),
            "`files` twice writes /x/pc-007",
            "8:13",
        ),
        (format!("{each}{each}"), "`files` twice writes /x/pc-001", "8:13"),
        (
            format!("{each}  - {{ path: \"/x/{{host}}/y\", template: own.tera, each: host }}\n"),
            "needs a folder",
            "8:13",
        ),
        (
            "  - { path: /etc/dhcp/dhcpd.conf, template: own.tera }\n".to_owned(),
            "`dhcpd` and `files` both write",
            "7:13",
        ),
    ] {
        let said = site(&files);
        assert!(said.contains(words) && said.contains(&format!("site.yaml:{place}")), "{files}: {said}");
        assert!(said.contains("\n1 error"), "{files}: {said}");
    }
}
