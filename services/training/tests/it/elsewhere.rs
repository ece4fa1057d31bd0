//! Training before or elsewhere, recorded from papers.

use proto::common::v1::{Audience, Topic};
use proto::registry::v1 as registry;
use proto::training::v1 as pb;
use time::macros::date;
use tonic::{Code, Status};

use crate::office::{DONG_XUAN, Office, PHU_YEN, TUY_HOA_CITY, because, everywhere, invalid, on, refused};

const HEAD: &str = "Họ và tên,Mã hệ thống,Đối tượng,Chuyên đề,Ngày hoàn thành,Số giờ,Cơ quan cấp,Số giấy chứng nhận,Nơi lưu bản giấy\n";
const RANKING: &str = "\"Đánh giá, phân hạng sản phẩm\"";

fn of(unit: &str, rows: &str) -> pb::ImportCompletionsRequest {
    pb::ImportCompletionsRequest {
        unit: unit.to_owned(),
        content: format!("{HEAD}{rows}").into(),
        ..Default::default()
    }
}

async fn import(
    office: &Office,
    request: pb::ImportCompletionsRequest,
) -> Result<pb::ImportCompletionsResponse, Status> {
    Ok(office.imports().import_completions(office.admin().say(request)).await?.into_inner())
}

/// A verdict as a test reads it: row, verdict, columns with reasons.
type Read = (i32, String, Vec<(String, String)>);

fn read(rows: &[registry::ImportedRow]) -> Vec<Read> {
    let verdict =
        |row: &registry::ImportedRow| row.verdict().as_str_name().trim_start_matches("IMPORT_VERDICT_").to_owned();
    let why = |row: &registry::ImportedRow| row.reasons.iter().map(|r| (r.column.clone(), r.reason.clone())).collect();
    rows.iter().map(|row| (row.row, verdict(row), why(row))).collect()
}

fn is(row: i32, verdict: &str, why: &[(&str, &str)]) -> Read {
    (row, verdict.to_owned(), why.iter().map(|(c, r)| ((*c).to_owned(), (*r).to_owned())).collect())
}

/// Who is missing of the officers in Phú Yên on a day of December 2021, asked about ranking; with how many are trained.
async fn covered(office: &Office, as_of: time::Date) -> (i32, Vec<(String, pb::MissingReason, String)>) {
    let ask = pb::GetCoverageRequest {
        unit: PHU_YEN.to_owned(),
        audience: Audience::Officers.into(),
        as_of: on(as_of),
        topics: vec![Topic::EvaluationAndRanking.into()],
        ..Default::default()
    };
    let found = office.coverage(ask).await.unwrap();
    let missing = found.missing.iter().map(|m| (m.person.clone(), m.reason(), m.session.clone()));
    (found.trained, missing.collect())
}

/// The row of a paper of an officer about ranking.
fn paper(name: &str, day: &str) -> String {
    format!("{name},,Cán bộ OCOP,{RANKING},{day},16,Trường Cán bộ,12/GCN,Tập 7\n")
}

/// A list of good and bad rows, with their verdicts.
fn mixed() -> (String, Vec<Read>) {
    let rows = [
        paper("Cán bộ Một", "20/06/2021"),
        paper("CÁN BỘ MỘT", "2021-06-20"),
        paper("Cán bộ Một", "15/11/2020"),
        paper("Cán bộ Hai", "08/09/2021"),
        paper("Cán bộ Lạ", "20/06/2021"),
        "Cán bộ Hai,,Cán bộ,x,31/12/2021,nhiều,,,\n".to_owned(),
    ]
    .concat();
    let verdicts = vec![
        is(2, "CREATED", &[]),
        is(3, "REJECTED", &[("", "COMPLETION_REPEATED")]),
        is(4, "CREATED", &[]),
        is(5, "MATCHED", &[("", "COMPLETION_EXISTS")]),
        is(6, "REJECTED", &[("display_name", "PERSON_UNMATCHED")]),
        is(
            7,
            "REJECTED",
            &[
                ("audience", "FIELD_FORMAT"),
                ("topic", "FIELD_FORMAT"),
                ("complete_date", "DATE_IN_FUTURE"),
                ("hours", "FIELD_RANGE"),
                ("issuer", "FIELD_REQUIRED"),
                ("evidence", "FIELD_REQUIRED"),
            ],
        ),
    ];
    (rows, verdicts)
}

