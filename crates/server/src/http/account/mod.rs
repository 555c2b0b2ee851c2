//! The Account Management API.

mod answer;
pub(super) mod clients;
mod operations;
pub(super) mod registration_tokens;
pub(super) mod tenants;
pub(super) mod users;

pub(super) use self::operations::operations;
