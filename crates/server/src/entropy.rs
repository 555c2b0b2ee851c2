//! The one source of random numbers.

use std::sync::{Mutex, PoisonError};

use gatepass_protocol::Secret;
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
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// A secret of 32 hexadecimal digits (CONTRACT 5.1).
    pub(crate) fn secret(&self) -> Secret {
        Secret::from(format!("{:032x}", u128::from_be_bytes(self.bytes())))
    }

    /// Text of so many characters of the alphabet, none likelier than another by more than one in
    /// a hundred million.
    pub(crate) fn text(&self, alphabet: &[u8], length: usize) -> String {
        let pick = || {
            let number = u64::from_be_bytes(self.bytes()) % (alphabet.len() as u64);
            char::from(alphabet[usize::try_from(number).expect("it is less than a length")])
        };
        std::iter::repeat_with(pick).take(length).collect()
    }

    /// A number from 1 to 2^31 - 1.
    pub(crate) fn number(&self) -> u32 {
        (u32::from_be_bytes(self.bytes()) >> 1).max(1)
    }

    pub(crate) fn bytes<const LENGTH: usize>(&self) -> [u8; LENGTH] {
        let mut bytes = [0; LENGTH];
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(&mut bytes);
        bytes
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
