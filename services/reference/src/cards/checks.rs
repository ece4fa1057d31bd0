//! What must hold for a card before anything may be graded by it.

use std::collections::{BTreeMap, BTreeSet};

use super::file::{IndexRow, regime_of};
use super::{Card, Criterion, Part, Select, Status};
use crate::regimes::Regime;

/// The file's header agrees with the criteria and with the regime.
pub(super) fn header(
    card: &Card,
    regime: &Regime,
    count: Option<usize>,
    marks: Option<BTreeMap<u8, usize>>,
    faults: &mut Vec<String>,
) {
    let mut fault = |what: String| faults.push(format!("{}: {what}", card.id));
    let counted = card.criteria().count();
    if count.is_some_and(|count| count != counted) {
        fault(format!("{counted} criteria, the header says {count:?}"));
    }
    let mut found: BTreeMap<u8, usize> = BTreeMap::new();
    for star in card.criteria().flat_map(|criterion| criterion.star_minimum.keys()) {
        *found.entry(*star).or_default() += 1;
    }
    match marks {
        Some(marks) => {
            let said: BTreeMap<u8, usize> = marks.into_iter().filter(|(_, count)| *count > 0).collect();
            if said != found {
                fault(format!("minimum marks {found:?}, the header says {said:?}"));
            }
        }
        None if !found.is_empty() => fault("there are minimum marks, the header says none".to_owned()),
        None => {}
    }
    if !found.is_empty() && !regime.star_minimum_criteria {
        fault("there are minimum marks, the regime has none".to_owned());
    }
    if regime.scorecards_prefix.as_deref().is_none_or(|prefix| !card.id.starts_with(prefix)) {
        fault(format!("the id does not begin as the cards of {} do", regime.id));
    }
    if card.in_force_from != regime.in_force_from || card.in_force_to != regime.in_force_to {
        fault(format!("the days in force are not those of {}", regime.id));
    }
    if card.status == Status::Complete && card.part_maxima != regime.part_maxima {
        fault(format!("the part maxima are not those of {}", regime.id));
    }
    if card.lead_ministries.is_empty() {
        fault("no ministry is in the lead".to_owned());
    }
}

/// Totals, parts, sections, criteria.
pub(super) fn card(card: &Card, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("{}: {what}", card.id));
    let sum: i32 = card.criteria().map(|criterion| criterion.max).sum();
    if sum != card.sum_of_option_maxima {
        fault(format!("options add up to {sum}, the header says {}", card.sum_of_option_maxima));
    }
    if (card.status == Status::Complete) != (sum == card.max_total) || sum > card.max_total {
        fault(format!("{sum} of {} points does not fit status {:?}", card.max_total, card.status));
    }
    let ids: Vec<&str> = card.parts.iter().map(|part| part.id.as_str()).collect();
    if ids != ["A", "B", "C"] {
        fault(format!("the parts are {ids:?}"));
    }
    let maxima = [card.part_maxima.a, card.part_maxima.b, card.part_maxima.c];
    for (part, expected) in card.parts.iter().zip(maxima) {
        check_part(card, part, expected, faults);
    }
    let mut seen = BTreeSet::new();
    for criterion in card.criteria() {
        if !seen.insert(criterion.id.as_str()) {
            faults.push(format!("{} {}: the id stands twice", card.id, criterion.id));
        }
        check_criterion(card, criterion, faults);
    }
}

fn check_part(card: &Card, part: &Part, expected: i32, faults: &mut Vec<String>) {
    let mut sum = 0;
    for section in &part.sections {
        let inside: i32 = section.criteria.iter().map(|criterion| criterion.max).sum();
        if inside != section.max {
            faults.push(format!("{} {}: criteria add up to {inside} of {}", card.id, section.id, section.max));
        }
        if !section.id.starts_with(&part.id) {
            faults.push(format!("{} {}: the section stands under part {}", card.id, section.id, part.id));
        }
        sum += section.max;
    }
    let short = card.status == Status::Incomplete && sum < part.max;
    if sum != expected || (sum != part.max && !short) {
        faults.push(format!("{} {}: sections add up to {sum}, not {expected} of {}", card.id, part.id, part.max));
    }
    headings(card, part, faults);
}

