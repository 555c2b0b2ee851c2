//! A run held against the failures that are known.

use gatepass_conformance::{Baseline, Report, Standing};

use super::run::fixed;

fn judged(baseline: &str) -> Report {
    fixed().judged_by(&Baseline::parse(baseline).unwrap())
}

fn ids(report: &Report, standing: Standing) -> Vec<&'static str> {
    report.standing(standing).map(|check| check.id).collect()
}

#[test]
fn a_known_failure_fails_no_run_and_a_new_one_does() {
    assert!(!judged("").is_good());

    let report = judged("token.errors.grant-missing # they know");
    assert!(report.is_good());
    assert_eq!((report.summary.fail, report.summary.known), (1, 1));
    assert_eq!(ids(&report, Standing::Known), ["token.errors.grant-missing"]);
}

#[test]
fn a_known_failure_that_passes_fails_the_run() {
    let report = judged("token.errors.grant-missing\ndiscovery.required\n");

    assert!(!report.is_good());
    assert_eq!((report.summary.pass, report.summary.fixed), (2, 1));
    assert_eq!(ids(&report, Standing::Fixed), ["discovery.required"]);
}

#[test]
fn a_known_failure_that_is_skipped_or_not_run_fails_nothing() {
    let known = "token.errors.grant-missing\ntoken.errors.disabled-client\nkeys.two\n";

    assert!(judged(known).is_good());
}

#[test]
fn an_update_keeps_the_comments_of_what_stays() {
    let old = "# ours\n\ndiscovery.required # gone\nkeys.two  # not run\ntoken.errors.disabled-client # skipped\n";

    let new = Baseline::parse(old).unwrap().updated_by(&fixed());

    assert_eq!(
        new.render(),
        "# ours\n\nkeys.two  # not run\ntoken.errors.disabled-client # skipped\n\
         token.errors.grant-missing\n"
    );
    assert!(fixed().judged_by(&new).is_good());
}

#[test]
fn the_first_one_says_what_it_is() {
    insta::assert_snapshot!(Baseline::default().updated_by(&fixed()).render());
}
