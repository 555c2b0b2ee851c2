//! The identifiers of API clients, tenants and users: lower-case UUIDs of 36 characters
//! (CONTRACT 5.4).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not a UUID as the platform writes it (CONTRACT 5.4).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a lower-case UUID of 36 characters")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schemars", schemars(into = "Uuid", try_from = "Uuid"))]
        #[serde(into = "Uuid", try_from = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// The UUID itself.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                canonical_uuid(text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// The `client_id` of an API client.
    ClientId
}
id! {
    /// The UUID of a tenant: `tenant_id`, `owner_tuid`, `tuid`.
    TenantId
}
id! {
    /// The UUID of a user: `id` in `users/me`, `created_by` of an API client.
    UserId
}

fn canonical_uuid(text: &str) -> Result<Uuid, InvalidId> {
    let canonical = text.len() == 36 && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if !canonical {
        return Err(InvalidId);
    }
    Uuid::try_parse(text).map_err(|_| InvalidId)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_an_id() {
        for (given, valid) in [
            ("6a59b7e4-6c53-44b3-8a2d-1d3a8a2a1002", true),
            ("6A59B7E4-6C53-44B3-8A2D-1D3A8A2A1002", false),
            ("6a59b7e46c5344b38a2d1d3a8a2a1002", false),
            ("{6a59b7e4-6c53-44b3-8a2d-1d3a8a2a10}", false),
            ("6a59b7e4-6c53-44b3-8a2d-1d3a8a2a100g", false),
            ("", false),
        ] {
            assert_eq!(given.parse::<ClientId>().is_ok(), valid, "given {given}");
        }
    }
}
