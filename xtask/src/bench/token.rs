//! `cargo xtask bench token`: what a token costs.

use std::time::Duration;

use super::cold_start;
use super::http::{Connection, TokenRequest};
use super::load::Load;
use super::process::{CpuTimes, resident_bytes};
use super::report::{self, Figures};
use super::signing::Signing;
use crate::mock::Mock;
use crate::{Outcome, run, say};

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Tokens to ask for
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(100..))]
    tokens: u32,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    connections: u32,
    /// Write one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// Measures, and prints what came out, targets met or not.
pub(crate) fn measure(arguments: &Arguments) -> Outcome {
    run::to_success(&mut run::cargo("build --release --package gatepass"))?;
    let figures = figures(arguments)?;
    if arguments.json {
        say::line(report::json(&figures));
    } else {
        say::line(report::table(&figures));
    }
    Ok(())
}

fn figures(arguments: &Arguments) -> Outcome<Figures> {
    let mock = Mock::start()?;
    let request = TokenRequest::to(&mock);
    let idle_bytes = resident_bytes(mock.pid())?;

    say::progress(format_args!(
        "asking for {} tokens, and signing as often, in {ROUNDS} rounds by turns",
        arguments.tokens
    ));
    let rounds = rounds(arguments, &mock, &request)?;
    let loaded_bytes = resident_bytes(mock.pid())?;
    mock.stop()?;

    say::progress(format_args!("starting the server {COLD_STARTS} times"));
    let cold_starts =
        (0..COLD_STARTS).map(|_| cold_start::measure(&request)).collect::<Outcome<Vec<_>>>()?;

    Ok(Figures {
        tokens: rounds.iter().map(|round| round.tokens).sum(),
        connections: arguments.connections,
        tokens_per_s: median(rounds.iter().map(Round::tokens_per_s)),
        server_us: median(rounds.iter().map(Round::server_us)),
        signatures_us: median(rounds.iter().map(Round::signatures_us)),
        ratios: rounds.iter().map(Round::ratio).collect(),
        cold_starts_ms: cold_starts.iter().map(|took| took.as_secs_f64() * 1e3).collect(),
        idle_bytes,
        loaded_bytes,
    })
}

/// Tokens and signatures by turns, so that a slow spell of the machine strikes both.
fn rounds(arguments: &Arguments, mock: &Mock, request: &TokenRequest) -> Outcome<Vec<Round>> {
    let address = mock.address()?;
    let signing = Signing::of(Connection::open(address)?.exchange(request)?)?;
    let mut load = Load::open(address, arguments.connections, request.clone())?;
    let tokens_each = arguments.tokens.div_ceil(ROUNDS * arguments.connections);
    let tokens = tokens_each * arguments.connections;
    load.run(WARM_UP)?;
    signing.cpu_time(WARM_UP)?;

    (0..ROUNDS)
        .map(|_| {
            let before = CpuTimes::of(mock.pid())?;
            let wall = load.run(tokens_each)?;
            let server = CpuTimes::of(mock.pid())?.since(&before)?;
            let signatures = signing.cpu_time(tokens)?;
            Ok(Round { tokens, wall, server, signatures })
        })
        .collect()
}

/// So many tokens from the server, then as many pairs of signatures.
struct Round {
    tokens: u32,
    /// From the first request to the last answer.
    wall: Duration,
    /// CPU time of the server.
    server: Duration,
    /// CPU time of the signatures alone.
    signatures: Duration,
}

impl Round {
    fn tokens_per_s(&self) -> f64 {
        f64::from(self.tokens) / self.wall.as_secs_f64()
    }

    fn server_us(&self) -> f64 {
        self.server.as_secs_f64() * 1e6 / f64::from(self.tokens)
    }

    fn signatures_us(&self) -> f64 {
        self.signatures.as_secs_f64() * 1e6 / f64::from(self.tokens)
    }

    fn ratio(&self) -> f64 {
        self.server.as_secs_f64() / self.signatures.as_secs_f64()
    }
}

/// The middle one, or the upper of the two in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

const ROUNDS: u32 = 10;
const COLD_STARTS: u32 = 20;
/// Requests of each connection before anything counts.
const WARM_UP: u32 = 100;
