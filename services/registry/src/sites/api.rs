//! SiteService.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::site_service_server::SiteService;
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::store::{self, Site, Sites};
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

fn tell<P>(w: &Write<P>, row: &Site, on: Date) {
    let fact = Fact::of(&name::of("sites", row.id)).at(&row.unit).on(on);
    w.record(fact.sample(row.sample).tells(&wire::recorded(row)));
}

/// The site, locked, where the caller reaches it and its etag is fresh.
async fn lock<P>(w: &Write<P>, id: Uuid, etag: &str) -> Result<Site> {
    let name = name::of("sites", id);
    let row = records::lock::<Sites>(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    own::at(&w.call, w.tx(), &row.unit_path, row.producer_id).await?;
    kit::fresh(etag, row.version, &name)?;
    Ok(row)
}

/// Stores a change and tells it.
async fn put<P>(w: &Write<P>, mut row: Site, on: Date) -> Result<pb::Site> {
    row.version += 1;
    row.update_us = w.call.now_us;
    records::update::<Sites>(w.tx(), &row).await?;
    tell(w, &row, on);
    Ok(wire::shown(row))
}

#[async_trait]
impl SiteService for Api {
    async fn create_site(&self, request: Request<pb::CreateSiteRequest>) -> Answer<pb::Site> {
        self.kit
            .write(request, wire::create, move |w| async move {
                let want = &w.want;
                let producer = producer_lock(w.tx(), want.producer).await?;
                let producer = producer.ok_or_else(|| unknown_producer("site.producer", want.producer))?;
                own::at(&w.call, w.tx(), &producer.new.unit_path, producer.id).await?;
                producers::wire::standing(&producer)?;
                let row = Site {
                    id: self.kit.new_id(),
                    unit: producer.new.unit,
                    unit_path: producer.new.unit_path,
                    producer_id: producer.id,
                    commune: want.commune.clone(),
                    kind: want.kind,
                    display_name: want.display_name.clone(),
                    address: want.address.clone(),
                    begin_date: want.begin_date,
                    end_date: None,
                    sample: want.sample || producer.new.sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                records::insert::<Sites>(w.tx(), &row).await?;
                tell(&w, &row, row.begin_date);
                Ok(wire::shown(row))
            })
            .await
    }

    async fn get_site(&self, request: Request<pb::GetSiteRequest>) -> Answer<pb::Site> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "sites"),
                |r| async move {
                    let row = records::fetch::<Sites>(r.db(), r.want).await?;
                    let row = row.ok_or_else(|| Error::not_found(name::of("sites", r.want)))?;
                    own::at(&r.call, r.db(), &row.unit_path, row.producer_id).await?;
                    Ok(wire::shown(row))
                },
            )
            .await
    }

    async fn list_sites(&self, request: Request<pb::ListSitesRequest>) -> Answer<pb::ListSitesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (filter, as_of, page) = &r.want;
                let in_use = store::in_use(*as_of);
                let found = records::list::<Sites>(r.db(), &r.call.reach(), filter, in_use, page).await?;
                let (found, next_page_token) = page.cut(found, |row| vec![row.id.to_string()]);
                let sites = found.into_iter().map(wire::shown).collect();
                Ok(pb::ListSitesResponse { sites, next_page_token })
            })
            .await
    }

    async fn update_site(&self, request: Request<pb::UpdateSiteRequest>) -> Answer<pb::Site> {
        self.kit
            .write(request, wire::update, move |w| async move {
                let want = &w.want;
                let mut row = lock(&w, want.id, &want.etag).await?;
                if let Some(last) = row.end_date {
                    return Err(ended(&name::of("sites", row.id), last));
                }
                let change = want.change.clone();
                row.kind = change.kind.unwrap_or(row.kind);
                row.display_name = change.display_name.unwrap_or(row.display_name);
                row.address = change.address.unwrap_or(row.address);
                put(&w, row, w.call.today).await
            })
            .await
    }

    async fn end_site(&self, request: Request<pb::EndSiteRequest>) -> Answer<pb::Site> {
        self.kit
            .write(request, wire::end, move |w| async move {
                let Ending { id, on, etag } = &*w.want;
                let mut row = lock(&w, *id, etag).await?;
                let last = end(row.begin_date, row.end_date, *on);
                row.end_date = Some(last.map_err(|fault| not_ended(&name::of("sites", *id), fault))?);
                put(&w, row, *on).await
            })
            .await
    }
}
