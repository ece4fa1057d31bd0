//! Acts that several RPCs share: steps of a fair, steps of an application, and what they tell.

use kit::{Call, Error, Fact, Result, Write, name};
use proto::registry::v1 as pb;
use sea_orm::ConnectionTrait;
use time::Date;
use uuid::Uuid;

use super::domain::{APPLICATION, ApplicationState, FAIR, FairState, FairStep, earliest, seated};
use super::store::{self, Application, Fair};
use super::wire::{self, Act, Choice, NewApplication, Report};
use crate::products;
use crate::shared::own;
use crate::shared::states::step;

/// Tells of a fair; `on` is the day of the act.
pub(super) fn tell_fair<P>(w: &Write<P>, fair: &Fair, on: Date) {
    let fact = Fact::of(&name::of("fairs", fair.id)).at(&fair.unit).on(on);
    w.record(fact.sample(fair.sample).tells(&wire::fair_recorded(fair)));
}

fn tell_application<P>(w: &Write<P>, application: &Application, on: Date) {
    let fact = Fact::of(&name::of("applications", application.id)).at(&application.unit).on(on);
    w.record(fact.sample(application.sample).tells(&wire::application_recorded(application)));
}

/// Lets in who may act for the product or for the fair of an application.
pub(super) async fn either(call: &Call, db: &impl ConnectionTrait, application: &Application) -> Result<()> {
    if call.at(&application.fair_path).is_ok() {
        return Ok(());
    }
    own::at_product(call, db, &application.unit_path, application.product_id).await.map(|_| ())
}

/// The fair after a step; its state and times change, nothing else.
pub(super) fn fair_after(mut fair: Fair, verb: FairStep, now_us: i64) -> Result<Fair> {
    let state = FairState::of_number(fair.state).ok_or_else(|| Error::internal("a fair in no state"))?;
    let to = step(FAIR, state, verb).map_err(|f| wire::fair_forbids(fair.id, &f))?;
    fair.state = to.number();
    fair.version += 1;
    fair.update_us = now_us;
    Ok(fair)
}

fn application_after(mut application: Application, verb: FairStep, now_us: i64) -> Result<Application> {
    let state = ApplicationState::of_number(application.state);
    let state = state.ok_or_else(|| Error::internal("an application in no state"))?;
    let to = step(APPLICATION, state, verb).map_err(|f| wire::application_forbids(application.id, &f))?;
    application.state = to.number();
    application.version += 1;
    application.update_us = now_us;
    Ok(application)
}

fn not_before(verb: FairStep, on: Date, first: Date) -> Result<()> {
    if on < first { Err(wire::too_early(verb, first)) } else { Ok(()) }
}

/// Opens, closes, confirms or cancels a fair.
pub(super) async fn move_fair(w: &Write<Act>) -> Result<Fair> {
    let act = &w.want;
    let name = name::of("fairs", act.id);
    let fair = store::fair_lock(w.tx(), act.id).await?.ok_or_else(|| Error::not_found(&name))?;
    w.call.at(&fair.unit_path)?;
    kit::fresh(&act.etag, fair.version, &name)?;
    let mut fair = fair_after(fair, act.step, w.call.now_us)?;
    let acts = [fair.open_date, fair.close_date];
    not_before(act.step, act.on, earliest(act.step, fair.decision_date, fair.begin_date, acts))?;
    let on = Some(act.on);
    match act.step {
        FairStep::Open => fair.open_date = on,
        FairStep::Close => fair.close_date = on,
        FairStep::Hold => fair.hold_date = on,
        _ => {
            fair.cancel_date = on;
            fair.cancel_reason.clone_from(&act.reason);
        }
    }
    store::fair_update(w.tx(), &fair).await?;
    tell_fair(w, &fair, act.on);
    Ok(fair)
}

/// A product applies.
pub(super) async fn apply(w: &Write<NewApplication>, id: Uuid) -> Result<Application> {
    let want = &w.want;
    let product = products::store::product_fetch(w.tx(), want.product).await?;
    let product = product.ok_or_else(|| wire::unknown("product", &name::of("products", want.product)))?;
    w.call.at_own(&product.unit_path, product.producer_id)?;
    let fair = store::fair_lock(w.tx(), want.fair).await?;
    let fair = fair.ok_or_else(|| wire::unknown("fair", &name::of("fairs", want.fair)))?;
    let fair = fair_after(fair, FairStep::Apply, w.call.now_us)?;
    not_before(FairStep::Apply, want.apply_date, product.registration_date)?;
    let from = fair.open_date.unwrap_or(fair.call_begin_date).max(fair.call_begin_date);
    if want.apply_date < from || want.apply_date > fair.call_end_date {
        return Err(wire::outside_call(&fair, from));
    }
    let withdrawn = ApplicationState::Withdrawn.number();
    if let Some(other) = store::application_of(w.tx(), fair.id, product.id, withdrawn).await? {
        return Err(wire::applied(other));
    }
    let application = Application {
        id,
        fair_id: fair.id,
        product_id: product.id,
        fair_path: fair.unit_path,
        unit: product.unit,
        unit_path: product.unit_path,
        state: ApplicationState::Applied.number(),
        apply_date: want.apply_date,
        decide_date: None,
        withdraw_date: None,
        reason: String::new(),
        report_date: None,
        sales_vnd: 0,
        contracts: 0,
        contracts_vnd: 0,
        visitors_note: String::new(),
        sample: fair.sample || product.sample,
        version: 1,
        create_us: w.call.now_us,
        update_us: w.call.now_us,
    };
    store::application_insert(w.tx(), &application).await?;
    tell_application(w, &application, want.apply_date);
    Ok(application)
}

