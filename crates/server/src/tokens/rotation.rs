//! The change of signing keys (CONTRACT 6.4: the platform changes them every 24 hours).

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use gatepass_protocol::EpochSeconds;

use super::{KeyError, KeyRing, SigningKey};

/// A PKCS#8 key in PEM, not read yet.
pub(crate) struct KeyFile {
    /// What errors call it.
    pub(crate) name: String,
    pub(crate) pem: Cow<'static, str>,
}

/// The signing keys, which change when they are told to.
///
/// Two pairs take turns, so that a change costs nothing and a seeded run is the same every time.
/// A pair whose turn comes again has new IDs: a token that it signed before stays refused.
pub(crate) struct Keys {
    current: RwLock<Arc<KeyRing>>,
    turns: Mutex<Turns>,
}

struct Turns {
    /// How often the keys were changed.
    taken: u32,
    /// The pair that signs now, and did not before the last change.
    signing: Pair,
    waiting: Waiting,
}

/// The keys for access tokens and for ID tokens.
#[derive(Clone)]
struct Pair {
    access: SigningKey,
    id: SigningKey,
}

/// The pair whose turn is next.
enum Waiting {
    /// Reading it takes a good part of a cold start, and most runs never need it.
    Files([KeyFile; 2]),
    Read(Pair),
}

impl Keys {
    /// The first pair signs. Each pair is a key for access tokens and one for ID tokens.
    pub(crate) fn new(first: &[KeyFile; 2], next: [KeyFile; 2]) -> Result<Self, KeyError> {
        let first = Pair::read(first)?;
        let ring = KeyRing::new(first.access.clone(), first.id.clone());
        let turns = Turns { taken: 0, signing: first, waiting: Waiting::Files(next) };
        Ok(Self { current: RwLock::new(Arc::new(ring)), turns: Mutex::new(turns) })
    }

    pub(crate) fn current(&self) -> Arc<KeyRing> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has the other pair sign; the one that did verifies for `grace_s` seconds more.
    pub(crate) fn rotate(&self, now: EpochSeconds, grace_s: u32) -> Result<(), KeyError> {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match &turns.waiting {
            Waiting::Files(files) => Pair::read(files)?,
            Waiting::Read(pair) => pair.clone(),
        };
        turns.taken = turns.taken.saturating_add(1);
        // Each pair's first use has the plain ID.
        let next = next.renamed(turns.taken / 2);
        let until = now.shifted(grace_s.into());
        let ring = self.current().succeeded_by(next.access.clone(), next.id.clone(), until);
        turns.waiting = Waiting::Read(std::mem::replace(&mut turns.signing, next));
        self.put(ring);
        Ok(())
    }

    /// Back to the first pair alone, as at the start: what other keys signed is refused.
    pub(crate) fn reset(&self) {
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        if turns.taken % 2 == 1 {
            let Turns { signing, waiting, .. } = &mut *turns;
            if let Waiting::Read(first) = waiting {
                std::mem::swap(signing, first);
            }
        }
        turns.taken = 0;
        turns.signing = turns.signing.renamed(0);
        self.put(KeyRing::new(turns.signing.access.clone(), turns.signing.id.clone()));
    }

    fn put(&self, ring: KeyRing) {
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
    }
}

impl Pair {
    fn read([access, id]: &[KeyFile; 2]) -> Result<Self, KeyError> {
        let read = |file: &KeyFile| SigningKey::from_pem(&file.name, file.pem.as_bytes());
        Ok(Self { access: read(access)?, id: read(id)? })
    }

    fn renamed(&self, use_: u32) -> Self {
        Self { access: self.access.renamed(use_), id: self.id.renamed(use_) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn file(pem: &'static str) -> KeyFile {
        KeyFile { name: "key.pem".to_owned(), pem: pem.into() }
    }

    fn keys() -> Keys {
        let first = [
            file(include_str!("../../../../fixtures/keys/access-token.pem")),
            file(include_str!("../../../../fixtures/keys/id-token.pem")),
        ];
        let next = [
            file(include_str!("../../../../fixtures/keys/next-access-token.pem")),
            file(include_str!("../../../../fixtures/keys/next-id-token.pem")),
        ];
        Keys::new(&first, next).unwrap()
    }

    fn at(seconds: i64) -> EpochSeconds {
        EpochSeconds::try_from(seconds).unwrap()
    }

    fn kids(keys: &Keys, now: i64) -> Vec<String> {
        let jwks: Value = serde_json::from_str(&keys.current().jwks(at(now))).unwrap();
        let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
        jwks["keys"].as_array().unwrap().iter().map(kid).collect()
    }

    fn verifies(keys: &Keys, kid: &str, now: i64) -> bool {
        keys.current().verifier(kid, at(now)).is_some()
    }

    #[test]
    fn old_keys_stay_for_the_grace_and_are_gone_after_it() {
        let keys = keys();
        let old = kids(&keys, 0);

        keys.rotate(at(1_000), 60).unwrap();

        for (now, there) in [(1_000, true), (1_059, true), (1_060, false)] {
            assert_eq!(kids(&keys, now).len(), if there { 4 } else { 2 }, "at {now}");
            assert_eq!(kids(&keys, now).ends_with(&old), there, "at {now}");
            assert_eq!(verifies(&keys, &old[0], now), there, "at {now}");
            assert!(verifies(&keys, &kids(&keys, now)[0], now), "at {now}");
        }
    }

    #[test]
    fn without_a_grace_old_keys_are_gone_at_once() {
        let keys = keys();
        let old = kids(&keys, 0);

        keys.rotate(at(1_000), 0).unwrap();

        assert!(!verifies(&keys, &old[0], 1_000));
        assert_eq!(kids(&keys, 1_000).len(), 2);
    }

    #[test]
    fn no_id_comes_again_and_the_ring_does_not_grow() {
        let keys = keys();
        let mut seen = BTreeSet::from_iter(kids(&keys, 0));

        for turn in 1..=20 {
            keys.rotate(at(0), 60).unwrap();
            for kid in &kids(&keys, 0)[..2] {
                assert!(seen.insert(kid.clone()), "turn {turn}: {kid} again");
            }
        }

        assert_eq!(kids(&keys, 0).len(), 18);
    }

    #[test]
    fn a_reset_brings_the_first_keys_back_whenever_it_comes() {
        for turns in 0..4 {
            let keys = keys();
            let (first, mut second) = (kids(&keys, 0), Vec::new());
            for _ in 0..turns {
                keys.rotate(at(0), 60).unwrap();
                second = [second, kids(&keys, 0)[..2].to_vec()].concat();
            }

            keys.reset();

            assert_eq!(kids(&keys, 0), first, "after {turns} turns");
            keys.rotate(at(0), 60).unwrap();
            assert!(second.is_empty() || second.starts_with(&kids(&keys, 0)[..2]), "{turns}");
        }
    }

    #[test]
    fn next_keys_that_cannot_be_read_are_named_and_change_nothing() {
        let first = [
            file(include_str!("../../../../fixtures/keys/access-token.pem")),
            file(include_str!("../../../../fixtures/keys/id-token.pem")),
        ];
        let keys = Keys::new(&first, [file(""), file("")]).unwrap();
        let before = kids(&keys, 0);

        let error = keys.rotate(at(0), 60).unwrap_err();

        assert!(error.to_string().starts_with("key.pem holds no PEM block"), "{error}");
        assert_eq!(kids(&keys, 0), before);
    }
}
