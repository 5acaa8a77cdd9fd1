use super::folders::{Folders, SITE};

/// Every way in which a site names an environment variable; `NAME` stands for it.
const NAMED_VARIABLES: &[&str] = &[
    "boot_entries: { e: { kind: linux, kernel: k, cmdline: [{ prefix: p=, secret_env: NAME }] } }",
    "ipxe: { username: u, password_env: NAME }",
    "ipxe: { username: u, password_env: IPXEGEN_TRUST, reverse_username: u, reverse_password_env: NAME }",
    "hosts: { pc: { mac: '52:54:00:00:00:01', ip: 10.0.0.1, root_path: { iscsi: { server: nas, \
     target: 'iqn.2026-01.org.example:pc', chap: { user: pc, password_env: NAME } } } } }
iscsi: { servers: { nas: { portals: 10.0.0.9 } } }",
    "boot_entries: { e: { kind: winpe, dir: d, share: w, user: u, reinstall: every_boot, password_env: NAME } }
smb: { shares: { w: { path: /srv/w, users: [u] } } }",
];

#[test]
fn a_site_reads_its_own_variables_only() {
    let folders = Folders::new("");
    for way in NAMED_VARIABLES {
        let site =
            |name: &str| folders.write("site/site.yaml", &format!("{SITE}{}\n", way.replace("NAME", name)));
        site("PLANTED");
        let said = folders.run(&["check"]).ended(1).stdout;
        assert!(
            said.contains("error[out-of-reach]") && said.contains("`--allow-env PLANTED`"),
            "{way}: {said}"
        );
        // Whether it is set is not told.
        site("NOT_SET");
        let said = folders.run(&["check"]).ended(1).stdout;
        assert!(said.contains("error[out-of-reach]") && !said.contains("not set"), "{way}: {said}");
        let said =
            folders.run(&["check", "--allow-env", "OTHER", "--allow-env", "PLANTED_TOO"]).ended(1).stdout;
        assert!(said.contains("error[out-of-reach]"), "{way}: {said}");
        site("PLANTED");
        let said = folders.run(&["check", "--allow-env", "OTHER", "--allow-env", "PLANTED"]).stdout;
        assert!(!said.contains("out-of-reach") && !said.contains("error[secret]"), "{way}: {said}");
        site("IPXEGEN_TRUST");
        let said = folders.run(&["check"]).stdout;
        assert!(!said.contains("out-of-reach") && !said.contains("error[secret]"), "{way}: {said}");
        site("ipxegen_trust");
        let said = folders.run(&["check"]).ended(1).stdout;
        assert!(said.contains("error[out-of-reach]"), "{way}: {said}");
    }
}
