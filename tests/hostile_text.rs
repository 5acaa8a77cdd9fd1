//! Hostile text stays in its place.
//!
//! The test puts each hostile text into each free field of a site. Either a finding names the place, or the rendered files
//! differ from those with a plain text only in that text, and a small reader of the daemon's language reads it back.

mod sites;
pub mod texts;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ipxegen::outputs::site_view;
use ipxegen::plan::plan;
use ipxegen::render::Renderer;
use ipxegen::report::{self, Format, Report};
use ipxegen::schema::{self, Texts};
use ipxegen::source::{Sources, site_in_folder};
use ipxegen::tree::Content as _;
use ipxegen::{resolve, rules};

use sites::OWN;
pub use sites::SITES;
use texts::nasty;

use crate::support::daemon_grammar::{dhcpd, exports, smb};
use crate::support::ipxe_script::Script;
use crate::support::program::run_on;

/// The fields, each with the site that has it.
fn fields() -> Vec<(&'static str, &'static str)> {
    let marks = |site: &'static str| {
        site.match_indices('‹').map(move |(at, open)| {
            let rest = &site[at + open.len()..];
            (site, rest[..rest.find('›').unwrap()].split_once('=').unwrap().0)
        })
    };
    let all: Vec<_> = SITES.into_iter().flat_map(marks).collect();
    let names: std::collections::BTreeSet<&str> = all.iter().map(|(_, name)| *name).collect();
    assert_eq!(names.len(), all.len(), "two fields have one name");
    all
}

/// A site with a text in one field.
pub fn site(site: &'static str, field: &str, text: Option<&str>) -> String {
    let mut out = String::new();
    let mut rest = site;
    while let Some((before, mark)) = rest.split_once('‹') {
        let (mark, after) = mark.split_once('›').unwrap();
        let (name, plain) = mark.split_once('=').unwrap();
        out += before;
        match text {
            Some(text) if name == field => out += &quoted(text),
            _ => out += plain,
        }
        rest = after;
    }
    out + rest
}

/// A text as a double-quoted scalar of YAML.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' | '\\' => out.extend(['\\', char]),
            char if char.is_control() || !char.is_ascii() => out += &format!("\\U{:08X}", u32::from(char)),
            char => out.push(char),
        }
    }
    out + "\""
}

