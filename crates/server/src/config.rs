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
    /// Whether an address that is not loopback may be listened on. Default `false`.
    pub allow_remote: bool,
    /// The data center URL that tokens and discovery name. Default: the one that the caller used.
    pub public_url: Option<Url>,
    /// The key of the control API; needed where `allow_remote` is set.
    pub control_key: Option<Secret>,
    /// A folder with `platform.toml`, `keys/` and `tasks/`; what it lacks is taken from the
    /// built-in fixtures.
    pub fixtures: Option<PathBuf>,
    /// The seed of all random numbers. Default: none, they differ every time.
    pub seed: Option<u64>,
    /// Whether a client may authenticate in another way than its own `token_endpoint_auth_method`
    /// (CONTRACT 2.3). Default `false`.
    pub accept_any_auth_method: bool,
    /// The signing keys.
    pub keys: KeysConfig,
    /// The tokens.
    pub token: TokenConfig,
    /// The answer of the token endpoint.
    pub token_response: TokenResponseConfig,
}

/// The signing keys.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeysConfig {
    /// How long keys stay in the JWKS and verify after others took their place, in seconds.
    /// Default 86400 (CONTRACT 6.4).
    pub grace_s: u32,
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
            allow_remote: false,
            public_url: None,
            control_key: None,
            fixtures: None,
            seed: None,
            accept_any_auth_method: false,
            keys: KeysConfig::default(),
            token: TokenConfig::default(),
            token_response: TokenResponseConfig::default(),
        }
    }
}

impl Default for KeysConfig {
    fn default() -> Self {
        Self { grace_s: 24 * 60 * 60 }
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
    /// Reads a TOML file. A relative `fixtures` folder is taken from the file's own folder.
    ///
    /// # Errors
    /// [`ConfigError`] names the file, the line and what is wrong there.
    pub fn from_file(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { file: path.to_owned(), source })?;
        let mut config = Self::from_toml(&path.display().to_string(), &text)?;
        let folder = path.parent().unwrap_or(Path::new(""));
        config.fixtures = config.fixtures.map(|fixtures| folder.join(fixtures));
        Ok(config)
    }

    /// Reads TOML text; `name` is what errors call it.
    ///
    /// # Errors
    /// [`TomlError`] names the line and what is wrong there.
    pub fn from_toml(name: &str, text: &str) -> Result<Self, TomlError> {
        toml_file::read(name, text)
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
    fn a_misspelt_key_is_named_with_its_line_and_the_nearest_one() {
        let error = Config::from_toml("g.toml", "\n[token]\nlife_time_s = 75\n").unwrap_err();

        assert_eq!(
            error.to_string(),
            "g.toml:3: unknown field `life_time_s`, expected `lifetime_s` or `refresh_lifetime_s`"
        );
        assert_eq!(error.suggestion(), Some("lifetime_s"));
    }
}
