//! Papers about results, made of the messages that the other rooms answer.

use kit::{Error, Page, Violations, day};
use paper::document::{Block, Document, Table};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::google::r#type::Date as PbDate;
use reference::regimes::Regime;
use sheet::{Book, Cell, Format, Head, Kind, Language, Row, Title};
use time::Date;
use uuid::Uuid;

use super::domain::{in_chair, ministry, ministry_short};
use crate::councils::domain::Level;
use crate::decisions::domain::recognises;
use crate::shared::wire::title;
use crate::sittings::domain::FIRST_RECOGNISED;
use crate::{rounds, sittings};

/// What a paper is made as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// PDF.
    Pdf,
    /// DOCX.
    Docx,
    /// XLSX: the table alone.
    Xlsx,
}

/// A print that is asked for.
pub struct Print {
    /// The sitting or the round.
    pub id: Uuid,
    /// What it is made as.
    pub form: Form,
    /// The first of the pages in which a round is read.
    pub page: Page,
}

/// How many sittings of a round are read at once.
const AT_ONCE: i32 = 1000;

fn print(v: &mut Violations, name: &str, collection: &'static str, format: i32) -> Option<Print> {
    let id = v.name("name", name, collection);
    let page = v.page(AT_ONCE, "", &[name]);
    let form = match pb::PaperFormat::try_from(format) {
        Ok(pb::PaperFormat::Unspecified | pb::PaperFormat::Pdf) => Some(Form::Pdf),
        Ok(pb::PaperFormat::Docx) => Some(Form::Docx),
        Ok(pb::PaperFormat::Xlsx) => Some(Form::Xlsx),
        Err(_) => None,
    };
    Some(Print { id: id?, form: form?, page: page? })
}

/// Texts are no tables.
fn text(v: &mut Violations, print: Option<Print>) -> Option<Print> {
    let print = print?;
    if print.form == Form::Xlsx {
        v.add("format", Common::FieldFormat, &[("expected", "PAPER_FORMAT_PDF, PAPER_FORMAT_DOCX")]);
        return None;
    }
    Some(print)
}

/// Reads a request.
pub fn minutes(req: &pb::DownloadMinutesRequest, v: &mut Violations) -> Option<Print> {
    let print = print(v, &req.name, sittings::wire::COLLECTION, req.format);
    text(v, print)
}

/// Reads a request.
pub fn summary(req: &pb::DownloadSummaryRequest, v: &mut Violations) -> Option<Print> {
    print(v, &req.name, rounds::wire::COLLECTION, req.format)
}

/// Reads a request.
pub fn draft(req: &pb::DownloadDraftDecisionRequest, v: &mut Violations) -> Option<Print> {
    let print = print(v, &req.name, rounds::wire::COLLECTION, req.format);
    text(v, print)
}

fn date(date: Option<&PbDate>) -> String {
    date.and_then(day::of)
        .map(|day| format!("{}/{}/{}", day.day(), u8::from(day.month()), day.year()))
        .unwrap_or_default()
}

/// The unit's name as it stands in texts: "tỉnh Phú Yên".
fn unit(name: &str) -> String {
    let display = reference::units::by_name(name).map(|unit| unit.display_name.clone()).unwrap_or_default();
    let mut letters = display.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    first + letters.as_str()
}

fn place(council: &pb::Council, rest: &str) -> String {
    let name = unit(&council.unit);
    let kinds = ["tỉnh ", "thành phố ", "huyện ", "thị xã ", "quận "];
    let name = kinds.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(&name);
    // The centre sits in the capital.
    let name = if council.level() == pb::CouncilLevel::Central { "Hà Nội" } else { name };
    format!("{name}, {rest}")
}

/// Whose council it is, as it stands in the head: the committee, or the ministry.
fn authority(council: &pb::Council, day: Option<Date>) -> String {
    match (council.level(), day) {
        (pb::CouncilLevel::Central, day) => ministry(day.unwrap_or(Date::MAX)).to_owned(),
        _ => format!("Ủy ban nhân dân {}", unit(&council.unit)),
    }
}

/// What was judged, as papers name it.
fn name(sitting: &pb::Sitting) -> String {
    title(&sitting.product_display_name, sitting.bundle.as_ref())
}

