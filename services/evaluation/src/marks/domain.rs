//! What a sheet comes to, and how it is filled in. Pure.

use std::collections::BTreeMap;

use reference::cards::{Card, Criterion};
use reference::regimes::band_of;

use crate::rules::domain::{Answer, FailedMinimum, GradeViolation, ViolationKind, stars, two_decimals};
use crate::sittings::domain::{Mark, Note, in_card_order};

/// What a sheet comes to so far; a missing answer counts 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Sum of all answers.
    pub total: i32,
    /// Sums of the parts A, B and C.
    pub parts: [i32; 3],
    /// Criteria answered.
    pub answered: usize,
    /// Criteria of the card.
    pub criteria: usize,
    /// Criteria without an answer, in the card's order.
    pub missing: Vec<String>,
    /// Stars of the band.
    pub band_stars: u8,
    /// Stars of this sheet alone.
    pub stars: u8,
    /// Minimum marks that are not reached, by star, then in the card's order.
    pub failed_minimums: Vec<FailedMinimum>,
    /// What the missing answers give at most.
    pub open_points: i32,
}

/// What answers come to on a card.
#[must_use]
pub fn progress(card: &Card, answers: &[Mark]) -> Progress {
    let given: BTreeMap<&str, i32> = answers.iter().map(|mark| (mark.criterion.as_str(), mark.points)).collect();
    let missing: Vec<&Criterion> = card.criteria().filter(|c| !given.contains_key(c.id.as_str())).collect();
    let mut parts = [0; 3];
    for (at, part) in card.parts.iter().enumerate() {
        let criteria = part.sections.iter().flat_map(|section| &section.criteria);
        let sum: i32 = criteria.filter_map(|criterion| given.get(criterion.id.as_str())).sum();
        if let Some(of_part) = parts.get_mut(at.min(2)) {
            *of_part += sum;
        }
    }
    let total: i32 = parts.iter().sum();
    let band_stars = band_of(&card.bands, i64::from(total), 1).unwrap_or(0);
    let (stars, failed_minimums) = stars(band_stars, failed(card, &given));
    Progress {
        total,
        parts,
        answered: given.len(),
        criteria: card.criteria().count(),
        open_points: missing.iter().map(|criterion| criterion.max).sum(),
        missing: missing.into_iter().map(|criterion| criterion.id.clone()).collect(),
        band_stars,
        stars,
        failed_minimums,
    }
}

/// Minimum marks that are not reached, by star, then in the card's order.
fn failed(card: &Card, given: &BTreeMap<&str, i32>) -> Vec<FailedMinimum> {
    let mut failed = Vec::new();
    for criterion in card.criteria() {
        let points = given.get(criterion.id.as_str()).copied().unwrap_or(0);
        for (stars, required) in criterion.star_minimum.iter().filter(|(_, required)| points < **required) {
            let got = two_decimals(points.into(), 1);
            failed.push(FailedMinimum {
                stars: *stars,
                criterion: criterion.id.clone(),
                required_points: *required,
                got,
            });
        }
    }
    failed.sort_by_key(|mark| mark.stars);
    failed
}

/// Answers with new ones in place of those of the same criteria, in the card's order.
#[must_use]
pub fn merged(card: &Card, known: &[Mark], new: &[Answer]) -> Vec<Mark> {
    let stays = |mark: &&Mark| !new.iter().any(|answer| answer.criterion == mark.criterion);
    let all: Vec<Answer> = known.iter().filter(stays).map(Mark::answer).chain(new.iter().cloned()).collect();
    in_card_order(card, &all)
}

/// Remarks with new ones in place of those of the same criteria, in the card's order; an empty one takes back what was said.
#[must_use]
pub fn merged_notes(card: &Card, known: &[Note], new: &[Note]) -> Vec<Note> {
    let of = |criterion: &Criterion| {
        let told = new.iter().rfind(|note| note.criterion == criterion.id);
        let note = told.or_else(|| known.iter().find(|note| note.criterion == criterion.id))?;
        (!note.comment.is_empty() || !note.evidence.is_empty()).then(|| note.clone())
    };
    card.criteria().filter_map(of).collect()
}

