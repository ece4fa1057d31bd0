//! What dossiers are refused with.

use kit::{Error, Result, Violations, day, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::ErrorReason;
use reference::forms::{self, Need};
use reference::holidays::YearUnknown;
use time::Date;
use uuid::Uuid;

use super::super::domain::answers::AnswerFault;
use super::super::domain::check::{Finding, Holds};
use super::super::domain::{ContentFinding, DossierState, DossierStep, Remark, Rules, RulesFault, SelfMark, known};
use super::super::store::Dossier;
use crate::recognitions::domain::Held;
use crate::shared::states::Forbidden;
use crate::shared::wire::too_early;

fn all(v: Violations) -> Result<()> {
    if v.is_empty() { Ok(()) } else { Err(Error::invalid(v)) }
}

/// Something named in a body is not there.
pub(crate) fn unknown(field: &str, name: &str) -> Error {
    Error::violation(field, Common::ReferenceUnknown, &[("name", name)])
}

/// The state does not allow the step.
pub(crate) fn forbids(id: Uuid, f: &Forbidden<DossierState, DossierStep>) -> Error {
    let allowed: Vec<&str> = f.allowed.iter().map(|step| step.word()).collect();
    let allowed = if allowed.is_empty() { "-".to_owned() } else { allowed.join(", ") };
    let refusal = Error::refused(ErrorReason::StepNotAllowed).with("name", name::of("dossiers", id));
    refusal.with("state", f.state.word()).with("step", f.step.word()).with("allowed", allowed)
}

/// The product has an open dossier.
pub(crate) fn open(id: Uuid) -> Error {
    Error::exists_as(ErrorReason::DossierOpen, name::of("dossiers", id))
}

/// What was typed of a certificate is what the copy knows of it.
pub(crate) fn certificate_fits(typed: &str, end: Option<Date>, held: Option<&Held>, on: Date) -> Result<()> {
    let mut v = Violations::default();
    let named = name::parse(typed, "certificates");
    let known = known(held, named.is_none() && !typed.is_empty(), on);
    if named.is_some() && named != known.map(|held| held.certificate) {
        v.add("dossier.certificate", Common::ReferenceUnknown, &[("name", typed)]);
    }
    if let Some(held) = known
        && end.is_some_and(|end| end != held.first_out)
    {
        v.add("dossier.certificate_end_date", Common::FieldRange, &[("expected", &day::text(held.first_out))]);
    }
    all(v)
}

/// The day of an act lies before the one that it follows.
pub(crate) fn not_before(field: &str, on: Date, first: Date) -> Result<()> {
    if on >= first {
        return Ok(());
    }
    Err(too_early(field, first))
}

/// Findings hold a dossier back.
pub(crate) fn incomplete(id: Uuid, findings: &[Finding], up_to: Holds) -> Error {
    let held = || findings.iter().filter(|finding| finding.holds <= up_to);
    let told = |finding: &Finding| match finding.subject.as_str() {
        "" => finding.code.word().to_owned(),
        subject => format!("{} {subject}", finding.code.word()),
    };
    let words: Vec<String> = held().take(10).map(told).collect();
    let refusal = Error::refused(ErrorReason::DossierIncomplete).with("dossier", name::of("dossiers", id));
    refusal.with("count", held().count()).with("findings", words.join(", "))
}

/// Holidays that are not known.
pub(crate) fn holidays_unknown(year: YearUnknown) -> Error {
    Error::refused(ErrorReason::HolidaysUnknown).with("year", year.0)
}

/// No rules hold for a set.
pub(crate) fn rules_fault(field: &str, set: &str, fault: RulesFault) -> Error {
    match fault {
        RulesFault::BeforeFirst(first) => {
            Error::violation(field, ErrorReason::DossierBeforeFirstRegime, &[("date", &day::text(first))])
        }
        RulesFault::SetUnknown => unknown(field, set),
        RulesFault::OtherRegime(regime) => Error::violation(
            field,
            ErrorReason::DossierSetOtherRegime,
            &[("product_set", set), ("regime", &format!("regimes/{regime}"))],
        ),
    }
}

/// The form belongs to another regime.
pub(crate) fn unknown_form(form: &str) -> Error {
    Error::violation("answers.form", ErrorReason::DossierFormUnknown, &[("form", form)])
}

/// Everything that is wrong with the answers of a form.
pub(crate) fn answer_faults(answers: &[(String, Vec<String>)], marks: &[SelfMark], faults: &[AnswerFault]) -> Error {
    let mut v = Violations::default();
    for fault in faults {
        match fault {
            AnswerFault::FieldUnknown(at) => {
                let field = answers.get(*at).map_or("", |(field, _)| field);
                v.add(format!("answers.answers[{at}].field"), ErrorReason::DossierFieldUnknown, &[("field", field)]);
            }
            AnswerFault::Misfit(at, expected) => {
                let field = format!("answers.answers[{at}].values");
                v.add(field, ErrorReason::DossierAnswerInvalid, &[("expected", expected)]);
            }
            AnswerFault::NoMarks => {
                v.add("answers.self_marks", ErrorReason::DossierAnswerInvalid, &[("expected", "0 × self_marks")]);
            }
            AnswerFault::MarkTwice(at) => {
                let criterion = marks.get(*at).map_or("", |mark| &mark.criterion);
                let field = format!("answers.self_marks[{at}].criterion");
                v.add(field, ErrorReason::DossierFieldUnknown, &[("field", criterion)]);
            }
        }
    }
    Error::invalid(v)
}

/// The people that answers name are there.
pub(crate) fn people_exist(answers: &[(String, Vec<String>)], ids: &[Uuid], known: &[Uuid]) -> Result<()> {
    let mut v = Violations::default();
    for id in ids.iter().filter(|id| !known.contains(id)) {
        let person = name::of("persons", *id);
        let at = answers.iter().position(|(_, values)| values.iter().any(|value| value.trim() == person));
        let field = format!("answers.answers[{}].values", at.unwrap_or_default());
        v.add(field, Common::ReferenceUnknown, &[("name", &person)]);
    }
    all(v)
}

/// The evidence, or its version, is not there.
pub(crate) fn no_evidence(id: Uuid, exists: bool) -> Error {
    unknown(if exists { "version" } else { "evidence" }, &name::of("evidence", id))
}

/// The evidence belongs to another producer.
pub(crate) fn other_producer(id: Uuid) -> Error {
    Error::violation("evidence", ErrorReason::EvidenceOtherProducer, &[("evidence", &name::of("evidence", id))])
}

/// The evidence was withdrawn.
pub(crate) fn evidence_withdrawn(id: Uuid) -> Error {
    Error::refused(ErrorReason::EvidenceWithdrawn).with("name", name::of("evidence", id))
}

/// The paper belongs to the dossier's regime, or to any where none is frozen; a waived one is conditional.
pub(crate) fn paper_is_of(dossier: &Dossier, id: &str, waived: bool) -> Result<()> {
    let regime = dossier.row.regime.as_str();
    let intakes = forms::all().iter().filter(|intake| regime.is_empty() || intake.regime_id == regime);
    let papers: Vec<_> = intakes.flat_map(|intake| &intake.papers).filter(|paper| paper.id == id).collect();
    if papers.is_empty() {
        return Err(Error::violation("paper", ErrorReason::DossierPaperUnknown, &[("paper", id)]));
    }
    if waived && papers.iter().all(|paper| paper.need != Need::Conditional) {
        return Err(Error::violation("paper", ErrorReason::DossierPaperNotConditional, &[("paper", id)]));
    }
    Ok(())
}

/// It is attached or waived already.
pub(crate) fn attached(name: &str) -> Error {
    Error::exists_as(ErrorReason::DossierPaperAttached, name)
}

/// Nothing is attached as the paper.
pub(crate) fn not_attached(paper: &str) -> Error {
    Error::violation("paper", ErrorReason::DossierPaperNotAttached, &[("paper", paper)])
}

/// The commune's findings are those of the regime, each once.
pub(crate) fn contents_fit(rules: &Rules, contents: &[ContentFinding]) -> Result<()> {
    let mut v = Violations::default();
    for (at, finding) in contents.iter().enumerate() {
        let known = rules.intake.contents.iter().any(|content| content.id == finding.content);
        let twice = contents.iter().take(at).any(|before| before.content == finding.content);
        if !known || twice {
            let field = format!("assessment.contents[{at}].content");
            v.add(field, ErrorReason::DossierContentUnknown, &[("content", &finding.content)]);
        }
    }
    for content in &rules.intake.contents {
        if contents.iter().all(|finding| finding.content != content.id) {
            let told = [("content", content.id.as_str())];
            v.add(format!("assessment.contents.{}", content.id), ErrorReason::DossierContentMissing, &told);
        }
    }
    all(v)
}

/// Remarks are about parts of the dossier.
pub(crate) fn remarks_fit(rules: &Rules, remarks: &[Remark]) -> Result<()> {
    let mut v = Violations::default();
    for (at, remark) in remarks.iter().enumerate() {
        if !rules.has_subject(&remark.subject) {
            let told = [("subject", remark.subject.as_str())];
            v.add(format!("remarks[{at}].subject"), ErrorReason::DossierRemarkUnknown, &told);
        }
    }
    all(v)
}

/// The commune has not assessed it.
pub(crate) fn not_assessed(id: Uuid) -> Error {
    Error::refused(ErrorReason::DossierNotAssessed).with("dossier", name::of("dossiers", id))
}
