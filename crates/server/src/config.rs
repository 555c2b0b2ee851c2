//! The configuration: one typed tree that a file, the environment and flags merge into.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use gatepass_protocol::Secret;
use serde::Deserialize;
use url::Url;

use crate::toml_file::{self, TomlError};

/// How a platform behaves. The default is a data center on loopback, with the built-in fixtures.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// Where to listen. Port 0 takes a free port. Default `127.0.0.1:8484`.
    pub listen: SocketAddr,
    /// Where to serve the control API instead, over plain HTTP; its health alone stays beside the
    /// platform. Default: beside the platform.
    pub control_listen: Option<SocketAddr>,
    /// Whether an address that is not loopback may be listened on. Default `false`.
    pub allow_remote: bool,
    /// The data center URL that tokens and discovery name. Default: the one that the caller used.
    pub public_url: Option<Url>,
    /// The key of the control API; needed where that is served on an address that is not loopback.
    pub control_key: Option<Secret>,
    /// A folder with `platform.toml`, `keys/` and `tasks/`; what it lacks is taken from the
    /// built-in fixtures.
    pub fixtures: Option<PathBuf>,
    /// The seed of all random numbers. Default: none, they differ every time.
    pub seed: Option<u64>,
    /// Whether a client may authenticate in another way than its own `token_endpoint_auth_method`
    /// (CONTRACT 2.3). Default `false`.
    pub accept_any_auth_method: bool,
    /// The cases.
    pub cases: CasesConfig,
    /// Cases of the user's own.
    pub case: CaseEntries,
    /// The signing keys.
    pub keys: KeysConfig,
    /// HTTPS instead of HTTP. Default: HTTP.
    pub tls: Option<TlsConfig>,
    /// The tokens.
    pub token: TokenConfig,
    /// The answer of the token endpoint.
    pub token_response: TokenResponseConfig,
    /// The journal.
    pub journal: JournalConfig,
}

/// The journal: how much of what was asked and answered is kept. The oldest goes first.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalConfig {
    /// How many exchanges. Default 10,000.
    pub capacity: usize,
    /// How many bytes. Default 64 MiB.
    pub max_bytes: usize,
}

/// The cases: which play, and how.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CasesConfig {
    /// Names of the cases that play for all API clients. Default: none.
    pub play: Vec<String>,
    /// How long a case's delays take, as a factor: 0 has nobody wait. Default 1.
    pub delay_factor: f64,
}

/// The `[[case]]` entries of a configuration file; they are read with the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<serde::de::IgnoredAny>")]
pub struct CaseEntries {
    are_there: bool,
    /// Name and text of the file.
    pub(crate) file: Option<(String, String)>,
}

impl From<Vec<serde::de::IgnoredAny>> for CaseEntries {
    fn from(entries: Vec<serde::de::IgnoredAny>) -> Self {
        Self { are_there: !entries.is_empty(), file: None }
    }
}

/// The signing keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// How long keys stay in the JWKS and verify after others took their place, in seconds.
    /// Default 86400 (CONTRACT 6.4).
    pub grace_s: u32,
}

/// HTTPS: with a certificate of yours, or with one for localhost that is made at start, by a CA of
/// its own.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsConfig {
    /// A PEM file with the certificate and those of the CAs in between; goes with `key`.
    pub cert: Option<PathBuf>,
    /// A PEM file with the private key of `cert`.
    pub key: Option<PathBuf>,
    /// Where to write the certificate, in PEM, of the CA that is made at start. Clients that trust
    /// it trust the server.
    pub ca_file: Option<PathBuf>,
}

/// The tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenConfig {
    /// How long a token lives, in seconds. Default 7200 (CONTRACT 3.3).
    pub lifetime_s: u32,
    /// How long a refresh token can be used, in seconds. Default 2592000: 30 days.
    pub refresh_lifetime_s: u32,
}

/// The answer of the token endpoint: which members it has (CONTRACT 3.1).
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TokenResponseConfig {
    /// Of the optional members, those that `/api/2/idp/token` and `/bc/idp/token` send.
    /// Default `["expires_on"]`.
    pub members: BTreeSet<OptionalMember>,
    /// Of the optional members, those that `/idp/token` sends, the endpoint that discovery names.
    /// Default both.
    pub discovered_members: BTreeSet<OptionalMember>,
}

