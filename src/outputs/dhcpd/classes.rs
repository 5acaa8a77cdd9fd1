//! Classes of clients in dhcpd.conf.
//!
//! dhcpd puts the statements of a `class` over those of a subnet, in every subnet. So its classes choose pools only, and
//! what a class hands out stands in the subnets in which it counts, behind a condition: there a later statement
//! overrides an earlier one, and a host overrides them all.

use std::collections::BTreeSet;

use serde::Serialize;
use tera::Value;

use super::super::verbatim;
use super::VendorOptions;
use super::boot_files::BootFileCases;
use super::marks::Marks;
use super::statement::{self, Statement};
use crate::dhcp::{ClassScope, Policy};
use crate::dialects::Raw as Verbatim;
use crate::model::{
    Arch, Asker, Asks, Bytes, Class, ClassFile, ClassInSubnet, ClassMatch, ClientKind, Clients, Pattern,
    Spanned,
};
use crate::source::Span;

/// A class that pools name.
#[derive(Serialize)]
pub(super) struct Declared<'s> {
    name: &'s str,
    condition: Condition,
}

/// The classes that pools name.
pub(super) fn declared<'s>(policy: &Policy<'s>) -> Vec<Declared<'s>> {
    let site = policy.site;
    let in_ranges: BTreeSet<usize> = site.class_sets.iter().flat_map(|set| &set.classes).copied().collect();
    let named = site.classes.iter().enumerate();
    let named = named.filter(|(at, class)| in_ranges.contains(at) || class.ip_subnet.is_some());
    named
        .map(|(_, class)| Declared { name: &class.name.value, condition: condition(&class.matches) })
        .collect()
}

/// The names of the classes of a pool, and of those that get no address of it.
pub(super) fn permits(
    policy: &Policy<'_>,
    network: &crate::dhcp::Network<'_>,
    pool: &crate::dhcp::Pool,
) -> (Vec<String>, Vec<String>) {
    let name = |class: &Class| class.name.value.clone();
    let mut allow = Vec::new();
    let mut deny = Vec::new();
    if let Clients::Classes(_) = pool.clients
        && let Some(set) = policy.class_set(pool.clients)
    {
        let classes = set.classes.iter().filter_map(|at| policy.site.classes.get(*at));
        if set.not { &mut deny } else { &mut allow }.extend(classes.map(name));
    }
    for at in policy.classes_with_address(network) {
        let Some(scope) = policy.classes.get(at) else { continue };
        if pool.only == Some(at) {
            // A client of several such classes gets the address of the strongest, those before.
            allow.push(name(scope.class));
            break;
        }
        deny.push(name(scope.class));
    }
    (allow, deny)
}

/// The settings of classes as their template sees them. Subnets in which a class says the same share one value: a site may
/// have thousands of subnets, and most classes say the same in all of them.
pub(super) struct ClassViews<'p, 's> {
    pub(super) policy: &'p Policy<'s>,
    vendor: VendorOptions,
    marks: &'p Marks,
    /// What each class said last: its settings in a subnet, whether that subnet boots, and its view.
    last: Vec<Option<(&'s ClassInSubnet, bool, Value)>>,
    /// Whom each class lets boot, if it says so.
    netboot: Vec<Option<Value>>,
}

impl<'p, 's> ClassViews<'p, 's> {
    pub(super) fn new(policy: &'p Policy<'s>, vendor: VendorOptions, marks: &'p Marks) -> Self {
        let netboot = policy.classes.iter().map(|scope| {
            let view = ClassNetboot::new(scope.class)?;
            Some(Value::from_serializable(&view))
        });
        Self { policy, vendor, marks, last: vec![None; policy.classes.len()], netboot: netboot.collect() }
    }

