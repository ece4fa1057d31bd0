//! Duties: posts of officers and managers of producers, from day to day.

use kit::testing::statements;
use proto::common::v1::Audience;
use proto::registry::v1::{self as pb, UnitLevel};
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, manager, on, person, post, producer,
    refused, ymd,
};

async fn end_post(office: &Office, name: &str, day: Date, etag: &str) -> Result<pb::Post, Status> {
    let request =
        pb::EndPostRequest { name: name.to_owned(), end_date: on(day), etag: etag.to_owned(), ..Default::default() };
    Ok(office.posts().end_post(office.admin().say(request)).await?.into_inner())
}

async fn duties(office: &Office, day: Date, audience: Audience, unit: &str) -> pb::ListDutiesResponse {
    let request = pb::ListDutiesRequest {
        as_of: on(day),
        audience: audience.into(),
        unit: unit.to_owned(),
        ..Default::default()
    };
    office.duties().list_duties(office.admin().say(request)).await.unwrap().into_inner()
}

#[tokio::test]
async fn officers_of_every_level_hold_posts() {
    everywhere(async |office| {
        for (unit, dated, level) in [
            ("units/54", PHU_YEN, UnitLevel::Province),
            (TUY_HOA_CITY, TUY_HOA_CITY, UnitLevel::District),
            ("units/22018", WARD_8, UnitLevel::Commune),
        ] {
            let someone = office.add_person(pb::Person { sample: true, ..person("Cán bộ mẫu") }).await.unwrap();
            let held = office.add_post(post(&someone.name, unit)).await.unwrap();
            assert_eq!((held.unit.as_str(), held.level()), (dated, level), "{unit}");
            assert!(held.sample, "a sample's post is a sample");
            let request = office.admin().count(pb::GetPostRequest { name: held.name.clone() });
            let answer = office.posts().get_post(request).await.unwrap();
            assert_eq!(statements(&answer), 1);
            assert_eq!(answer.into_inner(), held);
        }
        let request = office.admin().count(pb::ListPostsRequest::default());
        let answer = office.posts().list_posts(request).await.unwrap();
        assert_eq!(statements(&answer), 1);
        let units: Vec<String> = answer.into_inner().posts.into_iter().map(|p| p.unit).collect();
        assert_eq!(units, [PHU_YEN, TUY_HOA_CITY, WARD_8], "by unit");
    })
    .await;
}

#[tokio::test]
async fn a_post_is_held_from_its_first_to_its_last_day_and_then_by_the_next_person() {
    everywhere(async |office| {
        let first = office.add_person(person("Cán bộ thứ nhất")).await.unwrap().name;
        let second = office.add_person(person("Cán bộ thứ hai")).await.unwrap().name;
        let held = office.add_post(post(&first, WARD_8)).await.unwrap();
        let last = date!(2021 - 06 - 30);
        let order = invalid(&[("end_date", "DATE_ORDER")]);
        assert_eq!(refused(end_post(&office, &held.name, date!(2021 - 02 - 28), "").await), order);
        let future = invalid(&[("end_date", "DATE_IN_FUTURE")]);
        assert_eq!(refused(end_post(&office, &held.name, date!(2021 - 12 - 16), "").await), future);
        assert_eq!(refused(end_post(&office, &held.name, last, "\"7\"").await), because(Code::Aborted, "ETAG_STALE"));
        let ended = end_post(&office, &held.name, last, &held.etag).await.unwrap();
        assert_eq!((ended.end_date, ended.etag != held.etag), (on(last), true));
        let again = refused(end_post(&office, &held.name, last, "").await);
        assert_eq!(again, because(Code::FailedPrecondition, "DUTY_ENDED"));
        let next = pb::Post { begin_date: on(date!(2021 - 07 - 01)), ..post(&second, WARD_8) };
        office.add_post(next).await.unwrap();

        for (day, holder) in [
            (date!(2021 - 02 - 28), None),
            (date!(2021 - 03 - 01), Some(&first)),
            (last, Some(&first)),
            (date!(2021 - 07 - 01), Some(&second)),
            (date!(2021 - 12 - 15), Some(&second)),
        ] {
            let on_duty = duties(&office, day, Audience::Officers, PHU_YEN).await.duties;
            let persons: Vec<&String> = on_duty.iter().map(|d| &d.person).collect();
            assert_eq!(persons, holder.into_iter().collect::<Vec<_>>(), "{day}");
            let request = pb::ListPostsRequest { as_of: on(day), ..Default::default() };
            let posts = office.posts().list_posts(office.admin().say(request)).await.unwrap().into_inner().posts;
            assert_eq!(posts.len(), usize::from(holder.is_some()), "{day}");
        }
        let all = office.posts().list_posts(office.admin().say(pb::ListPostsRequest::default())).await.unwrap();
        assert_eq!(all.into_inner().posts.len(), 2, "without a day, of all times");
    })
    .await;
}

