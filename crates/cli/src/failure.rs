//! Why a command did not do what it was asked: one message, the way out, the exit code.

use std::{error::Error, io};

use crate::exit::Exit;

/// What is told after `error:`, and what after `hint:`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// What was found all the same: goes to stdout.
    pub(crate) data: String,
}

impl Failure {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, data: String::new() }
    }

    /// The subject failed.
    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// The usage or the configuration is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Something could not be reached or started.
    pub(crate) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(Exit::Unreachable, message)
    }

    /// The same with a way out.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same with what was found all the same.
    pub(crate) fn with_data(mut self, data: String) -> Self {
        self.data = data;
        self
    }
}

/// An error with its causes, on one line: `could not listen on 127.0.0.1:8484: address in use`.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = told(error);
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = told(error);
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}

/// An error with its innermost cause alone.
pub(crate) fn outer_and_root(error: &(dyn Error + 'static)) -> String {
    match error.source() {
        Some(source) => format!("{}: {}", told(error), root(source)),
        None => told(error),
    }
}

/// The innermost cause of an error. HTTP libraries wrap `connection refused` in levels that say
/// nothing.
pub(crate) fn root(error: &(dyn Error + 'static)) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    told(root)
}

/// One level, without the system's error number and in lower case.
fn told(error: &(dyn Error + 'static)) -> String {
    let text = error.to_string();
    if let Some(error) = error.downcast_ref::<io::Error>()
        && error.kind() == io::ErrorKind::AddrInUse
    {
        return error.kind().to_string();
    }
    match text.split_once(" (os error") {
        Some((words, _)) => uncapitalised(words),
        None => text,
    }
}

fn uncapitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or_else(String::new, |first| first.to_lowercase().chain(rest).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("could not {what}")]
    struct Wrapped {
        what: &'static str,
        source: Box<dyn Error + Send + Sync>,
    }

    fn wrapped(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Wrapped {
        Wrapped { what, source: source.into() }
    }

    #[test]
    fn a_chain_is_told_on_one_line_without_error_numbers() {
        let in_use = io::Error::from(rustix::io::Errno::ADDRINUSE);
        assert_eq!(chain(&wrapped("listen", in_use)), "could not listen: address in use");

        let missing = io::Error::from(rustix::io::Errno::NOENT);
        assert_eq!(
            chain(&wrapped("start", wrapped("read x", missing))),
            "could not start: could not read x: no such file or directory"
        );
    }

    #[test]
    fn a_level_that_repeats_its_cause_is_told_once() {
        assert_eq!(chain(&wrapped("do it: why", "do it: why")), "could not do it: why");
    }

    #[test]
    fn the_root_alone_can_be_told() {
        assert_eq!(
            outer_and_root(&wrapped("a", wrapped("b", wrapped("c", "the reason")))),
            "could not a: the reason"
        );
    }
}
