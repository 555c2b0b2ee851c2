//! The query strings of lists, read strictly: no parameter unknown, none twice.

use std::{borrow::Cow, str::FromStr};

/// Why a query string is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryProblem {
    #[error("the parameter `{name}` is unknown; known are {known}")]
    Unknown { name: String, known: String },
    #[error("the parameter `{0}` is given more than once")]
    Repeated(String),
    #[error("the parameter `{name}` is not {expected}")]
    Value { name: &'static str, expected: &'static str },
    #[error("the parameter `{0}` is missing")]
    Missing(&'static str),
    #[error("one of the parameters {0} is needed")]
    OneOf(&'static str),
    #[error("the filters beside `after` are not those of the page before; leave them out")]
    DiffersFromCursor,
    #[error("the page before `after` ended with an item that is gone; begin at the first page")]
    LostCursor,
}

/// The parameters of a query string.
pub(super) struct Query<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Query<'a> {
    /// Reads a query string as it came, percent-encoded and without its `?`.
    pub(super) fn parse(raw: &'a str, known: &[&str]) -> Result<Self, QueryProblem> {
        let mut parameters: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            if !known.contains(&&*name) {
                return Err(QueryProblem::Unknown {
                    name: name.into_owned(),
                    known: known.join(", "),
                });
            }
            if parameters.iter().any(|(earlier, _)| *earlier == name) {
                return Err(QueryProblem::Repeated(name.into_owned()));
            }
            parameters.push((name, value));
        }
        Ok(Self(parameters))
    }

    /// The value of a parameter, be it empty; `None` where it is left out.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| &**value)
    }

    /// A value that is read from its text.
    pub(super) fn value<T: FromStr>(
        &self,
        name: &'static str,
        expected: &'static str,
    ) -> Result<Option<T>, QueryProblem> {
        let read = |text: &str| text.parse().map_err(|_| QueryProblem::Value { name, expected });
        self.text(name).map(read).transpose()
    }

    /// UUIDs with commas between them, at least one.
    pub(super) fn ids<T: FromStr>(
        &self,
        name: &'static str,
    ) -> Result<Option<Vec<T>>, QueryProblem> {
        let Some(text) = self.text(name) else {
            return Ok(None);
        };
        let ids = text.split(',').map(|id| id.trim().parse()).collect::<Result<Vec<_>, _>>();
        let expected = "a list of lower-case UUIDs of 36 characters with commas between them";
        ids.map(Some).map_err(|_| QueryProblem::Value { name, expected })
    }

    /// `true` or `false`; the latter where it is left out.
    pub(super) fn flag(&self, name: &'static str) -> Result<bool, QueryProblem> {
        Ok(self.value(name, "`true` or `false`")?.unwrap_or_default())
    }
}
