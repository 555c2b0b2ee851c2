//! Servers that are hard of hearing: defects in how HTTP/1.1 is read, before there is a request.

use std::sync::Arc;

use serde::Deserialize;
use tokio::io::ReadBuf;

/// Tells how the next connection is heard.
pub(crate) type Ear = Arc<dyn Fn() -> Option<Hearing> + Send + Sync>;

/// What is wrong with the reading of HTTP/1.1. It is so for whole connections, before anybody knows
/// whose they are: such a case plays for all or not at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Hearing {
    /// `Authorization` and `authorization` are known, other spellings are another header.
    ExactHeaderNames,
    /// What comes first is taken for the whole request, and nothing after it is read.
    FirstPartOnly,
    /// Of several requests that come at once only the first is read.
    OneRequestAtATime,
}

impl Hearing {
    /// Mishears the bytes of `buffer` from `start` on.
    pub(super) fn mishear(self, buffer: &mut ReadBuf<'_>, start: usize) {
        match self {
            Self::ExactHeaderNames => rename(&mut buffer.filled_mut()[start..]),
            Self::FirstPartOnly => {}
            Self::OneRequestAtATime => {
                if let Some(length) = first_request(&buffer.filled()[start..]) {
                    buffer.set_filled(buffer.filled().len().min(start + length));
                }
            }
        }
    }
}

/// Makes another header of each odd spelling of Authorization.
fn rename(bytes: &mut [u8]) {
    const NAME: &[u8] = b"authorization:";
    for at in 0..bytes.len().saturating_sub(NAME.len()) {
        let name = &mut bytes[at..at + NAME.len()];
        let is_usual = name[1..] == NAME[1..] && matches!(name[0], b'a' | b'A');
        if name.eq_ignore_ascii_case(NAME) && !is_usual {
            name[0] = b'x';
        }
    }
}

/// The length of the first request, if its headers are all there.
fn first_request(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
    let body = length.and_then(|length| length.trim().parse().ok()).unwrap_or(0);
    Some(head + body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn misheard(hearing: Hearing, said: &str) -> String {
        let mut space = [0; 256];
        let mut buffer = ReadBuf::new(&mut space);
        buffer.put_slice(said.as_bytes());
        hearing.mishear(&mut buffer, 0);
        String::from_utf8(buffer.filled().to_vec()).unwrap()
    }

    #[test]
    fn only_odd_spellings_are_misheard() {
        for (said, heard) in [
            ("Authorization: Basic x\r\n", "Authorization: Basic x\r\n"),
            ("authorization: Basic x\r\n", "authorization: Basic x\r\n"),
            ("AUTHORIZATION: Basic x\r\n", "xUTHORIZATION: Basic x\r\n"),
        ] {
            assert_eq!(misheard(Hearing::ExactHeaderNames, said), heard);
        }
    }

    #[test]
    fn what_comes_behind_a_request_is_lost() {
        let first = "POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\na=b";

        let heard = misheard(Hearing::OneRequestAtATime, &format!("{first}GET / HTTP/1.1\r\n\r\n"));

        assert_eq!(heard, first);
    }
}
