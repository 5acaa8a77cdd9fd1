//! Texts that take some readers forever, each made in any size. The schema shows none of them.

use std::fs;

use super::growth::Make;

/// The site that most texts are added to.
const SITE: &str =
    "servers: { boot: { ip: 10.0.0.200/8, interfaces: [eth0] } }\nsubnets: { lan: { cidr: 10.0.0.0/8 } }\n";

/// A kind of text, and how it is made in a size in bytes.
type Shape = (&'static str, fn(usize) -> String);

/// Sites with such a text; a size of growth is this many bytes.
const BYTES: usize = 25;

/// All texts, under their names.
pub fn texts() -> impl Iterator<Item = (String, Make)> {
    let alone = shapes().into_iter().map(|(name, make)| {
        let make: Make = Box::new(move |size, dir| Ok(fs::write(dir.join("site.yaml"), make(size * BYTES))?));
        (format!("text: {name}"), make)
    });
    let with_files = files().into_iter().map(|(name, make)| {
        let make: Make = Box::new(move |size, dir| {
            for (path, text) in make(size) {
                let path = dir.join(path);
                fs::create_dir_all(path.parent().unwrap_or(dir))?;
                fs::write(path, text)?;
            }
            Ok(())
        });
        (format!("files: {name}"), make)
    });
    alone.chain(with_files)
}

/// A site and the files that it names.
type Files = (&'static str, fn(usize) -> Vec<(String, String)>);

fn files() -> Vec<Files> {
    fn site(more: &str, others: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
        let site = ("site.yaml".to_owned(), format!("{SITE}{more}"));
        [site].into_iter().chain(others).collect()
    }
    fn source(text: String) -> Vec<(String, String)> {
        let more = "files: { path: /etc/x.conf, source: x.conf }\nraw: { dhcpd: { source: x.conf }, smb: { source: x.conf } }\n";
        site(more, [("x.conf".to_owned(), text)])
    }
    fn template(text: String) -> Vec<(String, String)> {
        site("templates: t\n", [("t/menu.ipxe.tera".to_owned(), text)])
    }
    fn table(rows: impl Iterator<Item = String>) -> Vec<(String, String)> {
        let text = format!("name,mac,ip\n{}", rows.collect::<String>());
        site("include: { csv: hosts.csv }\n", [("hosts.csv".to_owned(), text)])
    }
    fn hosts(at: usize) -> String {
        format!(
            "h{at},02:00:00:{:02x}:{:02x}:{:02x},10.1.{}.{}\n",
            at >> 16,
            (at >> 8) & 255,
            at & 255,
            at >> 8,
            at & 255
        )
    }
    vec![
        ("includes", |size| {
            let one = |at| (format!("h/{at}.yaml"), format!("x-{at}: 1\n"));
            site("include: h/*.yaml\n", (0..size).map(one))
        }),
        ("includes of hosts", |size| {
            let one =
                |at| (format!("h/{at}.yaml"), format!("hosts: {{ h{at}: {{ mac: '02{at:010x}' }} }}\n"));
            site("include: h/*.yaml\n", (0..size).map(one))
        }),
        ("includes in a chain", |size| {
            let one = |at| (format!("h{at}.yaml"), format!("include: h{}.yaml\n", at + 1));
            site("include: h0.yaml\n", (0..size).map(one))
        }),
        ("rows of a table", |size| table((0..size).map(hosts))),
        ("one row again and again", |size| table((0..size).map(|_| hosts(1)))),
        ("cells of a row", |size| table(std::iter::once(",".repeat(size * 25)))),
        ("quotes in a table", |size| table(std::iter::once("\"".repeat(size * 25)))),
        ("addresses in a cell", |size| {
            let addresses: String = (0..size).map(|at| format!("02{at:010x} ")).collect();
            table(std::iter::once(format!("a,{addresses},\n")))
        }),
        ("open braces of a source", |size| source("{".repeat(size * 25))),
        ("braces of a source", |size| source("{}".repeat(size * 12))),
        ("lines of a source", |size| source("a b;\n".repeat(size * 5))),
        ("quotes of a source", |size| source("\"".repeat(size * 25))),
        ("sections of a source", |size| source((0..size).map(|at| format!("[s{at}]\n")).collect())),
        ("open tags of a template", |size| template("{%\n".repeat(size * 8))),
        ("open values of a template", |size| template("{{\n".repeat(size * 8))),
        ("values of a template", |size| template("{{ site.name }}\n".repeat(size))),
        ("comments of a template", |size| template("{# x #}\n".repeat(size * 3))),
        ("texts of a template", |size| template("{{ \"x\" ~ 'y' }}\n".repeat(size))),
        ("blocks of a template", |size| {
            template((0..size).map(|at| format!("{{% block b{at} %}}{{% endblock %}}\n")).collect())
        }),
    ]
}

fn fill(size: usize, mut piece: impl FnMut(usize) -> String) -> String {
    let mut text = String::with_capacity(size + 64);
    let mut at = 0;
    while text.len() < size {
        text += &piece(at);
        at += 1;
    }
    text
}

#[expect(clippy::too_many_lines, reason = "a list")]
fn shapes() -> Vec<Shape> {
    vec![
        ("lists in lists", |size| "[".repeat(size)),
        ("mappings in mappings", |size| "{a: ".repeat(size / 4)),
        ("dashes", |size| "- ".repeat(size / 2)),
        ("complex keys", |size| "? ".repeat(size / 2)),
        ("quotes", |size| "\"".repeat(size)),
        ("tabs", |size| "\t".repeat(size)),
        ("colons", |size| ":".repeat(size)),
        ("documents", |size| "---\n".repeat(size / 4)),
        ("directives", |size| "%".repeat(size)),
        ("commas", |size| format!("[{}", ",".repeat(size))),
        ("NULs", |size| "\0".repeat(size)),
        ("one comment", |size| "#".repeat(size)),
        ("empty lines", |size| "\n".repeat(size)),
        ("anchors on anchors", |size| "&a ".repeat(size / 3)),
        ("a long key", |size| format!("{}: 1\n", "k".repeat(size))),
        ("a long value", |size| format!("{SITE}name: {}\n", "x".repeat(size))),
        ("a long escaped value", |size| format!("{SITE}name: \"{}\"\n", "\\u0007".repeat(size / 6))),
        ("billions of laughs", |size| {
            format!(
                "x-0: &a0 [x, x]\n{}",
                fill(size, |at| format!("x-{}: &a{} [*a{at}, *a{at}]\n", at + 1, at + 1))
            )
        }),
        ("billions of submenus", |size| {
            let menus = fill(size, |at| {
                format!("x-{}: &a{} {{ submenu: s{at}, items: [*a{at}, *a{at}] }}\n", at + 1, at + 1)
            });
            format!("{SITE}x-0: &a0 {{ submenu: s, items: [shell] }}\n{menus}menu: {{ items: [*a40] }}\n")
        }),
        ("a chain of aliases", |size| {
            let menus = fill(size, |at| {
                format!("x-{}: &a{} {{ submenu: s{at}, items: [*a{at}] }}\n", at + 1, at + 1)
            });
            format!("{SITE}x-0: &a0 {{ submenu: s, items: [shell] }}\n{menus}menu: {{ items: [*a99] }}\n")
        }),
        ("aliases of one word", |size| format!("{SITE}x-a: &a x\nx-b: [{}]\n", "*a, ".repeat(size / 4))),
        ("aliases of nothing", |size| format!("{SITE}x-b: [{}]\n", "*a, ".repeat(size / 4))),
        ("tags", |size| format!("{SITE}x-b: [{}]\n", "!x a, ".repeat(size / 6))),
        ("a big mapping merged often", |size| {
            let keys = fill(size / 2, |at| format!("k{at}: 1, "));
            format!(
                "{SITE}x-a: &a {{ {keys} }}\nhosts:\n{}",
                fill(size / 2, |at| format!("  h{at}: {{ <<: *a }}\n"))
            )
        }),
        ("a small mapping merged often", |size| {
            let keys = fill(size / 2, |at| format!("k{at}: 1, "));
            format!("{SITE}x-a: &a {{}}\nx-b: {{ {keys} <<: [{}] }}\n", "*a, ".repeat(size / 8))
        }),
        ("one key again and again", |size| {
            let keys = fill(size / 2, |at| format!("k{at}: 1, "));
            format!("{SITE}x-a: {{ {keys} last: 1, {} }}\n", "last: 2, ".repeat(size / 18))
        }),
        ("one key of the site again and again", |size| "name: a\n".repeat(size / 8)),
        ("unknown keys", |size| fill(size, |at| format!("k{at}: 1\n"))),
        ("unknown keys of one host", |size| {
            format!("{SITE}hosts: {{ a: {{ {} }} }}\n", fill(size, |at| format!("k{at}: 1, ")))
        }),
        ("errors on one line", |size| {
            format!("{SITE}hosts: {{ {} }}\n", fill(size, |at| format!("h{at}: {{ mac: x }}, ")))
        }),
        ("errors on many lines", |size| {
            format!("{SITE}hosts:\n{}", fill(size, |at| format!("  h{at}: {{ mac: x }}\n")))
        }),
        ("one MAC and one address for all", |size| {
            let host = |at| format!("  h{at}: {{ mac: 020000000001, ip: 10.0.0.3 }}\n");
            format!("{SITE}hosts:\n{}", fill(size, host))
        }),
        ("many cards in one host", |size| {
            let cards = fill(size, |at| format!("'02{at:010x}', "));
            format!("{SITE}hosts: {{ a: {{ ip: 10.0.0.3, mac: [{cards}] }} }}\n")
        }),
        ("groups on groups", |size| {
            format!(
                "{SITE}groups:\n  g0: {{}}\n{}",
                fill(size, |at| format!("  g{}: {{ group: g{at} }}\n", at + 1))
            )
        }),
        ("groups in a circle", |size| {
            let groups = fill(size, |at| format!("  g{at}: {{ group: g{} }}\n", at + 1));
            format!("{SITE}groups:\n{groups}  end: {{ group: g0 }}\n")
        }),
        ("groups that are not there", |size| {
            let names = fill(size / 2, |at| format!("h{at}, "));
            let groups = fill(size / 2, |at| format!("  g{at}: {{ boot: exit }}\n"));
            format!("{SITE}groups:\n{groups}hosts: {{ a: {{ mac: 020000000001, group: [{names}] }} }}\n")
        }),
        ("entries that are not there", |size| {
            let entries = fill(size / 2, |at| format!("  e{at}: {{ kind: chain, url: x }}\n"));
            format!(
                "{SITE}boot_entries:\n{entries}menu: {{ items: [{}] }}\n",
                fill(size / 2, |at| format!("f{at}, "))
            )
        }),
        ("many entries", |size| {
            format!(
                "{SITE}boot_entries:\n{}",
                fill(size, |at| format!("  e{at}: {{ kind: chain, url: x{at} }}\n"))
            )
        }),
        ("many shares", |size| {
            format!(
                "{SITE}smb: {{ shares: {{ {} }} }}\n",
                fill(size, |at| format!("s{at}: {{ path: /x }}, "))
            )
        }),
        ("many exports", |size| {
            format!("{SITE}nfs: {{ exports: [{}] }}\n", fill(size, |at| format!("{{ path: /x{at} }}, ")))
        }),
        ("many options", |size| {
            let options = fill(size, |at| format!("o{at}: {{ code: 230, text: x }}, "));
            format!("{SITE}dhcp: {{ options: {{ {options} }} }}\n")
        }),
        ("many submenus", |size| {
            let menus = fill(size, |at| format!("{{ submenu: s{at}, items: [shell] }}, "));
            format!("{SITE}menu: {{ items: [{menus}] }}\n")
        }),
        ("many ranges", |size| {
            let range = |at: usize| format!("10.{}.{}.{}, ", at >> 16, (at >> 8) & 255, at & 255);
            SITE.replace("10.0.0.0/8", &format!("10.0.0.0/8, ranges: [{}]", fill(size, range)))
        }),
        ("many accepted findings", |size| {
            format!("{SITE}allow: {{ {} }}\n", fill(size, |at| format!("r{at}: x, ")))
        }),
        ("braces in verbatim text", |size| format!("{SITE}raw: {{ dhcpd: '{}' }}\n", "{".repeat(size))),
        ("statements of verbatim text", |size| {
            format!("{SITE}raw: {{ dhcpd: '{}' }}\n", "ddns-update-style none;\n\n".repeat(size / 25))
        }),
        ("settings of verbatim text", |size| {
            format!("{SITE}raw: {{ smb: '{}' }}\n", "log level = 1\n\n".repeat(size / 15))
        }),
        ("arguments of one line", |size| {
            format!(
                "{SITE}boot_entries: {{ a: {{ kind: linux, kernel: x, cmdline: '{}' }} }}\n",
                "a=b ".repeat(size / 4)
            )
        }),
        ("lines of a script", |size| {
            let lines = "echo x, ".repeat(size / 8);
            format!("{SITE}boot_entries: {{ a: {{ kind: script, lines: [{lines}] }} }}\n")
        }),
        ("entries of one folder", |size| {
            let entry = |at| format!("  e{at}: {{ kind: casper, dir: x, release: 22.04.{at} }}\n");
            format!("{SITE}boot_entries:\n{}", fill(size, entry))
        }),
        ("hosts with one NFS root", |size| {
            let host = |at: usize| {
                format!(
                    "  h{at}: {{ mac: '02{at:010x}', ip: 10.2.{}.{}, group: g }}\n",
                    (at >> 8) & 255,
                    at & 255
                )
            };
            format!(
                "{SITE}groups: {{ g: {{ root_path: {{ nfs: {{ path: /srv/x }} }} }} }}\nhosts:\n{}",
                fill(size, host)
            )
        }),
        ("subnets of one shared network", |size| {
            let subnet = |at: usize| {
                format!("  s{at}: {{ cidr: 11.{}.{}.0/24, shared_network: x }}\n", (at >> 8) & 255, at & 255)
            };
            format!("{SITE}{}", fill(size, subnet))
        }),
        ("files of one path", |size| {
            format!("{SITE}files: [{}]\n", fill(size, |_| "{ path: /etc/x, text: x }, ".to_owned()))
        }),
        ("placeholders that do not end", |size| {
            format!("{SITE}boot_entries: {{ a: {{ kind: script, lines: ['{}'] }} }}\n", "${".repeat(size / 2))
        }),
        ("placeholders", |size| {
            format!(
                "{SITE}boot_entries: {{ a: {{ kind: script, lines: ['{}'] }} }}\n",
                "{http}".repeat(size / 6)
            )
        }),
    ]
}
