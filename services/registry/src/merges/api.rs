//! ProducerMergeService.

use kit::{Answer, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::producer_merge_service_server::ProducerMergeService;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::{domain, wire};
use crate::producers;
use crate::producers::api::{keep, lock};
use crate::producers::store::{self, Merged, Producer};

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

/// The producer that stays, locked, where it lies in the caller's units.
async fn lock_into<P>(w: &Write<P>, id: Uuid) -> Result<Producer> {
    let producer = store::producer_lock(w.tx(), id).await?.ok_or_else(|| wire::unknown_into(id))?;
    w.call.at(&producer.new.unit_path)?;
    Ok(producer)
}

/// Both, locked in the order of their ids: two merges of the same pair wait for each other and do not deadlock.
async fn lock_both(w: &Write<wire::Merge>) -> Result<(Producer, Producer)> {
    let (from, into) = (w.want.from, w.want.into);
    if from < into {
        let from = lock(w, from).await?;
        Ok((from, lock_into(w, into).await?))
    } else {
        let into = lock_into(w, into).await?;
        Ok((lock(w, from).await?, into))
    }
}

fn fact(producer: &Producer) -> Fact {
    let fact = Fact::of(&name::of("producers", producer.id)).at(&producer.new.unit);
    fact.sample(producer.new.sample)
}

#[async_trait]
impl ProducerMergeService for Api {
    async fn merge_producers(&self, request: Request<pb::MergeProducersRequest>) -> Answer<pb::Producer> {
        self.kit
            .write(request, wire::merge_producers, move |w| async move {
                let want = &w.want;
                let (mut from, into) = lock_both(&w).await?;
                let has_merged = store::has_merged(w.tx(), from.id).await?;
                let forced = !want.force_reason.is_empty();
                domain::merge(&wire::state(&from, has_merged), &wire::state(&into, false), forced)
                    .map_err(|refusal| wire::refusal(&from, &into, refusal))?;
                kit::fresh(&want.etag, from.version, &name::of("producers", from.id))?;
                from.merged = Some(Merged { into: into.id, reason: want.force_reason.clone() });
                let from = keep(&w, from).await?;
                w.record(fact(&from).tells(&wire::merged(from.id, into.id)));
                Ok(producers::wire::producer(from))
            })
            .await
    }

    async fn unmerge_producers(&self, request: Request<pb::UnmergeProducersRequest>) -> Answer<pb::Producer> {
        self.kit
            .write(request, wire::unmerge_producers, move |w| async move {
                let mut producer = lock(&w, w.want.id).await?;
                let merged = producer.merged.take().ok_or_else(|| wire::not_merged(producer.id))?;
                kit::fresh(&w.want.etag, producer.version, &name::of("producers", producer.id))?;
                let producer = keep(&w, producer).await?;
                w.record(fact(&producer).tells(&wire::taken_back(producer.id, merged.into)));
                Ok(producers::wire::producer(producer))
            })
            .await
    }
}
