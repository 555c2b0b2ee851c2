//! `cargo xtask bench client`: what the client crate costs its users.

use std::fmt;
use std::hint::black_box;
use std::thread;
use std::time::Duration;

use gatepass_client::{AuthorizedClient, Credentials, TokenSource};
use gatepass_server::{Config, Platform, RunningPlatform};
use reqwest::header;
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::token::median;
use crate::stopwatch::Stopwatch;
use crate::{Outcome, say};

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Tasks that ask at once while no token is kept
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    tasks: u32,
    /// Reads of the kept token, on each core
    #[arg(long, default_value_t = 20_000_000, value_parser = clap::value_parser!(u32).range(1000..))]
    reads: u32,
    /// Calls with each of the two clients
    #[arg(long, default_value_t = 40_000, value_parser = clap::value_parser!(u32).range(1000..))]
    calls: u32,
    /// Write one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// Measures, and prints what came out, targets met or not.
pub(crate) fn measure(arguments: &Arguments) -> Outcome {
    let serving = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let platform = serving.block_on(Platform::builder().config(quiet()).start())?;

    say::progress(format_args!("{} tasks ask at once", arguments.tasks));
    let (requests, took) = cold(arguments.tasks, &platform)?;
    say::progress(format_args!("reading the kept token {} times a core", arguments.reads));
    let source = source(&platform)?;
    asking()?.block_on(source.access_token())?;
    let alone = reads_per_s(1, arguments.reads, &source)?;
    let together = reads_per_s(2, arguments.reads, &source)?;
    say::progress(format_args!("calling {} times, with and without the client", arguments.calls));
    let calls = calls(arguments.calls, &platform)?;
    serving.block_on(platform.stop());

    let figures = Figures { tasks: arguments.tasks, requests, took, alone, together, calls };
    if arguments.json {
        say::line(figures.json());
    } else {
        say::line(figures);
    }
    Ok(())
}

/// A platform that has no journal to keep.
fn quiet() -> Config {
    let mut config = Config::default();
    config.listen.set_port(0);
    config.journal.capacity = JOURNAL;
    config
}

fn source(platform: &RunningPlatform) -> Outcome<TokenSource> {
    let client = platform.default_client();
    let credentials = Credentials::new(client.client_id.to_string(), client.client_secret)?;
    Ok(TokenSource::new(platform.url().parse()?, credentials)?)
}

fn asking() -> Outcome<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// How many token requests so many tasks make that ask at once while no token is kept.
fn cold(tasks: u32, platform: &RunningPlatform) -> Outcome<(usize, Duration)> {
    let source = source(platform)?;
    let asking = Builder::new_multi_thread().enable_all().build()?;
    let before = platform.requests().route("token").count();
    let watch = Stopwatch::start();
    asking.block_on(async {
        let mut asked = JoinSet::new();
        for _ in 0..tasks {
            let source = source.clone();
            asked.spawn(async move { source.access_token().await.map(drop) });
        }
        while let Some(outcome) = asked.join_next().await {
            outcome??;
        }
        Ok::<_, Box<dyn std::error::Error>>(())
    })?;
    let took = watch.elapsed();
    Ok((platform.requests().route("token").count() - before, took))
}

/// Reads a second of each of so many threads, the slowest of them.
fn reads_per_s(threads: u32, reads: u32, source: &TokenSource) -> Outcome<f64> {
    let reading = |source: TokenSource| -> Result<f64, String> {
        let runtime = asking().map_err(|error| error.to_string())?;
        let watch = Stopwatch::start();
        runtime.block_on(async {
            for _ in 0..reads {
                let token = source.access_token().await.map_err(|error| error.to_string())?;
                black_box(token);
            }
            Ok::<_, String>(())
        })?;
        Ok(f64::from(reads) / watch.elapsed().as_secs_f64())
    };
    let rates = thread::scope(|scope| {
        let workers: Vec<_> =
            (0..threads).map(|_| scope.spawn(|| reading(source.clone()))).collect();
        workers
            .into_iter()
            .map(|worker| worker.join().expect("no reader panics"))
            .collect::<Result<Vec<_>, _>>()
    })?;
    Ok(rates.into_iter().fold(f64::INFINITY, f64::min))
}

/// CPU time of a call in the thread that makes it, in microseconds, each the median of its calls.
struct Calls {
    bare: f64,
    authorized: f64,
    /// How much more the second takes than the first, of each tenth of the calls.
    more: Vec<f64>,
}

