//! What a dossier is made of, by regime: forms with fields, papers with the evidence that fulfils them, what the commune
//! assesses, samples, and which legal forms take part.
//!
//! Deliberately absent: the wording of the official forms (fields are named in our own short words), the list of papers of
//! q148 (known to exist, not seen: its intake is [`Listing::Partial`]), papers that single provinces ask for, and what is
//! known of a producer or product already (name, unit, product, group stand with them, not in a form).

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::cards::Group;
use crate::holidays::Mark;
use crate::products::{self, ProductSet};
use crate::regimes::{self, DossierKind};

/// How much of a regime's list was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listing {
    /// All of it.
    Complete,
    /// It is known to exist; what stands here is a part.
    Partial,
}

/// Who fills a form in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filler {
    /// The producer.
    Producer,
    /// The commune.
    Commune,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// A text of one or several lines.
    Text,
    /// A whole number.
    Number,
    /// A day, yyyy-mm-dd.
    Date,
    /// Yes ("true"); a required flag must be it.
    Flag,
    /// One of the choices.
    Choice,
    /// Any of the choices, each once.
    Choices,
    /// A person of the registry.
    Person,
    /// Points for each criterion of the scorecard.
    Marks,
}

/// One choice of a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// Its id.
    pub id: String,
    /// In Vietnamese.
    pub label_vi: String,
    /// In English.
    pub label_en: String,
}

/// One field of a form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Field {
    /// Its id in the form.
    pub id: String,
    /// What it holds.
    pub kind: FieldKind,
    /// True where a dossier does not go without it.
    pub required: bool,
    /// In Vietnamese.
    pub label_vi: String,
    /// In English.
    pub label_en: String,
    /// Kinds of dossier that it is for; empty for all.
    #[serde(default)]
    pub kinds: Vec<DossierKind>,
    /// What may be chosen.
    #[serde(default)]
    pub choices: Vec<Choice>,
}

impl Field {
    /// True where a dossier of the kind has the field.
    #[must_use]
    pub fn is_for(&self, kind: DossierKind) -> bool {
        self.kinds.is_empty() || self.kinds.contains(&kind)
    }
}

/// One form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Form {
    /// Its id, unique among all regimes.
    pub id: String,
    /// Its number in the decision.
    pub number: String,
    /// Who fills it in.
    pub filled_by: Filler,
    /// In Vietnamese.
    pub title_vi: String,
    /// In English.
    pub title_en: String,
    /// What stands behind it.
    pub mark: Mark,
    /// Where it was taken from.
    pub source: String,
    /// Its fields.
    pub fields: Vec<Field>,
}

impl Form {
    /// One field by id.
    #[must_use]
    pub fn field(&self, id: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.id == id)
    }
}

/// How much a paper is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Always.
    Required,
    /// Where its condition holds; else the dossier says that it does not.
    Conditional,
    /// Never: it proves points.
    Supporting,
}

/// One paper.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// Its id in the regime.
    pub id: String,
    /// How much it is needed.
    pub need: Need,
    /// Kinds of evidence that fulfil it, by their short names (`food_safety`).
    pub fulfilled_by: Vec<String>,
    /// In Vietnamese.
    pub title_vi: String,
    /// In English.
    pub title_en: String,
    /// What stands behind it.
    pub mark: Mark,
    /// Where it was taken from.
    pub source: String,
    /// Kinds of dossier that it is for; empty for all.
    #[serde(default)]
    pub kinds: Vec<DossierKind>,
    /// Product groups that it is for; empty for all.
    #[serde(default)]
    pub groups: Vec<Group>,
    /// Product sets that it is for; empty for all.
    #[serde(default)]
    pub sets: Vec<String>,
    /// When a conditional paper is required, in Vietnamese.
    #[serde(default)]
    pub condition_vi: String,
    /// The same in English.
    #[serde(default)]
    pub condition_en: String,
    /// Days after which it is too old; none where its own dates decide.
    #[serde(default)]
    pub max_age_days: Option<u32>,
    /// What stands behind the age.
    #[serde(default)]
    pub max_age_note: String,
}

impl Paper {
    /// True where a dossier of the kind for a product of the set has the paper.
    #[must_use]
    pub fn is_for(&self, set: &ProductSet, kind: DossierKind) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.groups.is_empty() || self.groups.contains(&set.group))
            && (self.sets.is_empty() || self.sets.contains(&set.id))
    }
}

/// Legal forms that take part, with the product groups.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entitled {
    /// Legal forms by their short names (`cooperative_group`).
    pub forms: Vec<String>,
    /// Product groups; empty for all.
    pub groups: Vec<Group>,
    /// What stands behind it.
    pub mark: Mark,
    /// Where it was taken from.
    pub source: String,
}

/// One content that the commune assesses.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Its id.
    pub id: String,
    /// In Vietnamese.
    pub title_vi: String,
    /// In English.
    pub title_en: String,
    /// What stands behind it.
    pub mark: Mark,
}

