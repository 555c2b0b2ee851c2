//! Filters: which items a list shows.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::error::QueryError;
use super::field::{Field, Key, Kind};
use super::layout::Layout;
use super::like::Pattern;
use super::time;

/// What an item must be like, by the position of the field.
///
/// - Different filters must all match. Many entries of one filter are
///   alternatives (CONTRACT 8.2): the parameter repeated, and for ids, UUIDs
///   and words such as states also `a,b`.
/// - Bounds are the exception *(open)*: all of one field's bounds must hold.
///   As alternatives `completedAt=gt(a)&completedAt=lt(b)` would match every
///   completed item there is, and clients that send it mean the range. Plain
///   times beside bounds are alternatives to the range.
/// - An item without the field does not match.
#[derive(Debug, Default)]
pub(super) struct Filters(BTreeMap<usize, Vec<Condition>>);

impl Filters {
    /// Adds one entry of the filter at `position`.
    pub(super) fn add(
        &mut self,
        position: usize,
        value: &str,
        layout: &Layout,
    ) -> Result<(), QueryError> {
        let field = &layout.fields[position];
        let conditions = self.0.entry(position).or_default();
        if field.kind.splits() {
            for part in value.split(',') {
                conditions.push(Condition::parse(part, field)?);
            }
        } else {
            conditions.push(Condition::parse(value, field)?);
        }
        Ok(())
    }

    /// Whether an item with these keys, by the position of the field, matches.
    pub(super) fn match_keys(&self, keys: &[Vec<Key>]) -> bool {
        self.0.iter().all(|(position, conditions)| {
            keys[*position].iter().any(|key| any_or_in_range(conditions, key))
        })
    }
}

fn any_or_in_range(conditions: &[Condition], key: &Key) -> bool {
    let (bounds, alternatives): (Vec<_>, Vec<_>) =
        conditions.iter().partition(|condition| matches!(condition, Condition::Bound(..)));
    let in_range = !bounds.is_empty() && bounds.iter().all(|bound| bound.holds(key));
    in_range || alternatives.iter().any(|alternative| alternative.holds(key))
}

#[derive(Debug)]
enum Condition {
    Is(Key),
    Bound(Bound, Timestamp),
    Like(Pattern),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Bound {
    After,
    From,
    Before,
    Until,
}

impl Condition {
    fn parse(value: &str, field: &Field) -> Result<Self, QueryError> {
        let refuse = || QueryError::Value {
            parameter: field.name,
            value: value.to_owned(),
            allowed: field.kind.allowed(),
        };
        match Operator::split(value) {
            None => field.kind.parse(value).map(Self::Is).ok_or_else(refuse),
            Some((Operator::Bound(bound), inner)) if field.kind == Kind::Time => {
                time::parse(inner).map(|time| Self::Bound(bound, time)).ok_or_else(refuse)
            }
            Some((Operator::Like, inner)) if field.kind == Kind::Name => {
                Ok(Self::Like(Pattern::new(inner)))
            }
            Some(_) => Err(refuse()),
        }
    }

    fn holds(&self, key: &Key) -> bool {
        match (self, key) {
            (Self::Is(wanted), _) => wanted == key,
            (Self::Bound(bound, limit), Key::Time(time)) => match bound {
                Bound::After => time > limit,
                Bound::From => time >= limit,
                Bound::Before => time < limit,
                Bound::Until => time <= limit,
            },
            (Self::Like(pattern), Key::Text(name)) => pattern.matches(name),
            (Self::Bound(..) | Self::Like(_), _) => false,
        }
    }
}

enum Operator {
    Bound(Bound),
    Like,
}

impl Operator {
    /// `gt(x)` as operator and `x`. Other words before a parenthesis are part
    /// of a plain text, e.g. of the name `Backup(daily)`.
    fn split(value: &str) -> Option<(Self, &str)> {
        let (word, rest) = value.split_once('(')?;
        let operator = match word {
            "gt" => Self::Bound(Bound::After),
            "ge" => Self::Bound(Bound::From),
            "lt" => Self::Bound(Bound::Before),
            "le" => Self::Bound(Bound::Until),
            "like" => Self::Like,
            _ => return None,
        };
        rest.strip_suffix(')').map(|inner| (operator, inner))
    }
}
