//! HTTPS, as `serve` is asked for it.

use std::path::PathBuf;

use clap::Args;
use gatepass_server::{Config, TlsConfig};

use crate::{environment, shell};

/// Whether HTTPS is served, and with which certificate.
#[derive(Debug, Args)]
pub(crate) struct TlsArguments {
    /// Serve HTTPS, HTTP/1.1 and HTTP/2, with a certificate for localhost made at start
    ///
    /// Each of the `--tls-` options asks for it, too. Default: HTTP.
    #[arg(
        long,
        env = environment::TLS,
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true",
        value_name = "BOOL",
        hide_possible_values = true
    )]
    tls: Option<bool>,
    /// Show the certificate in this PEM file, with those of the CAs in between
    #[arg(long, value_name = "FILE", env = environment::TLS_CERT)]
    tls_cert: Option<PathBuf>,
    /// Take the private key of `--tls-cert` from this PEM file
    #[arg(long, value_name = "FILE", env = environment::TLS_KEY)]
    tls_key: Option<PathBuf>,
    /// Write the CA of the certificate made at start to this PEM file
    ///
    /// Clients that trust it trust the server: `curl --cacert FILE`, `SSL_CERT_FILE=FILE gatepass …`.
    #[arg(long, value_name = "FILE", env = environment::TLS_CA_FILE)]
    tls_ca_file: Option<PathBuf>,
}

impl TlsArguments {
    /// Puts these over what the configuration has.
    pub(crate) fn apply(&self, config: &mut Config) {
        let given = [&self.tls_cert, &self.tls_key, &self.tls_ca_file];
        match self.tls {
            Some(false) => {
                config.tls = None;
                return;
            }
            None if given.iter().all(|path| path.is_none()) => return,
            Some(true) | None => {}
        }
        let tls = config.tls.get_or_insert_default();
        for (path, given) in [&mut tls.cert, &mut tls.key, &mut tls.ca_file].into_iter().zip(given)
        {
            if given.is_some() {
                path.clone_from(given);
            }
        }
    }
}

/// What `curl` has to be told of the server's certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trust {
    /// Nothing: there is none.
    Plain,
    /// Its CA is in this file.
    Ca(PathBuf),
    /// Its CA is nowhere: it was made at start.
    Unknown,
    /// It is the user's own.
    Own,
}

impl Trust {
    pub(crate) fn of(config: &Config) -> Self {
        match &config.tls {
            None => Self::Plain,
            Some(TlsConfig { ca_file: Some(file), .. }) => Self::Ca(file.clone()),
            Some(TlsConfig { cert: Some(_), .. }) => Self::Own,
            Some(_) => Self::Unknown,
        }
    }

    pub(crate) fn scheme(&self) -> &'static str {
        match self {
            Self::Plain => "http",
            Self::Ca(_) | Self::Unknown | Self::Own => "https",
        }
    }

    /// The option of `curl`, with a space before it.
    pub(crate) fn curl_option(&self) -> String {
        match self {
            Self::Plain | Self::Own => String::new(),
            Self::Ca(file) => format!(" --cacert {}", shell::word(&file.display().to_string())),
            Self::Unknown => " --insecure".to_owned(),
        }
    }

    /// What a person should know of it.
    pub(crate) fn note(&self) -> Option<&'static str> {
        match self {
            Self::Plain | Self::Ca(_) => None,
            Self::Unknown => Some(
                "`--insecure` trusts any certificate; `--tls-ca-file FILE` writes the CA of this one, \
                 for `curl --cacert FILE`",
            ),
            Self::Own => Some("where curl does not trust your certificate, add `--cacert FILE`"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(tls: Option<bool>, [cert, key, ca]: [Option<&str>; 3]) -> TlsArguments {
        let path = |text: Option<&str>| text.map(PathBuf::from);
        TlsArguments { tls, tls_cert: path(cert), tls_key: path(key), tls_ca_file: path(ca) }
    }

    #[test]
    fn any_of_the_options_asks_for_https_and_no_turns_it_off() {
        let of_file = Config { tls: Some(TlsConfig::default()), ..Config::default() };
        for (arguments, file, trust) in [
            (arguments(None, [None; 3]), Config::default(), Trust::Plain),
            (arguments(None, [None; 3]), of_file.clone(), Trust::Unknown),
            (arguments(Some(true), [None; 3]), Config::default(), Trust::Unknown),
            (arguments(Some(false), [None, None, Some("ca")]), of_file, Trust::Plain),
            (arguments(None, [Some("c"), Some("k"), None]), Config::default(), Trust::Own),
            (arguments(None, [None, None, Some("a")]), Config::default(), Trust::Ca("a".into())),
        ] {
            let mut config = file;
            arguments.apply(&mut config);
            assert_eq!(Trust::of(&config), trust, "{arguments:?}");
        }
    }

    #[test]
    fn a_path_is_one_word_of_the_command_line() {
        for (path, option) in [
            ("/tmp/ca.pem", " --cacert /tmp/ca.pem"),
            ("my ca's.pem", r" --cacert 'my ca'\''s.pem'"),
        ] {
            assert_eq!(Trust::Ca(path.into()).curl_option(), option);
        }
    }
}
