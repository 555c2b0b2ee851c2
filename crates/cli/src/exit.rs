//! The exit codes.

use std::process::ExitCode;

/// How the program ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// 0: good.
    Good,
    /// 1: the subject failed: a check, a token request, a token.
    Failed,
    /// 2: usage or configuration.
    Usage,
    /// 3: could not reach or start something.
    Unreachable,
    /// What the command of `gatepass run` ended with; 128 + n where signal n killed it.
    OfCommand(u8),
}

/// The codes, as `--help` tells them.
pub(crate) const HELP: &str = "\
Exit codes:
  0  good
  1  the subject failed: a check, a token request, a token
  2  usage or configuration
  3  could not reach or start
  `run` passes on the exit code of its command: 128 + n where signal n killed it";

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Good => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
            Exit::OfCommand(code) => code,
        })
    }
}
