//! What `gatepass check` writes: its formats, its files, its known failures, its progress.

use std::{
    fs::{self, File},
    io::Read,
    net::TcpListener,
    process::Stdio,
};

use insta::assert_snapshot;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use crate::{
    harness::{
        CLIENT_ID, ClosedPort, Serve, assert_code, file, gatepass, output_of, stderr_of, stdout_of,
        text, transcript,
    },
    static_server,
};

#[test]
fn github_reads_commands_and_nothing_else() {
    let url = static_server::start();

    let output =
        output_of(gatepass(&["check", &url, "--only", "keys,discovery", "--format", "github"]));

    assert_code(&output, 1);
    let lines: Vec<_> = stdout_of(&output).lines().collect();
    let (notice, errors) = lines.split_last().unwrap();
    assert!(notice.starts_with("::notice title=gatepass check::"), "{notice}");
    assert!(errors.len() > 1, "{lines:?}");
    assert!(errors.iter().all(|line| line.starts_with("::error title=")), "{lines:?}");
}

#[test]
fn each_format_is_what_its_readers_expect() {
    let url = static_server::start();
    for (format, begin) in [
        ("human", "Conformance of http://127.0.0.1:"),
        ("json", "{\n  \"target\": \"http://127.0.0.1:"),
        ("junit", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites "),
        ("markdown", "### ❌ "),
        ("html", "<!DOCTYPE html>\n<html lang=\"en\">"),
        ("github", "::error title="),
    ] {
        let output =
            output_of(gatepass(&["check", &url, "--only", "discovery", "--format", format]));

        assert_code(&output, 1);
        assert!(stdout_of(&output).starts_with(begin), "{format}: {}", stdout_of(&output));
    }
}

#[test]
fn one_run_is_written_in_several_formats() {
    let url = static_server::start();
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let also = format!("junit={},html={}", text(&at("a.xml")), text(&at("a.html")));
    let markdown = format!("markdown={}", text(&at("a.md")));

    let output = output_of(gatepass(&[
        "check",
        &url,
        "--only",
        "discovery",
        "--format",
        "github",
        "--also",
        &also,
        "--also",
        &markdown,
    ]));

    assert_code(&output, 1);
    assert!(stdout_of(&output).starts_with("::error "), "{}", stdout_of(&output));
    for (name, begin) in [("a.xml", "<?xml "), ("a.html", "<!DOCTYPE html>"), ("a.md", "### ")] {
        assert!(fs::read_to_string(at(name)).unwrap().starts_with(begin), "{name}");
    }
}

#[test]
fn what_is_wrong_with_the_files_of_reports_is_told_before_anything_is_asked() {
    let url = ClosedPort::take().url();
    for (options, complaint) in [
        (["--also", "junit=x", "--output", "x"], "error: two reports are to be written to x\n"),
        (
            ["--also", "junit=/nowhere/x", "--only", "keys"],
            "error: could not write /nowhere/x: no such file or directory\n",
        ),
    ] {
        let output = output_of(gatepass(&[&["check", &url], &options[..]].concat()));

        assert_code(&output, 2);
        assert_eq!(stderr_of(&output), complaint);
    }
    assert_code(&output_of(gatepass(&["check", &url, "--also", "xml=x"])), 2);
}

#[test]
fn known_failures_fail_no_run_until_they_are_fixed() {
    let url = static_server::start();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("known.txt");
    let check = |url: &str, options: &[&str]| {
        let arguments =
            ["check", url, "--only", "discovery", "--format", "github", "--baseline", text(&path)];
        output_of(gatepass(&[&arguments, options].concat()))
    };

    assert_code(&check(&url, &["--update-baseline"]), 0);
    let known = fs::read_to_string(&path).unwrap();
    assert!(known.contains("\ndiscovery.content-type\n"), "{known}");
    assert_code(&check(&url, &[]), 0);

    // A failure that nobody knew.
    let fewer = known.replace("discovery.content-type\n", "");
    fs::write(&path, fewer.replace("discovery.required", "discovery.required # theirs")).unwrap();
    let output = check(&url, &[]);
    assert_code(&output, 1);
    let told = stdout_of(&output);
    assert_eq!(told.matches("::error ").count(), 1, "{told}");
    assert!(told.starts_with("::error title=discovery.content-type::"), "{told}");

    // They are mended: the file is to say so.
    let serve = Serve::start(&["--log", "off"]);
    let output = check(&serve.url, &[]);
    assert_code(&output, 1);
    let told = stdout_of(&output);
    assert!(told.contains("title=discovery.required no longer fails::"), "{told}");

    // And the update takes their lines out, and leaves the others.
    fs::write(&path, "# ours\ndiscovery.required # theirs\nkeys.two # not run\n").unwrap();
    assert_code(&check(&serve.url, &["--update-baseline"]), 0);
    assert_eq!(fs::read_to_string(&path).unwrap(), "# ours\nkeys.two # not run\n");
}

#[test]
fn what_is_wrong_with_a_baseline_is_told_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "known.txt", "# ours\nkeys.too\n");

    let output = output_of(gatepass(&["check", "http://h", "--baseline", text(&path)]));
    assert_snapshot!(transcript(&output).replace(text(folder.path()), "[FOLDER]"), @r"
    exit code: 2
    --- stdout
    --- stderr
    error: [FOLDER]/known.txt:2: there is no check `keys.too`
    hint: did you mean `keys.two`? `gatepass check --list` names all
    ");

    let missing = folder.path().join("missing.txt");
    let output = output_of(gatepass(&["check", "http://h", "--baseline", text(&missing)]));
    assert_snapshot!(transcript(&output).replace(text(folder.path()), "[FOLDER]"), @r"
    exit code: 2
    --- stdout
    --- stderr
    error: could not read [FOLDER]/missing.txt: no such file or directory
    hint: `--update-baseline` makes it
    ");

    assert_code(&output_of(gatepass(&["check", "http://h", "--update-baseline"])), 2);
}

#[test]
fn who_waits_before_a_terminal_sees_how_far_it_is() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", silent.local_addr().unwrap());
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let screen = File::options().read(true).write(true).open(path).unwrap();
    let mut command = gatepass(&["check", &url, "--only", "discovery", "--client-id", CLIENT_ID]);
    command.env("CLIENT_SECRET", "s").stdout(Stdio::null()).stderr(screen);
    let mut child = command.spawn().unwrap();
    drop(command);

    let mut terminal = File::from(terminal);
    let seen = read_until(&mut terminal, " checks of http://127.0.0.1:");
    assert!(seen.starts_with("\r[") && seen.contains(" 0/"), "{seen:?}");

    drop(silent);
    let rest = read_until(&mut terminal, "\r\u{1b}[K");
    assert!(!rest.contains('\n'), "{rest:?}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// What a terminal shows up to and with `end`.
#[track_caller]
fn read_until(terminal: &mut File, end: &str) -> String {
    let (mut seen, mut chunk) = (String::new(), [0; 256]);
    while !seen.contains(end) {
        let read = terminal.read(&mut chunk).unwrap();
        assert_ne!(read, 0, "{seen:?}");
        seen.push_str(&String::from_utf8_lossy(&chunk[..read]));
    }
    seen
}
