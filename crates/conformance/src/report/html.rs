//! The report as a page: one file that needs no other, no script and no network.

use askama::Template;

use crate::outcome::{CheckReport, Outcome, Report, Standing};
use crate::report::evidence::{exchanges, plain, reason};
use crate::report::skips::{self, Skips};
use crate::report::summary;

/// Why no page came of a report.
#[derive(Debug, thiserror::Error)]
#[error("could not write the HTML report")]
pub struct HtmlError(#[source] askama::Error);

/// One HTML file for a person: failures first, with what was exchanged and how to repeat it. It
/// follows the reader's choice of light or dark, fits a phone and prints whole. What the target
/// sent is text in it.
///
/// # Errors
///
/// When the page can't be written, which no report is known to cause.
pub fn html(report: &Report) -> Result<String, HtmlError> {
    Page::of(report).render().map_err(HtmlError)
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    target: String,
    verdict: String,
    counts: String,
    new: usize,
    failed: Vec<Failure<'a>>,
    known: Vec<Failure<'a>>,
    fixed: Vec<&'a CheckReport>,
    groups: Vec<Group<'a>>,
    skips: Vec<Skips<'a>>,
    version: &'static str,
}

/// A check that failed, with all that helps to mend it.
struct Failure<'a> {
    check: &'a CheckReport,
    requirement: Vec<Piece<'a>>,
    source: String,
    reason: String,
    exchanges: String,
    repeat: Option<String>,
}

/// The checks of one group.
struct Group<'a> {
    name: &'static str,
    pass: usize,
    fail: usize,
    skip: usize,
    rows: Vec<Row<'a>>,
}

/// A line of a group.
struct Row<'a> {
    id: &'static str,
    level: &'static str,
    /// The class of the row.
    class: &'static str,
    word: &'static str,
    requirement: Vec<Piece<'a>>,
    /// What is to be said of a check that passed.
    note: Option<String>,
    /// Whether a card above tells more.
    has_card: bool,
}

/// A piece of a text: what stood in backticks is code.
struct Piece<'a> {
    text: &'a str,
    is_code: bool,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        let cards = |standing| report.standing(standing).map(Failure::of).collect();
        let groups = report.checks.chunk_by(|one, next| one.group() == next.group());
        Self {
            target: plain(&report.target),
            verdict: summary::verdict(report),
            counts: summary::counts(report),
            new: report.summary.fail - report.summary.known,
            failed: cards(Standing::Failed),
            known: cards(Standing::Known),
            fixed: report.standing(Standing::Fixed).collect(),
            groups: groups.map(Group::of).collect(),
            skips: skips::by_reason(report),
            version: env!("CARGO_PKG_VERSION"),
            report,
        }
    }
}

impl<'a> Failure<'a> {
    fn of(check: &'a CheckReport) -> Self {
        Self {
            check,
            requirement: pieces(check.requirement),
            source: summary::cited(&check.source),
            reason: reason(check),
            exchanges: exchanges(check),
            repeat: check.repeat.as_deref().map(plain),
        }
    }
}

impl Failure<'_> {
    fn what_came_back(&self) -> Vec<Piece<'_>> {
        pieces(&self.reason)
    }
}

impl<'a> Group<'a> {
    fn of(checks: &'a [CheckReport]) -> Self {
        let count = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
        Self {
            name: checks[0].group(),
            pass: count(Outcome::Pass),
            fail: count(Outcome::Fail),
            skip: count(Outcome::Skip),
            rows: checks.iter().map(Row::of).collect(),
        }
    }
}

impl<'a> Row<'a> {
    fn of(check: &'a CheckReport) -> Self {
        let standing = check.standing();
        let (class, word) = match standing {
            Standing::Passed => ("pass", "pass"),
            Standing::Failed => ("fail", "fail"),
            Standing::Known => ("known", "known"),
            Standing::Fixed => ("fail", "fixed"),
            Standing::Skipped => ("skip", "skip"),
        };
        Self {
            id: check.id,
            level: check.level.as_str(),
            class,
            word,
            requirement: pieces(check.requirement),
            note: check
                .reason
                .is_some()
                .then(|| reason(check))
                .filter(|_| check.outcome == Outcome::Pass),
            has_card: matches!(standing, Standing::Failed | Standing::Known),
        }
    }
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    // A target may send a backtick of its own.
    let is_paired = text.matches('`').count().is_multiple_of(2);
    let pieces = if is_paired { text.split('`').collect() } else { vec![text] };
    pieces
        .into_iter()
        .enumerate()
        .map(|(place, text)| Piece { text, is_code: place % 2 == 1 })
        .collect()
}
