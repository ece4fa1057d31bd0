//! What a run prints.

use super::Arguments;
use super::ground::Side;
use super::measure::{Measured, Pair, Sample};
use super::work::Workload;

/// All results of a run.
pub(super) struct Report {
    pub(super) machine: String,
    pub(super) database: String,
    pub(super) run: String,
    pub(super) pairs: Vec<Pair>,
}

/// How the runs were made.
pub(super) fn run_line(arguments: &Arguments) -> String {
    let Arguments { rounds, seconds, connections, in_flight, .. } = arguments;
    format!(
        "{rounds} rounds of {seconds} s, medians; {connections} connections, saturated with {in_flight} calls in flight"
    )
}

/// The middle of some figures; between the two middle ones where their number is even, 0 where there are none.
pub(super) fn median(figures: impl IntoIterator<Item = f64>) -> f64 {
    let mut figures: Vec<f64> = figures.into_iter().collect();
    figures.sort_by(f64::total_cmp);
    let middle = |at: usize| figures.get(at).copied().unwrap_or_default();
    let half = figures.len() / 2;
    if figures.len().is_multiple_of(2) { (middle(half.wrapping_sub(1)) + middle(half)) / 2.0 } else { middle(half) }
}

/// The median of one figure over another, round by round; none where there is nothing to divide by.
fn ratio(over: &Measured, under: &Measured, figure: impl Fn(&Sample) -> f64) -> Option<f64> {
    let pairs = over.saturated.iter().zip(&under.saturated).map(|(over, under)| (figure(over), figure(under)));
    let ratios: Vec<f64> = pairs.filter(|(_, under)| *under > 0.0).map(|(over, under)| over / under).collect();
    (!ratios.is_empty()).then(|| median(ratios))
}

/// CPU time of a call outside the driver.
fn served(sample: &Sample) -> f64 {
    let [service, database, _] = sample.cpu;
    service + database
}

const HEADS: [&str; 15] = [
    "workload",
    "side",
    "calls/s",
    "least",
    "most",
    "ratio",
    "aim",
    "CPU service",
    "database",
    "driver",
    "CPU ratio",
    "statements",
    "open/s",
    "p50 ms",
    "p99 ms",
];

const LEGEND: &str = "\
calls/s     saturated: right answers per second, with least and most of the rounds; service, database and driver share the cores
ratio       suite's calls/s over the limit's, median of the rounds
CPU         microseconds of CPU time per call, saturated: in the service (or the limit's server), in PostgreSQL's backends, in the driver
CPU ratio   the limit's service + database over the suite's, median of the rounds: it does not depend on who got the cores
statements  of one call, as the service counts them (BEGIN and COMMIT are not counted)
open/s      calls sent per second from a schedule of Poisson arrivals; p50 and p99 are measured from the scheduled instant
";

impl Report {
    /// Everything that went wrong.
    pub(super) fn faults(&self) -> impl Iterator<Item = String> {
        self.pairs.iter().flat_map(|pair| {
            let sides = [(Side::Suite, &pair.suite), (Side::Limit, &pair.limit)];
            sides.into_iter().flat_map(|(side, measured)| {
                let place = format!("{} {}", pair.workload.name(), side.name());
                measured.faults.iter().map(move |fault| format!("{place}: {fault}"))
            })
        })
    }

    /// The report.
    pub(super) fn text(&self) -> String {
        let mut rows = vec![HEADS.map(str::to_owned)];
        for pair in &self.pairs {
            rows.push(row(pair, Side::Suite));
            rows.push(row(pair, Side::Limit));
            if !pair.pgbench.is_empty() {
                rows.push(pgbench_row(pair));
            }
        }
        let mut text = format!("\nmachine   {}\ndatabase  {}\nrun       {}\n", self.machine, self.database, self.run);
        for pair in &self.pairs {
            text.push_str(&format!("{:<9} {}\n", pair.workload.name(), about(pair.workload)));
        }
        text.push('\n');
        text.push_str(&aligned(&rows));
        text.push('\n');
        text.push_str(LEGEND);
        let late = self.pairs.iter().flat_map(|p| p.suite.opened.iter().chain(&p.limit.opened)).map(|o| o.late_p99);
        let late = late.fold(0.0, f64::max);
        let samples = self.pairs.iter().flat_map(|p| p.suite.saturated.iter().chain(&p.limit.saturated));
        let others = median(samples.map(|s| s.others)) * 100.0;
        text.push_str(&format!(
            "others      other processes used {others:.0} % of the machine during the saturated runs (median)\n"
        ));
        text.push_str(&format!(
            "late        the driver itself sent at most {late:.2} ms late (p99); it is part of p50 and p99\n"
        ));
        for fault in self.faults() {
            text.push_str(&format!("FAULT  {fault}\n"));
        }
        text
    }
}

fn about(workload: Workload) -> &'static str {
    match workload {
        Workload::Unit => {
            "GetUnit, answered from reference data through all layers / bare tonic that answers the same message"
        }
        Workload::Product => "GetProduct, one row by id / bare tonic with the same statement through sqlx / pgbench",
        Workload::Producer => {
            "CreateProducer, row + request id + audit entry and event, one commit / bare tonic with the same inserts"
        }
    }
}

