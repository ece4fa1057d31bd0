//! What a dossier lacks: everything at once, each with what it holds back.

use reference::forms::{Field, FieldKind, Filler, Listing, Need, Paper};
use reference::regimes::{self, DossierKind};
use time::{Date, Duration};
use uuid::Uuid;

use super::{Assessment, Attached, Rules, RulesFault, SelfMark, Sheet};
use crate::evidence::domain::{Span, Status, status};
use crate::shared::states::numbered;

numbered! {
    /// What a check finds.
    pub enum Code {
        /// A required field has no answer.
        FormFieldMissing = 1 "FORM_FIELD_MISSING",
        /// A criterion has no self-assessed points.
        SelfMarkMissing = 2 "SELF_MARK_MISSING",
        /// The points are none of the criterion's options.
        SelfMarkInvalid = 3 "SELF_MARK_INVALID",
        /// A required paper is not attached.
        PaperMissing = 4 "PAPER_MISSING",
        /// A conditional paper is neither attached nor waived.
        PaperConditionOpen = 5 "PAPER_CONDITION_OPEN",
        /// The evidence does not fulfil the paper.
        PaperWrongKind = 6 "PAPER_WRONG_KIND",
        /// Its last day has passed.
        PaperExpired = 7 "PAPER_EXPIRED",
        /// Its first day has not come.
        PaperNotYetValid = 8 "PAPER_NOT_YET_VALID",
        /// It is older than the paper may be.
        PaperTooOld = 9 "PAPER_TOO_OLD",
        /// It was withdrawn.
        PaperWithdrawn = 10 "PAPER_WITHDRAWN",
        /// It is about another product or of another producer.
        PaperForeign = 11 "PAPER_FOREIGN",
        /// The checklist has no such paper.
        PaperNotListed = 12 "PAPER_NOT_LISTED",
        /// It ends soon.
        PaperExpiresSoon = 13 "PAPER_EXPIRES_SOON",
        /// The vault has a newer version.
        PaperNewerVersion = 14 "PAPER_NEWER_VERSION",
        /// The set belongs to another regime.
        SetOtherRegime = 15 "SET_OTHER_REGIME",
        /// No regime was in force.
        RegimeMissing = 16 "REGIME_MISSING",
        /// No source has the scorecard.
        ScorecardUnknown = 17 "SCORECARD_UNKNOWN",
        /// The list of the regime was seen in part only.
        ChecklistPartial = 18 "CHECKLIST_PARTIAL",
        /// The producer is deleted, merged or registered later.
        ProducerGone = 19 "PRODUCER_GONE",
        /// Producers of this legal form do not take part.
        LegalFormNotEntitled = 20 "LEGAL_FORM_NOT_ENTITLED",
        /// The legal form is not known.
        LegalFormUnknown = 21 "LEGAL_FORM_UNKNOWN",
        /// A certificate must be named.
        CertificateMissing = 22 "CERTIFICATE_MISSING",
        /// Before the window of re-evaluation.
        TooEarly = 23 "TOO_EARLY",
        /// After the window of re-evaluation.
        Late = 24 "LATE",
        /// The certificate has ended.
        CertificateEnded = 25 "CERTIFICATE_ENDED",
        /// Too few samples.
        SamplesMissing = 26 "SAMPLES_MISSING",
        /// The commune has not assessed it.
        AssessmentMissing = 27 "ASSESSMENT_MISSING",
        /// The last day under the old regime has passed.
        FinishByPassed = 28 "FINISH_BY_PASSED",
        /// The bundle was dissolved.
        BundleDissolved = 29 "BUNDLE_DISSOLVED",
        /// The bundle has a product of another producer.
        BundleForeign = 30 "BUNDLE_FOREIGN",
    }
}

/// What a finding holds back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holds {
    /// Submission, and sealing with it.
    Submission,
    /// Sealing alone.
    Sealing,
    /// Nothing: a warning.
    Nothing,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is.
    pub code: Code,
    /// What it holds back.
    pub holds: Holds,
    /// What it is about.
    pub subject: String,
    /// The evidence that it is about.
    pub evidence: Option<Uuid>,
    /// The day that matters.
    pub date: Option<Date>,
}

/// A version of evidence as it is attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The evidence.
    pub evidence: Uuid,
    /// The version.
    pub version: i32,
    /// Its newest version.
    pub latest: i32,
    /// Its kind by the short name that checklists use.
    pub kind: String,
    /// From which day to which the version is good.
    pub span: Span,
    /// True where the evidence was withdrawn.
    pub withdrawn: bool,
    /// True where it is the producer's and about no other product.
    pub own: bool,
}