/// All rendered files, by the ends of their names.
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn bytes(&self, wanted: impl Fn(&str) -> bool) -> &[u8] {
        self.0.iter().find(|(path, _)| wanted(path)).map(|(_, bytes)| bytes.as_slice()).unwrap()
    }

    /// The text of a file, or an empty text if the site does not have it.
    fn perhaps(&self, end: &str) -> Option<&str> {
        let found = self.0.iter().find(|(path, _)| path.ends_with(end))?;
        Some(std::str::from_utf8(found.1).unwrap())
    }

    /// A file for an external DHCP server or for the kernel's target, without a comment at its head.
    fn json(&self, end: &str) -> serde_json::Value {
        let text = self.perhaps(end).unwrap();
        let text = text.strip_prefix("//").map_or(text, |rest| rest.split_once('\n').unwrap().1);
        serde_json::from_str(text).unwrap()
    }

    fn dhcpd(&self) -> Vec<dhcpd::Token> {
        self.perhaps("dhcpd.conf").map_or_else(Vec::new, |text| dhcpd::tokens(text.as_bytes()).unwrap())
    }

    /// The paths of these files depend on the site, so their first words identify them.
    fn text(&self, holds: &str) -> &str {
        std::str::from_utf8(
            self.0
                .values()
                .find(|bytes| contains(bytes, holds) || bytes.starts_with(holds.as_bytes()))
                .unwrap(),
        )
        .unwrap()
    }

    fn smb(&self) -> smb::Sections {
        let text = self.0.values().find(|bytes| contains(bytes, "\n[global]\n"));
        text.map_or_else(smb::Sections::default, |bytes| {
            smb::read(std::str::from_utf8(bytes).unwrap()).unwrap()
        })
    }

    fn exports(&self) -> Vec<exports::Export> {
        let text = self.0.values().find(|bytes| contains(bytes, "root-path of host by-nfs"));
        text.map_or_else(Vec::new, |bytes| exports::read(bytes).unwrap())
    }

    fn script(&self) -> Script {
        Script::read(self.text("\nimgfree\nmenu ")).unwrap()
    }

    fn variable(&self, name: &str) -> Option<String> {
        let mut lines =
            self.0.values().filter_map(|bytes| std::str::from_utf8(bytes).ok()).flat_map(str::lines);
        lines.find_map(|line| {
            Some(line.strip_prefix(name)?.strip_prefix("=\"")?.strip_suffix('"')?.to_owned())
        })
    }

    /// Everything about the files but the texts in them.
    fn shape(&self) -> Vec<String> {
        let mut shape = dhcpd::shape(&self.dhcpd());
        // The name of a declaration is free, what is declared is not.
        shape.push(self.0.len().to_string());
        for (name, values) in self.smb() {
            shape.push(if name == "global" { name } else { "share".to_owned() });
            shape.extend(values.into_iter().map(|(key, _)| key));
        }
        for export in self.exports() {
            shape.push(format!("export to {}", export.clients.len()));
        }
        let script = self.script();
        assert_eq!(script.faults(), Vec::<String>::new());
        // The settings for blanks and the like are set only in scripts that use them.
        let fixed = |words: &[String]| {
            words.get(1).is_some_and(|name| script.texts.contains_key(name.trim_end_matches(":hex")))
        };
        let lines = script.lines.iter().filter(|line| !fixed(&line.words));
        shape.extend(lines.map(|line| line.words.first().cloned().unwrap_or_default()));
        for (_, bytes) in
            self.0.iter().filter(|(path, _)| path.contains("/etc/default/") || path.contains("tmpfiles.d"))
        {
            let text = std::str::from_utf8(bytes).unwrap();
            shape.extend(text.lines().map(|line| line.split(['=', ' ']).next().unwrap().to_owned()));
        }
        for (_, bytes) in self.0.iter().filter(|(path, _)| path.ends_with("/boot.ipxe")) {
            let script = Script::read(std::str::from_utf8(bytes).unwrap()).unwrap();
            shape.extend(
                script.lines.into_iter().map(|line| line.words.into_iter().next().unwrap_or_default()),
            );
        }
        let by_line = |path: &str| {
            path.contains("/tgt/")
                || path.contains("/systemd/")
                || [
                    ".ps1",
                    ".cmd",
                    ".sh",
                    ".mount",
                    ".rsc",
                    "/sites-available/ipxegen",
                    "/sites-available/ipxegen.conf",
                ]
                .iter()
                .any(|end| path.ends_with(end))
        };
        for (_, bytes) in self.0.iter().filter(|(path, _)| by_line(path)) {
            let lines = std::str::from_utf8(bytes).unwrap().lines().map(str::trim_start);
            shape.extend(lines.map(first_word));
        }
        shape.extend(self.table().iter().map(|row| format!("a row of {}", row.len())));
        let lines =
            ["/dnsmasq.conf", "/dnsmasq.d/ipxegen.conf"].into_iter().filter_map(|end| self.perhaps(end));
        for line in lines.flat_map(str::lines) {
            let line = if line.starts_with('#') { "#" } else { line };
            let (key, value) = line.split_once('=').unwrap_or((line, ""));
            shape.push(format!("{key} of {}", dnsmasq(value).len()));
        }
        for end in ["/kea-dhcp4.conf", "/kea-dhcp6.conf", "/saveconfig.json"] {
            if self.perhaps(end).is_some() {
                keys(&self.json(end), &mut shape);
            }
        }
        shape
    }
}

