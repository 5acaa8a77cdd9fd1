//! site.yaml as written: its keys, and the shapes of their values.
//!
//! Unknown keys, duplicate keys and wrong shapes are reported here. Values are parsed and checked by
//! `resolve`. A value of the wrong shape becomes [`Field::Wrong`], so that it is not reported as missing
//! later.

mod argument;
mod classes;
mod custom_file;
mod dhcpd_statement;
mod document;
mod exceptions;
mod fault;
mod foreign_words;
mod given_file;
mod hosts;
mod include;
mod ipxe;
mod json_schema;
mod loaders;
mod mapping;
mod menu;
mod nics;
mod options;
mod overlay;
mod pattern;
mod range;
mod raw;
mod reading;
mod relay;
mod root_path;
mod services;
mod settings;
mod shape;
mod site;
mod syntax_help;
mod wrong_type_help;
mod wsdd;

pub use argument::{Argument, SecretArgument};
pub use classes::{Class, ClassBody, ClassMatch, MatchValue};
pub use custom_file::CustomFile;
pub use document::{Texts, read, read_in_parts, read_up_to};
pub use foreign_words::{Equivalent, FOREIGN_KINDS, ForeignWords, fold, foreign_words};
pub use given_file::GivenFile;
pub use hosts::{HostChunk, Hosts};
pub use include::{Include, Table};
pub use ipxe::{Ipxe, IpxeOptions, IpxeScript};
pub use json_schema::{json_schema, mappings};
pub use loaders::Loaders;
pub(crate) use mapping::mapping;
pub use menu::{Menu, MenuItem, MenuTexts, Submenu};
pub use nics::Nic;
pub use options::{OptionValue, TypedOption, VendorOptions};
pub use range::{RangeClients, RangeItem};
pub use raw::RawValue;
pub use reading::{Dict, Field, FromNode, Many, NoneOr, Reading, listed, nearest};
pub(crate) use reading::{entries, field};
pub use relay::Relay;
pub use root_path::{Chap, IscsiPath, NfsPath, RootPath, Store};
pub use services::names_server;
pub use services::{Dhcp, Export, Failover, Http, Iscsi, IscsiServer, Nfs, Share, Smb, Tftp};
pub use settings::{Group, Host, Macs, Setting};
pub use shape::IPXE_FEATURES;
pub use shape::{KeyInfo, ScalarType, Shapes};
pub use site::{BootEntry, Common, Server, Site, Subnet, Top};
pub use wsdd::Wsdd;
