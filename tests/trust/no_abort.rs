use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};

use crate::support::program::{Ran, run_in};
use crate::support::require;

const SITE: &str = "servers: { boot: { ip: 10.0.0.200/24, interfaces: [eth0] } }
subnets: { lan: { cidr: 10.0.0.0/24 } }
boot_entries: { l: { kind: linux, kernel: k } }
";

/// Runs a command, which must end by itself, with or without a finding or a failure.
fn ends(folder: &Path, arguments: &[&str], what: &str) -> Ran {
    let ran = run_in(folder, arguments);
    assert!(matches!(ran.code, Some(0..=2)), "{what}, {arguments:?}: {:?}\n{:.2000}", ran.code, ran.stderr);
    assert!(!ran.stderr.contains("panicked"), "{what}: {}", ran.stderr);
    ran
}

/// A site with a template of its own.
fn with_template(text: &str) -> TempDir {
    let dir = tempdir().unwrap();
    let own = "files: [{ path: /etc/own, server: boot, template: own.tera }]\n";
    fs::write(dir.path().join("site.yaml"), SITE.to_owned() + own).unwrap();
    fs::write(dir.path().join("own.tera"), text).unwrap();
    dir
}

/// Everything in a template that can be nested or chained, each far deeper than any reader accepts.
fn deep_templates() -> Vec<(&'static str, String)> {
    let around = |open: &str, middle: &str, close: &str, depth: usize| {
        format!("{}{middle}{}", open.repeat(depth), close.repeat(depth))
    };
    let expression =
        |open: &str, middle: &str, close: &str| format!("{{{{ {} }}}}", around(open, middle, close, 5_000));
    let loops = "{% set a = 1 %}{% for i in range(end=99999) %}{% set_global a = [a] %}{% endfor %}";
    vec![
        ("elif", format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(5_000))),
        ("elif that is not closed", format!("{{% if 1 %}}{}", "{% elif 1 %}".repeat(5_000))),
        ("elif with trimming", format!("{{%- if 1 -%}}{}", "{%-elif 1-%}".repeat(5_000))),
        (
            "elif in loops",
            around("{% for i in [1] %}{% if 1 %}{% elif 1 %}", "", "{% endif %}{% endfor %}", 5_000),
        ),
        ("if", around("{% if 1 %}", "x", "{% endif %}", 5_000)),
        ("for", around("{% for i in [1] %}", "x", "{% endfor %}", 5_000)),
        ("else", around("{% if 0 %}{% else %}", "x", "{% endif %}", 5_000)),
        ("filter sections", around("{% filter upper %}", "x", "{% endfilter %}", 5_000)),
        ("parentheses", expression("(", "1", ")")),
        ("lists", expression("[", "1", "]")),
        ("mappings", expression("{\"a\": ", "1", "}")),
        ("not", expression("not ", "1", "")),
        ("minus", expression("-", "1", "")),
        ("filters", expression("", "site.name", "|upper")),
        ("attributes", expression("", "a", ".b")),
        ("optional attributes", expression("", "a", "?.b")),
        ("indices", expression("", "a", "[1]")),
        ("indices in each other", expression("a[", "1", "]")),
        ("sums", expression("1 + ", "1", "")),
        ("powers", expression("1 ** ", "1", "")),
        ("joined text", expression("1 ~ ", "1", "")),
        ("and", expression("1 and ", "1", "")),
        ("tests", expression("", "1", " is odd")),
        ("conditions", expression("1 if 1 else ", "1", "")),
        ("functions", expression("range(end=", "1", ")")),
        ("comprehensions", expression("[x for x in ", "[1]", "]")),
        (
            "a component that calls itself",
            "{% component a() %}{{ <a/> }}{% endcomponent %}{{ <a/> }}".to_owned(),
        ),
        (
            "defaults of components",
            format!("{{% component a(x={}) %}}{{% endcomponent %}}", around("[", "1", "]", 5_000)),
        ),
        ("an include of itself", "{% include \"own.tera\" %}".to_owned()),
        ("a value that is nested in a loop", format!("{loops}{{{{ a }}}}")),
        ("a value that is nested and thrown away", format!("{loops}x")),
        ("a mapping that is nested in a loop", loops.replace("[a]", "{\"a\": a}") + "{{ a }}"),
        (
            "a value that is nested by another one",
            loops.replace("set_global a = [a]", "set b = [a] %}{% set_global a = b") + "{{ a }}",
        ),
        (
            "values that are compared",
            loops.to_owned()
                + &loops.replace("set_global a = [a]", "set_global b = [b]").replace("set a", "set b")
                + "{% if a == b %}y{% endif %}",
        ),
        ("open comments", "{#".repeat(5_000)),
        ("open text", "{{ \"".repeat(5_000)),
    ]
}

