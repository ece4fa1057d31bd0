//! Lists of participants from spreadsheets.

use proto::common::v1::{Audience, Topic};
use proto::registry::v1 as registry;
use proto::training::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{
    DONG_XUAN, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, attended, because, everywhere, invalid, refused,
};

/// A verdict as a test reads it: row, verdict, reasons.
type Read = (i32, &'static str, Vec<String>);

fn read(rows: &[registry::ImportedRow]) -> Vec<Read> {
    let verdict = |row: &registry::ImportedRow| row.verdict().as_str_name().trim_start_matches("IMPORT_VERDICT_");
    rows.iter().map(|row| (row.row, verdict(row), row.reasons.iter().map(|r| r.reason.clone()).collect())).collect()
}

fn expected(rows: &[(i32, &'static str, &[&str])]) -> Vec<Read> {
    rows.iter().map(|(row, verdict, why)| (*row, *verdict, why.iter().map(ToString::to_string).collect())).collect()
}

fn registrations(session: &str, content: &str) -> pb::ImportRegistrationsRequest {
    let content = content.to_owned().into();
    pb::ImportRegistrationsRequest { session: session.to_owned(), content, ..Default::default() }
}

fn attendance(session: &str, content: &str) -> pb::ImportAttendanceRequest {
    let content = content.to_owned().into();
    pb::ImportAttendanceRequest { session: session.to_owned(), content, ..Default::default() }
}

/// A session of officers of so many places, to come, and its list of the five that a test knows.
async fn class(office: &Office, capacity: i32) -> String {
    let course = office.add_course(crate::office::course(Audience::Officers, Topic::BusinessPlan)).await.unwrap();
    let session = pb::Session { capacity, ..crate::office::session(&course.name, date!(2021 - 12 - 20)) };
    office.add_session(session).await.unwrap().name
}

#[tokio::test]
async fn a_list_is_registered_wholly_or_with_partial_as_far_as_it_can_be() {
    everywhere(async |office| {
        let session = class(&office, 2).await;
        let [one, two, three] = ["Cán bộ Một", "Cán bộ Hai", "Cán bộ Ba"];
        let first = office.person_named(one, DONG_XUAN).await;
        office.person_named(two, TUY_HOA_CITY).await;
        let there = office.person_named(three, PHU_YEN).await;
        for unit in [DONG_XUAN, LA_HAI] {
            office.person_named("Cán bộ Trùng", unit).await;
        }
        office.register(&session, &[&there]).await.unwrap();
        let list = format!(
            "STT,Họ và tên,Huyện,Tỉnh,Mã hệ thống\n\
             1,{one},Đồng Xuân,Phú Yên,\n2,CÁN BỘ HAI,,,\n3,{three},,,\n4,Cán bộ Trùng,,,\n5,Cán bộ Lạ,,,\n6,,,,{first}\n7,,,,\n"
        );
        let verdicts = expected(&[
            (2, "CREATED", &[]),
            (3, "CREATED", &[]),
            (4, "MATCHED", &["REGISTRATION_EXISTS"]),
            (5, "AMBIGUOUS", &["PERSON_SEVERAL"]),
            (6, "REJECTED", &["PERSON_UNMATCHED"]),
            (7, "REJECTED", &["PERSON_REPEATED"]),
            (8, "REJECTED", &["FIELD_REQUIRED"]),
        ]);
        let before = office.rows().await;
        let ask = async |request: pb::ImportRegistrationsRequest| {
            office.imports().import_registrations(office.admin().say(request)).await
        };
        let trial = pb::ImportRegistrationsRequest { validate_only: true, ..registrations(&session, &list) };
        let tried = ask(trial).await.unwrap().into_inner();
        assert_eq!(read(&tried.rows), verdicts);
        let summary = tried.summary.unwrap();
        assert_eq!((summary.created, summary.matched, summary.ambiguous, summary.rejected), (2, 1, 1, 3));
        assert_eq!((summary.written, summary.refused), (0, true));
        assert_eq!(tried.rows[3].names.len(), 2, "whom it may be");
        let whole = refused(ask(registrations(&session, &list)).await);
        assert_eq!(whole, because(Code::FailedPrecondition, "IMPORT_REFUSED"));
        assert_eq!(office.rows().await, before, "a refused list and a trial store nothing");
        let id = uuid::Uuid::from_u128(7).to_string();
        let partly = pb::ImportRegistrationsRequest { partial: true, request_id: id, ..registrations(&session, &list) };
        let stored = ask(partly.clone()).await.unwrap().into_inner();
        let waits = (3, "CREATED", vec!["WAITS_FOR_PLACE".to_owned()]);
        assert_eq!(read(&stored.rows)[..2], [verdicts[0].clone(), waits], "two places, one was taken");
        assert_eq!(stored.summary.unwrap().written, 2);
        assert!(stored.rows[0].names[0].starts_with("registrations/"));
        let after = office.rows().await;
        assert_eq!(ask(partly).await.unwrap().into_inner(), stored, "a repeat answers as the first time");
        assert_eq!(office.rows().await, after);
    })
    .await;
}

#[tokio::test]
async fn a_row_is_refused_for_the_reasons_of_the_single_call() {
    everywhere(async |office| {
        let (session, other) = (class(&office, 0).await, class(&office, 0).await);
        let gone = office.person_named("Cán bộ Thôi", PHU_YEN).await;
        let post = office.post(&gone, DONG_XUAN, date!(2021 - 03 - 01)).await;
        office.end_post(&post, date!(2021 - 11 - 30)).await;
        office.settled().await;
        let busy = office.person_named("Cán bộ Bận", PHU_YEN).await;
        office.register(&other, &[&busy]).await.unwrap();
        let nobody = kit::name::of("persons", uuid::Uuid::from_u128(5));
        let list = format!("name,person\nCán bộ Thôi,\nCán bộ Bận,\n,{nobody}\n");
        let trial = pb::ImportRegistrationsRequest { validate_only: true, ..registrations(&session, &list) };
        let tried = office.imports().import_registrations(office.admin().say(trial)).await.unwrap().into_inner();
        let verdicts = expected(&[
            (2, "REJECTED", &["DUTY_ENDED_BEFORE"]),
            (3, "REJECTED", &["SESSION_OVERLAPS"]),
            (4, "REJECTED", &["REFERENCE_UNKNOWN"]),
        ]);
        assert_eq!(read(&tried.rows), verdicts);
        let outside = office.world.as_role("district_officer", DONG_XUAN);
        let answer = office.imports().import_registrations(outside.say(registrations(&session, &list))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        office.world.clock.set_noon(date!(2021 - 12 - 20));
        let late = office.imports().import_registrations(office.admin().say(registrations(&session, &list))).await;
        assert_eq!(refused(late), because(Code::FailedPrecondition, "REGISTRATION_CLOSED"));
    })
    .await;
}

#[tokio::test]
async fn persons_who_do_not_exist_are_refused_however_many_a_list_has() {
    everywhere(async |office| {
        let session = class(&office, 0).await;
        let nobody = |n: u128| kit::name::of("persons", uuid::Uuid::from_u128(n));
        let mut list = "person\n".to_owned();
        for n in 1..=11 {
            list += &format!("{}\n", nobody(n));
        }
        list += &format!("{}\n", office.person(false).await);
        let partly = pb::ImportRegistrationsRequest { partial: true, ..registrations(&session, &list) };
        let stored = office.imports().import_registrations(office.admin().say(partly)).await.unwrap().into_inner();
        let unknown: &[&str] = &["REFERENCE_UNKNOWN"];
        let mut verdicts: Vec<_> = (2..=12).map(|row| (row, "REJECTED", unknown)).collect();
        verdicts.push((13, "CREATED", &[]));
        assert_eq!(read(&stored.rows), expected(&verdicts));
        assert_eq!(office.door(&session).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_list_tells_nobody_about_persons_outside_his_units() {
    everywhere(async |office| {
        office.person_named("Cán bộ Kín", TUY_HOA_CITY).await;
        let session = class(&office, 0).await;
        let trainer = office.world.as_role("trainer", DONG_XUAN);
        let list = "name,unit_code\nCán bộ Kín,555\nCán bộ Không có,555\n";
        let trial =
            |session: &str| pb::ImportRegistrationsRequest { validate_only: true, ..registrations(session, list) };
        // Phú Yên's persons are not his to send.
        let above = office.imports().import_registrations(trainer.say(trial(&session))).await;
        assert_eq!(refused(above), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        // To a session of his own he sends his own persons: who is there and who is not reads alike.
        let course = office.add_course(crate::office::course(Audience::Officers, Topic::BusinessPlan)).await.unwrap();
        let own = crate::office::session(&course.name, date!(2021 - 12 - 20));
        let own = office.add_session(pb::Session { unit: DONG_XUAN.to_owned(), ..own }).await.unwrap().name;
        let told = office.imports().import_registrations(trainer.say(trial(&own))).await.unwrap().into_inner();
        let verdicts = expected(&[(2, "REJECTED", &["UNIT_FORBIDDEN"]), (3, "REJECTED", &["UNIT_FORBIDDEN"])]);
        assert_eq!(read(&told.rows), verdicts);
        let told = office.imports().import_registrations(office.admin().say(trial(&own))).await.unwrap().into_inner();
        let verdicts = expected(&[(2, "CREATED", &[]), (3, "REJECTED", &["PERSON_UNMATCHED"])]);
        assert_eq!(read(&told.rows), verdicts, "Phú Yên may ask for them");
    })
    .await;
}

#[tokio::test]
async fn attendance_and_results_come_from_a_list_and_results_must_follow() {
    everywhere(async |office| {
        let course = pb::Course {
            test_pass_points: Some(50),
            ..crate::office::course(Audience::Officers, Topic::ProgrammeManagement)
        };
        let course = office.add_course(course).await.unwrap();
        let session = crate::office::session(&course.name, date!(2021 - 05 - 10));
        let session = office.add_session(session).await.unwrap().name;
        let [good, equal, wrong] =
            [office.person_named("Cán bộ A", DONG_XUAN).await, office.person(false).await, office.person(true).await];
        let kept = pb::Attendance { half_days: vec![1, 2], ..attended(&equal, 2) };
        let record =
            pb::RecordAttendanceRequest { session: session.clone(), attendances: vec![kept], ..Default::default() };
        office.sessions().record_attendance(office.admin().say(record)).await.unwrap();
        let list = format!(
            "Họ và tên;Mã hệ thống;Các buổi dự;Số buổi dự;Điểm kiểm tra;Kết quả\n\
             Cán bộ A;;1 2 3 4;;60;Đạt\n;{equal};1,2;;;Không đạt\n;{wrong};;5;40;Đạt\n;{wrong};;;;\n"
        );
        let request = pb::ImportAttendanceRequest { with_results: true, ..attendance(&session, &list) };
        let trial = pb::ImportAttendanceRequest { validate_only: true, ..request.clone() };
        let tried = office.imports().import_attendance(office.admin().say(trial)).await.unwrap().into_inner();
        let verdicts = expected(&[
            (2, "CREATED", &[]),
            (3, "MATCHED", &["ATTENDANCE_EQUAL"]),
            (4, "REJECTED", &["RESULT_DIFFERS"]),
            (5, "REJECTED", &["FIELD_REQUIRED", "FIELD_REQUIRED"]),
        ]);
        assert_eq!(read(&tried.rows), verdicts);
        let whole = office.imports().import_attendance(office.admin().say(request.clone())).await;
        assert_eq!(refused(whole), because(Code::FailedPrecondition, "IMPORT_REFUSED"));
        let partly = pb::ImportAttendanceRequest { partial: true, ..request };
        let stored = office.imports().import_attendance(office.admin().say(partly)).await.unwrap().into_inner();
        assert_eq!((stored.passed, stored.summary.unwrap().written), (1, 1));
        let ask = pb::ListCompletionsRequest { session: session.clone(), ..Default::default() };
        let passed = office.completions().list_completions(office.admin().say(ask)).await.unwrap().into_inner();
        assert_eq!(passed.completions.iter().map(|c| &c.person).collect::<Vec<_>>(), [&good]);
        // What is there changes late only with a reason, and only who has a place attends where places are asked for.
        let change = format!("person,half_days_attended\n{equal},5\n");
        let trial = pb::ImportAttendanceRequest { validate_only: true, ..attendance(&session, &change) };
        let tried = office.imports().import_attendance(office.admin().say(trial.clone())).await.unwrap().into_inner();
        assert_eq!(read(&tried.rows), expected(&[(2, "REJECTED", &["CORRECTION_UNEXPLAINED"])]));
        let explained = pb::ImportAttendanceRequest { correction_reason: "Đối chiếu".to_owned(), ..trial };
        let tried = office.imports().import_attendance(office.admin().say(explained)).await.unwrap().into_inner();
        assert_eq!(read(&tried.rows), expected(&[(2, "CREATED", &[])]));
    })
    .await;
}

#[tokio::test]
async fn who_has_no_place_attends_nothing_that_asks_for_registration() {
    everywhere(async |office| {
        let course = office.add_course(crate::office::course(Audience::Officers, Topic::BusinessPlan)).await.unwrap();
        let session = crate::office::session(&course.name, date!(2021 - 05 - 10));
        let session = pb::Session { registration_required: true, ..session };
        let session = office.add_session(session).await.unwrap().name;
        let person = office.person(false).await;
        let list = format!("person,half_days_attended,test_points\n{person},9,\n{person},1,\n");
        let partly = pb::ImportAttendanceRequest { partial: true, ..attendance(&session, &list) };
        let told = office.imports().import_attendance(office.admin().say(partly)).await.unwrap().into_inner();
        let verdicts = expected(&[
            (2, "REJECTED", &["NOT_REGISTERED", "HALF_DAYS_TOO_MANY"]),
            (3, "REJECTED", &["PERSON_REPEATED"]),
        ]);
        assert_eq!(read(&told.rows), verdicts);
        let outside = office.world.as_role("district_officer", DONG_XUAN);
        let answer = office.imports().import_attendance(outside.say(attendance(&session, &list))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}

#[tokio::test]
async fn templates_are_taken_in_and_files_that_are_no_list_are_refused() {
    everywhere(async |office| {
        let session = class(&office, 0).await;
        for list in ["registrations", "attendance"] {
            let format = registry::SheetFormat::Xlsx.into();
            let ask = pb::GetImportTemplateRequest { name: format!("participantTemplates/{list}"), format };
            let template = office.imports().get_import_template(office.admin().say(ask)).await.unwrap().into_inner();
            assert_eq!(template.columns[0].name_vi, "Họ và tên");
            let request = pb::ImportRegistrationsRequest {
                session: session.clone(),
                content: template.content,
                ..Default::default()
            };
            let answer = office.imports().import_registrations(office.admin().say(request)).await;
            if list == "registrations" {
                assert_eq!(refused(answer), invalid(&[("content", "SHEET_EMPTY")]));
            } else {
                assert_eq!(refused(answer).violations[0].1, "SHEET_COLUMN_UNKNOWN");
            }
        }
        let none = pb::GetImportTemplateRequest { name: "participantTemplates/x".to_owned(), ..Default::default() };
        let answer = office.imports().get_import_template(office.admin().say(none)).await;
        assert_eq!(refused(answer), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
        let many = format!("name\n{}", "A\n".repeat(1001));
        for (content, field, reason) in [
            ("tuổi\n1\n", "header[0]", "SHEET_COLUMN_UNKNOWN"),
            ("%PDF-1.7", "content", "SHEET_UNREADABLE"),
            (many.as_str(), "content", "SHEET_TOO_MANY_ROWS"),
        ] {
            let request = office.admin().say(registrations(&session, content));
            let found = refused(office.imports().import_registrations(request).await).violations;
            assert!(found.contains(&(field.to_owned(), reason.to_owned())), "{found:?}");
        }
    })
    .await;
}
