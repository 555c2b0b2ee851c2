//! The folder of fixtures: the built-in one, or one of the user's over it.

use std::{
    borrow::Cow,
    fs, io,
    path::{Path, PathBuf},
};

use gatepass_protocol::{ApiClientStatus, ClientId, Secret, TenantId, TokenEndpointAuthMethod};

use crate::{
    cases::{CaseError, CaseSummary, Catalogue, UnknownCase},
    config::{CaseEntries, Config},
    directory::{ApiClient, Directory, DirectoryError, Totp},
    task_manager::TaskManager,
    tokens::{KeyError, KeyFile, Keys},
};

/// Why fixtures can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FixtureError {
    /// A file can't be read.
    #[error("could not read {}", file.display())]
    Unreadable {
        /// Its path.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `platform.toml` is wrong.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// A signing key is wrong.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A case that is to play does not exist.
    #[error(transparent)]
    UnknownCase(#[from] UnknownCase),
    /// A case is wrong.
    #[error(transparent)]
    Case(#[from] CaseError),
    /// The built-in fixtures lack a client that they are known for.
    #[error("the built-in fixtures have no {0} API client")]
    NoSuchClient(&'static str),
    /// Tasks or activities are wrong.
    #[error("can't use {files}")]
    TaskManager {
        /// The names of the two files.
        files: String,
        /// What is wrong in which.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

macro_rules! built_in {
    ($path:literal) => {
        File { path: $path, text: include_str!(concat!("../../../fixtures/", $path)) }
    };
}

macro_rules! defects {
    ($name:literal) => {
        (
            concat!("cases/defects/", $name),
            include_str!(concat!("../../../fixtures/cases/defects/", $name)),
        )
    };
}

/// A file of the built-in fixtures.
struct File {
    path: &'static str,
    text: &'static str,
}

const PLATFORM: File = built_in!("platform.toml");
const ACCESS_TOKEN_KEY: File = built_in!("keys/access-token.pem");
const ID_TOKEN_KEY: File = built_in!("keys/id-token.pem");
const NEXT_ACCESS_TOKEN_KEY: File = built_in!("keys/next-access-token.pem");
const NEXT_ID_TOKEN_KEY: File = built_in!("keys/next-id-token.pem");
const TASKS: File = built_in!("tasks/tasks.json");
const ACTIVITIES: File = built_in!("tasks/activities.json");
/// The built-in catalogue of cases.
const CASES: [File; 7] = [
    built_in!("cases/answers.toml"),
    built_in!("cases/connections.toml"),
    built_in!("cases/lifecycle.toml"),
    built_in!("cases/limits.toml"),
    built_in!("cases/refused.toml"),
    built_in!("cases/tokens.toml"),
    built_in!("cases/unavailable.toml"),
];

/// The built-in defects: what only those ask for who test a conformance suite.
const DEFECTS: &[(&str, &str)] = &[
    defects!("activities.toml"),
    defects!("bearer.toml"),
    defects!("clients.toml"),
    defects!("discovery.toml"),
    defects!("introspect.toml"),
    defects!("jwt.toml"),
    defects!("keys.toml"),
    defects!("password.toml"),
    defects!("refresh.toml"),
    defects!("revoke.toml"),
    defects!("scoped.toml"),
    defects!("tasks.toml"),
    defects!("tenants.toml"),
    defects!("token_errors.toml"),
    defects!("token_request.toml"),
    defects!("token_response.toml"),
    defects!("transport.toml"),
    defects!("users.toml"),
];

/// An API client of the fixtures, with its secret: public test data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixtureClient {
    /// Its ID.
    pub client_id: ClientId,
    /// Its secret.
    pub client_secret: Secret,
    /// The tenant where it was made.
    pub tenant_id: TenantId,
}

impl FixtureClient {
    pub(crate) fn of(client: &ApiClient) -> Self {
        Self {
            client_id: client.id,
            client_secret: client.secret.clone(),
            tenant_id: client.tenant,
        }
    }
}

/// A user of the fixtures: public test data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FixtureUser {
    /// The login.
    pub login: String,
    /// The password.
    pub password: Secret,
}

/// The API clients and users of the built-in fixtures that stand for something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltInClients {
    /// The one that `gatepass serve` prints: of the partner, with all rights there and below.
    pub default: FixtureClient,
    /// Of another partner: out of the default client's sight.
    pub foreign: FixtureClient,
    /// Disabled: it gets no token.
    pub disabled: FixtureClient,
    /// Registered for `client_secret_post`.
    pub post: FixtureClient,
    /// With the role of a token introspector.
    pub introspector: FixtureClient,
    /// It may read API clients, tenants and tasks, and change nothing.
    pub reader: FixtureClient,
    /// A user without two-factor login.
    pub user: FixtureUser,
    /// A user with two-factor login.
    pub two_factor_user: FixtureUser,
}

impl BuiltInClients {
    /// Reads the built-in `platform.toml`.
    ///
    /// # Errors
    /// None with the file that is built in.
    pub fn load() -> Result<Self, FixtureError> {
        let directory = Directory::from_toml(PLATFORM.path, PLATFORM.text)?;
        let default = directory.default_client();
        let first = |what: &'static str, is: &dyn Fn(&ApiClient) -> bool| {
            let found = directory.clients().filter(|client| is(client)).min_by_key(|it| it.id);
            found.map(|client| FixtureClient::of(client)).ok_or(FixtureError::NoSuchClient(what))
        };
        let user = |what: &'static str, is: &dyn Fn(&Totp) -> bool| {
            let found = directory.users().filter(|user| is(&user.totp)).min_by_key(|it| it.id);
            let found = found.map(|user| FixtureUser {
                login: user.login.clone(),
                password: user.password.clone(),
            });
            found.ok_or(FixtureError::NoSuchClient(what))
        };
        Ok(Self {
            introspector: first("introspecting", &|it| {
                it.roles.iter().any(|role| role.name == "token_introspector")
            })?,
            reader: first("reading", &|it| {
                !it.roles.is_empty() && it.roles.iter().all(|role| role.name.ends_with("viewer"))
            })?,
            user: user("user of an", &|totp| *totp == Totp::Off)?,
            two_factor_user: user("two-factor user of an", &|totp| {
                matches!(totp, Totp::Secret(_))
            })?,
            default: FixtureClient::of(default),
            foreign: first("foreign", &|it| !directory.is_within(default.tenant, it.tenant))?,
            disabled: first("disabled", &|it| it.status == ApiClientStatus::Disabled)?,
            post: first("client_secret_post", &|it| {
                it.auth_method == TokenEndpointAuthMethod::ClientSecretPost
            })?,
        })
    }
}

