//! What can still be wrong with a site whose every value is right: one file per rule, and [`RULES`].
//!
//! Rules read the model only. A value in error is not in the model, so no rule speaks of it; what
//! hangs on it is marked in [`Gaps`](crate::model::Gaps).

mod address_in_range;
mod address_outside_subnets;
mod allowed;
mod anonuid_is_root;
mod backslash_in_loader;
mod bios_disk;
mod boot_file_in_raw;
mod boot_loop;
mod bootif_format;
mod chain_firmware;
mod chap_password_length;
mod chap_user_twice;
mod commands;
mod contradictory_options;
mod default_not_for_client;
mod default_without_timeout;
mod disk_under_lid;
mod disk_without_store;
mod duplicate_fsid;
mod duplicate_host_name;
mod duplicate_hot_key;
mod duplicate_initiator;
mod duplicate_interface;
mod duplicate_ip;
mod duplicate_label;
mod duplicate_mac;
mod elsewhere;
mod empty_menu;
mod empty_subnet;
mod entry_without_loader;
mod export_clients;
mod export_misses_subnet;
mod export_options;
mod external_lacks;
mod failover_without_ranges;
mod fetch_by_name;
mod foreign_portal;
mod foreign_script;
mod grub_quoting;
mod guest_with_users;
mod guest_writable_share;
mod half_chap;
mod hook_is_script;
mod host_is_router;
mod https_without_support;
mod idle_statement;
mod initrd_in_cmdline;
mod installer_without_router;
mod ipv6_addresses;
mod ipv6_pair;
mod ipxe_options_too_long;
mod iso_mounts;
mod iso_of_live_system;
mod label_not_ascii;
mod lease_times;
mod loader_firmware;
mod loader_is_script;
mod loader_without_target;
mod lonely_shared_network;
mod long_label;
mod long_mclt;
mod long_timeout;
mod lun_not_served;
mod mask_on_read_only;
mod memtest_firmware;
mod missing_keep_san;
mod missing_label;
mod nested_exports;
mod network_address;
mod nfs_root_without_ip;
mod nfs_root_without_path;
mod no_address;
mod nobody_known;
mod not_served;
mod nothing_to_boot;
mod open_disk;
mod option_twice;
mod overlapping_ranges;
mod overlapping_subnets;
mod own_address;
mod password_in_cmdline;
mod password_in_url;
mod privileged_file;
mod program;
mod range_for_nobody;
mod range_on_edge;
mod range_outside_subnet;
mod range_used_up;
mod reinstall_after_timeout;
mod reinstall_at_every_boot;
mod relay_interfaces;
mod relay_to_nobody;
mod relay_with_dhcp;
mod router_outside_subnet;
mod same_chap_password;
mod same_label;
mod san_without_disk;
mod script_without_server;
mod separate_roots;
mod server_netmask;
mod server_outside_subnets;
mod service_in_range;
mod shared_disk;
mod shared_store;
mod shared_target;
mod special_network;
mod statements;
mod system_folder;
mod system_lacks;
mod tftp_address;
mod tftp_as_root;
mod tftp_directory;
mod tftp_not_secure;
mod tftp_options;
mod tftp_server_name;
mod tftp_upload;
mod tftpd_defaults;
mod too_few_addresses;
mod twins;
mod unknown_command;
mod unreachable_disk;
mod unreachable_entry;
mod unreachable_server;
mod unreachable_service;
mod unused_allow;
mod winpe_architecture;
mod workgroup_is_server;
mod world_export;
mod world_export_as_root;
mod writable_boot_files;
mod writable_setup;
mod written_ranges;
mod wrong_broadcast;

use crate::model::Site;
use crate::parallel;
use crate::report::{Finding, Report, RuleInfo, Severity};

/// From how many hosts on the rules are run on several processors.
const MANY: usize = 1_000;

/// A rule.
pub struct Rule {
    /// Its id, such as `duplicate-mac`.
    pub id: &'static str,
    /// Error or warning.
    pub severity: Severity,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Finds it.
    pub check: fn(&Site<'_>, &mut Found<'_>),
}

/// Makes [`RULES`] of the rules' files, and takes what each file says of its rule along.
macro_rules! rules {
    ($($file:ident),* $(,)?) => {
        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$file::RULE),*];

        /// The text of each rule's file, in the same order.
        static FILES: &[&str] = &[$(include_str!(concat!(stringify!($file), ".rs"))),*];
    };
}

