//! The token in other HTTP clients: a `tower` layer, a middleware, and without async code.

use http::StatusCode;

use crate::support::{NOW, Reply, Seen, Server, TestTime, token};

const TOKEN_PATH: &str = "/api/2/idp/token";

/// Takes all tokens but the first.
async fn platform() -> Server {
    Server::start(|n, seen| match seen.target.as_str() {
        TOKEN_PATH => token(n, NOW + 7200),
        _ if seen.header("authorization") == "Bearer tok~1" => Reply::new(401, ""),
        _ => Reply::new(200, ""),
    })
    .await
}

/// Takes no token.
#[cfg(any(feature = "tower", feature = "reqwest-middleware"))]
async fn refusing() -> Server {
    Server::start(|n, seen| match seen.target.as_str() {
        TOKEN_PATH => token(n, NOW + 7200),
        _ => Reply::new(401, ""),
    })
    .await
}

#[cfg(any(feature = "tower", feature = "reqwest-middleware"))]
fn token_requests(server: &Server) -> usize {
    server.seen().len() - calls(server).len()
}

#[cfg(any(feature = "tower", feature = "reqwest-middleware"))]
fn tokens(server: &Server) -> gatepass_client::TokenSource {
    crate::support::source(server.url(), &TestTime::new())
}

fn calls(server: &Server) -> Vec<(String, String)> {
    let calls = server.seen().into_iter().filter(|seen| seen.target != TOKEN_PATH);
    calls.map(|seen: Seen| (seen.header("authorization").to_owned(), seen.body)).collect()
}

fn twice(body: &str) -> Vec<(String, String)> {
    ["Bearer tok~1", "Bearer tok~3"].map(|token| (token.to_owned(), body.to_owned())).to_vec()
}

#[cfg(feature = "tower")]
mod tower_layer {
    use std::{
        convert::Infallible,
        future::{Ready, ready},
        sync::{Arc, Mutex, Weak},
        task::{Context, Poll},
    };

    use gatepass_client::{AuthorizeLayer, BoxError, Error};
    use http::{Request, Response};
    use tower::{Layer, Service, ServiceExt, service_fn};

    use super::*;

    /// An HTTP client that is a `tower` service.
    fn http()
    -> impl Service<Request<String>, Response = Response<()>, Error = Infallible, Future: Send> + Clone
    {
        service_fn(async |request: Request<String>| {
            let (parts, body) = request.into_parts();
            let http = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = http.request(parts.method, parts.uri.to_string());
            let answer = request.headers(parts.headers).body(body).send().await.unwrap();
            let mut response = Response::new(());
            *response.status_mut() = answer.status();
            Ok(response)
        })
    }

    /// A service that is ready while nobody has an answer of it, and takes all tokens but the first.
    #[derive(Clone, Default)]
    struct OneAtATime(Arc<Mutex<Weak<()>>>);

    impl Service<Request<String>> for OneAtATime {
        type Response = Response<Arc<()>>;
        type Error = BoxError;
        type Future = Ready<Result<Response<Arc<()>>, BoxError>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
            let held = self.0.lock().unwrap().upgrade().is_some();
            // A real one would have it wait for ever.
            Poll::Ready(if held { Err("the last answer is still there".into()) } else { Ok(()) })
        }

