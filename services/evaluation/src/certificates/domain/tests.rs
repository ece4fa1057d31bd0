use proptest::prelude::*;
use time::macros::date;

use super::*;

fn term(day: Date, convention: EndConvention) -> Term {
    Term { decided: Decided::on(day), months: 36, convention }
}

fn on(term: &Term, events: &[Event], as_of: Date) -> Status {
    status(term, events, &windows(), as_of)
}

#[test]
fn the_windows_are_those_of_the_law() {
    assert_eq!(windows(), Windows { expiring: Duration::days(180), grace: Duration::days(180) });
}

#[test]
fn the_first_day_not_in_force_follows_the_convention() {
    use EndConvention::{Exclusive, Inclusive};
    for (decided, convention, out) in [
        (date!(2020 - 02 - 04), Exclusive, date!(2023 - 02 - 04)),
        (date!(2019 - 12 - 23), Inclusive, date!(2022 - 12 - 24)),
        (date!(2020 - 02 - 29), Exclusive, date!(2023 - 02 - 28)),
        (date!(2020 - 02 - 29), Inclusive, date!(2023 - 03 - 01)),
        (date!(2020 - 02 - 28), Exclusive, date!(2023 - 02 - 28)),
        (date!(2021 - 02 - 28), Inclusive, date!(2024 - 02 - 29)),
        (date!(2021 - 12 - 31), Inclusive, date!(2025 - 01 - 01)),
    ] {
        assert_eq!(first_day_out(decided, 36, convention), out, "{decided} {convention:?}");
    }
    assert_eq!(first_day_out(date!(2020 - 02 - 29), 48, Exclusive), date!(2024 - 02 - 29));
}

#[test]
fn a_certificate_lives_from_its_decision_to_its_end() {
    let term = term(date!(2020 - 02 - 04), EndConvention::Exclusive);
    for (as_of, expected) in [
        (date!(2020 - 02 - 03), Status::NotYetValid),
        (date!(2020 - 02 - 04), Status::Valid),
        (date!(2022 - 08 - 07), Status::Valid),
        (date!(2022 - 08 - 08), Status::Expiring),
        (date!(2023 - 02 - 03), Status::Expiring),
        (date!(2023 - 02 - 04), Status::Expired),
        (date!(2033 - 02 - 04), Status::Expired),
    ] {
        assert_eq!(on(&term, &[], as_of), expected, "{as_of}");
    }
}

#[test]
fn a_timely_re_evaluation_keeps_it_in_force_for_less_than_180_days() {
    let term = term(date!(2023 - 09 - 01), EndConvention::Exclusive);
    let filed = |from, until| [Event::Span { kind: SpanKind::ReEvaluation, from, until }];
    let timely = filed(date!(2026 - 08 - 31), None);
    for (as_of, expected) in [
        (date!(2026 - 08 - 31), Status::Expiring),
        (date!(2026 - 09 - 01), Status::Grace),
        (date!(2027 - 02 - 27), Status::Grace),
        (date!(2027 - 02 - 28), Status::Expired),
    ] {
        assert_eq!(on(&term, &timely, as_of), expected, "{as_of}");
    }
    let late = filed(date!(2026 - 09 - 01), None);
    assert_eq!(on(&term, &late, date!(2026 - 09 - 02)), Status::Expired, "filed on the first day out");
    let settled = filed(date!(2026 - 06 - 01), Some(date!(2026 - 10 - 01)));
    assert_eq!(on(&term, &settled, date!(2026 - 09 - 30)), Status::Grace);
    assert_eq!(on(&term, &settled, date!(2026 - 10 - 01)), Status::Expired);
}

#[test]
fn the_rules_are_judged_in_their_order() {
    let term = term(date!(2021 - 06 - 01), EndConvention::Exclusive);
    let suspended = Event::Span { kind: SpanKind::Suspended, from: date!(2023 - 01 - 01), until: None };
    let ended = |kind, on| Event::Ended { kind, on };
    let revoked = ended(EndKind::Revoked, date!(2022 - 01 - 01));
    let cases: &[(&[Event], Date, Status)] = &[
        (&[ended(EndKind::Revoked, date!(2021 - 01 - 01))], date!(2021 - 05 - 31), Status::NotYetValid),
        (&[revoked, suspended], date!(2021 - 12 - 31), Status::Valid),
        (&[revoked, suspended], date!(2022 - 01 - 01), Status::Revoked),
        (&[revoked, suspended], date!(2030 - 01 - 01), Status::Revoked),
        (&[ended(EndKind::Surrendered, date!(2022 - 01 - 01))], date!(2022 - 06 - 01), Status::Surrendered),
        (&[ended(EndKind::Superseded, date!(2024 - 01 - 01))], date!(2024 - 01 - 01), Status::Superseded),
        (&[suspended], date!(2022 - 12 - 31), Status::Valid),
        (&[suspended], date!(2023 - 01 - 01), Status::Suspended),
        (&[suspended], date!(2024 - 05 - 31), Status::Suspended),
        (&[suspended], date!(2024 - 06 - 01), Status::Expired),
    ];
    for (events, as_of, expected) in cases {
        assert_eq!(on(&term, events, *as_of), *expected, "{events:?} {as_of}");
    }
}

