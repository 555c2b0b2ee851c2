//! The stream that HTTP is spoken over.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{ending::Fate, hearing::Hearing, opening::Opening};

/// A stream whose first bytes were read already, and are read again. It tells when all that was
/// written is on its way.
pub(super) struct Line<'a, S> {
    stream: &'a mut S,
    opening: Opening,
    fate: &'a Fate,
    hearing: Option<Hearing>,
    /// Whether something was read behind the opening, and whether something was sent since.
    heard: bool,
    answered: bool,
}

impl<'a, S> Line<'a, S> {
    pub(super) fn new(
        stream: &'a mut S,
        opening: Opening,
        fate: &'a Fate,
        hearing: Option<Hearing>,
    ) -> Self {
        Self { stream, opening, fate, hearing, heard: false, answered: false }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Line<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.opening.take(buffer) {
            return Poll::Ready(Ok(()));
        }
        if self.hearing == Some(Hearing::FirstPartOnly) && self.heard {
            // Who has been answered is left; who says more before that waits for ever.
            return if self.answered { Poll::Ready(Ok(())) } else { Poll::Pending };
        }
        let start = buffer.filled().len();
        let read = ready!(Pin::new(&mut *self.stream).poll_read(context, buffer));
        self.heard = true;
        if let Some(hearing) = self.hearing {
            hearing.mishear(buffer, start);
        }
        Poll::Ready(read)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Line<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut *self.stream).poll_write_vectored(context, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut *self.stream).poll_flush(context))?;
        self.fate.sent();
        self.answered |= self.heard;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fate.ending().is_some() {
            return Poll::Ready(Ok(())); // It ends otherwise.
        }
        Pin::new(&mut *self.stream).poll_shutdown(context)
    }
}
