//! The feeds' facts on real SQL: what an event leaves, and that a feed may be read again from its start.

use kit::follow::{cursors, position};
use kit::testing::{Backend, World, backends, start};
use kit::{Database, Result};
use prost::Name;
use proto::budget::v1::{EntryPosted, Measure, PlanSet, Target, TaskChanged, UnitTarget};
use proto::common::v1::{Audience, Event, Topic};
use proto::evaluation::v1::CertificateIssued;
use proto::registry::v1::{DutyBegan, DutyEnded};
use proto::training::v1::AttendanceRecorded;
use sea_orm::sea_query::{Alias, Expr, Query};
use sea_orm::{ConnectionTrait, EntityTrait, QueryOrder, Value};
use sea_orm_migration::MigratorTrait;
use time::macros::date;

use super::apply;
use super::store::{self, duty, passed, plan, recognition, spending, target, task, unit_target};
use crate::Insights;
use crate::migrations::Migrator;

const PROVINCE: &str = "units/54-20180507";
const COMMUNE: &str = "units/22015-20180507";

async fn take(
    database: &Database,
    source: &'static str,
    position: i64,
    message: proto::common::v1::WatchResponse,
) -> Result<Option<i64>> {
    kit::follow::take(database, source, position, message, apply::event).await
}

async fn world(backend: Backend) -> World {
    eprintln!("on {backend:?}");
    start::<Insights>(backend).await
}

fn event<M: Name>(position: i64, unit: &str, payload: &M) -> Event {
    Event {
        position,
        resource: "anything/1".to_owned(),
        unit: unit.to_owned(),
        payload: Some(prost_types::Any { type_url: M::type_url(), value: payload.encode_to_vec() }),
        ..Default::default()
    }
}

fn day(date: time::Date) -> Option<proto::google::r#type::Date> {
    Some(kit::day::pb(date))
}

fn duty_began(duty: &str, person: &str) -> DutyBegan {
    DutyBegan {
        duty: duty.to_owned(),
        person: person.to_owned(),
        audience: Audience::Officers.into(),
        begin_date: day(date!(2021 - 01 - 04)),
        producer: String::new(),
    }
}

fn attendance(passed: &[&str], withdrawn: &[&str]) -> AttendanceRecorded {
    let names = |list: &[&str]| list.iter().map(ToString::to_string).collect();
    AttendanceRecorded {
        session: "sessions/1".to_owned(),
        course: "courses/1".to_owned(),
        audience: Audience::Officers.into(),
        end_date: day(date!(2021 - 05 - 20)),
        passed: names(passed),
        withdrawn: names(withdrawn),
        topic: Topic::Promotion.into(),
        passed_samples: names(&passed[..passed.len().min(1)]),
    }
}

fn issued(certificate: &str, on: time::Date, first_recognition: bool) -> CertificateIssued {
    CertificateIssued {
        certificate: certificate.to_owned(),
        product: "products/1".to_owned(),
        stars: 3,
        decision_date: day(on),
        first_recognition,
        earliest_decision_date: day(on),
        first_day_out: None,
        ..Default::default()
    }
}

fn task_changed(task: &str, state: &str) -> TaskChanged {
    TaskChanged {
        task: task.to_owned(),
        plan: "plans/1".to_owned(),
        unit: COMMUNE.to_owned(),
        state: state.to_owned(),
        due_date: day(date!(2021 - 11 - 30)),
        end_date: None,
    }
}

fn plan_set(title: &str, values: &[i64]) -> PlanSet {
    let measures = [Measure::ProductsRecognised, Measure::OfficersTrainedPercent];
    let topics = vec![Topic::ProgrammeManagement.into(), Topic::EvaluationAndRanking.into()];
    let target = |(measure, value): (Measure, &i64)| Target {
        measure: measure.into(),
        value: *value,
        topics: topics.clone(),
        due_month: 11,
        each_unit_value: 2,
        unit_targets: vec![UnitTarget { unit: COMMUNE.to_owned(), value: *value }],
    };
    PlanSet {
        plan: "plans/1".to_owned(),
        unit: PROVINCE.to_owned(),
        year: 2021,
        title: title.to_owned(),
        targets: measures.into_iter().zip(values).map(target).collect(),
        tasks: vec![task_changed("tasks/1", "TASK_STATE_PLANNED"), task_changed("tasks/2", "TASK_STATE_DONE")],
    }
}