#[test]
fn no_template_takes_the_stack() {
    for (what, text) in deep_templates() {
        let dir = with_template(&text);
        for arguments in
            [&["check"][..], &["show"], &["render", "--quiet"], &["render", "--stdout", "/etc/own"]]
        {
            ends(dir.path(), arguments, what);
        }
        // The same in place of one of ours.
        fs::create_dir_all(dir.path().join("t/ipxe")).unwrap();
        fs::write(dir.path().join("t/ipxe/install.ipxe.tera"), &text).unwrap();
        fs::write(dir.path().join("own.tera"), "x\n").unwrap();
        ends(dir.path(), &["render", "--quiet", "--templates", "t"], what);
    }
}

#[test]
fn a_chain_of_branches_is_refused_with_its_place() {
    let dir = with_template(&format!("\n{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(5_000)));
    for arguments in [&["check"][..], &["render"]] {
        let ran = ends(dir.path(), arguments, "elif");
        assert_eq!(ran.code, Some(1), "{ran:?}");
        let said = ran.stdout + &ran.stderr;
        assert!(said.contains("error[template]") && said.contains("own.tera:2:"), "{said}");
        assert!(said.contains("nested more than 200 deep"), "{said}");
    }
    // Sites that people write are far below the limit.
    let dir = with_template(&format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(150)));
    ends(dir.path(), &["check"], "150 elif").ended(0);
}

#[test]
fn templates_that_lead_to_each_other_are_refused() {
    let circles: [&[(&str, &str)]; 3] = [
        &[
            ("entry", "{% block a %}\n{% block b %}\n{% endblock %}\n{% endblock %}\n"),
            (
                "install.ipxe",
                "{% extends \"ipxe/entry\" %}\n{% block b %}\n{% block a %}\n{{ super() }}\n{% endblock %}\n{% endblock %}\n",
            ),
        ],
        &[("entry", "{% include \"ipxe/install.ipxe\" %}"), ("install.ipxe", "{% include \"ipxe/entry\" %}")],
        &[
            ("entry", "{% extends \"ipxe/boot/linux\" %}"),
            ("install.ipxe", "{% include \"ipxe/entry\" %}"),
            ("boot/linux", "{% include \"ipxe/install.ipxe\" %}"),
        ],
    ];
    for templates in circles {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join("site.yaml"), SITE).unwrap();
        for (name, text) in templates {
            let path = dir.path().join(format!("t/ipxe/{name}.tera"));
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let ran = ends(dir.path(), &["render", "--templates", "t"], "a circle");
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stderr.contains("error[template]"), "{}", ran.stderr);
        assert!(!dir.path().join("out/manifest.json").exists());
    }
}

