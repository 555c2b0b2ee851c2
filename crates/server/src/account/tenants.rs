//! Reading tenants (CONTRACT 7).

use gatepass_protocol::{TenantDocument, TenantId};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    AccountError, QueryProblem, TenantQuery,
    tenant_query::{TenantDetail, TenantFilter},
};
use crate::{
    access::{Caller, READ_TENANTS, Right},
    directory::{Directory, Tenant},
    openapi::SomeOf,
    platform::Platform,
};

/// One page of tenants. `after` is there only while there is a next page; `cursors` is always.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct TenantPage {
    #[schemars(with = "Vec<SomeOf<TenantDocument>>")]
    items: Vec<Map<String, Value>>,
    paging: Paging,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TenantPaging")]
struct Paging {
    cursors: Cursors,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "TenantCursors")]
struct Cursors {
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

impl Directory {
    /// A tenant, if the caller has the right there. `id` is as it came.
    pub(super) fn tenant_for(
        &self,
        caller: &Caller,
        right: Right,
        id: &str,
    ) -> Result<&Tenant, AccountError> {
        let found = id.parse().ok().and_then(|id| self.tenant(id));
        let tenant = found.ok_or_else(|| AccountError::UnknownTenant(id.to_owned()))?;
        if !caller.may(right, tenant.id, self) {
            let what = format!("tenant {}", tenant.id);
            return Err(AccountError::Forbidden { caller: caller.client_id(), what });
        }
        Ok(tenant)
    }

    fn tenant_document(&self, tenant: &Tenant) -> TenantDocument {
        tenant.document(self.children(tenant.id).next().is_some())
    }

    /// Those that pass the filter and that the caller may read, the upper ones first.
    ///
    /// A tenant that the filter starts from has to be there and to be the caller's. IDs are passed
    /// over where they are not: a batch answers what it can.
    fn select(
        &self,
        caller: &Caller,
        filter: &TenantFilter,
    ) -> Result<Vec<(usize, &Tenant)>, AccountError> {
        for start in [filter.parent, filter.subtree_root].into_iter().flatten() {
            self.tenant_for(caller, READ_TENANTS, &start.to_string())?;
        }
        let passes = |tenant: &&Tenant| {
            filter.ids.as_ref().is_none_or(|ids| ids.contains(&tenant.id))
                && filter.parent.is_none_or(|parent| tenant.parent == Some(parent))
                && filter.subtree_root.is_none_or(|root| self.is_within(root, tenant.id))
                && caller.may(READ_TENANTS, tenant.id, self)
        };
        let mut found: Vec<_> =
            self.tenants().filter(passes).map(|tenant| (self.depth(tenant), tenant)).collect();
        found.sort_by_key(|(depth, tenant)| (*depth, tenant.id));
        Ok(found)
    }
}

impl Platform {
    /// A page of the tenants that the query asks for.
    pub(crate) fn tenants_for(
        &self,
        caller: &Caller,
        query: &TenantQuery,
    ) -> Result<TenantPage, AccountError> {
        if !caller.has(READ_TENANTS) {
            let what = "read tenants".to_owned();
            return Err(AccountError::Forbidden { caller: caller.client_id(), what });
        }
        let directory = self.directory();
        let mut found = directory.select(caller, &query.filter)?;
        if let Some(last) = query.after {
            let last = directory.tenant(last).ok_or(QueryProblem::LostCursor)?;
            let shown = (directory.depth(last), last.id);
            found.retain(|(depth, tenant)| (*depth, tenant.id) > shown);
        }
        let is_last_page = found.len() <= query.limit;
        found.truncate(query.limit);
        let after = match found.last() {
            Some((_, last)) if !is_last_page => Some(query.cursor_after(last.id)),
            _ => None,
        };
        let show =
            |(_, tenant): &(usize, &Tenant)| query.detail.view(&directory.tenant_document(tenant));
        let items = found.iter().map(show).collect();
        Ok(TenantPage { items, paging: Paging { cursors: Cursors { after } } })
    }

    /// A tenant that the caller may read.
    pub(crate) fn show_tenant(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<TenantDocument, AccountError> {
        let directory = self.directory();
        let tenant = directory.tenant_for(caller, READ_TENANTS, id)?;
        Ok(directory.tenant_document(tenant))
    }

    /// The tenants right below one that the caller may read, by name.
    pub(crate) fn children_of(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Vec<TenantId>, AccountError> {
        let directory = self.directory();
        let parent = directory.tenant_for(caller, READ_TENANTS, id)?;
        let mut children: Vec<_> = directory.children(parent.id).collect();
        children.sort_by_key(|child| (&child.name, child.id));
        Ok(children.into_iter().map(|child| child.id).collect())
    }
}

impl TenantDetail {
    /// What the level shows of a tenant.
    fn view(self, tenant: &TenantDocument) -> Map<String, Value> {
        let stamps = ["id", "version", "parent_id", "created_at", "updated_at", "deleted_at"];
        let basic = ["name", "kind", "enabled"];
        let Ok(Value::Object(mut members)) = serde_json::to_value(tenant) else {
            unreachable!("a struct of texts and numbers is a JSON object")
        };
        members.retain(|name, _| match self {
            Self::Stamps => stamps.contains(&name.as_str()),
            Self::Basic => stamps.contains(&name.as_str()) || basic.contains(&name.as_str()),
            Self::Full => true,
        });
        members
    }
}
