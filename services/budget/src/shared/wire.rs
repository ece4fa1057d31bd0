//! What several rooms refuse.

use kit::{Error, Result, day};
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

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn acts_keep_their_order() {
        let (first, second) = (date!(2021 - 05 - 01), date!(2021 - 05 - 02));
        assert!(not_before("act_date", first, first).is_ok());
        assert!(not_before("act_date", second, first).is_ok());
        assert!(not_before("act_date", first, second).is_err());
    }
}
