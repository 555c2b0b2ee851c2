//! `gatepass serve --tls`.

use std::{fs, process::Output};

use crate::harness::{
    Serve, assert_code, gatepass, output_of, signed_in, stderr_of, stdout_of, text,
};

/// What trusts this CA alone.
fn trusting(ca: &str, mut command: std::process::Command) -> Output {
    command.env("SSL_CERT_FILE", ca).env_remove("SSL_CERT_DIR");
    output_of(command)
}

#[test]
fn whoever_trusts_the_ca_of_the_file_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let serve = Serve::start(&["--tls", "--tls-ca-file", text(&ca)]);
    assert!(serve.url.starts_with("https://127.0.0.1:"), "{}", serve.url);
    assert_eq!(serve.ready["url"], serve.url);

    for arguments in [&["health", &*serve.url][..], &["clock", &serve.url]] {
        assert_code(&trusting(text(&ca), gatepass(arguments)), 0);
    }
    let token = trusting(text(&ca), signed_in(&["token", "--decode"], &serve.url));
    assert_code(&token, 0);
    assert!(stdout_of(&token).contains("signature  valid"), "{}", stdout_of(&token));

    let stranger = output_of(gatepass(&["health", &serve.url]));
    assert_code(&stranger, 3);
    assert!(stderr_of(&stranger).contains("certificate"), "{}", stderr_of(&stranger));
}

#[test]
fn the_lines_to_paste_work_over_https() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    for (arguments, option, has_note) in [
        (&["--tls"][..], " --insecure", true),
        (&["--tls-ca-file", text(&ca)], &*format!(" --cacert {}", ca.display()), false),
    ] {
        let serve = Serve::start(arguments);
        let lines: Vec<_> =
            serve.banner.lines().filter(|line| line.starts_with("  curl")).collect();
        assert_eq!(lines.len(), 2, "{}", serve.banner);
        assert_eq!(serve.banner.contains("trusts any certificate"), has_note, "{}", serve.banner);
        for line in lines {
            assert!(line.starts_with(&format!("  curl{option} ")), "{line}");
            let mut shell = std::process::Command::new("sh");
            shell.args(["-c", line]);
            let answer = output_of(shell);
            assert_code(&answer, 0);
            let json: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
            assert!(json.get("access_token").or(json.get("now")).is_some(), "{json}");
        }
    }
}

#[test]
fn https_that_can_not_be_served_is_a_usage_error() {
    let folder = tempfile::tempdir().unwrap();
    let no_pem = folder.path().join("cert.pem");
    fs::write(&no_pem, "no PEM").unwrap();
    for (arguments, message) in [
        (&["--tls-cert", text(&no_pem)][..], "[tls] has `cert`, but no `key`"),
        (&["--tls-cert", text(&no_pem), "--tls-key", text(&no_pem)], "in PEM"),
        (&["--tls-ca-file", "/nowhere/ca.pem"], "/nowhere/ca.pem"),
    ] {
        let output = output_of(gatepass(&[&["serve", "--port", "0"], arguments].concat()));

        assert_code(&output, 2);
        assert!(stderr_of(&output).contains(message), "{}", stderr_of(&output));
    }
}