#[tokio::test]
async fn the_same_duty_is_not_held_twice_at_a_time() {
    everywhere(async |office| {
        let someone = office.add_person(person("Cán bộ mẫu")).await.unwrap().name;
        let held = office.add_post(post(&someone, WARD_8)).await.unwrap();
        let twice = office.add_post(pb::Post { begin_date: on(date!(2021 - 05 - 01)), ..post(&someone, WARD_8) }).await;
        assert!(twice.as_ref().unwrap_err().message().contains(&held.name));
        assert_eq!(refused(twice), because(Code::AlreadyExists, "DUTY_HELD"));
        let other = pb::Post { title: "Trưởng phòng".to_owned(), ..post(&someone, WARD_8) };
        office.add_post(other).await.unwrap();
        office.add_post(post(&someone, TUY_HOA_CITY)).await.unwrap();

        let maker = office.add_producer(producer("HTX Mẫu")).await.unwrap().name;
        let managed = office.add_manager(manager(&someone, &maker)).await.unwrap();
        let twice = office.add_manager(manager(&someone, &maker)).await;
        assert!(twice.as_ref().unwrap_err().message().contains(&managed.name));
        assert_eq!(refused(twice), because(Code::AlreadyExists, "DUTY_HELD"));
        end_post(&office, &held.name, date!(2021 - 04 - 30), "").await.unwrap();
        office
            .add_post(pb::Post { begin_date: on(date!(2021 - 05 - 01)), ..post(&someone, WARD_8) })
            .await
            .expect("the day after its end it may be taken up again");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_who_record_one_post_at_once_one_does() {
    everywhere(async |office| {
        let mut persons = Vec::new();
        for n in 0..4 {
            persons.push(office.add_person(person(&format!("Cán bộ {n}"))).await.unwrap().name);
        }
        let tries: Vec<_> = (0..48)
            .map(|n| {
                let (office, asked) = (office.clone(), post(&persons[n / 12], WARD_8));
                tokio::spawn(async move { office.add_post(asked).await })
            })
            .collect();
        let mut made = 0;
        for each in tries {
            match each.await.unwrap() {
                Ok(_) => made += 1,
                refusal => assert_eq!(refused(refusal), because(Code::AlreadyExists, "DUTY_HELD")),
            }
        }
        assert_eq!((made, office.rows().await[4]), (4, ("duty", 4)));
    })
    .await;
}

#[tokio::test]
async fn a_manager_stands_in_the_producers_commune_of_that_day() {
    everywhere(async |office| {
        office.world.clock.set_noon(date!(2026 - 02 - 01));
        let someone = office.add_person(person("Giám đốc mẫu")).await.unwrap().name;
        let maker = office.add_producer(pb::Producer { sample: true, ..producer("HTX Mẫu") }).await.unwrap().name;
        let early = pb::Manager { begin_date: on(date!(2021 - 01 - 14)), ..manager(&someone, &maker) };
        let not_yet = because(Code::FailedPrecondition, "PRODUCER_NOT_YET_REGISTERED");
        assert_eq!(refused(office.add_manager(early).await), not_yet);
        for (day, unit) in [
            (date!(2021 - 03 - 01), WARD_8),
            (date!(2024 - 11 - 01), "units/22018-20241101"),
            (date!(2025 - 07 - 01), "units/22015-20250701"),
        ] {
            let asked = pb::Manager { begin_date: on(day), ..manager(&someone, &maker) };
            let made = office.add_manager(asked).await.unwrap();
            assert_eq!((made.unit.as_str(), made.sample), (unit, true), "{day}");
            let request = office.admin().say(pb::GetManagerRequest { name: made.name.clone() });
            assert_eq!(office.managers().get_manager(request).await.unwrap().into_inner(), made);
            let end = pb::EndManagerRequest { name: made.name, end_date: on(day), ..Default::default() };
            office.managers().end_manager(office.admin().say(end)).await.unwrap();
        }
        // A list cut by the new unit holds what its predecessors had.
        let request = pb::ListManagersRequest { unit: "units/66-20250701".to_owned(), ..Default::default() };
        let answer = office.managers().list_managers(office.admin().count(request)).await.unwrap();
        assert_eq!((statements(&answer), answer.into_inner().managers.len()), (1, 3));
    })
    .await;
}

#[tokio::test]
async fn producers_that_nobody_manages_stand_beside_the_duties() {
    everywhere(async |office| {
        let managed = office.add_producer(producer("HTX Có người")).await.unwrap().name;
        office.add_producer(producer("HTX Không người")).await.unwrap();
        let late = pb::Producer { registration_date: on(date!(2021 - 09 - 01)), ..producer("HTX Mới") };
        office.add_producer(late).await.unwrap();
        let far = pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX La Hai") };
        office.add_producer(far).await.unwrap();
        let someone = office.add_person(person("Giám đốc mẫu")).await.unwrap().name;
        office.add_manager(manager(&someone, &managed)).await.unwrap();
        office.add_post(post(&someone, WARD_8)).await.unwrap();
        for (day, audience, unit, on_duty, without) in [
            (date!(2021 - 02 - 01), Audience::ProducerManagers, PHU_YEN, 0, 3),
            (date!(2021 - 06 - 30), Audience::ProducerManagers, PHU_YEN, 1, 2),
            (date!(2021 - 06 - 30), Audience::ProducerManagers, TUY_HOA_CITY, 1, 1),
            (date!(2021 - 09 - 01), Audience::ProducerManagers, PHU_YEN, 1, 3),
            (date!(2021 - 06 - 30), Audience::Officers, PHU_YEN, 1, 0),
            (date!(2021 - 06 - 30), Audience::Unspecified, "units/54", 2, 2),
        ] {
            let answer = duties(&office, day, audience, unit).await;
            let figures = (answer.duties.len(), answer.producers_without_manager);
            assert_eq!(figures, (on_duty, without), "{day} {audience:?} {unit}");
        }
    })
    .await;
}

#[tokio::test]
async fn duties_are_walked_without_gap_or_repeat_and_counted_once() {
    everywhere(async |office| {
        office.add_producer(producer("HTX Không người")).await.unwrap();
        for n in 0..11 {
            let someone = office.add_person(person(&format!("Cán bộ {n}"))).await.unwrap().name;
            let unit = if n % 2 == 0 { WARD_8 } else { LA_HAI };
            office.add_post(post(&someone, unit)).await.unwrap();
        }
        let (mut walked, mut token, mut without) = (Vec::new(), String::new(), Vec::new());
        loop {
            let request = pb::ListDutiesRequest {
                as_of: on(date!(2021 - 06 - 30)),
                page_size: 4,
                page_token: token,
                ..Default::default()
            };
            let answer = office.duties().list_duties(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), if walked.is_empty() { 2 } else { 1 }, "the count comes once");
            let page = answer.into_inner();
            without.push(page.producers_without_manager);
            walked.extend(page.duties.into_iter().map(|d| d.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        walked.sort();
        walked.dedup();
        assert_eq!((walked.len(), without), (11, vec![1, 0, 0]));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_duty_is_refused_with_everything_that_is_wrong_and_not_stored() {
    everywhere(async |office| {
        let someone = office.add_person(person("Cán bộ mẫu")).await.unwrap().name;
        let maker = office.add_producer(producer("HTX Mẫu")).await.unwrap().name;
        let before = office.rows().await;
        let wrong = pb::Post {
            person: "persons/1".to_owned(),
            title: " ".to_owned(),
            begin_date: ymd(2021, 2, 30),
            ..post("", "units/54")
        };
        let all =
            [("post.person", "FIELD_FORMAT"), ("post.title", "FIELD_REQUIRED"), ("post.begin_date", "DATE_INVALID")];
        assert_eq!(refused(office.add_post(wrong).await), invalid(&all));
        let nobody = format!("persons/{}", uuid::Uuid::nil());
        let unknown = invalid(&[("post.person", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(office.add_post(post(&nobody, WARD_8)).await), unknown);
        let unit = invalid(&[("post.unit", "UNIT_UNKNOWN")]);
        assert_eq!(refused(office.add_post(post(&someone, "units/22018-20241101")).await), unit);
        let unknown = invalid(&[("manager.person", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(office.add_manager(manager(&nobody, &maker)).await), unknown);
        let nothing = format!("producers/{}", uuid::Uuid::nil());
        let unknown = invalid(&[("manager.producer", "REFERENCE_UNKNOWN")]);
        assert_eq!(refused(office.add_manager(manager(&someone, &nothing)).await), unknown);
        let future = pb::Manager { begin_date: on(date!(2021 - 12 - 16)), ..manager("", &maker) };
        let two = [("manager.person", "FIELD_REQUIRED"), ("manager.begin_date", "DATE_IN_FUTURE")];
        assert_eq!(refused(office.add_manager(future).await), invalid(&two));
        assert_eq!(office.rows().await, before);

        let missing = because(Code::NotFound, "RESOURCE_NOT_FOUND");
        let held = office.add_post(post(&someone, WARD_8)).await.unwrap().name;
        let as_manager = held.replace("posts/", "managers/");
        let got = office.managers().get_manager(office.admin().say(pb::GetManagerRequest { name: as_manager })).await;
        assert_eq!(refused(got), missing, "a post is no manager");
        let bare = pb::ListPostsRequest { unit: "units/54".to_owned(), ..Default::default() };
        let bare = office.posts().list_posts(office.admin().say(bare)).await;
        assert_eq!(refused(bare), invalid(&[("as_of", "FIELD_REQUIRED")]));
        let no_day =
            pb::ListDutiesRequest { unit: "units/54".to_owned(), as_of: ymd(2021, 0, 1), ..Default::default() };
        let no_day = office.duties().list_duties(office.admin().say(no_day)).await;
        assert_eq!(refused(no_day), invalid(&[("as_of", "DATE_INVALID")]));
    })
    .await;
}

#[tokio::test]
async fn a_duty_is_recorded_by_who_covers_its_unit_and_its_person() {
    everywhere(async |office| {
        let near = office.add_person(person("Cán bộ Phường 8")).await.unwrap().name;
        let far =
            office.add_person(pb::Person { unit: LA_HAI.to_owned(), ..person("Cán bộ La Hai") }).await.unwrap().name;
        let before = office.rows().await;
        let officer = office.world.as_role("district_officer", TUY_HOA_CITY);
        let forbidden = because(Code::PermissionDenied, "UNIT_FORBIDDEN");
        for (someone, unit) in [(&near, LA_HAI), (&far, WARD_8), (&near, PHU_YEN)] {
            let request = pb::CreatePostRequest { post: Some(post(someone, unit)), ..Default::default() };
            assert_eq!(refused(office.posts().create_post(officer.say(request)).await), forbidden, "{unit}");
        }
        assert_eq!(office.rows().await, before);
        let request = pb::CreatePostRequest { post: Some(post(&near, WARD_8)), ..Default::default() };
        let held = office.posts().create_post(officer.say(request)).await.unwrap().into_inner();
        let commune = office.world.as_role("commune_officer", WARD_8);
        let end = pb::EndPostRequest { name: held.name, end_date: on(date!(2021 - 06 - 30)), ..Default::default() };
        let answer = office.posts().end_post(commune.say(end.clone())).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"));
        let other = office.world.as_role("district_officer", "units/558-20180507");
        assert_eq!(refused(office.posts().end_post(other.say(end)).await), forbidden);
    })
    .await;
}
