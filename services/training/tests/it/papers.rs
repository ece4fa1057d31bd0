//! Papers of training: lists of a session and the report of a coverage.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use proto::common::v1::{Audience, Topic};
use proto::training::v1 as pb;
use time::macros::date;
use tonic::Code;

use crate::office::{
    DONG_XUAN, LA_HAI, Office, PHU_YEN, TUY_HOA_CITY, WARD_8, because, everywhere, invalid, on, refused,
};

const XLSX: i32 = pb::TrainingPaperFormat::Xlsx as i32;

/// The sheets of a workbook: name and rows of texts.
fn sheets(paper: Option<pb::TrainingPaper>) -> Vec<(String, Vec<Vec<String>>)> {
    let mut book = Xlsx::new(Cursor::new(paper.unwrap().content)).unwrap();
    let text = |cell: &Data| match cell {
        Data::DateTime(day) => {
            let (year, month, day, ..) = day.to_ymd_hms_milli();
            format!("{day:02}/{month:02}/{year}")
        }
        cell => cell.to_string(),
    };
    let names = book.sheet_names();
    let read = |name: &String| {
        let range = book.worksheet_range(name).unwrap();
        (name.clone(), range.rows().map(|row| row.iter().map(text).collect()).collect())
    };
    names.iter().map(read).collect()
}

/// Where the paper lies that a person may want to look at.
fn keep(name: &str, paper: &pb::TrainingPaper) {
    if let Some(folder) = option_env!("OCOP_PAPERS") {
        std::fs::write(format!("{folder}/{name}.pdf"), &paper.content).unwrap();
    }
}

fn pdf(name: &str, paper: Option<pb::TrainingPaper>) {
    let paper = paper.unwrap();
    assert!(paper.content.starts_with(b"%PDF-") && paper.media_type == "application/pdf");
    keep(name, &paper);
}

fn has(rows: &[Vec<String>], cells: &[&str]) -> bool {
    rows.iter().any(|row| row.len() >= cells.len() && row.iter().zip(cells).all(|(got, asked)| got == asked))
}

async fn class(office: &Office) -> (String, [String; 3]) {
    let course = office.add_course(crate::office::course(Audience::Officers, Topic::BusinessPlan)).await.unwrap();
    let session = pb::Session {
        capacity: 2,
        place: "Hội trường UBND tỉnh".to_owned(),
        ..crate::office::session(&course.name, date!(2021 - 12 - 20))
    };
    let session = office.add_session(session).await.unwrap().name;
    let people = [
        office.person_named("Cán bộ OCOP Phường 8", WARD_8).await,
        office.person_named("Cán bộ OCOP huyện Đồng Xuân", DONG_XUAN).await,
        office.person_named("Cán bộ OCOP thị trấn La Hai", LA_HAI).await,
    ];
    office.register(&session, &[&people[0], &people[1], &people[2]]).await.unwrap();
    office.world.clock.set_noon(date!(2021 - 12 - 22));
    (session, people)
}

