//! `gatepass serve`.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    process::Stdio,
    thread,
    time::Duration,
};

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{
    CLIENT_ID, CLIENT_SECRET, Serve, address_of, assert_code, file, gatepass, http, output_of,
    signed_in, stderr_of, stdout_of, text, transcript, with_filters,
};

#[test]
fn it_tells_a_person_what_to_paste() {
    let serve = Serve::start(&[]);

    with_filters(|| assert_snapshot!(serve.banner));
}

#[test]
fn the_ready_file_tells_scripts_and_goes_with_sigterm() {
    let mut serve = Serve::start(&[]);

    assert_eq!(serve.ready["console_url"], Value::Null);
    assert_eq!(serve.ready["control_url"], serve.ready["url"]);
    assert_eq!(serve.ready["client_id"], CLIENT_ID);
    assert_eq!(serve.ready["client_secret"], CLIENT_SECRET);
    assert_eq!(serve.ready["pid"], serve.pid());
    let mode = fs::metadata(&serve.ready_file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let ended = serve.stop(Signal::TERM);
    assert_eq!((ended.code, ended.talk.as_str()), (Some(0), ""));
    assert!(!serve.ready_file.exists());
}

#[test]
fn sigint_stops_it_too() {
    let mut serve = Serve::start(&[]);

    let ended = serve.stop(Signal::INT);

    // That its port is closed goes without saying, and another test may have it by now.
    assert_eq!(ended.code, Some(0));
    assert!(!serve.ready_file.exists());
}

#[test]
fn a_second_signal_does_not_wait_for_a_running_request() {
    let mut serve = Serve::start(&[]);
    let _running = a_running_request(&serve.url);

    serve.signal(Signal::TERM);
    // Two signals of a kind are one until the first is taken: it is once the file has gone.
    while serve.ready_file.exists() {
        thread::yield_now();
    }
    serve.signal(Signal::TERM);

    let ended = serve.wait();
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.talk, "stopped without waiting for running requests\n");
    assert!(!serve.ready_file.exists());
}

/// A request whose body never comes, and which the server is known to wait for: a connection that
/// nobody has accepted yet, or a request that nobody has read, would hold up no stop.
fn a_running_request(url: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address_of(url)).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let request = b"POST /api/2/idp/token HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\
                    Expect: 100-continue\r\n\r\n";
    connection.write_all(request).unwrap();
    let mut answer = [0; 25];
    connection.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n");
    connection
}

#[test]
fn the_log_has_an_aligned_line_a_request() {
    let mut serve = Serve::start(&[]);
    some_requests(&serve.url);

    let log = serve.stop(Signal::TERM).log;

    with_filters(|| assert_snapshot!(log));
}

#[test]
fn the_json_log_has_an_object_a_line() {
    let mut serve = Serve::start(&["--log", "json"]);
    some_requests(&serve.url);

    let log = serve.stop(Signal::TERM).log;

    for line in log.lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    with_filters(|| assert_snapshot!(log));
}

/// A token, and a refusal.
fn some_requests(url: &str) {
    assert_code(&output_of(signed_in(&["token"], url)), 0);
    let wrong = output_of({
        let mut wrong = signed_in(&["token"], url);
        wrong.env("CLIENT_SECRET", "wrong");
        wrong
    });
    assert_code(&wrong, 1);
}

#[test]
fn a_log_that_is_off_is_empty() {
    let mut serve = Serve::start(&["--log", "off"]);
    some_requests(&serve.url);

    let log = serve.stop(Signal::TERM).log;

    assert_eq!(log, "");
}

#[test]
fn a_log_that_nobody_reads_holds_up_no_request() {
    let mut serve = Serve::start(&[]);

    more_requests_than_a_pipe_holds(&serve.url);

    let ended = serve.stop(Signal::TERM);
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.log.lines().count(), 3000);
}

#[test]
fn a_log_that_nobody_reads_holds_up_no_stop() {
    let mut serve = Serve::start(&[]);
    more_requests_than_a_pipe_holds(&serve.url);

    serve.signal(Signal::TERM);

    assert_eq!(serve.wait_without_reading(), Some(0));
}

