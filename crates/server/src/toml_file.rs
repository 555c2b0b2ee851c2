//! Reading TOML files with errors that name the line and the nearest valid name.

use serde::de::DeserializeOwned;

use crate::nearest::nearest;

/// Why a TOML file can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {message}")]
pub struct TomlError {
    file: String,
    line: usize,
    message: String,
    suggestion: Option<String>,
}

impl TomlError {
    /// The valid name that is nearest to an unknown one.
    pub fn suggestion(&self) -> Option<&str> {
        self.suggestion.as_deref()
    }
}

/// Reads `text`; `file` is what errors call it.
pub(crate) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, TomlError> {
    toml::from_str(text).map_err(|error| TomlError {
        file: file.to_owned(),
        line: line_of(text, error.span().map_or(0, |span| span.start)),
        message: error.message().to_owned(),
        suggestion: suggestion(error.message()),
    })
}

/// The number, from 1, of the line that holds the byte at `offset`.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let before = &text.as_bytes()[..offset.min(text.len())];
    1 + before.split(|&byte| byte == b'\n').count().saturating_sub(1)
}

/// In "unknown field `a`, expected one of `b`, `c`": which of the expected is nearest.
fn suggestion(message: &str) -> Option<String> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let unknown = message.starts_with("unknown ").then(|| quoted.next()).flatten()?;
    nearest(unknown, quoted).map(ToOwned::to_owned)
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        #[serde(rename = "lifetime_s")]
        _lifetime_s: u64,
        #[serde(rename = "seed")]
        _seed: Option<u64>,
    }

    #[test]
    fn an_error_names_the_line_and_the_nearest_name() {
        let error = read::<Example>("g.toml", "seed = 1\n\nlife_time_s = 2\n").unwrap_err();

        assert_eq!(
            error.to_string(),
            "g.toml:3: unknown field `life_time_s`, expected `lifetime_s` or `seed`"
        );
        assert_eq!(error.suggestion(), Some("lifetime_s"));
    }

    #[test]
    fn a_wrong_type_has_no_suggestion() {
        let error = read::<Example>("g.toml", "lifetime_s = 'long'\n").unwrap_err();

        assert!(error.to_string().starts_with("g.toml:1: invalid type"), "{error}");
        assert_eq!(error.suggestion(), None);
    }
}
