//! A plan's progress as a table for a terminal, in Vietnamese.

use std::collections::BTreeMap;

use kit::day;
use proto::budget::v1::Measure;
use proto::common::v1::Audience;
use proto::google::r#type::Date;
use proto::insights::v1::{PlanProgress, TargetProgress};
use proto::training::v1::{Coverage, MissingReason};

/// Money as Vietnamese readers write it: dots between thousands, no decimals.
#[must_use]
pub fn vnd(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    if amount < 0 { format!("-{text}") } else { text }
}

/// A day as Vietnamese readers write it; empty where none is told.
fn printed(date: Option<&Date>) -> String {
    date.and_then(day::of).map(day::text).unwrap_or_default()
}

/// The plan's progress: target, reached, missing, and the same per district.
#[must_use]
pub fn progress(progress: &PlanProgress) -> String {
    let mut out = vec![
        progress.title.clone(),
        format!(
            "đến ngày {}, theo địa giới ngày {}",
            printed(progress.as_of.as_ref()),
            printed(progress.unit_map_date.as_ref())
        ),
        String::new(),
    ];
    let header = ["Chỉ tiêu", "Mục tiêu", "Đạt", "Tỷ lệ", "Còn thiếu", "Trong đó mẫu", "Hoàn thành"];
    let rows = progress.targets.iter().map(target).collect::<Vec<_>>();
    out.extend(laid_out(&header, &rows));
    out.push(String::new());
    let header =
        ["Đơn vị", "SP công nhận", "trong đó mẫu", "Cán bộ tập huấn", "còn thiếu", "Quản lý tập huấn", "còn thiếu"];
    let rows = progress.units.iter().map(|unit| {
        vec![
            unit.display_name.clone(),
            unit.products_recognised.to_string(),
            unit.products_recognised_samples.to_string(),
            format!("{}/{}", unit.officers_trained, unit.officers),
            (unit.officers - unit.officers_trained).to_string(),
            format!("{}/{}", unit.producer_managers_trained, unit.producer_managers),
            (unit.producer_managers - unit.producer_managers_trained).to_string(),
        ]
    });
    out.extend(laid_out(&header, &rows.collect::<Vec<_>>()));
    if progress.sample {
        out.push(String::new());
        out.push(
            "Có dữ liệu mẫu (dữ liệu giả định, không phải số thật của tỉnh). Contains invented sample rows.".to_owned(),
        );
    }
    out.join("\n") + "\n"
}

fn target(target: &TargetProgress) -> Vec<String> {
    let (name, suffix) = match target.measure() {
        Measure::ProductsRecognised => ("Sản phẩm được công nhận lần đầu trong năm", ""),
        Measure::ProductsRecognisedFourStars => ("Trong đó đạt từ 4 sao trở lên", ""),
        Measure::ProductsRecognisedAgain => ("Sản phẩm được công nhận lại, nâng hạng", ""),
        Measure::OfficersTrainedPercent => ("Cán bộ được tập huấn", " %"),
        Measure::ProducerManagersTrainedPercent => ("Người quản lý chủ thể được tập huấn", " %"),
        Measure::Unspecified => ("?", ""),
    };
    let reached =
        if suffix.is_empty() { target.reached.to_string() } else { format!("{}/{}", target.reached, target.total) };
    let percent = if target.percent.is_empty() { String::new() } else { target.percent.replace('.', ",") + " %" };
    vec![
        name.to_owned(),
        format!("≥ {}{suffix}", target.target),
        reached,
        percent,
        target.missing.to_string(),
        target.reached_samples.to_string(),
        if target.met { "có" } else { "chưa" }.to_owned(),
    ]
}

/// Somebody who is not trained.
pub struct Missing {
    /// The name; that of the post for samples.
    pub name: String,
    /// Number of the reason.
    pub reason: i32,
}

/// One of the two targets of training.
pub struct Trained {
    /// The figures.
    pub coverage: Coverage,
    /// Who is missing, by the unit of the row.
    pub missing: BTreeMap<String, Vec<Missing>>,
}

fn reason(reason: i32) -> &'static str {
    match MissingReason::try_from(reason).unwrap_or_default() {
        MissingReason::Unspecified => "",
        MissingReason::NoSession => "chưa dự lớp nào",
        MissingReason::OtherTopic => "đạt chuyên đề khác",
        MissingReason::BeforeWindow => "đạt trước năm kế hoạch",
        MissingReason::AfterDay => "đạt sau ngày tính",
        MissingReason::Absent => "vắng mặt",
        MissingReason::TooLittleAttended => "dự chưa đủ",
    }
}

