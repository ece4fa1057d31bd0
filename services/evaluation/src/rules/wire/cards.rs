//! Scorecards as they are answered.

use kit::day;
use proto::evaluation::v1 as pb;
use reference::cards::{self, Card, Group, Select, Status};

use super::effect;
use super::regimes::{band, number, part_maxima};
use crate::shared::wire::{card_name, regime_name};

/// A whole card as it is answered.
#[must_use]
pub fn card(card: &Card) -> pb::Scorecard {
    pb::Scorecard { parts: card.parts.iter().map(part).collect(), ..card_summary(card) }
}

/// A card without its parts.
#[must_use]
pub fn card_summary(card: &Card) -> pb::Scorecard {
    let status = match card.status {
        Status::Complete => pb::ScorecardStatus::Complete,
        Status::Incomplete => pb::ScorecardStatus::Incomplete,
    };
    pb::Scorecard {
        name: card_name(&card.id),
        product_set: format!("productSets/{}", card.id),
        set_number: card.set_no.map(number).unwrap_or_default(),
        display_name: card.name_vi.clone(),
        display_name_en: card.name_en.clone(),
        group: group(card.group).into(),
        subgroup_en: card.subgroup_en.clone(),
        lead_ministries: card.lead_ministries.clone(),
        regime: regime_name(&card.regime_id),
        in_force_from: Some(day::pb(card.in_force_from)),
        in_force_to: card.in_force_to.map(day::pb),
        max_total: card.max_total,
        option_total: card.sum_of_option_maxima,
        part_maxima: Some(part_maxima(card.part_maxima)),
        status: status.into(),
        verification: Some(pb::CardVerification {
            level: card.verification.level.clone(),
            official_text_seen: card.verification.official_annex_text_seen,
            sources: card.verification.sources.clone(),
            caveats: card.verification.caveats.clone(),
        }),
        dossier_disqualified_when: card.dossier_disqualified_when.clone(),
        samples_required: card.samples_required.map(number),
        bands: card.bands.iter().map(band).collect(),
        digest: card.digest.clone(),
        parts: Vec::new(),
    }
}

fn group(group: Group) -> pb::ProductGroup {
    match group {
        Group::Food => pb::ProductGroup::Food,
        Group::Beverage => pb::ProductGroup::Beverage,
        Group::Herbal => pb::ProductGroup::Herbal,
        Group::Handicraft => pb::ProductGroup::Handicraft,
        Group::HandicraftDecor => pb::ProductGroup::HandicraftDecor,
        Group::FabricGarment => pb::ProductGroup::FabricGarment,
        Group::Ornamental => pb::ProductGroup::Ornamental,
        Group::Tourism => pb::ProductGroup::Tourism,
    }
}

fn part(part: &cards::Part) -> pb::CardPart {
    pb::CardPart {
        part: part.id.clone(),
        display_name: part.name_vi.clone(),
        display_name_en: part.name_en.clone(),
        max_points: part.max,
        sections: part.sections.iter().map(section).collect(),
    }
}

fn section(section: &cards::Section) -> pb::CardSection {
    pb::CardSection {
        section: section.id.clone(),
        display_name: section.name_vi.clone(),
        display_name_en: section.name_en.clone(),
        max_points: section.max,
        criteria: section.criteria.iter().map(criterion).collect(),
    }
}

fn criterion(criterion: &cards::Criterion) -> pb::Criterion {
    let minimum = |(stars, points): (&u8, &i32)| pb::StarMinimum { stars: (*stars).into(), points: *points };
    let choice = match criterion.select {
        Select::OneOption => pb::AnswerChoice::OneOption,
        Select::OneCaseThenOneOption => pb::AnswerChoice::OneCaseThenOneOption,
    };
    pb::Criterion {
        criterion: criterion.id.clone(),
        display_name: criterion.name_vi.clone(),
        display_name_en: criterion.name_en.clone(),
        max_points: criterion.max,
        none_applies_points: criterion.none_applies_points,
        mandatory: criterion.mandatory,
        star_minimums: criterion.star_minimum.iter().map(minimum).collect(),
        knockouts: criterion.knockouts.iter().map(knockout).collect(),
        notes: criterion.notes.clone(),
        choice: choice.into(),
        heading: criterion.under.as_ref().map(|heading| pb::CardHeading {
            display_name: heading.name_vi.clone(),
            display_name_en: heading.name_en.clone().unwrap_or_default(),
            max_points: heading.max,
        }),
        ladders: criterion.ladders.iter().map(ladder).collect(),
    }
}

fn knockout(knockout: &cards::Knockout) -> pb::CardKnockout {
    pb::CardKnockout { effect: effect(knockout.effect).into(), when_en: knockout.when.clone() }
}

fn ladder(ladder: &cards::Ladder) -> pb::Ladder {
    let option = |option: &cards::CardOption| pb::CardOption {
        position: option.position,
        points: option.points,
        label_en: option.label_en.clone(),
        star_minimum: option.star_minimum.map(i32::from).unwrap_or_default(),
    };
    pb::Ladder {
        case_en: ladder.case.clone().unwrap_or_default(),
        options: ladder.options.iter().map(option).collect(),
    }
}
