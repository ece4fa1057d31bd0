//! Rounds between the wire and the domain.

mod work;

use kit::{Page, Scope, Violations, day, instant, name as names};
use proto::common::v1::ErrorReason as Common;
use proto::evaluation::v1 as pb;
use proto::evaluation::v1::ErrorReason;
use reference::regimes::Regime;
use time::{Date, Duration};
use uuid::Uuid;

pub use work::{Standing, items, summarised};

use super::domain::{State, in_force};
use super::store::{Filter, Round};
use crate::councils;
use crate::shared::wire::{self as shared, regime_name};

/// The collection.
pub const COLLECTION: &str = "rounds";

/// The name of a round.
#[must_use]
pub fn name(id: Uuid) -> String {
    names::of(COLLECTION, id)
}

/// A round to be opened.
pub struct Create {
    /// Its council.
    pub council: Uuid,
    /// Year of the programme.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// Its regime.
    pub regime: &'static Regime,
    /// The day on which it opens.
    pub open_date: Date,
    /// Last day for dossiers; none for that of the regime.
    pub dossiers_by: Option<Date>,
    /// Last day of the round; none for that of the regime.
    pub close_by: Option<Date>,
    /// An invented sample.
    pub sample: bool,
}

/// What is late.
pub struct LateOn {
    /// The units asked for.
    pub within: Scope,
    /// The day.
    pub day: Date,
}

/// A page of rounds.
pub struct List {
    /// The units asked for.
    pub within: Scope,
    /// Of this year.
    pub year: Option<i32>,
    /// In this state.
    pub state: Option<State>,
    /// The page.
    pub page: Page,
}

impl List {
    /// What the store is asked for.
    #[must_use]
    pub fn filter(&self, scope: Scope) -> Filter {
        Filter { scope, within: self.within.clone(), year: self.year, state: self.state }
    }
}

/// Reads a request.
pub fn create(req: &pb::CreateRoundRequest, v: &mut Violations) -> Option<Create> {
    let round = req.round.as_ref()?;
    let council = v.name("round.council", &round.council, councils::wire::COLLECTION);
    let title = reference::wire::line(v, "round.title", &round.title);
    let regime = shared::regime(v, "round.regime", &round.regime);
    let open_date = v.act_date("round.open_date", round.open_date.as_ref());
    if let (Some(regime), Some(date)) = (regime, open_date)
        && !in_force(regime, date)
    {
        let told: [(&'static str, &str); 2] = [("regime", &round.regime), ("date", &day::text(date))];
        v.add("round.regime", ErrorReason::RegimeNotInForce, &told);
    }
    let dossiers_by = v.opt_date("round.dossiers_by_date", round.dossiers_by_date.as_ref());
    let close_by = v.opt_date("round.close_by_date", round.close_by_date.as_ref());
    let (dossiers_by, close_by) = (dossiers_by?, close_by?);
    let before =
        |first: Option<Date>, last: Option<Date>| matches!((first, last), (Some(first), Some(last)) if last < first);
    if before(open_date, close_by) || before(dossiers_by, close_by) {
        v.add("round.close_by_date", Common::DateOrder, &[("detail", "open_date, dossiers_by_date, close_by_date")]);
    }
    if before(open_date.map(|opens| opens - Duration::days(366)), dossiers_by) {
        v.add("round.dossiers_by_date", Common::DateOrder, &[("detail", "open_date - 366, dossiers_by_date")]);
    }
    Some(Create {
        dossiers_by,
        close_by,
        council: council?,
        year: round.year,
        title: title?,
        regime: regime?,
        open_date: open_date?,
        sample: round.sample,
    })
}

/// Reads a request.
pub fn get(req: &pb::GetRoundRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn list(req: &pb::ListRoundsRequest, v: &mut Violations) -> Option<List> {
    let within = reference::wire::within(v, &req.unit);
    let selects = [&req.unit, &req.year.to_string(), &req.state.to_string()];
    let page = v.page(req.page_size, &req.page_token, &selects.map(String::as_str));
    let state = match pb::RoundState::try_from(req.state) {
        Ok(pb::RoundState::Open) => Some(State::Open),
        Ok(pb::RoundState::Closed) => Some(State::Closed),
        Ok(pb::RoundState::Unspecified) | Err(_) => None,
    };
    Some(List { within: within?, year: (req.year != 0).then_some(req.year), state, page: page? })
}

/// Reads a request.
pub fn close(req: &pb::CloseRoundRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn summary(req: &pb::GetRoundSummaryRequest, v: &mut Violations) -> Option<Uuid> {
    v.name("name", &req.name, COLLECTION)
}

/// Reads a request.
pub fn late(req: &pb::GetLateReportRequest, v: &mut Violations) -> Option<LateOn> {
    let within = reference::wire::within(v, &req.unit);
    let day = match req.as_of.as_ref().filter(|day| !day::is_unset(day)) {
        None => Some(v.today()),
        day => v.act_date("as_of", day),
    };
    Some(LateOn { within: within?, day: day? })
}

fn state(state: State) -> pb::RoundState {
    match state {
        State::Open => pb::RoundState::Open,
        State::Closed => pb::RoundState::Closed,
    }
}

/// The event of a round.
#[must_use]
pub fn changed(round: &Round) -> pb::SittingChanged {
    pb::SittingChanged { resource: name(round.id), state: state(round.state).as_str_name().to_owned() }
}

/// A round as it is answered.
#[must_use]
pub fn round(round: &Round) -> pb::Round {
    pb::Round {
        name: name(round.id),
        council: councils::wire::name(round.council),
        unit: round.unit.clone(),
        year: round.year,
        title: round.title.clone(),
        regime: regime_name(&round.regime),
        open_date: Some(day::pb(round.open_date)),
        state: state(round.state).into(),
        sample: round.sample,
        create_time: Some(instant::pb(round.create_us)),
        update_time: Some(instant::pb(round.update_us)),
        dossiers_by_date: round.dossiers_by.map(day::pb),
        close_by_date: round.close_by.map(day::pb),
    }
}
