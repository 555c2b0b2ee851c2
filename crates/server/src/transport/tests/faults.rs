//! Each fault, byte by byte, in HTTP/1.1.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::*;

const HEAD: &str = "HTTP/1.1 200 OK\r\nx-name: value\r\ncontent-length: 10\r\n\r\n";
/// Of the 52 bytes that the status line and the headers have.
const HALF_HEAD: &str = "HTTP/1.1 200 OK\r\nx-name: v";

#[tokio::test]
async fn without_a_fault_the_answer_is_whole() {
    let server = Server::start().await;

    let whole = exchange(
        server.connect().await,
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    );

    let head = HEAD.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
    assert_eq!(whole.await, (format!("{head}0123456789"), End::Fin));
}

#[tokio::test]
async fn each_fault_sends_its_bytes_and_ends_as_it_should() {
    let server = Server::start().await;
    for (fault, bytes, end) in [
        ("'refuse'", String::new(), End::Rst),
        ("'reset_before_answer'", String::new(), End::Rst),
        ("'reset_inside_body'", format!("{HEAD}01234"), End::Rst),
        ("'cut_body'", format!("{HEAD}01234"), End::Fin),
        ("'half_close'", String::new(), End::Fin),
        ("{ stall_headers = { limit_ms = 1 } }", HALF_HEAD.to_owned(), End::Fin),
    ] {
        let met = exchange(server.connect().await, &request(fault)).await;

        assert_eq!(met, (bytes, end), "given {fault}");
    }
}

#[tokio::test]
async fn within_tls_each_fault_sends_the_same_and_tls_ends_unannounced() {
    let server = Server::start_tls().await;
    for (fault, bytes, end) in [
        ("'refuse'", String::new(), End::Rst),
        ("'reset_before_answer'", String::new(), End::Rst),
        ("'reset_inside_body'", format!("{HEAD}01234"), End::Rst),
        ("'cut_body'", format!("{HEAD}01234"), End::FinInsideTls),
        ("'half_close'", String::new(), End::FinInsideTls),
        ("{ stall_headers = { limit_ms = 1 } }", HALF_HEAD.to_owned(), End::FinInsideTls),
    ] {
        let met = exchange(server.connect_tls().await, &request(fault)).await;

        assert_eq!(met, (bytes, end), "given {fault}");
    }
}

#[tokio::test]
async fn a_fault_hits_its_own_request_and_not_those_before_it() {
    let server = Server::start().await;
    let before = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    for fault in ["'reset_before_answer'", "'half_close'"] {
        let both = before.to_owned() + &request(fault);

        let (bytes, _) = exchange(server.connect().await, &both).await;

        assert_eq!(bytes, format!("{HEAD}0123456789"), "given {fault}");
    }
}

#[tokio::test]
async fn an_answer_to_head_is_cut_after_its_headers() {
    let server = Server::start().await;
    for (fault, end) in [("'cut_body'", End::Fin), ("'reset_inside_body'", End::Rst)] {
        let request = request(fault).replace("GET", "HEAD");
        let last = request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");

        let met = exchange(server.connect().await, &request).await;
        assert_eq!((met.0.as_str(), &met.1), (HEAD, &end), "given {fault}");
        assert_eq!(exchange(server.connect().await, &last).await.1, end, "given {fault}");
    }
}

#[tokio::test]
async fn half_of_little_is_nothing() {
    let server = Server::start().await;
    for length in ["0", "1"] {
        let request = request("'cut_body'").replace(" HTTP", &format!("&length={length} HTTP"));

        let met = exchange(server.connect().await, &request).await;

        assert_eq!(met, (HEAD.replace("10", length), End::Fin), "given {length}");
    }
}

#[tokio::test]
async fn half_of_a_body_that_fills_all_buffers_is_half() {
    let server = Server::start().await;
    let request = request("'cut_body'").replace(" HTTP", "&length=20000000 HTTP");

    let (bytes, end) = exchange(server.connect().await, &request).await;

    assert_eq!(bytes.split_once("\r\n\r\n").unwrap().1.len(), 10_000_000);
    assert_eq!(end, End::Fin);
}

#[tokio::test]
async fn a_half_closed_connection_takes_what_is_sent_until_the_client_closes_it() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    stream.write_all(request("'half_close'").as_bytes()).await.unwrap();
    assert_eq!(read_all(&mut stream).await, (String::new(), End::Fin));

    for _ in 0..3 {
        stream.write_all(request("'cut_body'").as_bytes()).await.unwrap();
        assert_eq!(read_all(&mut stream).await, (String::new(), End::Fin), "no RST, no answer");
    }

    // A stop does not wait for that.
    assert!(timeout(Duration::from_secs(4), server.stop()).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn stalled_headers_are_followed_by_silence_until_the_limit() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    let asked = Instant::now();

    stream.write_all(request("{ stall_headers = {} }").as_bytes()).await.unwrap();
    let mut half = [0; HALF_HEAD.len()];
    stream.read_exact(&mut half).await.unwrap();
    assert_eq!(half, HALF_HEAD.as_bytes());
    let more = timeout(Duration::from_secs(59), stream.read_u8()).await;
    assert!(more.is_err(), "{more:?}");

    assert_eq!(read_all(&mut stream).await, (String::new(), End::Fin));
    assert!((60..90).contains(&asked.elapsed().as_secs()), "{:?}", asked.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_slow_body_comes_whole_in_its_own_time() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    let asked = Instant::now();
    let fault = "{ slow_body = { piece_bytes = 4, pause_ms = 500 } }";

    stream.write_all(request(fault).as_bytes()).await.unwrap();
    let mut head = [0; HEAD.len()];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head, HEAD.as_bytes());
    let mut body = [0; 10];
    stream.read_exact(&mut body).await.unwrap();
    assert_eq!(&body, b"0123456789");
    assert!((1000..2000).contains(&asked.elapsed().as_millis()), "{:?}", asked.elapsed());

    // The connection goes on.
    let last = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    assert!(exchange(stream, last).await.0.ends_with("0123456789"));
}

#[tokio::test]
async fn a_stop_waits_for_no_fault() {
    for (fault, sent, rest) in [
        ("{ stall_headers = {} }", HALF_HEAD, ""),
        (
            "{ slow_body = { pause_ms = 3600000 } }",
            "HTTP/1.1 200 OK\r\nx-name: value\r\ncontent-length: 10\r\n\r\n0",
            "123456789",
        ),
    ] {
        let server = Server::start().await;
        let mut stream = server.connect().await;
        stream.write_all(request(fault).as_bytes()).await.unwrap();
        let mut first = vec![0; sent.len()];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(first, sent.as_bytes());

        let stopped = timeout(Duration::from_secs(4), server.stop()).await;

        assert!(stopped.is_ok(), "given {fault}");
        assert_eq!(read_all(&mut stream).await, (rest.to_owned(), End::Fin), "given {fault}");
    }
}
