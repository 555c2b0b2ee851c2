//! Which known name a misspelt one was meant to be.

/// Longer names are not compared: nobody meant them.
const LONGEST: usize = 40;

/// The known name that needs the fewest changes, if that is few enough to be a
/// slip. Case and `_` don't count: `policy_name` is `policyName`.
pub(crate) fn nearest<'a>(given: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let given = plain(given);
    if given.len() > LONGEST {
        return None;
    }
    let distance = |name| strsim::osa_distance(&given, &plain(name));
    let (changes, name) = known.map(|name| (distance(name), name)).min()?;
    (changes <= given.len() / 3).then_some(name)
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = ["state", "startedAt", "startedBy", "policyName", "limit", "id"];
        for (given, meant) in [
            ("stat", Some("state")),
            ("State", Some("state")),
            ("policy_name", Some("policyName")),
            ("policyNmae", Some("policyName")),
            ("starteAt", Some("startedAt")),
            ("started_by", Some("startedBy")),
            ("limits", Some("limit")),
            ("page", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known.into_iter()), meant, "given {given}");
        }
        assert_eq!(nearest(&"limit".repeat(1000), known.into_iter()), None);
    }
}
