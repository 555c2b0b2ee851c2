//! No secret and no whole token is in anything that the conformance suite prints.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use gatepass_conformance::{Outcome, Report, Suite, Target, report};
use gatepass_tests::{
    Proxy, TestPlatform, check_conformance, clients, conformance_target as target,
};

fn secrets() -> Vec<String> {
    let clients = clients();
    let mut secrets = Vec::new();
    for client in [clients.default, clients.disabled, clients.post] {
        let secret = client.client_secret.reveal();
        let pair = format!("{}:{secret}", client.client_id);
        secrets.extend([STANDARD.encode(&pair), URL_SAFE_NO_PAD.encode(&pair)]);
        secrets.push(secret.to_owned());
    }
    secrets
}

#[track_caller]
fn assert_keeps(found: &Report, hidden: &[String]) {
    let texts = [
        report::human(found, false),
        report::human(found, true),
        report::json(found),
        report::junit(found).expect("a report can be written"),
    ];
    for text in texts {
        for secret in hidden {
            if let Some(at) = text.find(secret.as_str()) {
                panic!("{secret} is told: …{}…", text[..at].lines().last().unwrap_or_default());
            }
        }
        for run in text.split(|next: char| !(next.is_ascii_alphanumeric() || "-_.".contains(next)))
        {
            assert!(!(run.starts_with("eyJ") && run.contains('.')), "a token is told: {run}");
        }
    }
}

async fn behind(proxy: Proxy, platform: &TestPlatform) -> Target {
    target(&proxy.start(platform.url()).await).with_changes_allowed(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn not_even_where_the_target_repeats_all_that_it_is_told() {
    let platform = TestPlatform::start().await;
    for (success, hides_control, fails) in
        [(None, false, 2), (None, true, 2), (Some(218), true, 20), (Some(418), false, 20)]
    {
        let proxy = Proxy { gossips: true, success, hides_control, ..Proxy::default() };

        let found = check_conformance(&behind(proxy, &platform).await).await;

        assert!(found.summary.fail >= fails, "{:?} of {success:?}", found.summary);
        assert_keeps(&found, &secrets());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_comes_with_a_command_that_repeats_it() {
    let platform = TestPlatform::start().await;
    let proxy = Proxy { success: Some(418), ..Proxy::default() };
    let target = behind(proxy, &platform).await;
    for (id, wanted) in [
        (
            "token.request.api-2",
            r#"curl -i -u "$CLIENT_ID:$CLIENT_SECRET" -H 'content-type: application/x-www-form-urlencoded' --data-raw grant_type=client_credentials URL/api/2/idp/token"#,
        ),
        (
            "token.request.post-client",
            r#"curl -i -H 'content-type: application/x-www-form-urlencoded' --data-raw "grant_type=client_credentials&client_id=$POST_CLIENT_ID&client_secret=$POST_CLIENT_SECRET" URL/api/2/idp/token"#,
        ),
        (
            "token.request.scheme-case",
            r#"curl -i -H 'content-type: application/x-www-form-urlencoded' -H "authorization: bAsIc $(printf %s "$CLIENT_ID:$CLIENT_SECRET" | base64 -w0)" --data-raw grant_type=client_credentials URL/api/2/idp/token"#,
        ),
    ] {
        let suite = Suite::default().only(&[id.to_owned()]).unwrap();

        let found = suite.run(&target).await.unwrap();

        assert_eq!(found.checks[0].outcome, Outcome::Fail);
        assert_eq!(found.checks[0].repeat, Some(wanted.replace("URL", target.url())));
    }
}