/// The application and its fair, which is locked first: the lock of the fair is that of its applications.
async fn both(tx: &impl ConnectionTrait, id: Uuid) -> Result<(Fair, Application)> {
    let missing = || Error::not_found(name::of("applications", id));
    let found = store::application_fetch(tx, id).await?.ok_or_else(missing)?;
    let fair = store::fair_lock(tx, found.fair_id).await?.ok_or_else(missing)?;
    // Read again: it may have moved while the fair's lock was awaited.
    let found = store::application_fetch(tx, id).await?.ok_or_else(missing)?;
    Ok((fair, found))
}

/// Withdraws or refuses an application.
pub(super) async fn move_application(w: &Write<Act>) -> Result<Application> {
    let act = &w.want;
    let (fair, application) = both(w.tx(), act.id).await?;
    let withdraws = act.step == FairStep::Withdraw;
    if withdraws {
        own::at_product(&w.call, w.tx(), &application.unit_path, application.product_id).await?;
    } else {
        w.call.at(&fair.unit_path)?;
    }
    kit::fresh(&act.etag, application.version, &name::of("applications", act.id))?;
    let mut fair = fair_after(fair, act.step, w.call.now_us)?;
    let had_place = application.state == ApplicationState::Chosen.number();
    let mut application = application_after(application, act.step, w.call.now_us)?;
    let last = application.decide_date.unwrap_or(application.apply_date).max(application.apply_date);
    not_before(act.step, act.on, last)?;
    application.reason.clone_from(&act.reason);
    if withdraws {
        application.withdraw_date = Some(act.on);
    } else {
        application.decide_date = Some(act.on);
    }
    store::application_update(w.tx(), &application).await?;
    tell_application(w, &application, act.on);
    if had_place {
        fair.chosen -= 1;
        store::fair_update(w.tx(), &fair).await?;
        tell_fair(w, &fair, act.on);
    }
    Ok(application)
}

/// Gives places to applications: all of them or none.
pub(super) async fn choose(w: &Write<Choice>) -> Result<pb::ChooseApplicationsResponse> {
    let want = &w.want;
    let name = name::of("fairs", want.fair);
    let fair = store::fair_lock(w.tx(), want.fair).await?.ok_or_else(|| Error::not_found(&name))?;
    w.call.at(&fair.unit_path)?;
    let mut fair = fair_after(fair, FairStep::Choose, w.call.now_us)?;
    let found = store::application_batch(w.tx(), fair.id, &want.ids).await?;
    let mut chosen = Vec::with_capacity(want.ids.len());
    for (at, id) in want.ids.iter().enumerate() {
        let application = found.iter().find(|a| a.id == *id);
        let unknown = || wire::unknown(&format!("names[{at}]"), &name::of("applications", *id));
        let mut application =
            application_after(application.ok_or_else(unknown)?.clone(), FairStep::Choose, w.call.now_us)?;
        not_before(FairStep::Choose, want.on, application.apply_date)?;
        application.decide_date = Some(want.on);
        chosen.push(application);
    }
    fair.chosen = seated(fair.places, fair.chosen, chosen.len()).map_err(|wanted| wire::places_taken(&fair, wanted))?;
    store::application_choose(w.tx(), &want.ids, ApplicationState::Chosen.number(), want.on, w.call.now_us).await?;
    store::fair_update(w.tx(), &fair).await?;
    tell_fair(w, &fair, want.on);
    chosen.iter().for_each(|application| tell_application(w, application, want.on));
    let applications = chosen.into_iter().map(wire::application).collect();
    Ok(pb::ChooseApplicationsResponse { applications, fair: Some(wire::fair(fair)) })
}

/// Records what the fair brought.
pub(super) async fn report(w: &Write<Report>) -> Result<Application> {
    let want = &w.want;
    let (fair, application) = both(w.tx(), want.id).await?;
    either(&w.call, w.tx(), &application).await?;
    kit::fresh(&want.etag, application.version, &name::of("applications", want.id))?;
    let fair = fair_after(fair, FairStep::Result, w.call.now_us)?;
    let mut application = application_after(application, FairStep::Result, w.call.now_us)?;
    not_before(FairStep::Result, want.on, fair.begin_date)?;
    application.report_date = Some(want.on);
    application.sales_vnd = want.sales_vnd;
    application.contracts = want.contracts;
    application.contracts_vnd = want.contracts_vnd;
    application.visitors_note.clone_from(&want.visitors_note);
    store::application_update(w.tx(), &application).await?;
    tell_application(w, &application, want.on);
    Ok(application)
}
