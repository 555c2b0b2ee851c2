//! Tenants, and tokens that register machines in them (CONTRACT 1.5, 7).

use gatepass_tests::{
    ADMINISTRATOR, Answer, FixtureClient, TestPlatform, client_without_roles, clients,
    read_only_client,
};
use reqwest::Method;
use serde_json::{Value, json};

const TENANTS: &str = "/api/2/tenants";
const PARTNER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1001";
const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
const UNIT: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1003";
const FOREIGN: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a2001";
const NOWHERE: &str = "00000000-0000-4000-8000-000000000000";

/// What a client gets for a query.
async fn list(platform: &TestPlatform, client: &FixtureClient, query: &str) -> Answer {
    let token = platform.token_for(client).await;
    platform.get(&format!("{TENANTS}?{query}"), &token).await
}

#[tokio::test]
async fn a_tenant_is_shown_as_documented() {
    let platform = TestPlatform::start().await;
    let request = platform.request(Method::GET, &format!("{TENANTS}/{CUSTOMER}"));

    let answer = request.login(ADMINISTRATOR).send().await;

    answer
        .assert_status(200)
        .assert_header("content-type", "application/json; charset=utf-8")
        .assert_at("/id", CUSTOMER)
        .assert_at("/name", "Example Customer")
        .assert_at("/kind", "customer")
        .assert_at("/parent_id", PARTNER)
        .assert_at("/enabled", true)
        .assert_at("/version", 1)
        .assert_at("/customer_type", "default")
        .assert_at("/customer_id", "EX-1002")
        .assert_at("/brand_id", Value::Null)
        .assert_at("/ancestral_access", true)
        .assert_at("/has_children", true)
        .assert_at("/language", "en")
        .assert_at("/created_at", "2026-01-05T08:00:00+00:00");
}

#[tokio::test]
async fn a_tenant_is_there_for_those_who_may_read_it() {
    let platform = TestPlatform::start().await;
    let partner = platform.token_for(&clients().default).await;
    let customer = platform.token_for(&read_only_client()).await;
    let nobody = platform.token_for(&client_without_roles()).await;

    for (token, tenant, status) in [
        (&partner, PARTNER, 200),
        (&partner, UNIT, 200),
        (&partner, FOREIGN, 403),
        (&partner, NOWHERE, 404),
        (&partner, "a", 404),
        (&customer, UNIT, 200),
        (&customer, PARTNER, 403),
        (&nobody, CUSTOMER, 403),
    ] {
        for path in [format!("{TENANTS}/{tenant}"), format!("{TENANTS}/{tenant}/children")] {
            let answer = platform.get(&path, token).await;

            if status == 200 {
                answer.assert_status(200);
            } else {
                answer.assert_api_error(status);
            }
        }
    }
    let anonymous = platform.request(Method::GET, &format!("{TENANTS}/{CUSTOMER}")).send().await;
    anonymous.assert_api_error(401);
}

#[tokio::test]
async fn children_are_the_tenants_right_below() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    for (tenant, children) in
        [(PARTNER, json!([CUSTOMER])), (CUSTOMER, json!([UNIT])), (UNIT, json!([]))]
    {
        let answer = platform.get(&format!("{TENANTS}/{tenant}/children"), &token).await;

        answer.assert_status(200);
        assert_eq!(answer.json(), json!({"items": children}), "below {tenant}");
    }
}

#[tokio::test]
async fn a_list_holds_what_the_filters_ask_for_and_the_caller_may_read() {
    let platform = TestPlatform::start().await;
    let partner = clients().default;
    let customer = read_only_client();
    for (client, query, tenants) in [
        (&partner, format!("subtree_root_id={PARTNER}"), vec![PARTNER, CUSTOMER, UNIT]),
        (&partner, format!("subtree_root_id={CUSTOMER}"), vec![CUSTOMER, UNIT]),
        (&partner, format!("parent_id={PARTNER}"), vec![CUSTOMER]),
        (&partner, format!("parent_id={UNIT}"), vec![]),
        (&partner, format!("uuids={UNIT},{NOWHERE},{FOREIGN},{PARTNER}"), vec![PARTNER, UNIT]),
        (&partner, format!("uuids={UNIT}&parent_id={PARTNER}"), vec![]),
        (&partner, format!("uuids={UNIT}&allow_deleted=true"), vec![UNIT]),
        (&customer, format!("uuids={UNIT},{PARTNER}"), vec![UNIT]),
    ] {
        let answer = list(&platform, client, &query).await;

        assert_eq!(answer.each_item("id"), tenants, "given {query}\n{answer}");
        answer.assert_at("/paging", json!({"cursors": {}}));
    }
}

#[tokio::test]
async fn a_list_that_can_not_be_answered_says_why() {
    let platform = TestPlatform::start().await;
    let (partner, customer, nobody) =
        (clients().default, read_only_client(), client_without_roles());
    for (client, query, status) in [
        (&partner, String::new(), 400),
        (&partner, "limit=10".to_owned(), 400),
        (&partner, "uuids=".to_owned(), 400),
        (&partner, "uuids=a".to_owned(), 400),
        (&partner, "after=a".to_owned(), 400),
        (&partner, format!("parent_id={PARTNER}&limit=0"), 400),
        (&partner, format!("parent_id={PARTNER}&limit=5001"), 400),
        (&partner, format!("parent_id={PARTNER}&kind=unit"), 400),
        (&partner, format!("parent_id={FOREIGN}"), 403),
        (&partner, format!("subtree_root_id={FOREIGN}"), 403),
        (&partner, format!("subtree_root_id={NOWHERE}"), 404),
        (&customer, format!("subtree_root_id={PARTNER}"), 403),
        (&nobody, format!("uuids={CUSTOMER}"), 403),
    ] {
        list(&platform, client, &query).await.assert_api_error(status);
    }
}

