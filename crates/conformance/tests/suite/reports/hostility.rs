//! What a target sends is text in every report.

use gatepass_conformance::{Report, report};
use serde_json::Value;

use super::run::{HOSTILE, hostile, many_failures};

#[track_caller]
fn assert_fit_to_be_read(text: &str) {
    let unfit =
        |next: &char| (next.is_control() && *next != '\n') || "\u{202e}\u{ffff}".contains(*next);
    assert_eq!(text.chars().find(unfit), None, "{text}");
}

#[test]
fn no_report_has_what_steers_a_reader() {
    let report = hostile();
    for text in [
        report::human(&report, false),
        report::junit(&report).unwrap(),
        report::markdown(&report),
        report::html(&report).unwrap(),
        report::github(&report),
    ] {
        assert_fit_to_be_read(&text);
    }
}

#[test]
fn json_keeps_every_character() {
    let json: Value = serde_json::from_str(&report::json(&hostile())).unwrap();

    assert_eq!(json["checks"][0]["reason"], HOSTILE);
}

#[test]
fn a_page_has_no_element_of_theirs() {
    let page = report::html(&hostile()).unwrap();

    assert!(page.contains("&#60;script&#62;alert(1)"), "{page}");
    assert!(!page.contains("<script"), "{page}");
    for element in ["pre", "p", "td", "article", "details"] {
        let open = page.matches(&format!("<{element}>")).count()
            + page.matches(&format!("<{element} ")).count();
        assert_eq!(open, page.matches(&format!("</{element}>")).count(), "{element}");
    }
}

#[test]
fn a_comment_has_no_markup_of_theirs_and_calls_nobody() {
    let comment = report::markdown(&hostile());

    assert!(!comment.contains("<script"), "{comment}");
    // The commands stand in one block, which only we end, and in which Markdown is not read.
    let (before, rest) = comment.split_once("<pre>\n").unwrap();
    let (commands, after) = rest.split_once("</pre>\n").unwrap();
    assert_eq!(commands.lines().count(), 2, "{commands}");
    for text in [before, after] {
        for markup in ["</pre>", "**bold**", "[a](b)", "@someone", "`", " #1 ", "www."] {
            assert!(!text.contains(markup), "{markup}: {text}");
        }
    }
    // In a line of the table nothing but our own columns.
    let row = comment.lines().find(|line| line.contains("alert")).unwrap();
    assert_eq!(row.matches('|').count(), 4, "{row}");
}

#[test]
fn a_comment_has_room_on_github() {
    let comment = report::markdown(&many_failures());

    assert!(comment.len() < 65_536, "{}", comment.len());
    let rows = comment.lines().filter(|line| line.starts_with("| <code>")).count();
    assert!(rows > 10, "{rows}");
    assert!(
        comment.contains(&format!("…and {} more failures", 300 - rows)),
        "{rows}: {}",
        &comment[comment.len() - 3_000..]
    );
    assert!(comment.ends_with("</details>\n"));
}

#[test]
fn every_line_for_github_is_a_command_of_ours() {
    let commands = report::github(&hostile());

    let lines: Vec<_> = commands.lines().collect();
    assert_eq!(lines.len(), 2, "{commands}");
    assert!(lines[0].starts_with("::error title=discovery.required::"), "{commands}");
    assert!(lines[0].contains("%250A::error title=x"), "{commands}");
    assert!(lines[1].starts_with("::notice title=gatepass check::"), "{commands}");
}

#[test]
fn a_run_of_no_checks_is_told_in_every_report() {
    let report = Report::new("http://h", std::time::Duration::ZERO, vec![]);

    assert!(report::markdown(&report).starts_with("### ✅ No check was run"));
    assert!(report::html(&report).unwrap().contains("No check was run"));
    assert!(
        report::human(&report, false)
            .ends_with("0 checks in 0 ms: 0 passed, 0 failed, 0 skipped\n")
    );
    report::junit(&report).unwrap();
    assert_eq!(report::github(&report).lines().count(), 1);
}
