//! The report for continuous integration: `JUnit` XML, a suite for each group.

use std::time::Duration;

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::outcome::{CheckReport, Report, Standing};
use crate::report::evidence::{failure, reason};
use crate::report::human::FIXED;

/// Why no XML came of a report.
#[derive(Debug, thiserror::Error)]
#[error("could not write the JUnit report")]
pub struct JunitError(#[source] SerializeError);

/// `JUnit` XML: a test suite for each group, a test case for each check. Its failures are what
/// fails the run: a failure that the baseline knows is a skipped case, and one that no longer fails
/// is a failure.
///
/// # Errors
///
/// When the XML can't be written, which no report is known to cause.
pub fn junit(report: &Report) -> Result<String, JunitError> {
    let mut xml = quick_junit::Report::new("gatepass-conformance");
    xml.set_time(Duration::from_millis(report.duration_ms));
    for checks in report.checks.chunk_by(|one, next| one.group() == next.group()) {
        let mut suite = TestSuite::new(checks[0].group());
        suite.add_test_cases(checks.iter().map(test_case));
        xml.add_test_suite(suite);
    }
    xml.to_string().map(|xml| without_skipped_in_all(&xml)).map_err(JunitError)
}

/// `xml` without the `skipped` of its root, for which the schema of Jenkins has no room; each suite
/// has its own.
fn without_skipped_in_all(xml: &str) -> String {
    let Some((head, rest)) = xml.split_once("<testsuites ") else { return xml.to_owned() };
    let Some((attributes, rest)) = rest.split_once('>') else { return xml.to_owned() };
    let kept: Vec<_> = attributes.split(' ').filter(|pair| !pair.starts_with("skipped=")).collect();
    format!("{head}<testsuites {}>{rest}", kept.join(" "))
}

fn test_case(check: &CheckReport) -> TestCase {
    let status = match check.standing() {
        Standing::Passed => TestCaseStatus::success(),
        Standing::Skipped => skipped(&reason(check)),
        Standing::Known => skipped(&format!("known to fail: {}", reason(check))),
        Standing::Failed => failed(check, &reason(check), &failure(check)),
        Standing::Fixed => failed(check, FIXED, FIXED),
    };
    let mut case = TestCase::new(check.id, status);
    case.set_classname(check.group());
    match check.standing() {
        Standing::Passed if check.reason.is_some() => {
            case.set_system_out(reason(check));
        }
        Standing::Known => {
            case.set_system_out(failure(check));
        }
        _ => {}
    }
    case
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut skipped = TestCaseStatus::skipped();
    skipped.set_message(message);
    skipped
}

fn failed(check: &CheckReport, message: &str, description: &str) -> TestCaseStatus {
    let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
    failed.set_message(message);
    failed.set_type(check.level.as_str());
    failed.set_description(description);
    failed
}
