//! `gatepass cases`, and playing them.

use insta::assert_snapshot;
use rustix::process::Signal;
use serde_json::Value;

use crate::harness::{
    Serve, assert_code, file, gatepass, output_of, signed_in, stderr_of, stdout_of, text,
    transcript,
};

const GATEPASS: &str = env!("CARGO_BIN_EXE_gatepass");
/// A case that no change of the catalogue touches.
const OWN: &str = "
[[case]]
name = 'own-refusal'
title = 'Mine'
status = 403
source = 'mine'
client_id = '00000000-0000-4000-8000-000000000001'
client_secret = 'public test data'
on = { route = 'token' }
effect = { status = 403 }
good_client = { succeeds = false, max_attempts = 3, min_gap_ms = 900 }
";

#[test]
fn the_list_has_an_aligned_line_a_case() {
    let bare = output_of(gatepass(&["cases"]));
    assert_code(&bare, 0);
    let lines: Vec<_> = stdout_of(&bare).lines().collect();
    assert!(lines.len() > 60, "{} lines", lines.len());
    let row = |name: &str| *lines.iter().find(|line| line.starts_with(name)).unwrap();
    let rows = [row("NAME"), row("token-expired "), row("token-unavailable-twice ")];

    assert_snapshot!(rows.join("\n"), @r"
    NAME                              STATUS     WHERE      TITLE
    token-expired                     401        bearer     The access token is expired when it comes, whatever expires_on says
    token-unavailable-twice           503        token      The token endpoint answers 503 twice, then recovers
    ");
    assert_eq!(output_of(gatepass(&["cases", "list"])).stdout, bare.stdout);
    let last = lines.last().unwrap();
    assert!(last.ends_with("gatepass cases list --kind defect"), "{last}");
}

#[test]
fn defects_are_listed_by_their_kind_and_tell_who_catches_them() {
    let defects = output_of(gatepass(&["cases", "list", "--kind", "defect"]));
    let json = output_of(gatepass(&["cases", "list", "--kind", "defect", "--json"]));
    let one = output_of(gatepass(&["cases", "show", "token-in-milliseconds"]));

    let listed: Vec<Value> = serde_json::from_slice(&json.stdout).unwrap();
    assert!(listed.len() >= 80 && listed.iter().all(|case| case["kind"] == "defect"));
    assert_eq!(stdout_of(&defects).lines().count(), listed.len() + 1);
    let one = stdout_of(&one);
    assert!(one.contains("\nseen          a wrong answer, from the token endpoint\n"), "{one}");
    assert!(one.contains("\ncaught by     token.response.two-hours, token.response."), "{one}");
}

#[test]
fn a_case_of_whole_connections_is_tried_for_all_and_in_no_other_way() {
    let shown = output_of(gatepass(&["cases", "show", "header-names-exact"]));

    let all = stdout_of(&shown);
    assert!(!all.contains("credentials") && !all.contains("curl"), "{all}");
    assert!(
        all.ends_with(
            "\n\nplay it for all API clients:\n  gatepass serve --case header-names-exact\n"
        ),
        "{all}"
    );
}

#[test]
fn machines_get_the_documented_members() {
    let output = output_of(gatepass(&["cases", "list", "--json"]));

    assert_code(&output, 0);
    let cases: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    for case in &cases {
        let members =
            ["name", "title", "kind", "route", "status", "source", "client_id", "client_secret"];
        for member in members {
            assert!(case.get(member).is_some(), "{case} has no {member}");
        }
    }
    let for_all: Vec<_> = cases.iter().filter(|case| case.get("for_all_only").is_some()).collect();
    assert!(!for_all.is_empty() && for_all.iter().all(|case| case["kind"] == "defect"));
    let one = output_of(gatepass(&["cases", "show", "--json", "token-expired"]));
    let one: Value = serde_json::from_slice(&one.stdout).unwrap();
    assert!(one["name"] == "token-expired" && cases.contains(&one), "{one}");
}

#[test]
fn one_case_is_told_with_all_that_triggers_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(&folder, "gatepass.toml", OWN);

    let shown = output_of(gatepass(&["cases", "show", "own-refusal", "--config", text(&config)]));

    assert_snapshot!(transcript(&shown));
}

