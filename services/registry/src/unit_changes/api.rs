//! UnitChangeService.

use kit::{Answer, Error, Fact, Kit, Result, Write, name};
use proto::common::v1::ErrorReason as Common;
use proto::registry::v1 as pb;
use proto::registry::v1::unit_change_service_server::UnitChangeService;
use reference::units::{ROOT, World};
use sea_orm::SqlErr;
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::domain::{self, CHANGE, ChangeState, ChangeStep, Rows};
use super::keeper::{self, Keeper};
use super::store::{self, Head, Stored};
use super::wire::{self, Act, Verify};
use crate::shared::states::step;

/// The RPCs.
pub struct Api {
    kit: Kit,
    keeper: Keeper,
}

impl Api {
    /// Over the service's kit; the keeper makes the process answer by what is put in force.
    #[must_use]
    pub fn new(kit: Kit, keeper: Keeper) -> Self {
        Self { kit, keeper }
    }
}

fn tell<P>(w: &Write<P>, head: &Head, on: Date) {
    w.record(Fact::of(&name::of("unitChanges", head.id)).at(ROOT).on(on).tells(&wire::recorded(head)));
}

/// The change, locked, before a step that it allows; its state, version and times are those after it.
async fn before<P>(w: &Write<P>, id: Uuid, etag: &str, verb: ChangeStep) -> Result<Stored> {
    let name = name::of("unitChanges", id);
    w.call.at(ROOT)?;
    let mut stored = store::change_lock(w.tx(), id).await?.ok_or_else(|| Error::not_found(&name))?;
    kit::fresh(etag, stored.head.version, &name)?;
    let state = ChangeState::of_number(stored.head.state).ok_or_else(|| Error::internal("a change in no state"))?;
    let to = step(CHANGE, state, verb).map_err(|f| wire::forbids(id, &f))?;
    stored.head.state = to.number();
    stored.head.version += 1;
    stored.head.update_us = w.call.now_us;
    Ok(stored)
}

/// Stores a change. Two that take the same place at once: the later one reads again.
async fn put<P>(w: &Write<P>, stored: Stored, on: Date) -> Result<pb::UnitChange> {
    store::change_update(w.tx(), &stored).await?.map_err(|error| match error.sql_err() {
        Some(SqlErr::UniqueConstraintViolation(_)) => Error::conflict(Common::Conflict),
        _ => error.into(),
    })?;
    tell(w, &stored.head, on);
    Ok(wire::change(stored))
}

async fn take(w: &Write<Act>) -> Result<pb::UnitChange> {
    let act = &w.want;
    let mut stored = before(w, act.id, &act.etag, act.step).await?;
    if let Some(on) = act.on {
        if on < stored.head.source_date {
            return Err(wire::too_early(stored.head.source_date));
        }
        let (world, place) = keeper::recorded(w.tx()).await?;
        let change = domain::change(name::of("unitChanges", act.id), stored.head.begin_date, &stored.rows);
        domain::enforce(&world.check(&change)).map_err(|unfit| wire::unfit(&unfit))?;
        stored.head.place = Some(place);
        stored.head.force_date = Some(on);
    }
    put(w, stored, act.on.unwrap_or(w.call.today)).await
}