impl Files {
    /// The argument that `cmd.exe` reads behind some words: `%%` is one `%`; a quoted argument ends at the next quote; in
    /// others, `^` escapes the next character.
    fn cmd(&self, behind: &str, quoted: bool) -> Option<String> {
        let mut lines = self
            .0
            .iter()
            .filter(|(path, _)| path.ends_with(".cmd"))
            .flat_map(|(_, bytes)| std::str::from_utf8(bytes).unwrap().lines());
        let rest = lines.find_map(|line| Some(line.split_once(behind)?.1.to_owned()))?;
        let word =
            if quoted { rest.strip_prefix('"')?.split_once('"')?.0.to_owned() } else { uncaret(&rest) };
        Some(word.replace("%%", "%"))
    }

    /// A variable of the script that builds the loaders, as sh has it.
    fn sh(&self, name: &str) -> Option<String> {
        let text = std::str::from_utf8(self.bytes(|path| path.ends_with("/build.sh"))).unwrap();
        let from = text.find(&format!("\n{name}="))? + 1;
        // The value may go on on further lines; what follows it in the script is a function.
        let line = &text[from..from + text[from..].find("\n\nfail()")?];
        let said = std::process::Command::new("sh")
            .arg("-c")
            .arg(format!("{line}\nprintf %s \"${name}\""))
            .output()
            .unwrap();
        String::from_utf8(said.stdout).ok()
    }

    /// A setting of the unit, as systemd reads it: `%%` is one `%`.
    fn setting(&self, name: &str) -> Option<String> {
        let text = std::str::from_utf8(self.bytes(|path| path.ends_with(".mount"))).unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
        Some(line.replace("%%", "%"))
    }

    /// Whether a file is that of the user's own template.
    fn plain(&self, path: &str) -> bool {
        self.0[path].starts_with(OWN.as_bytes())
    }

    /// The initiators to register at external targets.
    fn table(&self) -> Vec<Vec<String>> {
        let text = self.perhaps(".csv").unwrap_or_default();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
    }
}

/// The parts of a line of dnsmasq behind its `=`, as option.c of dnsmasq 2.90 reads them: quoted text
/// keeps its commas, and `\` escapes the next character.
fn dnsmasq(value: &str) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        let part = parts.last_mut().unwrap();
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => part.push(match chars.next().unwrap() {
                't' => '\t',
                c => c,
            }),
            ',' if !quoted => parts.push(String::new()),
            c => part.push(c),
        }
    }
    assert!(!quoted, "{value}");
    parts
}

/// The keys of a JSON value, and how long its lists are.
fn keys(value: &serde_json::Value, shape: &mut Vec<String>) {
    match value {
        // Kea's options are texts where Kea reads the text as it is, and else bytes.
        serde_json::Value::Object(map) => {
            for (key, value) in map.iter().filter(|(key, _)| *key != "csv-format") {
                shape.push(key.clone());
                keys(value, shape);
            }
        }
        serde_json::Value::Array(items) => {
            shape.push(items.len().to_string());
            items.iter().for_each(|item| keys(item, shape));
        }
        _ => {}
    }
}

/// Decodes hexadecimal digits.
fn unhex(digits: &str) -> Option<String> {
    let byte = |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect::<Option<_>>()?).ok()
}

/// The value that the files for three external DHCP servers have in common; nothing if they differ.
fn told(
    files: &Files,
    dnsmasq_says: &str,
    kea: impl Fn(&serde_json::Value) -> Option<String>,
    routeros: Option<&str>,
) -> Option<String> {
    let lines = files.perhaps("/dnsmasq.conf")?.lines().find_map(|line| line.strip_prefix(dnsmasq_says));
    let first = dnsmasq(lines?).swap_remove(0);
    let second = kea(&files.json("/kea-dhcp4.conf"));
    assert_eq!(Some(&first), second.as_ref(), "dnsmasq and Kea");
    if let Some(begin) = routeros {
        let digits = files.perhaps("/mikrotik.rsc")?.lines().find_map(|line| line.strip_prefix(begin))?;
        assert_eq!(unhex(digits)?, first, "RouterOS and dnsmasq");
    }
    Some(first)
}

