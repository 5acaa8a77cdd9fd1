use std::fs;
use std::os::unix::fs::symlink;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use ipxegen::source::{Sources, Word, read_beside, read_site};
use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::folders::{Folders, PLANTED};

/// How many times each is tried. Without `O_NOFOLLOW`, the planted text is read in so many tries.
const TRIES: usize = 4_000;

#[test]
fn a_file_or_a_folder_that_becomes_a_link_is_not_followed() {
    let folders = Folders::new("");
    folders.write("site/sub/file", "ours\n");
    folders.write("site/single", "ours\n");
    let site = folders.path("site");
    symlink(folders.path("outside/file"), site.join("link")).unwrap();
    symlink(folders.path("outside"), site.join("folder")).unwrap();
    let over = AtomicBool::new(false);
    let (mut read, mut refused) = (0, 0);
    let mut got: Vec<String> = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            // There and back; each step is one rename, so that something is always there.
            let swap = |one: &str, other: &str| {
                renameat_with(CWD, site.join(one), CWD, site.join(other), RenameFlags::EXCHANGE).unwrap();
            };
            while !over.load(Ordering::Relaxed) {
                swap("single", "link");
                swap("sub", "folder");
            }
        });
        for _ in 0..TRIES {
            let sources = Sources::new();
            let Ok(mut texts) = read_site(&sources, &site.join("site.yaml")) else { continue };
            let text = texts.remove(0);
            for text_of in ["single", "sub/file"] {
                let named = Word { text: text_of, span: text.file.span(0, 1) };
                match read_beside(&sources, named) {
                    Ok(file) => {
                        read += 1;
                        got.push(file.text().trim_end().to_owned());
                    }
                    Err(_) => refused += 1,
                }
                got.extend(sources.secret_file(named).ok().map(|secret| secret.reveal().to_owned()));
            }
        }
        over.store(true, Ordering::Relaxed);
    });
    got.sort();
    got.dedup();
    assert_eq!(got, ["ours"], "what must not be read was read");
    assert!(read > 0 && refused > 0, "the exchange was never met: {read} read, {refused} refused");
    let left = fs::read_to_string(folders.path("outside/file")).unwrap();
    assert_eq!(left, format!("{PLANTED}\n"));
}
