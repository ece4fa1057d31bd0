//! Courses: what is taught, to whom.

use kit::testing::statements;
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::{Code, Request, Status};

use crate::office::{Office, PHU_YEN, TUY_HOA_CITY, because, course, everywhere, invalid, on, refused, ymd};

async fn titles(office: &Office, request: pb::ListCoursesRequest) -> Result<Vec<String>, Status> {
    let answer = office.courses().list_courses(office.admin().say(request)).await?;
    Ok(answer.into_inner().courses.into_iter().map(|c| c.title).collect())
}

#[tokio::test]
async fn courses_for_both_audiences_are_set_up_and_read_back() {
    everywhere(async |office| {
        for (audience, topic) in
            [(Audience::Officers, Topic::EvaluationAndRanking), (Audience::ProducerManagers, Topic::BusinessManagement)]
        {
            let asked = pb::Course {
                unit: "units/54".to_owned(),
                title: " Qua\u{309}n ly\u{301} ".to_owned(),
                outline: "Bài 1\nBài 2".to_owned(),
                sample: true,
                ..course(audience, topic)
            };
            let made = office.add_course(asked).await.unwrap();
            assert_eq!((made.title.as_str(), made.unit.as_str()), ("Quản lý", PHU_YEN));
            assert_eq!((made.audience(), made.topic(), made.half_days), (audience, topic, 5));
            assert_eq!(made.pass_percent, Some(80), "the suite's default");
            assert_eq!((made.outline.as_str(), made.sample), ("Bài 1\nBài 2", true));
            let request = office.admin().count(pb::GetCourseRequest { name: made.name.clone() });
            let answer = office.courses().get_course(request).await.unwrap();
            assert_eq!(statements(&answer), 1);
            assert_eq!(answer.into_inner(), made);
        }
        let strict = pb::Course { pass_percent: Some(100), ..course(Audience::Officers, Topic::Promotion) };
        assert_eq!(office.add_course(strict).await.unwrap().pass_percent, Some(100));
    })
    .await;
}

#[tokio::test]
async fn courses_are_listed_by_what_is_asked_for_in_vietnamese_order() {
    everywhere(async |office| {
        for (title, audience, topic, unit) in [
            ("Đào tạo", Audience::Officers, Topic::Promotion, PHU_YEN),
            ("Ăn", Audience::Officers, Topic::BusinessPlan, TUY_HOA_CITY),
            ("An", Audience::ProducerManagers, Topic::BusinessPlan, TUY_HOA_CITY),
            ("Dạy nghề", Audience::ProducerManagers, Topic::BusinessManagement, PHU_YEN),
            ("An", Audience::ProducerManagers, Topic::Promotion, PHU_YEN),
        ] {
            let asked = pb::Course { title: title.to_owned(), unit: unit.to_owned(), ..course(audience, topic) };
            office.add_course(asked).await.unwrap();
        }
        let ask = pb::ListCoursesRequest::default;
        assert_eq!(titles(&office, ask()).await.unwrap(), ["An", "An", "Ăn", "Dạy nghề", "Đào tạo"]);
        let officers = pb::ListCoursesRequest { audience: Audience::Officers.into(), ..ask() };
        assert_eq!(titles(&office, officers).await.unwrap(), ["Ăn", "Đào tạo"]);
        let plans = pb::ListCoursesRequest { topic: Topic::BusinessPlan.into(), ..ask() };
        assert_eq!(titles(&office, plans).await.unwrap(), ["An", "Ăn"]);
        let there = pb::ListCoursesRequest { unit: TUY_HOA_CITY.to_owned(), ..ask() };
        assert_eq!(titles(&office, there).await.unwrap(), ["An", "Ăn"]);
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::ListCoursesRequest { page_size: 2, page_token: token, ..ask() };
            let answer = office.courses().list_courses(office.admin().count(request)).await.unwrap();
            assert_eq!(statements(&answer), 1);
            let page = answer.into_inner();
            walked.extend(page.courses.into_iter().map(|c| c.name));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        walked.dedup();
        assert_eq!(walked.len(), 5);
        let district = office.world.as_role("district_officer", TUY_HOA_CITY);
        let answer = office.courses().list_courses(district.say(ask())).await.unwrap().into_inner();
        assert_eq!(answer.courses.len(), 2, "what lies in the caller's units");
        let wrong =
            pb::ListCoursesRequest { unit: "units/22018".to_owned(), audience: 7, topic: -1, page_size: -1, ..ask() };
        let all = [
            ("unit", "UNIT_UNKNOWN"),
            ("audience", "ENUM_UNKNOWN"),
            ("topic", "ENUM_UNKNOWN"),
            ("page_size", "FIELD_RANGE"),
        ];
        assert_eq!(refused(titles(&office, wrong).await), invalid(&all));
        let token = pb::ListCoursesRequest { page_token: "AAAA".to_owned(), ..ask() };
        assert_eq!(refused(titles(&office, token).await), invalid(&[("page_token", "PAGE_TOKEN_INVALID")]));
    })
    .await;
}

