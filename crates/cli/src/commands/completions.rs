//! `gatepass completions`.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::{cli::Cli, output::Outcome};

/// Of which shell.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Complete for this shell
    shell: Shell,
}

/// The script that the shell reads.
pub(crate) fn execute(arguments: &Arguments) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "gatepass", &mut script);
    Outcome::good(String::from_utf8_lossy(&script).into_owned())
}
