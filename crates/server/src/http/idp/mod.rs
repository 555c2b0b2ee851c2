//! The identity provider.

pub(super) mod discovery;
pub(super) mod keys;
pub(super) mod token;
