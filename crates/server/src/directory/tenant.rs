//! Tenants: the tree that everything belongs to (CONTRACT 7).

use gatepass_protocol::{EpochSeconds, TenantDocument, TenantId, TenantKind};

/// A node of the tree of tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    /// The numeric ID, `tid` in a token's access policies (CONTRACT 3.5).
    pub(crate) number: u64,
    pub(crate) name: String,
    pub(crate) kind: TenantKind,
    pub(crate) parent: Option<TenantId>,
    pub(crate) enabled: bool,
    pub(crate) customer_type: String,
    pub(crate) customer_id: Option<String>,
    pub(crate) brand_id: Option<u64>,
    pub(crate) ancestral_access: bool,
    pub(crate) language: String,
    pub(crate) created_at: EpochSeconds,
}

impl Tenant {
    /// The tenant as the API shows it (CONTRACT 7).
    pub(crate) fn document(&self, has_children: bool) -> TenantDocument {
        TenantDocument {
            id: self.id,
            version: 1,
            name: self.name.clone(),
            kind: self.kind,
            parent_id: self.parent,
            enabled: self.enabled,
            customer_type: self.customer_type.clone(),
            customer_id: self.customer_id.clone(),
            brand_id: self.brand_id,
            ancestral_access: self.ancestral_access,
            has_children,
            language: self.language.clone(),
            created_at: self.created_at.rfc3339(),
            updated_at: self.created_at.rfc3339(),
            deleted_at: None,
        }
    }
}
