//! Which cases play now, for whom, and what that means for one request.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError, RwLock},
};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use gatepass_protocol::{ClientId, EpochSeconds};

use crate::transport::Hearing;

use super::{
    case::{Case, CaseName, Step},
    catalogue::{Catalogue, UnknownCase},
    effect::Effect,
    matcher::{Rate, Route, Words},
};

/// The catalogue, and what of it plays.
pub(crate) struct Playing {
    catalogue: Catalogue,
    /// The case of each fixture client.
    of_fixture_client: RwLock<HashMap<ClientId, CaseName>>,
    seed: u64,
    chosen: RwLock<Chosen>,
    counters: Mutex<HashMap<CounterKey, Counter>>,
    /// The first success on a path for each API client, for the cases that give it again.
    replays: Mutex<HashMap<ReplayKey, Bytes>>,
}

/// What was chosen by the configuration and by the control API.
#[derive(Default)]
struct Chosen {
    for_all: Vec<CaseName>,
    for_client: HashMap<ClientId, Vec<CaseName>>,
}

/// A step of a case, for one API client.
type CounterKey = (Option<ClientId>, CaseName, usize);

/// A path with its query, for a case and one API client.
type ReplayKey = (Option<ClientId>, CaseName, String);

#[derive(Default)]
struct Counter {
    attempts: u64,
    /// When the requests of the window came.
    window: VecDeque<EpochSeconds>,
}

/// What a request brings to the choice of cases.
pub(crate) struct Ask<'a> {
    pub(crate) client: Option<ClientId>,
    pub(crate) route: Route,
    /// Names of the header `X-Gatepass-Case`.
    pub(crate) named: &'a [&'a str],
    pub(crate) now: EpochSeconds,
    pub(crate) words: Words<'a>,
}

/// What plays for one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Play {
    pub(crate) parts: Vec<Part>,
}

/// The effect of one case on one request.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) case: CaseName,
    pub(crate) title: String,
    pub(crate) effect: Effect,
    /// The statuses of the platform's answer for which it plays; none is all.
    pub(crate) answered: Option<Vec<u16>>,
    /// Seconds until the rate allows the next request.
    pub(crate) window_s: u32,
    /// A number from 0 to 99, the same for the same seed, case, client and attempt.
    pub(crate) lot: u64,
}

impl Playing {
    pub(crate) fn new(catalogue: Catalogue, seed: u64) -> Self {
        let of_fixture_client =
            catalogue.at_start().map(|case| (case.client_id, case.name.clone())).collect();
        Self {
            catalogue,
            of_fixture_client: RwLock::new(of_fixture_client),
            seed,
            chosen: RwLock::default(),
            counters: Mutex::default(),
            replays: Mutex::default(),
        }
    }

    /// The case of the catalogue whose fixture client this is, though the directory does not know
    /// it yet; from now on it plays for that client.
    pub(crate) fn meet_fixture_client(&self, client: ClientId) -> Option<&Case> {
        let case = self.catalogue.later_case_of(client)?;
        let mut fixtures = self.of_fixture_client.write().unwrap_or_else(PoisonError::into_inner);
        fixtures.insert(client, case.name.clone());
        Some(case)
    }

    /// How connections are heard: by the cases that play for all.
    pub(crate) fn hearing(&self) -> Option<Hearing> {
        let chosen = self.chosen.read().unwrap_or_else(PoisonError::into_inner);
        let cases = chosen.for_all.iter().filter_map(|name| self.catalogue.find(name).ok());
        cases.flat_map(|case| &case.steps).find_map(|step| step.effect.hearing)
    }

