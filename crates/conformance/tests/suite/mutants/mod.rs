//! No check without a mutant: for each there is a defect that makes it fail, and the same
//! server without the defect passes.

mod apis;
mod tokens;

use std::collections::HashSet;

use gatepass_conformance::{Check, Outcome, Report, Suite};

use crate::support::{Bend, check, right, serve};

/// A check, and the defect that it must see.
pub(crate) type Mutant = (&'static str, Bend);

/// Checks that no defect can fail, and why.
const EXEMPT: [(&str, &str); 6] = [
    ("discovery.introspection", "a `may` never fails"),
    ("tasks.count", "a `may` never fails"),
    ("tasks.after-alone", "a `may` never fails"),
    ("activities.count", "a `may` never fails"),
    ("activities.after-alone", "a `may` never fails"),
    ("transport.date", "hyper gives every answer a Date"),
];

fn mutants() -> impl Iterator<Item = &'static Mutant> {
    tokens::MUTANTS.iter().chain(apis::mutants())
}

fn failures(report: &Report) -> Vec<String> {
    let failed = report.checks.iter().filter(|check| check.outcome == Outcome::Fail);
    failed.map(|check| format!("{}: {:?}", check.id, check.reason)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_server_passes_every_check() {
    let report = check(&serve(right).await, &[]).await;

    assert_eq!(failures(&report), Vec::<String>::new());
    let skipped = report.checks.iter().filter(|check| check.outcome == Outcome::Skip);
    let skipped: Vec<_> = skipped.map(|check| (check.id, &check.reason)).collect();
    assert!(skipped.is_empty(), "{skipped:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_check_fails_on_its_mutant() {
    let mut missed = Vec::new();
    for (id, bend) in mutants() {
        let report = check(&serve(*bend).await, &[id]).await;
        let found = &report.checks[0];
        if found.outcome != Outcome::Fail {
            missed.push(format!("{id}: {:?} {:?}", found.outcome, found.reason));
        }
        assert!(found.reason.is_some() && found.repeat.is_some(), "{id} says too little");
    }

    assert!(missed.is_empty(), "{missed:#?}");
}

#[test]
fn every_check_has_a_mutant() {
    let known: HashSet<&str> =
        mutants().map(|(id, _)| *id).chain(EXEMPT.map(|(id, _)| id)).collect();

    let suite = Suite::default();
    let without: Vec<_> = suite.checks().map(Check::id).filter(|id| !known.contains(id)).collect();

    assert!(without.is_empty(), "{without:?}");
}

#[tokio::test]
async fn an_unmet_may_passes_with_a_note() {
    let target = serve(|_, _, answer| {
        if answer.kind == "discovery" {
            answer.remove("introspection_endpoint");
        }
    })
    .await;

    let report = check(&target, &["discovery.introspection"]).await;

    assert!(report.is_good());
    let reason = report.checks[0].reason.as_deref();
    assert_eq!(reason, Some("not so here, which is allowed: `introspection_endpoint` is missing"));
}