/// Everything that a check looks at.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What the dossier asks for.
    pub kind: DossierKind,
    /// The rules, or why there are none.
    pub rules: Result<Rules, RulesFault>,
    /// The day of the first submission, or the day on which it is thought of.
    pub filed: Date,
    /// The day of the check.
    pub as_of: Date,
    /// True where the producer takes part on the day of filing.
    pub takes_part: bool,
    /// The producer's legal form by the short name that checklists use.
    pub legal_form: String,
    /// Number of the certificate.
    pub certificate: String,
    /// First day on which it is no longer in force.
    pub certificate_end: Option<Date>,
    /// True where the bundle was dissolved before the first submission.
    pub bundle_dissolved: bool,
    /// True where the bundle has a product of another producer before the first submission.
    pub bundle_foreign: bool,
    /// The forms.
    pub sheets: Vec<Sheet>,
    /// The papers.
    pub papers: Vec<Attached>,
    /// The evidence of the papers.
    pub evidence: Vec<Pinned>,
    /// Samples with the authority.
    pub samples: i64,
    /// The commune's findings.
    pub assessment: Option<Assessment>,
}

impl Finding {
    fn new(code: Code, holds: Holds, subject: &str) -> Self {
        Self { code, holds, subject: subject.to_owned(), evidence: None, date: None }
    }

    fn on(self, date: Date) -> Self {
        Self { date: Some(date), ..self }
    }
}

/// Everything that the dossier lacks, what holds it back first.
#[must_use]
pub fn check(facts: &Facts) -> Vec<Finding> {
    let mut found = Vec::new();
    match facts.rules {
        Ok(rules) => {
            by_rules(facts, &rules, &mut found);
            on_forms(facts, &rules, &mut found);
            on_papers(facts, &rules, &mut found);
        }
        Err(RulesFault::BeforeFirst(first)) => {
            found.push(Finding::new(Code::RegimeMissing, Holds::Submission, "").on(first));
        }
        Err(RulesFault::OtherRegime(_) | RulesFault::SetUnknown) => {
            found.push(Finding::new(Code::SetOtherRegime, Holds::Submission, "product_set"));
        }
    }
    if !facts.takes_part {
        found.push(Finding::new(Code::ProducerGone, Holds::Submission, "producer"));
    }
    if facts.bundle_dissolved {
        found.push(Finding::new(Code::BundleDissolved, Holds::Submission, "bundle"));
    }
    if facts.bundle_foreign {
        found.push(Finding::new(Code::BundleForeign, Holds::Submission, "bundle"));
    }
    on_certificate(facts, &mut found);
    found.sort_by_key(|finding| finding.holds);
    found
}

fn by_rules(facts: &Facts, rules: &Rules, found: &mut Vec<Finding>) {
    if rules.card.is_none() {
        found.push(Finding::new(Code::ScorecardUnknown, Holds::Nothing, ""));
    }
    if rules.intake.listing == Listing::Partial {
        found.push(Finding::new(Code::ChecklistPartial, Holds::Nothing, ""));
    }
    if facts.legal_form == "facility" {
        found.push(Finding::new(Code::LegalFormUnknown, Holds::Nothing, "producer"));
    } else if !rules.intake.entitles(&facts.legal_form, rules.set.group) {
        found.push(Finding::new(Code::LegalFormNotEntitled, Holds::Submission, "producer"));
    }
    if facts.samples < i64::from(rules.intake.samples_for(rules.set.group)) {
        found.push(Finding::new(Code::SamplesMissing, Holds::Sealing, "samples"));
    }
    if facts.assessment.is_none() && !rules.intake.contents.is_empty() {
        found.push(Finding::new(Code::AssessmentMissing, Holds::Sealing, "assessment"));
    }
    let finish_by = regimes::finish_by(facts.filed, facts.kind);
    if let Some(last) = finish_by.filter(|last| rules.regime.in_force_to.is_some() && *last < facts.as_of) {
        found.push(Finding::new(Code::FinishByPassed, Holds::Submission, "").on(last));
    }
}

fn on_certificate(facts: &Facts, found: &mut Vec<Finding>) {
    if facts.kind == DossierKind::First {
        return;
    }
    if facts.certificate.is_empty() {
        found.push(Finding::new(Code::CertificateMissing, Holds::Submission, "certificate"));
    }
    let Some(end) = facts.certificate_end else {
        if facts.kind == DossierKind::ReEvaluation {
            found.push(Finding::new(Code::CertificateMissing, Holds::Submission, "certificate_end_date"));
        }
        return;
    };
    if facts.filed >= end {
        found.push(Finding::new(Code::CertificateEnded, Holds::Submission, "certificate").on(end));
        return;
    }
    let terms = facts.rules.ok().and_then(|rules| rules.regime.re_evaluation.as_ref());
    let Some(terms) = terms.filter(|_| facts.kind == DossierKind::ReEvaluation) else { return };
    let before = |days: u32| end.saturating_sub(Duration::days(i64::from(days)));
    let opens = before(terms.apply_not_earlier_than_days_before_expiry);
    let closes = before(terms.apply_not_later_than_days_before_expiry);
    if facts.filed < opens {
        found.push(Finding::new(Code::TooEarly, Holds::Submission, "certificate").on(opens));
    } else if facts.filed > closes {
        found.push(Finding::new(Code::Late, Holds::Nothing, "certificate").on(closes));
    }
}

