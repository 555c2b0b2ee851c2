use gatepass_protocol::ClientId;

use super::{BodyProblem, QueryProblem};

/// Why a call of the Account Management API is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AccountError {
    /// The right to `what` is missing; with the API client that the call came through.
    #[error("the caller has no right to {what}")]
    Forbidden { caller: Option<ClientId>, what: String },
    /// With the ID as it came.
    #[error("there is no API client {0}")]
    UnknownClient(String),
    /// With the ID as it came.
    #[error("there is no tenant {0}")]
    UnknownTenant(String),
    #[error("no user has this login")]
    UnknownLogin,
    #[error("the caller is an API client, and no user")]
    NoUser(Option<ClientId>),
    #[error("API client {0} of the same tenant has this `origin_id`")]
    OriginTaken(ClientId),
    #[error(transparent)]
    Body(#[from] BodyProblem),
    #[error(transparent)]
    Query(#[from] QueryProblem),
}