fn outcome(result: Option<&pb::SittingResult>) -> &'static str {
    match result.map(pb::SittingResult::outcome) {
        None => "Chưa xếp hạng",
        Some(pb::Outcome::Graded) => "Đã xếp hạng",
        Some(pb::Outcome::RescoreRequired) => "Phải chấm lại",
        Some(pb::Outcome::Disqualified) => "Bị loại",
        Some(pb::Outcome::Stopped) => "Dừng chấm",
        Some(pb::Outcome::NotAssessed) => "Không đánh giá",
        Some(pb::Outcome::Unspecified) => "",
    }
}

fn stars(stars: i32) -> String {
    if stars >= FIRST_RECOGNISED { format!("{stars} sao") } else { "Không xếp hạng từ 3 sao".to_owned() }
}

/// The minutes of a sitting.
///
/// # Errors
/// FAILED_PRECONDITION SITTING_NOT_GRADED.
pub fn minutes_of(sitting: &pb::Sitting, council: &pb::Council) -> kit::Result<Document> {
    let Some(result) = sitting.result.as_ref() else {
        return Err(Error::refused(ErrorReason::SittingNotGraded).with("name", &sitting.name));
    };
    let post = |member: &str| {
        let found = sitting.members.iter().find(|of| of.member == member);
        found.map(|of| of.display_name.clone()).unwrap_or_default()
    };
    let total = |(at, of): (usize, &pb::MemberTotal)| {
        let points = [of.part_a, of.part_b, of.part_c, of.total].map(|points| points.to_string());
        [vec![(at + 1).to_string(), post(&of.member)], points.to_vec()].concat()
    };
    let table = Table {
        shares: vec![1, 7, 2, 2, 2, 2],
        head: ["TT", "Thành viên", "Phần A", "Phần B", "Phần C", "Tổng điểm"].map(str::to_owned).to_vec(),
        rows: result.member_totals.iter().enumerate().map(total).collect(),
    };
    let mut blocks = vec![
        Block::Text(format!(
            "Căn cứ Quyết định số {} ngày {} về thành lập Hội đồng.",
            council.decision_number,
            date(council.decision_date.as_ref())
        )),
        Block::Text(format!(
            "Ngày {}, {} họp đánh giá, phân hạng sản phẩm sau:",
            date(sitting.sitting_date.as_ref()),
            council.title
        )),
        Block::Text(format!("Sản phẩm: {}. Mã sản phẩm: {}.", name(sitting), sitting.product_code)),
        Block::Heading("I. Điểm của các thành viên".to_owned()),
        Block::Table(table),
        Block::Heading("II. Kết quả".to_owned()),
        Block::Text(format!(
            "Điểm trung bình: {}. Chênh lệch: {} điểm (giới hạn {}).",
            result.mean, result.spread, result.spread_limit
        )),
        Block::Text(format!("{}. Hạng: {}.", outcome(Some(result)), stars(result.stars))),
    ];
    for failed in &result.failed_minimums {
        let (criterion, need, got, of) = (&failed.criterion, failed.required_points, &failed.got, failed.stars);
        blocks.push(Block::Text(format!("Tiêu chí {criterion}: đạt {got}, yêu cầu {need} điểm cho hạng {of} sao.")));
    }
    for knockout in &sitting.knockouts {
        blocks.push(Block::Text(format!("Điều kiện loại tại tiêu chí {}: {}.", knockout.criterion, knockout.ground)));
    }
    blocks.push(Block::Text(format!("Mã kiểm chứng kết quả (SHA-256): {}", result.result_digest)));
    let day = sitting.sitting_date.as_ref().and_then(day::of);
    let written = day.map(|day| format!("ngày {} tháng {} năm {}", day.day(), u8::from(day.month()), day.year()));
    Ok(Document {
        authority: vec![authority(council, day), council.title.clone()],
        number: "Số: …/BB-HĐ".to_owned(),
        place_and_day: place(council, &written.unwrap_or_default()),
        title: "BIÊN BẢN".to_owned(),
        subtitle: "Họp đánh giá, phân hạng sản phẩm OCOP".to_owned(),
        blocks,
        signatures: vec!["Thư ký".to_owned(), "Chủ tịch Hội đồng".to_owned()],
        recipients: Vec::new(),
        across: false,
        sample: sitting.sample,
    })
}

