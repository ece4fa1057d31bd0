//! What issuing and recording share: new certificates are stored, those of the same products are looked at, and every
//! change is told.

use kit::{Call, Fact, OnUnique, Result};
use proto::evaluation::v1 as pb;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::domain::{EndKind, Known, consequences, windows};
use super::store::{self, Certificate, NewEnd, Standing};
use super::wire;

/// Stores new certificates of the same day of decision with all consequences. Answers the facts of it.
///
/// # Errors
/// ALREADY_EXISTS CERTIFICATE_EXISTS, or what the database says.
pub async fn enter(tx: &impl ConnectionTrait, call: &Call, new: &[Certificate]) -> Result<Vec<Fact>> {
    let Some(day) = new.iter().map(|certificate| certificate.term.decided.latest).max() else { return Ok(Vec::new()) };
    let products: Vec<Uuid> = new.iter().flat_map(Certificate::products).collect();
    store::lock_products(tx, &products).await?;
    let others = store::of_products(tx, &products, day).await?;
    let name = match new {
        [one] => kit::name::of("products", one.product),
        _ => "one of the products".to_owned(),
    };
    store::insert(tx, new).await.on_unique(pb::ErrorReason::CertificateExists, name)?;
    let (mut facts, mut ends) = (Vec::new(), Vec::new());
    for certificate in new {
        let products = certificate.products();
        let shared = |other: &&Standing| other.certificate.products().iter().any(|product| products.contains(product));
        let of_products: Vec<&Standing> = others.iter().filter(shared).collect();
        let (more_facts, more_ends) = follow(certificate, &of_products);
        facts.extend(more_facts);
        ends.extend(more_ends);
    }
    store::put_ends(tx, &ends, call.now_us).await?;
    Ok(facts)
}

/// The facts and terminal events that follow from one new certificate.
fn follow(new: &Certificate, others: &[&Standing]) -> (Vec<Fact>, Vec<NewEnd>) {
    let known = |standing: &&Standing| Known {
        id: standing.certificate.id,
        products: standing.certificate.products(),
        term: standing.certificate.term,
        events: standing.events.clone(),
    };
    let itself = Known { id: new.id, products: new.products(), term: new.term, events: Vec::new() };
    let all: Vec<Known> = others.iter().map(known).collect();
    let found = consequences(&itself, &all, &windows());
    let of = |id: Uuid| others.iter().map(|other| &other.certificate).find(|certificate| certificate.id == id);

    let mut facts = vec![issued(new, found.first)];
    // The event of the one that counted as first until now is told again: the last event about a certificate holds.
    facts.extend(found.demoted.into_iter().filter_map(of).map(|demoted| issued(demoted, false)));
    let mut ends = Vec::new();
    let mut supersede = |old: &Certificate, by: Uuid, end_date| {
        ends.push(NewEnd { certificate: old.id, kind: EndKind::Superseded, end_date, by_certificate: Some(by) });
        let event = wire::ended_event(old, EndKind::Superseded, end_date, Some(by));
        facts.push(Fact::of(&wire::name(old.id)).at(&old.unit).on(end_date).sample(old.sample).tells(&event));
    };
    for (old, day) in &found.superseded {
        if let Some(old) = of(*old) {
            supersede(old, new.id, *day);
        }
    }
    if let Some((by, day)) = found.superseded_by {
        supersede(new, by, day);
    }
    (facts, ends)
}

fn issued(certificate: &Certificate, first: bool) -> Fact {
    let event: pb::CertificateIssued = wire::issued_event(certificate, first);
    Fact::of(&wire::name(certificate.id))
        .at(&certificate.unit)
        .on(certificate.term.decided.latest)
        .sample(certificate.sample)
        .tells(&event)
}
