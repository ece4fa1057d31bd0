//! How much a product wants a visit. No law sets the weights; they stand here in one table, and every score says what it
//! is made of. Pure.

use time::Date;

/// What is known of a product.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// First day not in force by itself, where it is known.
    pub out: Option<Date>,
    /// The certificate is suspended.
    pub suspended: bool,
    /// The last visit.
    pub last_visit: Option<Date>,
    /// Findings that are not settled: minor, major, critical.
    pub findings: [i32; 3],
    /// Corrective actions behind their due day.
    pub overdue: i32,
    /// Complaints that wait.
    pub complaints: i32,
    /// Complaints that were upheld lately.
    pub upheld: i32,
}

/// A factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Factor {
    /// The end is near.
    EndNear,
    /// Never visited.
    NeverVisited,
    /// Long not visited.
    LongNotVisited,
    /// Findings are open.
    OpenFindings,
    /// An action is overdue.
    ActionOverdue,
    /// Complaints wait.
    OpenComplaints,
    /// Complaints were upheld.
    UpheldComplaints,
    /// Suspended.
    Suspended,
}

/// A part of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The factor.
    pub factor: Factor,
    /// Its points.
    pub points: i32,
    /// Days, or how many.
    pub measure: i32,
}

/// Points of an end within so many days: the first that fits counts.
const END: [(i64, i32); 2] = [(60, 25), (180, 15)];
const NEVER_VISITED: i32 = 15;
const LONG_NOT_VISITED: i32 = 10;
/// Days without a visit that are long; also how long an upheld complaint counts.
pub const LONG: i64 = 365;
const FINDINGS: [i32; 3] = [5, 15, 30];
const FINDINGS_MOST: i32 = 45;
const OVERDUE: i32 = 20;
const COMPLAINT: i32 = 10;
const COMPLAINTS_MOST: i32 = 20;
const UPHELD: i32 = 20;
const UPHELD_MOST: i32 = 40;
const SUSPENDED: i32 = 20;

/// The parts of a score, in the order of the factors.
#[must_use]
pub fn parts(facts: &Facts, as_of: Date) -> Vec<Part> {
    let days = |days: i64| i32::try_from(days).unwrap_or(i32::MAX);
    let part = |factor, points, measure| (points > 0).then_some(Part { factor, points, measure });
    let left = facts.out.map(|out| (out - as_of).whole_days());
    let end = left.and_then(|left| Some((left, END.iter().find(|(within, _)| left <= *within)?.1)));
    let visit = match facts.last_visit.map(|last| (as_of - last).whole_days()) {
        None => part(Factor::NeverVisited, NEVER_VISITED, 0),
        Some(since) if since > LONG => part(Factor::LongNotVisited, LONG_NOT_VISITED, days(since)),
        Some(_) => None,
    };
    let count: i32 = facts.findings.iter().sum();
    let findings: i32 = facts.findings.iter().zip(FINDINGS).map(|(n, each)| n * each).sum();
    let all = [
        end.and_then(|(left, points)| part(Factor::EndNear, points, days(left))),
        visit,
        part(Factor::OpenFindings, findings.min(FINDINGS_MOST), count),
        part(Factor::ActionOverdue, if facts.overdue > 0 { OVERDUE } else { 0 }, facts.overdue),
        part(Factor::OpenComplaints, (facts.complaints * COMPLAINT).min(COMPLAINTS_MOST), facts.complaints),
        part(Factor::UpheldComplaints, (facts.upheld * UPHELD).min(UPHELD_MOST), facts.upheld),
        part(Factor::Suspended, if facts.suspended { SUSPENDED } else { 0 }, 1),
    ];
    all.into_iter().flatten().collect()
}

/// The sum of the parts.
#[must_use]
pub fn score(parts: &[Part]) -> i32 {
    parts.iter().map(|part| part.points).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::date;

    const TODAY: Date = date!(2026 - 11 - 24);

    #[test]
    fn each_factor_gives_its_points_and_says_so() {
        let quiet = Facts { last_visit: Some(date!(2026 - 01 - 01)), ..Facts::default() };
        let cases = [
            (quiet, 0),
            (Facts::default(), 15),
            (Facts { last_visit: Some(date!(2025 - 11 - 24)), ..quiet }, 0),
            (Facts { last_visit: Some(date!(2025 - 11 - 23)), ..quiet }, 10),
            (Facts { out: Some(date!(2027 - 05 - 24)), ..quiet }, 0),
            (Facts { out: Some(date!(2027 - 05 - 23)), ..quiet }, 15),
            (Facts { out: Some(date!(2027 - 01 - 24)), ..quiet }, 15),
            (Facts { out: Some(date!(2027 - 01 - 23)), ..quiet }, 25),
            (Facts { findings: [1, 1, 0], ..quiet }, 20),
            (Facts { findings: [0, 0, 2], ..quiet }, 45),
            (Facts { overdue: 3, ..quiet }, 20),
            (Facts { complaints: 5, ..quiet }, 20),
            (Facts { upheld: 1, ..quiet }, 20),
            (Facts { suspended: true, ..quiet }, 20),
        ];
        for (facts, expected) in cases {
            assert_eq!(score(&parts(&facts, TODAY)), expected, "{facts:?}");
        }
    }

    proptest! {
        #[test]
        fn more_trouble_never_lowers_the_score(
            findings in [0i32..9, 0i32..9, 0i32..9], overdue in 0i32..9, complaints in 0i32..9, upheld in 0i32..9,
        ) {
            let facts = Facts { findings, overdue, complaints, upheld, ..Facts::default() };
            let worse = Facts { complaints: complaints + 1, upheld: upheld + 1, overdue: overdue + 1, ..facts };
            prop_assert!(score(&parts(&facts, TODAY)) <= score(&parts(&worse, TODAY)));
            prop_assert!(score(&parts(&worse, TODAY)) <= 200);
        }
    }
}