/// The summary sheet of a round.
#[must_use]
pub fn summary_of(round: &pb::Round, council: &pb::Council, sittings: &[pb::Sitting]) -> Document {
    let row = |(at, sitting): (usize, &pb::Sitting)| {
        let result = sitting.result.as_ref();
        vec![
            (at + 1).to_string(),
            name(sitting),
            sitting.product_code.clone(),
            date(sitting.sitting_date.as_ref()),
            result.map(|of| of.mean.clone()).unwrap_or_default(),
            result.map(|of| of.spread.to_string()).unwrap_or_default(),
            result.map(|of| stars(of.stars)).unwrap_or_default(),
            outcome(result).to_owned(),
        ]
    };
    let head = ["TT", "Sản phẩm", "Mã sản phẩm", "Ngày họp", "Điểm TB", "Chênh lệch", "Hạng", "Kết luận"];
    let table = Table {
        shares: vec![2, 12, 9, 5, 4, 4, 6, 6],
        head: head.map(str::to_owned).to_vec(),
        rows: sittings.iter().enumerate().map(row).collect(),
    };
    Document {
        authority: vec![authority(council, round.open_date.as_ref().and_then(day::of)), council.title.clone()],
        number: String::new(),
        place_and_day: place(council, &format!("ngày … tháng … năm {}", round.year)),
        title: "BẢNG TỔNG HỢP KẾT QUẢ".to_owned(),
        subtitle: format!("Đánh giá, phân hạng sản phẩm OCOP năm {} – {}", round.year, round.title),
        blocks: vec![Block::Table(table)],
        signatures: vec!["Thư ký".to_owned(), "Chủ tịch Hội đồng".to_owned()],
        recipients: Vec::new(),
        across: true,
        sample: round.sample || sittings.iter().any(|sitting| sitting.sample),
    }
}

/// The draft of the decision on a round, as of a day.
#[must_use]
pub fn draft_of(
    (round, regime): (&pb::Round, &Regime),
    (council, level): (&pb::Council, Level),
    sittings: &[pb::Sitting],
    today: Date,
) -> Document {
    let recognised = recognises(regime, Some(level), today);
    let ready = |sitting: &&pb::Sitting| {
        let stars = sitting.result.as_ref().map_or(0, |result| result.stars);
        sitting.state() == pb::SittingState::Graded && recognised.contains(&stars)
    };
    let row = |(at, sitting): (usize, &pb::Sitting)| {
        let (mean, of) = sitting.result.as_ref().map(|of| (of.mean.clone(), of.stars)).unwrap_or_default();
        vec![(at + 1).to_string(), name(sitting), sitting.product_code.clone(), mean, format!("{of} sao")]
    };
    let rows: Vec<Vec<String>> = sittings.iter().filter(ready).enumerate().map(row).collect();
    let signer = in_chair(level, today, &unit(&council.unit));
    let count = rows.len();
    let head = ["TT", "Sản phẩm", "Mã sản phẩm", "Điểm", "Hạng"].map(str::to_owned).to_vec();
    let months = regime.certificate_months;
    let blocks = vec![
        Block::Centre(signer.to_uppercase()),
        Block::Text(format!("Căn cứ Quyết định số {} của Thủ tướng Chính phủ;", regime.decision)),
        Block::Text(format!("Xét kết quả của {} ({}, năm {}),", council.title, round.title, round.year)),
        Block::Centre("QUYẾT ĐỊNH:".to_owned()),
        Block::Text(format!("Điều 1. Công nhận {count} sản phẩm đạt hạng OCOP theo danh sách sau:")),
        Block::Table(Table { shares: vec![2, 14, 9, 4, 4], head, rows }),
        Block::Text(format!(
            "Điều 2. Giấy chứng nhận có giá trị {months} tháng kể từ ngày ký Quyết định này; sản phẩm được sử dụng nhãn OCOP theo quy định."
        )),
        Block::Text("Điều 3. Quyết định có hiệu lực kể từ ngày ký. Các cơ quan, chủ thể có liên quan chịu trách nhiệm thi hành.".to_owned()),
    ];
    Document {
        authority: vec![authority(council, Some(today))],
        number: format!("Số: …/QĐ-{} (dự thảo)", if level == Level::Central { ministry_short(today) } else { "UBND" }),
        place_and_day: place(council, &format!("ngày … tháng … năm {}", today.year())),
        title: "QUYẾT ĐỊNH".to_owned(),
        subtitle: format!("Về việc công nhận sản phẩm OCOP năm {}", round.year),
        blocks,
        signatures: vec![if level == Level::Central { "Bộ trưởng" } else { "Chủ tịch" }.to_owned()],
        recipients: ["Như Điều 3;", "Các chủ thể có sản phẩm;", "Lưu: VT."].map(str::to_owned).to_vec(),
        across: false,
        sample: round.sample || sittings.iter().any(|sitting| sitting.sample),
    }
}

