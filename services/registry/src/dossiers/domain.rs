//! Dossiers as the rules see them: how they move, which rules hold for them, and the terms of law.

pub mod answers;
pub mod check;
pub mod snapshot;

#[cfg(test)]
mod tests;

use reference::cards::{self, Card};
use reference::forms::{self, Intake};
use reference::holidays::{Due, YearUnknown, add_working_days};
use reference::products::{self, ProductSet};
use reference::regimes::{self, DossierKind, Regime, RegimeFault};
use reference::units::{self, CHANGE_OF_2025, Unit};
use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use crate::recognitions::domain::{Held, Standing, standing};
use crate::shared::states::numbered;

numbered! {
    /// Where a dossier stands.
    pub enum DossierState {
        /// Being made.
        Draft = 1 "DRAFT",
        /// Handed to the commune.
        Submitted = 2 "SUBMITTED",
        /// The commune assesses it.
        Assessing = 3 "UNDER_COMMUNE_ASSESSMENT",
        /// Given back with reasons.
        Returned = 4 "RETURNED",
        /// With the district or the province.
        Forwarded = 5 "FORWARDED",
        /// Fixed for evaluation.
        Sealed = 6 "SEALED",
        /// Taken back by the producer.
        Withdrawn = 7 "WITHDRAWN",
        /// Refused at intake.
        Rejected = 8 "REJECTED",
    }
}

numbered! {
    /// What can be done with a dossier; the word is the RPC.
    pub enum DossierStep {
        /// Set or certificate change.
        Update = 1 "UpdateDossier",
        /// A form is answered.
        Answer = 2 "SetFormAnswers",
        /// Evidence is attached.
        Attach = 3 "AttachPaper",
        /// A paper is said not to be needed.
        Waive = 4 "WaivePaper",
        /// A paper is taken out.
        Detach = 5 "DetachPaper",
        /// It is handed to the commune.
        Submit = 6 "SubmitDossier",
        /// The commune takes it up.
        Begin = 7 "BeginAssessment",
        /// The commune writes down what it finds.
        Assess = 8 "RecordAssessment",
        /// It goes back to the producer.
        Return = 9 "ReturnDossier",
        /// It goes on.
        Forward = 10 "ForwardDossier",
        /// It is refused.
        Reject = 11 "RejectDossier",
        /// The producer takes it back.
        Withdraw = 12 "WithdrawDossier",
        /// It is fixed.
        Seal = 13 "SealDossier",
        /// An officer advises.
        Advise = 14 "CreateGuidance",
        /// Samples come in.
        HandIn = 15 "HandInSamples",
        /// It is begun.
        Create = 16 "CreateDossier",
    }
}

use DossierState as S;
use DossierStep as V;

/// All that can be done with a dossier; what is not here is refused.
pub const DOSSIER: &[(S, V, S)] = &[
    (S::Draft, V::Update, S::Draft),
    (S::Draft, V::Answer, S::Draft),
    (S::Draft, V::Attach, S::Draft),
    (S::Draft, V::Waive, S::Draft),
    (S::Draft, V::Detach, S::Draft),
    (S::Draft, V::Submit, S::Submitted),
    (S::Draft, V::Withdraw, S::Withdrawn),
    (S::Draft, V::Advise, S::Draft),
    (S::Submitted, V::Begin, S::Assessing),
    (S::Submitted, V::Withdraw, S::Withdrawn),
    (S::Submitted, V::Advise, S::Submitted),
    (S::Submitted, V::HandIn, S::Submitted),
    (S::Assessing, V::Assess, S::Assessing),
    (S::Assessing, V::Return, S::Returned),
    (S::Assessing, V::Forward, S::Forwarded),
    (S::Assessing, V::Reject, S::Rejected),
    (S::Assessing, V::Withdraw, S::Withdrawn),
    (S::Assessing, V::Advise, S::Assessing),
    (S::Assessing, V::HandIn, S::Assessing),
    (S::Returned, V::Update, S::Returned),
    (S::Returned, V::Answer, S::Returned),
    (S::Returned, V::Attach, S::Returned),
    (S::Returned, V::Waive, S::Returned),
    (S::Returned, V::Detach, S::Returned),
    (S::Returned, V::Submit, S::Submitted),
    (S::Returned, V::Withdraw, S::Withdrawn),
    (S::Returned, V::Advise, S::Returned),
    (S::Returned, V::HandIn, S::Returned),
    (S::Forwarded, V::Return, S::Returned),
    (S::Forwarded, V::Seal, S::Sealed),
    (S::Forwarded, V::Reject, S::Rejected),
    (S::Forwarded, V::Advise, S::Forwarded),
    (S::Forwarded, V::HandIn, S::Forwarded),
];

/// States in which a product's dossier is open: one at a time. They are the numbers below that of SEALED.
pub const FIRST_CLOSED: DossierState = S::Sealed;

/// States in which the commune's term runs.
pub const WITH_COMMUNE: [DossierState; 2] = [S::Submitted, S::Assessing];

/// True where the commune has let its term pass.
#[must_use]
pub fn overdue(state: i32, due: Option<Date>, as_of: Date) -> bool {
    WITH_COMMUNE.iter().any(|s| s.number() == state) && due.is_some_and(|due| due < as_of)
}

/// One answer of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The field.
    pub field: String,
    /// Its values, in canonical form.
    pub values: Vec<String>,
}

/// Self-assessed points of one criterion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelfMark {
    /// The criterion.
    pub criterion: String,
    /// The points.
    pub points: i32,
    /// What proves them.
    pub evidence: String,
}

/// One form with its answers in the form's order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// The form.
    pub form: String,
    /// The answers.
    pub answers: Vec<Answer>,
    /// Self-assessed points, by criterion.
    pub marks: Vec<SelfMark>,
}

