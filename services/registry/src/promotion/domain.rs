//! How fairs and applications move, and what their days and places must be.

use time::Date;

use crate::shared::states::numbered;

numbered! {
    /// Where a fair stands.
    pub enum FairState {
        /// Planned.
        Planned = 1 "PLANNED",
        /// Products are called for.
        Open = 2 "OPEN",
        /// The call is over.
        Closed = 3 "CLOSED",
        /// It took place.
        Held = 4 "HELD",
        /// It does not take place.
        Cancelled = 5 "CANCELLED",
    }
}

numbered! {
    /// What can be done with a fair; the word is the RPC.
    pub enum FairStep {
        /// Its content changes.
        Update = 1 "UpdateFair",
        /// The call opens.
        Open = 2 "OpenFair",
        /// The call closes.
        Close = 3 "CloseFair",
        /// It took place.
        Hold = 4 "HoldFair",
        /// It is called off.
        Cancel = 5 "CancelFair",
        /// A product applies.
        Apply = 6 "ApplyToFair",
        /// An application is taken back.
        Withdraw = 7 "WithdrawApplication",
        /// Applications get places.
        Choose = 8 "ChooseApplications",
        /// An application is refused.
        Refuse = 9 "RefuseApplication",
        /// A result is told.
        Result = 10 "RecordResult",
    }
}

/// All that can be done with a fair; what is not here is refused.
pub const FAIR: &[(FairState, FairStep, FairState)] = &[
    (FairState::Planned, FairStep::Update, FairState::Planned),
    (FairState::Planned, FairStep::Open, FairState::Open),
    (FairState::Planned, FairStep::Cancel, FairState::Cancelled),
    (FairState::Open, FairStep::Update, FairState::Open),
    (FairState::Open, FairStep::Apply, FairState::Open),
    (FairState::Open, FairStep::Withdraw, FairState::Open),
    (FairState::Open, FairStep::Choose, FairState::Open),
    (FairState::Open, FairStep::Refuse, FairState::Open),
    (FairState::Open, FairStep::Close, FairState::Closed),
    (FairState::Open, FairStep::Cancel, FairState::Cancelled),
    (FairState::Closed, FairStep::Update, FairState::Closed),
    (FairState::Closed, FairStep::Withdraw, FairState::Closed),
    (FairState::Closed, FairStep::Choose, FairState::Closed),
    (FairState::Closed, FairStep::Refuse, FairState::Closed),
    (FairState::Closed, FairStep::Hold, FairState::Held),
    (FairState::Closed, FairStep::Cancel, FairState::Cancelled),
    (FairState::Held, FairStep::Result, FairState::Held),
];

numbered! {
    /// Where an application stands.
    pub enum ApplicationState {
        /// Awaits the choice.
        Applied = 1 "APPLIED",
        /// Has a place.
        Chosen = 2 "CHOSEN",
        /// Has none.
        Refused = 3 "REFUSED",
        /// Was taken back.
        Withdrawn = 4 "WITHDRAWN",
    }
}

/// All that can be done with an application; what is not here is refused.
pub const APPLICATION: &[(ApplicationState, FairStep, ApplicationState)] = &[
    (ApplicationState::Applied, FairStep::Choose, ApplicationState::Chosen),
    (ApplicationState::Applied, FairStep::Refuse, ApplicationState::Refused),
    (ApplicationState::Applied, FairStep::Withdraw, ApplicationState::Withdrawn),
    (ApplicationState::Chosen, FairStep::Withdraw, ApplicationState::Withdrawn),
    (ApplicationState::Chosen, FairStep::Result, ApplicationState::Chosen),
];

/// What of a fair may be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Title.
    pub title: String,
    /// Who holds it.
    pub organiser: String,
    /// Where.
    pub place: String,
    /// Inside or outside the province: the contract's number.
    pub location: i32,
    /// How many places there are.
    pub places: i32,
    /// Its days.
    pub days: Days,
}

/// The days of a fair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Days {
    /// First day of the call.
    pub call_begin: Date,
    /// Last day of the call.
    pub call_end: Date,
    /// First day of the fair.
    pub begin: Date,
    /// Last day of the fair.
    pub end: Date,
}

/// New values for some fields; none leaves a field as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// New title.
    pub title: Option<String>,
    /// New organiser.
    pub organiser: Option<String>,
    /// New place.
    pub place: Option<String>,
    /// New location.
    pub location: Option<i32>,
    /// New number of places.
    pub places: Option<i32>,
    /// New first day of the call.
    pub call_begin: Option<Date>,
    /// New last day of the call.
    pub call_end: Option<Date>,
    /// New first day.
    pub begin: Option<Date>,
    /// New last day.
    pub end: Option<Date>,
}

impl Change {
    /// The content with the new values.
    #[must_use]
    pub fn over(&self, old: Content) -> Content {
        let days = old.days;
        Content {
            title: self.title.clone().unwrap_or(old.title),
            organiser: self.organiser.clone().unwrap_or(old.organiser),
            place: self.place.clone().unwrap_or(old.place),
            location: self.location.unwrap_or(old.location),
            places: self.places.unwrap_or(old.places),
            days: Days {
                call_begin: self.call_begin.unwrap_or(days.call_begin),
                call_end: self.call_end.unwrap_or(days.call_end),
                begin: self.begin.unwrap_or(days.begin),
                end: self.end.unwrap_or(days.end),
            },
        }
    }
}

