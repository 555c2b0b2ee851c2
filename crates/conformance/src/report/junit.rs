//! The report for continuous integration: `JUnit` XML, a suite for each group.

use std::time::Duration;

use quick_junit::{NonSuccessKind, SerializeError, TestCase, TestCaseStatus, TestSuite};

use crate::outcome::{CheckReport, Outcome, Report};
use crate::report::human;

/// Why no XML came of a report.
#[derive(Debug, thiserror::Error)]
#[error("could not write the JUnit report")]
pub struct JunitError(#[source] SerializeError);

/// `JUnit` XML: a test suite for each group, a test case for each check.
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
    xml.to_string().map_err(JunitError)
}

fn test_case(check: &CheckReport) -> TestCase {
    let reason = check.reason.as_deref().unwrap_or_default();
    let status = match check.outcome {
        Outcome::Pass => TestCaseStatus::success(),
        Outcome::Skip => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_message(reason);
            skipped
        }
        Outcome::Fail => {
            let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failed.set_message(reason);
            failed.set_type(check.level.as_str());
            failed.set_description(human::failure(check));
            failed
        }
    };
    let mut case = TestCase::new(check.id, status);
    case.set_classname(check.group());
    if check.outcome == Outcome::Pass && !reason.is_empty() {
        case.set_system_out(reason);
    }
    case
}
