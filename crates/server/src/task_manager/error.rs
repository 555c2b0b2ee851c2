//! Why a query or a fixture file is refused.

use super::cursor::CursorError;

/// Why a query can't be answered: 400 (CONTRACT 8.5).
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QueryError {
    /// Perhaps a real platform would ignore it *(open)*; a mock that ignores a
    /// filter misspelt answers a question that nobody asked.
    #[error("unknown parameter `{parameter}`; {hint}")]
    UnknownParameter {
        /// As sent.
        parameter: String,
        /// The nearest known parameter, or all of them.
        hint: String,
    },
    /// `limit`, `after`, `order` and `lod` have one value.
    #[error("parameter `{parameter}` is given twice; give it once")]
    Repeated {
        /// Its name.
        parameter: &'static str,
    },
    /// The value is not one that the parameter takes.
    #[error("`{value}` is not a value of `{parameter}`; {allowed}")]
    Value {
        /// Its name.
        parameter: &'static str,
        /// As sent.
        value: String,
        /// What would be right, in words.
        allowed: String,
    },
    /// CONTRACT 8.2.
    #[error("`after` is given without `limit`; give both")]
    AfterWithoutLimit,
    /// `after` is not what an earlier page gave.
    #[error("`{value}` is not a value of `after`; {reason}")]
    Cursor {
        /// As sent.
        value: String,
        /// What is wrong with it.
        reason: CursorError,
    },
    /// The cursor carries the first page's filters and order.
    #[error(
        "`{parameter}` beside `after` is not the first page's; \
         leave filters and order out, or repeat them all unchanged"
    )]
    DiffersFromCursor {
        /// The first parameter that differs.
        parameter: String,
    },
}

/// Why one item can't be shown.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum GetError {
    /// 400: the id or the query is malformed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// 404: there is none, or the caller may not see it. The caller can't tell
    /// which.
    #[error("no such {what}: {id}")]
    Absent {
        /// `task` or `activity`.
        what: &'static str,
        /// As asked for.
        id: u64,
    },
}

/// Why a file of tasks or activities can't be served.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FixtureError {
    /// Not a JSON array of objects.
    #[error("the {list} are not a JSON array of objects")]
    Json {
        /// `tasks` or `activities`.
        list: &'static str,
        /// Where and why.
        source: serde_json::Error,
    },
    /// A required member is missing (CONTRACT 8.4).
    #[error("item {position} of the {list} has no `{member}`")]
    Missing {
        /// `tasks` or `activities`.
        list: &'static str,
        /// Counted from 1.
        position: usize,
        /// The member that is missing.
        member: String,
    },
    /// A member has a value that its filter could never match.
    #[error("item {position} of the {list} has a wrong `{member}`: {value}")]
    Value {
        /// `tasks` or `activities`.
        list: &'static str,
        /// Counted from 1.
        position: usize,
        /// The path of the member.
        member: String,
        /// Its value, as JSON.
        value: String,
    },
    /// Two items share an id.
    #[error("two of the {list} have the id {id}")]
    SameId {
        /// `tasks` or `activities`.
        list: &'static str,
        /// The id.
        id: u64,
    },
}
