//! What a run found.

use std::time::Duration;

use serde::Serialize;

use crate::baseline::Baseline;
use crate::check::Level;
use crate::exchange::Exchange;

/// What a run found. Serialized, it is the documented JSON report.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// The base URL that was checked.
    pub target: String,
    /// How long the run took, in milliseconds.
    pub duration_ms: u64,
    /// How many checks came out which way.
    pub summary: Summary,
    /// Each check, in the order of the table.
    pub checks: Vec<CheckReport>,
    /// The IDs of API clients that the run made and could not delete.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub left_behind: Vec<String>,
}

/// How many checks came out which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Met, or not met where that is allowed.
    pub pass: usize,
    /// Not met.
    pub fail: usize,
    /// Not judged.
    pub skip: usize,
    /// How many of those not met the [baseline](crate::Baseline) knows.
    pub known: usize,
    /// How many are met although the baseline says that they are not.
    pub fixed: usize,
}

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Its requirement is met, or is a [`Level::May`] and is not.
    Pass,
    /// Its requirement is a [`Level::Must`] or a [`Level::Should`], and is not met.
    Fail,
    /// It could not be judged.
    Skip,
}

/// How a check stands once its outcome is held against the [baseline](crate::Baseline).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It passed.
    Passed,
    /// It failed, and nobody knew: the run fails.
    Failed,
    /// It failed as the baseline says.
    Known,
    /// It passed although the baseline says that it fails: the run fails until its line is gone.
    Fixed,
    /// It could not be judged, whatever the baseline says.
    Skipped,
}

/// What one check found.
#[derive(Debug, Clone, Serialize)]
pub struct CheckReport {
    /// The check's name.
    pub id: &'static str,
    /// How binding its requirement is.
    pub level: Level,
    /// How it came out.
    pub outcome: Outcome,
    /// What must be so.
    pub requirement: &'static str,
    /// The sections of the contract, and of RFCs, that say so.
    pub source: Vec<&'static str>,
    /// The numbers of the [statements](crate::statements) that say so, the first above all.
    pub statements: &'static [&'static str],
    /// What came back instead; or why it was not judged; or a note.
    pub reason: Option<String>,
    /// Whether the [baseline](crate::Baseline) names it as one that fails.
    pub known: bool,
    /// The latest exchanges of the check, oldest first.
    pub evidence: Vec<Exchange>,
    /// A command line that repeats the last exchange, its secrets left to the environment.
    pub repeat: Option<String>,
}

impl Report {
    /// The report of `checks`, counted.
    pub fn new(target: &str, duration: Duration, checks: Vec<CheckReport>) -> Self {
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let summary = Summary::of(&checks);
        Self { target: target.to_owned(), duration_ms, summary, checks, left_behind: Vec::new() }
    }

    /// The same run, its failures held against those that `baseline` knows.
    #[must_use]
    pub fn judged_by(mut self, baseline: &Baseline) -> Self {
        for check in &mut self.checks {
            check.known = baseline.knows(check.id);
        }
        self.summary = Summary::of(&self.checks);
        self
    }

    /// Whether no check failed but those that the baseline knows, and all that it knows still fail
    /// or were skipped.
    pub fn is_good(&self) -> bool {
        self.summary.fail == self.summary.known && self.summary.fixed == 0
    }

    /// The checks that stand so, in their order.
    pub fn standing(&self, standing: Standing) -> impl Iterator<Item = &CheckReport> {
        self.checks.iter().filter(move |check| check.standing() == standing)
    }
}

impl Summary {
    fn of(checks: &[CheckReport]) -> Self {
        let mut summary = Self::default();
        for check in checks {
            match check.standing() {
                Standing::Passed => summary.pass += 1,
                Standing::Failed => summary.fail += 1,
                Standing::Skipped => summary.skip += 1,
                Standing::Known => {
                    summary.fail += 1;
                    summary.known += 1;
                }
                Standing::Fixed => {
                    summary.pass += 1;
                    summary.fixed += 1;
                }
            }
        }
        summary
    }
}

impl CheckReport {
    /// How it stands once its outcome is held against the baseline.
    pub const fn standing(&self) -> Standing {
        match (self.outcome, self.known) {
            (Outcome::Pass, false) => Standing::Passed,
            (Outcome::Pass, true) => Standing::Fixed,
            (Outcome::Fail, false) => Standing::Failed,
            (Outcome::Fail, true) => Standing::Known,
            (Outcome::Skip, _) => Standing::Skipped,
        }
    }

    /// The ID without its last part.
    pub fn group(&self) -> &'static str {
        self.id.rsplit_once('.').map_or(self.id, |(group, _)| group)
    }
}

impl Outcome {
    /// The lower-case word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Skip => "skip",
        }
    }
}
