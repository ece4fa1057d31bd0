//! ProducerService.

use kit::{Answer, Error, Fact, Kit, OnUnique, Result, Write, name};
use proto::registry::v1::producer_service_server::ProducerService;
use proto::registry::v1::{self as pb, ErrorReason};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::TaxCode;
use super::store::{self, Producer};
use super::{domain, wire};
use crate::shared::wire::in_order;
use crate::{duties, products};

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

/// The producer, locked, where it lies in the caller's units.
pub(crate) async fn lock<P>(w: &Write<P>, id: Uuid) -> Result<Producer> {
    let producer = store::producer_lock(w.tx(), id).await?;
    let producer = producer.ok_or_else(|| Error::not_found(name::of("producers", id)))?;
    w.call.at_own(&producer.new.unit_path, shown_as(&producer))?;
    Ok(producer)
}

/// The producer under which this registration is shown.
fn shown_as(producer: &Producer) -> Uuid {
    producer.merged.as_ref().map_or(producer.id, |merged| merged.into)
}

/// A producer's own account changes what it calls itself; what an officer has seen papers for, an officer changes.
fn by_officer<P>(w: &Write<P>, producer: &Producer, change: &domain::Change) -> Result<()> {
    let checked = change.legal_form.is_some() || change.tax_code.is_some();
    if checked && !w.call.scope().holds(&producer.new.unit_path) {
        return Err(Error::refused(ErrorReason::RegistrationChecked));
    }
    Ok(())
}

/// Refuses a tax code that another live producer has, and says which. The unique key guards the race.
pub(crate) async fn free<P>(w: &Write<P>, id: Uuid, tax_code: Option<&TaxCode>) -> Result<()> {
    let Some(tax_code) = tax_code else { return Ok(()) };
    match store::producer_of_tax_code(w.tx(), tax_code).await? {
        Some(holder) if holder != id => Err(Error::exists_as(ErrorReason::TaxCodeTaken, name::of("producers", holder))),
        _ => Ok(()),
    }
}

/// Tells what a producer is now.
pub(crate) fn tell<P>(w: &Write<P>, producer: &Producer) {
    let fact = Fact::of(&name::of("producers", producer.id)).at(&producer.new.unit);
    let fact = fact.on(producer.new.registration_date).sample(producer.new.sample);
    w.record(fact.tells(&wire::recorded(producer)));
}

/// Stores a change and tells it.
async fn put<P>(w: &Write<P>, producer: Producer) -> Result<pb::Producer> {
    let producer = keep(w, producer).await?;
    tell(w, &producer);
    Ok(wire::producer(producer))
}

/// Stores a change under the next version.
pub(crate) async fn keep<P>(w: &Write<P>, mut producer: Producer) -> Result<Producer> {
    producer.version += 1;
    producer.update_us = w.call.now_us;
    let code = producer.new.content.tax_code.as_ref().map(|t| t.as_str().to_owned()).unwrap_or_default();
    store::producer_update(w.tx(), &producer).await.on_unique(ErrorReason::TaxCodeTaken, code)?;
    Ok(producer)
}

#[async_trait]
impl ProducerService for Api {
    async fn create_producer(&self, request: Request<pb::CreateProducerRequest>) -> Answer<pb::Producer> {
        self.kit
            .write(request, wire::create_producer, move |w| async move {
                let want = &w.want;
                w.call.at(&want.unit_path)?;
                let producer = Producer {
                    id: self.kit.new_id(),
                    new: domain::NewProducer::clone(want),
                    sort_key: store::key_of(&want.content.display_name),
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                    delete_us: None,
                    merged: None,
                };
                free(&w, producer.id, want.content.tax_code.as_ref()).await?;
                let code = want.content.tax_code.as_ref().map(|t| t.as_str().to_owned()).unwrap_or_default();
                store::producer_insert(w.tx(), &producer).await.on_unique(ErrorReason::TaxCodeTaken, code)?;
                tell(&w, &producer);
                Ok(wire::producer(producer))
            })
            .await
    }

    async fn get_producer(&self, request: Request<pb::GetProducerRequest>) -> Answer<pb::Producer> {
        self.kit
            .read(request, wire::get_producer, |r| async move {
                let producer = store::producer_fetch(r.db(), r.want).await?;
                let producer = producer.ok_or_else(|| Error::not_found(name::of("producers", r.want)))?;
                r.call.at_own(&producer.new.unit_path, shown_as(&producer))?;
                Ok(wire::producer(producer))
            })
            .await
    }

