//! What is stored of a grading, in canonical form: JSON with the fields in the order written here and the marks in the
//! order of the council and the card. The digests are of these bytes; the order of fields is therefore frozen, and a
//! field is never renamed. The version of the program stands beside it, not in it.

use reference::cards::Card;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Effect, Mark};
use crate::rules::domain::{GradeInput, GradeViolation, Graded, MemberMarks, RaisedKnockout, grade};

/// Everything that grading looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The sitting's name.
    pub sitting: String,
    /// The product's name.
    pub product: String,
    /// The attempt.
    pub attempt: i32,
    /// Id of the regime.
    pub regime: String,
    /// Id of the card.
    pub scorecard: String,
    /// SHA-256 of the card's bytes.
    pub scorecard_digest: String,
    /// SHA-256 of the dossier, as the caller told it; empty for none.
    pub dossier_digest: String,
    /// Widest spread allowed.
    pub spread_limit: i32,
    /// The counted members' marks, in the council's order.
    pub marks: Vec<Sheet>,
    /// Agreed answers, in the card's order.
    pub agreed: Vec<Mark>,
    /// Knock-outs, in the order in which they were raised.
    pub knockouts: Vec<Knockout>,
    /// Counted members whose marks do not enter, in the council's order. Left out where there is none, so that inputs from
    /// before it was kept have the same bytes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<Excluded>,
}

/// A counted member whose marks do not enter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The member.
    pub member: String,
    /// True for absence, false for a conflict of interest.
    pub absent: bool,
}

/// The marks of one member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The member.
    pub member: String,
    /// The answers, in the card's order.
    pub answers: Vec<Mark>,
}

/// A knock-out without its ground, which grading does not look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Knockout {
    /// Criterion id.
    pub criterion: String,
    /// Its effect.
    pub effect: Effect,
}

/// The result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// SHA-256 of the input in canonical form.
    pub input_digest: String,
    /// Per member, in the order of the marks.
    pub member_totals: Vec<Total>,
    /// Numerator of the exact mean.
    pub mean_numerator: i64,
    /// Denominator of the exact mean.
    pub mean_denominator: i64,
    /// The mean with two decimals.
    pub mean: String,
    /// Highest total minus lowest.
    pub spread: i32,
    /// How it ended, as it is stored.
    pub outcome: String,
    /// Stars of the band.
    pub band_stars: i32,
    /// Stars given.
    pub stars: i32,
    /// Failed minimum marks.
    pub failed_minimums: Vec<Failed>,
    /// True when the card's points do not add up.
    pub scorecard_incomplete: bool,
}

/// One member's points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// The member.
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

/// A failed minimum mark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The star that asks for it.
    pub stars: i32,
    /// Criterion id.
    pub criterion: String,
    /// Points that it asks for.
    pub required_points: i32,
    /// Points that were tested, with two decimals.
    pub got: String,
}

/// A grading in the form in which it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The input, canonical.
    pub input: String,
    /// SHA-256 of it, hex.
    pub input_digest: String,
    /// The result, canonical.
    pub result: String,
    /// SHA-256 of it, hex.
    pub result_digest: String,
}

/// Why there is no record.
#[derive(Debug)]
pub enum RecordFault {
    /// The marks are not in order.
    Marks(Vec<GradeViolation>),
    /// It cannot be written; does not happen.
    Unwritable(serde_json::Error),
}

/// Grades and writes down.
///
/// # Errors
/// The violations of marks that were not checked before.
pub fn make(card: &Card, input: &Input) -> Result<(Graded, Record), RecordFault> {
    let graded = grade(card, &graded_input(input)).map_err(RecordFault::Marks)?;
    let written = serde_json::to_string(input).map_err(RecordFault::Unwritable)?;
    let input_digest = digest(&written);
    let result = serde_json::to_string(&output(&graded, input_digest.clone())).map_err(RecordFault::Unwritable)?;
    let result_digest = digest(&result);
    Ok((graded, Record { input: written, input_digest, result, result_digest }))
}

