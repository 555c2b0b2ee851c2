//! The first bytes of a connection, which tell the version of HTTP.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

/// What an HTTP/2 client sends first (RFC 9113 3.4). Over TLS it has been agreed on by ALPN; without
/// TLS the client knows already that the server understands it.
const PREFACE: &[u8; 24] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// The version of HTTP that a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    /// HTTP/1.0 or 1.1.
    One,
    /// HTTP/2.
    Two,
}

/// Bytes that were read to tell the version, and that HTTP is still to read.
pub(super) struct Opening {
    bytes: [u8; PREFACE.len()],
    filled: usize,
    taken: usize,
}

impl Opening {
    /// Reads until the version can be told: mostly one byte is enough. `None` where the peer sends
    /// none.
    pub(super) async fn read(stream: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut bytes = [0; PREFACE.len()];
        let mut filled = 0;
        while filled < PREFACE.len() && PREFACE.starts_with(&bytes[..filled]) {
            match stream.read(&mut bytes[filled..]).await? {
                0 if filled == 0 => return Ok(None),
                0 => break,
                read => filled += read,
            }
        }
        Ok(Some(Self { bytes, filled, taken: 0 }))
    }

    pub(super) fn version(&self) -> Version {
        if self.bytes == *PREFACE { Version::Two } else { Version::One }
    }

    /// Hands over bytes that were not yet; whether there were any.
    pub(super) fn take(&mut self, buffer: &mut ReadBuf<'_>) -> bool {
        let left = &self.bytes[self.taken..self.filled];
        let taken = left.len().min(buffer.remaining());
        buffer.put_slice(&left[..taken]);
        self.taken += taken;
        taken > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_version_shows_as_soon_as_it_can() {
        for (sent, version, taken) in [
            (&PREFACE[..], Version::Two, 24),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n", Version::One, 24),
            (b"G", Version::One, 1),
            (b"POST", Version::One, 4),
            (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r", Version::One, 23),
        ] {
            let mut rest = sent;
            let mut opening = Opening::read(&mut rest).await.unwrap().unwrap();
            let mut space = [0; 40];
            let mut buffer = ReadBuf::new(&mut space);

            assert_eq!(opening.version(), version, "given {sent:?}");
            assert!(opening.take(&mut buffer));
            assert_eq!(buffer.filled(), &sent[..taken], "given {sent:?}");
            assert_eq!(rest, &sent[taken..], "given {sent:?}");
            assert!(!opening.take(&mut buffer));
        }
    }

    #[tokio::test]
    async fn a_byte_that_fits_no_preface_is_not_waited_upon() {
        let (mut ours, mut theirs) = tokio::io::duplex(64);
        tokio::io::AsyncWriteExt::write_all(&mut theirs, b"PO").await.unwrap();

        let opening = Opening::read(&mut ours).await.unwrap().unwrap();

        assert_eq!((opening.version(), opening.filled), (Version::One, 2));
    }

    #[tokio::test]
    async fn a_peer_that_says_nothing_opens_nothing() {
        assert!(Opening::read(&mut &b""[..]).await.unwrap().is_none());
    }
}
