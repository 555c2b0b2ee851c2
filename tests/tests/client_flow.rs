//! `gatepass-client` against the mock platform: the whole flow of the tokens over real sockets.
#![expect(clippy::unwrap_used, reason = "what has no test attribute unwraps as tests do")]

use std::{pin::Pin, sync::Arc, time::Duration};

use gatepass_client::{
    AuthorizedClient, Clock, Credentials, DataCenter, EpochSeconds, Error, Stage, Timer,
    TokenSource, TokenSourceBuilder,
};
use gatepass_tests::{FixtureClient, TestPlatform, TlsConfig, clients, http_client};
use jiff::SignedDuration;
use serde_json::Value;
use tokio::task::JoinSet;

const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
const FOREIGN: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a2001";
const TOKEN: &str = "/api/2/idp/token";

/// The platform's time, in which pauses take none of ours.
struct PlatformTime(gatepass_tests::Clock);

impl Clock for PlatformTime {
    fn now(&self) -> EpochSeconds {
        self.0.now()
    }
}

impl Timer for PlatformTime {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.0.advance(duration.try_into().unwrap());
        Box::pin(std::future::ready(()))
    }

    fn deadline(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }
}

fn tokens_of(platform: &TestPlatform, client: &FixtureClient) -> TokenSourceBuilder {
    let time = Arc::new(PlatformTime(platform.clock().clone()));
    let credentials =
        Credentials::new(client.client_id.to_string(), client.client_secret.clone()).unwrap();
    let data_center: DataCenter = platform.url().parse().unwrap();
    TokenSource::builder(data_center, credentials).clock(time.clone()).timer(time)
}

fn tokens(platform: &TestPlatform) -> TokenSource {
    tokens_of(platform, &clients().default).build().unwrap()
}

fn token_requests(platform: &TestPlatform) -> usize {
    platform.running().requests().route(TOKEN).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_tasks_on_a_cold_cache_make_one_request() {
    let platform = TestPlatform::start().await;
    let tokens = tokens(&platform);

    let mut tasks = JoinSet::new();
    for _ in 0..10_000 {
        let tokens = tokens.clone();
        tasks.spawn(async move { tokens.access_token().await.unwrap().expires_on() });
    }
    let expiries = tasks.join_all().await;

    assert!(expiries.iter().all(|expiry| *expiry == expiries[0]));
    assert_eq!(token_requests(&platform), 1);
}

#[tokio::test]
async fn an_expired_token_is_replaced_before_an_api_sees_it() {
    let platform = TestPlatform::start().await;
    let tokens = tokens(&platform);
    let client = AuthorizedClient::new(tokens.clone());
    let path = format!("/api/2/clients/{}", tokens.client_id());
    client.get(&path).fetch_json::<Value>().await.unwrap();

    platform.clock().advance(SignedDuration::from_hours(2));
    client.get(&path).fetch_json::<Value>().await.unwrap();

    assert_eq!(token_requests(&platform), 2);
    assert_eq!(platform.running().requests().status(401).count(), 0);
}

#[tokio::test]
async fn a_narrowed_token_reaches_its_tenant_and_none_above() {
    let platform = TestPlatform::start().await;
    let tokens = tokens(&platform);
    let narrowed = AuthorizedClient::new(tokens.scoped(CUSTOMER.parse().unwrap()));

    let path = format!("/api/2/tenants/{CUSTOMER}");
    let customer: Value = narrowed.get(&path).fetch_json().await.unwrap();
    assert_eq!(customer["id"], CUSTOMER);
    let above = format!("/api/2/tenants/{PARTNER}");
    let error = narrowed.get(&above).fetch_json::<Value>().await.unwrap_err();
    assert_eq!((error.stage(), error.status().unwrap().as_u16()), (Stage::Api, 403), "{error}");

    let foreign = tokens.scoped(FOREIGN.parse().unwrap());
    let error = foreign.access_token().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (403, Some("access_denied")));
}

#[tokio::test]
async fn a_refresh_token_renews_and_its_family_is_never_offended() {
    let platform = TestPlatform::start().await;
    let tokens = tokens_of(&platform, &clients().default).scope("offline_access").build().unwrap();
    let first = tokens.token().await.unwrap();

    for _ in 0..3 {
        platform.clock().advance(SignedDuration::from_hours(2));
        tokens.token().await.unwrap();
    }

    let last = tokens.token().await.unwrap();
    assert_ne!(last.refresh_token(), first.refresh_token());
    let requests = platform.running().requests().route(TOKEN).list();
    let grants: Vec<_> =
        requests.iter().map(|entry| entry.request.body["grant_type"].clone()).collect();
    assert_eq!(grants, ["client_credentials", "refresh_token", "refresh_token", "refresh_token"]);
    assert!(requests.iter().all(|entry| entry.status == 200));
}

