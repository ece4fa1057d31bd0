//! A plan's progress as a table for a terminal, in Vietnamese.

use kit::day;
use proto::budget::v1::Measure;
use proto::google::r#type::Date;
use proto::insights::v1::{PlanProgress, TargetProgress};

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
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["Huyện Tuy An".to_owned(), "3".to_owned()], vec!["Sông Hinh".to_owned(), "12".to_owned()]];
        let lines = laid_out(&["Đơn vị", "Số"], &rows);
        assert_eq!(lines, ["Đơn vị        Số", "────────────────", "Huyện Tuy An   3", "Sông Hinh     12"]);
    }
}
