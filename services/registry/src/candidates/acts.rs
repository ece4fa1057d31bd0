//! Acts on candidates: what each of them looks up, decides and stores.

use kit::{Error, Fact, OnUnique, Result, Scope, Write, name};
use proto::registry::v1::{self as pb, ErrorReason};
use sea_orm::ConnectionTrait;
use time::Date;
use uuid::Uuid;

use super::domain::{self, CANDIDATE, CandidateState, CandidateStep, FIRST};
use super::store::{self, Candidate};
use super::wire::{self, Act, CarryOver, FromVisit, NewCandidate, Register, Subject, Update};
use crate::products::store::Product;
use crate::shared::own;
use crate::shared::states::step;
use crate::shared::wire::too_early;
use crate::{producers, products, visits};

/// Most candidates that one call carries over.
const MOST: u64 = 200;

fn tell<P>(w: &Write<P>, candidate: &Candidate, on: Date) {
    let fact = Fact::of(&name::of("candidates", candidate.id)).at(&candidate.unit).on(on);
    w.record(fact.sample(candidate.sample).tells(&wire::recorded(candidate)));
}

/// A candidate that nothing was done with yet. Unit and subject are still to be told.
fn blank(id: Uuid, year: i32, on: Date, now_us: i64) -> Candidate {
    Candidate {
        id,
        unit: String::new(),
        unit_path: String::new(),
        year,
        product_id: None,
        producer_id: None,
        display_name: String::new(),
        product_set: String::new(),
        subject: String::new(),
        target_stars: 0,
        kind: FIRST,
        state: CandidateState::Proposed.number(),
        propose_date: on,
        accept_date: None,
        file_date: None,
        dossier: String::new(),
        end_date: None,
        reason: String::new(),
        visit_id: None,
        carried_from: None,
        sample: false,
        version: 1,
        create_us: now_us,
        update_us: now_us,
    }
}

/// What a candidate takes from its product.
fn of_product(product: Product, blank: Candidate) -> Candidate {
    Candidate {
        subject: name::of("products", product.id),
        product_id: Some(product.id),
        producer_id: Some(product.producer_id),
        unit: product.unit,
        unit_path: product.unit_path,
        display_name: product.display_name,
        product_set: product.product_set,
        sample: blank.sample || product.sample,
        ..blank
    }
}

/// The candidate of a product or idea, judged: not stored yet.
async fn subject(w: &Write<NewCandidate>, id: Uuid) -> Result<Candidate> {
    let want = &w.want;
    let blank = Candidate {
        target_stars: want.target_stars,
        kind: want.kind,
        visit_id: want.visit,
        sample: want.sample,
        ..blank(id, want.year, want.propose_date, w.call.now_us)
    };
    match &want.subject {
        Subject::Product(product) => {
            let found = products::store::product_fetch(w.tx(), *product).await?;
            let found = found.ok_or_else(|| wire::unknown("candidate.product", &name::of("products", *product)))?;
            w.call.at_own(&found.unit_path, found.producer_id)?;
            if want.propose_date < found.registration_date {
                return Err(too_early("candidate.propose_date", found.registration_date));
            }
            Ok(of_product(found, blank))
        }
        Subject::Idea(idea) => {
            let sample = match idea.producer {
                Some(producer) => {
                    own::at(&w.call, w.tx(), &idea.unit.path, producer).await?;
                    sample_of(w.tx(), producer, want.propose_date).await?
                }
                None => w.call.at(&idea.unit.path).map(|()| false)?,
            };
            Ok(Candidate {
                subject: domain::idea(&idea.unit.name, &idea.display_name),
                unit: idea.unit.name.clone(),
                unit_path: idea.unit.path.clone(),
                producer_id: idea.producer,
                display_name: idea.display_name.clone(),
                product_set: idea.product_set.clone(),
                sample: blank.sample || sample,
                ..blank
            })
        }
    }
}

