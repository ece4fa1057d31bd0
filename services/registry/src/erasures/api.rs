//! ErasureService.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use proto::registry::v1::erasure_service_server::ErasureService;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::store::{self, Erasure};
use super::{domain, wire};
use crate::people::store::Person;
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

/// All records of the person that one of them names, locked, in the caller's units. A merge that this waited for may have
/// changed which they are: once the one that stands is locked no other merge does, so that a second look tells.
async fn records(w: &Write<wire::Wanted>, id: Uuid) -> Result<Vec<Person>> {
    let missing = || Error::not_found(name::of("persons", id));
    let named = people::store::person_fetch(w.tx(), id).await?.ok_or_else(missing)?;
    let stands = named.merged_into.unwrap_or(id);
    let records = people::store::same_lock(w.tx(), stands).await?;
    let now = people::store::same(w.tx(), stands).await?;
    let moved = now.iter().any(|record| record.id == stands && record.merged_into.is_some());
    if moved || !records.iter().any(|record| record.id == id) || now != records {
        return Err(Error::conflict(Common::Conflict));
    }
    for record in &records {
        w.call.at(&record.unit_path)?;
    }
    Ok(records)
}

/// Refuses where something binds the person.
async fn bound(w: &Write<wire::Wanted>, id: Uuid, erased: bool) -> Result<()> {
    let duty = duties::store::lasting_of_person(w.tx(), id, w.call.today).await?;
    let duty = duty.map(|(duty, manages)| name::of(duties::wire::collection(manages), duty));
    let owned = changes::store::owned_by(w.tx(), id).await?.map(|id| name::of("producers", id));
    domain::erase(erased, duty, owned).map_err(|refusal| wire::refused(id, refusal))
}

/// Takes away what is personal of one record.
async fn forget(w: &Write<wire::Wanted>, person: &Person) -> Result<()> {
    people::store::person_erase(w.tx(), person).await?;
    contacts::store::delete_of_person(w.tx(), person.id).await?;
    store::forget_replies(w.tx(), &name::of("persons", person.id)).await
}

#[async_trait]
impl ErasureService for Api {
    async fn erase_person(&self, request: Request<pb::ErasePersonRequest>) -> Answer<pb::Erasure> {
        self.kit
            .write(request, wire::erase, move |w| async move {
                let id = w.want.person;
                let records = records(&w, id).await?;
                let mut person = None;
                for mut record in records {
                    let erased = record.erase_us.is_some();
                    bound(&w, record.id, erased).await?;
                    record.erase_us = Some(w.call.now_us);
                    forget(&w, &record).await?;
                    if record.id == id {
                        person = Some(record);
                    } else {
                        let fact = Fact::of(&name::of("persons", record.id)).at(&record.unit).on(w.want.request_date);
                        let event = pb::PersonErased { person: name::of("persons", record.id) };
                        w.record(fact.sample(record.sample).tells(&event));
                    }
                }
                let person = person.ok_or_else(|| Error::not_found(name::of("persons", id)))?;
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
