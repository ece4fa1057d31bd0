//! An import tells a batch of rows in one event. Readers of the registry's feed take it apart first: what an import made means
//! what the same event alone means.

use prost::{Message, Name};
use proto::common::v1::Event;
use proto::registry::v1 as pb;
use proto::registry::v1::record_imported::Event as Record;

fn any<M: Name>(event: &M) -> prost_types::Any {
    prost_types::Any { type_url: M::type_url(), value: event.encode_to_vec() }
}

/// The events that an event stands for: of an import one for each record, else itself.
///
/// # Errors
/// The event of an import cannot be read.
pub fn unfold(event: Event) -> Result<Vec<Event>, prost::DecodeError> {
    let Some(payload) = event.payload.as_ref().filter(|any| any.type_url == pb::RecordsImported::type_url()) else {
        return Ok(vec![event]);
    };
    let imported = pb::RecordsImported::decode(payload.value.as_slice())?;
    let one = |record: pb::RecordImported| {
        let (resource, payload) = match record.event? {
            Record::Producer(e) => (e.producer.clone(), any(&e)),
            Record::Product(e) => (e.product.clone(), any(&e)),
            Record::Person(e) => (e.person.clone(), any(&e)),
            Record::Duty(e) => (e.duty.clone(), any(&e)),
            Record::Ended(e) => (e.duty.clone(), any(&e)),
        };
        Some(Event {
            position: event.position,
            record_time: event.record_time,
            resource,
            unit: record.unit,
            act_date: record.act_date,
            sample: record.sample,
            payload: Some(payload),
        })
    };
    Ok(imported.records.into_iter().filter_map(one).collect())
}
