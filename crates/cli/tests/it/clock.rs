//! `gatepass clock`.

use std::process::Output;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{
    harness::{
        CLIENT_ID, ClosedPort, Serve, address_of, assert_code, gatepass, http, output_of,
        signed_in, stderr_of, stdout_of, transcript, with_filters,
    },
    static_server,
};

fn clock(url: &str, arguments: &[&str]) -> Output {
    output_of(gatepass(&[&["clock", url], arguments].concat()))
}

fn json(url: &str, arguments: &[&str]) -> Value {
    let output = clock(url, &[arguments, &["--json"]].concat());
    assert_code(&output, 0);
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_clock_that_is_advanced_makes_tokens_expire() {
    let serve = Serve::start(&[]);
    let token = output_of(signed_in(&["token"], &serve.url));
    let call = format!(
        "GET /api/2/clients/{CLIENT_ID} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\n\r\n",
        stdout_of(&token).trim()
    );
    assert!(http(address_of(&serve.url), &call).starts_with("HTTP/1.1 200 "));

    let moved = clock(&serve.url, &["--advance", "2h"]);

    assert_code(&moved, 0);
    assert!(stdout_of(&moved).contains("Z, 2 h ahead of this machine\n"), "{}", stdout_of(&moved));
    assert!(http(address_of(&serve.url), &call).starts_with("HTTP/1.1 401 "));
}

#[test]
fn it_is_frozen_set_thawed_and_reset() {
    let serve = Serve::start(&[]);
    let url = &serve.url;

    assert_eq!(json(url, &["--freeze"])["frozen"], true);
    let set = clock(url, &["--set", "2024-02-29T12:00:00Z"]);
    assert!(stdout_of(&set).starts_with("2024-02-29T12:00:00Z, "), "{}", stdout_of(&set));
    assert!(stdout_of(&set).ends_with(" behind this machine, frozen\n"), "{}", stdout_of(&set));
    assert_eq!(json(url, &[])["epoch_s"], 1_709_208_000);
    assert_eq!(json(url, &["--thaw"])["frozen"], false);
    assert_eq!(json(url, &[])["now"].as_str().unwrap().get(..4), Some("2024"));
    json(url, &["--reset"]);
    assert!(!stdout_of(&clock(url, &[])).contains(','));
}

#[test]
fn the_time_of_one_api_client_is_its_own() {
    let serve = Serve::start(&[]);
    let url = &serve.url;

    json(url, &["--client-id", CLIENT_ID, "--advance", "3h"]);

    assert!(stdout_of(&clock(url, &["--client-id", CLIENT_ID])).contains("3 h ahead"));
    assert!(!stdout_of(&clock(url, &[])).contains("ahead"));
    let unknown = clock(url, &["--client-id", "00000000-0000-4000-8000-000000000000"]);
    assert_snapshot!(transcript(&unknown), @r"
    exit code: 1
    --- stdout
    --- stderr
    error: there is no API client 00000000-0000-4000-8000-000000000000
    hint: GET /_gatepass/clients lists them
    ");
}

#[test]
fn the_control_key_comes_from_the_environment() {
    let serve = Serve::start(&["--control-key", "a-key-of-the-test"]);

    assert_snapshot!(transcript(&clock(&serve.url, &[])), @r"
    exit code: 2
    --- stdout
    --- stderr
    error: the control API needs its key
    hint: GATEPASS_CONTROL_KEY is not set; set it to the key that the mock was started with
    ");
    let mut with_key = gatepass(&["clock", &serve.url]);
    with_key.env("GATEPASS_CONTROL_KEY", "a-key-of-the-test");
    assert_code(&output_of(with_key), 0);
    let mut wrong = gatepass(&["clock", &serve.url]);
    wrong.env("GATEPASS_CONTROL_KEY", "another");
    let wrong = output_of(wrong);
    assert_code(&wrong, 2);
    assert!(stderr_of(&wrong).contains("GATEPASS_CONTROL_KEY is another; "));
}

#[test]
fn the_control_key_does_not_cross_a_network_in_the_clear() {
    let mut command = gatepass(&["clock", "http://192.0.2.1"]);
    command.env("GATEPASS_CONTROL_KEY", "a-key-of-the-test");

    let output = output_of(command);

    assert_code(&output, 2);
    assert!(stderr_of(&output).contains("`--allow-plain-http` allows it"));
}

#[test]
fn no_mock_is_exit_code_3() {
    let nobody = clock(&ClosedPort::take().url(), &["--advance", "2h"]);
    with_filters(|| {
        assert_snapshot!(transcript(&nobody), @r"
        exit code: 3
        --- stdout
        --- stderr
        error: no mock is ready at http://127.0.0.1:[PORT]: connection refused
        ");
    });

    let another = clock(&static_server::start(), &[]);
    assert_code(&another, 3);
    assert!(stderr_of(&another).contains("it answers 404 Not Found"), "{}", stderr_of(&another));
}

#[test]
fn what_makes_no_sense_is_a_usage_error() {
    for arguments in [
        &["--advance", "2h", "--freeze"][..],
        &["--advance", "2"],
        &["--advance", "1500ms"],
        &["--set", "yesterday"],
        &["--client-id", "me"],
    ] {
        assert_code(&clock(&ClosedPort::take().url(), arguments), 2);
    }
}
