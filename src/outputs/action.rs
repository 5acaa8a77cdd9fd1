//! How a daemon takes up its changed files.

use super::OUTPUTS;

/// How a unit takes up changed files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// The daemon reads its files again on request.
    Reload,
    /// The daemon reads its files only when it starts.
    Restart,
    /// As [`Self::Restart`], once a program has found no fault in the configuration.
    RestartAfter {
        /// The program.
        program: &'static str,
        /// Its arguments.
        arguments: &'static [&'static str],
    },
    /// The daemon tests its file and reads it again on request, over a control socket of Kea's kind.
    ControlSocket {
        /// The path of the socket.
        socket: &'static str,
        /// The file.
        file: &'static str,
    },
    /// A program applies the files, and the daemon is left alone.
    Run {
        /// The program.
        program: &'static str,
        /// Its arguments.
        arguments: &'static [&'static str],
        /// The changed files that exist are further arguments.
        with_files: bool,
    },
}

/// The action for a unit that the manifest names: that of its output, or else a reload.
#[must_use]
pub fn action(unit: &str) -> Action {
    OUTPUTS.iter().find_map(|output| output.action(unit)).unwrap_or(Action::Reload)
}

/// The units of DHCP servers. When the site's `daemon` changes, the units that its files no longer name are stopped and
/// disabled: two DHCP servers on one network contradict each other.
const DHCP_SERVERS: [&str; 4] =
    ["isc-dhcp-server.service", "kea-dhcp4-server.service", "kea-dhcp6-server.service", "dnsmasq.service"];

/// Whether a unit is that of a DHCP server.
#[must_use]
pub fn is_dhcp_server(unit: &str) -> bool {
    DHCP_SERVERS.contains(&unit)
}
