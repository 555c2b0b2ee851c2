//! Servers that know nothing of us and answer the same, whatever they are asked.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    thread,
};

const PAGE: &str = "<!DOCTYPE html><title>404</title><h1>File not found</h1>\n";

/// Starts a file server that finds nothing; its URL.
pub(crate) fn start() -> String {
    start_with("404 File not found", "text/html;charset=utf-8", PAGE)
}

/// Starts a server that lives as long as the test process; its URL.
pub(crate) fn start_with(
    status: &'static str,
    content_type: &'static str,
    body: &'static str,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || answer(stream, status, content_type, body));
        }
    });
    url
}

/// One request a connection: its head and its body are read, or the page could be lost in a reset.
fn answer(
    mut stream: TcpStream,
    status: &str,
    content_type: &str,
    body: &str,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut line, mut length, mut is_chunked) = (String::new(), 0, false);
    while reader.read_line(&mut line)? > 2 {
        let header = line.to_lowercase();
        if let Some(value) = header.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        is_chunked |= header.starts_with("transfer-encoding:");
        line.clear();
    }
    if is_chunked {
        while reader.read_line(&mut line)? > 0 && !line.ends_with("0\r\n") {}
    }
    std::io::copy(&mut reader.take(length), &mut std::io::sink())?;
    write!(
        stream,
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
}
