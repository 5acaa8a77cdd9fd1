//! Leaves out of a configuration what starts a program, and refuses libraries that are not Kea's own.
//!
//! A proof runs as root. Anybody may have written the imported files, and the rendered ones repeat their text that no key
//! expresses. No client is given anything by what is left out.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::dialects::dhcpd::lexer::{LONGEST, Part, PartKind, Token, TokenKind, parts};
use crate::dialects::json::without_comments;
use crate::model::DhcpDaemon;

/// The configuration without programs.
pub(super) fn without_programs(content: Vec<u8>, daemon: DhcpDaemon) -> Result<Vec<u8>> {
    match daemon {
        DhcpDaemon::Isc => {
            let text = String::from_utf8(content).context("the configuration is not UTF-8")?;
            Ok(dhcpd(&text).into_bytes())
        }
        DhcpDaemon::Kea => kea(content),
        DhcpDaemon::Dnsmasq => Ok(dnsmasq(&content)),
    }
}

/// dhcpd.conf without `execute`, which may be in any statement.
fn dhcpd(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut done = 0;
    for part in parts(text) {
        let Some(from) = cut(&part) else { continue };
        kept.push_str(text.get(done..from).unwrap_or_default());
        done = part.range.end;
    }
    kept.push_str(text.get(done..).unwrap_or_default());
    kept
}

/// Where the rest of a part is left out. dhcpd may read the end of a token that is too long, or has another fault, as
/// further ones; it then does not start.
fn cut(part: &Part<'_>) -> Option<usize> {
    if matches!(part.kind, PartKind::Comment | PartKind::BlockEnd) {
        return None;
    }
    let is_faulty = |token: &Token<'_>| {
        token.fault().is_some() || token.text.len() >= LONGEST && token.kind == TokenKind::Word
    };
    if part.tokens().any(|token| is_faulty(&token)) {
        return Some(part.range.start);
    }
    let mut pairs = part.tokens().zip(part.tokens().skip(1));
    let call = pairs.find(|(word, mark)| word.text.eq_ignore_ascii_case("execute") && mark.text == "(");
    call.map(|(word, _)| word.start())
}

/// The hook that runs a program for every lease.
const RUN_SCRIPT: &str = "libdhcp_run_script";

/// kea-dhcp4.conf without the hook that runs programs. It has no other hooks than Kea's own.
fn kea(content: Vec<u8>) -> Result<Vec<u8>> {
    // The file of a large site is read only if it may have a hook, which an escape may hide.
    let has = |word: &[u8]| content.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    if !has(b"hooks-libraries") && !has(b"\\u") && !has(b"<?include") {
        return Ok(content);
    }
    let text = String::from_utf8(content).context("the configuration is not UTF-8")?;
    let file = serde_json::from_str(&without_comments(&text));
    let mut file: Value = file.context("the configuration cannot be read as JSON")?;
    for path in ["/Dhcp4/hooks-libraries", "/Dhcp6/hooks-libraries"] {
        let Some(hooks) = file.pointer_mut(path).and_then(Value::as_array_mut) else { continue };
        hooks.retain(|hook| !library(hook).rsplit('/').next().unwrap_or_default().starts_with(RUN_SCRIPT));
        if let Some(other) = hooks.iter().map(library).find(|library| !is_of_kea(library)) {
            bail!("the configuration loads {other}, and --prove loads no library but those of Kea");
        }
    }
    Ok(serde_json::to_vec_pretty(&file)?)
}

fn library(hook: &Value) -> &str {
    hook.get("library").and_then(Value::as_str).unwrap_or_default()
}

/// Whether only root can have put a library in its place: a folder of Kea's. Kea looks for a bare name there, and the
/// loader of programs in folders of the system.
fn is_of_kea(library: &str) -> bool {
    let (folder, name) = library.rsplit_once('/').unwrap_or(("", library));
    let in_folder = folder.starts_with("/usr/") && folder.ends_with("/kea/hooks") && !folder.contains("/..");
    name.starts_with("libdhcp_") && (folder.is_empty() || in_folder)
}

/// The settings of dnsmasq that change what a client gets, or with whom it speaks. All others are left out: some run a
/// program (`conf-script`, `dhcp-script`), read or write files of the machine (`conf-dir`, `dhcp-optsfile`, `dumpfile`), or
/// name accounts and buses of another machine.
const OF_DHCP: [&str; 58] = [
    "address",
    "bind-dynamic",
    "bind-interfaces",
    "bootp-dynamic",
    "bridge-interface",
    "dhcp-alternate-port",
    "dhcp-authoritative",
    "dhcp-boot",
    "dhcp-broadcast",
    "dhcp-circuitid",
    "dhcp-client-update",
    "dhcp-duid",
    "dhcp-fqdn",
    "dhcp-generate-names",
    "dhcp-host",
    "dhcp-ignore",
    "dhcp-ignore-clid",
    "dhcp-ignore-names",
    "dhcp-lease-max",
    "dhcp-mac",
    "dhcp-match",
    "dhcp-name-match",
    "dhcp-no-override",
    "dhcp-option",
    "dhcp-option-force",
    "dhcp-option-pxe",
    "dhcp-proxy",
    "dhcp-pxe-vendor",
    "dhcp-range",
    "dhcp-rapid-commit",
    "dhcp-relay",
    "dhcp-remoteid",
    "dhcp-reply-delay",
    "dhcp-sequential-ip",
    "dhcp-subscrid",
    "dhcp-ttl",
    "dhcp-userclass",
    "dhcp-vendorclass",
    "domain",
    "enable-ra",
    "enable-tftp",
    "except-interface",
    "expand-hosts",
    "host-record",
    "interface",
    "listen-address",
    "localise-queries",
    "log-dhcp",
    "no-dhcp-interface",
    "no-dhcpv4-interface",
    "no-hosts",
    "no-ping",
    "no-resolv",
    "port",
    "pxe-prompt",
    "pxe-service",
    "shared-network",
    "tag-if",
];

