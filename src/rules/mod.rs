//! What can still be wrong with a site whose every value is right: one file per rule, and [`RULES`].
//!
//! Rules read the model only. A value in error is not in the model, so no rule speaks of it; what
//! hangs on it is marked in [`Gaps`](crate::model::Gaps).

mod address_in_range;
mod address_outside_subnets;
mod boot_loop;
mod contradictory_options;
mod default_not_for_client;
mod default_without_timeout;
mod disk_under_lid;
mod duplicate_fsid;
mod duplicate_host_name;
mod duplicate_hot_key;
mod duplicate_initiator;
mod duplicate_interface;
mod duplicate_ip;
mod duplicate_label;
mod duplicate_mac;
mod empty_menu;
mod empty_subnet;
mod entry_without_loader;
mod export_clients;
mod export_misses_subnet;
mod export_options;
mod failover_without_ranges;
mod foreign_script;
mod guest_with_users;
mod guest_writable_share;
mod host_is_router;
mod https_without_support;
mod initrd_in_cmdline;
mod ipxe_options_too_long;
mod label_not_ascii;
mod lease_times;
mod loader_is_script;
mod lonely_shared_network;
mod long_label;
mod long_mclt;
mod long_timeout;
mod mask_on_read_only;
mod memtest_firmware;
mod missing_keep_san;
mod nested_exports;
mod network_address;
mod no_address;
mod nobody_known;
mod nothing_to_boot;
mod overlapping_ranges;
mod overlapping_subnets;
mod range_on_edge;
mod range_outside_subnet;
mod range_used_up;
mod router_outside_subnet;
mod same_label;
mod san_without_disk;
mod script_without_server;
mod separate_roots;
mod server_outside_subnets;
mod shared_disk;
mod special_network;
mod tftp_address;
mod tftp_directory;
mod tftp_not_secure;
mod tftp_options;
mod tftp_upload;
mod too_few_addresses;
mod unreachable_disk;
mod unreachable_entry;
mod unreachable_server;
mod unreachable_service;
mod unused_allow;
mod winpe_architecture;
mod world_export;
mod world_export_as_root;
mod writable_boot_files;
mod wrong_broadcast;

use crate::model::Site;
use crate::report::{Finding, Report, Severity};

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

/// Every rule.
pub static RULES: &[&Rule] = &[
    &duplicate_mac::RULE,
    &duplicate_ip::RULE,
    &duplicate_label::RULE,
    &address_outside_subnets::RULE,
    &address_in_range::RULE,
    &overlapping_subnets::RULE,
    &overlapping_ranges::RULE,
    &range_outside_subnet::RULE,
    &label_not_ascii::RULE,
    &long_timeout::RULE,
    &empty_subnet::RULE,
    &host_is_router::RULE,
    &lonely_shared_network::RULE,
    &network_address::RULE,
    &no_address::RULE,
    &nobody_known::RULE,
    &range_on_edge::RULE,
    &range_used_up::RULE,
    &router_outside_subnet::RULE,
    &server_outside_subnets::RULE,
    &special_network::RULE,
    &too_few_addresses::RULE,
    &unreachable_disk::RULE,
    &unreachable_server::RULE,
    &unreachable_service::RULE,
    &wrong_broadcast::RULE,
    &boot_loop::RULE,
    &default_not_for_client::RULE,
    &default_without_timeout::RULE,
    &duplicate_hot_key::RULE,
    &empty_menu::RULE,
    &entry_without_loader::RULE,
    &foreign_script::RULE,
    &https_without_support::RULE,
    &initrd_in_cmdline::RULE,
    &ipxe_options_too_long::RULE,
    &loader_is_script::RULE,
    &long_label::RULE,
    &memtest_firmware::RULE,
    &same_label::RULE,
    &script_without_server::RULE,
    &unreachable_entry::RULE,
    &winpe_architecture::RULE,
    &disk_under_lid::RULE,
    &duplicate_host_name::RULE,
    &duplicate_initiator::RULE,
    &duplicate_interface::RULE,
    &failover_without_ranges::RULE,
    &lease_times::RULE,
    &long_mclt::RULE,
    &missing_keep_san::RULE,
    &nothing_to_boot::RULE,
    &san_without_disk::RULE,
    &shared_disk::RULE,
    &tftp_address::RULE,
    &tftp_directory::RULE,
    &tftp_not_secure::RULE,
    &tftp_options::RULE,
    &tftp_upload::RULE,
    &contradictory_options::RULE,
    &duplicate_fsid::RULE,
    &export_clients::RULE,
    &export_misses_subnet::RULE,
    &export_options::RULE,
    &guest_with_users::RULE,
    &guest_writable_share::RULE,
    &mask_on_read_only::RULE,
    &nested_exports::RULE,
    &world_export::RULE,
    &world_export_as_root::RULE,
    &writable_boot_files::RULE,
    &separate_roots::RULE,
];

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
    let mut found = Vec::new();
    for rule in RULES {
        (rule.check)(site, &mut Found { rule, found: &mut found });
    }
    let mut used = vec![false; site.allow.len()];
    for finding in found {
        let mut accepted = false;
        for (allow, used) in site.allow.iter().zip(&mut used) {
            let within = |label: &crate::report::Label| {
                allow.scope.start <= label.span.start && label.span.end <= allow.scope.end
            };
            if allow.rule.value == finding.rule && finding.labels().any(within) {
                accepted = true;
                *used = true;
            }
        }
        if !accepted {
            report.push(finding);
        }
    }
    unused_allow::check(site, &used, report);
}