/// True where the producer of an idea is a sample; it must take part on the day.
async fn sample_of(tx: &impl ConnectionTrait, producer: Uuid, on: Date) -> Result<bool> {
    let found = producers::store::producer_fetch(tx, producer).await?;
    let found = found.ok_or_else(|| wire::unknown("candidate.producer", &name::of("producers", producer)))?;
    producers::wire::takes_part(&found, on)?;
    Ok(found.new.sample)
}

/// Refuses what is on the list of the year already. The unique key guards the race.
async fn free(tx: &impl ConnectionTrait, candidate: &Candidate) -> Result<()> {
    let subjects = std::slice::from_ref(&candidate.subject);
    match store::listed(tx, candidate.year, subjects).await?.first() {
        Some((_, other)) if *other != candidate.id => Err(wire::exists(*other)),
        _ => Ok(()),
    }
}

/// Puts a product or an idea on a list.
pub(super) async fn propose(w: &Write<NewCandidate>, id: Uuid) -> Result<Candidate> {
    let mut candidate = subject(w, id).await?;
    if let Some(id) = w.want.visit {
        let visit = visits::store::visit_fetch(w.tx(), id).await?;
        let visit = visit.ok_or_else(|| wire::unknown("candidate.visit", &name::of("visits", id)))?;
        if !Scope::Within(reference::units::prefixes(&visit.unit)).holds(&candidate.unit_path) {
            return Err(wire::visit_elsewhere(id));
        }
        candidate.sample |= visit.sample;
    }
    free(w.tx(), &candidate).await?;
    let added = store::candidate_insert(w.tx(), std::slice::from_ref(&candidate)).await;
    added.on_unique(ErrorReason::CandidateExists, &candidate.subject)?;
    tell(w, &candidate, candidate.propose_date);
    Ok(candidate)
}

/// The candidate after a step; its state and times change, nothing else.
fn after(mut candidate: Candidate, verb: CandidateStep, now_us: i64) -> Result<Candidate> {
    let state = CandidateState::of_number(candidate.state).ok_or_else(|| Error::internal("a candidate in no state"))?;
    let to = step(CANDIDATE, state, verb).map_err(|f| wire::forbids(candidate.id, &f))?;
    candidate.state = to.number();
    candidate.version += 1;
    candidate.update_us = now_us;
    Ok(candidate)
}

/// The candidate, locked, in the caller's units, not changed since it was read, after a step.
async fn moved<P>(w: &Write<P>, (id, etag): (Uuid, &str), verb: CandidateStep) -> Result<Candidate> {
    let name = name::of("candidates", id);
    let candidate = store::candidate_lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    w.call.at(&candidate.unit_path)?;
    kit::fresh(etag, candidate.version, &name)?;
    after(candidate, verb, w.call.now_us)
}

/// Stores a candidate as it is now and tells it.
async fn put<P>(w: &Write<P>, candidate: Candidate, on: Date) -> Result<Candidate> {
    let kept = store::candidate_update(w.tx(), &candidate).await;
    kept.on_unique(ErrorReason::CandidateExists, &candidate.subject)?;
    tell(w, &candidate, on);
    Ok(candidate)
}

/// Accepts, files or drops a candidate.
pub(super) async fn take(w: &Write<Act>) -> Result<Candidate> {
    let act = &w.want;
    let mut candidate = moved(w, (act.id, &act.etag), act.step).await?;
    let last = candidate.accept_date.unwrap_or(candidate.propose_date).max(candidate.propose_date);
    if act.on < last {
        return Err(wire::step_too_early(act.step, last));
    }
    let on = Some(act.on);
    match act.step {
        CandidateStep::Accept => candidate.accept_date = on,
        CandidateStep::File if candidate.product_id.is_none() => return Err(wire::unregistered(act.id)),
        CandidateStep::File => (candidate.file_date, candidate.dossier) = (on, act.text.clone()),
        _ => (candidate.end_date, candidate.reason) = (on, act.text.clone()),
    }
    put(w, candidate, act.on).await
}

/// Which of the accepted candidates, newest list first, a dossier files: for each product that of the year, else the newest.
fn of_year(accepted: Vec<Candidate>, year: i32) -> Vec<Candidate> {
    let mut filed: Vec<Candidate> = Vec::new();
    for candidate in accepted {
        match filed.iter_mut().find(|f| f.product_id == candidate.product_id) {
            Some(known) if candidate.year == year => *known = candidate,
            Some(_) => {}
            None => filed.push(candidate),
        }
    }
    filed
}

