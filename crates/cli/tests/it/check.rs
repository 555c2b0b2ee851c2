//! `gatepass check`.

use std::fs;

use insta::assert_snapshot;
use serde_json::Value;

use crate::{
    harness::{
        CLIENT_ID, ClosedPort, Serve, assert_code, gatepass, output_of, signed_in, stderr_of,
        stdout_of, text, transcript, with_filters,
    },
    static_server,
};

#[test]
fn our_own_server_passes_all_without_being_told_its_clients() {
    let serve = Serve::start(&["--log", "off"]);

    let output = output_of(gatepass(&["check", &serve.url]));

    assert_code(&output, 0);
    let report = stdout_of(&output);
    assert!(report.ends_with(" 0 failed, 0 skipped\n"), "{report}");
    assert_eq!(
        stderr_of(&output),
        "note: a Gatepass mock answers; its public test clients are used\n"
    );
}

#[test]
fn a_foreign_client_is_checked_with_what_is_given() {
    let serve = Serve::start(&["--log", "off"]);
    // A client of the fixtures that is not the default one: what else is there is not guessed.
    let report_of = |options: &[&str]| -> Value {
        let mut command = gatepass(&[&["check", &serve.url, "--format", "json"], options].concat());
        command
            .env("CLIENT_ID", "756e3ac9-e0d7-4365-bed0-00c87267ca30")
            .env("CLIENT_SECRET", "a4023e0c5ede220c61a7734ff88e7791");
        let output = output_of(command);
        assert_code(&output, 0);
        serde_json::from_slice(&output.stdout).unwrap()
    };

    let alone = &report_of(&[])["summary"];
    assert!(alone["pass"].as_u64().unwrap() > 20, "{alone}");
    assert!(alone["skip"].as_u64().unwrap() > 0, "{alone}");

    let foreign = "e18dcd17-d046-4f68-ab7c-831440ea397c";
    let with_foreign = &report_of(&["--foreign-client-id", foreign])["summary"];
    assert!(with_foreign["skip"].as_u64() < alone["skip"].as_u64(), "{with_foreign}");
}

#[test]
fn a_static_file_server_fails_with_reasons_and_without_a_crash() {
    let url = static_server::start();

    let output = output_of(gatepass(&["check", &url]));

    assert_code(&output, 1);
    assert!(stdout_of(&output).contains("404"), "{}", stdout_of(&output));
    assert!(!stdout_of(&output).contains(" 0 failed"), "{}", stdout_of(&output));
    assert_eq!(
        stderr_of(&output),
        "note: checks that need credentials were skipped; CLIENT_ID and CLIENT_SECRET give some\n"
    );

    let output = output_of(signed_in(&["check", &url], &url));
    assert_code(&output, 1);
    assert_eq!(stderr_of(&output), "");
}

#[test]
fn where_nobody_listens_is_exit_code_3_and_one_line() {
    let output = output_of(gatepass(&["check", &ClosedPort::take().url()]));

    with_filters(|| {
        assert_snapshot!(transcript(&output), @r"
        exit code: 3
        --- stdout
        --- stderr
        error: could not reach http://127.0.0.1:[PORT]: connection refused
        ");
    });
}

#[test]
fn the_json_report_has_the_documented_members() {
    let serve = Serve::start(&["--log", "off"]);
    let arguments = ["check", &serve.url, "--format", "json", "--only", "discovery"];

    let output = output_of(gatepass(&arguments));

    assert_code(&output, 0);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["target"], *serve.url);
    assert_eq!(report["summary"]["fail"], 0);
    let checks = report["checks"].as_array().unwrap();
    assert!(checks.iter().all(|check| check["id"].as_str().unwrap().starts_with("discovery.")));
}