fn answered(field: &Field, sheet: Option<&Sheet>) -> bool {
    let answer = sheet.and_then(|sheet| sheet.answers.iter().find(|answer| answer.field == field.id));
    answer.is_some_and(|answer| field.kind != FieldKind::Flag || answer.values == ["true"])
}

fn on_forms(facts: &Facts, rules: &Rules, found: &mut Vec<Finding>) {
    for form in rules.intake.forms.iter().filter(|form| form.filled_by == Filler::Producer) {
        let sheet = facts.sheets.iter().find(|sheet| sheet.form == form.id);
        for field in form.fields.iter().filter(|field| field.is_for(facts.kind)) {
            if field.kind == FieldKind::Marks {
                on_marks(rules, sheet.map_or(&[], |sheet| &sheet.marks), field, found);
            } else if field.required && !answered(field, sheet) {
                found.push(Finding::new(
                    Code::FormFieldMissing,
                    Holds::Submission,
                    &format!("{}.{}", form.id, field.id),
                ));
            }
        }
    }
}

fn on_marks(rules: &Rules, marks: &[SelfMark], field: &Field, found: &mut Vec<Finding>) {
    let Some(card) = rules.card else { return };
    if field.required {
        for criterion in card.criteria().filter(|c| marks.iter().all(|mark| mark.criterion != c.id)) {
            found.push(Finding::new(Code::SelfMarkMissing, Holds::Submission, &criterion.id));
        }
    }
    let fits = |mark: &&SelfMark| {
        card.criterion(&mark.criterion).is_some_and(|criterion| mark.points == 0 || criterion.gives(mark.points))
    };
    for mark in marks.iter().filter(|mark| !fits(mark)) {
        found.push(Finding::new(Code::SelfMarkInvalid, Holds::Submission, &mark.criterion));
    }
}

fn on_papers(facts: &Facts, rules: &Rules, found: &mut Vec<Finding>) {
    let listed: Vec<&Paper> = rules.intake.papers_for(rules.set, facts.kind).collect();
    for attached in &facts.papers {
        if listed.iter().all(|paper| paper.id != attached.paper) {
            let finding = Finding::new(Code::PaperNotListed, Holds::Submission, &attached.paper);
            found.push(Finding { evidence: attached.evidence, ..finding });
        }
    }
    for paper in listed {
        let of_paper = || facts.papers.iter().filter(|attached| attached.paper == paper.id);
        let waived = of_paper().any(|attached| attached.evidence.is_none());
        let mut good = false;
        for id in of_paper().filter_map(|attached| attached.evidence) {
            if let Some(pinned) = facts.evidence.iter().find(|pinned| pinned.evidence == id) {
                good |= on_evidence(facts, paper, pinned, found);
            }
        }
        let missing = match paper.need {
            Need::Required if !good => Some(Code::PaperMissing),
            Need::Conditional if !good && !waived => Some(Code::PaperConditionOpen),
            _ => None,
        };
        found.extend(missing.map(|code| Finding::new(code, Holds::Submission, &paper.id)));
    }
}

/// What is wrong with one piece of evidence; true where it fulfils the paper.
fn on_evidence(facts: &Facts, paper: &Paper, pinned: &Pinned, found: &mut Vec<Finding>) -> bool {
    let mut faults: Vec<(Code, Holds, Option<Date>)> = Vec::new();
    if !paper.fulfilled_by.contains(&pinned.kind) {
        faults.push((Code::PaperWrongKind, Holds::Submission, None));
    }
    if pinned.withdrawn {
        faults.push((Code::PaperWithdrawn, Holds::Submission, None));
    }
    if !pinned.own {
        faults.push((Code::PaperForeign, Holds::Submission, None));
    }
    match status(pinned.span, facts.as_of) {
        Status::Expired => faults.push((Code::PaperExpired, Holds::Submission, pinned.span.to)),
        Status::NotYetValid => faults.push((Code::PaperNotYetValid, Holds::Submission, pinned.span.from)),
        Status::Expiring => faults.push((Code::PaperExpiresSoon, Holds::Nothing, pinned.span.to)),
        Status::Valid | Status::Undated => {}
    }
    let age = paper.max_age_days.zip(pinned.span.from);
    let last = age.map(|(days, from)| from.saturating_add(Duration::days(i64::from(days))));
    if let Some(last) = last.filter(|last| *last < facts.as_of) {
        faults.push((Code::PaperTooOld, Holds::Nothing, Some(last)));
    }
    if pinned.version < pinned.latest {
        faults.push((Code::PaperNewerVersion, Holds::Nothing, None));
    }
    let good = faults.iter().all(|(_, holds, _)| *holds == Holds::Nothing);
    for (code, holds, date) in faults {
        let finding = Finding::new(code, holds, &paper.id);
        found.push(Finding { evidence: Some(pinned.evidence), date, ..finding });
    }
    good
}
