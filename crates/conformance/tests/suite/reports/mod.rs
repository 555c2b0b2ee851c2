//! Each report of a fixed run, and of one whose target means ill.

mod baseline;
mod hostility;
mod run;

use gatepass_conformance::report;
use insta::assert_snapshot;
use serde_json::Value;

use run::{fixed, fixed_with_known_failures, hostile};

#[test]
fn for_people() {
    assert_snapshot!(report::human(&fixed(), false));
}

#[test]
fn for_people_who_know_failures() {
    assert_snapshot!(report::human(&fixed_with_known_failures(), false));
}

#[test]
fn colour_only_repeats_what_the_words_say() {
    for report in [fixed(), fixed_with_known_failures()] {
        let colored = report::human(&report, true);

        let mut plain = colored.clone();
        assert!(plain.contains("\u{1b}["));
        for code in
            ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[32m", "\u{1b}[1;31m", "\u{1b}[33m", "\u{1b}[35m"]
        {
            plain = plain.replace(code, "");
        }
        assert_eq!(plain, report::human(&report, false));
    }
}

#[test]
fn for_machines() {
    assert_snapshot!(report::json(&fixed()));
}

#[test]
fn the_documented_shape_holds_for_every_report() {
    let schema = include_str!("../../../../../fixtures/schemas/conformance-report.json");
    let schema = serde_json::from_str(schema).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for report in [fixed(), fixed_with_known_failures(), hostile(), run::many_failures()] {
        let json: Value = serde_json::from_str(&report::json(&report)).unwrap();

        let errors: Vec<_> = validator.iter_errors(&json).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new());
        // Every member is documented, too.
        let of_report = members(&schema["properties"]);
        assert!(members(&json).iter().all(|member| of_report.contains(member)), "{of_report:?}");
        let of_check = members(&schema["$defs"]["check"]["properties"]);
        assert!(members(&json["checks"][0]).iter().all(|member| of_check.contains(member)));
    }
}

#[test]
fn for_continuous_integration() {
    assert_snapshot!(report::junit(&fixed()).unwrap());
}

/// What `cargo xtask junit-schema` holds against the schema of Jenkins: `cargo test` needs no network.
#[test]
fn the_root_of_junit_has_only_what_jenkins_allows() {
    let xml = report::junit(&hostile()).unwrap();
    let root = xml.lines().nth(1).unwrap();
    let names: Vec<_> = root.split(' ').filter_map(|pair| pair.split_once('=')).collect();
    let names: Vec<_> = names.into_iter().map(|(name, _)| name).collect();

    assert!(root.starts_with("<testsuites "), "{root}");
    assert_eq!(names, ["name", "tests", "failures", "errors", "time"]);
}

#[test]
fn junit_fails_where_the_run_fails() {
    assert_snapshot!(report::junit(&fixed_with_known_failures()).unwrap());
}

#[test]
fn for_a_pull_request() {
    assert_snapshot!(report::markdown(&fixed()));
}

#[test]
fn for_a_pull_request_with_known_failures() {
    assert_snapshot!(report::markdown(&fixed_with_known_failures()));
}

#[test]
fn for_github_actions() {
    assert_snapshot!(report::github(&fixed()));
}

#[test]
fn for_github_actions_with_known_failures() {
    assert_snapshot!(report::github(&fixed_with_known_failures()));
}

#[test]
fn as_a_page() {
    assert_snapshot!(without_style(&report::html(&fixed()).unwrap()));
}

#[test]
fn as_a_page_with_known_failures() {
    assert_snapshot!(without_style(&report::html(&fixed_with_known_failures()).unwrap()));
}

#[test]
fn a_page_needs_no_other_file_and_no_script() {
    for report in [fixed(), hostile()] {
        let page = report::html(&report).unwrap();
        for mark in ["<script", "<link", "src=", "url(", "@import", "javascript:", "<img"] {
            assert!(!page.contains(mark), "{mark}");
        }
        assert!(page.contains(r#"content="default-src 'none';"#));
    }
}

#[test]
fn every_check_of_a_page_has_one_place() {
    let page = report::html(&fixed_with_known_failures()).unwrap();
    for check in fixed().checks {
        assert_eq!(page.matches(&format!(r#"id="{}""#, check.id)).count(), 1, "{}", check.id);
    }
}

fn members(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

/// The looks are looked at, not compared.
fn without_style(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    format!("{head}<style></style>{rest}")
}
