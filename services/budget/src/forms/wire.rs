//! Forms, made of the messages that the other rooms answer.

pub mod plan;

use std::collections::BTreeMap;

use kit::{Violations, day};
use proto::budget::v1::{self as pb, estimate_line};
use proto::google::r#type::Date as PbDate;
use reference::units::{self, Level};
use time::Date;
use uuid::Uuid;

use super::domain::{Cell, Column, Form, Table, dotted, quarters};
use crate::aggregations::wire::display;
use crate::estimates::lines::{Category, Source};
use crate::shared::names;

/// A form that is asked for.
pub struct Print {
    /// What it is about.
    pub id: Uuid,
    /// True for PDF.
    pub pdf: bool,
}

fn print(v: &mut Violations, name: &str, collection: &'static str, format: i32) -> Option<Print> {
    let id = v.name("name", name, collection)?;
    Some(Print { id, pdf: format == i32::from(pb::FormFormat::Pdf) })
}

/// Reads a request.
pub fn estimate_form(req: &pb::DownloadEstimateFormRequest, v: &mut Violations) -> Option<Print> {
    print(v, &req.name, "estimates", req.format)
}

/// Reads a request.
pub fn aggregation_form(req: &pb::DownloadAggregationFormRequest, v: &mut Violations) -> Option<Print> {
    print(v, &req.name, "aggregations", req.format)
}

/// Reads a request.
pub fn assignment_annex(req: &pb::DownloadAssignmentAnnexRequest, v: &mut Violations) -> Option<Print> {
    print(v, &req.name, "assignments", req.format)
}

fn source(number: i32) -> &'static str {
    Source::of_number(number).map_or("", names::source)
}

fn category(number: i32) -> &'static str {
    Category::of_number(number).map_or("", names::category)
}

/// A day of a message; the first day of all where a row has none, which does not happen.
fn written_on(date: Option<&PbDate>) -> Date {
    date.and_then(day::of).unwrap_or(Date::MIN)
}

/// The People's Committee of a unit, as it stands in the head of a paper.
fn committee(unit: &str) -> String {
    let name = display(unit);
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    format!("UBND {first}{}", letters.as_str())
}

/// Where a paper of a unit is written: the name without its kind.
fn place(unit: &str) -> String {
    let name = display(unit);
    let kinds = ["Tỉnh ", "Thành phố ", "Thị xã ", "Huyện ", "Xã ", "Phường ", "Thị trấn "];
    // A quarter of a town that is called by a number keeps its kind.
    let plain = kinds.iter().find_map(|kind| name.strip_prefix(kind));
    plain.filter(|plain| !plain.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(&name).to_owned()
}

/// The finance office of a unit.
fn finance(unit: &str) -> &'static str {
    match units::by_name(unit).map(|unit| unit.level) {
        Some(Level::Country) => "Bộ Tài chính",
        Some(Level::Province) => "Sở Tài chính",
        Some(Level::District) => "Phòng Tài chính - Kế hoạch",
        Some(Level::Commune) | None => "Bộ phận tài chính",
    }
}

fn signed(line: &pb::EstimateLine, amount_vnd: i64) -> i64 {
    if line.decrease { -amount_vnd } else { amount_vnd }
}

fn numbered(at: usize) -> Cell {
    Cell::Number(i64::try_from(at + 1).unwrap_or(i64::MAX))
}

/// The columns of an estimate's sheet.
const OF_ESTIMATE: [Column; 11] = [
    Column::words("STT", 2),
    Column::words("Nội dung chi", 12),
    Column::numbers("Định mức (đồng)", 6),
    Column::numbers("Số lượng", 4),
    Column::numbers("Số ngày, buổi", 4),
    Column::numbers("Thành tiền (đồng)", 7),
    Column::words("Nguồn kinh phí", 6),
    Column::words("Quý", 3),
    Column::words("Căn cứ pháp lý, thuyết minh", 8),
    Column::numbers("Thẩm định (đồng)", 7),
    Column::words("Ý kiến thẩm định", 6),
];

fn estimate_row((at, line): (usize, &pb::EstimateLine)) -> Vec<Cell> {
    let [rate, quantity, days, ground] = match &line.cost {
        Some(estimate_line::Cost::NormCost(of)) => {
            let ground = if of.norm_verified {
                of.legal_reference.clone()
            } else {
                format!("{} (chưa đối chiếu)", of.legal_reference)
            };
            [Cell::Number(of.rate_vnd), Cell::Number(of.quantity), Cell::Number(of.days), Cell::text(ground)]
        }
        Some(estimate_line::Cost::LumpSum(of)) => {
            [Cell::Empty, Cell::Empty, Cell::Empty, Cell::text(format!("Khoán: {}", of.reason))]
        }
        None => [Cell::Empty, Cell::Empty, Cell::Empty, Cell::Empty],
    };
    let spread: Vec<i32> = line.quarters.iter().map(|of| of.quarter).collect();
    vec![
        Cell::Text((at + 1).to_string()),
        Cell::text(&*line.description),
        rate,
        quantity,
        days,
        Cell::Number(signed(line, line.amount_vnd)),
        Cell::text(source(line.source)),
        Cell::text(quarters(&spread)),
        ground,
        Cell::some(line.appraised_vnd.map(|granted| signed(line, granted))),
        Cell::text(&*line.appraisal_reason),
    ]
}

