//! Calls to the registry in this service's own name.
//!
//! Whoever may record attendance or read a coverage need not be somebody who may read persons or duties (a trainer, an
//! analyst). The caller is therefore judged here, by this service's own access rules, and the registry is asked in the
//! service's name for nothing but what those rules allow. Trace and deadline stay the caller's.

use std::collections::{BTreeMap, BTreeSet};

use kit::{Call, Kit, Link, PeerExt, Result};
use proto::registry::v1::person_service_client::PersonServiceClient;
use proto::registry::v1::{BatchGetPersonsRequest, Person};
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

/// Most persons in one call of the registry.
const BATCH: usize = 500;
/// After this many unknown persons the rest of a list is not asked for: the registry names one at a time.
const MOST_UNKNOWN: usize = 10;

/// What the registry said about the persons of a list.
#[derive(Clone, Default)]
pub struct Known {
    /// Persons that exist, each with whether it is a sample.
    pub persons: BTreeMap<Uuid, bool>,
    /// Persons that do not.
    pub unknown: BTreeSet<Uuid>,
}

/// What the registry says about persons. Asked before a transaction opens: nobody waits for a peer with a lock in hand.
///
/// # Errors
/// UNAVAILABLE `PEER_UNAVAILABLE`.
pub async fn known(kit: &Kit, registry: &Link, call: &Call, persons: &[Uuid]) -> Result<Known> {
    let mut known = Known::default();
    for batch in persons.chunks(BATCH) {
        ask(kit, registry, call, batch, &mut known).await?;
    }
    Ok(known)
}

async fn ask(kit: &Kit, registry: &Link, call: &Call, batch: &[Uuid], known: &mut Known) -> Result<()> {
    let mut left: BTreeSet<Uuid> = batch.iter().copied().collect();
    while !left.is_empty() && known.unknown.len() < MOST_UNKNOWN {
        let names = left.iter().map(|id| kit::name::of("persons", *id)).collect();
        let request = call.to_peer_as_service(kit, BatchGetPersonsRequest { names })?;
        let answer = PersonServiceClient::new(registry.clone()).batch_get_persons(request).await;
        if let Some(missing) = answer.as_ref().err().and_then(missing)
            && left.remove(&missing)
        {
            known.unknown.insert(missing);
            continue;
        }
        let persons = answer.or_refuse("registry", |_| None)?.persons;
        let read = |p: &Person| Some((kit::name::parse(&p.name, "persons")?, p.sample));
        known.persons.extend(persons.iter().filter_map(read));
        return Ok(());
    }
    Ok(())
}

/// The person that a refusal of the registry says does not exist.
fn missing(status: &Status) -> Option<Uuid> {
    let info = status.get_details_resource_info().filter(|_| status.code() == Code::NotFound)?;
    kit::name::parse(&info.resource_name, "persons")
}

/// The names of persons, for those who may see them; who was erased has none.
///
/// # Errors
/// UNAVAILABLE `PEER_UNAVAILABLE`.
pub async fn names(kit: &Kit, registry: &Link, call: &Call, persons: &[Uuid]) -> Result<BTreeMap<Uuid, String>> {
    let mut found = BTreeMap::new();
    for batch in persons.chunks(BATCH) {
        let names = batch.iter().map(|id| kit::name::of("persons", *id)).collect();
        let request = call.to_peer_as_service(kit, BatchGetPersonsRequest { names })?;
        let answer = PersonServiceClient::new(registry.clone()).batch_get_persons(request).await;
        let persons = answer.or_refuse("registry", |_| None)?.persons;
        found.extend(persons.into_iter().filter_map(|p| Some((kit::name::parse(&p.name, "persons")?, p.display_name))));
    }
    Ok(found)
}
