//! The script of iPXE: the files for IPv4 name it by a URL with the server's address, and those for IPv6 with another one.
//! As a path, it is on the server by both.

use super::super::draft::{Draft, Mapping, Value};
use super::server::address_of;
use super::{Ipv6, Sends, askers};

/// Makes a path of the URL of the script, if the URL for IPv6 is the same file.
pub fn by_path(six: &Ipv6, draft: &mut Draft) {
    let Some(path) = common_path(six, draft) else { return };
    let ipxe = draft.site.map("ipxe");
    if path == "install.ipxe" {
        // The default.
        ipxe.remove("script");
    } else if let Some(entry) = ipxe.entry("script") {
        entry.value = path.into();
    }
    if draft.site.submap("ipxe").is_some_and(Mapping::is_empty) {
        draft.site.remove("ipxe");
    }
}

fn common_path(six: &Ipv6, draft: &Draft) -> Option<String> {
    let http = draft.site.get("http");
    let is_own = |value: &Value| matches!(value, Value::Map(http) if http.get("url").is_none() && http.get("server").is_none());
    if !http.is_none_or(is_own) {
        return None;
    }
    let script = draft.site.submap("ipxe")?.text("script")?;
    let (host, path) = script.strip_prefix("http://")?.split_once('/')?;
    let own = draft.site.submap("servers")?.submap(&draft.server)?.text("ip")?;
    if own.split('/').next() != Some(host) {
        return None;
    }
    let is_same = |sends: &Sends| match sends {
        Sends::Url(Some(url), _) => {
            let rest = url.strip_prefix("http://[").and_then(|rest| rest.split_once("]/"));
            address_of(url).is_some() && rest.is_some_and(|(_, other)| other == path)
        }
        Sends::Url(None, _) => true,
        Sends::Depends(_) => false,
    };
    let sends = six.networks.iter().flat_map(|network| askers().iter().zip(&network.sends));
    let mut sends = sends.filter(|(asker, _)| asker.client.is_ipxe()).map(|(_, sends)| sends).peekable();
    sends.peek()?;
    sends.all(is_same).then(|| path.to_owned())
}
