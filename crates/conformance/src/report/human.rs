//! The report for people: failures whole, then every check by its group, then why others were
//! skipped, then one line.

use std::fmt::Write as _;

use crate::outcome::{CheckReport, Outcome, Report, Standing};
use crate::report::evidence::{failure, indent, plain, reason};
use crate::report::skips::{self, Skips};
use crate::report::summary;

/// Columns that lists of IDs fill.
const WIDTH: usize = 100;

/// What is said of a known failure that is none.
pub(crate) const FIXED: &str =
    "it passes, and the baseline says that it fails: remove its line there";

/// Colour only repeats what the words say.
struct Paint {
    on: bool,
}

impl Paint {
    fn standing(&self, standing: Standing) -> String {
        let (code, word) = match standing {
            Standing::Passed => ("32", "pass "),
            Standing::Failed => ("1;31", "fail "),
            Standing::Known => ("35", "known"),
            Standing::Fixed => ("1;31", "fixed"),
            Standing::Skipped => ("33", "skip "),
        };
        self.paint(code, word)
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
    let mut out = format!("Conformance of {}\n", plain(&report.target));
    for check in report.standing(Standing::Failed) {
        write_head(&mut out, check, &paint);
        out.push_str(&indent(&failure(check), 9));
    }
    for check in report.standing(Standing::Known) {
        write_head(&mut out, check, &paint);
        out.push_str(&indent(&reason(check), 9));
    }
    for check in report.standing(Standing::Fixed) {
        write_head(&mut out, check, &paint);
        let _ = writeln!(out, "         {FIXED}");
    }
    let width = report.checks.iter().map(|check| check.id.len()).max().unwrap_or_default();
    for checks in report.checks.chunk_by(|one, next| one.group() == next.group()) {
        write_group(&mut out, checks, width, &paint);
    }
    let skips = skips::by_reason(report);
    if !skips.is_empty() {
        let _ = writeln!(out, "\n{}", paint.bold("skipped, and why"));
        for skips in &skips {
            write_skips(&mut out, skips);
        }
    }
    let _ = writeln!(out, "\n{}", summary::counts(report));
    out
}

fn write_head(out: &mut String, check: &CheckReport, paint: &Paint) {
    let _ = writeln!(
        out,
        "\n{}  {}  {}  {} ({})",
        paint.standing(check.standing()),
        paint.bold(check.id),
        check.level,
        check.requirement,
        summary::cited(&check.source)
    );
}

/// The checks of a group that were judged; the skipped ones are told by their reasons.
fn write_group(out: &mut String, checks: &[CheckReport], width: usize, paint: &Paint) {
    let judged: Vec<_> =
        checks.iter().filter(|check| check.standing() != Standing::Skipped).collect();
    if judged.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{}  {}", paint.bold(checks[0].group()), tally(checks));
    for check in judged {
        let CheckReport { id, level, requirement, .. } = check;
        let word = paint.standing(check.standing());
        let _ = writeln!(out, "  {word}  {id:width$}  {level:6}  {requirement}");
        if check.outcome == Outcome::Pass && check.reason.is_some() {
            out.push_str(&indent(&reason(check), 9));
        }
    }
}

/// How many of a group came out which way; nothing where it goes without saying.
fn tally(checks: &[CheckReport]) -> String {
    let of = |outcome: Outcome| {
        let count = checks.iter().filter(|check| check.outcome == outcome).count();
        (count > 0).then(|| format!("{count} {}", outcome.as_str()))
    };
    let words = [Outcome::Fail, Outcome::Skip, Outcome::Pass].into_iter().filter_map(of);
    words.collect::<Vec<_>>().join(", ")
}

fn write_skips(out: &mut String, skips: &Skips<'_>) {
    let count = skips.checks.len();
    let reason = skips.reason.replace('\n', " ");
    let _ = writeln!(out, "  {count:>5}  {reason}");
    let mut line = String::new();
    for (place, check) in skips.checks.iter().enumerate() {
        let end = if place + 1 == count { "" } else { "," };
        if !line.is_empty() && 9 + line.len() + 1 + check.id.len() + end.len() > WIDTH {
            let _ = writeln!(out, "         {line}");
            line.clear();
        }
        let space = if line.is_empty() { "" } else { " " };
        let _ = write!(line, "{space}{}{end}", check.id);
    }
    let _ = writeln!(out, "         {line}");
}
