//! A pattern for texts of a request: letters, `*` for any run of them, `!` in front for "not so".

use serde::Deserialize;

/// Matches a whole text. `*secret*` is any text with `secret` in it, `!Basic *` any that does not
/// begin with `Basic `.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Pattern {
    parts: Vec<String>,
    negated: bool,
}

impl From<String> for Pattern {
    fn from(text: String) -> Self {
        let (negated, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text.as_str()),
        };
        Self { parts: text.split('*').map(str::to_owned).collect(), negated }
    }
}

impl Pattern {
    pub(crate) fn matches(&self, text: &str) -> bool {
        self.covers(text) != self.negated
    }

    fn covers(&self, text: &str) -> bool {
        let [first, middle @ .., last] = self.parts.as_slice() else {
            return self.parts.iter().any(|whole| whole == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_str()) else { return false };
        for part in middle {
            let Some(at) = rest.find(part.as_str()) else { return false };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_run_of_letters() {
        for (pattern, text, matches) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("*", "", true),
            ("a*", "ab", true),
            ("a*", "ba", false),
            ("*b", "ab", true),
            ("a*b*c", "a--b--c", true),
            ("a*b*c", "a--c--b", false),
            ("a*a", "a", false),
            ("*secret*", "my secret is", true),
            ("!Basic *", "Bearer x", true),
            ("!Basic *", "Basic x", false),
        ] {
            let found = Pattern::from(pattern.to_owned()).matches(text);
            assert_eq!(found, matches, "{pattern} on {text}");
        }
    }
}
