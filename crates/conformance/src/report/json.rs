//! The report for machines.

use crate::outcome::Report;

/// The documented JSON report, indented, with a line feed at its end. Only ever added to.
///
/// # Panics
///
/// Never: a report holds text and numbers only.
pub fn json(report: &Report) -> String {
    let mut text =
        serde_json::to_string_pretty(report).expect("text and numbers serialize to a String");
    text.push('\n');
    text
}
