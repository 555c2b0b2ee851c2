//! The keys of one moment: two that sign, and those that still verify (CONTRACT 3.4, 6.4).

use std::sync::Arc;

use gatepass_protocol::EpochSeconds;
use jsonwebtoken::DecodingKey;

use super::{SigningKey, keys::PublicKey};

/// So many pairs of retired keys are kept, however often keys are changed.
const RETIRED_KEPT: usize = 8;

/// The two keys that sign the two tokens of an answer (CONTRACT 3.4), and the public halves of
/// those that signed before.
pub(crate) struct KeyRing {
    pub(crate) access: SigningKey,
    pub(crate) id: SigningKey,
    /// The newest first.
    retired: Vec<Retired>,
}

#[derive(Clone)]
struct Retired {
    access: Arc<PublicKey>,
    id: Arc<PublicKey>,
    /// From then on they are gone.
    until: EpochSeconds,
}

impl KeyRing {
    pub(crate) fn new(access: SigningKey, id: SigningKey) -> Self {
        Self { access, id, retired: Vec::new() }
    }

    /// The ring in which two other keys sign, and this one's verify until a time.
    pub(super) fn succeeded_by(
        &self,
        access: SigningKey,
        id: SigningKey,
        until: EpochSeconds,
    ) -> Self {
        let retired = Retired {
            access: Arc::clone(self.access.public()),
            id: Arc::clone(self.id.public()),
            until,
        };
        let retired = [retired].into_iter().chain(self.retired.iter().cloned());
        Self { access, id, retired: retired.take(RETIRED_KEPT).collect() }
    }

    /// What verifies an access token whose header has this `kid`.
    pub(super) fn verifier(&self, kid: &str, now: EpochSeconds) -> Option<&DecodingKey> {
        let retired = self.retired(now).map(|retired| &retired.access);
        with_kid(kid, self.access.public(), retired)
    }

    /// What verifies an ID token whose header has this `kid`.
    pub(super) fn id_verifier(&self, kid: &str, now: EpochSeconds) -> Option<&DecodingKey> {
        with_kid(kid, self.id.public(), self.retired(now).map(|retired| &retired.id))
    }

    /// The JWKS document (CONTRACT 6.4).
    pub(crate) fn jwks(&self, now: EpochSeconds) -> String {
        let retired = self.retired(now).flat_map(|retired| [&retired.access, &retired.id]);
        let keys: Vec<_> = [self.access.public(), self.id.public()]
            .into_iter()
            .chain(retired)
            .map(|key| key.jwk.as_str())
            .collect();
        format!(r#"{{"keys":[{}]}}"#, keys.join(","))
    }

    fn retired(&self, now: EpochSeconds) -> impl Iterator<Item = &Retired> {
        self.retired.iter().filter(move |retired| now < retired.until)
    }
}

fn with_kid<'a>(
    kid: &str,
    current: &'a Arc<PublicKey>,
    retired: impl Iterator<Item = &'a Arc<PublicKey>>,
) -> Option<&'a DecodingKey> {
    let mut keys = [current].into_iter().chain(retired);
    keys.find(|key| key.kid == kid).map(|key| &key.verifier)
}
