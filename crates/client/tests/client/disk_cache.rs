//! A token serves from one run of a program to the next.
#![cfg(feature = "disk-cache")]

use std::{fs, io::Write, sync::Arc};

use gatepass_client::{AuthorizedClient, DiskCache, TokenSource};
use serde_json::json;
use tempfile::TempDir;

use crate::support::{NOW, Reply, Server, TestTime, source_builder, token};

/// What a program has at its start.
fn run(server: &Server, folder: &TempDir, time: &Arc<TestTime>) -> TokenSource {
    // The keyring of whoever runs this test is left alone.
    let cache = DiskCache::unencrypted(folder.path()).unwrap();
    source_builder(server.url(), time).disk_cache(cache).build().unwrap()
}

#[tokio::test]
async fn the_next_run_asks_for_nothing_while_the_token_is_good() {
    let server = Server::start(|n, _| token(n, NOW + 7200 * i64::try_from(n).unwrap())).await;
    let (folder, time) = (tempfile::tempdir().unwrap(), TestTime::new());

    for (seconds, expected) in [(0, "tok~1"), (6000, "tok~1"), (7200, "tok~2"), (8000, "tok~2")] {
        time.set(NOW + seconds);
        let token = run(&server, &folder, &time).access_token().await.unwrap();

        assert_eq!(token.reveal(), expected, "after {seconds} s");
    }

    server.assert_requests(2);
}

#[tokio::test]
async fn a_run_that_asks_for_nothing_writes_nothing() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;
    let (folder, time) = (tempfile::tempdir().unwrap(), TestTime::new());
    run(&server, &folder, &time).access_token().await.unwrap();
    let file = fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    // A file that is written is replaced whole, and this would be gone.
    fs::File::options().append(true).open(&file).unwrap().write_all(b"\n").unwrap();

    run(&server, &folder, &time).access_token().await.unwrap();

    server.assert_requests(1);
    assert!(fs::read(&file).unwrap().ends_with(b"\n"));
}

#[tokio::test]
async fn a_kept_token_that_an_api_refuses_is_replaced_for_the_runs_to_come() {
    let server = Server::start(|n, seen| match seen.header("authorization") {
        "Bearer tok~1" => Reply::new(401, ""),
        "Bearer tok~3" => Reply::new(200, ""),
        _ => token(n, NOW + 7200),
    })
    .await;
    let (folder, time) = (tempfile::tempdir().unwrap(), TestTime::new());
    run(&server, &folder, &time).token().await.unwrap();

    let client = AuthorizedClient::new(run(&server, &folder, &time));
    let answer = client.get("/a").send().await.unwrap();

    assert_eq!(answer.status(), 200);
    assert_eq!(run(&server, &folder, &time).access_token().await.unwrap().reveal(), "tok~3");
    server.assert_requests(4);
}

#[tokio::test]
async fn a_run_may_revoke_what_the_last_one_kept() {
    let server = Server::start(|n, seen| match seen.target.as_str() {
        "/api/2/idp/revoke_token" => Reply::new(200, ""),
        _ => token(n, NOW + 7200),
    })
    .await;
    let (folder, time) = (tempfile::tempdir().unwrap(), TestTime::new());
    run(&server, &folder, &time).token().await.unwrap();

    run(&server, &folder, &time).revoke().await.unwrap();

    assert_eq!(server.seen()[1].body, "token=tok%7E1&token_type_hint=access_token");
    assert_eq!(run(&server, &folder, &time).access_token().await.unwrap().reveal(), "tok~3");
}

#[tokio::test]
async fn two_runs_never_have_the_same_refresh_token() {
    let server = Server::start(|n, _| {
        let expires_on = NOW + 7200 * i64::try_from(n).unwrap();
        Reply::json(
            200,
            &json!({"access_token": format!("tok~{n}"), "refresh_token": format!("tok~r{n}"),
                "expires_on": expires_on, "token_type": "bearer"}),
        )
    })
    .await;
    let (folder, time) = (tempfile::tempdir().unwrap(), TestTime::new());
    let first = run(&server, &folder, &time).token().await.unwrap();
    assert!(first.refresh_token().is_some());

    time.set(NOW + 7100);
    let source = run(&server, &folder, &time);
    let kept = source.token().await.unwrap();
    source.token().await.unwrap(); // It is due, so another is asked for.
    server.has_seen(2).await;

    assert_eq!((kept.access_token().reveal(), kept.refresh_token()), ("tok~1", None));
    assert!(server.seen()[1].body.contains("grant_type=client_credentials"));
}

#[tokio::test]
async fn a_token_that_can_not_be_kept_is_a_token() {
    let server = Server::start(|n, _| token(n, NOW + 7200)).await;
    let (folder, time) = (tempfile::tempdir().unwrap(), TestTime::new());
    let source = run(&server, &folder, &time);
    drop(folder); // It is gone.

    assert_eq!(source.access_token().await.unwrap().reveal(), "tok~1");
}