#[tokio::test]
async fn a_wrong_course_is_refused_with_everything_that_is_wrong_and_not_stored() {
    everywhere(async |office| {
        let wrong = pb::Course {
            unit: "units/99999".to_owned(),
            title: "  ".to_owned(),
            audience: 9,
            topic: 0,
            half_days: 0,
            pass_percent: Some(101),
            adopt_date: on(date!(2021 - 12 - 15)),
            ..Default::default()
        };
        let all = [
            ("course.unit", "UNIT_UNKNOWN"),
            ("course.title", "FIELD_REQUIRED"),
            ("course.audience", "ENUM_UNKNOWN"),
            ("course.topic", "FIELD_REQUIRED"),
            ("course.half_days", "FIELD_RANGE"),
            ("course.pass_percent", "FIELD_RANGE"),
        ];
        assert_eq!(refused(office.add_course(wrong).await), invalid(&all));
        let good = || course(Audience::Officers, Topic::Promotion);
        for (asked, violation) in [
            (pb::Course { adopt_date: None, ..good() }, ("course.adopt_date", "FIELD_REQUIRED")),
            (pb::Course { adopt_date: ymd(2021, 2, 30), ..good() }, ("course.adopt_date", "DATE_INVALID")),
            (pb::Course { adopt_date: ymd(2021, 12, 16), ..good() }, ("course.adopt_date", "DATE_IN_FUTURE")),
            (pb::Course { adopt_date: ymd(2018, 5, 6), ..good() }, ("course.adopt_date", "DATE_BEFORE_KNOWN")),
            (pb::Course { title: "Ộ".repeat(301), ..good() }, ("course.title", "FIELD_LENGTH")),
            (pb::Course { title: "a\nb".to_owned(), ..good() }, ("course.title", "TEXT_UNCLEAN")),
            (pb::Course { title: "a\u{200B}b".to_owned(), ..good() }, ("course.title", "TEXT_UNCLEAN")),
            (pb::Course { outline: "a\u{7}".to_owned(), ..good() }, ("course.outline", "TEXT_UNCLEAN")),
            (pb::Course { half_days: 401, ..good() }, ("course.half_days", "FIELD_RANGE")),
            (pb::Course { pass_percent: Some(0), ..good() }, ("course.pass_percent", "FIELD_RANGE")),
        ] {
            assert_eq!(refused(office.add_course(asked).await), invalid(&[violation]));
        }
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
        let decomposed = pb::Course { title: "O\u{323}\u{302}".repeat(300), ..good() };
        assert_eq!(office.add_course(decomposed).await.unwrap().title, "Ộ".repeat(300), "counted in NFC");
    })
    .await;
}

#[tokio::test]
async fn who_may_not_set_up_a_course_is_refused_and_a_rehearsal_stores_nothing() {
    everywhere(async |office| {
        let ask = |validate_only| pb::CreateCourseRequest {
            course: Some(course(Audience::Officers, Topic::Promotion)),
            validate_only,
            ..Default::default()
        };
        let create = async |request: Request<pb::CreateCourseRequest>| office.courses().create_course(request).await;
        let unauthenticated = because(Code::Unauthenticated, "UNAUTHENTICATED");
        assert_eq!(refused(create(Request::new(ask(false))).await), unauthenticated);
        for (role, unit, reason) in [
            ("trainer", PHU_YEN, "ROLE_MISSING"),
            ("commune_officer", PHU_YEN, "ROLE_MISSING"),
            ("province_admin", "units/56-20180507", "UNIT_FORBIDDEN"),
            ("district_officer", TUY_HOA_CITY, "UNIT_FORBIDDEN"),
        ] {
            let caller = office.world.as_role(role, unit);
            let answer = refused(create(caller.say(ask(false))).await);
            assert_eq!(answer, because(Code::PermissionDenied, reason), "{role} of {unit}");
        }
        let early = office.admin();
        create(early.say(ask(true))).await.unwrap();
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
        office.world.clock.set_noon(date!(2021 - 12 - 16));
        assert_eq!(refused(create(early.say(ask(false))).await), because(Code::Unauthenticated, "TOKEN_EXPIRED"));
        assert!(office.rows().await.iter().all(|(_, n)| *n == 0));
        let stored = office.add_course(course(Audience::Officers, Topic::Promotion)).await.unwrap();
        let stranger = office.world.as_role("analyst", TUY_HOA_CITY);
        let get = office.courses().get_course(stranger.say(pb::GetCourseRequest { name: stored.name })).await;
        assert_eq!(refused(get), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let nothing = format!("courses/{}", uuid::Uuid::nil());
        let get = office.courses().get_course(office.admin().say(pb::GetCourseRequest { name: nothing })).await;
        assert_eq!(refused(get), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
    })
    .await;
}
