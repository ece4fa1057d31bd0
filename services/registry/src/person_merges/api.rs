//! PersonMergeService.

use kit::{Answer, Error, Fact, Kit, OnUnique, Result, Write, name};
use proto::registry::v1::person_merge_service_server::PersonMergeService;
use proto::registry::v1::{self as pb, ErrorReason};
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{self, Known, Reason};
use super::store::{self, Merge};
use super::wire::{self, Wanted};
use crate::contacts;
use crate::contacts::domain::Kind;
use crate::people::store::{Person, person_fetch, person_like, person_lock, point};
use crate::people::wire as people;

/// Most candidates that are looked at.
const MOST: u64 = 50;

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

/// A record, locked, where it lies in the caller's units.
async fn locked<P>(w: &Write<P>, id: Uuid, missing: impl FnOnce() -> Error) -> Result<Person> {
    let person = person_lock(w.tx(), id).await?.ok_or_else(missing)?;
    w.call.at(&person.unit_path)?;
    Ok(person)
}

/// Both records, locked in the order of their ids: two merges of the same pair wait for each other and do not deadlock.
async fn both<P>(w: &Write<P>, from: Uuid, into: Uuid) -> Result<(Person, Person)> {
    let missing = || Error::not_found(name::of("persons", from));
    let unknown = || wire::unknown_into(into);
    if from < into {
        let from = locked(w, from, missing).await?;
        Ok((from, locked(w, into, unknown).await?))
    } else {
        let into = locked(w, into, unknown).await?;
        Ok((locked(w, from, missing).await?, into))
    }
}

fn fact(merge: &Merge) -> Fact {
    Fact::of(&name::of(wire::COLLECTION, merge.id)).at(&merge.unit).sample(merge.sample)
}

async fn merge(w: &Write<Wanted>, id: Uuid) -> Result<Merge> {
    let want = &w.want;
    let (from, into) = both(w, want.person, want.into).await?;
    let has_merged = store::has_merged(w.tx(), from.id).await?;
    domain::merge(wire::state(&from, has_merged), wire::state(&into, false)).map_err(wire::refusal)?;
    let merge = Merge {
        id,
        person_id: from.id,
        into_id: into.id,
        unit: from.unit,
        unit_path: from.unit_path,
        reason: want.reason.clone(),
        end_reason: String::new(),
        end_us: None,
        sample: from.sample || into.sample,
        version: 1,
        create_us: w.call.now_us,
        update_us: w.call.now_us,
    };
    let kept = store::insert(w.tx(), &merge).await;
    kept.on_unique(ErrorReason::PersonMerged, name::of("persons", from.id))?;
    point(w.tx(), from.id, Some(into.id)).await?;
    w.record(fact(&merge).tells(&wire::merged(&merge)));
    Ok(merge)
}

async fn unmerge(w: &Write<wire::Unmerge>) -> Result<Merge> {
    let id = w.want.id;
    let found = store::fetch(w.tx(), id).await?.ok_or_else(|| wire::missing(id))?;
    let (from, _) = both(w, found.person_id, found.into_id).await?;
    // Read again under the locks of its records.
    let mut merge = store::fetch(w.tx(), id).await?.ok_or_else(|| wire::missing(id))?;
    if merge.end_us.is_some() {
        return Err(wire::taken_back(id));
    }
    if from.erase_us.is_some() {
        return Err(people::erased(from.id));
    }
    merge.end_us = Some(w.call.now_us);
    merge.end_reason.clone_from(&w.want.reason);
    merge.version += 1;
    merge.update_us = w.call.now_us;
    store::update(w.tx(), &merge).await?;
    point(w.tx(), merge.person_id, None).await?;
    w.record(fact(&merge).tells(&wire::parted(&merge)));
    Ok(merge)
}

