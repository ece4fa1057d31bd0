//! Coverage: of the persons on duty on a day, who is trained and who is missing.

use kit::testing::{Backend, statements};
use proto::common::v1::Audience::{self, Officers, ProducerManagers};
use proto::common::v1::Topic;
use proto::registry::v1 as registry;
use proto::registry::v1::unit_assignment_service_client::UnitAssignmentServiceClient;
use proto::training::v1 as pb;
use sea_orm::ConnectionTrait;
use time::Date;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{
    DONG_XUAN, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, on, refused, ymd,
};

const TOPIC: Topic = Topic::ProgrammeManagement;
const SPRING: Date = date!(2021 - 04 - 01);
const SUMMER: Date = date!(2021 - 06 - 30);
const AUTUMN: Date = date!(2021 - 10 - 01);

fn ask(unit: &str, audience: Audience, as_of: Date) -> pb::GetCoverageRequest {
    pb::GetCoverageRequest { unit: unit.to_owned(), audience: audience.into(), as_of: on(as_of), ..Default::default() }
}

async fn get(office: &Office, request: pb::GetCoverageRequest) -> Result<pb::Coverage, Status> {
    office.coverage(request).await
}

/// trained, total, percent
async fn figures(office: &Office, request: pb::GetCoverageRequest) -> (i32, i32, String) {
    let coverage = get(office, request).await.unwrap();
    assert_eq!(coverage.total - coverage.trained, i32::try_from(coverage.missing.len()).unwrap());
    (coverage.trained, coverage.total, coverage.percent)
}

fn is(trained: i32, total: i32, percent: &str) -> (i32, i32, String) {
    (trained, total, percent.to_owned())
}

#[tokio::test]
async fn officers_and_managers_are_covered_each_by_courses_of_their_own() {
    everywhere(async |office| {
        let (a, b, c) = (office.person(false).await, office.person(false).await, office.person(false).await);
        office.post(&a, PHU_YEN, SPRING).await;
        office.post(&b, TUY_HOA_CITY, SPRING).await;
        office.post(&c, WARD_8, SPRING).await;
        let (maker, idle) = (office.producer(WARD_8).await, office.producer(LA_HAI).await);
        let boss = office.person(false).await;
        office.manager(&boss, &maker, SPRING).await;
        let for_officers = office.session_of(Officers, TOPIC, date!(2021 - 05 - 10)).await;
        office.attend(&for_officers, &[(&a, 5), (&b, 4), (&c, 3), (&boss, 5)]).await.unwrap();

        let officers = get(&office, ask(PHU_YEN, Officers, SUMMER)).await.unwrap();
        assert_eq!((officers.trained, officers.total, officers.percent.as_str()), (2, 3, "66.67"));
        assert_eq!(officers.producers_without_manager, 0, "they stand beside managers only");
        let missing: Vec<_> = officers.missing.iter().map(|m| (m.person.clone(), m.units.clone())).collect();
        assert_eq!(missing, [(c, vec![WARD_8.to_owned()])], "three of five half days do not pass");
        assert_eq!((officers.plan_year, officers.unit.as_str(), officers.as_of), (2021, PHU_YEN, on(SUMMER)));
        assert!(!officers.sample && officers.total_samples == 0);

        let managers = get(&office, ask(PHU_YEN, ProducerManagers, SUMMER)).await.unwrap();
        assert_eq!((managers.trained, managers.total), (0, 1), "a course for officers trains no manager");
        assert_eq!(managers.producers_without_manager, 1, "{idle} has nobody and stands beside");
        let for_managers = office.session_of(ProducerManagers, Topic::BusinessManagement, date!(2021 - 05 - 20)).await;
        office.attend(&for_managers, &[(&boss, 5)]).await.unwrap();
        let managers = get(&office, ask(PHU_YEN, ProducerManagers, SUMMER)).await.unwrap();
        assert_eq!((managers.percent.as_str(), managers.missing.len()), ("100.00", 0));
        assert_eq!(managers.producers_without_manager, 1);
    })
    .await;
}

