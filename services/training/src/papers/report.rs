//! The report of a coverage.

use std::collections::BTreeMap;

use proto::common::v1::Audience;
use proto::registry::v1::{LegalForm, UnitLevel};
use proto::training::v1::{Coverage, MissingPerson, MissingReason};
use reference::units::{self, Unit};
use sheet::{Cell, Kind, Row};
use time::Date;
use uuid::Uuid;

use super::print::{Column, Paper, Part, count, first, row};
use crate::coverage::domain::{percent, place};
use crate::letters::domain::within_sentence;
use crate::shared::peer::Somebody;

const FIGURES: &[Column] = &[
    ("TT", Kind::Number, 1),
    ("Đơn vị", Kind::Text, 7),
    ("Phải tập huấn", Kind::Number, 3),
    ("Đã đạt", Kind::Number, 3),
    ("Còn thiếu", Kind::Number, 3),
    ("Tỷ lệ (%)", Kind::Decimal(2), 3),
];
const KINDS: &[Column] = &[
    ("TT", Kind::Number, 1),
    ("Nhóm", Kind::Text, 7),
    ("Phải tập huấn", Kind::Number, 3),
    ("Đã đạt", Kind::Number, 3),
    ("Còn thiếu", Kind::Number, 3),
    ("Tỷ lệ (%)", Kind::Decimal(2), 3),
];
const MISSING: &[Column] = &[
    ("TT", Kind::Number, 2),
    ("Đơn vị", Kind::Text, 7),
    ("Nơi làm việc", Kind::Text, 7),
    ("Họ và tên", Kind::Text, 9),
    ("Chức danh", Kind::Text, 7),
    ("Từ ngày", Kind::Day, 5),
    ("Lý do", Kind::Text, 9),
];

/// What a report is made of.
pub(super) struct Asked<'a> {
    pub(super) coverage: &'a Coverage,
    pub(super) unit: &'static Unit,
    pub(super) map_date: Date,
    pub(super) persons: &'a BTreeMap<Uuid, Somebody>,
    /// The titles of the persons' duties.
    pub(super) titles: &'a BTreeMap<Uuid, Vec<String>>,
    pub(super) today: Date,
}

fn audience(coverage: &Coverage) -> &'static str {
    match coverage.audience() {
        Audience::Officers => "Cán bộ thực hiện Chương trình OCOP",
        Audience::ProducerManagers => "Người quản lý chủ thể OCOP",
        Audience::Councils => "Thành viên hội đồng và tổ giúp việc OCOP",
        Audience::Unspecified => "",
    }
}

fn level(level: UnitLevel) -> &'static str {
    match level {
        UnitLevel::Country => "Cấp trung ương",
        UnitLevel::Province => "Cấp tỉnh",
        UnitLevel::District => "Cấp huyện",
        UnitLevel::Commune => "Cấp xã",
        UnitLevel::Unspecified => "",
    }
}

fn legal_form(form: LegalForm) -> &'static str {
    match form {
        LegalForm::Company => "Công ty",
        LegalForm::Cooperative => "Hợp tác xã",
        LegalForm::CooperativeGroup => "Tổ hợp tác",
        LegalForm::Household => "Hộ sản xuất, kinh doanh",
        LegalForm::Farm => "Trang trại",
        _ => "Chủ thể khác",
    }
}

fn reason(reason: MissingReason) -> &'static str {
    match reason {
        MissingReason::Unspecified => "",
        MissingReason::NoSession => "Chưa dự lớp nào",
        MissingReason::OtherTopic => "Đã đạt chuyên đề khác",
        MissingReason::BeforeWindow => "Đã đạt trước năm kế hoạch",
        MissingReason::AfterDay => "Đạt sau ngày báo cáo",
        MissingReason::Absent => "Có tên nhưng vắng mặt",
        MissingReason::TooLittleAttended => "Dự chưa đủ số buổi hoặc chưa đạt kiểm tra",
    }
}

/// Name, due, trained.
fn figures(at: usize, name: &str, (trained, total): (i32, i32)) -> Vec<Cell> {
    let whole = |number: i32| usize::try_from(number).unwrap_or_default();
    let percent = percent(whole(trained), whole(total));
    let percent = if percent.is_empty() { Cell::Empty } else { Cell::Decimal(percent) };
    let at = if at == 0 { Cell::Empty } else { count(at) };
    vec![at, Cell::from(name), Cell::from(total), Cell::from(trained), Cell::from(total - trained), percent]
}

fn units_part(coverage: &Coverage) -> Part {
    let line = |(at, r): (usize, &proto::training::v1::CoverageRow)| {
        row(figures(at + 1, &r.display_name, (r.trained, r.total)), r.total_samples > 0)
    };
    let mut rows: Vec<Row> = coverage.rows.iter().enumerate().map(line).collect();
    rows.push(Row::subtotal(figures(0, "Tổng cộng (mỗi người một lần)", (coverage.trained, coverage.total))));
    Part { name: "I. Theo đơn vị".to_owned(), columns: FIGURES, rows, apart: false }
}

