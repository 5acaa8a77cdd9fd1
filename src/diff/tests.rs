use super::{Changed, read_dhcpd, unified, words};

fn dhcpd(old: &str, new: &str) -> Vec<String> {
    words(&[Changed { read: Some(read_dhcpd), old: Some(old), new: Some(new) }]).lines
}

#[test]
fn a_group_speaks_for_its_hosts() {
    let hosts: String = (1..=7)
        .map(|n| {
            format!(
                "host h{n} {{\n\thardware ethernet 52:54:00:00:00:0{n};\n\toption host-name \"h{n}\";\n}}\n"
            )
        })
        .collect();
    let file = |server: &str| format!("# desktops\ngroup {{\n\tnext-server {server};\n{hosts}}}\n");
    assert_eq!(
        dhcpd(&file("10.0.0.1"), &file("10.0.0.2")),
        ["7 hosts (h1, h2, h3, h4, h5 …): next-server 10.0.0.1 → 10.0.0.2"]
    );
    // A group more or less around the same hosts is no difference.
    assert_eq!(dhcpd(&hosts, &format!("group {{\n{hosts}}}\n")), [""; 0]);
}

#[test]
fn a_guard_around_a_statement_is_no_difference() {
    let bare = "host a {\n\toption root-path \"iscsi:10.0.0.1::::iqn.2020-01.a:b\";\n}\n";
    let guarded = "host a {\n\tif not (config-option ipxegen.lid = 01) {\n\toption root-path \"iscsi:10.0.0.1::::iqn.2020-01.a:b\";\n\t}\n}\n";
    assert_eq!(dhcpd(bare, guarded), [""; 0]);
}

#[test]
fn a_root_path_is_compared_part_by_part_where_it_has_parts() {
    let host = |path: &str| format!("host a {{ option root-path \"{path}\"; }}");
    let between = |old: &str, new: &str| dhcpd(&host(old), &host(new));
    assert_eq!(
        between("iscsi:s::::iqn.a:b:c", "iscsi:s:::2:iqn.a:b:d"),
        ["host a: root-path LUN 0 → 2; root-path target iqn.a:b:c → iqn.a:b:d"]
    );
    assert_eq!(between("iscsi:s::::i", "iscsi:s::3260:0:i"), [""; 0], "what is left out has a value too");
    let six = ["iscsi:[2001:db8::1]::::i", "iscsi:[2001:db8::2]::::i"];
    assert_eq!(between(six[0], six[1]), [format!("host a: root-path {} → {}", six[0], six[1])]);
    assert_eq!(between("nfs:a", ""), ["host a: root-path nfs:a → \"\""]);
}

#[test]
fn quotes_and_comments_do_not_end_a_statement() {
    let file = |name: &str| {
        format!(
            "# a {{ in a comment; }}\nhost a {{ # note\n\toption host-name \"{name}\"; # x }}\n\tfixed-address 10.0.0.1;\n}}\n"
        )
    };
    assert_eq!(dhcpd(&file("a;} \\\" {"), &file("b")), ["host a: host-name \"a;} \\\" {\" → b"]);
}

#[test]
fn foreign_text_is_read_as_far_as_it_goes() {
    assert_eq!(dhcpd("\"", "host a { fixed-address 10.0.0.1; }"), ["host a added"]);
}

#[test]
fn lines_are_those_of_diff_u() {
    assert_eq!(unified("/x", Some("a\n"), Some("a\n")), "");
    assert_eq!(
        unified("/x", None, Some("a\nb")),
        "--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n\\ No newline at end of file\n"
    );
    assert_eq!(unified("/x", Some("a\n"), None), "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
    let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
    let new = old.replace("10\n", "ten\n").replace("20\n", "");
    assert_eq!(
        unified("/x", Some(&old), Some(&new)),
        "--- a/x\n+++ b/x\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n@@ -17,4 +17,3 @@\n 17\n 18\n 19\n-20\n"
    );
    assert_eq!(unified("/x", None, Some("")), "--- /dev/null\n+++ b/x\n");
}
