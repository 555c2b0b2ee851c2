//! `grant_type` (RFC 6749, CONTRACT 2.2).

use std::str::FromStr;

/// The grant types that the platform knows (CONTRACT 2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GrantType {
    /// An API client for itself (RFC 6749 section 4.4).
    ClientCredentials,
    /// A user's login and password (RFC 6749 section 4.3).
    Password,
    /// The same with a digest of the password.
    Md5Password,
    /// The end of a browser login (RFC 6749 section 4.1).
    AuthorizationCode,
    /// A refresh token for a new pair (RFC 6749 section 6).
    RefreshToken,
    /// A device without a browser (RFC 8628).
    DeviceCode,
    /// A token narrowed to a sub-tenant (RFC 7523, CONTRACT 2.5).
    JwtBearer,
}

/// The platform knows no such grant type. Which is not told: a secret may have been sent in the
/// wrong place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the grant type is none that the platform knows")]
pub struct UnknownGrantType;

impl GrantType {
    /// All of them, in the order of CONTRACT 2.2.
    pub const ALL: [Self; 7] = [
        Self::Password,
        Self::Md5Password,
        Self::AuthorizationCode,
        Self::RefreshToken,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::JwtBearer,
    ];

    /// The value of the parameter.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client_credentials",
            Self::Password => "password",
            Self::Md5Password => "md5_password",
            Self::AuthorizationCode => "authorization_code",
            Self::RefreshToken => "refresh_token",
            Self::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            Self::JwtBearer => "urn:ietf:params:oauth:grant-type:jwt-bearer",
        }
    }
}

impl FromStr for GrantType {
    type Err = UnknownGrantType;

    fn from_str(text: &str) -> Result<Self, UnknownGrantType> {
        Self::ALL.into_iter().find(|grant| grant.as_str() == text).ok_or(UnknownGrantType)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_grant_type_reads_back_and_no_other_text_does() {
        for grant in GrantType::ALL {
            assert_eq!(grant.as_str().parse(), Ok(grant));
        }
        for given in ["", "Client_Credentials", "client_credentials ", "implicit"] {
            assert!(given.parse::<GrantType>().is_err(), "given {given}");
        }
    }
}
