//! The identity provider.

pub(super) mod discovery;
pub(super) mod introspect;
pub(super) mod keys;
mod operations;
pub(super) mod revoke;
pub(super) mod token;

pub(super) use self::operations::operations;
