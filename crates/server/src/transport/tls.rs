//! TLS: which certificate the server shows.

use std::{
    fs, io,
    io::Write,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls::{ServerConfig, crypto::aws_lc_rs};
use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject},
};
use tokio_rustls::TlsAcceptor;
use url::Url;

use super::certificate;
use crate::config::TlsConfig;

/// Why HTTPS can't be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// There is a certificate without its key, or the other way round.
    #[error("[tls] has `{given}`, but no `{missing}`")]
    Incomplete {
        /// What there is.
        given: &'static str,
        /// What it needs.
        missing: &'static str,
    },
    /// The CA of a certificate that was not made here is not known.
    #[error("[tls] has `ca_file`, which is for a certificate made at start, and also `cert`")]
    NoCa,
    /// A file can't be read.
    #[error("could not read {}", file.display())]
    Unreadable {
        /// Its path.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} holds no {expected} in PEM", file.display())]
    NotPem {
        /// Its path.
        file: PathBuf,
        /// What it should hold.
        expected: &'static str,
        /// What is wrong with it.
        source: pem::Error,
    },
    /// The certificate and the key are there, and of no use.
    #[error("can't use the certificate of {} with the key of {}", cert.display(), key.display())]
    Unusable {
        /// The certificate's file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong with them.
        source: rustls::Error,
    },
    /// A certificate for this host can't be made.
    #[error("could not make a certificate for {host}")]
    NotMade {
        /// The host of the public URL, or the address that is listened on.
        host: String,
        /// What is wrong with it.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The CA's certificate can't be written.
    #[error("could not write the CA's certificate to {}", file.display())]
    Unwritable {
        /// Its path.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// What it takes to serve HTTPS.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// The CA that signed the certificate, where it was made for it.
    pub(crate) ca_pem: Option<String>,
}

impl Tls {
    /// As configured; a certificate that is made is for localhost, for the address that is listened
    /// on and for the host of the public URL.
    pub(crate) fn new(
        config: &TlsConfig,
        address: IpAddr,
        public_url: Option<&Url>,
    ) -> Result<Self, TlsError> {
        match (&config.cert, &config.key, &config.ca_file) {
            (Some(_), Some(_), Some(_)) => Err(TlsError::NoCa),
            (Some(cert), Some(key), None) => Self::given(cert, key),
            (Some(_), None, _) => Err(TlsError::Incomplete { given: "cert", missing: "key" }),
            (None, Some(_), _) => Err(TlsError::Incomplete { given: "key", missing: "cert" }),
            (None, None, ca_file) => {
                Self::made(address, public_url.and_then(Url::host_str), ca_file.as_deref())
            }
        }
    }

    fn given(cert: &Path, key: &Path) -> Result<Self, TlsError> {
        let not_pem = |file: &Path, expected, source| TlsError::NotPem {
            file: file.to_owned(),
            expected,
            source,
        };
        let chain = CertificateDer::pem_slice_iter(&read(cert)?)
            .collect::<Result<Vec<_>, _>>()
            .and_then(
                |chain| if chain.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(chain) },
            )
            .map_err(|source| not_pem(cert, "certificate", source))?;
        let private = PrivateKeyDer::from_pem_slice(&read(key)?)
            .map_err(|source| not_pem(key, "private key", source))?;
        let acceptor = acceptor(chain, private).map_err(|source| TlsError::Unusable {
            cert: cert.to_owned(),
            key: key.to_owned(),
            source,
        })?;
        Ok(Self { acceptor, ca_pem: None })
    }

    fn made(address: IpAddr, host: Option<&str>, ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let not_made = |source: Box<dyn std::error::Error + Send + Sync>| TlsError::NotMade {
            host: host.map_or_else(|| address.to_string(), str::to_owned),
            source,
        };
        let made = certificate::make(address, host).map_err(|error| not_made(error.into()))?;
        let acceptor =
            acceptor(vec![made.certificate], made.key).map_err(|error| not_made(error.into()))?;
        if let Some(file) = ca_file {
            write_whole(file, &made.ca_pem)
                .map_err(|source| TlsError::Unwritable { file: file.to_owned(), source })?;
        }
        Ok(Self { acceptor, ca_pem: Some(made.ca_pem) })
    }
}

fn read(file: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(file).map_err(|source| TlsError::Unreadable { file: file.to_owned(), source })
}

fn acceptor(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsAcceptor, rustls::Error> {
    // The provider is named: one that an embedding process has installed is none of our business.
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config).into())
}