/// dnsmasq cuts a line at so many bytes, and reads the rest as another one (`read_file` in src/option.c).
const LINE: usize = 1024;

/// dnsmasq.conf with the settings of DHCP alone.
fn dnsmasq(content: &[u8]) -> Vec<u8> {
    let mut kept = Vec::with_capacity(content.len());
    for line in content.split(|byte| *byte == b'\n').flat_map(|line| line.chunks(LINE)) {
        let name = line.split(|byte| *byte == b'=').next().unwrap_or_default().trim_ascii();
        if OF_DHCP.iter().any(|known| known.as_bytes() == name) {
            kept.extend_from_slice(line);
            kept.push(b'\n');
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::without_programs;
    use crate::model::DhcpDaemon;

    fn left(text: &str, daemon: DhcpDaemon) -> String {
        String::from_utf8(without_programs(text.into(), daemon).unwrap()).unwrap()
    }

    #[test]
    fn dhcpd_executes_nothing() {
        let left = |text: &str| left(text, DhcpDaemon::Isc);
        assert_eq!(left("a; if x { EXECUTE # y\n(\"z\", \"a;b\"); b; }\n"), "a; if x {  b; }\n");
        assert_eq!(left("switch (x) { case 1: execute(\"a\"); break; }"), "switch (x) { case 1:  break; }");
        assert_eq!(
            left("class \"execute\" { option execute.x (1); }"),
            "class \"execute\" { option execute.x (1); }"
        );
        // dhcpd reads the end of a long token as another one.
        let long = "x".repeat(1500);
        assert_eq!(left(&format!("a \"{long}execute(\"; b; {long}execute (\"z\"); c;")), " b;  c;");
        assert_eq!(left(&format!("a \"\\9{long}execute(\"; b; execute(\"c\") }}")), " b;  }");
    }

    #[test]
    fn kea_loads_its_own_hooks_alone() {
        for server in ["Dhcp4", "Dhcp6"] {
            kea_loads_its_own(server);
        }
    }

    fn kea_loads_its_own(server: &str) {
        let file = |libraries: &[&str]| {
            let hooks: Vec<Value> = libraries.iter().map(|library| json!({ "library": library })).collect();
            json!({ server: { "hooks-libraries": hooks } })
        };
        let left = |libraries: &[&str]| without_programs(file(libraries).to_string().into(), DhcpDaemon::Kea);
        let own = ["/usr/lib/x86_64-linux-gnu/kea/hooks/libdhcp_flex_id.so", "libdhcp_bootp.so"];
        let all = [own[0], own[1], "/nowhere/libdhcp_run_script.so"];
        let kept: Value = serde_json::from_slice(&left(&all).unwrap()).unwrap();
        assert_eq!(kept, file(&own));
        for other in [
            "/tmp/libdhcp_bootp.so",
            "/usr/lib/kea/hooks/../../../../tmp/kea/hooks/libdhcp_bootp.so",
            "/usr/lib/x.so",
            "../libdhcp_bootp.so",
            "x.so",
        ] {
            let error = left(&[other]).unwrap_err().to_string();
            assert!(error.contains(&format!("loads {other}, and --prove")), "{error}");
        }
        let hidden = file(&["x.so"]).to_string().replace("hooks", "\\u0068ooks");
        assert!(without_programs(hidden.into(), DhcpDaemon::Kea).is_err());
    }

    #[test]
    fn dnsmasq_runs_nothing() {
        let head = "dhcp-option=252,".to_owned();
        let long = format!("{head}{}", "x".repeat(1024 - head.len()));
        let text = format!(
            "dhcp-range = 10.0.0.1,10.0.0.9\n dhcp-script=/x\n{long}conf-script=/x\nconf-\"script\"=/x\n\
             dhcp-optsfile=/x\n# dhcp-host=x\nno-ping\r\n\u{b}dhcp-luascript=/x\n"
        );
        assert_eq!(
            left(&text, DhcpDaemon::Dnsmasq),
            format!("dhcp-range = 10.0.0.1,10.0.0.9\n{long}\nno-ping\r\n")
        );
    }
}
