//! A card with its criteria at hand, and everything that is wrong with marks on it.

use std::collections::BTreeSet;
use std::fmt;

use reference::cards::{Card, Criterion};

use super::{
    Answer, FailedMinimum, GradeViolation, MAX_MEMBERS, MemberMarks, MemberTotal, RaisedKnockout, ViolationKind,
    reaches, two_decimals,
};

#[derive(Default)]
pub(super) struct Violations(pub(super) Vec<GradeViolation>);

impl Violations {
    pub(super) fn add(&mut self, field: String, kind: ViolationKind) {
        self.0.push(GradeViolation { field, kind });
    }
}

/// Points of one list of answers by the criterion's place on the card.
pub(super) type Row<'a> = Vec<Option<Marked<'a>>>;

/// A valid answer.
#[derive(Clone, Copy)]
pub(super) struct Marked<'a> {
    pub(super) answer: &'a Answer,
    pub(super) points: i32,
}

/// One list of answers as it was read.
struct ListRead<'a> {
    /// The valid ones.
    row: Row<'a>,
    /// By place, true for criteria that the list speaks of at all.
    spoken: Vec<bool>,
}

/// Where an answer stands; written out only for a violation.
struct Place<'p> {
    path: &'p str,
    index: usize,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}[{}]", self.path, self.index)
    }
}

/// A card with its criteria at hand.
pub(super) struct Reader<'c> {
    /// Part and criterion, in the card's order.
    criteria: Vec<(&'c str, &'c Criterion)>,
}

