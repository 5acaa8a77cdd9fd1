//! The site's DHCP policy: which client gets which address, boot file and options, and from which scope each of
//! them comes. It is independent of the DHCP server; the outputs express it in the language of each.
//!
//! A scope overrides those outside of it: site < subnet < class < group < host. A subnet with `netboot: none` overrides them
//! all in everything that belongs to booting.

mod answer;
mod class_sets;
mod client;
mod client6;
mod files;
mod identifiers;
mod layered_values;
mod member;
mod policy;
mod scope;
mod v6;

pub use answer::{Address, Answer, RASPBERRY_PI_MENU, answer};
pub use class_sets::{ClassTimes, Overlaps};
pub use client::Client;
pub use files::{BootFileChange, BootFileChanges};
pub use identifiers::Identifiers;
pub use layered_values::{Layer, Said, Value};
pub use policy::{
    ClassScope, HostFiles, LeaseTimes, Network, Policy, Pool, ProfileScope, SubnetScope, initiator,
};
pub use scope::{
    BesideFile, BootFile, BootFiles, Data, Setting, disk_settings, domain_names, encapsulated, file_name,
    has_secret, ipxe, options,
};
pub use v6::{Address6, Answer6, Client6, Policy6, SubnetScope6, Urls, answer6, answer6_as};