#[test]
fn the_junit_report_goes_to_a_file_and_one_for_people_to_the_terminal() {
    let url = static_server::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.xml");
    let arguments =
        ["check", &url, "--format", "junit", "--output", text(&path), "--only", "discovery"];

    let output = output_of(gatepass(&arguments));

    assert_code(&output, 1);
    assert!(stdout_of(&output).starts_with("Conformance of "), "{}", stdout_of(&output));
    assert_well_formed(&fs::read_to_string(&path).unwrap());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

/// Enough of XML to find a report that was cut short or not escaped: each element is closed.
#[track_caller]
fn assert_well_formed(xml: &str) {
    assert!(xml.starts_with("<?xml "), "{xml}");
    let mut open = Vec::new();
    for tag in xml.split('<').skip(2).map(|rest| rest.split_once('>').unwrap_or((rest, "")).0) {
        let name = tag.split([' ', '\n']).next().unwrap();
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{xml}");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    assert!(xml.contains("<testsuites ") && xml.contains("<failure "), "{xml}");
}

#[test]
fn a_report_that_can_not_be_written_is_known_before_anything_is_asked() {
    let arguments = ["check", &ClosedPort::take().url(), "--output", "/nowhere/report"];

    let output = output_of(gatepass(&arguments));

    assert_code(&output, 2);
    assert_eq!(
        stderr_of(&output),
        "error: could not write /nowhere/report: no such file or directory\n"
    );
}

#[test]
fn quiet_leaves_the_exit_code_and_the_file() {
    let url = static_server::start();

    let output = output_of(gatepass(&["check", &url, "--quiet"]));

    assert_snapshot!(transcript(&output), @r"
    exit code: 1
    --- stdout
    --- stderr
    ");
}

#[test]
fn an_unknown_check_is_a_usage_error_that_names_the_nearest() {
    let output = output_of(gatepass(&["check", "http://h", "--only", "discovry"]));

    assert_snapshot!(transcript(&output), @r"
    exit code: 2
    --- stdout
    --- stderr
    error: no check or group `discovry`
    hint: did you mean `discovery`? `gatepass check --list` names all
    ");
}

#[test]
fn the_list_needs_no_url() {
    let output = output_of(gatepass(&["check", "--list"]));
    assert_code(&output, 0);
    assert!(stdout_of(&output).lines().count() >= 30, "{}", stdout_of(&output));

    let output = output_of(gatepass(&["check", "--list", "--format", "json", "--only", "token"]));
    let rows: Value = serde_json::from_slice(&output.stdout).unwrap();
    let members: Vec<_> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(members, ["id", "level", "requirement", "source", "statements", "needs", "changes"]);

    assert_code(&output_of(gatepass(&["check", "--list", "--format", "junit"])), 2);
    assert_code(&output_of(gatepass(&["check"])), 2);
}

#[test]
fn half_of_the_credentials_is_a_usage_error() {
    let mut secret_alone = gatepass(&["check", "http://127.0.0.1:1"]);
    secret_alone.env("CLIENT_SECRET", "s");
    let output = output_of(secret_alone);
    assert_code(&output, 2);
    assert_eq!(
        stderr_of(&output),
        "error: there is a client secret, but no client ID\n\
         hint: set CLIENT_ID, or unset CLIENT_SECRET\n"
    );

    let id_alone = gatepass(&["check", "http://127.0.0.1:1", "--client-id", CLIENT_ID]);
    assert_code(&output_of(id_alone), 2);
}

#[test]
fn half_of_what_the_environment_lends_is_a_usage_error_that_names_the_other_half() {
    let mut id_alone = gatepass(&["check", "http://127.0.0.1:1"]);
    id_alone.env("INTROSPECTOR_CLIENT_ID", CLIENT_ID);

    let output = output_of(id_alone);

    assert_snapshot!(transcript(&output), @r"
    exit code: 2
    --- stdout
    --- stderr
    error: INTROSPECTOR_CLIENT_ID is set, and INTROSPECTOR_CLIENT_SECRET is not
    ");
}

#[test]
fn a_rate_that_makes_no_sense_is_a_usage_error() {
    let output = output_of(gatepass(&["check", "http://127.0.0.1:1", "--rate", "0"]));

    assert_snapshot!(transcript(&output), @r"
    exit code: 2
    --- stdout
    --- stderr
    error: a rate of 0 requests per second makes no sense; give a number above 0
    ");
}

#[test]
fn https_and_http_2_are_reached_with_the_options_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let secure = Serve::start(&["--log", "off", "--tls", "--tls-ca-file", text(&ca)]);
    let plain = Serve::start(&["--log", "off"]);
    let check = |arguments: &[&str]| {
        let all = [&["check", "--only", "discovery,transport"], arguments].concat();
        let output = output_of(gatepass(&all));
        assert_code(&output, 0);
        assert!(stdout_of(&output).contains(" 0 failed"), "{}", stdout_of(&output));
        assert!(stderr_of(&output).contains("a Gatepass mock answers"), "{}", stderr_of(&output));
    };

    check(&[&secure.url, "--tls-ca-file", text(&ca)]);
    check(&[&secure.url, "--tls-ca-file", text(&ca), "--http", "1.1"]);
    check(&[&plain.url, "--http", "2"]);

    let missing = ["check", &secure.url, "--tls-ca-file", "/nowhere/ca.pem"];
    let output = output_of(gatepass(&missing));
    assert_code(&output, 2);
    assert!(stderr_of(&output).starts_with("error: could not read /nowhere/ca.pem: "));
    let other = folder.path().join("other");
    fs::write(&other, "-----BEGIN").unwrap();
    let output = output_of(gatepass(&["check", &secure.url, "--tls-ca-file", text(&other)]));
    assert_code(&output, 2);
    let complaint = format!("error: there is no PEM certificate in {}\n", other.display());
    assert_eq!(stderr_of(&output), complaint);
}

#[test]
fn wrong_secrets_are_sent_only_as_many_as_allowed() {
    let serve = Serve::start(&["--log", "off"]);
    let arguments = ["check", &serve.url, "--max-wrong-secrets", "0", "--format", "json"];

    let output = output_of(gatepass(&[&arguments[..], &["--only", "token.errors"]].concat()));

    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let skipped = report["checks"].as_array().unwrap().iter().filter(|it| it["outcome"] == "skip");
    let skipped: Vec<_> = skipped.map(|check| check["id"].as_str().unwrap()).collect();
    assert_eq!(skipped, ["token.errors.wrong-secret", "token.errors.same-answer"]);
}