#[tokio::test]
async fn a_session_is_printed_to_be_signed_half_day_by_half_day_and_with_its_results() {
    everywhere(async |office| {
        let (session, people) = class(&office).await;
        let signed = |half_day, format| pb::DownloadSignInSheetRequest { session: session.clone(), half_day, format };
        let answer = office.papers().download_sign_in_sheet(office.admin().say(signed(0, XLSX))).await.unwrap();
        let paper = answer.into_inner().paper;
        assert_eq!(paper.as_ref().unwrap().person_count, 2, "who waits signs nothing");
        let book = sheets(paper);
        assert_eq!(book.len(), 5, "a sheet for each half day");
        assert!(book[0].0.starts_with("Buổi 1 "), "{}", book[0].0);
        assert!(has(&book[1].1, &["2", "Cán bộ OCOP huyện Đồng Xuân", "Huyện Đồng Xuân", ""]), "{:?}", book[1].1);
        let answer = office.papers().download_sign_in_sheet(office.admin().say(signed(2, XLSX))).await.unwrap();
        assert_eq!(sheets(answer.into_inner().paper).len(), 1);
        let answer = office.papers().download_sign_in_sheet(office.admin().say(signed(0, 0))).await.unwrap();
        pdf("ky-nhan", answer.into_inner().paper);
        let beyond = office.papers().download_sign_in_sheet(office.admin().say(signed(6, 0))).await;
        assert_eq!(refused(beyond), invalid(&[("half_day", "HALF_DAYS_TOO_MANY")]));

        let listed = |format| pb::DownloadParticipantListRequest { session: session.clone(), format };
        let answer = office.papers().download_participant_list(office.admin().say(listed(XLSX))).await.unwrap();
        let book = sheets(answer.into_inner().paper);
        let waits = ["3", "Cán bộ OCOP thị trấn La Hai", "Thị trấn La Hai", "Tỉnh Phú Yên", "Chờ thứ 1"];
        assert!(has(&book[0].1, &waits), "{:?}", book[0].1);
        let answer = office.papers().download_participant_list(office.admin().say(listed(0))).await.unwrap();
        pdf("hoc-vien", answer.into_inner().paper);

        office.attend(&session, &[(&people[0], 5), (&people[1], 1)]).await.unwrap();
        let issue = pb::IssueCompletionCertificatesRequest {
            session: session.clone(),
            issue_date: on(date!(2021 - 12 - 22)),
            ..Default::default()
        };
        office.completions().issue_completion_certificates(office.admin().say(issue)).await.unwrap();
        let results = |format| pb::DownloadResultListRequest { session: session.clone(), format };
        let answer = office.papers().download_result_list(office.admin().say(results(XLSX))).await.unwrap();
        let book = sheets(answer.into_inner().paper);
        let passed = ["2", "Cán bộ OCOP Phường 8", "Phường 8", "5", "", "Đạt", "1/2021/GCN-54"];
        assert!(has(&book[0].1, &passed), "{:?}", book[0].1);
        assert!(has(&book[0].1, &["1", "Cán bộ OCOP huyện Đồng Xuân", "Huyện Đồng Xuân", "1", "", "Không đạt"]));
        let answer = office.papers().download_result_list(office.admin().say(results(0))).await.unwrap();
        pdf("ket-qua", answer.into_inner().paper);

        let outside = office.world.as_role("district_officer", DONG_XUAN);
        let answer = office.papers().download_result_list(outside.say(results(0))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let analyst = office.world.as_role("analyst", PHU_YEN);
        let answer = office.papers().download_participant_list(analyst.say(listed(0))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"), "names are for who needs them");
    })
    .await;
}

#[tokio::test]
async fn the_report_of_a_coverage_shows_units_levels_and_who_is_missing_by_post() {
    everywhere(async |office| {
        let (session, people) = class(&office).await;
        for (person, unit) in people.iter().zip([WARD_8, DONG_XUAN, LA_HAI]) {
            office.post(person, unit, date!(2021 - 03 - 01)).await;
        }
        office.attend(&session, &[(&people[0], 5), (&people[1], 1)]).await.unwrap();
        office.settled().await;
        let coverage = pb::GetCoverageRequest {
            unit: PHU_YEN.to_owned(),
            audience: Audience::Officers.into(),
            as_of: on(date!(2021 - 12 - 22)),
            ..Default::default()
        };
        let ask = |format| pb::DownloadCoverageReportRequest { coverage: Some(coverage.clone()), format };
        let answer = office.papers().download_coverage_report(office.admin().say(ask(XLSX))).await.unwrap();
        let book = sheets(answer.into_inner().paper);
        let names: Vec<&str> = book.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["I. Theo đơn vị", "II. Theo cấp", "III. Người còn thiếu"]);
        let sum = ["", "Tổng cộng (mỗi người một lần)", "3", "1", "2", "33.33"];
        assert!(has(&book[0].1, &sum), "{:?}", book[0].1);
        assert!(book[0].1.iter().any(|row| row[1..6] == ["Huyện Đồng Xuân", "2", "0", "2", "0"]), "{:?}", book[0].1);
        assert!(has(&book[1].1, &["2", "Cấp xã", "2", "1", "1", "50"]), "{:?}", book[1].1);
        let missing = [
            "1",
            "Huyện Đồng Xuân",
            "Huyện Đồng Xuân",
            "Cán bộ OCOP huyện Đồng Xuân",
            "Cán bộ OCOP",
            "01/03/2021",
            "Dự chưa đủ số buổi hoặc chưa đạt kiểm tra",
        ];
        assert!(has(&book[2].1, &missing), "{:?}", book[2].1);
        let answer = office.papers().download_coverage_report(office.admin().say(ask(0))).await.unwrap();
        pdf("bao-cao", answer.into_inner().paper);
        let city = pb::GetCoverageRequest { unit: TUY_HOA_CITY.to_owned(), ..coverage.clone() };
        let request = pb::DownloadCoverageReportRequest { coverage: Some(city), format: 0 };
        let outside = office.world.as_role("district_officer", DONG_XUAN);
        let answer = office.papers().download_coverage_report(outside.say(request)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
        let nobody = office.world.as_role("analyst", PHU_YEN);
        let answer = office.papers().download_coverage_report(nobody.say(ask(0))).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "ROLE_MISSING"));
    })
    .await;
}
