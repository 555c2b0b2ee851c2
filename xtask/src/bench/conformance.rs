//! `cargo xtask bench conformance`: how long a full run of the suite takes.

use std::time::Duration;

use serde_json::{Value, json};

use super::token::median;
use crate::mock::Mock;
use crate::stopwatch::Stopwatch;
use crate::{Outcome, run, say, workspace};

/// How much to measure.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Runs of the whole suite
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// Write one JSON object instead of a table
    #[arg(long)]
    json: bool,
}

/// Measures, and prints what came out, target met or not.
pub(crate) fn measure(arguments: &Arguments) -> Outcome {
    run::to_success(&mut run::cargo("build --release --package gatepass"))?;
    let mock = Mock::start()?;
    run_once(&mock)?; // The first one warms both sides up.
    say::progress(format_args!("running the suite {} times", arguments.runs));
    let runs = (0..arguments.runs).map(|_| run_once(&mock)).collect::<Outcome<Vec<_>>>()?;
    mock.stop()?;
    let figures = Figures::of(&runs);
    say::line(if arguments.json { figures.json().to_string() } else { figures.table() });
    Ok(())
}

/// One `gatepass check`, as a user starts it.
struct Run {
    /// From its start to its end.
    wall: Duration,
    /// What it says of itself, in milliseconds.
    reported_ms: f64,
    checks: usize,
}

fn run_once(mock: &Mock) -> Outcome<Run> {
    let mut check = run::program(workspace::gatepass()?);
    check.args(["check", &mock.url, "--format", "json"]);
    let watch = Stopwatch::start();
    let report = run::output(&mut check)?;
    let wall = watch.elapsed();
    let report: Value = serde_json::from_str(&report)?;
    let skipped = &report["summary"]["skip"];
    if *skipped != 0 {
        return Err(format!("{skipped} checks were skipped: this is no full run").into());
    }
    Ok(Run {
        wall,
        reported_ms: report["duration_ms"].as_f64().unwrap_or_default(),
        checks: report["checks"].as_array().map_or(0, Vec::len),
    })
}

struct Figures {
    checks: usize,
    walls_ms: Vec<f64>,
    reported_ms: f64,
}

impl Figures {
    fn of(runs: &[Run]) -> Self {
        Self {
            checks: runs.first().map_or(0, |run| run.checks),
            walls_ms: runs.iter().map(|run| run.wall.as_secs_f64() * 1e3).collect(),
            reported_ms: median(runs.iter().map(|run| run.reported_ms)),
        }
    }

    fn wall_ms(&self) -> f64 {
        median(self.walls_ms.iter().copied())
    }

    fn table(&self) -> String {
        let wall = self.wall_ms();
        let least = self.walls_ms.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.walls_ms.iter().copied().fold(0.0, f64::max);
        let verdict = if wall <= TARGET_MS { "met" } else { "MISSED" };
        format!(
            "checks                         {:>6}\n\
             a full run, wall clock         {wall:>6.0} ms   target {TARGET_MS:.0} {verdict}   \
             median of {}, {least:.0} to {most:.0} ms\n\
             of which in the suite itself   {:>6.0} ms",
            self.checks,
            self.walls_ms.len(),
            self.reported_ms
        )
    }

    fn json(&self) -> Value {
        json!({
            "checks": self.checks,
            "wall_ms": self.wall_ms(),
            "wall_ms_of_each_run": self.walls_ms,
            "suite_ms": self.reported_ms,
            "target_ms": TARGET_MS,
        })
    }
}

/// DESIGN section 8.
const TARGET_MS: f64 = 1_000.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_target_is_said_as_plainly_as_a_met_one() {
        for (wall, verdict) in [(999, "1000 met"), (1_001, "1000 MISSED")] {
            let run = Run { wall: Duration::from_millis(wall), reported_ms: 1.0, checks: 2 };

            assert!(Figures::of(&[run]).table().contains(verdict), "{wall} ms");
        }
    }
}