/// A year in which everything that can be told again is told again.
fn a_year() -> Vec<Event> {
    let ended =
        DutyEnded { duty: "posts/1".to_owned(), person: "persons/1".to_owned(), end_date: day(date!(2021 - 06 - 30)) };
    vec![
        event(1, PROVINCE, &plan_set("Kế hoạch", &[15, 100])),
        event(2, COMMUNE, &duty_began("posts/1", "persons/1")),
        event(3, COMMUNE, &duty_began("posts/2", "persons/2")),
        event(4, PROVINCE, &attendance(&["persons/1", "persons/2"], &[])),
        event(5, COMMUNE, &issued("certificates/1", date!(2021 - 06 - 15), true)),
        event(6, COMMUNE, &ended),
        event(7, PROVINCE, &attendance(&[], &["persons/2"])),
        event(8, COMMUNE, &issued("certificates/2", date!(2020 - 11 - 02), true)),
        event(9, COMMUNE, &issued("certificates/1", date!(2021 - 06 - 15), false)),
        event(10, PROVINCE, &plan_set("Kế hoạch điều chỉnh", &[20])),
        event(11, PROVINCE, &proto::registry::v1::PersonRecorded { person: "persons/3".to_owned() }),
    ]
}

/// Every fact that is kept, in order.
async fn facts(world: &World) -> String {
    let database = world.database("insights");
    let db = database.reader();
    let plans = plan::Entity::find().order_by_asc(plan::Column::Plan).all(db).await.unwrap();
    let targets = target::Entity::find().order_by_asc(target::Column::Measure).all(db).await.unwrap();
    let duties = duty::Entity::find().order_by_asc(duty::Column::Duty).all(db).await.unwrap();
    let passed = passed::Entity::find().order_by_asc(passed::Column::Person).all(db).await.unwrap();
    let by_certificate = recognition::Entity::find().order_by_asc(recognition::Column::Certificate);
    let recognitions = by_certificate.all(db).await.unwrap();
    let units = unit_target::Entity::find().order_by_asc(unit_target::Column::Measure).all(db).await.unwrap();
    let tasks = task::Entity::find().order_by_asc(task::Column::Task).all(db).await.unwrap();
    format!("{plans:#?}{targets:#?}{units:#?}{tasks:#?}{duties:#?}{passed:#?}{recognitions:#?}")
}

