//! `ipxe`: the script, and iPXE's own DHCP options.

use serde_json::Value;

use super::shape::{IPXE_FEATURES, OVER, ScalarType, Shapes};
use super::{FromNode, Many, Reading, mapping};
use crate::source::{Node, Scalar};

/// `ipxe` on the site: the script's own keys, and the options that every scope has.
#[derive(Clone, Debug, Default)]
pub struct Ipxe<'a> {
    /// The path or URL of the script.
    pub script: IpxeScript<'a>,
    /// The iPXE options that DHCP sends.
    pub options: IpxeOptions<'a>,
}

mapping! {
    /// The path or URL of the script.
    pub struct IpxeScript in "ipxe" {
        /// The path of the script, or the URL of a script that ipxegen does not render.
        script: Scalar<'a>,
        /// `http` or `tftp`.
        over: Scalar<'a> => ScalarType::Words(OVER),
        /// A script tried before the menu.
        hook: Scalar<'a>,
        /// The features of iPXE that the script needs: an iPXE that lacks one gets our loader.
        needs: Many<Scalar<'a>> => ScalarType::Words(IPXE_FEATURES),
        /// Whether the loaders speak HTTPS.
        https: Scalar<'a> => ScalarType::Flag,
        /// Kernel arguments of all entries that start Linux.
        cmdline_extra: Many<Scalar<'a>>,
    }
}

mapping! {
    /// iPXE's DHCP option space, typed.
    pub struct IpxeOptions in "ipxe" {
        /// 1: the priority of this server's settings.
        priority: Scalar<'a> => ScalarType::Filled(-128, 127),
        /// 8: the SAN disk stays hooked.
        keep_san: Scalar<'a> => ScalarType::Flag,
        /// 9: the SAN disk is hooked, not booted.
        skip_san_boot: Scalar<'a> => ScalarType::Flag,
        /// 81: commands that run instead of booting.
        scriptlet: Scalar<'a>,
        /// 85: a syslog server.
        syslogs: Scalar<'a>,
        /// 90: fingerprints of trusted root certificates.
        trust: Scalar<'a>,
        /// 91: a client certificate.
        cert: Scalar<'a>,
        /// 93: the URL of cross-signed certificates.
        crosscert: Scalar<'a>,
        /// 176: iPXE does not wait for a ProxyDHCP server.
        no_pxedhcp: Scalar<'a> => ScalarType::Flag,
        /// 187: the number of attempts to open a SAN disk.
        san_retries: Scalar<'a> => ScalarType::Filled(0, 255),
        /// 188: the file that is booted from a SAN disk.
        san_filename: Scalar<'a>,
        /// 189: the drive number of the SAN disk.
        san_drive: Scalar<'a>,
        /// 190: the user as which iPXE authenticates, to an iSCSI target or a web server.
        username: Scalar<'a>,
        /// 191: the file that holds its password.
        password_file: Scalar<'a>,
        /// 191: the environment variable that holds its password.
        password_env: Scalar<'a>,
        /// 192: the user as which an iSCSI target authenticates.
        reverse_username: Scalar<'a>,
        /// 193: the file that holds the target's password.
        reverse_password_file: Scalar<'a>,
        /// 193: the environment variable that holds the target's password.
        reverse_password_env: Scalar<'a>,
        /// 194: the NFS user id.
        uid: Scalar<'a>,
        /// 195: the NFS group id.
        gid: Scalar<'a>,
    }

}

impl<'a> FromNode<'a> for Ipxe<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let (entries, span) = super::reading::entries(node, reading, "ipxe")?;
        let mut ipxe = Self::default();
        ipxe.script.span = span;
        ipxe.options.span = span;
        for (key, value) in entries {
            if !ipxe.script.take(*key, value, reading) && !ipxe.options.take(*key, value, reading) {
                let known: Vec<&str> = IpxeScript::KEYS.iter().chain(IpxeOptions::KEYS).copied().collect();
                reading.unknown_key(*key, "ipxe", &known);
            }
        }
        Some(ipxe)
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        let _ = scalar;
        shapes.define("Ipxe", |shapes| {
            let mut properties = IpxeScript::properties(shapes);
            properties.extend(IpxeOptions::properties(shapes));
            Shapes::mapping("The script, and iPXE's options.", properties)
        })
    }
}
