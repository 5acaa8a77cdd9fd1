use std::fs;
use std::os::unix::fs::symlink;

use ipxegen::source::{Scalar, Sources, read_beside, read_site};

use super::folders::{Folders, PLANTED};
use crate::support::swap::while_swapping;

/// How many times each file is read at least.
const TRIES: usize = 4_000;

/// How many times at most, until a swap was met: the other thread may have to wait for a processor.
const MOST_TRIES: usize = 50 * TRIES;

#[test]
fn a_file_or_a_folder_that_becomes_a_link_is_not_followed() {
    let folders = Folders::new("");
    folders.write("site/sub/file", "ours\n");
    folders.write("site/single", "ours\n");
    let site = folders.path("site");
    symlink(folders.path("outside/file"), site.join("link")).unwrap();
    symlink(folders.path("outside"), site.join("folder")).unwrap();
    let (mut read, mut refused) = (0, 0);
    let mut got: Vec<String> = Vec::new();
    let pairs =
        [("single", "link"), ("sub", "folder")].map(|(one, other)| (site.join(one), site.join(other)));
    while_swapping(&[(&pairs[0].0, &pairs[0].1), (&pairs[1].0, &pairs[1].1)], || {
        for at in 0..MOST_TRIES {
            if at >= TRIES && read > 0 && refused > 0 {
                break;
            }
            let sources = Sources::new();
            let text = read_site(&sources, &site.join("site.yaml")).unwrap().remove(0);
            for text_of in ["single", "sub/file"] {
                let named = Scalar { text: text_of, span: text.file.span(0, 1) };
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
    });
    got.sort();
    got.dedup();
    assert_eq!(got, ["ours"], "what must not be read was read");
    assert!(read > 0 && refused > 0, "no swap was ever met: {read} read, {refused} refused");
    let left = fs::read_to_string(folders.path("outside/file")).unwrap();
    assert_eq!(left, format!("{PLANTED}\n"));
}
