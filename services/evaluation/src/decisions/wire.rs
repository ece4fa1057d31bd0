//! Decisions between the wire and the domain.

use kit::{Error, Page, Scope, Violations, day, instant, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use reference::regimes;
use reference::units::{Level as UnitLevel, Unit};
use time::Date;
use uuid::Uuid;

use super::domain::Refusal;
use super::domain::signers::signs;
use super::store::Decision;
use crate::councils::domain::Level;
use crate::sittings;

/// The collection.
pub const COLLECTION: &str = "decisions";

/// How many refused sittings an error names.
const NAMED: usize = 20;

/// The name of a decision.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// A decision to be issued.
pub struct Issue {
    /// The unit that decides.
    pub unit: &'static Unit,
    /// Its number.
    pub number: String,
    /// Its day.
    pub decision_date: Date,
    /// Who decides, as printed.
    pub authority: String,
    /// The post that signed.
    pub signed_by: String,
    /// By what it signed, where it is not the law's.
    pub signer_authorisation: String,
    /// The sittings in their order, each once.
    pub sittings: Vec<Uuid>,
}

/// A page of decisions.
pub struct List {
    /// The units asked for.
    pub within: Scope,
    /// Of this year.
    pub year: Option<i32>,
    /// The page.
    pub page: Page,
}

/// Reads a request.
pub fn issue(req: &pb::IssueDecisionRequest, v: &mut Violations) -> Option<Issue> {
    let decision = req.decision.as_ref()?;
    let decision_date = v.act_date("decision.decision_date", decision.decision_date.as_ref());
    let unit = reference::wire::unit_on(v, "decision.unit", &decision.unit, ("decision.decision_date", decision_date));
    let number = reference::wire::line(v, "decision.number", &decision.number);
    let signed_by = reference::wire::line(v, "decision.signed_by", &decision.signed_by);
    let authorised = reference::wire::clean(&decision.signer_authorisation);
    let signed_by = signer(v, signed_by, &authorised, unit);
    let authority = authority(v, "decision.authority", &decision.authority, unit);
    let sittings = sittings(v, &decision.sittings);
    Some(Issue {
        unit: unit?,
        number: number?,
        decision_date: decision_date?,
        authority: authority?,
        signed_by: signed_by?,
        signer_authorisation: authorised,
        sittings: sittings?,
    })
}

/// The post that signs, where it is the law's for the level of the unit or was authorised. Levels that recognise nothing are
/// refused for that.
fn signer(v: &mut Violations, post: Option<String>, authorised: &str, unit: Option<&Unit>) -> Option<String> {
    let (post, unit) = (post?, unit?);
    let Some(level) = Level::of_unit(unit.level) else { return Some(post) };
    let Some(signers) = regimes::signers(level.as_str()) else { return Some(post) };
    if !authorised.is_empty() || signs(signers, level, &post) {
        return Some(post);
    }
    let posts = [signers.posts.as_slice(), &signers.in_place].concat().join(", ");
    v.add("decision.signed_by", ErrorReason::SignerWrong, &[("posts", &posts)]);
    None
}

/// The authority as told, else the people's committee of the unit. The centre has none, so its authority must be told.
pub fn authority(v: &mut Violations, field: &str, told: &str, unit: Option<&Unit>) -> Option<String> {
    let told = reference::wire::clean(told);
    let unit = unit?;
    if !told.is_empty() {
        return Some(told);
    }
    if unit.level == UnitLevel::Country {
        v.add(field, Common::FieldRequired, &[]);
        return None;
    }
    let mut letters = unit.display_name.chars();
    let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
    Some(format!("Ủy ban nhân dân {first}{}", letters.as_str()))
}

fn sittings(v: &mut Violations, sent: &[String]) -> Option<Vec<Uuid>> {
    let mut ids = Vec::with_capacity(sent.len());
    for (at, name) in sent.iter().enumerate() {
        let field = format!("decision.sittings[{at}]");
        let Some(id) = v.name(&field, name, sittings::wire::COLLECTION) else { continue };
        if ids.contains(&id) {
            v.add(field, ErrorReason::SittingTwice, &[("name", name)]);
        } else {
            ids.push(id);
        }
    }
    (ids.len() == sent.len() && !sent.is_empty()).then_some(ids)
}

/// Reads a request.
pub fn get(req: &pb::GetDecisionRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListDecisionsRequest, v: &mut Violations) -> Option<List> {
    let within = reference::wire::within(v, &req.unit);
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.year.to_string()]);
    Some(List { within: within?, year: (req.year != 0).then_some(req.year), page: page? })
}