#[test]
fn what_is_pasted_goes_where_the_configuration_says() {
    let folder = tempfile::tempdir().unwrap();
    let text_of_file = format!("listen = '127.0.0.1:1'\n[tls]\nca_file = '/ca.pem'\n{OWN}");
    let config = file(&folder, "gatepass.toml", &text_of_file);

    let shown = output_of(gatepass(&["cases", "show", "own-refusal", "--config", text(&config)]));

    let line = stdout_of(&shown).lines().find(|line| line.contains("curl")).unwrap();
    assert!(line.trim().starts_with("curl --cacert /ca.pem -i -u '00000000-"), "{line}");
    assert!(line.ends_with(" https://127.0.0.1:1/api/2/idp/token"), "{line}");
}

#[test]
fn the_lines_that_are_shown_have_the_case_happen() {
    let serve = Serve::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let listen = serve.url.strip_prefix("http://").unwrap();
    let config = file(&folder, "gatepass.toml", &format!("listen = '{listen}'\n"));
    for (case, statuses) in [
        ("token-expired", [401, 200]), // By its header it comes with the token, and shows later.
        ("token-unavailable-twice", [503, 503]),
        ("user-disabled", [403, 403]),
    ] {
        let shown = output_of(gatepass(&["cases", "show", case, "--config", text(&config)]));
        let lines = stdout_of(&shown).lines().filter(|line| line.trim().starts_with("curl"));
        let got: Vec<_> = lines
            .map(|line| {
                let mut shell = std::process::Command::new("sh");
                shell.args(["-c", line]);
                let answer = output_of(shell);
                let status = stdout_of(&answer).split(' ').nth(1).unwrap_or_default().to_owned();
                status.parse::<u16>().unwrap_or_else(|_| panic!("{line}: {}", transcript(&answer)))
            })
            .collect();
        assert_eq!(got, statuses, "{case}");
    }
}

#[test]
fn an_unknown_name_is_exit_code_2_and_the_nearest_is_named() {
    for arguments in [
        &["cases", "show", "token-expird"][..],
        &["serve", "--port", "0", "--case", "token-expird"],
        &["run", "--case", "token-expird", "--", "true"],
    ] {
        let output = output_of(gatepass(arguments));

        assert_code(&output, 2);
        assert_eq!(
            stderr_of(&output),
            "error: there is no case `token-expird`\n\
             hint: did you mean `token-expired`? `gatepass cases` lists them all\n"
        );
    }
}

#[test]
fn a_mistake_in_a_case_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(&folder, "gatepass.toml", "[[case]]\nname = 'a'\ntitel = 'b'\n");

    let output = output_of(gatepass(&["cases", "--config", text(&config)]));

    assert_code(&output, 2);
    assert!(stderr_of(&output).contains("gatepass.toml:3: "), "{}", stderr_of(&output));
    assert!(stderr_of(&output).contains("did you mean `title`?"), "{}", stderr_of(&output));
}

#[test]
fn a_case_plays_for_all_and_the_log_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(&folder, "gatepass.toml", OWN);
    let mut serve =
        Serve::start(&["--config", text(&config), "--case", "own-refusal", "--log", "json"]);
    assert!(serve.banner.contains("\n  cases            own-refusal\n"), "{}", serve.banner);

    assert_code(&output_of(signed_in(&["token"], &serve.url)), 1);

    let log = serve.stop(Signal::TERM).log;
    let line: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!((&line["status"], &line["case"]), (&403.into(), &"own-refusal".into()));
    assert_eq!(log.lines().next().unwrap().matches("\"case\"").count(), 1, "{log}");
}

#[test]
fn the_environment_names_cases_with_commas_between_and_a_flag_goes_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let config = file(&folder, "gatepass.toml", OWN);
    let run = |arguments: &[&str]| {
        let command = ["--", GATEPASS, "token"];
        let all = [&["run", "--config", text(&config)], arguments, &command].concat();
        let mut run = gatepass(&all);
        run.env("GATEPASS_CASE", "token-expired,own-refusal");
        output_of(run).status.code()
    };

    assert_eq!(run(&[]), Some(1));
    assert_eq!(run(&["--case", "token-expired"]), Some(0));
}
