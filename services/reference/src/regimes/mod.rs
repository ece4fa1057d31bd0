//! Legal regimes of OCOP in time: which decision rules a dossier, its bands, levels and terms.
//!
//! The regime is chosen by the day of filing and the kind of dossier and then frozen with the dossier. From 22 May to
//! 20 July 2026 two regimes are at work side by side: dossiers filed before 22 May 2026 finish under the old one.
//!
//! Deliberately absent: the end-day convention of certificates and the spread limit (settings of the services), the
//! per-star minimum list of q148 (known to exist, found nowhere), and the windows of rounds as dates.

mod file;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Deserializer, de};
use time::{Date, Duration};

use crate::calendar::parse_iso;

/// What a dossier asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DossierKind {
    /// First evaluation of a product.
    First,
    /// More stars for a recognised product.
    Upgrade,
    /// A new certificate before the old one ends.
    ReEvaluation,
}

/// How much of the legal text was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// The text itself or a full transcript.
    SourceText,
    /// A public report about the text.
    Report,
}

/// One decision that changed a regime.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    /// Number of the decision.
    pub decision: String,
    /// Day it was signed.
    #[serde(deserialize_with = "date")]
    pub dated: Date,
    /// What it changed, where known.
    #[serde(default)]
    pub effect: Option<String>,
}

/// Highest points of the three parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartMaxima {
    /// Product and community strength.
    #[serde(rename = "A")]
    pub a: i32,
    /// Marketing ability.
    #[serde(rename = "B")]
    pub b: i32,
    /// Product quality.
    #[serde(rename = "C")]
    pub c: i32,
}

/// One band of points. All bands are read half open; the top band has its end as well.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Stars of the band.
    pub stars: u8,
    /// First points in the band.
    pub from: i32,
    /// First points above the band; none for the top band.
    #[serde(default)]
    pub below: Option<i32>,
    /// Last points of the top band.
    #[serde(default)]
    pub to: Option<i32>,
    /// True for the top band.
    #[serde(default)]
    pub to_inclusive: bool,
    /// What the text prints, in whole numbers, where it differs from the reading.
    #[serde(default)]
    pub printed: Option<String>,
    /// False where the text says that these stars are not recognised; none where it says nothing.
    #[serde(default)]
    pub recognised: Option<bool>,
}

/// The stars of the band that holds the mean `sum / count` exactly; none when no band does or `count` is not positive.
#[must_use]
pub fn band_of(bands: &[Band], sum: i64, count: i64) -> Option<u8> {
    if count <= 0 {
        return None;
    }
    let (sum, count) = (i128::from(sum), i128::from(count));
    let held = |band: &&Band| {
        let above = sum >= i128::from(band.from) * count;
        let below = band.below.is_none_or(|below| sum < i128::from(below) * count);
        let to = band.to.is_none_or(|to| sum <= i128::from(to) * count);
        above && below && to
    };
    bands.iter().find(held).map(|band| band.stars)
}

/// What a level does with the dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evaluates {
    /// Full evaluation (true), or none.
    Fully(bool),
    /// A part of it, in the words of the source.
    Partly(String),
}

impl<'de> Deserialize<'de> for Evaluates {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl de::Visitor<'_> for Either {
            type Value = Evaluates;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("true, false or a text")
            }
            fn visit_bool<E: de::Error>(self, value: bool) -> Result<Evaluates, E> {
                Ok(Evaluates::Fully(value))
            }
            fn visit_str<E: de::Error>(self, value: &str) -> Result<Evaluates, E> {
                Ok(match value {
                    "true" => Evaluates::Fully(true),
                    "false" => Evaluates::Fully(false),
                    text => Evaluates::Partly(text.to_owned()),
                })
            }
        }
        deserializer.deserialize_any(Either)
    }
}

