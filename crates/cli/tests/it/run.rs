//! `gatepass run`.

use std::{
    io::{BufRead, BufReader, Read},
    process::Stdio,
};

use insta::assert_snapshot;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::{
    CLIENT_ID, CLIENT_SECRET, assert_code, fed, file, gatepass, output_of, stderr_of, stdout_of,
    text, transcript, with_filters,
};

const GATEPASS: &str = env!("CARGO_BIN_EXE_gatepass");

#[test]
fn the_command_finds_the_mock_in_its_environment_and_its_exit_code_is_passed_on() {
    let script = r#"echo "$DATACENTER_URL $CLIENT_ID $CLIENT_SECRET"; exit 7"#;

    let output = output_of(gatepass(&["run", "--", "sh", "-c", script]));

    assert_code(&output, 7);
    assert_eq!(stderr_of(&output), "");
    let (url, credentials) = stdout_of(&output).trim_end().split_once(' ').unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(credentials, format!("{CLIENT_ID} {CLIENT_SECRET}"));
}

#[test]
fn the_command_can_sign_in_and_check() {
    let script = r#"set -e; "$0" health --wait 5s; "$0" token | "$0" decode; "$0" check"#;

    let output = output_of(gatepass(&["run", "--", "sh", "-c", script, GATEPASS]));

    assert_code(&output, 0);
    assert!(stdout_of(&output).contains("signature  valid"), "{}", stdout_of(&output));
    assert!(stdout_of(&output).contains(" 0 failed, 0 skipped"), "{}", stdout_of(&output));
}

#[test]
fn the_command_has_our_standard_input() {
    let output = fed(gatepass(&["run", "--", "cat"]), "passed on");

    assert_code(&output, 0);
    assert_eq!(stdout_of(&output), "passed on");
}

#[test]
fn the_mock_ends_with_a_command_that_was_killed() {
    let output = output_of(gatepass(&["run", "--", "sh", "-c", "kill -KILL $$"]));

    // The mock is a part of the process that has ended; its port may be another test's by now.
    assert_code(&output, 137);
}

#[test]
fn a_signal_is_passed_on_to_the_command() {
    for (signal, name) in [(Signal::TERM, "TERM"), (Signal::INT, "INT")] {
        let script = format!(
            "sleep 20 >/dev/null 2>&1 & \
             trap 'kill $!; echo caught {name}; exit 7' {name}; echo ready; wait"
        );
        let mut command = gatepass(&["run", "--", "sh", "-c", &script]);
        let mut child = detached(&mut command).stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        stdout.read_line(&mut line).unwrap();

        kill_process(Pid::from_child(&child), signal).unwrap();

        let mut rest = String::new();
        stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, format!("caught {name}\n"));
        assert_eq!(child.wait().unwrap().code(), Some(7));
    }
}

/// Out of the foreground of the terminal on which the tests may run.
fn detached(command: &mut std::process::Command) -> &mut std::process::Command {
    std::os::unix::process::CommandExt::process_group(command, 0)
}

#[test]
fn a_command_that_can_not_be_started_is_exit_code_3() {
    let unknown = output_of(gatepass(&["run", "--", "no-such-command"]));
    assert_snapshot!(transcript(&unknown), @r"
    exit code: 3
    --- stdout
    --- stderr
    error: could not start `no-such-command`: no such file or directory
    ");

    let one_word = output_of(gatepass(&["run", "--", "pytest -x"]));
    assert_snapshot!(transcript(&one_word), @r"
    exit code: 3
    --- stdout
    --- stderr
    error: could not start `pytest -x`: no such file or directory
    hint: give the command and its arguments as words of their own
    ");
}

#[test]
fn no_command_is_a_usage_error() {
    assert_code(&output_of(gatepass(&["run"])), 2);
}

#[test]
fn its_log_goes_to_stderr_and_leaves_the_commands_output_alone() {
    let arguments = ["run", "--log", "text", "--", GATEPASS, "--quiet", "health"];

    let output = output_of(gatepass(&arguments));

    with_filters(|| assert_snapshot!(transcript(&output)));
}

#[test]
fn where_the_file_listens_is_for_serve_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(
        &folder,
        "gatepass.toml",
        "listen = '0.0.0.0:1'\npublic_url = 'http://elsewhere'\n[token]\nlifetime_s = 7000\n",
    );
    let arguments = ["run", "--config", text(&config), "--", GATEPASS, "token", "--decode"];

    let output = output_of(gatepass(&arguments));

    assert_code(&output, 0);
    assert!(stdout_of(&output).contains("expires in 1 h 56 min"), "{}", stdout_of(&output));
}

#[test]
fn a_seed_makes_tokens_that_differ_in_nothing_but_their_times() {
    let jti = |seed: &str| {
        let arguments = ["run", "--seed", seed, "--", GATEPASS, "token", "--decode"];
        let output = output_of(gatepass(&arguments));
        assert_code(&output, 0);
        let jti = stdout_of(&output).lines().find(|line| line.contains("jti")).map(str::to_owned);
        jti.unwrap()
    };

    assert_eq!(jti("1"), jti("1"));
    assert_ne!(jti("1"), jti("2"));
}
