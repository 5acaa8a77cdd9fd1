use serde::Serialize;
use tera::Context;

use super::super::{Dialect, Raw, Rendered};
use super::refusal;

const NASTY: &str = "srv\"1\"; }";

#[derive(Serialize)]
struct View {
    name: &'static str,
    word: &'static str,
    nasty: Vec<&'static str>,
    words: Vec<&'static str>,
    empty: Vec<&'static str>,
    number: i64,
    truth: bool,
    null: Option<u8>,
    float: f64,
    map: std::collections::BTreeMap<&'static str, &'static str>,
    raw: Raw,
    rendered: Rendered,
    control: &'static str,
}

fn render_with(dialect: Dialect, name: &'static str, template: &str) -> Result<String, String> {
    let mut tera = dialect.engine();
    let templates = [
        ("inner", "[{{ name }}]".to_owned()),
        ("quoted", "[{{ name | q }}]".to_owned()),
        ("base", "{% block b %}base {{ word }}{% endblock %}".to_owned()),
        ("main", template.to_owned()),
    ];
    for (file, source) in templates {
        if file != "quoted" || dialect == Dialect::Dhcpd {
            tera.add_raw_template(file, &source).map_err(|error| error.to_string())?;
        }
    }
    let view = View {
        name,
        word: "pc-1",
        nasty: vec![name],
        words: vec!["a", "b"],
        empty: vec![],
        number: -5,
        truth: true,
        null: None,
        float: 1.5,
        map: [(name, name)].into(),
        raw: Raw::new("next-server 10.0.0.1; # end\n".into()),
        rendered: Rendered::new("{ whole; }\n".into()),
        control: "a\u{1}b",
    };
    let context = Context::from_serialize(&view).unwrap();
    tera.render("main", &context).map_err(|error| refusal(&error).unwrap_or_else(|| error.to_string()))
}

fn render(template: &str) -> Result<String, String> {
    render_with(Dialect::Dhcpd, NASTY, template)
}

#[track_caller]
fn refused(template: &str, why: &str) {
    match render(template) {
        Ok(text) => panic!("{template} gave {text}"),
        Err(error) => assert!(error.contains(why), "{template}: {error}"),
    }
}

