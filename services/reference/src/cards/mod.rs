//! Scorecards as data: criteria, ladders of options, minimum marks and knock-outs of the 51 cards that are known.
//!
//! A card is identified by the SHA-256 of its file's bytes; results keep that digest, so card files are embedded byte
//! for byte and never edited. Every card is checked when it is loaded: a card whose numbers do not fit together
//! stops the service instead of grading wrongly. Three cards add up to 98 and say so.
//!
//! Deliberately absent: grading (evaluation's `rules`), the cards of q148 and of "Gạo, ngũ cốc" under q1048 (no
//! source has them: [`missing_sets`]), and official wording of options (the labels are paraphrases).

mod checks;
mod file;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde::Deserialize;
use time::Date;

use crate::regimes::{Band, PartMaxima};

/// Product group of a card. The groups of the regimes differ; the names are those of the cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Food.
    Food,
    /// Drinks.
    Beverage,
    /// Herbs and what is made from them.
    Herbal,
    /// Handicraft (q26).
    Handicraft,
    /// Handicraft for home and decoration (q1048).
    HandicraftDecor,
    /// Fabric and garments (q1048).
    FabricGarment,
    /// Ornamental plants and animals (q26).
    Ornamental,
    /// Community tourism.
    Tourism,
}

impl Group {
    /// The name in the files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Food => "food",
            Self::Beverage => "beverage",
            Self::Herbal => "herbal",
            Self::Handicraft => "handicraft",
            Self::HandicraftDecor => "handicraft_decor",
            Self::FabricGarment => "fabric_garment",
            Self::Ornamental => "ornamental",
            Self::Tourism => "tourism",
        }
    }
}

/// Whether a card's points add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// To 100.
    Complete,
    /// To less: the source lacks points. Results say so.
    Incomplete,
}

/// How far a card was verified.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verification {
    /// In one word of the files.
    pub level: String,
    /// True when the official annex (or a full transcript) was seen.
    pub official_annex_text_seen: bool,
    /// Where the card was taken from.
    pub sources: Vec<String>,
    /// What is known to be doubtful.
    #[serde(default)]
    pub caveats: Vec<String>,
}

/// What a raised knock-out does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum KnockoutEffect {
    /// The product is out.
    Disqualify,
    /// A condition of entry is not met: out as well.
    Precondition,
    /// Scoring stops.
    StopScoring,
    /// The product is not assessed.
    NotAssessed,
}

/// A knock-out that a criterion knows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Knockout {
    /// What it does.
    pub effect: KnockoutEffect,
    /// When it is raised, paraphrased.
    pub when: String,
}

/// How a criterion is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Select {
    /// One option of the one ladder.
    OneOption,
    /// One option of the ladder that fits the producer; points of any ladder pass.
    OneCaseThenOneOption,
}

/// One rung of a ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CardOption {
    /// Position among all options of the criterion, from 1, ladder after ladder.
    pub position: i32,
    /// Points.
    pub points: i32,
    /// Paraphrase in English.
    pub label_en: String,
    /// The star that asks for at least this option.
    pub star_minimum: Option<u8>,
}

/// One ladder of options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Whom it is for; none where the criterion has one ladder.
    pub case: Option<String>,
    /// The options, as printed.
    pub options: Vec<CardOption>,
}

/// A heading that groups criteria inside a section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Vietnamese.
    pub name_vi: String,
    /// English, where given.
    pub name_en: Option<String>,
    /// Points of the criteria under it, where given.
    pub max: Option<i32>,
}

/// One criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Id on the card (`A1.1`).
    pub id: String,
    /// Official title.
    pub name_vi: String,
    /// Title in English.
    pub name_en: String,
    /// Highest points.
    pub max: i32,
    /// Points of "none applies" where the ladder has no such rung.
    pub none_applies_points: Option<i32>,
    /// True when every member must answer (all are).
    pub answer_required: bool,
    /// True when the text marks it as a mandatory criterion.
    pub mandatory: bool,
    /// Points needed for a star, by star.
    pub star_minimum: BTreeMap<u8, i32>,
    /// Knock-outs that may be raised on it.
    pub knockouts: Vec<Knockout>,
    /// Remarks of the card.
    pub notes: Vec<String>,
    /// How it is answered.
    pub select: Select,
    /// Heading inside the section.
    pub under: Option<Heading>,
    /// Ladders, in the card's order.
    pub ladders: Vec<Ladder>,
}

impl Criterion {
    /// All options, ladder after ladder; the first has position 1.
    pub fn options(&self) -> impl Iterator<Item = &CardOption> {
        self.ladders.iter().flat_map(|ladder| &ladder.options)
    }

