//! What was measured, for people and for machines.

use std::fmt::Write;

use serde_json::json;

use super::token::median;

/// Everything that `bench token` measures.
pub(crate) struct Figures {
    pub(crate) tokens: u32,
    pub(crate) connections: u32,
    /// Over the wall clock, client and server sharing the machine.
    pub(crate) tokens_per_s: f64,
    /// CPU of the server for one token answer.
    pub(crate) server_us: f64,
    /// CPU of the two signatures in it, made alone.
    pub(crate) signatures_us: f64,
    /// The first over the second, one a round.
    pub(crate) ratios: Vec<f64>,
    pub(crate) cold_starts_ms: Vec<f64>,
    pub(crate) idle_bytes: u64,
    pub(crate) loaded_bytes: u64,
}

impl Figures {
    fn ratio(&self) -> f64 {
        median(self.ratios.iter().copied())
    }

    fn cold_start_ms(&self) -> f64 {
        median(self.cold_starts_ms.iter().copied())
    }

    fn rows(&self) -> [Row; 7] {
        let signing = format!("over their {} rounds {}", self.ratios.len(), range(&self.ratios));
        let starts = range(&self.cold_starts_ms);
        [
            Row::new("tokens a second", self.tokens_per_s, 0, "")
                .note(format!("kept-alive connections: {}", self.connections)),
            Row::new("server CPU a token", self.server_us, 1, "µs"),
            Row::new("two RSA-2048 signatures alone", self.signatures_us, 1, "µs"),
            Row::new("ratio of the two", self.ratio(), 3, "")
                .bounds(Some(LIMIT_RATIO), Some(TARGET_RATIO))
                .note(signing),
            Row::new("cold start to the first token", self.cold_start_ms(), 1, "ms")
                .bounds(Some(LIMIT_COLD_START_MS), Some(TARGET_COLD_START_MS))
                .note(format!("median of {}, {starts} ms", self.cold_starts_ms.len())),
            Row::new("resident memory when idle", megabytes(self.idle_bytes), 1, "MB")
                .bounds(None, Some(TARGET_IDLE_MB)),
            Row::new("resident memory afterwards", megabytes(self.loaded_bytes), 1, "MB")
                .bounds(None, Some(TARGET_LOADED_MB))
                .note(format!("{} tokens; the target is for a million", self.tokens)),
        ]
    }
}

/// One aligned line for each figure: what it must not exceed, what we aim at, and whether it does.
pub(crate) fn table(figures: &Figures) -> String {
    let mut text = format!("{:<31}{:>12}   {:<14}target", "", "measured", "limit");
    for row in figures.rows() {
        text.push('\n');
        text.push_str(row.line().trim_end());
    }
    text
}

/// The same in one object.
pub(crate) fn json(figures: &Figures) -> serde_json::Value {
    json!({
        "tokens": figures.tokens,
        "connections": figures.connections,
        "tokens_per_s": figures.tokens_per_s,
        "server_cpu_us_per_token": figures.server_us,
        "two_signatures_cpu_us": figures.signatures_us,
        "ratio": figures.ratio(),
        "ratio_of_each_round": figures.ratios,
        "cold_start_ms": figures.cold_start_ms(),
        "cold_start_ms_of_each_run": figures.cold_starts_ms,
        "resident_bytes_idle": figures.idle_bytes,
        "resident_bytes_loaded": figures.loaded_bytes,
        "limits": { "ratio": LIMIT_RATIO, "cold_start_ms": LIMIT_COLD_START_MS },
        "targets": {
            "ratio": TARGET_RATIO,
            "cold_start_ms": TARGET_COLD_START_MS,
            "resident_mb_idle": TARGET_IDLE_MB,
            "resident_mb_loaded": TARGET_LOADED_MB,
        },
    })
}

struct Row {
    what: &'static str,
    measured: f64,
    decimals: usize,
    unit: &'static str,
    limit: Option<f64>,
    target: Option<f64>,
    note: String,
}

impl Row {
    fn new(what: &'static str, measured: f64, decimals: usize, unit: &'static str) -> Self {
        Self { what, measured, decimals, unit, limit: None, target: None, note: String::new() }
    }

    fn bounds(mut self, limit: Option<f64>, target: Option<f64>) -> Self {
        (self.limit, self.target) = (limit, target);
        self
    }

    fn note(mut self, note: String) -> Self {
        self.note = note;
        self
    }

    fn line(&self) -> String {
        let measured = format!("{:.*} {:<2}", self.decimals, self.measured, self.unit);
        let mut line = format!("{:<31}{measured:>12}   ", self.what);
        for bound in [self.limit, self.target] {
            // Writing to a `String` can't fail.
            let _ = write!(line, "{:<14}", self.verdict(bound));
        }
        line + &self.note
    }

    fn verdict(&self, bound: Option<f64>) -> String {
        match bound {
            None => String::new(),
            Some(bound) if self.measured <= bound => format!("{bound} met"),
            Some(bound) => format!("{bound} MISSED"),
        }
    }
}

fn range(values: &[f64]) -> String {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    format!("{least:.2} to {most:.2}")
}

#[expect(clippy::cast_precision_loss, reason = "no process has 2^53 bytes")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

// What is promised at the least.
const LIMIT_RATIO: f64 = 1.2;
const LIMIT_COLD_START_MS: f64 = 20.0;
// DESIGN section 8.
const TARGET_RATIO: f64 = 1.05;
const TARGET_COLD_START_MS: f64 = 10.0;
const TARGET_IDLE_MB: f64 = 10.0;
const TARGET_LOADED_MB: f64 = 20.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_bound_is_said_as_plainly_as_a_met_one() {
        let row = Row::new("ratio of the two", 1.1, 3, "").bounds(Some(1.2), Some(1.05));

        assert_eq!(
            row.line().split_whitespace().collect::<Vec<_>>(),
            ["ratio", "of", "the", "two", "1.100", "1.2", "met", "1.05", "MISSED"]
        );
    }
}
