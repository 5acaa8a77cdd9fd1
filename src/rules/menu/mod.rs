//! The menu and the scripts that iPXE runs: labels, hot keys, defaults, commands.

pub mod default_not_for_client;
pub mod default_without_timeout;
pub mod duplicate_hot_key;
pub mod duplicate_label;
pub mod empty_menu;
pub mod foreign_script;
pub mod hook_is_script;
pub mod label_not_ascii;
pub mod long_label;
pub mod long_timeout;
pub mod missing_label;
pub mod same_label;
pub mod script_without_server;
pub mod unknown_command;
pub mod unreachable_entry;
