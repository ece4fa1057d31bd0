//! Acts between the wire and the domain.

use kit::{Page, Scope, Violations, day, instant, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use reference::units::Unit;
use time::Date;
use uuid::Uuid;

use super::domain::{Cause, Kind, term};
use super::store::{Act, Paper};
use crate::{certificates, decisions};

/// The collection.
pub const COLLECTION: &str = "certificateActs";

/// The name of an act.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// An act that is asked for.
pub struct Want {
    /// The certificate.
    pub certificate: Uuid,
    /// The unit that acts.
    pub unit: &'static Unit,
    /// The paper.
    pub paper: Paper,
    /// What it rests on; may be empty.
    pub basis: String,
    /// What is done.
    pub doing: Doing,
}

/// What is done, with what belongs to it.
pub enum Doing {
    /// Suspends.
    Suspend,
    /// Lifts.
    Lift,
    /// Revokes.
    Revoke {
        /// The cause.
        cause: Cause,
        /// The conclusion's day.
        conclusion: Date,
    },
    /// Takes back.
    Surrender,
    /// Corrects; empty texts stay.
    Correct(Texts),
    /// Hands over.
    Transfer {
        /// The new holder.
        holder: Uuid,
    },
}

impl Doing {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Suspend => Kind::Suspend,
            Self::Lift => Kind::Lift,
            Self::Revoke { .. } => Kind::Revoke,
            Self::Surrender => Kind::Surrender,
            Self::Correct(_) => Kind::Correct,
            Self::Transfer { .. } => Kind::Transfer,
        }
    }
}

/// Texts of a correction.
pub struct Texts {
    /// The product's name.
    pub product_display_name: String,
    /// Its code.
    pub product_code: String,
    /// The certificate's number.
    pub number: String,
    /// The decision's number.
    pub decision_number: String,
    /// The authority.
    pub authority: String,
}

/// A page of acts.
pub struct List {
    /// The units asked for.
    pub within: Scope,
    /// On this certificate.
    pub certificate: Option<Uuid>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// The page.
    pub page: Page,
}

/// What every act has.
fn common(
    v: &mut Violations,
    name: &str,
    paper: Option<&pb::ActPaper>,
    basis: &str,
    doing: Option<Doing>,
) -> Option<Want> {
    let certificate = v.name("name", name, certificates::wire::COLLECTION);
    let basis = basis_of(v, basis);
    let (unit, paper) = paper_of(v, paper?)?;
    Some(Want { certificate: certificate?, unit, paper, basis: basis?, doing: doing? })
}

/// The paper with the unit that acts.
fn paper_of(v: &mut Violations, paper: &pb::ActPaper) -> Option<(&'static Unit, Paper)> {
    let act_date = v.act_date("paper.act_date", paper.act_date.as_ref());
    let unit = reference::wire::unit_on(v, "paper.unit", &paper.unit, ("paper.act_date", act_date));
    let number = reference::wire::line(v, "paper.number", &paper.number);
    let signed_by = reference::wire::line(v, "paper.signed_by", &paper.signed_by);
    let authority = decisions::wire::authority(v, "paper.authority", &paper.authority, unit);
    let ground = reference::wire::clean(&paper.ground);
    if ground.is_empty() {
        v.add("paper.ground", Common::FieldRequired, &[]);
        return None;
    }
    let unit = unit?;
    let paper = Paper {
        unit: unit.name.clone(),
        number: number?,
        act_date: act_date?,
        authority: authority?,
        signed_by: signed_by?,
        ground,
        document: reference::wire::clean(&paper.document),
    };
    Some((unit, paper))
}

/// Where an act may rest on.
const BASES: [&str; 2] = ["findings", "complaints"];

fn basis_of(v: &mut Violations, basis: &str) -> Option<String> {
    if basis.is_empty() || BASES.iter().any(|collection| names::parse(basis, collection).is_some()) {
        return Some(basis.to_owned());
    }
    v.add("basis", Common::FieldFormat, &[("expected", "findings/<uuid>, complaints/<uuid>")]);
    None
}

/// Reads a request.
pub fn suspend(req: &pb::SuspendCertificateRequest, v: &mut Violations) -> Option<Want> {
    common(v, &req.name, req.paper.as_ref(), &req.basis, Some(Doing::Suspend))
}

/// Reads a request.
pub fn lift(req: &pb::LiftSuspensionRequest, v: &mut Violations) -> Option<Want> {
    common(v, &req.name, req.paper.as_ref(), "", Some(Doing::Lift))
}

/// Reads a request.
pub fn revoke(req: &pb::RevokeCertificateRequest, v: &mut Violations) -> Option<Want> {
    let conclusion = v.act_date("conclusion_date", req.conclusion_date.as_ref());
    let act_date = req.paper.as_ref().and_then(|paper| paper.act_date.as_ref()).and_then(day::of);
    if let (Some(conclusion), Some(act_date)) = (conclusion, act_date)
        && conclusion > act_date
    {
        v.add("conclusion_date", Common::DateOrder, &[("detail", "conclusion_date, paper.act_date")]);
    }
    let doing = cause_of(req.cause).zip(conclusion).map(|(cause, conclusion)| Doing::Revoke { cause, conclusion });
    common(v, &req.name, req.paper.as_ref(), &req.basis, doing)
}

/// Reads a request.
pub fn surrender(req: &pb::SurrenderCertificateRequest, v: &mut Violations) -> Option<Want> {
    common(v, &req.name, req.paper.as_ref(), "", Some(Doing::Surrender))
}

