//! `root_path`: where a host's root disk is.

use serde_json::{Value, json};

use super::shape::{ScalarType, Shapes};
use super::{Field, FromNode, Many, Reading, mapping};
use crate::source::{Node, NodeKind, Scalar};

/// A root-path in one of its forms.
#[derive(Clone, Debug)]
pub enum RootPath<'a> {
    /// `none` unsets it; anything else is a root-path as in RFC 4173.
    Text(Scalar<'a>),
    /// `{ iscsi: … }`.
    Iscsi(Box<IscsiPath<'a>>),
    /// `{ nfs: … }`.
    Nfs(Box<NfsPath<'a>>),
}

mapping! {
    /// `{ iscsi: … }` or `{ nfs: … }`.
    pub struct Forms in "root_path" {
        /// A disk of an iSCSI target.
        iscsi: Box<IscsiPath<'a>>,
        /// A folder of an NFS server.
        nfs: Box<NfsPath<'a>>,
    }
}

mapping! {
    /// A disk of an iSCSI target.
    pub struct IscsiPath in "root_path.iscsi" {
        /// The target's IQN.
        target: Scalar<'a>,
        /// A server of the site, or an address.
        server: Scalar<'a>,
        /// The logical unit.
        lun: Scalar<'a>,
        /// The TCP port.
        port: Scalar<'a>,
        /// The initiator's IQN, in place of iPXE's own.
        initiator: Scalar<'a>,
        /// The addresses of that server at which the target is reached.
        portals: Many<Scalar<'a>>,
        /// The account with which the initiator authenticates.
        chap: Box<Chap<'a>>,
        /// The account with which the target authenticates.
        reverse_chap: Box<Chap<'a>>,
        /// The store that the target exports.
        store: Box<Store<'a>>,
    }
}

mapping! {
    /// The store of a disk: a block device or a file.
    pub struct Store in "store" {
        /// A block device.
        block: Scalar<'a>,
        /// A file.
        file: Scalar<'a>,
        /// The size of the file.
        size: Scalar<'a>,
    }
}

mapping! {
    /// An account for CHAP.
    pub struct Chap in "chap" {
        /// The user.
        user: Scalar<'a>,
        /// The file that holds the password.
        password_file: Scalar<'a>,
        /// The environment variable that holds the password.
        password_env: Scalar<'a>,
    }
}

mapping! {
    /// A folder of an NFS server.
    pub struct NfsPath in "root_path.nfs" {
        /// The folder.
        path: Scalar<'a>,
        /// A server of the site, or an address.
        server: Scalar<'a>,
        /// Mount options that the kernel gets with the path.
        options: Many<Scalar<'a>>,
    }
}

impl<'a> FromNode<'a> for RootPath<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let NodeKind::Map(_) = node.plain().kind else {
            return Scalar::from_node(node, reading).map(Self::Text);
        };
        let forms = Forms::from_node(node, reading)?;
        match (forms.iscsi, forms.nfs) {
            (Field::Given(iscsi), Field::Absent | Field::Wrong(_)) => Some(Self::Iscsi(iscsi)),
            (Field::Absent | Field::Wrong(_), Field::Given(nfs)) => Some(Self::Nfs(nfs)),
            (iscsi, nfs) => {
                if !iscsi.is_wrong() && !nfs.is_wrong() {
                    reading.wrong_type(node, "one of `iscsi` and `nfs`");
                }
                None
            }
        }
    }

    fn json_schema(shapes: &mut Shapes, scalar: ScalarType) -> Value {
        let text = Scalar::json_schema(shapes, scalar);
        let forms = Forms::json_schema(shapes, scalar);
        json!({ "anyOf": [text, { "allOf": [forms, { "type": "object", "minProperties": 1, "maxProperties": 1 }] }] })
    }
}
