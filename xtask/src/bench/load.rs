//! Token requests in a closed loop: each connection asks again once it has its answer.

use std::thread;
use std::time::Duration;

use super::http::{Connection, TokenRequest};
use crate::Outcome;
use crate::stopwatch::Stopwatch;

/// Connections that stay open from one round to the next.
pub(crate) struct Load {
    connections: Vec<Connection>,
    request: TokenRequest,
}

impl Load {
    pub(crate) fn open(address: &str, connections: u32, request: TokenRequest) -> Outcome<Self> {
        let connections =
            (0..connections).map(|_| Connection::open(address)).collect::<Result<_, _>>()?;
        Ok(Self { connections, request })
    }

    /// Gets so many tokens over each connection, and says how long that took.
    pub(crate) fn run(&mut self, tokens_each: u32) -> Outcome<Duration> {
        let request = &self.request;
        let watch = Stopwatch::start();
        thread::scope(|scope| {
            let workers: Vec<_> = self
                .connections
                .iter_mut()
                .map(|connection| scope.spawn(|| repeat(connection, request, tokens_each)))
                .collect();
            workers.into_iter().try_for_each(|worker| worker.join().expect("no worker panics"))
        })?;
        Ok(watch.elapsed())
    }
}

/// The error is text, because it has to leave its thread.
fn repeat(connection: &mut Connection, request: &TokenRequest, times: u32) -> Result<(), String> {
    for _ in 0..times {
        connection.exchange(request).map_err(|error| error.to_string())?;
    }
    Ok(())
}
