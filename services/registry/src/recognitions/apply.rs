//! What each event means for the copy. Applying an event twice leaves what applying it once leaves.

use kit::follow::Applied;
use kit::{Error, Result, day, name};
use prost::Name;
use proto::common::v1::Event;
use proto::evaluation::v1::{CertificateEnded, CertificateIssued};
use proto::google::r#type::Date as PbDate;
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use time::Date;
use uuid::Uuid;

use super::domain::usual_out;
use super::store::{self, Issued};

/// Applies one event; what is no certificate is passed over.
///
/// # Errors
/// INTERNAL for an event of a known type that cannot be read, or what the database says.
pub(super) fn event(tx: &DatabaseTransaction, event: Event) -> Applied<'_> {
    Box::pin(put(tx, event))
}

async fn put(tx: &impl ConnectionTrait, event: Event) -> Result<()> {
    let payload = event.payload.unwrap_or_default();
    let kind = payload.type_url.rsplit('/').next().unwrap_or_default();
    if kind == CertificateIssued::full_name() {
        let told: CertificateIssued = read(&payload)?;
        let decision_date = date(told.decision_date.as_ref())?;
        let earliest = told.earliest_decision_date.as_ref().and_then(day::of).unwrap_or(decision_date);
        let new = Issued {
            certificate: id(&told.certificate, "certificates")?,
            product_id: id(&told.product, "products")?,
            stars: told.stars,
            decision_date,
            first_out: told.first_day_out.as_ref().and_then(day::of).unwrap_or_else(|| usual_out(earliest)),
        };
        store::issued(tx, &new).await
    } else if kind == CertificateEnded::full_name() {
        let told: CertificateEnded = read(&payload)?;
        store::ended(tx, id(&told.certificate, "certificates")?, date(told.end_date.as_ref())?).await
    } else {
        Ok(())
    }
}

fn read<M: prost::Message + Default>(payload: &prost_types::Any) -> Result<M> {
    M::decode(payload.value.as_slice()).map_err(Error::internal)
}

fn date(date: Option<&PbDate>) -> Result<Date> {
    date.and_then(day::of).ok_or_else(|| Error::internal("an event carries no day"))
}

fn id(text: &str, collection: &'static str) -> Result<Uuid> {
    name::parse(text, collection).ok_or_else(|| Error::internal(format!("an event names {text}")))
}
