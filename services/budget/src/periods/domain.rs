//! How a year is cut into periods, and which entries a day admits.

use kit::states::{self, Forbidden};
use time::{Date, Duration, Month};

use crate::ledger::domain::{Account, Kind, Posting};
use crate::shared::words::words;

words! {
    /// How a year is cut.
    pub enum Length {
        /// Twelve months.
        Month = 1 "month",
        /// Four quarters.
        Quarter = 2 "quarter",
    }
}

words! {
    /// What may be carried over into the next year.
    pub enum CarryOver {
        /// Nothing.
        Nothing = 1 "nothing",
        /// What is available.
        Available = 2 "available",
    }
}

words! {
    /// Whether a period takes entries.
    pub enum State {
        /// It does.
        Open = 1 "open",
        /// It does not.
        Closed = 2 "closed",
    }
}

words! {
    /// A step of a period.
    pub enum Verb {
        /// It takes no entry any more.
        Close = 1 "close",
        /// It takes entries again.
        Reopen = 2 "reopen",
    }
}

/// All that a period can do; what is not here is refused.
pub const TRANSITIONS: &[(State, Verb, State)] =
    &[(State::Open, Verb::Close, State::Closed), (State::Closed, Verb::Reopen, State::Open)];

/// Days of the adjustment period, and days that an officer may date back, where nothing else was set.
pub const USUAL_DAYS: i32 = 31;

/// The book of a plan's year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Book {
    /// The year.
    pub year: i32,
    /// How it is cut.
    pub length: Length,
    /// Days after its end in which what was bound before is paid and settled.
    pub adjustment_days: i32,
    /// How far back those may date who may not date back at will.
    pub backdate_days: i32,
    /// What may be carried over.
    pub carry_over: CarryOver,
    /// The closed periods, a bit for each.
    pub closed: i64,
    /// When the year was closed.
    pub close_date: Option<Date>,
}

/// A period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Its number, from 1.
    pub number: i32,
    /// Its first day.
    pub begin: Date,
    /// Its last day.
    pub end: Date,
    /// It is the adjustment period.
    pub adjustment: bool,
}

/// Why an entry cannot bear a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateFault {
    /// The day is no day of the book, or not for this kind.
    OutsideYear,
    /// Its period is closed.
    PeriodClosed {
        /// The period.
        number: i32,
    },
    /// The year is closed.
    YearClosed,
}

/// What changes in a book; none for what stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// How the year is cut.
    pub length: Option<Length>,
    /// Days of the adjustment period.
    pub adjustment_days: Option<i32>,
    /// Days that an officer may date back.
    pub backdate_days: Option<i32>,
    /// What may be carried over.
    pub carry_over: Option<CarryOver>,
}

/// Why a book does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeFault {
    /// The year is closed.
    YearClosed,
    /// A period is closed.
    PeriodsFixed {
        /// The first one.
        number: i32,
    },
}

fn first_day(year: i32, month: u8) -> Date {
    let month = Month::try_from(month).unwrap_or(Month::January);
    Date::from_calendar_date(year, month, 1).unwrap_or(Date::MIN)
}

impl Book {
    /// The book of a year for which nothing was set.
    #[must_use]
    pub fn of(year: i32) -> Self {
        Self {
            year,
            length: Length::Month,
            adjustment_days: USUAL_DAYS,
            backdate_days: USUAL_DAYS,
            carry_over: CarryOver::Available,
            closed: 0,
            close_date: None,
        }
    }

    /// The periods in order.
    #[must_use]
    pub fn spans(&self) -> Vec<Span> {
        let months: u8 = match self.length {
            Length::Month => 1,
            Length::Quarter => 3,
        };
        let begins = (0..12 / months).map(|at| first_day(self.year, at * months + 1));
        let next_year = first_day(self.year.saturating_add(1), 1);
        let ends = begins.clone().skip(1).chain([next_year]).map(|next| next.previous_day().unwrap_or(next));
        let regular = begins.zip(ends).map(|(begin, end)| (begin, end, false));
        let adjustment = (self.adjustment_days > 0).then_some((next_year, self.last_day(), true));
        (1..)
            .zip(regular.chain(adjustment))
            .map(|(number, (begin, end, adjustment))| Span { number, begin, end, adjustment })
            .collect()
    }

    /// The last day that an entry may bear.
    #[must_use]
    pub fn last_day(&self) -> Date {
        let next_year = first_day(self.year.saturating_add(1), 1);
        next_year.saturating_add(Duration::days(i64::from(self.adjustment_days) - 1))
    }

    /// The period of a number.
    #[must_use]
    pub fn span(&self, number: i32) -> Option<Span> {
        self.spans().into_iter().find(|span| span.number == number)
    }

    /// Whether a period takes entries.
    #[must_use]
    pub fn state(&self, number: i32) -> State {
        if self.closed >> number.clamp(0, 62) & 1 == 1 { State::Closed } else { State::Open }
    }

