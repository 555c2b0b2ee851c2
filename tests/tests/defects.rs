//! No check without a mutant: for each check of the conformance suite there is a defect of the
//! catalogue that makes it fail, and each defect is noticed by the checks that claim it.
//!
//! Each defect meets the checks that claim it. `cargo xtask mutants` has it meet all of them, and
//! prints the whole matrix.

use std::{collections::BTreeSet, env, fmt::Write};

use futures::{StreamExt, stream};
use gatepass_conformance::{Check, Level, Outcome, Report, Suite};
use gatepass_server::{CaseSummary, Kind, cases};
use gatepass_tests::{Config, TestPlatform, conformance_target};

/// Defects that are tried at one time.
const AT_ONCE: usize = 4;

fn defects() -> Vec<CaseSummary> {
    let all = cases(&Config::default()).unwrap_or_default();
    all.into_iter().filter(|case| case.kind == Kind::Defect).collect()
}

/// Set by `cargo xtask mutants`: each defect meets the whole suite.
const WHOLE: &str = "GATEPASS_WHOLE_MATRIX";

/// The checks that claim a defect, or all, against a platform that has it for everybody.
async fn run_with(defect: &CaseSummary) -> Report {
    let platform = TestPlatform::with(|config| config.cases.play = vec![defect.name.clone()]).await;
    let suite = Suite::default();
    let suite = match env::var_os(WHOLE) {
        Some(_) => suite,
        None => suite.only(&defect.caught_by).expect("each claim names a check"),
    };
    suite.run(&conformance_target(&platform.url())).await.expect("the platform is there")
}

/// Whether a check noticed: a `may` can't fail, and says so in a note.
fn noticed(report: &Report, id: &str) -> bool {
    let found = report.checks.iter().find(|check| check.id == id);
    found.is_some_and(|check| match check.level {
        Level::Must | Level::Should => {
            check.outcome == Outcome::Fail && check.reason.is_some() && check.repeat.is_some()
        }
        Level::May => check.reason.as_ref().is_some_and(|note| note.starts_with("not so here")),
    })
}

#[expect(clippy::print_stdout, reason = "the matrix and its score, with `-- --nocapture`")]
#[tokio::test(flavor = "multi_thread")]
async fn each_defect_is_noticed_by_the_checks_that_claim_it_and_each_check_claims_one() {
    let defects = defects();
    let runs = defects.iter().map(|defect| async move { (defect, run_with(defect).await) });
    let reports: Vec<_> = stream::iter(runs).buffered(AT_ONCE).collect().await;

    let suite = Suite::default();
    let all: BTreeSet<&str> = suite.checks().map(Check::id).collect();
    let mut proven = BTreeSet::new();
    let mut wrong = Vec::new();
    let mut matrix = String::new();
    for (defect, report) in &reports {
        let failed = report.checks.iter().filter(|check| check.outcome == Outcome::Fail);
        let failed: Vec<_> = failed.map(|check| check.id).collect();
        writeln!(matrix, "{:44} {:3} failed: {}", defect.name, failed.len(), failed.join(" "))
            .unwrap();
        for check in &defect.caught_by {
            match all.get(check.as_str()) {
                None => wrong.push(format!("{} claims {check}, which is no check", defect.name)),
                Some(check) if noticed(report, check) => {
                    proven.insert(*check);
                }
                Some(check) => wrong.push(format!("{} is not noticed by {check}", defect.name)),
            }
        }
    }

    let (share, score) = (proven.len(), 100 * proven.len() / all.len());
    println!("{matrix}");
    println!(
        "mutation score: {share} of {} checks fail on a defect that they claim: {score} %; {} defects",
        all.len(),
        defects.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let unproven: Vec<_> = all.difference(&proven).collect();
    assert!(unproven.is_empty(), "no defect proves {unproven:?}");
    assert!(defects.len() >= 80);
}
