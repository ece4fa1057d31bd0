//! Grading: from a card and the marks of a council to stars. Pure: the same card and marks give the same answer on
//! every machine and in every year, so a stored result can be recomputed. All arithmetic is on integers; the mean is
//! an exact fraction and is rounded only when it is printed.
//!
//! Input that breaks a rule of the card is refused with every violation at once, never repaired. What is in order is
//! always graded: totals, mean, spread and band are filled whatever the outcome.
//!
//! Deliberately absent: intake (`dossier_disqualified_when` is its business), checks across criteria (a sitting may
//! warn, grading does not), who may decide (levels of the regime), and the program's version.

use reference::cards::{Card, Criterion, KnockoutEffect};
use reference::regimes::band_of;

use reader::{Reader, Violations};

mod reader;
#[cfg(test)]
mod tests;

/// Widest spread of totals, in points, where the council set none (domain guide, grading rule 5).
pub const DEFAULT_SPREAD_LIMIT: i32 = 10;
/// Most members that one grading counts.
pub const MAX_MEMBERS: usize = 50;
/// Lowest star that is recognised; minimum marks begin there.
const FIRST_RECOGNISED: u8 = 3;

/// One answer to one criterion.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Answer {
    /// Criterion id.
    pub criterion: String,
    /// Points; none is a violation, not 0.
    pub points: Option<i32>,
    /// Position of the option on the card, from 1; 0 when not told.
    pub option: i32,
}

/// The marks of one counted member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberMarks {
    /// Who marked; any text that tells members apart.
    pub member: String,
    /// One answer per criterion.
    pub answers: Vec<Answer>,
}

/// A knock-out raised on a criterion.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RaisedKnockout {
    /// Criterion id.
    pub criterion: String,
    /// Effect, as the card has it.
    pub effect: KnockoutEffect,
}

/// Everything that grading looks at beside the card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GradeInput {
    /// Counted members, 1 to [`MAX_MEMBERS`].
    pub members: Vec<MemberMarks>,
    /// What the council agreed on; decides minimum marks, never totals.
    pub agreed: Vec<Answer>,
    /// Raised knock-outs.
    pub knockouts: Vec<RaisedKnockout>,
    /// Widest spread allowed, in points; [`DEFAULT_SPREAD_LIMIT`] when none.
    pub spread_limit: Option<i32>,
}

/// How grading ended. The order is that of precedence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// A knock-out put the product out.
    Disqualified,
    /// A knock-out stopped scoring.
    Stopped,
    /// A knock-out kept the product from being assessed.
    NotAssessed,
    /// The members are too far apart and mark again.
    RescoreRequired,
    /// Stars were given.
    Graded,
}

/// One member's points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberTotal {
    /// Who marked.
    pub member: String,
    /// Sum of all answers.
    pub total: i32,
    /// Sum of part A.
    pub part_a: i32,
    /// Sum of part B.
    pub part_b: i32,
    /// Sum of part C.
    pub part_c: i32,
}

/// A minimum mark that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedMinimum {
    /// The star that asks for it.
    pub stars: u8,
    /// Criterion id.
    pub criterion: String,
    /// Points that it asks for.
    pub required_points: i32,
    /// Points that were tested, with two decimals.
    pub got: String,
}

/// The result of grading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graded {
    /// Per member, in the order of the input.
    pub member_totals: Vec<MemberTotal>,
    /// Numerator of the exact mean: the sum of all totals.
    pub sum: i64,
    /// Its denominator: the number of members.
    pub count: i64,
    /// The mean with two decimals, half up.
    pub mean: String,
    /// Highest total minus lowest, in points.
    pub spread: i32,
    /// How it ended.
    pub outcome: Outcome,
    /// Stars of the band of the mean, whatever the outcome.
    pub band_stars: u8,
    /// Stars given: 0 unless graded, and 0 for a product that misses a 3-star minimum.
    pub stars: u8,
    /// Minimum marks that do not hold, by star, then in the card's order; only when graded.
    pub failed_minimums: Vec<FailedMinimum>,
    /// SHA-256 of the card's bytes, hex.
    pub scorecard_digest: String,
    /// True when the card's points do not add up to 100.
    pub scorecard_incomplete: bool,
}

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ViolationKind {
    /// No member's marks.
    TooFewMembers,
    /// More members than [`MAX_MEMBERS`].
    TooManyMembers {
        /// Members given.
        count: usize,
    },
    /// A member without a name.
    EmptyMember,
    /// A member named before.
    DuplicateMember {
        /// The member.
        member: String,
    },
    /// A criterion that the card does not have.
    UnknownCriterion {
        /// The criterion as given.
        criterion: String,
    },
    /// A criterion answered before in the same list.
    DuplicateAnswer {
        /// The criterion.
        criterion: String,
    },
    /// A criterion that the member did not answer.
    MissingAnswer {
        /// The criterion.
        criterion: String,
    },
    /// An answer without points.
    MissingPoints {
        /// The criterion.
        criterion: String,
    },
    /// Points that no option gives.
    NoSuchPoints {
        /// The criterion.
        criterion: String,
        /// The points.
        points: i32,
    },
    /// A position that the ladder does not have.
    NoSuchOption {
        /// The criterion.
        criterion: String,
        /// The position.
        option: i32,
    },
    /// The option gives other points than the answer.
    OptionPointsDisagree {
        /// The criterion.
        criterion: String,
        /// The position.
        option: i32,
        /// Points of the option.
        gives: i32,
        /// Points of the answer.
        points: i32,
    },
    /// A knock-out that the criterion does not have.
    UnknownKnockout {
        /// The criterion.
        criterion: String,
        /// The effect.
        effect: KnockoutEffect,
    },
    /// A spread limit below 0 or above the card's total.
    SpreadLimitRange {
        /// The limit as given.
        limit: i32,
        /// The highest that makes sense.
        max: i32,
    },
}

