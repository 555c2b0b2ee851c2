//! The one source of random numbers.

use std::sync::{Mutex, PoisonError};

use rand::{Rng, SeedableRng, rngs::ChaCha12Rng};
use uuid::Uuid;

/// Random numbers from the system, or the same ones every time from a seed.
pub(crate) struct Entropy(Mutex<ChaCha12Rng>);

impl Entropy {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self(Mutex::new(generator(seed)))
    }

    /// Begins the numbers of a seed anew.
    pub(crate) fn restart(&self, seed: Option<u64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = generator(seed);
    }

    /// A UUID of version 4.
    pub(crate) fn uuid(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }
}

fn generator(seed: Option<u64>) -> ChaCha12Rng {
    match seed {
        Some(seed) => ChaCha12Rng::seed_from_u64(seed),
        None => rand::make_rng(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_the_same_ids_every_time() {
        let ids = |seed| {
            let entropy = Entropy::new(seed);
            [entropy.uuid(), entropy.uuid()]
        };

        assert_eq!(ids(Some(7)), ids(Some(7)));
        assert_ne!(ids(Some(7)), ids(Some(8)));
        assert_ne!(ids(None), ids(None));
        let [first, second] = ids(Some(7));
        assert_ne!(first, second);
    }
}
