//! The copy on real SQL: what the registry's events leave, on which day and by whose knowledge somebody counts.

use kit::testing::{World, backends, start};
use kit::{Scope, day, instant};
use prost::Name;
use proto::common::v1::{Audience as PbAudience, Event};
use proto::evaluation::v1::CouncilSeatRecorded;
use proto::registry::v1 as pb;
use sea_orm::EntityTrait;
use time::Date;
use time::macros::date;
use uuid::Uuid;

use super::{apply, store};
use crate::Training;
use crate::completions;
use crate::courses::domain::Audience;
use crate::coverage::domain::figures;
use crate::coverage::store::{Counts, groups, missing, without_manager};

const COMMUNE: &str = "units/22081-20180507";
const OTHER: &str = "units/22018-20180507";
const PRODUCER: &str = "producers/1";

fn name(person: u128) -> String {
    format!("persons/{}", Uuid::from_u128(person))
}

fn event<M: Name>(at_us: i64, unit: &str, payload: &M) -> Event {
    Event {
        position: at_us,
        unit: unit.to_owned(),
        record_time: Some(instant::pb(at_us)),
        payload: Some(prost_types::Any { type_url: M::type_url(), value: payload.encode_to_vec() }),
        ..Default::default()
    }
}

fn post(duty: &str, person: u128, begin: Date) -> pb::DutyBegan {
    pb::DutyBegan {
        duty: duty.to_owned(),
        person: name(person),
        audience: PbAudience::Officers.into(),
        begin_date: Some(day::pb(begin)),
        producer: String::new(),
    }
}

fn ended(duty: &str, person: u128, last: Date) -> pb::DutyEnded {
    pb::DutyEnded { duty: duty.to_owned(), person: name(person), end_date: Some(day::pb(last)) }
}

fn producer(form: pb::LegalForm) -> pb::ProducerRecorded {
    pb::ProducerRecorded {
        producer: PRODUCER.to_owned(),
        legal_form: form.as_str_name().to_owned(),
        deleted: false,
        registration_date: Some(day::pb(date!(2021 - 02 - 01))),
    }
}

