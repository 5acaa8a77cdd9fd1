//! ipxegen: one `site.yaml` in, every configuration file of a netboot server out.

pub mod schema;
pub mod dialects;
pub mod report;
pub mod source;
pub mod tree;