#[tokio::test]
async fn a_list_of_papers_is_recorded_and_each_counts_by_its_own_day() {
    everywhere(async |office| {
        let one = office.person_named("Cán bộ Một", TUY_HOA_CITY).await;
        let two = office.person_named("Cán bộ Hai", DONG_XUAN).await;
        for person in [&one, &two] {
            office.post(person, PHU_YEN, date!(2021 - 03 - 01)).await;
        }
        let session = office.session_of(Audience::Officers, Topic::EvaluationAndRanking, date!(2021 - 09 - 06)).await;
        office.attend(&session, &[(&two, 5)]).await.unwrap();
        let (rows, verdicts) = mixed();
        let before = office.rows().await;
        let trial = pb::ImportCompletionsRequest { validate_only: true, ..of(PHU_YEN, &rows) };
        let tried = import(&office, trial).await.unwrap();
        assert_eq!(read(&tried.rows), verdicts);
        assert_eq!(tried.rows[3].names, std::slice::from_ref(&session), "the session of that day");
        assert_eq!(
            refused(import(&office, of(PHU_YEN, &rows)).await),
            because(Code::FailedPrecondition, "IMPORT_REFUSED")
        );
        assert_eq!(office.rows().await, before, "a refused list and a trial store nothing");
        let (trained, missing) = covered(&office, date!(2021 - 11 - 30)).await;
        assert_eq!((trained, missing), (1, vec![(one.clone(), pb::MissingReason::NoSession, String::new())]));

        let id = uuid::Uuid::from_u128(9).to_string();
        let partly = pb::ImportCompletionsRequest { partial: true, request_id: id, ..of(PHU_YEN, &rows) };
        let stored = import(&office, partly.clone()).await.unwrap();
        assert_eq!(read(&stored.rows), verdicts);
        assert_eq!(stored.summary.unwrap().written, 2);
        let after = office.rows().await;
        assert_eq!(import(&office, partly).await.unwrap(), stored, "a repeat answers as the first time");
        assert_eq!(office.rows().await, after);
        let again = import(&office, of(PHU_YEN, &paper("Cán bộ Một", "20/06/2021"))).await.unwrap();
        assert_eq!(read(&again.rows), [is(2, "MATCHED", &[("", "COMPLETION_EXISTS")])]);
        assert_eq!(again.rows[0].names, stored.rows[0].names);

        assert_eq!(covered(&office, date!(2021 - 11 - 30)).await, (2, Vec::new()));
        let (trained, missing) = covered(&office, date!(2021 - 06 - 19)).await;
        assert_eq!(trained, 0, "not before the paper's day");
        let reason = |person: &String| missing.iter().find(|(p, ..)| p == person).map(|(_, r, s)| (*r, s.clone()));
        assert_eq!(reason(&one), Some((pb::MissingReason::AfterDay, String::new())), "a paper is no session");
        assert_eq!(reason(&two), Some((pb::MissingReason::AfterDay, session)));
    })
    .await;
}

