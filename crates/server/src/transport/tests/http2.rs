//! Faults in HTTP/2: they hit the connection, and so all requests on it.

use http::Request;
use http_body_util::BodyExt;
use hyper::client::conn::http2::{SendRequest, handshake};
use hyper_util::rt::{TokioExecutor, TokioIo};

use super::*;

async fn connect(server: &Server) -> SendRequest<String> {
    let io = TokioIo::new(server.connect().await);
    let (requests, connection) = handshake(TokioExecutor::new(), io).await.unwrap();
    tokio::spawn(connection);
    requests
}

fn get(fault: &str) -> Request<String> {
    let query: String = form_urlencoded::byte_serialize(fault.as_bytes()).collect();
    let uri = format!("http://localhost/?fault={query}");
    Request::builder().uri(uri).body(String::new()).unwrap()
}

/// What came of the body, and whether that was all.
async fn ask(requests: &mut SendRequest<String>, fault: &str) -> Option<(String, bool)> {
    let answer = requests.send_request(get(fault)).await.ok()?;
    assert!(!answer.headers().contains_key("date"), "that is the platform's to tell");
    let mut body = answer.into_body();
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        match frame {
            Ok(frame) => bytes.extend(frame.into_data().unwrap()),
            Err(_) => return Some((String::from_utf8(bytes).unwrap(), false)),
        }
    }
    Some((String::from_utf8(bytes).unwrap(), true))
}

#[tokio::test]
async fn each_fault_gives_what_it_gives_and_takes_the_connection_with_it() {
    let server = Server::start().await;
    for (fault, met) in [
        ("'refuse'", None),
        ("'reset_before_answer'", None),
        ("'half_close'", None),
        ("{ stall_headers = { limit_ms = 1 } }", None),
        ("'reset_inside_body'", Some(("01234".to_owned(), false))),
        ("'cut_body'", Some(("01234".to_owned(), false))),
    ] {
        let mut requests = connect(&server).await;

        assert_eq!(ask(&mut requests, fault).await, met, "given {fault}");
        assert_eq!(ask(&mut requests, "'cut_body'").await, None, "given {fault}");
    }
}

#[tokio::test]
async fn another_request_on_the_connection_is_hit_too() {
    let server = Server::start().await;
    let mut requests = connect(&server).await;
    let slow = requests.send_request(get("{ slow_body = { pause_ms = 3600000 } }")).await.unwrap();

    assert_eq!(ask(&mut requests, "'reset_before_answer'").await, None);

    assert!(slow.into_body().collect().await.is_err());
}

#[tokio::test]
async fn a_slow_body_is_slow_for_its_own_request_alone() {
    let server = Server::start().await;
    let mut requests = connect(&server).await;
    let slow = requests.send_request(get("{ slow_body = { pause_ms = 3600000 } }")).await.unwrap();
    let mut slow = slow.into_body();
    assert_eq!(slow.frame().await.unwrap().unwrap().into_data().unwrap(), "0");

    let quick = ask(&mut requests, "{ slow_body = { pause_ms = 0 } }").await;

    assert_eq!(quick, Some(("0123456789".to_owned(), true)));
    tokio::select! {
        biased;
        more = slow.frame() => panic!("{more:?}"),
        () = std::future::ready(()) => {}
    }
}

#[tokio::test]
async fn stalled_headers_are_silence_and_not_half_a_status_line() {
    let server = Server::start().await;

    let bytes = raw_exchange(&server, "{ stall_headers = { limit_ms = 1 } }").await;

    assert!(!bytes.windows(4).any(|four| four == b"HTTP"), "{bytes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn half_a_body_is_half_on_many_threads_too() {
    let server = Server::start().await;
    for _ in 0..200 {
        let bytes = raw_exchange(&server, "'cut_body'").await;

        assert!(bytes.ends_with(b"\0\0\x05\0\0\0\0\0\x0101234"), "DATA of stream 1: {bytes:?}");
    }
}

/// All that comes on a connection with one request. (A client's library may forget an answer when
/// the connection ends in the same moment.)
async fn raw_exchange(server: &Server, fault: &str) -> Vec<u8> {
    let query: String = form_urlencoded::byte_serialize(fault.as_bytes()).collect();
    let path = format!("/?fault={query}");
    let length = u8::try_from(path.len()).unwrap();
    let mut request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    request.extend([0, 0, length + 4, 1, 5, 0, 0, 0, 1]); // HEADERS of stream 1: all, and no body
    request.extend([0x82, 0x86, 4, length]); // `:method` GET, `:scheme` http, `:path`
    request.extend(path.as_bytes());
    let mut stream = server.connect().await;
    stream.write_all(&request).await.unwrap();

    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    assert_eq!(bytes[3], 4, "SETTINGS come first: {bytes:?}");
    bytes
}

#[tokio::test(start_paused = true)]
async fn a_stop_waits_five_seconds_for_a_client_that_does_not_listen() {
    let server = Server::start().await;
    let mut deaf = server.connect().await;
    deaf.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    deaf.read_u8().await.unwrap();
    let begun = tokio::time::Instant::now();

    server.stop().await;

    assert_eq!(begun.elapsed().as_secs(), 5);
}
