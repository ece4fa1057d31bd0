use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use proto::training::v1::Course;
use tonic::{Code, Streaming};

use super::*;
use crate::config::RedisConfig;
use crate::fixture::{Replica, World, course};
use crate::journal::{Author, Fact, append};
use crate::testing::{backends, reason};

async fn watch(replica: &Replica, after_position: i64, until_head: bool) -> Streaming<WatchResponse> {
    let request = replica.reader(WatchRequest { after_position, until_head });
    replica.events().watch(request).await.unwrap().into_inner()
}

/// Reads until so many events have come.
async fn read(stream: &mut Streaming<WatchResponse>, count: usize) -> Vec<Event> {
    let mut events = Vec::new();
    let reading = async {
        while events.len() < count {
            let message = stream.message().await.unwrap().expect("the stream goes on");
            assert!(message.events.last().is_none_or(|e| e.position <= message.head_position));
            events.extend(message.events);
        }
    };
    tokio::time::timeout(Duration::from_secs(60), reading).await.expect("the events come");
    events
}

/// All events up to the head.
async fn all(replica: &Replica, after: i64) -> Vec<Event> {
    let (mut stream, mut events) = (watch(replica, after, true).await, Vec::new());
    while let Some(message) = stream.message().await.unwrap() {
        events.extend(message.events);
    }
    events
}

fn title(event: &Event) -> String {
    let payload = event.payload.as_ref().unwrap();
    Course::decode(payload.value.as_slice()).unwrap().title
}

fn positions(events: &[Event]) -> Vec<i64> {
    events.iter().map(|e| e.position).collect()
}

/// Every committed event once, numbered without gaps, each writer's events in the order of its writes.
fn assert_whole(events: &[Event], writers: usize, each: usize) {
    let count = i64::try_from(writers * each).unwrap();
    assert_eq!(positions(events), (1..=count).collect::<Vec<_>>());
    let mut by_writer: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for event in events {
        let title = title(event);
        let (writer, n) = title.split_once('/').unwrap();
        by_writer.entry(writer.to_owned()).or_default().push(n.parse().unwrap());
    }
    assert_eq!(by_writer.len(), writers);
    for (writer, written) in by_writer {
        assert_eq!(written, (0..each).collect::<Vec<_>>(), "the writes of {writer}");
    }
}

