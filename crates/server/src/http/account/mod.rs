//! The Account Management API.

pub(super) mod clients;
