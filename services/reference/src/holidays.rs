//! Working days of public offices: public holidays, days in their place and swapped Saturdays, as data for each year.
//!
//! Which days around Tết and 2 September are free is announced anew for every year, so nothing is calculated: a year that
//! is not in the data is refused ([`YearUnknown`]), never guessed. Each day says whether a notice of it was seen.
//!
//! Deliberately absent: hours of work, holidays of single provinces, ethnic and religious feasts, and the lunar calendar.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de};
use time::{Date, Weekday};

use crate::calendar::parse_iso;

/// Why a day is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HolidayKind {
    /// A holiday of law.
    Holiday,
    /// In the place of a holiday that fell on a weekly day off.
    Compensation,
    /// Swapped for a Saturday.
    Swap,
}

/// What stands behind a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum Mark {
    /// A notice or a public report of it was seen.
    V,
    /// From memory, calculated or seen in one list only.
    M,
}

/// One free day.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holiday {
    /// The day.
    #[serde(deserialize_with = "crate::regimes::date")]
    pub date: Date,
    /// Why it is free.
    pub kind: HolidayKind,
    /// Its name in Vietnamese.
    pub name_vi: String,
    /// Its name in English.
    pub name_en: String,
    /// What stands behind it.
    pub mark: Mark,
    /// What is doubtful.
    #[serde(default)]
    pub note: Option<String>,
}

/// One year.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HolidayYear {
    /// The year.
    pub year: i32,
    /// What stands behind the year as a whole; M where no notice was seen.
    pub mark: Mark,
    /// Where it was taken from.
    pub source: String,
    /// Its free days in their order.
    pub free: Vec<Holiday>,
    /// Saturdays that are worked.
    #[serde(deserialize_with = "dates")]
    pub worked: Vec<Date>,
}

/// The holidays of a year are not part of the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the public holidays of {0} are not known")]
pub struct YearUnknown(pub i32);

/// The last day of a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The day.
    pub date: Date,
    /// True where a day was counted or left out of which no notice was seen.
    pub provisional: bool,
}

fn dates<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Date>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|t| parse_iso(t).ok_or_else(|| de::Error::custom(format!("{t} is no day")))).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidaysFile {
    years: Vec<HolidayYear>,
}

#[derive(Debug, Default)]
struct Data {
    years: Vec<HolidayYear>,
    free: BTreeMap<Date, Mark>,
    worked: BTreeSet<Date>,
}

static LOADED: LazyLock<Result<Data, Vec<String>>> = LazyLock::new(|| load(include_str!("../data/holidays.yaml")));

fn load(text: &str) -> Result<Data, Vec<String>> {
    let file: HolidaysFile = serde_saphyr::from_str(text).map_err(|error| vec![format!("holidays.yaml: {error}")])?;
    let mut faults = Vec::new();
    let mut data = Data::default();
    for year in &file.years {
        for day in &year.free {
            if day.date.year() != year.year || data.free.insert(day.date, day.mark).is_some() {
                faults.push(format!("holidays.yaml: {} is not of {} or stands twice", day.date, year.year));
            }
            if day.kind != HolidayKind::Holiday && weekend(day.date) {
                faults.push(format!("holidays.yaml: {} is free already", day.date));
            }
        }
        for day in &year.worked {
            if day.year() != year.year || day.weekday() != Weekday::Saturday || !data.worked.insert(*day) {
                faults.push(format!("holidays.yaml: {day} is no Saturday of {}", year.year));
            }
        }
    }
    let follow = file.years.windows(2).all(|pair| matches!(pair, [one, next] if one.year + 1 == next.year));
    if !follow {
        faults.push("holidays.yaml: the years do not follow each other".to_owned());
    }
    data.years = file.years;
    if faults.is_empty() { Ok(data) } else { Err(faults) }
}

/// Faults of the embedded file, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

fn weekend(day: Date) -> bool {
    matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

/// The years that are known, in their order.
#[must_use]
pub fn years() -> &'static [HolidayYear] {
    LOADED.as_ref().map_or(&[], |data| data.years.as_slice())
}

/// One year.
///
/// # Errors
/// The year is not known.
pub fn year(year: i32) -> Result<&'static HolidayYear, YearUnknown> {
    years().iter().find(|known| known.year == year).ok_or(YearUnknown(year))
}

/// True where public offices work on the day.
///
/// # Errors
/// The year is not known.
pub fn working_day(day: Date) -> Result<bool, YearUnknown> {
    year(day.year())?;
    let Ok(data) = LOADED.as_ref() else { return Err(YearUnknown(day.year())) };
    Ok(data.worked.contains(&day) || (!weekend(day) && !data.free.contains_key(&day)))
}