/// Writes one after the other; the next begins when the one before is acknowledged.
async fn write(replica: &Replica, writer: usize, each: usize) {
    for n in 0..each {
        let id = u128::try_from(1 + writer * each + n).unwrap();
        replica.create(course(&format!("{writer}/{n}"), "", Some(id))).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_sees_every_event_of_sixteen_writers_once_and_in_order_while_they_write() {
    const WRITERS: usize = 16;
    const EACH: usize = 12;
    for backend in backends() {
        let world = World::on(backend).await;
        let mut stream = watch(&world, 0, false).await;
        let writing = futures_util::future::join_all((0..WRITERS).map(|w| write(&world, w, EACH)));
        let (events, _) = tokio::join!(read(&mut stream, WRITERS * EACH), writing);
        assert_whole(&events, WRITERS, EACH);
        assert_eq!(all(&world, 0).await, events, "{backend:?}: a later reader sees the same");
        let verdict = crate::journal::verify(&world.database).await.unwrap();
        assert_eq!((verdict.intact, verdict.broken), (192, None), "{backend:?}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "tests are told by their environment which servers there are")]
async fn two_processes_that_write_and_seal_at_the_same_time_make_one_feed() {
    const EACH: usize = 12;
    for backend in backends() {
        let world = World::on(backend).await;
        // With Redis the bell rings between them, without it they look once a second.
        let redis = RedisConfig { url: std::env::var("TEST_REDIS_URL").ok().filter(|u| !u.is_empty()) };
        let other = world.another(Cache::open(&redis).unwrap()).await;
        let (mut here, mut there) = (watch(&world, 0, false).await, watch(&other, 0, false).await);
        let writing = futures_util::future::join_all((0..16).map(|writer| {
            let replica = if writer % 2 == 0 { &world.replica } else { &other };
            write(replica, writer, EACH)
        }));
        let reading = async { tokio::join!(read(&mut here, 16 * EACH), read(&mut there, 16 * EACH)) };
        let ((here, there), _) = tokio::join!(reading, writing);
        assert_whole(&here, 16, EACH);
        assert_eq!(here, there, "{backend:?}");
        assert_eq!(crate::journal::verify(&other.database).await.unwrap().broken, None);
        other.end().await;
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_becomes_visible_late_is_not_lost() {
    // SQLite has one writer: there nothing commits beside an open transaction.
    for backend in backends().into_iter().filter(|b| *b == crate::testing::Backend::Postgres) {
        let world = World::on(backend).await;
        let author = Author {
            caller: "slow",
            method: "/test",
            request_id: None,
            now_us: 1,
            today: time::macros::date!(2021 - 1 - 1),
        };
        let slow = world.database.begin().await.unwrap();
        append(&slow, &author, vec![Fact::of("courses/slow")]).await.unwrap();
        let quick = world.create(course("quick", "", None)).await.unwrap();
        let mut stream = watch(&world, 0, false).await;
        let first = read(&mut stream, 1).await;
        assert_eq!((first[0].position, &first[0].resource), (1, &quick.name), "it was numbered by the database second");
        slow.commit().await.unwrap();
        world.feed.wake();
        let second = read(&mut stream, 1).await;
        assert_eq!((second[0].position, second[0].resource.as_str()), (2, "courses/slow"));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_goes_on_where_it_stopped() {
    for backend in backends() {
        let world = World::on(backend).await;
        write(&world, 0, 5).await;
        let mut stream = watch(&world, 0, false).await;
        let before = read(&mut stream, 5).await;
        drop(stream);
        write(&world, 1, 5).await;
        assert_eq!(positions(&all(&world, 3).await), [4, 5, 6, 7, 8, 9, 10], "from the middle");
        let mut stream = watch(&world, before[4].position, false).await;
        let after = read(&mut stream, 5).await;
        assert_eq!(positions(&after), [6, 7, 8, 9, 10], "{backend:?}");
        assert!(after.iter().all(|e| title(e).starts_with("1/")));
        assert!(all(&world, 10).await.is_empty(), "at the head there is nothing more");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_position_that_was_never_given_out_is_refused() {
    for backend in backends() {
        let world = World::on(backend).await;
        write(&world, 0, 2).await;
        for after_position in [-1, 3, i64::MAX] {
            let request = world.reader(WatchRequest { after_position, until_head: true });
            let refused = world.events().watch(request).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "POSITION_UNKNOWN"));
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_says_what_whose_when_and_whether_it_is_a_sample() {
    for backend in backends() {
        let world = World::on(backend).await;
        let created = world.create(course("Khóa", "", Some(1))).await.unwrap();
        let events = all(&world, 0).await;
        let [event] = events.as_slice() else { panic!("one event, not {events:?}") };
        assert_eq!((event.position, &event.resource, event.unit.as_str()), (1, &created.name, "units/555"));
        assert_eq!(event.act_date, Some(day::pb(time::macros::date!(2021 - 12 - 15))));
        assert!(event.record_time.is_some() && !event.sample);
        assert_eq!(event.payload.as_ref().unwrap().type_url, "/ocop.training.v1.Course");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_replies_are_swept_and_facts_are_kept() {
    for backend in backends() {
        let world = World::on(backend).await;
        world.create(course("Khóa", "", Some(1))).await.unwrap();
        let now_us = Clock::at_noon(time::macros::date!(2021 - 12 - 15)).now_us();
        assert_eq!(repeat::sweep(&world.database, now_us).await.unwrap(), 0, "it is not older than that");
        assert_eq!(repeat::sweep(&world.database, now_us + 1).await.unwrap(), 1);
        assert_eq!(world.stored().await, (1, 1, 0), "{backend:?}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_of_one_write_keep_their_order() {
    for backend in backends() {
        let world = World::on(backend).await;
        let author = Author {
            caller: "bulk",
            method: "/test",
            request_id: None,
            now_us: 1,
            today: time::macros::date!(2021 - 1 - 1),
        };
        let bulk = async |writer: usize| {
            let tx = world.database.begin().await.unwrap();
            let facts = (0..20).map(|n| Fact::of(&format!("{writer}/{n}")));
            append(&tx, &author, facts.collect()).await.unwrap();
            tx.commit().await.unwrap();
        };
        futures_util::future::join_all((0..8).map(bulk)).await;
        let events = all(&world, 0).await;
        let seen: BTreeSet<&str> = events.iter().map(|e| e.resource.as_str()).collect();
        assert_eq!((events.len(), seen.len()), (160, 160));
        for writer in 0..8 {
            let prefix = format!("{writer}/");
            let of: Vec<&str> = events.iter().filter_map(|e| e.resource.strip_prefix(&prefix)).collect();
            assert_eq!(of, (0..20).map(|n| n.to_string()).collect::<Vec<_>>(), "{backend:?}");
        }
        world.end().await;
    }
}

#[test]
fn a_message_holds_what_fits_and_an_event_that_is_larger_goes_alone() {
    let fit = |sizes: &[usize]| fitting(sizes.iter().copied());
    assert_eq!(fit(&[]), 0);
    assert_eq!(fit(&[10, 20, 30]), 3);
    assert_eq!(fit(&[FULL / 2, FULL / 2, 1]), 2);
    assert_eq!(fit(&[FULL * 3, 1]), 1);
}
