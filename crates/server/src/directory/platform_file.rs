//! `platform.toml`: the file that fills a [`Directory`].

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use gatepass_protocol::{
    ApiClientStatus, ApiClientType, ClientId, EpochSeconds, Secret, TenantId, TenantKind,
    TokenEndpointAuthMethod, UserId,
};
use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use super::{ApiClient, ClientRegister, Directory, Role, Tenant, Totp, User};
use crate::toml_file::{self, TomlError};

/// Why a `platform.toml` can't be used.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// The text is not TOML of the right shape.
    #[error(transparent)]
    Toml(#[from] TomlError),
    /// The entries do not fit together.
    #[error("{file}:{line}: {problem}")]
    Entry {
        /// The file's name.
        file: String,
        /// The line of the entry, from 1.
        line: usize,
        /// What does not fit.
        problem: EntryProblem,
    },
    /// No API client at all: nothing could sign in.
    #[error("{0} has no `[[client]]`: at least one is needed to sign in")]
    NoClient(String),
}

/// What does not fit in an entry of `platform.toml`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryProblem {
    /// Two entries have one ID or one login.
    #[error("`{0}` is taken already")]
    Taken(String),
    /// No tenant with this ID is listed above.
    #[error("no tenant `{0}` is listed above")]
    UnknownTenant(TenantId),
    /// No user with this ID is listed.
    #[error("no user `{0}` is listed")]
    UnknownUser(UserId),
    /// The text is no role.
    #[error(
        "`{0}` is no role: write `resource-server::role`, e.g. `account-server::tenant_viewer`"
    )]
    Role(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "tenant")]
    tenants: Vec<Spanned<TenantEntry>>,
    #[serde(default, rename = "user")]
    users: Vec<Spanned<UserEntry>>,
    #[serde(default, rename = "client")]
    clients: Vec<Spanned<ClientEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TenantEntry {
    id: TenantId,
    number: u64,
    name: String,
    kind: TenantKind,
    parent: Option<TenantId>,
    #[serde(default = "yes")]
    enabled: bool,
    #[serde(default = "default_customer_type")]
    customer_type: String,
    customer_id: Option<String>,
    brand_id: Option<u64>,
    #[serde(default = "yes")]
    ancestral_access: bool,
    #[serde(default = "default_language")]
    language: String,
    #[serde(default)]
    created_at: Timestamp,
}

fn yes() -> bool {
    true
}

fn default_customer_type() -> String {
    "default".to_owned()
}

