//! Faults of a site whose single values are all correct: one file per rule, in folders by subject, and the list
//! [`RULES`].
//!
//! Rules read the model. A value in error is not in the model, so no rule reports it;
//! [`Gaps`](crate::model::Gaps) marks everything that depends on such a value.
//!
//! Files beside the folders are for several rules: `duplicates` finds equal values of many hosts, `suppression` applies
//! `allow`, `causes` merges findings with one cause, and `unused_allow` reports an `allow` that suppresses nothing.

mod addresses;
mod boot;
mod causes;
mod dhcp;
mod dnsmasq_lacks;
mod duplicates;
mod iscsi;
mod menu;
mod services;
mod shares;
mod suppression;
mod unused_allow;

use std::cmp::Reverse;

use crate::boot::KINDS;
use crate::model::Site;
use crate::parallel;
use crate::report::catalogue::FINDINGS;
use crate::report::{Finding, FindingKind, Report, RuleInfo};

/// From how many hosts on the rules are run on several processors.
const MANY: usize = 1_000;

/// A rule.
pub struct Rule {
    /// The kind of its findings.
    pub kind: FindingKind,
    /// How long it takes on a site of many hosts.
    pub cost: Cost,
    /// Finds it.
    pub check: fn(&Site<'_>, &mut Findings<'_>),
}

/// How long a rule takes on a site of many hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cost {
    /// It hardly depends on the number of hosts.
    Low,
    /// It looks at each host.
    Medium,
    /// It compares a value of each host with those of all others.
    High,
}

/// Makes [`RULES`] of the rules' files, and takes the doc comment at the head of each file along.
macro_rules! rules {
    ($($subject:ident :: $file:ident),* $(,)?) => {
        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$subject::$file::RULE),*];

        /// The path of each rule's file and its text, in the same order.
        static FILES: &[(&str, &str)] = &[$((
            concat!(stringify!($subject), "/", stringify!($file), ".rs"),
            include_str!(concat!(stringify!($subject), "/", stringify!($file), ".rs")),
        )),*];
    };
}

