//! How bytes come and go: accepting connections, HTTP over them, and their end.

mod accept;
mod connection;
mod stopping;

pub(crate) use self::accept::serve;

use std::time::Duration;

/// Waits in real time, which no clock of the platform moves.
#[expect(clippy::disallowed_methods, reason = "waits for the system and on the wire")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
