//! MaterialAreaService.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::material_area_service_server::MaterialAreaService;
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::store::{self, Area, Areas};
use super::wire;
use crate::producers::{self, store::producer_lock};
use crate::shared::ending::end;
use crate::shared::wire::{Ending, ended, not_ended, unknown_producer};
use crate::shared::{own, records};

/// The RPCs.
pub struct Api {
    kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

fn tell<P>(w: &Write<P>, row: &Area, on: Date) {
    let fact = Fact::of(&name::of("materialAreas", row.id)).at(&row.unit).on(on);
    w.record(fact.sample(row.sample).tells(&wire::recorded(row)));
}

/// The area, locked, where the caller reaches it and its etag is fresh.
async fn lock<P>(w: &Write<P>, id: Uuid, etag: &str) -> Result<Area> {
    let name = name::of("materialAreas", id);
    let row = records::lock::<Areas>(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    own::at(&w.call, w.tx(), &row.unit_path, row.producer_id).await?;
    kit::fresh(etag, row.version, &name)?;
    Ok(row)
}

/// Stores a change and tells it.
async fn put<P>(w: &Write<P>, mut row: Area, on: Date) -> Result<pb::MaterialArea> {
    row.version += 1;
    row.update_us = w.call.now_us;
    records::update::<Areas>(w.tx(), &row).await?;
    tell(w, &row, on);
    Ok(wire::shown(row))
}

#[async_trait]
impl MaterialAreaService for Api {
    async fn create_material_area(&self, request: Request<pb::CreateMaterialAreaRequest>) -> Answer<pb::MaterialArea> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let want = &w.want;
                let producer = producer_lock(w.tx(), want.producer).await?;
                let producer = producer.ok_or_else(|| unknown_producer("material_area.producer", want.producer))?;
                own::at(&w.call, w.tx(), &producer.new.unit_path, producer.id).await?;
                producers::wire::standing(&producer)?;
                let row = Area {
                    id: self.kit.new_id(),
                    unit: producer.new.unit,
                    unit_path: producer.new.unit_path,
                    producer_id: producer.id,
                    commune: want.commune.clone(),
                    material: want.content.material.clone(),
                    address: want.content.address.clone(),
                    area_m2: want.content.area_m2,
                    certificate: want.content.certificate,
                    certificate_number: want.content.certificate_number.clone(),
                    certificate_end_date: want.content.certificate_end_date,
                    evidence: want.content.evidence.clone(),
                    local_percent: want.content.local_percent,
                    begin_date: want.begin_date,
                    end_date: None,
                    sample: want.sample || producer.new.sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                records::insert::<Areas>(w.tx(), &row).await?;
                tell(&w, &row, row.begin_date);
                Ok(wire::shown(row))
            })
            .await
    }

    async fn get_material_area(&self, request: Request<pb::GetMaterialAreaRequest>) -> Answer<pb::MaterialArea> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "materialAreas"),
                |r| async move {
                    let row = records::fetch::<Areas>(r.db(), r.want).await?;
                    let row = row.ok_or_else(|| Error::not_found(name::of("materialAreas", r.want)))?;
                    own::at(&r.call, r.db(), &row.unit_path, row.producer_id).await?;
                    Ok(wire::shown(row))
                },
            )
            .await
    }

    async fn list_material_areas(
        &self,
        request: Request<pb::ListMaterialAreasRequest>,
    ) -> Answer<pb::ListMaterialAreasResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, as_of, page) = &r.want;
                let in_use = store::in_use(*as_of);
                let found = records::list::<Areas>(r.db(), &r.call.reach(), filter, in_use, page).await?;
                let (found, next_page_token) = page.cut(found, |row| vec![row.id.to_string()]);
                let material_areas = found.into_iter().map(wire::shown).collect();
                Ok(pb::ListMaterialAreasResponse { material_areas, next_page_token })
            })
            .await
    }

    async fn update_material_area(&self, request: Request<pb::UpdateMaterialAreaRequest>) -> Answer<pb::MaterialArea> {
        self.kit
            .write(request, wire::update, move |w| async move {
                let want = &w.want;
                let mut row = lock(&w, want.id, &want.etag).await?;
                if let Some(last) = row.end_date {
                    return Err(ended(&name::of("materialAreas", row.id), last));
                }
                let change = want.change.clone();
                row.material = change.material.unwrap_or(row.material);
                row.address = change.address.unwrap_or(row.address);
                row.area_m2 = change.area_m2.unwrap_or(row.area_m2);
                row.certificate = change.certificate.unwrap_or(row.certificate);
                row.certificate_number = change.certificate_number.unwrap_or(row.certificate_number);
                row.certificate_end_date = change.certificate_end_date.unwrap_or(row.certificate_end_date);
                row.evidence = change.evidence.unwrap_or(row.evidence);
                row.local_percent = change.local_percent.unwrap_or(row.local_percent);
                wire::proven(row.certificate, &row.evidence)?;
                put(&w, row, w.call.today).await
            })
            .await
    }

    async fn end_material_area(&self, request: Request<pb::EndMaterialAreaRequest>) -> Answer<pb::MaterialArea> {
        self.kit
            .write(request, wire::end, move |w| async move {
                let Ending { id, on, etag } = &*w.want;
                let mut row = lock(&w, *id, etag).await?;
                let last = end(row.begin_date, row.end_date, *on);
                row.end_date = Some(last.map_err(|fault| not_ended(&name::of("materialAreas", *id), fault))?);
                put(&w, row, *on).await
            })
            .await
    }
}
