use proptest::prelude::{prop_assert, proptest};

use super::evaluation::Sent;
use super::found::{Found, Variables};
use super::options::OptionNames;
use super::pattern::Pattern;
use super::{Expression, Kind, expression};
use crate::dhcp::Client;
use crate::dialects::dhcpd::lexer::{Token, TokenKind, tokens};
use crate::import::coverage::Coverage;
use crate::import::dhcpd::statements::{AllTokens, statements};
use crate::import::source_file::{FileKind, SourceFile};
use crate::model::ClientKind;

fn read(text: &str) -> Vec<Token<'_>> {
    tokens(text).filter(|token| !matches!(token.kind, TokenKind::Blank | TokenKind::Comment)).collect()
}

fn definitions() -> OptionNames {
    let text = "option arch code 93 = unsigned integer 16; option client-arch code 93 = array of unsigned integer 16;
        option space ipxe; option ipxe-encap-opts code 175 = encapsulate ipxe;
        option ipxe.http code 19 = unsigned integer 8; option ipxe.menu code 39 = unsigned integer 8;
        option ipxe.bzimage code 24 = unsigned integer 8; option ipxe.efi code 36 = unsigned integer 8;";
    names_of(text)
}

fn names_of(text: &str) -> OptionNames {
    let file = SourceFile { path: "x".into(), kind: FileKind::Dhcpd, included: false, text: text.to_owned() };
    OptionNames::of(&statements(&file, &[], &AllTokens::new(), &mut Coverage::default()))
}

#[test]
fn nothing_asks_for_a_variable_that_is_only_set() {
    let names = names_of(
        "set a = option arch; if known { SET b = 1; set c = b; } class \"x\" { set a = 2; set A = 3; }",
    );
    assert_eq!(["a", "b", "c", "A", "x"].map(|name| names.asks(name)), [false, true, false, false, true]);
}

fn parsed(text: &str) -> Result<Expression, String> {
    expression(&read(text), &definitions(), Kind::Boolean)
}

fn holds(text: &str, client: &Client, known: bool) -> Found<bool> {
    parsed(text).unwrap().holds(&Sent { client, arch: &client.arch_bytes(), known }, &Variables::new())
}

fn clients() -> [Client; 4] {
    let new = || Client::plain(0, [0x52, 0x54, 0, 1, 2, 3]);
    [new(), new().firmware(ClientKind::Bios, 0), new().firmware(ClientKind::EfiX64, 7), new().ipxe(7)]
}

/// `T`, `F`, `n` for null and `?` for a plain client, BIOS, UEFI x64 and iPXE on it.
fn row(text: &str) -> String {
    let truth = |client| match holds(text, client, false) {
        Found::Is(true) => 'T',
        Found::Is(false) => 'F',
        Found::Null => 'n',
        Found::Depends(_) => '?',
    };
    clients().iter().map(truth).collect()
}

/// dhcpd 4.4.3 found the same for each of these conditions where the kind of client decides it, with a DISCOVER of each
/// client and `log` in the branches.
#[test]
fn conditions_of_published_switches() {
    for (text, expected) in [
        ("option arch = 00:07", "FFTT"),
        ("option arch = 7", "FFFF"),
        ("option arch = \"00:07\"", "FFFF"),
        ("option pxe-system-type = 00:07", "FFTT"),
        ("Option Client-Arch = 0:7", "FFTT"),
        ("option arch != 00:07", "TTFF"),
        ("extract-int(option arch, 16) = 7", "FFTT"),
        ("option arch = encode-int(7, 16)", "FFTT"),
        ("binary-to-ascii(16, 16, \".\", option arch) = \"7\"", "FFTT"),
        ("substring(option vendor-class-identifier, 0, 9) = \"PXEClient\"", "FTTT"),
        ("substring (option vendor-class-identifier, 15, 5) = \"00007\"", "FFTT"),
        ("substring(option vendor-class-identifier, 0, 20) = \"PXEClient:Arch:00007\"", "FFTT"),
        ("suffix(substring(option vendor-class-identifier, 0, 20), 2) = \"07\"", "FFTT"),
        ("lcase(substring(option vendor-class-identifier, 0, 3)) = \"pxe\"", "FTTT"),
        ("ucase(option user-class) = \"IPXE\"", "FFFT"),
        ("exists user-class and option user-class = \"iPXE\"", "nnnT"),
        ("not (exists user-class and option user-class = \"iPXE\")", "nnnF"),
        ("not exists user-class", "TTTF"),
        ("option user-class ~= \"^iP\"", "nnnT"),
        ("option vendor-class-identifier ~~ \"arch:0000[67]\"", "nFTT"),
        ("exists vendor-class-identifier", "FTTT"),
        ("known", "FFFF"),
        ("not known", "TTTT"),
        ("exists ipxe.http and exists ipxe.menu", "nnnT"),
        ("exists ipxe.bzimage", "FFF?"),
        ("exists ipxe.efi", "FFFT"),
        ("option ipxe.http = 01", "FFFT"),
        ("substring(hardware, 1, 3) = 52:54:00", "????"),
        ("option host-name = \"x\"", "????"),
        ("option agent.circuit-id = \"x\"", "????"),
        ("concat(\"a\", \"b\") = \"ab\"", "TTTT"),
        ("pick-first-value(option user-class, \"none\") = \"none\"", "TTTF"),
        ("packet(1, 1) = 01", "TTTT"),
        ("reverse(1, option arch) = 07:00", "FFTT"),
        ("option arch = option arch", "TTTT"),
        ("nothing = \"x\"", "FFFF"),
        ("defined(nothing)", "FFFF"),
        // The right side of the first comparison behind `and` is the whole rest.
        // Without one there, conditions are joined from the left.
        ("option arch = 00:06 and exists user-class or exists vendor-class-identifier", "FTTT"),
        ("option arch = 00:06 and option arch = 00:06 or option arch = 00:07", "nnnn"),
        ("(option arch = 00:06 and option arch = 00:06) or option arch = 00:07", "FFTT"),
        ("option arch = 00:06 or option arch = 00:07", "FFTT"),
        ("option arch = 00:07 or substring(hardware, 1, 3) = 52:54:00", "??TT"),
    ] {
        assert_eq!(row(text), expected, "{text}");
    }
    assert_eq!(holds("known and not static", &clients()[0], false), Found::Null);
    assert_eq!(holds("known", &clients()[0], true), Found::Is(true));
}

