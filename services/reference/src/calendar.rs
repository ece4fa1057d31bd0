//! Legal dates: days in Asia/Ho_Chi_Minh (UTC+7 all year, no summer time since 1975), written by law as dates
//! without a time of day.
//!
//! Deliberately absent: working days and holidays ([`crate::holidays`]), and the clock.

use time::{Date, Month, OffsetDateTime, UtcOffset};

/// Seconds that Viet Nam is ahead of UTC.
const VIETNAM_SECONDS: i32 = 7 * 3600;

/// The day in Viet Nam at an instant, given in microseconds since 1970 in UTC. Instants beyond year 9999 answer
/// the last day that can be written.
#[must_use]
pub fn vn_date(unix_micros: i64) -> Date {
    let offset = UtcOffset::from_whole_seconds(VIETNAM_SECONDS).unwrap_or(UtcOffset::UTC);
    match OffsetDateTime::from_unix_timestamp_nanos(i128::from(unix_micros) * 1000) {
        Ok(instant) => instant.checked_to_offset(offset).map_or(Date::MAX, OffsetDateTime::date),
        Err(_) if unix_micros < 0 => Date::MIN,
        Err(_) => Date::MAX,
    }
}

/// The same day of the month `months` later (or earlier, when negative); where that month is too short, its
/// last day, so that 29 February ends on 28 February. Beyond the calendar the nearest day that exists.
#[must_use]
pub fn add_months_clamped(date: Date, months: i32) -> Date {
    let index = i64::from(date.year()) * 12 + i64::from(u8::from(date.month())) - 1 + i64::from(months);
    let edge = if months < 0 { Date::MIN } else { Date::MAX };
    let Ok(year) = i32::try_from(index.div_euclid(12)) else { return edge };
    let month = u8::try_from(index.rem_euclid(12) + 1).ok().and_then(|m| Month::try_from(m).ok());
    let Some(month) = month else { return edge };
    Date::from_calendar_date(year, month, date.day().min(month.length(year))).unwrap_or(edge)
}

/// Reads `yyyy-mm-dd`, in exactly that form.
#[must_use]
pub fn parse_iso(text: &str) -> Option<Date> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    from_digits(year, month, day)
}

/// Reads `yyyymmdd`, the form that unit names carry.
#[must_use]
pub fn parse_compact(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.is_ascii() {
        return None;
    }
    from_digits(text.get(0..4)?, text.get(4..6)?, text.get(6..8)?)
}

/// Writes `yyyy-mm-dd`.
#[must_use]
pub fn format_iso(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// Writes `yyyymmdd`.
#[must_use]
pub fn format_compact(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

/// Writes `dd/mm/yyyy`, as Vietnamese readers expect.
#[must_use]
pub fn format_vi(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), u8::from(date.month()), date.year())
}

fn from_digits(year: &str, month: &str, day: &str) -> Option<Date> {
    let digits = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return None;
    }
    let month = Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn a_day_begins_at_seventeen_hours_utc_of_the_day_before() {
        assert_eq!(vn_date(1_625_072_400_000_000 - 1), date!(2021 - 06 - 30));
        assert_eq!(vn_date(1_625_072_400_000_000), date!(2021 - 07 - 01));
        assert_eq!(vn_date(-1), date!(1970 - 01 - 01));
        assert_eq!((vn_date(i64::MAX), vn_date(i64::MIN)), (Date::MAX, Date::MIN));
    }

    #[test]
    fn months_are_added_on_the_calendar_and_clamped_at_the_end_of_a_month() {
        assert_eq!(add_months_clamped(date!(2020 - 02 - 04), 36), date!(2023 - 02 - 04));
        assert_eq!(add_months_clamped(date!(2020 - 02 - 29), 36), date!(2023 - 02 - 28));
        assert_eq!(add_months_clamped(date!(2020 - 02 - 29), 48), date!(2024 - 02 - 29));
        assert_eq!(add_months_clamped(date!(2021 - 01 - 31), 1), date!(2021 - 02 - 28));
        assert_eq!(add_months_clamped(date!(2021 - 01 - 31), -2), date!(2020 - 11 - 30));
        assert_eq!(add_months_clamped(date!(2021 - 01 - 31), i32::MAX), Date::MAX);
    }

    #[test]
    fn only_days_that_exist_are_read() {
        assert_eq!(parse_iso("2026-05-22"), Some(date!(2026 - 05 - 22)));
        for wrong in ["2026-02-29", "2026-5-22", "26-05-22", "2026-05-22T00", "2026-05-22-1", "+026-05-22", ""] {
            assert_eq!(parse_iso(wrong), None, "{wrong}");
        }
        assert_eq!(parse_compact("20241101"), Some(date!(2024 - 11 - 01)));
        assert_eq!(parse_compact("2024110"), None);
        assert_eq!(format_vi(date!(2021 - 06 - 03)), "03/06/2021");
    }

    proptest! {
        #[test]
        fn written_days_are_read_back(day in 2_000_000i32..2_900_000) {
            let date = Date::from_julian_day(day).unwrap();
            prop_assert_eq!(parse_iso(&format_iso(date)), Some(date));
            prop_assert_eq!(parse_compact(&format_compact(date)), Some(date));
        }
    }
}