/// One paper of a dossier.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Attached {
    /// The paper.
    pub paper: String,
    /// The evidence; none where the paper is not needed.
    pub evidence: Option<Uuid>,
    /// Its version; 0 where there is none.
    pub version: i32,
    /// Why the paper is not needed.
    pub waive_reason: String,
}

/// What is wrong with one part of a dossier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The part.
    pub subject: String,
    /// What is to be done.
    pub text: String,
}

/// The finding on one content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContentFinding {
    /// The content.
    pub content: String,
    /// True where the commune confirms it.
    pub fulfilled: bool,
    /// The finding.
    pub finding: String,
}

/// What the commune finds, in the order of the regime's contents.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// The day, yyyy-mm-dd.
    pub date: String,
    /// The findings.
    pub contents: Vec<ContentFinding>,
    /// What the commune proposes.
    pub proposal: String,
    /// Number of its letter.
    pub letter_number: String,
}

/// The rules that hold for a dossier.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// The regime.
    pub regime: &'static Regime,
    /// What its dossiers are made of.
    pub intake: &'static Intake,
    /// The product set.
    pub set: &'static ProductSet,
    /// The scorecard; none where no source has it.
    pub card: Option<&'static Card>,
}

/// Why no rules hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RulesFault {
    /// No regime was in force on the day; the first began on this one.
    BeforeFirst(Date),
    /// There is no such product set.
    SetUnknown,
    /// The set belongs to another regime than this one.
    OtherRegime(&'static str),
}

/// The id of a set in its name.
#[must_use]
pub fn set_id(name: &str) -> &str {
    name.strip_prefix("productSets/").unwrap_or(name)
}

/// The rules for a dossier of a kind filed on a day.
///
/// # Errors
/// See [`RulesFault`].
pub fn rules(filed: Date, kind: DossierKind, set: &str) -> Result<Rules, RulesFault> {
    let regime = match regimes::resolve(filed, kind) {
        Ok(regime) => regime,
        Err(RegimeFault::BeforeFirst { first }) => return Err(RulesFault::BeforeFirst(first)),
    };
    rules_of(regime, set)
}

/// The rules for a dossier whose regime is frozen.
///
/// # Errors
/// The set is unknown or of another regime. A regime of which no set is listed takes the sets of every other one.
pub fn rules_of(regime: &'static Regime, set: &str) -> Result<Rules, RulesFault> {
    let set = products::set(set_id(set)).ok_or(RulesFault::SetUnknown)?;
    let intake = forms::intake(&regime.id).ok_or(RulesFault::SetUnknown)?;
    let listed = !products::sets(&regime.id).is_empty();
    if listed && set.regime_id != regime.id {
        return Err(RulesFault::OtherRegime(&regime.id));
    }
    let card = set.scorecard.as_deref().filter(|_| listed).and_then(cards::get);
    Ok(Rules { regime, intake, set, card })
}

impl Rules {
    /// The commune's term in working days, for a dossier filed on a day.
    #[must_use]
    pub fn commune_days(&self, filed: Date) -> Option<u32> {
        self.regime.levels_on(filed).iter().find(|level| level.level == "commune")?.days_working
    }

    /// The end of the commune's term that begins with a submission.
    ///
    /// # Errors
    /// The holidays of a year are not known.
    pub fn due(&self, filed: Date, submitted: Date) -> Result<Option<Due>, YearUnknown> {
        self.commune_days(filed).map(|days| add_working_days(submitted, days)).transpose()
    }

    /// True where the commune sends on to the district; districts ended on 30 June 2025.
    #[must_use]
    pub fn over_district(&self, filed: Date, on: Date) -> bool {
        on < CHANGE_OF_2025 && self.regime.levels_on(filed).iter().any(|level| level.level == "district")
    }

    /// True where a remark may be about this.
    #[must_use]
    pub fn has_subject(&self, subject: &str) -> bool {
        let (form, field) = subject.split_once('.').map_or((subject, None), |(form, field)| (form, Some(field)));
        let of_form = |f: &forms::Form| f.id == form && field.is_none_or(|field| f.field(field).is_some());
        subject == "dossier"
            || self.intake.papers.iter().any(|paper| paper.id == subject)
            || self.intake.forms.iter().any(of_form)
    }
}

/// The certificate whose facts a dossier takes from the copy instead of what was typed: one that did not end early. Where a
/// number was typed it may be of a certificate issued elsewhere, and only one whose term runs speaks against that.
#[must_use]
pub fn known(held: Option<&Held>, numbered: bool, on: Date) -> Option<&Held> {
    held.filter(|held| held.end_date.is_none()).filter(|held| match standing(Some(held), on) {
        Standing::InForce | Standing::Suspended => true,
        Standing::Lapsed => !numbered,
        Standing::Never => false,
    })
}

/// The commune that stands for a product's on a day: itself, or the default target where it was reorganised. None where
/// no link is known.
#[must_use]
pub fn commune_on(unit: &str, on: Date) -> Option<&'static Unit> {
    let unit = units::by_name(unit)?;
    if unit.in_force(on) {
        return Some(unit);
    }
    let links = units::map(&unit.name, unit.valid_from, on).ok()?;
    links.iter().find(|link| link.default_target).map(|link| link.unit)
}

/// The key of the serial and the rest of the number of a registration slip: at the commune, and at the province.
#[must_use]
pub fn slip(word: &str, commune: &Unit, on: Date, upper: bool) -> Option<(String, String)> {
    let province = units::province_of(commune)?;
    let (year, of) = (on.year(), if upper { &province.code } else { &commune.code });
    Some((format!("{of}-{year}"), format!("/{word}-{}-{}-{year}", province.code, commune.code)))
}