async fn apply_all(world: &World, events: &[Event]) {
    let tx = world.database("insights").begin().await.unwrap();
    for event in events {
        apply::event(&tx, event.clone()).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_the_feeds_again_from_their_start_changes_nothing() {
    for backend in backends() {
        let world = world(backend).await;
        apply_all(&world, &a_year()).await;
        let first = facts(&world).await;
        for told in ["posts/1", "persons/1", "certificates/2", "Kế hoạch điều chỉnh"] {
            assert!(first.contains(told), "{told}");
        }
        assert!(
            !first.contains("PersonRecorded") && !first.contains("persons/3"),
            "what counts nothing is passed over"
        );
        apply_all(&world, &a_year()).await;
        assert_eq!(facts(&world).await, first);
        // Each event twice in a row, too.
        let doubled: Vec<Event> = a_year().into_iter().flat_map(|event| [event.clone(), event]).collect();
        apply_all(&world, &doubled).await;
        assert_eq!(facts(&world).await, first);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_import_made_counts_as_if_each_of_it_had_been_told_alone() {
    use proto::registry::v1::record_imported::Event as Record;
    use proto::registry::v1::{ProducerRecorded, RecordImported, RecordsImported};
    let ended =
        DutyEnded { duty: "posts/1".to_owned(), person: "persons/1".to_owned(), end_date: day(date!(2021 - 06 - 30)) };
    let record = |unit: &str, event| RecordImported {
        unit: unit.to_owned(),
        act_date: day(date!(2021 - 01 - 04)),
        sample: false,
        event: Some(event),
    };
    let imported = RecordsImported {
        import: "imports/1".to_owned(),
        kind: "IMPORT_KIND_OFFICERS".to_owned(),
        batch: 1,
        records: vec![
            record(COMMUNE, Record::Duty(duty_began("posts/1", "persons/1"))),
            record(COMMUNE, Record::Ended(ended.clone())),
            record(PROVINCE, Record::Duty(duty_began("posts/2", "persons/2"))),
            record(COMMUNE, Record::Producer(ProducerRecorded::default())),
        ],
    };
    for backend in backends() {
        let (batch, single) = (world(backend).await, world(backend).await);
        apply_all(&batch, &[event(1, PROVINCE, &imported)]).await;
        let each = [
            event(1, COMMUNE, &duty_began("posts/1", "persons/1")),
            event(2, COMMUNE, &ended),
            event(3, PROVINCE, &duty_began("posts/2", "persons/2")),
        ];
        apply_all(&single, &each).await;
        let found = facts(&batch).await;
        assert!(found.contains("posts/2"), "{found}");
        assert_eq!(found, facts(&single).await);
        batch.stop().await;
        single.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_and_the_persons_who_are_samples_are_kept_as_they_were_told() {
    for backend in backends() {
        let world = world(backend).await;
        apply_all(&world, &a_year()[..4]).await;
        let database = world.database("insights");
        let kept = passed::Entity::find().order_by_asc(passed::Column::Person).all(database.reader()).await.unwrap();
        let kept: Vec<(&str, i32, bool)> = kept.iter().map(|p| (p.person.as_str(), p.topic, p.sample)).collect();
        let topic = i32::from(Topic::Promotion);
        assert_eq!(kept, [("persons/1", topic, true), ("persons/2", topic, false)]);
        let targets = store::targets(database.reader(), "plans/1").await.unwrap();
        let told: Vec<(i32, i64, &[i32])> = targets.iter().map(|t| (t.measure, t.value, t.topics.as_slice())).collect();
        assert_eq!(told, [(1, 15, &[1, 2][..]), (2, 100, &[1, 2])]);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_before_there_were_topics_has_none() {
    for backend in backends() {
        let world = world(backend).await;
        let tx = world.database("insights").begin().await.unwrap();
        Migrator::down(&tx, Some(1)).await.unwrap();
        let insert = |table: &'static str, columns: &[&'static str], values: Vec<Value>| {
            let values = values.into_iter().map(Expr::val);
            let columns = columns.iter().copied().map(Alias::new);
            Query::insert().into_table(Alias::new(table)).columns(columns).values_panic(values).take()
        };
        let passed_before = insert(
            "passed",
            &["session", "person", "audience", "pass_date", "sample"],
            vec!["sessions/1".into(), "persons/1".into(), 1.into(), date!(2021 - 05 - 20).into(), false.into()],
        );
        let target_before =
            insert("target", &["plan", "measure", "value"], vec!["plans/1".into(), 2.into(), 100_i64.into()]);
        tx.execute(&passed_before).await.unwrap();
        tx.execute(&target_before).await.unwrap();
        Migrator::up(&tx, None).await.unwrap();
        assert_eq!(passed::Entity::find().one(&tx).await.unwrap().unwrap().topic, 0);
        assert_eq!(store::targets(&tx, "plans/1").await.unwrap()[0].topics, [0_i32; 0]);
        tx.rollback().await.unwrap();
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_keeps_its_place_and_a_repeated_one_is_passed_over() {
    for backend in backends() {
        let world = world(backend).await;
        let database = world.database("insights");
        let message = |events: Vec<Event>, head_position| proto::common::v1::WatchResponse {
            events,
            head_position,
            head_time: Some(kit::instant::pb(1_000_000)),
        };
        let cursor = async || cursors(database.reader()).await.unwrap().into_iter().find(|c| c.source == "registry");
        let events = a_year();
        let reached = take(&database, "registry", 0, message(events[..4].to_vec(), 11)).await.unwrap().unwrap();
        let kept = cursor().await.unwrap();
        assert_eq!(
            (reached, kept.position, kept.head_position, kept.complete_us),
            (4, 4, 11, 0),
            "not read to its head"
        );
        assert_eq!(position(database.reader(), "registry").await.unwrap(), 4);
        let first = facts(&world).await;
        // The peer tells from the start again: only what is new takes effect.
        let mut again = events[..4].to_vec();
        again[0] = event(1, PROVINCE, &plan_set("Khác", &[1]));
        assert_eq!(take(&database, "registry", reached, message(again, 11)).await.unwrap(), Some(4));
        assert_eq!(facts(&world).await, first);
        let reached = take(&database, "registry", reached, message(events.clone(), 11)).await.unwrap().unwrap();
        let kept = cursor().await.unwrap();
        assert_eq!((reached, kept.position, kept.complete_us), (11, 11, 1_000_000), "complete until the head's time");
        // A sign of life moves only the time.
        let life = proto::common::v1::WatchResponse {
            events: Vec::new(),
            head_position: 11,
            head_time: Some(kit::instant::pb(2_000_000)),
        };
        assert_eq!(take(&database, "registry", reached, life).await.unwrap(), Some(11));
        assert_eq!(cursor().await.unwrap().complete_us, 2_000_000);
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_with_an_event_that_cannot_be_read_leaves_neither_facts_nor_place() {
    for backend in backends() {
        let world = world(backend).await;
        let database = world.database("insights");
        let before = facts(&world).await;
        let mut garbled = event(2, COMMUNE, &duty_began("posts/2", "persons/2"));
        garbled.payload.as_mut().unwrap().value = vec![0xff; 4];
        let nowhere = event(2, "units/0-20000101", &duty_began("posts/2", "persons/2"));
        let undated = DutyBegan { begin_date: None, ..duty_began("posts/2", "persons/2") };
        for bad in [garbled, nowhere, event(2, COMMUNE, &undated)] {
            let events = vec![event(1, COMMUNE, &duty_began("posts/1", "persons/1")), bad];
            let message = proto::common::v1::WatchResponse { events, head_position: 2, head_time: None };
            let error = take(&database, "registry", 0, message).await.unwrap_err();
            assert_eq!(error.reason(), "INTERNAL");
            assert_eq!(
                (facts(&world).await, position(database.reader(), "registry").await.unwrap()),
                (before.clone(), 0)
            );
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replica_that_is_behind_puts_nothing_over_what_the_other_has_put() {
    for backend in backends() {
        let world = world(backend).await;
        let database = world.database("insights");
        let message =
            |events: Vec<Event>| proto::common::v1::WatchResponse { events, head_position: 11, head_time: None };
        let events = a_year();
        assert_eq!(take(&database, "registry", 0, message(events[..4].to_vec())).await.unwrap(), Some(4));
        assert_eq!(take(&database, "registry", 4, message(events[4..].to_vec())).await.unwrap(), Some(11));
        let newest = facts(&world).await;
        // Its last word was position 0, or 4; what it has read since is older than what is there.
        assert_eq!(take(&database, "registry", 0, message(events[..6].to_vec())).await.unwrap(), None);
        assert_eq!(take(&database, "registry", 4, message(events[4..6].to_vec())).await.unwrap(), None);
        assert_eq!(facts(&world).await, newest);
        assert_eq!(position(database.reader(), "registry").await.unwrap(), 11);

        // Many replicas at once with the same message: one of them goes on.
        let together = (0..8).map(|_| take(&database, "training", 0, message(events[..4].to_vec())));
        let taken = futures_util::future::join_all(together).await;
        let went_on = taken.into_iter().filter(|t| matches!(t, Ok(Some(4)))).count();
        assert_eq!(went_on, 1, "{backend:?}");
        world.stop().await;
    }
}

fn posted(entry: &str, kind: &str, amount_vnd: i64, category: &str, reverses: &str) -> EntryPosted {
    EntryPosted {
        entry: entry.to_owned(),
        line: "lines/1".to_owned(),
        kind: kind.to_owned(),
        amount_vnd,
        plan: "plans/1".to_owned(),
        reverses: reverses.to_owned(),
        category: category.to_owned(),
        ..Default::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn payments_are_kept_once_with_their_sign_and_older_events_without_a_category() {
    for backend in backends() {
        let world = world(backend).await;
        let database = world.database("insights");
        let training = "SPENDING_CATEGORY_TRAINING";
        let told = [
            posted("entries/1", "ENTRY_KIND_COMMIT", 90, training, ""),
            posted("entries/2", "ENTRY_KIND_PAY", 90, training, ""),
            posted("entries/3", "ENTRY_KIND_PAY", 20, training, "entries/2"),
            posted("entries/4", "ENTRY_KIND_REFUND", 5, training, ""),
            posted("entries/5", "ENTRY_KIND_REFUND", 2, training, "entries/4"),
            posted("entries/6", "ENTRY_KIND_PAY", 7, "", ""),
            posted("entries/7", "ENTRY_KIND_TRANSFER_OUT", 7, training, ""),
            posted("entries/8", "ENTRY_KIND_OF_A_NEWER_PROGRAM", 7, training, ""),
        ];
        for _ in 0..2 {
            let tx = database.begin().await.unwrap();
            for (position, entry) in (1..).zip(&told) {
                let act_date = day(date!(2021 - 06 - 01));
                apply::event(&tx, Event { act_date, ..event(position, PROVINCE, entry) }).await.unwrap();
            }
            tx.commit().await.unwrap();
        }
        let kept = spending::Entity::find().order_by_asc(spending::Column::Entry).all(database.reader()).await.unwrap();
        let kept: Vec<_> = kept.iter().map(|row| (row.entry.as_str(), row.amount_vnd, row.category)).collect();
        let expected = [
            ("entries/2", 90, 2),
            ("entries/3", -20, 2),
            ("entries/4", -5, 2),
            ("entries/5", 2, 2),
            ("entries/6", 7, 0),
        ];
        assert_eq!(kept, expected);
        world.stop().await;
    }
}
