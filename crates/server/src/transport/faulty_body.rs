//! Bodies that come in part, or slowly.

use std::{
    num::NonZeroUsize,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};

use super::{
    ending::{Ending, Fate},
    pause,
};

/// Announces the whole body, sends half of it, and has the connection end when that is on its way.
/// Of a body whose length is not known, it sends half of the first piece.
pub(super) struct HalfBody {
    body: Body,
    left: Option<u64>,
    is_cut: bool,
    ending: Ending,
    fate: Arc<Fate>,
}

impl HalfBody {
    pub(super) fn new(body: Body, ending: Ending, fate: Arc<Fate>) -> Self {
        let left = body.size_hint().exact().map(|length| length / 2);
        Self { body, left, is_cut: false, ending, fate }
    }
}

impl HttpBody for HalfBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.is_cut {
            return Poll::Pending; // For good.
        }
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let data = frame.and_then(Result::ok).and_then(|frame| frame.into_data().ok());
        let mut data = data.unwrap_or_default();
        let left = self.left.unwrap_or(data.len() as u64 / 2);
        if data.len() as u64 >= left || data.is_empty() {
            self.is_cut = true;
            data.truncate(usize::try_from(left).unwrap_or(usize::MAX));
            data = Bytes::from_owner(Last {
                data,
                ending: self.ending.clone(),
                fate: Arc::clone(&self.fate),
            });
        }
        self.left = Some(left - data.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(data))))
    }

    fn is_end_stream(&self) -> bool {
        !self.is_cut && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for HalfBody {
    /// An answer without a body, to `HEAD` say, ends after its headers.
    fn drop(&mut self) {
        self.fate.decide_once_sent(self.ending.clone());
    }
}

/// The last bytes to be sent. HTTP drops them when it has written them.
struct Last {
    data: Bytes,
    ending: Ending,
    fate: Arc<Fate>,
}

impl AsRef<[u8]> for Last {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        self.fate.decide_once_sent(self.ending.clone());
    }
}

/// Sends the body in small pieces, with a pause after each. When the server stops it pauses no more.
pub(super) struct SlowBody {
    body: Body,
    rest: Bytes,
    piece: NonZeroUsize,
    pause: Duration,
    pausing: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    fate: Arc<Fate>,
}

impl SlowBody {
    pub(super) fn new(body: Body, piece: NonZeroUsize, pause: Duration, fate: Arc<Fate>) -> Self {
        Self { body, rest: Bytes::new(), piece, pause, pausing: None, fate }
    }
}

impl HttpBody for SlowBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Some(pausing) = &mut self.pausing {
            ready!(pausing.as_mut().poll(context));
            self.pausing = None;
        }
        while self.rest.is_empty() {
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                end => return Poll::Ready(end),
            }
        }
        let length = self.rest.len().min(self.piece.get());
        let piece = self.rest.split_to(length);
        let (duration, fate) = (self.pause, Arc::clone(&self.fate));
        self.pausing = Some(Box::pin(async move {
            tokio::select! {
                () = pause(duration) => {}
                () = fate.stopping().told() => {}
            }
        }));
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, body) = (self.rest.len() as u64, self.body.size_hint());
        let mut both = SizeHint::new();
        both.set_lower(rest + body.lower());
        if let Some(upper) = body.upper() {
            both.set_upper(rest + upper);
        }
        both
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use tokio::time::Instant;

    use super::*;
    use crate::transport::stopping::Serving;

    #[tokio::test(start_paused = true)]
    async fn a_slow_body_pauses_after_each_piece_until_the_server_stops() {
        let (serving, stopping) = Serving::new();
        let fate = Arc::new(Fate::new(stopping));
        let mut body = SlowBody::new(
            Body::from("0123456789abcdef"),
            4.try_into().unwrap(),
            Duration::from_millis(500),
            fate,
        );
        let mut serving = Some(serving);
        let begun = Instant::now();

        assert_eq!(body.size_hint().exact(), Some(16));
        for (piece, after_ms, left) in
            [("0123", 0, 12), ("4567", 500, 8), ("89ab", 1000, 4), ("cdef", 1000, 0)]
        {
            let data = body.frame().await.unwrap().unwrap().into_data().unwrap();
            assert_eq!((data.as_ref(), begun.elapsed().as_millis()), (piece.as_bytes(), after_ms));
            assert_eq!(body.size_hint().exact(), Some(left));
            if left == 4 {
                serving.take().unwrap().stop();
            }
        }
        assert!(body.frame().await.is_none());
    }
}