/// A quoted word of Apache behind some words; `\"` and `\\` are escapes.
fn apache(files: &Files, behind: &str) -> Option<String> {
    let line = files.perhaps("/ipxegen.conf").filter(|text| text.contains("<VirtualHost"))?;
    let rest = line.lines().find_map(|line| line.trim_start().strip_prefix(behind))?;
    let mut chars = rest.strip_prefix('"')?.chars();
    let mut word = String::new();
    loop {
        match chars.next()? {
            '"' => return Some(word),
            '\\' => word.push(chars.next()?),
            c => word.push(c),
        }
    }
}

/// The first word of a line; for a program that is called by its path, a fixed word.
fn first_word(line: &str) -> String {
    let word = line.split([' ', '=']).next().unwrap();
    if word.starts_with('"') { "a program".to_owned() } else { word.to_owned() }
}

/// A line of cmd's without quotes, as `echo` has it.
fn uncaret(line: &str) -> String {
    let mut chars = line.chars();
    std::iter::from_fn(|| match chars.next() {
        Some('^') => chars.next(),
        other => other,
    })
    .collect()
}

/// A quoted argument as the start-up code of a Windows program reads it: two backslashes at the end are one.
fn of_program(argument: &str) -> String {
    let text = argument.trim_end_matches('\\');
    let slashes = argument.len() - text.len();
    text.to_owned() + &"\\".repeat(slashes / 2)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// The text of a field as a daemon or the firmware reads it.
fn read_back(field: &str, files: &Files) -> Option<String> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let option = |name: &str| dhcpd::after(&files.dhcpd(), &["option", name]).into_iter().next().map(text);
    let share = || files.smb().into_iter().find(|(name, _)| name != "global").unwrap();
    let value = |key: &str| share().1.into_iter().find(|(known, _)| known == key).map(|(_, value)| value);
    let shown = |line: usize, from: usize, command: &[&str]| {
        let script = files.script();
        let mut lines = script.lines.iter().filter(|line| {
            line.words.len() >= command.len()
                && line.words.iter().zip(command).all(|(word, wanted)| word == wanted)
        });
        let words = &lines.nth(line).unwrap().words[from..];
        // Options end at `--`; what follows is text.
        let words = if command == ["menu"] && words[0] == "--" { &words[1..] } else { words };
        Some(script.shown(words))
    };
    match field {
        "option" => option("nis-domain"),
        "own_option" => option("own"),
        "group_option" => option("merit-dump"),
        "domain_search" => option("domain-search"),
        "subnet_domain" => option("domain-name"),
        "host_name" => option("host-name"),
        "scriptlet" => option("ipxe.scriptlet"),
        "syslogs" => option("ipxe.syslogs"),
        "san_filename" => option("ipxe.san-filename"),
        "crosscert" => option("ipxe.crosscert"),
        "root_path" => option("root-path"),
        "loader" => {
            let names = dhcpd::after(&files.dhcpd(), &["filename"]).into_iter().map(text);
            names.filter(|name| !name.is_empty() && !name.contains("://")).find(|name| name != "ipxe.efi")
        }
        "initiator" => option("iscsi-initiator-iqn"),
        "windows_store" => files.table().iter().find(|row| row[0] == "by-win").map(|row| row[7].clone()),
        "share" => Some(share().0),
        "share_path" => value("path"),
        "share_comment" => value("comment"),
        "share_user" => value("valid users"),
        "workgroup" => {
            files.smb()[0].1.iter().find(|(key, _)| key == "workgroup").map(|(_, value)| value.clone())
        }
        "export" => {
            let given = files.exports().into_iter().filter(|export| export.clients[0].1 == ["ro"]);
            given.map(|export| text(export.path)).next()
        }
        "nfs_path" => {
            let derived = files.exports().into_iter().find(|export| export.clients[0].1[0] == "rw");
            derived.map(|export| text(export.path))
        }
        "tftp_root" => files.variable("TFTP_DIRECTORY"),
        "tftp_user" => files.variable("TFTP_USERNAME"),
        "tftp_address" => files.variable("TFTP_ADDRESS"),
        "tftp_option" => files.variable("TFTP_OPTIONS"),
        "interface" => files.variable("INTERFACESv4"),
        "username" => option("ipxe.username"),
        "reverse_username" => option("ipxe.reverse-username"),
        "host_var" => option("ipxe.var-locale"),
        "wsdd" => files.variable("WSDD_PARAMS").map(|words| words.replace("--domain ", "")),
        "relay_interface" => files.variable("INTERFACES"),
        "relay_to" => files.variable("SERVERS"),
        "from_iso" => files.setting("What"),
        "mounted_at" => files.setting("Where").map(|path| path.replacen("/srv/tftp/", "", 1)),
        "ipxe_source" => files.sh("source"),
        "setup" => files.cmd("echo Starting Z:\\", false),
        "work_dir" => files.cmd(" mkdir ", true),
        "feature" => files.cmd("/Enable-Feature /FeatureName:", true).map(|argument| of_program(&argument)),
        "driver" => files.cmd("/Add-Driver /Driver:", true).map(|argument| of_program(&argument)),
        "time_zone" => files.cmd("/Set-TimeZone:", true).map(|argument| of_program(&argument)),
        "input_locale" => files.cmd("/Set-InputLocale:", true).map(|argument| of_program(&argument)),
        "language" => files.cmd("/Set-AllIntl:", true).map(|argument| of_program(&argument)),
        "image_file" => files.cmd("copy /y ", true),
        "own_path" => files
            .0
            .keys()
            .find(|path| path.starts_with("/boot") && files.plain(path))
            .map(|path| path["/boot".len()..].to_owned()),
        "told_loader" => told(
            files,
            "dhcp-boot=tag:net-lan,tag:kind-bios,",
            |kea| {
                let classes = kea.pointer("/Dhcp4/client-classes")?.as_array()?;
                let class = classes.iter().find(|class| class["name"] == "lan.bios")?;
                Some(class["boot-file-name"].as_str()?.to_owned())
            },
            Some("/ip/dhcp-server/option/add name=ipxegen-lan-bios code=67 value=0x"),
        ),
        "told_path" => told(
            files,
            "dhcp-option=tag:host-h,17,",
            |kea| kea_value(kea.pointer("/Dhcp4/subnet4/0/reservations/0/option-data/0")?),
            None,
        ),
        "told_var" => {
            let mut text = files.perhaps("/dnsmasq.conf")?.lines();
            let value = text.find_map(|line| line.strip_prefix("dhcp-option=tag:like-h,encap:175,226,"))?;
            Some(dnsmasq(value).swap_remove(0))
        }
        "apache_alias" => apache(files, "Alias \"/t/\" ").map(|path| path.trim_end_matches('/').to_owned()),
        "apache_root" => apache(files, "Alias \"/\" ").map(|path| path.trim_end_matches('/').to_owned()),
        "lio_store" => {
            Some(files.json("/saveconfig.json").pointer("/storage_objects/0/dev")?.as_str()?.to_owned())
        }
        "lio_target" => Some(files.json("/saveconfig.json").pointer("/targets/0/wwn")?.as_str()?.to_owned()),
        "lio_user" => {
            let config = files.json("/saveconfig.json");
            Some(config.pointer("/targets/0/tpgs/0/node_acls/0/chap_userid")?.as_str()?.to_owned())
        }
        "kea_loader" => boot_file(files, "lan.bios"),
        "kea_own_option" => kea_option(files, "/Dhcp4/subnet4/0/option-data", 230)
            .or_else(|| kea_option(files, "/Dhcp4/shared-networks/0/subnet4/0/option-data", 230)),
        "kea_raw" => Some(files.json("/kea-dhcp4.conf").pointer("/Dhcp4/server-tag")?.as_str()?.to_owned()),
        "jail" => unit(files, "Environment=TFTPD_HOME="),
        "jailed_option" => {
            unit(files, "Environment=\"TFTPD_OPTS=").map(|text| text.trim_end_matches('"').to_owned())
        }
        "masq_loader" => masq(files, "dhcp-boot=tag:net-lan,tag:kind-bios,"),
        "masq_own_option" => masq(files, "dhcp-option=tag:net-lan,230,"),
        "masq_option" => masq(files, "dhcp-option=tag:net-lan,40,"),
        "masq_group_option" => masq(files, "dhcp-option=tag:group-g,14,"),
        "class_option" => option("nis-domain"),
        "whole_option" => option("vendor-encapsulated-options"),
        "title" => shown(0, 1, &["menu"]),
        "submenu_title" => shown(1, 1, &["menu"]),
        "gap" => shown(0, 3, &["item", "--gap", "--"]),
        _ => None,
    }
}

