//! Certificates of completion.

use reference::calendar::add_months_clamped;
use time::Date;

/// First day on which a course is due again, given the session's last day; none where a certificate is good for good.
#[must_use]
pub fn repeat_date(complete_date: Date, validity_months: i32) -> Option<Date> {
    (validity_months > 0).then(|| add_months_clamped(complete_date, validity_months))
}

/// The number as it is printed: serial, year, issuing unit's code.
#[must_use]
pub fn number(serial: i32, year: i32, issuer: &str) -> String {
    format!("{serial}/{year}/GCN-{issuer}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn a_course_is_due_again_on_the_same_day_so_many_add_months_clamped() {
        for (complete, months, expected) in [
            (date!(2021 - 05 - 12), 0, None),
            (date!(2021 - 05 - 12), 12, Some(date!(2022 - 05 - 12))),
            (date!(2021 - 08 - 31), 6, Some(date!(2022 - 02 - 28))),
        ] {
            assert_eq!(repeat_date(complete, months), expected, "{complete} {months}");
        }
        assert_eq!(number(12, 2021, "54"), "12/2021/GCN-54");
    }
}