/// The phone numbers and e-mail addresses of a person among contacts.
fn lines(contacts: &[(Uuid, i32, String)], person: Uuid) -> Vec<&str> {
    let is_line = |kind: i32| kind == Kind::Phone.number() || kind == Kind::Email.number();
    contacts.iter().filter(|(of, kind, _)| *of == person && is_line(*kind)).map(|(.., value)| value.as_str()).collect()
}

/// What of the records that were found may be the same person, the surest first.
fn judged(asked: &Person, found: Vec<Person>, contacts: &[(Uuid, i32, String)]) -> Vec<(Person, bool, Vec<Reason>)> {
    let own = lines(contacts, asked.id);
    let known = Known { display_name: &asked.display_name, unit: &asked.unit, contacts: &own };
    let mut candidates = Vec::new();
    for person in found.into_iter().filter(|person| person.id != asked.id) {
        let theirs = lines(contacts, person.id);
        let other = Known { display_name: &person.display_name, unit: &person.unit, contacts: &theirs };
        if let Some((sure, reasons)) = domain::judge(known, other) {
            candidates.push((person, sure, reasons));
        }
    }
    // The order is the same at every call: of two that are as sure the one whose name, then the one whose id comes first.
    candidates.sort_by_cached_key(|(person, sure, reasons)| {
        let reasons: Vec<i32> = reasons.iter().map(|reason| reason.number()).collect();
        (!sure, reasons, person.sort_key.clone(), person.id)
    });
    candidates
}

#[async_trait]
impl PersonMergeService for Api {
    async fn merge_persons(&self, request: Request<pb::MergePersonsRequest>) -> Answer<pb::PersonMerge> {
        let act = move |w| async move { Ok(wire::shown(merge(&w, self.kit.new_id()).await?)) };
        self.kit.write(request, wire::merge, act).await
    }

    async fn unmerge_persons(&self, request: Request<pb::UnmergePersonsRequest>) -> Answer<pb::PersonMerge> {
        self.kit.write(request, wire::unmerge, move |w| async move { Ok(wire::shown(unmerge(&w).await?)) }).await
    }

    async fn get_person_merge(&self, request: Request<pb::GetPersonMergeRequest>) -> Answer<pb::PersonMerge> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, wire::COLLECTION),
                |r| async move {
                    let merge = store::fetch(r.db(), r.want).await?.ok_or_else(|| wire::missing(r.want))?;
                    r.call.at(&merge.unit_path)?;
                    Ok(wire::shown(merge))
                },
            )
            .await
    }

    async fn list_person_merges(
        &self,
        request: Request<pb::ListPersonMergesRequest>,
    ) -> Answer<pb::ListPersonMergesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, page) = &r.want;
                let found = store::list(r.db(), &r.call.scope(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |m| vec![m.id.to_string()]);
                let person_merges = found.into_iter().map(wire::shown).collect();
                Ok(pb::ListPersonMergesResponse { person_merges, next_page_token })
            })
            .await
    }

    async fn match_persons(&self, request: Request<pb::MatchPersonsRequest>) -> Answer<pb::MatchPersonsResponse> {
        self.kit
            .read(
                request,
                |req, v| v.name("person", &req.person, "persons"),
                |r| async move {
                    let missing = || Error::not_found(name::of("persons", r.want));
                    let asked = person_fetch(r.db(), r.want).await?.ok_or_else(missing)?;
                    r.call.at(&asked.unit_path)?;
                    if asked.erase_us.is_some() {
                        return Err(people::erased(asked.id));
                    }
                    let found = person_like(r.db(), &r.call.scope(), &asked.display_name, MOST).await?;
                    let ids: Vec<Uuid> = found.iter().map(|p| p.id).chain([asked.id]).collect();
                    let contacts = contacts::store::of_persons(r.db(), &ids).await?;
                    let judged = judged(&asked, found, &contacts).into_iter();
                    let candidates = judged.map(|(p, sure, reasons)| wire::candidate(p, sure, &reasons)).collect();
                    Ok(pb::MatchPersonsResponse { candidates })
                },
            )
            .await
    }
}