/// The boot file that a class of Kea gives.
fn boot_file(files: &Files, class: &str) -> Option<String> {
    let config = files.json("/kea-dhcp4.conf");
    let classes = config.pointer("/Dhcp4/client-classes")?.as_array()?;
    let class = classes.iter().find(|one| one["name"] == class)?;
    Some(class["boot-file-name"].as_str()?.to_owned())
}

/// An option in a list of Kea's.
fn kea_option(files: &Files, list: &str, code: u8) -> Option<String> {
    let config = files.json("/kea-dhcp4.conf");
    kea_value(config.pointer(list)?.as_array()?.iter().find(|one| one["code"] == code)?)
}

/// The text of one of Kea's options, which is written as bytes unless Kea reads the text as it is.
fn kea_value(option: &serde_json::Value) -> Option<String> {
    let data = option["data"].as_str()?;
    if option["csv-format"] == false { unhex(data) } else { Some(data.to_owned()) }
}

/// A setting of a drop-in, as systemd reads it.
fn unit(files: &Files, begin: &str) -> Option<String> {
    let text = files.perhaps("/tftpd-hpa.service.d/ipxegen.conf")?;
    Some(text.lines().find_map(|line| line.strip_prefix(begin))?.replace("%%", "%"))
}

/// The first value behind the beginning of a line of dnsmasq's, a text or bytes.
fn masq(files: &Files, begin: &str) -> Option<String> {
    let line = files.perhaps("/dnsmasq.d/ipxegen.conf")?.lines().find_map(|line| line.strip_prefix(begin))?;
    let value = dnsmasq(line).swap_remove(0);
    if line.starts_with('"') {
        return Some(value);
    }
    if let Ok(byte) = value.parse::<u8>() {
        return String::from_utf8(vec![byte]).ok();
    }
    unhex(&value.replace(':', ""))
}