#[tokio::test]
async fn a_revoked_token_is_refused_and_the_next_is_not() {
    let platform = TestPlatform::start().await;
    let tokens = tokens(&platform);
    let old = tokens.access_token().await.unwrap();

    tokens.revoke().await.unwrap();

    platform.get("/api/2/users/me", old.reveal()).await.assert_status(401);
    let path = format!("/api/2/clients/{}", tokens.client_id());
    let answer = AuthorizedClient::new(tokens).get(&path).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn a_client_that_is_disabled_in_the_middle_is_told_after_one_more_request() {
    let platform = TestPlatform::start().await;
    let client = platform.running().register_client("disabled in the middle");
    let tokens = tokens_of(&platform, &client).build().unwrap();
    let api = AuthorizedClient::new(tokens.clone());
    let path = format!("/api/2/clients/{}", client.client_id);
    api.get(&path).send().await.unwrap();
    platform.running().disable_client(client.client_id).unwrap();

    for _ in 0..6 {
        let error = api.get(&path).send().await.unwrap_err();
        assert_eq!((error.stage(), error.code()), (Stage::Token, Some("invalid_client")));
    }

    assert_eq!(token_requests(&platform), 4); // The first, and three before it gives up.
    platform.running().enable_client(client.client_id).unwrap();
    assert!(matches!(api.get(&path).send().await, Err(Error::Halted { .. })));
    platform.clock().advance(SignedDuration::from_mins(1));
    assert_eq!(api.get(&path).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn both_tokens_are_verified_and_rotated_keys_are_found() {
    let platform = TestPlatform::start().await;
    let tokens = tokens(&platform);
    let verifier = tokens.verifier();
    let old = tokens.token().await.unwrap();
    let claims = verifier.verify_access_token(old.access_token().reveal()).await.unwrap();
    assert_eq!(claims.client_id(), Some(tokens.client_id()));
    assert_eq!(claims.owner_tenant(), Some(PARTNER));

    platform.running().rotate_keys(86_400).unwrap();
    platform.clock().advance(SignedDuration::from_hours(2));
    let new = tokens.token().await.unwrap();

    verifier.verify_access_token(new.access_token().reveal()).await.unwrap();
    let id_token = new.id_token().unwrap().reveal();
    let claims = verifier.verify_id_token(id_token, tokens.client_id()).await.unwrap();
    assert_eq!(claims.subject(), Some(tokens.client_id()));
    let error = verifier.verify_access_token(id_token).await.unwrap_err();
    assert!(matches!(error, Error::Unverified { .. }), "an ID token is no access token: {error}");
}

#[tokio::test]
async fn a_service_is_told_whether_a_token_is_good() {
    let platform = TestPlatform::start().await;
    let service = FixtureClient {
        client_id: "3b1a5c0e-7d36-4b7f-8f6e-1c9d5a2e4f80".parse().unwrap(),
        client_secret: "0c6f2d9be41a4f7c8d53a7e1b9604f2d".into(),
        tenant_id: PARTNER.parse().unwrap(),
    };
    let service = tokens_of(&platform, &service).build().unwrap();
    let tokens = tokens(&platform);
    let token = tokens.access_token().await.unwrap();

    let answer = service.introspect(token.reveal()).await.unwrap();
    assert!(answer.active);
    assert_eq!(answer.token.unwrap().client_id.to_string(), tokens.client_id());
    tokens.revoke().await.unwrap();
    assert!(!service.introspect(token.reveal()).await.unwrap().active);

    let error = tokens.introspect(token.reveal()).await.unwrap_err();
    assert_eq!((error.stage(), error.status().unwrap().as_u16()), (Stage::Introspection, 403));
}

#[tokio::test]
async fn the_callers_own_http_client_brings_its_certificates() {
    let platform = TestPlatform::with(|config| config.tls = Some(TlsConfig::default())).await;
    let http = http_client(Some(platform.ca())).build().unwrap();

    let good = tokens_of(&platform, &clients().default).http_client(http).build().unwrap();
    good.access_token().await.unwrap();

    let strange = http_client(None).build().unwrap();
    let bad = tokens_of(&platform, &clients().default).http_client(strange).build().unwrap();
    let error = bad.access_token().await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error:?}");
}
