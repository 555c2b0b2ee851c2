//! A connection of one's own to the target.

use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use url::Url;

use super::answer::{Parsed, parse};
use crate::answer::{Answer, MAX_BODY};
use crate::check::{Failure, unmet};
use crate::session::{TIMEOUT, chain};
use crate::target::Target;

/// What is read at a time.
const CHUNK: usize = 16 * 1024;

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A TCP or TLS connection, and what was read from it and not used yet.
pub(crate) struct Connection {
    stream: Box<dyn Stream>,
    buffer: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(target: &Target) -> Result<Self, Failure> {
        match timeout(TIMEOUT, connect(target)).await {
            Ok(Ok(stream)) => Ok(Self { stream, buffer: Vec::new() }),
            Ok(Err(error)) => unmet(format!("no connection: {}", chain(&*error))),
            Err(_) => unmet("no connection in time"),
        }
    }

    pub(crate) async fn say(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let write = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(TIMEOUT, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => unmet(format!("the connection broke: {}", chain(&error))),
            Err(_) => unmet("nobody reads what is sent"),
        }
    }

    /// Says that nothing more will be said.
    pub(crate) async fn end(&mut self) {
        // Whoever has hung up already needs no telling.
        let _ = timeout(TIMEOUT, self.stream.shutdown()).await;
    }

    /// The next answer; one to HEAD has no body, whatever its headers say.
    pub(crate) async fn hear(&mut self, to_head: bool) -> Result<Answer, Failure> {
        match timeout(TIMEOUT, self.read_answer(to_head)).await {
            Ok(answer) => answer,
            Err(_) => unmet(format!("no answer within {} s", TIMEOUT.as_secs())),
        }
    }

    async fn read_answer(&mut self, to_head: bool) -> Result<Answer, Failure> {
        let mut is_closed = false;
        loop {
            match parse(&self.buffer, to_head, is_closed)? {
                Parsed::Whole { answer, used } => {
                    self.buffer.drain(..used);
                    // An answer that only says to go on is not yet the answer (RFC 9110 15.2).
                    if answer.status >= 200 {
                        return Ok(answer);
                    }
                }
                Parsed::Partial if is_closed && self.buffer.is_empty() => {
                    return unmet("the connection was closed without an answer");
                }
                Parsed::Partial if is_closed => return unmet("the answer broke off"),
                Parsed::Partial if self.buffer.len() > 2 * MAX_BODY => {
                    return unmet(format!("the answer is longer than {MAX_BODY} bytes"));
                }
                Parsed::Partial => {
                    let mut chunk = vec![0; CHUNK];
                    let read = self.stream.read(&mut chunk).await;
                    match read {
                        // Not every server takes leave of a TLS connection.
                        Ok(0) => is_closed = true,
                        Ok(count) => self.buffer.extend_from_slice(&chunk[..count]),
                        Err(_) if !self.buffer.is_empty() => is_closed = true,
                        Err(error) => {
                            return unmet(format!("the connection broke: {}", chain(&error)));
                        }
                    }
                }
            }
        }
    }
}

type Error = Box<dyn std::error::Error + Send + Sync>;

async fn connect(target: &Target) -> Result<Box<dyn Stream>, Error> {
    let host = target.base.host_str().ok_or("the URL names no host")?;
    let port = target.base.port_or_known_default().ok_or("the URL names no port")?;
    // An IPv6 address stands in brackets in a URL, and nowhere else.
    let host = host.trim_matches(['[', ']']);
    let stream = TcpStream::connect((host, port)).await?;
    stream.set_nodelay(true)?;
    if target.base.scheme() == "http" {
        return Ok(Box::new(stream));
    }
    let connector = TlsConnector::from(Arc::new(tls(target)?));
    let name = ServerName::try_from(host.to_owned())?;
    Ok(Box::new(connector.connect(name, stream).await?))
}

fn tls(target: &Target) -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = match &target.certificate_authority {
        None => builder.with_platform_verifier()?,
        Some(pem) => {
            let mut roots = RootCertStore::empty();
            for certificate in CertificateDer::pem_slice_iter(pem) {
                roots.add(certificate?)?;
            }
            builder.with_root_certificates(roots)
        }
    };
    let mut config = builder.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// The path of the base URL, without a slash at its end.
pub(super) fn base_path(base: &Url) -> &str {
    base.path().trim_end_matches('/')
}
