//! Which tenants a list asks for, and its pages (CONTRACT 7).

use std::{collections::BTreeSet, str::FromStr};

use gatepass_protocol::TenantId;
use serde::{Deserialize, Serialize};

use super::query::{Query, QueryProblem};
use crate::opaque;

/// Tenants in a page when `limit` is not given, and the largest `limit` *(open)*.
const LARGEST_LIMIT: usize = 5000;

/// The query of `GET tenants`.
///
/// The cursor carries the filters, `lod` and `limit` of the first page, so that the next one needs
/// nothing beside it; `lod` and `limit` may be given anew. `allow_deleted` is read and changes
/// nothing: no tenant is deleted here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TenantQuery {
    pub(super) filter: TenantFilter,
    pub(super) detail: TenantDetail,
    pub(super) limit: usize,
    /// The last tenant of the page before.
    pub(super) after: Option<TenantId>,
}

/// A tenant has to pass each filter that is given.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TenantFilter {
    pub(super) ids: Option<BTreeSet<TenantId>>,
    pub(super) parent: Option<TenantId>,
    pub(super) subtree_root: Option<TenantId>,
}

/// `lod`: how much of a tenant is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum TenantDetail {
    Stamps,
    Basic,
    #[default]
    Full,
}

/// What the next page needs.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cursor {
    tenants: TenantFilter,
    lod: TenantDetail,
    limit: usize,
    last: TenantId,
}

impl TenantQuery {
    /// Reads a query string as it came.
    pub(crate) fn read(raw_query: &str) -> Result<Self, QueryProblem> {
        let query = Query::parse(
            raw_query,
            &["uuids", "parent_id", "subtree_root_id", "after", "limit", "lod", "allow_deleted"],
        )?;
        query.flag("allow_deleted")?;
        let tenant_id = "a lower-case UUID of 36 characters";
        let filter = TenantFilter {
            ids: query.ids("uuids")?.map(BTreeSet::from_iter),
            parent: query.value("parent_id", tenant_id)?,
            subtree_root: query.value("subtree_root_id", tenant_id)?,
        };
        let detail = query.value("lod", "`stamps`, `basic` or `full`")?;
        let limit = query.value("limit", "a whole number from 1 to 5000")?.map(|Limit(it)| it);
        let Some(after) = query.text("after") else {
            if filter == TenantFilter::default() {
                return Err(QueryProblem::OneOf("uuids, parent_id, subtree_root_id and after"));
            }
            return Ok(Self {
                filter,
                detail: detail.unwrap_or_default(),
                limit: limit.unwrap_or(LARGEST_LIMIT),
                after: None,
            });
        };
        let expected = "`paging.cursors.after` of the page before, unchanged";
        let cursor: Cursor =
            opaque::open(after).ok_or(QueryProblem::Value { name: "after", expected })?;
        if filter != TenantFilter::default() && filter != cursor.tenants {
            return Err(QueryProblem::DiffersFromCursor);
        }
        Ok(Self {
            filter: cursor.tenants,
            detail: detail.unwrap_or(cursor.lod),
            limit: limit.unwrap_or(cursor.limit),
            after: Some(cursor.last),
        })
    }

    /// The cursor to what comes after the tenant that was shown last.
    pub(super) fn cursor_after(&self, last: TenantId) -> String {
        let tenants = self.filter.clone();
        opaque::seal(&Cursor { tenants, lod: self.detail, limit: self.limit, last })
    }
}

struct Limit(usize);

impl FromStr for Limit {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.parse() {
            Ok(limit @ 1..=LARGEST_LIMIT) if !text.starts_with('+') => Ok(Self(limit)),
            _ => Err(()),
        }
    }
}

impl FromStr for TenantDetail {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "stamps" => Ok(Self::Stamps),
            "basic" => Ok(Self::Basic),
            "full" => Ok(Self::Full),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CUSTOMER: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1002";
    const UNIT: &str = "7a1d9c52-3f0e-4c57-9c1b-5d1f0f6a1003";

    #[test]
    fn a_query_that_is_not_understood_is_refused() {
        let other = TenantQuery::read(&format!("parent_id={UNIT}")).unwrap();
        let cursor = other.cursor_after(UNIT.parse().unwrap());
        for (given, complaint) in [
            (
                String::new(),
                "one of the parameters uuids, parent_id, subtree_root_id and after is needed",
            ),
            (
                "limit=5".to_owned(),
                "one of the parameters uuids, parent_id, subtree_root_id and after is needed",
            ),
            (
                "parent_id=1".to_owned(),
                "the parameter `parent_id` is not a lower-case UUID of 36 characters",
            ),
            (
                format!("parent_id={UNIT}&limit=0"),
                "the parameter `limit` is not a whole number from 1 to 5000",
            ),
            (
                format!("parent_id={UNIT}&limit=%2B1"),
                "the parameter `limit` is not a whole number from 1 to 5000",
            ),
            (
                format!("parent_id={UNIT}&lod=tiny"),
                "the parameter `lod` is not `stamps`, `basic` or `full`",
            ),
            (
                "after=abc".to_owned(),
                "the parameter `after` is not `paging.cursors.after` of the page before, unchanged",
            ),
            (
                format!("after={cursor}&parent_id={CUSTOMER}"),
                "the filters beside `after` are not those of the page before; leave them out",
            ),
            (
                format!("parent={UNIT}"),
                "the parameter `parent` is unknown; known are uuids, parent_id, subtree_root_id, \
                 after, limit, lod, allow_deleted",
            ),
        ] {
            let problem = TenantQuery::read(&given).unwrap_err();

            assert_eq!(problem.to_string(), complaint, "given {given}");
        }
    }

    #[test]
    fn the_next_page_needs_the_cursor_alone() {
        let first = format!("uuids={UNIT},{CUSTOMER}&subtree_root_id={CUSTOMER}&lod=basic&limit=1");
        let query = TenantQuery::read(&first).unwrap();
        let last = UNIT.parse().unwrap();
        let cursor = query.cursor_after(last);

        let next = TenantQuery::read(&format!("after={cursor}")).unwrap();
        assert_eq!(next, TenantQuery { after: Some(last), ..query.clone() });

        let again = TenantQuery::read(&format!("{first}&after={cursor}")).unwrap();
        assert_eq!(again, next);

        let wider = TenantQuery::read(&format!("after={cursor}&limit=7&lod=full")).unwrap();
        assert_eq!((wider.limit, wider.detail), (7, TenantDetail::Full));
    }

    proptest! {
        #[test]
        fn no_query_makes_the_reader_panic(query in "((uuids|parent_id|after|limit|lod)?=?\\PC*&?)*") {
            let _ = TenantQuery::read(&query);
        }
    }
}
