//! DecisionService.

use kit::{Answer, Error, Fact, Kit, OnUnique};
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::decision_service_server::DecisionService;
use tonic::Request;
use uuid::Uuid;

use super::domain::{Candidate, Deciding, refusals};
use super::store::{self, Decision};
use super::wire::{self, Issue};
use crate::certificates::domain::{Decided, Term};
use crate::certificates::store::Certificate;
use crate::councils::domain::Level;
use crate::shared::store::cursor;
use crate::sittings::domain::State;
use crate::sittings::store::Sitting;
use crate::{certificates, sittings};

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
}

impl Api {
    /// The RPCs over a kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

#[tonic::async_trait]
impl DecisionService for Api {
    async fn issue_decision(&self, request: Request<pb::IssueDecisionRequest>) -> Answer<pb::Decision> {
        let kit = &self.kit;
        kit.write(request, wire::issue, move |w: kit::Write<Issue>| async move {
            w.call.at(&w.want.unit.path)?;
            let sittings = in_order(&w.want.sittings, sittings::store::lock_many(w.tx(), &w.want.sittings).await?)?;
            wire::none_refused(&refused(&w.want, &sittings)?)?;

            let decision = issued(kit, &w.want, &sittings, w.call.now_us);
            let name = wire::name(decision.id);
            let unique = store::insert(w.tx(), &decision).await;
            unique.on_unique(ErrorReason::DecisionNumberTaken, decision.number.clone())?;
            sittings::store::decide(w.tx(), &w.want.sittings, decision.id, State::Decided, w.call.now_us).await?;
            let certificates = made(kit, &decision, &sittings)?;
            let facts = certificates::enter::enter(w.tx(), &w.call, &certificates).await?;
            // Only now: while its re-evaluation is pending, a certificate past its end is in force and can be superseded.
            certificates::store::settle(w.tx(), &w.want.sittings, decision.decision_date).await?;

            let fact = Fact::of(&name).at(&decision.unit).on(decision.decision_date).sample(decision.sample);
            w.record(fact.tells(&wire::issued_event(&decision)));
            facts.into_iter().for_each(|fact| w.record(fact));
            let pairs: Vec<_> = certificates.iter().map(|made| (made.id, made.sitting)).collect();
            Ok(wire::decision(&decision, &pairs))
        })
        .await
    }

    async fn get_decision(&self, request: Request<pb::GetDecisionRequest>) -> Answer<pb::Decision> {
        let handler = |r: kit::Read<Uuid>| async move {
            let found = store::find(r.db(), r.want).await?;
            let decision = found.ok_or_else(|| Error::not_found(wire::name(r.want)))?;
            r.call.at(&decision.unit_path)?;
            Ok(wire::decision(&decision, &certificates::store::of_decision(r.db(), r.want).await?))
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_decisions(&self, request: Request<pb::ListDecisionsRequest>) -> Answer<pb::ListDecisionsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let (scope, want) = (r.call.scope(), &r.want);
            let rows = store::list(r.db(), &scope, &want.within, want.year, &want.page).await?;
            let (rows, next_page_token) = want.page.cut(rows, |row| cursor(row.decision_date, row.id));
            let decisions = rows.iter().map(|row| wire::decision(row, &[])).collect();
            Ok(pb::ListDecisionsResponse { decisions, next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }
}

/// The sittings in the order of the decision.
fn in_order(wanted: &[Uuid], found: Vec<Sitting>) -> kit::Result<Vec<Sitting>> {
    wire::all_there(wanted, |id| found.iter().any(|sitting| sitting.id == id))?;
    let place = |sitting: &Sitting| wanted.iter().position(|id| *id == sitting.id);
    let mut found = found;
    found.sort_by_key(place);
    Ok(found)
}

/// The sittings that cannot be decided so.
fn refused(want: &Issue, sittings: &[Sitting]) -> kit::Result<Vec<(Uuid, super::domain::Refusal)>> {
    let paths = reference::units::prefixes(&want.unit.name);
    let level = Level::of_unit(want.unit.level);
    let deciding = Deciding { level, paths: &paths, day: want.decision_date };
    let candidates = sittings.iter().map(candidate).collect::<kit::Result<Vec<_>>>()?;
    Ok(refusals(&deciding, &candidates))
}

fn candidate(sitting: &Sitting) -> kit::Result<Candidate<'_>> {
    Ok(Candidate {
        sitting: sitting.id,
        products: sitting.products(),
        unit_path: &sitting.unit_path,
        state: sitting.state,
        stars: sitting.stars,
        regime: regime_of(sitting)?,
        sitting_date: sitting.sitting_date,
    })
}

fn regime_of(sitting: &Sitting) -> kit::Result<&'static reference::regimes::Regime> {
    let found = reference::regimes::get(&sitting.regime);
    found.ok_or_else(|| Error::internal(format!("{} has the unknown regime {}", sitting.id, sitting.regime)))
}

/// The decision that a request issues.
fn issued(kit: &Kit, want: &Issue, sittings: &[Sitting], now_us: i64) -> Decision {
    Decision {
        id: kit.new_id(),
        unit: want.unit.name.clone(),
        unit_path: want.unit.path.clone(),
        number: want.number.clone(),
        decision_date: want.decision_date,
        authority: want.authority.clone(),
        signed_by: want.signed_by.clone(),
        signer_authorisation: want.signer_authorisation.clone(),
        certificates: i32::try_from(sittings.len()).unwrap_or(i32::MAX),
        sample: sittings.iter().any(|sitting| sitting.sample),
        create_us: now_us,
    }
}

/// The certificates of a decision, one per sitting, numbered in their order.
fn made(kit: &Kit, decision: &Decision, sittings: &[Sitting]) -> kit::Result<Vec<Certificate>> {
    (1..).zip(sittings).map(|(serial, sitting)| certificate(kit, decision, serial, sitting)).collect()
}

fn certificate(kit: &Kit, decision: &Decision, serial: i32, sitting: &Sitting) -> kit::Result<Certificate> {
    let unit_path = reference::units::path(&sitting.product_unit)
        .ok_or_else(|| Error::internal(format!("{} names the unknown unit {}", sitting.id, sitting.product_unit)))?;
    let term = Term {
        decided: Decided::on(decision.decision_date),
        months: certificates::wire::months(regime_of(sitting)?),
        convention: sitting.end_convention,
    };
    Ok(Certificate {
        id: kit.new_id(),
        product: sitting.product,
        product_display_name: sitting.product_display_name.clone(),
        product_code: sitting.product_code.clone(),
        unit: sitting.product_unit.clone(),
        unit_path,
        stars: sitting.stars,
        number: format!("{}/{serial}", decision.number),
        decision: Some(decision.id),
        serial,
        decision_number: decision.number.clone(),
        term,
        authority: decision.authority.clone(),
        regime: sitting.regime.clone(),
        sitting: Some(sitting.id),
        source_text: String::new(),
        source_url: String::new(),
        sample: sitting.sample,
        create_us: decision.create_us,
        holder: None,
        bundle: sitting.bundle.clone(),
    })
}