/// One step on a dossier's way.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegimeLevel {
    /// `commune`, `district`, `province` or `central`.
    pub level: String,
    /// What it evaluates, where the source says so.
    #[serde(default)]
    pub evaluates: Option<Evaluates>,
    /// Stars that it recognises itself.
    #[serde(default)]
    pub recognises: Vec<u8>,
    /// Points from which a dossier goes up.
    #[serde(default)]
    pub sends_up_from_points: Option<i32>,
    /// Working days that it has.
    #[serde(default)]
    pub days_working: Option<u32>,
    /// Rounds that it holds in a year, at least.
    #[serde(default)]
    pub rounds_per_year_min: Option<u32>,
    /// Last days of rounds, month and day (`06-30`).
    #[serde(default)]
    pub round_closes: Vec<String>,
    /// Last days for dossiers of those rounds, month and day.
    #[serde(default)]
    pub dossiers_in_by: Vec<String>,
}

/// The levels as they stood during a stretch of the regime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LevelPeriod {
    /// First day.
    pub from: Date,
    /// Last day; none while the regime has no end.
    pub to: Option<Date>,
    /// The levels, from the lowest.
    pub levels: Vec<RegimeLevel>,
}

/// Terms of re-evaluation, in days.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReEvaluation {
    /// Earliest filing before the certificate ends.
    pub apply_not_earlier_than_days_before_expiry: u32,
    /// Latest filing before the certificate ends.
    pub apply_not_later_than_days_before_expiry: u32,
    /// Term of the decision.
    pub decide_within_days: u32,
    /// How it is decided, in words.
    pub method: String,
}

/// Which year stands at the end of a product code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeYear {
    /// That of registration.
    #[default]
    Registration,
    /// That of evaluation.
    Evaluation,
}

/// Who signs what a level recognises.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signers {
    /// The level.
    pub level: String,
    /// The posts of the law.
    pub posts: Vec<String>,
    /// Posts that sign in their place.
    pub in_place: Vec<String>,
    /// How much of the text was seen.
    pub verified: Verified,
}

/// One transition rule. The three computable fields are set where the rule moves a dossier to the old regime.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// The case in words.
    pub case: String,
    /// The rule in words.
    pub rule: String,
    /// Kinds of dossier that it holds for.
    #[serde(default)]
    pub kinds: Vec<DossierKind>,
    /// First filing day that it does not hold for.
    #[serde(default, deserialize_with = "optional_date")]
    pub filed_before: Option<Date>,
    /// Days to finish in; the decision's own day is day 1.
    #[serde(default)]
    pub finish_within_days: Option<u16>,
}

/// One legal regime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Regime {
    /// `q1048`, `q148` or `q26`.
    pub id: String,
    /// Number of the decision.
    pub decision: String,
    /// Day it was signed.
    pub dated: Date,
    /// What it rules.
    pub subject: String,
    /// Later decisions that changed it.
    pub amended_by: Vec<Amendment>,
    /// First day in force.
    pub in_force_from: Date,
    /// Last day on which work under it may go on; none while in force.
    pub in_force_to: Option<Date>,
    /// Highest points of the parts.
    pub part_maxima: PartMaxima,
    /// Number of product groups.
    pub groups: u32,
    /// Number of product sets.
    pub sets: u32,
    /// Levels, by stretches of time.
    pub levels: Vec<LevelPeriod>,
    /// Bands, from the highest.
    pub bands: Vec<Band>,
    /// True when single criteria carry a minimum for a star.
    pub star_minimum_criteria: bool,
    /// Samples that go with a dossier, where the regime says so.
    pub samples: Option<u32>,
    /// Groups that send none.
    pub samples_exempt_groups: Vec<String>,
    /// Life of a certificate, in months.
    pub certificate_months: u32,
    /// Terms of re-evaluation, where the regime has them.
    pub re_evaluation: Option<ReEvaluation>,
    /// Days in force behind the end while a timely re-evaluation is pending.
    pub late_re_evaluation_grace_days: Option<u32>,
    /// Term of a revocation, in days.
    pub revocation_within_days: Option<u32>,
    /// Which year its product codes end with.
    pub product_code_year: CodeYear,
    /// Transition rules that came with it.
    pub transition: Vec<Transition>,
    /// How much of the text was seen.
    pub verified: Verified,
    /// What the ids of its scorecards begin with; none when it has no cards.
    pub scorecards_prefix: Option<String>,
}

