//! ContactService.

use kit::{Answer, Call, Error, Fact, Kit, OnUnique, Result, Write, name};
use proto::registry::v1::contact_service_server::ContactService;
use proto::registry::v1::{self as pb, ErrorReason};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::store::{self, Contact, Contacts, Number};
use super::wire::{self, Of};
use crate::people;
use crate::producers::store::{producer_fetch, producer_lock};
use crate::producers::{self};
use crate::shared::wire::unknown_producer;
use crate::shared::{own, personal, records};

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

fn tell<P>(w: &Write<P>, contact: &Contact, deleted: bool) {
    let fact = Fact::of(&name::of("contacts", contact.id)).at(&contact.unit);
    w.record(fact.sample(contact.sample).tells(&wire::recorded(contact, deleted)));
}

/// True where the caller sees what it reaches in clear: it needs it, or it is the producer itself.
pub(crate) fn clear(call: &Call, path: &str) -> bool {
    personal::needed(call, path) || !call.reach().by_unit().holds(path)
}

/// Judges a contact: that of a producer as all that is its own, that of a person by its unit alone.
async fn judged(db: &impl sea_orm::ConnectionTrait, call: &Call, contact: &Contact) -> Result<()> {
    match contact.producer_id {
        Some(producer) => own::at(call, db, &contact.unit_path, producer).await.map(|_| ()),
        None => call.at(&contact.unit_path),
    }
}

/// The unit, path and mark of the one whose contact it is.
async fn home<P>(w: &Write<P>, of: Of) -> Result<(String, String, bool)> {
    match of {
        Of::Producer(id) => {
            let producer = producer_lock(w.tx(), id).await?;
            let producer = producer.ok_or_else(|| unknown_producer("contact.producer", id))?;
            own::at(&w.call, w.tx(), &producer.new.unit_path, id).await?;
            producers::wire::standing(&producer)?;
            Ok((producer.new.unit, producer.new.unit_path, producer.new.sample))
        }
        Of::Person(id) => {
            let person = people::api::lock(w, "contact.person", id).await?;
            Ok((person.unit, person.unit_path, person.sample))
        }
    }
}

