//! The transport without a platform: a server of one route, and clients that see bytes.

mod faults;
mod http2;
mod timeouts;

use std::{io::ErrorKind, net::SocketAddr, sync::Arc};

use axum::{Extension, Router, body::Body, extract::Query, response::Response, routing::get};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use serde::Deserialize;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::{ConnectionFault, Tls, serve};
use crate::{config::TlsConfig, http::Connection, toml_file};

/// Answers `GET /?fault=…&length=…` with so many bytes, and the fault, in TOML.
struct Server {
    address: SocketAddr,
    ca_pem: Option<String>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

#[derive(Deserialize)]
struct Wish {
    fault: Option<String>,
    #[serde(default = "ten")]
    length: usize,
}

#[derive(Deserialize)]
struct Case {
    fault: ConnectionFault,
}

fn ten() -> usize {
    10
}

async fn answer(
    Extension(connection): Extension<Connection>,
    Query(wish): Query<Wish>,
) -> Response {
    if let Some(fault) = wish.fault {
        let case: Case = toml_file::read("fault", &format!("fault = {fault}\n")).unwrap();
        connection.faults.arm(case.fault);
    }
    let body: String = "0123456789".chars().cycle().take(wish.length).collect();
    Response::builder().header("x-name", "value").body(Body::from(body)).unwrap()
}

impl Server {
    async fn start() -> Self {
        Self::with(None).await
    }

    async fn start_tls() -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::with(Some(Tls::new(&TlsConfig::default(), address.ip(), None).unwrap())).await
    }

    async fn with(tls: Option<Tls>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (acceptor, ca_pem) = tls.map(|tls| (tls.acceptor, tls.ca_pem)).unzip();
        let (stop, stopped) = oneshot::channel();
        let router = Router::new().route("/", get(answer));
        let serving = tokio::spawn(serve(listener, acceptor, router, Arc::new(|| None), stopped));
        Self { address, ca_pem: ca_pem.flatten(), stop, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn connect_tls(&self) -> TlsStream<TcpStream> {
        let mut roots = RootCertStore::empty();
        let pem = self.ca_pem.as_ref().unwrap();
        roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = self.connect().await;
        TlsConnector::from(Arc::new(config))
            .connect("localhost".try_into().unwrap(), socket)
            .await
            .unwrap()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.serving.await.unwrap();
    }
}

/// The request for a fault, percent-encoded as much as needed.
fn request(fault: &str) -> String {
    let query: String = form_urlencoded::byte_serialize(fault.as_bytes()).collect();
    format!("GET /?fault={query} HTTP/1.1\r\nHost: localhost\r\n\r\n")
}

/// How the peer ended a connection.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Fin,
    Rst,
    /// TCP FIN where TLS was to say `close_notify` first.
    FinInsideTls,
}

/// Reads all that comes.
async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> (String, End) {
    let mut bytes = Vec::new();
    let end = match stream.read_to_end(&mut bytes).await {
        Ok(_) => End::Fin,
        Err(error) if error.kind() == ErrorKind::ConnectionReset => End::Rst,
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => End::FinInsideTls,
        Err(error) => panic!("{error:?} after {bytes:?}"),
    };
    (String::from_utf8(bytes).unwrap(), end)
}

/// Sends a request for a fault, and reads all that comes.
async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> (String, End) {
    stream.write_all(request.as_bytes()).await.unwrap();
    read_all(&mut stream).await
}
