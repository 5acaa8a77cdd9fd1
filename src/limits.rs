//! The limits for a site. Each is far beyond the needs of any site, and a site that exceeds it gets a message.
//!
//! They protect the machine that reads a site.yaml from an untrusted author: it must not run out of memory or stack.

/// The most bytes of a description or a table: several million hosts.
pub const DESCRIPTION_BYTES: u64 = 1_000_000_000;

/// The most bytes of any other text.
pub const TEXT_BYTES: u64 = 64_000_000;

/// The most bytes of a secret: more than any daemon takes.
pub const SECRET_BYTES: usize = 1_024;

/// The most bytes of a site whose names a shell completes: 200,000 hosts of a line each.
pub const COMPLETED_BYTES: usize = 16_000_000;

/// How many names one pattern of `include` may look at: a matter of seconds.
pub const INCLUDE_NAMES: usize = 1_000_000;

/// How many hosts all name patterns of a site may make together, unless `--max-hosts` sets another limit.
pub const PATTERN_HOSTS: u64 = 1_000_000;

/// How many hosts one name pattern may make: as many as a /16 has addresses.
pub const HOSTS_OF_A_PATTERN: u64 = 65_536;

/// How much memory the hosts of patterns may take on average. A host with ten values takes half of it.
pub const BYTES_OF_A_PATTERN_HOST: u64 = 1_024;

/// How many classes of clients a site may have: dhcpd and Kea compare each of them with every message, and each is
/// compared with all others.
pub const CLASSES: usize = 1_000;

/// How many pairs of a class and a subnet in which it counts a site may have: dhcpd.conf has the settings of each, which is a
/// hundred bytes at least, and dhcpd reads about 200,000 of them in a second.
pub const CLASSES_IN_SUBNETS: usize = 500_000;

/// How many bytes the settings of all classes may have, those of each class counted in each of its subnets: half a million
/// pairs of 200 bytes each.
pub const CLASS_BYTES_IN_SUBNETS: usize = 100_000_000;

/// How many bytes of settings all subnets together may inherit from the site: a kilobyte in each of 50,000 subnets. The
/// daemons' files have them in each subnet.
pub const INHERITED_BYTES: usize = 50_000_000;

/// How many networks all exports of NFS together may name as their clients: a thousand boot entries in a thousand subnets. The
/// daemon's file has a line of 50 bytes for each.
pub const EXPORT_CLIENTS: usize = 1_000_000;

/// How many addresses all servers of a site may have: each is compared with each subnet.
pub const SERVER_ADDRESSES: usize = 2_000;

/// How many files and lines of the menu all servers of TFTP, HTTP and NFS together may need: a thousand servers with a hundred
/// boot entries of several files. Each is a step that `render` lists, and takes a few kilobytes.
pub const FILES_OF_SERVERS: usize = 500_000;

/// How many values an import writes again for each of several subnets, which a file says once around them: a shared network
/// with 500 subnets and 200 options has as many. One of more than 64 bytes counts several times.
pub const COPIES: usize = 100_000;

/// How deep YAML values may be nested, aliases followed. The parser has the same limit without them.
pub const YAML_DEPTH: usize = 255;

/// How deep the values of `raw` may be nested where they become JSON: serde_json reads 127 levels, and the daemon's file
/// has some of its own around them.
pub const RAW_DEPTH: usize = 64;

/// How many values aliases may repeat for each byte of the text. A site that repeats its defaults a million
/// times stays far below; nested repetitions do not.
pub const REPEATED_PER_BYTE: u64 = 8;

/// How many values aliases may repeat in a text of any length.
pub const REPEATED_AT_LEAST: u64 = 100_000;

/// How many ancestors a group may have, itself included. Every group keeps the list of its ancestors.
pub const GROUP_DEPTH: usize = 64;

/// How many findings are printed for people; the summary counts the rest. JSON and SARIF have all of them.
pub const FINDINGS_PRINTED: usize = 1_000;

/// A report for people shows all findings that are alike if there are no more than this.
pub const FOLDED_ABOVE: usize = 12;

/// How many of them it shows if there are more.
pub const ALIKE_PRINTED: usize = 3;

/// The longest word, in bytes, for which a similar one is searched. The search takes time and memory in proportion to
/// the product of both lengths.
pub const MISSPELT_WORD: usize = 100;

/// How many places of one finding are printed.
pub const PLACES_PRINTED: usize = 20;

/// How deep a template's tags may be nested. Each `elif` counts as a level, because Tera reads a chain of them by
/// recursion: 5,000 overflow the stack.
pub const TEMPLATE_DEPTH: usize = 200;

/// How many templates may include or extend each other in a chain.
pub const TEMPLATE_CHAIN: usize = 8;

/// How deep blocks may be nested, over all templates of a language.
pub const BLOCK_DEPTH: usize = 8;

/// How often the loops of a user's template may turn for one file: twice for each of a million hosts.
pub const TEMPLATE_TURNS: u64 = 2_000_000;

/// How many bytes a user's template may print into one file.
pub const TEMPLATE_BYTES: u64 = 256_000_000;

/// How many bytes a value that a user's template keeps may have, and a text that a filter makes.
pub const TEXT_SIZE: usize = 8_000_000;

/// How deep lists and mappings may be nested in a value that a template keeps.
pub const VALUE_DEPTH: usize = 16;

/// How many values a list or mapping that a template keeps may contain.
pub const VALUE_SIZE: usize = 1_000_000;
