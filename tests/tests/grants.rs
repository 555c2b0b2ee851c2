//! The grants of the token endpoint beside `client_credentials` (CONTRACT 2.4 to 2.8).
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use gatepass_protocol::{Form, Jwt};
use gatepass_tests::{Answer, FixtureClient, TestPlatform, clients};
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Map, Value, json};

const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
const UNIT: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1003";
const FOREIGN: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a2001";

fn urn(tenant: &str) -> String {
    format!("urn:acronis.com:tenant-id:{tenant}")
}

fn form(parameters: &[(&str, &str)]) -> String {
    parameters.iter().copied().collect::<Form>().render()
}

fn claims(answer: &Answer, token: &str) -> Map<String, Value> {
    Jwt::parse(&answer.text_at(token)).unwrap().claims
}

/// Asks for a token with HTTP Basic of the default client.
async fn ask(platform: &TestPlatform, parameters: &[(&str, &str)]) -> Answer {
    ask_as(platform, &clients().default, parameters).await
}

async fn ask_as(
    platform: &TestPlatform,
    client: &FixtureClient,
    parameters: &[(&str, &str)],
) -> Answer {
    platform.post_token(&form(parameters)).basic(client).send().await
}

async fn narrow(platform: &TestPlatform, token: &str, tenant: &str) -> Answer {
    let body = form(&[("grant_type", JWT_BEARER), ("assertion", token), ("scope", &urn(tenant))]);
    platform.request(Method::POST, "/bc/idp/token").form(&body).bearer(token).send().await
}

async fn call(platform: &TestPlatform, client_id: impl std::fmt::Display, token: &str) -> Answer {
    platform.get(&format!("/api/2/clients/{client_id}"), token).await
}

#[tokio::test]
async fn a_token_is_narrowed_to_a_tenant_below() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;

    let answer = narrow(&platform, &token, CUSTOMER).await;

    answer.assert_status(200).assert_at("/token_type", "bearer");
    assert_eq!(answer.members(), ["access_token", "expires_on", "id_token", "token_type"]);
    let narrowed = claims(&answer, "/access_token");
    let tenants = narrowed["scope"].as_array().unwrap().iter().map(|it| it["tuid"].clone());
    assert_eq!(tenants.collect::<Vec<_>>(), [CUSTOMER, CUSTOMER]);
    assert_eq!(narrowed["narrowing"], json!([[urn(CUSTOMER)]]));
    assert_eq!(narrowed["sub"], json!(clients().default.client_id));
    let token = answer.text_at("/access_token");
    call(&platform, clients().post.client_id, &token).await.assert_status(200);
    call(&platform, clients().default.client_id, &token).await.assert_api_error(403);
}

#[tokio::test]
async fn what_lies_outside_the_tokens_tenants_is_denied() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let narrowed = narrow(&platform, &token, CUSTOMER).await.text_at("/access_token");

    narrow(&platform, &token, FOREIGN).await.assert_token_error(403, "access_denied");
    narrow(&platform, &narrowed, PARTNER).await.assert_token_error(403, "access_denied");
    narrow(&platform, &narrowed, UNIT).await.assert_status(200);
    narrow(&platform, &token, "elsewhere").await.assert_token_error(400, "invalid_scope");
    let no_scope = form(&[("grant_type", JWT_BEARER), ("assertion", &token)]);
    let no_scope = platform.post_token(&no_scope).bearer(&token).send().await;
    no_scope.assert_token_error(400, "invalid_scope");
}

#[tokio::test]
async fn an_assertion_that_is_no_good_token_is_an_invalid_grant() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    let id = clients().default.client_id;
    for shape in [
        json!({"lifetime_s": -1}),
        json!({"signature": "broken"}),
        json!({"alg": "none"}),
        json!({"revoked": true}),
        json!({"claims": {"client_id": clients().disabled.client_id}}),
    ] {
        let mut order = shape.clone();
        order["client_id"] = json!(id);
        let mint = platform.request(Method::POST, "/_gatepass/tokens").body(&order.to_string());
        let token = mint.send().await.text_at("/access_token");

        let answer = narrow(&platform, &token, CUSTOMER).await;

        answer.assert_token_error(400, "invalid_grant");
    }
    narrow(&platform, "abc", CUSTOMER).await.assert_token_error(400, "invalid_grant");
}

#[tokio::test]
async fn the_bearer_token_is_the_assertion_itself() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let other = platform.token_for(&clients().default).await;
    let scope = urn(CUSTOMER);
    let body = form(&[("grant_type", JWT_BEARER), ("assertion", &token), ("scope", &scope)]);
    let bare = form(&[("grant_type", JWT_BEARER), ("scope", &scope)]);
    let post = |body: &str| platform.post_token(body);

    post(&body).send().await.assert_token_error(401, "invalid_client");
    post(&body).bearer(&other).send().await.assert_token_error(400, "invalid_request");
    post(&bare).bearer(&token).send().await.assert_token_error(400, "invalid_request");
    let stranger = format!("{body}&client_id={}", clients().foreign.client_id);
    post(&stranger).bearer(&token).send().await.assert_token_error(400, "invalid_request");
    for grant in ["client_credentials", "password", "refresh_token", "implicit", ""] {
        let body = form(&[("grant_type", grant), ("assertion", &token)]);
        post(&body).bearer(&token).send().await.assert_token_error(401, "invalid_client");
    }
}