        fn call(&mut self, request: Request<String>) -> Self::Future {
            let body = Arc::new(());
            *self.0.lock().unwrap() = Arc::downgrade(&body);
            let mut answer = Response::new(body);
            if request.headers()["authorization"] == "Bearer tok~1" {
                *answer.status_mut() = StatusCode::UNAUTHORIZED;
            }
            ready(Ok(answer))
        }
    }

    fn post(url: &str) -> Request<String> {
        Request::post(url).body("a=b".to_owned()).unwrap()
    }

    #[tokio::test]
    async fn a_401_gets_a_new_token_and_one_more_attempt() {
        let server = platform().await;
        let client = AuthorizeLayer::new(tokens(&server)).layer(http());

        let answer = client.oneshot(post(&format!("{}/a", server.url()))).await.unwrap();

        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(calls(&server), twice("a=b"));
    }

    #[tokio::test]
    async fn the_answer_401_is_gone_before_the_next_attempt() {
        let server = platform().await;
        let client = AuthorizeLayer::new(tokens(&server)).layer(OneAtATime::default());

        let answer = client.oneshot(post(&format!("{}/a", server.url()))).await.unwrap();

        assert_eq!(answer.status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn refusals_of_each_token_do_not_bring_a_token_request_a_call() {
        let server = refusing().await;
        let client = AuthorizeLayer::new(tokens(&server)).layer(http());

        for _ in 0..3 {
            let answer = client.clone().oneshot(post(&format!("{}/a", server.url()))).await;
            assert_eq!(answer.unwrap().status(), StatusCode::UNAUTHORIZED);
        }

        assert_eq!(token_requests(&server), 2);
    }

    #[tokio::test]
    async fn a_body_that_can_not_be_sent_again_is_sent_once() {
        let server = platform().await;
        let client = AuthorizeLayer::with_bodies(tokens(&server), |_| None).layer(http());

        let answer = client.oneshot(post(&format!("{}/a", server.url()))).await.unwrap();

        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        assert_eq!(calls(&server).len(), 1);
    }

    #[tokio::test]
    async fn the_token_goes_to_no_other_host() {
        let (server, other) = (platform().await, platform().await);
        let client = AuthorizeLayer::new(tokens(&server)).layer(http());

        client.oneshot(post(&format!("{}/a", other.url()))).await.unwrap();

        assert_eq!(calls(&other), [(String::new(), "a=b".to_owned())]);
        server.assert_requests(0);
    }

    #[tokio::test]
    async fn why_there_is_no_token_is_told() {
        let server = Server::start(|_, _| Reply::new(400, "")).await;
        let client = AuthorizeLayer::new(tokens(&server)).layer(http());

        let error = client.oneshot(post(&format!("{}/a", server.url()))).await.unwrap_err();

        assert!(matches!(*error.downcast::<Error>().unwrap(), Error::Refused { .. }));
        server.assert_requests(1);
    }
}

#[cfg(feature = "reqwest-middleware")]
mod middleware {
    use std::sync::{Arc, Mutex, Weak};

    use async_trait::async_trait;
    use gatepass_client::{AuthorizeMiddleware, Error};
    use http::Extensions;
    use reqwest::{Request, Response};
    use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};

    use super::*;

    /// Sends nothing while somebody has an answer of it.
    #[derive(Default)]
    struct OneAtATime(Mutex<Weak<()>>);

    #[async_trait]
    impl Middleware for OneAtATime {
        async fn handle(
            &self,
            request: Request,
            extensions: &mut Extensions,
            next: Next<'_>,
        ) -> reqwest_middleware::Result<Response> {
            // A real one would wait for ever.
            assert!(self.0.lock().unwrap().upgrade().is_none(), "the last answer is still there");
            let mut answer = next.run(request, extensions).await?;
            let held = Arc::new(());
            *self.0.lock().unwrap() = Arc::downgrade(&held);
            answer.extensions_mut().insert(held);
            Ok(answer)
        }
    }

    fn http(server: &Server) -> ClientWithMiddleware {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        ClientBuilder::new(http)
            .with(AuthorizeMiddleware::new(tokens(server)))
            .with(OneAtATime::default())
            .build()
    }

    #[tokio::test]
    async fn a_401_gets_a_new_token_and_one_more_attempt() {
        let server = platform().await;

        let call = http(&server).post(format!("{}/a", server.url())).body("a=b");
        let answer = call.send().await.unwrap();

        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(calls(&server), twice("a=b"));
    }

    #[tokio::test]
    async fn refusals_of_each_token_do_not_bring_a_token_request_a_call() {
        let server = refusing().await;
        let client = http(&server);

        for _ in 0..3 {
            let answer = client.get(format!("{}/a", server.url())).send().await;
            assert_eq!(answer.unwrap().status(), StatusCode::UNAUTHORIZED);
        }

        assert_eq!(token_requests(&server), 2);
    }

    #[tokio::test]
    async fn the_token_goes_to_no_other_host() {
        let (server, other) = (platform().await, platform().await);

        http(&server).get(format!("{}/a", other.url())).send().await.unwrap();

        assert_eq!(calls(&other), [(String::new(), String::new())]);
        server.assert_requests(0);
    }

    #[tokio::test]
    async fn why_there_is_no_token_is_told() {
        let server = Server::start(|_, _| Reply::new(400, "")).await;

        let error = http(&server).get(format!("{}/a", server.url())).send().await.unwrap_err();

        let reqwest_middleware::Error::Middleware(error) = error else { panic!("{error:?}") };
        assert!(matches!(error.downcast::<Error>().unwrap(), Error::Refused { .. }));
        server.assert_requests(1);
    }
}