impl Regime {
    /// The levels in force on a day of the regime.
    #[must_use]
    pub fn levels_on(&self, day: Date) -> &[RegimeLevel] {
        let held = |period: &&LevelPeriod| period.from <= day && period.to.is_none_or(|last| day <= last);
        self.levels.iter().find(held).map_or(&[], |period| period.levels.as_slice())
    }
}

/// A decision on the programme as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Programme {
    /// Number of the decision.
    pub decision: String,
    /// Day it was signed.
    #[serde(deserialize_with = "date")]
    pub dated: Date,
    /// Years it covers.
    pub period: String,
    /// How much of the text was seen.
    pub verified: Verified,
}

/// Why no regime rules a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegimeFault {
    /// No criteria set was in force yet.
    #[error("no regime before {first}")]
    BeforeFirst {
        /// First day of the first regime.
        first: Date,
    },
}

struct Data {
    regimes: Vec<Regime>,
    signers: Vec<Signers>,
    programmes: Vec<Programme>,
}

static LOADED: LazyLock<Result<Data, Vec<String>>> = LazyLock::new(file::load);

/// Faults of the embedded file, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// All regimes, the oldest first.
#[must_use]
pub fn all() -> &'static [Regime] {
    LOADED.as_ref().map_or(&[], |data| data.regimes.as_slice())
}

/// Who signs what a level recognises; none for a level that recognises nothing.
#[must_use]
pub fn signers(level: &str) -> Option<&'static Signers> {
    let data = LOADED.as_ref().ok()?;
    data.signers.iter().find(|signers| signers.level == level)
}

/// The decisions on the programme as a whole.
#[must_use]
pub fn programmes() -> &'static [Programme] {
    LOADED.as_ref().map_or(&[], |data| data.programmes.as_slice())
}

/// One regime by id.
#[must_use]
pub fn get(id: &str) -> Option<&'static Regime> {
    all().iter().find(|regime| regime.id == id)
}

/// The regime that rules a dossier of this kind filed on this day: the newest in force, unless its transition rules
/// leave the dossier with the one before.
///
/// # Errors
/// [`RegimeFault::BeforeFirst`] before 21 August 2019.
pub fn resolve(filed: Date, kind: DossierKind) -> Result<&'static Regime, RegimeFault> {
    let old = rule_for(filed, kind).map(|(newer, _)| newer.in_force_from);
    let begun =
        |regime: &&Regime| regime.in_force_from <= filed && old.is_none_or(|first| regime.in_force_from < first);
    let first = all().first().map_or(Date::MAX, |regime| regime.in_force_from);
    all().iter().rev().find(begun).ok_or(RegimeFault::BeforeFirst { first })
}

/// Last day on which a dossier may be finished under the old regime (60 or 30 days, the first being 22 May 2026);
/// none for dossiers that no transition rule holds for.
#[must_use]
pub fn finish_by(filed: Date, kind: DossierKind) -> Option<Date> {
    let (newer, rule) = rule_for(filed, kind)?;
    newer.in_force_from.checked_add(Duration::days(i64::from(rule.finish_within_days?) - 1))
}

fn rule_for(filed: Date, kind: DossierKind) -> Option<(&'static Regime, &'static Transition)> {
    let holds = |rule: &&Transition| rule.kinds.contains(&kind) && rule.filed_before.is_some_and(|first| filed < first);
    all().iter().rev().find_map(|regime| Some((regime, regime.transition.iter().find(holds)?)))
}

/// Reads a YAML date, which is plain text to the parser.
pub(crate) fn date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Date, D::Error> {
    let text = String::deserialize(deserializer)?;
    parse_iso(&text).ok_or_else(|| de::Error::custom(format!("{text} is no day")))
}

/// Reads a YAML date or null.
pub(crate) fn optional_date<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Date>, D::Error> {
    match Option::<String>::deserialize(deserializer)? {
        None => Ok(None),
        Some(text) => parse_iso(&text).map(Some).ok_or_else(|| de::Error::custom(format!("{text} is no day"))),
    }
}