/// A member that the vendor's schema lets the token answer leave out (CONTRACT 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OptionalMember {
    /// Seconds until expiry.
    ExpiresIn,
    /// Epoch seconds of expiry.
    ExpiresOn,
}

/// Why a configuration file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("can't read the configuration file {file}")]
    Unreadable {
        /// The file's path.
        file: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The text is not TOML of the right shape.
    #[error(transparent)]
    Toml(#[from] TomlError),
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8484)),
            control_listen: None,
            allow_remote: false,
            public_url: None,
            control_key: None,
            fixtures: None,
            seed: None,
            accept_any_auth_method: false,
            cases: CasesConfig::default(),
            case: CaseEntries::default(),
            keys: KeysConfig::default(),
            tls: None,
            token: TokenConfig::default(),
            token_response: TokenResponseConfig::default(),
            journal: JournalConfig::default(),
        }
    }
}

impl Default for CasesConfig {
    fn default() -> Self {
        Self { play: Vec::new(), delay_factor: 1.0 }
    }
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self { grace_s: 24 * 60 * 60 }
    }
}

impl Default for JournalConfig {
    fn default() -> Self {
        Self { capacity: 10_000, max_bytes: 64 * 1024 * 1024 }
    }
}

impl Default for TokenConfig {
    fn default() -> Self {
        Self { lifetime_s: 7200, refresh_lifetime_s: 30 * 24 * 60 * 60 }
    }
}

impl Default for TokenResponseConfig {
    fn default() -> Self {
        Self {
            members: [OptionalMember::ExpiresOn].into(),
            // The vendor's Go library reads only `expires_in`, and only from this endpoint.
            discovered_members: [OptionalMember::ExpiresIn, OptionalMember::ExpiresOn].into(),
        }
    }
}

impl Config {
    /// Reads a TOML file. Relative paths in it are taken from the file's own folder.
    ///
    /// # Errors
    /// [`ConfigError`] names the file, the line and what is wrong there.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { file: path.to_owned(), source })?;
        let mut config = Self::from_toml(&path.display().to_string(), &text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        let tls = config.tls.as_mut();
        let files = tls.map(|tls| [&mut tls.cert, &mut tls.key, &mut tls.ca_file]);
        for path in files.into_iter().flatten().chain([&mut config.fixtures]).flatten() {
            *path = folder.join(&*path);
        }
        Ok(config)
    }

    /// Reads TOML text; `name` is what errors call it.
    ///
    /// # Errors
    /// [`TomlError`] names the line and what is wrong there.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, TomlError> {
        let mut config: Self = toml_file::read(name, text)?;
        if config.case.are_there {
            config.case.file = Some((name.to_owned(), text.to_owned()));
        }
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_leaves_out_has_its_default() {
        let config = Config::from_toml("g.toml", "[token]\nlifetime_s = 75\n").unwrap();

        assert_eq!(config.token.lifetime_s, 75);
        assert_eq!(config.listen.to_string(), "127.0.0.1:8484");
        assert_eq!(config.token_response.members, [OptionalMember::ExpiresOn].into());
    }

    #[test]
    fn an_empty_table_asks_for_a_certificate_made_at_start() {
        let config = Config::from_toml("g.toml", "[tls]\n").unwrap();

        assert!(matches!(config.tls, Some(TlsConfig { cert: None, key: None, ca_file: None })));
    }

    #[test]
    fn paths_in_a_file_start_at_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("g.toml");
        let text = "fixtures = 'f'\n[tls]\ncert = 'c.pem'\nkey = '/k.pem'\nca_file = 'ca.pem'\n";
        std::fs::write(&file, text).unwrap();

        let config = Config::from_file(&file).unwrap();

        let tls = config.tls.unwrap();
        assert_eq!(config.fixtures, Some(folder.path().join("f")));
        assert_eq!(tls.cert, Some(folder.path().join("c.pem")));
        assert_eq!(tls.key, Some("/k.pem".into()));
        assert_eq!(tls.ca_file, Some(folder.path().join("ca.pem")));
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_line_and_the_nearest_one() {
        let error = Config::from_toml("g.toml", "\n[token]\nlife_time_s = 75\n").unwrap_err();

        assert_eq!(
            error.to_string(),
            "g.toml:3: unknown field `life_time_s`, expected `lifetime_s` or `refresh_lifetime_s`"
        );
        assert_eq!(error.suggestion(), Some("lifetime_s"));
    }
}
