//! What can be filtered and ordered by, and how its values compare.

use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::time;

/// The largest id: 18 digits (CONTRACT 8.3).
const LARGEST_ID: u64 = 999_999_999_999_999_999;

/// A filterable member of an item.
#[derive(Debug)]
pub(super) struct Field {
    /// The parameter's name, e.g. `policyName`.
    pub(super) name: &'static str,
    /// Where the value is in the item, e.g. `["policy", "name"]`.
    pub(super) path: &'static [&'static str],
    pub(super) kind: Kind,
}

impl Field {
    /// The item's values of this field, none if it has none; the offending
    /// value if it is not of the field's kind.
    pub(super) fn keys<'a>(&self, item: &'a Value) -> Result<Vec<Key>, &'a Value> {
        let found = self.path.iter().try_fold(item, |inside, member| inside.get(member));
        let values = match found {
            None => return Ok(Vec::new()),
            Some(Value::Array(values)) if self.kind == Kind::Tags => values.as_slice(),
            Some(value) => std::slice::from_ref(value),
        };
        values.iter().map(|value| self.kind.read(value).ok_or(value)).collect()
    }
}

/// How a field's values are written and compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// An integer of up to 18 digits.
    Id,
    Uuid,
    /// Compared exactly.
    Text,
    /// Text that also takes `like(…)`.
    Name,
    /// An array of texts. Any of them may match; there is no order.
    Tags,
    /// One of these words, ordered as they stand.
    Choice(&'static [&'static str]),
    Time,
    Flag,
}

impl Kind {
    /// A value as a query writes it.
    pub(super) fn parse(self, text: &str) -> Option<Key> {
        match self {
            Self::Id => parse_id(text).map(Key::Id),
            Self::Uuid => text.parse().ok().map(Key::Uuid),
            Self::Text | Self::Name | Self::Tags => Some(Key::Text(text.to_owned())),
            Self::Choice(words) => words.iter().position(|word| *word == text).map(Key::Rank),
            Self::Time => time::parse(text).map(Key::Time),
            Self::Flag => text.parse().ok().map(Key::Flag),
        }
    }

    /// A value as an item holds it: unlike a query's, a time is RFC 3339 only.
    fn read(self, value: &Value) -> Option<Key> {
        match (self, value) {
            (Self::Id, Value::Number(id)) => {
                id.as_u64().filter(|id| *id <= LARGEST_ID).map(Key::Id)
            }
            (Self::Flag, Value::Bool(flag)) => Some(Key::Flag(*flag)),
            (Self::Time, Value::String(time)) => time.parse().ok().map(Key::Time),
            (Self::Id | Self::Flag, _) => None,
            (_, Value::String(text)) => self.parse(text),
            _ => None,
        }
    }

    /// Whether one entry may hold many values, separated by commas. Texts may
    /// contain commas themselves.
    pub(super) fn splits(self) -> bool {
        matches!(self, Self::Id | Self::Uuid | Self::Choice(_))
    }

    /// What a filter of this kind takes, for a person who sent something else.
    pub(super) fn allowed(self) -> String {
        match self {
            Self::Id => "an integer of up to 18 digits is".to_owned(),
            Self::Uuid => "a UUID is".to_owned(),
            Self::Text | Self::Tags => "a plain text is".to_owned(),
            Self::Name => "a plain text or `like(text)` is".to_owned(),
            Self::Choice(words) => format!("{} are", words.join(", ")),
            Self::Time => {
                "a time such as 2026-10-05T01:00:00Z is, plain or in gt(…), ge(…), lt(…) or le(…)"
                    .to_owned()
            }
            Self::Flag => "true and false are".to_owned(),
        }
    }
}

/// A value in comparable form. All keys of one field are of one variant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Id(u64),
    Uuid(Uuid),
    Text(String),
    Rank(usize),
    Time(Timestamp),
    Flag(bool),
}

/// 1 to 18 digits; never through a float (CONTRACT 8.3).
pub(super) fn parse_id(text: &str) -> Option<u64> {
    let digits = text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_1_to_18_digits_and_nothing_else() {
        for (text, id) in [
            ("481816309472763947", Some(481_816_309_472_763_947)),
            ("999999999999999999", Some(LARGEST_ID)),
            ("0007", Some(7)),
            ("1000000000000000000", None),
            ("", None),
            ("+7", None),
            ("-7", None),
            ("7.0", None),
            ("4.8e17", None),
            ("٧", None),
        ] {
            assert_eq!(parse_id(text), id, "given {text}");
        }
    }

    #[test]
    fn an_item_s_value_must_be_of_its_field_s_kind() {
        let words = Kind::Choice(&["low", "high"]);
        for (kind, value, fits) in [
            (Kind::Id, serde_json::json!(7), true),
            (Kind::Id, serde_json::json!("7"), false),
            (Kind::Id, serde_json::json!(7.5), false),
            (Kind::Id, serde_json::json!(LARGEST_ID + 1), false),
            (Kind::Flag, serde_json::json!(true), true),
            (Kind::Flag, serde_json::json!("true"), false),
            (Kind::Time, serde_json::json!("2026-10-05T01:00:00.5Z"), true),
            (Kind::Time, serde_json::json!("2026-10-05"), false),
            (Kind::Time, serde_json::json!(1_790_000_000), false),
            (words, serde_json::json!("high"), true),
            (words, serde_json::json!("High"), false),
            (Kind::Text, serde_json::json!("x"), true),
            (Kind::Text, serde_json::json!(null), false),
        ] {
            assert_eq!(kind.read(&value).is_some(), fits, "{kind:?} {value}");
        }
    }
}
