//! Discovery, keys, and the tokens that they verify.

use gatepass_client::{EpochSeconds, Error, KeySet, Stage, VerifyError};
use jsonwebtoken::{Algorithm, EncodingKey, Header, jwk::Jwk};
use rustls_pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde_json::{Value, json};

use crate::support::{NOW, Reply, Server, TestTime, source, words};

pub(crate) const KID: &str = "c0038d5e-0e5b-4c5e-9d43-6f0d2b8a1001";
pub(crate) const OTHER_KID: &str = "29e1b8a4-7f3c-4d21-8b1a-2c6e0f4d1002";

fn private_key(name: &str) -> EncodingKey {
    let path = format!("{}/../../fixtures/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"));
    let pkcs8 = PrivatePkcs8KeyDer::from_pem_file(path).unwrap();
    // `EncodingKey` takes the PKCS#1 key that PKCS#8 wraps in 26 bytes, for a key of 2048 bits.
    EncodingKey::from_rsa_der(&pkcs8.secret_pkcs8_der()[26..])
}

pub(crate) fn jwk(name: &str, kid: &str) -> Value {
    let mut jwk = Jwk::from_encoding_key(&private_key(name), Algorithm::RS256).unwrap();
    jwk.common.key_id = Some(kid.to_owned());
    serde_json::to_value(jwk).unwrap()
}

fn key_set() -> Value {
    json!({"keys": [jwk("access-token", KID), jwk("id-token", OTHER_KID)]})
}

fn keys() -> KeySet {
    KeySet::from_json(&key_set().to_string()).unwrap()
}

fn claims() -> Value {
    json!({"sub": "a", "aud": "b", "iss": "c", "exp": NOW + 100})
}

pub(crate) fn sign(kid: Option<&str>, claims: &Value) -> String {
    let mut header = Header::new(Algorithm::RS256);
    header.kid = kid.map(str::to_owned);
    jsonwebtoken::encode(&header, claims, &private_key("access-token")).unwrap()
}

fn at(seconds: i64) -> EpochSeconds {
    EpochSeconds::try_from(seconds).unwrap()
}

#[track_caller]
fn complaint(token: &str) -> String {
    let error = keys().verify(token, at(NOW)).unwrap_err();
    error.to_string()
}

#[test]
fn a_token_signed_by_one_of_the_keys_gives_its_claims() {
    let verified = keys().verify(&sign(Some(KID), &claims()), at(NOW)).unwrap();

    assert_eq!(Value::Object(verified), claims());
}

#[test]
fn a_token_expires_to_the_second_by_the_time_that_is_given() {
    let token = sign(Some(KID), &claims());

    assert!(keys().verify(&token, at(NOW + 99)).is_ok());
    let error = keys().verify(&token, at(NOW + 100)).unwrap_err();
    assert_eq!(error.to_string(), "it expired at 2023-11-14T22:15:00+00:00");
    assert!(keys().verify_signature(&token).is_ok());
}

#[test]
fn a_token_is_not_valid_before_its_time() {
    let token = sign(Some(KID), &json!({"exp": NOW + 100, "nbf": NOW + 1}));

    assert_eq!(complaint(&token), "it is not valid before 2023-11-14T22:13:21+00:00");
    assert!(keys().verify(&token, at(NOW + 1)).is_ok());
}

#[test]
fn a_time_has_to_be_a_number_of_seconds() {
    for (claims, expected) in [
        (json!({}), "its `exp` is not a number of seconds"),
        (json!({"exp": "tomorrow"}), "its `exp` is not a number of seconds"),
        (json!({"exp": i64::MAX}), "its `exp` is not a number of seconds"),
        (json!({"exp": NOW + 1, "nbf": 1.5}), "its `nbf` is not a number of seconds"),
    ] {
        assert_eq!(complaint(&sign(Some(KID), &claims)), expected, "given {claims}");
    }
}

#[test]
fn a_key_that_is_not_published_is_named() {
    let token = sign(Some("00000000-0000-4000-8000-000000000000"), &claims());

    assert_eq!(
        complaint(&token),
        "its key `00000000-0000-4000-8000-000000000000` is not among the 2 that the data center \
         publishes"
    );
    assert_eq!(complaint(&sign(None, &claims())), "its header has no `kid`");
}

#[test]
fn a_signature_by_another_key_is_refused_even_when_the_token_has_expired_too() {
    let token = sign(Some(OTHER_KID), &json!({"exp": NOW - 1}));

    let error = keys().verify(&token, at(NOW)).unwrap_err();

    assert!(matches!(error, VerifyError::Signature { .. }), "{error:?}");
}

#[test]
fn a_changed_claim_breaks_the_signature() {
    let token = sign(Some(KID), &claims());
    let other = sign(Some(KID), &json!({"exp": NOW + 1_000_000}));
    let (parts, others): (Vec<_>, Vec<_>) =
        (token.split('.').collect(), other.split('.').collect());
    let forged = [parts[0], others[1], parts[2]].join(".");

    assert_eq!(complaint(&forged), format!("its signature is not that of its key `{KID}`"));
}

#[test]
fn another_algorithm_than_the_platforms_is_refused() {
    // {"alg":"none"} and {"kid":"k"}, each with {} and a signature of no sense.
    assert_eq!(complaint("eyJhbGciOiJub25lIn0.e30.eA"), "its `alg` is \"none\", not \"RS256\"");
    assert_eq!(complaint("eyJraWQiOiJrIn0.e30.eA"), "its `alg` is missing, not \"RS256\"");

    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some(KID.to_owned());
    let secret = EncodingKey::from_secret(key_set().to_string().as_bytes());
    let token = jsonwebtoken::encode(&header, &claims(), &secret).unwrap();
    assert_eq!(complaint(&token), "its `alg` is \"HS256\", not \"RS256\"");
}