    /// The classes that count in a subnet, weakest first.
    pub(super) fn in_subnet(&mut self, subnet: usize, boots: bool) -> Vec<Value> {
        let Self { policy, vendor, marks, last, .. } = self;
        let classes = policy.classes_in(subnet).filter_map(|(at, scope, here)| {
            let last = last.get_mut(at)?;
            if let Some((known, booted, view)) = last
                && *booted == boots
                && known.says_the_same(here)
            {
                return Some(view.clone());
            }
            let view = Value::from_serializable(&ClassView::new(scope, here, boots, *vendor, marks));
            *last = Some((here, boots, view.clone()));
            Some(view)
        });
        classes.collect()
    }

    /// The classes of a subnet that say whom they let boot, the strongest first.
    pub(super) fn netboot(&self, subnet: usize) -> Vec<Value> {
        if self.netboot.iter().all(Option::is_none) {
            return Vec::new();
        }
        let classes = self.policy.classes_in(subnet);
        let mut all: Vec<_> = classes.filter_map(|(at, ..)| self.netboot.get(at)?.clone()).collect();
        all.reverse();
        all
    }
}

/// The settings of a class in a subnet.
#[derive(Serialize)]
struct ClassView {
    name: String,
    condition: Condition,
    has_files: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    one: Option<OneFile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    boot_files: Option<BootFileCases>,
    has_options: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_server: Option<String>,
    options: Vec<Statement>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_lease_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_lease_time: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    min_lease_time: Option<u32>,
    raw: Vec<Verbatim>,
}

/// One file for all clients of a class.
#[derive(Serialize)]
struct OneFile {
    file: String,
    /// Whether iPXE can be among its clients, and keeps its script.
    spares_ipxe: bool,
    /// Whether UEFI's HTTP boot can load it.
    http: bool,
    /// Whether the subnet gives clients options beside their file, which belong to that file.
    unset_vendor_class: bool,
    unset_rpi_options: bool,
}

impl ClassView {
    fn new(
        scope: &ClassScope<'_>,
        here: &ClassInSubnet,
        boots: bool,
        vendor: VendorOptions,
        marks: &Marks,
    ) -> Self {
        let class = scope.class;
        let mut options = statement::replaceable(&scope.options, marks);
        let files = scope.files(here);
        let (mut one, mut boot_files, mut next_server) = (None, None, None);
        if boots {
            options.extend(statement::ipxe(&scope.ipxe));
            let root_path: Vec<_> = scope.root_path(here).into_iter().collect();
            options.extend(statement::options(&root_path, &marks.always));
            one = files.one.map(|(file, ipxe_too)| OneFile {
                file: file.value.name().unwrap_or_default().to_owned(),
                spares_ipxe: !ipxe_too && can_be(&class.matches, Asker::Ipxe),
                http: matches!(file.value, ClassFile::Url(_)) && can_be(&class.matches, Asker::Http),
                unset_vendor_class: (vendor.http && can_be(&class.matches, Asker::Http))
                    || (vendor.rpi && can_be(&class.matches, Asker::Pxe)),
                unset_rpi_options: vendor.rpi && can_be(&class.matches, Asker::Pxe),
            });
            boot_files = BootFileCases::changes(&files).filter(|_| one.is_none());
            next_server = here.next_server.as_ref().map(|next| next.value.to_string());
        }
        let raw = verbatim::raw(&class.handout.raw, "dhcpd");
        let seconds = |time: &Option<Spanned<u32>>| time.as_ref().map(|time| time.value);
        let times = [&class.default_lease_time, &class.max_lease_time, &class.min_lease_time].map(seconds);
        let [default_lease_time, max_lease_time, min_lease_time] = times;
        let has_options = !options.is_empty()
            || next_server.is_some()
            || !raw.is_empty()
            || times.iter().any(Option::is_some);
        Self {
            name: class.name.value.clone(),
            condition: condition(&class.matches),
            has_files: one.is_some() || boot_files.is_some(),
            one,
            boot_files,
            has_options,
            next_server,
            options,
            default_lease_time,
            max_lease_time,
            min_lease_time,
            raw,
        }
    }
}

/// Whether a class can have such clients.
fn can_be(matches: &ClassMatch, asker: Asker) -> bool {
    let client = vec![Spanned::new(asker, Span::default())];
    matches.overlaps(&ClassMatch { client, ..ClassMatch::default() })
}

/// Whom a class lets boot.
#[derive(Serialize)]
struct ClassNetboot {
    name: String,
    condition: Condition,
    netboot: &'static str,
}

impl ClassNetboot {
    fn new(class: &Class) -> Option<Self> {
        let netboot = class.netboot.as_ref()?.value.word();
        Some(Self { name: class.name.value.clone(), condition: condition(&class.matches), netboot })
    }
}

/// A condition: of each key one test has to hold.
pub(super) type Condition = Vec<Vec<Test>>;

/// A test of what a client sends.
#[derive(Default, Serialize)]
pub(super) struct Test {
    /// The kind of program that asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'static str>,
    /// The kind of firmware.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<KindTest>,
    /// The option that is compared; the MAC address without.
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<&'static str>,
    /// The part of it that is compared, all of it without a length.
    from: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    length: Option<usize>,
    /// The text or the bytes that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<String>,
}

#[derive(Serialize)]
struct KindTest {
    kind: &'static str,
    asks: &'static str,
    arch: &'static [&'static str],
}

