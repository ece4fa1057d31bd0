use std::time::Duration;

use proto::common::v1::{ErrorReason as Common, Role};
use proto::training::v1::{Course, CreateCourseRequest, GetCourseRequest, ListCoursesRequest};
use tonic::{Code, Status};

use crate::fixture::{World, course};
use crate::testing::{Backend, backends, reason, statements, violations};

fn told<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String) {
    let status = answer.unwrap_err();
    (status.code(), reason(&status))
}

async fn get(world: &World, name: &str) -> Result<Course, Status> {
    let request = GetCourseRequest { name: name.to_owned() };
    Ok(world.courses().get_course(world.say(request)).await?.into_inner())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_keeps_effect_fact_and_reply_together() {
    for backend in backends() {
        let world = World::on(backend).await;
        let created = world.create(course("Khóa 1", "", Some(1))).await.unwrap();
        assert_eq!(get(&world, &created.name).await.unwrap().title, "Khóa 1");
        assert_eq!(world.stored().await, (1, 1, 1));
        world.create(course("Khóa 2", "", None)).await.unwrap();
        assert_eq!(world.stored().await, (2, 2, 1), "without an id there is nothing to repeat");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_gives_the_first_answer_and_takes_no_effect() {
    for backend in backends() {
        let world = World::on(backend).await;
        // One effect that could be had twice, and one that fails the second time because it succeeded the first.
        for (id, how) in [(1, ""), (2, "once")] {
            let first = world.create(course("Khóa", how, Some(id))).await.unwrap();
            for _ in 0..2 {
                assert_eq!(world.create(course("Khóa", how, Some(id))).await.unwrap(), first, "{backend:?} {how}");
            }
        }
        assert_eq!(world.stored().await, (2, 2, 2));
        let another = world.create(course("Khóa", "once", Some(3))).await;
        assert_eq!(told(another), (Code::AlreadyExists, "RESOURCE_EXISTS".to_owned()), "a new id is a new wish");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_id_belongs_to_its_caller_and_to_one_body() {
    for backend in backends() {
        let world = World::on(backend).await;
        let first = world.create(course("Khóa 1", "", Some(1))).await.unwrap();
        let reused = world.create(course("Khóa 2", "", Some(1))).await;
        assert_eq!(told(reused), (Code::InvalidArgument, "REQUEST_ID_REUSED".to_owned()));
        assert_eq!(world.stored().await, (1, 1, 1));
        let other = world.by("other", Role::ProvinceOfficer, "units/54", course("Khóa 2", "", Some(1)));
        let second = world.courses().create_course(other).await.expect("another caller's ids are its own").into_inner();
        assert_ne!(first.name, second.name);
        assert_eq!(world.stored().await, (2, 2, 2));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_with_one_id_at_the_same_time_take_effect_once() {
    for backend in backends() {
        let world = World::on(backend).await;
        let calls = (0..8).map(|_| world.create(course("Khóa", "", Some(1))));
        let answers = futures_util::future::join_all(calls).await;
        let first = answers[0].as_ref().unwrap();
        assert!(answers.iter().all(|a| a.as_ref().unwrap() == first), "{backend:?}: {answers:?}");
        assert_eq!(world.stored().await, (1, 1, 1));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeat_is_authorised_again() {
    for backend in backends() {
        let world = World::on(backend).await;
        world.create(course("Khóa", "once", Some(1))).await.unwrap();
        let denied = (Code::PermissionDenied, "UNIT_FORBIDDEN".to_owned());
        // The officer has moved to another province since.
        let moved = world.by("officer", Role::ProvinceOfficer, "units/66", course("Khóa", "once", Some(1)));
        assert_eq!(told(world.courses().create_course(moved).await), denied, "by the handler");
        let mut elsewhere = course("Khóa khác", "", Some(1));
        elsewhere.course.as_mut().unwrap().unit = "units/66".to_owned();
        let moved = world.by("officer", Role::ProvinceOfficer, "units/66", elsewhere);
        assert_eq!(told(world.courses().create_course(moved).await), denied, "by the kept reply's own unit");
        let lower = world.by("officer", Role::CommuneOfficer, "units/54", course("Khóa", "once", Some(1)));
        assert_eq!(told(world.courses().create_course(lower).await), (Code::PermissionDenied, "ROLE_MISSING".into()));
        assert_eq!(world.stored().await, (1, 1, 1));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refusals_and_trials_store_nothing_and_leave_the_id_free() {
    for backend in backends() {
        let world = World::on(backend).await;
        let refused = world.create(course("Khóa", "refuses", Some(1))).await;
        assert_eq!(told(refused), (Code::FailedPrecondition, "POSITION_UNKNOWN".to_owned()));
        let mut outside = course("Khóa", "", Some(1));
        outside.course.as_mut().unwrap().unit = "units/66".to_owned();
        assert_eq!(told(world.create(outside).await), (Code::PermissionDenied, "UNIT_FORBIDDEN".to_owned()));
        let trial = CreateCourseRequest { validate_only: true, ..course("Khóa", "once", Some(1)) };
        let tried = world.create(trial.clone()).await.unwrap();
        assert_eq!(tried.title, "Khóa", "a trial answers what the call would");
        assert_eq!(told(get(&world, &tried.name).await), (Code::NotFound, "RESOURCE_NOT_FOUND".to_owned()));
        assert_eq!(world.stored().await, (0, 0, 0), "{backend:?}");
        world.create(course("Khóa", "once", Some(1))).await.expect("the id is still free");
        assert_eq!(told(world.create(trial).await), (Code::AlreadyExists, "RESOURCE_EXISTS".to_owned()));
        assert_eq!(world.stored().await, (1, 1, 1));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_violations_come_at_once_and_nothing_runs() {
    for backend in backends() {
        let world = World::on(backend).await;
        let mut bad = course("", "", None);
        bad.request_id = "7".to_owned();
        let body = bad.course.as_mut().unwrap();
        body.unit = "units/99".to_owned();
        body.half_days = 401;
        body.adopt_date = Some(crate::day::pb(time::macros::date!(2021 - 12 - 16)));
        let refused = world.create(bad).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "REQUEST_INVALID"));
        let mut found = violations(&refused);
        found.sort();
        let expected = [
            ("course.adopt_date", "DATE_IN_FUTURE"),
            ("course.half_days", "FIELD_RANGE"),
            ("course.title", "FIELD_REQUIRED"),
            ("course.unit", "UNIT_UNKNOWN"),
            ("request_id", "REQUEST_ID_MALFORMED"),
        ];
        assert_eq!(found, expected.map(|(f, r)| (f.to_owned(), r.to_owned())));
        assert_eq!(world.script.tries(""), 0);
        assert_eq!(world.stored().await, (0, 0, 0));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_forgets_the_unit_or_the_fact_is_not_answered() {
    for backend in backends() {
        let world = World::on(backend).await;
        let ours = (Code::Internal, "INTERNAL".to_owned());
        assert_eq!(told(world.create(course("Khóa", "unjudged", Some(1))).await), ours);
        assert_eq!(told(world.create(course("Khóa", "factless", Some(1))).await), ours);
        assert_eq!(world.stored().await, (0, 0, 0), "{backend:?}");
        let created = world.create(course("forget the unit", "", Some(1))).await.unwrap();
        assert_eq!(told(get(&world, &created.name).await), ours, "from now on reading forgets it");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_race_is_run_again_and_five_times_at_most() {
    for backend in backends() {
        let world = World::on(backend).await;
        let created = world.create(course("Khóa 1", "contends 4", Some(1))).await.unwrap();
        assert_eq!((created.title.as_str(), world.script.tries("Khóa 1")), ("Khóa 1", 5), "{backend:?}");
        assert_eq!(world.stored().await, (1, 1, 1), "what the lost runs did is gone");
        let lost = world.create(course("Khóa 2", "contends 99", Some(2))).await;
        assert_eq!(told(lost), (Code::Aborted, "CONFLICT".to_owned()));
        assert_eq!(world.script.tries("Khóa 2"), 5, "{backend:?}");
        assert_eq!(world.stored().await, (1, 1, 1));
        world.create(course("Khóa 3", "refuses", Some(3))).await.unwrap_err();
        assert_eq!(world.script.tries("Khóa 3"), 1, "a refusal is final");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_writes_that_block_each_other_one_is_run_again() {
    // SQLite has one writer: there two transactions cannot hold a row each.
    for backend in backends().into_iter().filter(|b| *b == Backend::Postgres) {
        let world = World::on(backend).await;
        let there = world.create(course("đi", "crosses 1", Some(1)));
        let back = world.create(course("về", "crosses 2", Some(2)));
        let (there, back) = tokio::join!(there, back);
        assert_eq!((there.unwrap().title.as_str(), back.unwrap().title.as_str()), ("đi", "về"));
        assert_eq!(world.script.tries("đi") + world.script.tries("về"), 3);
        assert_eq!(world.counted().await, 2, "each raised each counter once");
        assert_eq!(world.stored().await, (2, 2, 2));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_leaves_leaves_no_half_state() {
    for backend in backends() {
        let world = World::on(backend).await;
        let (mut courses, request) = (world.courses(), world.say(course("Khóa", "waits", Some(1))));
        let call = tokio::spawn(async move { courses.create_course(request).await });
        world.script.seen.waiting(1).await;
        call.abort();
        world.script.seen.left(1).await;
        let mut late = world.say(course("Khóa", "waits", Some(2)));
        late.set_timeout(Duration::from_millis(300));
        let late = world.courses().create_course(late).await;
        assert_eq!(told(late), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED".to_owned()));
        world.script.seen.idle().await;
        assert_eq!(world.stored().await, (0, 0, 0), "{backend:?}: all was done but the commit");
        world.script.gate.send_replace(true);
        // On SQLite this also shows that the one writing connection was given back.
        world.create(course("Khóa", "waits", Some(1))).await.expect("the id is free");
        world.create(course("Khóa", "waits", Some(2))).await.expect("and so is the other");
        assert_eq!(world.stored().await, (2, 2, 2));
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_dropped_at_any_moment_took_effect_wholly_or_not_at_all() {
    const CALLS: u128 = 80;
    for backend in backends() {
        let world = World::on(backend).await;
        let mut kept = 0;
        for id in 1..=CALLS {
            let (mut courses, request) = (world.courses(), world.say(course("Khóa", "", Some(id))));
            let call = async move { courses.create_course(request).await };
            // From before the first statement to after the commit.
            let moment = Duration::from_micros(u64::try_from(id).unwrap() * 100);
            kept += u64::from(tokio::time::timeout(moment, call).await.is_ok());
        }
        let (courses, facts, replies) = world.stored().await;
        assert!(courses == facts && facts == replies && courses >= kept, "{backend:?}: {courses} {facts} {replies}");
        for id in 1..=CALLS {
            world.create(course("Khóa", "", Some(id))).await.expect("every call can be repeated");
        }
        let all = u64::try_from(CALLS).unwrap();
        assert_eq!(world.stored().await, (all, all, all), "{backend:?}");
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_costs_three_statements_beside_its_transaction_and_a_read_one() {
    for backend in backends() {
        let world = World::on(backend).await;
        let counted = |mut request: tonic::Request<CreateCourseRequest>| {
            request.metadata_mut().insert(crate::stack::COUNT, "statements".parse().unwrap());
            request
        };
        let write = counted(world.say(course("Khóa", "", Some(1))));
        let write = world.courses().create_course(write).await.unwrap();
        assert_eq!(statements(&write), 3, "{backend:?}: effect, fact, reply");
        let mut read = world.say(GetCourseRequest { name: write.into_inner().name });
        read.metadata_mut().insert(crate::stack::COUNT, "statements".parse().unwrap());
        assert_eq!(statements(&world.courses().get_course(read).await.unwrap()), 1);
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_shows_only_what_lies_in_the_callers_units() {
    for backend in backends() {
        let world = World::on(backend).await;
        let created = world.create(course("Khóa", "", None)).await.unwrap();
        let request = || GetCourseRequest { name: created.name.clone() };
        let outside = world.by("other", Role::ProvinceOfficer, "units/66", request());
        let outside = world.courses().get_course(outside).await;
        assert_eq!(told(outside), (Code::PermissionDenied, "UNIT_FORBIDDEN".to_owned()));
        for (unit, seen) in [("units/vn", 1), ("units/54", 1), ("units/555", 1), ("units/66", 0), ("units/99", 0)] {
            let list = world.by("any", Role::Analyst, unit, ListCoursesRequest::default());
            let list = world.courses().list_courses(list).await.unwrap().into_inner();
            assert_eq!(list.courses.len(), seen, "{unit}");
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_token_is_bound_to_its_list_and_cannot_be_changed() {
    for backend in backends() {
        let world = World::on(backend).await;
        for n in 0..3 {
            world.create(course(&format!("Khóa {n}"), "", None)).await.unwrap();
        }
        let list = async |unit: &str, token: &str| {
            let (unit, page_token) = (unit.to_owned(), token.to_owned());
            let request = ListCoursesRequest { unit, page_token, page_size: 2, ..Default::default() };
            world.courses().list_courses(world.say(request)).await.map(tonic::Response::into_inner)
        };
        let token = list("units/555", "").await.unwrap().next_page_token;
        assert_eq!(list("units/555", &token).await.unwrap().courses.len(), 1);
        let mut changed = token.clone().into_bytes();
        let last = changed.len() - 1;
        changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        for (unit, token) in [("", &token), ("units/54", &token), ("units/555", &changed)] {
            let refused = list(unit, token).await.unwrap_err();
            let bad = (String::from("page_token"), Common::PageTokenInvalid.as_str_name().replace("ERROR_REASON_", ""));
            assert_eq!(violations(&refused), [bad], "{backend:?} {unit}");
        }
        world.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_is_walked_without_gap_or_repeat_while_rows_are_written() {
    for backend in backends() {
        let world = World::on(backend).await;
        for n in 0..40 {
            world.create(course(&format!("Khóa {n:02}"), "", None)).await.unwrap();
        }
        let (mut titles, mut page_token) = (Vec::new(), String::new());
        loop {
            let request = ListCoursesRequest { page_size: 7, page_token, ..Default::default() };
            let page = world.courses().list_courses(world.say(request)).await.unwrap().into_inner();
            titles.extend(page.courses.into_iter().map(|c| c.title));
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
            // Before what was read, and behind all of it.
            world.create(course("A", "", None)).await.unwrap();
            world.create(course("Z", "", None)).await.unwrap();
        }
        let old: Vec<&String> = titles.iter().filter(|t| t.starts_with("Khóa")).collect();
        let expected: Vec<String> = (0..40).map(|n| format!("Khóa {n:02}")).collect();
        assert_eq!(old, expected.iter().collect::<Vec<_>>(), "{backend:?}");
        assert!(titles.is_sorted());
        world.end().await;
    }
}
