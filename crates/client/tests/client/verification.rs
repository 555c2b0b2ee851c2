//! Discovery and keys are kept, keys change, and tokens are verified with the current ones.

use std::{
    error::Error as _,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use gatepass_client::{Discovery, Error, Stage, Timer, TokenVerifier, VerifyError};
use serde_json::{Value, json};
use tokio::{sync::watch, task::yield_now, time::timeout};

use crate::{
    keys::{KID, OTHER_KID, discovery, jwk, sign},
    support::{CLIENT_ID, NOW, Reply, Server, TestTime, source, source_builder, words},
};

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// A data center whose keys and discovery the test changes.
struct Published {
    server: Server,
    keys: Arc<Mutex<Vec<Value>>>,
    down: Arc<Mutex<bool>>,
    /// While it is `false`, no answer is sent.
    answering: watch::Sender<bool>,
}

impl Published {
    async fn start(keys: Vec<Value>) -> Self {
        let (keys, down) = (Arc::new(Mutex::new(keys)), Arc::new(Mutex::new(false)));
        let (published, broken) = (Arc::clone(&keys), Arc::clone(&down));
        let answering = watch::Sender::new(true);
        let held = answering.clone();
        let server = Server::start(move |_, seen| {
            let base = format!("http://{}", seen.header("host"));
            let reply = match seen.target.as_str() {
                _ if *broken.lock().unwrap() => Reply::new(400, ""),
                DISCOVERY => {
                    Reply::json(200, &discovery(&format!("{base}/bc"), &format!("{base}/keys")))
                }
                _ => Reply::json(200, &json!({"keys": *published.lock().unwrap()})),
            };
            reply.held_by(&held)
        })
        .await;
        Self { server, keys, down, answering }
    }

    fn asked_for(&self, target: &str) -> usize {
        self.server.seen().iter().filter(|seen| seen.target == target).count()
    }

    fn host(&self) -> &str {
        self.server.url().trim_start_matches("http://")
    }

    fn claims(&self) -> Value {
        json!({
            "iss": format!("{}/bc", self.server.url()), "aud": self.host(), "exp": NOW + 7200,
            "sub": "s", "client_id": CLIENT_ID, "owner_tuid": "t",
        })
    }

    fn token(&self, kid: &str, change: &Value) -> String {
        let mut claims = self.claims();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        sign(Some(kid), &claims)
    }
}

async fn complaint(verifier: &TokenVerifier, token: &str) -> String {
    let error = verifier.verify_access_token(token).await.unwrap_err();
    assert_eq!(error.stage(), Stage::Verification);
    assert!(words(&error).starts_with("the token is not verified: "), "{error}");
    error.source().unwrap().to_string()
}

#[tokio::test]
async fn a_good_access_token_gives_its_claims_and_discovery_is_read_once() {
    let published = Published::start(vec![jwk("access-token", KID)]).await;
    let verifier = source(published.server.url(), &TestTime::new()).verifier();
    let token = published.token(KID, &json!({}));

    for _ in 0..3 {
        let claims = verifier.verify_access_token(&token).await.unwrap();

        assert_eq!(claims.subject(), Some("s"));
        assert_eq!((claims.client_id(), claims.owner_tenant()), (Some(CLIENT_ID), Some("t")));
        assert_eq!(claims.expires_on().unwrap().seconds(), NOW + 7200);
    }

    assert_eq!((published.asked_for(DISCOVERY), published.asked_for("/keys")), (1, 1));
}

#[tokio::test]
async fn each_reason_is_told() {
    let published = Published::start(vec![jwk("access-token", KID)]).await;
    let verifier = source(published.server.url(), &TestTime::new()).verifier();
    let issuer = format!("{}/bc", published.server.url());
    for (change, expected) in [
        (
            json!({"iss": "https://else/bc"}),
            format!("its issuer `https://else/bc` is not `{issuer}`"),
        ),
        (json!({"iss": null}), format!("its issuer `null` is not `{issuer}`")),
        (json!({"aud": "else"}), format!("its audience `else` is not `{}`", published.host())),
        (
            json!({"aud": ["a", 7]}),
            format!("its audience `[\"a\",7]` is not `{}`", published.host()),
        ),
        (json!({"exp": NOW}), "it expired at 2023-11-14T22:13:20+00:00".to_owned()),
        (json!({"nbf": NOW + 1}), "it is not valid before 2023-11-14T22:13:21+00:00".to_owned()),
    ] {
        let token = published.token(KID, &change);

        assert_eq!(complaint(&verifier, &token).await, expected, "given {change}");
    }
}

#[tokio::test]
async fn leeway_and_audience_are_the_callers_choice() {
    let published = Published::start(vec![jwk("access-token", KID)]).await;
    let verifier = source(published.server.url(), &TestTime::new())
        .verifier()
        .leeway(std::time::Duration::from_mins(1))
        .audience("mine");

    for (change, good) in [
        (json!({"aud": ["else", "mine"], "exp": NOW - 59, "nbf": NOW + 60}), true),
        (json!({"aud": "mine", "exp": NOW - 60}), false),
        (json!({"aud": "mine", "nbf": NOW + 61}), false),
    ] {
        let outcome = verifier.verify_access_token(&published.token(KID, &change)).await;

        assert_eq!(outcome.is_ok(), good, "given {change}: {outcome:?}");
    }
}

#[tokio::test]
async fn an_id_token_is_for_the_api_client() {
    let published = Published::start(vec![jwk("access-token", KID)]).await;
    let verifier = source(published.server.url(), &TestTime::new()).verifier();
    let token = published.token(KID, &json!({"aud": CLIENT_ID}));

    verifier.verify_id_token(&token, CLIENT_ID).await.unwrap();
    let error = verifier.verify_id_token(&token, "else").await.unwrap_err();

    assert!(words(&error).ends_with(&format!("its audience `{CLIENT_ID}` is not `else`")));
}

#[tokio::test]
async fn a_key_that_is_not_known_is_looked_for_once_in_half_a_minute() {
    let published = Published::start(vec![jwk("id-token", OTHER_KID)]).await;
    let time = TestTime::new();
    let verifier = source(published.server.url(), &time).verifier();
    let token = published.token(KID, &json!({}));
    complaint(&verifier, &token).await;
    assert_eq!(published.asked_for("/keys"), 2); // The first reading does not count.

    published.keys.lock().unwrap().push(jwk("access-token", KID));
    time.set(NOW + 29);
    complaint(&verifier, &token).await;
    assert_eq!(published.asked_for("/keys"), 2);
    time.set(NOW + 30);
    verifier.verify_access_token(&token).await.unwrap();
    assert_eq!(published.asked_for("/keys"), 3);

    let forged = published.token("made-up", &json!({}));
    for _ in 0..5 {
        complaint(&verifier, &forged).await;
    }
    assert_eq!((published.asked_for(DISCOVERY), published.asked_for("/keys")), (1, 3));
}

#[tokio::test]
async fn a_key_that_is_new_just_after_a_reading_is_found_at_once() {
    let published = Published::start(vec![jwk("id-token", OTHER_KID)]).await;
    let time = TestTime::new();
    let discovery = source(published.server.url(), &time).discovery();
    discovery.keys().await.unwrap();
    published.keys.lock().unwrap().push(jwk("access-token", KID));
    time.set(NOW + 1);

    let verifier = TokenVerifier::new(discovery);
    verifier.verify_access_token(&published.token(KID, &json!({}))).await.unwrap();

    assert_eq!(published.asked_for("/keys"), 2);
}

#[tokio::test]
async fn a_look_for_a_key_goes_on_when_its_caller_hangs_up() {
    let published = Published::start(vec![jwk("id-token", OTHER_KID)]).await;
    let verifier = source(published.server.url(), &TestTime::new()).verifier();
    verifier.verify_access_token(&published.token(OTHER_KID, &json!({}))).await.unwrap_err();
    published.keys.lock().unwrap().push(jwk("access-token", KID));
    published.answering.send_replace(false);
    let forged = published.token("made-up", &json!({}));
    tokio::select! {
        _ = verifier.verify_access_token(&forged) => unreachable!("nothing is answered"),
        () = in_time(published.server.has_seen(3)) => {}
    }
    published.answering.send_replace(true);

    verifier.verify_access_token(&published.token(KID, &json!({}))).await.unwrap();

    assert_eq!(published.asked_for("/keys"), 2);
}

#[tokio::test]
async fn when_the_clock_was_set_back_keys_are_read_and_looked_for_as_ever() {
    let published = Published::start(vec![jwk("id-token", OTHER_KID)]).await;
    let time = TestTime::new();
    let verifier = source(published.server.url(), &time).verifier();
    let token = published.token(KID, &json!({}));
    complaint(&verifier, &token).await;
    assert_eq!((published.asked_for(DISCOVERY), published.asked_for("/keys")), (1, 2));

    time.set(NOW - 10 * 3600);
    complaint(&verifier, &token).await; // With the keys that are read anew in the background.
    complaint(&verifier, &token).await;
    while published.asked_for(DISCOVERY) < 2 {
        yield_now().await;
    }
    for _ in 0..3 {
        assert_eq!((published.asked_for(DISCOVERY), published.asked_for("/keys")), (2, 4));
        complaint(&verifier, &token).await;
    }
}

#[tokio::test]
async fn a_clock_that_was_set_back_leaves_the_keys_that_there_are() {
    let published = Published::start(vec![jwk("access-token", KID)]).await;
    let time = TestTime::new();
    let verifier = source(published.server.url(), &time).verifier();
    let token = published.token(KID, &json!({}));
    verifier.verify_access_token(&token).await.unwrap();
    *published.down.lock().unwrap() = true;

    time.set(NOW - 1);
    for _ in 0..20 {
        verifier.verify_access_token(&token).await.unwrap();
    }

    assert!(published.asked_for(DISCOVERY) <= 2);
}

#[tokio::test]
async fn old_keys_serve_for_a_day_while_they_can_not_be_read_anew() {
    let published = Published::start(vec![jwk("access-token", KID)]).await;
    let time = TestTime::new();
    let verifier = source(published.server.url(), &time).verifier();
    let token = published.token(KID, &json!({"exp": NOW + 100 * 3600}));
    verifier.verify_access_token(&token).await.unwrap();
    *published.down.lock().unwrap() = true;

    for (seconds, attempts) in [(3599, 1), (3600, 2), (3629, 2), (3630, 3), (24 * 3600 - 1, 4)] {
        time.set(NOW + seconds);
        verifier.verify_access_token(&token).await.unwrap();
        // In the background; the next attempt begins when the last has ended.
        while published.asked_for(DISCOVERY) < attempts {
            yield_now().await;
            verifier.verify_access_token(&token).await.unwrap();
        }
        assert_eq!(published.asked_for(DISCOVERY), attempts, "after {seconds} s");
    }
    time.set(NOW + 24 * 3600);
    let error = verifier.verify_access_token(&token).await.unwrap_err();
    assert!(matches!(error, Error::Refused { stage: Stage::Discovery, .. }), "{error:?}");
}

#[tokio::test]
async fn who_forged_a_token_is_told_of_the_signature_alone() {
    let published =
        Published::start(vec![jwk("access-token", KID), jwk("id-token", OTHER_KID)]).await;
    let verifier = source(published.server.url(), &TestTime::new()).verifier();
    let token = published.token(OTHER_KID, &json!({"iss": "else", "exp": 1}));

    let Error::Unverified { source } = verifier.verify_access_token(&token).await.unwrap_err()
    else {
        panic!("it is not verified")
    };

    assert!(matches!(*source, VerifyError::Signature { .. }), "{source:?}");
}

#[tokio::test]
async fn nobody_who_has_good_keys_waits_for_newer_ones() {
    let published = Published::start(vec![jwk("access-token", KID)]).await;
    let time = TestTime::new();
    let verifier = source(published.server.url(), &time).verifier();
    let token = published.token(KID, &json!({}));
    verifier.verify_access_token(&token).await.unwrap();
    published.answering.send_replace(false);
    time.set(NOW + 3600);

    for _ in 0..3 {
        in_time(verifier.verify_access_token(&token)).await.unwrap();
    }

    in_time(published.server.has_seen(4)).await;
    assert_eq!((published.asked_for(DISCOVERY), published.asked_for("/keys")), (2, 2));
}

/// Pauses never end. What passes when the gate opens are the deadlines that are set by then: all, or
/// the first alone.
struct Gate {
    opening: watch::Sender<()>,
    first_alone: bool,
    one_is_set: AtomicBool,
}

impl Timer for Gate {
    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(std::future::pending())
    }

    fn deadline(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        if self.one_is_set.swap(true, Ordering::Relaxed) && self.first_alone {
            return self.sleep(duration);
        }
        let mut opening = self.opening.subscribe();
        Box::pin(async move { opening.changed().await.unwrap() })
    }
}

