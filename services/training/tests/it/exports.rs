//! Training's lists as files.

use kit::testing::statements;
use proto::common::v1::{Audience, SheetFormat, SheetOptions, SheetPart, Topic};
use proto::training::v1 as pb;
use proto::training::v1::export_service_client::ExportServiceClient;
use time::macros::date;
use tonic::{Code, Response, Status, Streaming};

use crate::office::{DONG_XUAN, because, course, everywhere, refused, session};

/// The rows below the header, and what the first part says.
async fn got(answer: Result<Response<Streaming<SheetPart>>, Status>) -> Result<(SheetPart, Vec<Vec<String>>), Status> {
    let answer = answer?;
    assert_eq!(statements(&answer), 1);
    let mut parts = answer.into_inner();
    let first = parts.message().await?.expect("a file has a first part");
    let mut bytes = first.data.to_vec();
    while let Some(part) = parts.message().await? {
        bytes.extend_from_slice(&part.data);
    }
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).expect("a byte order mark");
    let mut reader = ::csv::ReaderBuilder::new().delimiter(b';').from_reader(text);
    let rows = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    Ok((first, rows))
}

#[tokio::test]
async fn courses_and_sessions_are_files_with_samples_marked_for_those_who_may_list_them() {
    everywhere(async |office| {
        let new = pb::Course { sample: true, ..course(Audience::Officers, Topic::Standardisation) };
        let made = office.add_course(new).await.unwrap();
        office.add_session(session(&made.name, date!(2021 - 05 - 10))).await.unwrap();
        let sheet = Some(SheetOptions { format: SheetFormat::Csv.into(), ..Default::default() });
        let exports = || ExportServiceClient::new(office.world.link("training"));
        let request = || pb::ExportCoursesRequest { sheet: sheet.clone(), ..Default::default() };
        let (first, rows) = got(exports().export_courses(office.admin().count(request())).await).await.unwrap();
        assert_eq!((first.row_count, first.sample_count), (1, 1));
        assert!(first.file_name.starts_with("khoa-tap-huan-") && first.file_name.ends_with("-mau.csv"));
        assert_eq!(rows[0][..4], ["Tập huấn mẫu", "Cán bộ OCOP", "Chất lượng, tiêu chuẩn, hồ sơ", "5"]);
        assert_eq!(rows[0].last().unwrap(), "DỮ LIỆU MẪU");
        let request = || pb::ExportSessionsRequest { sheet: sheet.clone(), ..Default::default() };
        let (_, rows) = got(exports().export_sessions(office.admin().count(request())).await).await.unwrap();
        assert_eq!((rows[0][0].as_str(), rows[0][1].as_str()), ("10/05/2021", "12/05/2021"));
        let elsewhere = office.world.as_role("district_officer", DONG_XUAN);
        let (first, _) = got(exports().export_sessions(elsewhere.count(request())).await).await.unwrap();
        assert_eq!(first.row_count, 0);
        let producer = office.world.as_role("producer", DONG_XUAN);
        let none = exports().export_sessions(producer.say(request())).await;
        assert_eq!(refused(none.map(|_| ())), because(Code::PermissionDenied, "ROLE_MISSING"));
    })
    .await;
}
