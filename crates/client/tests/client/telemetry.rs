//! What `metrics` and `tracing` are told.
#![cfg(all(feature = "metrics", feature = "tracing"))]

use std::{
    io,
    sync::{Arc, Mutex},
};

use gatepass_client::AuthorizedClient;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use tokio::runtime::{Builder, Runtime};
use tracing::Subscriber;
use tracing_subscriber::fmt::{MakeWriter, format::FmtSpan};

use crate::support::{NOW, Reply, SECRET, Server, TOKEN_STEM, TestTime, source, token};

/// Notes down what is counted.
#[derive(Debug, Clone, Default)]
struct Noted(Arc<Mutex<Vec<String>>>);

struct NotedCounter(Noted, String);

impl CounterFn for NotedCounter {
    fn increment(&self, value: u64) {
        self.0.0.lock().unwrap().push(format!("{} +{value}", self.1));
    }

    fn absolute(&self, _: u64) {}
}

impl Recorder for Noted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let labels: Vec<_> = key.labels().map(|label| label.value().to_owned()).collect();
        let name = format!("{} [{}]", key.name(), labels.join(" "));
        Counter::from_arc(Arc::new(NotedCounter(self.clone(), name)))
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

/// Keeps what is logged.
#[derive(Debug, Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn subscriber(&self) -> impl Subscriber + Send + Sync + 'static {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .without_time()
            .with_span_events(FmtSpan::NEW)
            .with_writer(self.clone())
            .finish()
    }

    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Log {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn tokens_hits_retries_and_failures_are_counted_and_logged_without_a_secret() {
    let (noted, log) = (Noted::default(), Log::default());

    metrics::with_local_recorder(&noted, || {
        tracing::subscriber::with_default(log.subscriber(), || {
            runtime().block_on(async {
                let server = Server::start(|n, _| match n {
                    1 => Reply::new(503, ""),
                    2 => token(2, NOW + 7200),
                    _ => Reply::new(401, SECRET),
                })
                .await;
                let time = TestTime::new();
                let source = source(server.url(), &time);
                let first = source.access_token().await.unwrap();
                source.access_token().await.unwrap();
                source.invalidate(&first);
                source.access_token().await.unwrap_err();
            });
        });
    });

    let counted: Vec<_> = noted
        .0
        .lock()
        .unwrap()
        .iter()
        .map(|line| line.trim_start_matches("gatepass_client_").to_owned())
        .collect();
    assert_eq!(
        counted,
        [
            "retries_total [token] +1",
            "tokens_issued_total [] +1",
            "cache_hits_total [] +1",
            "failures_total [token] +1",
        ]
    );
    let log = log.text();
    let span = "platform_request{stage=token url=\"http://127.0.0.1:";
    for expected in [span, "the request is sent again", "a token came", "no token came"] {
        assert!(log.contains(expected), "`{expected}` is missing in {log}");
    }
    assert!(!log.contains(SECRET) && !log.contains(TOKEN_STEM), "{log}");
}

#[test]
fn all_attempts_of_a_call_are_in_one_span() {
    let log = Log::default();

    tracing::subscriber::with_default(log.subscriber(), || {
        runtime().block_on(async {
            let server = Server::start(|n, _| match n {
                1 => token(1, NOW + 7200),
                2 => Reply::new(503, ""),
                _ => Reply::new(200, ""),
            })
            .await;
            let source = source(server.url(), &TestTime::new());
            source.access_token().await.unwrap();
            AuthorizedClient::new(source).get("/a").send().await.unwrap();
        });
    });

    let log = log.text();
    let in_span: Vec<_> =
        log.lines().filter(|line| line.contains("platform_request{stage=API")).collect();
    let opened = in_span.iter().filter(|line| line.ends_with(": new")).count();
    let sent_again = in_span.iter().position(|line| line.contains("the request is sent again"));
    assert_eq!(opened, 1, "{log}");
    // What the HTTP client says of the first attempt is before that.
    assert!(sent_again.is_some_and(|line| line > 1), "{log}");
}
