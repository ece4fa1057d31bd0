//! PersonService.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::person_service_server::PersonService;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::store::{self, Person};
use super::wire;
use crate::shared::wire::in_order;

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

/// The person that a field of a request names, locked, where it lies in the caller's units and was neither erased nor
/// merged.
pub(crate) async fn lock<P>(w: &Write<P>, field: &str, id: Uuid) -> Result<Person> {
    let person = known(w, field, id).await?;
    w.call.at(&person.unit_path)?;
    Ok(person)
}

/// The person that a field of a request names, locked, whatever its unit, where it was neither erased nor merged: for
/// proposals that somebody else decides.
pub(crate) async fn known<P>(w: &Write<P>, field: &str, id: Uuid) -> Result<Person> {
    let person = store::person_lock(w.tx(), id).await?;
    let person = person.ok_or_else(|| wire::unknown(field, id))?;
    match (person.erase_us, person.merged_into) {
        (Some(_), _) => Err(wire::erased(id)),
        (None, Some(into)) => Err(wire::merged(id, into)),
        (None, None) => Ok(person),
    }
}

#[async_trait]
impl PersonService for Api {
    async fn create_person(&self, request: Request<pb::CreatePersonRequest>) -> Answer<pb::Person> {
        self.kit
            .write(request, wire::create_person, move |w| async move {
                let want = &w.want;
                w.call.at(&want.unit.path)?;
                let typed = want.display_name.as_str();
                let person = Person {
                    id: self.kit.new_id(),
                    display_name: typed.to_owned(),
                    sort_key: reference::text::sort_key(typed),
                    search_key: reference::text::fold(typed),
                    unit: want.unit.name.clone(),
                    unit_path: want.unit.path.clone(),
                    registration_date: want.registration_date,
                    sample: want.sample,
                    create_us: w.call.now_us,
                    erase_us: None,
                    merged_into: None,
                };
                store::person_insert(w.tx(), &person).await?;
                let resource = name::of("persons", person.id);
                let fact = Fact::of(&resource).at(&person.unit).on(person.registration_date).sample(person.sample);
                w.record(fact.tells(&wire::recorded(&person)));
                Ok(wire::person(person))
            })
            .await
    }

    async fn get_person(&self, request: Request<pb::GetPersonRequest>) -> Answer<pb::Person> {
        self.kit
            .read(request, wire::get_person, |r| async move {
                let person = store::person_fetch(r.db(), r.want).await?;
                let person = person.ok_or_else(|| Error::not_found(name::of("persons", r.want)))?;
                r.call.at(&person.unit_path)?;
                Ok(wire::person(person))
            })
            .await
    }

    async fn batch_get_persons(
        &self,
        request: Request<pb::BatchGetPersonsRequest>,
    ) -> Answer<pb::BatchGetPersonsResponse> {
        self.kit
            .read(request, wire::batch_get_persons, |r| async move {
                let found = store::person_batch(r.db(), &r.want).await?;
                let scope = r.call.scope();
                let find = |id| found.iter().find(|p| p.id == id && scope.holds(&p.unit_path)).cloned();
                let persons = in_order(&r.want, "persons", find)?;
                Ok(pb::BatchGetPersonsResponse { persons: persons.into_iter().map(wire::person).collect() })
            })
            .await
    }

    async fn list_persons(&self, request: Request<pb::ListPersonsRequest>) -> Answer<pb::ListPersonsResponse> {
        self.kit
            .read(request, wire::list_persons, |r| async move {
                let (within, query, page) = &r.want;
                let persons = store::person_list(r.db(), &r.call.scope(), within, query, page).await?;
                let key = |p: &Person| kit::rows::cursor(&p.sort_key, p.id);
                let (persons, next_page_token) = page.cut(persons, key);
                Ok(pb::ListPersonsResponse {
                    persons: persons.into_iter().map(wire::person).collect(),
                    next_page_token,
                })
            })
            .await
    }
}