    /// The body that a case gives an API client again on a path: `body` itself if it is the first.
    pub(crate) fn replayed(
        &self,
        case: &CaseName,
        client: Option<ClientId>,
        path: &str,
        body: Bytes,
    ) -> Bytes {
        let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
        replays.entry((client, case.clone(), path.to_owned())).or_insert(body).clone()
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// Has these cases play for all API clients, and no others; counting starts anew.
    pub(crate) fn play_for_all(&self, names: &[String]) -> Result<(), UnknownCase> {
        let names = self.known(names)?;
        self.chosen().for_all = names;
        self.forget(None);
        Ok(())
    }

    /// Has these cases play for one API client, and no others; counting starts anew.
    pub(crate) fn play_for(&self, client: ClientId, names: &[String]) -> Result<(), UnknownCase> {
        let names = self.known(names)?;
        self.chosen().for_client.insert(client, names);
        self.forget(Some(client));
        Ok(())
    }

    /// Stops all cases but those of the fixture clients; counting starts anew.
    pub(crate) fn stop(&self) {
        *self.chosen() = Chosen::default();
        self.forget(None);
    }

    /// What plays for a request; it counts as an attempt of each case that is about its route.
    pub(crate) fn play(&self, ask: &Ask<'_>) -> Result<Play, UnknownCase> {
        let mut parts = Vec::new();
        for case in self.cases(ask)? {
            for (index, step) in case.steps.iter().enumerate() {
                parts.extend(self.part(case, index, step, ask));
            }
        }
        Ok(Play { parts })
    }

    fn cases(&self, ask: &Ask<'_>) -> Result<Vec<&Case>, UnknownCase> {
        let mut cases = Vec::new();
        let mut add = |case| {
            if !cases.contains(&case) {
                cases.push(case);
            }
        };
        for name in ask.named {
            add(self.catalogue.find(name)?);
        }
        let chosen = self.chosen.read().unwrap_or_else(PoisonError::into_inner);
        let fixtures = self.of_fixture_client.read().unwrap_or_else(PoisonError::into_inner);
        let own = ask.client.and_then(|client| fixtures.get(&client));
        let for_client = ask.client.and_then(|client| chosen.for_client.get(&client));
        for name in own.into_iter().chain(for_client.into_iter().flatten()).chain(&chosen.for_all) {
            add(self.catalogue.find(name)?);
        }
        Ok(cases)
    }

    fn part(&self, case: &Case, index: usize, step: &Step, ask: &Ask<'_>) -> Option<Part> {
        if !step.on.is_about(ask.route, &ask.words) {
            return None;
        }
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let counter = counters.entry((ask.client, case.name.clone(), index)).or_default();
        counter.attempts += 1;
        let window_s = match step.on.beyond {
            Some(rate) => counter.beyond(rate, ask.now)?,
            None => 0,
        };
        let lot = lot(self.seed, &case.name, ask.client, counter.attempts);
        let plays = step.on.attempts.include(counter.attempts)
            && step.on.percent.is_none_or(|percent| lot < u64::from(percent));
        plays.then(|| Part {
            case: case.name.clone(),
            title: case.title.clone(),
            effect: step.effect.clone(),
            answered: step.on.answered.clone(),
            window_s,
            lot,
        })
    }

    fn known(&self, names: &[String]) -> Result<Vec<CaseName>, UnknownCase> {
        names.iter().map(|name| self.catalogue.find(name).map(|case| case.name.clone())).collect()
    }

    fn chosen(&self) -> std::sync::RwLockWriteGuard<'_, Chosen> {
        self.chosen.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets what was counted and kept for one API client, or for all.
    fn forget(&self, client: Option<ClientId>) {
        let stays = |of: &Option<ClientId>| client.is_some() && *of != client;
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        counters.retain(|(of, ..), _| stays(of));
        let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
        replays.retain(|(of, ..), _| stays(of));
    }
}

impl Counter {
    /// Seconds until the rate allows a request again, or `None` where it allows this one, which
    /// then counts.
    fn beyond(&mut self, rate: Rate, now: EpochSeconds) -> Option<u32> {
        let window = i64::from(rate.window_s);
        self.window.retain(|&came| (0..window).contains(&now.since(came)));
        if self.window.len() < rate.requests as usize {
            self.window.push_back(now);
            return None;
        }
        let oldest = self.window.front().map_or(window, |&oldest| window - now.since(oldest));
        Some(u32::try_from(oldest.max(1)).unwrap_or(rate.window_s))
    }
}

fn lot(seed: u64, case: &CaseName, client: Option<ClientId>, attempt: u64) -> u64 {
    let facts = format!("{seed} {case} {client:?} {attempt}");
    let digest = digest(&SHA256, facts.as_bytes());
    digest.as_ref().iter().take(4).fold(0, |number, byte| number << 8 | u64::from(*byte)) % 100
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::*;

    const FILE: &str = "
        [[case]]\nname = 'twice'\ntitle = 'T'\nsource = 'x'
        on = { route = 'token', attempts = '1..=2' }\neffect = { status = 503 }
        [[case]]\nname = 'limited'\ntitle = 'T'\nsource = 'x'
        on = { route = 'token', beyond = { requests = 2, window_s = 60 } }
        effect = { status = 429, retry_after = 'window' }
        [[case]]\nname = 'flaky'\ntitle = 'T'\nsource = 'x'
        on = { route = 'any', percent = 50 }\neffect = { status = 500 }";

    fn playing(seed: u64) -> Playing {
        let mut catalogue = Catalogue::default();
        catalogue.read("c.toml", FILE).unwrap();
        Playing::new(catalogue, seed)
    }

    fn client(digit: u8) -> Option<ClientId> {
        format!("00000000-0000-4000-8000-00000000000{digit}").parse().ok()
    }

    fn windows(playing: &Playing, client: Option<ClientId>, named: &str, at: i64) -> Vec<u32> {
        let now = EpochSeconds::default().shifted(at);
        let words =
            Words { method: "", path: "", query: "", headers: &HeaderMap::new(), body: b"" };
        let ask = Ask { client, route: Route::Token, named: &[named], now, words };
        playing.play(&ask).unwrap().parts.into_iter().map(|part| part.window_s).collect()
    }

    #[test]
    fn attempts_are_counted_for_each_client() {
        let playing = playing(0);
        let plays = |client| !windows(&playing, client, "twice", 0).is_empty();

        assert_eq!([plays(client(1)), plays(client(1)), plays(client(1))], [true, true, false]);
        assert_eq!([plays(client(2)), plays(None)], [true, true]);
    }

    #[test]
    fn the_limiter_counts_in_a_window_on_the_clock() {
        let playing = playing(0);
        let at = |seconds| windows(&playing, client(1), "limited", seconds);

        assert_eq!((at(0), at(10)), (vec![], vec![]));
        assert_eq!((at(20), at(59)), (vec![40], vec![1]));
        assert_eq!((at(60), at(61)), (vec![], vec![9]));
    }

    #[test]
    fn a_flaky_case_is_the_same_with_the_same_seed() {
        let run = |seed| {
            let playing = playing(seed);
            let plays = |_| !windows(&playing, client(1), "flaky", 0).is_empty();
            (0..64).map(plays).collect::<Vec<_>>()
        };

        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
        let share = run(1).iter().filter(|&&plays| plays).count();
        assert!((16..48).contains(&share), "{share} of 64");
    }

    #[test]
    fn a_fixture_client_plays_its_case_and_others_what_they_were_told() {
        let playing = playing(0);
        let fixture = playing.catalogue().find("twice").unwrap().client_id;
        let played = |client| {
            let words =
                Words { method: "", path: "", query: "", headers: &HeaderMap::new(), body: b"" };
            let now = EpochSeconds::default();
            let ask = Ask { client, route: Route::Token, named: &[], now, words };
            playing
                .play(&ask)
                .unwrap()
                .parts
                .into_iter()
                .map(|it| it.case.to_string())
                .collect::<Vec<_>>()
        };

        assert_eq!(played(Some(fixture)), ["twice"]);
        assert!(played(client(1)).is_empty());
        playing.play_for(client(1).unwrap(), &["twice".to_owned()]).unwrap();
        assert_eq!((played(client(1)), played(client(2))), (vec!["twice".to_owned()], vec![]));
        playing.play_for_all(&["twice".to_owned()]).unwrap();
        assert_eq!(played(client(2)), ["twice"]);
        playing.stop();
        assert!(played(client(2)).is_empty());
        let error = playing.play_for_all(&["twise".to_owned()]).unwrap_err();
        assert_eq!(error.nearest, "twice");
    }
}
