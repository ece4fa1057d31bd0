//! Producers between the wire and the domain.

pub(crate) mod matching;

use kit::{Error, Page, Result, Violations, day, etag, instant, name};
use proto::registry::v1::{self as pb, ErrorReason};
use time::Date;
use uuid::Uuid;

use super::domain::{Change, Content, NewProducer, Refusal, TaxCode};
use super::store::{Filter, Producer};
use crate::assignments::wire::{map_or_within, shown};
use crate::shared::maps::MapCut;
use crate::shared::wire::{commune_on, display_name, names};

pub(super) struct UpdateWanted {
    pub(super) id: Uuid,
    pub(super) etag: String,
    pub(super) change: Change,
}

pub(super) struct Named {
    pub(super) id: Uuid,
    pub(super) etag: String,
}

fn tax_code(v: &mut Violations, typed: &str) -> Option<Option<TaxCode>> {
    if typed.trim().is_empty() {
        return Some(None);
    }
    let code = TaxCode::new(typed);
    if code.is_none() {
        v.add("producer.tax_code", ErrorReason::TaxCodeInvalid, &[]);
    }
    code.map(Some)
}

pub(super) fn create_producer(req: &pb::CreateProducerRequest, v: &mut Violations) -> Option<NewProducer> {
    let producer = req.producer.as_ref()?;
    let registration_date = v.act_date("producer.registration_date", producer.registration_date.as_ref());
    let dated = ("producer.registration_date", registration_date);
    let unit = commune_on(v, "producer.unit", &producer.unit, dated);
    let display_name = display_name(v, "producer.display_name", &producer.display_name);
    let tax_code = tax_code(v, &producer.tax_code);
    let unit = unit?;
    Some(NewProducer {
        content: Content { display_name: display_name?, legal_form: producer.legal_form, tax_code: tax_code? },
        unit: unit.name.clone(),
        unit_path: unit.path.clone(),
        registration_date: registration_date?,
        sample: producer.sample,
    })
}

pub(super) fn get_producer(req: &pb::GetProducerRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, "producers")
}

pub(super) fn batch_get_producers(req: &pb::BatchGetProducersRequest, v: &mut Violations) -> Option<Vec<Uuid>> {
    names(v, &req.names, "producers")
}

pub(crate) fn list_producers(req: &pb::ListProducersRequest, v: &mut Violations) -> Option<(Filter, Page)> {
    let cut = map_or_within(v, &req.unit, req.map_date.as_ref());
    let deleted = if req.show_deleted { "deleted" } else { "" };
    let map = req.map_date.as_ref().and_then(day::of).map(day::iso).unwrap_or_default();
    let print = [req.unit.as_str(), &req.legal_form.to_string(), &req.query, deleted, &map];
    let page = v.page(req.page_size, &req.page_token, &print);
    let (within, map) = cut?;
    let filter =
        Filter { within, map, legal_form: req.legal_form, query: req.query.clone(), show_deleted: req.show_deleted };
    Some((filter, page?))
}

pub(super) fn update_producer(req: &pb::UpdateProducerRequest, v: &mut Violations) -> Option<UpdateWanted> {
    let producer = req.producer.as_ref()?;
    let id = v.name("producer.name", &producer.name, "producers");
    let set = [
        ("display_name", !producer.display_name.is_empty()),
        ("legal_form", producer.legal_form != 0),
        ("tax_code", !producer.tax_code.is_empty()),
    ];
    let fields = v.mask(req.update_mask.as_ref(), &set)?;
    let wanted = |field: &str| fields.contains(&field);
    // A fault leaves its field empty here; the request is refused for it once all are found.
    let mut change = Change::default();
    if wanted("display_name") {
        change.display_name = display_name(v, "producer.display_name", &producer.display_name);
    }
    if wanted("legal_form") {
        change.legal_form = Some(producer.legal_form);
    }
    if wanted("tax_code") {
        change.tax_code = tax_code(v, &producer.tax_code);
    }
    Some(UpdateWanted { id: id?, etag: producer.etag.clone(), change })
}

pub(super) fn delete_producer(req: &pb::DeleteProducerRequest, v: &mut Violations) -> Option<Named> {
    Some(Named { id: v.name("name", &req.name, "producers")?, etag: req.etag.clone() })
}