    /// The first period that is open, of those before one.
    #[must_use]
    pub fn open_before(&self, number: i32) -> Option<i32> {
        self.spans().into_iter().map(|s| s.number).find(|n| *n < number && self.state(*n) == State::Open)
    }

    /// The first period that is closed.
    #[must_use]
    pub fn first_closed(&self) -> Option<i32> {
        self.spans().into_iter().map(|s| s.number).find(|n| self.state(*n) == State::Closed)
    }

    /// Takes a step of a period.
    ///
    /// # Errors
    /// The table has no such step.
    pub fn step(&mut self, number: i32, verb: Verb) -> Result<(), Forbidden<State, Verb>> {
        let bit = 1_i64 << number.clamp(0, 62);
        match states::step(TRANSITIONS, self.state(number), verb)? {
            State::Closed => self.closed |= bit,
            State::Open => self.closed &= !bit,
        }
        Ok(())
    }

    /// The period that an entry of a day belongs to: money comes in before its year, and what binds money binds it within.
    fn period_of(&self, posting: Posting, act: Date) -> Option<i32> {
        let brings = matches!(posting.kind, Kind::Assign | Kind::CarryIn);
        let moves = matches!(posting.kind, Kind::Assign | Kind::TransferOut | Kind::TransferIn);
        // By its accounts and not by its kind: a release or a refund that is corrected binds again.
        let takes = matches!(posting.debit, Account::Committed | Account::Paid);
        let binds = moves || posting.credit == Account::Available && takes;
        let spans = self.spans();
        if brings && spans.first().is_some_and(|first| act < first.begin) {
            return Some(1);
        }
        let span = spans.into_iter().find(|span| (span.begin..=span.end).contains(&act))?;
        (!(span.adjustment && binds)).then_some(span.number)
    }

    /// Judges the day of an entry.
    ///
    /// # Errors
    /// Why the entry cannot bear it.
    pub fn admits(&self, posting: Posting, act: Date) -> Result<(), DateFault> {
        if self.close_date.is_some() {
            return Err(DateFault::YearClosed);
        }
        let number = self.period_of(posting, act).ok_or(DateFault::OutsideYear)?;
        match self.state(number) {
            State::Open => Ok(()),
            State::Closed => Err(DateFault::PeriodClosed { number }),
        }
    }

    /// True where somebody who may not date back at will may record this day's act today.
    #[must_use]
    pub fn is_recent(&self, act: Date, today: Date) -> bool {
        (today - act).whole_days() <= i64::from(self.backdate_days)
    }

