//! Which exchanges are asked for.

use std::str::FromStr;

use gatepass_protocol::ClientId;
use http::StatusCode;

use super::Record;

/// Exchanges that have all of this.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    pub(crate) client_id: Option<ClientId>,
    /// A path's pattern in the route table, a path, or a segment of the pattern: `token`, `clients`.
    pub(crate) route: Option<String>,
    pub(crate) status: Option<StatusFilter>,
    /// Only exchanges with a higher number.
    pub(crate) after: Option<u64>,
}

/// A status, or all of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusFilter {
    /// One status: `401`.
    Exactly(u16),
    /// All with this first digit: `4xx`.
    Class(u8),
}

/// The text is no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a status is a number from 100 to 599, or a class such as 4xx")]
pub struct NoStatus;

impl Filter {
    pub(crate) fn takes(&self, record: &Record) -> bool {
        self.after.is_none_or(|after| record.number > after)
            && self.client_id.is_none_or(|id| record.outcome.client_id == Some(id))
            && self.status.is_none_or(|status| status.takes(record.outcome.status))
            && self.route.as_ref().is_none_or(|route| takes_route(route, record))
    }
}

fn takes_route(wanted: &str, record: &Record) -> bool {
    wanted == record.route()
        || wanted == &*record.path
        || record.route().split('/').any(|segment| segment == wanted)
}

impl StatusFilter {
    fn takes(self, status: StatusCode) -> bool {
        match self {
            Self::Exactly(wanted) => status.as_u16() == wanted,
            Self::Class(class) => status.as_u16() / 100 == u16::from(class),
        }
    }
}

impl FromStr for StatusFilter {
    type Err = NoStatus;

    fn from_str(text: &str) -> Result<Self, NoStatus> {
        let class = text.strip_suffix("xx").and_then(|class| class.parse().ok());
        match (class, text.parse()) {
            (Some(class @ 1..=5), _) => Ok(Self::Class(class)),
            (None, Ok(status @ 100..=599)) => Ok(Self::Exactly(status)),
            _ => Err(NoStatus),
        }
    }
}

impl From<u16> for StatusFilter {
    fn from(status: u16) -> Self {
        Self::Exactly(status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_one_or_a_class() {
        for (given, read) in [
            ("401", Ok(StatusFilter::Exactly(401))),
            ("4xx", Ok(StatusFilter::Class(4))),
            ("6xx", Err(NoStatus)),
            ("xx", Err(NoStatus)),
            ("99", Err(NoStatus)),
            ("", Err(NoStatus)),
        ] {
            assert_eq!(given.parse(), read, "given {given}");
        }
    }
}
