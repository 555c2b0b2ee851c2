//! The two kinds of item: what can be asked of them, and which members they
//! must and commonly do have (CONTRACT 8.2 to 8.4).

use super::field::{Field, Kind};

/// All that tells tasks and activities apart.
#[derive(Debug)]
pub(super) struct Layout {
    /// The collection's name, `tasks` or `activities`.
    pub(super) list: &'static str,
    /// One item's name, `task` or `activity`.
    pub(super) item: &'static str,
    pub(super) fields: &'static [Field],
    /// Members that every item of a list has.
    pub(super) listed: &'static [&'static str],
    /// Members that an item fetched by its id has.
    pub(super) single: &'static [&'static str],
    /// What a table of items commonly shows: `lod=short` adds it.
    pub(super) common: &'static [&'static str],
}

impl Layout {
    /// The position of a field in `fields`.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }
}

/// In the order of a life: so they are ordered.
const STATE: Kind = Kind::Choice(&["enqueued", "assigned", "started", "paused", "completed"]);
const RESULT_CODE: Kind =
    Kind::Choice(&["ok", "error", "warning", "cancelled", "abandoned", "timedout"]);
const PRIORITY: Kind = Kind::Choice(&["low", "belowNormal", "normal", "aboveNormal", "high"]);

const fn field(name: &'static str, path: &'static [&'static str], kind: Kind) -> Field {
    Field { name, path, kind }
}

pub(super) static TASKS: Layout = Layout {
    list: "tasks",
    item: "task",
    fields: &[
        field("id", &["id"], Kind::Id),
        field("uuid", &["uuid"], Kind::Uuid),
        field("type", &["type"], Kind::Text),
        field("queue", &["queue"], Kind::Text),
        field("priority", &["priority"], PRIORITY),
        field("startedBy", &["startedByUser"], Kind::Text),
        field("policyId", &["policy", "id"], Kind::Text),
        field("policyName", &["policy", "name"], Kind::Name),
        field("policyType", &["policy", "type"], Kind::Text),
        field("resourceId", &["resource", "id"], Kind::Text),
        field("resourceName", &["resource", "name"], Kind::Name),
        field("resourceType", &["resource", "type"], Kind::Text),
        field("workflowId", &["workflowId"], Kind::Id),
        field("state", &["state"], STATE),
        field("resultCode", &["result", "code"], RESULT_CODE),
        field("enqueuedAt", &["enqueuedAt"], Kind::Time),
        field("assignedAt", &["assignedAt"], Kind::Time),
        field("startedAt", &["startedAt"], Kind::Time),
        field("updatedAt", &["updatedAt"], Kind::Time),
        field("completedAt", &["completedAt"], Kind::Time),
        field("tag", &["tags"], Kind::Tags),
        field("executorId", &["executor", "id"], Kind::Text),
        field("affinityAgentId", &["affinity", "agentId"], Kind::Text),
        field("affinityClusterId", &["affinity", "clusterId"], Kind::Text),
    ],
    listed: &["id", "state", "issuer", "cancelRequested", "enqueuedAt", "updatedAt", "assignCount"],
    single: &[
        "id",
        "state",
        "issuer",
        "cancelRequested",
        "enqueuedAt",
        "updatedAt",
        "assignCount",
        "tenant",
        "queue",
        "type",
        "priority",
    ],
    common: &[
        "idString",
        "uuid",
        "type",
        "tenant",
        "queue",
        "priority",
        "executor",
        "startedByUser",
        "policy",
        "resource",
        "progress",
        "startedAt",
    ],
};

/// The filters of tasks that an activity has members for, and its own four.
pub(super) static ACTIVITIES: Layout = Layout {
    list: "activities",
    item: "activity",
    fields: &[
        field("id", &["id"], Kind::Id),
        field("uuid", &["uuid"], Kind::Uuid),
        field("taskId", &["taskId"], Kind::Id),
        field("parentActivityId", &["parentActivityId"], Kind::Id),
        field("type", &["type"], Kind::Text),
        field("startedBy", &["startedByUser"], Kind::Text),
        field("policyId", &["policy", "id"], Kind::Text),
        field("policyName", &["policy", "name"], Kind::Name),
        field("policyType", &["policy", "type"], Kind::Text),
        field("resourceId", &["resource", "id"], Kind::Text),
        field("resourceName", &["resource", "name"], Kind::Name),
        field("resourceType", &["resource", "type"], Kind::Text),
        field("state", &["state"], STATE),
        field("resultCode", &["result", "code"], RESULT_CODE),
        field("createdAt", &["createdAt"], Kind::Time),
        field("startedAt", &["startedAt"], Kind::Time),
        field("updatedAt", &["updatedAt"], Kind::Time),
        field("completedAt", &["completedAt"], Kind::Time),
        field("tag", &["tags"], Kind::Tags),
        field("executorId", &["executor", "id"], Kind::Text),
        field("sustainable", &["sustainable"], Kind::Flag),
    ],
    listed: ACTIVITY_MEMBERS,
    single: ACTIVITY_MEMBERS,
    common: &[
        "idString",
        "uuid",
        "taskIdString",
        "parentActivityId",
        "startedByUser",
        "policy",
        "resource",
        "progress",
        "startedAt",
    ],
};

const ACTIVITY_MEMBERS: &[&str] =
    &["id", "state", "taskId", "tenant", "createdAt", "updatedAt", "executor", "type"];
