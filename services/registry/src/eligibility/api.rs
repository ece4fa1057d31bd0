//! EligibilityService.

use kit::{Answer, Error, Fact, Kit, OnUnique, Result, Write, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use proto::registry::v1::eligibility_service_server::EligibilityService;
use tonic::{Request, async_trait};

use super::store::{self, Size, Sizes};
use super::{domain, wire};
use crate::producers::store::{Producer, producer_fetch, producer_lock};
use crate::producers::{self};
use crate::shared::wire::unknown_producer;
use crate::shared::{own, records};
use time::Date;

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

/// Refuses a product of a producer that may not take part on its day.
///
/// # Errors
/// FAILED_PRECONDITION FORM_NOT_ELIGIBLE.
pub(crate) async fn may_take_part<P>(w: &Write<P>, producer: &Producer, tourism: bool, on: Date) -> Result<()> {
    let form = producer.new.content.legal_form;
    // Only enterprises have a size; no other form costs a statement.
    let company = i32::from(pb::LegalForm::Company);
    let sizes = if form == company { store::sizes(w.tx(), producer.id).await? } else { Vec::new() };
    match domain::refused(form, domain::size_on(&sizes, on), tourism, on) {
        Some(judged) => Err(wire::not_eligible(producer.id, &judged)),
        None => Ok(()),
    }
}

#[async_trait]
impl EligibilityService for Api {
    async fn get_eligibility(&self, request: Request<pb::GetEligibilityRequest>) -> Answer<pb::Eligibility> {
        self.kit
            .read(request, wire::get, |r| async move {
                let (id, as_of) = r.want;
                let producer = producer_fetch(r.db(), id).await?;
                let producer = producer.ok_or_else(|| Error::not_found(name::of("producers", id)))?;
                own::at(&r.call, r.db(), &producer.new.unit_path, id).await?;
                let size = domain::size_on(&store::sizes(r.db(), id).await?, as_of);
                Ok(wire::eligibility(id, as_of, (producer.new.content.legal_form, size)))
            })
            .await
    }

    async fn get_participation(&self, request: Request<pb::GetParticipationRequest>) -> Answer<pb::Participation> {
        self.kit.compute(request, wire::get_participation, |_, (as_of, list)| Ok(wire::participation(as_of, list)))
    }

    async fn create_producer_size(&self, request: Request<pb::CreateProducerSizeRequest>) -> Answer<pb::ProducerSize> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let want = &w.want;
                let producer = producer_lock(w.tx(), want.producer).await?;
                let producer = producer.ok_or_else(|| unknown_producer("producer_size.producer", want.producer))?;
                w.call.at(&producer.new.unit_path)?;
                producers::wire::standing(&producer)?;
                let size = Size {
                    id: self.kit.new_id(),
                    unit: producer.new.unit,
                    unit_path: producer.new.unit_path,
                    producer_id: producer.id,
                    size_class: want.size_class,
                    begin_date: want.begin_date,
                    basis: want.basis.clone(),
                    sample: want.sample || producer.new.sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                let inserted = records::insert::<Sizes>(w.tx(), &size).await;
                inserted.on_unique(Common::ResourceExists, name::of("producers", producer.id))?;
                let fact = Fact::of(&name::of("producerSizes", size.id)).at(&size.unit).on(size.begin_date);
                w.record(fact.sample(size.sample).tells(&wire::recorded(&size)));
                Ok(wire::size(size))
            })
            .await
    }

    async fn list_producer_sizes(
        &self,
        request: Request<pb::ListProducerSizesRequest>,
    ) -> Answer<pb::ListProducerSizesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let all = sea_orm::Condition::all();
                let found = records::list::<Sizes>(r.db(), &r.call.reach(), filter, all, page).await?;
                let (found, next_page_token) = page.cut(found, |s| vec![s.id.to_string()]);
                let producer_sizes = found.into_iter().map(wire::size).collect();
                Ok(pb::ListProducerSizesResponse { producer_sizes, next_page_token })
            })
            .await
    }
}
