//! What a test does through the control API, and what it reads there.

use gatepass_protocol::ClientId;
use gatepass_server::{Requests, RunningPlatform};
use reqwest::{Method, Response};
use serde_json::Value;

use crate::{Answer, FixtureClient, TestPlatform};

impl TestPlatform {
    /// What was asked and answered.
    pub fn requests(&self) -> Requests {
        self.embedded().requests()
    }

    /// An API client of the test's own.
    pub fn register(&self, name: &str) -> FixtureClient {
        self.embedded().register_client(name)
    }

    /// The platform, as those who embed it have it.
    pub fn embedded(&self) -> &RunningPlatform {
        &self.running
    }

    /// A call of the control API without a body.
    pub async fn control(&self, method: Method, path: &str) -> Answer {
        self.request(method, &format!("/_gatepass/{path}")).send().await
    }

    /// A call of the control API with JSON.
    pub async fn control_with(&self, method: Method, path: &str, body: &str) -> Answer {
        self.request(method, &format!("/_gatepass/{path}")).body(body).send().await
    }

    /// Moves the clock of one API client.
    pub async fn put_clock_of(&self, client: ClientId, body: &str) -> Answer {
        self.control_with(Method::PUT, &format!("clients/{client}/clock"), body).await
    }

    /// Listens to what happens from now on.
    pub async fn events(&self, query: &str) -> Events {
        let url = format!("{}/_gatepass/events{query}", self.url());
        let response = self.http.get(url).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut events = Events { response, text: String::new() };
        assert_eq!(events.next().await.unwrap().name, "hello");
        events
    }
}

/// Server-sent events.
pub struct Events {
    response: Response,
    text: String,
}

/// One of them.
#[derive(Debug, PartialEq)]
pub struct ServerEvent {
    /// What it is about.
    pub name: String,
    /// The number of the journal's entry.
    pub id: Option<u64>,
    /// What happened.
    pub data: Value,
}

impl Events {
    /// The next one; `None` once the server has ended them.
    pub async fn next(&mut self) -> Option<ServerEvent> {
        loop {
            if let Some(length) = self.text.find("\n\n") {
                let event = ServerEvent::read(&self.text[..length]);
                self.text.drain(..length + 2);
                return Some(event);
            }
            let chunk = self.response.chunk().await.unwrap()?;
            self.text.push_str(str::from_utf8(&chunk).unwrap());
        }
    }
}

impl ServerEvent {
    fn read(text: &str) -> Self {
        let field = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
            lines.next().map(|value| value.trim_start_matches(": "))
        };
        Self {
            name: field("event").unwrap().to_owned(),
            id: field("id").map(|id| id.parse().unwrap()),
            data: serde_json::from_str(field("data").unwrap()).unwrap(),
        }
    }
}
