//! `cargo xtask bench`: what the project promises to be quick at.

mod client;
mod cold_start;
mod conformance;
mod http;
mod load;
mod process;
mod report;
mod signing;
mod token;

use std::env;

use crate::{Outcome, run};

/// What to measure.
#[derive(clap::Subcommand)]
pub(crate) enum Subject {
    /// Token requests: CPU against that of the two signatures, rate, cold start, memory
    Token(token::Arguments),
    /// The client crate: requests on a cold cache, reads of a kept token, what a call costs
    Client(client::Arguments),
    /// A full run of the conformance suite against the mock
    Conformance(conformance::Arguments),
}

/// Measures with optimised builds only, of the server and of this program.
pub(crate) fn measure(subject: &Subject) -> Outcome {
    if cfg!(debug_assertions) {
        let mut optimised = run::cargo("run --release --quiet --package xtask --");
        return run::to_success(optimised.args(env::args_os().skip(1)));
    }
    match subject {
        Subject::Token(arguments) => token::measure(arguments),
        Subject::Client(arguments) => client::measure(arguments),
        Subject::Conformance(arguments) => conformance::measure(arguments),
    }
}