/// A dossier of these products was filed: their accepted candidates are FILED with it, in the same transaction.
pub(crate) async fn filed<P>(w: &Write<P>, products: &[Uuid], dossier: Uuid, on: Date) -> Result<()> {
    let accepted = store::accepted_lock(w.tx(), products, on).await?;
    for candidate in of_year(accepted, on.year()) {
        let mut now = after(candidate, CandidateStep::File, w.call.now_us)?;
        (now.file_date, now.dossier) = (Some(on), name::of("dossiers", dossier));
        put(w, now, on).await?;
    }
    Ok(())
}

/// The dossier came to nothing: what it filed is ACCEPTED again.
pub(crate) async fn reopened<P>(w: &Write<P>, products: &[Uuid], dossier: Uuid, on: Date) -> Result<()> {
    for candidate in store::filed_lock(w.tx(), products, &name::of("dossiers", dossier)).await? {
        let mut now = after(candidate, CandidateStep::Reopen, w.call.now_us)?;
        (now.file_date, now.dossier) = (None, String::new());
        put(w, now, on).await?;
    }
    Ok(())
}

/// Changes what is aimed at, or what an idea is.
pub(super) async fn change(w: &Write<Update>) -> Result<Candidate> {
    let change = &w.want.change;
    let mut candidate = moved(w, (w.want.id, &w.want.etag), CandidateStep::Update).await?;
    if let Some(product) = candidate.product_id.filter(|_| change.of_idea()) {
        return Err(wire::registered(candidate.id, product));
    }
    candidate.target_stars = change.target_stars.unwrap_or(candidate.target_stars);
    candidate.kind = change.kind.unwrap_or(candidate.kind);
    if candidate.product_id.is_none() && candidate.kind != FIRST {
        return Err(wire::idea_is_first());
    }
    if let Some(producer) = change.producer {
        candidate.producer_id = producer;
        if let Some(producer) = producer {
            candidate.sample |= sample_of(w.tx(), producer, w.call.today).await?;
        }
    }
    if let Some(set) = &change.product_set {
        candidate.product_set.clone_from(set);
    }
    if let Some(new) = &change.display_name {
        candidate.display_name.clone_from(new);
        candidate.subject = domain::idea(&candidate.unit, new);
        free(w.tx(), &candidate).await?;
    }
    let on = w.call.today;
    put(w, candidate, on).await
}

/// Says which product an idea has become.
pub(super) async fn register(w: &Write<Register>) -> Result<Candidate> {
    let want = &w.want;
    let candidate = moved(w, (want.id, &want.etag), CandidateStep::Register).await?;
    if let Some(product) = candidate.product_id {
        return Err(wire::registered(candidate.id, product));
    }
    let unknown = || wire::unknown("product", &name::of("products", want.product));
    let product = products::store::product_fetch(w.tx(), want.product).await?.ok_or_else(unknown)?;
    if let Some(producer) = candidate.producer_id
        && producers::store::shown_id(w.tx(), producer).await? != product.producer_id
    {
        return Err(unknown());
    }
    if !w.call.scope().holds(&product.unit_path) {
        return Err(unknown());
    }
    let candidate = of_product(product, candidate);
    free(w.tx(), &candidate).await?;
    let on = w.call.today;
    put(w, candidate, on).await
}

