//! What is said on a connection, and when an answer is due.

use std::fmt::Write as _;
use std::time::Duration;

use super::connection::base_path;
use crate::exchange::{Sent, shown};
use crate::secrets::Redaction;
use crate::target::Target;

/// One turn of a conversation.
pub(crate) enum Turn {
    /// These bytes are sent at once.
    Say(Vec<u8>),
    /// Nothing is said for a while.
    Wait(Duration),
    /// Nothing more will be said; answers may still come.
    End,
    /// An answer is due.
    Hear,
    /// An answer to HEAD is due.
    HearHead,
}

/// A request of HTTP/1.1 as text, with a Host unless told otherwise.
pub(crate) struct RawRequest {
    line: String,
    headers: String,
    body: Vec<u8>,
}

impl RawRequest {
    pub(crate) fn new(target: &Target, method: &str, path: &str) -> Self {
        let base = &target.base;
        let mut host = base.host_str().unwrap_or_default().to_owned();
        if let Some(port) = base.port() {
            let _ = write!(host, ":{port}");
        }
        Self {
            line: format!("{method} {}{path} HTTP/1.1\r\n", base_path(base)),
            headers: format!("Host: {host}\r\n"),
            body: Vec::new(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let _ = write!(self.headers, "{name}: {value}\r\n");
        self
    }

    /// A body with its Content-Length.
    pub(crate) fn body(self, body: &str) -> Self {
        let length = body.len().to_string();
        Self { body: body.as_bytes().to_vec(), ..self.header("Content-Length", &length) }
    }

    /// A body in these chunks.
    pub(crate) fn chunks<'c>(self, chunks: impl IntoIterator<Item = &'c str>) -> Self {
        let mut body = String::new();
        for chunk in chunks {
            let _ = write!(body, "{:x}\r\n{chunk}\r\n", chunk.len());
        }
        body.push_str("0\r\n\r\n");
        Self { body: body.into_bytes(), ..self.header("Transfer-Encoding", "chunked") }
    }

    /// The request line and the headers with their empty line; and the body.
    pub(crate) fn parts(self) -> (Vec<u8>, Vec<u8>) {
        (format!("{}{}\r\n", self.line, self.headers).into_bytes(), self.body)
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        let (mut head, body) = self.parts();
        head.extend(body);
        head
    }
}

/// What was said, as evidence shows it.
pub(crate) fn sent(target: &Target, said: &[u8], redaction: &Redaction) -> Sent {
    let mut headers = [httparse::EMPTY_HEADER; 32];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(head)) = request.parse(said) else {
        return Sent {
            method: "(bytes)".to_owned(),
            url: target.url().to_owned(),
            headers: Vec::new(),
            body: Some(shown(said, redaction)),
        };
    };
    let path = request.path.unwrap_or_default();
    let path = path.strip_prefix(base_path(&target.base)).unwrap_or(path);
    let headers = request.headers.iter().map(|header| {
        let value = String::from_utf8_lossy(header.value);
        (header.name.to_owned(), redaction.header(header.name, &value))
    });
    Sent {
        method: request.method.unwrap_or_default().to_owned(),
        url: redaction.text(&format!("{}{path}", target.url())),
        headers: headers.collect(),
        body: (said.len() > head).then(|| shown(&said[head..], redaction)),
    }
}

/// A line for a POSIX shell that says the same; the secrets come from its environment.
pub(crate) fn repeat(target: &Target, said: &[u8], redaction: &Redaction) -> String {
    let mut text = String::new();
    for byte in said {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(*byte)),
            _ => {
                let _ = write!(text, "\\0{byte:03o}");
            }
        }
    }
    let base = &target.base;
    let host = base.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let port = base.port_or_known_default().unwrap_or_default();
    let to = if base.scheme() == "https" {
        format!("openssl s_client -quiet -connect {host}:{port}")
    } else {
        format!("nc -w 10 {host} {port}")
    };
    format!("printf %b {} | {to}", redaction.shell_word(&text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secrets;
    use crate::target::Credentials;

    #[test]
    fn what_was_said_is_shown_and_repeated_without_secrets() {
        let target = Target::new("http://127.0.0.1:81/eu")
            .unwrap()
            .with_credentials(Credentials::new("the-id", "the-secret"));
        let redaction = Secrets::of(&target).redaction();
        let said = RawRequest::new(&target, "POST", "/t")
            .header("AUTHORIZATION", "Basic dGhlLWlkOnRoZS1zZWNyZXQ=")
            .body("a=b")
            .bytes();

        let sent = sent(&target, &said, &redaction);
        let repeat = repeat(&target, &said, &redaction);

        assert_eq!((sent.method.as_str(), sent.url.as_str()), ("POST", "http://127.0.0.1:81/eu/t"));
        assert_eq!(sent.headers[1], ("AUTHORIZATION".to_owned(), "Basic (redacted)".to_owned()));
        assert_eq!(sent.body.as_deref(), Some("a=b"));
        assert_eq!(
            repeat,
            r#"printf %b "POST /eu/t HTTP/1.1\\r\\nHost: 127.0.0.1:81\\r\\nAUTHORIZATION: Basic $(printf %s "$CLIENT_ID:$CLIENT_SECRET" | base64 -w0)\\r\\nContent-Length: 3\\r\\n\\r\\na=b" | nc -w 10 127.0.0.1 81"#
        );
    }

    #[test]
    fn chunks_are_written_with_their_sizes() {
        let target = Target::new("http://h").unwrap();
        let (head, body) = RawRequest::new(&target, "POST", "/").chunks(["abc", "d"]).parts();

        assert!(String::from_utf8(head).unwrap().ends_with("Transfer-Encoding: chunked\r\n\r\n"));
        assert_eq!(body, b"3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n");
    }
}