#[cfg(feature = "blocking")]
mod without_async {
    use std::{
        io::{BufRead, BufReader, Read, Write},
        net::TcpListener,
        panic::{AssertUnwindSafe, catch_unwind},
        thread,
    };

    use gatepass_client::{AnswerProblem, Error, Stage, blocking};
    use http::Method;
    use serde::{Deserialize, Deserializer};
    use serde_json::{Value, json};

    use super::*;
    use crate::support::source_builder;

    fn source(url: &str) -> blocking::TokenSource {
        blocking::TokenSource::start(source_builder(url, &TestTime::new())).unwrap()
    }

    /// It works on a thread of a runtime too, where `block_on` would panic.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tokens_and_calls_are_as_with_async_code() {
        let server = platform().await;
        let client = blocking::AuthorizedClient::new(source(server.url()));

        let answer = client.post("/a").body("a=b").send().unwrap();

        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(calls(&server), twice("a=b"));
        let token = client.token_source().access_token().unwrap();
        assert_eq!(token.reveal(), "tok~3");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn json_tenants_revocation_and_introspection_are_there_too() {
        let server = Server::start(|n, seen| match seen.target.as_str() {
            TOKEN_PATH => token(n, NOW + 7200),
            "/api/2/idp/revoke_token" => Reply::new(400, ""),
            _ => Reply::json(200, &json!({"active": false})),
        })
        .await;
        let source = source(server.url());

        let tenant = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002".parse().unwrap();
        assert_eq!(source.scoped(tenant).token().unwrap().access_token().reveal(), "tok~2");
        assert!(!source.introspect("a").unwrap().active);
        let read: Value =
            blocking::AuthorizedClient::new(source.clone()).get("/a").fetch_json().unwrap();
        assert_eq!(read["active"], false);
        assert_eq!(source.revoke().unwrap_err().stage(), Stage::Revocation);
        for verified in [source.verify_access_token("a"), source.verify_id_token("a", "b")] {
            let error = verified.unwrap_err();
            assert!(matches!(error, Error::Unusable { stage: Stage::Discovery, .. }), "{error:?}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn each_method_is_sent_as_it_is_named() {
        let server = platform().await;
        let client = blocking::AuthorizedClient::new(source(server.url()));
        client.token_source().invalidate(&client.token_source().access_token().unwrap());

        for call in [client.get("/a"), client.post("/a"), client.put("/a"), client.delete("/a")] {
            call.query("b", "c&d").send().unwrap();
        }

        let seen: Vec<_> = server.seen()[1..].iter().map(|seen| seen.method.clone()).collect();
        let token = Method::POST;
        assert_eq!(seen, [token, Method::GET, Method::POST, Method::PUT, Method::DELETE]);
        assert!(server.seen()[2..].iter().all(|seen| seen.target == "/a?b=c%26d"));
    }

    #[test]
    fn an_answer_that_breaks_off_is_told_with_its_status_and_tried_again_where_that_is_harmless() {
        for (method, status, attempts) in
            [(Method::GET, 200, 3), (Method::POST, 200, 1), (Method::GET, 404, 3)]
        {
            let url = answers(move |_| Part { status, body: b"half".to_vec(), missing: 1 });
            let time = TestTime::new();
            let source = blocking::TokenSource::start(source_builder(&url, &time)).unwrap();
            let client = blocking::AuthorizedClient::new(source);

            let error = client.request(method.clone(), "/a").send().unwrap_err();

            assert!(matches!(error, Error::CutShort { .. }), "{method} {status}: {error:?}");
            assert_eq!((error.stage(), error.attempts()), (Stage::Api, attempts), "{method}");
            assert_eq!(error.status().unwrap(), status);
            assert_eq!(error.request_id(), Some("req-1"));
            assert_eq!(time.sleeps().len(), usize::try_from(attempts).unwrap() - 1);
        }
    }

    #[test]
    fn the_whole_answer_after_one_that_broke_off_is_given_whatever_its_status() {
        let url = answers(|n| match n {
            1 => Part { status: 200, body: b"half".to_vec(), missing: 1 },
            _ => Part { status: 404, body: b"whole".to_vec(), missing: 0 },
        });

        let answer = blocking::AuthorizedClient::new(source(&url)).get("/a").send().unwrap();

        assert_eq!(
            (answer.status(), answer.headers()["x-request-id"].as_bytes()),
            (StatusCode::NOT_FOUND, &b"req-1"[..])
        );
        assert_eq!(answer.into_body(), b"whole");
    }

    #[test]
    fn an_answer_over_64_megabytes_is_not_read_to_its_end() {
        let most = 64 * 1024 * 1024;
        let url = answers(move |_| Part { status: 200, body: vec![b' '; most + 1], missing: 0 });

        let error = blocking::AuthorizedClient::new(source(&url)).get("/a").send().unwrap_err();

        let Error::Unusable { source, .. } = &error else { panic!("{error:?}") };
        assert!(matches!(**source, AnswerProblem::TooLarge(limit) if limit == most), "{source:?}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_panic_of_the_work_goes_on_where_it_was_called() {
        struct Panics;

        impl<'de> Deserialize<'de> for Panics {
            fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
                panic!("it can't be read")
            }
        }
        let server = Server::start(|n, seen| match seen.target.as_str() {
            TOKEN_PATH => token(n, NOW + 7200),
            _ => Reply::json(200, &json!({})),
        })
        .await;
        let client = blocking::AuthorizedClient::new(source(server.url()));

        let call = client.get("/a");
        let panic = catch_unwind(AssertUnwindSafe(|| call.fetch_json::<Panics>().is_ok()));

        assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"it can't be read"));
        assert_eq!(client.get("/a").send().unwrap().status(), StatusCode::OK);
    }

