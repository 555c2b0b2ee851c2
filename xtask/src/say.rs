//! The one place that writes to the terminal.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the one writer")]

use std::error::Error;
use std::fmt::Display;

/// A line of data, on stdout.
pub(crate) fn line(text: impl Display) {
    println!("{text}");
}

/// What is being done, on stderr.
pub(crate) fn progress(text: impl Display) {
    eprintln!("{text}");
}

/// Why a chore stopped, on stderr.
pub(crate) fn error(error: &dyn Error) {
    eprintln!("error: {error}");
}
