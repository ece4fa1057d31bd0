//! What several rooms refuse.

use kit::{Call, Error, Result, Violations, day};
use proto::common::v1::ErrorReason as Common;
use time::Date;

/// An act must not precede the one before it.
///
/// # Errors
/// The violation DATE_ORDER of the field.
pub fn not_before(field: &str, act: Date, before: Date) -> Result<()> {
    if act >= before {
        return Ok(());
    }
    let detail = format!("{} > {}", day::text(before), day::text(act));
    Err(Error::violation(field, Common::DateOrder, &[("detail", &detail)]))
}

/// A text of several lines that may be empty.
pub fn text(v: &mut Violations, field: &str, typed: &str) -> Option<String> {
    let text = reference::wire::clean(typed);
    if reference::text::is_clean_lines(&text).is_err() {
        v.add(field, Common::TextUnclean, &[]);
        return None;
    }
    Some(text)
}

/// The role in which the caller acts, by its number in the contract: the first that it holds of those the method asks for.
#[must_use]
pub fn acting(call: &Call) -> i32 {
    let held = call.caller.roles.iter().find(|held| call.method.roles.contains(&held.role));
    held.map_or(0, |held| held.role as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn texts_may_have_lines_and_nothing_that_hides() {
        let read = |typed: &str| text(&mut Violations::default(), "text", typed);
        assert_eq!(read(" a\nb ").as_deref(), Some("a\nb"));
        assert_eq!(read("").as_deref(), Some(""));
        assert_eq!(read("a\u{202e}b"), None);
    }

    #[test]
    fn acts_keep_their_order() {
        let (first, second) = (date!(2021 - 05 - 01), date!(2021 - 05 - 02));
        assert!(not_before("act_date", first, first).is_ok());
        assert!(not_before("act_date", second, first).is_ok());
        assert!(not_before("act_date", first, second).is_err());
    }
}
