//! How an estimate moves from stage to stage, and what an appraisal may grant.

use std::collections::BTreeMap;

use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use super::lines::Priced;
use crate::shared::words::words;

words! {
    /// Where an estimate stands.
    pub enum Stage {
        /// Being written, or returned to be mended.
        Draft = 1 "draft",
        /// With the Department of Finance.
        Submitted = 2 "submitted",
        /// Appraised line by line.
        Appraised = 3 "appraised",
        /// Approved by the People's Committee.
        Approved = 4 "approved",
        /// The budget is assigned.
        Assigned = 5 "assigned",
    }
}

/// A step of an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Title or lines change.
    Update,
    /// It goes to the Department of Finance.
    Submit,
    /// It comes back to be mended.
    Return,
    /// Finance says what it grants.
    Appraise,
    /// Finance takes its appraisal back.
    Reopen,
    /// The People's Committee approves.
    Approve,
    /// The People's Committee assigns the budget.
    Assign,
}

impl Verb {
    /// Every step.
    pub const ALL: [Self; 7] =
        [Self::Update, Self::Submit, Self::Return, Self::Appraise, Self::Reopen, Self::Approve, Self::Assign];

    /// True for steps of the unit that asks; the others dispose of the plan's money and belong to the plan's unit.
    #[must_use]
    pub fn is_askers(self) -> bool {
        match self {
            Self::Update | Self::Submit => true,
            Self::Return | Self::Appraise | Self::Reopen | Self::Approve | Self::Assign => false,
        }
    }

    /// The RPC that takes the step.
    #[must_use]
    pub fn rpc(self) -> &'static str {
        match self {
            Self::Update => "UpdateEstimate",
            Self::Submit => "SubmitEstimate",
            Self::Return => "ReturnEstimate",
            Self::Appraise => "AppraiseEstimate",
            Self::Reopen => "ReopenEstimate",
            Self::Approve => "ApproveEstimate",
            Self::Assign => "AssignBudget",
        }
    }
}

/// All that an estimate can do; what is not here is refused.
pub const TRANSITIONS: &[(Stage, Verb, Stage)] = &[
    (Stage::Draft, Verb::Update, Stage::Draft),
    (Stage::Draft, Verb::Submit, Stage::Submitted),
    (Stage::Submitted, Verb::Return, Stage::Draft),
    (Stage::Submitted, Verb::Appraise, Stage::Appraised),
    (Stage::Appraised, Verb::Reopen, Stage::Submitted),
    (Stage::Appraised, Verb::Approve, Stage::Approved),
    (Stage::Approved, Verb::Assign, Stage::Assigned),
];

/// The stage does not allow the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forbidden {
    /// Where the estimate stands.
    pub stage: Stage,
    /// What was to be done.
    pub verb: Verb,
}

/// The stage after a step.
///
/// # Errors
/// The table has no such step.
pub fn step(stage: Stage, verb: Verb) -> Result<Stage, Forbidden> {
    let found = TRANSITIONS.iter().find(|(from, by, _)| *from == stage && *by == verb);
    found.map(|(_, _, to)| *to).ok_or(Forbidden { stage, verb })
}

/// An estimate to be drafted.
#[derive(Clone, Debug)]
pub struct NewEstimate {
    /// The plan.
    pub plan: Uuid,
    /// The unit that asks, as it was read on the day of the draft; none for the plan's or the amended estimate's.
    pub unit: Option<&'static Unit>,
    /// The department or body that asks; may be empty.
    pub agency: String,
    /// The estimate that it amends.
    pub amends: Option<Uuid>,
    /// Title.
    pub title: String,
    /// The day of the draft.
    pub draft_date: Date,
    /// Its lines with their amounts.
    pub priced: Priced,
    /// An invented sample.
    pub sample: bool,
}

/// What finance says about one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appraisal {
    /// The line.
    pub line: Uuid,
    /// What is granted, in đồng.
    pub granted_vnd: i64,
    /// Why less is granted.
    pub reason: String,
}

/// What is wrong with an appraisal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppraisalFault {
    /// The estimate has no such line.
    Unknown,
    /// The line was named before.
    Repeated,
    /// More than was asked for.
    AboveRequest {
        /// What was asked for.
        requested_vnd: i64,
    },
    /// Less than was asked for, and no word why.
    Unreasoned,
}

/// Every fault of an appraisal with its place, and the lines that it leaves out.
pub type AppraisalFaults = (Vec<(usize, AppraisalFault)>, Vec<Uuid>);

