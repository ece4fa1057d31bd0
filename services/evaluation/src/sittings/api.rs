//! SittingService.

mod bundles;
pub(crate) mod steps;

use kit::{Answer, Error, Fact, Kit, day};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use proto::evaluation::v1::sitting_service_server::SittingService;
use tonic::Request;
use uuid::Uuid;

use self::steps::{PROGRAM_VERSION, allowed, card_of, counted, created, input_of, refuse, there};
use super::domain::{self, Effect, Raised, SheetState, State, Verb, in_card_order, record};
use super::store::{self, Grading, MarkSheet, Sitting, Whole};
use super::wire::{self, render};
use crate::certificates;
use crate::marks::seats;
use crate::rounds::{self, domain::Verb as RoundVerb};
use crate::rules::wire::unavailable;
use crate::shared::domain::judged;
use crate::shared::peer::Registry;
use crate::shared::store::cursor;
use crate::{councils, dossiers, shared::wire::regime_name};

/// The RPCs of this room.
#[derive(Clone)]
pub struct Api {
    kit: Kit,
    registry: Registry,
}

impl Api {
    /// The RPCs over a kit and the registry.
    #[must_use]
    pub fn new(kit: Kit, registry: Registry) -> Self {
        Self { kit, registry }
    }
}

#[tonic::async_trait]
impl SittingService for Api {
    async fn create_sitting(&self, request: Request<pb::CreateSittingRequest>) -> Answer<pb::Sitting> {
        let call = self.kit.prepare(&request)?;
        let named = request.get_ref().sitting.as_ref().map(|s| s.product.clone()).unwrap_or_default();
        let product = self.registry.product(&call, &named).await?;
        let kit = &self.kit;
        let asked = request.get_ref().sitting.as_ref();
        let whole = &bundles::judged(kit, &self.registry, &call, asked, product.as_ref()).await?;
        let parse = |req: &_, v: &mut _| wire::create(req, product.as_ref(), v);
        kit.write(request, parse, move |w: kit::Write<wire::Create>| async move {
            let want = &w.want;
            let round = rounds::store::lock(w.tx(), want.round).await?.ok_or_else(|| {
                let name = rounds::wire::name(want.round);
                Error::violation("sitting.round", Common::ReferenceUnknown, &[("name", &name)])
            })?;
            w.call.at(&round.unit_path)?;
            rounds::api::allowed(&round, RoundVerb::Sit)?;
            let frozen = want.frozen.as_ref().map_err(|name| unavailable(name))?;
            if frozen.regime.id != round.regime {
                let refused =
                    Error::refused(ErrorReason::RoundOtherRegime).with("regime", regime_name(&frozen.regime.id));
                return Err(refused.with("round_regime", regime_name(&round.regime)));
            }
            let bundle = whole.led_by(want.product)?;
            let products = judged(want.product, bundle);
            if let Some(other) = store::of_products(w.tx(), round.id, &products).await? {
                return Err(Error::exists_as(ErrorReason::SittingExists, wire::name(other)));
            }
            let council = councils::store::find(w.tx(), round.council).await?;
            let council = council.ok_or_else(|| Error::internal("a round without its council"))?;
            let sealed = dossiers::store::of_product(w.tx(), want.product).await?;
            let digest = steps::dossier_digest(want, &council, &sealed)?;
            let known = if steps::renews(want.kind, frozen.regime) {
                certificates::store::of_products(w.tx(), &[want.product], want.filing_date).await?
            } else {
                Vec::new()
            };
            let late = steps::filed_late(want, frozen, &known)?;
            let sitting = created(kit, want, frozen, (&round, &council), (digest, late), w.call.now_us);
            let sitting = Sitting { bundle: bundle.cloned(), sample: sitting.sample || whole.sample, ..sitting };
            store::insert(w.tx(), &sitting).await?;
            if let Some(filing) = steps::pending(kit, &sitting) {
                certificates::store::file(w.tx(), &filing).await?;
            }
            w.record(fact(&sitting).on(sitting.filing_date).tells(&render::changed(&sitting)));
            render::sitting(&Whole { sitting, handed_in: Vec::new(), locked: Vec::new(), grading: None })
        })
        .await
    }

