//! Peers that say too little. Paused time leaps ahead of the sockets by a timer now and then, so that
//! the limits hold but roughly.

use std::time::Duration;

use tokio::time::Instant;

use super::*;

/// Sends one byte every ten seconds until the peer closes; how many seconds that took.
async fn trickle(mut stream: impl AsyncRead + AsyncWrite + Unpin, bytes: &[u8]) -> u64 {
    let begun = Instant::now();
    for byte in bytes {
        if stream.write_u8(*byte).await.is_err() || stream.flush().await.is_err() {
            break;
        }
        let closed = tokio::time::timeout(Duration::from_secs(10), stream.read_u8()).await;
        if closed.is_ok() {
            break;
        }
    }
    begun.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_a_byte_in_ten_seconds_is_cut_off() {
    let server = Server::start().await;
    for (bytes, at_least) in [
        ("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", 30),
        ("POST / HTTP/1.1\r\nHost: localhost\r\n\r\n", 30),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 30),
    ] {
        let lasted = trickle(server.connect().await, bytes.as_bytes()).await;

        assert!((at_least..=60).contains(&lasted), "given {bytes:?}: {lasted} s");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_says_nothing_is_cut_off() {
    let server = Server::start().await;
    let begun = Instant::now();

    assert_eq!(read_all(&mut server.connect().await).await, (String::new(), End::Fin));

    assert!((30..60).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_handshake_that_does_not_end_is_cut_off() {
    let server = Server::start_tls().await;

    let lasted = trickle(server.connect().await, b"\x16\x03\x01\x02\0\x01\0\x01").await;

    assert!((10..=20).contains(&lasted), "{lasted} s");
}

#[tokio::test(start_paused = true)]
async fn within_tls_a_client_that_says_nothing_is_cut_off() {
    let server = Server::start_tls().await;
    let begun = Instant::now();

    let (bytes, _) = read_all(&mut server.connect_tls().await).await;

    assert_eq!(bytes, "");
    assert!((30..60).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test(start_paused = true)]
async fn an_http_2_client_that_gives_no_sign_of_life_is_cut_off() {
    let server = Server::start().await;
    let mut stream = server.connect().await;
    let begun = Instant::now();
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    stream.write_all(b"\0\0\0\x04\0\0\0\0\0").await.unwrap(); // SETTINGS

    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes).await;

    assert!((40..60).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_thousand_idle_connections_do_not_disturb() {
    let server = Server::start().await;
    let mut idle = Vec::new();
    for _ in 0..1000 {
        idle.push(server.connect().await);
    }

    let last = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    let (answer, _) = exchange(server.connect().await, last).await;
    assert!(answer.ends_with("0123456789"), "{answer}");

    server.stop().await;
    for mut stream in idle {
        assert_eq!(read_all(&mut stream).await, (String::new(), End::Fin));
    }
}
