//! A plan's progress as a table for a terminal, in Vietnamese.

use std::collections::BTreeMap;

use kit::day;
use proto::budget::v1::Measure;
use proto::common::v1::Audience;
use proto::google::r#type::Date;
use proto::insights::v1::{Forecast, PipelineStage, PlanProgress, TargetProgress};
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
        "Targets: goal, reached, share, missing, samples among them, met. By district: products, officers and managers trained."
            .to_owned(),
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

/// How likely the target was on each of several days: what stood where, the chance with its interval, and what the year would end with.
#[must_use]
pub fn forecasts(forecasts: &[Forecast]) -> String {
    let Some(first) = forecasts.first() else { return String::new() };
    let percent = |permille: i32| format!("{},{}", permille / 10, permille % 10);
    let header = [
        "Tại ngày",
        "Đã công nhận",
        "Dự kiến",
        "Đã nộp",
        "Niêm phong",
        "Đã chấm đạt",
        "Xác suất",
        "Khoảng 95 %",
        "Cuối năm",
    ];
    let row = |forecast: &Forecast| {
        let at = |stage: PipelineStage| {
            let count = forecast.pipeline.iter().find(|of| of.pipeline_stage() == stage).map_or(0, |of| of.count);
            count.to_string()
        };
        let end = forecast.year_end.as_ref().map_or(String::new(), |end| format!("{}–{}", end.p5, end.p95));
        vec![
            printed(forecast.as_of.as_ref()),
            forecast.recognised.to_string(),
            at(PipelineStage::Candidate),
            at(PipelineStage::Filed),
            at(PipelineStage::Sealed),
            at(PipelineStage::Graded),
            format!("{} %", percent(forecast.probability_permille)),
            format!("{}–{} %", percent(forecast.low_permille), percent(forecast.high_permille)),
            end,
        ]
    };
    let mut out = vec![
        format!("Khả năng đạt {} sản phẩm được công nhận trong năm {}", first.target, first.year),
        "How likely that was by what was known on the day: recognised, listed, filed, sealed, graded; chance, 95 % interval, year's end."
            .to_owned(),
    ];
    out.extend(laid_out(&header, &forecasts.iter().map(row).collect::<Vec<_>>()));
    if forecasts.iter().any(|forecast| forecast.sample) {
        out.push("Tính trên dữ liệu mẫu. Played with invented samples.".to_owned());
    }
    out.join("\n") + "\n"
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
    out.push(
        "By district: who is due to be trained, who is trained, who is missing (by post, below), and the share."
            .to_owned(),
    );
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
    fn a_forecast_tells_where_products_stand_and_how_likely_the_target_is() {
        let stage =
            |stage: PipelineStage, count| proto::insights::v1::StageCount { pipeline_stage: stage.into(), count };
        let forecast = Forecast {
            year: 2021,
            as_of: Some(Date { year: 2021, month: 5, day: 31 }),
            target: 15,
            recognised: 1,
            pipeline: vec![stage(PipelineStage::Candidate, 7), stage(PipelineStage::Graded, 2)],
            probability_permille: 305,
            low_permille: 281,
            high_permille: 330,
            year_end: Some(proto::insights::v1::CountQuantiles { p5: 9, p95: 17, ..Default::default() }),
            sample: true,
            ..Forecast::default()
        };
        let text = forecasts(&[forecast]);
        assert!(text.starts_with("Khả năng đạt 15 sản phẩm được công nhận trong năm 2021\n"), "{text}");
        let row: Vec<&str> =
            text.lines().nth(4).unwrap().split("  ").map(str::trim).filter(|c| !c.is_empty()).collect();
        assert_eq!(row, ["31/05/2021", "1", "7", "0", "0", "2", "30,5 %", "28,1–33,0 %", "9–17"]);
        assert!(text.ends_with("invented samples.\n") && forecasts(&[]).is_empty());
    }

    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let rows = [vec!["Huyện Tuy An".to_owned(), "3".to_owned()], vec!["Sông Hinh".to_owned(), "12".to_owned()]];
        let lines = laid_out(&["Đơn vị", "Số"], &rows);
        assert_eq!(lines, ["Đơn vị        Số", "────────────────", "Huyện Tuy An   3", "Sông Hinh     12"]);
    }
}
