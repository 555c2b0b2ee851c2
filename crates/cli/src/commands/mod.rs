//! What each command does; it returns what it found, and [`Output`] prints it.

pub(crate) mod cases;
pub(crate) mod check;
pub(crate) mod clock;
pub(crate) mod completions;
pub(crate) mod decode;
pub(crate) mod health;
pub(crate) mod run;
pub(crate) mod serve;
pub(crate) mod token;

use crate::{
    cli::Command,
    failure::Failure,
    output::{Outcome, Output},
};

/// Does what was asked.
pub(crate) fn execute(command: Command, output: Output) -> Result<Outcome, Failure> {
    match command {
        Command::Serve(arguments) => serve::execute(*arguments, output),
        Command::Run(arguments) => run::execute(&arguments),
        Command::Token(arguments) => token::execute(&arguments, output),
        Command::Check(arguments) => check::execute(&arguments, output),
        Command::Cases(arguments) => cases::execute(&arguments),
        Command::Clock(arguments) => clock::execute(&arguments),
        Command::Health(arguments) => health::execute(&arguments, output),
        Command::Decode(arguments) => decode::execute(&arguments),
        Command::Completions(arguments) => Ok(completions::execute(&arguments)),
    }
}