/// The same GET with bare `reqwest` and with the client, call by call, each first in turn, so that a
/// slow spell of the machine strikes both.
fn calls(calls: u32, platform: &RunningPlatform) -> Outcome<Calls> {
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
    let client = platform.default_client();
    let credentials = Credentials::new(client.client_id.to_string(), client.client_secret)?;
    let tokens = TokenSource::builder(platform.url().parse()?, credentials)
        .http_client(http.clone())
        .build()?;
    let client = AuthorizedClient::new(tokens.clone());
    let url = format!("{}{PATH}", platform.url());
    asking()?.block_on(async {
        let header = tokens.access_token().await?.header();
        let mut bare = Vec::new();
        let mut authorized = Vec::new();
        let with_bare = async || -> Outcome<f64> {
            let start = thread_cpu_time();
            let call = http.get(&url).timeout(TIMEOUT);
            read(call.header(header::AUTHORIZATION, header.clone()).send().await?).await?;
            Ok(microseconds_since(start))
        };
        let with_client = async || -> Outcome<f64> {
            let start = thread_cpu_time();
            read(client.get(PATH).send().await?).await?;
            Ok(microseconds_since(start))
        };
        for call in 0..calls {
            // Who comes second finds other things in the caches of the processor.
            if call % 2 == 0 {
                bare.push(with_bare().await?);
                authorized.push(with_client().await?);
            } else {
                authorized.push(with_client().await?);
                bare.push(with_bare().await?);
            }
        }
        let part = bare.len().div_ceil(PARTS);
        let parts = bare.chunks(part).zip(authorized.chunks(part));
        let more = parts.map(|(bare, authorized)| median_of(authorized) - median_of(bare));
        Ok(Calls {
            more: more.collect(),
            bare: median_of(&bare),
            authorized: median_of(&authorized),
        })
    })
}

fn median_of(times: &[f64]) -> f64 {
    median(times.iter().copied())
}

async fn read(response: reqwest::Response) -> Outcome {
    black_box(response.error_for_status()?.bytes().await?);
    Ok(())
}

fn microseconds_since(start: Duration) -> f64 {
    thread_cpu_time().saturating_sub(start).as_secs_f64() * 1e6
}

fn thread_cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.try_into().expect("CPU time is not negative")
}

/// Everything that is measured.
struct Figures {
    tasks: u32,
    requests: usize,
    took: Duration,
    alone: f64,
    together: f64,
    calls: Calls,
}

impl Figures {
    fn more_us(&self) -> f64 {
        self.calls.authorized - self.calls.bare
    }

    fn json(&self) -> serde_json::Value {
        json!({
            "tasks": self.tasks,
            "token_requests": self.requests,
            "cold_ms": self.took.as_secs_f64() * 1e3,
            "reads_per_s_one_core": self.alone,
            "reads_per_s_each_of_two_cores": self.together,
            "bare_call_cpu_us": self.calls.bare,
            "more_cpu_us_with_authorized_client": self.more_us(),
            "more_cpu_us_of_each_part": self.calls.more,
            "targets": {
                "token_requests": 1, "reads_per_s": LEAST_READS_PER_S, "more_cpu_us": MOST_MORE_US,
            },
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = |met: bool| if met { "met" } else { "MISSED" };
        let mut row = |what: &str, measured: String, target: &str, met: bool| {
            writeln!(f, "{what:<46}{measured:>14}   {target:<18}{}", verdict(met))
        };
        row(
            &format!("token requests of {} tasks at once", self.tasks),
            self.requests.to_string(),
            "exactly 1",
            self.requests == 1,
        )?;
        for (what, rate) in [
            ("reads a second, one core", self.alone),
            ("reads a second, each of two cores", self.together),
        ] {
            let measured = format!("{:.1} million", rate / 1e6);
            row(what, measured, "at least 10", rate >= LEAST_READS_PER_S)?;
        }
        let more = self.more_us();
        row(
            "CPU of AuthorizedClient over bare reqwest",
            format!("{more:.2} µs"),
            "at most 2",
            more <= MOST_MORE_US,
        )?;
        let parts = &self.calls.more;
        let least = parts.iter().copied().fold(f64::INFINITY, f64::min);
        let most = parts.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        write!(
            f,
            "all {} tasks had their token after {:.0} ms; a bare call takes {:.1} µs of CPU ({:.2} times \
             that with the client); over {PARTS} parts of the run the client took {least:.2} to \
             {most:.2} µs more",
            self.tasks,
            self.took.as_secs_f64() * 1e3,
            self.calls.bare,
            self.calls.authorized / self.calls.bare,
        )
    }
}

/// Answered at once, and not put down in the journal.
const PATH: &str = "/_gatepass/health";
const JOURNAL: usize = 100;
const TIMEOUT: Duration = Duration::from_secs(30);
const PARTS: usize = 10;
const LEAST_READS_PER_S: f64 = 10e6;
const MOST_MORE_US: f64 = 2.0;