    async fn get_sitting(&self, request: Request<pb::GetSittingRequest>) -> Answer<pb::Sitting> {
        let handler = |r: kit::Read<Uuid>| async move {
            let whole = there(store::find(r.db(), r.want).await?, r.want)?;
            r.call.at(&whole.sitting.unit_path)?;
            render::sitting(&whole)
        };
        self.kit.read(request, wire::get, handler).await
    }

    async fn list_sittings(&self, request: Request<pb::ListSittingsRequest>) -> Answer<pb::ListSittingsResponse> {
        let handler = |r: kit::Read<wire::List>| async move {
            let (scope, want) = (r.call.scope(), &r.want);
            let rows = store::list(r.db(), &want.filter(scope), &want.page).await?;
            let (rows, next_page_token) = want.page.cut(rows, |row| cursor(row.sitting.sitting_date, row.sitting.id));
            let sittings = rows.iter().map(render::sitting).collect::<kit::Result<_>>()?;
            Ok(pb::ListSittingsResponse { sittings, next_page_token })
        };
        self.kit.read(request, wire::list, handler).await
    }

    async fn record_marks(&self, request: Request<pb::RecordMarksRequest>) -> Answer<pb::Sitting> {
        let handler = |w: kit::Write<wire::Marks>| async move {
            let sitting = there(store::lock(w.tx(), w.want.sitting).await?, w.want.sitting)?;
            w.call.at(&sitting.unit_path)?;
            allowed(&sitting, Verb::RecordMarks)?;
            let card = card_of(&sitting)?;
            refuse(counted(&sitting, &w.want.member), &domain::marks_faults(card, &w.want.answers))?;
            steps::marking(&sitting, &w.want.member)?;
            let known = seats::sheet_of(w.tx(), &sitting, &w.want.member).await?;
            if !seats::from_paper(&w.call, &sitting) {
                seats::own(w.tx(), &w.call, &sitting, &w.want.member, known.as_ref()).await?;
            }
            let sheet = seats::blank(&w.call, &sitting, &w.want.member, known)?;
            let answers = in_card_order(card, &w.want.answers);
            store::put_sheets(w.tx(), &[MarkSheet { answers, state: SheetState::HandedIn, ..sheet }]).await?;
            w.record(fact(&sitting).tells(&render::changed(&sitting)));
            answer(w.tx(), sitting.id).await
        };
        self.kit.write(request, wire::marks, handler).await
    }

    async fn raise_knockout(&self, request: Request<pb::RaiseKnockoutRequest>) -> Answer<pb::Sitting> {
        let handler = |w: kit::Write<wire::Knockout>| async move {
            let mut sitting = there(store::lock(w.tx(), w.want.sitting).await?, w.want.sitting)?;
            w.call.at(&sitting.unit_path)?;
            allowed(&sitting, Verb::RaiseKnockout)?;
            refuse(Ok(()), &domain::knockout_faults(card_of(&sitting)?, &w.want.raised))?;
            let effect = Effect::of(w.want.raised.effect);
            let criterion = w.want.raised.criterion.clone();
            if sitting.knockouts.iter().any(|known| known.effect == effect && known.criterion == criterion) {
                return Err(Error::exists_as(ErrorReason::KnockoutRaised, criterion));
            }
            sitting.knockouts.push(Raised { criterion, effect, ground: w.want.ground.clone() });
            keep(&w, sitting).await
        };
        self.kit.write(request, wire::knockout, handler).await
    }

    async fn set_agreed_answers(&self, request: Request<pb::SetAgreedAnswersRequest>) -> Answer<pb::Sitting> {
        let handler = |w: kit::Write<wire::Agreed>| async move {
            let mut sitting = there(store::lock(w.tx(), w.want.sitting).await?, w.want.sitting)?;
            w.call.at(&sitting.unit_path)?;
            allowed(&sitting, Verb::SetAgreedAnswers)?;
            let card = card_of(&sitting)?;
            refuse(Ok(()), &domain::agreed_faults(card, &w.want.answers))?;
            sitting.agreed = in_card_order(card, &w.want.answers);
            keep(&w, sitting).await
        };
        self.kit.write(request, wire::agreed, handler).await
    }