#[test]
fn what_passes() {
    for (template, text) in [
        ("host {{ word }};", "host pc-1;"),
        ("x {{ name | q }};", r#"x "srv\0421\042; }";"#),
        ("x {{ name | q(max=9) }};", r#"x "srv\0421\042; }";"#),
        ("{{ number }} {{ truth }} {{ float }}", "-5 true 1.5"),
        ("{{ number | q }}", "\"-5\""),
        ("{{ word | upper }} {{ 'a b' | replace(from=' ', to='-') }}", "PC-1 a-b"),
        ("{{ word | upper | q }}", "\"PC-1\""),
        ("{{ ('to ' ~ name) | q }}", r#""to srv\0421\042; }""#),
        ("{% for w in words %}{{ w | q }}{% if not loop.last %}, {% endif %}{% endfor %}", "\"a\", \"b\""),
        ("{% set x = name | q %}{{ x }}", r#""srv\0421\042; }""#),
        ("{% set x %}<{{ name | q }}>{% endset %}{{ x }}", r#"<"srv\0421\042; }">"#),
        ("{% include 'quoted' %}", r#"["srv\0421\042; }"]"#),
        (
            "{% extends 'base' %}{% block b %}{{ super() }} {{ name | q }}{% endblock %}",
            r#"base pc-1 "srv\0421\042; }""#,
        ),
        ("# {{ name | comment }}", "# srv\"1\"; }"),
        ("{{ missing | default(value=word) }}", "pc-1"),
        ("{{ rendered | rendered }}", "{ whole; }\n"),
        ("{{ raw | verbatim }}}", "next-server 10.0.0.1; # end\n}"),
        ("{{ words | join(sep='-') }}", "a-b"),
        ("{{ (name | q) and word }}", "pc-1"),
    ] {
        assert_eq!(render(template).as_deref(), Ok(text), "{template}");
    }
}

#[test]
fn a_forgotten_filter() {
    assert_eq!(
        render("host {{ name }}").unwrap_err(),
        r#""srv"1"; }" is not a bare word here; quote it with `| q`"#
    );
    for template in [
        "{% set x = name %}{{ x }}",
        "{% set x %}{{ name }}{% endset %}{{ x }}",
        "{% set_global x = name %}{{ x }}",
        "{% include 'inner' %}",
        "{% for w in nasty %}{{ w }}{% endfor %}",
        "{% for k, v in map %}{{ k }}{% endfor %}",
        "{{ nasty }}",
        "{{ words }}",
        "{{ empty }}",
        "{{ map }}",
        "{{ raw }}",
        "{{ rendered }}",
        "{{ '' }}",
        "{{ 'a b' }}",
        "{{ word ~ ' ' }}",
        "{{ nasty | first }}",
        "{{ nasty | join(sep='-') }}",
        "{{ missing | default(value=name) }}",
        "{{ name if truth else word }}",
        "{{ name[3:] }}",
        "{{ name | upper }}",
        "{{ name | reverse }}",
        "{{ name | truncate(length=5) }}",
        "{{ name | str }}",
        "{{ map | keys | first }}",
        "{{ name | split(pat='x') | first }}",
        "{{ __tera_context }}",
        "{% filter upper %}{{ name }}{% endfilter %}",
        "{% component C(x) %}{{ x }}{% endcomponent C %}{{ <C x={name} /> }}",
        "{% component C(x) %}{{ x }}{% endcomponent C %}{% set y = <C x={name} /> %}{{ y }}",
    ] {
        refused(template, "is not a bare word here");
    }
}

#[test]
fn nothing_is_made_safe() {
    for filter in ["safe", "escape", "escape_html", "escape_xml", "newlines_to_br", "title", "capitalize"] {
        refused(&format!("{{{{ name | {filter} }}}}"), &format!("there is no `{filter}` here"));
        refused(&format!("{{{{ name | q | {filter} }}}}"), &format!("there is no `{filter}` here"));
        refused(
            &format!("{{% filter {filter} %}}a{{% endfilter %}}"),
            &format!("there is no `{filter}` here"),
        );
    }
}

#[test]
fn a_quoted_literal_stays_whole() {
    for template in [
        "{{ name | q ~ word }}",
        "{{ word ~ (name | q) }}",
        "{{ (name | q) ~ (name | q) }}",
        "{{ (name | q)[1:-1] }}",
        "{{ (name | q)[:20] }}",
        "{{ (name | q)[18:] }}",
        "{{ (name | q)[17] }}",
        "{{ name | q | reverse }}",
        "{{ name | q | truncate(length=20) }}",
        "{{ name | q | split(pat='\"') | last }}",
        "{{ word | replace(from='p', to=name | q) }}",
        "{{ [name | q, word] | join(sep='-') }}",
        "{{ [name | q] }}",
        "{% for c in name | q %}{{ c }}{% endfor %}",
    ] {
        assert!(render(template).is_err(), "{template} gave {:?}", render(template));
    }
    refused("{{ (name | q) ~ ';' }}", "the quoting filter must come last");
    for filter in ["upper", "lower", "trim", "trim_start", "trim_end(pat='\"')", "replace(from='\"', to='')"]
    {
        refused(&format!("{{{{ name | q | {filter} }}}}"), "before the quoting filter");
        refused(
            &format!("{{% filter {filter} %}}{{{{ name | q }}}}{{% endfilter %}}"),
            "before the quoting filter",
        );
        refused(
            &format!("{{% set x %}}{{{{ name | q }}}}{{% endset %}}{{{{ x | {filter} }}}}"),
            "before the quoting filter",
        );
    }
    refused("{{ name | q | q }}", "is already rendered");
    refused("{{ name | q | comment }}", "is already rendered");
    refused("{% set x %}{{ word }}{% endset %}{{ x | q }}", "is already rendered");
    refused("{{ control | q }}", "is already rendered");
}

#[test]
fn what_is_missing_or_of_another_type() {
    refused("{{ missing }}", "not defined");
    refused("{{ map.missing }}", "not defined");
    refused("{{ missing | q }}", "");
    refused("{{ null | q }}", "takes text, not a value of type");
    refused("{{ truth | q }}", "takes text, not a value of type");
    refused("{{ words | q }}", "takes text, and this is a list");
    refused("{{ word | q(mx=3) }}", "this filter has no argument `mx`");
    refused("{{ name | q(max=8) }}", "has 9 bytes where 8 are the most");
    refused("{{ name | verbatim }}", "takes only what a `raw` key");
    refused("{{ map | verbatim }}", "takes only what a `raw` key");
    refused("{{ rendered | verbatim }}", "takes only what a `raw` key");
    refused("{{ name | rendered }}", "takes only what another template");
    refused("{{ raw | rendered }}", "takes only what another template");
    refused("{{ name | nosuch }}", "nosuch");
}

/// Behaviour of Tera that we cannot change. The daemon's own checker finds the result.
#[test]
fn known_limits() {
    // Null is printed as nothing, and is never shown to the guard.
    assert_eq!(render("[{{ null }}]").as_deref(), Ok("[]"));
    // Rendered text can be cut with a slice, and is still rendered text.
    assert_eq!(render("{% set x %}{{ word | q }}{% endset %}{{ x[1:] }}").as_deref(), Ok("pc-1\""));
}

#[test]
fn raw_text_is_looked_at_again() {
    let mut tera = Dialect::Dhcpd.engine();
    tera.add_raw_template("main", "{{ raw | verbatim }}").unwrap();
    let mut context = Context::new();
    context.insert("raw", &Raw::new("} evil {".into()));
    let error = tera.render("main", &context).unwrap_err().to_string();
    assert!(error.contains("closes a block that was not opened here"), "{error}");
}

#[test]
fn every_language_has_its_guard() {
    // Of a text nothing is known but that it has no hidden characters.
    for text in ["a\n", "\u{202e}x", "\0", "a\u{1}raw"] {
        assert!(render_with(Dialect::Text, text, "{{ name }}").is_err(), "{text:?}");
    }
    assert!(render_with(Dialect::Text, "a", "{{ name | safe }}").is_err());
    for dialect in Dialect::ALL.iter().copied().filter(|dialect| *dialect != Dialect::Text) {
        // Data has no bare words, and no comments.
        let is_data = matches!(dialect, Dialect::Json | Dialect::Csv);
        if !is_data && dialect != Dialect::Powershell {
            assert_eq!(render_with(dialect, NASTY, "{{ word }}").as_deref(), Ok("pc-1"));
        }
        for text in
            ["a b", "", "a\n", "${x}", "a;b", "\"a\"", "\u{202e}x", "a\\", "#", "{", "a`b", "$(x)", "é"]
        {
            assert!(render_with(dialect, text, "{{ name }}").is_err(), "{dialect:?} {text:?}");
        }
        for template in
            ["{{ nasty }}", "{{ words }}", "{{ empty }}", "{{ map }}", "{{ raw }}", "{{ name | safe }}"]
        {
            assert!(render_with(dialect, "a", template).is_err(), "{dialect:?} {template}");
        }
        if is_data {
            assert!(render_with(dialect, "a", "{{ name | comment }}").is_err());
        } else {
            // `rem` reads what stands behind it, so there is plain text only.
            let shown = if dialect == Dialect::Cmd { "a_nb_." } else { "a\\nb\\." };
            assert_eq!(render_with(dialect, "a\nb\\", "{{ name | comment }}").as_deref(), Ok(shown));
        }
        assert!(render_with(dialect, "a\nb", "{{ name | verbatim }}").is_err());
    }
}

#[test]
fn every_filter_works() {
    for (dialect, name, template, text) in [
        (Dialect::Dhcpd, "pc-1", "{{ name | ident }}", "pc-1"),
        (Dialect::Defaults, "/srv/tftp", "{{ name | value }}", "\"/srv/tftp\""),
        (Dialect::Defaults, "x", "{{ words | value }}", "\"a b\""),
        (Dialect::Defaults, "x", "{{ empty | value }}", "\"\""),
        (Dialect::Defaults, "x", "{{ words | interfaces }}", "\"a b\""),
        (Dialect::Defaults, "[::1]:69", "{{ name | address }}", "\"[::1]:69\""),
        (
            Dialect::Exports,
            "/a b",
            "{{ name | path }} {{ word | client(options=words) }}",
            "/a\\040b pc-1(a,b)",
        ),
        (Dialect::Exports, "rw", "*{{ name | options }}", "*(rw)"),
        (
            Dialect::Smb,
            "my share",
            "[{{ name | section }}]\npath = {{ name | value }}",
            "[my share]\npath = my share",
        ),
        (Dialect::Ipxe, "a  b", "{{ name | text }}", "a${ipxegen.sp:string} b"),
        (Dialect::Ipxe, "-a", "{{ name | text(dashes=true) }}", "-a"),
        (
            Dialect::Ipxe,
            "${a}",
            "{{ name | expr }} {{ name | arg_expr }} {{ name | url_expr }}",
            "${a} ${a} ${a}",
        ),
        (Dialect::Ipxe, "a b", "{{ name | arg }} {{ name | uri }}", "a${ipxegen.sp:string}b a%20b"),
        (Dialect::Ipxe, "a", "{{ name | label }} {{ name | url }}", "a a"),
        (
            Dialect::Tmpfiles,
            "/a b",
            "L+ {{ name | path }} - - - - {{ name | argument }}",
            "L+ \"/a b\" - - - - /a b",
        ),
        (Dialect::Tgt, "iqn.2020-01.lab:a", "{{ name | iqn }} {{ word | user }}", "iqn.2020-01.lab:a pc-1"),
        (Dialect::Tgt, "/a", "{{ name | path }} {{ word | password }}", "/a pc-1"),
        (
            Dialect::Json,
            "a\"b",
            "{{ name | json }}{{ words | json(indent=2) }}",
            "\"a\\\"b\"[\n    \"a\",\n    \"b\"\n  ]",
        ),
        (Dialect::Powershell, "it's", "{{ name | q }}", "'it''s'"),
        (Dialect::Csv, "=1", "{{ words | row }}", "a,b"),
    ] {
        assert_eq!(render_with(dialect, name, template).as_deref(), Ok(text), "{template}");
    }
    assert!(
        render_with(Dialect::Ipxe, "a", "{{ prelude() }}").unwrap().starts_with("set ipxegen.sp:hex 20\n")
    );
    assert!(render_with(Dialect::Exports, "a", "{{ name | client }}").is_err());
}
