//! The mock's control API, as far as chores need it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::Value;

use crate::Outcome;
use crate::mock::Mock;

/// Asks for JSON with a method and the path below `/_gatepass/`; an answer but 200 is an error.
pub(crate) fn ask(mock: &Mock, method: &str, path: &str) -> Outcome<Value> {
    let address = mock.address()?;
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    write!(
        stream,
        "{method} /_gatepass/{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    body(&answer).map_err(|error| format!("{method} /_gatepass/{path}: {error}").into())
}

fn body(answer: &str) -> Outcome<Value> {
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("the answer ended in its head")?;
    let status = head.lines().next().unwrap_or_default();
    if status.starts_with("HTTP/1.1 200") {
        Ok(serde_json::from_str(body)?)
    } else {
        Err(format!("answered `{status}`: {body}").into())
    }
}

const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_has_an_answer() {
        assert_eq!(body("HTTP/1.1 200 OK\r\na: b\r\n\r\n[1]").unwrap(), serde_json::json!([1]));

        for (answer, complaint) in [
            ("HTTP/1.1 404 Not Found\r\n\r\n{}", "answered `HTTP/1.1 404 Not Found`: {}"),
            ("HTTP/1.1 200 OK\r\n", "the answer ended in its head"),
        ] {
            assert_eq!(body(answer).unwrap_err().to_string(), complaint, "given {answer}");
        }
    }
}
