//! What `metrics` and `tracing` are told.
#![cfg(all(feature = "metrics", feature = "tracing"))]

use std::{
    cell::RefCell,
    io,
    sync::{Arc, Mutex, Once},
};

use gatepass_client::AuthorizedClient;
use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};
use tokio::runtime::{Builder, Runtime};
use tracing_subscriber::fmt::format::FmtSpan;

use crate::support::{NOW, Reply, SECRET, Server, TOKEN_STEM, TestTime, source, token};

/// Notes down what is counted.
#[derive(Debug, Clone, Default)]
struct Noted(Arc<Mutex<Vec<String>>>);

impl Noted {
    fn lines(&self) -> Vec<String> {
        let lines = self.0.lock().unwrap();
        lines.iter().map(|line| line.trim_start_matches("gatepass_client_").to_owned()).collect()
    }
}

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

thread_local! {
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what this thread logs. One subscriber serves all threads: what is worth logging is found
/// out once for all of them, also for those that have none.
struct ToThread;

impl io::Write for ToThread {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.extend_from_slice(text));
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What is logged on the way.
fn logged(work: impl FnOnce()) -> String {
    static SUBSCRIBED: Once = Once::new();
    SUBSCRIBED.call_once(|| {
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .without_time()
            .with_span_events(FmtSpan::NEW)
            .with_writer(|| ToThread)
            .init();
    });
    work();
    String::from_utf8(LOG.take()).unwrap()
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn tokens_hits_retries_and_failures_are_counted_and_logged_without_a_secret() {
    let noted = Noted::default();

    let log = logged(|| {
        metrics::with_local_recorder(&noted, || {
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

    assert_eq!(
        noted.lines(),
        [
            "retries_total [token] +1",
            "tokens_issued_total [] +1",
            "cache_hits_total [] +1",
            "failures_total [token] +1",
        ]
    );
    let span = "platform_request{stage=token url=\"http://127.0.0.1:";
    for expected in [span, "the request is sent again", "a token came", "the request failed"] {
        assert!(log.contains(expected), "`{expected}` is missing in {log}");
    }
    assert!(!log.contains(SECRET) && !log.contains(TOKEN_STEM), "{log}");
}

#[test]
fn each_failure_is_counted_once_where_it_arose() {
    let noted = Noted::default();

    metrics::with_local_recorder(&noted, || {
        runtime().block_on(async {
            let server = Server::start(|n, seen| match (seen.target.as_str(), n) {
                ("/api/2/idp/token", 1) => token(1, NOW + 7200),
                _ => Reply::new(403, ""),
            })
            .await;
            let source = source(server.url(), &TestTime::new());
            let client = AuthorizedClient::new(source.clone());
            client.get("/a").fetch_json::<u8>().await.unwrap_err();
            source.discovery().keys().await.unwrap_err();
            source.invalidate(&source.access_token().await.unwrap());
            client.get("/a").fetch_json::<u8>().await.unwrap_err();
            let tenant = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002".parse().unwrap();
            source.scoped(tenant).access_token().await.unwrap_err();
        });
    });

    let failures: Vec<_> = noted.lines();
    let failures: Vec<_> = failures.iter().filter(|line| line.starts_with("failures")).collect();
    assert_eq!(
        failures,
        [
            "failures_total [API] +1",
            "failures_total [discovery] +1",
            "failures_total [token] +1",
            "failures_total [token] +1",
        ]
    );
}

#[test]
fn all_attempts_of_a_call_are_in_one_span() {
    let log = logged(|| {
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

    let in_span: Vec<_> =
        log.lines().filter(|line| line.contains("platform_request{stage=API")).collect();
    let opened = in_span.iter().filter(|line| line.ends_with(": new")).count();
    let sent_again = in_span.iter().position(|line| line.contains("the request is sent again"));
    assert_eq!(opened, 1, "{log}");
    // What the HTTP client says of the first attempt is before that.
    assert!(sent_again.is_some_and(|line| line > 1), "{log}");
}