/// The summary sheet of a round as a workbook: codes as text, points as numbers, one row for each product.
///
/// # Errors
/// INTERNAL where there is no room for temporary files.
pub fn sheet_of(
    round: &pb::Round,
    council: &pb::Council,
    sittings: &[pb::Sitting],
    today: Date,
) -> kit::Result<Vec<u8>> {
    let head = |(name, kind): (&str, Kind)| Head { name: name.to_owned(), kind };
    let heads = [
        ("TT", Kind::Number),
        ("Mã sản phẩm", Kind::Code),
        ("Sản phẩm", Kind::Text),
        ("Ngày họp", Kind::Day),
        ("Số phiếu tính điểm", Kind::Number),
        ("Điểm trung bình", Kind::Decimal(2)),
        ("Chênh lệch", Kind::Number),
        ("Hạng sao", Kind::Number),
        ("Hạng", Kind::Text),
        ("Kết luận", Kind::Text),
        ("Mã kiểm chứng kết quả", Kind::Code),
    ];
    let language = Language::Vietnamese;
    let mut table = sheet::Table::new("Bảng tổng hợp", heads.map(head).to_vec(), language).map_err(Error::internal)?;
    for (at, sitting) in (1_i64..).zip(sittings) {
        let result = sitting.result.as_ref();
        let of = |cell: fn(&pb::SittingResult) -> Cell| result.map_or(Cell::Empty, cell);
        let cells = vec![
            Cell::from(at),
            Cell::from(sitting.product_code.as_str()),
            Cell::from(name(sitting)),
            Cell::day(sitting.sitting_date.as_ref()),
            of(|r| Cell::from(i64::try_from(r.member_totals.len()).unwrap_or(i64::MAX))),
            of(|r| Cell::Decimal(r.mean.clone())),
            of(|r| Cell::from(r.spread)),
            of(|r| Cell::from(r.stars)),
            of(|r| Cell::from(stars(r.stars))),
            Cell::from(outcome(result)),
            of(|r| Cell::from(r.result_digest.as_str())),
        ];
        let row = Row { sample: sitting.sample || round.sample, ..Row::plain(cells) };
        table.add(&row).map_err(Error::internal)?;
    }
    let name = format!("Bảng tổng hợp kết quả đánh giá, phân hạng năm {} – {}", round.year, round.title);
    let office = format!("{} – {}", authority(council, round.open_date.as_ref().and_then(day::of)), council.title);
    let title = Title { office, name, day: today, map: None, language };
    let mut bytes = Vec::new();
    Book { title, tables: vec![table] }.write(Format::Xlsx, &mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}

/// A document as it is answered.
///
/// # Errors
/// INTERNAL where it cannot be made.
pub fn printed(document: &Document, stem: &str, form: Form) -> kit::Result<pb::PrintedPaper> {
    let content = match form {
        Form::Docx => paper::docx::bytes(document),
        Form::Pdf | Form::Xlsx => paper::document::pdf(document),
    };
    Ok(made(content.map_err(Error::internal)?, stem, form))
}

/// A made paper as it is answered.
#[must_use]
pub fn made(content: Vec<u8>, stem: &str, form: Form) -> pb::PrintedPaper {
    let (media_type, ending) = match form {
        Form::Pdf => ("application/pdf", "pdf"),
        Form::Docx => ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        Form::Xlsx => (Format::Xlsx.content_type(), Format::Xlsx.ending()),
    };
    let file_name = format!("{stem}.{ending}");
    pb::PrintedPaper { media_type: media_type.to_owned(), file_name, content: content.into() }
}
