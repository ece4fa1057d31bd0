//! What each event means for the copy. Applying an event twice leaves what applying it once leaves.

use kit::follow::{Applied, Told, date};
use kit::{Error, Result, day, name};
use proto::common::v1::Event;
use proto::evaluation::v1::{
    CertificateActKind as Act, CertificateActRecorded, CertificateEnded, CertificateIssued, CertificateStatus as Status,
};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use uuid::Uuid;

use super::domain::{End, usual_out};
use super::store::{self, Issued};

/// Applies one event; what is no certificate is passed over.
///
/// # Errors
/// INTERNAL for an event of a known type that cannot be read, or what the database says.
pub(super) fn event(tx: &DatabaseTransaction, event: Event) -> Applied<'_> {
    Box::pin(put(tx, event))
}

async fn put(tx: &impl ConnectionTrait, event: Event) -> Result<()> {
    let told = Told::of(&event);
    if told.is::<CertificateIssued>() {
        let of: CertificateIssued = told.read()?;
        let decision_date = date(of.decision_date.as_ref())?;
        let earliest = of.earliest_decision_date.as_ref().and_then(day::of).unwrap_or(decision_date);
        // Events of before bundles were told name their product alone.
        let mut products = vec![id(&of.product, "products")?];
        for product in &of.products {
            let product = id(product, "products")?;
            if !products.contains(&product) {
                products.push(product);
            }
        }
        let new = Issued {
            certificate: id(&of.certificate, "certificates")?,
            products,
            stars: of.stars,
            decision_date,
            first_out: of.first_day_out.as_ref().and_then(day::of).unwrap_or_else(|| usual_out(earliest)),
        };
        store::issued(tx, &new).await
    } else if told.is::<CertificateEnded>() {
        let of: CertificateEnded = told.read()?;
        let why = Status::from_str_name(&of.status).and_then(end);
        store::ended(tx, id(&of.certificate, "certificates")?, date(of.end_date.as_ref())?, why).await
    } else if told.is::<CertificateActRecorded>() {
        acted(tx, &told.read()?).await
    } else {
        Ok(())
    }
}

/// What ends a certificate is told by CertificateEnded beside the act; texts are not kept here.
async fn acted(tx: &impl ConnectionTrait, of: &CertificateActRecorded) -> Result<()> {
    let Some(kind) = Act::from_str_name(&of.kind) else { return Ok(()) };
    if !matches!(kind, Act::Suspend | Act::Lift | Act::Transfer) {
        return Ok(());
    }
    let (act, certificate) = (id(&of.act, "certificateActs")?, id(&of.certificate, "certificates")?);
    let on = date(of.act_date.as_ref())?;
    match kind {
        Act::Suspend => store::suspended(tx, act, certificate, on).await,
        Act::Lift => store::lifted(tx, act, certificate, on).await,
        // An event of before the field was there does not tell to whom.
        _ if of.holder.is_empty() => Ok(()),
        _ => store::transferred(tx, act, certificate, (id(&of.holder, "producers")?, on)).await,
    }
}

fn end(status: Status) -> Option<End> {
    match status {
        Status::Revoked => Some(End::Revoked),
        Status::Surrendered => Some(End::Surrendered),
        Status::Superseded => Some(End::Superseded),
        _ => None,
    }
}

fn id(text: &str, collection: &'static str) -> Result<Uuid> {
    name::parse(text, collection).ok_or_else(|| Error::internal(format!("an event names {text}")))
}
