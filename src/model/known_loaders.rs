//! What a site tells about the iPXE of its loaders.

use super::{ClientKind, Features, Loader, Os, Site, is_signed, make_target};

impl Site<'_> {
    /// Every loader of every scope, with the kind of client as iPXE reports it.
    pub fn loaders_in_ipxe(&self) -> impl Iterator<Item = (ClientKind, &Loader)> {
        let scopes = self.subnets.iter().map(|subnet| &subnet.loaders).chain(self.own_loaders());
        scopes.flatten().filter_map(|(kind, loader)| Some((kind.in_ipxe()?, &loader.value)))
    }

    /// Whether a loader is known to be iPXE of May 2025 or later: the signed release is 2.0 or newer, the build script
    /// takes iPXE's source of today, and the TFTP servers have a system whose package is as new (Debian 13:
    /// 1.21.1+git20250501; Debian 14: 2.0.0).
    #[must_use]
    pub fn is_recent_ipxe(&self, kind: ClientKind, loader: &Loader) -> bool {
        let path = self.path_of(loader);
        let built = self.loaders_build.as_ref().is_some_and(|build| build.is_upstream());
        is_signed(path) || (built && make_target(kind, path).is_some()) || self.packages_recent_ipxe()
    }

    /// Whether a loader is known to fetch by HTTPS. iPXE for UEFI does since the releases above, also as Debian packages
    /// it (tried: the tables of features in the packages of Debian 13 and 14); iPXE for BIOS only if it is built so.
    #[must_use]
    pub fn speaks_https(&self, kind: ClientKind, loader: &Loader) -> bool {
        let path = self.path_of(loader);
        if let Some(build) = self.loaders_build.as_ref().filter(|_| !is_signed(path))
            && make_target(kind, path).is_some()
        {
            return build.lacks(kind, Features::none().with(HTTPS)) == (Vec::new(), false);
        }
        kind != ClientKind::Bios && self.is_recent_ipxe(kind, loader)
    }

    /// The path of a loader below the TFTP root, also if UEFI fetches it by HTTP; else its URL.
    fn path_of<'l>(&self, loader: &'l Loader) -> &'l str {
        match loader {
            Loader::File(path) => path,
            Loader::Url(url) => self.below_prefix(url).unwrap_or(url),
        }
    }

    fn packages_recent_ipxe(&self) -> bool {
        let servers = self.tftp.as_ref().map_or(&[][..], |tftp| &tftp.servers);
        let mut systems = servers.iter().map(|server| self.servers.get(*server)?.os.as_ref());
        !servers.is_empty()
            && systems.all(|os| os.is_some_and(|os| matches!(os.value, Os::Debian13 | Os::Debian14)))
    }
}

/// The code of the feature in option 175.
const HTTPS: u8 = 20;
