//! The platform: what it knows, and what it decides and signs with it.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use gatepass_protocol::EpochSeconds;

use crate::{
    cases::Playing,
    clock::Clock,
    clocks::Clocks,
    config::Config,
    directory::Directory,
    entropy::Entropy,
    exchange::Observer,
    fixtures::{FixtureError, Fixtures},
    oversight::Oversight,
    task_manager::TaskManager,
    tokens::{KeyError, KeyRing, Keys, Registry},
};

/// A data center that is not there: [`Platform::start`] serves one on a free port of loopback,
/// [`Platform::builder`] one of your making.
///
/// It is the state that all requests share; clones are one platform.
#[derive(Clone)]
pub struct Platform(Arc<Parts>);

struct Parts {
    config: Config,
    clocks: Clocks,
    entropy: Entropy,
    directory: RwLock<Directory>,
    keys: Keys,
    registry: RwLock<Registry>,
    task_manager: TaskManager,
    cases: Playing,
    observer: Option<Observer>,
    oversight: Oversight,
}

impl Platform {
    pub(crate) fn new(
        config: Config,
        clock: Clock,
        observer: Option<Observer>,
    ) -> Result<Self, FixtureError> {
        let Fixtures { directory, keys, task_manager, catalogue } = Fixtures::load(&config)?;
        let entropy = Entropy::new(config.seed);
        let cases = Playing::new(catalogue, config.seed.unwrap_or_default());
        cases.play_for_all(&config.cases.play)?;
        let oversight = Oversight::new(&config, &directory);
        Ok(Self(Arc::new(Parts {
            config,
            clocks: Clocks::new(clock),
            entropy,
            directory: RwLock::new(directory),
            keys,
            registry: RwLock::default(),
            task_manager,
            cases,
            observer,
            oversight,
        })))
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn clocks(&self) -> &Clocks {
        &self.0.clocks
    }

    pub(crate) fn entropy(&self) -> &Entropy {
        &self.0.entropy
    }

    /// Who exists. Hold it for a decision, not for a signature.
    pub(crate) fn directory(&self) -> RwLockReadGuard<'_, Directory> {
        self.0.directory.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn directory_mut(&self) -> RwLockWriteGuard<'_, Directory> {
        self.0.directory.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The signing keys of this moment.
    pub(crate) fn keys(&self) -> Arc<KeyRing> {
        self.0.keys.current()
    }

    /// Has the next keys sign from now on. The old ones stay in the JWKS and verify for so many
    /// seconds more; with none of them, tokens that they signed are refused at once.
    ///
    /// # Errors
    /// [`KeyError`] when a folder of fixtures holds next keys that can't be used.
    pub(crate) fn rotate_keys(&self, now: EpochSeconds, grace_s: u32) -> Result<(), KeyError> {
        self.0.keys.rotate(now, grace_s)
    }

    /// Back to the first keys, and nothing is remembered of issued tokens.
    pub(crate) fn reset_tokens(&self) {
        self.0.keys.reset();
        *self.registry_mut() = Registry::default();
    }

    /// What is remembered of issued tokens. Hold it for a look-up, not for a decision.
    pub(crate) fn registry(&self) -> RwLockReadGuard<'_, Registry> {
        self.0.registry.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn registry_mut(&self) -> RwLockWriteGuard<'_, Registry> {
        self.0.registry.write().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn task_manager(&self) -> &TaskManager {
        &self.0.task_manager
    }

    pub(crate) fn cases(&self) -> &Playing {
        &self.0.cases
    }

    pub(crate) fn observer(&self) -> Option<&Observer> {
        self.0.observer.as_ref()
    }

    pub(crate) fn oversight(&self) -> &Oversight {
        &self.0.oversight
    }
}
