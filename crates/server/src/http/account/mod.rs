//! The Account Management API.

mod answer;
pub(super) mod clients;
