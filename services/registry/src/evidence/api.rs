//! EvidenceService.

use std::pin::Pin;

use futures_util::{Stream, StreamExt, stream};
use kit::{Answer, Call, Error, Fact, Incoming, Kit, Page, Read, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::evidence_service_server::EvidenceService;
use sea_orm::ConnectionTrait;
use tonic::{Request, Status, Streaming, async_trait};
use uuid::Uuid;

use super::domain::{self, NewEvidence, Span};
use super::files::{Files, Kept, Taking};
use super::store::{self, Evidence, Version};
use super::wire::{self, Target, Upload};
use crate::producers::store::{producer_fetch, producer_lock};
use crate::shared::own;
use crate::{producers, products};

/// The RPCs.
pub struct Api {
    kit: Kit,
    files: Files,
}

/// What an upload writes: what was said of it, and the file that lies at its address.
struct Taken {
    upload: Upload,
    kept: Kept,
}

/// The parts of a file on their way out.
type Parts = Pin<Box<dyn Stream<Item = Result<pb::DownloadEvidenceResponse, Status>> + Send>>;

impl Api {
    /// Over the service's kit and the place of its files.
    #[must_use]
    pub fn new(kit: Kit, files: Files) -> Self {
        Self { kit, files }
    }

    /// Judges the caller's units, then takes the file in.
    async fn take(&self, r: Read<Upload>, mut rest: Incoming<pb::UploadEvidenceRequest>) -> Result<(Taken, Vec<u8>)> {
        let upload = r.want;
        let (path, owner) = match &upload.target {
            Target::New(new) => {
                let producer = producer_fetch(self.kit.database()?.reader(), new.producer_id).await?;
                (producer.ok_or_else(|| wire::unknown_producer(new.producer_id))?.new.unit_path, new.producer_id)
            }
            Target::Version { id, .. } => {
                let evidence = store::evidence_fetch(self.kit.database()?.reader(), *id).await?;
                let evidence = evidence.ok_or_else(|| unknown(*id))?;
                (evidence.unit_path, evidence.producer_id)
            }
        };
        own::at(&r.call, self.kit.database()?.reader(), &path, owner).await?;
        let mut taking = self.files.begin(self.kit.new_id(), &upload.announced).await?;
        if let Err(refusal) = pour(&mut rest, &mut taking).await {
            taking.give_up().await;
            return Err(refusal);
        }
        let kept = taking.end(&upload.announced).await?;
        let content = kept.sha256.clone().into_bytes();
        Ok((Taken { upload, kept }, content))
    }
}

/// Takes the chunks in, one at a time.
async fn pour(rest: &mut Incoming<pb::UploadEvidenceRequest>, taking: &mut Taking) -> Result<()> {
    while let Some(message) = rest.next().await? {
        taking.put(message.chunk).await?;
    }
    Ok(())
}

fn unknown(id: Uuid) -> Error {
    Error::not_found(name::of("evidence", id))
}

/// Refuses a product that is none, or none of the producer's.
async fn product_of(tx: &impl ConnectionTrait, producer: Uuid, product: Option<Uuid>) -> Result<()> {
    let Some(id) = product else { return Ok(()) };
    match products::store::product_fetch(tx, id).await? {
        Some(product) if product.producer_id == producer => Ok(()),
        Some(_) => Err(wire::foreign_product(id)),
        None => Err(wire::unknown_product(id)),
    }
}

/// The evidence, locked, where it lies in the caller's units, is in use and was not changed since it was read.
async fn in_use<P>(w: &Write<P>, id: Uuid, etag: &str) -> Result<Evidence> {
    let evidence = store::evidence_lock(w.tx(), id).await?.ok_or_else(|| unknown(id))?;
    own::at(&w.call, w.tx(), &evidence.unit_path, evidence.producer_id).await?;
    if evidence.withdraw_us.is_some() {
        return Err(wire::withdrawn(id));
    }
    kit::fresh(etag, evidence.version, &name::of("evidence", id))?;
    Ok(evidence)
}

/// A new piece of evidence with its first version.
async fn create(w: &Write<Taken>, id: Uuid, new: &NewEvidence) -> Result<Evidence> {
    // Locked, so that the producer is not deleted meanwhile.
    let producer = producer_lock(w.tx(), new.producer_id).await?;
    let producer = producer.ok_or_else(|| wire::unknown_producer(new.producer_id))?;
    own::at(&w.call, w.tx(), &producer.new.unit_path, producer.id).await?;
    producers::wire::takes_part(&producer, w.call.today)?;
    product_of(w.tx(), producer.id, new.product_id).await?;
    let evidence = Evidence {
        id,
        producer_id: producer.id,
        product_id: new.product_id,
        kind: new.kind,
        title: new.title.as_str().to_owned(),
        issuing_body: String::new(),
        document_number: String::new(),
        valid_from: None,
        valid_to: None,
        latest: 1,
        unit: producer.new.unit,
        unit_path: producer.new.unit_path,
        sample: new.sample || producer.new.sample,
        withdraw_reason: String::new(),
        withdraw_us: None,
        version: 1,
        create_us: w.call.now_us,
        update_us: w.call.now_us,
        file_name: String::new(),
        media_type: String::new(),
        size_bytes: 0,
        sha256: String::new(),
        file_us: w.call.now_us,
    };
    let evidence = with_file(evidence, &w.want)?;
    store::evidence_insert(w.tx(), &evidence).await?;
    Ok(evidence)
}

/// A new version of evidence that is there.
async fn renew(w: &Write<Taken>, id: Uuid, etag: &str) -> Result<Evidence> {
    let mut evidence = in_use(w, id, etag).await?;
    evidence.latest += 1;
    evidence.version += 1;
    evidence.update_us = w.call.now_us;
    evidence.file_us = w.call.now_us;
    let evidence = with_file(evidence, &w.want)?;
    store::latest_insert(w.tx(), &evidence).await?;
    store::evidence_update(w.tx(), &evidence).await?;
    Ok(evidence)
}

/// The evidence with the file that was taken as its newest version.
fn with_file(evidence: Evidence, taken: &Taken) -> Result<Evidence> {
    let (said, kept) = (&taken.upload.said, &taken.kept);
    Ok(Evidence {
        issuing_body: said.issuing_body.clone(),
        document_number: said.document_number.clone(),
        valid_from: said.span.from,
        valid_to: said.span.to,
        file_name: domain::file_name(&taken.upload.file_name, kept.kind),
        media_type: kept.kind.mime().to_owned(),
        size_bytes: i64::try_from(kept.size).map_err(Error::internal)?,
        sha256: kept.sha256.clone(),
        ..evidence
    })
}

fn tell<P>(w: &Write<P>, evidence: &Evidence) {
    let fact = Fact::of(&name::of("evidence", evidence.id)).at(&evidence.unit).on(w.call.today);
    w.record(fact.sample(evidence.sample).tells(&wire::recorded(evidence)));
}

/// A page of the versions of evidence and one more, and whether they are samples; for those who may see it.
pub(crate) async fn versions(
    db: &impl ConnectionTrait,
    call: &Call,
    id: Uuid,
    page: &Page,
) -> Result<(Vec<Version>, bool)> {
    let evidence = store::evidence_fetch(db, id).await?.ok_or_else(|| unknown(id))?;
    own::at(call, db, &evidence.unit_path, evidence.producer_id).await?;
    Ok((store::version_list(db, id, page).await?, evidence.sample))
}

#[async_trait]
impl EvidenceService for Api {
    type DownloadEvidenceStream = Parts;

    async fn upload_evidence(&self, request: Request<Streaming<pb::UploadEvidenceRequest>>) -> Answer<pb::Evidence> {
        self.kit
            .receive(
                request,
                wire::upload_evidence,
                |r, rest| self.take(r, rest),
                move |w: Write<Taken>| async move {
                    let evidence = match &w.want.upload.target {
                        Target::New(new) => create(&w, self.kit.new_id(), new).await?,
                        Target::Version { id, etag } => renew(&w, *id, etag).await?,
                    };
                    tell(&w, &evidence);
                    Ok(wire::evidence(evidence, w.call.today))
                },
            )
            .await
    }

    async fn download_evidence(&self, request: Request<pb::DownloadEvidenceRequest>) -> Answer<Parts> {
        self.kit
            .read(request, wire::download_evidence, |r| async move {
                let (id, place) = r.want;
                let evidence = store::evidence_fetch(r.db(), id).await?.ok_or_else(|| unknown(id))?;
                own::at(&r.call, r.db(), &evidence.unit_path, evidence.producer_id).await?;
                let version = match place {
                    0 => Some(evidence.latest()),
                    place => store::version_fetch(r.db(), id, place).await?,
                };
                let missing = || Error::not_found(format!("{}/versions/{place}", name::of("evidence", id)));
                let version = version.ok_or_else(missing)?;
                let pieces = self.files.read(&version.sha256).await?;
                let first = pb::DownloadEvidenceResponse {
                    version: Some(wire::version(version, evidence.sample)),
                    ..Default::default()
                };
                let part =
                    |piece: Result<bytes::Bytes>| Ok(pb::DownloadEvidenceResponse { version: None, chunk: piece? });
                let parts: Parts = Box::pin(stream::once(async { Ok(first) }).chain(pieces.map(part)));
                Ok(parts)
            })
            .await
    }

    async fn get_evidence(&self, request: Request<pb::GetEvidenceRequest>) -> Answer<pb::Evidence> {
        self.kit
            .read(request, wire::get_evidence, |r| async move {
                let (id, as_of) = r.want;
                let evidence = store::evidence_fetch(r.db(), id).await?.ok_or_else(|| unknown(id))?;
                own::at(&r.call, r.db(), &evidence.unit_path, evidence.producer_id).await?;
                Ok(wire::evidence(evidence, as_of))
            })
            .await
    }

    async fn list_evidence(&self, request: Request<pb::ListEvidenceRequest>) -> Answer<pb::ListEvidenceResponse> {
        self.kit
            .read(request, wire::list_evidence, |r| async move {
                let (filter, page) = &r.want;
                let found = store::evidence_list(r.db(), &r.call.reach(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |e| vec![e.id.to_string()]);
                let evidence = found.into_iter().map(|e| wire::evidence(e, filter.as_of)).collect();
                Ok(pb::ListEvidenceResponse { evidence, next_page_token })
            })
            .await
    }

    async fn update_evidence(&self, request: Request<pb::UpdateEvidenceRequest>) -> Answer<pb::Evidence> {
        self.kit
            .write(request, wire::update_evidence, move |w| async move {
                let mut evidence = in_use(&w, w.want.id, &w.want.etag).await?;
                let change = w.want.change.clone();
                if let Some(product) = change.product_id {
                    product_of(w.tx(), evidence.producer_id, product).await?;
                    evidence.product_id = product;
                }
                evidence.kind = change.kind.unwrap_or(evidence.kind);
                evidence.title = change.title.map_or(evidence.title, |title| title.into_string());
                evidence.issuing_body = change.issuing_body.unwrap_or(evidence.issuing_body);
                evidence.document_number = change.document_number.unwrap_or(evidence.document_number);
                evidence.valid_from = change.from.unwrap_or(evidence.valid_from);
                evidence.valid_to = change.to.unwrap_or(evidence.valid_to);
                Span::new(evidence.valid_from, evidence.valid_to).ok_or_else(wire::out_of_order)?;
                evidence.version += 1;
                evidence.update_us = w.call.now_us;
                store::evidence_update(w.tx(), &evidence).await?;
                store::latest_update(w.tx(), &evidence).await?;
                tell(&w, &evidence);
                Ok(wire::evidence(evidence, w.call.today))
            })
            .await
    }

    async fn withdraw_evidence(&self, request: Request<pb::WithdrawEvidenceRequest>) -> Answer<pb::Evidence> {
        self.kit
            .write(request, wire::withdraw_evidence, move |w| async move {
                let mut evidence = in_use(&w, w.want.id, &w.want.etag).await?;
                evidence.withdraw_reason.clone_from(&w.want.reason);
                evidence.withdraw_us = Some(w.call.now_us);
                evidence.version += 1;
                evidence.update_us = w.call.now_us;
                store::evidence_update(w.tx(), &evidence).await?;
                tell(&w, &evidence);
                Ok(wire::evidence(evidence, w.call.today))
            })
            .await
    }

    async fn list_evidence_versions(
        &self,
        request: Request<pb::ListEvidenceVersionsRequest>,
    ) -> Answer<pb::ListEvidenceVersionsResponse> {
        self.kit
            .read(request, wire::list_versions, |r| async move {
                let (id, page) = &r.want;
                let (versions, sample) = versions(r.db(), &r.call, *id, page).await?;
                let (versions, next_page_token) = page.cut(versions, |v| vec![v.place.to_string()]);
                let versions = versions.into_iter().map(|v| wire::version(v, sample)).collect();
                Ok(pb::ListEvidenceVersionsResponse { versions, next_page_token })
            })
            .await
    }
}
