//! What happens to a member of a JSON answer, at any depth.

use serde::Deserialize;
use serde_json::{Map, Value};

/// What happens to one member. It is named by a JSON Pointer (RFC 6901), in which `*` stands for
/// each member or item: `/items/*/id`. A name without a slash is a member of the top.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum MemberChange {
    /// It is left out.
    Remove(String),
    /// It has another value, be it there or not.
    Set(String, Value),
    /// It is null.
    Null(String),
    /// It has another name.
    Rename(String, String),
    /// A number is multiplied: seconds become milliseconds.
    Multiply(String, i64),
    /// A number is moved.
    Add(String, i64),
    /// A number becomes a text.
    Quote(String),
    /// A number loses the precision that a float has not.
    Float(String),
    /// A text has more at its end.
    Append(String, String),
    /// A text is in upper case.
    UpperCase(String),
    /// Of a list only so many items are left.
    Keep(String, usize),
    /// A list runs backwards, or an object's members do.
    Reverse(String),
    /// A list has its first item once more, at its end.
    Repeat(String),
}

impl MemberChange {
    /// Whether it names a member, or how it does not.
    pub(super) fn check(&self) -> Result<(), String> {
        let (Self::Remove(at)
        | Self::Set(at, _)
        | Self::Null(at)
        | Self::Rename(at, _)
        | Self::Multiply(at, _)
        | Self::Add(at, _)
        | Self::Quote(at)
        | Self::Float(at)
        | Self::Append(at, _)
        | Self::UpperCase(at)
        | Self::Keep(at, _)
        | Self::Reverse(at)
        | Self::Repeat(at)) = self;
        if at.contains('/') && !at.starts_with('/') { Err(at.clone()) } else { Ok(()) }
    }

    /// Changes a JSON value; a member that is not there stays away.
    pub(crate) fn apply(&self, value: &mut Value) {
        match self {
            Self::Remove(at) => with_parent(value, at, |parent, name| {
                parent.shift_remove(name);
            }),
            Self::Set(at, new) => with_parent(value, at, |parent, name| {
                parent.insert(name.to_owned(), new.clone());
            }),
            Self::Null(at) => with_each(value, at, &|value| *value = Value::Null),
            Self::Rename(at, new) => with_parent(value, at, |parent, name| {
                if let Some(value) = parent.shift_remove(name) {
                    parent.insert(new.clone(), value);
                }
            }),
            Self::Multiply(at, by) => {
                with_number(value, at, |number| number.saturating_mul(*by));
            }
            Self::Add(at, by) => with_number(value, at, |number| number.saturating_add(*by)),
            Self::Quote(at) => {
                with_each(value, at, &|value| *value = Value::String(value.to_string()));
            }
            Self::Float(at) => with_each(value, at, &|value| {
                if let Some(number) = value.as_f64() {
                    *value = number.into();
                }
            }),
            Self::Append(at, more) => with_text(value, at, |text| text.push_str(more)),
            Self::UpperCase(at) => with_text(value, at, |text| *text = text.to_uppercase()),
            Self::Keep(at, count) => with_list(value, at, |list| list.truncate(*count)),
            Self::Repeat(at) => with_list(value, at, |list| list.extend(list.first().cloned())),
            Self::Reverse(at) => with_each(value, at, &|value| match value {
                Value::Array(list) => list.reverse(),
                Value::Object(members) => {
                    *members = std::mem::take(members).into_iter().rev().collect();
                }
                _ => {}
            }),
        }
    }
}

/// The steps of a pointer, or of a name.
fn steps(at: &str) -> Vec<String> {
    match at.strip_prefix('/') {
        None if at.is_empty() => Vec::new(),
        None => vec![at.to_owned()],
        Some(rest) => {
            rest.split('/').map(|step| step.replace("~1", "/").replace("~0", "~")).collect()
        }
    }
}

fn with_each(value: &mut Value, at: &str, change: &dyn Fn(&mut Value)) {
    walk(value, &steps(at), change);
}

