//! `GET /openapi.json`: the document itself. That the answers are as it says is asserted of each
//! answer in all other tests.
#![expect(clippy::unwrap_used, reason = "a test fails where it stands")]

use std::collections::BTreeSet;

use gatepass_tests::TestPlatform;
use reqwest::Method;
use serde_json::Value;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The operations: path, method, and what is said of it.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let paths = document["paths"].as_object().unwrap();
    let each = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(|(method, it)| (path.clone(), method.clone(), it.clone()))
    });
    each.collect()
}

/// A path with something for each of its parameters.
fn filled(path: &str) -> String {
    let fill = |segment: &str| if segment.starts_with('{') { "1" } else { segment }.to_owned();
    path.split('/').map(fill).collect::<Vec<_>>().join("/")
}

async fn document(platform: &TestPlatform) -> Value {
    platform.request(Method::GET, "/openapi.json").send().await.assert_status(200).json()
}

#[tokio::test]
async fn anyone_gets_the_document_for_the_url_that_it_used() {
    let platform = TestPlatform::start().await;

    let answer = platform.request(Method::GET, "/openapi.json").send().await;

    answer
        .assert_status(200)
        .assert_header("content-type", "application/json; charset=utf-8")
        .assert_at("/openapi", "3.1.1")
        .assert_at("/info/version", env!("CARGO_PKG_VERSION"))
        .assert_at("/servers/0/url", platform.url());
}

#[tokio::test]
async fn the_document_has_these_operations_and_statuses() {
    let platform = TestPlatform::start().await;

    let document = document(&platform).await;

    let lines: Vec<_> = operations(&document)
        .iter()
        .map(|(path, method, operation)| {
            let responses = operation["responses"].as_object().unwrap();
            let statuses = responses.keys().cloned().collect::<Vec<_>>().join(" ");
            format!("{} {path}: {statuses}", method.to_ascii_uppercase())
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn each_documented_path_has_the_documented_methods_and_no_other() {
    let platform = TestPlatform::start().await;
    let document = document(&platform).await;

    for (path, methods) in document["paths"].as_object().unwrap() {
        let answer = platform.request(Method::OPTIONS, &filled(path)).send().await;

        let allowed: BTreeSet<_> = answer
            .assert_status(405)
            .header("allow")
            .split(',')
            .filter(|method| *method != "HEAD")
            .map(str::to_ascii_lowercase)
            .collect();
        let documented = methods.as_object().unwrap().keys().cloned().collect();
        assert_eq!(allowed, documented, "{path}");
    }
}

#[tokio::test]
async fn all_that_the_document_refers_to_is_in_it() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let platform = TestPlatform::start().await;

    let document = document(&platform).await;

    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(found.len() > 100, "{} references", found.len());
    for reference in found {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
}

#[tokio::test]
async fn each_operation_says_what_openapi_asks_of_it() {
    let platform = TestPlatform::start().await;
    let document = document(&platform).await;
    let tags = document["tags"].as_array().unwrap();
    let tags: BTreeSet<_> = tags.iter().map(|tag| tag["name"].to_string()).collect();
    let schemes = document["components"]["securitySchemes"].as_object().unwrap();
    let mut identifiers = BTreeSet::new();

    for (path, method, operation) in operations(&document) {
        let name = format!("{method} {path}");
        assert!(METHODS.contains(&method.as_str()), "{name}");
        assert!(identifiers.insert(operation["operationId"].to_string()), "{name} comes twice");
        assert!(tags.contains(&operation["tags"][0].to_string()), "{name}: tag");
        for requirement in operation["security"].as_array().unwrap() {
            let known = |scheme: &String| schemes.contains_key(scheme);
            assert!(requirement.as_object().unwrap().keys().all(known), "{name}: security");
        }
        let parameters = operation["parameters"].as_array().unwrap();
        let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path").count();
        assert_eq!(in_path, path.matches('{').count(), "{name}: parameters");
        for (status, response) in operation["responses"].as_object().unwrap() {
            assert!(response["description"].is_string(), "{name} {status}");
        }
    }
}
