//! The failures that are known: a text file with the ID of a check a line.

use std::collections::HashMap;
use std::fmt::Write as _;

use crate::check::Check;
use crate::checks;
use crate::outcome::{Outcome, Report};
use crate::suite::nearest;

/// What stands on top of a file that had no lines before.
const PREAMBLE: &str = "\
# Checks that are known to fail: the ID of one a line, and after `#` the reason.
# A failure that is not here fails the run, and so does one here that no longer fails.
";

/// The failures that are known, so that only a new one fails a run.
///
/// A file of them has the ID of a check a line; from a `#` on a line is a comment. A run
/// [judged by it](Report::judged_by) fails on a new failure, and on a known one that passes, so
/// that the file stays true. A known one that is skipped is no failure.
///
/// ```
/// use gatepass_conformance::Baseline;
///
/// let known = Baseline::parse("keys.two  # ours has one\n").unwrap();
/// assert!(known.knows("keys.two"));
/// assert_eq!(
///     Baseline::parse("keys.too\n").unwrap_err().to_string(),
///     "line 1: there is no check `keys.too`; the nearest is `keys.two`"
/// );
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    lines: Vec<Line>,
}

/// A line as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    /// The check that it names, if it names one.
    id: Option<&'static str>,
    text: String,
}

impl Baseline {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// When a line names no check of the whole suite, or one that an earlier line has named.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let mut seen = HashMap::new();
        let mut lines = Vec::new();
        // Some editors put a mark of the byte order first.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        for (number, text) in (1..).zip(text.lines()) {
            let name = text.split('#').next().unwrap_or_default().trim();
            let id = if name.is_empty() { None } else { Some(id_of(name, number)?) };
            if let Some(id) = id
                && let Some(first) = seen.insert(id, number)
            {
                return Err(BaselineError::Repeated { line: number, id, first });
            }
            lines.push(Line { id, text: text.trim_end().to_owned() });
        }
        Ok(Self { lines })
    }

    /// Whether the check `id` is known to fail.
    pub fn knows(&self, id: &str) -> bool {
        self.lines.iter().any(|line| line.id == Some(id))
    }

    /// How many checks are known to fail.
    pub fn len(&self) -> usize {
        self.lines.iter().filter(|line| line.id.is_some()).count()
    }

    /// Whether no check is known to fail.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What is known after `report`: its new failures too, and no longer those that passed. Every
    /// other line stays as it is, with its comment: those of checks that were skipped or not run.
    #[must_use]
    pub fn updated_by(&self, report: &Report) -> Self {
        let passed =
            |id| report.checks.iter().any(|check| check.id == id && check.outcome == Outcome::Pass);
        let mut lines: Vec<_> =
            self.lines.iter().filter(|line| !line.id.is_some_and(passed)).cloned().collect();
        if self.lines.is_empty() {
            lines.extend(PREAMBLE.lines().map(|text| Line { id: None, text: text.to_owned() }));
        }
        let failed = report.checks.iter().filter(|check| check.outcome == Outcome::Fail);
        let new = failed.map(|check| check.id).filter(|id| !self.knows(id));
        lines.extend(new.map(|id| Line { id: Some(id), text: id.to_owned() }));
        Self { lines }
    }

    /// The text of the file.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            let _ = writeln!(text, "{}", line.text);
        }
        text
    }
}

fn id_of(name: &str, line: usize) -> Result<&'static str, BaselineError> {
    let ids = || checks::all().map(Check::id);
    ids().find(|id| *id == name).ok_or_else(|| BaselineError::Unknown {
        line,
        name: name.to_owned(),
        nearest: nearest(name, ids()),
    })
}

/// Why a text is no baseline. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// A line names no check.
    #[error("line {line}: there is no check `{name}`; the nearest is `{nearest}`")]
    Unknown {
        /// The number of the line.
        line: usize,
        /// What stands there.
        name: String,
        /// The ID most like it.
        nearest: &'static str,
    },
    /// Two lines name the same check.
    #[error("line {line}: `{id}` stands in line {first} already")]
    Repeated {
        /// The number of the second line.
        line: usize,
        /// The ID of the check.
        id: &'static str,
        /// The number of the first line.
        first: usize,
    },
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_an_id_and_a_comment() {
        let text = "\u{feff}# why\r\n\r\n  keys.two # ours has one\r\nkeys.members\n";

        let baseline = Baseline::parse(text).unwrap();

        assert!(baseline.knows("keys.two") && baseline.knows("keys.members"));
        assert!(!baseline.knows("keys") && !baseline.knows(""));
        assert_eq!(baseline.len(), 2);
        assert!(Baseline::parse("# nothing yet").unwrap().is_empty());
    }

    #[test]
    fn what_is_wrong_with_a_line_is_told_with_its_number() {
        for (text, complaint) in [
            (
                "\n# a\nkeys.tow\n",
                "line 3: there is no check `keys.tow`; the nearest is `keys.two`",
            ),
            (
                "keys.two keys.members",
                "line 1: there is no check `keys.two keys.members`; the nearest is `keys.two`",
            ),
            ("keys.two\nkeys.two # again", "line 2: `keys.two` stands in line 1 already"),
        ] {
            assert_eq!(Baseline::parse(text).unwrap_err().to_string(), complaint, "given {text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_rendered_reads_the_same(
            known in prop::sample::subsequence(checks::all().map(Check::id).collect::<Vec<_>>(), 0..9),
            comment in "[^\\r\\n]*",
        ) {
            let lines: Vec<_> = known.iter().map(|id| format!("{id} # {comment}\n")).collect();
            let text = lines.concat();
            let baseline = Baseline::parse(&text).unwrap();
            prop_assert_eq!(baseline.len(), known.len());
            prop_assert_eq!(Baseline::parse(&baseline.render()).unwrap(), baseline);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "\\PC*") {
            let _ = Baseline::parse(&text);
        }
    }
}
