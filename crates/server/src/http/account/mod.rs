//! The Account Management API.

mod answer;
pub(super) mod clients;
pub(super) mod registration_tokens;
pub(super) mod tenants;
pub(super) mod users;
