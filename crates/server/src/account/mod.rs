//! The Account Management API's rules: what its calls may ask, and what they do (CONTRACT 5, 7).

mod api_clients;
mod callers;
mod client_body;
mod client_filter;
mod embedding;
mod error;
mod members;
mod query;

pub use self::embedding::UnknownClient;
pub(crate) use self::{
    api_clients::{ClientChange, NewClient},
    client_body::NewClientBody,
    client_filter::ClientFilter,
    error::AccountError,
    members::{BodyProblem, Members},
    query::QueryProblem,
};
