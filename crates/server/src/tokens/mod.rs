//! Tokens: the keys that sign them, their issue and their verification.

mod issue;
mod key_ring;
mod keys;
mod registry;
mod rotation;
mod shape;
mod signed;
mod verify;

pub use self::keys::KeyError;
use self::signed::Signed;
pub(crate) use self::{
    issue::{Grant, Subject, issue},
    key_ring::KeyRing,
    keys::SigningKey,
    registry::Registry,
    rotation::{KeyFile, Keys},
    shape::TokenShape,
    verify::{Rejection, verify},
};
