//! Statistics between the wire and the domain.

use kit::Violations;
use proto::evaluation::v1 as pb;
use reference::cards::Card;
use uuid::Uuid;

use super::domain::{
    Cell, Disputed, FEWEST_MEMBERS, Leniency, Without, alpha, by_product, disputed, leniency, median, printed, shares,
    too_few, without_each,
};
use crate::rounds;
use crate::rules::domain::{GradeInput, Graded};
use crate::sittings::wire::{COLLECTION, name};

/// Reads a request.
pub fn of_sitting(req: &pb::GetSittingStatisticsRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn of_round(req: &pb::GetRoundStatisticsRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, rounds::wire::COLLECTION)
}

fn count(many: usize) -> i32 {
    i32::try_from(many).unwrap_or(i32::MAX)
}

/// The figures of a sitting.
#[must_use]
pub fn sitting(id: Uuid, card: &Card, input: &GradeInput, graded: &Graded) -> pb::SittingStatistics {
    let members = input.members.len();
    let known = pb::SittingStatistics { sitting: name(id), members: count(members), ..Default::default() };
    if members < FEWEST_MEMBERS {
        return pb::SittingStatistics { too_few: true, ..known };
    }
    let totals: Vec<i32> = graded.member_totals.iter().map(|total| total.total).collect();
    let without = without_each(card, input);
    pb::SittingStatistics {
        mean: graded.mean.clone(),
        median: median(&totals).unwrap_or_default(),
        spread: graded.spread,
        stable: without.iter().all(|one| one.stars == graded.stars),
        without_member: without.iter().map(without_member).collect(),
        agreement: alpha(&shares(card, &input.members)).map(printed).unwrap_or_default(),
        disputed: disputed(card, &input.members).iter().map(criterion).collect(),
        ..known
    }
}

fn without_member(without: &Without) -> pb::WithoutMember {
    pb::WithoutMember { member: without.member.clone(), mean: without.mean.clone(), stars: without.stars.into() }
}

fn criterion(disputed: &Disputed) -> pb::CriterionSpread {
    pb::CriterionSpread { criterion: disputed.criterion.clone(), highest: disputed.highest, lowest: disputed.lowest }
}

/// The figures of a round; `unstable` are the sittings whose stars hang on one member.
#[must_use]
pub fn round(id: Uuid, sittings: usize, cells: &[Cell], unstable: Vec<String>) -> pb::RoundStatistics {
    let known = pb::RoundStatistics {
        round: rounds::wire::name(id),
        sittings: count(sittings),
        unstable_sittings: unstable,
        ..Default::default()
    };
    if too_few(cells) {
        return pb::RoundStatistics { too_few: true, ..known };
    }
    pb::RoundStatistics {
        leniency: leniency(cells).iter().map(of_member).collect(),
        agreement: alpha(&by_product(cells)).map(printed).unwrap_or_default(),
        ..known
    }
}

fn of_member(of: &Leniency) -> pb::Leniency {
    pb::Leniency {
        member: of.member.clone(),
        products: count(of.products),
        points: of.points.map(printed).unwrap_or_default(),
    }
}
