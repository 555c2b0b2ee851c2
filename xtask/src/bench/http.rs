//! The least HTTP that asks for tokens: its own cost must not disturb what is measured.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::Outcome;
use crate::mock::{Credentials, Mock};

/// A token request, ready to be sent as often as one likes.
#[derive(Clone)]
pub(crate) struct TokenRequest(Vec<u8>);

impl TokenRequest {
    /// The tutorial's request with a mock's own credentials.
    pub(crate) fn to(mock: &Mock) -> Self {
        let Credentials { client_id, client_secret } = &mock.default_client;
        let basic = STANDARD.encode(format!("{client_id}:{client_secret}"));
        Self(
            format!(
                "POST /api/2/idp/token HTTP/1.1\r\n\
                 Host: localhost\r\n\
                 Authorization: Basic {basic}\r\n\
                 Content-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\n\r\n\
                 {FORM}",
                FORM.len()
            )
            .into_bytes(),
        )
    }
}

/// A connection that is kept open between requests.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects to `host:port`.
    pub(crate) fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self { stream, received: Vec::with_capacity(8192) })
    }

    /// Asks for a token, and gives back the JSON of a 200.
    pub(crate) fn exchange(&mut self, request: &TokenRequest) -> Outcome<&[u8]> {
        self.stream.write_all(&request.0)?;
        self.received.clear();
        let head = loop {
            if let Some(head) = Head::parse(&self.received)? {
                break head;
            }
            self.receive()?;
        };
        while self.received.len() < head.length + head.content_length {
            self.receive()?;
        }
        Ok(&self.received[head.length..])
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut chunk = [0; 8192];
        match self.stream.read(&mut chunk)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            count => {
                self.received.extend_from_slice(&chunk[..count]);
                Ok(())
            }
        }
    }
}

/// What has to be known of an answer to read it.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    /// Bytes up to and with the empty line.
    length: usize,
    content_length: usize,
}

impl Head {
    /// `None` while more of it has to arrive; an error unless it is a 200.
    fn parse(received: &[u8]) -> Outcome<Option<Self>> {
        let Some(end) = received.windows(4).position(|four| four == b"\r\n\r\n") else {
            return Ok(None);
        };
        let text = str::from_utf8(&received[..end])?;
        let mut lines = text.split("\r\n");
        let status = lines.next().unwrap_or_default();
        if !status.starts_with("HTTP/1.1 200") {
            return Err(format!("a token request was answered `{status}`").into());
        }
        let content_length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .ok_or("a token answer came without Content-Length")?
            .1
            .trim()
            .parse()?;
        Ok(Some(Self { length: end + 4, content_length }))
    }
}

const FORM: &str = "grant_type=client_credentials";
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}";

        assert_eq!(Head::parse(&answer[..30]).unwrap(), None);
        assert_eq!(Head::parse(answer).unwrap(), Some(Head { length: 38, content_length: 2 }));
    }

    #[test]
    fn anything_but_200_is_an_error() {
        let error = Head::parse(b"HTTP/1.1 503 Busy\r\n\r\n").unwrap_err();

        assert_eq!(error.to_string(), "a token request was answered `HTTP/1.1 503 Busy`");
    }
}
