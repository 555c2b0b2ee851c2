//! `GET /_gatepass/events`: what happens, while it happens, as server-sent events.

use std::{convert::Infallible, pin::Pin};

use axum::{
    body::Body,
    extract::{FromRequestParts, State},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::stream::unfold;
use gatepass_protocol::ClientId;
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_TYPE},
    request::Parts,
};
use serde::Serialize;
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use super::{problem::Problem, query::Query};
use crate::{journal::JournalEntry, live::Event, platform::Platform};

/// Whose events.
pub(super) struct Listen {
    client_id: Option<ClientId>,
}

/// A stream that ends when the server stops.
pub(super) struct Events {
    first: Option<Bytes>,
    listener: Receiver<Event>,
    stopped: Pin<Box<dyn Future<Output = ()> + Send>>,
    client_id: Option<ClientId>,
}

/// Tells of each exchange and each change from now on; of one API client, where it is named.
pub(super) async fn listen(State(platform): State<Platform>, listen: Listen) -> Events {
    let live = platform.live();
    let listener = live.listen(); // Before the cursor, so that nothing comes between unnoticed.
    let hello = json!({ "cursor": platform.journal().cursor() });
    Events {
        first: Some(event(None, "hello", &hello)),
        listener,
        stopped: Box::pin(live.stopped()),
        client_id: listen.client_id,
    }
}

impl Events {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(first) = self.first.take() {
            return Some(first);
        }
        loop {
            let received = tokio::select! {
                biased;
                received = self.listener.recv() => received,
                () = &mut self.stopped => return None,
            };
            match received {
                Ok(event) if self.wants(&event) => return Some(rendered(&event)),
                Ok(_) => {}
                Err(RecvError::Lagged(count)) => {
                    return Some(event(None, "missed", &json!({ "count": count })));
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn wants(&self, event: &Event) -> bool {
        let about = match event {
            Event::Request(record) => record.outcome.client_id,
            Event::Client { client_id, .. } => Some(*client_id),
            // All clients' time moves with the platform's.
            Event::Clock(moved) if moved.client_id.is_none() => return true,
            Event::Clock(moved) => moved.client_id,
            Event::Reset => return true,
        };
        self.client_id.is_none() || self.client_id == about
    }
}

fn rendered(happened: &Event) -> Bytes {
    match happened {
        Event::Request(record) => event(Some(record.number), "request", &JournalEntry::of(record)),
        Event::Client { client_id, change } => {
            event(None, "client", &json!({ "client_id": client_id, "change": change }))
        }
        Event::Clock(moved) => event(None, "clock", moved),
        Event::Reset => event(None, "reset", &json!({})),
    }
}

/// One event in the form of the HTML Standard, section 9.2.6. JSON has no line feed.
fn event(id: Option<u64>, name: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).expect("events are texts, numbers and maps of texts");
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("{id}event: {name}\ndata: {data}\n\n").into()
}

impl IntoResponse for Events {
    fn into_response(self) -> Response {
        let stream = unfold(self, async |mut events| {
            let next = events.next().await?;
            Some((Ok::<_, Infallible>(next), events))
        });
        let mut response = Response::new(Body::from_stream(stream));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

impl<S: Sync> FromRequestParts<S> for Listen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = Query::read(&parts.uri, &["client_id"])?;
        Ok(Self { client_id: query.value("client_id")? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::live::{BACKLOG, Live};

    async fn texts(events: &mut Events, count: usize) -> Vec<String> {
        let mut texts = Vec::new();
        while texts.len() < count {
            texts.push(String::from_utf8(events.next().await.unwrap().into()).unwrap());
        }
        texts
    }

    #[tokio::test]
    async fn who_lags_behind_is_told_how_much_was_missed() {
        let live = Live::default();
        let stopped = Box::pin(live.stopped());
        let mut events = Events { first: None, listener: live.listen(), stopped, client_id: None };

        for _ in 0..BACKLOG + 7 {
            live.tell(Event::Reset);
        }

        let told = texts(&mut events, BACKLOG + 1).await;
        assert_eq!(told[0], "event: missed\ndata: {\"count\":7}\n\n");
        assert_eq!(told[1], "event: reset\ndata: {}\n\n");
        live.stop();
        assert_eq!(events.next().await, None);
    }
}