fn default_language() -> String {
    "en".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserEntry {
    id: UserId,
    login: String,
    password: Secret,
    tenant: TenantId,
    created_at: Timestamp,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    totp: Totp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClientEntry {
    id: ClientId,
    secret: Secret,
    name: String,
    tenant: TenantId,
    created_by: UserId,
    created_at: Timestamp,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    status: ApiClientStatus,
    #[serde(default, rename = "type")]
    client_type: ApiClientType,
    #[serde(default)]
    token_endpoint_auth_method: TokenEndpointAuthMethod,
}

/// Reads and checks the whole file: each entry's references and that no ID comes twice.
pub(super) fn read(name: &str, text: &str) -> Result<Directory, DirectoryError> {
    let file: File = toml_file::read(name, text)?;
    let problem_at = |span: std::ops::Range<usize>, problem| DirectoryError::Entry {
        file: name.to_owned(),
        line: toml_file::line_of(text, span.start),
        problem,
    };

    let mut tenants = HashMap::new();
    for entry in file.tenants {
        let span = entry.span();
        let tenant = tenant(entry.into_inner(), &tenants).map_err(|it| problem_at(span, it))?;
        tenants.insert(tenant.id, tenant);
    }
    let mut users = HashMap::new();
    let mut user_ids = HashSet::new();
    for entry in file.users {
        let span = entry.span();
        let user = user(entry.into_inner(), &tenants, &users, &user_ids)
            .map_err(|it| problem_at(span, it))?;
        user_ids.insert(user.id);
        users.insert(user.login.clone(), Arc::new(user));
    }
    let mut clients = ClientRegister::default();
    let mut default_client = None;
    for entry in file.clients {
        let span = entry.span();
        let client = client(entry.into_inner(), &tenants, &user_ids, &clients)
            .map_err(|it| problem_at(span, it))?;
        default_client.get_or_insert(client.id);
        clients.put(client);
    }
    let default_client = default_client.ok_or_else(|| DirectoryError::NoClient(name.to_owned()))?;
    Ok(Directory { tenants, users, clients, default_client })
}

fn tenant(entry: TenantEntry, tenants: &HashMap<TenantId, Tenant>) -> Result<Tenant, EntryProblem> {
    if tenants.contains_key(&entry.id) {
        return Err(EntryProblem::Taken(entry.id.to_string()));
    }
    // A parent listed above can't be below its child: the tree has no circle.
    if let Some(parent) = entry.parent.filter(|parent| !tenants.contains_key(parent)) {
        return Err(EntryProblem::UnknownTenant(parent));
    }
    Ok(Tenant {
        id: entry.id,
        number: entry.number,
        name: entry.name,
        kind: entry.kind,
        parent: entry.parent,
        enabled: entry.enabled,
        customer_type: entry.customer_type,
        customer_id: entry.customer_id,
        brand_id: entry.brand_id,
        ancestral_access: entry.ancestral_access,
        language: entry.language,
        created_at: entry.created_at.into(),
    })
}

fn user(
    entry: UserEntry,
    tenants: &HashMap<TenantId, Tenant>,
    users: &HashMap<String, Arc<User>>,
    user_ids: &HashSet<UserId>,
) -> Result<User, EntryProblem> {
    if user_ids.contains(&entry.id) {
        return Err(EntryProblem::Taken(entry.id.to_string()));
    }
    if users.contains_key(&entry.login) {
        return Err(EntryProblem::Taken(entry.login));
    }
    if !tenants.contains_key(&entry.tenant) {
        return Err(EntryProblem::UnknownTenant(entry.tenant));
    }
    Ok(User {
        id: entry.id,
        login: entry.login,
        password: entry.password,
        tenant: entry.tenant,
        roles: roles(&entry.roles)?,
        totp: entry.totp,
        created_at: EpochSeconds::from(entry.created_at),
    })
}

fn roles(texts: &[String]) -> Result<Vec<Role>, EntryProblem> {
    let role = |text: &String| Role::parse(text).ok_or_else(|| EntryProblem::Role(text.clone()));
    texts.iter().map(role).collect()
}

fn client(
    entry: ClientEntry,
    tenants: &HashMap<TenantId, Tenant>,
    users: &HashSet<UserId>,
    clients: &ClientRegister,
) -> Result<ApiClient, EntryProblem> {
    if clients.get(entry.id).is_some() {
        return Err(EntryProblem::Taken(entry.id.to_string()));
    }
    if !tenants.contains_key(&entry.tenant) {
        return Err(EntryProblem::UnknownTenant(entry.tenant));
    }
    if !users.contains(&entry.created_by) {
        return Err(EntryProblem::UnknownUser(entry.created_by));
    }
    Ok(ApiClient {
        id: entry.id,
        secret: entry.secret,
        data: ApiClient::data_of(entry.name),
        tenant: entry.tenant,
        client_type: entry.client_type,
        auth_method: entry.token_endpoint_auth_method,
        status: entry.status,
        created_at: EpochSeconds::from(entry.created_at),
        created_by: entry.created_by.uuid(),
        redirect_uris: Vec::new(),
        origin_id: None,
        roles: roles(&entry.roles)?,
        last_access: Arc::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TENANT: &str = "[[tenant]]\nid = '00000000-0000-4000-8000-000000000001'\nnumber = 1\nname = 'T'\nkind = 'partner'\n";
    const USER: &str = "[[user]]\nid = '00000000-0000-4000-8000-000000000002'\nlogin = 'a@example.com'\npassword = 'p'\ncreated_at = '2026-01-01T00:00:00Z'\ntenant = '00000000-0000-4000-8000-000000000001'\n";
    const CLIENT: &str = "[[client]]\nid = '00000000-0000-4000-8000-000000000003'\nsecret = 'x'\nname = 'C'\ntenant = '00000000-0000-4000-8000-000000000001'\ncreated_by = '00000000-0000-4000-8000-000000000002'\ncreated_at = '2026-01-01T00:00:00Z'\n";

    #[test]
    fn what_does_not_fit_is_named_with_its_line() {
        let orphan = "[[tenant]]\nid = '00000000-0000-4000-8000-00000000000a'\nnumber = 2\nname = 'O'\nkind = 'unit'\nparent = '00000000-0000-4000-8000-00000000000b'\n";
        for (given, complaint) in [
            (
                format!("{TENANT}{USER}"),
                "p.toml has no `[[client]]`: at least one is needed to sign in",
            ),
            (
                format!("{TENANT}{TENANT}"),
                "p.toml:6: `00000000-0000-4000-8000-000000000001` is taken already",
            ),
            (
                orphan.to_owned(),
                "p.toml:1: no tenant `00000000-0000-4000-8000-00000000000b` is listed above",
            ),
            (
                format!("{TENANT}{CLIENT}"),
                "p.toml:6: no user `00000000-0000-4000-8000-000000000002` is listed",
            ),
            (
                format!("{TENANT}{USER}{CLIENT}roles = ['admin']\n"),
                "p.toml:12: `admin` is no role: write `resource-server::role`, e.g. `account-server::tenant_viewer`",
            ),
            (
                format!("{TENANT}knd = 'unit'\n"),
                "p.toml:6: unknown field `knd`, expected one of `id`, `number`, `name`, `kind`, `parent`, `enabled`, `customer_type`, `customer_id`, `brand_id`, `ancestral_access`, `language`, `created_at`",
            ),
        ] {
            assert_eq!(read("p.toml", &given).unwrap_err().to_string(), complaint, "given {given}");
        }
    }

    #[test]
    fn the_first_client_is_the_default() {
        let directory = read("p.toml", &format!("{TENANT}{USER}{CLIENT}")).unwrap();

        assert_eq!(directory.default_client().name(), "C");
    }
}
