//! iSCSI: root-paths, initiators, targets, portals, CHAP accounts and the stores of disks.

pub mod chap_password_length;
pub mod chap_user_twice;
pub mod disk_under_lid;
pub mod disk_without_store;
pub mod disk_without_target;
pub mod duplicate_initiator;
pub mod foreign_portal;
pub mod half_chap;
pub mod lun_not_served;
pub mod missing_keep_san;
pub mod open_disk;
pub mod same_chap_password;
pub mod san_without_disk;
pub mod shared_disk;
pub mod shared_store;
pub mod shared_target;
pub mod unreachable_disk;
