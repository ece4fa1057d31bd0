//! The rules of duties.

use time::Date;

/// Why a duty cannot end on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has ended already, on this day.
    Ended(Date),
    /// The day lies before its first, which is this.
    DateOrder(Date),
}

/// The last day of a duty.
///
/// # Errors
/// See [`Refusal`].
pub fn end(begin: Date, ended: Option<Date>, on: Date) -> Result<Date, Refusal> {
    match ended {
        Some(last) => Err(Refusal::Ended(last)),
        None if on < begin => Err(Refusal::DateOrder(begin)),
        None => Ok(on),
    }
}

/// True where a duty has not ended before a day.
#[must_use]
pub fn lasts(ended: Option<Date>, on: Date) -> bool {
    ended.is_none_or(|end| on <= end)
}

/// True where a duty is held on a day; the last day is inclusive.
#[must_use]
pub fn held(begin: Date, ended: Option<Date>, on: Date) -> bool {
    begin <= on && lasts(ended, on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_duty_ends_once_and_not_before_it_began() {
        let (begin, day) = (date!(2021 - 03 - 01), date!(2021 - 06 - 30));
        assert_eq!(end(begin, None, day), Ok(day));
        assert_eq!(end(begin, None, begin), Ok(begin));
        assert_eq!(end(begin, Some(day), day), Err(Refusal::Ended(day)));
        assert_eq!(end(day, None, begin), Err(Refusal::DateOrder(day)));
    }

    #[test]
    fn first_and_last_day_belong_to_a_duty() {
        let (begin, last) = (date!(2021 - 03 - 01), date!(2021 - 06 - 30));
        assert!(held(begin, Some(last), begin) && held(begin, Some(last), last));
        assert!(!held(begin, Some(last), date!(2021 - 02 - 28)) && !held(begin, Some(last), date!(2021 - 07 - 01)));
        assert!(held(begin, None, date!(2030 - 01 - 01)));
    }
}