#[test]
fn a_decision_of_an_unknown_day_tells_only_what_every_day_would() {
    // "round 2 of 2022"
    let decided = Decided { earliest: date!(2022 - 01 - 01), latest: date!(2022 - 12 - 31) };
    let term = Term { decided, months: 36, convention: EndConvention::Exclusive };
    for (as_of, expected) in [
        (date!(2021 - 12 - 31), Status::NotYetValid),
        (date!(2022 - 07 - 01), Status::DateUncertain),
        (date!(2022 - 12 - 31), Status::Valid),
        (date!(2024 - 07 - 04), Status::Valid),
        (date!(2024 - 07 - 05), Status::DateUncertain),
        (date!(2025 - 12 - 30), Status::DateUncertain),
        (date!(2025 - 12 - 31), Status::Expired),
    ] {
        assert_eq!(on(&term, &[], as_of), expected, "{as_of}");
    }
}

fn known(id: u128, day: Date) -> Known {
    let products = vec![Uuid::from_u128(100)];
    Known { id: Uuid::from_u128(id), products, term: term(day, EndConvention::Exclusive), events: Vec::new() }
}

#[test]
fn a_renewal_takes_the_place_of_a_certificate_in_force_only() {
    let (old, new) = (known(1, date!(2019 - 06 - 01)), known(2, date!(2022 - 05 - 31)));
    let found = consequences(&new, std::slice::from_ref(&old), &windows());
    assert_eq!(found.superseded, [(old.id, date!(2022 - 05 - 31))]);
    assert_eq!((found.first, found.superseded_by, found.demoted), (false, None, Vec::new()));

    let late = known(3, date!(2022 - 06 - 01));
    assert_eq!(consequences(&late, &[old], &windows()).superseded, [], "it had expired");
}

#[test]
fn an_older_recognition_that_becomes_known_later_takes_its_place_in_the_row() {
    let later = known(1, date!(2022 - 05 - 31));
    let older = known(2, date!(2020 - 01 - 01));
    let found = consequences(&older, std::slice::from_ref(&later), &windows());
    assert!(found.first);
    assert_eq!(found.demoted, [later.id]);
    assert_eq!(found.superseded_by, Some((later.id, date!(2022 - 05 - 31))));
    assert_eq!(found.superseded, []);
}

#[test]
fn a_certificate_takes_the_place_of_those_whose_lead_or_all_of_whose_products_it_has() {
    let of = |id: u128, day: Date, products: &[u128]| Known {
        products: products.iter().map(|product| Uuid::from_u128(*product)).collect(),
        ..known(id, day)
    };
    let (before, after) = (date!(2022 - 06 - 01), date!(2024 - 05 - 01));
    // Old products, new products, whether the old one ends, whether the new one is the first of its lead.
    let cases: [(&[u128], &[u128], bool, bool); 7] = [
        (&[1], &[1, 2], true, false),
        (&[2], &[1, 2], true, true),
        (&[1, 2], &[1, 2], true, false),
        (&[1, 2], &[2, 1], true, false),
        (&[1, 2, 3], &[1, 2], true, false),
        (&[1, 2], &[2], false, false),
        (&[3, 2], &[1, 2], false, true),
    ];
    for (old, new, ends, first) in cases {
        let (older, newer) = (of(1, before, old), of(2, after, new));
        let found = consequences(&newer, std::slice::from_ref(&older), &windows());
        let ended: Vec<Uuid> = found.superseded.iter().map(|(id, _)| *id).collect();
        assert_eq!(ended, if ends { vec![older.id] } else { Vec::new() }, "{old:?} {new:?}");
        assert_eq!(found.first, first, "{old:?} {new:?}");
        // The other way round in time of recording: the older one becomes known later.
        let found = consequences(&older, std::slice::from_ref(&newer), &windows());
        assert_eq!(found.superseded_by.map(|(id, _)| id), ends.then_some(newer.id), "{old:?} {new:?}");
        assert_eq!(found.demoted, if first { Vec::new() } else { vec![newer.id] }, "{old:?} {new:?}");
    }
    let (first, second) = (of(1, before, &[1, 2]), of(2, after, &[2]));
    let found = consequences(&of(3, date!(2021 - 01 - 01), &[2]), &[first.clone(), second], &windows());
    assert!(found.first && found.demoted.is_empty(), "what a bundle had before was not the first of the other either");
}

