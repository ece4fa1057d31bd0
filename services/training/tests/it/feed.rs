//! The feed of training: what was taught and who passed, in order, by reference.

use prost::{Message, Name};
use proto::common::v1::{Audience, Event, Topic, WatchRequest};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{ADOPTED, Office, PHU_YEN, because, course, everywhere, on, refused, session};

async fn watch(office: &Office, after_position: i64) -> Vec<Event> {
    let reader = office.world.as_role("service", "units/vn");
    let request = reader.say(WatchRequest { after_position, until_head: true });
    let mut stream = office.feed().watch(request).await.unwrap().into_inner();
    let mut events = Vec::new();
    while let Some(batch) = stream.message().await.unwrap() {
        events.extend(batch.events);
    }
    events
}

fn told<M: Message + Name + Default>(event: &Event) -> M {
    let payload = event.payload.as_ref().unwrap();
    assert_eq!(payload.type_url, M::type_url());
    M::decode(payload.value.as_slice()).unwrap()
}

#[tokio::test]
async fn courses_sessions_and_passes_are_told_in_order() {
    everywhere(async |office| {
        let of = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap().name;
        let held = office.add_session(session(&of, date!(2021 - 06 - 01))).await.unwrap().name;
        let (a, b) = (office.person(true).await, office.person(false).await);
        office.attend(&held, &[(&a, 5), (&b, 1)]).await.unwrap();
        office.attend(&held, &[(&b, 5)]).await.unwrap();
        office.attend(&held, &[(&a, 0)]).await.unwrap();
        let events = watch(&office, 0).await;
        assert!(events.iter().map(|e| e.position).eq(1..=5));
        assert!(events.iter().all(|e| e.unit == PHU_YEN));
        let resources: Vec<&str> = events.iter().map(|e| e.resource.as_str()).collect();
        assert_eq!(resources, [&*of, &*held, &*held, &*held, &*held]);
        let samples: Vec<bool> = events.iter().map(|e| e.sample).collect();
        assert_eq!(samples, [false, false, true, false, true]);
        assert_eq!(events[0].act_date, on(ADOPTED));
        let set = pb::CourseSet { course: of.clone(), audience: Audience::Officers.into() };
        assert_eq!(told::<pb::CourseSet>(&events[0]), set);
        let planned = told::<pb::SessionPlanned>(&events[1]);
        assert_eq!((planned.course.as_str(), planned.begin_date), (&*of, on(date!(2021 - 06 - 01))));
        let passes: Vec<_> = events[2..].iter().map(told::<pb::AttendanceRecorded>).collect();
        assert!(passes.iter().all(|p| p.session == held && p.end_date == on(date!(2021 - 06 - 03))));
        assert!(passes.iter().all(|p| p.topic() == Topic::Promotion));
        let invented: Vec<_> = passes.iter().map(|p| p.passed_samples.clone()).collect();
        assert_eq!(invented, [vec![a.clone()], vec![], vec![]], "of those who passed; who did not is no success");
        let changes: Vec<_> = passes.into_iter().map(|p| (p.passed, p.withdrawn)).collect();
        assert_eq!(changes, [(vec![a.clone()], vec![]), (vec![b], vec![]), (vec![], vec![a])]);
        assert_eq!(watch(&office, 3).await, events[3..]);
    })
    .await;
}

#[tokio::test]
async fn of_a_list_those_are_told_as_samples_who_are_and_all_of_an_invented_session() {
    everywhere(async |office| {
        let of = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap().name;
        let held = office.add_session(session(&of, date!(2021 - 06 - 01))).await.unwrap().name;
        let invented = pb::Session { sample: true, ..session(&of, date!(2021 - 07 - 01)) };
        let invented = office.add_session(invented).await.unwrap().name;
        let (sample, real, away) = (office.person(true).await, office.person(false).await, office.person(true).await);
        for session in [&held, &invented] {
            office.attend(session, &[(&sample, 5), (&real, 5), (&away, 0)]).await.unwrap();
        }
        let events = watch(&office, 3).await;
        assert!(events.iter().all(|e| e.sample), "somebody in the list is a sample");
        let told: Vec<_> = events.iter().map(told::<pb::AttendanceRecorded>).collect();
        assert!(told.iter().all(|t| t.passed == [sample.clone(), real.clone()]));
        let samples: Vec<_> = told.into_iter().map(|t| t.passed_samples).collect();
        assert_eq!(samples, [vec![sample.clone()], vec![sample, real]]);
    })
    .await;
}

#[tokio::test]
async fn a_position_beyond_the_head_is_refused() {
    everywhere(async |office| {
        let reader = office.world.as_role("service", "units/vn");
        let request = reader.say(WatchRequest { after_position: 1, until_head: true });
        let answer = office.feed().watch(request).await.map(|_| ());
        assert_eq!(refused(answer), because(Code::FailedPrecondition, "POSITION_UNKNOWN"));
    })
    .await;
}
