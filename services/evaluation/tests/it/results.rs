//! Minutes, summary sheet and draft decision, made from what is stored.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use proto::evaluation::v1 as pb;
use sea_orm::DbBackend;
use time::macros::date;
use tonic::Code;

use crate::office::{because, everywhere_on, invalid, refused, sitting};

const DOCX: i32 = pb::PaperFormat::Docx as i32;
const XLSX: i32 = pb::PaperFormat::Xlsx as i32;

/// The text of a DOCX.
pub fn text(paper: &pb::PrintedPaper) -> String {
    let mut container = zip::ZipArchive::new(Cursor::new(paper.content.to_vec())).unwrap();
    let mut text = String::new();
    container.by_name("word/document.xml").unwrap().read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn minutes_summary_and_draft_say_what_is_stored_and_are_the_same_each_time() {
    everywhere_on(date!(2021 - 12 - 15), async |office| {
        let round = office.round_of(1).await;
        let graded = office.graded(sitting(&round, &office.product("Cà phê Tuy Hòa").await), 78).await;
        let open = office.add_sitting(sitting(&round, &office.product("Chè xanh").await)).await.unwrap().name;
        let minutes = async |name: &str, format: i32| {
            let request = pb::DownloadMinutesRequest { name: name.to_owned(), format };
            office.results().download_minutes(office.nation.say(request)).await.map(|a| a.into_inner().paper.unwrap())
        };
        let pdf = minutes(&graded, 0).await.unwrap();
        assert!(pdf.content.starts_with(b"%PDF-"));
        assert_eq!(minutes(&graded, 0).await.unwrap(), pdf);
        let docx = text(&minutes(&graded, DOCX).await.unwrap());
        for part in ["BIÊN BẢN", "Cà phê Tuy Hòa", "Điểm trung bình: 78.00", "4 sao", "CHỦ TỊCH HỘI ĐỒNG"]
        {
            assert!(docx.contains(part), "{part}");
        }
        let not_yet = minutes(&open, 0).await;
        assert_eq!(refused(not_yet), because(Code::FailedPrecondition, "SITTING_NOT_GRADED"));

        let request = pb::DownloadSummaryRequest { name: round.clone(), format: DOCX };
        let answer = office.results().download_summary(office.nation.say(request)).await.unwrap();
        let docx = text(&answer.into_inner().paper.unwrap());
        for part in ["BẢNG TỔNG HỢP KẾT QUẢ", "Cà phê Tuy Hòa", "Chè xanh", "Chưa xếp hạng"] {
            assert!(docx.contains(part), "{part}");
        }
        let request = pb::DownloadSummaryRequest { name: round.clone(), format: XLSX };
        let answer = office.results().download_summary(office.nation.say(request)).await.unwrap();
        let paper = answer.into_inner().paper.unwrap();
        assert!(paper.file_name.ends_with(".xlsx"), "{}", paper.file_name);
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(paper.content.to_vec())).unwrap();
        let (_, range) = book.worksheets().remove(0);
        let rows: Vec<Vec<Data>> = range.rows().map(<[Data]>::to_vec).collect();
        let of = |name: &str| {
            let row = rows.iter().find(|row| row[2] == *name).expect(name);
            (row[1].clone(), row[5].clone(), row[8].to_string())
        };
        let code = Data::String("54-555-22018-1-2019".to_owned());
        assert_eq!(of("Cà phê Tuy Hòa"), (code, Data::Float(78.0), "4 sao".to_owned()));
        assert_eq!(of("Chè xanh").1, Data::Empty);
        let no_table = minutes(&graded, XLSX).await;
        assert_eq!(refused(no_table), invalid(&[("format", "FIELD_FORMAT")]));
        let request = pb::DownloadDraftDecisionRequest { name: round.clone(), format: XLSX };
        let answer = office.results().download_draft_decision(office.nation.say(request)).await;
        assert_eq!(refused(answer), invalid(&[("format", "FIELD_FORMAT")]));
        let request = pb::DownloadDraftDecisionRequest { name: round, format: DOCX };
        let answer = office.results().download_draft_decision(office.nation.say(request.clone())).await.unwrap();
        let docx = text(&answer.into_inner().paper.unwrap());
        for part in ["Công nhận 1 sản phẩm", "36 tháng", "CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH", "1048/QĐ-TTg"]
        {
            assert!(docx.contains(part), "{part}");
        }
        assert!(!docx.contains("Chè xanh"), "what is not graded is not recognised");
        let stranger = office.world.as_role("council_secretary", "units/56-20180507");
        let answer = office.results().download_draft_decision(stranger.say(request)).await;
        assert_eq!(refused(answer), because(Code::PermissionDenied, "UNIT_FORBIDDEN"));
    })
    .await;
}

#[tokio::test]
async fn a_round_with_more_sittings_than_a_page_is_printed_whole() {
    everywhere_on(date!(2021 - 12 - 15), async |office| {
        let round = office.round_of(1).await;
        office.add_sitting(sitting(&round, &office.product("Cà phê Tuy Hòa").await)).await.unwrap();
        let id = match office.world.database("evaluation").reader().get_database_backend() {
            DbBackend::Sqlite => "randomblob(16)",
            _ => "gen_random_uuid()",
        };
        let many = format!(
            "CREATE TEMPORARY TABLE more AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1001) \
             SELECT sitting.* FROM sitting, n; UPDATE more SET id = {id}, product = {id}; \
             INSERT INTO sitting SELECT * FROM more; DROP TABLE more"
        );
        office.tamper(&many).await;
        let request = pb::DownloadSummaryRequest { name: round, format: XLSX };
        let answer = office.results().download_summary(office.nation.say(request)).await.unwrap();
        let content = answer.into_inner().paper.unwrap().content.to_vec();
        let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(content)).unwrap();
        let (_, range) = book.worksheets().remove(0);
        assert_eq!(range.rows().filter(|row| row[2] == *"Cà phê Tuy Hòa").count(), 1002);
    })
    .await;
}
