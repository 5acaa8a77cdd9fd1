use super::super::expression::OptionNames;
use super::super::statements::{AllTokens, statements};
use super::{classes, name_of};
use crate::import::coverage::Coverage;
use crate::import::draft::{Draft, Value};
use crate::import::source_file::{FileKind, SourceFile};
use crate::import::yaml::text_of;

/// The values of `match` of the first class, or the reason why it has no `match`.
fn matches(text: &str) -> String {
    let text = format!("option arch code 93 = unsigned integer 16; {text}");
    let file = SourceFile { path: "x".into(), kind: FileKind::Dhcpd, included: false, text };
    let files = [];
    let tokens = AllTokens::new();
    let statements = statements(&file, &files, &tokens, &mut Coverage::default());
    let classes = classes(&statements, &OptionNames::of(&statements));
    match classes[0].matches() {
        Ok(all) => {
            let mut draft = Draft::default();
            let all = Value::List(all.into_iter().map(Value::Map).collect());
            draft.site.set("m", all);
            text_of(&draft).replace("m:\n", "").replace("m: ", "").replace("  - ", "").trim().to_owned()
        }
        Err(why) => format!("raw: {why}"),
    }
}

fn condition(text: &str) -> String {
    matches(&format!("class \"c\" {{ match if {text}; }}"))
}

#[test]
fn conditions_become_matches() {
    let vendor = "option vendor-class-identifier";
    for (text, expected) in [
        (format!("{vendor} = \"ubnt\""), "[{ vendor_class: ubnt }]"),
        (format!("\"ubnt\" = {vendor}"), "[{ vendor_class: ubnt }]"),
        (format!("substring({vendor}, 0, 4) = \"Cisc\""), "[{ vendor_class: \"Cisc*\" }]"),
        (format!("substring({vendor}, 0, 9) = \"Cisc\""), "[{ vendor_class: Cisc }]"),
        (format!("{vendor} ~= \"^ArubaAP\""), "[{ vendor_class: \"ArubaAP*\" }]"),
        (
            format!("(substring({vendor}, 0, 2) = \"ab\") or (substring({vendor}, 0, 2) = \"cd\")"),
            "[{ vendor_class: [\"ab*\", \"cd*\"] }]",
        ),
        (
            format!("substring({vendor}, 0, 2) = \"ab\" and substring(hardware, 1, 3) = 0:15:5d"),
            "[{ mac: \"00:15:5d:*\", vendor_class: \"ab*\" }]",
        ),
        (
            format!("{vendor} = \"ab\" or substring(hardware, 1, 3) = 0:15:5d"),
            "[{ vendor_class: ab }, { mac: \"00:15:5d:*\" }]",
        ),
        ("exists user-class and option user-class = \"iPXE\"".to_owned(), "[{ client: ipxe }]"),
        (format!("substring({vendor}, 0, 9) = \"PXEClient\" and not exists user-class"), "[{ client: pxe }]"),
        (
            format!(
                "substring({vendor}, 0, 20) = \"PXEClient:Arch:00007\" and substring({vendor}, 0, 9) = \"PXEClient\""
            ),
            "[{ vendor_class: \"PXEClient:Arch:00007*\" }]",
        ),
        ("hardware = 1:52:54:0:0:0:1".to_owned(), "[{ mac: \"52:54:00:00:00:01\" }]"),
        (
            "binary-to-ascii(16, 8, \":\", substring(hardware, 1, 3)) = \"0:15:5d\"".to_owned(),
            "[{ mac: \"00:15:5d:*\" }]",
        ),
        ("option agent.circuit-id = \"ge-0/0/12\"".to_owned(), "[{ circuit_id: ge-0/0/12 }]"),
        ("option agent.remote-id = 00:06:aa".to_owned(), "[{ remote_id: { hex: \"00:06:aa\" } }]"),
        ("option arch = 00:07 or option arch = 00:09".to_owned(), "[{ arch: [7, 9] }]"),
        ("extract-int(option arch, 16) = 11".to_owned(), "[{ arch: 11 }]"),
        ("substring(option pxe-client-id, 0, 3) = 00:52:50".to_owned(), "[{ uuid: { hex: \"00:52:50*\" } }]"),
        (format!("not ({vendor} = \"x\")"), "raw: `match` cannot say what a client is not"),
        ("exists agent.circuit-id".to_owned(), "raw: `match` cannot say that `circuit_id` is sent at all"),
        ("known".to_owned(), "raw: `match` does not ask whether a client is a host of the site"),
        ("option host-name = \"x\"".to_owned(), "raw: `match` has no key for this condition"),
        (format!("substring({vendor}, 0, 2) = \"long\""), "raw: no client meets the condition"),
        (
            format!("substring({vendor}, 4, 2) = \"xy\""),
            "raw: `match` compares from the beginning of what a client sends",
        ),
        ("option nonsense = \"x\"".to_owned(), "raw: no option is called `nonsense`"),
    ] {
        assert_eq!(condition(&text), expected, "{text}");
    }
}

#[test]
fn subclasses_are_lists() {
    assert_eq!(
        matches(
            "class \"a\" { match hardware; } subclass \"a\" 1:52:54:00:00:00:01; subclass \"a\" 1:52:54:0:0:0:2 { filename \"x\"; }"
        ),
        "[{ mac: [\"52:54:00:00:00:01\", \"52:54:00:00:00:02\"] }]"
    );
    assert_eq!(
        matches(
            "class \"a\" { match substring(option vendor-class-identifier, 0, 3); } subclass \"a\" \"abc\";"
        ),
        "[{ vendor_class: \"abc*\" }]"
    );
    assert_eq!(
        matches(
            "class \"a\" { match pick-first-value(option dhcp-client-identifier, hardware); } subclass \"a\" 1:52:54:0:0:0:2;"
        ),
        "[{ mac: \"52:54:00:00:00:02\" }]"
    );
    for (text, why) in [
        ("class \"a\" { spawn with option agent.circuit-id; lease limit 4; }", "limits the leases"),
        ("class \"a\" { spawn with option agent.circuit-id; }", "makes classes"),
        ("class \"a\" { match hardware; }", "no subclass"),
        ("class \"a\" { }", "no condition"),
        ("subclass \"a\" 1:2;", "no condition"),
    ] {
        assert!(matches(text).contains(why), "{text}: {}", matches(text));
    }
}

#[test]
fn long_lists_take_linear_time() {
    use std::fmt::Write as _;
    let mut text = "class \"a\" { match hardware; }".to_owned();
    let mut condition = String::from("hardware = 1:0:0:0:0:0:1");
    for at in 0..6_000 {
        let _ = write!(text, "subclass \"a\" 1:52:54:00:00:{:02x}:{:02x};", at / 256, at % 256);
        let _ = write!(condition, " or hardware = 1:52:54:00:00:{:02x}:{:02x}", at / 256, at % 256);
    }
    assert!(matches(&text).contains("52:54:00:00:17:00"));
    assert!(self::condition(&condition).contains("52:54:00:00:17:00"));
}

#[test]
fn names_of_classes_are_names_of_sites() {
    for (name, expected) in
        [("PXE Clients", "pxe-clients"), ("--", "class"), ("6to4", "class-6to4"), ("a_b", "a-b")]
    {
        assert_eq!(name_of(name), expected);
    }
}