impl<'c> Reader<'c> {
    pub(super) fn new(card: &'c Card) -> Self {
        let of_part = |part: &'c reference::cards::Part| {
            part.sections.iter().flat_map(|section| &section.criteria).map(|criterion| (part.id.as_str(), criterion))
        };
        Self { criteria: card.parts.iter().flat_map(of_part).collect() }
    }

    /// The criterion of an id. Answers mostly come in the card's order, so that the place is looked at first where the answer
    /// stands; a card has some thirty criteria, and walking them costs less than hashing.
    fn find(&self, id: &str, near: usize) -> Option<(usize, &'c Criterion)> {
        if let Some((_, criterion)) = self.criteria.get(near).filter(|(_, criterion)| criterion.id == id) {
            return Some((near, criterion));
        }
        let at = self.criteria.iter().position(|(_, criterion)| criterion.id == id)?;
        self.criteria.get(at).map(|(_, criterion)| (at, *criterion))
    }

    pub(super) fn members<'a>(
        &self,
        members: &'a [MemberMarks],
        violations: &mut Violations,
    ) -> Vec<(&'a str, Row<'a>)> {
        if members.is_empty() {
            violations.add("marks".to_owned(), ViolationKind::TooFewMembers);
        }
        if members.len() > MAX_MEMBERS {
            violations.add("marks".to_owned(), ViolationKind::TooManyMembers { count: members.len() });
        }
        let mut seen = BTreeSet::new();
        let mut rows = Vec::with_capacity(members.len());
        for (index, marks) in members.iter().enumerate() {
            let field = || format!("marks[{index}].member");
            if marks.member.trim().is_empty() {
                violations.add(field(), ViolationKind::EmptyMember);
            } else if !seen.insert(marks.member.as_str()) {
                violations.add(field(), ViolationKind::DuplicateMember { member: marks.member.clone() });
            }
            let path = format!("marks[{index}].answers");
            let read = self.list(&path, &marks.answers, violations);
            self.missing(&path, &read.spoken, violations);
            rows.push((marks.member.as_str(), read.row));
        }
        rows
    }

    /// Criteria that a list does not speak of at all; an invalid answer is told where it stands, not as missing.
    fn missing(&self, path: &str, spoken: &[bool], violations: &mut Violations) {
        for ((_, criterion), _) in self.criteria.iter().zip(spoken).filter(|(_, spoken)| !**spoken) {
            violations.add(path.to_owned(), ViolationKind::MissingAnswer { criterion: criterion.id.clone() });
        }
    }

    pub(super) fn answers<'a>(&self, path: &str, answers: &'a [Answer], violations: &mut Violations) -> Row<'a> {
        self.list(path, answers, violations).row
    }

    fn list<'a>(&self, path: &str, answers: &'a [Answer], violations: &mut Violations) -> ListRead<'a> {
        let mut read = ListRead { row: vec![None; self.criteria.len()], spoken: vec![false; self.criteria.len()] };
        for (index, answer) in answers.iter().enumerate() {
            let field = Place { path, index };
            let Some((at, criterion)) = self.find(&answer.criterion, index) else {
                let kind = ViolationKind::UnknownCriterion { criterion: answer.criterion.clone() };
                violations.add(format!("{field}.criterion"), kind);
                continue;
            };
            if let Some(spoken) = read.spoken.get_mut(at)
                && std::mem::replace(spoken, true)
            {
                let kind = ViolationKind::DuplicateAnswer { criterion: answer.criterion.clone() };
                violations.add(format!("{field}.criterion"), kind);
            }
            let points = check_answer(criterion, answer, &field, violations);
            if let (Some(points), Some(slot)) = (points, read.row.get_mut(at)) {
                slot.get_or_insert(Marked { answer, points });
            }
        }
        read
    }

    pub(super) fn knockouts(&self, knockouts: &[RaisedKnockout], violations: &mut Violations) {
        for (index, raised) in knockouts.iter().enumerate() {
            let criterion = raised.criterion.clone();
            match self.find(&raised.criterion, 0) {
                None => {
                    let kind = ViolationKind::UnknownCriterion { criterion };
                    violations.add(format!("knockouts[{index}].criterion"), kind);
                }
                Some((_, known)) if known.knockouts.iter().any(|knockout| knockout.effect == raised.effect) => {}
                Some(_) => {
                    let kind = ViolationKind::UnknownKnockout { criterion, effect: raised.effect };
                    violations.add(format!("knockouts[{index}].effect"), kind);
                }
            }
        }
    }

    pub(super) fn total(&self, member: &str, row: &Row<'_>) -> MemberTotal {
        let mut total = MemberTotal { member: member.to_owned(), total: 0, part_a: 0, part_b: 0, part_c: 0 };
        for ((part, _), marked) in self.criteria.iter().zip(row) {
            let Some(marked) = marked else { continue };
            total.total += marked.points;
            match *part {
                "A" => total.part_a += marked.points,
                "B" => total.part_b += marked.points,
                _ => total.part_c += marked.points,
            }
        }
        total
    }

    /// Every minimum mark of the card that does not hold, by star, then in the card's order.
    pub(super) fn failed_minimums(&self, rows: &[(&str, Row<'_>)], agreed: &Row<'_>) -> Vec<FailedMinimum> {
        let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let mut failed = Vec::new();
        let marked_ones =
            self.criteria.iter().enumerate().filter(|(_, (_, criterion))| !criterion.star_minimum.is_empty());
        for (at, (_, criterion)) in marked_ones {
            let marked = rows.iter().filter_map(|(_, row)| row.get(at).copied().flatten());
            let sum: i64 = marked.map(|marked| i64::from(marked.points)).sum();
            for (stars, required) in &criterion.star_minimum {
                let (holds, got) = match agreed.get(at).copied().flatten() {
                    Some(marked) => {
                        let holds = reaches(criterion, *stars, *required, marked.points, marked.answer.option);
                        (holds, two_decimals(marked.points.into(), 1))
                    }
                    None => (sum >= i64::from(*required) * count, two_decimals(sum, count)),
                };
                if !holds {
                    let criterion = criterion.id.clone();
                    failed.push(FailedMinimum { stars: *stars, criterion, required_points: *required, got });
                }
            }
        }
        // stable, so the card's order stays within a star
        failed.sort_by_key(|mark| mark.stars);
        failed
    }
}

/// The points of an answer, when the criterion gives them.
fn check_answer(criterion: &Criterion, answer: &Answer, field: &Place<'_>, violations: &mut Violations) -> Option<i32> {
    let id = || criterion.id.clone();
    let option = criterion.option(answer.option);
    if option.is_none() && answer.option != 0 {
        let kind = ViolationKind::NoSuchOption { criterion: id(), option: answer.option };
        violations.add(format!("{field}.option"), kind);
    }
    let Some(points) = answer.points else {
        violations.add(format!("{field}.points"), ViolationKind::MissingPoints { criterion: id() });
        return None;
    };
    if !criterion.gives(points) {
        violations.add(format!("{field}.points"), ViolationKind::NoSuchPoints { criterion: id(), points });
        return None;
    }
    if let Some(option) = option.filter(|option| option.points != points) {
        let (position, gives) = (option.position, option.points);
        let kind = ViolationKind::OptionPointsDisagree { criterion: id(), option: position, gives, points };
        violations.add(format!("{field}.option"), kind);
    }
    Some(points)
}
