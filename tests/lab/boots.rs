//! Every way to boot, one test each.