/// The sheet of an estimate.
#[must_use]
pub fn form_of_estimate(of: &pb::Estimate) -> Form {
    let asked: i64 = of.lines.iter().map(|line| signed(line, line.amount_vnd)).sum();
    let granted: i64 = of.lines.iter().filter_map(|line| Some(signed(line, line.appraised_vnd?))).sum();
    let mut sum = vec![Cell::Empty; OF_ESTIMATE.len()];
    let placed =
        [(1, Cell::text("Tổng cộng")), (5, Cell::Number(asked)), (9, Cell::some(of.appraised_vnd.map(|_| granted)))];
    for (at, value) in placed {
        if let Some(cell) = sum.get_mut(at) {
            *cell = value;
        }
    }
    let mut authority = vec![committee(&of.unit)];
    authority.extend((!of.agency.is_empty()).then(|| of.agency.clone()));
    let amendment = !of.amends.is_empty();
    let mut remarks = Vec::new();
    if amendment {
        let (more, less) = (dotted(of.increase_vnd), dotted(of.decrease_vnd));
        remarks.push(format!("Điều chỉnh tăng {more} đồng, giảm {less} đồng; số âm là số giảm của mục chi đã giao."));
    }
    if of.above_ceiling_vnd > 0 {
        remarks.push(format!("Vượt số kiểm tra {} đồng.", dotted(of.above_ceiling_vnd)));
    }
    Form {
        file: "bieu-du-toan",
        authority,
        number: String::new(),
        place: place(&of.unit),
        day: written_on(of.submit_date.as_ref().or(of.draft_date.as_ref())),
        title: if amendment { "BIỂU ĐIỀU CHỈNH DỰ TOÁN KINH PHÍ" } else { "BIỂU DỰ TOÁN KINH PHÍ" }.to_owned(),
        subtitle: of.title.clone(),
        remarks,
        tables: vec![Table {
            name: "Biểu dự toán".to_owned(),
            columns: OF_ESTIMATE.to_vec(),
            rows: of.lines.iter().enumerate().map(estimate_row).collect(),
            sums: vec![sum],
        }],
        signatures: vec!["Người lập biểu", "Thủ trưởng đơn vị"],
        sample: of.sample,
    }
}