#[tokio::test]
async fn a_client_narrows_its_own_token_with_its_secret() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let scope = urn(CUSTOMER);
    let parameters = [("grant_type", JWT_BEARER), ("assertion", &*token), ("scope", &*scope)];

    ask(&platform, &parameters).await.assert_status(200);
    let foreign = ask_as(&platform, &clients().foreign, &parameters).await;
    foreign.assert_token_error(400, "invalid_grant");
}

async fn sign_in(platform: &TestPlatform, login: &str, rest: &[(&str, &str)]) -> Answer {
    let username = format!("{login}@example.com");
    let mut parameters = vec![
        ("grant_type", "password"),
        ("username", &*username),
        ("password", "example-password"),
    ];
    parameters.extend(rest);
    ask(platform, &parameters).await
}

#[tokio::test]
async fn a_user_signs_in_with_login_and_password() {
    let platform = TestPlatform::start().await;

    let answer = sign_in(&platform, "administrator", &[]).await;

    answer.assert_status(200);
    let access = claims(&answer, "/access_token");
    let user = json!("52755373-0d21-476c-8320-7c56499e7df0");
    assert_eq!((&access["sub"], &access["uid"]), (&user, &user));
    assert_eq!(access["sub_type"], "user");
    assert_eq!(access["client_id"], json!(clients().default.client_id));
    assert_eq!(access["owner_tuid"], json!(clients().default.tenant_id));
    assert!(!access.contains_key("totp_time"));
    let id = claims(&answer, "/id_token");
    assert_eq!((&id["sub"], &id["name"]), (&user, &json!("administrator@example.com")));
    let token = answer.text_at("/access_token");
    call(&platform, clients().default.client_id, &token).await.assert_status(200);
}

#[tokio::test]
async fn a_stranger_is_not_told_whether_the_login_or_the_password_was_wrong() {
    let platform = TestPlatform::start().await;
    let login = ("username", "administrator@example.com");
    let nobody = ("username", "nobody@example.com");
    let grant = ("grant_type", "password");

    let wrong = ask(&platform, &[grant, login, ("password", "hunter2-hunter2")]).await;
    let unknown = ask(&platform, &[grant, nobody, ("password", "example-password")]).await;

    wrong.assert_token_error(400, "invalid_grant");
    assert_eq!(unknown.body(), wrong.body());
    ask(&platform, &[grant, login]).await.assert_token_error(400, "invalid_request");
    ask(&platform, &[grant]).await.assert_token_error(400, "invalid_request");
    let log = serde_json::to_string(&platform.log()).unwrap();
    assert!(log.contains("the password is not that of user") && !log.contains("hunter2"), "{log}");
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_judged_on_the_platforms_clock() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    // RFC 6238 appendix B: at this second the code is 07081804, or 081804 with six digits.
    platform.clock().set("2005-03-18T01:58:29Z".parse().unwrap());
    let ask = async |rest: &[(&str, &str)]| sign_in(&platform, "two-factor", rest).await;

    ask(&[]).await.assert_token_error(401, "totp_required");
    ask(&[("totp_code", "000000")]).await.assert_token_error(401, "invalid_totp");
    let answer = ask(&[("totp_code", "081804")]).await;
    answer.assert_status(200);
    let access = claims(&answer, "/access_token");
    let now = json!(1_111_111_109);
    assert_eq!((&access["totp_time"], &access["login_totp_time"]), (&now, &now));

    platform.clock().advance(SignedDuration::from_mins(2));
    ask(&[("totp_code", "081804")]).await.assert_token_error(401, "invalid_totp");
    let setup = sign_in(&platform, "two-factor-setup", &[("totp_code", "081804")]).await;
    setup.assert_token_error(403, "totp_setup_required");
}

#[tokio::test]
async fn a_users_token_is_narrowed_as_the_users() {
    let platform = TestPlatform::start().await;
    let token = sign_in(&platform, "administrator", &[]).await.text_at("/access_token");

    let narrowed = narrow(&platform, &token, UNIT).await;

    let access = claims(&narrowed, "/access_token");
    assert_eq!(access["sub_type"], "user");
    assert_eq!(access["sub"], "52755373-0d21-476c-8320-7c56499e7df0");
    assert_eq!(claims(&narrowed, "/id_token")["name"], "administrator@example.com");
}

#[tokio::test]
async fn the_other_grants_are_known_but_not_offered() {
    let platform = TestPlatform::start().await;
    for grant in
        ["md5_password", "authorization_code", "urn:ietf:params:oauth:grant-type:device_code"]
    {
        let answer = ask(&platform, &[("grant_type", grant)]).await;

        answer.assert_token_error(400, "unsupported_grant_type");
    }
}

#[tokio::test]
async fn the_header_tells_that_no_introspection_is_required() {
    let platform = TestPlatform::start().await;
    let header = async |value: &str| {
        let flag = ("not_required_introspection", value);
        let answer = ask(&platform, &[("grant_type", "client_credentials"), flag]).await;
        let token = Jwt::parse(&answer.text_at("/access_token")).unwrap();
        assert!(!Jwt::parse(&answer.text_at("/id_token")).unwrap().header.contains_key("nri"));
        call(&platform, clients().default.client_id, &answer.text_at("/access_token"))
            .await
            .assert_status(200);
        token.header
    };

    let with = header("true").await;
    assert_eq!(with.keys().collect::<Vec<_>>(), ["typ", "alg", "kid", "nri"]);
    assert_eq!(with["nri"], 1);
    assert!(!header("false").await.contains_key("nri"));
    let odd = [("grant_type", "client_credentials"), ("not_required_introspection", "maybe")];
    ask(&platform, &odd).await.assert_token_error(400, "invalid_request");
}
