//! All cases that exist: ours, and the user's over them.

use std::{collections::BTreeMap, sync::OnceLock};

use gatepass_protocol::{ClientId, Secret};
use serde::Deserialize;
use toml::Spanned;

use super::{
    case::{Case, CaseName, GoodClient, Kind, Step, fixture_credentials},
    effect::{Contradiction, Effect},
    matcher::{Matcher, Route},
};
use crate::toml_file::{self, TomlError};

/// The cases by name.
#[derive(Debug, Default)]
pub(crate) struct Catalogue {
    cases: BTreeMap<CaseName, Case>,
    /// Files of cases that are read when they are asked for: nobody waits for them at the start.
    later: &'static [(&'static str, &'static str)],
    read_later: OnceLock<BTreeMap<CaseName, Case>>,
}

/// Why a file of cases can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaseError {
    /// The text is not TOML of the right shape.
    #[error(transparent)]
    Toml(#[from] TomlError),
    /// The case makes no sense.
    #[error("{file}:{line}: case `{name}`: {problem}")]
    Senseless {
        /// The file's name.
        file: String,
        /// The line where the case begins, from 1.
        line: usize,
        /// The case's name.
        name: String,
        /// What makes no sense.
        problem: String,
    },
}

/// A name that no case has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no case `{name}`; did you mean `{nearest}`?")]
pub struct UnknownCase {
    /// The name that was asked for.
    pub name: String,
    /// The name that is most like it.
    pub nearest: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "case")]
    cases: Vec<Spanned<Entry>>,
}

/// A configuration file: its other parts were read already.
#[derive(Deserialize)]
struct ConfigFile {
    #[serde(rename = "case")]
    cases: Vec<Spanned<Entry>>,
}

/// A case as it is written: one `on` and `effect`, or several `[[case.step]]`.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    name: CaseName,
    title: String,
    #[serde(default)]
    kind: Kind,
    status: Option<u16>,
    seen_on: Option<Route>,
    source: String,
    client_id: Option<ClientId>,
    client_secret: Option<Secret>,
    on: Option<Matcher>,
    effect: Option<Effect>,
    #[serde(default, rename = "step")]
    steps: Vec<StepEntry>,
    good_client: Option<GoodClient>,
    #[serde(default)]
    caught_by: Vec<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct StepEntry {
    on: Matcher,
    effect: Effect,
}

#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error("a file has each name once")]
    Twice,
    #[error("it needs `on` and `effect`, or `[[case.step]]` with both, and not both ways")]
    Steps,
    #[error("a defect says in `caught_by` which checks notice it, and a fault has none")]
    CaughtBy,
    #[error(transparent)]
    Contradiction(#[from] Contradiction),
}

impl Catalogue {
    /// Adds the cases of a file; one with a known name takes the other's place.
    pub(crate) fn read(&mut self, name: &str, text: &str) -> Result<(), CaseError> {
        let file: File = toml_file::read(name, text)?;
        self.add(name, text, file.cases)
    }

    /// Adds the cases of a configuration file.
    pub(crate) fn read_beside_others(&mut self, name: &str, text: &str) -> Result<(), CaseError> {
        let file: ConfigFile = toml_file::read(name, text)?;
        self.add(name, text, file.cases)
    }

    fn add(
        &mut self,
        name: &str,
        text: &str,
        entries: Vec<Spanned<Entry>>,
    ) -> Result<(), CaseError> {
        let mut read = BTreeMap::new();
        for entry in entries {
            let line = toml_file::line_of(text, entry.span().start);
            let entry = entry.into_inner();
            let senseless = |problem: Problem| CaseError::Senseless {
                file: name.to_owned(),
                line,
                name: entry.name.to_string(),
                problem: problem.to_string(),
            };
            let case = case(entry.clone()).map_err(senseless)?;
            if read.insert(case.name.clone(), case).is_some() {
                return Err(senseless(Problem::Twice));
            }
        }
        self.cases.extend(read);
        Ok(())
    }

    /// Names files of the built-in catalogue that are read later: their names and texts.
    pub(crate) fn with_later(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { later: files, ..self }
    }

    /// The cases that were read at the start.
    pub(crate) fn at_start(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// All cases, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Case> {
        let more = self.later().values().filter(|case| !self.cases.contains_key(&case.name));
        let mut all: Vec<_> = self.cases.values().chain(more).collect();
        all.sort_by(|one, other| one.name.cmp(&other.name));
        all.into_iter()
    }

    fn later(&self) -> &BTreeMap<CaseName, Case> {
        self.read_later.get_or_init(|| {
            let mut later = Self::default();
            for (name, text) in self.later {
                later.read(name, text).expect("the built-in files are right: a test reads each");
            }
            later.cases
        })
    }

    /// The case whose fixture client this is, if it was not read at the start.
    pub(crate) fn later_case_of(&self, client: ClientId) -> Option<&Case> {
        self.later().values().find(|case| case.client_id == client)
    }

