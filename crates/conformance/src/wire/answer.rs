//! Reading an answer from bytes (RFC 9112 6.3).

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use crate::answer::Answer;
use crate::check::{Failure, unmet};

/// Headers of an answer at the most.
const MAX_HEADERS: usize = 100;

pub(super) enum Parsed {
    /// There is more to come.
    Partial,
    /// The first so many bytes are an answer.
    Whole { answer: Answer, used: usize },
}

/// The first answer in `bytes`; `is_closed` says that no more will come.
pub(super) fn parse(bytes: &[u8], to_head: bool, is_closed: bool) -> Result<Parsed, Failure> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let head = match response.parse(bytes) {
        Ok(httparse::Status::Partial) => return Ok(Parsed::Partial),
        Ok(httparse::Status::Complete(head)) => head,
        Err(error) => return unmet(format!("the answer is not HTTP: {error}")),
    };
    let status = response.code.unwrap_or_default();
    let is_http_1_0 = response.version == Some(0);
    let headers = header_map(response.headers)?;
    let rest = &bytes[head..];
    let has_no_body = to_head || status < 200 || matches!(status, 204 | 304);
    let found = if has_no_body {
        Some((Vec::new(), 0))
    } else if is_chunked(&headers) {
        unchunk(rest)?
    } else if let Some(length) = content_length(&headers)? {
        rest.get(..length).map(|body| (body.to_vec(), length))
    } else {
        is_closed.then(|| (rest.to_vec(), rest.len()))
    };
    Ok(match found {
        None => Parsed::Partial,
        Some((body, used)) => Parsed::Whole {
            answer: Answer { status, headers, body, cut: false, is_http_1_0 },
            used: head + used,
        },
    })
}

fn header_map(headers: &[httparse::Header<'_>]) -> Result<HeaderMap, Failure> {
    let mut map = HeaderMap::new();
    for header in headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let value = HeaderValue::from_bytes(header.value);
        let (Ok(name), Ok(value)) = (name, value) else {
            return unmet("a header of the answer is none");
        };
        map.append(name, value);
    }
    Ok(map)
}

fn is_chunked(headers: &HeaderMap) -> bool {
    headers
        .get("transfer-encoding")
        .is_some_and(|coding| coding.as_bytes().to_ascii_lowercase().ends_with(b"chunked"))
}

fn content_length(headers: &HeaderMap) -> Result<Option<usize>, Failure> {
    let Some(text) = headers.get("content-length") else { return Ok(None) };
    match text.to_str().ok().and_then(|text| text.parse().ok()) {
        Some(length) => Ok(Some(length)),
        None => unmet("the Content-Length of the answer is no number"),
    }
}

/// The body behind its chunks, and how long it was with them (RFC 9112 7.1).
fn unchunk(bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, Failure> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let (start, size) = match httparse::parse_chunk_size(&bytes[at..]) {
            Ok(httparse::Status::Complete((start, size))) => (start, size),
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return unmet("the answer's chunks are malformed"),
        };
        let Ok(size) = usize::try_from(size) else {
            return unmet("a chunk of the answer is too long");
        };
        at += start;
        if size == 0 {
            return Ok(trailers_end(&bytes[at..]).map(|length| (body, at + length)));
        }
        let end = at.saturating_add(size);
        let Some(chunk) = bytes.get(at..end) else { return Ok(None) };
        match bytes.get(end..end.saturating_add(2)) {
            None => return Ok(None),
            Some(b"\r\n") => {}
            Some(_) => return unmet("a chunk of the answer is longer than it says"),
        }
        body.extend_from_slice(chunk);
        at = end + 2;
    }
}

/// How long the trailers are, with the empty line that ends them.
fn trailers_end(bytes: &[u8]) -> Option<usize> {
    if bytes.starts_with(b"\r\n") {
        return Some(2);
    }
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(bytes: &[u8], is_closed: bool) -> Option<(u16, String, usize)> {
        match parse(bytes, false, is_closed).unwrap() {
            Parsed::Partial => None,
            Parsed::Whole { answer, used } => {
                Some((answer.status, String::from_utf8(answer.body).unwrap(), used))
            }
        }
    }

    #[test]
    fn a_body_ends_where_its_framing_says() {
        for (given, is_closed, body) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", false, Some("hi")),
            ("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", false, None),
            ("HTTP/1.1 204 No Content\r\n\r\n", false, Some("")),
            ("HTTP/1.1 200 OK\r\n\r\nhi", false, None),
            ("HTTP/1.1 200 OK\r\n\r\nhi", true, Some("hi")),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1;x=y\r\ni\r\n0\r\n\r\n",
                false,
                Some("hi"),
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nTrailer: x\r\n\r\n",
                false,
                Some("hi"),
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", false, None),
        ] {
            let found = whole(given.as_bytes(), is_closed);
            let wanted = body.map(|body| (body.to_owned(), given.len()));
            assert_eq!(found.map(|(_, body, used)| (body, used)), wanted, "given {given}");
        }
    }

    #[test]
    fn two_answers_are_told_apart() {
        let first = "HTTP/1.1 401 No\r\nContent-Length: 1\r\n\r\na";
        let both = format!("{first}HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

        let (status, body, used) = whole(both.as_bytes(), false).unwrap();

        assert_eq!((status, body.as_str()), (401, "a"));
        assert_eq!(whole(&both.as_bytes()[used..], false).unwrap().0, 200);
    }

    proptest! {
        #[test]
        fn nothing_breaks_the_reader(bytes: Vec<u8>, to_head: bool, is_closed: bool) {
            let mut answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            let _ = parse(&bytes, to_head, is_closed);
            answer.extend(bytes);
            let _ = parse(&answer, to_head, is_closed);
        }
    }
}
