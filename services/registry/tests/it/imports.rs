//! Spreadsheets come in: verdicts for every row, all or nothing, repeats, and the same rows that single calls store.

use kit::testing::As;
use proto::registry::v1 as pb;
use proto::registry::v1::ImportVerdict::{Ambiguous, Created, Matched, Rejected};
use time::macros::date;
use tokio_stream::StreamExt;
use tonic::{Code, Status};

use crate::office::{
    LA_HAI, Office, TUY_HOA_CITY, because, everywhere, invalid, on, producer, product, refused, request_id,
};

pub const HEAD: &str = "Tên chủ thể,Loại hình,Mã số thuế,Mã xã,Ngày đăng ký\n";

/// What an import answered.
#[derive(Debug, Default)]
pub struct Answered {
    pub rows: Vec<pb::ImportedRow>,
    pub summary: pb::ImportSummary,
}

impl Answered {
    /// Rows with their verdicts and the first reason.
    pub fn verdicts(&self) -> Vec<(i32, pb::ImportVerdict, &str)> {
        let first = |row: &pb::ImportedRow| row.reasons.first().map(|r| r.reason.clone()).unwrap_or_default();
        self.rows.iter().map(|row| (row.row, row.verdict(), first(row).leak() as &str)).collect()
    }
}

/// The first message of an import.
pub fn of(kind: pb::ImportKind) -> pb::ImportRowsRequest {
    pb::ImportRowsRequest { kind: kind.into(), file_name: "tep.csv".to_owned(), ..Default::default() }
}

/// Imports as somebody.
pub async fn import_as(
    office: &Office,
    who: &As,
    first: pb::ImportRowsRequest,
    file: impl AsRef<[u8]>,
) -> Result<Answered, Status> {
    let part = |part: &[u8]| pb::ImportRowsRequest { chunk: part.to_vec().into(), ..Default::default() };
    let parts: Vec<_> = std::iter::once(first).chain(file.as_ref().chunks(100_000).map(part)).collect();
    let mut answers = office.imports().import_rows(who.say(tokio_stream::iter(parts))).await?.into_inner();
    let mut answered = Answered::default();
    while let Some(answer) = answers.next().await {
        let answer = answer?;
        answered.rows.extend(answer.rows);
        answered.summary = answer.summary.unwrap_or(answered.summary);
    }
    Ok(answered)
}

/// Imports.
pub async fn import(office: &Office, first: pb::ImportRowsRequest, file: impl AsRef<[u8]>) -> Result<Answered, Status> {
    import_as(office, &office.admin(), first, file).await
}

fn producers(rows: &str) -> String {
    format!("{HEAD}{rows}")
}

#[tokio::test]
async fn what_is_imported_is_what_single_calls_store() {
    everywhere(async |office| {
        let code = reference::tax_code::make(7);
        let single = pb::Producer { tax_code: code.clone(), ..producer("HTX Nông nghiệp Hoà Phú") };
        let single = office.add_producer(single).await.unwrap();
        let asked = pb::DeleteProducerRequest { name: single.name.clone(), ..Default::default() };
        office.producers().delete_producer(office.admin().say(asked)).await.unwrap();
        let file = producers(&format!("HTX Nông nghiệp Hoà Phú,Hợp tác xã,{code},22018,15/01/2021\n"));
        let answered = import(&office, of(pb::ImportKind::Producers), file).await.unwrap();
        assert_eq!(answered.verdicts(), [(2, Created, "")]);
        assert_eq!(answered.summary, pb::ImportSummary { rows: 1, created: 1, written: 1, ..Default::default() });
        let [imported, single] = [&answered.rows[0].names[0], &single.name];
        let (imported, single) = (office.get_producer(imported).await, office.get_producer(single).await);
        let same = pb::Producer {
            name: single.name.clone(),
            etag: single.etag.clone(),
            update_time: single.update_time,
            delete_time: single.delete_time,
            ..imported.clone()
        };
        assert_eq!(same, single);
        let columns = "display_name, sort_key, match_key, match_head, match_tail, unit, unit_path, sample";
        assert_eq!(office.stored("producer", columns).await.len(), 1, "both rows hold the same");
        assert_eq!(office.stored("producer_word", "word").await.len(), 5, "htx, nong, nghiep, hoa, phu");
        let found = pb::ListProducersRequest { query: "hoa phu".to_owned(), ..Default::default() };
        let found = office.producers().list_producers(office.admin().say(found)).await.unwrap().into_inner();
        assert_eq!(found.producers, [imported]);
    })
    .await;
}

