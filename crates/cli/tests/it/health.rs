//! `gatepass health`.

use std::{
    io::{BufRead, BufReader},
    process::Stdio,
};

use insta::assert_snapshot;

use crate::{
    harness::{
        ClosedPort, Serve, assert_code, gatepass, output_of, stderr_of, stdout_of, transcript,
        with_filters,
    },
    static_server,
};

#[test]
fn a_mock_is_ready() {
    let serve = Serve::start(&[]);

    let output = output_of(gatepass(&["health", &serve.url]));

    assert_code(&output, 0);
    assert_eq!(stdout_of(&output), "");
    assert_eq!(stderr_of(&output), format!("{} is ready\n", serve.url));
}

#[test]
fn no_certificates_are_needed_to_ask_over_plain_http() {
    let serve = Serve::start(&[]);
    let mut command = gatepass(&["health", &serve.url]);
    command.env("SSL_CERT_FILE", "/nowhere").env("SSL_CERT_DIR", "/nowhere");

    assert_code(&output_of(command), 0);
}

#[test]
fn a_mock_that_is_not_there_yet_is_waited_for() {
    let closed = ClosedPort::take();
    let url = closed.url();
    let mut waiting = gatepass(&["--quiet", "health", &url, "--wait", "20s"]).spawn().unwrap();

    drop(closed);
    let (_, port) = url.rsplit_once(':').unwrap();
    let mut serve = gatepass(&["serve", "--port", port])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(serve.stderr.take().unwrap()).read_line(&mut line).unwrap();

    let code = waiting.wait().unwrap().code();
    serve.kill().unwrap();
    serve.wait().unwrap();
    assert_eq!(code, Some(0), "{line}");
}

#[test]
fn where_nobody_listens_is_exit_code_3() {
    let once = output_of(gatepass(&["health", &ClosedPort::take().url()]));
    with_filters(|| {
        assert_snapshot!(transcript(&once), @r"
        exit code: 3
        --- stdout
        --- stderr
        error: no mock is ready at http://127.0.0.1:[PORT]: connection refused
        hint: `--wait 10s` waits for one
        ");
    });

    let waited = output_of(gatepass(&["health", &ClosedPort::take().url(), "--wait", "120ms"]));
    with_filters(|| {
        assert_snapshot!(transcript(&waited), @r"
        exit code: 3
        --- stdout
        --- stderr
        error: no mock is ready at http://127.0.0.1:[PORT] after 120ms: connection refused
        ");
    });
}

#[test]
fn another_server_is_no_mock() {
    let output = output_of(gatepass(&["health", &static_server::start()]));

    assert_code(&output, 3);
    assert!(stderr_of(&output).contains("it answers 404 Not Found"), "{}", stderr_of(&output));

    let json = r#"{"product": "another", "status": "ready"}"#;
    for (content_type, body) in [("application/json", json), ("text/html", "<h1>Welcome</h1>")] {
        let url = static_server::start_with("200 OK", content_type, body);
        let output = output_of(gatepass(&["health", &url]));

        assert_code(&output, 3);
        let reason = "it is something else that answers";
        assert!(stderr_of(&output).contains(reason), "{}", stderr_of(&output));
    }
}

#[test]
fn a_time_without_a_unit_is_a_usage_error() {
    assert_code(&output_of(gatepass(&["health", "--wait", "10"])), 2);
}
