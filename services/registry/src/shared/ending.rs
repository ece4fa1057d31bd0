//! How something that lasts ends: once, and not before it began.

use time::Date;

/// Why something does not end on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It has ended already, on this day.
    Ended(Date),
    /// The day lies before its first, which is this.
    TooEarly(Date),
}

/// The last day.
///
/// # Errors
/// See [`Refusal`].
pub fn end(begin: Date, ended: Option<Date>, on: Date) -> Result<Date, Refusal> {
    match ended {
        Some(last) => Err(Refusal::Ended(last)),
        None if on < begin => Err(Refusal::TooEarly(begin)),
        None => Ok(on),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn what_lasts_ends_once_and_not_before_it_began() {
        let (begin, last) = (date!(2021 - 03 - 01), date!(2021 - 06 - 30));
        assert_eq!(end(begin, None, begin), Ok(begin));
        assert_eq!(end(begin, Some(last), last), Err(Refusal::Ended(last)));
        assert_eq!(end(last, None, begin), Err(Refusal::TooEarly(last)));
    }
}