#[tokio::test]
async fn rows_are_matched_and_what_is_not_sure_refuses_the_file() {
    everywhere(async |office| {
        let code = reference::tax_code::make(1);
        let known = pb::Producer { tax_code: code.clone(), ..producer("HTX Nông nghiệp Hoà Phú") };
        let known = office.add_producer(known).await.unwrap();
        let file = producers(&format!(
            "HTX NN Hòa Phú,HTX,,22018,30/06/2021\nTên khác hẳn,HTX,{code},22081,30/06/2021\n\
             HTX Nông nghiệp Hòa Phú,HTX,,22081,30/06/2021\nHTX Mới,HTX,,22018,30/06/2021\n\
             HTX MỚI,HTX,,22018,30/06/2021\nHTX Nông nghiệp Hòa Phú,Công ty,,22018,30/06/2021\n"
        ));
        let before = office.rows().await;
        let answered = import(&office, of(pb::ImportKind::Producers), &file).await.unwrap();
        assert_eq!(
            answered.verdicts(),
            [
                (2, Matched, "NAME_EQUAL_FOLDED"),
                (3, Rejected, "ROW_REPEATED"),
                (4, Ambiguous, "NAME_EQUAL_FOLDED"),
                (5, Created, ""),
                (6, Rejected, "ROW_REPEATED"),
                (7, Ambiguous, "NAME_EQUAL_FOLDED"),
            ]
        );
        assert_eq!(answered.rows[0].names, [known.name.as_str()]);
        assert_eq!(answered.rows[2].names, [known.name.as_str()]);
        let summary = answered.summary;
        assert_eq!((summary.refused, summary.written, summary.created, summary.rejected), (true, 0, 1, 2));
        assert_eq!(office.rows().await, before, "nothing is stored");
        let partial = pb::ImportRowsRequest { partial: true, ..of(pb::ImportKind::Producers) };
        let kept = import(&office, partial.clone(), &file).await.unwrap();
        assert_eq!((kept.summary.written, kept.summary.refused), (1, false));
        assert_eq!(kept.verdicts(), answered.verdicts());
        let again = import(&office, partial, &file).await.unwrap();
        assert_eq!((again.summary.written, again.summary.matched), (0, 2), "what is there is written no more");
        assert_eq!(office.get_producer(&known.name).await, known, "a match changes nothing");
        let as_new =
            "Tên chủ thể,Loại hình,Mã xã,Ngày đăng ký,Tạo mới\nHTX Nông nghiệp Hòa Phú,HTX,22081,30/06/2021,x\n";
        let forced = import(&office, of(pb::ImportKind::Producers), as_new).await.unwrap();
        assert_eq!(forced.verdicts(), [(2, Created, "")]);
    })
    .await;
}

#[tokio::test]
async fn a_rehearsal_gives_the_same_verdicts_and_stores_nothing() {
    everywhere(async |office| {
        let file = producers("HTX A,,,22018,15/01/2021\nHTX B,,1,22018,15/01/2021\nHTX C,,,99999,31/02/2021\n");
        let before = office.rows().await;
        let rehearsal = pb::ImportRowsRequest {
            validate_only: true,
            partial: true,
            request_id: request_id(1),
            ..of(pb::ImportKind::Producers)
        };
        let dry = import(&office, rehearsal.clone(), &file).await.unwrap();
        assert_eq!(
            dry.verdicts(),
            [(2, Created, ""), (3, Rejected, "TAX_CODE_INVALID"), (4, Rejected, "DATE_INVALID")]
        );
        assert_eq!((dry.summary.written, dry.summary.created), (0, 1));
        assert_eq!(office.rows().await, before);
        let real = pb::ImportRowsRequest { validate_only: false, ..rehearsal };
        let wet = import(&office, real, &file).await.unwrap();
        assert_eq!((wet.verdicts(), wet.summary.written), (dry.verdicts(), 1), "the id was not used up");
    })
    .await;
}

