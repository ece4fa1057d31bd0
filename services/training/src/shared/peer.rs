//! Calls to the registry in this service's own name.
//!
//! Whoever may record attendance or read a coverage need not be somebody who may read persons or duties (a trainer, an
//! analyst). The caller is therefore judged here, by this service's own access rules, and the registry is asked in the
//! service's name for nothing but what those rules allow. Trace and deadline stay the caller's.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Call, Kit, Link, PeerExt, Result};
use proto::registry::v1::contact_service_client::ContactServiceClient;
use proto::registry::v1::manager_service_client::ManagerServiceClient;
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::post_service_client::PostServiceClient;
use proto::registry::v1::{
    BatchGetPersonsRequest, Contact, ContactKind, ListContactsRequest, ListManagersRequest, ListPersonsRequest,
    ListPostsRequest, Person,
};
use time::Date;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

/// Most persons in one call of the registry.
const BATCH: usize = 500;
/// After this many unknown persons the rest of a list that is stored wholly or not at all is not asked for: the registry
/// names one at a time.
pub const MOST_UNKNOWN: usize = 10;

/// What the registry said about the persons of a list.
#[derive(Clone, Default)]
pub struct Known {
    /// Persons that exist, each with whether it is a sample.
    pub persons: BTreeMap<Uuid, bool>,
    /// Persons that do not.
    pub unknown: BTreeSet<Uuid>,
}

/// What the registry says about persons. Asked before a transaction opens: nobody waits for a peer with a lock in hand.
/// After `most_unknown` unknown ones nothing more is said of the others.
///
/// # Errors
/// UNAVAILABLE `PEER_UNAVAILABLE`.
pub async fn known(
    kit: &Kit,
    registry: &Link,
    call: &Call,
    (persons, most_unknown): (&[Uuid], usize),
) -> Result<Known> {
    let mut known = Known::default();
    for batch in persons.chunks(BATCH) {
        let found = batch_of(kit, registry, call, batch, (&mut known.unknown, most_unknown)).await?;
        let read = |p: &Person| Some((kit::name::parse(&p.name, "persons")?, p.sample));
        known.persons.extend(found.iter().filter_map(read));
    }
    Ok(known)
}

/// The persons of a batch that there are; those that there are not are added to `unknown`, until it holds `most`.
async fn batch_of(
    kit: &Kit,
    registry: &Link,
    call: &Call,
    batch: &[Uuid],
    (unknown, most): (&mut BTreeSet<Uuid>, usize),
) -> Result<Vec<Person>> {
    let mut left: BTreeSet<Uuid> = batch.iter().copied().collect();
    while !left.is_empty() && unknown.len() < most {
        let names = left.iter().map(|id| kit::name::of("persons", *id)).collect();
        let request = call.to_peer_as_service(kit, BatchGetPersonsRequest { names })?;
        let answer = PersonServiceClient::new(registry.clone()).batch_get_persons(request).await;
        if let Some(missing) = answer.as_ref().err().and_then(missing)
            && left.remove(&missing)
        {
            unknown.insert(missing);
            continue;
        }
        return Ok(answer.or_refuse("registry", |_| None)?.persons);
    }
    Ok(Vec::new())
}

/// A person as papers name it.
pub struct Somebody {
    /// The name; empty where the person was erased.
    pub name: String,
    /// The unit of the record, by its dated name.
    pub unit: String,
    /// An invented sample.
    pub sample: bool,
}

/// Persons with their names, for papers: for callers who may see names.
///
/// # Errors
/// UNAVAILABLE `PEER_UNAVAILABLE`.
pub async fn people(kit: &Kit, registry: &Link, call: &Call, persons: &[Uuid]) -> Result<BTreeMap<Uuid, Somebody>> {
    let (mut found, mut unknown) = (BTreeMap::new(), BTreeSet::new());
    for batch in persons.chunks(BATCH) {
        let read = |p: Person| {
            let id = kit::name::parse(&p.name, "persons")?;
            Some((id, Somebody { name: p.display_name, unit: p.unit, sample: p.sample }))
        };
        let persons = batch_of(kit, registry, call, batch, (&mut unknown, usize::MAX)).await?;
        found.extend(persons.into_iter().filter_map(read));
    }
    Ok(found)
}

/// Most pages of duties that are read for their titles.
const TITLES: usize = 20;

