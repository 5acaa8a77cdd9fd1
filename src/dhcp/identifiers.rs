//! The values that a client sends, or its relay adds, whatever its kind. Classes tell clients apart by them.

use super::Client;

/// The values of one client; an empty one is not sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identifiers {
    /// Option 60 of a client that does not boot; firmware and iPXE send their own.
    pub vendor_class: String,
    /// Option 77 of all but iPXE, which sends `iPXE`.
    pub user_class: Vec<u8>,
    /// Option 61.
    pub client_id: Vec<u8>,
    /// Sub-option 1 of option 82.
    pub circuit_id: Vec<u8>,
    /// Sub-option 2 of option 82.
    pub remote_id: Vec<u8>,
    /// Option 97.
    pub uuid: Vec<u8>,
}

impl Identifiers {
    /// The values of a client.
    #[must_use]
    pub fn of(client: Client) -> Self {
        Self {
            vendor_class: client.vendor_class,
            user_class: client.user_class,
            client_id: client.client_id,
            circuit_id: client.circuit_id,
            remote_id: client.remote_id,
            uuid: client.uuid,
        }
    }

    /// A client in a subnet that does not boot and sends these values.
    #[must_use]
    pub fn plain(&self, subnet: usize, mac: [u8; 6]) -> Client {
        let values = self.clone();
        Client {
            vendor_class: values.vendor_class,
            user_class: values.user_class,
            client_id: values.client_id,
            circuit_id: values.circuit_id,
            remote_id: values.remote_id,
            uuid: values.uuid,
            ..Client::plain(subnet, mac)
        }
    }
}
