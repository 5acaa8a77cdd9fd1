use super::super::expression::OptionNames;
use super::super::statements::{AllTokens, statements};
use super::{Boot, Choices, Level};
use crate::import::coverage::{Coverage, Remark};
use crate::import::draft::Draft;
use crate::import::source_file::{FileKind, SourceFile};
use crate::import::yaml::text_of;

fn file(text: &str) -> SourceFile {
    SourceFile { path: "dhcpd.conf".into(), kind: FileKind::Dhcpd, included: false, text: text.to_owned() }
}

/// The keys of one scope, the remarks, and the raw texts with their reasons.
fn imported(text: &str, keep: bool) -> (String, String, String) {
    let file = file(text);
    let files = [];
    let tokens = AllTokens::new();
    let statements = statements(&file, &files, &tokens, &mut Coverage::default());
    let definitions = OptionNames::of(&statements);
    let entered = Choices::default().enter(&statements, None, &definitions);
    let (boot, remarks) = entered.choices.boot(None, keep);
    let raw: Vec<String> =
        entered.raw.iter().map(|raw| format!("{} ({})", raw.text.replace('\n', " "), raw.why)).collect();
    (shown(&boot), remarks_of(&remarks), raw.join("\n"))
}

fn remarks_of(remarks: &[Remark]) -> String {
    remarks.iter().map(|remark| format!("{}: {}\n", remark.origin.line, remark.text)).collect()
}

fn shown(boot: &Boot) -> String {
    let keys = boot.keys(None, Level::Site, true, None);
    let mut draft = Draft { site: keys.keys, ..Draft::default() };
    for (name, class) in keys.classes {
        draft.site.map("classes").set(&name, class);
    }
    if let Some(server) = &boot.next_server {
        draft.site.set("next_server", &**server);
    }
    text_of(&draft)
}

const ARCH: &str = "option arch code 93 = unsigned integer 16;\n";

#[test]
fn one_file_for_all_is_for_bios() {
    let (yaml, remarks, raw) = imported("next-server 10.0.0.5; filename \"pxelinux.0\";", false);
    assert_eq!(
        yaml,
        "loaders: { bios: pxelinux.0, efi_x64: none }

classes: { ipxe: { match: { client: ipxe }, file: pxelinux.0 } }

next_server: 10.0.0.5
"
    );
    assert!(remarks.starts_with("1: the file gives `pxelinux.0` to efi_ia32, efi_x64, "), "{remarks}");
    assert!(remarks.contains("do not boot from the network"), "{remarks}");
    assert_eq!(raw, "");
    let (yaml, remarks, _) = imported("filename \"pxelinux.0\";", true);
    assert!(
        yaml.contains("efi_arm64: pxelinux.0")
            && yaml.contains("plain: { match: { client: plain }, file: pxelinux.0 }"),
        "{yaml}"
    );
    assert!(!remarks.contains("efi_arm64"), "{remarks}");
}

