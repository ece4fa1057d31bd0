//! Lists as files: what stands in them, who gets them, and that their size costs no memory.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx, open_workbook_from_rs};
use kit::testing::statements;
use proto::common::v1::{SheetFormat, SheetLanguage, SheetOptions, SheetPart, SheetSeparator};
use proto::registry::v1 as pb;
use reference::tax_code::make;
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use time::macros::date;
use tonic::{Code, Response, Status, Streaming};

use crate::evidence_files::{paper, pdf, upload};
use crate::office::{
    DAY, LA_HAI, Office, PHU_YEN, SET, WARD_8, because, everywhere, invalid, manager, on, person, post, producer,
    product, refused,
};
use crate::{promotion, support, visits};

/// Most bytes that a part may have.
const PART: usize = 64 * 1024;

/// A file as it came.
#[derive(Debug)]
pub struct Got {
    pub first: SheetPart,
    sizes: Vec<usize>,
    pub bytes: Vec<u8>,
    statements: Option<u64>,
}

pub async fn got(answer: Result<Response<Streaming<SheetPart>>, Status>) -> Result<Got, Status> {
    let answer = answer?;
    let counted = answer.metadata().contains_key(kit::stack::STATEMENTS);
    let statements = counted.then(|| statements(&answer));
    let mut parts = answer.into_inner();
    let (mut first, mut sizes, mut bytes) = (None, Vec::new(), Vec::new());
    while let Some(part) = parts.message().await? {
        sizes.push(part.data.len());
        bytes.extend_from_slice(&part.data);
        first.get_or_insert(SheetPart { data: bytes::Bytes::new(), ..part });
    }
    let first = first.expect("a file has a first part");
    assert_eq!(usize::try_from(first.size_bytes).unwrap(), bytes.len());
    Ok(Got { first, sizes, bytes, statements })
}

pub fn csv() -> Option<SheetOptions> {
    Some(SheetOptions { format: SheetFormat::Csv.into(), ..Default::default() })
}