/// Remarks on criteria that the card does not have; field paths begin with `notes`.
#[must_use]
pub fn notes_faults(card: &Card, notes: &[Note]) -> Vec<GradeViolation> {
    let unknown = notes.iter().enumerate().filter(|(_, note)| card.criterion(&note.criterion).is_none());
    let fault = |(at, note): (usize, &Note)| GradeViolation {
        field: format!("notes[{at}].criterion"),
        kind: ViolationKind::UnknownCriterion { criterion: note.criterion.clone() },
    };
    unknown.map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card() -> &'static Card {
        reference::cards::get("q26-ca-phe-ca-cao").unwrap()
    }

    fn mark(criterion: &str, points: i32) -> Mark {
        Mark { criterion: criterion.to_owned(), points, option: 0 }
    }

    fn best() -> Vec<Mark> {
        card().criteria().map(|criterion| mark(&criterion.id, criterion.max)).collect()
    }

    #[test]
    fn an_empty_sheet_has_everything_before_it() {
        let found = progress(card(), &[]);
        assert_eq!((found.total, found.answered, found.missing.len()), (0, 0, found.criteria));
        assert_eq!((found.open_points, found.band_stars, found.stars), (100, 1, 1));
        assert!(found.failed_minimums.iter().all(|mark| mark.stars == 3), "those of three stars are told in any case");
    }

    #[test]
    fn a_full_sheet_comes_to_what_grading_says_of_it() {
        use crate::rules::domain::{GradeInput, MemberMarks, grade};
        for lowered in card().criteria().filter(|criterion| criterion.gives(0)) {
            let mut marks = best();
            for one in marks.iter_mut().filter(|one| one.criterion == lowered.id) {
                one.points = 0;
            }
            let found = progress(card(), &marks);
            let members = vec![MemberMarks { member: "m".into(), answers: marks.iter().map(Mark::answer).collect() }];
            let graded = grade(card(), &GradeInput { members, ..GradeInput::default() }).unwrap();
            let total = &graded.member_totals[0];
            assert_eq!((found.total, found.parts), (total.total, [total.part_a, total.part_b, total.part_c]));
            assert_eq!((found.band_stars, found.stars), (graded.band_stars, graded.stars), "{}", lowered.id);
            assert_eq!(found.failed_minimums, graded.failed_minimums);
            assert!(found.missing.is_empty() && found.open_points == 0);
        }
    }

    #[test]
    fn what_is_saved_replaces_its_criteria_and_leaves_the_others() {
        let first = merged(card(), &[], &[mark("B4.1", 3).answer(), mark("A1.1", 1).answer()]);
        let order: Vec<&str> = first.iter().map(|mark| mark.criterion.as_str()).collect();
        assert_eq!(order, ["A1.1", "B4.1"], "in the card's order");
        let second = merged(card(), &first, &[mark("A1.1", 2).answer()]);
        assert_eq!(second, [mark("A1.1", 2), mark("B4.1", 3)]);
    }

    #[test]
    fn an_empty_remark_takes_back_what_was_said() {
        let note = |criterion: &str, comment: &str| Note {
            criterion: criterion.to_owned(),
            comment: comment.to_owned(),
            evidence: Vec::new(),
        };
        let first = merged_notes(card(), &[], &[note("B4.1", "Có hợp đồng"), note("A1.1", "Đủ")]);
        assert_eq!(first, [note("A1.1", "Đủ"), note("B4.1", "Có hợp đồng")]);
        assert_eq!(merged_notes(card(), &first, &[note("A1.1", "")]), [note("B4.1", "Có hợp đồng")]);
        assert_eq!(notes_faults(card(), &[note("A1.1", ""), note("Z9", "x")]).len(), 1);
    }
}