    /// Changes the rules.
    ///
    /// # Errors
    /// Why not.
    pub fn change(&mut self, change: Change) -> Result<(), ChangeFault> {
        if self.close_date.is_some() {
            return Err(ChangeFault::YearClosed);
        }
        let cuts = (change.length.unwrap_or(self.length), change.adjustment_days.unwrap_or(self.adjustment_days));
        if cuts != (self.length, self.adjustment_days)
            && let Some(number) = self.first_closed()
        {
            return Err(ChangeFault::PeriodsFixed { number });
        }
        (self.length, self.adjustment_days) = cuts;
        self.backdate_days = change.backdate_days.unwrap_or(self.backdate_days);
        self.carry_over = change.carry_over.unwrap_or(self.carry_over);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn a_year_has_twelve_months_or_four_quarters_and_an_adjustment_period() {
        let mut book = Book::of(2021);
        let spans = book.spans();
        assert_eq!(spans.len(), 13);
        assert_eq!((spans[1].begin, spans[1].end), (date!(2021 - 02 - 01), date!(2021 - 02 - 28)));
        assert_eq!((spans[12].begin, spans[12].end), (date!(2022 - 01 - 01), date!(2022 - 01 - 31)));
        assert!(spans[12].adjustment && !spans[11].adjustment);
        book.length = Length::Quarter;
        book.adjustment_days = 0;
        let ends: Vec<Date> = book.spans().iter().map(|s| s.end).collect();
        let quarters = [date!(2021 - 03 - 31), date!(2021 - 06 - 30), date!(2021 - 09 - 30), date!(2021 - 12 - 31)];
        assert_eq!(ends, quarters);
        assert_eq!((book.span(4).map(|s| s.begin), book.span(5)), (Some(date!(2021 - 10 - 01)), None));
    }

    #[test]
    fn a_day_admits_what_its_period_admits() {
        let mut book = Book::of(2021);
        let of = |kind| Posting::of(kind, 5);
        book.step(3, Verb::Close).unwrap();
        let closed = Err(DateFault::PeriodClosed { number: 3 });
        for (posting, act, expected) in [
            (of(Kind::Commit), date!(2021 - 03 - 31), closed),
            (of(Kind::Commit), date!(2021 - 04 - 01), Ok(())),
            (of(Kind::Commit), date!(2021 - 02 - 28), Ok(())),
            (of(Kind::Assign), date!(2020 - 12 - 20), Ok(())),
            (of(Kind::CarryIn), date!(2020 - 12 - 31), Ok(())),
            (of(Kind::Pay), date!(2020 - 12 - 31), Err(DateFault::OutsideYear)),
            (of(Kind::Pay), date!(2022 - 01 - 31), Ok(())),
            (of(Kind::CarryOut), date!(2022 - 01 - 31), Ok(())),
            (of(Kind::Pay), date!(2022 - 02 - 01), Err(DateFault::OutsideYear)),
            (of(Kind::Commit), date!(2022 - 01 - 05), Err(DateFault::OutsideYear)),
            (of(Kind::Commit).reversed(), date!(2022 - 01 - 05), Ok(())),
            (of(Kind::Release), date!(2022 - 01 - 05), Ok(())),
            (of(Kind::Release).reversed(), date!(2022 - 01 - 05), Err(DateFault::OutsideYear)),
            (of(Kind::Refund).reversed(), date!(2022 - 01 - 05), Err(DateFault::OutsideYear)),
            (of(Kind::TransferIn), date!(2022 - 01 - 05), Err(DateFault::OutsideYear)),
        ] {
            assert_eq!(book.admits(posting, act), expected, "{posting:?} on {act}");
        }
        book.step(1, Verb::Close).unwrap();
        let first = Err(DateFault::PeriodClosed { number: 1 });
        assert_eq!(book.admits(of(Kind::Assign), date!(2020 - 12 - 20)), first, "before the year is its first period");
        book.close_date = Some(date!(2022 - 02 - 10));
        assert_eq!(book.admits(of(Kind::Pay), date!(2021 - 06 - 01)), Err(DateFault::YearClosed));
    }

    #[test]
    fn a_period_closes_and_opens_by_the_table() {
        let mut book = Book::of(2021);
        let refused = book.step(2, Verb::Reopen).unwrap_err();
        assert_eq!((refused.state, refused.allowed), (State::Open, vec![Verb::Close]));
        book.step(2, Verb::Close).unwrap();
        assert_eq!((book.open_before(3), book.open_before(2), book.first_closed()), (Some(1), Some(1), Some(2)));
        assert_eq!(book.step(2, Verb::Close).unwrap_err().allowed, [Verb::Reopen]);
        book.step(2, Verb::Reopen).unwrap();
        assert_eq!(book.closed, 0);
    }

    #[test]
    fn the_cut_of_a_year_stays_once_a_period_is_closed() {
        let mut book = Book::of(2021);
        let quarters = Change { length: Some(Length::Quarter), ..Change::default() };
        book.change(quarters).unwrap();
        book.step(1, Verb::Close).unwrap();
        let months = Change { length: Some(Length::Month), ..Change::default() };
        assert_eq!(book.change(months), Err(ChangeFault::PeriodsFixed { number: 1 }));
        book.change(quarters).unwrap();
        book.change(Change { backdate_days: Some(5), carry_over: Some(CarryOver::Nothing), ..quarters }).unwrap();
        assert_eq!((book.backdate_days, book.carry_over), (5, CarryOver::Nothing));
        assert!(book.is_recent(date!(2021 - 06 - 01), date!(2021 - 06 - 06)));
        assert!(!book.is_recent(date!(2021 - 06 - 01), date!(2021 - 06 - 07)));
        book.close_date = Some(date!(2022 - 02 - 10));
        assert_eq!(book.change(quarters), Err(ChangeFault::YearClosed));
    }

    #[test]
    fn every_word_is_read_back() {
        assert!(Length::ALL.iter().all(|w| Length::of(w.word()) == Some(*w)));
        assert!(CarryOver::ALL.iter().all(|w| CarryOver::of(w.word()) == Some(*w)));
        assert!(Verb::ALL.iter().all(|w| Verb::of(w.word()) == Some(*w)));
        assert!(State::ALL.iter().all(|w| State::of(w.word()) == Some(*w)));
    }

    proptest! {
        #[test]
        fn periods_cover_the_year_without_gap_or_overlap(year in 2018i32..2100, quarters: bool, days in 0i32..366) {
            let length = if quarters { Length::Quarter } else { Length::Month };
            let book = Book { length, adjustment_days: days, ..Book::of(year) };
            let spans = book.spans();
            prop_assert_eq!(spans[0].begin, first_day(year, 1));
            for pair in spans.windows(2) {
                prop_assert_eq!(pair[0].end.next_day(), Some(pair[1].begin));
                prop_assert_eq!(pair[0].number + 1, pair[1].number);
            }
            let last = first_day(year + 1, 1) + Duration::days(i64::from(days) - 1);
            prop_assert_eq!((spans.last().map(|s| s.end), book.last_day()), (Some(last), last));
        }
    }
}
