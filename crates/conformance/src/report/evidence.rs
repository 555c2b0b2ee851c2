//! What a failed check has to show, as plain text: the reason, the exchanges, the command line.

use std::fmt::Write as _;

use crate::exchange::Exchange;
use crate::outcome::CheckReport;

/// Exchanges shown with a failure, the latest.
const MAX_EXCHANGES: usize = 2;

/// Bytes of a command line that a table or an annotation has room for.
const MAX_SHORT: usize = 2_000;

/// What came back, the exchanges, and the command that repeats the last.
pub(crate) fn failure(check: &CheckReport) -> String {
    let mut out = format!("{}\n{}", reason(check), exchanges(check));
    if let Some(repeat) = &check.repeat {
        let _ = writeln!(out, "repeat: {}", plain(repeat));
    }
    out
}

/// What came back instead, or why nobody can tell.
pub(crate) fn reason(check: &CheckReport) -> String {
    plain(check.reason.as_deref().unwrap_or("not met"))
}

/// The command line on one line; nothing where it is too long for a place that has little room.
pub(super) fn short_repeat(check: &CheckReport) -> Option<String> {
    let repeat = plain(check.repeat.as_deref()?).replace('\n', " ");
    (repeat.len() <= MAX_SHORT).then_some(repeat)
}

/// The latest exchanges, oldest first; nothing if there was none.
pub(super) fn exchanges(check: &CheckReport) -> String {
    let mut out = String::new();
    let shown = check.evidence.len().saturating_sub(MAX_EXCHANGES);
    for exchange in &check.evidence[shown..] {
        write_exchange(&mut out, exchange);
    }
    out
}

fn write_exchange(out: &mut String, exchange: &Exchange) {
    let sent = &exchange.request;
    let _ = writeln!(out, "sent      {} {}", plain(&sent.method), plain(&sent.url));
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
        let _ = writeln!(out, "          {}: {}", plain(name), plain(value));
    }
    if !body.is_empty() {
        out.push_str(&indent(&plain(body), 10));
    }
}

/// `text` with each line moved to the right.
pub(super) fn indent(text: &str, by: usize) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let _ = writeln!(out, "{:by$}{line}", "");
    }
    out
}

/// `text` without what steers a terminal, turns the direction of writing or is no character of
/// XML; the line feed stays.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for next in text.chars() {
        if is_unfit(next) {
            let _ = write!(out, "{}", next.escape_default());
        } else {
            out.push(next);
        }
    }
    out
}

fn is_unfit(next: char) -> bool {
    let turns =
        matches!(next, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_none = matches!(next, '\u{feff}' | '\u{fffe}' | '\u{ffff}');
    (next.is_control() && next != '\n') || turns || is_none
}

/// The first `max` characters of `text`, marked where there were more.
pub(super) fn cut(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_reader_is_spelt_out() {
        for (given, shown) in [
            ("a\x1b[2Jb\u{9b}c\nd", "a\\u{1b}[2Jb\\u{9b}c\nd"),
            ("\u{202e}dcba\u{2066}", "\\u{202e}dcba\\u{2066}"),
            ("\u{ffff}ü", "\\u{ffff}ü"),
        ] {
            assert_eq!(plain(given), shown);
        }
    }

    #[test]
    fn a_cut_falls_between_characters() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