// Those that take longest on many hosts come first, so that none is left over at the end.
rules![
    duplicate_mac,
    duplicate_initiator,
    shared_disk,
    duplicate_ip,
    service_in_range,
    unreachable_disk,
    address_in_range,
    own_address,
    ipxe_options_too_long,
    duplicate_label,
    address_outside_subnets,
    overlapping_subnets,
    overlapping_ranges,
    range_outside_subnet,
    label_not_ascii,
    long_timeout,
    empty_subnet,
    host_is_router,
    lonely_shared_network,
    network_address,
    no_address,
    nobody_known,
    range_for_nobody,
    range_on_edge,
    range_used_up,
    router_outside_subnet,
    server_outside_subnets,
    special_network,
    too_few_addresses,
    unreachable_server,
    unreachable_service,
    wrong_broadcast,
    boot_loop,
    default_not_for_client,
    default_without_timeout,
    duplicate_hot_key,
    empty_menu,
    entry_without_loader,
    foreign_script,
    https_without_support,
    initrd_in_cmdline,
    grub_quoting,
    bootif_format,
    ipv6_addresses,
    ipv6_pair,
    external_lacks,
    loader_is_script,
    loader_without_target,
    long_label,
    memtest_firmware,
    iso_of_live_system,
    same_label,
    script_without_server,
    unreachable_entry,
    winpe_architecture,
    reinstall_at_every_boot,
    reinstall_after_timeout,
    password_in_cmdline,
    nfs_root_without_path,
    nfs_root_without_ip,
    fetch_by_name,
    not_served,
    installer_without_router,
    disk_under_lid,
    duplicate_host_name,
    duplicate_interface,
    failover_without_ranges,
    lease_times,
    long_mclt,
    missing_keep_san,
    nothing_to_boot,
    san_without_disk,
    tftp_address,
    tftp_server_name,
    tftp_as_root,
    tftp_directory,
    tftp_not_secure,
    tftp_options,
    tftp_upload,
    contradictory_options,
    duplicate_fsid,
    export_clients,
    export_misses_subnet,
    export_options,
    guest_with_users,
    guest_writable_share,
    mask_on_read_only,
    nested_exports,
    world_export,
    world_export_as_root,
    anonuid_is_root,
    writable_boot_files,
    separate_roots,
    iso_mounts,
    relay_with_dhcp,
    relay_to_nobody,
    relay_interfaces,
    system_lacks,
    tftpd_defaults,
    chap_password_length,
    chap_user_twice,
    disk_without_store,
    foreign_portal,
    half_chap,
    lun_not_served,
    open_disk,
    shared_store,
    shared_target,
    option_twice,
    idle_statement,
    boot_file_in_raw,
    loader_firmware,
    backslash_in_loader,
    chain_firmware,
    hook_is_script,
    unknown_command,
    missing_label,
    bios_disk,
    server_netmask,
    same_chap_password,
    system_folder,
    privileged_file,
    workgroup_is_server,
    password_in_url,
    writable_setup,
];

/// Everything that can be found, by whatever stage, in order of id: what `explain` and docs/rules.md say.
#[must_use]
pub fn explained() -> Vec<RuleInfo> {
    let own = RULES.iter().zip(FILES).map(|(rule, file)| RuleInfo {
        id: rule.id,
        severity: rule.severity,
        summary: rule.summary,
        doc: doc_comment(file),
    });
    let others = elsewhere::FINDINGS.iter().map(|other| RuleInfo {
        id: other.id,
        severity: other.severity,
        summary: other.summary,
        doc: other.doc.trim().to_owned(),
    });
    let mut all: Vec<_> = own.chain(others).collect();
    all.sort_by_key(|info| info.id);
    all
}

/// The doc comment at the head of a file, as Markdown.
fn doc_comment(file: &str) -> String {
    let lines = file.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The rules whose findings `allow` can accept: all but those about what cannot be rendered at all.
pub fn allowable() -> impl Iterator<Item = &'static str> + Clone {
    let others = elsewhere::FINDINGS.iter().filter(|other| other.allow).map(|other| other.id);
    RULES.iter().map(|rule| rule.id).chain(others)
}

/// Takes what a rule finds.
pub struct Found<'r> {
    rule: &'static Rule,
    found: &'r mut Vec<Finding>,
}

impl Found<'_> {
    /// A finding of this rule.
    pub fn push(
        &mut self,
        span: crate::source::Span,
        message: impl Into<String>,
        finish: impl FnOnce(Finding) -> Finding,
    ) {
        let finding = match self.rule.severity {
            Severity::Error => Finding::error(self.rule.id, span, message),
            Severity::Warning => Finding::warning(self.rule.id, span, message),
        };
        self.found.push(finish(finding));
    }
}

/// Runs every rule; what `allow` accepts is left out, and an `allow` that accepts nothing is found.
pub fn run(site: &Site<'_>, report: &mut Report) {
    let check = |rule: &&'static Rule| {
        let mut found = Vec::new();
        (rule.check)(site, &mut Found { rule, found: &mut found });
        found
    };
    // Threads cost more than all rules of a small site.
    let found: Vec<Vec<Finding>> =
        if site.hosts.len() < MANY { RULES.iter().map(check).collect() } else { parallel::all(RULES, check) };
    let used = accept(site, found.into_iter().flatten().collect(), report);
    unused_allow::check(site, &used, report);
}

/// Hands findings on to the report, but those that the site allows; tells which `allow` did so.
pub fn accept(site: &Site<'_>, found: Vec<Finding>, report: &mut Report) -> Vec<bool> {
    let (accepted, used) = allowed::matched(&site.allow, &found);
    for (finding, accepted) in found.into_iter().zip(accepted) {
        if !accepted {
            report.push(finding);
        }
    }
    used
}

#[cfg(test)]
mod tests {
    use super::{doc_comment, explained};

    #[test]
    fn everything_is_explained_once() {
        let all = explained();
        for pair in all.windows(2) {
            assert!(pair[0].id < pair[1].id, "{} is explained twice", pair[1].id);
        }
        for info in &all {
            assert!(info.doc.len() > 40, "{} says nothing: {:?}", info.id, info.doc);
            assert!(!info.summary.ends_with('.'), "{}", info.id);
        }
    }

    #[test]
    fn the_doc_comment_is_what_stands_at_the_head() {
        assert_eq!(doc_comment("//! One.\n//!\n//!   two\n\n//! not this\n"), "One.\n\n  two");
    }
}