#[tokio::test]
async fn pages_follow_one_another_by_the_cursor_alone() {
    let platform = TestPlatform::start().await;
    let token = platform.token_for(&clients().default).await;
    let mut path = format!("{TENANTS}?subtree_root_id={PARTNER}&limit=1&lod=basic");
    let mut shown = Vec::new();
    for _ in 0..5 {
        let page = platform.get(&path, &token).await;
        shown.extend(page.each_item("id"));
        assert!(page.at("/items/0/customer_type").is_null(), "{page}");
        let Value::String(after) = page.at("/paging/cursors/after") else {
            break;
        };
        path = format!("{TENANTS}?after={after}"); // unreserved characters, so as it is
    }

    assert_eq!(shown, [PARTNER, CUSTOMER, UNIT]);
}

#[tokio::test]
async fn a_cursor_gives_nobody_more_than_it_may_read() {
    let platform = TestPlatform::start().await;
    let page =
        list(&platform, &clients().default, &format!("uuids={PARTNER},{CUSTOMER}&limit=1")).await;
    let after = page.text_at("/paging/cursors/after");

    let foreign = list(&platform, &clients().foreign, &format!("after={after}")).await;

    assert_eq!(foreign.each_item("id"), [""; 0]);
    let query = format!("subtree_root_id={PARTNER}&limit=1");
    let page = list(&platform, &clients().default, &query).await;
    let after = page.text_at("/paging/cursors/after");
    list(&platform, &clients().foreign, &format!("after={after}")).await.assert_api_error(403);
}

#[tokio::test]
async fn the_level_of_detail_says_what_is_shown() {
    let platform = TestPlatform::start().await;
    let stamps = ["id", "version", "parent_id", "created_at", "updated_at", "deleted_at"];
    for (lod, more, less) in [
        ("stamps", vec![], vec!["name", "customer_type"]),
        ("basic", vec!["name", "kind", "enabled"], vec!["customer_type"]),
        ("full", vec!["name", "customer_type", "ancestral_access"], vec![]),
    ] {
        let answer = list(&platform, &clients().default, &format!("uuids={UNIT}&lod={lod}")).await;

        let tenant = answer.at("/items/0");
        for member in stamps.iter().chain(&more) {
            assert!(tenant.get(member).is_some(), "{member} with {lod}\n{answer}");
        }
        for member in less {
            assert!(tenant.get(member).is_none(), "{member} with {lod}\n{answer}");
        }
    }
}

#[tokio::test]
async fn a_registration_token_says_until_when_and_for_which_tenant() {
    let platform = TestPlatform::start().await;
    platform.clock().freeze();
    platform.clock().set("2026-11-24T12:00:00Z".parse().unwrap());
    let path = format!("{TENANTS}/{CUSTOMER}/registration_tokens");
    let scopes = json!([format!("urn:acronis.com:tenant-id:{CUSTOMER}:backup_agent_admin")]);
    let body = json!({"expires_in": 3600, "scopes": scopes});

    let answer =
        platform.request(Method::POST, &path).login(ADMINISTRATOR).json(&body).send().await;

    answer
        .assert_status(200)
        .assert_header("cache-control", "no-store")
        .assert_at("/created_at", "2026-11-24T12:00:00+00:00")
        .assert_at("/expires_at", "2026-11-24T13:00:00+00:00")
        .assert_at("/tenant_id", "1002")
        .assert_at("/tenant_uuid", CUSTOMER)
        .assert_at("/scopes", scopes);
    assert!(answer.at("/id").is_u64(), "{answer}");
    let token = answer.text_at("/token");
    let groups: Vec<_> = token.split('-').collect();
    let is_group = |group: &&str| {
        let allowed = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        group.len() == 4 && group.bytes().all(allowed)
    };
    assert!(groups.len() == 3 && groups.iter().all(is_group), "{token}");
    let again = platform.request(Method::POST, &path).login(ADMINISTRATOR).json(&body).send().await;
    assert_ne!(again.text_at("/token"), token);
}

#[tokio::test]
async fn a_registration_token_is_for_those_who_administer_the_tenant() {
    let platform = TestPlatform::start().await;
    let partner = platform.token_for(&clients().default).await;
    let viewer = platform.token_for(&read_only_client()).await;
    let good = json!({"expires_in": 3600, "scopes": []});
    for (token, tenant, body, status) in [
        (&partner, FOREIGN, &good, 403),
        (&partner, NOWHERE, &good, 404),
        (&viewer, CUSTOMER, &good, 403),
        (&partner, CUSTOMER, &json!({"scopes": []}), 400),
        (&partner, CUSTOMER, &json!({"expires_in": "1h", "scopes": []}), 400),
    ] {
        let path = format!("{TENANTS}/{tenant}/registration_tokens");

        let answer = platform.request(Method::POST, &path).bearer(token).json(body).send().await;

        answer.assert_api_error(status);
    }
    let path = format!("{TENANTS}/{CUSTOMER}/registration_tokens");
    let request = platform.request(Method::POST, &path).bearer(&partner);
    request.form("expires_in=1").send().await.assert_api_error(415);
    platform.request(Method::POST, &path).json(&good).send().await.assert_api_error(401);
}