/// Refuses where the decision names sittings that are not there.
///
/// # Errors
/// INVALID_ARGUMENT with a violation for each.
pub fn all_there(named: &[Uuid], there: impl Fn(Uuid) -> bool) -> kit::Result<()> {
    let mut violations = Violations::default();
    for (at, id) in named.iter().enumerate().filter(|(_, id)| !there(**id)) {
        let name = sittings::wire::name(*id);
        violations.add(format!("decision.sittings[{at}]"), Common::ReferenceUnknown, &[("name", &name)]);
    }
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations)) }
}

/// Refuses where sittings cannot be decided so.
///
/// # Errors
/// FAILED_PRECONDITION SITTINGS_REFUSED, naming them.
pub fn none_refused(refused: &[(Uuid, Refusal)]) -> kit::Result<()> {
    if refused.is_empty() {
        return Ok(());
    }
    let named = refused.iter().take(NAMED).map(|(id, why)| format!("{} {}", sittings::wire::name(*id), reason(*why)));
    let named: Vec<String> = named.collect();
    let error = Error::refused(ErrorReason::SittingsRefused);
    Err(error.with("count", refused.len()).with("sittings", named.join(", ")))
}

/// The machine reason, without the enum's prefix.
fn reason(refusal: Refusal) -> &'static str {
    let reason = match refusal {
        Refusal::OtherUnit => ErrorReason::SittingOfOtherUnit,
        Refusal::NotGraded => ErrorReason::SittingNotGraded,
        Refusal::Decided => ErrorReason::SittingDecided,
        Refusal::BeforeSitting => ErrorReason::DecisionBeforeSitting,
        Refusal::StarsTooFew => ErrorReason::StarsTooFew,
        Refusal::SentUp => ErrorReason::StarsSentUp,
        Refusal::LevelDoesNotRecognise => ErrorReason::LevelDoesNotRecognise,
        Refusal::ProductTwice => ErrorReason::ProductTwice,
    };
    reason.as_str_name().trim_start_matches("ERROR_REASON_")
}

/// The event of a decision.
#[must_use]
pub fn issued_event(decision: &Decision) -> pb::DecisionIssued {
    pb::DecisionIssued {
        decision: name(decision.id),
        number: decision.number.clone(),
        certificates: decision.certificates,
    }
}

/// A decision as it is answered, with pairs of certificate and sitting in the order of their serials.
#[must_use]
pub fn decision(decision: &Decision, made: &[(Uuid, Option<Uuid>)]) -> pb::Decision {
    let certificate = |(id, _): &(Uuid, Option<Uuid>)| names::of("certificates", *id);
    let sitting = |(_, id): &(Uuid, Option<Uuid>)| id.map(sittings::wire::name);
    pb::Decision {
        name: name(decision.id),
        unit: decision.unit.clone(),
        number: decision.number.clone(),
        decision_date: Some(day::pb(decision.decision_date)),
        authority: decision.authority.clone(),
        signed_by: decision.signed_by.clone(),
        signer_authorisation: decision.signer_authorisation.clone(),
        sittings: made.iter().filter_map(sitting).collect(),
        certificates: made.iter().map(certificate).collect(),
        certificate_count: decision.certificates,
        sample: decision.sample,
        create_time: Some(instant::pb(decision.create_us)),
    }
}