    async fn grade_sitting(&self, request: Request<pb::GradeSittingRequest>) -> Answer<pb::Sitting> {
        let handler = |w: kit::Write<Uuid>| async move {
            let mut sitting = there(store::lock(w.tx(), *w.want).await?, *w.want)?;
            w.call.at(&sitting.unit_path)?;
            allowed(&sitting, Verb::Grade)?;
            if w.call.today < sitting.sitting_date {
                return Err(Error::refused(ErrorReason::SittingNotHeld).with("date", day::text(sitting.sitting_date)));
            }
            let card = card_of(&sitting)?;
            steps::quorum(&sitting)?;
            let sheets = store::sheets(w.tx(), sitting.id, sitting.attempt).await?;
            steps::all_handed_in(&sitting, &sheets)?;
            let (graded, made) = steps::graded(card, &input_of(&sitting, sitting.attempt, &sheets))?;
            steps::one_opinion(&sitting, card, &graded)?;

            let attempt = sitting.attempt;
            sitting.state = allowed(&sitting, domain::verb_of(graded.outcome))?;
            sitting.graded_attempt = attempt;
            sitting.outcome = Some(graded.outcome);
            sitting.stars = graded.stars.into();
            store::lock_sheets(w.tx(), sitting.id, attempt).await?;
            if sitting.state == State::Rescore {
                sitting.attempt += 1;
                let carried = steps::carried(&sitting, &graded, sheets, w.call.now_us);
                store::put_sheets(w.tx(), &carried).await?;
            }
            let program_version = PROGRAM_VERSION.to_owned();
            let grading = Grading { record: made, program_version, grade_us: w.call.now_us };
            store::insert_grading(w.tx(), (sitting.id, attempt), &grading).await?;
            if domain::settles(sitting.state, sitting.stars) {
                certificates::store::settle(w.tx(), &[sitting.id], sitting.sitting_date).await?;
            }
            let told = render::graded(&sitting, &graded.mean, graded.outcome);
            w.record(fact(&sitting).on(sitting.sitting_date).tells(&told));
            keep(&w, sitting).await
        };
        self.kit.write(request, wire::grade, handler).await
    }

    async fn verify_sitting(&self, request: Request<pb::VerifySittingRequest>) -> Answer<pb::VerifySittingResponse> {
        let handler = |r: kit::Read<Uuid>| async move {
            let Whole { sitting, grading, .. } = there(store::find(r.db(), r.want).await?, r.want)?;
            r.call.at(&sitting.unit_path)?;
            let not_graded = || Error::refused(ErrorReason::SittingNotGraded).with("name", wire::name(sitting.id));
            let stored = grading.ok_or_else(not_graded)?;
            let sheets = store::sheets(r.db(), sitting.id, sitting.graded_attempt).await?;
            let input = steps::graded_input(&sitting, &sheets, &stored)?;
            let card = reference::cards::get(&sitting.scorecard);
            let outcome = sitting.outcome.map(|outcome| outcome.as_str()).unwrap_or_default();
            let found = record::verify(card, &input, &stored.record, (outcome, sitting.stars));
            Ok(render::verdict(found.map_err(Error::internal)?, &stored, PROGRAM_VERSION))
        };
        self.kit.read(request, wire::verify, handler).await
    }
}

/// A fact about a sitting, at the council's unit.
pub(crate) fn fact(sitting: &Sitting) -> Fact {
    Fact::of(&wire::name(sitting.id)).at(&sitting.unit).sample(sitting.sample)
}

/// Keeps a changed sitting, tells the change and answers it.
async fn keep<P>(w: &kit::Write<P>, sitting: Sitting) -> kit::Result<pb::Sitting> {
    let sitting = keep_changed(w, sitting).await?;
    answer(w.tx(), sitting.id).await
}

/// Keeps a changed sitting and tells the change.
pub(crate) async fn keep_changed<P>(w: &kit::Write<P>, mut sitting: Sitting) -> kit::Result<Sitting> {
    sitting.update_us = w.call.now_us;
    store::update(w.tx(), &sitting).await?;
    w.record(fact(&sitting).tells(&render::changed(&sitting)));
    Ok(sitting)
}

/// The sitting as it is now.
async fn answer(tx: &impl sea_orm::ConnectionTrait, id: Uuid) -> kit::Result<pb::Sitting> {
    render::sitting(&there(store::find(tx, id).await?, id)?)
}