    /// An answer, and how many bytes of its body do not come.
    struct Part {
        status: u16,
        body: Vec<u8>,
        missing: usize,
    }

    /// Issues a token, and answers the n-th call as the script says.
    fn answers(script: impl Fn(usize) -> Part + Send + 'static) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        thread::spawn(move || {
            for number in 0.. {
                let mut socket = BufReader::new(listener.accept().unwrap().0);
                let (mut line, mut length) = (String::new(), 0);
                while line != "\r\n" {
                    line.clear();
                    socket.read_line(&mut line).unwrap();
                    if let Some(value) = line.strip_prefix("content-length: ") {
                        length = value.trim().parse().unwrap();
                    }
                }
                socket.read_exact(&mut vec![0; length]).unwrap();
                let token = br#"{"access_token":"tok~1","expires_in":7200,"token_type":"bearer"}"#;
                let part = match number {
                    0 => Part { status: 200, body: token.to_vec(), missing: 0 },
                    _ => script(number),
                };
                let head = format!(
                    "HTTP/1.1 {} .\r\nConnection: close\r\nX-Request-Id: req-1\r\n\
                     Content-Length: {}\r\n\r\n",
                    part.status,
                    part.body.len() + part.missing
                );
                socket.get_mut().write_all(head.as_bytes()).unwrap();
                // Whoever has enough may hang up.
                let _ = socket.get_mut().write_all(&part.body);
            }
        });
        url
    }
}