#[tokio::test]
async fn rows_stand_for_every_district_and_for_the_province_where_it_has_duties() {
    everywhere(async |office| {
        let (a, b, c) = (office.person(false).await, office.person(false).await, office.person(true).await);
        office.post(&a, PHU_YEN, SPRING).await;
        office.post(&b, TUY_HOA_CITY, SPRING).await;
        office.post(&b, LA_HAI, SPRING).await;
        office.post(&c, WARD_8, SPRING).await;
        let session = office.session_of(Officers, TOPIC, date!(2021 - 05 - 10)).await;
        office.attend(&session, &[(&b, 5)]).await.unwrap();
        let coverage = get(&office, ask("units/54", Officers, SUMMER)).await.unwrap();
        assert_eq!((coverage.trained, coverage.total, coverage.percent.as_str()), (1, 3, "33.33"), "each person once");
        assert_eq!((coverage.total_samples, coverage.sample), (1, true));
        assert_eq!(coverage.rows.len(), 10, "the province and its nine districts");
        for row in &coverage.rows {
            let figures = match row.unit.as_str() {
                PHU_YEN => (0, 1, 0),
                TUY_HOA_CITY => (1, 2, 1),
                DONG_XUAN => (1, 1, 0),
                _ => (0, 0, 0),
            };
            assert_eq!((row.trained, row.total, row.total_samples), figures, "{}", row.display_name);
            assert!(!row.display_name.is_empty());
        }
        let district = get(&office, ask(TUY_HOA_CITY, Officers, SUMMER)).await.unwrap();
        assert_eq!((district.trained, district.total, district.rows.len()), (1, 2, 17), "itself and sixteen communes");
        let missing: Vec<_> = district.missing.iter().map(|m| (m.person.as_str(), m.sample)).collect();
        assert_eq!(missing, [(c.as_str(), true)]);
    })
    .await;
}

#[tokio::test]
async fn zero_of_zero_has_no_value() {
    everywhere(async |office| {
        office.producer(WARD_8).await;
        assert_eq!(figures(&office, ask(PHU_YEN, Officers, SUMMER)).await, is(0, 0, ""));
        let managers = get(&office, ask(PHU_YEN, ProducerManagers, SUMMER)).await.unwrap();
        assert_eq!((managers.total, managers.percent.as_str()), (0, ""));
        assert_eq!(managers.producers_without_manager, 1);
        let person = office.person(false).await;
        office.post(&person, PHU_YEN, SPRING).await;
        assert_eq!(figures(&office, ask(PHU_YEN, Officers, SUMMER)).await, is(0, 1, "0.00"));
    })
    .await;
}

