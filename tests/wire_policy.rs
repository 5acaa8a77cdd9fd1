//! Every client of every example and case: the policy's answer, and the offers of the real servers. The gate asks a
//! sample; the full run asks everything (tests/lab/full.rs).

use std::path::Path;

use ipxegen::dhcp::Policy;

use crate::support::answers::{Asked, Sample, compare_dnsmasq, compare_isc, compare_kea, with_site};
use crate::support::dhcp::Client;
use crate::support::{render_file, require, require_root};

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

/// Kea sends a client what it lists, and what is marked for all clients.
#[test]
fn kea_sends_options_that_nobody_asked_for() {
    if !["unshare", "nsenter", "ip", "python3", "kea-dhcp4", "tar"].into_iter().all(require)
        || !require_root()
    {
        return;
    }
    let path = Path::new("tests/cases/kea-classes/site.yaml");
    with_site(path, &[], |site| {
        let policy = Policy::new(site);
        let trees = render_file(path, &[]);
        let mut server = Asked::new(&policy, 0, &trees.of("boot")).unwrap();
        server.kea();
        for (vendor_class, codes) in [("Polycom-VVX", &[150][..]), ("ubnt", &[43]), ("MSFT 5.0", &[])] {
            let mut client = Client::plain([0x52, 0x54, 3, 0, 0, 1]);
            client.vendor_class = Some(vendor_class.to_owned());
            client.wants = vec![1, 3];
            let reply = server.link.ask(&client, 1, &[], 8).unwrap();
            for code in [43, 150] {
                assert_eq!(reply.options.contains_key(&code), codes.contains(&code), "{vendor_class} {code}");
            }
        }
    });
}

/// Of clients that send a list of options, phones and access points get those with `always: true` too, and others do
/// not. A client without a list gets everything.
#[test]
fn dhcpd_sends_options_that_nobody_asked_for() {
    if !["unshare", "nsenter", "ip", "python3", "dhcpd", "tar"].into_iter().all(require) || !require_root() {
        return;
    }
    let path = Path::new("tests/cases/classes/site.yaml");
    with_site(path, &[], |site| {
        let policy = Policy::new(site);
        let trees = render_file(path, &[]);
        let mut server = Asked::new(&policy, 0, &trees.of("boot")).unwrap();
        server.isc(&policy);
        for (vendor_class, codes) in [("Polycom-VVX", &[150][..]), ("ubnt", &[43]), ("MSFT 5.0", &[])] {
            let mut client = Client::plain([0x52, 0x54, 3, 0, 0, 1]);
            client.vendor_class = Some(vendor_class.to_owned());
            for asks in [true, false] {
                client.wants = if asks { vec![1, 3] } else { Vec::new() };
                let reply = server.link.ask(&client, 1, &[], 8).unwrap();
                for code in [43, 150] {
                    assert_eq!(
                        reply.options.contains_key(&code),
                        codes.contains(&code),
                        "{vendor_class} {code}"
                    );
                }
                // The list itself stays as it is.
                assert_eq!(reply.options.contains_key(&7), !asks, "{vendor_class}: {reply:?}");
            }
        }
    });
}
