//! When a paper is issued. Pure.

use time::Date;

use crate::certificates::domain::{Decided, Status};
use crate::shared::domain::stored;

/// Why a paper is issued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is the first one.
    First,
    /// The one before was lost.
    Lost,
    /// The one before was damaged.
    Damaged,
    /// The certificate was corrected.
    Corrected,
    /// The certificate was handed over.
    Transferred,
}

stored!(Reason {
    First = "first",
    Lost = "lost",
    Damaged = "damaged",
    Corrected = "corrected",
    Transferred = "transferred",
});

/// True where the reason fits the number of papers that there are.
#[must_use]
pub fn fits(reason: Reason, papers: i32) -> bool {
    (reason == Reason::First) == (papers == 0)
}

/// True where a certificate of this status gets a paper.
#[must_use]
pub fn gets_paper(status: Status) -> bool {
    status.in_force() || matches!(status, Status::Suspended | Status::NotYetValid)
}

/// The days of a certificate in words: "từ ngày 1/12/2021 đến hết ngày 30/11/2024".
#[must_use]
pub fn term_in_words(decided: Decided, out: Decided) -> String {
    let last = out.latest.previous_day().unwrap_or(out.latest);
    let text = |day: Date| format!("{}/{}/{}", day.day(), u8::from(day.month()), day.year());
    format!("Có giá trị từ ngày {} đến hết ngày {}", text(decided.latest), text(last))
}

/// A place with a day in words: "Phú Yên, ngày 1 tháng 12 năm 2021".
#[must_use]
pub fn place_and_day(place: &str, day: Date) -> String {
    format!("{place}, ngày {} tháng {} năm {}", day.day(), u8::from(day.month()), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::date;

    #[test]
    fn the_first_paper_is_issued_once_and_all_others_after_it() {
        assert!(fits(Reason::First, 0) && !fits(Reason::First, 1));
        for reason in [Reason::Lost, Reason::Damaged, Reason::Corrected, Reason::Transferred] {
            assert!(!fits(reason, 0) && fits(reason, 1) && fits(reason, 7), "{reason:?}");
        }
        for (status, expected) in [
            (Status::Valid, true),
            (Status::Grace, true),
            (Status::Suspended, true),
            (Status::Expired, false),
            (Status::Revoked, false),
            (Status::DateUncertain, false),
        ] {
            assert_eq!(gets_paper(status), expected, "{status:?}");
        }
    }

    #[test]
    fn days_are_written_as_the_forms_write_them() {
        let (decided, out) = (Decided::on(date!(2021 - 12 - 01)), Decided::on(date!(2024 - 12 - 01)));
        assert_eq!(term_in_words(decided, out), "Có giá trị từ ngày 1/12/2021 đến hết ngày 30/11/2024");
        assert_eq!(place_and_day("Phú Yên", date!(2021 - 12 - 01)), "Phú Yên, ngày 1 tháng 12 năm 2021");
    }
}
