//! The identity provider.

pub(super) mod discovery;
pub(super) mod introspect;
pub(super) mod keys;
pub(super) mod revoke;
pub(super) mod token;