/// All that a platform starts with.
pub(crate) struct Fixtures {
    pub(crate) directory: Directory,
    pub(crate) keys: Keys,
    pub(crate) task_manager: TaskManager,
    pub(crate) catalogue: Catalogue,
}

impl Fixtures {
    /// Reads the files of `folder`; the built-in ones stand in for those that it lacks.
    ///
    /// Cases of the folder's `cases/*.toml` and of the configuration come on top of the built-in
    /// ones, and take the place of those with their names.
    pub(crate) fn load(config: &Config) -> Result<Self, FixtureError> {
        let folder = config.fixtures.as_deref();
        let platform = PLATFORM.read(folder)?;
        let mut directory = Directory::from_toml(&platform.name, &platform.text)?;
        let catalogue = catalogue(folder, &config.case)?;
        for case in catalogue.at_start() {
            directory.put_client(case.fixture_client(directory.default_client()));
        }
        Ok(Self {
            directory,
            keys: keys(folder)?,
            task_manager: task_manager(&TASKS.read(folder)?, &ACTIVITIES.read(folder)?)?,
            catalogue,
        })
    }
}

/// A file as it was found.
struct Found {
    name: String,
    text: Cow<'static, str>,
}

impl File {
    fn read(&self, folder: Option<&Path>) -> Result<Found, FixtureError> {
        let built_in = Found { name: self.path.to_owned(), text: self.text.into() };
        let Some(folder) = folder else {
            return Ok(built_in);
        };
        let path = folder.join(self.path);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Found { name: path.display().to_string(), text: text.into() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound && folder.is_dir() => {
                Ok(built_in)
            }
            Err(source) => Err(FixtureError::Unreadable { file: path, source }),
        }
    }
}

/// The cases that a platform with this configuration would have, by name.
///
/// # Errors
/// [`FixtureError`] names the file and the line that is wrong.
pub fn cases(config: &Config) -> Result<Vec<CaseSummary>, FixtureError> {
    Ok(catalogue(config.fixtures.as_deref(), &config.case)?.summaries().collect())
}

fn catalogue(folder: Option<&Path>, added: &CaseEntries) -> Result<Catalogue, FixtureError> {
    let mut catalogue = Catalogue::default().with_later(DEFECTS);
    for file in CASES {
        catalogue.read(file.path, file.text)?;
    }
    for path in folder.map(own_case_files).transpose()?.unwrap_or_default() {
        let text = fs::read_to_string(&path)
            .map_err(|source| FixtureError::Unreadable { file: path.clone(), source })?;
        catalogue.read(&path.display().to_string(), &text)?;
    }
    if let Some((name, text)) = &added.file {
        catalogue.read_beside_others(name, text)?;
    }
    Ok(catalogue)
}

/// `cases/*.toml` of a folder of the user's, in the order of their names.
fn own_case_files(folder: &Path) -> Result<Vec<PathBuf>, FixtureError> {
    let folder = folder.join("cases");
    let entries = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.and_then(Iterator::collect::<io::Result<Vec<_>>>),
    };
    let entries = entries.map_err(|source| FixtureError::Unreadable { file: folder, source })?;
    let mut files: Vec<_> = entries
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    Ok(files)
}

fn keys(folder: Option<&Path>) -> Result<Keys, FixtureError> {
    let key = |file: File| {
        let Found { name, text } = file.read(folder)?;
        Ok::<_, FixtureError>(KeyFile { name, pem: text })
    };
    let first = [key(ACCESS_TOKEN_KEY)?, key(ID_TOKEN_KEY)?];
    let next = [key(NEXT_ACCESS_TOKEN_KEY)?, key(NEXT_ID_TOKEN_KEY)?];
    Ok(Keys::new(&first, next)?)
}

fn task_manager(tasks: &Found, activities: &Found) -> Result<TaskManager, FixtureError> {
    TaskManager::from_json(&tasks.text, &activities.text).map_err(|error| {
        FixtureError::TaskManager {
            files: format!("{}, {}", tasks.name, activities.name),
            source: error.into(),
        }
    })
}
