//! Which API clients a batch asks for (CONTRACT 5.2).

use std::{collections::BTreeSet, sync::Arc};

use gatepass_protocol::ClientId;

use super::query::{Query, QueryProblem};
use crate::directory::{ApiClient, ClientRegister};

/// The filters of `GET clients`: a client has to pass each that is given.
///
/// Without any, all clients that the caller may read are meant *(open)*: so the console lists
/// them. IDs that nobody has, or that the caller may not read, are passed over: a batch answers
/// what it can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientFilter {
    ids: Option<BTreeSet<ClientId>>,
    origin_id: Option<String>,
    allow_deleted: bool,
}

impl ClientFilter {
    /// Reads a query string as it came.
    pub(crate) fn read(raw_query: &str) -> Result<Self, QueryProblem> {
        let query = Query::parse(raw_query, &["uuids", "origin_id", "allow_deleted"])?;
        Ok(Self {
            ids: query.ids("uuids")?.map(BTreeSet::from_iter),
            origin_id: query.text("origin_id").map(ToOwned::to_owned),
            allow_deleted: query.flag("allow_deleted")?,
        })
    }

    /// The clients that pass, oldest first; `visible` says which the caller may read.
    pub(crate) fn select(
        &self,
        register: &ClientRegister,
        visible: impl Fn(&ApiClient) -> bool,
    ) -> Vec<Arc<ApiClient>> {
        let found: Vec<_> = match (&self.ids, &self.origin_id) {
            (Some(ids), _) => ids.iter().filter_map(|id| register.get(*id)).collect(),
            (None, Some(origin_id)) => register.with_origin(origin_id).collect(),
            (None, None) => register.iter().collect(),
        };
        let deleted = register.iter_deleted().filter(|client| {
            self.allow_deleted && self.ids.as_ref().is_none_or(|ids| ids.contains(&client.id))
        });
        let has_origin =
            |client: &ApiClient| self.origin_id.is_none() || self.origin_id == client.origin_id;
        let mut clients: Vec<_> = found
            .into_iter()
            .chain(deleted)
            .filter(|client| has_origin(client) && visible(client))
            .cloned()
            .collect();
        clients.sort_by_key(|client| (client.created_at, client.id));
        clients
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::Directory;

    fn id(number: u32) -> ClientId {
        format!("00000000-0000-4000-8000-{number:012}").parse().unwrap()
    }

    /// 1 has the origin `a`, 2 has none, 3 had the origin `a` and is deleted.
    fn register() -> ClientRegister {
        let text = include_str!("../../../../fixtures/platform.toml");
        let directory = Directory::from_toml("platform.toml", text).unwrap();
        let mut register = ClientRegister::default();
        for (number, origin_id) in [(3, Some("a")), (2, None), (1, Some("a"))] {
            register.put(ApiClient {
                id: id(number),
                origin_id: origin_id.map(ToOwned::to_owned),
                ..ApiClient::clone(directory.default_client())
            });
            if number == 3 {
                register.delete(id(3));
            }
        }
        register
    }

    #[test]
    fn a_client_passes_each_filter_that_is_given() {
        let register = register();
        let (one, two, three, four) = (id(1), id(2), id(3), id(4));
        for (query, expected) in [
            (String::new(), vec![one, two]),
            ("allow_deleted=false".to_owned(), vec![one, two]),
            ("allow_deleted=true".to_owned(), vec![one, two, three]),
            ("origin_id=a".to_owned(), vec![one]),
            ("origin_id=a&allow_deleted=true".to_owned(), vec![one, three]),
            ("origin_id=".to_owned(), vec![]),
            (format!("uuids={two},{one}"), vec![one, two]),
            (format!("uuids={two},%20{two}"), vec![two]),
            (format!("uuids={two},{four}"), vec![two]),
            (format!("uuids={three}"), vec![]),
            (format!("uuids={three}&allow_deleted=true"), vec![three]),
            (format!("uuids={two}&origin_id=a"), vec![]),
        ] {
            let clients = ClientFilter::read(&query).unwrap().select(&register, |_| true);

            let ids: Vec<_> = clients.iter().map(|client| client.id).collect();
            assert_eq!(ids, expected, "given {query}");
        }
    }

    #[test]
    fn what_the_caller_may_not_read_is_passed_over() {
        let filter = ClientFilter::read("allow_deleted=true").unwrap();

        let clients = filter.select(&register(), |client| client.id != id(3));

        assert_eq!(clients.len(), 2);
    }

    #[test]
    fn a_query_that_is_not_understood_is_refused() {
        for (given, complaint) in [
            (
                "uuid=a",
                "the parameter `uuid` is unknown; known are uuids, origin_id, allow_deleted",
            ),
            (
                "uuids=",
                "the parameter `uuids` is not a list of lower-case UUIDs of 36 characters with \
                 commas between them",
            ),
            ("allow_deleted=1", "the parameter `allow_deleted` is not `true` or `false`"),
            ("origin_id=a&origin_id=a", "the parameter `origin_id` is given more than once"),
        ] {
            let problem = ClientFilter::read(given).unwrap_err();

            assert_eq!(problem.to_string(), complaint, "given {given}");
        }
    }
}
