use gatepass_protocol::TenantId;

/// A node of the tree of tenants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tenant {
    pub(crate) id: TenantId,
    /// The numeric ID, `tid` in a token's access policies (CONTRACT 3.5).
    pub(crate) number: u64,
    pub(crate) parent: Option<TenantId>,
}