/// SHA-256 of a text, hex.
#[must_use]
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// What grading takes of a stored input.
#[must_use]
pub fn graded_input(input: &Input) -> GradeInput {
    let answers = |marks: &[Mark]| marks.iter().map(Mark::answer).collect();
    let member = |sheet: &Sheet| MemberMarks { member: sheet.member.clone(), answers: answers(&sheet.answers) };
    let raised = |knockout: &Knockout| RaisedKnockout {
        criterion: knockout.criterion.clone(),
        effect: knockout.effect.on_card(),
    };
    GradeInput {
        members: input.marks.iter().map(member).collect(),
        agreed: answers(&input.agreed),
        knockouts: input.knockouts.iter().map(raised).collect(),
        spread_limit: Some(input.spread_limit),
    }
}

fn output(graded: &Graded, input_digest: String) -> Output {
    let totals = graded.member_totals.iter().map(|total| Total {
        member: total.member.clone(),
        total: total.total,
        part_a: total.part_a,
        part_b: total.part_b,
        part_c: total.part_c,
    });
    let failed = graded.failed_minimums.iter().map(|failed| Failed {
        stars: failed.stars.into(),
        criterion: failed.criterion.clone(),
        required_points: failed.required_points,
        got: failed.got.clone(),
    });
    Output {
        input_digest,
        member_totals: totals.collect(),
        mean_numerator: graded.sum,
        mean_denominator: graded.count,
        mean: graded.mean.clone(),
        spread: graded.spread,
        outcome: graded.outcome.as_str().to_owned(),
        band_stars: graded.band_stars.into(),
        stars: graded.stars.into(),
        failed_minimums: failed.collect(),
        scorecard_incomplete: graded.scorecard_incomplete,
    }
}

/// What of a stored grading differs from its recomputation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// What was graded.
    Input,
    /// The result.
    Result,
    /// A digest does not belong to its bytes.
    Digest,
    /// The outcome or stars beside the result.
    Summary,
    /// The program's card has other bytes.
    Scorecard,
}

/// What a recomputation found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Digest of the recomputed result; empty where the marks cannot be graded any more.
    pub recomputed_digest: String,
    /// The recomputed result, canonical; empty likewise.
    pub recomputed_result: String,
    /// What differs; nothing for a sound result.
    pub differences: Vec<Part>,
}

/// Recomputes a stored grading from `input`, which was read from the marks themselves. `summary` is the outcome and the
/// stars that the sitting carries.
///
/// # Errors
/// Where the result cannot be written; does not happen.
pub fn verify(
    card: Option<&Card>,
    input: &Input,
    stored: &Record,
    summary: (&str, i32),
) -> Result<Verdict, serde_json::Error> {
    let same_card = card.filter(|card| card.digest == input.scorecard_digest);
    let made = match same_card.map(|card| make(card, input)) {
        Some(Ok((graded, record))) => Some((graded, record)),
        Some(Err(RecordFault::Unwritable(fault))) => return Err(fault),
        Some(Err(RecordFault::Marks(_))) | None => None,
    };
    let made = made.as_ref();
    let broken_digest = digest(&stored.input) != stored.input_digest || digest(&stored.result) != stored.result_digest;
    let differs = [
        (Part::Input, made.is_none_or(|(_, record)| record.input != stored.input)),
        (Part::Result, made.is_none_or(|(_, record)| record.result != stored.result)),
        (Part::Digest, broken_digest),
        (Part::Summary, made.is_none_or(|(graded, _)| (graded.outcome.as_str(), graded.stars.into()) != summary)),
        (Part::Scorecard, same_card.is_none()),
    ];
    Ok(Verdict {
        recomputed_digest: made.map(|(_, record)| record.result_digest.clone()).unwrap_or_default(),
        recomputed_result: made.map(|(_, record)| record.result.clone()).unwrap_or_default(),
        differences: differs.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect(),
    })
}