#[tokio::test]
async fn who_joined_left_or_changed_post_is_right_on_every_day() {
    everywhere(async |office| {
        let (leaver, mover, joiner) =
            (office.person(false).await, office.person(false).await, office.person(false).await);
        let left = office.post(&leaver, WARD_8, SPRING).await;
        let moved = office.post(&mover, WARD_8, SPRING).await;
        let session = office.session_of(Officers, TOPIC, date!(2021 - 05 - 10)).await;
        office.attend(&session, &[(&leaver, 5), (&mover, 5)]).await.unwrap();
        office.end_post(&left, date!(2021 - 07 - 31)).await;
        office.end_post(&moved, date!(2021 - 07 - 31)).await;
        office.post(&mover, LA_HAI, date!(2021 - 08 - 01)).await;
        office.post(&joiner, WARD_8, date!(2021 - 09 - 01)).await;
        for (unit, day, expected) in [
            (PHU_YEN, date!(2021 - 03 - 31), is(0, 0, "")),
            (PHU_YEN, SPRING, is(0, 2, "0.00")),
            (PHU_YEN, date!(2021 - 05 - 11), is(0, 2, "0.00")),
            (PHU_YEN, date!(2021 - 05 - 12), is(2, 2, "100.00")),
            (PHU_YEN, date!(2021 - 07 - 31), is(2, 2, "100.00")),
            (PHU_YEN, date!(2021 - 08 - 01), is(1, 1, "100.00")),
            (PHU_YEN, AUTUMN, is(1, 2, "50.00")),
            (WARD_8, date!(2021 - 08 - 01), is(0, 0, "")),
            (WARD_8, AUTUMN, is(0, 1, "0.00")),
            (LA_HAI, date!(2021 - 07 - 31), is(0, 0, "")),
            (LA_HAI, AUTUMN, is(1, 1, "100.00")),
        ] {
            assert_eq!(figures(&office, ask(unit, Officers, day)).await, expected, "{unit} on {day}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_window_runs_from_the_plan_years_first_day_to_the_asked_day() {
    everywhere(async |office| {
        let person = office.person(false).await;
        office.post(&person, WARD_8, date!(2021 - 03 - 15)).await;
        let session = office.session_of(Officers, TOPIC, date!(2021 - 12 - 27)).await;
        office.world.clock.set_noon(date!(2022 - 06 - 30));
        office.attend(&session, &[(&person, 5)]).await.unwrap();
        let of_year = |plan_year, day| pb::GetCoverageRequest { plan_year, ..ask(PHU_YEN, Officers, day) };
        assert_eq!(figures(&office, of_year(0, date!(2021 - 12 - 28))).await, is(0, 1, "0.00"), "not ended");
        assert_eq!(figures(&office, of_year(0, date!(2021 - 12 - 29))).await, is(1, 1, "100.00"));
        assert_eq!(figures(&office, of_year(0, date!(2022 - 01 - 01))).await, is(0, 1, "0.00"), "a new year");
        assert_eq!(figures(&office, of_year(2021, date!(2022 - 01 - 01))).await, is(1, 1, "100.00"));
        assert_eq!(figures(&office, of_year(2022, date!(2022 - 06 - 30))).await, is(0, 1, "0.00"));
        let of_topic = |topic: Topic| pb::GetCoverageRequest {
            topics: vec![topic.into()],
            ..of_year(2021, date!(2022 - 01 - 01))
        };
        assert_eq!(figures(&office, of_topic(TOPIC)).await, is(1, 1, "100.00"));
        assert_eq!(figures(&office, of_topic(Topic::Promotion)).await, is(0, 1, "0.00"));
    })
    .await;
}

#[tokio::test]
async fn what_was_passed_can_be_taken_back_and_passed_elsewhere() {
    everywhere(async |office| {
        let person = office.person(false).await;
        office.post(&person, WARD_8, SPRING).await;
        let first = office.session_of(Officers, TOPIC, date!(2021 - 05 - 10)).await;
        let second = office.session_of(Officers, TOPIC, date!(2021 - 07 - 10)).await;
        office.attend(&first, &[(&person, 5)]).await.unwrap();
        assert_eq!(figures(&office, ask(PHU_YEN, Officers, AUTUMN)).await, is(1, 1, "100.00"));
        office.attend(&first, &[(&person, 3)]).await.unwrap();
        assert_eq!(figures(&office, ask(PHU_YEN, Officers, AUTUMN)).await, is(0, 1, "0.00"));
        office.attend(&second, &[(&person, 2)]).await.unwrap();
        assert_eq!(figures(&office, ask(PHU_YEN, Officers, AUTUMN)).await, is(0, 1, "0.00"), "halves do not add up");
        office.attend(&second, &[(&person, 4)]).await.unwrap();
        assert_eq!(figures(&office, ask(PHU_YEN, Officers, AUTUMN)).await, is(1, 1, "100.00"));
    })
    .await;
}

#[tokio::test]
async fn missing_persons_come_by_pages_with_the_figures_on_each() {
    everywhere(async |office| {
        let mut persons = Vec::new();
        for n in 0..7 {
            let person = office.person(false).await;
            office.post(&person, if n % 2 == 0 { WARD_8 } else { LA_HAI }, SPRING).await;
            persons.push(person);
        }
        let (mut walked, mut token) = (Vec::new(), String::new());
        loop {
            let request = pb::GetCoverageRequest { page_size: 3, page_token: token, ..ask(PHU_YEN, Officers, SUMMER) };
            let page = get(&office, request).await.unwrap();
            assert_eq!((page.trained, page.total, page.rows.len()), (0, 7, 9));
            walked.extend(page.missing.into_iter().map(|m| m.person));
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
            let other = pb::GetCoverageRequest { page_token: token.clone(), ..ask(PHU_YEN, Officers, AUTUMN) };
            assert_eq!(refused(get(&office, other).await), invalid(&[("page_token", "PAGE_TOKEN_INVALID")]));
        }
        persons.sort();
        assert_eq!(walked, persons);
    })
    .await;
}

/// Puts duties straight into the copy: as many as calls would take too long for.
async fn crowd(office: &Office, count: usize) {
    let database = office.world.database("training");
    let uuid = if office.world.backend() == Backend::Sqlite { "randomblob(16)" } else { "gen_random_uuid()" };
    let unit = format!("'{LA_HAI}', '{}'", reference::units::path(LA_HAI).unwrap());
    let tx = database.begin().await.unwrap();
    for statement in [
        format!(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) INSERT INTO duty \
             (duty, version, person, own_person, several, audience, unit, unit_path, level, producer, legal_form, \
             begin_date, last_date, sample, known_from_us, known_to_us) \
             SELECT 'posts/' || i, 1, {uuid}, {uuid}, FALSE, 'officers', {unit}, 4, '', 0, '2021-04-01', \
             '9999-12-31', FALSE, 1, {max} FROM n",
            max = i64::MAX
        ),
        "UPDATE duty SET own_person = person".to_owned(),
    ] {
        tx.execute_unprepared(&statement).await.unwrap();
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_crowd_is_counted_by_as_many_statements_as_a_few() {
    everywhere(async |office| {
        let person = office.person(false).await;
        office.post(&person, LA_HAI, SPRING).await;
        assert_eq!(figures(&office, ask(PHU_YEN, Officers, SUMMER)).await, is(0, 1, "0.00"));
        let few = cost(&office).await;
        crowd(&office, 2344).await;
        let page = get(&office, pb::GetCoverageRequest { page_size: 1000, ..ask(PHU_YEN, Officers, SUMMER) });
        let page = page.await.unwrap();
        assert_eq!((page.trained, page.total, page.missing.len()), (0, 2345, 1000));
        let many = cost(&office).await;
        assert_eq!(few, many);
        assert_eq!(many, 7, "copy, assignments, groups, page, duties, completions and attendance of the page");
        let still: Vec<&str> = page.missing.iter().map(|m| m.person.as_str()).collect();
        assert!(still.is_sorted(), "by id");
    })
    .await;
}

/// How many statements a coverage costs.
async fn cost(office: &Office) -> u64 {
    let request = office.admin().count(ask(PHU_YEN, Officers, SUMMER));
    statements(&office.coverages().get_coverage(request).await.unwrap())
}

#[tokio::test]
async fn a_coverage_of_another_day_is_cut_by_that_days_map_of_units() {
    everywhere(async |office| {
        let person = office.person(false).await;
        office.post(&person, WARD_8, SPRING).await;
        office.world.clock.set_noon(date!(2025 - 08 - 01));
        let admin = office.world.as_role("province_admin", "units/66-20250701");
        let get = async |unit: &str, day| office.coverage_as(&admin, ask(unit, Officers, day)).await.unwrap();
        for (unit, day, place, rows) in [
            ("units/54", date!(2024 - 10 - 31), TUY_HOA_CITY, 9),
            ("units/555", date!(2024 - 11 - 01), "units/22018-20241101", 12),
            ("units/66", date!(2025 - 07 - 01), "units/22015-20250701", 102),
        ] {
            let coverage = get(unit, day).await;
            assert_eq!(coverage.total, 1, "{unit} on {day}");
            assert_eq!(coverage.rows.len(), rows, "{unit} on {day}");
            let on_duty: Vec<&str> = coverage.rows.iter().filter(|r| r.total > 0).map(|r| r.unit.as_str()).collect();
            assert_eq!(on_duty, [place], "{unit} on {day}");
            assert_eq!(coverage.missing[0].units, [WARD_8], "nothing is rewritten");
        }
    })
    .await;
}

#[tokio::test]
async fn a_wrong_question_is_refused_with_everything_that_is_wrong() {
    everywhere(async |office| {
        let wrong = pb::GetCoverageRequest {
            unit: String::new(),
            audience: 5,
            as_of: ymd(2021, 2, 30),
            plan_year: -1,
            topics: vec![99],
            unit_map_date: ymd(2018, 5, 6),
            ..Default::default()
        };
        let all = [
            ("unit", "FIELD_REQUIRED"),
            ("audience", "ENUM_UNKNOWN"),
            ("as_of", "DATE_INVALID"),
            ("plan_year", "FIELD_RANGE"),
            ("topics[0]", "ENUM_UNKNOWN"),
            ("unit_map_date", "DATE_BEFORE_KNOWN"),
        ];
        assert_eq!(refused(get(&office, wrong).await), invalid(&all));
        for (request, violation) in [
            (ask("units/99999", Officers, SUMMER), ("unit", "UNIT_UNKNOWN")),
            (ask("units/22018", Officers, date!(2018 - 05 - 06)), ("as_of", "DATE_BEFORE_KNOWN")),
            (ask(PHU_YEN, Officers, date!(2018 - 05 - 06)), ("as_of", "DATE_BEFORE_KNOWN")),
            (ask(PHU_YEN, Officers, date!(2021 - 12 - 16)), ("as_of", "DATE_IN_FUTURE")),
            (ask(PHU_YEN, Audience::Unspecified, SUMMER), ("audience", "FIELD_REQUIRED")),
            (pb::GetCoverageRequest { as_of: None, ..ask(PHU_YEN, Officers, SUMMER) }, ("as_of", "FIELD_REQUIRED")),
            (pb::GetCoverageRequest { plan_year: 2022, ..ask(PHU_YEN, Officers, SUMMER) }, ("plan_year", "DATE_ORDER")),
        ] {
            assert_eq!(refused(get(&office, request).await), invalid(&[violation]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_coverage_is_read_by_who_covers_the_unit() {
    everywhere(async |office| {
        let person = office.person(false).await;
        office.post(&person, WARD_8, SPRING).await;
        for (role, unit, asked, reason) in [
            ("trainer", PHU_YEN, PHU_YEN, None),
            ("analyst", TUY_HOA_CITY, WARD_8, None),
            ("finance_officer", "units/vn", PHU_YEN, None),
            ("analyst", TUY_HOA_CITY, PHU_YEN, Some("UNIT_FORBIDDEN")),
            ("province_admin", "units/56-20180507", PHU_YEN, Some("UNIT_FORBIDDEN")),
            ("commune_officer", WARD_8, WARD_8, Some("ROLE_MISSING")),
            ("producer", PHU_YEN, PHU_YEN, Some("ROLE_MISSING")),
        ] {
            let caller = office.world.as_role(role, unit);
            let answer = office.coverage_as(&caller, ask(asked, Officers, SUMMER)).await;
            match reason {
                None => assert_eq!(answer.unwrap().total, 1, "{role} of {unit}"),
                Some(reason) => {
                    assert_eq!(refused(answer), because(Code::PermissionDenied, reason), "{role} of {unit}")
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn managers_of_a_divided_commune_stand_where_their_producer_was_assigned() {
    everywhere(async |office| {
        let as_of = date!(2024 - 12 - 15);
        office.world.clock.set_noon(as_of);
        let (ward, part, rest) = ("units/22024-20180507", "units/22018-20241101", "units/22024-20241101");
        for moves in [true, false] {
            let (boss, maker) = (office.person(false).await, office.producer(ward).await);
            office.manager(&boss, &maker, SPRING).await;
            if moves {
                let request = registry::AssignUnitRequest {
                    producer: maker,
                    from_unit: ward.to_owned(),
                    to_unit: part.to_owned(),
                    assign_date: on(as_of),
                    ..Default::default()
                };
                let mut assignments = UnitAssignmentServiceClient::new(office.world.link("registry"));
                assignments.assign_unit(office.admin().say(request)).await.unwrap();
            }
        }
        let coverage = get(&office, ask(TUY_HOA_CITY, ProducerManagers, as_of)).await.unwrap();
        let rows: Vec<(&str, i32)> =
            coverage.rows.iter().filter(|r| r.total > 0).map(|r| (r.unit.as_str(), r.total)).collect();
        assert_eq!(rows, [(part, 1), (rest, 1)]);
        assert!(coverage.missing.iter().all(|m| m.units == [ward]), "the missing are named by what is stored");
    })
    .await;
}