/// Discovery with such deadlines, and what opens the gate.
fn gated(url: &str, first_alone: bool) -> (Discovery, watch::Sender<()>) {
    let opening = watch::Sender::new(());
    let gate = Gate { opening: opening.clone(), first_alone, one_is_set: AtomicBool::new(false) };
    let source = source_builder(url, &TestTime::new()).timer(Arc::new(gate)).build().unwrap();
    (source.discovery(), opening)
}

async fn in_time<T>(work: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(5), work).await.expect("it waits for what never comes")
}

#[tokio::test]
async fn all_who_wait_for_a_reading_get_its_failure() {
    let published = Published::start(Vec::new()).await;
    let (discovery, gate) = gated(published.server.url(), false);
    published.answering.send_replace(false);
    let waiting: Vec<_> = (0..10)
        .map(|_| {
            let discovery = discovery.clone();
            tokio::spawn(async move { discovery.keys().await })
        })
        .collect();
    in_time(published.server.has_seen(1)).await;
    gate.send_replace(());

    for caller in waiting {
        let error = in_time(caller).await.unwrap().unwrap_err();

        assert!(matches!(error, Error::OutOfTime { stage: Stage::Discovery, .. }), "{error:?}");
    }
    published.server.assert_requests(1);
}

#[tokio::test]
async fn all_who_look_for_a_key_get_the_failure_of_one_look() {
    let published = Published::start(vec![jwk("id-token", OTHER_KID)]).await;
    let (discovery, gate) = gated(published.server.url(), false);
    discovery.keys().await.unwrap();
    published.answering.send_replace(false);
    let verifier = TokenVerifier::new(discovery);
    let waiting: Vec<_> = (0..10)
        .map(|n| {
            let token = published.token(&format!("made-up-{n}"), &json!({}));
            let verifier = verifier.clone();
            tokio::spawn(async move { verifier.verify_access_token(&token).await })
        })
        .collect();
    in_time(published.server.has_seen(3)).await;
    gate.send_replace(());

    for caller in waiting {
        let error = in_time(caller).await.unwrap().unwrap_err();

        assert!(matches!(error, Error::OutOfTime { stage: Stage::Keys, .. }), "{error:?}");
    }
    published.server.assert_requests(3);
}

#[tokio::test]
async fn a_first_verification_has_one_deadline_for_the_document_and_the_keys() {
    let (stuck, _) = watch::channel(false);
    let held = stuck.clone();
    let server = Server::start(move |_, seen| {
        let base = format!("http://{}", seen.header("host"));
        match seen.target.as_str() {
            DISCOVERY => Reply::json(200, &discovery(&base, &format!("{base}/keys"))),
            _ => Reply::new(200, "").held_by(&held),
        }
    })
    .await;
    let (discovery, gate) = gated(server.url(), true);
    let verifying =
        tokio::spawn(async move { TokenVerifier::new(discovery).verify_access_token("a").await });
    in_time(server.has_seen(2)).await;
    gate.send_replace(());

    let error = in_time(verifying).await.unwrap().unwrap_err();

    assert!(matches!(error, Error::OutOfTime { stage: Stage::Keys, attempts: 1, .. }), "{error:?}");
}
