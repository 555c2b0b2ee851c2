//! The conformance suite raises no alarm on a right platform, however it is reached.

use gatepass_conformance::{HttpVersion, Outcome, Report};
use gatepass_tests::{
    Proxy, TestPlatform, TlsConfig, check_conformance as run, conformance_target as target,
};
use jiff::SignedDuration;

fn of(report: &Report, outcome: Outcome) -> Vec<String> {
    let found = report.checks.iter().filter(|check| check.outcome == outcome);
    found.map(|check| format!("{}: {:?}", check.id, check.reason)).collect()
}

#[track_caller]
fn assert_all_pass(report: &Report) {
    assert_eq!(of(report, Outcome::Fail), Vec::<String>::new());
    assert_eq!(of(report, Outcome::Skip), Vec::<String>::new());
    assert_eq!(report.left_behind, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_1_1_and_over_http_2() {
    let platform = TestPlatform::start().await;
    for version in [HttpVersion::Http1, HttpVersion::Http2] {
        let report = run(&target(&platform.url()).with_http_version(version)).await;

        assert_all_pass(&report);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn over_tls_in_each_version_of_http() {
    let platform = TestPlatform::with(|config| config.tls = Some(TlsConfig::default())).await;
    let target = target(&platform.url()).with_certificate_authority(platform.ca_pem());
    for version in [HttpVersion::Negotiated, HttpVersion::Http1, HttpVersion::Http2] {
        let report = run(&target.clone().with_http_version(version)).await;

        assert_all_pass(&report);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_a_path_prefix() {
    let platform = TestPlatform::start().await;
    let url = Proxy { prefix: "/eu2/cloud", ..Proxy::default() }.start(platform.url()).await;

    assert_all_pass(&run(&target(&url)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_clock_five_minutes_off_which_is_a_note() {
    for (minutes, told) in [(5, "ahead of"), (-5, "behind")] {
        let platform = TestPlatform::start().await;
        platform.clock().advance(SignedDuration::from_mins(minutes));

        let report = run(&target(&platform.url())).await;

        assert_all_pass(&report);
        let clock = report.checks.iter().find(|check| check.id == "transport.clock").unwrap();
        assert!(clock.reason.as_ref().is_some_and(|note| note.contains(told)), "{clock:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn with_members_that_nobody_knows_in_every_answer() {
    let platform = TestPlatform::start().await;
    let proxy = Proxy { adds_members: true, hides_control: true, ..Proxy::default() };
    let target = target(&proxy.start(platform.url()).await).with_changes_allowed(true);

    let report = run(&target).await;

    assert_eq!(of(&report, Outcome::Fail), Vec::<String>::new());
    let exact =
        report.checks.iter().find(|check| check.id == "token.response.exact-api-2").unwrap();
    assert!(exact.reason.as_ref().is_some_and(|note| note.starts_with("not so here")), "{exact:?}");
}