impl KindTest {
    fn new(kind: ClientKind) -> Self {
        let info = kind.info();
        let asks = match info.asks {
            Asks::Pxe => "pxe",
            Asks::Http => "http",
            Asks::Uboot => "uboot",
            Asks::Rpi => "rpi",
            Asks::Power => "power",
        };
        Self { kind: info.name, asks, arch: info.arch }
    }
}

/// The condition of a class. The names of the options are those of dhcpd and of `ipxe.options`.
pub(super) fn condition(matches: &ClassMatch) -> Condition {
    let options: [Option<&'static str>; 7] = [
        Some("vendor-class-identifier"),
        Some("user-class"),
        Some("dhcp-client-identifier"),
        Some("agent.circuit-id"),
        Some("agent.remote-id"),
        Some("pxe-client-id"),
        None,
    ];
    let mut all: Condition = options
        .into_iter()
        .zip(matches.patterns())
        .filter(|(_, patterns)| !patterns.is_empty())
        .map(|(option, patterns)| tests(option, patterns))
        .collect();
    if !matches.client.is_empty() {
        let test = |word| Test { client: Some(word), ..Test::default() };
        all.push(matches.client.iter().map(|client| test(client.value.word())).collect());
    }
    if !matches.arch.is_empty() {
        all.push(matches.arch.iter().map(|arch| arch_test(arch.value)).collect());
    }
    all
}

fn tests(option: Option<&'static str>, patterns: &[Spanned<Pattern>]) -> Vec<Test> {
    let bytes = patterns.iter().flat_map(|pattern| &pattern.value.any);
    bytes.map(|bytes| test(option, bytes)).collect()
}

fn test(option: Option<&'static str>, Bytes { from, bytes, prefix }: &Bytes) -> Test {
    // The MAC address is behind the type of the hardware.
    let from = from + usize::from(option.is_none());
    let whole = !prefix && from == 0;
    let length = if *prefix { bytes.len() } else { 255 };
    let readable = bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    let text = readable.then(|| String::from_utf8_lossy(bytes).into_owned()).filter(|_| option.is_some());
    let hex = || bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":");
    Test {
        option,
        from,
        length: (!whole).then_some(length),
        bytes: text.is_none().then(hex),
        text,
        ..Test::default()
    }
}

fn arch_test(arch: Arch) -> Test {
    match arch {
        Arch::Kind(kind) => Test { kind: Some(KindTest::new(kind)), ..Test::default() },
        Arch::Number(number) => {
            let bytes = number.to_be_bytes().to_vec();
            test(Some("arch"), &Bytes { from: 0, bytes, prefix: true }).with_number(number)
        }
    }
}

impl Test {
    /// A number is compared by its bytes, even where they are letters.
    fn with_number(self, number: u16) -> Self {
        let [high, low] = number.to_be_bytes();
        Self { text: None, bytes: Some(format!("{high:02x}:{low:02x}")), ..self }
    }
}
