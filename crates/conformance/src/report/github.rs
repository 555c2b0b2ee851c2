//! The report as workflow commands, which GitHub Actions shows as annotations.

use std::fmt::Write as _;

use crate::outcome::{CheckReport, Report, Standing};
use crate::report::evidence::{cut, plain, reason, short_repeat};
use crate::report::human::FIXED;
use crate::report::summary;

/// Characters of a reason that an annotation has room for.
const MAX_REASON: usize = 1_000;

/// A workflow command a line, and nothing else: an error for each failure and for each known one
/// that no longer fails, a warning for each known failure, a notice for the run.
pub fn github(report: &Report) -> String {
    let mut out = String::new();
    for check in report.standing(Standing::Failed) {
        write_command(&mut out, "error", check.id, &message(check));
    }
    for check in report.standing(Standing::Fixed) {
        write_command(&mut out, "error", &format!("{} no longer fails", check.id), FIXED);
    }
    for check in report.standing(Standing::Known) {
        write_command(&mut out, "warning", &format!("{}, known", check.id), &message(check));
    }
    let told = format!(
        "{}: {}. {}",
        plain(&report.target),
        summary::verdict(report),
        summary::counts(report)
    );
    write_command(&mut out, "notice", "gatepass check", &told);
    out
}

fn message(check: &CheckReport) -> String {
    let mut message = format!(
        "{} {} ({})\n{}",
        check.level,
        check.requirement,
        summary::cited(&check.source),
        cut(&reason(check), MAX_REASON)
    );
    if let Some(repeat) = short_repeat(check) {
        let _ = write!(message, "\nrepeat: {repeat}");
    }
    message
}

fn write_command(out: &mut String, name: &str, title: &str, message: &str) {
    let title = escape(title).replace(':', "%3A").replace(',', "%2C");
    let _ = writeln!(out, "::{name} title={title}::{}", escape(message));
}

/// What would end a command or begin another, as the runner decodes it.
fn escape(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_begins_a_command_of_its_own() {
        let mut out = String::new();

        write_command(&mut out, "error", "a:b,c%", "50%\r\n::error::x%0A");

        assert_eq!(out, "::error title=a%3Ab%2Cc%25::50%25%0D%0A::error::x%250A\n");
    }
}