/// Puts a file in its place when it is whole. Others may read it: it is there to be trusted.
fn write_whole(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut builder = tempfile::Builder::new();
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666)); // less the umask
    let mut file = builder.tempfile_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// A folder with `cert.pem`, its key `key.pem`, and what is neither.
    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(["localhost".to_owned()]).unwrap();
        for (name, text) in [
            ("cert.pem", cert.self_signed(&key).unwrap().pem()),
            ("key.pem", key.serialize_pem()),
            ("other-key.pem", KeyPair::generate().unwrap().serialize_pem()),
            ("empty.pem", String::new()),
            ("broken.pem", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n".into()),
            (
                "strange.pem",
                "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".into(),
            ),
        ] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn each_wrong_file_is_named() {
        let folder = folder();
        for (cert, key, complaint) in [
            ("none.pem", "key.pem", "could not read [F]/none.pem"),
            ("cert.pem", "none.pem", "could not read [F]/none.pem"),
            ("empty.pem", "key.pem", "[F]/empty.pem holds no certificate in PEM"),
            ("key.pem", "key.pem", "[F]/key.pem holds no certificate in PEM"),
            ("broken.pem", "key.pem", "[F]/broken.pem holds no certificate in PEM"),
            ("cert.pem", "cert.pem", "[F]/cert.pem holds no private key in PEM"),
            (
                "cert.pem",
                "other-key.pem",
                "can't use the certificate of [F]/cert.pem with the key of [F]/other-key.pem",
            ),
            (
                "strange.pem",
                "key.pem",
                "can't use the certificate of [F]/strange.pem with the key of [F]/key.pem",
            ),
        ] {
            let config = TlsConfig {
                cert: Some(folder.path().join(cert)),
                key: Some(folder.path().join(key)),
                ca_file: None,
            };

            let error = Tls::new(&config, LOOPBACK, None).err().unwrap();

            let complaint = complaint.replace("[F]", &folder.path().display().to_string());
            assert_eq!(error.to_string(), complaint, "given {cert}, {key}");
            assert!(error.source().is_some(), "given {cert}, {key}");
        }
    }

    #[test]
    fn a_certificate_goes_with_its_key_and_without_a_ca() {
        let file = || Some(PathBuf::from("x.pem"));
        for (cert, key, ca_file, complaint) in [
            (file(), None, None, "[tls] has `cert`, but no `key`"),
            (None, file(), None, "[tls] has `key`, but no `cert`"),
            (None, file(), file(), "[tls] has `key`, but no `cert`"),
            (
                file(),
                file(),
                file(),
                "[tls] has `ca_file`, which is for a certificate made at start, and also `cert`",
            ),
        ] {
            let error = Tls::new(&TlsConfig { cert, key, ca_file }, LOOPBACK, None).err().unwrap();

            assert_eq!(error.to_string(), complaint);
        }
    }

    #[test]
    fn a_certificate_of_yours_has_no_ca_of_ours() {
        let folder = folder();
        let config = TlsConfig {
            cert: Some(folder.path().join("cert.pem")),
            key: Some(folder.path().join("key.pem")),
            ca_file: None,
        };

        assert_eq!(Tls::new(&config, LOOPBACK, None).unwrap().ca_pem, None);
    }

    #[test]
    fn the_ca_file_is_replaced_whole_and_others_may_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        fs::write(&file, "x".repeat(10_000)).unwrap();
        let config = TlsConfig { ca_file: Some(file.clone()), ..TlsConfig::default() };

        let tls = Tls::new(&config, LOOPBACK, None).unwrap();

        assert_eq!(fs::read_to_string(&file).ok(), tls.ca_pem);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::PermissionsExt::mode(
                &fs::metadata(&file).unwrap().permissions(),
            );
            assert_eq!(mode & 0o444, 0o444, "{mode:o}");
        }
    }

    #[test]
    fn a_ca_file_that_can_not_be_written_is_named() {
        let config = TlsConfig { ca_file: Some("/nowhere/ca.pem".into()), ..TlsConfig::default() };

        let error = Tls::new(&config, LOOPBACK, None).err().unwrap();

        assert_eq!(error.to_string(), "could not write the CA's certificate to /nowhere/ca.pem");
    }
}