/// Criteria under one heading add up to its points, where it has them.
fn headings(card: &Card, part: &Part, faults: &mut Vec<String>) {
    for section in &part.sections {
        let mut sums: BTreeMap<&str, (i32, Option<i32>)> = BTreeMap::new();
        for criterion in &section.criteria {
            let Some(under) = &criterion.under else { continue };
            let entry = sums.entry(under.name_vi.as_str()).or_insert((0, under.max));
            entry.0 += criterion.max;
            if entry.1 != under.max {
                faults.push(format!("{} {}: heading {} has two maxima", card.id, criterion.id, under.name_vi));
            }
        }
        for (name, (sum, max)) in sums {
            if max.is_some_and(|max| max != sum) {
                faults.push(format!("{} {}: heading {name} adds up to {sum}", card.id, section.id));
            }
        }
    }
}

fn check_criterion(card: &Card, criterion: &Criterion, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("{} {}: {what}", card.id, criterion.id));
    let best = criterion.options().map(|option| option.points).max();
    if best != Some(criterion.max) {
        fault(format!("the best option gives {best:?}, the maximum is {}", criterion.max));
    }
    if criterion.options().any(|option| option.points < 0) {
        fault("an option takes points away".to_owned());
    }
    if criterion.none_applies_points.is_some_and(|points| points != 0) || !criterion.gives(0) {
        fault("nothing gives 0 points".to_owned());
    }
    let cases = criterion.ladders.iter().filter(|ladder| ladder.case.is_some()).count();
    let fits = match criterion.select {
        Select::OneOption => criterion.ladders.len() == 1 && cases == 0,
        Select::OneCaseThenOneOption => criterion.ladders.len() > 1 && cases == criterion.ladders.len(),
    };
    if !fits {
        fault(format!("{} ladders, {cases} of them cases, do not fit {:?}", criterion.ladders.len(), criterion.select));
    }
    let marked: Vec<(u8, i32)> =
        criterion.options().filter_map(|option| Some((option.star_minimum?, option.points))).collect();
    let said: BTreeMap<u8, i32> = marked.iter().copied().collect();
    if said != criterion.star_minimum || said.len() != marked.len() {
        fault(format!("minimum marks {:?} do not point at options {marked:?}", criterion.star_minimum));
    }
    if criterion.star_minimum.keys().any(|star| !(3..=5).contains(star)) {
        fault("a minimum mark is for no star from 3 to 5".to_owned());
    }
    if criterion.star_minimum.values().zip(criterion.star_minimum.values().skip(1)).any(|(low, high)| low > high) {
        fault("a higher star asks for fewer points".to_owned());
    }
    if !criterion.star_minimum.is_empty() && !criterion.mandatory {
        fault("there is a minimum mark, but the criterion is not mandatory".to_owned());
    }
}

/// The index lists every card, once, as it is.
pub(super) fn index(rows: &[IndexRow], cards: &[Card], faults: &mut Vec<String>) {
    for row in rows {
        let Some(card) = cards.iter().find(|card| card.id == row.id) else {
            faults.push(format!("scorecards/index.yaml: there is no card {}", row.id));
            continue;
        };
        let same = row.file == format!("{}.yaml", card.id)
            && regime_of(&row.regime).is_some_and(|regime| regime.id == card.regime_id)
            && row.name_vi == card.name_vi
            && row.group == card.group
            && row.sum == card.sum_of_option_maxima
            && row.status == card.status
            && row.caveats == card.verification.caveats.len();
        if !same {
            faults.push(format!("scorecards/index.yaml: {} is not what its file says", row.id));
        }
    }
    for card in cards {
        if rows.iter().filter(|row| row.id == card.id).count() != 1 {
            faults.push(format!("scorecards/index.yaml: {} is not listed once", card.id));
        }
    }
}
