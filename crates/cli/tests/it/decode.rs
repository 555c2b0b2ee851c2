//! `gatepass decode`.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::harness::{
    ClosedPort, Serve, assert_code, fed, gatepass, old_token, output_of, signed_in, stderr_of,
    stdout_of, transcript, with_filters,
};

#[test]
fn a_token_is_read_from_the_argument_or_a_pipe() {
    let token = old_token();
    let of_argument = output_of(gatepass(&["decode", &token, "--json"]));
    let of_dash = fed(gatepass(&["decode", "-", "--json"]), &format!("{token}\n"));
    let of_pipe = fed(gatepass(&["decode", "--json"]), &format!("Bearer {token}\n"));

    for output in [&of_argument, &of_dash, &of_pipe] {
        assert_code(output, 1);
        let decoded: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(decoded["header"], json!({"typ": "JWT", "alg": "RS256", "kid": "k"}));
        assert_eq!(
            decoded["claims"],
            json!({"sub": "me", "iat": 1_688_660_793, "exp": 1_688_667_993})
        );
        assert_eq!(decoded["signature"], "unchecked");
        let problem = decoded["problems"][0].as_str().unwrap();
        assert!(problem.starts_with("it expired ") && problem.ends_with(" ago"), "{problem}");
    }
}

#[test]
fn people_read_the_times_in_words() {
    let output = output_of(gatepass(&["decode", &old_token()]));

    let mut settings = insta::Settings::clone_current();
    settings.add_filter(r"\d+ d( \d+ h)? ago", "[LONG] ago");
    settings.bind(|| assert_snapshot!(transcript(&output)));
}

#[test]
fn a_fresh_token_is_verified_with_the_keys_of_its_data_center() {
    let serve = Serve::start(&[]);
    let token = output_of(signed_in(&["token"], &serve.url));
    let token = stdout_of(&token).trim();

    let unchecked = output_of(gatepass(&["decode", token]));
    assert_code(&unchecked, 0);
    assert!(stdout_of(&unchecked).contains("signature  unchecked"));

    let verified = output_of(gatepass(&["decode", token, "--url", &serve.url]));
    assert_code(&verified, 0);
    assert!(stdout_of(&verified).contains("signature  valid"));
}

#[test]
fn a_token_that_was_changed_is_invalid() {
    let serve = Serve::start(&[]);
    let token = output_of(signed_in(&["token"], &serve.url));
    let parts: Vec<_> = stdout_of(&token).trim().split('.').collect();
    let other = output_of(signed_in(&["token"], &serve.url));
    let other_claims = stdout_of(&other).trim().split('.').nth(1).unwrap().to_owned();
    let forged = [parts[0], &other_claims, parts[2]].join(".");

    let output = output_of(gatepass(&["decode", &forged, "--url", &serve.url, "--json"]));

    assert_code(&output, 1);
    let decoded: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(decoded["signature"], "invalid");
    let problem = decoded["problems"][0].as_str().unwrap();
    assert!(problem.starts_with("its signature is not that of its key "), "{problem}");
}

#[test]
fn what_is_no_token_is_told_and_not_shown() {
    for (given, reason) in [
        ("garbage", "a JSON Web Token has 3 parts with dots between, this has 1"),
        ("e30.e30.*", "its signature is not base64url without padding"),
        ("", "a JSON Web Token has 3 parts with dots between, this has 1"),
    ] {
        let output = fed(gatepass(&["decode"]), given);

        assert_code(&output, 1);
        assert_eq!(stderr_of(&output), format!("error: this is no token: {reason}\n"));
        assert_eq!(stdout_of(&output), "");
    }
}

#[test]
fn keys_that_can_not_be_had_are_exit_code_3() {
    let output = output_of(gatepass(&["decode", &old_token(), "--url", &ClosedPort::take().url()]));

    with_filters(|| assert_snapshot!(transcript(&output)));
}
