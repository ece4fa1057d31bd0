//! Contacts between the wire and the domain.

use kit::{Error, Page, Result, Violations, etag, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::line;
use uuid::Uuid;

use super::domain::{self, Kind};
use super::store::Contact;
use crate::shared::records::Filter;
use crate::shared::wire::{of_producers, opt_title};

/// Whose a contact is.
#[derive(Clone, Copy)]
pub(super) enum Of {
    Producer(Uuid),
    Person(Uuid),
}

pub(super) struct NewContact {
    pub(super) of: Of,
    pub(super) kind: i32,
    pub(super) value: String,
    pub(super) note: String,
    pub(super) preferred: bool,
    pub(super) sample: bool,
}

pub(super) struct Update {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) value: Option<String>,
    pub(super) note: Option<String>,
    pub(super) preferred: Option<bool>,
}

pub(super) struct Deletion {
    pub(super) id: Uuid,
    pub(super) etag: String,
}

pub(super) struct NumberWanted {
    pub(super) producer: Uuid,
    /// None takes it away.
    pub(super) number: Option<String>,
}

fn of(v: &mut Violations, contact: &pb::Contact) -> Option<Of> {
    match (contact.producer.as_str(), contact.person.as_str()) {
        ("", "") => {
            v.add("contact.producer", Common::FieldRequired, &[]);
            None
        }
        (producer, "") => v.name("contact.producer", producer, "producers").map(Of::Producer),
        ("", person) => v.name("contact.person", person, "persons").map(Of::Person),
        _ => {
            v.add("contact.person", Common::FieldFormat, &[("expected", "producer | person")]);
            None
        }
    }
}

/// A value of a kind; the violation does not repeat it.
pub(super) fn value(v: &mut Violations, kind: i32, typed: &str) -> Option<String> {
    let kind = Kind::of_number(kind)?;
    let value = domain::value(kind, typed);
    if value.is_none() {
        v.add("contact.value", ErrorReason::ContactInvalid, &[("expected", kind.word())]);
    }
    value
}

pub(super) fn create(req: &pb::CreateContactRequest, v: &mut Violations) -> Option<NewContact> {
    let contact = req.contact.as_ref()?;
    let of = of(v, contact);
    let typed = line(v, "contact.value", &contact.value);
    let value = typed.and_then(|typed| value(v, contact.kind, &typed));
    let note = opt_title(v, "contact.note", &contact.note);
    Some(NewContact {
        of: of?,
        kind: contact.kind,
        value: value?,
        note: note?,
        preferred: contact.preferred,
        sample: contact.sample,
    })
}

pub(super) fn update(req: &pb::UpdateContactRequest, v: &mut Violations) -> Option<Update> {
    let contact = req.contact.as_ref()?;
    let id = v.name("contact.name", &contact.name, "contacts");
    let set =
        [("value", !contact.value.is_empty()), ("note", !contact.note.is_empty()), ("preferred", contact.preferred)];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let asked = |field: &str| fields.contains(&field);
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let value = asked("value").then(|| line(v, "contact.value", &contact.value)).flatten();
    let note = asked("note").then(|| opt_title(v, "contact.note", &contact.note)).flatten();
    let preferred = asked("preferred").then_some(contact.preferred);
    Some(Update { id: id?, etag: contact.etag.clone(), value, note, preferred })
}

/// The new value of a stored contact.
///
/// # Errors
/// CONTACT_INVALID where it is not of the contact's kind.
pub(super) fn changed(kind: i32, typed: &str) -> Result<String> {
    let mut v = Violations::default();
    value(&mut v, kind, typed).ok_or_else(|| Error::invalid(v))
}

pub(super) fn delete(req: &pb::DeleteContactRequest, v: &mut Violations) -> Option<Deletion> {
    Some(Deletion { id: v.name("name", &req.name, "contacts")?, etag: req.etag.clone() })
}

pub(crate) fn list(req: &pb::ListContactsRequest, v: &mut Violations) -> Option<(Filter, Option<Uuid>, Page)> {
    let person = v.opt_name("person", &req.person, "persons");
    let (filter, page) = of_producers(v, (&req.unit, &req.producer), (req.page_size, &req.page_token), &req.person)?;
    Some((filter, person?, page))
}

pub(super) fn set_number(req: &pb::SetPersonalNumberRequest, v: &mut Violations) -> Option<NumberWanted> {
    let producer = v.name("producer", &req.producer, "producers");
    if req.number.trim().is_empty() {
        return Some(NumberWanted { producer: producer?, number: None });
    }
    let number = domain::personal_number(&req.number);
    if number.is_none() {
        v.add("number", ErrorReason::PersonalNumberInvalid, &[]);
    }
    Some(NumberWanted { producer: producer?, number: Some(number?) })
}

/// Only a household without a tax code has a personal number.
pub(super) fn no_number(producer: Uuid) -> Error {
    Error::refused(ErrorReason::PersonalNumberNotAllowed).with("producer", name::of("producers", producer))
}

pub(super) fn number(producer: Uuid, number: &str, clear: bool) -> pb::PersonalNumber {
    pb::PersonalNumber {
        producer: name::of("producers", producer),
        number: if clear { number.to_owned() } else { domain::masked_number(number) },
        masked: !clear,
    }
}

pub(crate) fn contact(c: Contact, clear: bool) -> pb::Contact {
    pb::Contact {
        name: name::of("contacts", c.id),
        producer: c.producer_id.map(|id| name::of("producers", id)).unwrap_or_default(),
        person: c.person_id.map(|id| name::of("persons", id)).unwrap_or_default(),
        unit: c.unit,
        kind: c.kind,
        value: if clear { c.value } else { domain::masked(Kind::of_number(c.kind), &c.value) },
        note: if clear { c.note } else { String::new() },
        preferred: c.preferred,
        masked: !clear,
        sample: c.sample,
        etag: etag(c.version),
        create_time: Some(instant::pb(c.create_us)),
        update_time: Some(instant::pb(c.update_us)),
    }
}

pub(super) fn recorded(c: &Contact, deleted: bool) -> pb::ContactRecorded {
    pb::ContactRecorded {
        contact: name::of("contacts", c.id),
        producer: c.producer_id.map(|id| name::of("producers", id)).unwrap_or_default(),
        person: c.person_id.map(|id| name::of("persons", id)).unwrap_or_default(),
        deleted,
    }
}
