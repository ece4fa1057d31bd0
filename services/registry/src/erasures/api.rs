//! ErasureService.

use kit::{Answer, Error, Fact, Kit, name};
use proto::registry::v1 as pb;
use proto::registry::v1::erasure_service_server::ErasureService;
use tonic::{Request, async_trait};

use super::store::{self, Erasure};
use super::{domain, wire};
use crate::{changes, contacts, duties, people};

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

#[async_trait]
impl ErasureService for Api {
    async fn erase_person(&self, request: Request<pb::ErasePersonRequest>) -> Answer<pb::Erasure> {
        self.kit
            .write(request, wire::erase, move |w| async move {
                let id = w.want.person;
                let person = people::store::person_lock(w.tx(), id).await?;
                let mut person = person.ok_or_else(|| Error::not_found(name::of("persons", id)))?;
                w.call.at(&person.unit_path)?;
                let duty = duties::store::lasting_of_person(w.tx(), id, w.call.today).await?;
                let duty = duty.map(|(duty, manages)| name::of(duties::wire::collection(manages), duty));
                let owned = changes::store::owned_by(w.tx(), id).await?.map(|id| name::of("producers", id));
                let allowed = domain::erase(person.erase_us.is_some(), duty, owned);
                allowed.map_err(|refusal| wire::refused(id, refusal))?;
                person.erase_us = Some(w.call.now_us);
                people::store::person_erase(w.tx(), &person).await?;
                contacts::store::delete_of_person(w.tx(), id).await?;
                store::forget_replies(w.tx(), &name::of("persons", id)).await?;
                let erasure = Erasure {
                    id: self.kit.new_id(),
                    unit: person.unit,
                    unit_path: person.unit_path,
                    person_id: id,
                    request_date: w.want.request_date,
                    reason: w.want.reason.clone(),
                    sample: person.sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                store::insert(w.tx(), &erasure).await?;
                let fact = Fact::of(&name::of("erasures", erasure.id)).at(&erasure.unit).on(erasure.request_date);
                w.record(fact.sample(erasure.sample).tells(&pb::PersonErased { person: name::of("persons", id) }));
                Ok(wire::erasure(erasure))
            })
            .await
    }

    async fn get_erasure(&self, request: Request<pb::GetErasureRequest>) -> Answer<pb::Erasure> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "erasures"),
                |r| async move {
                    let erasure = store::fetch(r.db(), r.want).await?;
                    let erasure = erasure.ok_or_else(|| Error::not_found(name::of("erasures", r.want)))?;
                    r.call.at(&erasure.unit_path)?;
                    Ok(wire::erasure(erasure))
                },
            )
            .await
    }

    async fn list_erasures(&self, request: Request<pb::ListErasuresRequest>) -> Answer<pb::ListErasuresResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (within, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), within, page).await?;
                let (found, next_page_token) = page.cut(found, |e| vec![e.id.to_string()]);
                let erasures = found.into_iter().map(wire::erasure).collect();
                Ok(pb::ListErasuresResponse { erasures, next_page_token })
            })
            .await
    }
}
