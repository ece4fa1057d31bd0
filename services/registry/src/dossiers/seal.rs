//! Sealing: everything that is judged, written once in canonical form, hashed and stored.

use kit::{Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::domain::DossierStep;
use super::domain::check::{Holds, check};
use super::domain::snapshot::digest;
use super::edits::{Said, note, opened, tell};
use super::load;
use super::store::{self, Snapshot};
use super::wire::{self, Act};

/// Seals a forwarded dossier.
pub(super) async fn seal(kit: &Kit, w: &Write<Act>) -> Result<pb::Dossier> {
    let on = w.want.on;
    let mut dossier = opened(w, w.want.id, &w.want.etag, DossierStep::Seal).await?;
    wire::not_before("seal_date", on, dossier.row.last_date)?;
    let around = load::around(w.tx(), &dossier, on).await?;
    let findings = check(&load::facts(&dossier, &around, on)?);
    if findings.iter().any(|finding| finding.holds != Holds::Nothing) {
        return Err(wire::incomplete(dossier.row.id, &findings, Holds::Sealing));
    }
    let row = &mut dossier.row;
    row.seal_date = Some(on);
    row.last_date = on;
    let content = wire::snapshot(&dossier, &around).bytes();
    let content = content.ok_or_else(|| Error::internal("the snapshot cannot be written"))?;
    dossier.row.digest = digest(&content);
    let stored =
        Snapshot { dossier_id: dossier.row.id, digest: dossier.row.digest.clone(), content, create_us: w.call.now_us };
    store::dossier_update(w.tx(), &dossier).await?;
    store::snapshot_insert(w.tx(), stored).await?;
    note(w, kit.new_id(), &dossier, Said { step: DossierStep::Seal, on, text: "", remarks: &[] }).await?;
    tell(w, &dossier, on);
    let fact = Fact::of(&name::of("dossiers", dossier.row.id)).at(&dossier.row.unit).on(on);
    w.record(fact.sample(dossier.row.sample).tells(&wire::sealed(&dossier)));
    wire::dossier(dossier, w.call.today)
}

/// The snapshot of a dossier, its bytes checked against its digest.
pub(super) async fn unsealed(db: &impl ConnectionTrait, id: Uuid) -> Result<Snapshot> {
    let missing = || Error::not_found(format!("{}/snapshot", name::of("dossiers", id)));
    let found = store::snapshot_fetch(db, id).await?.ok_or_else(missing)?;
    if digest(&found.content) != found.digest {
        return Err(Error::internal(format!("the snapshot of {id} is damaged")));
    }
    Ok(found)
}
