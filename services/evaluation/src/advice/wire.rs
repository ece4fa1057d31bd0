//! Advice between the wire and the domain.

use std::collections::BTreeMap;

use kit::{Result, Violations};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use reference::cards::Card;
use uuid::Uuid;

use super::domain::{Change, Plan, TARGETS, Wishes, next_target, plan, unknown};
use crate::rules::domain::{FailedMinimum, GradeInput, Graded, MemberMarks, failed_minimums, grade, two_decimals};
use crate::rules::wire::{add_violations, answer_of, card_named, failed_minimum};
use crate::shared::wire::card_name;
use crate::sittings::wire::COLLECTION;

/// A plan to be made from marks that were sent.
pub struct FromMarks {
    /// The card.
    pub card: &'static Card,
    /// The marks.
    pub input: GradeInput,
    /// What they come to.
    pub graded: Graded,
    /// What the plan may do.
    pub wishes: Wishes,
}

/// A plan to be made from a sitting.
pub struct FromSitting {
    /// The sitting.
    pub sitting: Uuid,
    /// What the plan may do; criteria and options are judged by the sitting's card.
    pub wishes: pb::AdviceWishes,
}

/// Reads a request; a card that nothing is graded by is refused once the rest is in order.
pub fn from_marks(req: &pb::ResolveAdviceRequest, v: &mut Violations) -> Option<Result<FromMarks>> {
    let card = match card_named(&req.scorecard) {
        Ok(card) => card,
        Err(refused) => return Some(Err(refused)),
    };
    let member = |marks: &pb::MemberMarks| MemberMarks {
        member: marks.member.clone(),
        answers: marks.answers.iter().map(answer_of).collect(),
    };
    let input = GradeInput {
        members: req.marks.iter().map(member).collect(),
        agreed: req.agreed_answers.iter().map(answer_of).collect(),
        spread_limit: Some(card.max_total),
        ..GradeInput::default()
    };
    let graded = grade(card, &input);
    if let Err(violations) = &graded {
        add_violations(v, violations, str::to_owned);
    }
    let wishes = wishes(card, &req.wishes.clone().unwrap_or_default(), v);
    Some(Ok(FromMarks { card, input, graded: graded.ok()?, wishes: wishes? }))
}

/// Reads a request.
pub fn from_sitting(req: &pb::ResolveSittingAdviceRequest, v: &mut Violations) -> Option<FromSitting> {
    let sitting = v.name("name", &req.name, COLLECTION);
    let wishes = req.wishes.clone().unwrap_or_default();
    target(&wishes, v);
    Some(FromSitting { sitting: sitting?, wishes })
}

fn target(wishes: &pb::AdviceWishes, v: &mut Violations) {
    if (1..*TARGETS.start()).contains(&wishes.target_stars) {
        v.add("wishes.target_stars", Common::FieldRange, &[("expected", "0, 3..5")]);
    }
}

/// What a plan may do, once the card is known.
pub fn wishes(card: &Card, sent: &pb::AdviceWishes, v: &mut Violations) -> Option<Wishes> {
    let before = v.len();
    target(sent, v);
    let costs: Vec<(String, i32)> = sent.costs.iter().map(|cost| (cost.criterion.clone(), cost.option)).collect();
    add_violations(v, &unknown(card, &costs, &sent.fixed_criteria), |field| format!("wishes.{field}"));
    let amounts = sent.costs.iter().map(|cost| u64::try_from(cost.cost_vnd).unwrap_or(0));
    let costs: BTreeMap<(String, i32), u64> = costs.into_iter().zip(amounts).collect();
    (v.len() == before).then(|| Wishes {
        target: (sent.target_stars > 0).then_some(sent.target_stars),
        costs,
        fixed: sent.fixed_criteria.iter().cloned().collect(),
    })
}

/// The plan for a product, as it is answered.
#[must_use]
pub fn advice(card: &Card, input: &GradeInput, graded: &Graded, wishes: &Wishes) -> pb::Advice {
    let wished = wishes.target.and_then(|target| u8::try_from(target).ok());
    let target = wished.unwrap_or_else(|| next_target(graded.stars));
    let plan = plan(card, input, target, wishes);
    let count = graded.count;
    let failed = failed_minimums(card, input).into_iter().filter(|mark| mark.stars <= target);
    let failed: Vec<FailedMinimum> = failed.collect();
    pb::Advice {
        scorecard: card_name(&card.id),
        mean: graded.mean.clone(),
        stars: graded.stars.into(),
        target_stars: target.into(),
        reachable: plan.reachable,
        points_needed: two_decimals(plan.lacking, count),
        failed_minimums: failed.iter().map(failed_minimum).collect(),
        changes: plan.changes.iter().filter_map(|change| self::change(card, &plan, change, count)).collect(),
        cost_vnd: i64::try_from(plan.cost()).unwrap_or(i64::MAX),
        steps: i32::try_from(plan.steps()).unwrap_or(i32::MAX),
        planned_mean: two_decimals(plan.sum, count),
        blocked_criteria: plan.blocked,
    }
}

fn change(card: &Card, plan: &Plan, change: &Change, count: i64) -> Option<pb::AdviceChange> {
    let criterion = card.criterion(&change.criterion)?;
    let points = two_decimals(change.sum, count);
    let (id, name, to) = (&criterion.id, &criterion.name_vi, change.points);
    let (why_vi, why_en) = match change.for_stars {
        0 => {
            (format!("để đủ điểm trung bình cho {} sao", plan.target), format!("for the mean of {} stars", plan.target))
        }
        stars => (
            format!("vì là điều kiện bắt buộc của {stars} sao"),
            format!("because it is a minimum mark of {stars} stars"),
        ),
    };
    Some(pb::AdviceChange {
        criterion: id.clone(),
        criterion_name: name.clone(),
        planned_points: to,
        option: change.option,
        evidence: criterion.option(change.option)?.label_en.clone(),
        for_minimum_of_stars: change.for_stars.into(),
        cost_vnd: i64::try_from(change.cost).unwrap_or(i64::MAX),
        steps: i32::try_from(change.steps).unwrap_or(i32::MAX),
        explanation_vi: format!("Nâng {id} ({name}) từ {} lên {to} điểm, {why_vi}.", points.replace('.', ",")),
        explanation_en: format!("Lift {id} ({}) from {points} to {to} points, {why_en}.", criterion.name_en),
        points,
    })
}