fn walk(value: &mut Value, steps: &[String], change: &dyn Fn(&mut Value)) {
    let Some((step, rest)) = steps.split_first() else { return change(value) };
    match value {
        Value::Object(members) if step == "*" => {
            for member in members.values_mut() {
                walk(member, rest, change);
            }
        }
        Value::Array(items) if step == "*" => {
            for item in items {
                walk(item, rest, change);
            }
        }
        Value::Object(members) => {
            if let Some(member) = members.get_mut(step) {
                walk(member, rest, change);
            }
        }
        Value::Array(items) => {
            let item = step.parse().ok().and_then(|index: usize| items.get_mut(index));
            if let Some(item) = item {
                walk(item, rest, change);
            }
        }
        _ => {}
    }
}

fn with_parent(value: &mut Value, at: &str, change: impl Fn(&mut Map<String, Value>, &str)) {
    let mut steps = steps(at);
    let Some(name) = steps.pop() else { return };
    walk(value, &steps, &|parent| {
        if let Value::Object(members) = parent {
            change(members, &name);
        }
    });
}

fn with_number(value: &mut Value, at: &str, change: impl Fn(i64) -> i64) {
    with_each(value, at, &|value| {
        if let Some(number) = value.as_i64() {
            *value = change(number).into();
        }
    });
}

fn with_text(value: &mut Value, at: &str, change: impl Fn(&mut String)) {
    with_each(value, at, &|value| {
        if let Value::String(text) = value {
            change(text);
        }
    });
}

fn with_list(value: &mut Value, at: &str, change: impl Fn(&mut Vec<Value>)) {
    with_each(value, at, &|value| {
        if let Value::Array(list) = value {
            change(list);
        }
    });
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Deserialize)]
    struct Changes {
        members: Vec<MemberChange>,
    }

    fn changed(mut value: Value, changes: &str) -> String {
        let changes: Changes = toml::from_str(&format!("members = [{changes}]")).unwrap();
        changes.members.iter().for_each(|change| change.apply(&mut value));
        value.to_string()
    }

    #[test]
    fn members_of_the_top_change_as_they_are_told() {
        let value = json!({"expires_on": 10, "token_type": "bearer", "id_token": "x"});

        let changed = changed(
            value,
            "{ multiply = ['expires_on', 1000] }, { add = ['expires_on', 1] }, \
             { quote = 'expires_on' }, { set = ['token_type', 'MAC'] }, { remove = 'id_token' }, \
             { rename = ['token_type', 'type'] }, { remove = 'absent' }",
        );

        assert_eq!(changed, r#"{"expires_on":"10001","type":"MAC"}"#);
    }

    #[test]
    fn a_pointer_reaches_each_item() {
        for (change, wanted) in [
            ("{ remove = '/items/*/a' }", r#"{"items":[{"b":"x"},{"b":"y"}],"size":2}"#),
            ("{ null = '/items/0/b' }", r#"{"items":[{"a":1,"b":null},{"a":2,"b":"y"}],"size":2}"#),
            ("{ keep = ['/items', 1] }", r#"{"items":[{"a":1,"b":"x"}],"size":2}"#),
            (
                "{ reverse = '/items' }, { upper_case = '/items/*/b' }",
                r#"{"items":[{"a":2,"b":"Y"},{"a":1,"b":"X"}],"size":2}"#,
            ),
            (
                "{ keep = ['/items', 0] }, { append = ['/items/*/b', '!'] }",
                r#"{"items":[],"size":2}"#,
            ),
            ("{ reverse = '' }, { remove = 'items' }", r#"{"size":2}"#),
            (
                "{ repeat = '/items' }, { remove = '/items/*/b' }",
                r#"{"items":[{"a":1},{"a":2},{"a":1}],"size":2}"#,
            ),
            (
                "{ set = ['/deep/er', 1] }",
                r#"{"items":[{"a":1,"b":"x"},{"a":2,"b":"y"}],"size":2}"#,
            ),
        ] {
            let value = json!({"items": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "size": 2});
            assert_eq!(changed(value, change), wanted, "{change}");
        }
    }

    #[test]
    fn a_float_forgets_the_last_digits() {
        let value = json!({"id": 481_914_914_140_162_191_u64});

        assert_eq!(changed(value, "{ float = 'id' }"), r#"{"id":4.819149141401622e+17}"#);
    }
}