fn kinds_part(coverage: &Coverage) -> Option<Part> {
    let levels = coverage.levels.iter().map(|l| (level(l.level()), l.trained, l.total, l.total_samples));
    let forms = coverage.legal_forms.iter().map(|f| (legal_form(f.legal_form()), f.trained, f.total, f.total_samples));
    let rows = levels
        .chain(forms)
        .enumerate()
        .map(|(at, (name, trained, total, samples))| row(figures(at + 1, name, (trained, total)), samples > 0));
    let rows: Vec<Row> = rows.collect();
    let name = if coverage.levels.is_empty() { "II. Theo loại hình chủ thể" } else { "II. Theo cấp" };
    (!rows.is_empty()).then(|| Part { name: name.to_owned(), columns: KINDS, rows, apart: false })
}

/// Where a missing person stands in the list.
struct Placed<'a> {
    /// Place of the row's unit.
    row: usize,
    /// The row's unit.
    shown: String,
    key: String,
    name: &'a str,
    id: Uuid,
    person: &'a MissingPerson,
}

fn placed<'a>(asked: &Asked<'a>, order: &BTreeMap<&str, usize>, person: &'a MissingPerson) -> Placed<'a> {
    let id = kit::name::parse(&person.person, "persons").unwrap_or_default();
    let shown = place(person.units.first().map(String::as_str).unwrap_or_default(), asked.unit, asked.map_date);
    let name = asked.persons.get(&id).map(|p| p.name.as_str()).unwrap_or_default();
    let row = order.get(shown.as_str()).copied().unwrap_or(usize::MAX);
    Placed { row, shown, key: reference::text::sort_key(name), name, id, person }
}

/// Who is missing, in the order of the units and then of the names.
fn missing_part(asked: &Asked<'_>) -> Part {
    let order: BTreeMap<&str, usize> =
        asked.coverage.rows.iter().enumerate().map(|(at, row)| (row.unit.as_str(), at)).collect();
    let placed = asked.coverage.missing.iter().map(|person| placed(asked, &order, person));
    let mut sorted: Vec<Placed<'_>> = placed.collect();
    sorted.sort_by(|a, b| (a.row, &a.shown, &a.key, a.id).cmp(&(b.row, &b.shown, &b.key, b.id)));
    let named = |unit: &String| units::by_name(unit).map(|unit| unit.display_name.as_str());
    let line = |(at, one): (usize, &Placed<'_>)| {
        let places: Vec<&str> = one.person.units.iter().filter_map(named).collect();
        let titles = asked.titles.get(&one.id).map(|titles| titles.join("; ")).unwrap_or_default();
        let cells = vec![
            count(at + 1),
            Cell::from(named(&one.shown).unwrap_or_default()),
            Cell::from(places.join("; ")),
            Cell::from(one.name),
            Cell::from(titles),
            Cell::day(one.person.begin_date.as_ref()),
            Cell::from(reason(one.person.reason())),
        ];
        row(cells, one.person.sample)
    };
    let rows = sorted.iter().enumerate().map(line).collect();
    Part { name: "III. Người còn thiếu".to_owned(), columns: MISSING, rows, apart: false }
}

/// The report.
pub(super) fn report(asked: &Asked<'_>) -> Paper {
    let coverage = asked.coverage;
    let day = |date: Option<&proto::google::r#type::Date>| Cell::day(date).printed();
    let window = format!(
        "Tính các lớp kết thúc từ ngày 01/01/{} đến hết ngày {}; người đang giữ nhiệm vụ vào ngày {}.",
        coverage.plan_year,
        day(coverage.as_of.as_ref()),
        day(coverage.as_of.as_ref())
    );
    let map = format!("Đơn vị hành chính theo ngày {}.", day(coverage.unit_map_date.as_ref()));
    let printed = |number: i32| Cell::from(number).printed();
    let percent = match coverage.percent.as_str() {
        "" => "chưa có giá trị (không có ai phải tập huấn)".to_owned(),
        percent => format!("{} %", percent.replace('.', ",")),
    };
    let all = format!(
        "Phải tập huấn: {} người. Đã đạt: {} người. Còn thiếu: {} người. Tỷ lệ: {percent}.",
        printed(coverage.total),
        printed(coverage.trained),
        printed(coverage.total - coverage.trained)
    );
    let mut lines = vec![all, window, map];
    if coverage.producers_without_manager > 0 {
        let without = printed(coverage.producers_without_manager);
        lines.push(format!("Ngoài ra có {without} chủ thể chưa có người quản lý (không tính trong tỷ lệ)."));
    }
    let named = coverage.missing.len();
    let missing = usize::try_from(coverage.total - coverage.trained).unwrap_or_default();
    let mut after = Vec::new();
    if missing > named {
        after.push(first(named));
    }
    let mut parts = vec![units_part(coverage)];
    parts.extend(kinds_part(coverage));
    parts.push(missing_part(asked));
    Paper {
        file: "bao-cao-tap-huan",
        unit: asked.unit,
        title: "BÁO CÁO TỶ LỆ TẬP HUẤN",
        subtitle: format!(
            "{}, {}, đến ngày {}",
            audience(coverage),
            within_sentence(&asked.unit.display_name),
            day(coverage.as_of.as_ref())
        ),
        lines,
        parts,
        after,
        signatures: ["Người lập biểu", "Thủ trưởng đơn vị"],
        across: true,
        sample: coverage.sample,
        persons: named,
        today: asked.today,
    }
}
