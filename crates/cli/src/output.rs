//! The one writer: data goes to stdout, talk to stderr.

use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};

use crate::{
    exit::Exit,
    failure::{Failure, chain},
};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// What a command that ended has to say.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) exit: Exit,
    /// What it was asked for: goes to stdout.
    pub(crate) data: String,
}

impl Outcome {
    /// It did what it was asked, and this is it.
    pub(crate) fn good(data: String) -> Self {
        Self { exit: Exit::Good, data }
    }

    /// There is nothing to print.
    pub(crate) fn silent(exit: Exit) -> Self {
        Self { exit, data: String::new() }
    }
}

/// Where everything is printed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    quiet: bool,
}

impl Output {
    /// With `quiet` only data and errors are printed.
    pub(crate) fn new(quiet: bool) -> Self {
        Self { quiet }
    }

    pub(crate) fn is_quiet(self) -> bool {
        self.quiet
    }

    /// Tells the person before the terminal something, in whole lines.
    pub(crate) fn talk(self, text: &str) {
        if !self.quiet {
            let text = text.trim_end_matches('\n');
            // Nobody listens: that is no reason to stop.
            let _ = writeln!(anstream::stderr(), "{text}");
        }
    }

    /// Tells how something goes on: only to a person who waits for it.
    pub(crate) fn progress(self, text: &str) {
        if io::stderr().is_terminal() {
            self.talk(text);
        }
    }

    /// A line that tells how something goes on: only to a person who waits for it.
    pub(crate) fn progress_line(self) -> ProgressLine {
        ProgressLine { shown: !self.quiet && io::stderr().is_terminal() }
    }
}

/// The last line of a terminal, written anew as something goes on, and empty again in the end.
#[derive(Debug)]
pub(crate) struct ProgressLine {
    shown: bool,
}

impl ProgressLine {
    /// Puts `text` there, as much of it as has room.
    pub(crate) fn draw(&mut self, text: &str) {
        if self.shown {
            let room = usize::from(columns()).saturating_sub(1);
            let text: String = text.chars().take(room).collect();
            write_talk(&format!("\r{text}\x1b[K"));
        }
    }
}

impl Drop for ProgressLine {
    fn drop(&mut self) {
        if self.shown {
            write_talk("\r\x1b[K");
        }
    }
}

/// Straight to the terminal: what moves its cursor is no colour that `NO_COLOR` takes away.
fn write_talk(text: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}

/// The width of the terminal; 80 where it does not tell.
fn columns() -> u16 {
    match rustix::termios::tcgetwinsize(io::stderr()) {
        Ok(size) if size.ws_col > 0 => size.ws_col,
        _ => 80,
    }
}

/// Prints how a command ended.
pub(crate) fn report(ended: Result<Outcome, Failure>) -> Exit {
    let data = match &ended {
        Ok(outcome) => &outcome.data,
        Err(failure) => &failure.data,
    };
    let printed = write_data(data).map_err(|error| {
        Failure::unreachable(format!("could not write to the standard output: {}", chain(&error)))
    });
    match ended.and_then(|outcome| printed.map(|()| outcome.exit)) {
        Ok(exit) => exit,
        Err(failure) => complain(&failure),
    }
}

/// Whether `stream` takes colour: a terminal, and `NO_COLOR` is not set.
pub(crate) fn takes_colour(stream: &impl anstream::stream::RawStream) -> bool {
    AutoStream::choice(stream) != ColorChoice::Never
}

/// `text` on one line and without control characters: what others sent can't steer the terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for next in text.chars() {
        if next.is_control() {
            out.extend(next.escape_default());
        } else {
            out.push(next);
        }
    }
    out
}

/// A reader that has gone, as `head` does, has what it wanted.
fn write_data(data: &str) -> io::Result<()> {
    if data.is_empty() {
        return Ok(()); // The log of a server may hold the stream and wait for its reader.
    }
    let mut stdout = io::stdout().lock();
    match stdout.write_all(data.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

fn complain(failure: &Failure) -> Exit {
    let mut stderr = anstream::stderr();
    let _ = writeln!(stderr, "{ERROR}error:{ERROR:#} {}", lines(&failure.message));
    if let Some(hint) = &failure.hint {
        let _ = writeln!(stderr, "{HINT}hint:{HINT:#} {}", lines(hint));
    }
    failure.exit
}

/// A message may quote what a server sent.
fn lines(text: &str) -> String {
    text.lines().map(printable).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_sent_can_not_steer_the_terminal() {
        assert_eq!(printable("a\x1b[2Jb\u{9b}c\nd"), "a\\u{1b}[2Jb\\u{9b}c\\nd");
    }
}
