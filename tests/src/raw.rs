//! Bytes over a socket, for requests that an HTTP client would not send.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Writes the parts one by one, each as a segment of its own, and reads until the server closes.
///
/// The last request needs `Connection: close`, or it waits for the server's patience to end.
pub async fn raw_exchange(host: &str, parts: &[&[u8]]) -> String {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for part in parts {
        stream.write_all(part).await.unwrap();
        stream.flush().await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}