/// The titles of the duties in a unit on a day, by person: of posts, or of managers.
///
/// # Errors
/// UNAVAILABLE `PEER_UNAVAILABLE`.
pub async fn titles(
    kit: &Kit,
    registry: &Link,
    call: &Call,
    (unit, day): (&str, Date),
    posts: bool,
) -> Result<BTreeMap<Uuid, Vec<String>>> {
    let (mut found, mut page_token) = (BTreeMap::<Uuid, Vec<String>>::new(), String::new());
    for _ in 0..TITLES {
        let (as_of, unit) = (Some(kit::day::pb(day)), unit.to_owned());
        let (held, next): (Vec<(String, String)>, String) = if posts {
            let ask = ListPostsRequest { as_of, unit, page_size: PAGE, page_token, map_date: None };
            let request = call.to_peer_as_service(kit, ask)?;
            let answer = PostServiceClient::new(registry.clone()).list_posts(request).await;
            let answer = answer.or_refuse("registry", |_| None)?;
            (answer.posts.into_iter().map(|p| (p.person, p.title)).collect(), answer.next_page_token)
        } else {
            let ask = ListManagersRequest { as_of, unit, page_size: PAGE, page_token, ..Default::default() };
            let request = call.to_peer_as_service(kit, ask)?;
            let answer = ManagerServiceClient::new(registry.clone()).list_managers(request).await;
            let answer = answer.or_refuse("registry", |_| None)?;
            (answer.managers.into_iter().map(|m| (m.person, m.title)).collect(), answer.next_page_token)
        };
        for (person, title) in held {
            if let Some(person) = kit::name::parse(&person, "persons") {
                found.entry(person).or_default().push(title);
            }
        }
        if next.is_empty() {
            break;
        }
        page_token = next;
    }
    Ok(found)
}

/// Somebody who may be meant by a name.
pub struct Named {
    /// Who.
    pub id: Uuid,
    /// The name as the registry has it.
    pub name: String,
    /// An invented sample.
    pub sample: bool,
}

/// Most rows of a page of the registry's lists.
const PAGE: i32 = 1000;

/// Persons of a unit, of all below it and all that it took the place of, whose names have the words of this one.
///
/// # Errors
/// UNAVAILABLE `PEER_UNAVAILABLE`.
pub async fn named(kit: &Kit, registry: &Link, call: &Call, unit: &str, name: &str) -> Result<Vec<Named>> {
    let (mut found, mut page_token) = (Vec::new(), String::new());
    loop {
        let (unit, query) = (unit.to_owned(), name.to_owned());
        let ask = ListPersonsRequest { unit, query, page_size: PAGE, page_token, map_date: None };
        let request = call.to_peer_as_service(kit, ask)?;
        let answer = PersonServiceClient::new(registry.clone()).list_persons(request).await;
        let answer = answer.or_refuse("registry", |_| None)?;
        let read = |p: Person| {
            let id = kit::name::parse(&p.name, "persons")?;
            Some(Named { id, name: p.display_name, sample: p.sample })
        };
        found.extend(answer.persons.into_iter().filter_map(read));
        if answer.next_page_token.is_empty() {
            return Ok(found);
        }
        page_token = answer.next_page_token;
    }
}

/// The telephone numbers of a person.
///
/// # Errors
/// UNAVAILABLE `PEER_UNAVAILABLE`.
pub async fn phones(kit: &Kit, registry: &Link, call: &Call, person: Uuid) -> Result<Vec<String>> {
    let name = kit::name::of("persons", person);
    let ask = ListContactsRequest { person: name, page_size: PAGE, ..ListContactsRequest::default() };
    let request = call.to_peer_as_service(kit, ask)?;
    let answer = ContactServiceClient::new(registry.clone()).list_contacts(request).await;
    let contacts = answer.or_refuse("registry", |_| None)?.contacts;
    let dialled = |c: &Contact| c.kind() == ContactKind::Phone && !c.masked;
    Ok(contacts.into_iter().filter(dialled).map(|c| c.value).collect())
}

/// The person that a refusal of the registry says does not exist.
fn missing(status: &Status) -> Option<Uuid> {
    let info = status.get_details_resource_info().filter(|_| status.code() == Code::NotFound)?;
    kit::name::parse(&info.resource_name, "persons")
}
