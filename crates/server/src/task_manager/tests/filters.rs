//! Every filter and every operator.

use super::*;

/// The ids of the items that the predicate picks, oldest first.
fn picked(json: &str, predicate: impl Fn(&Value) -> bool) -> Vec<u64> {
    items(json)
        .iter()
        .filter(|item| predicate(item))
        .map(|item| item["id"].as_u64().unwrap())
        .collect()
}

#[test]
fn each_filter_of_tasks_picks_by_its_member() {
    let manager = task_manager();
    for (query, pointer, value) in [
        (
            "uuid=2B9F64C1-4D10-4A00-9C00-000000001003",
            "/uuid",
            "2b9f64c1-4d10-4a00-9c00-000000001003",
        ),
        ("type=backup", "/type", "backup"),
        ("queue=agent.backup", "/queue", "agent.backup"),
        ("priority=aboveNormal", "/priority", "aboveNormal"),
        ("startedBy=partner.admin%40example.com", "/startedByUser", "partner.admin@example.com"),
        (
            "policyId=5c0e7b1a-94d2-4b7e-8a61-3f2d90ab0002",
            "/policy/id",
            "5c0e7b1a-94d2-4b7e-8a61-3f2d90ab0002",
        ),
        ("policyName=Daily+Server+Backup", "/policy/name", "Daily Server Backup"),
        ("policyType=antimalware", "/policy/type", "antimalware"),
        (
            "resourceId=b3f41d60-7c28-4e15-9d0a-6e81c2f70003",
            "/resource/id",
            "b3f41d60-7c28-4e15-9d0a-6e81c2f70003",
        ),
        ("resourceName=LAPTOP-ANNA", "/resource/name", "LAPTOP-ANNA"),
        ("resourceType=mailbox", "/resource/type", "mailbox"),
        ("state=paused", "/state", "paused"),
        ("resultCode=timedout", "/result/code", "timedout"),
        ("executorId=agent-21", "/executor/id", "agent-21"),
        ("affinityAgentId=agent-12", "/affinity/agentId", "agent-12"),
        ("affinityClusterId=eu2-agents", "/affinity/clusterId", "eu2-agents"),
        ("enqueuedAt=2026-10-22T02:00:00Z", "/enqueuedAt", "2026-10-22T02:00:00Z"),
        ("assignedAt=2026-10-22T02:00:01Z", "/assignedAt", "2026-10-22T02:00:01Z"),
        ("startedAt=2026-10-22T02:00:02Z", "/startedAt", "2026-10-22T02:00:02Z"),
        ("updatedAt=2026-11-02T12:30:00Z", "/updatedAt", "2026-11-02T12:30:00Z"),
        ("completedAt=2026-10-25T09:15:30.25Z", "/completedAt", "2026-10-25T09:15:30.250Z"),
    ] {
        let expected = picked(TASKS, |task| task.pointer(pointer).is_some_and(|v| v == value));

        assert!((1..15).contains(&expected.len()), "{query} would prove little");
        assert_eq!(ids(manager.tasks(), &format!("order=asc(id)&{query}")), expected, "{query}");
    }
}

#[test]
fn ids_and_tags_pick_too() {
    let manager = task_manager();
    let first = 481_816_309_472_763_947;

    assert_eq!(ids(manager.tasks(), "id=481816309472763947"), [first]);
    // The next integer: a float could not tell the two apart.
    assert_eq!(ids(manager.tasks(), "id=481816309472763948"), [0_u64; 0]);
    assert_eq!(
        ids(manager.tasks(), "workflowId=77120045&order=asc(id)"),
        picked(TASKS, |task| task["workflowId"] == 77_120_045)
    );
    assert_eq!(
        ids(manager.tasks(), "tag=urgent&order=asc(id)"),
        picked(TASKS, |task| task["tags"].as_array().unwrap().contains(&"urgent".into()))
    );
}

#[test]
fn each_filter_of_activities_picks_by_its_member() {
    let manager = task_manager();
    for (query, pointer, value) in [
        ("id=481906309472764157", "/id", 481_906_309_472_764_157_u64.into()),
        ("taskId=481816309472763947", "/taskId", 481_816_309_472_763_947_u64.into()),
        (
            "parentActivityId=481906309472764157",
            "/parentActivityId",
            481_906_309_472_764_157_u64.into(),
        ),
        (
            "uuid=8e02d7a5-61b3-4f00-a700-000000002002",
            "/uuid",
            "8e02d7a5-61b3-4f00-a700-000000002002".into(),
        ),
        ("type=upload", "/type", "upload".into()),
        (
            "startedBy=admin@customer.example.com",
            "/startedByUser",
            "admin@customer.example.com".into(),
        ),
        (
            "policyId=5c0e7b1a-94d2-4b7e-8a61-3f2d90ab0004",
            "/policy/id",
            "5c0e7b1a-94d2-4b7e-8a61-3f2d90ab0004".into(),
        ),
        ("policyName=Patch%20Tuesday", "/policy/name", "Patch Tuesday".into()),
        ("policyType=backup", "/policy/type", "backup".into()),
        (
            "resourceId=b3f41d60-7c28-4e15-9d0a-6e81c2f70005",
            "/resource/id",
            "b3f41d60-7c28-4e15-9d0a-6e81c2f70005".into(),
        ),
        ("resourceName=vm-lab-1", "/resource/name", "vm-lab-1".into()),
        ("resourceType=workstation", "/resource/type", "workstation".into()),
        ("state=enqueued", "/state", "enqueued".into()),
        ("resultCode=error", "/result/code", "error".into()),
        ("tag=lab", "/tags/0", "lab".into()),
        ("executorId=agent-13", "/executor/id", "agent-13".into()),
        ("sustainable=true", "/sustainable", true.into()),
        ("createdAt=2026-10-05T01:00:06Z", "/createdAt", "2026-10-05T01:00:06Z".into()),
        ("startedAt=2026-10-05T01:00:06Z", "/startedAt", "2026-10-05T01:00:06Z".into()),
        ("updatedAt=2026-10-05T01:01:30Z", "/updatedAt", "2026-10-05T01:01:30Z".into()),
        ("completedAt=2026-10-05T01:01:30Z", "/completedAt", "2026-10-05T01:01:30Z".into()),
    ] {
        let value: Value = value;
        let expected = picked(ACTIVITIES, |item| item.pointer(pointer) == Some(&value));

        assert!((1..22).contains(&expected.len()), "{query} would prove little");
        assert_eq!(
            ids(manager.activities(), &format!("order=asc(id)&{query}")),
            expected,
            "{query}"
        );
    }
}

