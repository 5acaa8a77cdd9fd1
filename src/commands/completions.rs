//! `ipxegen completions`: completion in shells.

use std::ffi::OsString;
use std::io::Write;

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_complete::env::{CompleteEnv, Shells};

use super::{Cli, Ending, candidates, console};

/// The variable with which a script of [`run`] asks for candidates; its value is the shell.
const ASKS: &str = "IPXEGEN_COMPLETE";

/// How the function of bash's script ends.
const BASH_END: &str = "compopt -o nospace\n    fi\n}\n";

/// The same, with quotes around the names of files. bash would insert `$(…)` as it is, and run it with the line; it would
/// also take a server for a folder of its name if it quoted all words.
const BASH_END_WITH_QUOTES: &str = r#"compopt -o nospace
    fi
    local word
    for word in "${COMPREPLY[@]}"; do
        [[ $word != *[!-[:alnum:]_./=:@%+,]* ]] || compopt -o filenames 2> /dev/null
    done
}
"#;

/// How PowerShell's script makes an item.
const POWERSHELL_ITEM: &str =
    "[System.Management.Automation.CompletionResult]::new($cmd, $cmd, 'ParameterValue', $help)";

/// The same, with quotes around a candidate that PowerShell would take for several words, a variable or a command.
/// PowerShell inserts the first text as it is, and `EscapeSingleQuotedStringContent` doubles every quote that it knows, such
/// as U+2019.
const POWERSHELL_ITEM_WITH_QUOTES: &str = r#"$text = $cmd;
        if ($cmd -match '[^-0-9A-Za-z_./\:=+]') {
            $text = "'" + [System.Management.Automation.Language.CodeGeneration]::EscapeSingleQuotedStringContent($cmd) + "'";
        }

        [System.Management.Automation.CompletionResult]::new($text, $cmd, 'ParameterValue', $help)"#;

/// Print the completion script of a shell
///
/// Install it as /usr/share/bash-completion/completions/ipxegen for bash, as _ipxegen in a folder of $fpath for zsh, or
/// as ~/.config/fish/completions/ipxegen.fish for fish. The script asks ipxegen for the candidates, so it completes the
/// names of the site as well: servers, subnets, groups, classes, hosts, boot entries.
#[derive(clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(args: &Args) -> Result<Ending> {
    let shells = Shells::builtins();
    let shell = args.shell.to_string();
    let completer = shells.completer(&shell).with_context(|| format!("no completion for {shell}"))?;
    let mut text = Vec::new();
    completer.write_registration(ASKS, "ipxegen", "ipxegen", "ipxegen", &mut text)?;
    let text = String::from_utf8(text)?;
    let mut out = console::document();
    let text = text.replacen(BASH_END, BASH_END_WITH_QUOTES, 1);
    out.write_all(text.replacen(POWERSHELL_ITEM, POWERSHELL_ITEM_WITH_QUOTES, 1).as_bytes())?;
    out.flush()?;
    Ok(Ending::Well)
}

/// Answers a completion script. Returns whether one asked.
pub(super) fn answer(words: &[OsString]) -> bool {
    // The script of a shell asks with `--` in front. Other command lines are commands, whatever is in their environment.
    if std::env::var_os(ASKS).is_none() || words.get(1).is_none_or(|word| word != "--") {
        return false;
    }
    let here = std::env::current_dir().ok();
    let command = CompleteEnv::with_factory(|| candidates::add(Cli::command())).var(ASKS);
    // Whatever goes wrong, a message would land in the line that the user is typing.
    let _ = command.try_complete(words.iter().cloned(), here.as_deref());
    true
}