/// What the dossiers of one regime are made of.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intake {
    /// The regime.
    #[serde(rename = "regime")]
    pub regime_id: String,
    /// How much of its list was seen.
    pub listing: Listing,
    /// Samples that go with a dossier.
    pub samples: u32,
    /// Groups that send none.
    pub samples_exempt_groups: Vec<Group>,
    /// What stands in numbers of registration slips; none where the regime has no such numbers.
    #[serde(default)]
    pub slip: Option<String>,
    /// Who takes part.
    pub legal_forms: Vec<Entitled>,
    /// What the commune assesses; empty where it confirms papers only.
    pub contents: Vec<Content>,
    /// Forms.
    pub forms: Vec<Form>,
    /// Papers.
    pub papers: Vec<Paper>,
}

impl Intake {
    /// The papers of a dossier, in the file's order.
    pub fn papers_for(&self, set: &ProductSet, kind: DossierKind) -> impl Iterator<Item = &Paper> {
        self.papers.iter().filter(move |paper| paper.is_for(set, kind))
    }

    /// Samples of a product of the group.
    #[must_use]
    pub fn samples_for(&self, group: Group) -> u32 {
        if self.samples_exempt_groups.contains(&group) { 0 } else { self.samples }
    }

    /// True where a producer of the legal form takes part with a product of the group.
    #[must_use]
    pub fn entitles(&self, legal_form: &str, group: Group) -> bool {
        let fits = |e: &&Entitled| e.groups.is_empty() || e.groups.contains(&group);
        self.legal_forms.iter().filter(fits).any(|e| e.forms.iter().any(|form| form == legal_form))
    }

    /// One form by id.
    #[must_use]
    pub fn form(&self, id: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.id == id)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormsFile {
    intakes: Vec<Intake>,
}

static LOADED: LazyLock<Result<Vec<Intake>, Vec<String>>> = LazyLock::new(|| load(include_str!("../data/forms.yaml")));

fn load(text: &str) -> Result<Vec<Intake>, Vec<String>> {
    let file: FormsFile = serde_saphyr::from_str(text).map_err(|error| vec![format!("forms.yaml: {error}")])?;
    let mut faults = Vec::new();
    let mut forms = BTreeSet::new();
    for intake in &file.intakes {
        check(intake, &mut faults);
        for form in &intake.forms {
            if !forms.insert(form.id.as_str()) {
                faults.push(format!("forms.yaml: the form {} stands twice", form.id));
            }
        }
    }
    for regime in regimes::all() {
        if file.intakes.iter().filter(|intake| intake.regime_id == regime.id).count() != 1 {
            faults.push(format!("forms.yaml: {} has not one intake", regime.id));
        }
    }
    if faults.is_empty() { Ok(file.intakes) } else { Err(faults) }
}

fn check(intake: &Intake, faults: &mut Vec<String>) {
    let mut fault = |what: String| faults.push(format!("forms.yaml: {}: {what}", intake.regime_id));
    let mut papers = BTreeSet::new();
    for paper in &intake.papers {
        if !papers.insert(paper.id.as_str()) {
            fault(format!("the paper {} stands twice", paper.id));
        }
        if paper.fulfilled_by.is_empty() {
            fault(format!("nothing fulfils {}", paper.id));
        }
        if (paper.need == Need::Conditional) == (paper.condition_vi.is_empty() || paper.condition_en.is_empty()) {
            fault(format!("{} is conditional without a condition, or has one without being so", paper.id));
        }
        for set in &paper.sets {
            if products::set(set).is_none_or(|set| set.regime_id != intake.regime_id) {
                fault(format!("{} is for {set}, which is no set of the regime", paper.id));
            }
        }
    }
    for form in &intake.forms {
        let mut fields = BTreeSet::new();
        for field in &form.fields {
            if !fields.insert(field.id.as_str()) {
                fault(format!("the field {} stands twice in {}", field.id, form.id));
            }
            if field.choices.is_empty() == matches!(field.kind, FieldKind::Choice | FieldKind::Choices) {
                fault(format!("the choices of {} in {} do not fit its kind", field.id, form.id));
            }
        }
    }
}

/// Faults of the embedded file, none after a passed check.
pub(crate) fn faults() -> &'static [String] {
    LOADED.as_ref().err().map_or(&[], Vec::as_slice)
}

/// All intakes.
#[must_use]
pub fn all() -> &'static [Intake] {
    LOADED.as_deref().unwrap_or_default()
}

/// What the dossiers of a regime are made of.
#[must_use]
pub fn intake(regime_id: &str) -> Option<&'static Intake> {
    all().iter().find(|intake| intake.regime_id == regime_id)
}

/// One form of any regime.
#[must_use]
pub fn form(id: &str) -> Option<&'static Form> {
    all().iter().find_map(|intake| intake.form(id))
}
