//! Tokens: the keys that sign them, their issue and their verification.

mod issue;
mod keys;
mod verify;

pub use self::keys::KeyError;
pub(crate) use self::{
    issue::{Grant, issue},
    keys::{KeyRing, SigningKey},
    verify::{Rejection, verify},
};
