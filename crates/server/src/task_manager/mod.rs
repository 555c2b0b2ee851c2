//! The Task Manager's data and rules: what a list of tasks or activities
//! answers to a query (CONTRACT 8).
//!
//! Pure: no HTTP, no clock. [`TaskManager::from_json`] reads the fixtures once
//! and checks them; [`Collection::page`] and [`Collection::get`] answer queries
//! given as they came, percent-encoded. Who may see what is asked of a
//! function of the caller's: an item it does not let through is in no list, in
//! no count, and by its id there is no such task.
//!
//! The documents leave much open (8.2). What Gatepass does is said where it is
//! decided: parameters, defaults and cursors in `query`, filters in `filter`,
//! times in `time`, order in `order`, levels of detail in `detail`.

mod collection;
mod cursor;
mod detail;
mod error;
mod field;
mod filter;
mod layout;
mod like;
mod order;
mod page;
mod query;
mod schema;
mod time;

#[cfg(test)]
mod tests;

pub(crate) use collection::{Collection, TaskManager};
pub(crate) use error::{GetError, QueryError};
pub(crate) use page::Page;
pub(crate) use schema::{Activity, PageOf, Task, filters_of_activities, filters_of_tasks};