pub fn records(bytes: &[u8], separator: u8) -> Vec<Vec<String>> {
    let text = bytes.strip_prefix("\u{FEFF}".as_bytes()).expect("a byte order mark");
    let mut reader = ::csv::ReaderBuilder::new().delimiter(separator).has_headers(false).from_reader(text);
    reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn cells(bytes: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let (_, range) = book.worksheets().remove(0);
    range.rows().map(<[Data]>::to_vec).collect()
}

/// The rows below the header, each as (header, text).
fn table(rows: &[Vec<Data>]) -> Vec<Vec<(String, String)>> {
    let header = rows.iter().position(|row| row.last().is_some_and(|c| *c == "Ghi chú"));
    let (head, rows) = rows.split_at(header.expect("there is a header")).1.split_first().unwrap();
    let pair = |(name, cell): (&Data, &Data)| (name.to_string(), cell.to_string());
    rows.iter().map(|row| head.iter().zip(row).map(pair).collect()).collect()
}

fn says(row: &[(String, String)], column: &str) -> String {
    let found = row.iter().find(|(name, _)| name == column);
    found.expect(column).1.clone()
}

#[tokio::test]
async fn producers_are_written_in_vietnamese_order_with_codes_dates_and_samples_marked() {
    everywhere(async |office| {
        let code = make(12);
        let real = pb::Producer { tax_code: code.clone(), ..producer("Ca\u{301} nhân Đặng, \"Ẩn\"; Đường") };
        let real = office.add_producer(real).await.unwrap();
        office.add_producer(pb::Producer { sample: true, ..producer("=HYPERLINK(\"x\")") }).await.unwrap();
        let got_csv = got(office
            .exports()
            .export_producers(office.admin().say(pb::ExportProducersRequest { sheet: csv(), ..Default::default() }))
            .await)
        .await
        .unwrap();
        let first = &got_csv.first;
        assert_eq!((first.row_count, first.sample_count), (2, 1));
        assert_eq!(first.file_name, "chu-the-2021-12-15-mau.csv");
        assert_eq!(first.content_type, "text/csv; charset=utf-8");
        let rows = records(&got_csv.bytes, b';');
        assert_eq!(rows[0][..4], ["Tên chủ thể", "Loại hình", "Mã số thuế", "Mã đơn vị"]);
        assert_eq!(rows[2][0], "'=HYPERLINK(\"x\")", "Excel never runs it");
        assert_eq!(rows[2].last().unwrap(), "DỮ LIỆU MẪU");
        let expected = ["Cá nhân Đặng, \"Ẩn\"; Đường", "Hợp tác xã", &code, "22018", "Phường 8"];
        assert_eq!(rows[1][..5], expected);
        assert_eq!(rows[1][7], "15/01/2021");
        assert_eq!(rows[1].last().unwrap(), "");
        let xlsx =
            got(office.exports().export_producers(office.admin().say(pb::ExportProducersRequest::default())).await)
                .await
                .unwrap();
        assert_eq!(xlsx.first.file_name, "chu-the-2021-12-15-mau.xlsx");
        let all = cells(xlsx.bytes);
        let titles: Vec<String> = all.iter().take(5).map(|row| row[0].to_string()).collect();
        let lines = [
            "Tỉnh Phú Yên",
            "Chủ thể",
            "Ngày lập: 15/12/2021. Đơn vị hành chính theo ngày ghi trong từng dòng.",
            "Số dòng: 2",
            "DỮ LIỆU MẪU: 1 trên 2",
        ];
        assert_eq!(titles, lines);
        let row = &all[all.len() - 2];
        assert_eq!(row[2], Data::String(code), "a code is text");
        assert!(matches!(row[7], Data::DateTime(_)), "a day is a day");
        let rows = table(&all);
        assert_eq!(says(&rows[1], "Tên chủ thể"), "=HYPERLINK(\"x\")");
        assert_eq!(says(&rows[0], "Mã hệ thống"), real.name);
    })
    .await;
}

/// Something in every list; answers the product.
async fn something(office: &Office) -> pb::Product {
    let who = office.admin();
    let maker = office.add_producer(producer("HTX Rượu Mẫu")).await.unwrap().name;
    let goods =
        office.add_product(pb::Product { target_year: 2021, target_stars: 3, ..product(&maker, "Rượu đế") });
    let goods = goods.await.unwrap();
    let officer = visits::officer(office).await;
    let boss = office.add_person(person("Chủ hộ mẫu")).await.unwrap().name;
    office.add_manager(manager(&boss, &maker)).await.unwrap();
    let fair = promotion::add(office, promotion::fair("Hội chợ xuân")).await.unwrap().name;
    promotion::open(office, &fair, date!(2021 - 06 - 01)).await.unwrap();
    promotion::apply(office, &who, &fair, &goods.name, DAY).await.unwrap();
    support::add(office, support::support(&goods.name)).await.unwrap();
    let steps = vec![visits::step("Hướng dẫn hồ sơ", date!(2021 - 07 - 15))];
    visits::add(office, pb::Visit { steps, ..visits::visit(WARD_8, &officer, DAY) }).await.unwrap();
    upload(office, paper(&maker), &pdf(2000, 1)).await.unwrap();
    goods
}

#[tokio::test]
async fn every_list_has_its_file_with_names_beside_ids() {
    everywhere(async |office| {
        let who = office.admin();
        let day = on(date!(2021 - 06 - 30));
        let goods = something(&office).await;
        let one = |got: Result<Got, Status>| {
            let mut rows = table(&cells(got.unwrap().bytes));
            assert_eq!(rows.len(), 1, "{rows:?}");
            rows.remove(0)
        };
        let row = one(got(office.exports().export_products(who.say(pb::ExportProductsRequest::default())).await).await);
        assert_eq!((says(&row, "Mã sản phẩm"), says(&row, "Chủ thể")), (goods.code.clone(), "HTX Rượu Mẫu".to_owned()));
        assert_eq!((says(&row, "Năm dự kiến"), says(&row, "Hạng sao dự kiến")), ("2021".to_owned(), "3".to_owned()));
        let set = reference::products::set(SET.trim_start_matches("productSets/")).unwrap();
        assert_eq!(says(&row, "Bộ sản phẩm"), set.name_vi);
        let row = one(got(office.exports().export_evidence(who.say(pb::ExportEvidenceRequest::default())).await).await);
        assert_eq!(says(&row, "Chủ thể"), "HTX Rượu Mẫu");
        assert_eq!(says(&row, "Kích thước (byte)"), "2000");
        let row = one(got(office.exports().export_posts(who.say(pb::ExportPostsRequest::default())).await).await);
        assert_eq!((says(&row, "Họ và tên"), says(&row, "Cấp")), ("Cán bộ OCOP tỉnh".to_owned(), "Tỉnh".to_owned()));
        let row = one(got(office.exports().export_managers(who.say(pb::ExportManagersRequest::default())).await).await);
        assert_eq!((says(&row, "Họ và tên"), says(&row, "Chủ thể")), ("Chủ hộ mẫu".into(), "HTX Rượu Mẫu".into()));
        let row = one(got(office.exports().export_fairs(who.say(pb::ExportFairsRequest::default())).await).await);
        assert_eq!(
            (says(&row, "Tên hội chợ"), says(&row, "Trạng thái")),
            ("Hội chợ xuân".into(), "Đang nhận đăng ký".into())
        );
        let row =
            one(got(office.exports().export_applications(who.say(pb::ExportApplicationsRequest::default())).await)
                .await);
        assert_eq!((says(&row, "Hội chợ"), says(&row, "Sản phẩm")), ("Hội chợ xuân".into(), "Rượu đế".into()));
        assert_eq!(says(&row, "Doanh thu (đồng)"), "", "nothing was reported yet");
        let row = one(got(office
            .exports()
            .export_support_packages(who.say(pb::ExportSupportPackagesRequest::default()))
            .await)
        .await);
        assert_eq!((says(&row, "Số tiền (đồng)"), says(&row, "Trạng thái")), ("20000000".into(), "Đề nghị".into()));
        let row = one(got(office.exports().export_visits(who.say(pb::ExportVisitsRequest::default())).await).await);
        assert_eq!(says(&row, "Việc tiếp theo"), "Hướng dẫn hồ sơ (hạn 15/07/2021)");
        assert!(says(&row, "Kết quả").contains('\n'));
        let persons = table(&cells(
            got(office.exports().export_persons(who.say(pb::ExportPersonsRequest::default())).await)
                .await
                .unwrap()
                .bytes,
        ));
        assert_eq!(says(&persons[0], "Họ và tên"), "Cán bộ OCOP tỉnh");
        let list = Some(pb::ListDutiesRequest { as_of: day, ..Default::default() });
        let duties = table(&cells(
            got(office.exports().export_duties(who.say(pb::ExportDutiesRequest { list, ..Default::default() })).await)
                .await
                .unwrap()
                .bytes,
        ));
        let audiences: Vec<String> = duties.iter().map(|row| says(row, "Đối tượng")).collect();
        assert_eq!(audiences, ["Cán bộ OCOP", "Người quản lý chủ thể"]);
    })
    .await;
}

#[tokio::test]
async fn units_are_written_as_they_were_on_the_day_with_leading_zeros() {
    everywhere(async |office| {
        let as_of = on(date!(2021 - 06 - 30));
        let list = |parent: &str, level: pb::UnitLevel| {
            Some(pb::ListUnitsRequest { parent: parent.to_owned(), level: level.into(), as_of, ..Default::default() })
        };
        let who = office.admin();
        let phu_yen = list(PHU_YEN, pb::UnitLevel::Commune);
        let communes = got(office
            .exports()
            .export_units(who.say(pb::ExportUnitsRequest { list: phu_yen, ..Default::default() }))
            .await)
        .await
        .unwrap();
        assert_eq!((communes.first.row_count, communes.first.sample_count), (110, 0));
        let all = cells(communes.bytes);
        assert!(all[2][0].to_string().ends_with("Đơn vị hành chính theo ngày 30/06/2021."), "{:?}", all[2]);
        assert_eq!(says(&table(&all)[0], "Tỉnh"), "Tỉnh Phú Yên");
        let country = list("", pb::UnitLevel::Province);
        let provinces =
            got(office.exports().export_units(who.say(pb::ExportUnitsRequest { list: country, sheet: csv() })).await)
                .await
                .unwrap();
        let rows = records(&provinces.bytes, b';');
        assert_eq!((rows[1][0].as_str(), rows[2][0].as_str()), ("01", "02"));
    })
    .await;
}

#[tokio::test]
async fn a_file_has_the_rows_of_its_filter_in_the_form_that_was_asked_for() {
    everywhere(async |office| {
        office.add_producer(producer("HTX Phường 8")).await.unwrap();
        office.add_producer(pb::Producer { unit: LA_HAI.to_owned(), ..producer("HTX La Hai") }).await.unwrap();
        let options = SheetOptions {
            format: SheetFormat::Csv.into(),
            separator: SheetSeparator::Comma.into(),
            language: SheetLanguage::English.into(),
            ..Default::default()
        };
        let list = Some(pb::ListProducersRequest { unit: LA_HAI.to_owned(), page_size: 1, ..Default::default() });
        let request = pb::ExportProducersRequest { list, sheet: Some(options) };
        let rows = records(
            &got(office.exports().export_producers(office.admin().say(request)).await).await.unwrap().bytes,
            b',',
        );
        assert_eq!((rows.len(), rows[0][0].as_str(), rows[1][0].as_str()), (2, "Name", "HTX La Hai"));
        let named = SheetOptions { office: " Sở Nông nghiệp ".to_owned(), ..Default::default() };
        let named = got(office
            .exports()
            .export_producers(
                office.admin().say(pb::ExportProducersRequest { sheet: Some(named), ..Default::default() }),
            )
            .await)
        .await;
        let named = named.unwrap();
        assert_eq!(cells(named.bytes)[0][0].to_string(), "Sở Nông nghiệp");
        assert_eq!(named.first.file_name, "chu-the-2021-12-15.xlsx", "no sample is in it");
        // All faults at once, each with its place.
        let list = Some(pb::ListProducersRequest {
            unit: "units/99999".to_owned(),
            page_token: "x".to_owned(),
            page_size: -1,
            ..Default::default()
        });
        let wrong = SheetOptions { format: 9, ..Default::default() };
        let request = pb::ExportProducersRequest { list, sheet: Some(wrong) };
        let refusal = refused(got(office.exports().export_producers(office.admin().say(request)).await).await);
        let all = [("list.unit", "UNIT_UNKNOWN"), ("list.page_size", "FIELD_RANGE"), ("sheet.format", "ENUM_UNKNOWN")];
        assert_eq!(refusal, invalid(&all));
        let list = Some(pb::ListProducersRequest { page_token: "x".to_owned(), ..Default::default() });
        let token = got(office
            .exports()
            .export_producers(office.admin().say(pb::ExportProducersRequest { list, ..Default::default() }))
            .await)
        .await;
        assert_eq!(refused(token), invalid(&[("list.page_token", "PAGE_TOKEN_INVALID")]));
        let day = got(office.exports().export_units(office.admin().say(pb::ExportUnitsRequest::default())).await).await;
        assert_eq!(refused(day), invalid(&[("list.as_of", "FIELD_REQUIRED")]));
    })
    .await;
}

#[tokio::test]
async fn a_caller_gets_the_rows_of_its_units_and_names_of_persons_only_where_it_may_list_them() {
    everywhere(async |office| {
        let near = office.add_person(person("Cán bộ Phường 8")).await.unwrap().name;
        let far =
            office.add_person(pb::Person { unit: PHU_YEN.to_owned(), ..person("Cán bộ tỉnh") }).await.unwrap().name;
        office.add_post(post(&near, WARD_8)).await.unwrap();
        office.add_post(post(&far, WARD_8)).await.unwrap();
        office.add_post(post(&far, LA_HAI)).await.unwrap();
        let names = async |role: &str, unit: &str| {
            let who = office.world.as_role(role, unit);
            let got =
                got(office.exports().export_posts(who.say(pb::ExportPostsRequest::default())).await).await.unwrap();
            let rows = table(&cells(got.bytes));
            let mut names: Vec<String> = rows.iter().map(|row| says(row, "Họ và tên")).collect();
            names.sort();
            names
        };
        assert_eq!(names("province_officer", PHU_YEN).await, ["Cán bộ Phường 8", "Cán bộ tỉnh", "Cán bộ tỉnh"]);
        assert_eq!(
            names("commune_officer", WARD_8).await,
            ["", "Cán bộ Phường 8"],
            "the other is kept by the province"
        );
        assert_eq!(names("trainer", PHU_YEN).await, ["", "", ""]);
        for role in ["trainer", "analyst", "producer", "finance_officer"] {
            let who = office.world.as_role(role, PHU_YEN);
            let persons =
                got(office.exports().export_persons(who.say(pb::ExportPersonsRequest::default())).await).await;
            assert_eq!(refused(persons), because(Code::PermissionDenied, "ROLE_MISSING"), "{role}");
        }
        let officer = office.world.as_role("commune_officer", WARD_8);
        let persons = got(office
            .exports()
            .export_persons(officer.say(pb::ExportPersonsRequest { sheet: csv(), ..Default::default() }))
            .await)
        .await
        .unwrap();
        assert_eq!(persons.first.row_count, 1);
        assert!(!String::from_utf8(persons.bytes).unwrap().contains("Cán bộ tỉnh"));
    })
    .await;
}

/// Many registrations like the one that is there, by one statement.
async fn many(office: &Office, count: u32) {
    let database = office.world.database("registry");
    let db = database.reader();
    let (columns, id) = match db.get_database_backend() {
        DbBackend::Sqlite => ("SELECT name AS c FROM pragma_table_info('producer')", "randomblob(16)"),
        _ => (
            "SELECT column_name::text AS c FROM information_schema.columns WHERE table_name = 'producer'",
            "gen_random_uuid()",
        ),
    };
    let asked = db.query_all_raw(Statement::from_string(db.get_database_backend(), columns)).await.unwrap();
    let columns: Vec<String> = asked.iter().map(|row| row.try_get("", "c").unwrap()).collect();
    let values = columns.iter().map(|column| match column.as_str() {
        "id" => id.to_owned(),
        "display_name" => "'Hợp tác xã số ' || n".to_owned(),
        column => format!("p.{column}"),
    });
    let (values, columns) = (values.collect::<Vec<_>>().join(", "), columns.join(", "));
    let statement = format!(
        "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})
         INSERT INTO producer ({columns}) SELECT {values} FROM producer p, s"
    );
    let tx = database.begin().await.unwrap();
    tx.execute_unprepared(&statement).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn twenty_thousand_rows_come_once_each_in_small_parts_and_one_statement_a_page() {
    everywhere(async |office| {
        office.add_producer(producer("Hợp tác xã số 0")).await.unwrap();
        many(&office, 20_000).await;
        for format in [SheetFormat::Csv, SheetFormat::Xlsx] {
            let sheet = Some(SheetOptions { format: format.into(), ..Default::default() });
            let request = office.admin().count(pb::ExportProducersRequest { list: None, sheet });
            let got = got(office.exports().export_producers(request).await).await.unwrap();
            assert_eq!(got.first.row_count, 20_001);
            let (last, full) = got.sizes.split_last().unwrap();
            assert!(*last <= PART && full.iter().all(|size| *size == PART), "{:?}", got.sizes);
            assert!(full.len() > 5, "{} bytes in {} parts", got.bytes.len(), got.sizes.len());
            // 41 pages of 500.
            assert_eq!(got.statements, Some(41), "{format:?}");
            let mut names: Vec<String> = match format {
                SheetFormat::Csv => records(&got.bytes, b';').into_iter().skip(1).map(|mut r| r.remove(0)).collect(),
                _ => table(&cells(got.bytes)).iter().map(|row| says(row, "Tên chủ thể")).collect(),
            };
            names.sort();
            names.dedup();
            assert_eq!(names.len(), 20_001, "none is missing and none is twice");
        }
    })
    .await;
}
