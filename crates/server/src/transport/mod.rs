//! How bytes come and go: accepting connections, TLS, HTTP over them, and their end.

mod accept;
mod certificate;
mod connection;
mod ending;
mod fault;
mod faulty_body;
mod line;
mod opening;
mod stopping;
mod tls;

use std::time::Duration;

#[cfg_attr(not(test), expect(unused_imports, reason = "for what arms a fault"))]
pub(crate) use self::fault::ConnectionFault;
pub use self::tls::TlsError;
pub(crate) use self::{accept::serve, fault::FaultSwitch, tls::Tls};

/// Waits in real time, which no clock of the platform moves.
#[expect(clippy::disallowed_methods, reason = "waits for the system and on the wire")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

#[cfg(test)]
mod tests;
