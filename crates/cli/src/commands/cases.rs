//! `gatepass cases`.

use clap::{Args, Subcommand, ValueEnum};
use gatepass_server::{BuiltInClients, CaseSummary, Kind};

use crate::{
    case_words::{self, Tried},
    environment,
    failure::{Failure, chain},
    mock::{self, SourceArguments},
    output::Outcome,
    shell,
    tls::Trust,
};

/// What to tell, and of which catalogue.
#[derive(Debug, Args)]
#[command(disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    source: SourceArguments,
    /// Print JSON: an array, or with `show` an object
    ///
    /// `name`, `title`, `kind` (`fault` or `defect`), `route`, `status`, `source`, `client_id`,
    /// `client_secret`; where there is something to say, `seen_on`, `good_client`, `for_all_only` and
    /// `caught_by`.
    #[arg(long, global = true)]
    json: bool,
}

/// All cases, or one.
#[derive(Debug, Subcommand)]
enum What {
    /// List the faults, as does no word at all; in JSON the defects as well
    ///
    /// A fault is what the platform does, and an integration must cope with. A defect is what the
    /// platform never does, and a conformance suite must notice.
    List {
        /// List only cases of this kind
        #[arg(long, value_enum, value_name = "KIND")]
        kind: Option<ListedKind>,
    },
    /// Tell all of one case: what happens, the credentials that trigger it, how to try it
    Show {
        /// The name of the case
        name: String,
    },
}

/// A kind of case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListedKind {
    /// What the platform does
    Fault,
    /// What the platform never does
    Defect,
}

impl ListedKind {
    fn is_that_of(self, case: &CaseSummary) -> bool {
        match self {
            Self::Fault => case.kind == Kind::Fault,
            Self::Defect => case.kind == Kind::Defect,
        }
    }
}

/// Tells what there is in the catalogue.
pub(crate) fn execute(arguments: &Arguments) -> Result<Outcome, Failure> {
    let config = arguments.source.config()?;
    let cases = mock::cases(&config)?;
    let text = match &arguments.what {
        None => list(&cases, None, arguments.json),
        Some(What::List { kind }) => list(&cases, *kind, arguments.json),
        Some(What::Show { name }) => {
            let case = find(&cases, name)?;
            if arguments.json {
                lines(&serde_json::to_string_pretty(case))
            } else {
                let trust = Trust::of(&config);
                let url = match &config.public_url {
                    Some(url) => url.as_str().trim_end_matches('/').to_owned(),
                    None => mock::local_url(config.listen, &trust),
                };
                let (client_id, user) = any_client(config.fixtures.is_some())?;
                let curl = format!("curl{}", trust.curl_option());
                case_words::all_of(case, &Tried { url, curl, client_id, user })
            }
        }
    };
    Ok(Outcome::good(text))
}

fn list(cases: &[CaseSummary], kind: Option<ListedKind>, json: bool) -> String {
    let of = |kind: ListedKind| cases.iter().filter(move |case| kind.is_that_of(case));
    match (kind, json) {
        (None, true) => lines(&serde_json::to_string_pretty(cases)),
        (Some(kind), true) => lines(&serde_json::to_string_pretty(&of(kind).collect::<Vec<_>>())),
        (Some(kind), false) => case_words::list(&of(kind).collect::<Vec<_>>()),
        (None, false) => {
            let faults = case_words::list(&of(ListedKind::Fault).collect::<Vec<_>>());
            let defects = of(ListedKind::Defect).count();
            format!(
                "{faults}\nand {defects} defects, to test conformance suites: \
                 gatepass cases list --kind defect\n"
            )
        }
    }
}

fn find<'a>(cases: &'a [CaseSummary], name: &str) -> Result<&'a CaseSummary, Failure> {
    let likeness = |case: &CaseSummary| strsim::jaro_winkler(name, &case.name);
    cases.iter().find(|case| case.name == name).ok_or_else(|| {
        let nearest = cases.iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
        mock::unknown_case(name, nearest.map_or("", |case| &case.name))
    })
}

/// An API client for which a case plays only when it is named, and its credentials for `curl -u`:
/// of the built-in fixtures, or for a folder of the user's own what stands for them in a shell.
fn any_client(own_fixtures: bool) -> Result<(String, String), Failure> {
    if own_fixtures {
        let (id, secret) = (environment::CLIENT_ID, environment::CLIENT_SECRET);
        return Ok((format!("${id}"), format!("\"${id}:${secret}\"")));
    }
    let clients = BuiltInClients::load().map_err(|error| Failure::usage(chain(&error)))?;
    let id = clients.default.client_id.to_string();
    let secret = clients.default.client_secret.reveal(); // A fixture's, made to be shown.
    let user = shell::word(&format!("{id}:{secret}"));
    Ok((id, user))
}

fn lines(json: &serde_json::Result<String>) -> String {
    let json = json.as_ref().expect("text and numbers serialize to a String");
    format!("{json}\n")
}