#[test]
fn a_header_that_demands_understanding_is_refused() {
    // {"alg":"RS256","crit":["x"]}
    let token = "eyJhbGciOiJSUzI1NiIsImNyaXQiOlsieCJdfQ.e30.eA";

    assert_eq!(complaint(token), "its header has `crit`, which no token of the platform has");
}

#[test]
fn what_is_no_token_is_said_to_be_none() {
    let error = keys().verify("hunter2", at(NOW)).unwrap_err();

    assert!(matches!(error, VerifyError::Malformed(_)), "{error:?}");
    assert!(!format!("{error:?} {error}").contains("hunter2"));
}

#[test]
fn a_key_of_another_kind_does_not_spoil_the_set() {
    let set = json!({"keys": [
        {"kty": "EC", "crv": "P-256", "kid": "e", "x": "AA", "y": "AA"},
        {"kty": "future", "kid": "f"},
        jwk("access-token", KID),
    ]});
    let keys = KeySet::from_json(&set.to_string()).unwrap();

    assert_eq!(keys.ids().collect::<Vec<_>>(), ["e", "f", KID]);
    assert!(keys.verify(&sign(Some(KID), &claims()), at(NOW)).is_ok());
    for kid in ["e", "f"] {
        let error = keys.verify(&sign(Some(kid), &claims()), at(NOW)).unwrap_err();

        assert_eq!(error.to_string(), format!("its key `{kid}` is no RSA key"));
    }
}

pub(crate) fn discovery(base: &str, jwks_uri: &str) -> Value {
    json!({
        "issuer": base, "authorization_endpoint": base, "token_endpoint": base,
        "jwks_uri": jwks_uri, "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

/// Serves the discovery document, once after a 503, and the keys elsewhere than usual.
async fn platform(jwks_uri: impl Fn(&str) -> String + Send + Sync + 'static) -> Server {
    Server::start(move |n, seen| {
        let base = format!("http://{}", seen.header("host"));
        match seen.target.as_str() {
            "/.well-known/openid-configuration" if n == 1 => Reply::new(503, ""),
            "/.well-known/openid-configuration" => {
                Reply::json(200, &discovery(&base, &jwks_uri(&base)))
            }
            "/somewhere/keys" => Reply::json(200, &key_set()),
            _ => Reply::new(404, ""),
        }
    })
    .await
}

#[tokio::test]
async fn keys_are_found_where_discovery_says() {
    let server = platform(|base| format!("{base}/somewhere/keys")).await;
    let time = TestTime::new();
    let discovery = source(server.url(), &time).discovery();

    let keys = discovery.keys().await.unwrap();

    assert_eq!(keys.ids().collect::<Vec<_>>(), [KID, OTHER_KID]);
    time.assert_sleeps(&[1]);
    assert!(server.seen().iter().all(|seen| seen.header("authorization").is_empty()));
    assert_eq!(discovery.document().await.unwrap().issuer, server.url());
}

#[tokio::test]
async fn a_failure_of_the_keys_names_their_url() {
    let server = platform(|base| format!("{base}/gone")).await;
    let discovery = source(server.url(), &TestTime::new()).discovery();

    let error = discovery.keys().await.unwrap_err();

    assert_eq!((error.stage(), error.status().unwrap().as_u16()), (Stage::Keys, 404));
    let expected = format!(
        "the platform refused the keys request to {}/gone with 404 Not Found",
        server.url()
    );
    assert_eq!(words(&error), expected);
}

#[tokio::test]
async fn a_jwks_uri_that_cannot_be_asked_is_shown() {
    for (jwks_uri, complaint) in [
        ("/idp/keys", "`jwks_uri` is `/idp/keys`, which is no absolute URL"),
        ("file:///keys", "`jwks_uri` is `file:///keys`, which is neither `https` nor `http`"),
    ] {
        let server = platform(move |_| jwks_uri.to_owned()).await;

        let error = source(server.url(), &TestTime::new()).discovery().keys().await.unwrap_err();

        assert_eq!(error.stage(), Stage::Discovery);
        assert!(words(&error).ends_with(complaint), "{}", words(&error));
    }
}

#[tokio::test]
async fn what_is_neither_discovery_nor_keys_is_said_to_be_none() {
    for (discovery_body, keys_body, complaint) in [
        (json!({"issuer": "a"}), json!({}), "it is not a discovery document: missing field"),
        (json!(null), json!({"keys": 1}), "it is not a key set: invalid type"),
    ] {
        let server = Server::start(move |_, seen| {
            let base = format!("http://{}", seen.header("host"));
            match seen.target.as_str() {
                "/keys" => Reply::json(200, &keys_body),
                _ if discovery_body.is_null() => {
                    Reply::json(200, &discovery(&base, &format!("{base}/keys")))
                }
                _ => Reply::json(200, &discovery_body),
            }
        })
        .await;

        let error = source(server.url(), &TestTime::new()).discovery().keys().await.unwrap_err();

        assert!(matches!(error, Error::Unusable { .. }), "{error:?}");
        assert!(words(&error).contains(complaint), "{}", words(&error));
    }
}