#[async_trait]
impl UnitChangeService for Api {
    async fn create_unit_change(&self, request: Request<pb::CreateUnitChangeRequest>) -> Answer<pb::UnitChange> {
        self.kit
            .write(request, wire::create, move |w| async move {
                w.call.at(ROOT)?;
                let want = &w.want;
                let count = |length: usize| i32::try_from(length).unwrap_or(i32::MAX);
                let head = Head {
                    id: self.kit.new_id(),
                    title: want.title.clone(),
                    begin_date: want.begin_date,
                    source: want.source.clone(),
                    source_date: want.source_date,
                    verified: want.verified,
                    unit_count: count(want.rows.units.len()),
                    link_count: count(want.rows.links.len()),
                    state: ChangeState::Draft.number(),
                    force_date: None,
                    place: None,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                let stored = Stored { head, rows: Rows::clone(&want.rows) };
                store::change_insert(w.tx(), &stored).await?;
                tell(&w, &stored.head, w.call.today);
                Ok(wire::change(stored))
            })
            .await
    }

    async fn get_unit_change(&self, request: Request<pb::GetUnitChangeRequest>) -> Answer<pb::UnitChange> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "unitChanges"),
                |r| async move {
                    let stored = store::change_fetch(r.db(), r.want).await?;
                    Ok(wire::change(stored.ok_or_else(|| Error::not_found(name::of("unitChanges", r.want)))?))
                },
            )
            .await
    }

    async fn list_unit_changes(
        &self,
        request: Request<pb::ListUnitChangesRequest>,
    ) -> Answer<pb::ListUnitChangesResponse> {
        self.kit
            .read(request, wire::list, |r| async move {
                let (state, page) = &r.want;
                let heads = store::change_list(r.db(), *state, page).await?;
                let (heads, next_page_token) = page.cut(heads, |head| vec![head.id.to_string()]);
                let unit_changes = heads.into_iter().map(wire::head).collect();
                Ok(pb::ListUnitChangesResponse { unit_changes, next_page_token })
            })
            .await
    }

    async fn update_unit_change(&self, request: Request<pb::UpdateUnitChangeRequest>) -> Answer<pb::UnitChange> {
        self.kit
            .write(request, wire::update, move |w| async move {
                let mut stored = before(&w, w.want.id, &w.want.etag, ChangeStep::Update).await?;
                let (head, new) = (&mut stored.head, w.want.content.clone());
                head.title = new.title.unwrap_or_else(|| head.title.clone());
                head.begin_date = new.begin_date.unwrap_or(head.begin_date);
                head.source = new.source.unwrap_or_else(|| head.source.clone());
                head.source_date = new.source_date.unwrap_or(head.source_date);
                head.verified = new.verified.unwrap_or(head.verified);
                stored.rows.units = new.units.unwrap_or(stored.rows.units);
                stored.rows.links = new.links.unwrap_or(stored.rows.links);
                stored.head.unit_count = i32::try_from(stored.rows.units.len()).unwrap_or(i32::MAX);
                stored.head.link_count = i32::try_from(stored.rows.links.len()).unwrap_or(i32::MAX);
                put(&w, stored, w.call.today).await
            })
            .await
    }

    async fn verify_unit_change(
        &self,
        request: Request<pb::VerifyUnitChangeRequest>,
    ) -> Answer<pb::VerifyUnitChangeResponse> {
        self.kit
            .read(request, wire::verify, |r| async move {
                let world = World::current();
                let (begin, change) = match &r.want {
                    Verify::Stored(id) => {
                        let id = *id;
                        let stored = store::change_fetch(r.db(), id).await?;
                        let stored = stored.ok_or_else(|| Error::not_found(name::of("unitChanges", id)))?;
                        let begin = stored.head.begin_date;
                        (begin, domain::change(String::new(), begin, &stored.rows))
                    }
                    Verify::Sent(begin, rows) => {
                        let begin = begin.or_else(|| world.day_of(&domain::links(&rows.links)));
                        let begin = begin.ok_or_else(wire::no_day)?;
                        (begin, domain::change(String::new(), begin, rows))
                    }
                };
                Ok(wire::verdicts(begin, &world.check(&change)))
            })
            .await
    }

    async fn enforce_unit_change(&self, request: Request<pb::EnforceUnitChangeRequest>) -> Answer<pb::UnitChange> {
        let answer = self.kit.write(request, wire::enforce, move |w| async move { take(&w).await }).await?;
        // It is in force whatever happens here; where it cannot be read now, the keeper's next look finds it.
        if let Err(error) = self.keeper.refresh().await {
            tracing::warn!(?error, "the change in force could not be read");
        }
        Ok(answer)
    }

    async fn drop_unit_change(&self, request: Request<pb::DropUnitChangeRequest>) -> Answer<pb::UnitChange> {
        self.kit.write(request, wire::drop_change, move |w| async move { take(&w).await }).await
    }
}
