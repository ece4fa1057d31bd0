//! CertificateActService.

use kit::{Answer, Error, Fact, Kit, OnUnique, day};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::certificate_act_service_server::CertificateActService;
use reference::regimes;
use tonic::Request;
use uuid::Uuid;

use super::domain::{Change, Kind, changes, has_authority, possible};
use super::store::{self, Act, Filter};
use super::wire::{self, Doing, Want};
use crate::certificates::domain::{EndKind, status, windows};
use crate::certificates::store::{Certificate, NewEnd, Standing};
use crate::councils::domain::Level;
use crate::shared::peer::Registry;
use crate::shared::store::cursor;
use crate::{certificates, complaints, findings};

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
    registry: Registry,
}

type Doings = kit::Write<Want>;

impl Api {
    /// The RPCs over a kit and the registry.
    #[must_use]
    pub fn new(kit: Kit, registry: Registry) -> Self {
        Self { kit, registry }
    }

    /// Carries an act out; `previous` is the producer of the product, for a transfer.
    async fn carry_out(&self, w: Doings, previous: Option<Uuid>) -> kit::Result<pb::CertificateAct> {
        w.call.at(&w.want.unit.path)?;
        basis_known(&w).await?;
        let standing = locked(&w).await?;
        allowed(&w.want, &standing)?;
        let certificate = &standing.certificate;
        let act = act(&self.kit, &w, certificate, previous)?;
        let name = act.paper.number.clone();
        store::insert(w.tx(), &act, store::changes_text(&act)?).await.on_unique(ErrorReason::ActNumberTaken, name)?;
        take_effect(&w, &act, certificate).await?;
        let fact = Fact::of(&wire::name(act.id)).at(&act.unit).on(act.paper.act_date).sample(act.sample);
        w.record(fact.tells(&wire::recorded(&act)));
        Ok(wire::act(&act))
    }
}

#[tonic::async_trait]
impl CertificateActService for Api {
    async fn suspend_certificate(&self, request: Request<pb::SuspendCertificateRequest>) -> Answer<pb::CertificateAct> {
        self.kit.write(request, wire::suspend, move |w: Doings| self.carry_out(w, None)).await
    }

    async fn lift_suspension(&self, request: Request<pb::LiftSuspensionRequest>) -> Answer<pb::CertificateAct> {
        self.kit.write(request, wire::lift, move |w: Doings| self.carry_out(w, None)).await
    }

    async fn revoke_certificate(&self, request: Request<pb::RevokeCertificateRequest>) -> Answer<pb::CertificateAct> {
        self.kit.write(request, wire::revoke, move |w: Doings| self.carry_out(w, None)).await
    }

    async fn surrender_certificate(
        &self,
        request: Request<pb::SurrenderCertificateRequest>,
    ) -> Answer<pb::CertificateAct> {
        self.kit.write(request, wire::surrender, move |w: Doings| self.carry_out(w, None)).await
    }

    async fn correct_certificate(&self, request: Request<pb::CorrectCertificateRequest>) -> Answer<pb::CertificateAct> {
        self.kit.write(request, wire::correct, move |w: Doings| self.carry_out(w, None)).await
    }

    async fn transfer_certificate(
        &self,
        request: Request<pb::TransferCertificateRequest>,
    ) -> Answer<pb::CertificateAct> {
        let call = self.kit.prepare(&request)?;
        let there = self.registry.producer(&call, &request.get_ref().holder).await?.is_some();
        // Who holds it now is asked of the registry where no transfer has said so before.
        let mut previous = None;
        if let (true, Some(id)) = (there, kit::name::parse(&request.get_ref().name, certificates::wire::COLLECTION)) {
            let product = certificates::store::product_of(self.kit.database()?.reader(), id).await?;
            if let Some(product) = product {
                let product = self.registry.product(&call, &kit::name::of("products", product)).await?;
                previous = product.and_then(|product| kit::name::parse(&product.producer, "producers"));
            }
        }
        let parse = |req: &_, v: &mut _| wire::transfer(req, there, v);
        self.kit.write(request, parse, move |w: Doings| self.carry_out(w, previous)).await
    }