fn row(pair: &Pair, side: Side) -> [String; 15] {
    let measured = match side {
        Side::Suite => &pair.suite,
        Side::Limit => &pair.limit,
    };
    let rates = || measured.saturated.iter().map(|s| s.per_second);
    let cpu = cpu(measured);
    let mut row: [String; 15] = Default::default();
    let [
        workload,
        of,
        calls,
        least,
        most,
        ratio_cell,
        aim,
        service,
        database,
        driver,
        cpu_ratio,
        statements,
        open,
        p50,
        p99,
    ] = &mut row;
    pair.workload.name().clone_into(workload);
    side.name().clone_into(of);
    *calls = thousands(median(rates()));
    *least = thousands(rates().fold(f64::INFINITY, f64::min));
    *most = thousands(rates().fold(0.0, f64::max));
    [service, database, driver].into_iter().zip(cpu).for_each(|(cell, micros)| *cell = format!("{micros:.1}"));
    *open = thousands(pair.rate);
    *p50 = format!("{:.2}", median(measured.opened.iter().map(|o| o.tally.quantile(0.5))));
    *p99 = format!("{:.2}", median(measured.opened.iter().map(|o| o.tally.quantile(0.99))));
    *statements = measured.statements.map(|s| s.to_string()).unwrap_or_default();
    if side == Side::Suite {
        *ratio_cell = ratio(&pair.suite, &pair.limit, |s| s.per_second).map(two).unwrap_or_default();
        *aim = two(pair.workload.aim());
        *cpu_ratio = ratio(&pair.limit, &pair.suite, served).map(two).unwrap_or_default();
    }
    row
}

fn pgbench_row(pair: &Pair) -> [String; 15] {
    let mut row: [String; 15] = Default::default();
    let [workload, side, calls, least, most, ..] = &mut row;
    pair.workload.name().clone_into(workload);
    "pgbench".clone_into(side);
    *calls = thousands(median(pair.pgbench.iter().copied()));
    *least = thousands(pair.pgbench.iter().copied().fold(f64::INFINITY, f64::min));
    *most = thousands(pair.pgbench.iter().copied().fold(0.0, f64::max));
    row
}

/// CPU time of a call: medians of the saturated runs.
fn cpu(measured: &Measured) -> [f64; 3] {
    let mut places = [0, 1, 2].into_iter();
    [0.0; 3].map(|none| {
        let place = places.next().unwrap_or_default();
        let of = |s: &Sample| s.cpu.get(place).copied().unwrap_or(none);
        median(measured.saturated.iter().map(of))
    })
}

fn two(figure: f64) -> String {
    format!("{figure:.2}")
}

/// A whole number with commas.
fn thousands(figure: f64) -> String {
    let digits = format!("{figure:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Columns under their heads: the first two to the left, figures to the right.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = cell.chars().count().max(*width);
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
            if column < 2 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(rates: &[f64], cpu: [f64; 3]) -> Measured {
        let saturated = rates.iter().map(|per_second| Sample { per_second: *per_second, cpu, others: 0.25 }).collect();
        Measured { saturated, ..Measured::default() }
    }

    fn report() -> Report {
        let pair = Pair {
            workload: Workload::Product,
            suite: measured(&[900.0, 1500.0, 1400.0], [40.0, 30.0, 20.0]),
            limit: Measured {
                faults: vec!["a wrong answer".to_owned()],
                ..measured(&[1000.0, 3000.0, 2000.0], [26.0, 30.0, 20.0])
            },
            pgbench: vec![12_345.4],
            rate: 700.0,
        };
        Report { machine: "m".to_owned(), database: "d".to_owned(), run: "r".to_owned(), pairs: vec![pair] }
    }

    #[test]
    fn the_median_is_the_middle_one_or_between_the_middle_two() {
        assert_eq!(median([3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median([4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median([7.0]), 7.0);
        assert_eq!(median([]), 0.0);
    }

    #[test]
    fn ratios_compare_calls_with_the_limit_and_cpu_with_the_suite_round_by_round() {
        let cells = row(&report().pairs[0], Side::Suite);
        assert_eq!(cells[2..7], ["1,400", "900", "1,500", "0.70", "0.70"]);
        assert_eq!(cells[7..11], ["40.0", "30.0", "20.0", "0.80"]);
        assert_eq!(row(&report().pairs[0], Side::Limit)[5], "", "the limit is compared with nothing");
        assert_eq!(ratio(&measured(&[1.0], [0.0; 3]), &measured(&[0.0], [0.0; 3]), |s| s.per_second), None);
    }

    #[test]
    fn faults_name_their_place_and_end_the_report() {
        let report = report();
        assert_eq!(report.faults().collect::<Vec<_>>(), ["product limit: a wrong answer"]);
        assert!(report.text().ends_with("FAULT  product limit: a wrong answer\n"), "{}", report.text());
        assert!(report.text().contains("12,345"));
        assert!(report.text().contains("other processes used 25 %"));
    }

    #[test]
    fn figures_stand_under_their_heads() {
        let rows = [["a", "b", "calls"], ["unit", "suite", "7"]].map(|row| row.map(str::to_owned));
        assert_eq!(aligned(&rows), "a     b      calls\nunit  suite      7\n");
        assert_eq!([0.4, 999.0, 1_234_567.0].map(thousands), ["0", "999", "1,234,567"]);
    }
}