/// Judges an appraisal of lines with the amounts asked for. Answers the total granted.
///
/// # Errors
/// Every fault with the place in the appraisal, and the lines that it leaves out.
pub fn appraise(lines: &BTreeMap<Uuid, i64>, appraisals: &[Appraisal]) -> Result<i64, AppraisalFaults> {
    let mut left = lines.clone();
    let mut faults = Vec::new();
    for (at, appraisal) in appraisals.iter().enumerate() {
        let Some(requested_vnd) = lines.get(&appraisal.line).copied() else {
            faults.push((at, AppraisalFault::Unknown));
            continue;
        };
        if left.remove(&appraisal.line).is_none() {
            faults.push((at, AppraisalFault::Repeated));
        }
        if appraisal.granted_vnd > requested_vnd {
            faults.push((at, AppraisalFault::AboveRequest { requested_vnd }));
        }
        if appraisal.granted_vnd < requested_vnd && appraisal.reason.is_empty() {
            faults.push((at, AppraisalFault::Unreasoned));
        }
    }
    if faults.is_empty() && left.is_empty() {
        // Each is at most what was asked for, and those were summed with care.
        return Ok(appraisals.iter().map(|a| a.granted_vnd).sum());
    }
    Err((faults, left.into_keys().collect()))
}

/// A line that must change before the estimate is submitted again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineReturn {
    /// The line.
    pub line: Uuid,
    /// What is to be mended.
    pub reason: String,
}

/// Judges the lines that a return names.
///
/// # Errors
/// Every fault with its place.
pub fn returned(lines: &[Uuid], returns: &[LineReturn]) -> Result<(), Vec<(usize, AppraisalFault)>> {
    let mut faults = Vec::new();
    for (at, of) in returns.iter().enumerate() {
        if !lines.contains(&of.line) {
            faults.push((at, AppraisalFault::Unknown));
        } else if returns.iter().take(at).any(|before| before.line == of.line) {
            faults.push((at, AppraisalFault::Repeated));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_all_that_an_estimate_can_do() {
        let mut allowed = 0;
        for stage in Stage::ALL {
            for verb in Verb::ALL {
                match step(*stage, verb) {
                    Ok(to) => {
                        allowed += 1;
                        assert!(TRANSITIONS.contains(&(*stage, verb, to)));
                    }
                    Err(forbidden) => assert_eq!(forbidden, Forbidden { stage: *stage, verb }),
                }
            }
        }
        assert_eq!(allowed, TRANSITIONS.len(), "no step has two ends");
        assert_eq!(step(Stage::Draft, Verb::Submit), Ok(Stage::Submitted));
        assert!(step(Stage::Draft, Verb::Approve).is_err());
        assert!(Verb::ALL.iter().all(|verb| step(Stage::Assigned, *verb).is_err()), "the ledger takes over");
    }

    #[test]
    fn every_stage_is_read_back() {
        for stage in Stage::ALL {
            assert_eq!(Stage::of(stage.word()), Some(*stage));
            assert_eq!(Stage::of_number(stage.number()), Some(*stage));
        }
    }

    #[test]
    fn a_return_names_lines_of_the_estimate_once() {
        let [a, b, c] = [1, 2, 3].map(Uuid::from_u128);
        let say = |line| LineReturn { line, reason: "Thiếu căn cứ".to_owned() };
        assert_eq!(returned(&[a, b], &[]), Ok(()));
        assert_eq!(returned(&[a, b], &[say(b), say(a)]), Ok(()));
        let faults = vec![(1, AppraisalFault::Repeated), (2, AppraisalFault::Unknown)];
        assert_eq!(returned(&[a, b], &[say(b), say(b), say(c)]), Err(faults));
    }

    #[test]
    fn an_appraisal_names_every_line_once_and_says_why_it_cuts() {
        let [a, b, c] = [1, 2, 3].map(Uuid::from_u128);
        let lines = BTreeMap::from([(a, 100), (b, 50)]);
        let say = |line, granted_vnd, reason: &str| Appraisal { line, granted_vnd, reason: reason.to_owned() };
        assert_eq!(appraise(&lines, &[say(b, 50, ""), say(a, 40, "trùng nội dung")]), Ok(90));
        assert_eq!(appraise(&lines, &[say(a, 0, "không đúng đối tượng"), say(b, 50, "")]), Ok(50));
        assert_eq!(appraise(&lines, &[say(a, 100, "")]), Err((vec![], vec![b])));
        let faults = appraise(&lines, &[say(a, 101, ""), say(a, 99, ""), say(c, 1, "")]).unwrap_err();
        let expected = vec![
            (0, AppraisalFault::AboveRequest { requested_vnd: 100 }),
            (1, AppraisalFault::Repeated),
            (1, AppraisalFault::Unreasoned),
            (2, AppraisalFault::Unknown),
        ];
        assert_eq!(faults, (expected, vec![b]));
    }
}