/// Puts what a visit found on a list. Answers the new candidates and the products that were there.
pub(super) async fn from_visit(
    w: &Write<FromVisit>,
    new_id: impl Fn() -> Uuid,
) -> Result<pb::ProposeFromVisitResponse> {
    let want = &w.want;
    let visit = visits::store::visit_lock(w.tx(), want.visit).await?;
    let visit = visit.ok_or_else(|| Error::not_found(name::of("visits", want.visit)))?;
    w.call.at(&visit.unit_path)?;
    if want.propose_date < visit.visit_date {
        return Err(too_early("propose_date", visit.visit_date));
    }
    if visit.candidates.is_empty() {
        return Err(wire::visit_without_candidates(visit.id));
    }
    let found = products::store::product_batch(w.tx(), &visit.candidates).await?;
    let named: Vec<String> = visit.candidates.iter().map(|id| name::of("products", *id)).collect();
    let there = store::listed(w.tx(), want.year, &named).await?;
    let mut candidates = Vec::new();
    let mut known = Vec::new();
    for (id, subject) in visit.candidates.iter().zip(named) {
        let product = found.iter().find(|p| p.id == *id && w.call.scope().holds(&p.unit_path));
        match product.cloned() {
            Some(product) if !there.iter().any(|(listed, _)| *listed == subject) => {
                let blank = Candidate {
                    target_stars: want.target_stars,
                    kind: want.kind,
                    visit_id: Some(visit.id),
                    sample: visit.sample,
                    ..blank(new_id(), want.year, want.propose_date, w.call.now_us)
                };
                candidates.push(of_product(product, blank));
            }
            _ => known.push(subject),
        }
    }
    let added = store::candidate_insert(w.tx(), &candidates).await;
    added.on_unique(ErrorReason::CandidateExists, name::of("visits", visit.id))?;
    candidates.iter().for_each(|candidate| tell(w, candidate, want.propose_date));
    if candidates.is_empty() {
        // What is read is an act too: it is recorded that nothing was new.
        let fact = Fact::of(&name::of("visits", visit.id)).at(&visit.unit).on(want.propose_date);
        w.record(fact.sample(visit.sample).tells(&visits::wire::recorded(&visit)));
    }
    Ok(pb::ProposeFromVisitResponse { candidates: candidates.into_iter().map(wire::candidate).collect(), known })
}

/// Carries what is open over to the next year.
pub(super) async fn carry_over(
    w: &Write<CarryOver>,
    new_id: impl Fn() -> Uuid,
) -> Result<pb::CarryOverCandidatesResponse> {
    let want = &w.want;
    w.call.at(&want.unit.path)?;
    let within = [w.call.scope(), Scope::Within(reference::units::prefixes(&want.unit.name))];
    let open = store::open_lock(w.tx(), &within, want.year, MOST).await?;
    if open.is_empty() {
        return Err(wire::nothing_to_carry(want.year));
    }
    let subjects: Vec<String> = open.iter().map(|candidate| candidate.subject.clone()).collect();
    let next = want.year + 1;
    let there = store::listed(w.tx(), next, &subjects).await?;
    let ids: Vec<Uuid> = open.iter().map(|candidate| candidate.id).collect();
    let mut made = Vec::new();
    for old in open {
        let last = old.accept_date.unwrap_or(old.propose_date).max(old.propose_date);
        if want.on < last {
            return Err(wire::step_too_early(CandidateStep::CarryOver, last));
        }
        let mut closed = after(old.clone(), CandidateStep::CarryOver, w.call.now_us)?;
        closed.end_date = Some(want.on);
        tell(w, &closed, want.on);
        if there.iter().any(|(subject, _)| *subject == old.subject) {
            continue;
        }
        made.push(Candidate {
            carried_from: Some(old.id),
            id: new_id(),
            year: next,
            state: CandidateState::Proposed.number(),
            propose_date: want.on,
            accept_date: None,
            version: 1,
            create_us: w.call.now_us,
            update_us: w.call.now_us,
            ..old
        });
    }
    store::candidate_close(w.tx(), &ids, CandidateState::CarriedOver.number(), want.on, w.call.now_us).await?;
    let added = store::candidate_insert(w.tx(), &made).await;
    added.on_unique(ErrorReason::CandidateExists, &want.unit.name)?;
    made.iter().for_each(|candidate| tell(w, candidate, want.on));
    let left = store::open_count(w.tx(), &within, want.year).await?;
    Ok(pb::CarryOverCandidatesResponse {
        known: i32::try_from(ids.len() - made.len()).map_err(Error::internal)?,
        remaining: i32::try_from(left).map_err(Error::internal)?,
        candidates: made.into_iter().map(wire::candidate).collect(),
    })
}
