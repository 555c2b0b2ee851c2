//! The conformance suite raises no alarm on a right platform, however it is reached.

use gatepass_conformance::{HttpVersion, Need, Outcome, Report, Suite, Target};
use gatepass_tests::{
    Proxy, TestPlatform, TlsConfig, check_conformance as run, clients, conformance_target as target,
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

/// A right platform that nobody can tell from a foreign one.
async fn foreign(platform: &TestPlatform) -> String {
    Proxy { hides_control: true, ..Proxy::default() }.start(platform.url()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_offered_is_skipped_and_never_passed() {
    let platform = TestPlatform::start().await;
    let bare = Target::new(&foreign(&platform).await).unwrap();

    let report = run(&bare).await;

    for found in &report.checks {
        let needs = Suite::default().checks().find(|check| check.id() == found.id).unwrap().needs();
        // What a target has of itself nobody needs to offer.
        let is_there = |need: &Need| matches!(need, Need::Revocation | Need::Introspection);
        let wanted = if needs.iter().all(is_there) { Outcome::Pass } else { Outcome::Skip };
        assert_eq!(found.outcome, wanted, "{}: {:?}", found.id, found.reason);
        assert_eq!(found.reason.is_some(), wanted == Outcome::Skip, "{}", found.id);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_leave_nothing_is_changed_and_few_wrong_secrets_are_sent() {
    let platform = TestPlatform::start().await;
    let own = clients().default.client_id.to_string();
    let url = foreign(&platform).await;
    let state = || async {
        let token = platform.token_for(&clients().default).await;
        let answer = platform.get("/api/2/clients?allow_deleted=true", &token).await;
        let items = answer.json()["items"].as_array().cloned().unwrap_or_default();
        let told =
            items.iter().map(|it| format!("{} {} {}", it["client_id"], it["status"], it["data"]));
        told.collect::<Vec<_>>()
    };
    let before = state().await;
    for max in [3, 0] {
        let seen = platform.log().len();

        let report = run(&target(&url).with_max_wrong_secrets(max)).await;

        assert_eq!(of(&report, Outcome::Fail), Vec::<String>::new());
        // Whatever fails in the client's name may lock it, a secret that is missing, too. That a user
        // lacks a second factor does not.
        let refused = platform.log().split_off(seen).into_iter().filter(|exchange| {
            exchange.client_id.is_some_and(|id| id.to_string() == own)
                && exchange.status == 401
                && exchange.route.contains("/idp/")
                && !exchange.decision.as_deref().is_some_and(|why| why.starts_with("user "))
        });
        assert_eq!(refused.count(), usize::try_from(max).unwrap());
    }
    assert_eq!(state().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_can_be_spawned_and_keeps_to_its_rate() {
    let platform = TestPlatform::start().await;
    let target = target(&platform.url()).with_rate(200.0).unwrap();
    let suite = Suite::default().only(&["discovery".to_owned(), "keys".to_owned()]).unwrap();

    let report = tokio::spawn(async move { suite.run(&target).await }).await.unwrap().unwrap();

    assert_all_pass(&report);
    let requests = u64::try_from(platform.log().len()).unwrap() - 1;
    assert!(report.duration_ms >= requests * 5 - 5, "{} ms", report.duration_ms);
}