/// 3000 of them over one connection.
fn more_requests_than_a_pipe_holds(url: &str) {
    let mut connection = BufReader::new(TcpStream::connect(address_of(url)).unwrap());
    connection.get_ref().set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    for _ in 0..3000 {
        let request = b"HEAD /_gatepass/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        connection.get_mut().write_all(request).unwrap();
        let mut status = String::new();
        connection.read_line(&mut status).unwrap();
        assert_eq!(status, "HTTP/1.1 200 OK\r\n");
        let mut line = String::new();
        while connection.read_line(&mut line).unwrap() > 2 {
            line.clear();
        }
    }
}

#[test]
fn a_log_whose_reader_has_gone_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    let ready_file = folder.path().join("ready.json");
    let mut command = gatepass(&["serve", "--port", "0", "--ready-file", text(&ready_file)]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let mut first_line = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    stderr.read_line(&mut first_line).unwrap();
    let ready: Value = serde_json::from_slice(&fs::read(&ready_file).unwrap()).unwrap();
    let url = ready["url"].as_str().unwrap();

    for _ in 0..3 {
        assert_code(&output_of(gatepass(&["health", url])), 0);
    }

    rustix::process::kill_process(rustix::process::Pid::from_child(&child), Signal::TERM).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_quiet_server_says_nothing_and_serves() {
    let folder = tempfile::tempdir().unwrap();
    let ready_file = folder.path().join("ready.json");
    let mut command = gatepass(&["serve", "--quiet", "--port", "0"]);
    command.env("GATEPASS_READY_FILE", &ready_file);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = rustix::process::Pid::from_child(&child);

    // There is nothing to read for this one: only the file says that it serves.
    while !ready_file.exists() {
        assert_eq!(child.try_wait().unwrap(), None, "it ended instead of serving");
        thread::yield_now();
    }
    let ready: Value = serde_json::from_slice(&fs::read(&ready_file).unwrap()).unwrap();
    assert_code(&output_of(gatepass(&["health", ready["url"].as_str().unwrap()])), 0);
    rustix::process::kill_process(pid, Signal::TERM).unwrap();

    assert_snapshot!(transcript(&child.wait_with_output().unwrap()), @r"
    exit code: 0
    --- stdout
    --- stderr
    ");
}

#[test]
fn a_port_that_is_taken_is_exit_code_3() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();

    let output = output_of(gatepass(&["serve", "--port", &port]));

    with_filters(|| assert_snapshot!(transcript(&output)));
}

#[test]
fn a_misspelt_key_of_the_configuration_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(&folder, "gatepass.toml", "seed = 1\n\n[token]\nlife_time_s = 75\n");

    let output = output_of(gatepass(&["serve", "--config", text(&config)]));

    with_filters(|| assert_snapshot!(transcript(&output)));
}

#[test]
fn a_misspelt_key_of_the_fixtures_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    file(&folder, "platform.toml", "[[tenant]]\nidd = 1\n");

    let output = output_of(gatepass(&["serve", "--port", "0", "--fixtures", text(folder.path())]));

    with_filters(|| assert_snapshot!(transcript(&output)));
}

#[test]
fn what_can_not_be_served_is_told_with_the_way_out() {
    for (arguments, message, hint) in [
        (
            &["--config", "/nowhere.toml"][..],
            "can't read the configuration file /nowhere.toml: no such file or directory",
            None,
        ),
        (
            &["--fixtures", "/nowhere"],
            "could not read /nowhere/platform.toml: no such file or directory",
            None,
        ),
        (
            &["--listen", "0.0.0.0:0"],
            "0.0.0.0:0 is not a loopback address",
            Some(
                "other machines could sign in; `--allow-remote` allows it, and needs a control key",
            ),
        ),
        (
            &["--listen", "0.0.0.0:0", "--allow-remote"],
            "0.0.0.0:0 is not a loopback address, and there is no control key",
            Some(
                "set GATEPASS_CONTROL_KEY to a secret of your choice; the control API then asks for it",
            ),
        ),
        (
            &["--control-key", ""],
            "the control key is empty",
            Some("unset GATEPASS_CONTROL_KEY for none"),
        ),
        (
            &["--control-key", "two words"],
            "the control key can't be sent as a Bearer token",
            Some("use letters, digits and `-._~+/` alone"),
        ),
        (
            &["--port", "0", "--ready-file", "/nowhere/ready.json"],
            "could not write /nowhere/ready.json: no such file or directory",
            None,
        ),
    ] {
        let output = output_of(gatepass(&[&["serve"], arguments].concat()));

        let hint = hint.map(|hint| format!("hint: {hint}\n")).unwrap_or_default();
        assert_code(&output, 2);
        assert_eq!(stderr_of(&output), format!("error: {message}\n{hint}"), "{arguments:?}");
    }
}