    async fn get_certificate_act(&self, request: Request<pb::GetCertificateActRequest>) -> Answer<pb::CertificateAct> {
        let handler = |r: kit::Read<Uuid>| async move {
            let act = store::find(r.db(), r.want).await?.ok_or_else(|| Error::not_found(wire::name(r.want)))?;
            r.call.at(&act.unit_path)?;
            Ok(wire::act(&act))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_certificate_acts(
        &self,
        request: Request<pb::ListCertificateActsRequest>,
    ) -> Answer<pb::ListCertificateActsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let filter = Filter {
                scope: r.call.scope(),
                within: r.want.within.clone(),
                certificate: r.want.certificate,
                kind: r.want.kind,
            };
            let rows = store::list(r.db(), &filter, &r.want.page).await?;
            let (rows, next_page_token) = r.want.page.cut(rows, |row| cursor(row.paper.act_date, row.id));
            Ok(pb::ListCertificateActsResponse { acts: rows.iter().map(wire::act).collect(), next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }
}

/// The certificate as it stands on the act's day, with its product's certificates locked.
async fn locked(w: &Doings) -> kit::Result<Standing> {
    let want = &w.want;
    let product = certificates::store::product_of(w.tx(), want.certificate).await?;
    let product = certificates::store::there(product, want.certificate)?;
    certificates::store::lock_products(w.tx(), &[product]).await?;
    let found = certificates::store::find(w.tx(), want.certificate, want.paper.act_date).await?;
    certificates::store::there(found, want.certificate)
}

/// Refuses where the finding or complaint that the act rests on is not there, or is about another
/// certificate.
async fn basis_known(w: &Doings) -> kit::Result<()> {
    let basis = &w.want.basis;
    let about = if let Some(id) = kit::name::parse(basis, findings::wire::COLLECTION) {
        findings::store::find(w.tx(), id).await?.map(|finding| Some(finding.certificate))
    } else if let Some(id) = kit::name::parse(basis, complaints::wire::COLLECTION) {
        complaints::store::find(w.tx(), id).await?.map(|complaint| complaint.certificate)
    } else {
        return Ok(());
    };
    match about {
        None => Err(Error::violation("basis", Common::ReferenceUnknown, &[("name", basis)])),
        Some(about) if about != Some(w.want.certificate) => {
            Err(Error::violation("basis", ErrorReason::BasisOtherCertificate, &[("name", basis)]))
        }
        Some(_) => Ok(()),
    }
}

/// Refuses where the unit has no authority over the certificate, or its status does not allow the act.
fn allowed(want: &Want, standing: &Standing) -> kit::Result<()> {
    let certificate = &standing.certificate;
    let name = certificates::wire::name(certificate.id);
    let within = reference::units::prefixes(&want.unit.name);
    if !within.iter().any(|prefix| certificate.unit_path.starts_with(prefix.as_str())) {
        return Err(Error::refused(ErrorReason::ActUnitWrong).with("unit", &want.unit.name).with("name", name));
    }
    let act_date = want.paper.act_date;
    let own = regimes::get(&certificate.regime)
        .ok_or_else(|| Error::internal(format!("{name} has the unknown regime {}", certificate.regime)))?;
    let level = Level::of_unit(want.unit.level);
    if !has_authority(level, certificate.stars, act_date, own, certificate.term.decided.latest) {
        let refused = Error::refused(ErrorReason::ActLevelWrong);
        return Err(refused.with("unit", &want.unit.name).with("stars", certificate.stars));
    }
    let now = status(&certificate.term, &standing.events, &windows(), act_date);
    let (kind, possible) = (want.doing.kind(), possible(now));
    if possible.contains(&kind) {
        return Ok(());
    }
    let refused = Error::refused(ErrorReason::CertificateStatusForbids).with("name", name);
    let refused = refused.with("date", day::text(act_date)).with("status", certificates::wire::status_name(now));
    Err(refused.with("act", wire::kinds(&[kind])).with("possible", wire::kinds(possible)))
}

/// The act that a request records.
fn act(kit: &Kit, w: &Doings, certificate: &Certificate, previous: Option<Uuid>) -> kit::Result<Act> {
    let want = &w.want;
    let mut act = Act {
        id: kit.new_id(),
        certificate: certificate.id,
        product: certificate.product,
        unit: certificate.unit.clone(),
        unit_path: certificate.unit_path.clone(),
        kind: want.doing.kind(),
        paper: want.paper.clone(),
        basis: want.basis.clone(),
        cause: None,
        conclusion_date: None,
        changes: Vec::new(),
        holder: None,
        previous_holder: None,
        sample: certificate.sample,
        create_us: w.call.now_us,
    };
    match &want.doing {
        Doing::Suspend | Doing::Lift | Doing::Surrender => {}
        Doing::Revoke { cause, conclusion } => {
            (act.cause, act.conclusion_date) = (Some(*cause), Some(*conclusion));
        }
        Doing::Correct(texts) => act.changes = corrected(texts, certificate)?,
        Doing::Transfer { holder } => {
            let before = certificate.holder.or(previous);
            if before == Some(*holder) {
                let name = kit::name::of("producers", *holder);
                return Err(Error::violation("holder", ErrorReason::HolderSame, &[("name", &name)]));
            }
            (act.holder, act.previous_holder) = (Some(*holder), before);
        }
    }
    Ok(act)
}

fn corrected(texts: &wire::Texts, certificate: &Certificate) -> kit::Result<Vec<Change>> {
    let found = changes(&[
        ("product_display_name", &certificate.product_display_name, &texts.product_display_name),
        ("product_code", &certificate.product_code, &texts.product_code),
        ("number", &certificate.number, &texts.number),
        ("decision_number", &certificate.decision_number, &texts.decision_number),
        ("authority", &certificate.authority, &texts.authority),
    ]);
    if found.is_empty() {
        return Err(Error::violation("paper", ErrorReason::NothingToCorrect, &[]));
    }
    Ok(found)
}

/// Does to the certificate what the act says.
async fn take_effect(w: &Doings, act: &Act, certificate: &Certificate) -> kit::Result<()> {
    let (id, on, now_us) = (certificate.id, act.paper.act_date, act.create_us);
    match act.kind {
        Kind::Suspend => certificates::store::suspend(w.tx(), act.id, id, on, now_us).await,
        Kind::Lift => certificates::store::lift(w.tx(), id, on).await,
        Kind::Revoke => end(w, certificate, EndKind::Revoked, act).await,
        Kind::Surrender => end(w, certificate, EndKind::Surrendered, act).await,
        Kind::Correct => {
            let texts: Vec<_> = act.changes.iter().map(|c| (c.field.as_str(), c.after.as_str())).collect();
            certificates::store::correct(w.tx(), id, &texts).await
        }
        Kind::Transfer => certificates::store::hand_over(w.tx(), id, act.holder).await,
    }
}

async fn end(w: &Doings, certificate: &Certificate, kind: EndKind, act: &Act) -> kit::Result<()> {
    let end_date = act.paper.act_date;
    let end = NewEnd { certificate: certificate.id, kind, end_date, by_certificate: None };
    certificates::store::put_ends(w.tx(), &[end], act.create_us).await?;
    let event = certificates::wire::ended_event(certificate, kind, end_date, None);
    let fact = Fact::of(&certificates::wire::name(certificate.id)).at(&certificate.unit).on(end_date);
    w.record(fact.sample(certificate.sample).tells(&event));
    Ok(())
}
