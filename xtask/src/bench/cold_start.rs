//! From nothing to the first token.

use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use super::http::{Connection, TokenRequest};
use crate::stopwatch::Stopwatch;
use crate::{Outcome, run, workspace};

/// Starts `gatepass serve` once: from spawning it to its first 200 to a token request.
pub(crate) fn measure(request: &TokenRequest) -> Outcome<Duration> {
    let port = free_port()?;
    let mut serve = run::program(workspace::gatepass()?);
    serve.args(["serve", "--quiet", "--port", &port.to_string()]).stdout(Stdio::null());

    let watch = Stopwatch::start();
    let mut server = serve.spawn()?;
    let answered = first_token(&mut server, port, request).map(|()| watch.elapsed());

    server.kill()?;
    server.wait()?;
    answered
}

fn first_token(server: &mut Child, port: u16, request: &TokenRequest) -> Outcome {
    let address = format!("127.0.0.1:{port}");
    for _ in 0..MOST_ATTEMPTS {
        if let Ok(mut connection) = Connection::open(&address) {
            connection.exchange(request)?;
            return Ok(());
        }
        if let Some(status) = server.try_wait()? {
            return Err(format!("`gatepass serve` ended before it listened: {status}").into());
        }
        thread::sleep(BETWEEN_ATTEMPTS);
    }
    Err("`gatepass serve` did not listen within 10 s".into())
}

/// A port that was free just now.
fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

const BETWEEN_ATTEMPTS: Duration = Duration::from_micros(200);
const MOST_ATTEMPTS: u32 = 50_000;
