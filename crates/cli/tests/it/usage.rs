//! Help, and what is wrong with a command line.

use std::process::Stdio;

use insta::assert_snapshot;

use crate::harness::{assert_code, gatepass, output_of, stderr_of, stdout_of, transcript};

#[test]
fn the_help_tells_the_commands_and_the_exit_codes() {
    assert_snapshot!(transcript(&output_of(gatepass(&["--help"]))));
}

#[test]
fn the_help_of_each_command_tells_its_options() {
    for command in
        ["serve", "run", "token", "check", "cases", "clock", "health", "decode", "completions"]
    {
        let output = output_of(gatepass(&[command, "-h"]));

        assert_code(&output, 0);
        assert_snapshot!(format!("help_{command}"), stdout_of(&output));
    }
}

#[test]
fn an_unknown_flag_is_a_usage_error() {
    assert_snapshot!(transcript(&output_of(gatepass(&["serve", "--prot", "0"]))));
}

#[test]
fn no_command_at_all_is_a_usage_error() {
    let output = output_of(gatepass::<&str>(&[]));

    assert_code(&output, 2);
    assert!(stderr_of(&output).contains("Usage: gatepass"));
}

#[test]
fn the_version_is_data() {
    let output = output_of(gatepass(&["--version"]));

    assert_code(&output, 0);
    assert_eq!(stdout_of(&output), concat!("gatepass ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[test]
fn each_shell_gets_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = output_of(gatepass(&["completions", shell]));

        assert_code(&output, 0);
        assert!(stdout_of(&output).contains("gatepass"), "{shell}");
        assert!(stdout_of(&output).contains("health"), "{shell}");
    }
}

#[test]
fn a_reader_who_has_gone_is_no_error() {
    for arguments in [["completions", "bash"], ["check", "--list"]] {
        let mut child =
            gatepass(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());

        let output = child.wait_with_output().unwrap();

        assert_code(&output, 0);
        assert_eq!(stderr_of(&output), "");
    }
}
