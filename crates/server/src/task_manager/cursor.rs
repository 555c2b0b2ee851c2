//! `after`: where the next page begins, and of what.

use serde::{Deserialize, Serialize};

use super::layout::Layout;
use crate::opaque;

/// All that the next page needs beside `limit` and `lod`: the first page's
/// filters and order, and the last item shown. On the wire it is opaque.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cursor {
    /// `tasks` or `activities`.
    pub(super) list: String,
    /// E.g. `desc(id)`.
    pub(super) order: String,
    /// Parameters and values, decoded.
    pub(super) filters: Vec<(String, String)>,
    /// The id of the last item shown.
    pub(super) last: u64,
}

impl Cursor {
    pub(super) fn encode(&self) -> String {
        opaque::seal(self)
    }

    /// Reads a cursor of the layout's list.
    pub(super) fn decode(text: &str, layout: &Layout) -> Result<Self, CursorError> {
        let cursor: Self = opaque::open(text).ok_or(CursorError::Mangled)?;
        if cursor.list != layout.list {
            return Err(CursorError::OtherList { asked: layout.list });
        }
        Ok(cursor)
    }
}

/// What is wrong with a cursor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CursorError {
    /// It is not what was given out, to the character.
    #[error("pass on a page's `cursors.after` unchanged")]
    Mangled,
    /// A cursor of tasks was used with activities, or the other way round.
    #[error("it comes from another list than the {asked}")]
    OtherList {
        /// The list asked for now.
        asked: &'static str,
    },
    /// The item that the last page ended with is gone.
    #[error("it continues after an item that is gone; begin at the first page")]
    Gone,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::layout::{ACTIVITIES, TASKS};
    use super::*;

    fn any_cursor() -> impl Strategy<Value = Cursor> {
        let filters = prop::collection::vec(("\\PC*", "\\PC*"), 0..4);
        ("\\PC*", filters, any::<u64>()).prop_map(|(order, filters, last)| Cursor {
            list: "tasks".to_owned(),
            order,
            filters,
            last,
        })
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_read_back(cursor in any_cursor()) {
            let text = cursor.encode();
            prop_assert_eq!(Cursor::decode(&text, &TASKS), Ok(cursor));
        }

        #[test]
        fn a_cursor_has_unreserved_characters_only(cursor in any_cursor()) {
            let unreserved = |c: char| c.is_ascii_alphanumeric() || "-._~".contains(c);
            prop_assert!(cursor.encode().chars().all(unreserved));
        }

        #[test]
        fn a_changed_character_is_noticed(
            cursor in any_cursor(), at in any::<prop::sample::Index>(), put in "[A-Za-z0-9_-]"
        ) {
            let mut text = cursor.encode();
            let at = at.index(text.len());
            prop_assume!(text[at..=at] != put);
            text.replace_range(at..=at, &put);
            prop_assert_eq!(Cursor::decode(&text, &TASKS), Err(CursorError::Mangled));
        }

        #[test]
        fn a_cursor_cut_short_is_noticed(cursor in any_cursor(), at in any::<prop::sample::Index>()) {
            let text = cursor.encode();
            let cut = &text[..at.index(text.len())];
            prop_assert_eq!(Cursor::decode(cut, &TASKS), Err(CursorError::Mangled));
        }

        #[test]
        fn nothing_makes_the_reader_panic(text in "\\PC*") {
            prop_assert_eq!(Cursor::decode(&text, &TASKS), Err(CursorError::Mangled));
        }

        #[test]
        fn a_cursor_belongs_to_its_list(cursor in any_cursor()) {
            prop_assert_eq!(
                Cursor::decode(&cursor.encode(), &ACTIVITIES),
                Err(CursorError::OtherList { asked: "activities" })
            );
        }
    }
}