/// The days that come before the day that they follow, each with that day: call, then fair, each from its first day to its
/// last. Days that are not known are in nobody's way.
#[must_use]
pub fn disorder(
    call_begin: Option<Date>,
    call_end: Option<Date>,
    begin: Option<Date>,
    end: Option<Date>,
) -> Vec<(&'static str, Date)> {
    let pairs = [("call_end_date", call_begin, call_end), ("begin_date", call_end, begin), ("end_date", begin, end)];
    pairs
        .into_iter()
        .filter_map(|(field, before, day)| before.filter(|b| day.is_some_and(|d| d < *b)).map(|b| (field, b)))
        .collect()
}

/// The first day on which a step may be dated: no act precedes the one before, and a fair is held when it has begun.
#[must_use]
pub fn earliest(step: FairStep, decided: Date, begin: Date, acts: [Option<Date>; 2]) -> Date {
    let last = acts.into_iter().flatten().max().unwrap_or(decided).max(decided);
    if step == FairStep::Hold { last.max(begin) } else { last }
}

/// How many products have a place after so many more.
///
/// # Errors
/// There are not so many free places; the number that would be needed.
pub fn seated(places: i32, chosen: i32, more: usize) -> Result<i32, i64> {
    let needed = i64::from(chosen) + i64::try_from(more).unwrap_or(i64::MAX - i64::from(i32::MAX));
    match i32::try_from(needed) {
        Ok(fits) if fits <= places => Ok(fits),
        _ => Err(needed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shared::states::step;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn a_fair_walks_its_table_and_nothing_else() {
        for state in FairState::ALL {
            for verb in FairStep::ALL {
                let to = step(FAIR, *state, *verb).ok();
                let expected = match (state, verb) {
                    (FairState::Planned, FairStep::Open) => Some(FairState::Open),
                    (FairState::Open, FairStep::Close) => Some(FairState::Closed),
                    (FairState::Closed, FairStep::Hold) => Some(FairState::Held),
                    (FairState::Planned | FairState::Open | FairState::Closed, FairStep::Cancel) => {
                        Some(FairState::Cancelled)
                    }
                    (FairState::Planned | FairState::Open | FairState::Closed, FairStep::Update)
                    | (FairState::Open, FairStep::Apply)
                    | (FairState::Open | FairState::Closed, FairStep::Withdraw | FairStep::Choose | FairStep::Refuse)
                    | (FairState::Held, FairStep::Result) => Some(*state),
                    _ => None,
                };
                assert_eq!(to, expected, "{state:?} {verb:?}");
            }
        }
    }

    #[test]
    fn an_application_is_decided_once_and_taken_back_once() {
        let after = |state, verb| step(APPLICATION, state, verb).ok();
        assert_eq!(after(ApplicationState::Applied, FairStep::Choose), Some(ApplicationState::Chosen));
        assert_eq!(after(ApplicationState::Applied, FairStep::Refuse), Some(ApplicationState::Refused));
        assert_eq!(after(ApplicationState::Chosen, FairStep::Withdraw), Some(ApplicationState::Withdrawn));
        for state in [ApplicationState::Chosen, ApplicationState::Refused, ApplicationState::Withdrawn] {
            assert_eq!((after(state, FairStep::Choose), after(state, FairStep::Refuse)), (None, None), "{state:?}");
        }
        assert_eq!(after(ApplicationState::Applied, FairStep::Result), None, "nothing to tell without a place");
    }

    #[test]
    fn every_pair_of_days_in_disorder_is_told() {
        let day = |d| Some(date!(2021 - 06 - 01) + time::Duration::days(d));
        assert_eq!(disorder(day(0), day(0), day(0), day(0)), []);
        assert_eq!(disorder(day(0), day(5), day(5), day(9)), []);
        let fields = |found: Vec<(&'static str, Date)>| found.into_iter().map(|(f, _)| f).collect::<Vec<_>>();
        assert_eq!(fields(disorder(day(9), day(5), day(3), day(1))), ["call_end_date", "begin_date", "end_date"]);
        assert_eq!(fields(disorder(None, day(5), day(3), None)), ["begin_date"]);
        assert_eq!(disorder(day(9), None, day(3), None), []);
    }

    #[test]
    fn no_act_precedes_the_one_before() {
        let (decided, open, close) = (date!(2021 - 03 - 01), date!(2021 - 04 - 01), date!(2021 - 05 - 01));
        let begin = date!(2021 - 06 - 01);
        assert_eq!(earliest(FairStep::Open, decided, begin, [None, None]), decided);
        assert_eq!(earliest(FairStep::Close, decided, begin, [Some(open), None]), open);
        assert_eq!(earliest(FairStep::Cancel, decided, begin, [Some(open), Some(close)]), close);
        assert_eq!(earliest(FairStep::Hold, decided, begin, [Some(open), Some(close)]), begin);
        assert_eq!(earliest(FairStep::Hold, decided, open, [Some(open), Some(close)]), close);
    }

    proptest! {
        #[test]
        fn places_are_never_given_twice(places in 1..10_000i32, asked in proptest::collection::vec(1usize..500, 1..60)) {
            let mut chosen = 0;
            for more in asked {
                match seated(places, chosen, more) {
                    Ok(now) => { prop_assert_eq!(now as usize, chosen as usize + more); chosen = now; }
                    Err(needed) => prop_assert!(needed > i64::from(places)),
                }
                prop_assert!(chosen <= places);
            }
        }
    }
}