#[test]
fn a_certificate_that_ended_before_is_left_alone() {
    let mut old = known(1, date!(2020 - 06 - 01));
    old.events.push(Event::Ended { kind: EndKind::Revoked, on: date!(2021 - 01 - 01) });
    assert_eq!(consequences(&known(2, date!(2021 - 06 - 01)), &[old], &windows()).superseded, []);
}

fn day() -> impl Strategy<Value = Date> {
    (0i64..4000).prop_map(|days| date!(2018 - 05 - 07) + Duration::days(days))
}

fn convention() -> impl Strategy<Value = EndConvention> {
    prop_oneof![Just(EndConvention::Exclusive), Just(EndConvention::Inclusive)]
}

fn event() -> impl Strategy<Value = Event> {
    let kind = prop_oneof![Just(EndKind::Revoked), Just(EndKind::Surrendered), Just(EndKind::Superseded)];
    let span = prop_oneof![Just(SpanKind::Suspended), Just(SpanKind::ReEvaluation)];
    prop_oneof![
        (kind, day()).prop_map(|(kind, on)| Event::Ended { kind, on }),
        (span, day(), prop::option::of(1i64..400)).prop_map(|(kind, from, days)| Event::Span {
            kind,
            from,
            until: days.map(|days| from + Duration::days(days)),
        }),
    ]
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(event(), 0..4)
}

proptest! {
    #[test]
    fn the_ends_of_a_stretch_speak_for_every_day_of_it(
        first in day(), length in 0i64..700, as_of in day(), events in events(), convention in convention(),
    ) {
        let decided = Decided { earliest: first, latest: first + Duration::days(length) };
        let told = on(&Term { decided, months: 36, convention }, &events, as_of);
        let each = |at: i64| on(&term(first + Duration::days(at), convention), &events, as_of);
        if told == Status::DateUncertain {
            prop_assert!((1..=length).any(|at| each(at) != each(0)));
        } else {
            prop_assert!((0..=length).all(|at| each(at) == told));
        }
    }

    #[test]
    fn without_events_a_certificate_only_moves_on(decided in day(), convention in convention(), from in day(), days in 0i64..2000) {
        let rank = |status| match status {
            Status::NotYetValid => 0,
            Status::Valid => 1,
            Status::Expiring => 2,
            Status::Expired => 3,
            other => panic!("{other:?} without an event"),
        };
        let at = |day| rank(on(&term(decided, convention), &[], day));
        prop_assert!(at(from) <= at(from + Duration::days(days)));
    }

    #[test]
    fn inclusive_is_one_day_longer_and_both_last_36_months(decided in day()) {
        let exclusive = first_day_out(decided, 36, EndConvention::Exclusive);
        prop_assert_eq!(first_day_out(decided, 36, EndConvention::Inclusive), exclusive + Duration::DAY);
        let months = (exclusive.year() - decided.year()) * 12 + i32::from(u8::from(exclusive.month()))
            - i32::from(u8::from(decided.month()));
        prop_assert_eq!(months, 36);
        prop_assert!(exclusive.day() == decided.day() || (decided.day() == 29 && exclusive.day() == 28));
    }

    #[test]
    fn what_ended_is_never_in_force_again(decided in day(), ended in day(), after in 0i64..3000, mut events in events()) {
        events.push(Event::Ended { kind: EndKind::Revoked, on: ended });
        let status = on(&term(decided, EndConvention::Exclusive), &events, ended + Duration::days(after));
        prop_assert!(!status.in_force(), "{:?}", status);
    }

    #[test]
    fn nothing_but_a_pending_re_evaluation_outlives_the_end(decided in day(), after in 0i64..3000, events in events()) {
        let term = term(decided, EndConvention::Inclusive);
        let as_of = term.out().earliest + Duration::days(after);
        let status = on(&term, &events, as_of);
        prop_assert!(!status.in_force() || status == Status::Grace);
        prop_assert!(status != Status::Grace || after < 180);
        prop_assert!(!matches!(status, Status::Suspended | Status::NotYetValid));
    }

    #[test]
    fn exactly_one_of_a_products_certificates_is_the_first(days in prop::collection::vec(0i64..4000, 1..6)) {
        let all: Vec<Known> =
            (1u128..).zip(&days).map(|(id, d)| known(id, date!(2019 - 01 - 01) + Duration::days(*d))).collect();
        let first = |at: usize| {
            let others: Vec<Known> = all.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, k)| k.clone()).collect();
            consequences(&all[at], &others, &windows()).first
        };
        prop_assert_eq!((0..all.len()).filter(|at| first(*at)).count(), 1);
    }
}
