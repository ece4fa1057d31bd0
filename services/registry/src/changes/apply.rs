//! Carrying out an approved change: everything in one transaction, or nothing.

use kit::{Error, Fact, Kit, Result, Write, name};
use uuid::Uuid;

use super::domain::{KeyData, Proposal, differs};
use super::store::{self, Change};
use super::wire::{self, Act};
use crate::duties::managers::{Appointment, appoint};
use crate::producers::domain::TaxCode;
use crate::producers::store::{Producer, key_of};
use crate::producers::{self};
use crate::shared::domain::DisplayName;
use crate::shared::records;
use crate::{areas, contacts, duties, people, sites};

/// The key data of a producer as it is.
pub(super) fn key_data(producer: &Producer, owner: Option<Uuid>) -> KeyData {
    let content = &producer.new.content;
    KeyData {
        display_name: content.display_name.as_str().to_owned(),
        legal_form: content.legal_form,
        tax_code: content.tax_code.as_ref().map(|code| code.as_str().to_owned()).unwrap_or_default(),
        unit: producer.new.unit.clone(),
        owner,
    }
}

/// Puts the new key data into the producer.
fn enter(producer: &mut Producer, after: &KeyData) -> Result<()> {
    let content = &mut producer.new.content;
    let name = DisplayName::new(&after.display_name);
    content.display_name = name.map_err(|_| Error::internal("a proposed name is not one"))?;
    content.legal_form = after.legal_form;
    content.tax_code = TaxCode::new(&after.tax_code);
    producer.sort_key = key_of(&content.display_name);
    if producer.new.unit != after.unit {
        let unit = reference::units::by_name(&after.unit);
        let unit = unit.ok_or_else(|| Error::internal("a proposed unit is not one"))?;
        producer.new.unit.clone_from(&unit.name);
        producer.new.unit_path.clone_from(&unit.path);
    }
    Ok(())
}

/// What is true of the producer now follows it to its new commune; what was reported for a year stays where it was.
async fn follow(w: &Write<Act>, producer: &Producer) -> Result<()> {
    let (tx, id, to) = (w.tx(), producer.id, (producer.new.unit.as_str(), producer.new.unit_path.as_str()));
    records::move_along::<sites::store::Sites>(tx, id, to).await?;
    records::move_along::<areas::store::Areas>(tx, id, to).await?;
    records::move_along::<contacts::store::Contacts>(tx, id, to).await?;
    records::move_along::<contacts::store::Numbers>(tx, id, to).await
}

async fn managers(w: &Write<Act>, kit: &Kit, producer: &Producer, change: &Change, what: &Proposal) -> Result<()> {
    for id in &what.end {
        duties::api::close(w, true, *id, change.effective_date, "").await?;
    }
    for new in &what.begin {
        let new = Appointment {
            field: "name",
            person: new.person,
            title: &new.title,
            on: change.effective_date,
            sample: change.sample,
        };
        appoint(w, kit.new_id(), producer, new).await?;
    }
    Ok(())
}

/// Carries a change out. Answers what was before.
pub(super) async fn carry_out(w: &Write<Act>, kit: &Kit, change: &Change) -> Result<KeyData> {
    let producer = producers::api::lock(w, change.producer_id).await?;
    producers::wire::standing(&producer)?;
    // The producer is as the proposer saw it, or the second person would approve what nobody proposed.
    let name = name::of("producers", producer.id);
    kit::fresh(&kit::etag(change.producer_version), producer.version, &name)?;
    let before = key_data(&producer, store::owner_of(w.tx(), producer.id).await?);
    let proposal = change.after()?;
    let after = proposal.applied(&before);
    let mut producer = producer;
    enter(&mut producer, &after)?;
    w.call.at(&producer.new.unit_path)?;
    producers::api::free(w, producer.id, producer.new.content.tax_code.as_ref()).await?;
    let producer = producers::api::keep(w, producer).await?;
    producers::api::tell(w, &producer);
    if before.unit != after.unit {
        follow(w, &producer).await?;
    }
    if let Some(owner) = proposal.owner {
        people::api::lock(w, "name", owner).await?;
        store::set_owner(w.tx(), producer.id, owner, change.effective_date).await?;
    }
    let household = i32::from(proto::registry::v1::LegalForm::Household);
    if after.legal_form != household || !after.tax_code.is_empty() {
        // A personal number stands in the place of a tax code, and for households only.
        contacts::store::clear(w.tx(), producer.id).await?;
    }
    managers(w, kit, &producer, change, &proposal).await?;
    let managed = !proposal.begin.is_empty() || !proposal.end.is_empty();
    let told = wire::changed(change, &before, &after, &differs(&before, &after, managed));
    let fact = Fact::of(&name).at(&producer.new.unit).on(change.effective_date).sample(producer.new.sample);
    w.record(fact.tells(&told));
    Ok(before)
}
