//! ProducerChangeService.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::producer_change_service_server::ProducerChangeService;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::apply::{carry_out, key_data};
use super::domain::{CHANGES, ChangeState, ChangeStep, KeyData, as_of, second_person};
use super::store::{self, Change, Changes};
use super::wire::{self, Act, Wanted};
use crate::producers::store::{Producer, producer_fetch, producer_lock};
use crate::producers::{self};
use crate::shared::states::step;
use crate::shared::wire::{too_early, unknown_producer};
use crate::shared::{own, records};
use crate::{duties, people};

/// The RPCs.
pub struct Api {
    kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

fn tell<P>(w: &Write<P>, change: &Change) {
    let fact = Fact::of(&name::of("producerChanges", change.id)).at(&change.unit);
    w.record(fact.sample(change.sample).tells(&wire::recorded(change)));
}

/// What a proposal refers to exists: its new owner and managers were not erased, those that end are the producer's.
async fn known(w: &Write<Wanted>, producer: Uuid) -> Result<()> {
    let proposal = &w.want.proposal;
    if let Some(owner) = proposal.owner {
        people::api::known(w, "producer_change.after.owner", owner).await?;
    }
    for (at, new) in proposal.begin.iter().enumerate() {
        people::api::known(w, &format!("producer_change.begin_managers[{at}].person"), new.person).await?;
    }
    for (at, id) in proposal.end.iter().enumerate() {
        let duty = duties::store::duty_fetch(w.tx(), *id, true).await?;
        duty.filter(|duty| duty.producer_id == Some(producer)).ok_or_else(|| wire::unknown_manager(at, *id))?;
    }
    Ok(())
}

/// The producer of a proposal, locked and as the proposer saw it.
async fn proposed_for(w: &Write<Wanted>) -> Result<Producer> {
    let want = &w.want;
    let producer = producer_lock(w.tx(), want.producer).await?;
    let producer = producer.ok_or_else(|| unknown_producer("producer_change.producer", want.producer))?;
    own::at(&w.call, w.tx(), &producer.new.unit_path, producer.id).await?;
    producers::wire::takes_part(&producer, want.effective_date)?;
    kit::fresh(&want.producer_etag, producer.version, &name::of("producers", producer.id))?;
    let last = store::last_effective(w.tx(), producer.id).await?;
    match last.filter(|last| want.effective_date < *last) {
        Some(last) => Err(too_early("producer_change.effective_date", last)),
        None => Ok(producer),
    }
}

fn proposed(w: &Write<Wanted>, id: Uuid, producer: Producer, before: &KeyData) -> Result<Change> {
    let want = &w.want;
    Ok(Change {
        id,
        sample: want.sample || producer.new.sample,
        unit: producer.new.unit,
        unit_path: producer.new.unit_path,
        producer_id: producer.id,
        document_number: want.document_number.clone(),
        reason: want.reason.clone(),
        before: store::text(before)?,
        after: store::text(&want.proposal)?,
        proposer: w.call.caller.subject.clone(),
        decider: String::new(),
        decide_reason: String::new(),
        state: ChangeState::Pending.number(),
        effective_date: want.effective_date,
        document_date: want.document_date,
        decide_date: None,
        producer_version: producer.version,
        version: 1,
        create_us: w.call.now_us,
        update_us: w.call.now_us,
    })
}

/// Approves, rejects or withdraws.
async fn settle(w: &Write<Act>, kit: &Kit) -> Result<pb::ProducerChange> {
    let act = &w.want;
    let name = name::of("producerChanges", act.id);
    let change = records::lock::<Changes>(w.tx(), act.id).await?;
    let mut change = change.ok_or_else(|| Error::not_found(&name))?;
    own::at(&w.call, w.tx(), &change.unit_path, change.producer_id).await?;
    kit::fresh(&act.etag, change.version, &name)?;
    let state = ChangeState::of_number(change.state).ok_or_else(|| Error::internal("a change in no state"))?;
    let to = step(CHANGES, state, act.step).map_err(|f| wire::refused(change.id, &f))?;
    if !second_person(act.step, &change.proposer, &w.call.caller.subject) {
        return Err(wire::wrong_person(act.step, change.id));
    }
    if act.on < change.effective_date && act.step == ChangeStep::Approve {
        return Err(too_early("decide_date", change.effective_date));
    }
    change.state = to.number();
    change.decider.clone_from(&w.call.caller.subject);
    change.decide_date = Some(act.on);
    change.decide_reason.clone_from(&act.reason);
    change.version += 1;
    change.update_us = w.call.now_us;
    if act.step == ChangeStep::Approve {
        change.before = store::text(&carry_out(w, kit, &change).await?)?;
    } else {
        tell(w, &change);
    }
    records::update::<Changes>(w.tx(), &change).await?;
    wire::shown(&change)
}

#[async_trait]
impl ProducerChangeService for Api {
    async fn create_producer_change(
        &self,
        request: Request<pb::CreateProducerChangeRequest>,
    ) -> Answer<pb::ProducerChange> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let producer = proposed_for(&w).await?;
                let before = key_data(&producer, store::owner_of(w.tx(), producer.id).await?);
                if w.want.proposal.is_empty(&before) {
                    return Err(wire::empty());
                }
                known(&w, producer.id).await?;
                let change = proposed(&w, self.kit.new_id(), producer, &before)?;
                records::insert::<Changes>(w.tx(), &change).await?;
                tell(&w, &change);
                wire::shown(&change)
            })
            .await
    }

    async fn get_producer_change(&self, request: Request<pb::GetProducerChangeRequest>) -> Answer<pb::ProducerChange> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "producerChanges"),
                |r| async move {
                    let change = records::fetch::<Changes>(r.db(), r.want).await?;
                    let change = change.ok_or_else(|| Error::not_found(name::of("producerChanges", r.want)))?;
                    own::at(&r.call, r.db(), &change.unit_path, change.producer_id).await?;
                    wire::shown(&change)
                },
            )
            .await
    }

    async fn list_producer_changes(
        &self,
        request: Request<pb::ListProducerChangesRequest>,
    ) -> Answer<pb::ListProducerChangesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, state, page) = &r.want;
                let in_state = store::in_state(*state);
                let found = records::list::<Changes>(r.db(), &r.call.reach(), filter, in_state, page).await?;
                let (found, next_page_token) = page.cut(found, |c| vec![c.id.to_string()]);
                let producer_changes = found.iter().map(wire::shown).collect::<Result<_>>()?;
                Ok(pb::ListProducerChangesResponse { producer_changes, next_page_token })
            })
            .await
    }

    async fn approve_producer_change(
        &self,
        request: Request<pb::ApproveProducerChangeRequest>,
    ) -> Answer<pb::ProducerChange> {
        self.kit.write(request, wire::approve, move |w| async move { settle(&w, &self.kit).await }).await
    }

    async fn reject_producer_change(
        &self,
        request: Request<pb::RejectProducerChangeRequest>,
    ) -> Answer<pb::ProducerChange> {
        self.kit.write(request, wire::reject, move |w| async move { settle(&w, &self.kit).await }).await
    }

    async fn withdraw_producer_change(
        &self,
        request: Request<pb::WithdrawProducerChangeRequest>,
    ) -> Answer<pb::ProducerChange> {
        self.kit.write(request, wire::withdraw, move |w| async move { settle(&w, &self.kit).await }).await
    }

    async fn get_producer_history(
        &self,
        request: Request<pb::GetProducerHistoryRequest>,
    ) -> Answer<pb::ProducerHistory> {
        self.kit
            .read(request, wire::history, |r| async move {
                let (id, day) = r.want;
                let producer = producer_fetch(r.db(), id).await?;
                let producer = producer.ok_or_else(|| Error::not_found(name::of("producers", id)))?;
                own::at(&r.call, r.db(), &producer.new.unit_path, id).await?;
                let acts = store::effective(r.db(), id).await?;
                let before: Vec<_> = acts.iter().map(|c| Ok((c.effective_date, c.before()?))).collect::<Result<_>>()?;
                let now = key_data(&producer, store::owner_of(r.db(), id).await?);
                Ok(wire::producer_history(id, day, as_of(&before, now, day), &acts))
            })
            .await
    }
}
