//! `gatepass token`.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use insta::assert_snapshot;
use serde_json::Value;

use crate::harness::{
    CLIENT_ID, CLIENT_SECRET, ClosedPort, Serve, assert_code, gatepass, output_of, signed_in,
    stderr_of, stdout_of, transcript, with_filters,
};

#[test]
fn the_token_alone_is_printed() {
    let serve = Serve::start(&[]);

    let output = output_of(signed_in(&["token"], &serve.url));

    assert_code(&output, 0);
    assert_eq!(stderr_of(&output), "");
    let token = stdout_of(&output).strip_suffix('\n').unwrap();
    assert!(token.starts_with("eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiIsImtpZCI6I"), "{token}");
    assert_eq!(token.split('.').count(), 3);
}

#[test]
fn a_flag_goes_before_the_environment() {
    let serve = Serve::start(&[]);
    let mut command = gatepass(&["token", "--url", &serve.url, "--client-id", CLIENT_ID]);
    command
        .env("DATACENTER_URL", ClosedPort::take().url())
        .env("CLIENT_ID", "another")
        .env("CLIENT_SECRET", CLIENT_SECRET);

    assert_code(&output_of(command), 0);
}

#[test]
fn the_json_is_the_answer_and_the_time_that_is_left() {
    let serve = Serve::start(&[]);

    let output = output_of(signed_in(&["token", "--json"], &serve.url));

    assert_code(&output, 0);
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members: Vec<_> = answer.as_object().unwrap().keys().collect();
    assert_eq!(members, ["access_token", "expires_on", "id_token", "token_type", "expires_in_s"]);
    assert!((7190..=7200).contains(&answer["expires_in_s"].as_i64().unwrap()), "{answer}");
}

#[test]
fn a_decoded_token_is_verified() {
    let serve = Serve::start(&[]);

    let output = output_of(signed_in(&["token", "--decode"], &serve.url));
    assert_code(&output, 0);
    let verified = format!("signature  valid: made with a key of {}\n", serve.url);
    assert!(stdout_of(&output).ends_with(&verified), "{}", stdout_of(&output));

    let output = output_of(signed_in(&["token", "--decode", "--json"], &serve.url));
    let decoded: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(decoded["signature"], "valid");
    assert_eq!(decoded["claims"]["sub"], CLIENT_ID);
}

#[test]
fn a_kept_token_serves_the_next_run_and_only_its_owner_can_read_it() {
    let serve = Serve::start(&[]);
    let home = tempfile::tempdir().unwrap();
    let run = |secret: &str| {
        let mut command = signed_in(&["token", "--cache"], &serve.url);
        command.env("HOME", home.path()).env_remove("XDG_CACHE_HOME");
        command.env("CLIENT_SECRET", secret);
        output_of(command)
    };

    let first = run(CLIENT_SECRET);
    assert_code(&first, 0);
    assert_eq!(stdout_of(&run(CLIENT_SECRET)), stdout_of(&first));
    assert_code(&run("another"), 1);

    let folders = [".cache/gatepass", "Library/Caches/gatepass"].map(|it| home.path().join(it));
    let folder = folders.iter().find(|folder| folder.exists()).unwrap();
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(Result::unwrap).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(folder), mode(&files[0].path())), (0o700, 0o600));
}

#[test]
fn where_no_token_can_be_kept_is_a_usage_error() {
    let home = tempfile::NamedTempFile::new().unwrap();
    let mut command = signed_in(&["token", "--cache"], "http://127.0.0.1:1");
    command.env("HOME", home.path()).env_remove("XDG_CACHE_HOME");

    let output = output_of(command);

    assert_code(&output, 2);
    let message = format!("error: could not keep the token in {}/", home.path().display());
    assert!(stderr_of(&output).starts_with(&message), "{}", stderr_of(&output));
}

#[test]
fn a_wrong_secret_is_told_and_never_shown() {
    let serve = Serve::start(&[]);
    let mut command = signed_in(&["token"], &serve.url);
    command.env("CLIENT_SECRET", "hunter2hunter2");

    let output = output_of(command);

    assert!(!transcript(&output).contains("hunter2"));
    with_filters(|| assert_snapshot!(transcript(&output)));
}

#[test]
fn where_nobody_listens_is_exit_code_3_and_one_line() {
    let output = output_of(signed_in(&["token"], &ClosedPort::take().url()));

    with_filters(|| assert_snapshot!(transcript(&output)));
}

#[test]
fn what_is_missing_or_wrong_is_a_usage_error() {
    for (url, id, secret, message) in [
        (
            "https://127.0.0.1",
            "id",
            "",
            "there is no client secret\n\
             hint: set CLIENT_SECRET; the argument list, which others can read, takes none",
        ),
        ("127.0.0.1:1", "id", "s", "the data center URL has no scheme; put `https://` before it"),
        (
            "https://127.0.0.1",
            "i:d",
            "s",
            "the client ID has a colon in it, which HTTP Basic can't carry",
        ),
        (
            "http://192.0.2.1",
            "id",
            "s",
            "plain HTTP would show the client secret to everyone between here and `192.0.2.1`; \
             use `https`, or allow plain HTTP if that network is yours\n\
             hint: `--allow-plain-http` allows it",
        ),
    ] {
        let mut command = gatepass(&["token", "--url", url, "--client-id", id]);
        command.env("CLIENT_SECRET", secret);

        let output = output_of(command);

        assert_code(&output, 2);
        assert_eq!(stderr_of(&output), format!("error: {message}\n"));
    }
    assert_code(&output_of(gatepass(&["token"])), 2);
}

#[test]
fn a_malformed_scope_is_a_usage_error() {
    let output = output_of(signed_in(&["token", "--scope", "a\"b"], "http://127.0.0.1:1"));

    assert_code(&output, 2);
    assert!(stderr_of(&output).starts_with("error: the scope can't be asked for: "));
}
