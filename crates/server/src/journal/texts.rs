//! Texts that repeat.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

/// Longer texts seldom repeat: they hold tokens.
const LONGEST: usize = 1024;
const SLOTS: usize = 256;

/// Texts that were kept lately. Headers, routes and errors are mostly the same from one exchange
/// to the next, so each is held in memory once while it repeats.
pub(super) struct Texts(Vec<Option<Arc<str>>>);

impl Default for Texts {
    fn default() -> Self {
        Self(vec![None; SLOTS])
    }
}

impl Texts {
    /// The text, the one that was kept lately if it is the same.
    pub(super) fn share(&mut self, text: impl AsRef<str> + Into<Arc<str>>) -> Arc<str> {
        if text.as_ref().len() > LONGEST {
            return text.into();
        }
        let slot = &mut self.0[slot(text.as_ref())];
        match slot {
            Some(kept) if **kept == *text.as_ref() => Arc::clone(kept),
            _ => Arc::clone(slot.insert(text.into())),
        }
    }
}

fn slot(text: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    usize::try_from(hasher.finish() % SLOTS as u64).expect("less than the number of slots")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_comes_again_is_held_once() {
        let mut texts = Texts::default();

        let (first, again, long) =
            (texts.share("a".to_owned()), texts.share("a".to_owned()), "b".repeat(LONGEST + 1));

        assert!(Arc::ptr_eq(&first, &again));
        assert_eq!(*texts.share(long.clone()), *long);
    }
}