/// The working day that is the `days`-th after a day, which itself is not counted; the day itself for 0.
///
/// # Errors
/// The first year that is not known.
pub fn add_working_days(from: Date, days: u32) -> Result<Due, YearUnknown> {
    let Ok(data) = LOADED.as_ref() else { return Err(YearUnknown(from.year())) };
    let mut due = Due { date: from, provisional: year(from.year())?.mark == Mark::M };
    let mut left = days;
    while left > 0 {
        due.date = due.date.next_day().ok_or(YearUnknown(due.date.year() + 1))?;
        due.provisional |= year(due.date.year())?.mark == Mark::M || data.free.get(&due.date) == Some(&Mark::M);
        left -= u32::from(working_day(due.date)?);
    }
    Ok(due)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn weekends_holidays_and_swapped_days_are_told_apart() {
        for (day, works) in [
            (date!(2021 - 06 - 30), true),
            (date!(2021 - 07 - 03), false),
            (date!(2021 - 02 - 16), false),
            (date!(2021 - 02 - 17), true),
            (date!(2021 - 09 - 03), false),
            (date!(2019 - 04 - 29), false),
            (date!(2019 - 05 - 04), true),
            (date!(2026 - 01 - 02), false),
            (date!(2026 - 01 - 10), true),
            (date!(2026 - 08 - 22), true),
        ] {
            assert_eq!(working_day(day), Ok(works), "{day}");
        }
    }

    #[test]
    fn fifteen_working_days_step_over_what_is_free() {
        // Tết of 2021 takes 10 to 16 February.
        assert_eq!(add_working_days(date!(2021 - 02 - 01), 15).map(|d| d.date), Ok(date!(2021 - 03 - 01)));
        let plain = add_working_days(date!(2026 - 06 - 01), 15);
        assert_eq!(plain, Ok(Due { date: date!(2026 - 06 - 22), provisional: false }));
        // A worked Saturday counts; 31 August is seen in one list only.
        let swapped = add_working_days(date!(2026 - 08 - 20), 15);
        assert_eq!(swapped, Ok(Due { date: date!(2026 - 09 - 14), provisional: true }));
        assert_eq!(add_working_days(date!(2026 - 06 - 06), 0).map(|d| d.date), Ok(date!(2026 - 06 - 06)));
    }

    #[test]
    fn a_year_without_data_is_refused_and_never_guessed() {
        let last = years().last().expect("years are known").year;
        assert_eq!(years().first().map(|y| y.year), Some(2019));
        let eve = Date::from_calendar_date(last, time::Month::December, 31).expect("a day");
        assert!(working_day(eve).is_ok());
        assert_eq!(working_day(date!(2018 - 12 - 31)), Err(YearUnknown(2018)));
        assert_eq!(add_working_days(eve, 1), Err(YearUnknown(last + 1)));
        assert_eq!(YearUnknown(2030).to_string(), "the public holidays of 2030 are not known");
    }

    #[test]
    fn each_year_of_law_has_its_eleven_days_and_the_two_of_september_since_2021() {
        for year in years() {
            let weekdays = year.free.iter().filter(|h| !weekend(h.date) && h.kind != HolidayKind::Swap).count();
            let law = match year.year {
                ..=2020 => 10,
                2026.. => 12,
                _ => 11,
            };
            assert!(weekdays == law, "{}: {weekdays}", year.year);
        }
    }

    #[test]
    fn broken_files_are_refused() {
        let file = |free: &str, worked: &str| {
            format!("years: [{{year: 2021, mark: V, source: s, free: [{free}], worked: [{worked}]}}]")
        };
        let day = |day: &str, kind: &str| format!("{{date: {day}, kind: {kind}, name_vi: a, name_en: b, mark: V}}");
        assert!(load(&file(&day("2021-09-02", "holiday"), "")).is_ok());
        for (free, worked) in [
            (day("2022-09-02", "holiday"), ""),
            (day("2021-09-04", "swap"), ""),
            (format!("{}, {}", day("2021-09-02", "holiday"), day("2021-09-02", "swap")), ""),
            (String::new(), "2021-09-06"),
        ] {
            assert!(load(&file(&free, worked)).is_err(), "{free} {worked}");
        }
        assert!(load("years: nothing").is_err());
    }

    proptest! {
        #[test]
        fn a_term_ends_on_a_working_day_with_as_many_behind_it(offset in 0i64..2900, days in 1u32..40) {
            let from = date!(2019 - 01 - 01) + time::Duration::days(offset);
            let due = add_working_days(from, days).expect("known");
            let mut counted = 0;
            let mut day = from;
            while day < due.date {
                day = day.next_day().expect("a day");
                counted += u32::from(working_day(day).expect("known"));
            }
            prop_assert_eq!(counted, days);
            prop_assert!(working_day(due.date).expect("known"));
        }
    }
}
