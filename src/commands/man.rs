//! `ipxegen man`: the manual pages.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::{Cli, Ending, site_page};

/// Write the manual pages: one for each subcommand, and site.yaml(5)
#[derive(clap::Args)]
pub(super) struct Args {
    /// The folder for them; it is created if it does not exist
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    fs::create_dir_all(&args.dir).with_context(|| format!("cannot create {}", args.dir.display()))?;
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let subcommands: Vec<_> =
        command.get_subcommands().filter(|command| !command.is_hide_set()).cloned().collect();
    let names: Vec<_> = subcommands.iter().map(|command| format!("ipxegen-{}", command.get_name())).collect();
    for subcommand in subcommands {
        write(args, &subcommand, &["ipxegen".to_owned()])?;
    }
    write(args, &command, &names)?;
    save(args, "site.yaml.5", &site_page::page()?)?;
    Ok(Ending::Well)
}

/// Writes the page of a command: what clap knows of it, and the sections that are the same for all.
fn write(args: &Args, command: &clap::Command, see_also: &[String]) -> Result<()> {
    let man =
        Man::new(command.clone()).manual("ipxegen").source(concat!("ipxegen ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render(&mut page)?;
    common_sections(see_also).to_writer(&mut page)?;
    save(args, &man.get_filename(), &page)
}

fn save(args: &Args, name: &str, page: &[u8]) -> Result<()> {
    let path = args.dir.join(name);
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))
}

const EXIT_STATUS: &[(&str, &str)] = &[
    ("0", "Success."),
    ("1", "The site has an error, or with --strict a warning; or the probe found a difference."),
    ("2", "Failure: a file cannot be read or written, or an argument is wrong."),
];

const FILES: &[(&str, &str)] = &[
    ("site.yaml", "The site, if no other file or folder is named. See site.yaml(5)."),
    (
        "OUT/manifest.json",
        "The files of a rendered tree, with owner, mode, unit and checker, and the steps left to do.",
    ),
    ("OUT/.ipxegen-secrets.json", "The keyed hashes of rendered files that hold secrets. Mode 0600."),
    ("/var/lib/ipxegen", "The generations of this machine, and the journal of an apply. Only for root."),
    (
        "/usr/lib/systemd/system/ipxegen-recover.service",
        "Completes or undoes an interrupted apply when the machine starts.",
    ),
    ("/usr/share/ipxegen/site.schema.json", "The JSON Schema of site.yaml, for editors."),
    ("/usr/share/doc/ipxegen", "The documentation and the examples."),
];

const ENVIRONMENT: &[(&str, &str)] = &[
    (
        "IPXEGEN_*",
        "Secrets: password_env and secret_env of a site name such variables. --allow-env allows other names.",
    ),
    ("IPXEGEN_SITE", "The site, if the command line names none."),
    ("IPXEGEN_OUT", "The output folder of render, if the command line names none."),
    (
        "NO_COLOR, CLICOLOR, CLICOLOR_FORCE",
        "NO_COLOR or CLICOLOR=0 prints nothing in colour; CLICOLOR_FORCE=1 prints in colour also into a file. --color comes \
         first.",
    ),
    ("PATH", "Where ipxegen looks for the daemons' checkers."),
    ("SUDO_USER, DOAS_USER", "If root runs apply, the user that the history names."),
    ("TMPDIR", "The folder for temporary files of checkers."),
];

/// Sections that clap does not write.
fn common_sections(see_also: &[String]) -> Roff {
    let mut page = Roff::new();
    for (title, items) in [("EXIT STATUS", EXIT_STATUS), ("FILES", FILES), ("ENVIRONMENT", ENVIRONMENT)] {
        page.control("SH", [title]);
        for (name, text) in items {
            page.control("TP", []);
            page.text([bold(*name)]);
            page.text([roman(*text)]);
        }
    }
    page.control("SH", ["SEE ALSO"]);
    let mut pages: Vec<_> = see_also.iter().map(|name| format!("{name}(1)")).collect();
    pages.push("site.yaml(5)".to_owned());
    page.text([roman(pages.join(", "))]);
    page
}
