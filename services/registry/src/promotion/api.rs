//! PromotionService.

use kit::{Answer, Error, Kit, name};
use proto::registry::v1 as pb;
use proto::registry::v1::promotion_service_server::PromotionService;
use tonic::{Request, async_trait};

use super::domain::{Content, Days, FairState, FairStep, seated};
use super::store::{self, Fair};
use super::{acts, wire};
use crate::assignments::wire::map_day;

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

fn content(fair: &Fair) -> Content {
    let days = Days {
        call_begin: fair.call_begin_date,
        call_end: fair.call_end_date,
        begin: fair.begin_date,
        end: fair.end_date,
    };
    Content {
        title: fair.title.clone(),
        organiser: fair.organiser.clone(),
        place: fair.place.clone(),
        location: fair.location,
        places: fair.places,
        days,
    }
}

#[async_trait]
impl PromotionService for Api {
    async fn create_fair(&self, request: Request<pb::CreateFairRequest>) -> Answer<pb::Fair> {
        self.kit
            .write(request, wire::create_fair, move |w| async move {
                let want = &w.want;
                w.call.at(&want.unit.path)?;
                let new = want.content.clone();
                let fair = Fair {
                    id: self.kit.new_id(),
                    title: new.title,
                    organiser: new.organiser,
                    unit: want.unit.name.clone(),
                    unit_path: want.unit.path.clone(),
                    place: new.place,
                    location: new.location,
                    begin_date: new.days.begin,
                    end_date: new.days.end,
                    places: new.places,
                    call_begin_date: new.days.call_begin,
                    call_end_date: new.days.call_end,
                    decision_number: want.decision_number.clone(),
                    decision_date: want.decision_date,
                    state: FairState::Planned.number(),
                    open_date: None,
                    close_date: None,
                    hold_date: None,
                    cancel_date: None,
                    cancel_reason: String::new(),
                    chosen: 0,
                    sample: want.sample,
                    version: 1,
                    create_us: w.call.now_us,
                    update_us: w.call.now_us,
                };
                store::fair_insert(w.tx(), &fair).await?;
                acts::tell_fair(&w, &fair, fair.decision_date);
                Ok(wire::fair(fair))
            })
            .await
    }