    async fn batch_get_producers(
        &self,
        request: Request<pb::BatchGetProducersRequest>,
    ) -> Answer<pb::BatchGetProducersResponse> {
        self.kit
            .read(request, wire::batch_get_producers, |r| async move {
                let found = store::producer_batch(r.db(), &r.want).await?;
                let reach = r.call.reach();
                let ours = |p: &Producer| reach.holds(&p.new.unit_path, shown_as(p));
                let find = |id| found.iter().find(|p| p.id == id && ours(p)).cloned();
                let producers = in_order(&r.want, "producers", find)?;
                Ok(pb::BatchGetProducersResponse { producers: producers.into_iter().map(wire::producer).collect() })
            })
            .await
    }

    async fn list_producers(&self, request: Request<pb::ListProducersRequest>) -> Answer<pb::ListProducersResponse> {
        self.kit
            .read(request, wire::list_producers, |r| async move {
                let (filter, page) = &r.want;
                let producers = store::producer_list(r.db(), &r.call.reach(), filter, page).await?;
                let key = |(p, _): &(Producer, _)| kit::rows::cursor(&p.sort_key, p.id);
                let (producers, next_page_token) = page.cut(producers, key);
                let map = filter.map.as_ref();
                let producers = producers.into_iter().map(|p| wire::listed(p, map)).collect();
                let map_date = map.map(|map| kit::day::pb(map.day));
                Ok(pb::ListProducersResponse { producers, next_page_token, map_date })
            })
            .await
    }

    async fn match_producers(&self, request: Request<pb::MatchProducersRequest>) -> Answer<pb::MatchProducersResponse> {
        self.kit
            .read(request, wire::matching::match_producers, |r| async move {
                let matcher = &r.want;
                let found = store::matching::candidates(r.db(), &r.call.scope(), matcher).await?;
                let judged = found.into_iter().map(|found| (matcher.judge(&found.registered()), found)).collect();
                Ok(wire::matching::candidates(domain::matching::best(judged)))
            })
            .await
    }

    async fn update_producer(&self, request: Request<pb::UpdateProducerRequest>) -> Answer<pb::Producer> {
        self.kit
            .write(request, wire::update_producer, move |w| async move {
                let mut producer = lock(&w, w.want.id).await?;
                if producer.delete_us.is_some() {
                    return Err(wire::deleted(producer.id));
                }
                wire::unmerged(&producer)?;
                kit::fresh(&w.want.etag, producer.version, &name::of("producers", producer.id))?;
                by_officer(&w, &producer, &w.want.change)?;
                producer.new.content = domain::changed(producer.new.content, &w.want.change);
                producer.sort_key = store::key_of(&producer.new.content.display_name);
                free(&w, producer.id, producer.new.content.tax_code.as_ref()).await?;
                put(&w, producer).await
            })
            .await
    }

    async fn delete_producer(&self, request: Request<pb::DeleteProducerRequest>) -> Answer<pb::Producer> {
        self.kit
            .write(request, wire::delete_producer, move |w| async move {
                let mut producer = lock(&w, w.want.id).await?;
                if producer.delete_us.is_some() {
                    return Err(Error::not_found(name::of("producers", producer.id)));
                }
                kit::fresh(&w.want.etag, producer.version, &name::of("producers", producer.id))?;
                wire::unmerged(&producer)?;
                let merged = store::has_merged(w.tx(), producer.id).await?;
                let products = products::store::count_of_producer(w.tx(), producer.id).await?;
                let managers = duties::store::managers_on_duty(w.tx(), producer.id, w.call.today).await?;
                domain::delete(products, managers, merged).map_err(|refusal| wire::refusal(producer.id, refusal))?;
                producer.delete_us = Some(w.call.now_us);
                put(&w, producer).await
            })
            .await
    }

    async fn undelete_producer(&self, request: Request<pb::UndeleteProducerRequest>) -> Answer<pb::Producer> {
        self.kit
            .write(request, wire::undelete_producer, move |w| async move {
                let mut producer = lock(&w, w.want.id).await?;
                let name = name::of("producers", producer.id);
                if producer.delete_us.is_none() {
                    return Err(Error::exists_as(ErrorReason::ProducerNotDeleted, name));
                }
                kit::fresh(&w.want.etag, producer.version, &name)?;
                free(&w, producer.id, producer.new.content.tax_code.as_ref()).await?;
                producer.delete_us = None;
                put(&w, producer).await
            })
            .await
    }
}