pub(super) fn undelete_producer(req: &pb::UndeleteProducerRequest, v: &mut Violations) -> Option<Named> {
    Some(Named { id: v.name("name", &req.name, "producers")?, etag: req.etag.clone() })
}

pub(super) fn refusal(id: Uuid, refusal: Refusal) -> Error {
    let reason = match refusal {
        Refusal::HasProducts => ErrorReason::ProducerHasProducts,
        Refusal::HasManagers => ErrorReason::ProducerHasManagers,
        Refusal::HasMerged => ErrorReason::ProducerHasMerged,
    };
    Error::refused(reason).with("producer", name::of("producers", id))
}

pub(crate) fn producer(p: Producer) -> pb::Producer {
    let content = p.new.content;
    let (merged_into, merge_reason) = p.merged.map(|m| (name::of("producers", m.into), m.reason)).unwrap_or_default();
    pb::Producer {
        name: name::of("producers", p.id),
        display_name: content.display_name.into_string(),
        legal_form: content.legal_form,
        tax_code: content.tax_code.map(|t| t.as_str().to_owned()).unwrap_or_default(),
        unit: p.new.unit,
        registration_date: Some(day::pb(p.new.registration_date)),
        sample: p.new.sample,
        etag: etag(p.version),
        create_time: Some(instant::pb(p.create_us)),
        update_time: Some(instant::pb(p.update_us)),
        delete_time: p.delete_us.map(instant::pb),
        merged_into,
        merge_reason,
        shown_unit: String::new(),
        map_place: pb::MapPlace::Unspecified.into(),
    }
}

/// A producer of a list, with the place in which the list's map shows it.
pub(super) fn listed((p, chosen): (Producer, Option<String>), map: Option<&MapCut>) -> pb::Producer {
    let (shown_unit, map_place) = shown(&p.new.unit, chosen.as_deref(), map);
    pb::Producer { shown_unit, map_place, ..producer(p) }
}

pub(crate) fn recorded(p: &Producer) -> pb::ProducerRecorded {
    let form = pb::LegalForm::try_from(p.new.content.legal_form).unwrap_or_default();
    pb::ProducerRecorded {
        producer: name::of("producers", p.id),
        legal_form: form.as_str_name().to_owned(),
        deleted: p.delete_us.is_some(),
        registration_date: Some(day::pb(p.new.registration_date)),
    }
}

/// Refuses what cannot be done to a producer that is deleted or merged.
///
/// # Errors
/// FAILED_PRECONDITION PRODUCER_DELETED or PRODUCER_MERGED.
pub(crate) fn standing(producer: &Producer) -> Result<()> {
    if producer.delete_us.is_some() {
        return Err(deleted(producer.id));
    }
    unmerged(producer)
}

/// Refuses what a producer cannot take part in: it is deleted or merged, or the day of the act lies before its registration.
///
/// # Errors
/// FAILED_PRECONDITION PRODUCER_DELETED, PRODUCER_MERGED or PRODUCER_NOT_YET_REGISTERED.
pub(crate) fn takes_part(producer: &Producer, on: Date) -> Result<()> {
    standing(producer)?;
    let registered = producer.new.registration_date;
    if on < registered {
        let refusal = Error::refused(ErrorReason::ProducerNotYetRegistered);
        return Err(refusal.with("producer", name::of("producers", producer.id)).with("date", day::text(registered)));
    }
    Ok(())
}

/// Refuses what cannot be done to a merged registration.
///
/// # Errors
/// FAILED_PRECONDITION PRODUCER_MERGED.
pub(crate) fn unmerged(producer: &Producer) -> Result<()> {
    match &producer.merged {
        None => Ok(()),
        Some(merged) => Err(Error::refused(ErrorReason::ProducerMerged)
            .with("producer", name::of("producers", producer.id))
            .with("into", name::of("producers", merged.into))),
    }
}

/// The producer is deleted.
pub(crate) fn deleted(id: Uuid) -> Error {
    Error::refused(ErrorReason::ProducerDeleted).with("producer", name::of("producers", id))
}