    async fn get_fair(&self, request: Request<pb::GetFairRequest>) -> Answer<pb::Fair> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "fairs"),
                |r| async move {
                    let fair = store::fair_fetch(r.db(), r.want).await?;
                    Ok(wire::fair(fair.ok_or_else(|| Error::not_found(name::of("fairs", r.want)))?))
                },
            )
            .await
    }

    async fn list_fairs(&self, request: Request<pb::ListFairsRequest>) -> Answer<pb::ListFairsResponse> {
        self.kit
            .read(request, wire::list_fairs, |r| async move {
                let (filter, page) = &r.want;
                let fairs = store::fair_list(r.db(), filter, page).await?;
                let key = |f: &Fair| kit::rows::cursor(kit::day::iso(f.begin_date), f.id);
                let (fairs, next_page_token) = page.cut(fairs, key);
                let map = filter.map.as_ref();
                let fairs = fairs.into_iter().map(|fair| wire::listed(fair, map)).collect();
                Ok(pb::ListFairsResponse { fairs, next_page_token, map_date: map_day(map) })
            })
            .await
    }

    async fn update_fair(&self, request: Request<pb::UpdateFairRequest>) -> Answer<pb::Fair> {
        self.kit
            .write(request, wire::update_fair, move |w| async move {
                let want = &w.want;
                let name = name::of("fairs", want.id);
                let fair = store::fair_lock(w.tx(), want.id).await?.ok_or_else(|| Error::not_found(&name))?;
                w.call.at(&fair.unit_path)?;
                kit::fresh(&want.etag, fair.version, &name)?;
                let mut fair = acts::fair_after(fair, FairStep::Update, w.call.now_us)?;
                let new = want.change.over(content(&fair));
                wire::in_order(new.days)?;
                fair.title = new.title;
                fair.organiser = new.organiser;
                fair.place = new.place;
                fair.location = new.location;
                fair.places = new.places;
                fair.call_begin_date = new.days.call_begin;
                fair.call_end_date = new.days.call_end;
                fair.begin_date = new.days.begin;
                fair.end_date = new.days.end;
                seated(fair.places, fair.chosen, 0).map_err(|wanted| wire::places_taken(&fair, wanted))?;
                store::fair_update(w.tx(), &fair).await?;
                acts::tell_fair(&w, &fair, w.call.today);
                Ok(wire::fair(fair))
            })
            .await
    }

    async fn open_fair(&self, request: Request<pb::OpenFairRequest>) -> Answer<pb::Fair> {
        let act = move |w| async move { Ok(wire::fair(acts::move_fair(&w).await?)) };
        self.kit.write(request, wire::open_fair, act).await
    }

    async fn close_fair(&self, request: Request<pb::CloseFairRequest>) -> Answer<pb::Fair> {
        let act = move |w| async move { Ok(wire::fair(acts::move_fair(&w).await?)) };
        self.kit.write(request, wire::close_fair, act).await
    }

    async fn hold_fair(&self, request: Request<pb::HoldFairRequest>) -> Answer<pb::Fair> {
        let act = move |w| async move { Ok(wire::fair(acts::move_fair(&w).await?)) };
        self.kit.write(request, wire::hold_fair, act).await
    }

    async fn cancel_fair(&self, request: Request<pb::CancelFairRequest>) -> Answer<pb::Fair> {
        let act = move |w| async move { Ok(wire::fair(acts::move_fair(&w).await?)) };
        self.kit.write(request, wire::cancel_fair, act).await
    }

    async fn get_fair_totals(&self, request: Request<pb::GetFairTotalsRequest>) -> Answer<pb::FairTotals> {
        self.kit
            .read(
                request,
                |req, v| v.name("fair", &req.fair, "fairs"),
                |r| async move {
                    let fair = store::fair_fetch(r.db(), r.want).await?;
                    let fair = fair.ok_or_else(|| Error::not_found(name::of("fairs", r.want)))?;
                    r.call.at(&fair.unit_path)?;
                    Ok(wire::totals(&fair, &store::totals(r.db(), fair.id).await?))
                },
            )
            .await
    }

    async fn apply_to_fair(&self, request: Request<pb::ApplyToFairRequest>) -> Answer<pb::Application> {
        let act = move |w| async move { Ok(wire::application(acts::apply(&w, self.kit.new_id()).await?)) };
        self.kit.write(request, wire::apply, act).await
    }

    async fn withdraw_application(&self, request: Request<pb::WithdrawApplicationRequest>) -> Answer<pb::Application> {
        let act = move |w| async move { Ok(wire::application(acts::move_application(&w).await?)) };
        self.kit.write(request, wire::withdraw, act).await
    }

    async fn choose_applications(
        &self,
        request: Request<pb::ChooseApplicationsRequest>,
    ) -> Answer<pb::ChooseApplicationsResponse> {
        self.kit.write(request, wire::choose, move |w| async move { acts::choose(&w).await }).await
    }

    async fn refuse_application(&self, request: Request<pb::RefuseApplicationRequest>) -> Answer<pb::Application> {
        let act = move |w| async move { Ok(wire::application(acts::move_application(&w).await?)) };
        self.kit.write(request, wire::refuse, act).await
    }

    async fn record_result(&self, request: Request<pb::RecordResultRequest>) -> Answer<pb::Application> {
        let act = move |w| async move { Ok(wire::application(acts::report(&w).await?)) };
        self.kit.write(request, wire::record_result, act).await
    }

    async fn get_application(&self, request: Request<pb::GetApplicationRequest>) -> Answer<pb::Application> {
        self.kit
            .read(
                request,
                |req, v| v.name("name", &req.name, "applications"),
                |r| async move {
                    let found = store::application_fetch(r.db(), r.want).await?;
                    let found = found.ok_or_else(|| Error::not_found(name::of("applications", r.want)))?;
                    acts::either(&r.call, r.db(), &found).await?;
                    Ok(wire::application(found))
                },
            )
            .await
    }

    async fn list_applications(
        &self,
        request: Request<pb::ListApplicationsRequest>,
    ) -> Answer<pb::ListApplicationsResponse> {
        self.kit
            .read(request, wire::list_applications, |r| async move {
                let (filter, page) = &r.want;
                let found = store::application_list(r.db(), &r.call.reach(), filter, page).await?;
                let (found, next_page_token) = page.cut(found, |a| vec![a.id.to_string()]);
                let applications = found.into_iter().map(wire::application).collect();
                Ok(pb::ListApplicationsResponse { applications, next_page_token })
            })
            .await
    }
}