#[test]
fn a_text_that_is_no_expression_is_refused() {
    for text in [
        "",
        "(",
        "option",
        "option nonsense = 1",
        "not option arch = 00:07",
        "option arch = 00:zz",
        "option arch 00:07",
        "option arch = 00:07 = 00:07",
        "extract-int(option arch, 12) = 7",
        "extract-int(option arch, 16) + 1 = 7",
        "option arch = 00:07 and \"x\"",
        "gethostname() = \"x\"",
        "f(1) = \"x\"",
        "exists user-class and extract-int(option arch, 16) = \"x\"",
    ] {
        assert!(parsed(text).is_err(), "{text}: {:?}", parsed(text));
    }
    for deep in ["(", "not ", "lcase("] {
        assert!(parsed(&deep.repeat(50_000)).is_err());
    }
    let alternating = "exists user-class and exists user-class or ".repeat(50_000) + "known";
    assert!(parsed(&alternating).is_err());
}

#[test]
fn long_lists_are_read_and_evaluated() {
    let long = "option arch = 00:06 or ".repeat(20_000) + "option arch = 00:07";
    assert_eq!(row(&long), "FFTT");
    let long = "exists user-class and ".repeat(20_000) + "exists user-class";
    assert_eq!(row(&long), "nnnT");
}

#[test]
fn patterns_match_like_posix() {
    for (pattern, text, expected) in [
        ("PXE", "xPXEx", true),
        ("^PXE", "xPXE", false),
        ("^PXE$", "PXE", true),
        ("^P.*E$", "PXE-E", true),
        ("^PX+E?$", "PXX", true),
        ("a|b$", "xb", true),
        ("a|b$", "bx", false),
        ("[^0-9]$", "x1", false),
        ("[]x]", "]", true),
        ("a*", "", true),
        ("\\.efi$", "x.efi", true),
    ] {
        let found = Pattern::parse(pattern.as_bytes(), false).unwrap().matches(text.as_bytes());
        assert_eq!(found, expected, "{pattern} {text}");
    }
    for pattern in ["(a)", "a{2}", "[[:alpha:]]", "\\w", "*", "["] {
        assert!(Pattern::parse(pattern.as_bytes(), false).is_none(), "{pattern}");
    }
    let slow = Pattern::parse("a*".repeat(200).as_bytes(), false).unwrap();
    assert!(slow.matches("a".repeat(5_000).as_bytes()));
}

proptest! {
    #[test]
    fn no_text_panics(text in "(option |arch|user-class|exists |substring|\\(|\\)|,| and | or |not |=|!=|~=|~~|00:07|\"x\"|1|-1|99999999999999999999|concat|suffix|encode-int|extract-int|reverse|binary-to-ascii|packet|known|hardware|x|\\.| ){0,14}") {
        if let Ok(read) = parsed(&text) {
            for client in &clients() {
                let sent = Sent { client, arch: &client.arch_bytes(), known: true };
                let _ = (read.holds(&sent, &Variables::new()), read.data(&sent, &Variables::new()));
            }
        }
        prop_assert!(true);
    }
}