#[test]
fn entries_of_one_filter_are_alternatives_and_filters_narrow_each_other() {
    let manager = task_manager();
    for (query, predicate) in [
        (
            "state=started&state=paused",
            (|task| task["state"] == "started" || task["state"] == "paused") as fn(&Value) -> bool,
        ),
        ("state=started,paused", |task| task["state"] == "started" || task["state"] == "paused"),
        ("type=report&type=recovery", |task| {
            task["type"] == "report" || task["type"] == "recovery"
        }),
        ("tag=daily&tag=hourly", |task| {
            ["daily", "hourly"]
                .iter()
                .any(|tag| task["tags"].as_array().unwrap().contains(&(*tag).into()))
        }),
        ("type=backup&state=started", |task| {
            task["type"] == "backup" && task["state"] == "started"
        }),
        ("id=481816309472763947,481823352663292393", |task| {
            task["idString"] == "481816309472763947" || task["idString"] == "481823352663292393"
        }),
        ("type=backup,report", |_| false),
        ("executorId=", |_| false),
        ("state=started&&state=started", |task| task["state"] == "started"),
    ] {
        let query = format!("order=asc(id)&{query}");
        assert_eq!(ids(manager.tasks(), &query), picked(TASKS, predicate), "{query}");
    }
}

#[test]
fn times_are_bounded_and_two_bounds_are_a_range() {
    let manager = task_manager();
    let at = "2026-10-19T03:00:00Z"; // when the validation timed out
    let completed = |task: &Value| task["completedAt"].as_str().map(str::to_owned);
    for (query, predicate) in [
        ("gt({})", (|done, at| done > at) as fn(&str, &str) -> bool),
        ("ge({})", |done, at| done >= at),
        ("lt({})", |done, at| done < at),
        ("le({})", |done, at| done <= at),
        ("{}", |done, at| done == at),
        ("gt(2026-10-07)&completedAt=le({})", |done, at| done > "2026-10-07" && done <= at),
        ("ge({})&completedAt=lt(2026-10-23)", |done, at| done >= at && done < "2026-10-23"),
        ("gt({})&completedAt=gt(2026-10-22T01:00:00Z)", |done, _| done > "2026-10-22T01:00:00Z"),
        ("gt({})&completedAt=lt({})", |_, _| false),
        ("gt(2026-10-23)&completedAt={}", |done, at| done > "2026-10-23" || done == at),
        ("gt(2026-10-19T05:00:00%2B02:00)", |done, at| done > at),
        ("gt(2026-10-19T05:00:00+02:00)", |done, at| done > at),
        ("gt%282026-10-19T03%3A00%3A00%29", |done, at| done > at),
        ("ge(1792378800)", |done, at| done >= at),
        ("ge(Mon,+19+Oct+2026+03:00:00+GMT)", |done, at| done >= at),
    ] {
        let query = format!("order=asc(id)&completedAt={}", query.replace("{}", at));
        let expected =
            picked(TASKS, |task| completed(task).is_some_and(|done| predicate(&done, at)));
        assert_eq!(ids(manager.tasks(), &query), expected, "{query}");
    }
}

#[test]
fn names_are_found_by_a_part() {
    let manager = task_manager();
    let named = |pointer: &'static str, part: &'static str| {
        picked(TASKS, move |task| {
            let name = task.pointer(pointer).and_then(Value::as_str);
            name.is_some_and(|name| name.to_lowercase().contains(part))
        })
    };
    for (query, expected) in [
        ("policyName=like(server)", named("/policy/name", "server")),
        ("policyName=like(*Backup)", named("/policy/name", "backup")),
        ("policyName=like(%25Server%25)", named("/policy/name", "server")),
        ("resourceName=like(vm-*)", named("/resource/name", "vm-")),
        ("resourceName=like(nothing)", Vec::new()),
        ("policyName=Server", Vec::new()),
    ] {
        assert_eq!(ids(manager.tasks(), &format!("order=asc(id)&{query}")), expected, "{query}");
    }
}

#[test]
fn a_name_with_parentheses_is_a_name() {
    let mut task = items(TASKS).remove(0);
    task["policy"]["name"] = "Backup(daily)".into();
    let tasks = serde_json::json!([task]).to_string();
    let manager = TaskManager::from_json(&tasks, "[]").unwrap();

    assert_eq!(ids(manager.tasks(), "policyName=Backup(daily)").len(), 1);
    assert_eq!(ids(manager.tasks(), "policyName=like(Backup(d*))").len(), 1);
}
