//! No secret, sent in whatever place, is in anything that is kept or told.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gatepass_protocol::Jwt;
use gatepass_tests::{Events, FORM, FixtureClient, TestPlatform, TestRequest, basic, clients};
use proptest::prelude::*;
use reqwest::Method;
use serde_json::{Value, json};

/// Everything that the platform keeps or tells of what was sent to it: the journal in both forms,
/// the events, the metrics, the log.
async fn all_that_is_told(platform: &TestPlatform, events: &mut Events) -> String {
    let mut told = String::new();
    let count = platform.requests().count();
    for _ in 0..count {
        told.push_str(&events.next().await.unwrap().data.to_string());
    }
    for path in ["requests?limit=10000", "requests?format=har", "metrics", "clients"] {
        told += platform.control(Method::GET, path).await.body();
    }
    let log = platform.log();
    assert!(log.len() >= count);
    told + &serde_json::to_string(&log).unwrap()
        + &format!("{log:?} {:?}", platform.requests().list())
}

/// The forms in which a secret could show.
fn forms(secret: &str) -> Vec<String> {
    let encoded: String =
        reqwest::Url::parse_with_params("http://a/", [("a", secret)]).unwrap().query().unwrap()
            [2..]
            .to_owned();
    let json = serde_json::to_string(secret).unwrap();
    let json = json.trim_matches('"').to_owned();
    let twice = serde_json::to_string(&json).unwrap().trim_matches('"').to_owned();
    vec![secret.to_owned(), encoded, json, twice]
}

fn assert_untold(told: &str, secret: &str, what: &str) {
    for form in forms(secret) {
        if let Some(at) = told.find(&form) {
            let from = told.floor_char_boundary(at.saturating_sub(300));
            let to = told.ceil_char_boundary((at + 100).min(told.len()));
            panic!("{what} {secret} is told: …{}…", &told[from..to]);
        }
    }
}

/// Names of parameters and members whose values are secrets or tokens.
const NAMES: [&str; 17] = [
    "client_secret",
    "clientSecret",
    "CLIENT-SECRET",
    "password",
    "md5_password",
    "totp_code",
    "code",
    "code_verifier",
    "device_code",
    "refresh_token",
    "access_token",
    "id_token",
    "id_token_hint",
    "token",
    "assertion",
    "client_assertion",
    "registration_access_token",
];

/// Requests that carry the secret, each in another place.
fn requests_with(platform: &TestPlatform, secret: &str) -> Vec<TestRequest> {
    let post = |path: &str| platform.request(Method::POST, path);
    let client = clients().default;
    let with_secret = FixtureClient { client_secret: secret.into(), ..client.clone() };
    let as_id = gatepass_protocol::BasicCredentials::new(
        "x".to_owned() + &secret.replace(':', ""),
        "s".into(),
    )
    .unwrap()
    .render();
    let pair = |name: &str| {
        let url = reqwest::Url::parse_with_params("http://a/", [(name, secret)]).unwrap();
        url.query().unwrap().to_owned()
    };
    let mut requests = vec![
        post("/api/2/idp/token").form("grant_type=client_credentials").basic(&with_secret),
        post("/api/2/idp/token").form("grant_type=password").authorization(&as_id),
        post("/api/2/idp/token").form("").authorization(&format!("Digest {secret}")),
        post("/api/2/idp/token").form("").header("proxy-authorization", &basic(&with_secret)),
        post("/api/2/idp/token").form("").header("cookie", &format!("session={secret}")),
        post("/api/2/idp/token").form("").header("x-api-key", secret),
        post("/api/2/idp/token").form("").header("x-vault-token", secret),
        post("/idp/token").form(&format!("grant_type=x\r\nclient_secret={secret}")),
        post("/idp/token").body(&format!("--b\r\nname=\"password\"\r\n\r\n{secret}\r\n--b--")),
        post("/idp/token").form(&format!("{{\"password\": '{secret}'}}")),
        platform
            .request(Method::GET, &format!("/api/2/clients/{}", client.client_id))
            .bearer(&secret.replace(|it: char| !it.is_ascii_alphanumeric(), "a")),
        post("/idp/token").form(&pair("client_id")),
        post("/_gatepass/tokens").body(&json!({"client_secret": secret}).to_string()),
        post("/_gatepass/clients").body(&json!({"name": "n", "password": secret}).to_string()),
    ];
    for name in NAMES {
        // In JSON, `code` is that of an error.
        let member = if name == "code" { "secret" } else { name };
        let nested = json!({"a": [{member: secret, "b": {member: [secret]}}]});
        requests.extend([
            post("/api/2/idp/token").form(&format!("grant_type=password&{}", pair(name))),
            post(&format!("/bc/idp/token?{}&grant_type=password", pair(name))),
            platform.request(Method::GET, &format!("/api/task_manager/v2/tasks?{}", pair(name))),
            post("/api/2/clients")
                .header("content-type", "application/json")
                .body(&nested.to_string()),
            // JSON under the type that `curl -d` sends.
            post("/api/2/idp/token").form(&json!({member: secret}).to_string()),
        ]);
    }
    requests
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_is_told_wherever_it_was_sent(
        secret in prop_oneof!["[!-~]{14,30}", "[0-9a-f]{32}", "[A-Za-z0-9_-]{43,90}", "[A-Za-z0-9+/]{40}=="]
    ) {
        runtime().block_on(async {
            let platform = TestPlatform::start().await;
            let mut events = platform.events("").await;
            for request in requests_with(&platform, &secret) {
                request.send().await;
            }

            let told = all_that_is_told(&platform, &mut events).await;

            assert_untold(&told, &secret, "the secret");
        });
    }
}

