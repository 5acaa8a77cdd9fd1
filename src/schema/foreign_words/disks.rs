//! Words for the keys of `root_path` and `iscsi`.

use super::Equivalent::{Here, In};
use super::{ForeignWords, row};

pub(super) static WORDS: &[ForeignWords] = &[
    row(
        &["iscsi"],
        "target targets backstore backstores lun luns initiators acls",
        In("a host", "root_path", "`root_path: { iscsi: { server: …, target: …, store: … } }`"),
    ),
    row(&["iscsi"], "portal portals", In("an iSCSI server", "portals", "")),
    row(&["iscsi"], "backend type driver software", Here("daemon", "")),
    row(&["an iSCSI server"], "portal address ip listen", Here("portals", "")),
    row(
        &["root_path"],
        "target iqn lun portal initiator",
        In("root_path.iscsi", "target", "`root_path: { iscsi: { server: …, target: … } }`"),
    ),
    row(
        &["root_path"],
        "path dir directory server options",
        In("root_path.nfs", "path", "`root_path: { nfs: { path: … } }`"),
    ),
    row(&["root_path.iscsi"], "iqn target_iqn target_name targetname name wwn", Here("target", "")),
    row(&["root_path.iscsi"], "ip address host target_ip portal_ip", Here("server", "")),
    row(&["root_path.iscsi"], "lun_id unit logical_unit", Here("lun", "")),
    row(&["root_path.iscsi"], "portal target_portal tpg", Here("portals", "")),
    row(
        &["root_path.iscsi"],
        "initiator_iqn initiator_name initiatorname initiator_address",
        Here("initiator", ""),
    ),
    row(
        &["root_path.iscsi"],
        "chap_user user username userid incominguser auth authentication",
        Here("chap", "`chap: { user: …, password_file: … }`"),
    ),
    row(&["root_path.iscsi"], "outgoinguser mutual_chap mutual_auth mutual_userid", Here("reverse_chap", "")),
    row(
        &["root_path.iscsi"],
        "backing_store direct_store dev device path block fileio backstore image size disk",
        Here("store", "`store: { block: /dev/vg/disk }` or `store: { file: …, size: 40G }`"),
    ),
    row(&["root_path.nfs"], "dir directory folder export nfsroot", Here("path", "")),
    row(&["root_path.nfs"], "host ip address", Here("server", "")),
    row(&["root_path.nfs"], "opts mount_options", Here("options", "")),
    row(&["chap"], "username userid name login", Here("user", "")),
    row(&["chap"], "secret secret_file passwd", Here("password_file", "")),
    row(&["store"], "dev device backing_store direct_store path volume lv", Here("block", "")),
    row(&["store"], "fileio image", Here("file", "")),
    row(&["root_path.iscsi"], "password", Here("chap", "`chap: { user: NAME, password_file: FILE }`")),
];