#[test]
fn a_flag_goes_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(
        &folder,
        "gatepass.toml",
        "public_url = 'http://of-the-file'\ncontrol_key = 'of-the-file'\n",
    );
    let config = text(&config);
    let serve = |arguments: &[&str], environment: Option<&str>| {
        let mut all = vec!["serve", "--port", "0", "--config", config];
        all.extend(arguments);
        let mut command = gatepass(&all);
        if let Some(url) = environment {
            command.env("GATEPASS_PUBLIC_URL", url);
        }
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let line = lines
            .find_map(|line| line.unwrap().strip_prefix("  data center URL  ").map(str::to_owned));
        child.kill().unwrap();
        child.wait().unwrap();
        line.unwrap()
    };

    assert_eq!(serve(&[], None), "http://of-the-file");
    assert_eq!(serve(&[], Some("http://of-the-environment")), "http://of-the-environment");
    assert_eq!(
        serve(&["--public-url", "http://of-the-flag"], Some("http://of-the-environment")),
        "http://of-the-flag"
    );
}

#[test]
fn other_machines_may_sign_in_where_that_is_allowed_and_there_is_a_key() {
    let serve = Serve::start(&[
        "--listen",
        "0.0.0.0:0",
        "--allow-remote",
        "--control-key",
        "a-key-of-the-test",
    ]);

    assert!(serve.url.starts_with("http://127.0.0.1:"), "{}", serve.url);
    assert!(
        serve.banner.contains(r#"clock -H "Authorization: Bearer $GATEPASS_CONTROL_KEY" -d"#),
        "{}",
        serve.banner
    );
    assert!(!serve.banner.contains("a-key-of-the-test"), "{}", serve.banner);
    let unauthorized = http(
        address_of(&serve.url),
        "GET /_gatepass/clock HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );
    assert!(unauthorized.starts_with("HTTP/1.1 401 "), "{unauthorized}");
}

#[test]
fn the_line_that_makes_tokens_expire_does() {
    let serve = Serve::start(&[]);
    let line = serve.banner.lines().find(|line| line.contains("curl -X PUT")).unwrap();
    let body = line.split('\'').nth(1).unwrap();
    let token = output_of(signed_in(&["token"], &serve.url));
    let call = format!(
        "GET /api/2/clients/{CLIENT_ID} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\
         Authorization: Bearer {}\r\n\r\n",
        stdout_of(&token).trim()
    );
    assert!(http(address_of(&serve.url), &call).starts_with("HTTP/1.1 200 "));

    // As `curl -d` sends it.
    let request = format!(
        "PUT /_gatepass/clock HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        address_of(&serve.url),
        body.len()
    );
    let changed = http(address_of(&serve.url), &request);

    assert!(changed.starts_with("HTTP/1.1 200 "), "{changed}");
    assert!(http(address_of(&serve.url), &call).starts_with("HTTP/1.1 401 "));
}

#[test]
fn the_control_api_has_a_listener_of_its_own_where_it_is_told() {
    let serve = Serve::start(&["--control-listen", "127.0.0.1:0"]);
    let control = serve.ready["control_url"].as_str().unwrap();
    assert_ne!(control, serve.url);

    assert_code(&output_of(gatepass(&["clock", control])), 0);
    assert_code(&output_of(gatepass(&["health", &serve.url])), 0);
    assert_code(&output_of(gatepass(&["clock", &serve.url])), 3);
}
