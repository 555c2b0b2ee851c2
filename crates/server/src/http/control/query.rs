//! Query strings of the control API, checked by name.

use std::{fmt::Display, str::FromStr};

use http::{StatusCode, Uri};

use super::problem::Problem;
use crate::nearest::nearest;

/// Parameters, each known and given once.
pub(super) struct Query {
    known: &'static [&'static str],
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads a query string that has no parameters but the `known` ones.
    pub(super) fn read(uri: &Uri, known: &'static [&'static str]) -> Result<Self, Problem> {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()) {
            if !known.contains(&&*name) {
                return Err(unknown(&name, known));
            }
            if pairs.iter().any(|(earlier, _)| *earlier == name) {
                return Err(bad(format!("the parameter `{name}` is given more than once")));
            }
            pairs.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self { known, pairs })
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        debug_assert!(self.known.contains(&name), "{name} is read and not known");
        let (_, value) = self.pairs.iter().find(|(given, _)| given == name)?;
        Some(value)
    }

    /// The value as what it is to be.
    pub(super) fn value<T: FromStr<Err: Display>>(&self, name: &str) -> Result<Option<T>, Problem> {
        let read = |text: &str| {
            text.parse().map_err(|error| bad(format!("the parameter `{name}` is wrong: {error}")))
        };
        self.text(name).map(read).transpose()
    }
}

fn unknown(name: &str, known: &[&str]) -> Problem {
    let meant = nearest(name, known.iter().copied());
    bad(match (meant, known) {
        (_, []) => format!("there is no parameter `{name}`: none is taken here"),
        (Some(meant), _) => format!("there is no parameter `{name}`; did you mean `{meant}`?"),
        (None, _) => format!("there is no parameter `{name}`: there are {}", known.join(", ")),
    })
}

pub(super) fn bad(message: String) -> Problem {
    Problem {
        status: StatusCode::BAD_REQUEST,
        message,
        hint: "parameters are checked, so that a slip does not pass for an answer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_with_what_was_meant() {
        for (given, complaint) in [
            ("page=1", "there is no parameter `page`: there are client_id, limit"),
            ("clientid=1", "there is no parameter `clientid`; did you mean `client_id`?"),
            ("limit=1&limit=1", "the parameter `limit` is given more than once"),
        ] {
            let uri: Uri = format!("/requests?{given}").parse().unwrap();

            let problem = Query::read(&uri, &["client_id", "limit"]).err().unwrap();

            assert_eq!(problem.message, complaint, "given {given}");
        }
    }

    #[test]
    fn a_value_that_is_none_is_told() {
        let query = Query::read(&"/requests?limit=many".parse().unwrap(), &["limit"]).unwrap();

        let problem = query.value::<usize>("limit").unwrap_err();

        assert_eq!(
            problem.message,
            "the parameter `limit` is wrong: invalid digit found in string"
        );
    }
}
