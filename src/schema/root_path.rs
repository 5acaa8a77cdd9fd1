//! Where a machine's root disk is.

use serde_json::{Value, json};

use super::shape::{Scalar, Shapes};
use super::{Field, FromNode, Many, Reading, mapping};
use crate::source::{Kind, Node, Word};

/// A root-path in one of its forms.
#[derive(Clone, Debug)]
pub enum RootPath<'a> {
    /// `none` unsets; anything else is RFC 4173 by hand.
    Text(Word<'a>),
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
        target: Word<'a>,
        /// A server of the site, or an address.
        server: Word<'a>,
        /// The logical unit.
        lun: Word<'a>,
        /// The TCP port.
        port: Word<'a>,
        /// The initiator's IQN, when not iPXE's own.
        initiator: Word<'a>,
        /// The addresses of that server at which the target is reached.
        portals: Many<Word<'a>>,
        /// What the machine proves itself with.
        chap: Box<Chap<'a>>,
        /// What the target proves itself with.
        reverse_chap: Box<Chap<'a>>,
        /// What the target serves.
        store: Box<Store<'a>>,
    }
}

mapping! {
    /// What the target serves: a block device or a file.
    pub struct Store in "store" {
        /// A block device.
        block: Word<'a>,
        /// A file.
        file: Word<'a>,
        /// The size of the file.
        size: Word<'a>,
    }
}

mapping! {
    /// An account for CHAP.
    pub struct Chap in "chap" {
        /// The user.
        user: Word<'a>,
        /// The file that holds the password.
        password_file: Word<'a>,
        /// The environment variable that holds the password.
        password_env: Word<'a>,
    }
}

mapping! {
    /// A folder of an NFS server.
    pub struct NfsPath in "root_path.nfs" {
        /// The folder.
        path: Word<'a>,
        /// A server of the site, or an address.
        server: Word<'a>,
        /// Mount options that the kernel gets with the path.
        options: Many<Word<'a>>,
    }
}

impl<'a> FromNode<'a> for RootPath<'a> {
    fn from_node(node: &Node<'a>, reading: &mut Reading<'_, 'a>) -> Option<Self> {
        let Kind::Map(_) = node.plain().kind else {
            return Word::from_node(node, reading).map(Self::Text);
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

    fn json_schema(shapes: &mut Shapes, scalar: Scalar) -> Value {
        let text = Word::json_schema(shapes, scalar);
        let forms = Forms::json_schema(shapes, scalar);
        json!({ "anyOf": [text, { "allOf": [forms, { "minProperties": 1, "maxProperties": 1 }] }] })
    }
}
