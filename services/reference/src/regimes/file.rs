//! The regimes' file as it is written, and what must hold for it.

use std::collections::BTreeSet;

use serde::Deserialize;
use time::Date;

use super::{
    Amendment, Band, CodeYear, Data, LevelPeriod, PartMaxima, Programme, ReEvaluation, Regime, RegimeLevel, Signers,
    Transition, Verified, date, optional_date,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegimesFile {
    regimes: Vec<RegimeRow>,
    signers: Vec<Signers>,
    programmes: Vec<Programme>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegimeRow {
    id: String,
    decision: String,
    #[serde(deserialize_with = "date")]
    dated: Date,
    subject: String,
    #[serde(default)]
    amended_by: Vec<Amendment>,
    #[serde(deserialize_with = "date")]
    in_force_from: Date,
    #[serde(deserialize_with = "optional_date")]
    in_force_to: Option<Date>,
    part_maxima: PartMaxima,
    groups: u32,
    sets: u32,
    #[serde(default)]
    levels: Vec<RegimeLevel>,
    #[serde(default)]
    levels_until_2025_07_05: Vec<RegimeLevel>,
    #[serde(default)]
    levels_from_2025_07_06: Vec<RegimeLevel>,
    bands: Vec<Band>,
    star_minimum_criteria: bool,
    #[serde(default)]
    samples: Option<u32>,
    #[serde(default)]
    samples_exempt_groups: Vec<String>,
    certificate_months: u32,
    #[serde(default)]
    re_evaluation: Option<ReEvaluation>,
    #[serde(default)]
    late_re_evaluation_grace_days: Option<u32>,
    #[serde(default)]
    revocation_within_days: Option<u32>,
    #[serde(default)]
    product_code_year: CodeYear,
    #[serde(default)]
    transition: Vec<Transition>,
    verified: Verified,
    scorecards_prefix: Option<String>,
}

/// First day of Decision 1489/QĐ-TTg, which took the district level out of q148.
const DISTRICTS_OUT: Date = time::macros::date!(2025 - 07 - 06);

impl RegimeRow {
    fn levels(&self) -> Vec<LevelPeriod> {
        if !self.levels.is_empty() {
            return vec![LevelPeriod { from: self.in_force_from, to: self.in_force_to, levels: self.levels.clone() }];
        }
        let before = self.levels_until_2025_07_05.clone();
        vec![
            LevelPeriod { from: self.in_force_from, to: DISTRICTS_OUT.previous_day(), levels: before },
            LevelPeriod { from: DISTRICTS_OUT, to: self.in_force_to, levels: self.levels_from_2025_07_06.clone() },
        ]
    }

    fn into_regime(self) -> Regime {
        Regime {
            levels: self.levels(),
            id: self.id,
            decision: self.decision,
            dated: self.dated,
            subject: self.subject,
            amended_by: self.amended_by,
            in_force_from: self.in_force_from,
            in_force_to: self.in_force_to,
            part_maxima: self.part_maxima,
            groups: self.groups,
            sets: self.sets,
            bands: self.bands,
            star_minimum_criteria: self.star_minimum_criteria,
            samples: self.samples,
            samples_exempt_groups: self.samples_exempt_groups,
            certificate_months: self.certificate_months,
            re_evaluation: self.re_evaluation,
            late_re_evaluation_grace_days: self.late_re_evaluation_grace_days,
            revocation_within_days: self.revocation_within_days,
            product_code_year: self.product_code_year,
            transition: self.transition,
            verified: self.verified,
            scorecards_prefix: self.scorecards_prefix,
        }
    }
}

pub(super) fn load() -> Result<Data, Vec<String>> {
    let file: RegimesFile = serde_saphyr::from_str(include_str!("../../data/regimes.yaml"))
        .map_err(|error| vec![format!("regimes.yaml: {error}")])?;
    let regimes = file.regimes.into_iter().map(RegimeRow::into_regime).collect();
    let data = Data { regimes, signers: file.signers, programmes: file.programmes };
    let mut faults = Vec::new();
    for level in recognising(&data.regimes) {
        if data.signers.iter().filter(|signers| signers.level == level && !signers.posts.is_empty()).count() != 1 {
            faults.push(format!("regimes.yaml: it is not said who signs what {level} recognises"));
        }
    }
    for regime in &data.regimes {
        check_regime(regime, &mut faults);
    }
    for pair in data.regimes.windows(2) {
        if let [older, newer] = pair
            && older.in_force_from >= newer.in_force_from
        {
            faults.push(format!("regimes.yaml: {} does not come before {}", older.id, newer.id));
        }
    }
    if faults.is_empty() { Ok(data) } else { Err(faults) }
}

/// The levels that recognise something under some regime.
fn recognising(regimes: &[Regime]) -> BTreeSet<&str> {
    let levels = regimes.iter().flat_map(|regime| &regime.levels).flat_map(|period| &period.levels);
    levels.filter(|level| !level.recognises.is_empty()).map(|level| level.level.as_str()).collect()
}

fn check_regime(regime: &Regime, faults: &mut Vec<String>) {
    let mut fault = |what: &str| faults.push(format!("regimes.yaml: {}: {what}", regime.id));
    let PartMaxima { a, b, c } = regime.part_maxima;
    if a + b + c != 100 {
        fault("the parts do not add up to 100");
    }
    let joined = regime.bands.windows(2).all(|pair| matches!(pair, [high, low] if low.below == Some(high.from)));
    let top = regime.bands.first().is_some_and(|band| band.to == Some(100) && band.to_inclusive && band.stars == 5);
    let bottom = regime.bands.last().is_some_and(|band| band.from == 0 && band.stars == 1);
    if !joined || !top || !bottom || regime.bands.len() != 5 {
        fault("the bands do not cover 0 to 100 without gap or overlap");
    }
    if regime.levels.iter().any(|period| period.levels.is_empty()) {
        fault("a stretch has no levels");
    }
    if regime.in_force_to.is_some_and(|last| last < regime.in_force_from) {
        fault("it ends before it begins");
    }
    for rule in &regime.transition {
        if rule.kinds.is_empty() != rule.finish_within_days.is_none()
            || rule.kinds.is_empty() != rule.filed_before.is_none()
        {
            fault("a transition rule is only half computable");
        }
    }
}