/// Reads a request.
pub fn correct(req: &pb::CorrectCertificateRequest, v: &mut Violations) -> Option<Want> {
    let texts = Texts {
        product_display_name: reference::wire::clean(&req.product_display_name),
        product_code: reference::wire::clean(&req.product_code),
        number: reference::wire::clean(&req.number),
        decision_number: reference::wire::clean(&req.decision_number),
        authority: reference::wire::clean(&req.authority),
    };
    common(v, &req.name, req.paper.as_ref(), "", Some(Doing::Correct(texts)))
}

/// Reads a request. `there` tells whether the registry knows the holder.
pub fn transfer(req: &pb::TransferCertificateRequest, there: bool, v: &mut Violations) -> Option<Want> {
    let holder = v.name("holder", &req.holder, "producers");
    if holder.is_some() && !there {
        v.add("holder", Common::ReferenceUnknown, &[("name", &req.holder)]);
    }
    common(v, &req.name, req.paper.as_ref(), "", holder.map(|holder| Doing::Transfer { holder }))
}

/// Reads a request.
pub fn get(req: &pb::GetCertificateActRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListCertificateActsRequest, v: &mut Violations) -> Option<List> {
    let within = reference::wire::within(v, &req.unit);
    let certificate = v.opt_name("certificate", &req.certificate, certificates::wire::COLLECTION);
    let selects = [&req.unit, &req.certificate, &req.kind.to_string()];
    let page = v.page(req.page_size, &req.page_token, &selects.map(String::as_str));
    Some(List { within: within?, certificate: certificate?, kind: kind_of(req.kind), page: page? })
}

const KINDS: [(pb::CertificateActKind, Kind); 6] = [
    (pb::CertificateActKind::Suspend, Kind::Suspend),
    (pb::CertificateActKind::Lift, Kind::Lift),
    (pb::CertificateActKind::Revoke, Kind::Revoke),
    (pb::CertificateActKind::Surrender, Kind::Surrender),
    (pb::CertificateActKind::Correct, Kind::Correct),
    (pb::CertificateActKind::Transfer, Kind::Transfer),
];

fn kind_of(number: i32) -> Option<Kind> {
    KINDS.iter().find(|(pb, _)| i32::from(*pb) == number).map(|(_, kind)| *kind)
}

fn kind(kind: Kind) -> pb::CertificateActKind {
    KINDS.iter().find(|(_, of)| *of == kind).map_or(pb::CertificateActKind::Unspecified, |(pb, _)| *pb)
}

const CAUSES: [(pb::RevocationCause, Cause); 6] = [
    (pb::RevocationCause::FalsePapers, Cause::FalsePapers),
    (pb::RevocationCause::CriteriaNotMet, Cause::CriteriaNotMet),
    (pb::RevocationCause::BreachOfLaw, Cause::BreachOfLaw),
    (pb::RevocationCause::MarkMisused, Cause::MarkMisused),
    (pb::RevocationCause::ProductionStopped, Cause::ProductionStopped),
    (pb::RevocationCause::OtherConclusion, Cause::OtherConclusion),
];

fn cause_of(number: i32) -> Option<Cause> {
    CAUSES.iter().find(|(pb, _)| i32::from(*pb) == number).map(|(_, cause)| *cause)
}

fn cause(cause: Cause) -> pb::RevocationCause {
    CAUSES.iter().find(|(_, of)| *of == cause).map_or(pb::RevocationCause::Unspecified, |(pb, _)| *pb)
}

/// The acts that are possible, as a refusal names them.
#[must_use]
pub fn kinds(possible: &[Kind]) -> String {
    let names: Vec<String> = possible.iter().map(|kind| kind.as_str().to_ascii_uppercase()).collect();
    if names.is_empty() { "-".to_owned() } else { names.join(", ") }
}

/// The event of an act.
#[must_use]
pub fn recorded(act: &Act) -> pb::CertificateActRecorded {
    pb::CertificateActRecorded {
        act: name(act.id),
        certificate: certificates::wire::name(act.certificate),
        product: names::of("products", act.product),
        kind: kind(act.kind).as_str_name().to_owned(),
        act_date: Some(day::pb(act.paper.act_date)),
        holder: act.holder.map(|id| names::of("producers", id)).unwrap_or_default(),
    }
}

/// An act as it is answered.
#[must_use]
pub fn act(act: &Act) -> pb::CertificateAct {
    let paper = &act.paper;
    let term = act.conclusion_date.and_then(|conclusion| term(conclusion, paper.act_date));
    let producer = |id: Option<Uuid>| id.map(|id| names::of("producers", id)).unwrap_or_default();
    let change = |c: &super::domain::Change| pb::TextChange {
        field: c.field.clone(),
        before: c.before.clone(),
        after: c.after.clone(),
    };
    pb::CertificateAct {
        name: name(act.id),
        certificate: certificates::wire::name(act.certificate),
        product: names::of("products", act.product),
        kind: kind(act.kind).into(),
        paper: Some(pb::ActPaper {
            unit: paper.unit.clone(),
            number: paper.number.clone(),
            act_date: Some(day::pb(paper.act_date)),
            authority: paper.authority.clone(),
            signed_by: paper.signed_by.clone(),
            ground: paper.ground.clone(),
            document: paper.document.clone(),
        }),
        basis: act.basis.clone(),
        cause: act.cause.map_or(pb::RevocationCause::Unspecified, cause).into(),
        conclusion_date: act.conclusion_date.map(day::pb),
        due_date: term.map(|(due, _)| day::pb(due)),
        days_late: term.map_or(0, |(_, late)| i32::try_from(late).unwrap_or(i32::MAX)),
        changes: act.changes.iter().map(change).collect(),
        holder: producer(act.holder),
        previous_holder: producer(act.previous_holder),
        sample: act.sample,
        create_time: Some(instant::pb(act.create_us)),
    }
}