async fn lock<P>(w: &Write<P>, id: Uuid, etag: &str) -> Result<Contact> {
    let name = name::of("contacts", id);
    let contact = records::lock::<Contacts>(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    judged(w.tx(), &w.call, &contact).await?;
    kit::fresh(etag, contact.version, &name)?;
    Ok(contact)
}

#[async_trait]
impl ContactService for Api {
    async fn create_contact(&self, request: Request<pb::CreateContactRequest>) -> Answer<pb::Contact> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let want = &w.want;
                let (unit, unit_path, sample) = home(&w, want.of).await?;
                let (producer_id, person_id) = match want.of {
                    Of::Producer(id) => (Some(id), None),
                    Of::Person(id) => (None, Some(id)),
                };
                let contact = Contact {
                    id: self.kit.new_id(),
                    unit,
                    unit_path,
                    producer_id,
                    person_id,
                    kind: want.kind,
                    value: want.value.clone(),
                    note: want.note.clone(),
                    preferred: want.preferred,
                    sample: want.sample || sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                records::insert::<Contacts>(w.tx(), &contact).await?;
                tell(&w, &contact, false);
                Ok(wire::contact(contact, true))
            })
            .await
    }

    async fn get_contact(&self, request: Request<pb::GetContactRequest>) -> Answer<pb::Contact> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "contacts"),
                |r| async move {
                    let contact = records::fetch::<Contacts>(r.db(), r.want).await?;
                    let contact = contact.ok_or_else(|| Error::not_found(name::of("contacts", r.want)))?;
                    judged(r.db(), &r.call, &contact).await?;
                    let clear = clear(&r.call, &contact.unit_path);
                    Ok(wire::contact(contact, clear))
                },
            )
            .await
    }

    async fn list_contacts(&self, request: Request<pb::ListContactsRequest>) -> Answer<pb::ListContactsResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, person, page) = &r.want;
                let of_person = store::of_person(*person);
                let found = records::list::<Contacts>(r.db(), &r.call.reach(), filter, of_person, page).await?;
                let (found, next_page_token) = page.cut(found, |c| vec![c.id.to_string()]);
                let shown = |c: Contact| {
                    let clear = clear(&r.call, &c.unit_path);
                    wire::contact(c, clear)
                };
                Ok(pb::ListContactsResponse { contacts: found.into_iter().map(shown).collect(), next_page_token })
            })
            .await
    }

    async fn update_contact(&self, request: Request<pb::UpdateContactRequest>) -> Answer<pb::Contact> {
        self.kit
            .write(request, wire::update, move |w| async move {
                let want = &w.want;
                let mut contact = lock(&w, want.id, &want.etag).await?;
                if let Some(typed) = &want.value {
                    contact.value = wire::changed(contact.kind, typed)?;
                }
                if let Some(note) = &want.note {
                    contact.note.clone_from(note);
                }
                contact.preferred = want.preferred.unwrap_or(contact.preferred);
                contact.version += 1;
                contact.update_us = w.call.now_us;
                records::update::<Contacts>(w.tx(), &contact).await?;
                tell(&w, &contact, false);
                Ok(wire::contact(contact, true))
            })
            .await
    }

    async fn delete_contact(&self, request: Request<pb::DeleteContactRequest>) -> Answer<pb::Contact> {
        self.kit
            .write(request, wire::delete, move |w| async move {
                let contact = lock(&w, w.want.id, &w.want.etag).await?;
                store::delete(w.tx(), contact.id).await?;
                tell(&w, &contact, true);
                Ok(wire::contact(contact, false))
            })
            .await
    }

    async fn set_personal_number(&self, request: Request<pb::SetPersonalNumberRequest>) -> Answer<pb::PersonalNumber> {
        self.kit
            .write(request, wire::set_number, move |w| async move {
                let id = w.want.producer;
                let producer = producer_lock(w.tx(), id).await?;
                let producer = producer.ok_or_else(|| Error::not_found(name::of("producers", id)))?;
                own::at(&w.call, w.tx(), &producer.new.unit_path, id).await?;
                producers::wire::standing(&producer)?;
                let content = &producer.new.content;
                let household = content.legal_form == i32::from(pb::LegalForm::Household);
                if let Some(number) = &w.want.number {
                    if !household || content.tax_code.is_some() {
                        return Err(wire::no_number(id));
                    }
                    let holder = store::holder(w.tx(), number).await?.filter(|holder| *holder != id);
                    if let Some(holder) = holder {
                        let holder = name::of("producers", holder);
                        return Err(Error::exists_as(ErrorReason::PersonalNumberTaken, holder));
                    }
                    let row = Number {
                        id: self.kit.new_id(),
                        unit: producer.new.unit.clone(),
                        unit_path: producer.new.unit_path.clone(),
                        producer_id: id,
                        number: number.clone(),
                        sample: producer.new.sample,
                        version: 1,
                        create_us: w.call.now_us,
                        update_us: w.call.now_us,
                    };
                    let set = store::set(w.tx(), &row).await;
                    set.on_unique(ErrorReason::PersonalNumberTaken, name::of("producers", id))?;
                } else {
                    store::clear(w.tx(), id).await?;
                }
                let told =
                    pb::PersonalNumberRecorded { producer: name::of("producers", id), held: w.want.number.is_some() };
                let fact = Fact::of(&name::of("producers", id)).at(&producer.new.unit);
                w.record(fact.sample(producer.new.sample).tells(&told));
                Ok(wire::number(id, w.want.number.as_deref().unwrap_or_default(), true))
            })
            .await
    }

    async fn get_personal_number(&self, request: Request<pb::GetPersonalNumberRequest>) -> Answer<pb::PersonalNumber> {
        self.kit
            .read(
                request,
                |req, v| v.name("producer", &req.producer, "producers"),
                |r| async move {
                    let missing = || Error::not_found(name::of("producers", r.want));
                    let producer = producer_fetch(r.db(), r.want).await?.ok_or_else(missing)?;
                    own::at(&r.call, r.db(), &producer.new.unit_path, r.want).await?;
                    let number = store::number_of(r.db(), r.want).await?.ok_or_else(missing)?;
                    Ok(wire::number(r.want, &number.number, clear(&r.call, &producer.new.unit_path)))
                },
            )
            .await
    }
}
