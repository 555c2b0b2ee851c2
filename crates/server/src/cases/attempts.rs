//! Which of the matching requests a case plays for.

use std::{ops::RangeInclusive, str::FromStr};

use serde::Deserialize;

/// Attempts counted from 1, for each API client and case: `1`, `1..=2`, `3..`, `every 3`, or all.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum Attempts {
    #[default]
    All,
    Range(RangeInclusive<u64>),
    Every(u64),
}

/// The text says nothing of attempts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` names no attempts: write `1`, `1..=2`, `3..` or `every 3`, counted from 1")]
pub(crate) struct NoAttempts(String);

impl Attempts {
    /// Whether the attempt with this number, from 1, is one of them.
    pub(crate) fn include(&self, attempt: u64) -> bool {
        match self {
            Self::All => true,
            Self::Range(range) => range.contains(&attempt),
            Self::Every(step) => attempt.is_multiple_of(*step),
        }
    }
}

impl FromStr for Attempts {
    type Err = NoAttempts;

    fn from_str(text: &str) -> Result<Self, NoAttempts> {
        let number = |text: &str| text.trim().parse().ok().filter(|&number: &u64| number > 0);
        let attempts = if let Some(step) = text.strip_prefix("every ") {
            number(step).map(Self::Every)
        } else if let Some((first, last)) = text.split_once("..=") {
            number(first).zip(number(last)).map(|(first, last)| Self::Range(first..=last))
        } else if let Some(first) = text.strip_suffix("..") {
            number(first).map(|first| Self::Range(first..=u64::MAX))
        } else {
            number(text).map(|only| Self::Range(only..=only))
        };
        let empty = |attempts: &Self| matches!(attempts, Self::Range(range) if range.is_empty());
        attempts.filter(|attempts| !empty(attempts)).ok_or_else(|| NoAttempts(text.to_owned()))
    }
}

impl TryFrom<String> for Attempts {
    type Error = NoAttempts;

    fn try_from(text: String) -> Result<Self, NoAttempts> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_form_names_the_attempts_that_it_reads_as() {
        for (given, included) in [
            ("1", vec![1]),
            ("1..=2", vec![1, 2]),
            ("3..", vec![3, 4, 5, 6, 7]),
            ("every 3", vec![3, 6]),
        ] {
            let attempts: Attempts = given.parse().unwrap();

            let found: Vec<u64> = (1..=7).filter(|&attempt| attempts.include(attempt)).collect();
            assert_eq!(found, included, "given {given}");
        }
    }

    #[test]
    fn what_names_none_is_refused() {
        for given in ["", "0", "x", "2..=1", "0..", "every 0", "every", "..", "1..2"] {
            assert!(given.parse::<Attempts>().is_err(), "given {given}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(every )?[0-9.= ]{0,12}") {
            if let Ok(attempts) = text.parse::<Attempts>() {
                attempts.include(1);
            }
        }
    }
}
