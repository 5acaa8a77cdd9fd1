//! A client that is in given classes, made from what their `match` asks for.

use super::Client;
use crate::model::{Arch, Asker, ClassMatch, ClientKind, Pattern, Spanned};

impl Client {
    /// The client, changed so that it is in all of these classes; `None` if no client can be, or none is found: the first
    /// value of each key is tried.
    #[must_use]
    pub fn member(mut self, classes: &[&ClassMatch]) -> Option<Self> {
        for class in classes {
            self = self.of_kind(class);
        }
        for class in classes {
            self = self.with_values(class)?;
        }
        classes.iter().all(|class| self.is_in(class)).then_some(self)
    }

    /// The firmware or program that a class asks for.
    fn of_kind(self, class: &ClassMatch) -> Self {
        let client = match class.arch.first().map(|arch| arch.value) {
            Some(Arch::Kind(kind)) => {
                let arch = kind.arch_numbers().first().copied().unwrap_or_default();
                self.firmware(kind, arch)
            }
            Some(Arch::Number(number)) => Self { arch: vec![number], ..self },
            None => self,
        };
        match class.client.first().map(|asker| asker.value) {
            Some(Asker::Ipxe) => client.ipxe(7),
            Some(Asker::Http) => client.firmware(ClientKind::HttpX64, 16),
            Some(Asker::Pxe) => client.firmware(ClientKind::EfiX64, 7),
            Some(Asker::Plain) | None => client,
        }
    }

    /// The values of options and the MAC address that a class asks for, in place of those that do not match.
    fn with_values(self, class: &ClassMatch) -> Option<Self> {
        let mut mac = value(self.mac.to_vec(), &class.mac);
        mac.resize(6, 1);
        Some(Self {
            vendor_class: String::from_utf8(value(self.vendor_class.into_bytes(), &class.vendor_class))
                .ok()?,
            user_class: value(self.user_class, &class.user_class),
            client_id: value(self.client_id, &class.client_id),
            circuit_id: value(self.circuit_id, &class.circuit_id),
            remote_id: value(self.remote_id, &class.remote_id),
            uuid: value(self.uuid, &class.uuid),
            mac: mac.try_into().ok()?,
            ..self
        })
    }
}

/// A value that matches one of the patterns: the old one if it does. A pattern that allows any rest gets one more byte.
fn value(old: Vec<u8>, patterns: &[Spanned<Pattern>]) -> Vec<u8> {
    let Some(first) = patterns.first().and_then(|pattern| pattern.value.any.first()) else { return old };
    if patterns.iter().any(|known| known.value.matches(&old)) {
        return old;
    }
    let mut value = first.bytes.clone();
    value.extend(first.prefix.then_some(b'7'));
    value
}

#[cfg(test)]
mod tests {
    use super::{ClassMatch, Client, Pattern, Spanned};
    use crate::source::Span;

    #[test]
    fn a_member_of_two_classes() {
        let pattern = |text| vec![Spanned { value: Pattern::text(text).unwrap(), span: Span::default() }];
        let port = ClassMatch { circuit_id: pattern("ge-0/*"), ..ClassMatch::default() };
        let phone = ClassMatch { vendor_class: pattern("Cisco"), ..ClassMatch::default() };
        let client = Client::plain(0, [2, 0, 0, 0, 0, 1]).member(&[&port, &phone]).unwrap();
        assert_eq!((client.circuit_id.as_slice(), client.vendor_class.as_str()), (&b"ge-0/7"[..], "Cisco"));
        let other = ClassMatch { vendor_class: pattern("Aruba"), ..ClassMatch::default() };
        assert!(Client::plain(0, [2, 0, 0, 0, 0, 1]).member(&[&other, &phone]).is_none());
    }
}
