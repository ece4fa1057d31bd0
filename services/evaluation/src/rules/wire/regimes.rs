//! Regimes as they are answered.

use kit::day;
use proto::evaluation::v1 as pb;
use reference::regimes::{self, Evaluates, LevelPeriod, Regime, RegimeLevel, Transition, Verified};

use crate::shared::wire::{kind, regime_name};

/// A regime as it is answered.
#[must_use]
pub fn regime(regime: &Regime) -> pb::Regime {
    pb::Regime {
        name: regime_name(&regime.id),
        decision: regime.decision.clone(),
        sign_date: Some(day::pb(regime.dated)),
        subject: regime.subject.clone(),
        amendments: regime.amended_by.iter().map(amendment).collect(),
        in_force_from: Some(day::pb(regime.in_force_from)),
        in_force_to: regime.in_force_to.map(day::pb),
        part_maxima: Some(part_maxima(regime.part_maxima)),
        groups: number(regime.groups),
        sets: number(regime.sets),
        level_periods: regime.levels.iter().map(level_period).collect(),
        bands: regime.bands.iter().map(band).collect(),
        star_minimum_criteria: regime.star_minimum_criteria,
        samples: regime.samples.map(number),
        samples_exempt_groups: regime.samples_exempt_groups.clone(),
        certificate_months: number(regime.certificate_months),
        re_evaluation: regime.re_evaluation.as_ref().map(|terms| pb::ReEvaluationTerms {
            earliest_days_before_end: number(terms.apply_not_earlier_than_days_before_expiry),
            latest_days_before_end: number(terms.apply_not_later_than_days_before_expiry),
            decide_within_days: number(terms.decide_within_days),
            method: terms.method.clone(),
        }),
        grace_days: regime.late_re_evaluation_grace_days.map(number),
        revocation_days: regime.revocation_within_days.map(number),
        transitions: regime.transition.iter().map(transition).collect(),
        text_seen: match regime.verified {
            Verified::SourceText => pb::TextSeen::Source.into(),
            Verified::Report => pb::TextSeen::Report.into(),
        },
        scorecards_known: regime.scorecards_prefix.is_some(),
    }
}

/// Numbers of the reference data are small; a number that is not reads as the largest.
pub(super) fn number(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

pub(super) fn part_maxima(parts: regimes::PartMaxima) -> pb::PartMaxima {
    pb::PartMaxima { part_a: parts.a, part_b: parts.b, part_c: parts.c }
}

pub(super) fn band(band: &regimes::Band) -> pb::Band {
    pb::Band {
        stars: band.stars.into(),
        from_points: band.from,
        below_points: band.below,
        to_points: band.to,
        printed: band.printed.clone().unwrap_or_default(),
        recognised: band.recognised,
    }
}

fn amendment(amendment: &regimes::Amendment) -> pb::Amendment {
    pb::Amendment {
        decision: amendment.decision.clone(),
        sign_date: Some(day::pb(amendment.dated)),
        effect: amendment.effect.clone().unwrap_or_default(),
    }
}

fn level_period(period: &LevelPeriod) -> pb::LevelPeriod {
    pb::LevelPeriod {
        from_date: Some(day::pb(period.from)),
        to_date: period.to.map(day::pb),
        levels: period.levels.iter().map(level).collect(),
    }
}

fn level(level: &RegimeLevel) -> pb::RegimeLevel {
    let named = match level.level.as_str() {
        "commune" => pb::CouncilLevel::Commune,
        "district" => pb::CouncilLevel::District,
        "province" => pb::CouncilLevel::Province,
        "central" => pb::CouncilLevel::Central,
        _ => pb::CouncilLevel::Unspecified,
    };
    pb::RegimeLevel {
        level: named.into(),
        evaluates: match &level.evaluates {
            None => String::new(),
            Some(Evaluates::Fully(true)) => "all".to_owned(),
            Some(Evaluates::Fully(false)) => "none".to_owned(),
            Some(Evaluates::Partly(part)) => part.clone(),
        },
        recognises: level.recognises.iter().map(|stars| i32::from(*stars)).collect(),
        sends_up_from_points: level.sends_up_from_points,
        working_days: level.days_working.map(number),
        rounds_per_year: level.rounds_per_year_min.map(number),
        round_closes: level.round_closes.clone(),
        dossiers_in_by: level.dossiers_in_by.clone(),
    }
}

fn transition(transition: &Transition) -> pb::Transition {
    pb::Transition {
        case: transition.case.clone(),
        rule: transition.rule.clone(),
        kinds: transition.kinds.iter().map(|k| kind(*k).into()).collect(),
        filed_before: transition.filed_before.map(day::pb),
        finish_within_days: transition.finish_within_days.map(i32::from),
    }
}
