//! The Task Manager API (CONTRACT 8).

pub(super) mod activities;
mod collection;
pub(super) mod tasks;