/// Verbatim text, YAML, tables and paths, nested or chained without an end.
#[test]
fn no_site_takes_the_stack() {
    let deep = |open: &str, close: &str| open.repeat(20_000) + &close.repeat(20_000);
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let mut sites: Vec<(String, String)> = Vec::new();
    for (open, close) in [
        ("{", "}"),
        ("(", ")"),
        ("[", "]"),
        ("if a {", "}"),
        ("${", "}"),
        ("<a>", "</a>"),
        ("\"", ""),
        ("\\", ""),
        ("$(", ")"),
        ("`", ""),
    ] {
        let text = quoted(&deep(open, close));
        for output in ["dhcpd", "smb", "nginx", "apache", "ipxe", "exports", "tftpd_hpa"] {
            sites.push((format!("raw of {output}: {open}"), format!("{SITE}raw: {{ {output}: {text} }}\n")));
        }
        sites.push((
            format!("a script: {open}"),
            SITE.replace("kind: linux, kernel: k", &format!("kind: script, lines: [{text}]")),
        ));
        sites.push((format!("ipxe.script: {open}"), format!("{SITE}ipxe: {{ script: {text} }}\n")));
        sites.push((
            format!("a root path: {open}"),
            format!("{SITE}hosts: {{ h: {{ mac: \"52:54:00:00:00:01\", root_path: {text} }} }}\n"),
        ));
        sites.push((
            format!("a pattern: {open}"),
            format!("{SITE}hosts: {{ {text}: {{ mac: \"52:54:00:00:00:01\" }} }}\n"),
        ));
        sites.push((format!("a glob: {open}"), format!("{SITE}include: {text}\n")));
    }
    for (open, close) in
        [("[", "]"), ("{ a: ", "}"), ("- ", ""), ("? ", ""), ("!x ", ""), ("&x ", ""), ("[{ a: ", "}]")]
    {
        sites.push((format!("YAML: {open}"), format!("{SITE}menu: {}\n", deep(open, close))));
    }
    let mut submenus = String::from("shell");
    for _ in 0..1_000 {
        submenus = format!("{{ submenu: s, items: [{submenus}] }}");
    }
    sites.push(("submenus".to_owned(), format!("{SITE}menu: {{ items: [{submenus}] }}\n")));
    let mut groups = SITE.to_owned() + "groups:\n";
    for n in 0..20_000 {
        let _ = writeln!(groups, "  g{n}: {{ group: g{} }}", n + 1);
    }
    sites.push(("groups".to_owned(), groups + "  g20000: { boot: l }\n"));
    let mut vars = SITE.to_owned() + "vars:\n";
    for n in 0..5_000 {
        let _ = writeln!(vars, "  v{n}: \"{{var.v{}}}\"", n + 1);
    }
    sites.push(("vars".to_owned(), vars + "  v5000: x\n"));
    let dir = tempdir().unwrap();
    for (what, site) in sites {
        fs::write(dir.path().join("site.yaml"), &site).unwrap();
        ends(dir.path(), &["check"], &what);
        ends(dir.path(), &["render", "--quiet", "--force"], &what);
    }
}

/// Files that somebody changed by hand are read back by `diff`.
#[test]
fn no_changed_file_takes_the_stack() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("site.yaml"), SITE).unwrap();
    ends(dir.path(), &["render", "--quiet"], "first").ended(0);
    let conf = dir.path().join("out/boot/etc/dhcp/dhcpd.conf");
    for (open, close) in [("{", "}"), ("host a {", "}"), ("group {\n", "}\n"), ("\"", ""), ("(", ")")] {
        fs::write(&conf, open.repeat(100_000) + &close.repeat(100_000)).unwrap();
        ends(dir.path(), &["diff"], open).ended(1);
    }
    for text in ["[".repeat(100_000), "{\"a\":".repeat(100_000), "\u{0}".repeat(100)] {
        fs::write(dir.path().join("out/manifest.json"), text).unwrap();
        ends(dir.path(), &["diff"], "the manifest");
        ends(dir.path(), &["render", "--quiet"], "the manifest");
    }
}

/// The search for similar words ignores long words, because its memory is the product of both lengths.
#[test]
fn a_long_word_is_like_no_other() {
    if !require("prlimit") {
        return;
    }
    let long = "k".repeat(20_000_000);
    for site in [
        format!("{SITE}? {long}\n: 1\n"),
        format!("{SITE}allow: {{ ? {long} : x }}\n"),
        format!("{SITE}menu: {{ default: {long} }}\n"),
        format!("{SITE}raw: {{ dhcpd: '{long};' }}\n"),
        format!("{SITE}nfs: {{ exports: [{{ path: /srv/a, options: [{long}] }}] }}\n"),
        SITE.replace("kind: linux", &format!("kind: {long}")),
        SITE.replace(
            "kind: linux, kernel: k",
            &format!("kind: script, lines: ['{long}', 'goto {long}', ':{long}l']"),
        ),
    ] {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join("site.yaml"), &site).unwrap();
        let mut command = std::process::Command::new("prlimit");
        command.args([
            "--as=2500000000",
            env!("CARGO_BIN_EXE_ipxegen"),
            "check",
            "--format",
            "short",
            "site.yaml",
        ]);
        let output = command.current_dir(dir.path()).output().unwrap();
        let shown = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(1),
            "{:.300}: {shown:.500}",
            site.get(SITE.len()..).unwrap_or_default()
        );
    }
}