/// A table of an aggregation with its sum.
fn cut(
    of: &pb::Aggregation,
    (name, first): (&str, &'static str),
    rows: &[pb::AggregationRow],
    key: impl Fn(&pb::AggregationRow) -> String,
) -> Table {
    let row = |(at, row): (usize, &pb::AggregationRow)| {
        vec![
            numbered(at),
            Cell::text(key(row)),
            Cell::Number(row.line_count.into()),
            Cell::Number(row.amount_vnd),
            Cell::Number(row.appraised_vnd),
            Cell::Number(row.amount_vnd - row.appraised_vnd),
        ]
    };
    Table {
        name: name.to_owned(),
        columns: vec![
            Column::numbers("STT", 2),
            Column::words(first, 14),
            Column::numbers("Số mục chi", 4),
            Column::numbers("Đề nghị (đồng)", 7),
            Column::numbers("Thẩm định (đồng)", 7),
            Column::numbers("Cắt giảm (đồng)", 7),
        ],
        rows: rows.iter().enumerate().map(row).collect(),
        sums: vec![vec![
            Cell::Empty,
            Cell::text("Tổng cộng"),
            Cell::Number(of.line_count.into()),
            Cell::Number(of.amount_vnd),
            Cell::Number(of.appraised_vnd),
            Cell::Number(of.amount_vnd - of.appraised_vnd),
        ]],
    }
}

fn estimates_table(of: &pb::Aggregation) -> Table {
    let row = |(at, row): (usize, &pb::AggregatedEstimate)| {
        vec![
            numbered(at),
            Cell::text(display(&row.unit)),
            Cell::text(&*row.agency),
            Cell::text(&*row.title),
            Cell::Number(row.amount_vnd),
            Cell::Number(row.appraised_vnd),
            Cell::text(if row.stale { "Đã thay đổi" } else { "" }),
        ]
    };
    let blank = || Cell::Empty;
    Table {
        name: "Danh sách dự toán".to_owned(),
        columns: vec![
            Column::numbers("STT", 2),
            Column::words("Đơn vị", 6),
            Column::words("Cơ quan", 8),
            Column::words("Dự toán", 12),
            Column::numbers("Đề nghị (đồng)", 6),
            Column::numbers("Thẩm định (đồng)", 6),
            Column::words("Trạng thái", 4),
        ],
        rows: of.estimates.iter().enumerate().map(row).collect(),
        sums: vec![vec![
            blank(),
            Cell::text("Tổng cộng"),
            blank(),
            blank(),
            Cell::Number(of.amount_vnd),
            Cell::Number(of.appraised_vnd),
            blank(),
        ]],
    }
}

/// The tables of an aggregation.
#[must_use]
pub fn form_of_aggregation(of: &pb::Aggregation) -> Form {
    let quarter = |row: &pb::AggregationRow| match row.quarter {
        0 => "Chưa phân theo quý".to_owned(),
        number => format!("Quý {}", quarters(&[number])),
    };
    let agency = |row: &pb::AggregationRow| {
        if row.agency.is_empty() { "(Đơn vị hành chính đề nghị)".to_owned() } else { row.agency.clone() }
    };
    let mut remarks = vec![format!("Năm {}: {} dự toán, {} mục chi.", of.year, of.estimate_count, of.line_count)];
    if of.stale {
        remarks.push("Có dự toán đã thay đổi sau khi tổng hợp.".to_owned());
    }
    if let Some(approved) = of.approve_date.as_ref().and_then(day::of) {
        remarks.push(format!("Phê duyệt tại văn bản số {} ngày {}.", of.approve_document_number, day::text(approved)));
    }
    Form {
        file: "tong-hop-du-toan",
        authority: vec![committee(&of.unit), finance(&of.unit).to_owned()],
        number: if of.document_number.is_empty() { String::new() } else { format!("Số: {}", of.document_number) },
        place: place(&of.unit),
        day: written_on(of.act_date.as_ref()),
        title: "BẢNG TỔNG HỢP DỰ TOÁN KINH PHÍ".to_owned(),
        subtitle: of.title.clone(),
        remarks,
        tables: vec![
            cut(of, ("Theo đơn vị", "Đơn vị"), &of.by_unit, |row| display(&row.unit)),
            cut(of, ("Theo cơ quan", "Cơ quan"), &of.by_agency, agency),
            cut(of, ("Theo nguồn", "Nguồn kinh phí"), &of.by_source, |row| source(row.source).to_owned()),
            cut(of, ("Theo nhóm chi", "Nhóm chi"), &of.by_category, |row| category(row.category).to_owned()),
            cut(of, ("Theo quý", "Quý"), &of.by_quarter, quarter),
            estimates_table(of),
        ],
        signatures: vec!["Người lập biểu", "Thủ trưởng cơ quan tài chính"],
        sample: of.sample,
    }
}

/// The annex of the decision that assigns an estimate.
#[must_use]
pub fn annex_of(assignment: &pb::Assignment, of: &pb::Estimate) -> Form {
    let granted = |line: &pb::EstimateLine| signed(line, line.appraised_vnd.unwrap_or(0));
    let assigned: Vec<&pb::EstimateLine> = of.lines.iter().filter(|line| granted(line) != 0).collect();
    let row = |(at, line): (usize, &&pb::EstimateLine)| {
        vec![
            Cell::Text((at + 1).to_string()),
            Cell::text(&*line.description),
            Cell::text(category(line.category)),
            Cell::text(source(line.source)),
            Cell::Number(granted(line)),
        ]
    };
    let mut by_source: BTreeMap<i32, i64> = BTreeMap::new();
    for line in &assigned {
        *by_source.entry(line.source).or_default() += granted(line);
    }
    let sum =
        |name: String, amount: i64| vec![Cell::Empty, Cell::text(name), Cell::Empty, Cell::Empty, Cell::Number(amount)];
    let mut sums: Vec<Vec<Cell>> =
        by_source.into_iter().map(|(of, amount)| sum(format!("Cộng {}", source(of)), amount)).collect();
    sums.push(sum("Tổng cộng".to_owned(), assignment.amount_vnd));
    let decided = written_on(assignment.decision_date.as_ref());
    let mut remarks =
        vec![format!("Kèm theo Quyết định số {} ngày {}.", assignment.decision_number, day::text(decided))];
    remarks.extend((!of.agency.is_empty()).then(|| format!("Cơ quan được giao: {}.", of.agency)));
    Form {
        file: "phu-luc-giao-du-toan",
        authority: vec![committee(&assignment.unit)],
        number: format!("Số: {}", assignment.decision_number),
        place: place(&assignment.unit),
        day: decided,
        title: if of.amends.is_empty() {
            "PHỤ LỤC GIAO DỰ TOÁN"
        } else {
            "PHỤ LỤC GIAO ĐIỀU CHỈNH DỰ TOÁN"
        }
        .to_owned(),
        subtitle: of.title.clone(),
        remarks,
        tables: vec![Table {
            name: "Phụ lục".to_owned(),
            columns: vec![
                Column::words("STT", 2),
                Column::words("Nội dung chi", 16),
                Column::words("Nhóm chi", 9),
                Column::words("Nguồn kinh phí", 7),
                Column::numbers("Dự toán giao (đồng)", 7),
            ],
            rows: assigned.iter().enumerate().map(row).collect(),
            sums,
        }],
        signatures: vec!["Nơi nhận", "Chủ tịch"],
        sample: of.sample,
    }
}
