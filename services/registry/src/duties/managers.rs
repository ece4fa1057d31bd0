//! ManagerService.

use kit::{Answer, Error, Result, Write, name};
use proto::common::v1::Audience;
use proto::registry::v1 as pb;
use proto::registry::v1::manager_service_server::ManagerService;
use time::Date;
use tonic::{Request, async_trait};
use uuid::Uuid;

use super::api::{Api, begin, cursor, end};
use super::store::{self, Duty};
use super::wire;
use crate::assignments::api::{commune_on, moves_along};
use crate::people::api::lock as person;
use crate::producers;
use crate::producers::store::{Producer, producer_lock};

/// Somebody who begins to manage a producer.
pub(crate) struct Appointment<'a> {
    /// The field of the request that names the person.
    pub(crate) field: &'a str,
    pub(crate) person: Uuid,
    pub(crate) title: &'a str,
    pub(crate) on: Date,
    pub(crate) sample: bool,
}

/// Records a manager of a producer and tells it.
pub(crate) async fn appoint<P>(w: &Write<P>, id: Uuid, producer: &Producer, new: Appointment<'_>) -> Result<Duty> {
    let person = person(w, new.field, new.person).await?;
    let commune = commune_on(w, producer, new.on).await?;
    let manager = Duty {
        id,
        person_id: person.id,
        producer_id: Some(producer.id),
        audience: Audience::ProducerManagers.into(),
        title: new.title.to_owned(),
        unit: commune.name.clone(),
        unit_path: commune.path.clone(),
        begin_date: new.on,
        end_date: None,
        person_sample: person.sample,
        sample: new.sample || person.sample || producer.new.sample,
        version: 1,
        create_us: w.call.now_us,
    };
    let manager = begin(w, manager).await?;
    let since = (name::of("managers", manager.id), commune, manager.begin_date);
    moves_along(w, producer, since).await?;
    Ok(manager)
}

#[async_trait]
impl ManagerService for Api {
    async fn create_manager(&self, request: Request<pb::CreateManagerRequest>) -> Answer<pb::Manager> {
        self.kit
            .write(request, wire::create_manager, move |w| async move {
                let want = &w.want;
                let producer = producer_lock(w.tx(), want.producer_id).await?;
                let unknown = || wire::unknown("manager.producer", &name::of("producers", want.producer_id));
                let producer = producer.ok_or_else(unknown)?;
                w.call.at(&producer.new.unit_path)?;
                producers::wire::takes_part(&producer, want.begin_date)?;
                let new = Appointment {
                    field: "manager.person",
                    person: want.person_id,
                    title: want.title.as_str(),
                    on: want.begin_date,
                    sample: want.sample,
                };
                let manager = appoint(&w, self.kit.new_id(), &producer, new).await?;
                Ok(wire::manager(manager))
            })
            .await
    }

    async fn get_manager(&self, request: Request<pb::GetManagerRequest>) -> Answer<pb::Manager> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "managers"),
                |r| async move {
                    let manager = store::duty_fetch(r.db(), r.want, true).await?;
                    let manager = manager.ok_or_else(|| Error::not_found(name::of("managers", r.want)))?;
                    r.call.at(&manager.unit_path)?;
                    Ok(wire::manager(manager))
                },
            )
            .await
    }

    async fn end_manager(&self, request: Request<pb::EndManagerRequest>) -> Answer<pb::Manager> {
        self.kit
            .write(request, wire::end_manager, move |w| async move { Ok(wire::manager(end(&w, true).await?)) })
            .await
    }

    async fn list_managers(&self, request: Request<pb::ListManagersRequest>) -> Answer<pb::ListManagersResponse> {
        self.kit
            .read(request, wire::list_managers, |r| async move {
                let (filter, page) = &r.want;
                let managers = store::duty_list(r.db(), &r.call.scope(), filter, page).await?;
                let (managers, next_page_token) = page.cut(managers, cursor);
                let managers = managers.into_iter().map(wire::manager).collect();
                Ok(pb::ListManagersResponse { managers, next_page_token })
            })
            .await
    }
}
