//! Other programs, run from the workspace's root.

use std::env;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Outcome, say, workspace};

/// A program that starts in the workspace's root and reads no input.
pub(crate) fn program(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(workspace::root()).stdin(Stdio::null());
    command
}

/// The Cargo that runs this chore, with the arguments in `line`.
pub(crate) fn cargo(line: &str) -> Command {
    let mut command = program(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(line.split_whitespace());
    command
}

/// Runs a command to its end, its output going where ours goes.
pub(crate) fn to_success(command: &mut Command) -> Outcome {
    say::progress(format_args!("$ {}", written(command)));
    let status = command
        .status()
        .map_err(|error| format!("could not start `{}`: {error}", written(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}`: {status}", written(command)).into()) }
}

/// Runs a command to its end and gives back what it wrote to stdout.
pub(crate) fn output(command: &mut Command) -> Outcome<String> {
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("could not start `{}`: {error}", written(command)))?;
    if output.status.success() {
        Ok(String::from_utf8(output.stdout)?)
    } else {
        Err(format!("`{}`: {}", written(command), output.status).into())
    }
}

/// Whether a command can be started and succeeds; its output goes nowhere.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// A command as a person would type it.
fn written(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = if program.file_name() == Some(OsStr::new("cargo")) {
        "cargo".into()
    } else {
        program.strip_prefix(workspace::root()).unwrap_or(program).to_string_lossy()
    };
    command
        .get_args()
        .fold(name.into_owned(), |text, argument| format!("{text} {}", argument.to_string_lossy()))
}
