//! The report for people: failures whole, then every check by its group, then one line.

use std::fmt::Write as _;

use crate::exchange::Exchange;
use crate::outcome::{CheckReport, Outcome, Report};

/// Exchanges shown with a failure, the latest.
const MAX_EXCHANGES: usize = 2;

/// Colour only repeats what the words say.
struct Paint {
    on: bool,
}

impl Paint {
    fn outcome(&self, outcome: Outcome) -> String {
        let code = match outcome {
            Outcome::Pass => "32",
            Outcome::Fail => "1;31",
            Outcome::Skip => "33",
        };
        self.paint(code, outcome.as_str())
    }

    fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.on { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// The report as text for a terminal, in colour if `color`. What the target sent can't steer
/// the terminal: control characters are spelt out.
pub fn human(report: &Report, color: bool) -> String {
    let paint = Paint { on: color };
    let mut out = format!("Conformance of {}\n", report.target);
    for check in report.checks.iter().filter(|check| check.outcome == Outcome::Fail) {
        let sources = check.source.join(", ");
        let word = paint.outcome(Outcome::Fail);
        let _ = writeln!(
            out,
            "\n{word}  {}  {}  {} (CONTRACT {sources})",
            paint.bold(check.id),
            check.level,
            check.requirement
        );
        out.push_str(&indent(&failure(check), 8));
    }
    let width = report.checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
    for checks in report.checks.chunk_by(|one, next| one.group() == next.group()) {
        let _ = writeln!(out, "\n{}", paint.bold(checks[0].group()));
        for check in checks {
            line(&mut out, check, width, &paint);
        }
    }
    let summary = report.summary;
    let _ = writeln!(
        out,
        "\n{} checks in {} ms: {} passed, {} failed, {} skipped",
        report.checks.len(),
        report.duration_ms,
        summary.pass,
        summary.fail,
        summary.skip
    );
    out
}

fn line(out: &mut String, check: &CheckReport, width: usize, paint: &Paint) {
    let CheckReport { id, level, outcome, requirement, .. } = check;
    let _ = writeln!(out, "  {}  {id:width$}  {level:6}  {requirement}", paint.outcome(*outcome));
    if let (Outcome::Pass | Outcome::Skip, Some(reason)) = (outcome, &check.reason) {
        let _ = writeln!(out, "        {}", plain(reason));
    }
}

/// What came back, the exchanges, and the command that repeats the last.
pub(super) fn failure(check: &CheckReport) -> String {
    let mut out = format!("{}\n", plain(check.reason.as_deref().unwrap_or("not met")));
    let shown = check.evidence.len().saturating_sub(MAX_EXCHANGES);
    for exchange in &check.evidence[shown..] {
        write_exchange(&mut out, exchange);
    }
    if let Some(repeat) = &check.repeat {
        let _ = writeln!(out, "repeat: {}", plain(repeat));
    }
    out
}

fn write_exchange(out: &mut String, exchange: &Exchange) {
    let sent = &exchange.request;
    let _ = writeln!(out, "sent      {} {}", sent.method, plain(&sent.url));
    write_message(out, &sent.headers, sent.body.as_deref().unwrap_or_default());
    if let Some(received) = &exchange.response {
        let _ = writeln!(out, "received  {}", received.status);
        write_message(out, &received.headers, &received.body);
    }
    if let Some(error) = &exchange.error {
        let _ = writeln!(out, "broken    {}", plain(error));
    }
}

fn write_message(out: &mut String, headers: &[(String, String)], body: &str) {
    for (name, value) in headers {
        let _ = writeln!(out, "          {name}: {}", plain(value));
    }
    if !body.is_empty() {
        out.push_str(&indent(&plain(body), 10));
    }
}

/// `text` with each line moved to the right.
fn indent(text: &str, by: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let _ = writeln!(out, "{:by$}{line}", "");
    }
    out
}

/// `text` without control characters but the line feed.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for next in text.chars() {
        if next.is_control() && next != '\n' {
            let _ = write!(out, "{}", next.escape_default());
        } else {
            out.push(next);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_spelt_out() {
        assert_eq!(plain("a\x1b[2Jb\u{9b}c\nd"), "a\\u{1b}[2Jb\\u{9b}c\nd");
    }
}
