//! Every client of every example and case: the policy's answer, and the offers of the real servers. The gate asks a
//! sample; the full run asks everything (tests/lab/full.rs).

use crate::support::answers::{Sample, compare_dnsmasq, compare_isc, compare_kea};

#[test]
fn dhcpd_offers_what_the_policy_says() {
    compare_isc(Some(Sample::default()));
}

#[test]
fn kea_offers_what_the_policy_says() {
    compare_kea(Some(Sample::default()));
}

#[test]
fn dnsmasq_offers_what_the_policy_says() {
    compare_dnsmasq(Some(Sample::default()));
}