// Sorted; a test compares it with the files.
rules![
    addresses::address_in_range,
    addresses::address_outside_subnets,
    addresses::class_address,
    addresses::duplicate_interface,
    addresses::duplicate_ip,
    addresses::duplicate_mac,
    addresses::empty_subnet,
    addresses::host_is_router,
    addresses::ipv6_addresses,
    addresses::network_address,
    addresses::no_address,
    addresses::overlapping_ranges,
    addresses::overlapping_subnets,
    addresses::own_address,
    addresses::range_for_nobody,
    addresses::range_on_edge,
    addresses::range_outside_subnet,
    addresses::range_used_up,
    addresses::router_outside_subnet,
    addresses::server_netmask,
    addresses::server_outside_subnets,
    addresses::service_in_range,
    addresses::special_network,
    addresses::too_few_addresses,
    addresses::two_addresses,
    addresses::unreachable_server,
    addresses::unreachable_service,
    addresses::wrong_broadcast,
    boot::backslash_in_loader,
    boot::bios_disk,
    boot::boot_loop,
    boot::bootif_format,
    boot::chain_firmware,
    boot::entry_without_loader,
    boot::fetch_by_name,
    boot::grub_quoting,
    boot::https_without_support,
    boot::initrd_in_cmdline,
    boot::inject_on_uefi,
    boot::installer_without_router,
    boot::iso_fetched_twice,
    boot::iso_of_live_system,
    boot::kernel_without_shim,
    boot::loader_firmware,
    boot::loader_is_script,
    boot::loader_without_target,
    boot::memtest_firmware,
    boot::memtest_with_secure_boot,
    boot::needs_loop,
    boot::needs_unproven,
    boot::needs_without_ipv6,
    boot::nfs_root_without_ip,
    boot::nfs_root_without_path,
    boot::nfs_with_secure_boot,
    boot::not_served,
    boot::nothing_to_boot,
    boot::password_in_cmdline,
    boot::password_in_url,
    boot::reinstall_after_timeout,
    boot::reinstall_at_every_boot,
    boot::setup_on_bios,
    boot::winpe_architecture,
    dhcp::boot_file_in_raw,
    dhcp::boot_option_replaced,
    dhcp::class_conflict,
    dhcp::class_for_nobody,
    dhcp::class_without_ipv6,
    dhcp::daemon_lacks,
    dhcp::duplicate_host_name,
    dhcp::external_lacks,
    dhcp::failover_without_ranges,
    dhcp::idle_statement,
    dhcp::ipv6_pair,
    dhcp::ipxe_options_too_long,
    dhcp::lease_times,
    dhcp::lonely_shared_network,
    dhcp::long_mclt,
    dhcp::nobody_known,
    dhcp::option_twice,
    dhcp::raw_without_ipv6,
    dhcp::relay_interfaces,
    dhcp::relay_to_nobody,
    dhcp::relay_with_dhcp,
    dhcp::shadowed_by_class,
    dhcp::slow_classes,
    dhcp::tftp_server_name,
    dhcp::word_in_raw,
    iscsi::chap_password_length,
    iscsi::chap_user_twice,
    iscsi::disk_under_lid,
    iscsi::disk_without_store,
    iscsi::disk_without_target,
    iscsi::duplicate_initiator,
    iscsi::foreign_portal,
    iscsi::half_chap,
    iscsi::lun_not_served,
    iscsi::missing_keep_san,
    iscsi::open_disk,
    iscsi::same_chap_password,
    iscsi::san_without_disk,
    iscsi::shared_disk,
    iscsi::shared_store,
    iscsi::shared_target,
    iscsi::unreachable_disk,
    menu::default_not_for_client,
    menu::default_without_timeout,
    menu::duplicate_hot_key,
    menu::duplicate_label,
    menu::empty_menu,
    menu::foreign_script,
    menu::hook_is_script,
    menu::label_not_ascii,
    menu::long_label,
    menu::long_timeout,
    menu::missing_label,
    menu::same_label,
    menu::script_without_server,
    menu::unknown_command,
    menu::unreachable_entry,
    services::privileged_file,
    services::separate_boot_files,
    services::separate_roots,
    services::system_lacks,
    services::tftp_address,
    services::tftp_as_root,
    services::tftp_directory,
    services::tftp_not_secure,
    services::tftp_options,
    services::tftp_upload,
    services::tftpd_defaults,
    shares::anonuid_is_root,
    shares::contradictory_options,
    shares::duplicate_fsid,
    shares::export_clients,
    shares::export_misses_subnet,
    shares::export_options,
    shares::guest_with_users,
    shares::guest_writable_share,
    shares::iso_mounts,
    shares::mask_on_read_only,
    shares::nested_exports,
    shares::nfs_root_not_exported,
    shares::shared_nfs_root,
    shares::system_folder,
    shares::workgroup_is_server,
    shares::world_export,
    shares::world_export_as_root,
    shares::writable_boot_files,
    shares::writable_setup,
];

/// All kinds of finding, of every stage, in order of id: the content of `explain` and docs/rules.md.
#[must_use]
pub fn explained() -> Vec<RuleInfo> {
    let own = RULES.iter().zip(FILES).map(|(rule, (_, text))| (&rule.kind, doc_comment(text)));
    // The catalogue may not use the kinds of boot entry, so it cannot name them.
    let kinds: Vec<_> = KINDS.iter().map(|kind| format!("`{}`", kind.word)).collect();
    let kinds = kinds.join(", ");
    let others = FINDINGS.iter().map(|(kind, doc)| (*kind, doc.trim().replace("{kinds}", &kinds)));
    let mut all: Vec<_> = own.chain(others).map(|(kind, doc)| RuleInfo { kind, doc }).collect();
    all.sort_by_key(|info| info.kind.id);
    all
}

/// The doc comment at the head of a file, as Markdown.
fn doc_comment(file: &str) -> String {
    let lines = file.lines().map_while(|line| line.strip_prefix("//!"));
    lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// The rules whose findings `allow` can suppress: all except those without which nothing can be rendered.
pub fn allowable() -> impl Iterator<Item = &'static str> + Clone {
    let others = FINDINGS.iter().map(|(kind, _)| *kind);
    RULES.iter().map(|rule| &rule.kind).chain(others).filter(|kind| kind.allow).map(|kind| kind.id)
}

/// Collects the findings of a rule.
pub struct Findings<'r> {
    rule: &'static Rule,
    found: &'r mut Vec<Finding>,
}

