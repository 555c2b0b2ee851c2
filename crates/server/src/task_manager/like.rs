//! `like(…)`: a name by a part of it.

/// A pattern on names. `*` and `%` stand for any number of characters; without
/// them the pattern may stand anywhere in the name. Case does not matter.
/// *(open)*: the contract has the operator's name only (CONTRACT 8.2).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    /// What stands between the wildcards, lower case.
    pieces: Vec<String>,
}

impl Pattern {
    pub(super) fn new(text: &str) -> Self {
        let text = lower_case(text);
        let text = if text.contains(WILDCARDS) { text } else { format!("*{text}*") };
        Self { pieces: text.split(WILDCARDS).map(str::to_owned).collect() }
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let name = lower_case(name);
        let [first, between @ .., last] = self.pieces.as_slice() else { return false };
        let Some(mut rest) = name.strip_prefix(first.as_str()) else { return false };
        for piece in between {
            let Some(at) = rest.find(piece.as_str()) else { return false };
            rest = &rest[at + piece.len()..];
        }
        rest.ends_with(last.as_str())
    }
}

/// Character by character, so that a part of a name stays a part of it: Greek's
/// final sigma depends on its neighbours otherwise.
fn lower_case(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

const WILDCARDS: [char; 2] = ['*', '%'];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pattern_matches_these_names() {
        for (pattern, name, matches) in [
            ("server", "Daily Server Backup", true),
            ("SERVER", "Daily Server Backup", true),
            ("", "Daily Server Backup", true),
            ("Daily*", "Daily Server Backup", true),
            ("daily%", "Daily Server Backup", true),
            ("*backup", "Daily Server Backup", true),
            ("d*server*p", "Daily Server Backup", true),
            ("*", "", true),
            ("Server*", "Daily Server Backup", false),
            ("*Server", "Daily Server Backup", false),
            ("weekly", "Daily Server Backup", false),
            ("ab*ba", "aba", false),
            ("a*a*a", "aa", false),
            ("STRASSE", "straße", false),
            ("über*", "Übernacht", true),
        ] {
            assert_eq!(Pattern::new(pattern).matches(name), matches, "{pattern} on {name}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_like_any_part_of_it(before in "[^*%]*", part in "[^*%]*", after in "[^*%]*") {
            let name = format!("{before}{part}{after}");
            let (begins, ends) = (format!("{before}*"), format!("%{after}"));

            prop_assert!(Pattern::new(&part).matches(&name));
            prop_assert!(Pattern::new(&begins).matches(&name));
            prop_assert!(Pattern::new(&ends).matches(&name));
        }

        #[test]
        fn no_pattern_panics(pattern in "\\PC*", name in "\\PC*") {
            let _ = Pattern::new(&pattern).matches(&name);
        }
    }
}