    /// The option at a position, counted from 1.
    #[must_use]
    pub fn option(&self, position: i32) -> Option<&CardOption> {
        self.options().find(|option| option.position == position)
    }

    /// True for points that some option, or "none applies", gives.
    #[must_use]
    pub fn gives(&self, points: i32) -> bool {
        self.none_applies_points == Some(points) || self.options().any(|option| option.points == points)
    }
}

/// A section of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Id on the card (`A1`).
    pub id: String,
    /// Official title.
    pub name_vi: String,
    /// Title in English.
    pub name_en: String,
    /// Highest points.
    pub max: i32,
    /// Criteria in the card's order.
    pub criteria: Vec<Criterion>,
}

/// A part of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// `A`, `B` or `C`.
    pub id: String,
    /// Official title.
    pub name_vi: String,
    /// Title in English.
    pub name_en: String,
    /// Highest points as printed (an incomplete card's criteria may give less).
    pub max: i32,
    /// Sections in the card's order.
    pub sections: Vec<Section>,
}

/// One scorecard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Id, which is also the product set's.
    pub id: String,
    /// Number of the set in the decision's annex, where known.
    pub set_no: Option<u32>,
    /// Official name of the set.
    pub name_vi: String,
    /// Name in English.
    pub name_en: String,
    /// Product group.
    pub group: Group,
    /// Subgroup, in English.
    pub subgroup_en: String,
    /// Ministries in the lead.
    pub lead_ministries: Vec<String>,
    /// Regime.
    pub regime_id: String,
    /// First day in force.
    pub in_force_from: Date,
    /// Last day in force; none while it is.
    pub in_force_to: Option<Date>,
    /// Points that a card ought to have (100).
    pub max_total: i32,
    /// Points that its options add up to.
    pub sum_of_option_maxima: i32,
    /// Points that the options of each part add up to.
    pub part_maxima: PartMaxima,
    /// Whether the two agree.
    pub status: Status,
    /// How far it was verified.
    pub verification: Verification,
    /// Reasons to refuse a dossier at intake. Grading does not look at them.
    pub dossier_disqualified_when: Vec<String>,
    /// Samples that go with a dossier, where the card says so.
    pub samples_required: Option<u32>,
    /// Bands of the regime, from the highest.
    pub bands: Vec<Band>,
    /// Parts in the card's order.
    pub parts: Vec<Part>,
    /// SHA-256 of the file's bytes, hex.
    pub digest: String,
}

impl Card {
    /// All criteria in the card's order.
    pub fn criteria(&self) -> impl Iterator<Item = &Criterion> {
        self.parts.iter().flat_map(|part| &part.sections).flat_map(|section| &section.criteria)
    }

    /// One criterion by id.
    #[must_use]
    pub fn criterion(&self, id: &str) -> Option<&Criterion> {
        self.criteria().find(|criterion| criterion.id == id)
    }

    /// True for a card whose points do not add up to [`Card::max_total`].
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.status == Status::Incomplete
    }
}

/// A set that has no card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingSet {
    /// Regime.
    pub regime_id: String,
    /// Name of the set, or of all of them, as the index has it.
    pub set: String,
    /// Why there is no card.
    pub reason: String,
}

#[derive(Default)]
struct Data {
    cards: Vec<Card>,
    by_id: HashMap<String, usize>,
    missing: Vec<MissingSet>,
}

static LOADED: LazyLock<Result<Data, Vec<String>>> = LazyLock::new(load);

fn load() -> Result<Data, Vec<String>> {
    let mut faults = Vec::new();
    let (cards, missing) = file::read_all(&mut faults);
    for card in &cards {
        checks::card(card, &mut faults);
    }
    let by_id = cards.iter().enumerate().map(|(at, card)| (card.id.clone(), at)).collect();
    if faults.is_empty() { Ok(Data { cards, by_id, missing }) } else { Err(faults) }
}

/// Faults of the embedded files, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// All cards, by regime and id.
#[must_use]
pub fn all() -> &'static [Card] {
    LOADED.as_ref().map_or(&[], |data| data.cards.as_slice())
}

/// The cards of one regime, by id.
#[must_use]
pub fn list(regime_id: &str) -> Vec<&'static Card> {
    all().iter().filter(|card| card.regime_id == regime_id).collect()
}

/// One card by id (without `scorecards/`).
#[must_use]
pub fn get(id: &str) -> Option<&'static Card> {
    let data = LOADED.as_ref().ok()?;
    data.cards.get(*data.by_id.get(id)?)
}

/// Sets that are known to have no card, with the reason.
#[must_use]
pub fn missing_sets() -> &'static [MissingSet] {
    LOADED.as_ref().map_or(&[], |data| data.missing.as_slice())
}
