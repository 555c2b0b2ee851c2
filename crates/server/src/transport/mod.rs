//! How bytes come and go: accepting connections, TLS, HTTP over them, and their end.

mod accept;
mod certificate;
mod connection;
mod ending;
mod fault;
mod faulty_body;
mod hearing;
mod line;
mod opening;
mod stopping;
mod tls;

use std::time::Duration;

pub use self::tls::TlsError;
pub(crate) use self::{
    accept::serve,
    fault::{ConnectionFault, FaultSwitch},
    hearing::{Ear, Hearing},
    tls::Tls,
};

/// Waits in real time, which no clock of the platform moves.
#[expect(clippy::disallowed_methods, reason = "waits for the system and on the wire")]
pub(crate) async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}

#[cfg(test)]
mod tests;
