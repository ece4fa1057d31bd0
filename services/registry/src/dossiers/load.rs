//! What a dossier's acts and checks look at beside the dossier: product, producer, evidence and samples.

use kit::{Error, Result, name};
use reference::regimes;
use sea_orm::ConnectionTrait;
use time::Date;
use uuid::Uuid;

use super::domain::check::Facts;
use super::domain::{self, Rules, RulesFault};
use super::store::Dossier;
use super::wire;
use crate::evidence::store::Pinned;
use crate::producers::store::Producer;
use crate::products::store::Product;
use crate::{evidence, producers, products, samples};

/// What stands around a dossier.
pub(crate) struct Around {
    pub(crate) product: Product,
    pub(crate) producer: Producer,
    pub(crate) evidence: Vec<Pinned>,
    pub(crate) samples: i64,
}

/// Reads what stands around a dossier: four statements at most.
pub(crate) async fn around(db: &impl ConnectionTrait, dossier: &Dossier) -> Result<Around> {
    let lost = || Error::internal(format!("{} lost its product or producer", name::of("dossiers", dossier.row.id)));
    let product = products::store::product_fetch(db, dossier.row.product_id).await?.ok_or_else(lost)?;
    let producer = producers::store::producer_fetch(db, product.producer_id).await?.ok_or_else(lost)?;
    let ids: Vec<Uuid> = dossier.content.papers.iter().filter_map(|paper| paper.evidence).collect();
    let evidence = if ids.is_empty() { Vec::new() } else { evidence::store::pinned(db, &ids).await? };
    let samples = samples::store::held(db, dossier.row.id).await?;
    Ok(Around { product, producer, evidence, samples })
}

/// The rules of a dossier: frozen ones, or those of the day on which it is thought to be filed.
pub(crate) fn rules(dossier: &Dossier, filed: Date) -> Result<std::result::Result<Rules, RulesFault>> {
    let row = &dossier.row;
    if row.regime.is_empty() {
        return Ok(domain::rules(filed, wire::kind_of(row.kind)?, &row.product_set));
    }
    let regime = regimes::get(&row.regime).ok_or_else(|| Error::internal("a dossier of no regime"))?;
    Ok(domain::rules_of(regime, &row.product_set))
}

/// The rules of a dossier that was submitted.
pub(crate) fn frozen(dossier: &Dossier) -> Result<Rules> {
    let filed = dossier.row.filing_date.ok_or_else(|| Error::internal("a submitted dossier without its day"))?;
    rules(dossier, filed)?.map_err(|fault| Error::internal(format!("a submitted dossier without rules: {fault:?}")))
}

/// The facts of a check on a day.
pub(crate) fn facts(dossier: &Dossier, around: &Around, as_of: Date) -> Result<Facts> {
    let row = &dossier.row;
    let filed = row.filing_date.unwrap_or(as_of);
    Ok(Facts {
        kind: wire::kind_of(row.kind)?,
        rules: rules(dossier, filed)?,
        filed,
        as_of,
        takes_part: producers::wire::takes_part(&around.producer, filed).is_ok(),
        legal_form: wire::legal_form(around.producer.new.content.legal_form),
        certificate: row.certificate.clone(),
        certificate_end: row.certificate_end,
        sheets: dossier.content.forms.clone(),
        papers: dossier.content.papers.clone(),
        evidence: wire::pinned(dossier, around),
        samples: around.samples,
        assessment: dossier.content.assessment.clone(),
    })
}
