//! DutyService, and what posts and managers share.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::registry::v1 as pb;
use proto::registry::v1::duty_service_server::DutyService;
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain;
use super::store::{self, Duty};
use super::wire::{self, Duties};

/// The RPCs of posts, managers and duties.
#[derive(Clone)]
pub struct Api {
    pub(super) kit: Kit,
}

impl Api {
    /// Over the service's kit.
    #[must_use]
    pub fn new(kit: Kit) -> Self {
        Self { kit }
    }
}

/// Stores a new duty and tells it.
pub(crate) async fn begin<P>(w: &Write<P>, duty: Duty) -> Result<Duty> {
    let managers = duty.producer_id.is_some();
    if let Some(same) = store::duty_held(w.tx(), &duty).await? {
        return Err(wire::held(name::of(wire::collection(managers), same)));
    }
    store::duty_insert(w.tx(), &duty).await?;
    let resource = name::of(wire::collection(managers), duty.id);
    let fact = Fact::of(&resource).at(&duty.unit).on(duty.begin_date).sample(duty.sample);
    w.record(fact.tells(&wire::began(&duty)));
    Ok(duty)
}

/// Ends a duty and tells it.
pub(super) async fn end(w: &Write<wire::Ending>, managers: bool) -> Result<Duty> {
    let wire::Ending { id, on, etag } = &*w.want;
    close(w, managers, *id, *on, etag).await
}

/// Ends a duty that something else ends, and tells it.
pub(crate) async fn close<P>(w: &Write<P>, managers: bool, id: Uuid, on: Date, etag: &str) -> Result<Duty> {
    let resource = name::of(wire::collection(managers), id);
    let duty = store::duty_lock(w.tx(), id, managers).await?;
    let mut duty = duty.ok_or_else(|| Error::not_found(&resource))?;
    w.call.at(&duty.unit_path)?;
    kit::fresh(etag, duty.version, &resource)?;
    let last = domain::end(duty.begin_date, duty.end_date, on);
    let last = last.map_err(|refusal| wire::refusal(&resource, refusal))?;
    duty.end_date = Some(last);
    duty.version += 1;
    store::duty_end(w.tx(), &duty).await?;
    let fact = Fact::of(&resource).at(&duty.unit).on(last).sample(duty.sample);
    w.record(fact.tells(&wire::ended(&duty, last)));
    Ok(duty)
}

/// The cursor of lists of duties.
pub(crate) fn cursor(duty: &Duty) -> Vec<String> {
    kit::rows::cursor(&duty.unit_path, duty.id)
}

#[async_trait]
impl DutyService for Api {
    async fn list_duties(&self, request: Request<pb::ListDutiesRequest>) -> Answer<pb::ListDutiesResponse> {
        self.kit
            .read(request, wire::list_duties, |r| async move {
                let Duties { filter, day, map, page } = &r.want;
                let scope = r.call.scope();
                let duties = store::duty_places(r.db(), &scope, (filter, map.as_ref()), page).await?;
                let (duties, next_page_token) = page.cut(duties, |(duty, _)| cursor(duty));
                // The count is for the whole list, so the first page alone carries it.
                let first = page.after.is_none() && filter.managers != Some(false);
                let without = match first {
                    true => store::producers_without_manager(r.db(), &scope, &filter.within, *day).await?,
                    false => 0,
                };
                Ok(pb::ListDutiesResponse {
                    duties: duties.into_iter().map(|duty| wire::duty(duty, map.as_ref())).collect(),
                    next_page_token,
                    producers_without_manager: i32::try_from(without).unwrap_or(i32::MAX),
                })
            })
            .await
    }
}
