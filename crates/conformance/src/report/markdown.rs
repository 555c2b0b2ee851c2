//! The report for a comment on a pull request.

use std::fmt::Write as _;

use crate::outcome::{CheckReport, Report, Standing};
use crate::report::evidence::{cut, plain, reason, short_repeat};
use crate::report::{skips, summary};

/// Bytes that the table and the commands of failures may take: GitHub refuses a comment of more
/// than 65,536 characters, and the head and the skips want room, too.
const MAX_FAILURES: usize = 56_000;

/// Characters of a reason that a table has room for.
const MAX_REASON: usize = 300;

/// Reasons of skipped checks that are told.
const MAX_REASONS: usize = 20;

/// Markdown as GitHub reads it, short enough for a comment: the verdict, the failures in a table,
/// the commands that repeat them, the skipped by their reasons. What the target sent is literal
/// text in it: it can't end a table, nor call a person.
pub fn markdown(report: &Report) -> String {
    let sign = if report.is_good() { "✅" } else { "❌" };
    let mut out = format!(
        "### {sign} {}: conformance of {}\n\n{}.\n",
        summary::verdict(report),
        code(&report.target),
        summary::counts(report)
    );
    write_failures(&mut out, report);
    let fixed: Vec<_> = report.standing(Standing::Fixed).map(|check| code(check.id)).collect();
    if !fixed.is_empty() {
        let (shown, rest) = fixed.split_at(fixed.len().min(MAX_REASONS));
        let more =
            if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
        let _ = writeln!(
            out,
            "\nThese pass, and the baseline says that they fail; remove their lines there: {}{more}.",
            shown.join(", ")
        );
    }
    write_skips(&mut out, report);
    out
}

fn write_failures(out: &mut String, report: &Report) {
    let failures: Vec<_> =
        report.standing(Standing::Failed).chain(report.standing(Standing::Known)).collect();
    if failures.is_empty() {
        return;
    }
    let (mut table, mut commands, mut shown) = (String::new(), String::new(), 0);
    for check in &failures {
        let (row, command) = (row(check), command(check));
        if table.len() + commands.len() + row.len() + command.len() > MAX_FAILURES {
            break;
        }
        table.push_str(&row);
        commands.push_str(&command);
        shown += 1;
    }
    let _ = write!(out, "\n| failed | what must be so | what came back |\n|---|---|---|\n{table}");
    if shown < failures.len() {
        let _ = writeln!(
            out,
            "\n…and {}: this comment has no room for more.",
            summary::counted(failures.len() - shown, "more failure", "more failures")
        );
    }
    if !commands.is_empty() {
        let _ = write!(
            out,
            "\n<details><summary>Commands that repeat them</summary>\n\n<pre>\n{commands}</pre>\n\n</details>\n"
        );
    }
}

fn row(check: &CheckReport) -> String {
    let known = if check.known { "<br>known" } else { "" };
    format!(
        "| {}{known} | **{}** {} ({}) | {} |\n",
        code(check.id),
        check.level,
        words(check.requirement),
        summary::cited(&check.source),
        code(&cut(&reason(check), MAX_REASON))
    )
}

fn command(check: &CheckReport) -> String {
    match short_repeat(check) {
        Some(repeat) => format!("# {}\n{}\n", check.id, in_html(&repeat)),
        None => String::new(),
    }
}

fn write_skips(out: &mut String, report: &Report) {
    let skips = skips::by_reason(report);
    if skips.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n<details><summary>{} skipped</summary>\n", report.summary.skip);
    for skips in skips.iter().take(MAX_REASONS) {
        let reason = code(&cut(&skips.reason, MAX_REASON));
        let _ = writeln!(out, "- {}: {reason}", skips.checks.len());
    }
    if let Some(rest) = skips.get(MAX_REASONS..).filter(|rest| !rest.is_empty()) {
        let count: usize = rest.iter().map(|skips| skips.checks.len()).sum();
        let _ = writeln!(out, "- {count} for other reasons");
    }
    out.push_str("\n</details>\n");
}

/// Our own words, with what stands in backticks as code.
fn words(text: &str) -> String {
    let mut out = String::new();
    for (place, piece) in text.split('`').enumerate() {
        out.push_str(&if place % 2 == 1 { code(piece) } else { literal(piece) });
    }
    out
}

/// Text in which nothing is markup. GitHub links neither people nor issues in code.
fn code(text: &str) -> String {
    format!("<code>{}</code>", literal(&plain(text)))
}

/// Each character that Markdown could read is a character reference, which never is structure.
fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for next in text.chars() {
        // The rest of these are no markup where they stand between others.
        let is_plain = matches!(next, ',' | '-' | '/') || (next == '.' && !"wW".contains(last));
        match next {
            '\n' => out.push(' '),
            _ if next.is_ascii_punctuation() && !is_plain => {
                let _ = write!(out, "&#{};", u32::from(next));
            }
            _ => out.push(next),
        }
        last = next;
    }
    out
}

/// Text of an HTML element.
fn in_html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