impl Findings<'_> {
    /// A finding of this rule.
    pub fn push(
        &mut self,
        span: crate::source::Span,
        message: impl Into<String>,
        finish: impl FnOnce(Finding) -> Finding,
    ) {
        self.found.push(finish(Finding::new(&self.rule.kind, span, message)));
    }
}

/// Runs every rule. Findings that `allow` suppresses are left out, and an `allow` that suppresses none is reported.
pub fn run(site: &Site<'_>, report: &mut Report) {
    run_some(site, |_| true, report);
}

/// Runs the rules whose findings are wanted: a rule reads the site alone, so each finds what it finds among all. An `allow`
/// of a rule that does not run is reported as one that suppresses nothing.
pub fn run_some(site: &Site<'_>, is_wanted: impl Fn(&FindingKind) -> bool, report: &mut Report) {
    let check = |rule: &&'static Rule| {
        let mut found = Vec::new();
        (rule.check)(site, &mut Findings { rule, found: &mut found });
        found
    };
    let mut rules: Vec<&'static Rule> = RULES.iter().copied().filter(|rule| is_wanted(&rule.kind)).collect();
    // Threads cost more than all rules of a small site.
    let found: Vec<Vec<Finding>> = if site.hosts.len() < MANY {
        rules.iter().map(check).collect()
    } else {
        // The most expensive ones first, so that none of them runs alone at the end.
        rules.sort_by_key(|rule| Reverse(rule.cost));
        parallel::all(&rules, check)
    };
    let used = accept(site, found.into_iter().flatten().collect(), report);
    unused_allow::check(site, &used, report);
    // Those of earlier stages. Merged last: the rules ask which places have an error.
    report.rewrite(causes::merge);
}

/// The finding `needs-unproven` for a loader. A look at the loader's file takes it back.
#[must_use]
pub fn needs_unproven(path: &str) -> (&'static FindingKind, String) {
    (&boot::needs_unproven::RULE.kind, boot::needs_unproven::message(path))
}

/// Adds the findings that no `allow` suppresses to the report, one for each cause. Returns which `allow` were used.
pub fn accept(site: &Site<'_>, found: Vec<Finding>, report: &mut Report) -> Vec<bool> {
    let (accepted, used) = suppression::matched(&site.allow, &found);
    let open = found.into_iter().zip(accepted).filter(|(_, accepted)| !accepted);
    report.extend(causes::merge(open.map(|(finding, _)| finding).collect()));
    used
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{FILES, RULES, doc_comment, explained};

    #[test]
    fn the_list_is_sorted_and_has_every_file() {
        let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
        let files = walkdir::WalkDir::new(&room).min_depth(2).into_iter().map(|entry| entry.unwrap());
        let mut paths: Vec<String> = files
            .filter(|file| file.file_name() != "mod.rs")
            .map(|file| file.path().strip_prefix(&room).unwrap().to_str().unwrap().to_owned())
            .collect();
        paths.sort();
        assert_eq!(FILES.iter().map(|(path, _)| *path).collect::<Vec<_>>(), paths);
        for (rule, (path, _)) in RULES.iter().zip(FILES) {
            let name = Path::new(path).file_stem().unwrap().to_str().unwrap();
            assert_eq!(rule.kind.id, name.replace('_', "-"), "{path}");
        }
    }

    #[test]
    fn everything_is_explained_once() {
        let all = explained();
        for pair in all.windows(2) {
            assert!(pair[0].kind.id < pair[1].kind.id, "{} is explained twice", pair[1].kind.id);
        }
        for info in &all {
            assert!(info.doc.len() > 40, "{} says nothing: {:?}", info.kind.id, info.doc);
            assert!(!info.kind.summary.ends_with('.'), "{}", info.kind.id);
        }
    }

    #[test]
    fn every_kind_of_boot_entry_is_named() {
        let info = explained().into_iter().find(|info| info.kind.id == "unknown-kind").unwrap();
        for kind in super::KINDS {
            assert!(info.doc.contains(&format!("`{}`", kind.word)), "{}", info.doc);
        }
    }

    #[test]
    fn the_doc_comment_is_what_stands_at_the_head() {
        assert_eq!(doc_comment("//! One.\n//!\n//!   two\n\n//! not this\n"), "One.\n\n  two");
    }
}
