//! `gatepass`: one command for the stand-in of the platform's sign-in.

mod atomic_file;
mod banner;
mod case_words;
mod cli;
mod commands;
mod control;
mod data_center;
mod decoded;
mod environment;
mod exit;
mod failure;
mod log;
mod mock;
mod mock_health;
mod output;
mod plain_time;
mod ready_file;
mod runtime;
mod shell;
mod signals;
mod tls;

use std::process::ExitCode;

use clap::Parser;

use crate::{cli::Cli, exit::Exit, output::Output};

fn main() -> ExitCode {
    let exit = match Cli::try_parse() {
        Ok(cli) => {
            let output = Output::new(cli.quiet);
            output::report(commands::execute(cli.command, output))
        }
        Err(answer) => {
            // Help and the version come this way, too. A closed pipe is not an error.
            let _ = answer.print();
            if answer.use_stderr() { Exit::Usage } else { Exit::Good }
        }
    };
    exit.into()
}
