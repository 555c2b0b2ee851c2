//! No check without a mutant: for each check of the conformance suite there is a defect of the
//! catalogue that makes it fail, and each defect is noticed by the checks that claim it.
//!
//! Each defect meets the checks that claim it. `cargo xtask mutants` has it meet all of them, and
//! prints the whole matrix.

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write,
};

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

#[tokio::test(flavor = "multi_thread")]
async fn each_defect_is_noticed_by_the_checks_that_claim_it_and_each_check_claims_one() {
    let defects = defects();
    let reports: BTreeMap<String, Report> = stream::iter(
        defects.iter().map(|defect| async { (defect.name.clone(), run_with(defect).await) }),
    )
    .buffer_unordered(AT_ONCE)
    .collect()
    .await;

    let suite = Suite::default();
    let all: BTreeSet<&str> = suite.checks().map(Check::id).collect();
    let mut proven = BTreeSet::new();
    let mut wrong = String::new();
    for defect in &defects {
        let report = &reports[&defect.name];
        let failed: Vec<_> = report
            .checks
            .iter()
            .filter(|check| check.outcome == Outcome::Fail)
            .map(|check| check.id)
            .collect();
        eprintln!("{:44} {:3} failed: {}", defect.name, failed.len(), failed.join(" "));
        for check in &defect.caught_by {
            match all.get(check.as_str()) {
                None => writeln!(wrong, "{} claims {check}, which is no check", defect.name),
                Some(check) if noticed(report, check) => {
                    proven.insert(*check);
                    Ok(())
                }
                Some(_) => {
                    let found = report.checks.iter().find(|found| found.id == *check);
                    let told = found.map(|found| (found.outcome, found.reason.as_deref()));
                    writeln!(wrong, "{} is not noticed by {check}: {told:?}", defect.name)
                }
            }
            .unwrap();
        }
    }
    let unproven: Vec<_> = all.difference(&proven).collect();
    let score = 100 * proven.len() / all.len();
    eprintln!(
        "\nmutation score: {} of {} checks fail on a defect that they claim: {score} %; {} defects",
        proven.len(),
        all.len(),
        defects.len()
    );
    assert!(wrong.is_empty(), "{wrong}");
    assert!(unproven.is_empty(), "no defect proves {unproven:?}");
}