    /// The case with a name.
    pub(crate) fn find(&self, name: &str) -> Result<&Case, UnknownCase> {
        let found = name
            .parse()
            .ok()
            .and_then(|name: CaseName| self.cases.get(&name).or_else(|| self.later().get(&name)));
        found.ok_or_else(|| UnknownCase { name: name.to_owned(), nearest: self.nearest(name) })
    }

    fn nearest(&self, name: &str) -> String {
        let likeness = |case: &&CaseName| strsim::jaro_winkler(name, case);
        let names = self.all().map(|case| &case.name);
        let nearest = names.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        nearest.map(ToString::to_string).unwrap_or_default()
    }
}

fn case(entry: Entry) -> Result<Case, Problem> {
    let steps: Vec<_> = match (entry.on, entry.effect, entry.steps) {
        (Some(on), Some(effect), steps) if steps.is_empty() => vec![Step { on, effect }],
        (None, None, steps) if !steps.is_empty() => {
            steps.into_iter().map(|StepEntry { on, effect }| Step { on, effect }).collect()
        }
        _ => return Err(Problem::Steps),
    };
    for step in &steps {
        step.effect.check(&step.on)?;
        if step.on.percent.is_some_and(|percent| percent > 100) {
            return Err(Contradiction::Percent.into());
        }
    }
    if (entry.kind == Kind::Fault) != entry.caught_by.is_empty() {
        return Err(Problem::CaughtBy);
    }
    let (client_id, client_secret) = fixture_credentials(&entry.name);
    Ok(Case {
        client_id: entry.client_id.unwrap_or(client_id),
        client_secret: entry.client_secret.unwrap_or(client_secret),
        name: entry.name,
        title: entry.title,
        kind: entry.kind,
        status: entry.status,
        seen_on: entry.seen_on,
        source: entry.source,
        steps,
        good_client: entry.good_client,
        caught_by: entry.caught_by,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[[case]]\nname = 'down'\ntitle = 'Down'\nstatus = 503\nsource = 'CONTRACT 4.2'\non = { route = 'token' }\neffect = { status = 503 }\n";

    fn read(text: &str) -> Result<Catalogue, CaseError> {
        let mut catalogue = Catalogue::default();
        catalogue.read("c.toml", text).map(|()| catalogue)
    }

    #[test]
    fn what_makes_no_sense_is_named_with_its_line() {
        for (given, complaint) in [
            (format!("{GOOD}{GOOD}"), "c.toml:8: case `down`: a file has each name once"),
            (
                GOOD.replace("effect = { status = 503 }\n", ""),
                "c.toml:1: case `down`: it needs `on` and `effect`, or `[[case.step]]` with both, and not both ways",
            ),
            (
                GOOD.replace("effect = { status = 503 }", "effect = {}"),
                "c.toml:1: case `down`: it has no effect: give `effect` at least one member",
            ),
            (
                GOOD.replace("'token' }", "'tokens' }"),
                "c.toml:6: unknown variant `tokens`, expected one of `token`, `revoke`, `introspect`, `discovery`, `keys`, `account`, `task-manager`, `bearer`, `any`",
            ),
            (
                GOOD.replace("title", "kind = 'defect'\ntitle"),
                "c.toml:1: case `down`: a defect says in `caught_by` which checks notice it, and a fault has none",
            ),
            (GOOD.replace("status = 503 }", "statsu = 503 }"), "c.toml:7: unknown field `statsu`"),
            (
                GOOD.replace("'token' }", "'token', attempts = 'two' }"),
                "c.toml:6: `two` names no attempts: write `1`, `1..=2`, `3..` or `every 3`, counted from 1",
            ),
        ] {
            let error = read(&given).unwrap_err().to_string();
            assert!(error.starts_with(complaint), "given {given}\n{error}");
        }
    }

    #[test]
    fn an_unknown_name_gets_the_nearest() {
        let error = read(GOOD).unwrap().find("dwon").unwrap_err();

        assert_eq!(error.to_string(), "there is no case `dwon`; did you mean `down`?");
    }

    #[test]
    fn a_later_file_overrides_an_earlier_one() {
        let mut catalogue = read(GOOD).unwrap();
        catalogue.read("mine.toml", &GOOD.replace("'Down'", "'Mine'")).unwrap();

        assert_eq!(catalogue.find("down").unwrap().title, "Mine");
    }

    #[test]
    fn the_examples_of_the_readme_are_cases() {
        let readme = include_str!("../../../../fixtures/cases/README.md");
        let blocks: Vec<_> = readme.split("```toml\n").skip(1).collect();
        for block in &blocks {
            let text = block.split("```").next().unwrap();
            let read = read(text);
            assert!(read.is_ok(), "{text}\n{}", read.unwrap_err());
        }
        assert_eq!(blocks.len(), 2);
    }
}
