//! The stream that HTTP is spoken over.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{ending::Fate, opening::Opening};

/// A stream whose first bytes were read already, and are read again. It tells when all that was
/// written is on its way.
pub(super) struct Line<'a, S> {
    stream: &'a mut S,
    opening: Opening,
    fate: &'a Fate,
}

impl<'a, S> Line<'a, S> {
    pub(super) fn new(stream: &'a mut S, opening: Opening, fate: &'a Fate) -> Self {
        Self { stream, opening, fate }
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
        Pin::new(&mut *self.stream).poll_read(context, buffer)
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
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.fate.ending().is_some() {
            return Poll::Ready(Ok(())); // It ends otherwise.
        }
        Pin::new(&mut *self.stream).poll_shutdown(context)
    }
}
