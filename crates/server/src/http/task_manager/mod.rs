//! The Task Manager API (CONTRACT 8).

pub(super) mod activities;
mod collection;
mod operations;
pub(super) mod tasks;

pub(super) use self::operations::operations;
