//! The Account Management API's rules: what its calls may ask, and what they do (CONTRACT 5, 7).

mod api_clients;
mod callers;
mod client_body;
mod client_filter;
mod embedding;
mod error;
mod members;
mod query;
mod registration_tokens;
mod tenant_query;
mod tenants;
mod users;

pub use self::embedding::UnknownClient;
pub(crate) use self::{
    api_clients::{ClientChange, NewClient},
    client_body::NewClientBody,
    client_filter::ClientFilter,
    error::AccountError,
    members::{BodyProblem, Members},
    query::QueryProblem,
    registration_tokens::RegistrationTokenBody,
    tenant_query::TenantQuery,
    tenants::TenantPage,
};
