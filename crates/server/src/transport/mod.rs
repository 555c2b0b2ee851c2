//! How bytes come and go: accepting connections, TLS, HTTP over them, and their end.

mod accept;
mod certificate;
mod connection;
mod line;
mod opening;
mod stopping;
mod tls;

use std::time::Duration;

pub use self::tls::TlsError;
pub(crate) use self::{accept::serve, tls::Tls};

/// Waits in real time, which no clock of the platform moves.
#[expect(clippy::disallowed_methods, reason = "waits for the system and on the wire")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
