//! A session as a calendar file (RFC 5545).
//!
//! Times are written in UTC: Viet Nam keeps one offset all year, so nothing is lost, and no table of a time zone has to
//! travel with each file. The method is PUBLISH, not REQUEST: who is invited answers by code or to the office, and a
//! calendar program that answered by mail would speak to nobody.

use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};
use time::macros::datetime;
use time::{Duration, PrimitiveDateTime};

use super::Plan;

/// What the file asks calendars to do.
#[must_use]
pub fn method(plan: &Plan) -> &'static str {
    if plan.cancelled.is_some() { "CANCEL" } else { "PUBLISH" }
}

/// The file: one event for each half day. `organiser` is the address of mail, where there is one; `stamp_us` the instant at
/// which it is made.
#[must_use]
pub fn file(plan: &Plan, organiser: Option<&str>, stamp_us: i64) -> String {
    let mut calendar = Calendar::empty();
    for (key, value) in [("VERSION", "2.0"), ("PRODID", "-//OCOP//Training//VI"), ("CALSCALE", "GREGORIAN")] {
        calendar.append_property((key, value));
    }
    calendar.append_property(("METHOD", method(plan)));
    let stamp = text(datetime!(1970-01-01 0:00) + Duration::microseconds(stamp_us));
    for (half_day, number) in plan.half_days.iter().zip(1..) {
        let (begin, end) = plan.hours.span(*half_day);
        let mut event = Event::with_uid(&format!("{}-{number}@ocop.training", plan.id));
        event.sequence(u32::try_from(plan.sequence).unwrap_or(u32::MAX));
        for (key, value) in [("DTSTAMP", &stamp), ("DTSTART", &text(begin)), ("DTEND", &text(end))] {
            event.append_property(Property::new(key, value));
        }
        event.append_property(organiser_of(plan, organiser));
        let mark = if plan.sample { "[MẪU] " } else { "" };
        let count = plan.half_days.len();
        event.summary(&format!("{mark}Tập huấn: {} (buổi {number}/{count})", plan.title));
        event.description(&description(plan));
        if !plan.place.is_empty() {
            event.location(&plan.place);
        }
        event.status(if plan.cancelled.is_some() { EventStatus::Cancelled } else { EventStatus::Confirmed });
        calendar.push(event.done());
    }
    calendar.to_string()
}

/// Who holds it. The address is a URI in any case: that of mail, or the session's own.
fn organiser_of(plan: &Plan, address: Option<&str>) -> Property {
    let uri = address.map_or_else(|| format!("urn:uuid:{}", plan.id), |address| format!("mailto:{address}"));
    let name = format!("UBND {}", plan.unit).replace(['"', ';', ':', ','], " ");
    Property::new("ORGANIZER", uri).add_parameter("CN", &format!("\"{name}\"")).done()
}

fn description(plan: &Plan) -> String {
    let mut lines = vec![format!("Đơn vị tổ chức: UBND {}", plan.unit)];
    if !plan.trainer.is_empty() {
        lines.push(format!("Giảng viên: {}", plan.trainer));
    }
    if !plan.materials.is_empty() {
        lines.push(format!("Tài liệu: {}", plan.materials.join("; ")));
    }
    lines.extend(plan.cancelled.as_ref().map(|reason| format!("Đã hủy: {reason}")));
    lines.join("\n")
}

/// An instant as the format writes it.
fn text(at: PrimitiveDateTime) -> String {
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", at.hour(), at.minute(), at.second())
}

#[cfg(test)]
pub(crate) mod tests {
    use time::macros::date;
    use uuid::Uuid;

    use super::*;
    use crate::sessions::domain::{HalfDay, Hours, Part};

    pub(crate) fn plan() -> Plan {
        let day = date!(2021 - 12 - 20);
        Plan {
            id: Uuid::from_u128(5),
            sequence: 3,
            title: "Quản lý, điều hành; đánh giá".to_owned(),
            unit: "tỉnh Phú Yên".to_owned(),
            place: "Hội trường UBND huyện Tuy An, số 1".to_owned(),
            trainer: "Viện mẫu".to_owned(),
            materials: vec!["Sổ tay".to_owned()],
            half_days: vec![HalfDay { date: day, part: Part::Morning }, HalfDay { date: day, part: Part::Afternoon }],
            hours: Hours::default(),
            cancelled: None,
            sample: true,
        }
    }

    /// The lines of a file, folded ones joined again.
    fn lines(file: &str) -> Vec<String> {
        assert!(file.split("\r\n").all(|line| line.len() <= 75 && !line.contains('\n')), "folded at 75 octets");
        file.replace("\r\n ", "").split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn every_half_day_is_an_event_with_a_name_that_stays_and_a_number_that_grows() {
        let made = file(&plan(), Some("ocop@phuyen.example"), 1_639_539_845_000_000);
        assert_eq!(made, file(&plan(), Some("ocop@phuyen.example"), 1_639_539_845_000_000));
        let lines = lines(&made);
        let has = |line: &str| assert!(lines.iter().any(|l| l == line), "{line} is missing in {lines:#?}");
        for line in [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            "METHOD:PUBLISH",
            "UID:00000000-0000-0000-0000-000000000005-1@ocop.training",
            "UID:00000000-0000-0000-0000-000000000005-2@ocop.training",
            "DTSTAMP:20211215T034405Z",
            "DTSTART:20211220T003000Z",
            "DTEND:20211220T043000Z",
            "DTSTART:20211220T063000Z",
            "SEQUENCE:3",
            "STATUS:CONFIRMED",
            "LOCATION:Hội trường UBND huyện Tuy An\\, số 1",
            "SUMMARY:[MẪU] Tập huấn: Quản lý\\, điều hành\\; đánh giá (buổi 1/2)",
            "DESCRIPTION:Đơn vị tổ chức: UBND tỉnh Phú Yên\\nGiảng viên: Viện mẫu\\nTài liệu: Sổ tay",
            "ORGANIZER;CN=\"UBND tỉnh Phú Yên\":mailto:ocop@phuyen.example",
        ] {
            has(line);
        }
        assert_eq!(lines.iter().filter(|line| *line == "BEGIN:VEVENT").count(), 2);
    }

    #[test]
    fn a_cancelled_session_takes_its_events_back_under_the_same_names() {
        let cancelled = Plan { cancelled: Some("Bão".to_owned()), sequence: 4, ..plan() };
        let lines = lines(&file(&cancelled, None, 0));
        for line in [
            "METHOD:CANCEL",
            "STATUS:CANCELLED",
            "SEQUENCE:4",
            "UID:00000000-0000-0000-0000-000000000005-1@ocop.training",
            "ORGANIZER;CN=\"UBND tỉnh Phú Yên\":urn:uuid:00000000-0000-0000-0000-000000000005",
        ] {
            assert!(lines.iter().any(|l| l == line), "{line} is missing in {lines:#?}");
        }
        assert!(lines.iter().any(|line| line.contains("Đã hủy: Bão")));
    }
}