async fn tell(world: &World, events: &[Event]) {
    let tx = world.database("training").begin().await.unwrap();
    for event in events {
        apply::event(&tx, event.clone()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

async fn complete(world: &World, session: u128, persons: &[u128], withdrawn: &[u128], at_us: i64) {
    let tx = world.database("training").begin().await.unwrap();
    let of = completions::store::Of {
        session: Uuid::from_u128(session),
        audience: Audience::Officers.word(),
        topic: "promotion",
        complete_date: date!(2021 - 05 - 12),
    };
    let passed: Vec<(Uuid, bool)> = persons.iter().map(|p| (Uuid::from_u128(*p), false)).collect();
    let withdrawn: Vec<Uuid> = withdrawn.iter().copied().map(Uuid::from_u128).collect();
    completions::store::settle(&tx, &of, &passed, &withdrawn, at_us).await.unwrap();
    tx.commit().await.unwrap();
}

fn counts(as_of: Date, known_at: Option<i64>) -> Counts {
    Counts {
        within: Scope::All,
        audience: Audience::Officers,
        topics: Vec::new(),
        from: date!(2021 - 01 - 01),
        as_of,
        known_at,
        level: None,
        legal_form: None,
    }
}

/// trained, total; the list of missing persons agrees with them.
async fn count(world: &World, counts: &Counts) -> (usize, usize) {
    let database = world.database("training");
    let db = database.reader();
    let count = figures(&groups(db, counts, counts.as_of).await.unwrap(), str::to_owned).count;
    assert_eq!(missing(db, counts, count.total, (None, 100)).await.unwrap().len(), count.total - count.trained);
    (count.trained, count.total)
}

#[tokio::test(flavor = "multi_thread")]
async fn who_joins_leaves_changes_post_or_is_a_duplicate_counts_right_on_each_day() {
    for backend in backends() {
        let world = start::<Training>(backend).await;
        let (spring, summer) = (date!(2021 - 04 - 01), date!(2021 - 08 - 01));
        tell(
            &world,
            &[
                event(1, COMMUNE, &post("posts/leaver", 1, spring)),
                event(2, COMMUNE, &post("posts/mover", 2, spring)),
                event(3, COMMUNE, &post("posts/twin-a", 3, spring)),
                event(4, OTHER, &post("posts/twin-b", 4, spring)),
            ],
        )
        .await;
        complete(&world, 1, &[1, 2, 4], &[], 5).await;
        tell(
            &world,
            &[
                event(6, COMMUNE, &ended("posts/leaver", 1, date!(2021 - 07 - 31))),
                event(7, COMMUNE, &ended("posts/mover", 2, date!(2021 - 07 - 31))),
                event(8, OTHER, &post("posts/mover-2", 2, summer)),
                event(9, COMMUNE, &post("posts/joiner", 5, date!(2021 - 09 - 01))),
                event(10, COMMUNE, &pb::PersonMerged { person: name(4), into: name(3) }),
            ],
        )
        .await;
        for (as_of, known_at, expected, why) in [
            (date!(2021 - 03 - 31), None, (0, 0), "before everybody"),
            (date!(2021 - 05 - 11), None, (0, 3), "the session has not ended; the twins are one"),
            (date!(2021 - 05 - 12), None, (3, 3), "what the twin passed counts for both"),
            (date!(2021 - 05 - 12), Some(9), (3, 4), "as known before the twins were found to be one"),
            (date!(2021 - 05 - 12), Some(4), (0, 4), "as known before attendance was recorded"),
            (date!(2021 - 07 - 31), None, (3, 3), "a last day counts"),
            (summer, None, (2, 2), "the leaver is gone, the mover counts once"),
            (summer, Some(5), (3, 4), "as known before anybody's end was recorded"),
            (date!(2021 - 09 - 01), None, (2, 3), "the joiner is missing"),
        ] {
            assert_eq!(count(&world, &counts(as_of, known_at)).await, expected, "{as_of} {known_at:?}: {why}");
        }
        tell(&world, &[event(11, COMMUNE, &pb::PersonUnmerged { person: name(4), into: name(3) })]).await;
        assert_eq!(count(&world, &counts(summer, None)).await, (2, 3), "two persons again, one of them trained");
        assert_eq!(count(&world, &counts(summer, Some(10))).await, (2, 2));
        // Attendance that is corrected.
        complete(&world, 1, &[], &[2], 12).await;
        assert_eq!(count(&world, &counts(summer, None)).await, (1, 3));
        complete(&world, 1, &[2], &[], 13).await;
        assert_eq!(count(&world, &counts(summer, None)).await, (2, 3));
        assert_eq!(count(&world, &counts(summer, Some(12))).await, (1, 3));
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_of_a_merged_person_later_goes_to_the_one_that_stays() {
    for backend in backends() {
        let world = start::<Training>(backend).await;
        let spring = date!(2021 - 04 - 01);
        tell(
            &world,
            &[
                event(1, COMMUNE, &post("posts/1", 1, spring)),
                event(2, COMMUNE, &pb::PersonMerged { person: name(2), into: name(1) }),
                event(3, OTHER, &post("posts/2", 2, spring)),
            ],
        )
        .await;
        complete(&world, 1, &[2], &[], 4).await;
        assert_eq!(count(&world, &counts(date!(2021 - 06 - 01), None)).await, (1, 1));
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn managers_stand_under_the_legal_form_that_their_producer_has_and_a_merged_producer_has_a_manager() {
    for backend in backends() {
        let world = start::<Training>(backend).await;
        let managing = pb::DutyBegan {
            audience: PbAudience::ProducerManagers.into(),
            producer: PRODUCER.to_owned(),
            ..post("managers/1", 1, date!(2021 - 04 - 01))
        };
        let other = pb::ProducerRecorded { producer: "producers/2".to_owned(), ..producer(pb::LegalForm::Farm) };
        tell(
            &world,
            &[
                event(1, COMMUNE, &producer(pb::LegalForm::Household)),
                event(2, COMMUNE, &managing),
                event(3, COMMUNE, &other),
                event(4, COMMUNE, &producer(pb::LegalForm::Cooperative)),
            ],
        )
        .await;
        let of = |form: pb::LegalForm, known_at| Counts {
            audience: Audience::ProducerManagers,
            legal_form: Some(form.into()),
            ..counts(date!(2021 - 06 - 01), known_at)
        };
        assert_eq!(count(&world, &of(pb::LegalForm::Cooperative, None)).await, (0, 1));
        assert_eq!(count(&world, &of(pb::LegalForm::Household, None)).await, (0, 0));
        assert_eq!(count(&world, &of(pb::LegalForm::Household, Some(3))).await, (0, 1));
        let all = Counts { legal_form: None, ..of(pb::LegalForm::Farm, None) };
        let database = world.database("training");
        assert_eq!(without_manager(database.reader(), &all).await.unwrap(), 1, "the farm has nobody");
        let merged = pb::ProducerMerged { producer: PRODUCER.to_owned(), into: "producers/2".to_owned() };
        tell(&world, &[event(5, COMMUNE, &merged)]).await;
        assert_eq!(without_manager(database.reader(), &all).await.unwrap(), 0, "it has the manager of the other");
        let before = Counts { as_of: date!(2021 - 03 - 01), ..all };
        assert_eq!(without_manager(database.reader(), &before).await.unwrap(), 1, "on a day before");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_before_the_day_of_registration_was_told_are_read_by_the_day_of_their_act() {
    for backend in backends() {
        let world = start::<Training>(backend).await;
        let undated = pb::ProducerRecorded { registration_date: None, ..producer(pb::LegalForm::Household) };
        let on = |at_us, date| Event { act_date: Some(day::pb(date)), ..event(at_us, COMMUNE, &undated) };
        tell(&world, &[on(1, date!(2021 - 02 - 01)), on(2, date!(2021 - 06 - 01))]).await;
        let database = world.database("training");
        for (as_of, expected) in [(date!(2021 - 01 - 31), 0), (date!(2021 - 03 - 01), 1)] {
            let counts = Counts { audience: Audience::ProducerManagers, ..counts(as_of, None) };
            assert_eq!(without_manager(database.reader(), &counts).await.unwrap(), expected, "{as_of}");
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sits_in_a_council_or_its_help_team_counts_as_long_as_the_seat_is_held() {
    const CITY: &str = "units/555-20180507";
    for backend in backends() {
        let world = start::<Training>(backend).await;
        let seat = |member: &str, person: u128, last: Option<Date>| CouncilSeatRecorded {
            council: format!("councils/{}", Uuid::from_u128(9)),
            member: member.to_owned(),
            person: name(person),
            begin_date: Some(day::pb(date!(2021 - 03 - 01))),
            end_date: last.map(day::pb),
        };
        let events = [
            event(1, CITY, &seat("m1", 1, None)),
            event(2, CITY, &seat("m2", 2, None)),
            event(3, CITY, &seat("m2", 2, Some(date!(2021 - 06 - 30)))),
            event(4, CITY, &ended("posts/other", 1, date!(2021 - 05 - 01))),
        ];
        // Told twice, as a feed may.
        for told in events.iter().chain(&events) {
            let tx = world.database("training").begin().await.unwrap();
            apply::seat(&tx, told.clone()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let merged = pb::PersonMerged { person: name(2), into: name(1) };
        tell(&world, &[event(5, COMMUNE, &merged)]).await;
        for (as_of, known_at, level, expected) in [
            (date!(2021 - 02 - 28), None, None, (0, 0)),
            (date!(2021 - 06 - 30), None, None, (0, 1)),
            (date!(2021 - 06 - 30), Some(4), None, (0, 2)),
            (date!(2021 - 07 - 01), Some(2), None, (0, 2)),
            (date!(2021 - 07 - 01), Some(4), None, (0, 1)),
            (date!(2021 - 07 - 01), None, Some(3), (0, 1)),
            (date!(2021 - 07 - 01), None, Some(2), (0, 0)),
        ] {
            let of = Counts { audience: Audience::Councils, level, ..counts(as_of, known_at) };
            assert_eq!(count(&world, &of).await, expected, "{as_of} {known_at:?} {level:?}");
        }
        assert_eq!(count(&world, &counts(date!(2021 - 06 - 30), None)).await, (0, 0), "no officers");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_told_twice_takes_effect_once() {
    for backend in backends() {
        let world = start::<Training>(backend).await;
        let events = [
            event(1, COMMUNE, &producer(pb::LegalForm::Household)),
            event(2, COMMUNE, &post("posts/1", 1, date!(2021 - 04 - 01))),
            event(3, COMMUNE, &ended("posts/1", 1, date!(2021 - 05 - 01))),
            event(4, COMMUNE, &pb::PersonMerged { person: name(1), into: name(2) }),
        ];
        tell(&world, &events).await;
        let database = world.database("training");
        let kept = async || store::row::Entity::find().all(database.reader()).await.unwrap();
        let once = kept().await;
        assert_eq!(once.len(), 3);
        tell(&world, &events).await;
        assert_eq!(kept().await, once);
        world.stop().await;
    }
}