#[test]
fn the_switch_of_ipxe_and_two_platforms() {
    let text = format!(
        "{ARCH}if exists user-class and option user-class = \"iPXE\" {{\n filename \"http://10.0.0.5/menu.ipxe\";\n}}
         elsif option arch = 00:06 {{ filename \"i386/ipxe.efi\"; }}
         elsif option arch = 00:07 or option arch = 00:09 {{ filename \"ipxe.efi\"; }}
         elsif option arch = 00:0b {{ filename \"arm64/ipxe.efi\"; }}
         else {{ filename \"undionly.kpxe\"; }}"
    );
    let (yaml, remarks, raw) = imported(&text, false);
    assert_eq!(
        yaml,
        "loaders:
  efi_ia32: i386/ipxe.efi
  efi_arm64: arm64/ipxe.efi
  http_ia32: none
  http_x64: none
  http_arm64: none

script: \"http://10.0.0.5/menu.ipxe\"
"
    );
    assert!(remarks.contains("`undionly.kpxe` to clients that ask as"), "{remarks}");
    assert!(
        remarks.contains(
            "`efi_x64, then efi_ia32`, efi_arm32, efi_riscv64, efi_loongarch64, UEFI's HTTP boot, U-Boot, "
        ),
        "{remarks}"
    );
    assert_eq!(raw, "");
}

/// The switch that most published files have. No iPXE says `HTTPClient`, so all of them get the script.
#[test]
fn a_switch_for_pxe_clients_has_one_script() {
    let switch = "if substring(option vendor-class-identifier, 0, 9) = \"PXEClient\" {
        if exists user-class and option user-class = \"iPXE\" { filename \"http://10.0.0.2/boot.ipxe\"; }
        elsif option arch = 00:07 or option arch = 00:09 { filename \"ipxe.efi\"; }
        elsif option arch = 00:00 { filename \"undionly.kpxe\"; } }";
    let (yaml, _, raw) = imported(&format!("{ARCH}{switch}"), false);
    assert_eq!(yaml, "loaders: { http_x64: none }\n\nscript: \"http://10.0.0.2/boot.ipxe\"\n");
    assert_eq!(raw, "");
}

#[test]
fn a_later_statement_wins() {
    let (yaml, ..) =
        imported("if option vendor-class-identifier = \"x\" { filename \"a.0\"; } filename \"b.0\";", false);
    assert!(yaml.contains("bios: b.0"), "{yaml}");
    let pxe = "substring(option vendor-class-identifier, 0, 9) = \"PXEClient\"";
    let (yaml, ..) = imported(&format!("filename \"a.0\"; if {pxe} {{ filename \"b.0\"; }}"), false);
    assert!(yaml.contains("bios: b.0"), "{yaml}");
    let (yaml, ..) = imported(&format!("filename \"a.0\"; if {pxe} {{ filename \"\"; }}"), false);
    assert!(yaml.contains("bios: none") || yaml.contains("netboot"), "{yaml}");
}

#[test]
fn a_switch_by_number_and_by_variable() {
    let text = format!(
        "{ARCH}set kind = extract-int(option arch, 16);
         switch (extract-int(option arch, 16)) {{
           case 0: filename \"lpxelinux.0\"; break;
           case 7: case 9: filename \"syslinux.efi\"; break;
           default: filename \"\";
         }}
         if kind = 11 {{ filename \"grubaa64.efi\"; }}"
    );
    let (yaml, remarks, raw) = imported(&text, false);
    assert!(yaml.contains("bios: lpxelinux.0, efi_x64: syslinux.efi"), "{yaml}{raw}");
    assert!(!yaml.contains("grubaa64"), "dhcpd compares the number with the byte 0b: {yaml}");
    assert_eq!(raw, "", "{remarks}");
}

#[test]
fn what_depends_on_something_else_stays_raw() {
    for (condition, why) in [
        ("substring(hardware, 1, 3) = 52:54:00", "the MAC address"),
        ("option host-name = \"x\"", "the option `host-name`"),
        ("option agent.circuit-id = \"x\"", "what the relay sends"),
        ("static", "whether the client has a reserved address"),
        ("option nonsense = 1", "no option is called `nonsense`"),
    ] {
        let text = format!("filename \"a.0\"; if {condition} {{ filename \"b.0\"; }} next-server 10.0.0.1;");
        let (yaml, _, raw) = imported(&text, false);
        assert!(yaml.contains("bios: a.0"), "{yaml}");
        assert!(raw.contains("{ filename \"b.0\"; }") && raw.contains(why), "{raw}");
        assert!(raw.contains("next-server 10.0.0.1; (it comes behind"), "{raw}");
    }
}

#[test]
fn hosts_alone_boot() {
    let (yaml, _, raw) = imported("if known { filename \"a.0\"; }", false);
    assert!(yaml.contains("netboot: known") && raw.is_empty(), "{yaml}{raw}");
    let (_, _, raw) = imported("if known { filename \"a.0\"; } else { filename \"b.0\"; }", false);
    assert!(raw.contains("hosts and other clients get different files"), "{raw}");
    let (yaml, ..) = imported("option domain-name \"x\";", false);
    assert_eq!(yaml, "netboot: none\n");
}

#[test]
fn other_statements_of_a_branch_stay_raw() {
    let text = "if option user-class = \"iPXE\" { filename \"http://x/y\"; option domain-name \"z\"; } else { filename \"undionly.kpxe\"; }";
    let (yaml, _, raw) = imported(text, false);
    assert!(yaml.contains("script: \"http://x/y\""), "{yaml}");
    assert_eq!(
        raw,
        "if option user-class = \"iPXE\" { option domain-name \"z\"; }  (it sets more than boot files)"
    );
}

#[test]
fn inner_scopes_change_what_they_say() {
    let file = file(
        "filename \"a.0\"; next-server 10.0.0.1; subnet x { filename \"b.0\"; } class y { filename \"c.efi\"; } host z { filename \"\"; }",
    );
    let files = [];
    let tokens = AllTokens::new();
    let all = statements(&file, &files, &tokens, &mut Coverage::default());
    let definitions = OptionNames::of(&all);
    let enter = |choices: &Choices, at: usize| {
        choices.enter(all[at].block.as_ref().unwrap(), None, &definitions).choices
    };
    let global = Choices::default().enter(&all, None, &definitions).choices;
    let subnet = enter(&global, 2);
    let host = enter(&subnet, 4);
    let boot = |choices: &Choices, outer: Option<&Choices>| choices.boot(outer, false).0;
    let keys =
        boot(&subnet, Some(&global)).keys(Some(&boot(&global, None)), Level::Subnet, false, Some("10.0.0.1"));
    let text = text_of(&Draft { site: keys.keys, ..Draft::default() });
    assert_eq!(text, "loaders: { bios: b.0 }\n");
    let keys = boot(&host, Some(&subnet)).keys(
        Some(&boot(&subnet, None)),
        Level::Host { has_disk: false },
        false,
        None,
    );
    assert_eq!(text_of(&Draft { site: keys.keys, ..Draft::default() }), "netboot: none\n");
    assert!(keys.raw.is_empty(), "{:?}", keys.raw);
}

/// A file of many groups has a boot file for each: its cost is that of the answers, not of the clients.
#[test]
fn clients_that_nothing_tells_apart_share_an_answer() {
    let answers = |text: &str| {
        let file = file(&format!("{ARCH}{text}"));
        let (files, tokens) = ([], AllTokens::new());
        let all = statements(&file, &files, &tokens, &mut Coverage::default());
        let choices = Choices::default().enter(&all, None, &OptionNames::of(&all)).choices;
        (choices.states.len(), choices.clients().count())
    };
    let (one, clients) = answers("filename \"a.0\"; next-server 10.0.0.1;");
    assert_eq!((one, clients), (1, super::ASKERS.len()));
    let condition = "if option arch = 00:07 { filename \"a.efi\"; } else { filename \"a.0\"; }";
    assert_eq!(answers(condition).0, 2);
    assert_eq!(answers(&format!("{condition} next-server = concat(\"10.0.0.\", \"1\");")).0, 2);
}
