//! Merges between the wire and the domain.

use kit::{Error, Violations, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1::{self as pb, ErrorReason};
use reference::wire::title;
use uuid::Uuid;

use super::domain::{Refusal, State};
use crate::producers::store::Producer;
use crate::producers::wire::{deleted, unmerged};

pub(super) struct Merge {
    pub(super) from: Uuid,
    pub(super) into: Uuid,
    pub(super) force_reason: String,
    pub(super) etag: String,
}

pub(super) struct Unmerge {
    pub(super) id: Uuid,
    pub(super) etag: String,
}

pub(super) fn merge_producers(req: &pb::MergeProducersRequest, v: &mut Violations) -> Option<Merge> {
    let from = v.name("from", &req.from, "producers");
    let into = v.name("into", &req.into, "producers");
    if from.is_some() && from == into {
        v.add("into", ErrorReason::MergeIntoItself, &[]);
    }
    let force_reason = if req.force_reason.trim().is_empty() {
        Some(String::new())
    } else {
        title(v, "force_reason", &req.force_reason)
    };
    Some(Merge { from: from?, into: into?, force_reason: force_reason?, etag: req.etag.clone() })
}

pub(super) fn unmerge_producers(req: &pb::UnmergeProducersRequest, v: &mut Violations) -> Option<Unmerge> {
    Some(Unmerge { id: v.name("name", &req.name, "producers")?, etag: req.etag.clone() })
}

pub(super) fn unknown_into(id: Uuid) -> Error {
    Error::violation("into", Common::ReferenceUnknown, &[("name", &name::of("producers", id))])
}

pub(super) fn state(producer: &Producer, has_merged: bool) -> State {
    State {
        id: producer.id,
        deleted: producer.delete_us.is_some(),
        merged: producer.merged.is_some(),
        has_merged,
        tax_code: producer.new.content.tax_code.as_ref().map(|code| code.as_str().to_owned()),
    }
}

pub(super) fn refusal(from: &Producer, into: &Producer, refusal: Refusal) -> Error {
    let named = |id| name::of("producers", id);
    match refusal {
        Refusal::Itself => Error::violation("into", ErrorReason::MergeIntoItself, &[]),
        Refusal::Deleted(id) => deleted(id),
        Refusal::Merged(id) => {
            let merged = if id == from.id { from } else { into };
            unmerged(merged).err().unwrap_or_else(|| Error::internal("a merged producer is not merged"))
        }
        Refusal::HasMerged(id) => Error::refused(ErrorReason::ProducerHasMerged).with("producer", named(id)),
        Refusal::TaxCodesDiffer => {
            Error::refused(ErrorReason::TaxCodesDiffer).with("producer", named(from.id)).with("into", named(into.id))
        }
    }
}

pub(super) fn not_merged(id: Uuid) -> Error {
    Error::refused(ErrorReason::ProducerNotMerged).with("producer", name::of("producers", id))
}

pub(super) fn merged(producer: Uuid, into: Uuid) -> pb::ProducerMerged {
    pb::ProducerMerged { producer: name::of("producers", producer), into: name::of("producers", into) }
}

pub(super) fn taken_back(producer: Uuid, into: Uuid) -> pb::ProducerUnmerged {
    pb::ProducerUnmerged { producer: name::of("producers", producer), into: name::of("producers", into) }
}