/// Percent with two decimals and a comma; nothing where nobody is due.
fn percent(trained: i32, total: i32) -> String {
    let whole = |count: i32| usize::try_from(count).unwrap_or_default();
    let percent = training::coverage::domain::percent(whole(trained), whole(total));
    if percent.is_empty() { percent } else { percent.replace('.', ",") + " %" }
}

/// A target of training: by unit who is due and who is trained, and below it who is missing there and why.
#[must_use]
pub fn trained(target: &Trained) -> String {
    let coverage = &target.coverage;
    let whose = match coverage.audience() {
        Audience::ProducerManagers => "người quản lý chủ thể",
        Audience::Councils => "thành viên hội đồng, tổ giúp việc",
        _ => "cán bộ OCOP",
    };
    let mut out = vec![format!(
        "Tập huấn {whose}: {} / {} người ({}), tính từ 01/01/{} đến {}",
        coverage.trained,
        coverage.total,
        percent(coverage.trained, coverage.total),
        coverage.plan_year,
        printed(coverage.as_of.as_ref())
    )];
    let figures = |name: &str, trained: i32, total: i32| {
        let missing = total - trained;
        vec![name.to_owned(), total.to_string(), trained.to_string(), missing.to_string(), percent(trained, total)]
    };
    let mut rows: Vec<_> = coverage.rows.iter().map(|row| figures(&row.display_name, row.trained, row.total)).collect();
    rows.push(figures("Tổng cộng (mỗi người một lần)", coverage.trained, coverage.total));
    out.extend(laid_out(&["Đơn vị", "Phải tập huấn", "Đã đạt", "Còn thiếu", "Tỷ lệ"], &rows));
    out.push(String::new());
    for row in &coverage.rows {
        let Some(missing) = target.missing.get(&row.unit) else { continue };
        out.push(format!("Còn thiếu tại {}:", row.display_name));
        out.extend(missing.iter().map(|m| format!("  - {} ({})", m.name, reason(m.reason))));
    }
    if coverage.sample {
        out.push("Người và lớp là dữ liệu mẫu. Persons and classes are invented samples.".to_owned());
    }
    out.join("\n") + "\n"
}

/// Columns as wide as their widest cell; the first is set left, the others right.
fn laid_out(header: &[&str], rows: &[Vec<String>]) -> Vec<String> {
    let header: Vec<String> = header.iter().map(|cell| (*cell).to_owned()).collect();
    let width_of = |column: usize| {
        let cells = std::iter::once(&header).chain(rows).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width_of).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).enumerate().map(|(at, (cell, width))| {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            if at == 0 { format!("{cell}{pad}") } else { format!("{pad}{cell}") }
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let rule = "─".repeat(widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1));
    let mut lines = vec![line(&header), rule];
    lines.extend(rows.iter().map(line));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_dots_between_thousands() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1.000"),
            (-1_234_567, "-1.234.567"),
            (i64::MAX, "9.223.372.036.854.775.807"),
        ];
        for (amount, expected) in cases {
            assert_eq!(vnd(amount), expected);
        }
    }

    #[test]
    fn a_target_of_training_names_who_is_missing_under_each_unit() {
        let row = |unit: &str, display_name: &str, trained, total| proto::training::v1::CoverageRow {
            unit: unit.to_owned(),
            display_name: display_name.to_owned(),
            trained,
            total,
            total_samples: total,
        };
        let coverage = Coverage {
            audience: Audience::Officers.into(),
            plan_year: 2021,
            trained: 2,
            total: 3,
            rows: vec![row("a", "Huyện Tuy An", 1, 2), row("b", "Sông Hinh", 1, 1)],
            sample: true,
            ..Coverage::default()
        };
        let somebody = Missing { name: "Cán bộ OCOP xã A".to_owned(), reason: MissingReason::Absent.into() };
        let text = trained(&Trained { coverage, missing: BTreeMap::from([("a".to_owned(), vec![somebody])]) });
        assert!(text.starts_with("Tập huấn cán bộ OCOP: 2 / 3 người (66,67 %)"), "{text}");
        assert!(text.contains("Còn thiếu tại Huyện Tuy An:\n  - Cán bộ OCOP xã A (vắng mặt)\n"), "{text}");
        assert!(!text.contains("Còn thiếu tại Sông Hinh") && text.contains("mẫu"), "{text}");
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["Huyện Tuy An".to_owned(), "3".to_owned()], vec!["Sông Hinh".to_owned(), "12".to_owned()]];
        let lines = laid_out(&["Đơn vị", "Số"], &rows);
        assert_eq!(lines, ["Đơn vị        Số", "────────────────", "Huyện Tuy An   3", "Sông Hinh     12"]);
    }
}
