//! How a plan's budget was carried out: what became of the money, line by line and in sums.

use kit::{Violations, day};
use proto::budget::v1 as pb;
use time::Date;
use uuid::Uuid;

use super::{category, committee, finance, numbered, place, print, source};
use crate::aggregations::wire::display;
use crate::forms::domain::{Cell, Column, Form, Table, dotted};
use crate::ledger::store::Times;

/// The report that is asked for.
pub struct Report {
    /// The plan.
    pub plan: Uuid,
    /// True for PDF.
    pub pdf: bool,
    /// The last day whose acts it tells.
    pub as_of: Date,
}

impl Report {
    /// The two times of what it tells: all that is known of the acts until its day.
    #[must_use]
    pub fn times(&self) -> Times {
        Times { as_of: Some(self.as_of), known_us: None }
    }
}

/// Reads a request.
pub fn plan_report(req: &pb::DownloadPlanReportRequest, v: &mut Violations) -> Option<Report> {
    let asked = print(v, &req.name, "plans", req.format);
    let as_of = match v.opt_date("as_of", req.as_of.as_ref())? {
        Some(_) => v.act_date("as_of", req.as_of.as_ref()),
        None => Some(v.today()),
    };
    let asked = asked?;
    Some(Report { plan: asked.id, pdf: asked.pdf, as_of: as_of? })
}

/// Amounts of a row: assigned, bound, paid in all, settled of that, and left.
type Amounts = [i64; 5];

fn amounts(funding: i64, [available, committed, paid, settled]: [i64; 4]) -> Amounts {
    [funding.saturating_neg(), committed, paid + settled, settled, available]
}

fn of_line(line: &pb::LineBalance) -> Amounts {
    amounts(line.funding_vnd, [line.available_vnd, line.committed_vnd, line.paid_vnd, line.settled_vnd])
}

fn of_part(part: &pb::BalancePart) -> Amounts {
    amounts(part.funding_vnd, [part.available_vnd, part.committed_vnd, part.paid_vnd, part.settled_vnd])
}

const MONEY: [Column; 5] = [
    Column::numbers("Dự toán được giao (đồng)", 6),
    Column::numbers("Đang cam kết (đồng)", 6),
    Column::numbers("Đã thanh toán (đồng)", 6),
    Column::numbers("Trong đó đã quyết toán (đồng)", 6),
    Column::numbers("Còn được sử dụng (đồng)", 6),
];

fn table(name: &str, words: [Column; 3], rows: impl Iterator<Item = ([Cell; 3], Amounts)>) -> Table {
    let mut sum: Amounts = [0; 5];
    let mut made = Vec::new();
    for (at, (words, amounts)) in rows.enumerate() {
        sum.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
        let mut row = vec![numbered(at)];
        row.extend(words);
        row.extend(amounts.map(Cell::Number));
        made.push(row);
    }
    let mut sums = vec![Cell::Empty, Cell::text("Tổng cộng"), Cell::Empty, Cell::Empty];
    sums.extend(sum.map(Cell::Number));
    let mut columns = vec![Column::numbers("STT", 2)];
    columns.extend(words);
    columns.extend(MONEY);
    Table { name: name.to_owned(), columns, rows: made, sums: vec![sums] }
}

/// The report of a plan: its lines that hold or held money, and the same by unit, source and category.
#[must_use]
pub fn form_of_plan(of: &pb::Plan, as_of: Date, lines: &[pb::LineBalance], balance: &pb::TrialBalance) -> Form {
    let lines = lines.iter().filter(|line| of_line(line) != [0; 5]).map(|line| {
        let words =
            [Cell::text(&*line.description), Cell::text(category(line.category)), Cell::text(source(line.source))];
        (words, of_line(line))
    });
    let parts = balance.parts.iter().map(|part| {
        let words =
            [Cell::text(display(&part.unit)), Cell::text(category(part.category)), Cell::text(source(part.source))];
        (words, of_part(part))
    });
    let words = |first| [Column::words(first, 10), Column::words("Nhóm chi", 7), Column::words("Nguồn kinh phí", 6)];
    let tables = vec![
        table("Theo mục chi", words("Nội dung chi"), lines),
        table("Theo đơn vị, nhóm chi, nguồn", words("Đơn vị"), parts),
    ];
    let paid: i64 = balance.parts.iter().map(|part| part.paid_vnd + part.settled_vnd).sum();
    let assigned: i64 = balance.parts.iter().map(|part| part.funding_vnd.saturating_neg()).sum();
    let mut remarks = vec![format!("Số liệu theo sổ cái đến hết ngày {}.", day::text(as_of))];
    if assigned > 0 {
        let share = crate::shared::share::percent(paid, assigned).replace('.', ",");
        remarks.push(format!("Đã thanh toán {} trên {} đồng được giao ({share} %).", dotted(paid), dotted(assigned)));
    }
    Form {
        file: "bao-cao-thuc-hien-du-toan",
        authority: vec![committee(&of.unit), finance(&of.unit).to_owned()],
        number: String::new(),
        place: place(&of.unit),
        day: as_of,
        title: "BÁO CÁO TÌNH HÌNH THỰC HIỆN, QUYẾT TOÁN DỰ TOÁN KINH PHÍ".to_owned(),
        subtitle: of.title.clone(),
        remarks,
        tables,
        signatures: vec!["Người lập biểu", "Thủ trưởng cơ quan tài chính"],
        sample: of.sample || balance.sample,
    }
}
