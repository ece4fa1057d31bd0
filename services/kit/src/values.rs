//! Names, days and instants between the wire and the domain.

/// Resource names: `collection/<uuid>`.
pub mod name {
    use uuid::Uuid;

    /// The name of a resource.
    #[must_use]
    pub fn of(collection: &str, id: Uuid) -> String {
        format!("{collection}/{id}")
    }

    /// The id in a name of this collection; only the canonical spelling is read, so a resource has one name.
    #[must_use]
    pub fn parse(name: &str, collection: &str) -> Option<Uuid> {
        let id = name.strip_prefix(collection)?.strip_prefix('/')?;
        let read = Uuid::try_parse(id).ok()?;
        (read.hyphenated().encode_lower(&mut Uuid::encode_buffer()) == id).then_some(read)
    }
}

/// Days of law: calendar days in Asia/Ho_Chi_Minh.
pub mod day {
    use proto::google::r#type::Date as PbDate;
    use time::{Date, Month, OffsetDateTime, UtcOffset};

    /// The day as the wire has it.
    #[must_use]
    pub fn pb(date: Date) -> PbDate {
        PbDate { year: date.year(), month: i32::from(u8::from(date.month())), day: i32::from(date.day()) }
    }

    /// The day that the wire names, if there is such a day. Years and months alone are no days of law.
    #[must_use]
    pub fn of(date: &PbDate) -> Option<Date> {
        let month = Month::try_from(u8::try_from(date.month).ok()?).ok()?;
        if !(1..=9999).contains(&date.year) {
            return None;
        }
        Date::from_calendar_date(date.year, month, u8::try_from(date.day).ok()?).ok()
    }

    /// True for the message that says nothing.
    #[must_use]
    pub fn is_unset(date: &PbDate) -> bool {
        date.year == 0 && date.month == 0 && date.day == 0
    }

    /// dd/mm/yyyy, as Vietnamese readers expect.
    #[must_use]
    pub fn text(date: Date) -> String {
        format!("{:02}/{:02}/{:04}", date.day(), u8::from(date.month()), date.year())
    }

    /// yyyy-mm-dd, for fingerprints and files.
    #[must_use]
    pub fn iso(date: Date) -> String {
        format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
    }

    /// The day in Viet Nam (UTC+7 all year) at an instant.
    #[must_use]
    pub fn at(us: i64) -> Date {
        let vietnam = UtcOffset::from_hms(7, 0, 0).unwrap_or(UtcOffset::UTC);
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(us) * 1000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            .to_offset(vietnam)
            .date()
    }
}

/// Instants: microseconds since 1970 in UTC. Columns and variables of them end in `_us`.
pub mod instant {
    use prost_types::Timestamp;

    /// The instant as the wire has it.
    #[must_use]
    pub fn pb(us: i64) -> Timestamp {
        let nanos = i32::try_from(us.rem_euclid(1_000_000) * 1000).unwrap_or(0);
        Timestamp { seconds: us.div_euclid(1_000_000), nanos }
    }

    /// The wire's instant in microseconds.
    #[must_use]
    pub fn of(timestamp: &Timestamp) -> i64 {
        timestamp.seconds.saturating_mul(1_000_000).saturating_add(i64::from(timestamp.nanos) / 1000)
    }
}

#[cfg(test)]
mod tests {
    use super::{day, instant, name};
    use proptest::prelude::*;
    use time::macros::date;

    #[test]
    fn a_day_begins_at_midnight_in_viet_nam() {
        // 2021-06-30T17:00:00Z is 1 July in Viet Nam.
        assert_eq!(day::at(1_625_072_400_000_000 - 1), date!(2021 - 06 - 30));
        assert_eq!(day::at(1_625_072_400_000_000), date!(2021 - 07 - 01));
    }

    #[test]
    fn only_the_canonical_spelling_of_a_name_is_read() {
        let id = uuid::Uuid::from_u128(0xabc);
        let good = name::of("producers", id);
        assert_eq!(name::parse(&good, "producers"), Some(id));
        assert_eq!(name::parse(&good.to_uppercase(), "producers"), None);
        assert_eq!(name::parse(&format!("producers/{}", id.simple()), "producers"), None);
        assert_eq!(name::parse(&good, "products"), None);
    }

    proptest! {
        #[test]
        fn instants_survive_the_wire(us in -1_000_000_000_000_000i64..4_000_000_000_000_000) {
            prop_assert_eq!(instant::of(&instant::pb(us)), us);
        }
    }
}