/// One thing wrong with the input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GradeViolation {
    /// Path of the field in `GradeRequest`, such as `marks[2].answers[0].points`.
    pub field: String,
    /// What is wrong.
    pub kind: ViolationKind,
}

/// Grades a product by a card.
///
/// # Errors
/// Every violation of the input, in the order of the request's fields.
pub fn grade(card: &Card, input: &GradeInput) -> Result<Graded, Vec<GradeViolation>> {
    let reader = Reader::new(card);
    let mut violations = Violations::default();
    let rows = reader.members(&input.members, &mut violations);
    let agreed = reader.answers("agreed_answers", &input.agreed, &mut violations);
    reader.knockouts(&input.knockouts, &mut violations);
    let limit = spread_limit(card, input.spread_limit, &mut violations);
    if !violations.0.is_empty() {
        return Err(violations.0);
    }
    let member_totals: Vec<MemberTotal> = rows.iter().map(|(member, row)| reader.total(member, row)).collect();
    let sum: i64 = member_totals.iter().map(|member| i64::from(member.total)).sum();
    let count = i64::try_from(member_totals.len()).unwrap_or(i64::MAX);
    let totals = member_totals.iter().map(|member| member.total);
    let spread = totals.clone().max().unwrap_or(0) - totals.min().unwrap_or(0);
    let outcome = outcome(&input.knockouts, spread > limit);
    let band_stars = band_of(&card.bands, sum, count).unwrap_or(0);
    let (stars, failed_minimums) = match outcome {
        Outcome::Graded => stars(band_stars, reader.failed_minimums(&rows, &agreed)),
        _ => (0, Vec::new()),
    };
    Ok(Graded {
        member_totals,
        sum,
        count,
        mean: two_decimals(sum, count),
        spread,
        outcome,
        band_stars,
        stars,
        failed_minimums,
        scorecard_digest: card.digest.clone(),
        scorecard_incomplete: card.is_incomplete(),
    })
}

/// Every minimum mark of the card that marks do not reach, by star, then in the card's order; the marks are in order.
#[must_use]
pub fn failed_minimums(card: &Card, input: &GradeInput) -> Vec<FailedMinimum> {
    let reader = Reader::new(card);
    let mut unused = Violations::default();
    let rows = reader.members(&input.members, &mut unused);
    let agreed = reader.answers("agreed_answers", &input.agreed, &mut unused);
    reader.failed_minimums(&rows, &agreed)
}

fn outcome(knockouts: &[RaisedKnockout], too_wide: bool) -> Outcome {
    let raised = knockouts.iter().map(|knockout| match knockout.effect {
        KnockoutEffect::Disqualify | KnockoutEffect::Precondition => Outcome::Disqualified,
        KnockoutEffect::StopScoring => Outcome::Stopped,
        KnockoutEffect::NotAssessed => Outcome::NotAssessed,
    });
    let otherwise = if too_wide { Outcome::RescoreRequired } else { Outcome::Graded };
    raised.min().unwrap_or(otherwise)
}

/// Stars of a band once minimum marks are looked at, and the failed marks that are told: those up to the band, and
/// the 3-star marks in any case. `failed` is sorted by star.
#[must_use]
pub fn stars(band: u8, failed: Vec<FailedMinimum>) -> (u8, Vec<FailedMinimum>) {
    let first_failed = failed.first().map(|mark| mark.stars);
    let given = match first_failed {
        _ if band < FIRST_RECOGNISED => band,
        Some(star) if star <= FIRST_RECOGNISED => 0,
        Some(star) => band.min(star - 1),
        None => band,
    };
    let told = band.max(FIRST_RECOGNISED);
    (given, failed.into_iter().filter(|mark| mark.stars <= told).collect())
}

/// `sum / count` with two decimals, half up; both are not negative.
#[must_use]
pub fn two_decimals(sum: i64, count: i64) -> String {
    let (sum, count) = (i128::from(sum), i128::from(count.max(1)));
    let hundredths = (200 * sum + count) / (2 * count);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

fn spread_limit(card: &Card, limit: Option<i32>, violations: &mut Violations) -> i32 {
    let limit = limit.unwrap_or(DEFAULT_SPREAD_LIMIT);
    if !(0..=card.max_total).contains(&limit) {
        violations.add("spread_limit".to_owned(), ViolationKind::SpreadLimitRange { limit, max: card.max_total });
    }
    limit
}

/// An agreed answer reaches a mark with more points, or with the same points and the marked option or a later one:
/// two options may carry the same points, and the mark stands on one of them. An option not told passes.
#[must_use]
pub fn reaches(criterion: &Criterion, stars: u8, required: i32, points: i32, told: i32) -> bool {
    let marked_at = criterion.options().find(|option| option.star_minimum == Some(stars)).map(|option| option.position);
    points > required || (points == required && (told == 0 || marked_at.is_none_or(|position| told >= position)))
}