#[tokio::test]
async fn what_was_recorded_wrongly_is_withdrawn_once_and_stays_in_what_was_known_before() {
    everywhere(async |office| {
        let person = office.person_named("Cán bộ Một", TUY_HOA_CITY).await;
        office.post(&person, TUY_HOA_CITY, date!(2021 - 03 - 01)).await;
        let row = format!(",{person},officers,evaluation_and_ranking,20/06/2021,,Trường Cán bộ,,Tập 7\n");
        let name = import(&office, of(TUY_HOA_CITY, &row)).await.unwrap().rows.remove(0).names.remove(0);
        let get = pb::GetPaperCompletionRequest { name: name.clone() };
        let kept = office.elsewhere().get_paper_completion(office.admin().say(get)).await.unwrap().into_inner();
        assert_eq!((kept.person.as_str(), kept.unit.as_str(), kept.hours), (person.as_str(), TUY_HOA_CITY, 0));
        assert_eq!((kept.issuer.as_str(), kept.evidence.as_str()), ("Trường Cán bộ", "Tập 7"));
        assert_eq!((kept.topic(), kept.complete_date), (Topic::EvaluationAndRanking, on(date!(2021 - 06 - 20))));
        let known = kept.create_time;
        office.world.clock.set_noon(office.world.clock.today().next_day().unwrap());
        let withdraw = |etag: &str| pb::WithdrawPaperCompletionRequest {
            name: name.clone(),
            reason: "Giấy của người khác".to_owned(),
            etag: etag.to_owned(),
            ..Default::default()
        };
        let stale = office.elsewhere().withdraw_paper_completion(office.admin().say(withdraw("x"))).await;
        assert_eq!(refused(stale).reason, "ETAG_STALE");
        let foreign = office.world.as_role("province_admin", DONG_XUAN).say(withdraw(""));
        let foreign = office.elsewhere().withdraw_paper_completion(foreign).await;
        assert_eq!(refused(foreign), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let gone = office.elsewhere().withdraw_paper_completion(office.admin().say(withdraw(&kept.etag))).await;
        let gone = gone.unwrap().into_inner();
        assert_eq!((gone.state(), gone.reason.as_str()), (pb::PaperCompletionState::Withdrawn, "Giấy của người khác"));
        let twice = office.elsewhere().withdraw_paper_completion(office.admin().say(withdraw(""))).await;
        assert_eq!(refused(twice), because(Code::FailedPrecondition, "PAPER_COMPLETION_STATE"));
        let ask = |known_at| pb::GetCoverageRequest {
            unit: PHU_YEN.to_owned(),
            audience: Audience::Officers.into(),
            as_of: on(date!(2021 - 11 - 30)),
            known_at,
            ..Default::default()
        };
        assert_eq!(office.coverage(ask(None)).await.unwrap().trained, 0);
        let before = office.coverage(ask(known)).await.unwrap();
        assert_eq!((before.trained, before.total), (1, 1), "as it was known at that instant");
        // It can be recorded rightly then.
        let right = import(&office, of(TUY_HOA_CITY, &row)).await.unwrap();
        assert_eq!(read(&right.rows), [is(2, "CREATED", &[])]);
    })
    .await;
}

#[tokio::test]
async fn papers_are_listed_by_their_day_to_the_units_that_recorded_them() {
    everywhere(async |office| {
        let person = office.person_named("Cán bộ Một", TUY_HOA_CITY).await;
        for (unit, day) in [(TUY_HOA_CITY, "03/06/2021"), (PHU_YEN, "01/06/2021"), (TUY_HOA_CITY, "02/06/2021")] {
            let row = format!(",{person},officers,promotion,{day},8,Trường Cán bộ,,Tập 7\n");
            import(&office, of(unit, &row)).await.unwrap();
        }
        let list = async |caller: kit::testing::As, ask: pb::ListPaperCompletionsRequest| {
            let found = office.elsewhere().list_paper_completions(caller.say(ask)).await.unwrap().into_inner();
            let days: Vec<i32> = found.paper_completions.iter().map(|p| p.complete_date.unwrap().day).collect();
            (days, found.next_page_token)
        };
        let all = pb::ListPaperCompletionsRequest { person: person.clone(), page_size: 2, ..Default::default() };
        let (days, page_token) = list(office.admin(), all.clone()).await;
        assert_eq!(days, [1, 2]);
        assert_eq!(list(office.admin(), pb::ListPaperCompletionsRequest { page_token, ..all }).await.0, [3]);
        let district = office.world.as_role("district_officer", TUY_HOA_CITY);
        assert_eq!(list(district, pb::ListPaperCompletionsRequest::default()).await.0, [2, 3]);
        let since = pb::ListPaperCompletionsRequest {
            unit: TUY_HOA_CITY.to_owned(),
            complete_date_from: on(date!(2021 - 06 - 03)),
            ..Default::default()
        };
        assert_eq!(list(office.admin(), since).await.0, [3]);
    })
    .await;
}

#[tokio::test]
async fn nobody_records_for_a_unit_that_is_not_his_and_a_file_that_is_none_is_refused_whole() {
    everywhere(async |office| {
        office.person_named("Cán bộ Kín", TUY_HOA_CITY).await;
        let row = format!("Cán bộ Kín,,Cán bộ OCOP,{RANKING},20/06/2021,,Trường Cán bộ,,Tập 7\n");
        let before = office.rows().await;
        let district = office.world.as_role("district_officer", DONG_XUAN);
        for unit in [PHU_YEN, TUY_HOA_CITY] {
            let foreign = office.imports().import_completions(district.say(of(unit, &row))).await;
            assert_eq!(refused(foreign), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        }
        let within = format!("Họ và tên,Mã đơn vị,{}", &HEAD["Họ và tên,".len()..]);
        let content =
            format!("{within}Cán bộ Kín,555,,Cán bộ OCOP,{RANKING},20/06/2021,,Trường Cán bộ,,Tập 7\n").into();
        let told = pb::ImportCompletionsRequest {
            unit: DONG_XUAN.to_owned(),
            content,
            validate_only: true,
            ..Default::default()
        };
        let told = office.imports().import_completions(district.say(told)).await.unwrap().into_inner();
        assert_eq!(read(&told.rows), [is(2, "REJECTED", &[("unit_code", "UNIT_FORBIDDEN")])]);
        let none = pb::ImportCompletionsRequest {
            unit: "units/99999".to_owned(),
            content: "Họ và tên\nx\n".to_owned().into(),
            ..Default::default()
        };
        let found = refused(import(&office, none).await);
        let lacks =
            ["header[0]", "header[1]", "header[2]", "header[3]", "header[4]"].map(|h| (h, "SHEET_COLUMN_MISSING"));
        assert_eq!(found, invalid(&[&lacks[..], &[("unit", "UNIT_UNKNOWN")]].concat()));
        let template = pb::GetImportTemplateRequest { name: "participantTemplates/completions".to_owned(), format: 2 };
        let template = office.imports().get_import_template(office.admin().say(template)).await.unwrap().into_inner();
        assert!(template.columns.iter().any(|c| c.name == "evidence" && c.required));
        assert_eq!(office.rows().await, before);
    })
    .await;
}