/// Fields in which `{…}` and iPXE's `${…}` have a meaning.
const EXPANDED: &[&str] =
    &["group_option", "host_name", "root_path", "scriptlet", "crosscert", "told_name", "told_path"];

/// The fields of other DHCP servers that are read back, from lines whose beginnings may change.
const TOLD: [&str; 3] = ["told_loader", "told_path", "told_var"];

#[test]
fn text_stays_text_in_every_field() {
    let (fields, nasty) = (fields(), nasty());
    assert!(fields.len() >= 120, "only {} fields", fields.len());
    let shapes = SITES.map(|one| {
        let plain = render(&site(one, "", None));
        plain.unwrap_or_else(|report| panic!("the plain site has findings:\n{report}")).shape()
    });
    let (next, accepted, compared) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(0));
    let wrong = Mutex::new(Vec::new());
    let unread = Mutex::new(TOLD.to_vec());
    let work = || {
        while let Some((whole, field)) = fields.get(next.fetch_add(1, Ordering::Relaxed)) {
            let shape = &shapes[SITES.iter().position(|site| site == whole).unwrap()];
            for text in &nasty {
                let say = |what: String| wrong.lock().unwrap().push(format!("{field} = {text:.60?}: {what}"));
                match render(&site(whole, field, Some(text))) {
                    Ok(files) => {
                        accepted.fetch_add(1, Ordering::Relaxed);
                        // `none` unsets, and names of what is there make it be there.
                        // A URL is a script that nobody here renders.
                        let means = ["none", "null", "/", "//"].contains(&text.as_str())
                            || (*field == "client" && text == "*")
                            || (field.ends_with("script") && text.contains("://"));
                        let same = std::panic::catch_unwind(|| files.shape()).map(|got| got == *shape);
                        if !matches!(same, Ok(true)) && !means {
                            say("other statements than with a plain text".to_owned());
                            continue;
                        }
                        let expanded = EXPANDED.contains(field) && text.contains(['{', '}']);
                        if means || expanded {
                            continue;
                        }
                        let wanted = match *field {
                            "host_name" => text.to_lowercase(),
                            _ => text.clone(),
                        };
                        if let Some(read) = read_back(field, &files) {
                            compared.fetch_add(1, Ordering::Relaxed);
                            unread.lock().unwrap().retain(|told| told != field);
                            // A path's final slash goes, and a loader's first one.
                            let bare = |text: &str| text.trim_matches('/').to_owned();
                            if read != wanted && (!wanted.contains('/') || bare(&read) != bare(&wanted)) {
                                say(format!("reads back as {read:.60?}"));
                            }
                        }
                    }
                    Err(report) => {
                        let placed = report.contains("--> <stdin>:");
                        let quiet = report.chars().all(|char| !char.is_control() || char == '\n');
                        if !report.contains("error[") || !placed || !quiet {
                            say(format!("{report:.500}"));
                        }
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for worker in [scope.spawn(work), scope.spawn(work)] {
            worker.join().unwrap();
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let unread = unread.into_inner().unwrap();
    assert!(unread.is_empty(), "no file says these: {unread:?}");
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
    let (accepted, compared) = (accepted.into_inner(), compared.into_inner());
    assert!(accepted > 600 && compared > 300, "{accepted} accepted, {compared} of them read back");
}

/// Bytes that are not UTF-8 are a finding.
#[test]
fn bytes_that_are_no_text_are_refused_in_every_field() {
    for (whole, field) in fields() {
        for bytes in [&b"\xff"[..], b"caf\xe9"] {
            let (before, after) = {
                let text = site(whole, field, Some("MARK"));
                let (before, after) = text.split_once("MARK").unwrap();
                (before.to_owned(), after.to_owned())
            };
            let text = [before.as_bytes(), bytes, after.as_bytes()].concat();
            run_on(&text, &["show", "-"]).ended(1).says("error[not-utf8]: ");
        }
    }
}

/// Renders a site in this process; the error is the printed report.
fn render(site: &str) -> Result<Files, String> {
    let sources = Sources::new();
    let file =
        site_in_folder(&sources, "<stdin>".to_owned(), Path::new(""), site.as_bytes().to_vec()).unwrap().file;
    let mut report = Report::new();
    let texts = Texts { files: vec![file], with: Vec::new() };
    let written = schema::read(&sources, &texts, &mut report);
    let printed = |report: &Report| {
        let mut out = Vec::new();
        report::print(report, &sources, Format::Human, false, &[], &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    if report.stops() {
        return Err(printed(&report));
    }
    let site = resolve::resolve(written, "standard input", &sources, &mut report);
    rules::run(&site, &mut report);
    let plan = plan(&site, &mut report);
    if report.has_errors() {
        return Err(printed(&report));
    }
    let renderer = Renderer::new(&[], tera::Value::from_serializable(&site_view(&site)), &mut report);
    let mut files = BTreeMap::new();
    for planned in &plan.files {
        let mut bytes = Vec::new();
        if let Err(error) = renderer.file(planned.output, &planned.file).write_to(&mut bytes) {
            return Err(format!("a template of ours fails: {error:#}"));
        }
        files.insert(format!("/{}{}", planned.entry.server, planned.entry.path), bytes);
    }
    Ok(Files(files))
}