#[tokio::test]
async fn a_repeat_of_a_request_id_answers_the_same_and_stores_nothing_twice() {
    everywhere(async |office| {
        for partial in [false, true] {
            let rows: String = (0..2500).map(|n| format!("HTX {partial} {n},,,22018,15/01/2021\n")).collect();
            let id = request_id(if partial { 2 } else { 1 });
            let first = pb::ImportRowsRequest { partial, request_id: id, ..of(pb::ImportKind::Producers) };
            let once = import(&office, first.clone(), producers(&rows)).await.unwrap();
            assert_eq!((once.summary.written, once.rows.len()), (2500, 2500));
            let stored = office.rows().await;
            let twice = import(&office, first.clone(), producers(&rows)).await.unwrap();
            assert_eq!((twice.rows, twice.summary), (once.rows, once.summary));
            assert_eq!(office.rows().await, stored);
            let other = import(&office, first, producers("HTX khác,,,22018,15/01/2021\n")).await;
            assert_eq!(refused(other), because(Code::InvalidArgument, "REQUEST_ID_REUSED"));
        }
        assert_eq!(office.rows_of(&["journal"]).await, [("journal", 6)], "one entry for each batch of 1000 rows");
    })
    .await;
}

#[tokio::test]
async fn a_caller_that_leaves_keeps_nothing_of_an_atomic_import_and_a_partial_one_goes_on_where_it_was() {
    everywhere(async |office| {
        let rows: String = (0..3000).map(|n| format!("HTX {n},,,22018,15/01/2021\n")).collect();
        let file = producers(&rows);
        for partial in [false, true] {
            let id = request_id(if partial { 2 } else { 1 });
            let first = pb::ImportRowsRequest { partial, request_id: id, ..of(pb::ImportKind::Producers) };
            let mut parts = vec![first.clone()];
            parts.push(pb::ImportRowsRequest { chunk: file.clone().into_bytes().into(), ..Default::default() });
            let said = office.admin().say(tokio_stream::iter(parts));
            let mut answers = office.imports().import_rows(said).await.unwrap().into_inner();
            let told = answers.next().await.unwrap().unwrap();
            assert_eq!(told.progress, Some(pb::ImportProgress { rows_done: 1000, rows: 3000 }));
            drop(answers);
            if !partial {
                continue;
            }
            let whole = import(&office, first.clone(), &file).await.unwrap();
            assert_eq!((whole.summary.created, whole.summary.written), (3000, 3000));
            assert_eq!(office.rows_of(&["producer"]).await, [("producer", 3000)], "each once");
            assert_eq!(import(&office, first, &file).await.unwrap().rows, whole.rows);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_imports_of_one_list_at_once_register_everybody_once() {
    everywhere(async |office| {
        let rows: String = (0..1500).map(|n| format!("HTX {n},,,22018,15/01/2021\n")).collect();
        let file = producers(&rows);
        let kind = pb::ImportKind::Producers;
        let (one, other) = tokio::join!(import(&office, of(kind), &file), import(&office, of(kind), &file));
        let (one, other) = (one.unwrap().summary, other.unwrap().summary);
        assert_eq!((one.created + other.created, one.matched + other.matched), (1500, 1500));
        assert_eq!(office.rows_of(&["producer"]).await, [("producer", 1500)]);
    })
    .await;
}

#[tokio::test]
async fn products_make_their_producers_and_take_serials_without_gaps() {
    everywhere(async |office| {
        let maker = office.add_producer(producer("HTX Hòa Phú")).await.unwrap();
        let there = office.add_product(product(&maker.name, "Rượu đế")).await.unwrap();
        let file = "Sản phẩm;Chủ thể;Mã xã;Ngày đăng ký;Bộ sản phẩm\n\
             Rượu Đế;HTX Hoà Phú;22018;30/06/2021;\n\
             Rượu đé;HTX Hòa Phú;22018;30/06/2021;\n\
             Gạo;HTX Hòa Phú;22018;30/06/2021;q1048-ruou-trang\n\
             Gạo;Cơ sở Mới;22081;30/06/2021;\n\
             Bún;Cơ sở Mới;22081;30/06/2021;\n\
             gạo;CƠ SỞ MỚI;22081;30/06/2021;\n\
             Mắm;HTX Hòa Phú;22018;01/01/2021;\n\
             Mắm;Cơ sở Khác;22081;30/06/2021;sai\n";
        let partial = pb::ImportRowsRequest { partial: true, ..of(pb::ImportKind::Products) };
        let answered = import(&office, partial, file).await.unwrap();
        assert_eq!(
            answered.verdicts(),
            [
                (2, Matched, "PRODUCT_EQUAL"),
                (3, Ambiguous, "PRODUCT_ALIKE"),
                (4, Created, ""),
                (5, Created, ""),
                (6, Created, ""),
                (7, Rejected, "ROW_REPEATED"),
                (8, Rejected, "PRODUCER_NOT_YET_REGISTERED"),
                (9, Rejected, "REFERENCE_UNKNOWN"),
            ]
        );
        assert_eq!(answered.rows[0].names, [there.name.as_str()]);
        assert_eq!(
            [2, 3, 4].map(|at| answered.rows[at].names.len()),
            [1, 2, 1],
            "the second of a new producer finds it"
        );
        let all = pb::ListProductsRequest::default();
        let all = office.products().list_products(office.admin().say(all)).await.unwrap().into_inner().products;
        let codes: Vec<(&str, &str)> = all.iter().map(|p| (p.display_name.as_str(), p.code.as_str())).collect();
        assert_eq!(codes.len(), 4);
        for wanted in [
            ("Rượu đế", "54-555-22018-1-2021"),
            ("Gạo", "54-555-22018-2-2021"),
            ("Gạo", "54-558-22081-1-2021"),
            ("Bún", "54-558-22081-2-2021"),
        ] {
            assert!(codes.contains(&wanted), "{wanted:?} in {codes:?}");
        }
        let next = office.add_product(product(&maker.name, "Trà")).await.unwrap();
        assert_eq!(next.code, "54-555-22018-3-2021", "refused rows used up no serial");
        let by_code = pb::ListProductsRequest { query: "54-558-22081-2".to_owned(), ..Default::default() };
        let found = office.products().list_products(office.admin().say(by_code)).await.unwrap().into_inner();
        assert_eq!(found.products.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn people_and_officers_are_recorded_with_their_posts() {
    everywhere(async |office| {
        let people = "Họ tên,Mã đơn vị,Ngày đăng ký\nCán bộ mẫu 1,22018,15/01/2021\ncán bộ MẪU 1,22018,15/01/2021\n\
                      Cán bộ mẫu 1,22081,15/01/2021\n";
        let partial = |kind| pb::ImportRowsRequest { partial: true, ..of(kind) };
        let answered = import(&office, partial(pb::ImportKind::People), people).await.unwrap();
        assert_eq!(answered.verdicts(), [(2, Created, ""), (3, Rejected, "ROW_REPEATED"), (4, Created, "")]);
        let officers = "họ tên,chức danh,mã đơn vị,từ ngày,đến ngày\n\
                        Cán bộ mẫu 1,Cán bộ OCOP,22018,01/03/2021,\n\
                        Cán bộ mẫu 2,Chủ tịch,54,44256,30/06/2021\n\
                        Cán bộ mẫu 1,Cán bộ OCOP,22018,01/04/2021,\n\
                        Cán bộ mẫu 3,Cán bộ,22018,01/03/2021,01/02/2021\n";
        let answered = import(&office, partial(pb::ImportKind::Officers), officers).await.unwrap();
        assert_eq!(
            answered.verdicts(),
            [(2, Created, ""), (3, Created, ""), (4, Rejected, "ROW_REPEATED"), (5, Rejected, "DATE_ORDER"),]
        );
        assert_eq!([answered.rows[0].names.len(), answered.rows[1].names.len()], [1, 2], "a post, or a person with it");
        let posts = pb::ListPostsRequest { as_of: on(date!(2021 - 06 - 30)), ..Default::default() };
        let posts = office.posts().list_posts(office.admin().say(posts)).await.unwrap().into_inner().posts;
        assert_eq!(posts.len(), 2);
        let ended = posts.iter().find(|post| post.title == "Chủ tịch").unwrap();
        assert_eq!(
            (ended.unit.as_str(), ended.begin_date, ended.end_date),
            ("units/54-20180507", on(date!(2021 - 03 - 01)), on(date!(2021 - 06 - 30)))
        );
        let again = import(&office, partial(pb::ImportKind::Officers), officers).await.unwrap();
        assert_eq!(again.verdicts()[..2], [(2, Matched, "DUTY_HELD"), (3, Matched, "DUTY_HELD")]);
    })
    .await;
}

#[tokio::test]
async fn rows_outside_the_callers_units_are_rejected_and_hidden_producers_stay_hidden() {
    everywhere(async |office| {
        let code = reference::tax_code::make(3);
        let far = pb::Producer { unit: LA_HAI.to_owned(), tax_code: code.clone(), ..producer("HTX La Hai") };
        office.add_producer(far).await.unwrap();
        let officer = office.world.as_role("district_officer", TUY_HOA_CITY);
        let file = producers(&format!(
            "HTX A,,,22018,15/01/2021\nHTX B,,,22081,15/01/2021\nHTX La Hai,,,22018,15/01/2021\nHTX C,,{code},22018,15/01/2021\n"
        ));
        let answered = import_as(&office, &officer, of(pb::ImportKind::Producers), file).await.unwrap();
        assert_eq!(answered.verdicts(), [
            (2, Created, ""),
            (3, Rejected, "UNIT_FORBIDDEN"),
            (4, Created, ""),
            (5, Rejected, "TAX_CODE_TAKEN"),
        ]);
        let trainer = office.world.as_role("trainer", TUY_HOA_CITY);
        let denied = import_as(&office, &trainer, of(pb::ImportKind::Producers), HEAD).await;
        assert_eq!(refused(denied), because(Code::PermissionDenied, "ROLE_MISSING"));
    })
    .await;
}

#[tokio::test]
async fn a_file_that_is_no_sheet_of_its_kind_is_refused_with_all_that_is_wrong() {
    everywhere(async |office| {
        let before = office.rows().await;
        let header = |faults: &[&str]| {
            let at: Vec<String> = (0..faults.len()).map(|at| format!("header[{at}]")).collect();
            invalid(&at.iter().map(String::as_str).zip(faults.iter().copied()).collect::<Vec<_>>())
        };
        let chunk = |reason| invalid(&[("chunk", reason)]);
        let tcvn3: Vec<u8> = "Tªn chñ thÓ,§Þa chØ ®· ®¨ng".chars().map(|c| c as u32 as u8).collect();
        for (file, wanted) in [
            (&b""[..], chunk("SHEET_EMPTY")),
            (HEAD.as_bytes(), chunk("SHEET_EMPTY")),
            (
                b"x,y\n1,2\n",
                header(&[
                    "SHEET_COLUMN_UNKNOWN",
                    "SHEET_COLUMN_UNKNOWN",
                    "SHEET_COLUMN_MISSING",
                    "SHEET_COLUMN_MISSING",
                ]),
            ),
            ("name,Tên chủ thể,Mã xã\n1,2,3\n".as_bytes(), header(&["SHEET_COLUMN_REPEATED"])),
            (&tcvn3, chunk("SHEET_ENCODING")),
            ("name,unit\n®· ®¨ng ký ®Êt,22018\n".as_bytes(), chunk("SHEET_FONT_LEGACY")),
            (b"name,unit\n\"a,22018\n", chunk("SHEET_UNREADABLE")),
            (b"PK\x03\x04", chunk("SHEET_UNREADABLE")),
        ] {
            assert_eq!(refused(import(&office, of(pb::ImportKind::Producers), file).await), wanted);
        }
        let many = format!("name,unit\n{}", "a,1\n".repeat(500_001));
        let many = import(&office, of(pb::ImportKind::Producers), many).await;
        assert_eq!(refused(many), chunk("SHEET_TOO_MANY_ROWS"));
        for kind in [pb::ImportKind::Units, pb::ImportKind::UnitLinks] {
            let elsewhere = import(&office, of(kind), HEAD).await;
            assert_eq!(refused(elsewhere), because(Code::FailedPrecondition, "IMPORT_KIND_ELSEWHERE"));
        }
        assert_eq!(
            refused(import(&office, of(pb::ImportKind::Unspecified), HEAD).await),
            invalid(&[("kind", "FIELD_REQUIRED")])
        );
        assert_eq!(office.rows().await, before);
    })
    .await;
}

#[tokio::test]
async fn bad_cells_have_a_verdict_with_every_reason() {
    everywhere(async |office| {
        let file = producers(&format!(
            "He\u{323}\u{302}p ta\u{301}c xa\u{303} Ho\u{61}\u{300},HTX,,22018,15/01/2021\n=HYPERLINK(A1),HTX,,'22018,44211\n\
             a\u{202E}b,câu lạc bộ,123,99999,15/13/2021\n{},HTX,,22018,15/01/2021\n,,,,\n\"dòng\n2\",HTX,,22018,15/01/2021,thừa\n",
            "M".repeat(1 << 20)
        ));
        let answered = import(&office, of(pb::ImportKind::Producers), file).await.unwrap();
        assert_eq!(answered.verdicts(), [
            (2, Created, ""),
            (3, Created, ""),
            (4, Rejected, "TEXT_UNCLEAN"),
            (5, Rejected, "FIELD_LENGTH"),
            (7, Rejected, "FIELD_FORMAT"),
        ]);
        let columns: Vec<&str> = answered.rows[2].reasons.iter().map(|reason| reason.column.as_str()).collect();
        assert_eq!(columns, ["display_name", "registration_date", "tax_code", "legal_form"]);
        assert_eq!(answered.summary.written, 0);
        assert!(answered.rows[2].reasons.iter().all(|r| !r.message_vi.is_empty() && !r.message_en.is_empty()));
    })
    .await;
}

#[tokio::test]
async fn a_template_is_answered_in_both_formats() {
    everywhere(async |office| {
        let ask = async |name: &str, format: pb::SheetFormat| {
            let request = pb::GetImportTemplateRequest { name: name.to_owned(), format: format.into() };
            office.imports().get_import_template(office.admin().say(request)).await.map(|t| t.into_inner())
        };
        let workbook = ask("importTemplates/producers", pb::SheetFormat::Unspecified).await.unwrap();
        assert_eq!((workbook.file_name.as_str(), &workbook.content[..2]), ("ocop-producers.xlsx", &b"PK"[..]));
        assert!(workbook.columns.iter().any(|c| c.name == "tax_code" && c.name_vi == "Mã số thuế" && !c.required));
        let csv = ask("importTemplates/officers", pb::SheetFormat::Csv).await.unwrap();
        assert!(csv.content.starts_with("\u{FEFF}Họ và tên,Chức danh,".as_bytes()));
        let header_alone = import(&office, of(pb::ImportKind::Officers), &csv.content).await;
        assert_eq!(refused(header_alone), invalid(&[("chunk", "SHEET_EMPTY")]));
        let none = ask("importTemplates/units", pb::SheetFormat::Csv).await;
        assert_eq!(refused(none), because(Code::NotFound, "RESOURCE_NOT_FOUND"));
    })
    .await;
}
