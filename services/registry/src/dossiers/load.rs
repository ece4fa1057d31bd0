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
use crate::recognitions::domain::Held;
use crate::{bundles, evidence, producers, products, samples};

/// What stands around a dossier.
pub(crate) struct Around {
    /// The product, of a bundle the one that leads.
    pub(crate) product: Product,
    /// All products of a bundle; none of a single product.
    pub(crate) goods: Vec<Product>,
    /// True where the bundle was dissolved before the first submission.
    pub(crate) dissolved: bool,
    /// The product's certificate, while the dossier takes its facts from the copy.
    pub(crate) held: Option<Held>,
    pub(crate) producer: Producer,
    pub(crate) evidence: Vec<Pinned>,
    pub(crate) samples: i64,
}

impl Around {
    /// The products that are judged.
    pub(crate) fn members(&self) -> Vec<Uuid> {
        if self.goods.is_empty() { vec![self.product.id] } else { self.goods.iter().map(|p| p.id).collect() }
    }
}

/// Reads what stands around a dossier on a day: six statements at most.
pub(crate) async fn around(db: &impl ConnectionTrait, dossier: &Dossier, as_of: Date) -> Result<Around> {
    let lost = || Error::internal(format!("{} lost its product or producer", name::of("dossiers", dossier.row.id)));
    let row = &dossier.row;
    let (mut lead, mut members, mut dissolved) = (row.product_id, dossier.members.clone(), false);
    // Until the first submission the bundle's own products are meant.
    if let Some(id) = row.bundle_id.filter(|_| row.round == 0) {
        let bundle = bundles::store::bundle_fetch(db, id).await?.ok_or_else(lost)?;
        dissolved = bundle.dissolve_date.is_some();
        if !dissolved {
            (lead, members) = (bundle.lead_id, bundle.products);
        }
    }
    let shown = products::store::product_shown(db, lead, as_of).await?.ok_or_else(lost)?;
    let held = products::wire::held(&shown.copied).filter(|_| row.round == 0);
    let product = shown.product;
    let mut goods = Vec::new();
    if row.bundle_id.is_some() {
        goods = products::store::product_batch(db, &members).await?;
        goods.sort_by_key(|p| members.iter().position(|id| *id == p.id));
    }
    let producer = producers::store::producer_fetch(db, product.producer_id).await?.ok_or_else(lost)?;
    let ids: Vec<Uuid> = dossier.content.papers.iter().filter_map(|paper| paper.evidence).collect();
    let evidence = if ids.is_empty() { Vec::new() } else { evidence::store::pinned(db, &ids).await? };
    let samples = samples::store::held(db, dossier.row.id).await?;
    Ok(Around { product, goods, dissolved, held, producer, evidence, samples })
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
    let (certificate, certificate_end) = wire::certified(row, around.held.as_ref(), as_of)?;
    Ok(Facts {
        kind: wire::kind_of(row.kind)?,
        rules: rules(dossier, filed)?,
        filed,
        as_of,
        takes_part: producers::wire::takes_part(&around.producer, filed).is_ok(),
        legal_form: wire::legal_form(around.producer.new.content.legal_form),
        certificate,
        certificate_end,
        bundle_dissolved: around.dissolved,
        bundle_foreign: row.round == 0 && around.goods.iter().any(|product| product.producer_id != row.producer_id),
        sheets: dossier.content.forms.clone(),
        papers: dossier.content.papers.clone(),
        evidence: wire::pinned(dossier, around),
        samples: around.samples,
        assessment: dossier.content.assessment.clone(),
    })
}
