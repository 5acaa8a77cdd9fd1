//! Boots of the gate with iPXE 2.0, of Debian 14: each firmware and loader once, over HTTP and over TFTP.

boots!(with_ipxe_2 Sample);
