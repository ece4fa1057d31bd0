//! Merges of persons between the wire and the domain.

use kit::{Error, Page, Violations, instant, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::title;
use uuid::Uuid;

use super::domain::{Reason, Refusal, State};
use super::store::{Filter, Merge};
use crate::people::store::Person;
use crate::people::wire::{erased, merged as person_merged};
use crate::shared::wire::{forbids, within};

/// The collection.
pub(super) const COLLECTION: &str = "personMerges";

pub(super) struct Wanted {
    pub(super) person: Uuid,
    pub(super) into: Uuid,
    pub(super) reason: String,
}

pub(super) struct Unmerge {
    pub(super) id: Uuid,
    pub(super) reason: String,
}

pub(super) fn merge(req: &pb::MergePersonsRequest, v: &mut Violations) -> Option<Wanted> {
    let person = v.name("person", &req.person, "persons");
    let into = v.name("into", &req.into, "persons");
    if person.is_some() && person == into {
        v.add("into", ErrorReason::MergeIntoItself, &[]);
    }
    let reason = title(v, "reason", &req.reason);
    Some(Wanted { person: person?, into: into?, reason: reason? })
}

pub(super) fn unmerge(req: &pb::UnmergePersonsRequest, v: &mut Violations) -> Option<Unmerge> {
    let id = v.name("name", &req.name, COLLECTION);
    let reason = title(v, "reason", &req.reason);
    Some(Unmerge { id: id?, reason: reason? })
}

pub(crate) fn list(req: &pb::ListPersonMergesRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let within = within(v, &req.unit, None);
    let person = v.opt_name("person", &req.person, "persons");
    let all = if req.show_ended { "all" } else { "standing" };
    let page = v.page(req.page_size, &req.page_token, &[&req.unit, &req.person, all]);
    Some((Filter { within: within?, person: person?, show_ended: req.show_ended }, page?))
}

pub(super) fn unknown_into(id: Uuid) -> Error {
    Error::violation("into", Common::ReferenceUnknown, &[("name", &name::of("persons", id))])
}

pub(super) fn missing(id: Uuid) -> Error {
    Error::not_found(name::of(COLLECTION, id))
}

pub(super) fn state(person: &Person, has_merged: bool) -> State {
    State { id: person.id, erased: person.erase_us.is_some(), merged: person.merged_into, has_merged }
}

pub(super) fn refusal(refusal: Refusal) -> Error {
    match refusal {
        Refusal::Itself => Error::violation("into", ErrorReason::MergeIntoItself, &[]),
        Refusal::Erased(id) => erased(id),
        Refusal::Merged(id, into) => person_merged(id, into),
        Refusal::HasMerged(id) => Error::refused(ErrorReason::PersonHasMerged).with("person", name::of("persons", id)),
    }
}

/// It was taken back already.
pub(super) fn taken_back(id: Uuid) -> Error {
    forbids(&name::of(COLLECTION, id), "TAKEN_BACK", "UnmergePersons", &[])
}

pub(crate) fn shown(m: Merge) -> pb::PersonMerge {
    pb::PersonMerge {
        name: name::of(COLLECTION, m.id),
        person: name::of("persons", m.person_id),
        into: name::of("persons", m.into_id),
        unit: m.unit,
        reason: m.reason,
        end_reason: m.end_reason,
        sample: m.sample,
        create_time: Some(instant::pb(m.create_us)),
        end_time: m.end_us.map(instant::pb),
    }
}

pub(super) fn merged(m: &Merge) -> pb::PersonMerged {
    pb::PersonMerged { person: name::of("persons", m.person_id), into: name::of("persons", m.into_id) }
}

pub(super) fn parted(m: &Merge) -> pb::PersonUnmerged {
    pb::PersonUnmerged { person: name::of("persons", m.person_id), into: name::of("persons", m.into_id) }
}

pub(super) fn candidate(person: Person, sure: bool, reasons: &[Reason]) -> pb::PersonCandidate {
    let verdict = if sure { pb::MatchVerdict::Same } else { pb::MatchVerdict::Possible };
    pb::PersonCandidate {
        person: name::of("persons", person.id),
        display_name: person.display_name,
        unit: person.unit,
        verdict: verdict.into(),
        reasons: reasons.iter().map(|reason| reason.number()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_have_the_contracts_numbers_and_words() {
        for reason in Reason::ALL {
            let theirs = pb::PersonMatchReason::try_from(reason.number()).expect("it is in the contract");
            assert_eq!(theirs.as_str_name(), format!("PERSON_MATCH_REASON_{}", reason.word()));
        }
    }
}