#[tokio::test]
async fn no_token_is_told_and_what_it_says_is() {
    let platform = TestPlatform::start().await;
    let mut events = platform.events("").await;
    let client = clients().default;
    let answer = platform.post_token("grant_type=client_credentials").basic(&client).send().await;
    let tokens = ["/access_token", "/id_token"].map(|member| answer.text_at(member));
    for token in &tokens {
        platform.get("/api/2/users/me", token).await;
        platform
            .get(&format!("/api/2/clients/{}?access_token={token}", client.client_id), token)
            .await;
        platform.get(&format!("/nowhere/{token}"), token).await;
        platform.request(Method::GET, "/idp/keys").header("user-agent", token).send().await;
        let form = format!("token={token}&token_type_hint=access_token");
        let revoke = platform.request(Method::POST, "/api/2/idp/revoke_token").form(&form);
        revoke.basic(&client).send().await;
        let body = json!({"client_id": token, "note": format!("it is {token}.")});
        let mint = platform.request(Method::POST, "/api/2/clients").body(&body.to_string());
        mint.header("content-type", "application/json").bearer(token).send().await;
    }

    let told = all_that_is_told(&platform, &mut events).await;

    for token in &tokens {
        let signature = token.rsplit('.').next().unwrap();
        assert_untold(&told, token, "the token");
        assert_untold(&told, signature, "its signature");
        let jti =
            Jwt::parse(token).unwrap().claims.get("jti").and_then(Value::as_str).map(str::to_owned);
        assert!(jti.is_none_or(|jti| told.contains(&jti)));
    }
}

#[tokio::test]
async fn what_a_case_repeats_is_told_to_the_caller_alone() {
    let platform = TestPlatform::start().await.playing_cases();
    let mut events = platform.events("").await;
    let secret = "correct horse, battery & staple";
    let client = FixtureClient { client_secret: secret.into(), ..clients().default };
    let ask = platform.post_token("grant_type=client_credentials").basic(&client);

    let answer = ask.header("x-gatepass-case", "token-refusal-repeats").send().await;
    let told = all_that_is_told(&platform, &mut events).await;

    assert!(answer.text_at("/said").contains(secret), "{answer}");
    assert_untold(&told, secret, "the secret");
    assert_untold(&told, &gatepass_tests::basic(&client)["Basic ".len()..], "the header");
}

/// All secrets of the fixtures, sent where they belong and where not, and those that were made.
#[tokio::test]
async fn no_secret_of_a_client_or_a_user_is_told() {
    let platform = TestPlatform::with(|config| config.control_key = None).await;
    let mut events = platform.events("").await;
    let made = platform.register("made");
    let fixtures = include_str!("../../fixtures/platform.toml");
    let quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    let mut secrets: Vec<_> = fixtures
        .lines()
        .filter(|line| ["secret =", "password =", "totp = {"].iter().any(|it| line.starts_with(it)))
        .filter_map(quoted)
        .collect();
    secrets.dedup();
    secrets.push(made.client_secret.reveal().to_owned());
    assert!(secrets.len() >= 10, "{secrets:?}");
    for secret in &secrets {
        // Without a name, a secret is known by its shape alone.
        if secret.len() == 32 && secret.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            platform.get(&format!("/api/2/clients/{secret}"), "x").await;
            platform.request(Method::GET, &format!("/{secret}?a={secret}")).send().await;
            let odd = platform.request(Method::POST, "/idp/token");
            odd.header("content-type", secret)
                .header("accept-language", secret)
                .body(secret)
                .send()
                .await;
            let body = format!("scope={secret}&{secret}={secret}&grant_type={secret}");
            platform.post_token(&body).basic(&clients().default).send().await;
        }
        for request in requests_with(&platform, secret) {
            request.send().await;
        }
        let login = gatepass_protocol::BasicCredentials::new(
            "administrator@example.com",
            secret.as_str().into(),
        );
        let me = platform.request(Method::GET, "/api/2/users/me");
        me.authorization(&login.unwrap().render()).header("content-type", FORM).send().await;
    }
    let _ = events.next().await;
    let mut told = platform.requests().har() + &platform.embedded().metrics();
    told += platform.control(Method::GET, "requests?limit=10000").await.body();
    told += &serde_json::to_string(&platform.log()).unwrap();

    for secret in &secrets {
        assert_untold(&told, secret, "the secret");
    }
}
