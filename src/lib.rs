//! ipxegen: one `site.yaml` in, every configuration file of a netboot server out.

pub mod boot;
pub mod dialects;
pub mod model;
pub mod report;
pub mod resolve;
pub mod schema;
pub mod source;
pub mod tree;
