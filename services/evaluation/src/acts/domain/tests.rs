use std::collections::BTreeSet;

use time::macros::date;

use super::*;
use crate::certificates::domain::{Decided, EndConvention, EndKind, Event, SpanKind, Term, status, windows};

const STATUSES: [Status; 10] = [
    Status::NotYetValid,
    Status::Valid,
    Status::Expiring,
    Status::Grace,
    Status::Expired,
    Status::Suspended,
    Status::Revoked,
    Status::Surrendered,
    Status::Superseded,
    Status::DateUncertain,
];

#[test]
fn the_table_names_every_status_once_and_what_has_ended_stays_ended() {
    let named: Vec<Status> = POSSIBLE.iter().map(|(status, _)| *status).collect();
    assert_eq!(named.len(), STATUSES.len());
    assert!(STATUSES.iter().all(|status| named.contains(status)));
    for ended in [Status::Revoked, Status::Surrendered, Status::NotYetValid] {
        assert_eq!(possible(ended), []);
    }
    assert!(possible(Status::Suspended).contains(&Kind::Lift));
    let lifts = STATUSES.iter().filter(|status| possible(**status).contains(&Kind::Lift));
    assert_eq!(lifts.count(), 1, "only a suspension is lifted");
}

#[test]
fn each_level_acts_on_the_stars_it_recognises_then_or_recognised_when_it_issued() {
    let old = regimes::get("q1048").unwrap();
    let middle = regimes::get("q148").unwrap();
    let new = regimes::get("q26").unwrap();
    let cases = [
        (Level::Province, 3, date!(2026 - 11 - 01), new, date!(2026 - 09 - 01), true),
        (Level::Province, 4, date!(2026 - 11 - 01), new, date!(2026 - 09 - 01), true),
        (Level::Province, 5, date!(2026 - 11 - 01), new, date!(2026 - 09 - 01), false),
        (Level::Central, 5, date!(2026 - 11 - 01), new, date!(2026 - 09 - 01), true),
        (Level::Central, 3, date!(2026 - 11 - 01), new, date!(2026 - 09 - 01), false),
        // Three stars of the province of 2022, when districts recognised three stars.
        (Level::Province, 3, date!(2024 - 05 - 01), old, date!(2022 - 05 - 01), true),
        (Level::District, 3, date!(2024 - 05 - 01), old, date!(2022 - 05 - 01), true),
        (Level::District, 3, date!(2025 - 06 - 30), middle, date!(2024 - 05 - 01), true),
        (Level::District, 4, date!(2025 - 06 - 30), middle, date!(2024 - 05 - 01), false),
        // The districts are gone; the province acts on what they issued.
        (Level::Province, 3, date!(2026 - 06 - 30), middle, date!(2024 - 05 - 01), true),
    ];
    for (level, stars, act_date, own, decided, expected) in cases {
        let found = has_authority(Some(level), stars, act_date, own, decided);
        assert_eq!(found, expected, "{level:?} {stars} {act_date}");
    }
    assert!(!has_authority(None, 3, date!(2026 - 11 - 01), new, date!(2026 - 09 - 01)), "a commune");
}

#[test]
fn a_revocation_has_fifteen_days_from_its_conclusion_since_the_law_of_2026() {
    for (conclusion, act, expected) in [
        (date!(2026 - 06 - 01), date!(2026 - 06 - 01), Some((date!(2026 - 06 - 16), 0))),
        (date!(2026 - 06 - 01), date!(2026 - 06 - 16), Some((date!(2026 - 06 - 16), 0))),
        (date!(2026 - 06 - 01), date!(2026 - 06 - 17), Some((date!(2026 - 06 - 16), 1))),
        (date!(2026 - 05 - 01), date!(2026 - 05 - 21), None),
        (date!(2025 - 02 - 01), date!(2025 - 02 - 21), None),
    ] {
        assert_eq!(term(conclusion, act), expected, "{conclusion} {act}");
    }
}

#[test]
fn a_correction_keeps_what_was_said_and_changes_only_what_differs() {
    let found = changes(&[("number", "01/2021", "1/2021"), ("authority", "UBND", "UBND"), ("product_code", "54", "")]);
    let expected = Change { field: "number".to_owned(), before: "01/2021".to_owned(), after: "1/2021".to_owned() };
    assert_eq!(found, [expected]);
}

/// The life of one certificate as a table: what is done on which day, whether it is possible, and the status that evening
/// and on the days around it.
#[test]
fn the_life_of_a_certificate_holds_to_the_day() {
    let term = Term { decided: Decided::on(date!(2023 - 09 - 01)), months: 36, convention: EndConvention::Exclusive };
    let mut events: Vec<Event> = Vec::new();
    let steps = [
        (date!(2023 - 08 - 31), Kind::Suspend, false, Status::NotYetValid),
        (date!(2024 - 01 - 10), Kind::Lift, false, Status::Valid),
        (date!(2024 - 01 - 10), Kind::Suspend, true, Status::Suspended),
        (date!(2024 - 01 - 11), Kind::Suspend, false, Status::Suspended),
        (date!(2024 - 02 - 10), Kind::Lift, true, Status::Valid),
        (date!(2024 - 02 - 10), Kind::Correct, true, Status::Valid),
        (date!(2026 - 03 - 05), Kind::Transfer, true, Status::Expiring),
        (date!(2026 - 08 - 31), Kind::Suspend, true, Status::Suspended),
        (date!(2026 - 09 - 01), Kind::Lift, false, Status::Expired),
        (date!(2026 - 09 - 01), Kind::Surrender, false, Status::Expired),
        (date!(2026 - 09 - 02), Kind::Revoke, true, Status::Revoked),
        (date!(2026 - 09 - 03), Kind::Correct, false, Status::Revoked),
    ];
    let mut seen = BTreeSet::new();
    for (day, kind, expected, evening) in steps {
        let before = status(&term, &events, &windows(), day);
        let allowed = possible(before).contains(&kind);
        assert_eq!(allowed, expected, "{kind:?} on {day}, {before:?}");
        if allowed {
            apply(&mut events, kind, day);
            seen.insert(kind.as_str());
        }
        assert_eq!(status(&term, &events, &windows(), day), evening, "{kind:?} on {day}");
    }
    assert_eq!(seen.len(), 5, "{seen:?}");
    let past = [(date!(2024 - 01 - 09), Status::Valid), (date!(2024 - 02 - 09), Status::Suspended)];
    for (day, expected) in past {
        assert_eq!(status(&term, &events, &windows(), day), expected, "history stays: {day}");
    }
}

fn apply(events: &mut Vec<Event>, kind: Kind, day: Date) {
    match kind {
        Kind::Suspend => events.push(Event::Span { kind: SpanKind::Suspended, from: day, until: None }),
        Kind::Lift => {
            for event in events {
                if let Event::Span { kind: SpanKind::Suspended, until: until @ None, .. } = event {
                    *until = Some(day);
                }
            }
        }
        Kind::Revoke => events.push(Event::Ended { kind: EndKind::Revoked, on: day }),
        Kind::Surrender => events.push(Event::Ended { kind: EndKind::Surrendered, on: day }),
        Kind::Correct | Kind::Transfer => {}
    }
}
